package lake

import "os"

// VariantOptions says how a data file is written. JobID is required; zero values of the others take defaults.
type VariantOptions struct {
	JobID         string // goes into column importjobid
	RowGroupRows  int
	RowGroupBytes int
}

// VariantWriter writes one data file of a variant table. It is for one goroutine.
type VariantWriter struct {
	fileWriter
	jobID []byte
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

// firstCallLeaf splits the leaves: those before it, and the annotations, are a site's; the rest a call's.
const firstCallLeaf = leafPhased

// NewVariantWriter makes the file at path, which must not exist.
func NewVariantWriter(path string, options VariantOptions) (*VariantWriter, error) {
	f, err := createFile(path)
	if err != nil {
		return nil, err
	}
	return newVariantWriter(f, options), nil
}

func newVariantWriter(f *os.File, options VariantOptions) *VariantWriter {
	return &VariantWriter{newFileWriter(f, VariantSchema(), options.RowGroupRows, options.RowGroupBytes), []byte(options.JobID)}
}

// Write adds the rows of a site: one for each call or, without calls, one whose genotype columns and sampleid are NULL.
// It copies what it keeps. After an error the writer is only good for Abort.
func (w *VariantWriter) Write(site *Site, calls []Call) error {
	// A row repeats all of its site: a long record of many samples must not be in memory as a whole.
	part := max(1, w.rowGroupBytes/8/site.bytes())
	for len(calls) > part {
		if err := w.write(site, calls[:part]); err != nil {
			return err
		}
		calls = calls[part:]
	}
	return w.write(site, calls)
}

func (w *VariantWriter) write(site *Site, calls []Call) error {
	rows := max(len(calls), 1)
	w.writeSite(site, rows)
	for i := range calls {
		w.writeCall(&calls[i])
	}
	if len(calls) == 0 {
		w.writeNoCall()
	}
	return w.added(rows, rows*(16+len(site.Attributes)+32*len(site.VEP)))
}

// bytes is at most what a row of the site takes in a row group, without the texts themselves: levels, and where a text is.
func (s *Site) bytes() int {
	const perValue = 2 + 2 + 24
	values := firstCallLeaf + len(s.Names) + len(s.Alts) + len(s.Filters) + 2*len(s.Attributes)
	for i := range s.VEP {
		v := &s.VEP[i]
		values += vepLeaves + len(v.Consequence) + len(v.ExistingVariation) + len(v.Flags) + 2*len(v.Extras)
	}
	return perValue * values
}

func (w *VariantWriter) writeSite(site *Site, rows int) {
	var marks [firstCallLeaf]mark
	if rows > 1 {
		for i := range marks {
			marks[i] = w.leaves[i].mark()
		}
	}
	w.text(leafJobID, w.jobID)
	w.text(leafContig, site.Contig)
	w.leaves[leafStart].long(site.Start)
	w.leaves[leafEnd].long(site.End)
	w.list(leafNames, site.Names, 0, 1)
	w.text(leafRef, site.Ref)
	w.list(leafAlts, site.Alts, 0, 1)
	w.leaves[leafQual].double(site.Qual, site.HasQual)
	w.list(leafFilters, site.Filters, 0, 1)
	w.leaves[leafSplit].boolean(false, true)
	w.entries(leafAttributeKeys, site.Attributes, 0, 1)
	if rows > 1 {
		for i := range marks {
			w.leaves[i].repeat(marks[i], rows-1)
		}
	}
	w.writeAnnotations(site, rows)
}

func (w *VariantWriter) writeCall(call *Call) {
	w.leaves[leafPhased].boolean(call.Phased, call.HasGT)
	if call.HasGT {
		w.leaves[leafCalls].intList(call.Calls)
	} else {
		w.leaves[leafCalls].level(0, 0)
	}
	w.leaves[leafGL].doubleList(call.GL)
	for _, list := range [...]struct {
		leaf   int
		values []int32
	}{{leafPL, call.PL}, {leafAD, call.AD}, {leafSPL, call.SPL}} {
		if list.values == nil {
			w.leaves[list.leaf].level(0, 0)
		} else {
			w.leaves[list.leaf].intList(list.values)
		}
	}
	w.leaves[leafGQ].int(call.GQ)
	w.leaves[leafDP].int(call.DP)
	w.leaves[leafPS].int(call.PS)
	w.text(leafSample, call.Sample)
	if len(call.Information) == 0 {
		w.leaves[leafInformationKeys].level(0, 0)
		w.leaves[leafInformationValues].level(0, 0)
	} else {
		w.entries(leafInformationKeys, call.Information, 0, 1)
	}
}

func (w *VariantWriter) writeNoCall() {
	for i := firstCallLeaf; i < leafVEP; i++ {
		w.leaves[i].level(0, 0)
	}
}
