package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

const (
	pieceBytes = 1 << 20 // text handed to a worker at a time
	// read at a time before the records; smaller than a BGZF block, so that blocks go straight into pieces
	headBytes  = 1 << 15
	handPieces = 8         // neighbouring pieces that go to the same worker
	maxLine    = 128 << 20 // bytes of one line: a million samples of a GATK record fit
)

// piece is a part of the file: whole lines, the last one perhaps without its terminator.
type piece struct {
	text  []byte
	line  int64 // 1-based number of the first line
	lines int64
	index int   // position of the piece in the file
	taken int   // tokens that it holds
	bytes int64 // of the source, as stored, that came in with it
}

// hand is a few neighbouring pieces that one worker takes in order.
type hand chan *piece

// lineTooLongError names a line beyond maxLine.
type lineTooLongError struct{ Line int64 }

func (e *lineTooLongError) Error() string {
	return fmt.Sprintf("Line %d: longer than %d MiB", e.Line, maxLine>>20)
}

// cutter cuts a stream into pieces at line ends. Buffers come from and return to free, whose capacity bounds how much
// text is in flight: a piece with a long line takes as many of its tokens as its text has sizes, all of them at most.
type cutter struct {
	source io.Reader
	size   int   // bytes read at a time
	line   int64 // number of the next line
	end    byte  // of a line
	free   chan []byte
	carry  []byte // the unfinished last line of the previous piece
	index  int
	// consumed tells how many bytes of the source, as stored, were read; nil: not known.
	consumed func() int64
	counted  int64 // of them
}

func newCutter(source io.Reader, size int, end byte, firstLine int64, buffers int) *cutter {
	free := make(chan []byte, buffers)
	for range buffers {
		free <- nil
	}
	return &cutter{source: source, size: size, end: end, line: firstLine, free: free}
}

// next returns the next piece, or io.EOF. Each piece must be given back with release.
func (c *cutter) next(ctx context.Context) (*piece, error) {
	text, err := c.take(ctx)
	if err != nil {
		return nil, err
	}
	taken := 1
	text = append(text[:0], c.carry...)
	c.carry = c.carry[:0]
	for {
		before := len(text)
		if cap(text) < before+c.size {
			for ; taken < min(1+before/c.size, cap(c.free)); taken++ {
				if _, err := c.take(ctx); err != nil {
					return nil, err
				}
			}
			text = append(make([]byte, 0, max(before+c.size+c.size/4, 2*before)), text...)
		}
		n, err := io.ReadFull(c.source, text[before:before+c.size])
		text = text[:before+n]
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return nil, err
		}
		if ended {
			if len(text) == 0 {
				return nil, io.EOF
			}
			return c.cut(text, len(text), taken), nil
		}
		if end := bytes.LastIndexByte(text[before:], c.end); end >= 0 {
			return c.cut(text, before+end+1, taken), nil
		}
		if len(text) > maxLine {
			return nil, &lineTooLongError{Line: c.line}
		}
	}
}

// take waits for a token, which is a buffer to use again or nil.
func (c *cutter) take(ctx context.Context) ([]byte, error) {
	select {
	case text := <-c.free:
		return text, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (c *cutter) cut(text []byte, end, taken int) *piece {
	c.carry = append(c.carry, text[end:]...)
	text = text[:end]
	lines := int64(bytes.Count(text, []byte{c.end}))
	if text[end-1] != c.end {
		lines++
	}
	out := &piece{text: text, line: c.line, lines: lines, index: c.index, taken: taken}
	if c.consumed != nil {
		now := c.consumed()
		out.bytes, c.counted = now-c.counted, now
	}
	c.line += lines
	c.index++
	return out
}

func (c *cutter) release(done *piece) {
	if done.taken > 1 {
		done.text = nil // the memory of a long line is not kept
	}
	for c.free <- done.text; done.taken > 1; done.taken-- {
		c.free <- nil
	}
}
