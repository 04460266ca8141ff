package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lineReader reads the first lines of a file; the rest is read from the buffer.
type lineReader struct {
	*bufio.Reader
	number     int64 // of the next line
	terminator byte
}

// next returns a line without its terminator, or io.EOF after the last. It is valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	var line []byte
	for {
		part, err := l.ReadSlice(l.terminator)
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, &lineTooLongError{Line: l.number}
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0):
			return nil, err
		}
		l.number++
		return bytes.TrimSuffix(line, []byte{l.terminator}), nil
	}
}

// unread has the line that next returned last be read again.
func (l *lineReader) unread(line []byte) {
	l.number--
	l.Reader = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(append(line, l.terminator)), l.Reader), headBytes)
}
