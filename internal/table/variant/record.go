package variant

import (
	"iter"

	"github.com/varlake/varlake/internal/table/column"
)

// Record is a record of a source file, or what is left of it when rows were asked for. All its slices are good until
// the next one.
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

// Calls gives the record's rows that have a sample: the sample's place in Read.Samples and its call, good until the
// next one.
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
