package column

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// readHybrid is a plain reading of the RLE/bit-packing hybrid: count numbers of width bits.
func readHybrid(t testing.TB, raw []byte, width uint, count int) []uint32 {
	t.Helper()
	var out []uint32
	for len(out) < count {
		header, n := binary.Uvarint(raw)
		if n <= 0 {
			t.Fatalf("no run after %d of %d numbers", len(out), count)
		}
		raw = raw[n:]
		if header&1 == 0 {
			var v uint32
			for i := range (width + 7) / 8 {
				v |= uint32(raw[i]) << (8 * i)
			}
			raw = raw[(width+7)/8:]
			if header>>1 == 0 {
				t.Fatal("a run of nothing")
			}
			out = append(out, slices.Repeat([]uint32{v}, int(header>>1))...)
			continue
		}
		groups := uint(header >> 1)
		for i := range 8 * groups {
			var v uint32
			for bit := range width {
				at := i*width + bit
				v |= uint32(raw[at/8]>>(at%8)&1) << bit
			}
			out = append(out, v)
		}
		raw = raw[groups*width:]
	}
	if len(raw) > 0 {
		t.Fatalf("%d bytes follow", len(raw))
	}
	if len(out)-count > 7 {
		t.Fatalf("%d numbers for %d: only the last group may be filled up", len(out), count)
	}
	return out[:count]
}

// checkHybrid plays a script of calls, four bytes each, and reads what they wrote.
func checkHybrid(t testing.TB, width uint, script []byte) {
	t.Helper()
	var h hybrid
	h.reset(width)
	rng := rand.New(rand.NewPCG(uint64(width), uint64(len(script))))
	mask := uint32(1)<<width - 1 // of 32 bits: all
	var want []uint32
	for ; len(script) >= 4; script = script[4:] {
		times, length := int(script[1])*(int(script[2])%5+1), int(script[3])%20
		block := make([]int32, length)
		for i := range block {
			block[i] = int32(rng.Uint32() & mask & math.MaxInt32)
			if script[2]&1 == 0 && i > 0 && rng.IntN(3) > 0 {
				block[i] = block[i-1]
			}
		}
		switch script[0] % 3 {
		case 0:
			v := rng.Uint32() & mask
			h.run(v, times)
			want = append(want, slices.Repeat([]uint32{v}, times)...)
		case 1:
			put(&h, block)
			for _, v := range block {
				want = append(want, uint32(v))
			}
		case 2:
			repeat(&h, block, times)
			for range times {
				for _, v := range block {
					want = append(want, uint32(v))
				}
			}
		}
	}
	got := readHybrid(t, h.finish(), width, len(want))
	if !slices.Equal(got, want) {
		at := 0
		for got[at] == want[at] {
			at++
		}
		t.Fatalf("width %d: number %d of %d is %d, want %d", width, at, len(want), got[at], want[at])
	}
}

func TestHybrid(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for width := uint(1); width <= 32; width++ {
		for range 60 {
			script := make([]byte, 4*rng.IntN(30))
			for i := range script {
				script[i] = byte(rng.Uint32())
			}
			checkHybrid(t, width, script)
		}
	}
}

// FuzzHybrid holds that any calls write what they say.
func FuzzHybrid(f *testing.F) {
	f.Add(uint8(1), []byte{0, 9, 0, 0})
	f.Add(uint8(12), []byte{1, 0, 1, 19, 2, 40, 1, 12, 0, 3, 0, 0, 2, 17, 3, 7})
	f.Add(uint8(32), []byte{2, 16, 1, 3, 1, 0, 0, 9})
	f.Fuzz(func(t *testing.T, width uint8, script []byte) {
		if len(script) <= 400 {
			checkHybrid(t, uint(width)%32+1, script)
		}
	})
}

// readDeltas is a plain reading of DELTA_BINARY_PACKED.
func readDeltas[T int32 | int64](t *testing.T, raw []byte) []T {
	t.Helper()
	unsigned := func() uint64 {
		v, n := binary.Uvarint(raw)
		raw = raw[n:]
		return v
	}
	signed := func() int64 {
		v, n := binary.Varint(raw)
		raw = raw[n:]
		return v
	}
	block, minis, count := unsigned(), unsigned(), int(unsigned())
	values := []T{T(signed())}
	for len(values) < count {
		least := T(signed())
		widths := raw[:minis]
		raw = raw[minis:]
		for _, width := range widths {
			if len(values) >= count {
				break // miniblocks without values have no bytes
			}
			per := uint(block / minis)
			for i := range per {
				var v uint64
				for bit := range uint(width) {
					at := i*uint(width) + bit
					v |= uint64(raw[at/8]>>(at%8)&1) << bit
				}
				if len(values) < count {
					values = append(values, values[len(values)-1]+least+T(v))
				}
			}
			raw = raw[per*uint(width)/8:]
		}
	}
	if len(raw) > 0 {
		t.Fatalf("%d bytes follow", len(raw))
	}
	return values[:count]
}

func TestDeltas(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1, 2, 31, 32, 33, 34, 128, 129, 130, 161, 1000} {
		for _, spread := range []int64{0, 1, 3, 1000, math.MaxInt32, math.MaxInt64} {
			t.Run(fmt.Sprint(n, " values within ", spread), func(t *testing.T) {
				longs, ints := make([]int64, n), make([]int32, n)
				for i := range longs {
					if spread > 0 {
						longs[i] = rng.Int64N(spread) - rng.Int64N(spread)
					}
					ints[i] = int32(longs[i])
				}
				if got := readDeltas[int64](t, appendDeltas(nil, longs)); !slices.Equal(got, longs) {
					t.Errorf("longs: read %v, want %v", got, longs)
				}
				if got := readDeltas[int32](t, appendDeltas(nil, ints)); !slices.Equal(got, ints) {
					t.Errorf("ints: read %v, want %v", got, ints)
				}
			})
		}
	}
}

// A dictionary numbers texts in the order in which they come, whatever their lengths.
func TestDictionary(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	d := newDictionary()
	for turn := range 3 {
		numbers := map[string]int32{}
		for range 30_000 {
			text := make([]byte, rng.IntN(12))
			for i := range text {
				text[i] = "0123456789\x00."[rng.IntN(3+turn*4)]
			}
			got := d.number(text)
			want, known := numbers[string(text)]
			if !known {
				want = int32(len(numbers))
				numbers[string(text)] = want
			}
			if got != want || string(d.text(got)) != string(text) {
				t.Fatalf("%q is number %d (%q), want %d", text, got, d.text(got), want)
			}
		}
		d.reset()
	}
}

// Numbers of values, by hash or by table, are those of a plain map.
func TestNumbered(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, spread := range []int32{1, 100, maxNarrow - 1, maxNarrow, 1 << 20} {
		ints := make([]int32, 50_000)
		for i := range ints {
			ints[i] = rng.Int32N(spread)/3*3 - 100
		}
		distinct, numbers, ok := numbered(ints, nil)
		if !ok {
			if spread < 1<<20 {
				t.Errorf("spread %d: no dictionary", spread)
			}
			continue
		}
		for i, v := range ints {
			if distinct[numbers[i]] != v {
				t.Fatalf("value %d of %d became %d", v, i, distinct[numbers[i]])
			}
		}
		if slices.Sort(distinct); len(slices.Compact(slices.Clone(distinct))) != len(distinct) {
			t.Errorf("spread %d: a value is there twice", spread)
		}
	}
	zeros := []float64{0, math.Copysign(0, -1), math.NaN(), math.NaN(), 0}
	distinct, numbers, ok := numbered(zeros, nil)
	if !ok || len(distinct) != 3 || !slices.Equal(numbers, []int32{0, 1, 2, 2, 0}) {
		t.Errorf("zeros and NaNs: %v %v", distinct, numbers)
	}
}
