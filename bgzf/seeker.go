package bgzf

import (
	"bytes"
	"fmt"
	"io"
)

// A Seeker reads a BGZF file from one virtual offset to another, a block at a time and only those that are asked for:
// for the many short stretches that an index names. It is for one goroutine; several Seekers may share a file that may
// be read concurrently. To read much of a file, OpenAt inflates on several cores. Each block is checked against its
// CRC-32 and length before any byte of it is returned. The EOF marker is not asked for. Memory is some 400 KiB.
type Seeker struct {
	file    window
	size    int64 // of the file
	decoder decoder
	block   block
	loaded  bool   // block is one of the file
	rest    []byte // of its text
	next    int64  // where the block after it begins
	err     error
}

// NewSeeker returns a Seeker at the beginning of a BGZF file of size bytes.
func NewSeeker(file io.ReaderAt, size int64) *Seeker {
	return &Seeker{file: window{file: file, size: size}, size: size}
}

// Seek goes to a virtual offset. The error is that of the block there: an *Error, or the file's own.
func (s *Seeker) Seek(at VirtualOffset) error {
	s.err = nil
	if !s.loaded || s.block.offset != at.Block() {
		s.loaded, s.rest, s.next = false, nil, at.Block()
		if at.Within() == 0 {
			return nil
		}
		if s.err = s.load(); s.err != nil {
			return s.failed()
		}
	}
	if at.Within() > len(s.block.text) {
		s.err = &Error{Offset: at.Block(), Err: ErrSize}
		return s.failed()
	}
	s.rest = s.block.text[at.Within():]
	return nil
}

// failed is the error that stays until the next Seek.
func (s *Seeker) failed() error {
	if s.err == io.EOF {
		return io.EOF
	}
	return fmt.Errorf("read BGZF: %w", s.err)
}

// VirtualOffset returns where the next byte to be read is.
func (s *Seeker) VirtualOffset() VirtualOffset {
	if len(s.rest) == 0 {
		return NewVirtualOffset(s.next, 0)
	}
	return NewVirtualOffset(s.block.offset, len(s.block.text)-len(s.rest))
}

// load makes the block at next the one under way.
func (s *Seeker) load() error {
	s.loaded, s.rest = false, nil
	if s.next >= s.size {
		return io.EOF
	}
	if err := s.block.readAt(&s.file, s.size, s.next); err != nil {
		return err
	}
	if err := s.decoder.inflate(&s.block); err != nil {
		return err
	}
	s.loaded, s.rest, s.next = true, s.block.text, s.next+int64(s.block.size)
	return nil
}

// more loads blocks until there is text.
func (s *Seeker) more() error {
	for s.err == nil && len(s.rest) == 0 {
		s.err = s.load()
	}
	if s.err != nil {
		return s.failed()
	}
	return nil
}

// Read implements io.Reader.
func (s *Seeker) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.more(); err != nil {
		return 0, err
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// AppendLine appends the next line, with its line feed, to dst and returns the extended slice; io.EOF when nothing is
// left. A line of more than most bytes is an error that wraps ErrSize, and so bounds the memory that a hostile file
// takes.
func (s *Seeker) AppendLine(dst []byte, most int) ([]byte, error) {
	for taken := 0; ; {
		if err := s.more(); err != nil {
			if err == io.EOF && taken > 0 {
				return dst, nil
			}
			return dst, err
		}
		n := bytes.IndexByte(s.rest, '\n') + 1
		ends := n > 0
		if !ends {
			n = len(s.rest)
		}
		if taken += n; taken > most {
			return dst, fmt.Errorf("read BGZF: line of more than %d bytes: %w", most,
				&Error{Offset: s.block.offset, Err: ErrSize})
		}
		dst, s.rest = append(dst, s.rest[:n]...), s.rest[n:]
		if ends {
			return dst, nil
		}
	}
}

// window reads a file in larger pieces than are asked for.
type window struct {
	file io.ReaderAt
	size int64
	at   int64
	data []byte
}

// windowBytes are some blocks.
const windowBytes = 256 << 10

// ReadAt implements io.ReaderAt, for pieces of at most windowBytes.
func (w *window) ReadAt(p []byte, off int64) (int, error) {
	if off < w.at || off+int64(len(p)) > w.at+int64(len(w.data)) {
		if w.data == nil {
			w.data = make([]byte, 0, windowBytes)
		}
		w.at, w.data = off, w.data[:min(windowBytes, w.size-off)]
		n, err := w.file.ReadAt(w.data, off)
		if n < len(w.data) {
			w.data = w.data[:n]
			if n < len(p) {
				return copy(p, w.data), err
			}
		}
	}
	return copy(p, w.data[off-w.at:]), nil
}
