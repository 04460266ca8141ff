package tabix

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/varlake/varlake/bgzf"
)

const (
	// MaxLineBytes bounds a line that a File reads.
	MaxLineBytes = 256 << 20
	// maxHeaderBytes bounds File.Header.
	maxHeaderBytes = 64 << 20
)

// A File is a text file compressed by bgzip, and its index. It is safe for concurrent use when its io.ReaderAt is.
type File struct {
	text  io.ReaderAt
	size  int64
	index *Index
}

// Open returns a File of size compressed bytes. Nothing is read. An index without names, as of BCF and BAM, is refused:
// such files hold no lines.
func Open(text io.ReaderAt, size int64, index *Index) (*File, error) {
	if index.byName == nil {
		return nil, fmt.Errorf("open indexed file: %w: it is of a file without lines", ErrIndex)
	}
	return &File{text, size, index}, nil
}

// Index returns the file's index.
func (f *File) Index() *Index { return f.index }

// Header returns the comments and skipped lines that the file begins with, of a VCF its header: at most 64 MiB.
func (f *File) Header() ([]byte, error) {
	s := bgzf.NewSeeker(f.text, f.size)
	var header []byte
	for number := 1; ; number++ {
		from := len(header)
		var err error
		header, err = s.AppendLine(header, maxHeaderBytes-len(header))
		if errors.Is(err, io.EOF) {
			return header, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read header: %w", err)
		}
		if number > f.index.format.Skip && header[from] != f.index.format.Comment {
			return header[:from:from], nil
		}
	}
}

// Query yields the lines of a contig that overlap start to end (0-based, half-open), in the order of the file, without
// their line ends. A line is valid until the next. A contig that the index lacks has no lines, and a range beyond its
// end neither. An error ends the lines: of the file, of a block (*bgzf.Error), or of a line that is not of the index's
// format.
func (f *File) Query(contig string, start, end int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		q := query{contig: contig, start: start, end: end, format: f.index.format, yield: yield}
		s := bgzf.NewSeeker(f.text, f.size)
		for _, chunk := range f.index.Chunks(contig, start, end) {
			if !q.chunk(s, chunk) {
				return
			}
		}
	}
}

// query is a Query under way.
type query struct {
	contig     string
	start, end int64
	format     Format
	yield      func([]byte, error) bool
	line       []byte
}

// chunk yields the lines of a chunk. It is false when there is nothing more to yield.
func (q *query) chunk(s *bgzf.Seeker, chunk Chunk) (more bool) {
	if err := s.Seek(chunk.From); err != nil {
		q.yield(nil, fmt.Errorf("query %.100q: %w", q.contig, err))
		return false
	}
	for s.VirtualOffset() < chunk.To {
		var err error
		q.line, err = s.AppendLine(q.line[:0], MaxLineBytes)
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: the file ends before %v", ErrIndex, chunk.To)
		}
		if err == nil {
			more, err = q.take()
		}
		if err != nil {
			q.yield(nil, fmt.Errorf("query %.100q: %w", q.contig, err))
			return false
		}
		if !more {
			return false
		}
	}
	return true
}

// take yields the line if it is one of those asked for.
func (q *query) take() (more bool, err error) {
	line := trimEnd(q.line)
	if len(line) == 0 || line[0] == q.format.Comment {
		return true, nil
	}
	contig, start, end, err := q.format.Interval(line)
	switch {
	case err != nil:
		return false, err
	case string(contig) != q.contig || start >= q.end: // sorted: what comes after is no nearer
		return false, nil
	case end <= q.start:
		return true, nil
	}
	return q.yield(line, nil), nil
}
