package variant

import (
	"fmt"

	"github.com/varlake/varlake/internal/table/column"
)

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

// oldRows numbers the records of rows that do not say which record they are of: neighbours that agree in the site and
// differ in the sample are of one.
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
	return fmt.Sprintf("%q %d %q %q %q %v %q %v", rec.Contig, rec.End, rec.Names, rec.Ref, rec.Alts, rec.Qual, rec.Filters,
		rec.Attributes)
}
