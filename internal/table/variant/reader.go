package variant

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"io"
	"iter"
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

// Region is a stretch of a contig, 0-based and half-open.
type Region struct {
	Contig     string
	Start, End int64
}

// Reader gives the records of a variant table, put together from their rows: by contig, position, job, item and line. It merges
// row groups, whose rows are in the order of the table: it opens one when the first of its rows may be next, and has some of its rows
// in memory at a time. It is for one goroutine.
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

// recordKey is the place of a record among all, which only its rows share.
type recordKey struct {
	rank  int32
	job   int32
	start int64
	item  int32
	line  int64
}

func (k recordKey) compare(other recordKey) int {
	return cmp.Or(cmp.Compare(k.rank, other.rank), cmp.Compare(k.start, other.start), cmp.Compare(k.job, other.job),
		cmp.Compare(k.item, other.item), cmp.Compare(k.line, other.line))
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
		ctx: ctx, survey: v, read: read, ranks: numbers(read.Contigs), jobs: numbers(read.Jobs), samples: numbers(read.Samples),
		opened: map[int]*column.File{}, left: map[int]int{}, limits: limits,
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
	slices.SortFunc(r.waiting, func(a, b waiting) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.start, b.start)) })
	return r
}

// ranksOf gives the ranks of a row group's contigs that are asked for, in the order of its rows.
func (r *Reader) ranksOf(g *surveyed) (ranks []int32) {
	for _, contig := range slices.Sorted(slices.Values(g.contigs)) {
		rank, known := r.ranks[contig]
		if known && (r.regions == nil || r.regions[contig] != nil && (!g.bounded || overlaps(r.regions[contig], g.start, g.end))) {
			ranks = append(ranks, rank)
		}
	}
	return ranks
}

// wait notes a row group with rows that may be asked for. One whose contigs are in another order is read at once, if they all fit into
// memory, else contig by contig.
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

// apart sorts regions by contig and start and joins those that meet.
func apart(regions []Region) map[string][]Region {
	sorted := slices.SortedFunc(slices.Values(regions), func(a, b Region) int {
		return cmp.Or(cmp.Compare(a.Contig, b.Contig), cmp.Compare(a.Start, b.Start))
	})
	out := map[string][]Region{}
	for _, next := range sorted {
		list := out[next.Contig]
		if n := len(list); n > 0 && next.Start <= list[n-1].End {
			list[n-1].End = max(list[n-1].End, next.End)
		} else {
			out[next.Contig] = append(list, next)
		}
	}
	return out
}

// overlaps tells whether a record is in a region. A record takes one base at least.
func overlaps(regions []Region, start, end int64) bool {
	end = max(end, start+1)
	i, _ := slices.BinarySearchFunc(regions, start, func(region Region, start int64) int {
		if region.End <= start {
			return -1
		}
		return 1
	})
	return i < len(regions) && regions[i].Start < end
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

// cursors is a heap: the one with the first record is on top.
type cursors []*cursor

func (c cursors) Len() int           { return len(c) }
func (c cursors) Less(i, j int) bool { return c[i].key().compare(c[j].key()) < 0 }
func (c cursors) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *cursors) Push(x any)        { *c = append(*c, x.(*cursor)) }
func (c *cursors) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// cursor is a row group under way.
type cursor struct {
	waiting
	reads *Reader
	rows  *column.Rows
	runs  []rowRun
	at    int // of the runs
	safe  int // so many runs are in order; what is not yet read may come between the others
	old   oldRows
	ended bool

	contig []byte // of the row before
	start  int64  // likewise
}

// rowRun is a record's rows that stand together in a batch.
type rowRun struct {
	key         recordKey
	batch       *batch
	first, rows int32
}

func (c *cursor) key() recordKey { return c.runs[c.at].key }

// advance leaves the record at hand.
func (c *cursor) advance() error {
	if c.at++; c.at < c.safe {
		return nil
	}
	return c.refill()
}

// refill reads rows until records are known to be next, or there are no more.
func (c *cursor) refill() error {
	c.runs = c.runs[:copy(c.runs, c.runs[c.at:])]
	c.at, c.safe = 0, 0
	for c.safe == 0 && !c.ended {
		if c.reads.ctx.Err() != nil {
			return context.Cause(c.reads.ctx)
		}
		if err := c.readBatch(); err != nil {
			return fmt.Errorf("read %s: %w", c.reads.survey.files[c.file].Path, err)
		}
	}
	if c.ended {
		c.safe = len(c.runs)
	}
	return nil
}

// readBatch reads some rows. Those that are asked for go to the runs, which it puts in order.
func (c *cursor) readBatch() error {
	b := c.reads.spareBatch()
	rows := min(c.reads.limits.rows, max(c.reads.limits.all/(1+len(c.reads.open)), leastRows))
	if c.whole {
		rows = math.MaxInt
	}
	if err := c.rows.Fill(b.Batch, rows); err != nil {
		return err
	}
	n := b.Len()
	if n == 0 {
		return c.end(b)
	}
	b.known = b.Places(leafSample, c.reads.samples)
	before := len(c.runs)
	if err := c.take(b); err != nil {
		return err
	}
	past := c.only && b.left == 0 && string(b.Text(leafContig, int32(n-1))) > c.reads.read.Contigs[c.rank]
	if b.left == 0 {
		c.reads.spare = append(c.reads.spare, b)
	}
	if past || c.rows.Left() == 0 {
		return c.end(nil)
	}
	if len(c.runs) == before {
		return nil
	}
	last := c.runs[len(c.runs)-1].key
	slices.SortStableFunc(c.runs, func(a, b rowRun) int { return a.key.compare(b.key) })
	// What follows is not before the last row, but may have its position.
	c.safe, _ = slices.BinarySearchFunc(c.runs, last, func(run rowRun, last recordKey) int {
		return cmp.Or(cmp.Compare(run.key.rank, last.rank), cmp.Compare(run.key.start, last.start))
	})
	return nil
}

// end notes that there are no more rows.
func (c *cursor) end(unused *batch) error {
	c.ended = true
	slices.SortStableFunc(c.runs, func(a, b rowRun) int { return a.key.compare(b.key) })
	if unused != nil {
		c.reads.spare = append(c.reads.spare, unused)
	}
	c.rows.Close()
	return c.reads.done(c.file)
}

// take adds the rows of a batch that are asked for to the runs.
func (c *cursor) take(b *batch) error {
	r := c.reads
	contigs, jobs := b.Places(leafContig, r.ranks), b.Places(leafJobID, r.jobs)
	for row := range int32(b.Len()) {
		start, okStart := b.Long(leafStart, row)
		end, okEnd := b.Long(leafEnd, row)
		if !okStart || !okEnd {
			return fmt.Errorf("a row of row group %d has no position", c.group)
		}
		if err := c.inOrder(b.Text(leafContig, row), start); err != nil {
			return err
		}
		key := recordKey{rank: b.Place(leafContig, contigs, r.ranks, row), job: b.Place(leafJobID, jobs, r.jobs, row), start: start}
		var ok bool
		if key.line, ok = b.Long(leafLine, row); ok {
			key.item = b.Int(leafItem, row).V
		} else {
			key.item, key.line = -1, int64(c.file)<<44|int64(c.group)<<28|c.old.record(b, row)
		}
		switch {
		case key.rank < 0 || key.job < 0 || c.only && key.rank != c.rank, r.regions != nil && !overlaps(r.regions[r.read.Contigs[key.rank]], start, end):
			continue
		case b.sample(row) < 0 && (r.read.NoSites || b.Has(leafSample, row)):
			continue
		}
		if n := len(c.runs); n > 0 && c.runs[n-1].batch == b && c.runs[n-1].key == key && c.runs[n-1].first+c.runs[n-1].rows == row {
			c.runs[n-1].rows++
		} else {
			c.runs = append(c.runs, rowRun{key, b, row, 1})
			b.left++
		}
	}
	return nil
}

// inOrder checks that the rows are sorted, as those of the table's own writers are.
func (c *cursor) inOrder(contig []byte, start int64) error {
	if !bytes.Equal(contig, c.contig) {
		if bytes.Compare(contig, c.contig) < 0 {
			return fmt.Errorf("row group %d is not sorted by contigname", c.group)
		}
		c.contig = append(c.contig[:0], contig...)
	} else if start < c.start {
		return fmt.Errorf("row group %d is not sorted by start", c.group)
	}
	c.start = start
	return nil
}

// batch holds some rows of a row group.
type batch struct {
	*column.Batch
	reads *Reader
	known []int32 // by number in the dictionary of samples: their place in Read.Samples, or -1
	left  int     // runs not yet given
}

func (r *Reader) spareBatch() *batch {
	if n := len(r.spare); n > 0 {
		b := r.spare[n-1]
		r.spare = r.spare[:n-1]
		return b
	}
	return &batch{Batch: Schema().Parquet().NewBatch(), reads: r}
}

func (b *batch) sample(row int32) int32 { return b.Place(leafSample, b.known, b.reads.samples, row) }

// oldRows numbers the records of rows that do not say which record they are of: neighbours that agree in the site and differ in the
// sample are of one.
type oldRows struct {
	records int64
	site    string          // of the row before
	seen    map[string]bool // samples of the record
}

func (o *oldRows) record(b *batch, row int32) int64 {
	name, site := b.Text(leafSample, row), b.siteText(row)
	if name == nil || o.site != site || o.seen[string(name)] {
		o.records, o.site, o.seen = o.records+1, site, map[string]bool{}
	}
	o.seen[string(name)] = true
	return o.records
}

// siteText tells sites apart.
func (b *batch) siteText(row int32) string {
	var rec Record
	rec.begin(&rowRun{batch: b, first: row})
	return fmt.Sprintf("%q %d %q %q %q %v %q %v", rec.Contig, rec.End, rec.Names, rec.Ref, rec.Alts, rec.Qual, rec.Filters, rec.Attributes)
}

// Record is a record of a source file, or what is left of it when rows were asked for. All its slices are good until the next one.
type Record struct {
	Site
	Rank int // of the contig in Read.Contigs
	Job  int // in Read.Jobs
	Item int // of the job, or -1 when it is not known

	runs   []rowRun
	lists  [][]byte
	pairs  []column.KV
	call   Call
	ints   []int32
	floats []float64
	info   []column.KV
}

// begin reads the site of a run.
func (rec *Record) begin(run *rowRun) {
	b := run.batch
	rec.Site = Site{Ref: b.Text(leafRef, run.first), Format: b.Text(leafFormat, run.first), Line: run.key.line}
	rec.Rank, rec.Job, rec.Item = int(run.key.rank), int(run.key.job), int(run.key.item)
	rec.Contig = b.Text(leafContig, run.first)
	rec.Start = run.key.start
	rec.End, _ = b.Long(leafEnd, run.first)
	rec.lists = b.List(rec.lists[:0], leafNames, run.first)
	names := len(rec.lists)
	rec.lists = b.List(rec.lists, leafAlts, run.first)
	alts := len(rec.lists)
	rec.lists = b.List(rec.lists, leafFilters, run.first)
	rec.Names, rec.Alts, rec.Filters = rec.lists[:names:names], rec.lists[names:alts:alts], rec.lists[alts:]
	rec.Qual, rec.HasQual = b.Double(leafQual, run.first)
	rec.pairs = b.Entries(rec.pairs[:0], leafAttributeKeys, run.first)
	rec.Attributes = rec.pairs
	rec.runs = rec.runs[:0]
}

// Calls gives the record's rows that have a sample: the sample's place in Read.Samples and its call, good until the next one.
func (rec *Record) Calls() iter.Seq2[int, *Call] {
	return func(yield func(int, *Call) bool) {
		for _, run := range rec.runs {
			for row := run.first; row < run.first+run.rows; row++ {
				if sample := run.batch.sample(row); sample >= 0 && !yield(int(sample), rec.readCall(run.batch, row)) {
					return
				}
			}
		}
	}
}

func (rec *Record) readCall(b *batch, row int32) *Call {
	call := &rec.call
	*call = Call{GQ: b.Int(leafGQ, row), DP: b.Int(leafDP, row), PS: b.Int(leafPS, row), Text: b.Text(leafCall, row)}
	rec.ints, rec.floats = rec.ints[:0], rec.floats[:0]
	call.Calls, rec.ints = b.IntList(rec.ints, leafCalls, row)
	call.Phased, call.HasGT = b.Boolean(leafPhased, row)
	call.PL, rec.ints = b.IntList(rec.ints, leafPL, row)
	call.AD, rec.ints = b.IntList(rec.ints, leafAD, row)
	call.SPL, rec.ints = b.IntList(rec.ints, leafSPL, row)
	call.GL, rec.floats = b.DoubleList(rec.floats, leafGL, row)
	rec.info = b.Entries(rec.info[:0], leafInformationKeys, row)
	call.Information = rec.info
	return call
}
