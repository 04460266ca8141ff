package vcf

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// A Writer writes a VCF file: what it has written a Reader with the same rules reads. It is for one goroutine, and
// writes each record at once, with one Write: give it a bufio.Writer, or a bgzf.Writer, whose VirtualOffset before and
// after a record is what an index takes.
type Writer struct {
	Relaxed Rules // what a Draft may break; NewWriter gives Customary

	w      io.Writer
	h      *Header
	line   []byte
	check  *Record
	number int64 // of the last line written
	err    error
}

// NewWriter writes the header, and returns a Writer of records under it.
func NewWriter(w io.Writer, h *Header) (*Writer, error) {
	text := h.appendText(nil)
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("write VCF header: %w", err)
	}
	return &Writer{Relaxed: Customary, w: w, h: h, number: int64(bytes.Count(text, []byte{'\n'}))}, nil
}

// WithSamples returns the header with other sample columns, in their order; with none it has no FORMAT column either.
// The error, a *ParseError, is for names that a header cannot have.
func (h *Header) WithSamples(names []string) (*Header, error) {
	other := *h
	other.Samples = names
	return ParseHeader(other.appendText(nil))
}

// appendText appends the header as it should be in a file: lines end with LF, ##fileformat comes first, and columns
// have tabs between them.
func (h *Header) appendText(dst []byte) []byte {
	dst = append(append(dst, "##fileformat="...), h.Version.String()...)
	dst = append(dst, '\n')
	for line := range bytes.Lines(bytes.TrimPrefix(h.Text, byteOrderMark)) {
		line = trimEOL(line)
		if bytes.HasPrefix(line, []byte("##")) && !bytes.HasPrefix(line, []byte("##fileformat=")) {
			dst = append(append(dst, line...), '\n')
		}
	}
	columns := fixedColumns[:]
	if len(h.Samples) > 0 {
		columns = append(append(columns[:len(columns):len(columns)], "FORMAT"), h.Samples...)
	}
	return append(append(dst, strings.Join(columns, "\t")...), '\n')
}

// Write writes a record that was parsed without an error: its line, as it was, if the Writer's header is the record's.
// Under another header the line is parsed anew: its columns must be those of that header.
func (w *Writer) Write(r *Record) error {
	w.line = append(w.line[:0], r.wholeLine()...)
	if r.h != w.h {
		if err := w.parse(); err != nil {
			return err
		}
	}
	return w.writeLine()
}

// WriteDraft writes a record. It is checked as one that is read: errors are a *ParseError, of the line that it would
// be, and nothing is written then.
func (w *Writer) WriteDraft(d *Draft) (err error) {
	if w.line, err = appendDraft(w.line[:0], d, w.h, w.number+1); err != nil {
		return err
	}
	if err := w.parse(); err != nil {
		return err
	}
	return w.writeLine()
}

// parse checks the line under way.
func (w *Writer) parse() error {
	if w.check == nil {
		w.check = NewRecord(w.h)
	}
	w.check.Relaxed = w.Relaxed
	return w.check.Parse(w.line, w.number+1)
}

func (w *Writer) writeLine() error {
	if w.err != nil {
		return w.err
	}
	w.line = append(w.line, '\n')
	if _, err := w.w.Write(w.line); err != nil {
		w.err = fmt.Errorf("write VCF record: %w", err)
		return w.err
	}
	w.number++
	return nil
}

// wholeLine is the record's line without tabs after its last column, which some tools write.
func (r *Record) wholeLine() []byte {
	line := r.line
	if !bytes.HasSuffix(line, []byte{'\t'}) {
		return line
	}
	at := 0
	for range r.h.columns {
		i := bytes.IndexByte(line[at:], '\t')
		if i < 0 {
			return line
		}
		at += i + 1
	}
	return line[:at-1]
}
