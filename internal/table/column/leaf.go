package column

import (
	"bytes"
	"iter"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/parquet"
)

// Leaf is one Parquet column of the row group under construction: levels (Parquet's Dremel encoding) and the values
// present. It holds entries, not rows: what the rows of a head share is there once, and so is what tails are that are
// the same. See rowGroup for which entries are a row's.
type Leaf struct {
	max      uint8 // definition level of a value that is present
	repeated bool

	entries  int     // that have levels: those after them are NULL, see pad
	def, rep []uint8 // rep stays empty outside lists and maps
	words    *dictionary
	numbers  []int32             // texts, by their number in words
	texts    []parquet.ByteArray // texts, when there is no dictionary
	longs    []int64
	ints     []int32
	doubles  []float64
	floats   []float32
	booleans []bool
}

// grow doubles the leaf's memory. append would grow it by quarters, which copies a large leaf many times over.
func (l *Leaf) grow() {
	l.def = slices.Grow(l.def, cap(l.def)+64)
	if l.repeated {
		l.rep = slices.Grow(l.rep, cap(l.def)-len(l.rep))
	}
	switch {
	case len(l.numbers) > 0:
		l.numbers = slices.Grow(l.numbers, cap(l.def)-len(l.numbers))
	case len(l.texts) > 0:
		l.texts = slices.Grow(l.texts, cap(l.def)-len(l.texts))
	case len(l.longs) > 0:
		l.longs = slices.Grow(l.longs, cap(l.def)-len(l.longs))
	case len(l.ints) > 0:
		l.ints = slices.Grow(l.ints, cap(l.def)-len(l.ints))
	case len(l.doubles) > 0:
		l.doubles = slices.Grow(l.doubles, cap(l.def)-len(l.doubles))
	}
}

// Level appends a definition level, and a repetition level where the leaf has some.
func (l *Leaf) Level(rep, def uint8) {
	l.def = append(l.def, def)
	if l.repeated {
		l.rep = append(l.rep, rep)
	}
}

// pad appends NULLs up to so many entries. A writer may leave NULLs out until the leaf's next value or, when it has
// none, for good: most annotations and many columns of wide tables are empty.
func (l *Leaf) pad(entries int) {
	if n := entries - l.entries; n > 0 {
		l.def = append(l.def, make([]uint8, n)...)
		if l.repeated {
			l.rep = append(l.rep, make([]uint8, n)...)
		}
		l.entries = entries
	}
}

// text appends a text, which it copies.
func (l *Leaf) text(a *arena, text []byte) {
	if l.words == nil {
		l.texts = append(l.texts, a.copy(text))
		return
	}
	l.numbers = append(l.numbers, l.words.number(text))
	if l.words.full() {
		l.spell()
	}
}

// spell gives the dictionary up, for the rest of the file.
func (l *Leaf) spell() {
	for _, n := range l.numbers {
		l.texts = append(l.texts, l.words.text(n))
	}
	l.numbers, l.words = nil, nil
}

// textAt is the i-th text of the leaf.
func (l *Leaf) textAt(i int) []byte {
	if l.words != nil {
		return l.words.text(l.numbers[i])
	}
	return l.texts[i]
}

// distinct gives each text at least once.
func (l *Leaf) distinct() iter.Seq[parquet.ByteArray] {
	if l.words == nil {
		return slices.Values(l.texts)
	}
	return func(yield func(parquet.ByteArray) bool) {
		for i := range int32(l.words.len()) {
			if !yield(l.words.text(i)) {
				return
			}
		}
	}
}

// values is how many values are present.
func (l *Leaf) values() int {
	return len(l.numbers) + len(l.texts) + len(l.longs) + len(l.ints) + len(l.doubles) + len(l.floats) + len(l.booleans)
}

func (l *Leaf) reset() {
	l.def, l.rep, l.numbers, l.texts = l.def[:0], l.rep[:0], l.numbers[:0], l.texts[:0]
	l.longs, l.ints, l.doubles, l.floats, l.booleans = l.longs[:0], l.ints[:0], l.doubles[:0], l.floats[:0], l.booleans[:0]
	l.entries = 0
	if l.words != nil {
		l.words.reset()
	}
}

// bytes is about what the leaf holds in memory when it is padded to so many entries, without the texts of the arena.
func (l *Leaf) bytes(entries int) int {
	levels := len(l.def) + len(l.rep)
	if l.entries > 0 && l.repeated {
		levels += 2 * (entries - l.entries)
	} else if l.entries > 0 {
		levels += entries - l.entries
	}
	total := levels + 24*len(l.texts) + 8*(len(l.longs)+len(l.doubles)) + 4*(len(l.ints)+len(l.floats)+len(l.numbers)) +
		len(l.booleans)
	if l.words != nil {
		total += l.words.bytes()
	}
	return total
}

// kept is about what the leaf takes in memory when it is empty.
func (l *Leaf) kept() int {
	total := cap(l.def) + cap(l.rep) + 24*cap(l.texts) + 8*(cap(l.longs)+cap(l.doubles)) +
		4*(cap(l.ints)+cap(l.floats)+cap(l.numbers)) + cap(l.booleans)
	if l.words != nil {
		total += l.words.kept()
	}
	return total
}

// starts says where the entries of a leaf begin.
type starts struct {
	levels, values []int32 // one more than there are entries; nil when entry i has level i, or value i
}

func (s *starts) level(entry int32) int32 {
	if s.levels == nil {
		return entry
	}
	return s.levels[entry]
}

func (s *starts) value(entry int32) int32 {
	if s.values == nil {
		return entry
	}
	return s.values[entry]
}

// starts finds where the entries begin.
func (l *Leaf) starts() starts {
	full := bytes.Count(l.def, []byte{l.max}) == len(l.def)
	if !l.repeated {
		if full {
			return starts{}
		}
		s := starts{values: make([]int32, 0, len(l.def)+1)}
		present := int32(0)
		for _, def := range l.def {
			s.values = append(s.values, present)
			if def == l.max {
				present++
			}
		}
		s.values = append(s.values, present)
		return s
	}
	s := starts{levels: make([]int32, 0, l.entries+1)}
	for i, rep := range l.rep {
		if rep == 0 {
			s.levels = append(s.levels, int32(i))
		}
	}
	s.levels = append(s.levels, int32(len(l.rep)))
	if full {
		s.values = s.levels
		return s
	}
	s.values = make([]int32, 0, len(s.levels))
	present, entry := int32(0), 0
	for i, def := range l.def {
		if i == int(s.levels[entry]) {
			s.values = append(s.values, present)
			entry++
		}
		if def == l.max {
			present++
		}
	}
	s.values = append(s.values, present)
	return s
}

// shapes gives for each entry how many values it has, if it is nothing but values one level deep; else -1.
func (l *Leaf) shapes(at *starts) []int16 {
	shapes := make([]int16, l.entries)
	for entry := range shapes {
		from, to := at.level(int32(entry)), at.level(int32(entry+1))
		shape := int16(-1)
		if to-from < math.MaxInt16 && to-from == at.value(int32(entry+1))-at.value(int32(entry)) {
			shape = int16(to - from)
			for i := from + 1; i < to; i++ {
				if l.rep[i] != 1 {
					shape = -1
				}
			}
		}
		shapes[entry] = shape
	}
	return shapes
}

// repeated appends what s holds after from another times times.
func repeated[T any](s []T, from, times int) []T {
	block := len(s) - from
	s = slices.Grow(s, block*times)[:len(s)+block*times]
	for filled := from + block; filled < len(s); { // doubling, so that short blocks are copied in long runs
		filled += copy(s[filled:], s[from:filled])
	}
	return s
}

// numbered gives values their numbers among the different ones, in the order in which they come, or ok false when more
// than half of them, and of any many, are different.
func numbered[T int32 | int64 | float32 | float64](values []T, numbers []int32) (distinct []T, _ []int32, ok bool) {
	if ints, is := any(values).([]int32); is {
		if low, high := slices.Min(ints), slices.Max(ints); int64(high)-int64(low) < maxNarrow {
			few, numbers := numberedNarrow(ints, numbers, low, high)
			return any(few).([]T), numbers, true
		}
	}
	bits := func(v T) uint64 { // -0 and 0 differ, NaNs do not
		switch v := any(v).(type) {
		case float64:
			return math.Float64bits(v)
		case float32:
			return uint64(math.Float32bits(v))
		case int32:
			return uint64(uint32(v))
		default:
			return uint64(v.(int64))
		}
	}
	most := max(64, len(values)/2)
	slots := make([]int32, 256)
	shift := uint(64 - 8)
	for _, v := range values {
		slot := bits(v) * hashFactor >> shift
		for slots[slot] != 0 && bits(distinct[slots[slot]-1]) != bits(v) {
			slot = (slot + 1) & uint64(len(slots)-1)
		}
		if slots[slot] == 0 {
			if len(distinct) == most {
				return nil, numbers, false
			}
			distinct = append(distinct, v)
			slots[slot] = int32(len(distinct))
			if 2*len(distinct) > len(slots) {
				shift--
				slots = make([]int32, 2*len(slots))
				for i, w := range distinct {
					slot := bits(w) * hashFactor >> shift
					for slots[slot] != 0 {
						slot = (slot + 1) & uint64(len(slots)-1)
					}
					slots[slot] = int32(i + 1)
				}
			}
			numbers = append(numbers, int32(len(distinct)-1))
			continue
		}
		numbers = append(numbers, slots[slot]-1)
	}
	return distinct, numbers, true
}

// maxNarrow is how many integers there may be from the least to the largest for a table of all.
const maxNarrow = 1 << 16

// numberedNarrow is numbered for integers that are all near each other.
func numberedNarrow(values, numbers []int32, low, high int32) (distinct, _ []int32) {
	table := make([]int32, high-low+1)
	numbers = slices.Grow(numbers, len(values))
	for _, v := range values {
		number := table[v-low]
		if number == 0 {
			distinct = append(distinct, v)
			number = int32(len(distinct))
			table[v-low] = number
		}
		numbers = append(numbers, number-1)
	}
	return distinct, numbers
}

// arena keeps copies of texts until a row group is written.
type arena struct {
	blocks [][]byte
	used   int // blocks in use; the last of them is open
	size   int // bytes kept
}

const arenaBlock = 1 << 20

// copy returns bytes that hold the text until reset.
func (a *arena) copy(text []byte) parquet.ByteArray {
	if a.used == 0 || cap(a.blocks[a.used-1])-len(a.blocks[a.used-1]) < len(text) {
		a.open(len(text))
	}
	block := &a.blocks[a.used-1]
	from := len(*block)
	*block = append(*block, text...)
	a.size += len(text)
	return parquet.ByteArray((*block)[from:len(*block):len(*block)])
}

func (a *arena) open(atLeast int) {
	for a.used < len(a.blocks) {
		a.used++
		if cap(a.blocks[a.used-1]) >= atLeast {
			return
		}
	}
	a.blocks = append(a.blocks, make([]byte, 0, max(arenaBlock, atLeast)))
	a.used = len(a.blocks)
}

func (a *arena) reset() {
	kept := a.blocks[:0]
	for _, block := range a.blocks {
		if cap(block) == arenaBlock { // oversized ones are rare; keeping them would hold memory for good
			kept = append(kept, block[:0])
		}
	}
	clear(a.blocks[len(kept):])
	a.blocks, a.used, a.size = kept, 0, 0
}
