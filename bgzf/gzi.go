package bgzf

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
)

// A BlockIndex tells where each block of a BGZF file begins, in the file and in the text, as `bgzip -i` and `samtools
// faidx` keep it in files named .gzi. It is immutable and may be shared by goroutines.
//
//	uint64 n | n × (uint64 offset of a block in the file, uint64 offset of its first byte in the text)
//
// All numbers are little-endian; the first block, at 0 of both, is not in the list.
type BlockIndex struct {
	blocks []blockStart // the first block included; both offsets grow
}

// blockStart is where a block begins: offsets in bytes.
type blockStart struct{ file, text int64 }

// maxBlocks bounds an index: 16 bytes each, 1 GiB, for text of up to 4 TiB.
const maxBlocks = 64 << 20

// ErrIndex says that an index is malformed, or not of the file it is used with.
var ErrIndex = errors.New("BGZF index is invalid")

// ReadBlockIndex reads a .gzi file to its end. Errors are the source's, or wrap ErrIndex: for offsets that do not grow,
// and numbers of blocks that the file does not have. Memory grows with what is read, whatever the file says of its
// length.
func ReadBlockIndex(r io.Reader) (*BlockIndex, error) {
	in := bufio.NewReader(r)
	var word [16]byte
	if _, err := io.ReadFull(in, word[:8]); err != nil {
		return nil, indexError(err)
	}
	n := binary.LittleEndian.Uint64(word[:])
	if n == math.MaxUint64 { // htslib's of a file without text
		n = 0
	}
	if n > maxBlocks {
		return nil, fmt.Errorf("read BGZF index: %w: it has %d blocks, more than %d", ErrIndex, n, maxBlocks)
	}
	x := &BlockIndex{blocks: []blockStart{{}}}
	for i := range n {
		if _, err := io.ReadFull(in, word[:]); err != nil {
			return nil, indexError(err)
		}
		at := blockStart{int64(binary.LittleEndian.Uint64(word[:])), int64(binary.LittleEndian.Uint64(word[8:]))}
		if i == 0 && at == (blockStart{}) {
			continue // some writers list the first block too
		}
		last := x.blocks[len(x.blocks)-1]
		if at.file <= last.file || at.file-last.file > maxBlock || at.text < last.text || at.text-last.text > maxBlock {
			return nil, fmt.Errorf("read BGZF index: %w: block %d begins at %d and %d, the one before at %d and %d",
				ErrIndex, i+1, at.file, at.text, last.file, last.text)
		}
		x.blocks = append(x.blocks, at)
	}
	if _, err := in.ReadByte(); err == nil {
		return nil, fmt.Errorf("read BGZF index: %w: it goes on after %d blocks", ErrIndex, n)
	} else if !errors.Is(err, io.EOF) {
		return nil, indexError(err)
	}
	return x, nil
}

func indexError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read BGZF index: %w: it ends early", ErrIndex)
	}
	return fmt.Errorf("read BGZF index: %w", err)
}

// IndexBlocks reads a BGZF file to its end and makes its index, from the headers alone: nothing is inflated or checked.
// Errors are those of a Reader; a member of ordinary gzip is ErrHeader, since no text in it can be found.
func IndexBlocks(r io.Reader) (*BlockIndex, error) {
	x := &BlockIndex{}
	in := bufio.NewReaderSize(r, sourceBuffer)
	var at blockStart
	var b block
	for marker := false; ; {
		err := b.read(in, at.file)
		switch {
		case err == io.EOF && marker:
			return x, nil
		case err == io.EOF:
			return nil, fmt.Errorf("index BGZF: %w", &Error{Offset: at.file, Err: ErrNoEOF})
		case errors.Is(err, errPlainMember):
			return nil, fmt.Errorf("index BGZF: %w", &Error{Offset: at.file, Err: ErrHeader})
		case err != nil:
			return nil, fmt.Errorf("index BGZF: %w", err)
		}
		if marker = b.isEmpty(); !marker {
			if len(x.blocks) == maxBlocks {
				return nil, fmt.Errorf("index BGZF: %w: there are more than %d blocks", ErrIndex, maxBlocks)
			}
			x.blocks = append(x.blocks, at)
		}
		at = blockStart{at.file + int64(b.size), at.text + int64(b.isize())}
	}
}

// Write writes the index as a .gzi file.
func (x *BlockIndex) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	var rest []blockStart
	if len(x.blocks) > 0 {
		rest = x.blocks[1:]
	}
	word := binary.LittleEndian.AppendUint64(nil, uint64(len(rest)))
	for _, b := range rest {
		word = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(word, uint64(b.file)), uint64(b.text))
		if _, err := out.Write(word); err != nil {
			return fmt.Errorf("write BGZF index: %w", err)
		}
		word = word[:0]
	}
	if _, err := out.Write(word); err != nil {
		return fmt.Errorf("write BGZF index: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write BGZF index: %w", err)
	}
	return nil
}

// Len returns how many blocks the index knows.
func (x *BlockIndex) Len() int { return len(x.blocks) }

// VirtualOffset names the byte at offset text (0-based) of the text. ok is false when text is negative or so far after
// the last block's beginning that it cannot be in it.
func (x *BlockIndex) VirtualOffset(text int64) (at VirtualOffset, ok bool) {
	i := x.find(text)
	if i < 0 || text-x.blocks[i].text >= maxBlock {
		return 0, false
	}
	return NewVirtualOffset(x.blocks[i].file, int(text-x.blocks[i].text)), true
}

// find returns the block that holds the byte at offset text, -1 for none.
func (x *BlockIndex) find(text int64) int {
	if text < 0 {
		return -1
	}
	return sort.Search(len(x.blocks), func(i int) bool { return x.blocks[i].text > text }) - 1
}
