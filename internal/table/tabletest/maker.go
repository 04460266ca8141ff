package tabletest

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/table/column"
)

// Maker makes random values of every shape.
type Maker struct{ *rand.Rand }

// Often is true three times of four.
func (m Maker) Often() bool { return m.IntN(4) > 0 }

// Text is a short or, rarely, a long text; never nil.
func (m Maker) Text() []byte {
	switch m.IntN(20) {
	case 0:
		return []byte{}
	case 1:
		return fmt.Appendf(nil, "%0*d", 1+m.IntN(3000), m.Uint32())
	case 2:
		return []byte("é漢\x00😀")
	default:
		return fmt.Appendf(nil, "v%d", m.IntN(50))
	}
}

// Maybe is a text, or nil for NULL.
func (m Maker) Maybe() []byte {
	if m.IntN(3) == 0 {
		return nil
	}
	return m.Text()
}

// Texts is nil, empty or up to four texts.
func (m Maker) Texts() [][]byte {
	n := m.IntN(6) - 1
	if n < 0 {
		return nil
	}
	list := make([][]byte, n)
	for i := range list {
		list[i] = m.Text()
	}
	return list
}

// Pairs is nil, empty or up to four entries of a map.
func (m Maker) Pairs() []column.KV {
	n := m.IntN(6) - 1
	if n < 0 {
		return nil
	}
	list := make([]column.KV, n)
	for i := range list {
		list[i] = column.KV{Key: fmt.Appendf(nil, "K%d", i+m.IntN(2)*10), Value: m.Text(), Null: m.IntN(4) == 0}
	}
	return list
}

// Ints is nil, empty or up to four integers, some of them NULL.
func (m Maker) Ints() []int32 {
	n := m.IntN(6) - 1
	if n < 0 {
		return nil
	}
	list := make([]int32, n)
	for i := range list {
		list[i] = []int32{-1, 0, 1, column.MissingInt, math.MaxInt32, m.Int32N(1000)}[m.IntN(6)]
	}
	return list
}

// Floats is likewise.
func (m Maker) Floats() []float64 {
	n := m.IntN(6) - 1
	if n < 0 {
		return nil
	}
	list := make([]float64, n)
	for i := range list {
		list[i] = []float64{0, -1.5, column.MissingFloat(), math.Inf(1), m.NormFloat64()}[m.IntN(5)]
	}
	return list
}

// Int is NULL at times.
func (m Maker) Int() column.Int { return column.Int{V: m.Int32N(100) - 50, Valid: m.Often()} }

// EachDamage has a data file read with one bit of it wrong, of some hundred bits, most of them of the footer: decoders
// trust it most.
func (m Maker) EachDamage(t *testing.T, path string, read func(n int) error) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const tail = 8 // bytes: the footer's size and the magic
	footer := len(whole) - tail - int(binary.LittleEndian.Uint32(whole[len(whole)-tail:]))
	refused := 0
	for i := range 400 {
		damaged := slices.Clone(whole)
		at := m.IntN(len(damaged))
		if i%4 > 0 {
			at = footer + m.IntN(len(damaged)-footer)
		}
		damaged[at] ^= byte(1 << m.IntN(8))
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		err := read(i)
		if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("byte %d: error %v", at, err)
		}
		if err != nil {
			refused++
		}
	}
	if refused < 100 {
		t.Errorf("only %d of 400 damaged files were refused", refused)
	}
}
