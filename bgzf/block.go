package bgzf

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// The layout of a gzip member (RFC 1952) and of BGZF's extra field.
const (
	magic1, magic2 = 0x1f, 0x8b
	flagExtra      = 4
	fixedHeader    = 12 // through XLEN
	trailer        = 8  // CRC32 and ISIZE
	maxBlock       = 1 << 16
)

// eofMarker is the empty block that ends a BGZF file (SAM specification, 4.1.2).
var eofMarker = []byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x00\x1b\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00")

func le16(p []byte) uint16 { return binary.LittleEndian.Uint16(p) }

// Kind is the compression of a stream.
type Kind uint8

// The kinds that Sniff tells apart.
const (
	None Kind = iota // no gzip magic: taken for plain text
	Gzip             // ordinary gzip of one or more members
	BGZF             // blocked gzip
)

// String returns the kind's name in lower case.
func (k Kind) String() string { return [...]string{"none", "gzip", "bgzf"}[k] }

// SniffLen is how many leading bytes tell the kind of any file that htslib or
// this package wrote. A BGZF header with other extra fields before its own is longer.
const SniffLen = 18

// Sniff tells the compression of a stream from its first bytes. When they end
// before the BGZF field, BGZF is taken for Gzip, which reads the same.
func Sniff(p []byte) Kind {
	if len(p) < 2 || p[0] != magic1 || p[1] != magic2 {
		return None
	}
	if len(p) < fixedHeader || p[2] != 8 || p[3]&flagExtra == 0 {
		return Gzip
	}
	extra := p[fixedHeader:min(len(p), fixedHeader+int(le16(p[10:])))]
	if _, ok := blockSize(extra); ok {
		return BGZF
	}
	return Gzip
}

// blockSize finds the size of the whole block in its extra field.
func blockSize(extra []byte) (size int, ok bool) {
	for len(extra) >= 4 {
		n := 4 + int(le16(extra[2:]))
		if n > len(extra) {
			break
		}
		if extra[0] == 'B' && extra[1] == 'C' && n == 6 {
			return int(le16(extra[4:])) + 1, true
		}
		extra = extra[n:]
	}
	return 0, false
}

// Faults of a compressed stream. They arrive in an *Error that tells where; match
// them with errors.Is.
var (
	ErrNotGzip   = errors.New("input is not gzip")
	ErrHeader    = errors.New("gzip member header is invalid")
	ErrTruncated = errors.New("compressed input is truncated")
	ErrDeflate   = errors.New("compressed data is corrupt")
	ErrChecksum  = errors.New("decompressed data does not match its checksum")
	ErrSize      = errors.New("decompressed data does not match its recorded size")
	ErrTrailing  = errors.New("garbage follows the compressed data")
	ErrNoEOF     = errors.New("BGZF end-of-file marker is missing: the file may be truncated")
	ErrClosed    = errors.New("reader is closed")
)

// errPlainMember ends the blocks of a stream that goes on as ordinary gzip.
var errPlainMember = errors.New("gzip member is not BGZF")

// Error is a fault of a compressed stream.
type Error struct {
	Offset int64 // compressed bytes before the block or member at fault
	Err    error
}

// Error names the fault and the compressed offset.
func (e *Error) Error() string { return fmt.Sprintf("%v (at compressed byte %d)", e.Err, e.Offset) }

// Unwrap returns the fault.
func (e *Error) Unwrap() error { return e.Err }

// block is one BGZF block on its way through the pipeline.
type block struct {
	offset int64  // in the file
	size   int    // compressed, header and trailer included
	head   int    // length of the header
	data   []byte // size bytes
	text   []byte // inflated
	err    error
	done   chan struct{} // receives one value when text or err is set
}

// read takes one block off in, which is at offset of the file. The end of
// the input before it is io.EOF, a member of ordinary gzip, of which nothing is taken, errPlainMember.
func (b *block) read(in *bufio.Reader, offset int64) error {
	b.offset, b.err, b.text = offset, nil, b.text[:0]
	fail := func(fault error) error { return &Error{Offset: offset, Err: fault} }
	head, err := in.Peek(fixedHeader)
	switch {
	case err == nil:
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("read compressed input: %w", err)
	case len(head) == 0:
		return io.EOF
	case !bytes.HasPrefix([]byte{magic1, magic2}, head[:min(2, len(head))]):
		return fail(ErrTrailing)
	default:
		return fail(ErrTruncated)
	}
	switch {
	case head[0] != magic1 || head[1] != magic2:
		return fail(ErrTrailing)
	case head[2] != 8:
		return fail(ErrHeader)
	case head[3] != flagExtra:
		return errPlainMember
	}
	b.head = fixedHeader + int(le16(head[10:]))
	head, err = in.Peek(b.head)
	if err != nil {
		return b.readError(err)
	}
	size, ok := blockSize(head[fixedHeader:])
	if !ok {
		return errPlainMember
	}
	if size < b.head+trailer+2 { // the shortest deflate data takes 2 bytes
		return fail(ErrHeader)
	}
	if b.data == nil {
		b.data = make([]byte, 0, maxBlock+inputSlack)
	}
	b.size, b.data = size, b.data[:size]
	if _, err := io.ReadFull(in, b.data); err != nil {
		return b.readError(err)
	}
	if b.isize() > maxBlock {
		return fail(ErrSize)
	}
	return nil
}

// padding passes over zeros up to the end of the input, which tapes and block devices leave and gzip passes over, too.
// It is false, having taken some of them, when anything else follows.
func padding(in *bufio.Reader, quit <-chan struct{}) (bool, error) {
	for {
		select {
		case <-quit:
			return false, ErrClosed
		default:
		}
		_, err := in.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, fmt.Errorf("read compressed input: %w", err)
		}
		buffered, _ := in.Peek(in.Buffered())
		for _, c := range buffered {
			if c != 0 {
				return false, nil
			}
		}
		if _, err := in.Discard(len(buffered)); err != nil {
			return false, err
		}
	}
}

// readError tells a truncated block from a fault of the source.
func (b *block) readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Offset: b.offset, Err: ErrTruncated}
	}
	return fmt.Errorf("read compressed input: %w", err)
}

// isize is the recorded length of the inflated data.
func (b *block) isize() uint32 { return binary.LittleEndian.Uint32(b.data[b.size-4:]) }

// isEmpty tells whether the block holds no data, as the EOF marker does.
func (b *block) isEmpty() bool { return b.isize() == 0 }

// inflate fills b.text and checks it.
func (d *decoder) inflate(b *block) error {
	fail := func(fault error) error { return &Error{Offset: b.offset, Err: fault} }
	n := int(b.isize())
	if b.text == nil {
		b.text = make([]byte, maxBlock+outputSlack)
	}
	b.text = b.text[:cap(b.text)]
	if err := d.decode(b.text, n, b.data[b.head:cap(b.data)], b.size-trailer-b.head); err != nil {
		return fail(err)
	}
	b.text = b.text[:n]
	if crc32.ChecksumIEEE(b.text) != binary.LittleEndian.Uint32(b.data[b.size-trailer:]) {
		return fail(ErrChecksum)
	}
	return nil
}
