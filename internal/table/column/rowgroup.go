package column

import (
	"iter"

	"github.com/apache/arrow-go/v18/parquet"
)

// Part says what of a row a leaf belongs to, and so how often its entries are kept: see the package's doc.
type Part uint8

// The parts of a row.
const (
	OfHead   Part = iota
	OfTail        // one entry for each different tail
	OfSeries      // the text of the head's first row; its other rows have the texts that follow in the dictionary
)

// rowGroup holds the rows under construction, as the package's doc draws them. A row is one entry of each leaf: that of
// its head in the leaves that are a head's, that of its tail in the others. So the columns of a head are there once,
// however many rows it has, and tails that are the same are there once too; the rows are only written out when the
// leaves become pages.
type rowGroup struct {
	leaves []Leaf
	arena  arena
	rows   int
	heads  []head  // in the order in which the rows are written
	tails  []int32 // the tail of each row; empty when each head is a row and has no tail
	ntails int     // entries of the leaves that are a tail's

	// Made by arrange.
	headOrder                    []int32 // the entry of each row, when the heads are neither in order nor repeated
	headStretches, tailStretches []stretch
}

// head is the entry of a head, and its rows.
type head struct {
	entry int32
	rows  int32
	first int // of its rows, in tails as they were added
}

// runs tells whether the rows of a head are many enough for writing by the run to pay.
func (g *rowGroup) runs() bool { return g.rows >= 4*len(g.heads) }

// plainOrder tells whether the heads are the rows, in the order of their entries.
func (g *rowGroup) plainOrder() bool {
	for i := range g.heads {
		if g.heads[i].entry != int32(i) || g.heads[i].rows != 1 {
			return false
		}
	}
	return true
}

// stretch is entries that follow each other.
type stretch struct{ first, end int32 }

// arrange prepares for writing the rows in their order.
func (g *rowGroup) arrange() {
	g.headOrder = g.headOrder[:0]
	if !g.runs() && !g.plainOrder() {
		for _, h := range g.heads {
			for range h.rows {
				g.headOrder = append(g.headOrder, h.entry)
			}
		}
	}
	g.headStretches = stretches(g.headStretches[:0], g.headOrder)
	g.tailStretches = stretches(g.tailStretches[:0], g.tails)
}

// stretches cuts an order of entries into those that follow each other. When that would be too many there are none.
func stretches(out []stretch, order []int32) []stretch {
	for i := 0; i < len(order); {
		first, end := order[i], order[i]+1
		for i++; i < len(order) && order[i] == end && end-first < maxStretch; i++ {
			end++
		}
		if len(out) > len(order)/4 {
			return out[:0]
		}
		out = append(out, stretch{first, end})
	}
	return out
}

// maxStretch bounds how much goes to a page at once.
const maxStretch = 1 << 10

// texts gives each text that rows have in a leaf, at least once.
func (g *rowGroup) texts(l *Leaf, p Part) iter.Seq[parquet.ByteArray] {
	if p != OfSeries || len(l.def) == 0 {
		return l.distinct()
	}
	used := make([]bool, l.words.len()) // the dictionary may have texts that others follow
	at := l.starts()
	for _, h := range g.heads {
		if from := at.value(h.entry); from < at.value(h.entry+1) {
			for n := l.numbers[from]; n < l.numbers[from]+h.rows; n++ {
				used[n] = true
			}
		}
	}
	return func(yield func(parquet.ByteArray) bool) {
		for n, is := range used {
			if is && !yield(l.words.text(int32(n))) {
				return
			}
		}
	}
}

// buffered is about how many bytes the row group takes in memory.
func (g *rowGroup) buffered(s *Schema) int {
	total := g.arena.size + 16*len(g.heads) + 4*len(g.tails)
	for i := range g.leaves {
		total += g.leaves[i].bytes(g.count(s.part(i)))
	}
	return total
}

// count is how many entries the leaves of a part have.
func (g *rowGroup) count(p Part) int {
	if p == OfTail {
		return g.ntails
	}
	return len(g.heads)
}

// reset empties the row group.
func (g *rowGroup) reset() {
	for i := range g.leaves {
		g.leaves[i].reset()
	}
	g.arena.reset()
	g.rows, g.heads, g.tails, g.ntails = 0, g.heads[:0], g.tails[:0], 0
}
