package vcf

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// A Writer writes a VCF file: the records that it has written a Reader with the same rules reads, if it reads the
// header, whose meta lines are written as they are. It is for one goroutine, and writes each record at once, with one
// Write: give it a bufio.Writer, or a bgzf.Writer, whose VirtualOffset before and after a record is what an index
// takes, with LastLine.
type Writer struct {
	// what records may break, and their order; NewWriter gives Customary. To be set before the first record
	Relaxed Rules

	w      io.Writer
	h      *Header
	line   []byte
	last   []byte // of line: what the last call wrote
	check  *Record
	order  Order
	notes  Notes // of order
	number int64 // of the last line written
	err    error
}

// NewWriter writes the header, and returns a Writer of records under it. A Header that was put together by hand is
// refused.
func NewWriter(w io.Writer, h *Header) (*Writer, error) {
	if h.infos == nil {
		return nil, fmt.Errorf("write VCF header: %w", errHandMade)
	}
	text := h.appendText(nil)
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("write VCF header: %w", err)
	}
	return &Writer{Relaxed: Customary, w: w, h: h, number: int64(bytes.Count(text, []byte{'\n'}))}, nil
}

// WithSamples returns the header with other sample columns, in their order; with none it has no FORMAT column either.
// A *ParseError is for names that a header cannot have; a Header that was put together by hand is refused.
func (h *Header) WithSamples(names []string) (*Header, error) {
	if h.infos == nil {
		return nil, errHandMade
	}
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

// Write writes a record that was parsed without an error: its line, as it was. Under another header than the Writer's,
// or with other rules or less checked than the Writer's demand, the line is parsed anew: its columns must be those of
// the Writer's header. Errors are those of WriteDraft.
func (w *Writer) Write(r *Record) error {
	w.line, w.last = append(w.line[:0], r.wholeLine()...), nil
	if r.h != w.h || r.broken&^(w.Relaxed|customs) != 0 || r.IgnoreQual || r.IgnoreFilter || r.DeferSamples {
		if err := w.parse(); err != nil {
			return err
		}
	}
	return w.writeLine(r.Chrom(), r.Pos())
}

// WriteDraft writes a record. It is checked as one that is read: errors are a *ParseError, of the line that it would
// be, and nothing is written then. A return to a contig that was left is one unless Relaxed lets it go, as Customary
// does. After any other error, of the io.Writer, nothing more is written.
func (w *Writer) WriteDraft(d *Draft) (err error) {
	w.last = nil
	if w.line, err = appendDraft(w.line[:0], d, w.h, w.number+1); err != nil {
		return err
	}
	if err := w.parse(); err != nil {
		return err
	}
	return w.writeLine(w.check.Chrom(), w.check.Pos())
}

// LastLine returns the line that the last call of Write or WriteDraft wrote, without its line end; nil if it wrote
// none. It is valid until the next call. It is what an index takes: see tabix.Builder.AddLine.
func (w *Writer) LastLine() []byte { return w.last }

// parse checks the line under way.
func (w *Writer) parse() error {
	if w.check == nil {
		w.check = NewRecord(w.h)
	}
	w.check.Relaxed = w.Relaxed
	return w.check.Parse(w.line, w.number+1)
}

// writeLine writes the line under way, of a record at a place.
func (w *Writer) writeLine(chrom []byte, pos int64) error {
	if w.err != nil {
		return w.err
	}
	w.order.Notes = nil
	if w.Relaxed.LetsUnordered() {
		w.order.Notes = &w.notes
	}
	if err := w.order.Check(chrom, pos, w.number+1); err != nil {
		return err
	}
	w.line = append(w.line, '\n')
	if _, err := w.w.Write(w.line); err != nil {
		w.err = fmt.Errorf("write VCF record: %w", err)
		return w.err
	}
	w.number++
	w.last = w.line[: len(w.line)-1 : len(w.line)-1]
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
