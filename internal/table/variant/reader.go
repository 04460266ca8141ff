package variant

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/varlake/varlake/internal/table/column"
)

// Read says which rows of a variant table a Reader gives, and in which order.
type Read struct {
	Contigs []string // in the order of their records; rows of others are left out
	Jobs    []string // in the order of their records at one position; rows of others are left out
	Samples []string // rows of others are left out
	NoSites bool     // rows without a sample are left out too
	Regions []Region // nil: everywhere
}

// Reader gives the records of a variant table, put together from their rows: by contig, position, job, item and line.
// It merges row groups, whose rows are in the order of the table: it opens one when the first of its rows may be next,
// and has some of its rows in memory at a time. It is for one goroutine.
type Reader struct {
	ctx     context.Context
	survey  *Survey
	read    Read
	ranks   map[string]int32 // of contigs
	jobs    map[string]int32
	samples map[string]int32
	regions map[string][]Region // by start, apart from each other
	limits  readLimits

	waiting []waiting // in the order in which they are to be opened
	open    cursors
	opened  map[int]*column.File // by file
	left    map[int]int          // of waiting, by file
	spent   []*batch             // that the record given last may still refer to
	spare   []*batch
	record  Record
}

// waiting is a row group not yet opened, or its part of one contig. None of its rows comes before (rank, start).
type waiting struct {
	file, group int
	rank        int32
	start       int64
	only        bool // rows of other contigs than that of rank are left out
	whole       bool // all rows are to be read at once: their order is not that of the contigs
}

// readLimits bounds what a Reader has in memory.
type readLimits struct {
	rows  int // of a row group that are read at a time, when few are open
	all   int // about so many of all open row groups together, and leastRows of each
	mixed int // bytes of the pages of row groups that are read at once, see Reader.wait
}

var defaultReadLimits = readLimits{rows: 1 << 11, all: 1 << 16, mixed: 128 << 20}

// leastRows is how many rows of a row group are read at a time when very many are open.
const leastRows = 1 << 6

// Read reads the rows that the survey found.
func (v *Survey) Read(ctx context.Context, read Read) *Reader {
	return v.read(ctx, read, defaultReadLimits)
}

func (v *Survey) read(ctx context.Context, read Read, limits readLimits) *Reader {
	r := &Reader{
		ctx: ctx, survey: v, read: read, ranks: numbers(read.Contigs), jobs: numbers(read.Jobs),
		samples: numbers(read.Samples),
		opened:  map[int]*column.File{}, left: map[int]int{}, limits: limits,
	}
	if read.Regions != nil {
		r.regions = apart(read.Regions)
	}
	groups, mixed := v.OfJobs(read.Jobs).groups, 0 // bytes of row groups whose contigs are in another order than asked for
	for i := range groups {
		if ranks := r.ranksOf(&groups[i]); !slices.IsSorted(ranks) {
			mixed += groups[i].bytes
		}
	}
	for i := range groups {
		r.wait(&groups[i], mixed <= limits.mixed)
	}
	slices.SortFunc(r.waiting,
		func(a, b waiting) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.start, b.start)) })
	return r
}

// ranksOf gives the ranks of a row group's contigs that are asked for, in the order of its rows.
func (r *Reader) ranksOf(g *surveyed) (ranks []int32) {
	for _, contig := range slices.Sorted(slices.Values(g.contigs)) {
		rank, known := r.ranks[contig]
		if known && (r.regions == nil || r.regions[contig] != nil &&
			(!g.bounded || overlaps(r.regions[contig], g.start, g.end))) {
			ranks = append(ranks, rank)
		}
	}
	return ranks
}

// wait notes a row group with rows that may be asked for. One whose contigs are in another order is read at once, if
// they all fit into memory, else contig by contig.
func (r *Reader) wait(g *surveyed, fits bool) {
	w := waiting{file: g.file, group: g.group, start: math.MinInt64}
	if g.bounded {
		w.start = g.start
	}
	ranks := r.ranksOf(g)
	if sorted := slices.IsSorted(ranks); sorted || fits {
		ranks = slices.Sorted(slices.Values(ranks))[:min(len(ranks), 1)]
		w.whole = !sorted
	} else {
		w.only = true
	}
	for _, rank := range ranks {
		w.rank = rank
		r.waiting = append(r.waiting, w)
		r.left[g.file]++
	}
}

func numbers(names []string) map[string]int32 {
	m := make(map[string]int32, len(names))
	for i, name := range names {
		m[name] = int32(i)
	}
	return m
}

// Next gives the next record, good until the next call, or io.EOF.
func (r *Reader) Next() (*Record, error) {
	r.spare = append(r.spare, r.spent...)
	r.spent = r.spent[:0]
	for len(r.waiting) > 0 && (len(r.open) == 0 || r.waiting[0].due(r.open[0].key())) {
		if err := r.openNext(); err != nil {
			return nil, err
		}
	}
	if len(r.open) == 0 {
		return nil, io.EOF
	}
	key := r.open[0].key()
	r.record.begin(&r.open[0].runs[r.open[0].at])
	for len(r.open) > 0 && r.open[0].key() == key {
		c := r.open[0]
		run := c.runs[c.at]
		r.record.runs = append(r.record.runs, run)
		if run.batch.left--; run.batch.left == 0 {
			r.spent = append(r.spent, run.batch)
		}
		if err := c.advance(); err != nil {
			return nil, err
		}
		if c.at < c.safe {
			heap.Fix(&r.open, 0)
		} else {
			heap.Pop(&r.open)
		}
	}
	return &r.record, nil
}

func (w *waiting) due(key recordKey) bool {
	return w.rank < key.rank || w.rank == key.rank && w.start <= key.start
}

// openNext opens the row group that waits first.
func (r *Reader) openNext() (err error) {
	w := r.waiting[0]
	r.waiting = r.waiting[1:]
	f := r.opened[w.file]
	if f == nil {
		if f, err = r.survey.file(w.file); err != nil {
			return err
		}
		r.opened[w.file] = f
	}
	rows, err := f.Read(w.group)
	if err != nil {
		return err
	}
	rows.Only(func(leaf int) bool { return leaf < leafVEP || leaf >= leafVEP+vepLeaves }) // INFO has annotations as text
	c := &cursor{waiting: w, reads: r, rows: rows}
	if err := c.refill(); err != nil {
		rows.Close()
		return err
	}
	if c.safe > 0 {
		heap.Push(&r.open, c)
	}
	return nil
}

// done notes that a part of a file was read, and closes it after the last one.
func (r *Reader) done(file int) error {
	if r.left[file]--; r.left[file] > 0 {
		return nil
	}
	f := r.opened[file]
	delete(r.opened, file)
	if err := f.Close(); err != nil {
		return fmt.Errorf("close data file: %w", err)
	}
	return nil
}

// Close closes the files. It may be called at any time.
func (r *Reader) Close() (err error) {
	for _, c := range r.open {
		c.rows.Close()
	}
	for _, f := range r.opened {
		err = cmp.Or(err, f.Close())
	}
	r.opened, r.open, r.waiting = nil, nil, nil
	return err
}
