package lake

import (
	"bytes"
	"cmp"
	"slices"
)

// order follows the (contigname, start) order of the rows: of the row group under construction as its rows come, and of
// the file as its row groups are written.
type order struct {
	contig []byte // of the last row
	start  int64
	rows   bool // the row group has rows
	broken bool // and they are not in order

	lastContig []byte // of the last row group written
	lastStart  int64
	groups     bool // there is one
	unsorted   bool // the file is not in order
}

// add takes the next site of the row group.
func (o *order) add(contig []byte, start int64) {
	switch {
	case !o.rows || !bytes.Equal(o.contig, contig):
		o.broken = o.broken || o.rows && bytes.Compare(contig, o.contig) < 0
		o.contig = append(o.contig[:0], contig...)
	case start < o.start:
		o.broken = true
	}
	o.rows, o.start = true, start
}

// written takes the first and last row of a row group in order.
func (o *order) written(firstContig []byte, firstStart int64, lastContig []byte, lastStart int64) {
	if o.groups {
		after := cmp.Or(bytes.Compare(firstContig, o.lastContig), cmp.Compare(firstStart, o.lastStart))
		o.unsorted = o.unsorted || after < 0
	}
	o.lastContig, o.lastStart = append(o.lastContig[:0], lastContig...), lastStart
	o.groups, o.rows, o.broken = true, false, false
}

// sortRows puts the rows of the row group under construction in (contigname, start) order; rows of equal keys keep
// theirs. Few row groups need it: left normalisation moves some records before their neighbours, and some files are not sorted.
func (w *VariantWriter) sortRows() {
	contigs, starts := &w.leaves[leafContig], w.leaves[leafStart].longs
	if w.order.broken {
		ranks := contigs.ranks()
		rows := make([]int32, w.rows)
		for i := range rows {
			rows[i] = int32(i)
		}
		slices.SortStableFunc(rows, func(a, b int32) int {
			return cmp.Or(cmp.Compare(ranks[a], ranks[b]), cmp.Compare(starts[a], starts[b]))
		})
		root := variantLayout().parquet
		for i := range w.leaves {
			w.leaves[i].permute(rows, root.Column(i).MaxDefinitionLevel(), &w.spare)
		}
		starts = w.leaves[leafStart].longs
	}
	last := w.rows - 1
	w.order.written(contigs.textAt(0), starts[0], contigs.textAt(last), starts[last])
}

// textAt is the i-th text of the leaf.
func (l *leaf) textAt(i int) []byte {
	if l.words != nil {
		return l.words.text(l.numbers[i])
	}
	return l.texts[i]
}

// ranks gives each text of the leaf its place in byte order among the different ones.
func (l *leaf) ranks() []int32 {
	if l.words == nil { // so many long contig names that there is no dictionary
		place := map[string]int32{}
		var names []string
		for _, text := range l.texts {
			if _, ok := place[string(text)]; !ok {
				place[string(text)] = 0
				names = append(names, string(text))
			}
		}
		slices.Sort(names)
		for i, name := range names {
			place[name] = int32(i)
		}
		ranks := make([]int32, len(l.texts))
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
	rank := make([]int32, len(words))
	for place, word := range words {
		rank[word] = int32(place)
	}
	ranks := make([]int32, len(l.numbers))
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
