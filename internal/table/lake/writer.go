package lake

import "os"

// VariantOptions says how a data file is written. JobID is required; zero values of the others take defaults.
type VariantOptions struct {
	Folder        *Folder  // that the file is in; nil: in none
	JobID         string   // goes into column importjobid
	Item          int      // of the job
	Samples       [][]byte // names, all different
	RowGroupRows  int
	RowGroupBytes int
}

// VariantWriter writes one data file of a variant table. It is for one goroutine.
type VariantWriter struct {
	fileWriter
	jobID   []byte
	item    int32
	samples [][]byte
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

// NewVariantWriter makes the file at path, which must not exist.
func NewVariantWriter(path string, options VariantOptions) (*VariantWriter, error) {
	f, err := createFile(options.Folder, path)
	if err != nil {
		return nil, err
	}
	return newVariantWriter(f, path, options), nil
}

func newVariantWriter(f *os.File, path string, options VariantOptions) *VariantWriter {
	return &VariantWriter{
		fileWriter: newFileWriter(options.Folder, f, path, VariantSchema(), options.RowGroupRows, options.RowGroupBytes),
		jobID:      []byte(options.JobID), item: int32(options.Item), samples: options.Samples, noCall: -1,
	}
}

// RowGroup numbers the row group under construction, from 0. The numbers that Call gives are good for this one.
func (w *VariantWriter) RowGroup() int { return w.groups }

// Call adds a call to the row group under construction and returns its number, for Write. Any number of rows may have it.
func (w *VariantWriter) Call(call *Call) int32 {
	n := w.ncalls
	w.ncalls++
	if call.HasGT {
		w.at(leafPhased, n).boolean(call.Phased, true)
		w.at(leafCalls, n).intList(call.Calls)
	}
	if call.GL != nil {
		w.at(leafGL, n).doubleList(call.GL)
	}
	if call.PL != nil {
		w.at(leafPL, n).intList(call.PL)
	}
	if call.AD != nil {
		w.at(leafAD, n).intList(call.AD)
	}
	if call.SPL != nil {
		w.at(leafSPL, n).intList(call.SPL)
	}
	if call.GQ.Valid {
		w.at(leafGQ, n).int(call.GQ)
	}
	if call.DP.Valid {
		w.at(leafDP, n).int(call.DP)
	}
	if call.PS.Valid {
		w.at(leafPS, n).int(call.PS)
	}
	if len(call.Information) > 0 {
		w.at(leafInformationKeys, n)
		w.at(leafInformationValues, n)
		w.entries(leafInformationKeys, call.Information, 0, 1)
	}
	if call.Text != nil {
		w.text(w.at(leafCall, n), call.Text)
	}
	w.unchecked += 16
	return int32(n)
}

// at is a leaf, ready for entry n: a writer leaves NULLs out.
func (w *fileWriter) at(i, n int) *leaf {
	l := &w.leaves[i]
	if cap(l.def)-len(l.def) < 16 {
		l.grow()
	}
	l.pad(n)
	l.entries++
	return l
}

// Write adds the rows of a site: one for each of calls, which are those of the samples from first on, or, when there are none, a row
// whose genotype columns and sampleid are NULL. It copies what it keeps. After an error the writer is only good for Abort.
func (w *VariantWriter) Write(site *Site, first int, calls []int32) error {
	w.writeSite(site)
	if len(calls) == 0 {
		if w.noCall < 0 {
			w.noCall = w.Call(&Call{})
		}
		w.one[0] = w.noCall
		calls = w.one[:]
	} else {
		w.writeSample(first, first+len(calls))
	}
	w.sites = append(w.sites, sitePart{entry: int32(len(w.sites)), rows: int32(len(calls)), first: len(w.calls)})
	w.calls = append(w.calls, calls...)
	group := w.groups
	err := w.added(len(calls), 16+2*len(site.Attributes)+32*len(site.VEP)+len(calls)/4)
	if w.groups != group {
		w.noCall = -1
	}
	return err
}

// writeSample makes sample first that of the site. The dictionary has the samples in their order, as far as rows came to.
func (w *VariantWriter) writeSample(first, end int) {
	l := w.at(leafSample, len(w.sites))
	for n := l.words.len(); n < end; n++ {
		l.words.number(w.samples[n])
	}
	l.level(0, 1)
	l.numbers = append(l.numbers, int32(first))
}

func (w *VariantWriter) writeSite(site *Site) {
	n := len(w.sites)
	w.text(w.at(leafJobID, n), w.jobID)
	w.text(w.at(leafContig, n), site.Contig)
	w.at(leafStart, n).long(site.Start)
	w.at(leafEnd, n).long(site.End)
	w.at(leafNames, n)
	w.list(leafNames, site.Names, 0, 1)
	w.text(w.at(leafRef, n), site.Ref)
	w.at(leafAlts, n)
	w.list(leafAlts, site.Alts, 0, 1)
	w.at(leafQual, n).double(site.Qual, site.HasQual)
	w.at(leafFilters, n)
	w.list(leafFilters, site.Filters, 0, 1)
	w.at(leafSplit, n).boolean(false, true)
	w.at(leafAttributeKeys, n)
	w.at(leafAttributeValues, n)
	w.entries(leafAttributeKeys, site.Attributes, 0, 1)
	w.writeAnnotations(site)
	w.at(leafItem, n).int(Int{w.item, true})
	w.at(leafLine, n).long(site.Line)
	if site.Format != nil {
		w.text(w.at(leafFormat, n), site.Format)
	}
}
