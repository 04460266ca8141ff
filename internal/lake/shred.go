package lake

import "math"

// The methods here shred one column of one row: they append Parquet's levels and values. Every column is
// optional, so a present top-level value has definition level 1; a list or map adds one for being present, one for
// holding an element, and one for that element being present.

func (l *leaf) long(value int64) {
	l.level(0, 1)
	l.longs = append(l.longs, value)
}

func (l *leaf) int(value Int) {
	if !value.Valid {
		l.level(0, 0)
		return
	}
	l.level(0, 1)
	l.ints = append(l.ints, value.V)
}

func (l *leaf) double(value float64, valid bool) {
	if !valid {
		l.level(0, 0)
		return
	}
	l.level(0, 1)
	l.doubles = append(l.doubles, value)
}

func (l *leaf) boolean(value, valid bool) {
	if !valid {
		l.level(0, 0)
		return
	}
	l.level(0, 1)
	l.booleans = append(l.booleans, value)
}

func (l *leaf) intList(values []int32) {
	if len(values) == 0 {
		l.level(0, 1)
		return
	}
	rep := uint8(0)
	for _, v := range values {
		if v == MissingInt {
			l.level(rep, 2)
		} else {
			l.level(rep, 3)
			l.ints = append(l.ints, v)
		}
		rep = 1
	}
}

func (l *leaf) doubleList(values []float64) {
	switch {
	case values == nil:
		l.level(0, 0)
		return
	case len(values) == 0:
		l.level(0, 1)
		return
	}
	rep := uint8(0)
	for _, v := range values {
		if math.Float64bits(v) == missingFloat {
			l.level(rep, 2)
		} else {
			l.level(rep, 3)
			l.doubles = append(l.doubles, v)
		}
		rep = 1
	}
}

// text appends a present text of a top-level column.
func (w *fileWriter) text(l *leaf, value []byte) {
	l.level(0, 1)
	l.text(&w.arena, value)
}

// list appends a list of texts. rep is the repetition level of its first element; def the level of a list that is
// present and empty, so that NULL is one below and an element two above.
func (w *fileWriter) list(leaf int, values [][]byte, rep, def uint8) {
	l := &w.leaves[leaf]
	switch {
	case values == nil:
		l.level(rep, def-1)
		return
	case len(values) == 0:
		l.level(rep, def)
		return
	}
	next := listRep(def)
	for _, v := range values {
		l.level(rep, def+2)
		l.text(&w.arena, v)
		rep = next
	}
}

// entries appends a present map: its keys go to leaf, its values to the leaf after. rep and def as in list.
func (w *fileWriter) entries(leaf int, pairs []KV, rep, def uint8) {
	keys, values := &w.leaves[leaf], &w.leaves[leaf+1]
	if len(pairs) == 0 {
		keys.level(rep, def)
		values.level(rep, def)
		return
	}
	next := listRep(def)
	for i := range pairs {
		keys.level(rep, def+1) // keys are required: one level less than an optional element
		keys.text(&w.arena, pairs[i].Key)
		if pairs[i].Null {
			values.level(rep, def+1)
		} else {
			values.level(rep, def+2)
			values.text(&w.arena, pairs[i].Value)
		}
		rep = next
	}
}

// listRep is the repetition level of a list's second and later elements: 1 at the top, 2 inside annotations.vep.
func listRep(def uint8) uint8 {
	if def > 1 {
		return 2
	}
	return 1
}
