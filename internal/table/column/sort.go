package column

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

// sortRows puts the heads of the row group under construction, and so its rows, into the table's sort order; those of
// equal keys keep theirs. Few row groups need it. What the leaves hold stays where it is.
func (w *fileWriter) sortRows() {
	if len(w.schema.sortBy) == 0 {
		return
	}
	keys := w.sortKeys()
	compare := func(a, b head) int {
		for _, key := range keys {
			if key[a.entry] != key[b.entry] {
				return cmp.Compare(key[a.entry], key[b.entry])
			}
		}
		return 0
	}
	if !slices.IsSortedFunc(w.heads, compare) {
		slices.SortStableFunc(w.heads, compare)
		w.moveTails()
	}
	last := make([]sortKey, len(w.schema.sortBy))
	after := 0
	for i, leaf := range w.schema.sortBy {
		l := &w.leaves[leaf]
		at := l.starts()
		if w.order.last != nil {
			after = cmp.Or(after, l.sortKey(&at, w.heads[0].entry).compare(w.order.last[i]))
		}
		last[i] = l.sortKey(&at, w.heads[len(w.heads)-1].entry)
	}
	w.order.last, w.order.unsorted = last, w.order.unsorted || after < 0
}

// moveTails puts the rows' tails into the order of the heads.
func (w *fileWriter) moveTails() {
	if len(w.tails) == 0 {
		return
	}
	moved := slices.Grow(w.spareTails[:0], len(w.tails))
	for i := range w.heads {
		h := &w.heads[i]
		moved = append(moved, w.tails[h.first:h.first+int(h.rows)]...)
		h.first = len(moved) - int(h.rows)
	}
	w.tails, w.spareTails = moved, w.tails
}

// sortKeys gives numbers by which the heads are to be sorted, the most significant first: for each column of the sort
// order one of every entry and, before it when there are NULLs, whether it is present.
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

// sortKey is a copy of an entry's value of a flat leaf.
func (l *Leaf) sortKey(at *starts, entry int32) sortKey {
	value := at.value(entry)
	switch {
	case len(l.def) == 0 || l.def[entry] == 0:
		return sortKey{}
	case len(l.longs) > 0:
		return sortKey{present: true, number: l.longs[value]}
	case len(l.ints) > 0:
		return sortKey{present: true, number: int64(l.ints[value])}
	}
	return sortKey{present: true, text: bytes.Clone(l.textAt(int(value)))}
}

// ranks gives each text of the leaf its place in byte order among the different ones.
func (l *Leaf) ranks() []int64 {
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
