package vcf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// A Reader reads the records of a VCF file one after another. It reads text: of a compressed file that of bgzf.Open. It
// is for one goroutine.
//
// Set Relaxed and MaxLine before the first other call.
type Reader struct {
	// what breaks one of them is no error, but noted; NewReader gives Customary, what the field's readers let go
	Relaxed Rules
	MaxLine int // bytes of a record's line; NewReader gives MaxLineBytes. A header is bounded as HeaderOptions says

	in      *bufio.Reader
	header  *Header
	headErr error
	record  *Record
	notes   Notes
	order   Order
	number  int64  // of the last line read
	long    []byte // a line that is longer than the buffer of in
	ended   bool
}

// readerBuffer holds most lines, which are then not copied.
const readerBuffer = 256 << 10

// NewReader returns a Reader of the text of a VCF file. Nothing is read yet.
func NewReader(r io.Reader) *Reader {
	return &Reader{Relaxed: Customary, MaxLine: MaxLineBytes, in: bufio.NewReaderSize(r, readerBuffer)}
}

// Header returns the file's header, which it reads the first time. A fault of it is a *ParseError; any other error is
// the source's.
func (r *Reader) Header() (*Header, error) {
	if r.header != nil || r.headErr != nil {
		return r.header, r.headErr
	}
	r.header, r.headErr = ReadHeader(r.in, HeaderOptions{Relaxed: r.Relaxed})
	if r.headErr != nil {
		return nil, r.headErr
	}
	r.notes.Merge(r.header.Notes())
	r.number = r.header.Lines
	r.record = NewRecord(r.header)
	r.record.Relaxed, r.record.Notes = r.Relaxed, &r.notes
	if r.Relaxed.LetsUnordered() {
		r.order.Notes = &r.notes
	}
	return r.header, nil
}

// Records yields the records that are left, in the order of the file. A record, and all that it refers to, is valid
// until the next: see Record, and Record.Draft for a copy.
//
// A fault of a line is a *ParseError, without a record: who goes on gets the records after it. After any other error
// there are none: one of the header, of the source, or of a line beyond MaxLine. Blank lines are passed over and noted
// (RuleEmpty).
func (r *Reader) Records() iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		if _, err := r.Header(); err != nil {
			yield(nil, err)
			return
		}
		for !r.ended {
			line, err := r.line()
			if err != nil {
				r.ended = true
				if !errors.Is(err, io.EOF) {
					yield(nil, err)
				}
				return
			}
			if record, err := r.parse(line); (record != nil || err != nil) && !yield(record, err) {
				return
			}
		}
	}
}

// Notes counts what in the header and the records read so far breaks relaxed rules.
func (r *Reader) Notes() *Notes { return &r.notes }

// Line returns the 1-based number of the last line read.
func (r *Reader) Line() int64 { return r.number }

// parse makes the record of a line; nil for one that is blank.
func (r *Reader) parse(line []byte) (*Record, error) {
	if Blank(line) {
		return nil, r.record.SkipBlank(r.number)
	}
	if err := r.record.Parse(line, r.number); err != nil {
		return nil, err
	}
	if err := r.order.Check(r.record.Chrom(), r.record.Pos(), r.number); err != nil {
		return nil, err
	}
	return r.record, nil
}

// line reads a line, without its line feed; io.EOF when there is none.
func (r *Reader) line() ([]byte, error) {
	r.number++
	line, err := r.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = append(r.long[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) && len(r.long) <= r.MaxLine {
			line, err = r.in.ReadSlice('\n')
			r.long = append(r.long, line...)
		}
		line = r.long
	}
	switch {
	case len(line) > r.MaxLine+1:
		return nil, fmt.Errorf("read VCF: %w",
			&ParseError{Line: r.number, Err: &detailed{ErrLineTooLong, fmt.Sprintf("the limit is %d bytes", r.MaxLine)}})
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("read VCF line %d: %w", r.number, err)
	case err != nil && len(line) == 0:
		r.number--
		return nil, io.EOF
	}
	return bytes.TrimSuffix(line, []byte{'\n'}), nil
}
