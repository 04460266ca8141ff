package variant

import "github.com/varlake/varlake/internal/table/column"

// Options says how a data file is written. JobID is required; zero values of the others take defaults.
type Options struct {
	JobID     string   // goes into column importjobid
	Item      int      // of the job
	Samples   [][]byte // names, all different
	RowGroups column.Options
}

// Writer writes one data file of a variant table. It is for one goroutine.
type Writer struct {
	rows    *column.Writer
	jobID   []byte
	item    int32
	samples [][]byte
	extras  []column.KV
	noCall  int32 // the call of rows without one, or -1 when the row group has none yet
	one     [1]int32
}

// The leaves of the variant schema in Parquet's order. Annotations follow, see vep.go.
const (
	leafJobID = iota
	leafContig
	leafStart
	leafEnd
	leafNames
	leafRef
	leafAlts
	leafQual
	leafFilters
	leafSplit
	leafAttributeKeys
	leafAttributeValues
	leafPhased
	leafCalls
	leafGL
	leafPL
	leafAD
	leafGQ
	leafSPL
	leafDP
	leafPS
	leafSample
	leafInformationKeys
	leafInformationValues
	leafVEP // the first of annotations
)

// The leaves after the annotations, of columns that the table does not name.
const (
	leafItem = leafVEP + vepLeaves + iota
	leafLine
	leafFormat
	leafCall
)

// NewWriter writes to a new file.
func NewWriter(sink column.Sink, options Options) *Writer {
	return &Writer{
		rows:  column.NewWriter(sink, Schema().Parquet(), options.RowGroups),
		jobID: []byte(options.JobID), item: int32(options.Item), samples: options.Samples, noCall: -1,
	}
}

// Rows is how many rows were written.
func (w *Writer) Rows() int64 { return w.rows.Rows() }

// Bytes is the size of the file so far, without the row group in memory.
func (w *Writer) Bytes() int64 { return w.rows.Bytes() }

// Finish writes what is left, and is all of Close that computes. No row may follow.
func (w *Writer) Finish() error { return w.rows.Finish() }

// Close finishes the file unless that was done, brings it to disk and describes it.
func (w *Writer) Close() (column.DataFile, error) { return w.rows.Close() }

// Abort removes the file. It may follow any failed call.
func (w *Writer) Abort() { w.rows.Abort() }

// RowGroup numbers the row group under construction, from 0. The numbers that Call gives are good for this one.
func (w *Writer) RowGroup() int { return w.rows.RowGroup() }

// Call adds a call to the row group under construction and returns its number, for Write. Any number of rows may have
// it.
func (w *Writer) Call(call *Call) int32 {
	n := int(w.rows.Tail())
	if call.HasGT {
		w.rows.At(leafPhased, n).Boolean(call.Phased, true)
		w.rows.At(leafCalls, n).IntList(call.Calls)
	}
	if call.GL != nil {
		w.rows.At(leafGL, n).DoubleList(call.GL)
	}
	if call.PL != nil {
		w.rows.At(leafPL, n).IntList(call.PL)
	}
	if call.AD != nil {
		w.rows.At(leafAD, n).IntList(call.AD)
	}
	if call.SPL != nil {
		w.rows.At(leafSPL, n).IntList(call.SPL)
	}
	if call.GQ.Valid {
		w.rows.At(leafGQ, n).Int(call.GQ)
	}
	if call.DP.Valid {
		w.rows.At(leafDP, n).Int(call.DP)
	}
	if call.PS.Valid {
		w.rows.At(leafPS, n).Int(call.PS)
	}
	if len(call.Information) > 0 {
		w.rows.At(leafInformationKeys, n)
		w.rows.At(leafInformationValues, n)
		w.rows.Entries(leafInformationKeys, call.Information, 0, 1)
	}
	if call.Text != nil {
		w.rows.Text(w.rows.At(leafCall, n), call.Text)
	}
	return int32(n)
}

// Write adds the rows of a site: one for each of calls, which are those of the samples from first on, or, when there
// are none, a row whose genotype columns and sampleid are NULL. It copies what it keeps. After an error the writer is
// only good for Abort.
func (w *Writer) Write(site *Site, first int, calls []int32) error {
	w.writeSite(site)
	w.writeOrigin(site)
	if len(calls) == 0 {
		if w.noCall < 0 {
			w.noCall = w.Call(&Call{})
		}
		w.one[0] = w.noCall
		calls = w.one[:]
	} else {
		w.rows.Series(w.samples, first, first+len(calls))
	}
	group := w.rows.RowGroup()
	err := w.rows.Add(calls, 16+2*len(site.Attributes)+32*len(site.VEP)+len(calls)/4)
	if w.rows.RowGroup() != group {
		w.noCall = -1
	}
	return err
}

func (w *Writer) writeSite(site *Site) {
	n := w.rows.Head()
	w.rows.Text(w.rows.At(leafJobID, n), w.jobID)
	w.rows.Text(w.rows.At(leafContig, n), site.Contig)
	w.rows.At(leafStart, n).Long(site.Start)
	w.rows.At(leafEnd, n).Long(site.End)
	w.rows.At(leafNames, n)
	w.rows.List(leafNames, site.Names, 0, 1)
	w.rows.Text(w.rows.At(leafRef, n), site.Ref)
	w.rows.At(leafAlts, n)
	w.rows.List(leafAlts, site.Alts, 0, 1)
	w.rows.At(leafQual, n).Double(site.Qual, site.HasQual)
	w.rows.At(leafFilters, n)
	w.rows.List(leafFilters, site.Filters, 0, 1)
	w.rows.At(leafSplit, n).Boolean(false, true)
	w.rows.At(leafAttributeKeys, n)
	w.rows.At(leafAttributeValues, n)
	w.rows.Entries(leafAttributeKeys, site.Attributes, 0, 1)
	w.writeAnnotations(site)
}

// writeOrigin writes the columns that the table does not name. Files of before they were there read as NULL in them.
func (w *Writer) writeOrigin(site *Site) {
	n := w.rows.Head()
	w.rows.At(leafItem, n).Int(column.Int{V: w.item, Valid: true})
	w.rows.At(leafLine, n).Long(site.Line)
	if site.Format != nil {
		w.rows.Text(w.rows.At(leafFormat, n), site.Format)
	}
}
