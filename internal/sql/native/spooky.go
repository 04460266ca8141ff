package native

import (
	"encoding/binary"
	"math/bits"
)

const spookyConst = 0xdeadbeefdeadbeef

// spooky is the first half of SpookyHash V2 with seed 0 (Bob Jenkins, public domain).
func spooky(b []byte) uint64 {
	if len(b) < 192 {
		return spookyShort(b)
	}
	var h [12]uint64
	for i := 2; i < 12; i += 3 {
		h[i] = spookyConst
	}
	length := len(b)
	for ; len(b) >= 96; b = b[96:] {
		spookyMix(&h, b)
	}
	var last [96]byte
	copy(last[:], b)
	last[95] = byte(length % 96)
	for i := range h {
		h[i] += binary.LittleEndian.Uint64(last[8*i:])
	}
	for range 3 {
		spookyEnd(&h)
	}
	return h[0]
}

func spookyMix(h *[12]uint64, b []byte) {
	for i, turn := range [12]int{11, 32, 43, 31, 17, 28, 39, 57, 55, 54, 22, 46} {
		h[i] += binary.LittleEndian.Uint64(b[8*i:])
		h[(i+2)%12] ^= h[(i+10)%12]
		h[(i+11)%12] ^= h[i]
		h[i] = bits.RotateLeft64(h[i], turn)
		h[(i+11)%12] += h[(i+1)%12]
	}
}

func spookyEnd(h *[12]uint64) {
	for i, turn := range [12]int{44, 15, 34, 21, 38, 33, 10, 13, 38, 53, 42, 54} {
		h[(i+11)%12] += h[(i+1)%12]
		h[(i+2)%12] ^= h[(i+11)%12]
		h[(i+1)%12] = bits.RotateLeft64(h[(i+1)%12], turn)
	}
}

// spookyShort is for less than 192 bytes.
func spookyShort(b []byte) uint64 {
	h := [4]uint64{0, 0, spookyConst, spookyConst}
	length := uint64(len(b))
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	for ; len(b) >= 32; b = b[32:] {
		h[2] += word(0)
		h[3] += word(8)
		spookyShortMix(&h)
		h[0] += word(16)
		h[1] += word(24)
	}
	if len(b) >= 16 {
		h[2] += word(0)
		h[3] += word(8)
		spookyShortMix(&h)
		b = b[16:]
	}
	h[3] += length << 56
	if len(b) == 0 {
		h[2] += spookyConst
		h[3] += spookyConst
	} else {
		var last [16]byte
		copy(last[:], b)
		h[2] += binary.LittleEndian.Uint64(last[:])
		h[3] += binary.LittleEndian.Uint64(last[8:])
	}
	for i, turn := range [11]int{15, 52, 26, 51, 28, 9, 47, 54, 32, 25, 63} {
		to, from := (i+3)%4, (i+2)%4
		h[to] ^= h[from]
		h[from] = bits.RotateLeft64(h[from], turn)
		h[to] += h[from]
	}
	return h[0]
}

func spookyShortMix(h *[4]uint64) {
	for i, turn := range [12]int{50, 52, 30, 41, 54, 48, 38, 37, 62, 34, 5, 36} {
		at, from, to := (i+2)%4, (i+3)%4, i%4
		h[at] = bits.RotateLeft64(h[at], turn)
		h[at] += h[from]
		h[to] ^= h[at]
	}
}
