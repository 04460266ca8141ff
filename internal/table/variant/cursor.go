package variant

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/varlake/varlake/internal/table/column"
)

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
		key := recordKey{rank: b.Place(leafContig, contigs, r.ranks, row), job: b.Place(leafJobID, jobs, r.jobs, row),
			start: start}
		var ok bool
		if key.line, ok = b.Long(leafLine, row); ok {
			key.item = b.Int(leafItem, row).V
		} else {
			key.item, key.line = -1, int64(c.file)<<44|int64(c.group)<<28|c.old.record(b, row)
		}
		switch {
		case key.rank < 0 || key.job < 0 || c.only && key.rank != c.rank, r.regions != nil &&
			!overlaps(r.regions[r.read.Contigs[key.rank]], start, end):
			continue
		case b.sample(row) < 0 && (r.read.NoSites || b.Has(leafSample, row)):
			continue
		}
		if n := len(c.runs); n > 0 && c.runs[n-1].batch == b && c.runs[n-1].key == key &&
			c.runs[n-1].first+c.runs[n-1].rows == row {
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
