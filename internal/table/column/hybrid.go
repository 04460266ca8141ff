package column

import (
	"encoding/binary"
	mathbits "math/bits"
)

// hybrid encodes small numbers as Parquet's RLE/bit-packing hybrid (parquet-format, Encodings.md): runs of one number,
// and groups of eight numbers packed into width bits each.
type hybrid struct {
	out    []byte
	width  uint      // bits of a number, 1 to 32
	packed []byte    // groups of the bit-packed run that is open
	rest   [8]uint32 // numbers that do not fill a group yet
	n      int       // of rest
	block  []uint32  // scratch of repeat
}

// packSlack is how many bytes pack8 may write beyond the ones that count.
const packSlack = 8

// bitWidth is how many bits numbers up to highest take, at least one: readers differ about numbers of no bits.
func bitWidth(highest int) uint { return uint(max(mathbits.Len(uint(highest)), 1)) }

func (h *hybrid) reset(width uint) {
	h.out, h.packed, h.n, h.width = h.out[:0], h.packed[:0], 0, width
}

// finish ends the encoding; the result is valid until reset.
func (h *hybrid) finish() []byte {
	if h.n > 0 {
		clear(h.rest[h.n:])
		h.pack8(&h.rest)
		h.n = 0
	}
	h.close()
	return h.out
}

// close ends the bit-packed run that is open.
func (h *hybrid) close() {
	if len(h.packed) == 0 {
		return
	}
	groups := uint64(len(h.packed)) / uint64(h.width)
	h.out = binary.AppendUvarint(h.out, groups<<1|1)
	h.out = append(h.out, h.packed...)
	h.packed = h.packed[:0]
}

// run appends v times times.
func (h *hybrid) run(v uint32, times int) {
	for ; times > 0 && (h.n > 0 || times < 8); times-- {
		h.one(v)
	}
	if times == 0 {
		return
	}
	h.close()
	h.out = binary.AppendUvarint(h.out, uint64(times)<<1)
	for i := uint(0); i < h.width; i += 8 {
		h.out = append(h.out, byte(v>>i))
	}
}

func (h *hybrid) one(v uint32) {
	h.rest[h.n] = v
	if h.n++; h.n == 8 {
		h.n = 0
		h.pack8(&h.rest)
	}
}

// put appends values one after the other, finding runs that fill whole groups.
func put[T uint8 | int32 | uint32](h *hybrid, values []T) {
	for len(values) > 0 && h.n > 0 {
		h.one(uint32(values[0]))
		values = values[1:]
	}
	i := 0
	for i+8 <= len(values) {
		v := values[i : i+8 : i+8]
		if v[0] == v[1] && v[0] == v[2] && v[0] == v[3] && v[0] == v[4] && v[0] == v[5] && v[0] == v[6] && v[0] == v[7] {
			end := i + 8
			for end < len(values) && values[end] == v[0] {
				end++
			}
			h.run(uint32(v[0]), end-i)
			i = end
			for i < len(values) && h.n > 0 {
				h.one(uint32(values[i]))
				i++
			}
			continue
		}
		h.pack8(&[8]uint32{uint32(v[0]), uint32(v[1]), uint32(v[2]), uint32(v[3]), uint32(v[4]), uint32(v[5]), uint32(v[6]),
			uint32(v[7])})
		i += 8
	}
	for ; i < len(values); i++ {
		h.one(uint32(values[i]))
	}
}

// repeat appends the values of a block times times over. Eight blocks fill whole bytes, whatever their length: they are
// packed once and then copied.
func repeat[T uint8 | int32 | uint32](h *hybrid, block []T, times int) {
	if constant(block) {
		if len(block) > 0 {
			h.run(uint32(block[0]), len(block)*times)
		}
		return
	}
	if times < 16 {
		for range times {
			put(h, block)
		}
		return
	}
	total, phase := len(block)*times, 0
	for ; h.n > 0; phase++ {
		h.one(uint32(block[phase%len(block)]))
	}
	total -= phase
	h.block = h.block[:0]
	for i := range 8 * len(block) {
		h.block = append(h.block, uint32(block[(phase+i)%len(block)]))
	}
	start := len(h.packed)
	for i := 0; i < len(h.block); i += 8 {
		h.pack8((*[8]uint32)(h.block[i:]))
	}
	h.packed = repeated(h.packed, start, total/len(h.block)-1)
	put(h, h.block[:total%len(h.block)])
}

// constant tells whether all values are the same.
func constant[T comparable](values []T) bool {
	for i := 1; i < len(values); i++ {
		if values[i] != values[0] {
			return false
		}
	}
	return true
}

// pack8 adds a group to the open run.
func (h *hybrid) pack8(v *[8]uint32) {
	at := len(h.packed)
	end := at + int(h.width)
	if cap(h.packed) < end+packSlack {
		h.packed = append(make([]byte, 0, 2*cap(h.packed)+1024), h.packed...)
	}
	h.packed = h.packed[:end]
	pack8(h.packed[at:end+packSlack], v, h.width)
}

// pack8 packs eight numbers into width bits each; out has packSlack bytes more than that takes.
func pack8(out []byte, v *[8]uint32, w uint) {
	switch {
	case w <= 8:
		binary.LittleEndian.PutUint64(out, uint64(v[0])|uint64(v[1])<<w|uint64(v[2])<<(2*w)|uint64(v[3])<<(3*w)|
			uint64(v[4])<<(4*w)|uint64(v[5])<<(5*w)|uint64(v[6])<<(6*w)|uint64(v[7])<<(7*w))
	case w <= 16:
		low := uint64(v[0]) | uint64(v[1])<<w | uint64(v[2])<<(2*w) | uint64(v[3])<<(3*w)
		high := uint64(v[4]) | uint64(v[5])<<w | uint64(v[6])<<(2*w) | uint64(v[7])<<(3*w)
		binary.LittleEndian.PutUint64(out, low|high<<(4*w))
		binary.LittleEndian.PutUint64(out[8:], high>>(64-4*w))
	default:
		var hold uint64
		n, at := uint(0), 0
		for _, x := range v {
			hold |= uint64(x) << n
			if n += w; n >= 32 {
				binary.LittleEndian.PutUint32(out[at:], uint32(hold))
				hold >>= 32
				n -= 32
				at += 4
			}
		}
		binary.LittleEndian.PutUint32(out[at:], uint32(hold))
	}
}

// deltaBlock and deltaMini are the values of a block and a miniblock of deltas.
const (
	deltaBlock = 128
	deltaMini  = 32
)

// appendDeltas encodes integers as DELTA_BINARY_PACKED (parquet-format, Encodings.md). Differences wrap around, as
// readers' sums do.
func appendDeltas[T int32 | int64](out []byte, values []T) []byte {
	out = binary.AppendUvarint(out, deltaBlock)
	out = binary.AppendUvarint(out, deltaBlock/deltaMini)
	out = binary.AppendUvarint(out, uint64(len(values)))
	if len(values) == 0 {
		return append(out, 0)
	}
	out = binary.AppendVarint(out, int64(values[0]))
	var deltas [deltaBlock]T
	last := values[0]
	for values = values[1:]; len(values) > 0; {
		n := min(len(values), deltaBlock)
		least := values[0] - last
		for i, v := range values[:n] {
			deltas[i] = v - last
			least = min(least, deltas[i])
			last = v
		}
		values = values[n:]
		out = binary.AppendVarint(out, int64(least))
		widths := len(out)
		out = append(out, 0, 0, 0, 0)
		for mini := 0; mini*deltaMini < n; mini++ {
			part := deltas[mini*deltaMini : (mini+1)*deltaMini]
			used := min(deltaMini, n-mini*deltaMini)
			var all uint64
			for i := range part[:used] {
				part[i] -= least
				all |= unsigned(part[i])
			}
			clear(part[used:])
			width := uint(mathbits.Len64(all))
			out[widths+mini] = byte(width)
			out = appendPacked(out, part, width)
		}
	}
	return out
}

// unsigned is the difference of two integers as what it is: at least zero, and perhaps beyond the integers' range.
func unsigned[T int32 | int64](v T) uint64 {
	if _, ok := any(v).(int32); ok {
		return uint64(uint32(v))
	}
	return uint64(v)
}

// appendPacked packs values into width bits each, 0 to 64.
func appendPacked[T int32 | int64](out []byte, values []T, width uint) []byte {
	var hold uint64
	n := uint(0)
	for _, v := range values {
		x := unsigned(v)
		hold |= x << n
		if n+width >= 64 {
			out = binary.LittleEndian.AppendUint64(out, hold)
			hold = x >> (64 - n) // no bit is left when n is 0: Go shifts them all out
			n += width - 64
		} else {
			n += width
		}
	}
	for ; n > 0; n -= min(n, 8) {
		out = append(out, byte(hold))
		hold >>= 8
	}
	return out
}
