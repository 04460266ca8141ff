package bgzf

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// gzipReader reads ordinary gzip, member by member.
type gzipReader struct {
	in     *bufio.Reader
	source *counter
	base   int64 // offset of the source's first byte in the file
	member *gzip.Reader
	offset int64 // of the member
	inside bool  // a member is being read
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		if !g.inside {
			if err := g.next(); err != nil {
				return 0, err
			}
		}
		n, err := g.member.Read(p)
		if errors.Is(err, io.EOF) {
			g.inside, err = false, nil
		}
		if err != nil {
			return n, g.fault(err)
		}
		if n > 0 || len(p) == 0 {
			return n, nil
		}
	}
}

// next begins the next member; io.EOF when there is none.
func (g *gzipReader) next() error {
	g.offset = g.base + g.source.n.Load() - int64(g.in.Buffered())
	head, err := g.in.Peek(2)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("read compressed input: %w", err)
	case len(head) == 0:
		return io.EOF
	case head[0] != magic1 || len(head) == 2 && head[1] != magic2:
		if zeros, err := padding(g.in, nil); err != nil {
			return err
		} else if zeros {
			return io.EOF
		}
		return &Error{Offset: g.offset, Err: ErrTrailing}
	}
	if g.member == nil {
		g.member, err = gzip.NewReader(g.in)
	} else {
		err = g.member.Reset(g.in)
	}
	if err != nil {
		return g.fault(err)
	}
	g.member.Multistream(false)
	g.inside = true
	return nil
}

// fault names an error of the gzip package; others are the source's.
func (g *gzipReader) fault(err error) error {
	var corrupt flate.CorruptInputError
	named := err
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		named = ErrTruncated
	case errors.Is(err, gzip.ErrHeader):
		named = ErrHeader
	case errors.Is(err, gzip.ErrChecksum):
		named = ErrChecksum
	case errors.As(err, &corrupt):
		named = ErrDeflate
	default:
		return fmt.Errorf("read compressed input: %w", err)
	}
	return &Error{Offset: g.offset, Err: named}
}
