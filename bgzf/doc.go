// Package bgzf reads and writes BGZF, the blocked gzip of genomics (SAM
// specification, section 4.1), and reads ordinary gzip and plain text through
// the same Reader.
//
// A BGZF file is a series of gzip members of at most 64 KiB, each of which
// carries its own compressed length in an extra field, so that members can be
// found without inflating them:
//
//	1f 8b 08 04 | mtime xfl os | xlen | .. 'B' 'C' 2 0 BSIZE .. | deflate | CRC32 | ISIZE
//	                                            uint16: length of the member - 1
//
// The file ends with an empty member of 28 bytes, the EOF marker, which tells
// a whole file from a truncated one.
//
// Members of ordinary gzip may follow, which concatenation leaves behind: they are read, but have no virtual offsets.
// So may zeros after the last member.
//
// A virtual offset names a byte of the inflated text: the upper 48 bits hold
// the offset of its member in the file, the lower 16 bits the offset inside
// the inflated member. See VirtualOffset and OpenAt. A BlockIndex (.gzi) gives the
// virtual offset of a byte of the text, and ReaderAt reads the text through one.
//
// All offsets and sizes are in bytes, and 0-based.
package bgzf
