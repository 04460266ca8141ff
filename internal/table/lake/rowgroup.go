package lake

import (
	"iter"

	"github.com/apache/arrow-go/v18/parquet"
)

// part is whose entries a leaf has.
type part uint8

const (
	ofSite   part = iota
	ofCall        // one for each different call
	ofSample      // the site's first sample; its other rows have the samples that follow in the dictionary
)

// rowGroup holds the rows under construction. A row is one entry of each leaf: that of its site in the leaves that are a site's,
// that of its call in the others. So a site's columns are there once, however many samples follow, and calls that are the same
// are there once too; the rows are only written out when the leaves become pages.
type rowGroup struct {
	leaves []leaf
	arena  arena
	rows   int
	sites  []sitePart // in the order in which the rows are written
	calls  []int32    // the call of each row; empty when each site is a row and has no call
	ncalls int        // entries of the leaves that are a call's

	// Made by arrange.
	siteOrder                    []int32 // the entry of each row, when the sites are neither in order nor repeated
	siteStretches, callStretches []stretch
}

// sitePart is a site's entry, and its rows.
type sitePart struct {
	entry int32
	rows  int32
	first int // of its rows, in calls as they were added
}

// runs tells whether the rows per site are many enough for writing by the run to pay.
func (g *rowGroup) runs() bool { return g.rows >= 4*len(g.sites) }

// plainOrder tells whether the sites are the rows, in the order of their entries.
func (g *rowGroup) plainOrder() bool {
	for i := range g.sites {
		if g.sites[i].entry != int32(i) || g.sites[i].rows != 1 {
			return false
		}
	}
	return true
}

// stretch is entries that follow each other.
type stretch struct{ first, end int32 }

// arrange prepares for writing the rows in their order.
func (g *rowGroup) arrange() {
	g.siteOrder = g.siteOrder[:0]
	if !g.runs() && !g.plainOrder() {
		for _, site := range g.sites {
			for range site.rows {
				g.siteOrder = append(g.siteOrder, site.entry)
			}
		}
	}
	g.siteStretches = stretches(g.siteStretches[:0], g.siteOrder)
	g.callStretches = stretches(g.callStretches[:0], g.calls)
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
func (g *rowGroup) texts(l *leaf, p part) iter.Seq[parquet.ByteArray] {
	if p != ofSample || len(l.def) == 0 {
		return l.distinct()
	}
	used := make([]bool, l.words.len()) // the dictionary may have samples that others follow
	at := l.starts()
	for _, site := range g.sites {
		if from := at.value(site.entry); from < at.value(site.entry+1) {
			for n := l.numbers[from]; n < l.numbers[from]+site.rows; n++ {
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
	total := g.arena.size + 16*len(g.sites) + 4*len(g.calls)
	for i := range g.leaves {
		total += g.leaves[i].bytes(g.count(s.part(i)))
	}
	return total
}

// count is how many entries the leaves of a part have.
func (g *rowGroup) count(p part) int {
	if p == ofCall {
		return g.ncalls
	}
	return len(g.sites)
}

// reset empties the row group.
func (g *rowGroup) reset() {
	for i := range g.leaves {
		g.leaves[i].reset()
	}
	g.arena.reset()
	g.rows, g.sites, g.calls, g.ncalls = 0, g.sites[:0], g.calls[:0], 0
}
