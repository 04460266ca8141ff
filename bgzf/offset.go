package bgzf

import (
	"fmt"
	"io"
)

// VirtualOffset names a byte of the inflated text of a BGZF file: the upper 48
// bits are the offset of its block in the file, the lower 16 bits its place in the
// inflated block (SAM specification, 4.1.1).
type VirtualOffset uint64

// NewVirtualOffset makes a virtual offset of a block's offset in the file and a
// place in the inflated block, both 0-based.
func NewVirtualOffset(block int64, within int) VirtualOffset {
	return VirtualOffset(block<<16 | int64(within)&0xffff)
}

// Block returns the offset of the block in the file.
func (v VirtualOffset) Block() int64 { return int64(v >> 16) }

// Within returns the place in the inflated block.
func (v VirtualOffset) Within() int { return int(v & 0xffff) }

// String returns both parts, as in "1234:56".
func (v VirtualOffset) String() string { return fmt.Sprintf("%d:%d", v.Block(), v.Within()) }

// OpenAt reads a BGZF file of size bytes from a virtual offset on. The caller
// closes the Reader.
func OpenAt(file io.ReaderAt, size int64, at VirtualOffset, workers int) (*Reader, error) {
	if at.Block() > size {
		return nil, &Error{Offset: at.Block(), Err: ErrTruncated}
	}
	z := NewReader(io.NewSectionReader(file, at.Block(), size-at.Block()), workers)
	z.base = at.Block()
	kind, err := z.Kind()
	if err == nil && kind != BGZF && at != 0 {
		err = &Error{Offset: at.Block(), Err: ErrHeader}
	}
	if err == nil && at.Within() > 0 {
		err = z.skip(at.Within())
	}
	if err != nil {
		z.Close()
		return nil, fmt.Errorf("open BGZF at %v: %w", at, err)
	}
	return z, nil
}

// skip drops the first n bytes of the first block.
func (z *Reader) skip(n int) error {
	if err := z.nextBlock(); err != nil {
		return err
	}
	if n > len(z.rest) {
		return &Error{Offset: z.base, Err: ErrSize}
	}
	z.rest = z.rest[n:]
	return nil
}
