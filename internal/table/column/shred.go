package column

import (
	"math"
	"slices"
)

// The methods here shred one column of one row: they append Parquet's levels and values. Every column is
// optional, so a present top-level value has definition level 1; a list or map adds one for being present, one for
// holding an element, and one for that element being present. What the columns mean is their caller's.

// Long appends a long.
func (l *Leaf) Long(value int64) {
	l.Level(0, 1)
	l.longs = append(l.longs, value)
}

// Int appends an int.
func (l *Leaf) Int(value Int) {
	if !value.Valid {
		l.Level(0, 0)
		return
	}
	l.Level(0, 1)
	l.ints = append(l.ints, value.V)
}

// Double appends a double, NULL unless valid.
func (l *Leaf) Double(value float64, valid bool) {
	if !valid {
		l.Level(0, 0)
		return
	}
	l.Level(0, 1)
	l.doubles = append(l.doubles, value)
}

// Boolean appends a boolean, NULL unless valid.
func (l *Leaf) Boolean(value, valid bool) {
	if !valid {
		l.Level(0, 0)
		return
	}
	l.Level(0, 1)
	l.booleans = append(l.booleans, value)
}

// IntList appends a list, empty when it has no values; MissingInt becomes NULL.
func (l *Leaf) IntList(values []int32) {
	if len(values) == 0 {
		l.Level(0, 1)
		return
	}
	rep := uint8(0)
	for _, v := range values {
		if v == MissingInt {
			l.Level(rep, 2)
		} else {
			l.Level(rep, 3)
			l.ints = append(l.ints, v)
		}
		rep = 1
	}
}

// DoubleList appends a list, NULL when it is nil; MissingFloat becomes NULL.
func (l *Leaf) DoubleList(values []float64) {
	switch {
	case values == nil:
		l.Level(0, 0)
		return
	case len(values) == 0:
		l.Level(0, 1)
		return
	}
	rep := uint8(0)
	for _, v := range values {
		if math.Float64bits(v) == missingFloat {
			l.Level(rep, 2)
		} else {
			l.Level(rep, 3)
			l.doubles = append(l.doubles, v)
		}
		rep = 1
	}
}

// text appends a present text of a top-level column.
func (w *fileWriter) text(l *Leaf, value []byte) {
	l.Level(0, 1)
	l.text(&w.arena, value)
}

// list appends a list of texts. rep is the repetition level of its first element; def the level of a list that is
// present and empty, so that NULL is one below and an element two above.
func (w *fileWriter) list(leaf int, values [][]byte, rep, def uint8) {
	l := &w.leaves[leaf]
	switch {
	case values == nil:
		l.Level(rep, def-1)
		return
	case len(values) == 0:
		l.Level(rep, def)
		return
	}
	next := listRep(def)
	for _, v := range values {
		l.Level(rep, def+2)
		l.text(&w.arena, v)
		rep = next
	}
}

// entries appends a present map: its keys go to leaf, its values to the leaf after. rep and def as in list.
func (w *fileWriter) entries(leaf int, pairs []KV, rep, def uint8) {
	keys, values := &w.leaves[leaf], &w.leaves[leaf+1]
	if len(pairs) == 0 {
		keys.Level(rep, def)
		values.Level(rep, def)
		return
	}
	next := listRep(def)
	keys.rep = appendLevels(append(keys.rep, rep), next, len(pairs)-1)
	values.rep = appendLevels(append(values.rep, rep), next, len(pairs)-1)
	keys.def = appendLevels(keys.def, def+1, len(pairs)) // keys are required: one level less than an optional element
	values.def = appendLevels(values.def, def+2, len(pairs))
	levels, words := values.def[len(values.def)-len(pairs):], values.words
	for i := range pairs {
		pair := &pairs[i]
		w.key(keys, pair)
		switch {
		case pair.Null:
			levels[i] = def + 1
		case words == nil:
			values.texts = append(values.texts, w.arena.copy(pair.Value))
		default:
			values.numbers = append(values.numbers, words.number(pair.Value))
		}
	}
	if words != nil && words.full() {
		values.spell()
	}
}

// key appends a map's key.
func (w *fileWriter) key(l *Leaf, pair *KV) {
	if pair.ID <= 0 || pair.ID > maxKeyID || l.words == nil {
		l.text(&w.arena, pair.Key)
		return
	}
	for len(w.keys) <= int(pair.ID) {
		w.keys = append(w.keys, 0)
	}
	if number := w.keys[pair.ID]; number > 0 {
		l.numbers = append(l.numbers, number-1)
		return
	}
	l.text(&w.arena, pair.Key)
	if l.words != nil {
		w.keys[pair.ID] = l.numbers[len(l.numbers)-1] + 1
	}
}

// maxKeyID bounds the memory for the numbers of keys.
const maxKeyID = 1 << 16

// appendLevels appends the same level n times.
func appendLevels(levels []uint8, level uint8, n int) []uint8 {
	levels = slices.Grow(levels, n)
	for range n {
		levels = append(levels, level)
	}
	return levels
}

// listRep is the repetition level of a list's second and later elements: 1 at the top, 2 inside a list of structs.
func listRep(def uint8) uint8 {
	if def > 1 {
		return 2
	}
	return 1
}
