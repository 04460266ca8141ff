package lake

import (
	"iter"
	"slices"

	"github.com/apache/arrow-go/v18/parquet"
)

// leaf is one Parquet column under construction: levels (Parquet's Dremel encoding) and the values present.
type leaf struct {
	def, rep []int16 // rep stays empty outside lists and maps
	words    *dictionary
	numbers  []int32             // texts, by their number in words
	texts    []parquet.ByteArray // texts, when there is no dictionary
	longs    []int64
	ints     []int32
	doubles  []float64
	floats   []float32
	booleans []bool
	repeated bool
	rows     int // that have levels, in a leaf that pad completes

	levelsAt, valuesAt []int32 // of a spare leaf: where rows begin, see permute
}

// mark is a place in a leaf, to repeat what follows it.
type mark struct{ levels, texts, longs, ints, doubles, booleans int }

func (l *leaf) mark() mark {
	return mark{len(l.def), len(l.numbers) + len(l.texts), len(l.longs), len(l.ints), len(l.doubles), len(l.booleans)}
}

// repeat appends what was appended since m another times times.
func (l *leaf) repeat(m mark, times int) {
	l.def = repeated(l.def, m.levels, times)
	if l.repeated {
		l.rep = repeated(l.rep, m.levels, times)
	}
	switch {
	case len(l.numbers) > m.texts:
		l.numbers = repeated(l.numbers, m.texts, times)
	case len(l.texts) > m.texts:
		l.texts = repeated(l.texts, m.texts, times)
	case len(l.longs) > m.longs:
		l.longs = repeated(l.longs, m.longs, times)
	case len(l.ints) > m.ints:
		l.ints = repeated(l.ints, m.ints, times)
	case len(l.doubles) > m.doubles:
		l.doubles = repeated(l.doubles, m.doubles, times)
	case len(l.booleans) > m.booleans:
		l.booleans = repeated(l.booleans, m.booleans, times)
	}
}

func repeated[T any](s []T, from, times int) []T {
	block := len(s) - from
	s = slices.Grow(s, block*times)[:len(s)+block*times]
	for filled := from + block; filled < len(s); { // doubling, so that short blocks are copied in long runs
		filled += copy(s[filled:], s[from:filled])
	}
	return s
}

// level appends a definition level, and a repetition level where the leaf has some.
func (l *leaf) level(rep, def int16) {
	l.def = append(l.def, def)
	if l.repeated {
		l.rep = append(l.rep, rep)
	}
}

// pad appends NULLs up to so many rows. A writer may leave NULLs out until the leaf's next value or, when it has none,
// for good: most annotations and many columns of wide tables are empty.
func (l *leaf) pad(rows int) {
	if n := rows - l.rows; n > 0 {
		l.def = append(l.def, make([]int16, n)...)
		if l.repeated {
			l.rep = append(l.rep, make([]int16, n)...)
		}
		l.rows = rows
	}
}

// text appends a text, which it copies.
func (l *leaf) text(a *arena, text []byte) {
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
func (l *leaf) spell() {
	for _, n := range l.numbers {
		l.texts = append(l.texts, l.words.text(n))
	}
	l.numbers, l.words = nil, nil
}

// distinct gives each text at least once.
func (l *leaf) distinct() iter.Seq[parquet.ByteArray] {
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

func (l *leaf) reset() {
	l.def, l.rep, l.numbers, l.texts = l.def[:0], l.rep[:0], l.numbers[:0], l.texts[:0]
	l.longs, l.ints, l.doubles, l.floats, l.booleans = l.longs[:0], l.ints[:0], l.doubles[:0], l.floats[:0], l.booleans[:0]
	l.rows = 0
	if l.words != nil {
		l.words.reset()
	}
}

// bytes is about what the leaf holds in memory, when the row group has so many rows, without the texts of the arena.
func (l *leaf) bytes(rows int) int {
	levels := len(l.def) + len(l.rep)
	if l.rows > 0 && l.repeated {
		levels += 2 * (rows - l.rows)
	} else if l.rows > 0 {
		levels += rows - l.rows
	}
	total := 2*levels + 24*len(l.texts) + 8*(len(l.longs)+len(l.doubles)) + 4*(len(l.ints)+len(l.floats)+len(l.numbers)) + len(l.booleans)
	if l.words != nil {
		total += l.words.bytes()
	}
	return total
}

// kept is about what the leaf takes in memory when it is empty.
func (l *leaf) kept() int {
	total := 2*(cap(l.def)+cap(l.rep)) + 24*cap(l.texts) + 8*(cap(l.longs)+cap(l.doubles)) +
		4*(cap(l.ints)+cap(l.floats)+cap(l.numbers)) + cap(l.booleans)
	if l.words != nil {
		total += cap(l.words.texts) + 4*(cap(l.words.ends)+cap(l.words.next)+len(l.words.slots))
	}
	return total
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
