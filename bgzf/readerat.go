package bgzf

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// A ReaderAt reads the text of a BGZF file at any place: an io.ReaderAt over what the file would inflate to, for
// formats whose indexes speak of the text, as .fai does. It is safe for concurrent use when its file is. Each block is
// checked against its CRC-32 and length before any byte of it is returned. Memory is 128 KiB for each ReadAt under way,
// and for up to four that ended, with their last blocks.
type ReaderAt struct {
	file  io.ReaderAt
	size  int64 // of the file
	index *BlockIndex
	text  int64 // bytes of text

	mu    sync.Mutex
	spare []*inflated // the block read last is among them
}

// maxSpare is how many blocks are kept for the next ReadAt.
const maxSpare = 4

// unknownSize is the size of the text before the last block was read.
const unknownSize = -1

// inflated is a block and what inflates one.
type inflated struct {
	decoder decoder
	block   block
	at      int // which block it holds; -1: none
}

// NewReaderAt reads the text of a BGZF file of size bytes through its index. Errors are those of ReadAt, of the last
// block, which is read to learn the size of the text.
func NewReaderAt(file io.ReaderAt, size int64, index *BlockIndex) (*ReaderAt, error) {
	z := &ReaderAt{file: file, size: size, index: index, text: unknownSize}
	if n := len(index.blocks); n > 0 {
		b := z.take()
		if err := z.load(b, n-1); err != nil {
			return nil, err
		}
		z.text = index.blocks[n-1].text + int64(len(b.block.text))
		z.put(b)
	} else {
		z.text = 0
	}
	return z, nil
}

// Size returns the bytes of the text.
func (z *ReaderAt) Size() int64 { return z.text }

// ReadAt implements io.ReaderAt: off is a 0-based offset in the text, the end of which is io.EOF. A damaged block is an
// *Error, a block that the index has at another place wraps ErrIndex.
func (z *ReaderAt) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("read BGZF: offset %d is negative", off)
	}
	b := z.take()
	defer z.put(b)
	for i := z.index.find(off); n < len(p); i++ {
		if off+int64(n) >= z.text {
			return n, io.EOF
		}
		if err := z.load(b, i); err != nil {
			return n, err
		}
		n += copy(p[n:], b.block.text[off+int64(n)-z.index.blocks[i].text:])
	}
	return n, nil
}

// take gives what a ReadAt inflates with, of those kept the one put back last.
func (z *ReaderAt) take() *inflated {
	z.mu.Lock()
	defer z.mu.Unlock()
	last := len(z.spare) - 1
	if last < 0 {
		return &inflated{at: -1}
	}
	b := z.spare[last]
	z.spare = z.spare[:last]
	return b
}

func (z *ReaderAt) put(b *inflated) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if len(z.spare) < maxSpare {
		z.spare = append(z.spare, b)
	}
}

// load makes b hold block i of the index. Its text ends where that of the next block begins.
func (z *ReaderAt) load(b *inflated, i int) error {
	if b.at == i {
		return nil
	}
	b.at = -1
	from := z.index.blocks[i].file
	if from >= z.size {
		return fmt.Errorf("read BGZF: %w: a block at byte %d of %d", ErrIndex, from, z.size)
	}
	if err := b.block.readAt(z.file, z.size, from); err != nil {
		return fmt.Errorf("read BGZF: %w", err)
	}
	if err := b.decoder.inflate(&b.block); err != nil {
		return fmt.Errorf("read BGZF: %w", err)
	}
	want := z.text
	if i+1 < len(z.index.blocks) {
		want = z.index.blocks[i+1].text
	}
	if got := z.index.blocks[i].text + int64(len(b.block.text)); got != want && want != unknownSize {
		return fmt.Errorf("read BGZF: %w: the text of the block at byte %d ends at %d, not %d", ErrIndex, from, got, want)
	}
	b.at = i
	return nil
}

// readAt takes the block at an offset of a file of size bytes.
func (b *block) readAt(file io.ReaderAt, size, offset int64) error {
	if b.data == nil {
		b.data = make([]byte, 0, maxBlock+inputSlack)
	}
	fail := func(fault error) error { return &Error{Offset: offset, Err: fault} }
	b.offset, b.err, b.text = offset, nil, b.text[:0]
	data := b.data[:min(maxBlock, size-offset)]
	if n, err := file.ReadAt(data, offset); n < len(data) {
		if err == nil || errors.Is(err, io.EOF) {
			return fail(ErrTruncated)
		}
		return err
	}
	if len(data) < fixedHeader {
		return fail(ErrTruncated)
	}
	if Sniff(data) != BGZF {
		return fail(ErrHeader)
	}
	b.head = fixedHeader + int(le16(data[10:]))
	b.size, _ = blockSize(data[fixedHeader:min(b.head, len(data))])
	switch {
	case b.size < b.head+trailer+2:
		return fail(ErrHeader)
	case b.size > len(data):
		return fail(ErrTruncated)
	}
	b.data = data[:b.size]
	if b.isize() > maxBlock {
		return fail(ErrSize)
	}
	return nil
}
