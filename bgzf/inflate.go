package bgzf

import (
	"encoding/binary"
	"math/bits"
)

// A BGZF block is small and its inflated size is known, so that it can be inflated
// in one go from one slice to another: no window, no state to resume from, and no
// check whether input or output has run out but once per symbol. That is what makes
// this decoder of deflate (RFC 1951) faster than one for streams.

// Both slices have slack, so that the decoder may load 8 bytes of input, and store a
// whole match in words, without looking.
const (
	inputSlack  = 16
	outputSlack = 320 // 3 literals, a match of 258 bytes and what a word runs over
)

// Code tables hold an entry for each value of the next bits of input: primary
// entries first, then the subtables of codes that are longer than that.
const (
	litBits, litSize   = 11, 4096
	distBits, distSize = 8, 1024
	lenBits            = 7
	maxCode            = 15 // bits of a code
)

// An entry, from its lowest bit: 8 bits length of the code, or of what a subtable
// adds to it; 4 bits number of extra bits, or of index bits of a subtable; flags;
// and 16 bits value: a literal, the base of a length or distance, or the place of a
// subtable.
const (
	isLiteral  = 1 << 31 // the value is then in bits 16 to 23
	isSpecial  = 1 << 15 // a subtable, unless one of:
	isEnd      = 1 << 14 // end of block
	isInvalid  = 1 << 13
	entryShift = 16
)

// litEntries and distEntries are the entries of all symbols, but for the length of
// their codes.
var litEntries, distEntries = symbolEntries()

func symbolEntries() (lit [288]uint32, dist [32]uint32) {
	for i := range 256 {
		lit[i] = isLiteral | uint32(i)<<entryShift
	}
	lit[256] = isSpecial | isEnd
	base := uint32(3)
	for i := range 28 {
		extra := uint32(max(0, i/4-1))
		lit[257+i] = base<<entryShift | extra<<8
		base += 1 << extra
	}
	lit[285] = 258 << entryShift
	lit[286], lit[287] = isSpecial|isInvalid, isSpecial|isInvalid
	base = 1
	for i := range 30 {
		extra := uint32(max(0, i/2-1))
		dist[i] = base<<entryShift | extra<<8
		base += 1 << extra
	}
	dist[30], dist[31] = isSpecial|isInvalid, isSpecial|isInvalid
	return lit, dist
}

// decoder inflates blocks, one after the other.
type decoder struct {
	lit  [litSize]uint32
	dist [distSize]uint32
	lens [288 + 32]uint8
	// longest holds the longest code per primary entry, while a table is built.
	longest [1 << litBits]uint8
}

// bitReader holds bits of the input, the next one lowest. It may hold more than n
// valid bits; those above are the input's too.
type bitReader struct {
	in   []byte
	pos  int // of the next byte to load
	hold uint64
	n    uint
}

// refill makes n at least 56. The caller checks pos.
func (r *bitReader) refill() {
	r.hold |= binary.LittleEndian.Uint64(r.in[r.pos:]) << (r.n & 63)
	r.pos += int((63 - r.n) >> 3)
	r.n |= 56
}

func (r *bitReader) take(n uint) uint32 {
	v := uint32(r.hold) & (1<<n - 1)
	r.hold >>= n
	r.n -= n
	return v
}

// decode decodes the deflate data in[:size] to out[:n], using all of it, where in
// is inputSlack and out outputSlack longer.
func (d *decoder) decode(out []byte, n int, in []byte, size int) error {
	r := bitReader{in: in[:size+inputSlack]}
	limit := size + 8 // a refill never moves pos beyond, unless the input has run out
	at := 0
	for final := false; !final; {
		if r.pos > limit {
			return ErrDeflate
		}
		r.refill()
		final = r.take(1) == 1
		var err error
		switch r.take(2) {
		case 0:
			at, err = d.stored(&r, out[:n], at, size)
		case 1:
			d.fixed()
			at, err = d.compressed(&r, out[:n+outputSlack], at, limit)
		case 2:
			if !d.dynamic(&r, limit) {
				return ErrDeflate
			}
			at, err = d.compressed(&r, out[:n+outputSlack], at, limit)
		default:
			return ErrDeflate
		}
		if err != nil {
			return err
		}
	}
	switch used := r.pos - int(r.n/8); {
	case used != size:
		return ErrDeflate
	case at != n:
		return ErrSize
	}
	return nil
}

// stored copies a stored block.
func (d *decoder) stored(r *bitReader, out []byte, at, size int) (int, error) {
	from := r.pos - int(r.n/8)
	r.hold, r.n = 0, 0
	if from+4 > size {
		return at, ErrDeflate
	}
	n := int(le16(r.in[from:]))
	if n != int(^le16(r.in[from+2:])) {
		return at, ErrDeflate
	}
	from += 4
	switch {
	case from+n > size:
		return at, ErrDeflate
	case at+n > len(out):
		return at, ErrSize
	}
	r.pos = from + n
	return at + copy(out[at:], r.in[from:from+n]), nil
}

// fixed sets the tables of a block with fixed codes.
func (d *decoder) fixed() {
	lens := d.lens[:]
	for i := range 288 {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		default:
			lens[i] = 8
		}
	}
	for i := range 32 {
		lens[288+i] = 5
	}
	d.build(d.lit[:], litBits, lens[:288], litEntries[:])
	d.build(d.dist[:], distBits, lens[288:], distEntries[:])
}

// lenOrder is the order in which the lengths of the code length codes come.
var lenOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// lenEntries are the entries of the code length codes.
var lenEntries = func() (e [19]uint32) {
	for i := range e {
		e[i] = uint32(i) << entryShift
	}
	return e
}()

// dynamic reads the codes of a block and sets its tables.
func (d *decoder) dynamic(r *bitReader, limit int) bool {
	nLit, nDist, nLen := int(r.take(5))+257, int(r.take(5))+1, int(r.take(4))+4
	if nLit > 286 || nDist > 30 {
		return false
	}
	var codeLens [19]uint8
	for i := range nLen {
		if r.n < 3 {
			if r.pos > limit {
				return false
			}
			r.refill()
		}
		codeLens[lenOrder[i]] = uint8(r.take(3))
	}
	table := d.lit[:1<<lenBits]
	if !d.build(table, lenBits, codeLens[:], lenEntries[:]) {
		return false
	}
	lens := d.lens[:nLit+nDist]
	for i := 0; i < len(lens); {
		if r.pos > limit {
			return false
		}
		r.refill()
		e := table[r.hold&(1<<lenBits-1)]
		if e&isSpecial != 0 {
			return false
		}
		r.take(uint(e & 63))
		symbol := uint8(e >> entryShift)
		if symbol < 16 {
			lens[i] = symbol
			i++
			continue
		}
		value, repeat := uint8(0), 0
		switch symbol {
		case 16:
			if i == 0 {
				return false
			}
			value, repeat = lens[i-1], 3+int(r.take(2))
		case 17:
			repeat = 3 + int(r.take(3))
		default:
			repeat = 11 + int(r.take(7))
		}
		if i+repeat > len(lens) {
			return false
		}
		for range repeat {
			lens[i] = value
			i++
		}
	}
	return lens[256] != 0 && d.build(d.lit[:], litBits, lens[:nLit], litEntries[:]) &&
		d.build(d.dist[:], distBits, lens[nLit:], distEntries[:])
}

// build makes a table with 1<<primary primary entries of code lengths. It is
// false when the lengths make no complete code; a code of no or one symbol is let
// pass, as it is of distances when there are no or only one.
func (d *decoder) build(table []uint32, primary int, lens []uint8, entries []uint32) bool {
	var count, next [maxCode + 1]int
	for _, n := range lens {
		count[n]++
	}
	count[0] = 0
	code, used, longest := 0, 0, 0
	for n := 1; n <= maxCode; n++ {
		code <<= 1
		next[n] = code
		if code += count[n]; count[n] > 0 {
			longest = n
		}
		used += count[n] << (maxCode - n)
	}
	single := longest <= 1 && count[1] <= 1
	if used != 1<<maxCode && !single {
		return false
	}
	if single {
		for i := range 1 << primary {
			table[i] = isSpecial | isInvalid
		}
	}
	if longest > primary {
		clear(d.longest[:1<<primary])
		codes := next
		for _, n := range lens {
			if int(n) > primary {
				prefix := reverse(codes[n], int(n)) & (1<<primary - 1)
				d.longest[prefix] = max(d.longest[prefix], n)
			}
			codes[n]++
		}
	}
	free := 1 << primary
	clearSub := d.longest[:1<<primary]
	for symbol, n8 := range lens {
		n := int(n8)
		if n == 0 {
			continue
		}
		at := reverse(next[n], n)
		next[n]++
		if n <= primary {
			for ; at < 1<<primary; at += 1 << n {
				table[at] = entries[symbol] | uint32(n)
			}
			continue
		}
		prefix := at & (1<<primary - 1)
		if longest := int(clearSub[prefix]); longest != 0 { // the first code of this subtable
			sub := longest - primary
			table[prefix] = isSpecial | uint32(free)<<entryShift | uint32(sub)<<8 | uint32(primary)
			free += 1 << sub
			clearSub[prefix] = 0
		}
		pointer := table[prefix]
		start, sub := int(pointer>>entryShift), int(pointer>>8&0xf)
		for i := at >> primary; i < 1<<sub; i += 1 << (n - primary) {
			table[start+i] = entries[symbol] | uint32(n-primary)
		}
	}
	return true
}

// reverse returns the n bits of a code in the order in which they are read.
func reverse(code, n int) int { return int(bits.Reverse16(uint16(code)) >> (16 - n)) }
