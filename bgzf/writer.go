package bgzf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// blockText is how much text goes into a block, as htslib does it: stored
// without compression it still fits into 64 KiB.
const blockText = 0xff00

// Writer compresses to BGZF. It is for one goroutine.
type Writer struct {
	w    io.Writer
	fl   *flate.Writer
	text []byte       // of the block under way
	out  bytes.Buffer // the block, compressed
	size int64        // of the blocks written
	err  error
}

// NewWriter compresses to w with a deflate level from 1 (fastest) to 9, 0 for no
// compression or -1 for the default.
func NewWriter(w io.Writer, level int) (*Writer, error) {
	fl, err := flate.NewWriter(nil, level)
	if err != nil {
		return nil, fmt.Errorf("set compression level %d: %w", level, err)
	}
	return &Writer{w: w, fl: fl, text: make([]byte, 0, blockText)}, nil
}

// Write implements io.Writer.
func (z *Writer) Write(p []byte) (int, error) {
	written := 0
	for z.err == nil && written < len(p) {
		n := min(len(p)-written, blockText-len(z.text))
		z.text = append(z.text, p[written:written+n]...)
		written += n
		if len(z.text) == blockText {
			z.writeBlock()
		}
	}
	return written, z.err
}

// VirtualOffset names the next byte to be written.
func (z *Writer) VirtualOffset() VirtualOffset { return NewVirtualOffset(z.size, len(z.text)) }

// Flush ends the current block, if it holds anything.
func (z *Writer) Flush() error {
	if z.err == nil && len(z.text) > 0 {
		z.writeBlock()
	}
	return z.err
}

// Close writes the last block and the EOF marker. It does not close w.
func (z *Writer) Close() error {
	if err := z.Flush(); err != nil {
		if errors.Is(err, ErrClosed) {
			return nil
		}
		return err
	}
	if _, err := z.w.Write(eofMarker); err != nil {
		z.err = fmt.Errorf("write BGZF end-of-file marker: %w", err)
		return z.err
	}
	z.err = ErrClosed
	return nil
}

// writeBlock compresses and writes text as one block.
func (z *Writer) writeBlock() {
	const head = fixedHeader + 6
	z.out.Reset()
	z.out.Write(eofMarker[:head])
	z.fl.Reset(&z.out)
	_, err := z.fl.Write(z.text)
	if err == nil {
		err = z.fl.Close()
	}
	if z.out.Len()+trailer > maxBlock { // incompressible: one stored deflate block
		z.out.Truncate(head)
		n := uint16(len(z.text))
		z.out.Write([]byte{1, byte(n), byte(n >> 8), byte(^n), byte(^n >> 8)})
		z.out.Write(z.text)
	}
	block := binary.LittleEndian.AppendUint32(z.out.AvailableBuffer(), crc32.ChecksumIEEE(z.text))
	z.out.Write(binary.LittleEndian.AppendUint32(block, uint32(len(z.text))))
	block = z.out.Bytes()
	binary.LittleEndian.PutUint16(block[head-2:], uint16(len(block)-1))
	if err == nil {
		_, err = z.w.Write(block)
	}
	if err != nil {
		z.err = fmt.Errorf("write BGZF block: %w", err)
	}
	z.size += int64(len(block))
	z.text = z.text[:0]
}
