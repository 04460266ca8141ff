package lake

import (
	"bytes"
	"cmp"
	"slices"
)

// order follows whether the row groups written are in the table's sort order, one after the other.
type order struct {
	last     []sortKey // of the last row
	unsorted bool
}

// sortKey is a row's value of a column of the sort order, either a text or a number.
type sortKey struct {
	present bool
	text    []byte
	number  int64
}

func (k sortKey) compare(other sortKey) int {
	if k.present != other.present {
		if other.present { // NULLs come first
			return -1
		}
		return 1
	}
	return cmp.Or(bytes.Compare(k.text, other.text), cmp.Compare(k.number, other.number))
}

// sortRows puts the rows of the row group under construction into the table's sort order; rows of equal keys keep theirs.
// Few row groups need it: left normalisation moves some records before their neighbours, and some files are not sorted.
func (w *fileWriter) sortRows() {
	if len(w.schema.sortBy) == 0 {
		return
	}
	keys := w.sortKeys()
	compare := func(a, b int32) int {
		for _, key := range keys {
			if key[a] != key[b] {
				return cmp.Compare(key[a], key[b])
			}
		}
		return 0
	}
	inOrder := true
	for row := int32(1); inOrder && row < int32(w.rows); row++ {
		inOrder = compare(row-1, row) <= 0
	}
	if !inOrder {
		rows := make([]int32, w.rows)
		for i := range rows {
			rows[i] = int32(i)
		}
		slices.SortStableFunc(rows, compare)
		for i := range w.leaves {
			if len(w.leaves[i].def) > 0 {
				w.leaves[i].permute(rows, w.schema.parquet.Column(i).MaxDefinitionLevel(), &w.spare)
			}
		}
	}
	last := make([]sortKey, len(w.schema.sortBy))
	after := 0
	for i, leaf := range w.schema.sortBy {
		first, end := w.leaves[leaf].ends()
		if w.order.last != nil {
			after = cmp.Or(after, first.compare(w.order.last[i]))
		}
		last[i] = end
	}
	w.order.last, w.order.unsorted = last, w.order.unsorted || after < 0
}

// sortKeys gives numbers by which the rows are to be sorted, the most significant first: for each column of the sort
// order one of every row and, before it when there are NULLs, whether it is present.
func (w *fileWriter) sortKeys() [][]int64 {
	var keys [][]int64
	for _, leaf := range w.schema.sortBy {
		l := &w.leaves[leaf]
		key := l.longs
		for _, v := range l.ints {
			key = append(key, int64(v))
		}
		if len(l.numbers)+len(l.texts) > 0 {
			key = l.ranks()
		}
		if len(key) < len(l.def) {
			present, spread := make([]int64, len(l.def)), make([]int64, len(l.def))
			for row, def := range l.def {
				if present[row] = int64(def); def == 1 {
					spread[row], key = key[0], key[1:]
				}
			}
			keys, key = append(keys, present), spread
		}
		if len(key) > 0 { // or all are NULL
			keys = append(keys, key)
		}
	}
	return keys
}

// ends gives copies of the first and the last row's value of a flat leaf.
func (l *leaf) ends() (first, last sortKey) {
	at := func(row, value int) sortKey {
		switch {
		case len(l.def) == 0 || l.def[row] == 0:
			return sortKey{}
		case len(l.longs) > 0:
			return sortKey{present: true, number: l.longs[value]}
		case len(l.ints) > 0:
			return sortKey{present: true, number: int64(l.ints[value])}
		}
		return sortKey{present: true, text: bytes.Clone(l.textAt(value))}
	}
	return at(0, 0), at(len(l.def)-1, len(l.longs)+len(l.ints)+len(l.numbers)+len(l.texts)-1)
}

// textAt is the i-th text of the leaf.
func (l *leaf) textAt(i int) []byte {
	if l.words != nil {
		return l.words.text(l.numbers[i])
	}
	return l.texts[i]
}

// ranks gives each text of the leaf its place in byte order among the different ones.
func (l *leaf) ranks() []int64 {
	if l.words == nil { // so many long contig names that there is no dictionary
		place := map[string]int64{}
		var names []string
		for _, text := range l.texts {
			if _, ok := place[string(text)]; !ok {
				place[string(text)] = 0
				names = append(names, string(text))
			}
		}
		slices.Sort(names)
		for i, name := range names {
			place[name] = int64(i)
		}
		ranks := make([]int64, len(l.texts))
		for i, text := range l.texts {
			ranks[i] = place[string(text)]
		}
		return ranks
	}
	words := make([]int32, l.words.len())
	for i := range words {
		words[i] = int32(i)
	}
	slices.SortFunc(words, func(a, b int32) int { return bytes.Compare(l.words.text(a), l.words.text(b)) })
	rank := make([]int64, len(words))
	for place, word := range words {
		rank[word] = int64(place)
	}
	ranks := make([]int64, len(l.numbers))
	for i, number := range l.numbers {
		ranks[i] = rank[number]
	}
	return ranks
}

// permute reorders the rows of the leaf: row i becomes what row rows[i] was. A level of maxDef has a value. spare lends its
// memory to all leaves in turn. (Were it swapped for a leaf's own, each leaf would come to hold as much as the largest.)
func (l *leaf) permute(rows []int32, maxDef int16, spare *leaf) {
	levels := append(spare.levelsAt[:0], 0) // where each row's levels begin
	values := append(spare.valuesAt[:0], 0) // and its values
	present := int32(0)
	for i, def := range l.def {
		if i > 0 && (!l.repeated || l.rep[i] == 0) {
			levels, values = append(levels, int32(i)), append(values, present)
		}
		if def == maxDef {
			present++
		}
	}
	levels, values = append(levels, int32(len(l.def))), append(values, present)
	spare.levelsAt, spare.valuesAt = levels, values

	spare.def = permute(l.def, spare.def, levels, rows)
	spare.rep = permute(l.rep, spare.rep, levels, rows)
	spare.numbers = permute(l.numbers, spare.numbers, values, rows)
	spare.texts = permute(l.texts, spare.texts, values, rows)
	spare.longs = permute(l.longs, spare.longs, values, rows)
	spare.ints = permute(l.ints, spare.ints, values, rows)
	spare.doubles = permute(l.doubles, spare.doubles, values, rows)
	spare.floats = permute(l.floats, spare.floats, values, rows)
	spare.booleans = permute(l.booleans, spare.booleans, values, rows)
}

// permute puts the parts of s that begin at from into the order of rows, by way of spare, which is returned for the next
// time. Neighbours that stay together, as nearly all do, are copied together. What the leaf does not use is empty.
func permute[T any](s, spare []T, from, rows []int32) []T {
	if len(s) == 0 {
		return spare
	}
	spare = spare[:0]
	for first := 0; first < len(rows); {
		end := first + 1
		for end < len(rows) && rows[end] == rows[end-1]+1 {
			end++
		}
		spare = append(spare, s[from[rows[first]]:from[rows[end-1]+1]]...)
		first = end
	}
	copy(s, spare)
	return spare
}
