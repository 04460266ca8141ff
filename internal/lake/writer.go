package lake

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// Bounds of a row group: whichever comes first.
const (
	defaultRowGroupRows  = 1 << 20
	defaultRowGroupBytes = 64 << 20 // of buffers in memory

	// How many values, and bytes of texts, may come before memory is looked at.
	checkEvery      = 1 << 14
	checkEveryBytes = 1 << 20
)

// VariantOptions says how a data file is written. JobID is required; zero values of the others take defaults.
type VariantOptions struct {
	JobID         string // goes into column importjobid
	RowGroupRows  int
	RowGroupBytes int
}

// VariantWriter writes one data file of a variant table. It is for one goroutine.
type VariantWriter struct {
	options VariantOptions
	path    string
	file    *os.File
	parquet *file.Writer
	leaves  []leaf
	arena   arena
	jobID   []byte

	rows      int // in the row group under construction
	unchecked int // about how many values came since its memory was looked at
	arenaSize int // of the arena then
	bare      int // rows whose annotations are NULL and not yet in their leaves: most files have none at all
	metrics   metrics
	order     order
	spare     leaf // memory for sorting
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
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("make data file: %w", err)
	}
	return newVariantWriter(f, options), nil
}

func newVariantWriter(f *os.File, options VariantOptions) *VariantWriter {
	if options.RowGroupRows == 0 {
		options.RowGroupRows = defaultRowGroupRows
	}
	if options.RowGroupBytes == 0 {
		options.RowGroupBytes = defaultRowGroupBytes
	}
	root := variantLayout().parquet
	w := &VariantWriter{
		options: options, path: f.Name(), file: f, jobID: []byte(options.JobID), leaves: make([]leaf, root.NumColumns()),
	}
	for i := range w.leaves {
		column := root.Column(i)
		w.leaves[i].repeated = column.MaxRepetitionLevel() > 0
		if column.PhysicalType() == parquet.Types.ByteArray && i != leafNames {
			w.leaves[i].words = newDictionary()
		}
	}
	return w
}

// begin starts the Parquet file, once its first row group is known.
func (w *VariantWriter) begin() (err error) {
	samples := 1 << 16
	if words := w.leaves[leafSample].words; words != nil {
		samples = max(words.len(), 16)
	}
	root := variantLayout().parquet
	w.parquet, err = file.NewParquetWriterWithError(w.file, root.Root(), file.WithWriterProps(writerProperties(root, samples)))
	if err != nil {
		return fmt.Errorf("begin %s: %w", w.path, err)
	}
	return nil
}

// writerProperties picks encodings: dictionaries where values recur, deltas for positions, statistics only for the
// columns that queries prune by. samples sizes the bloom filter of sampleid.
func writerProperties(root *schema.Schema, samples int) *parquet.WriterProperties {
	properties := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCompressionLevel(1),
		parquet.WithCreatedBy("varlake"), parquet.WithVersion(parquet.V2_LATEST), parquet.WithDataPageVersion(parquet.DataPageV1),
		parquet.WithDictionaryDefault(true), parquet.WithStats(false), parquet.WithMaxStatsSize(256),
		parquet.WithMaxRowGroupLength(math.MaxInt32), parquet.WithBatchSize(1 << 14),
	}
	for _, i := range []int{leafContig, leafStart, leafEnd, leafSample} {
		properties = append(properties, parquet.WithStatsPath(root.Column(i).ColumnPath(), true))
	}
	for _, i := range []int{leafStart, leafEnd} {
		path := root.Column(i).ColumnPath()
		properties = append(properties, parquet.WithDictionaryPath(path, false), parquet.WithEncodingPath(path, parquet.Encodings.DeltaBinaryPacked))
	}
	for _, i := range []int{leafNames, leafQual, leafGL} {
		properties = append(properties, parquet.WithDictionaryPath(root.Column(i).ColumnPath(), false))
	}
	sample := root.Column(leafSample).ColumnPath()
	return parquet.NewWriterProperties(append(properties,
		parquet.WithBloomFilterEnabledPath(sample, true), parquet.WithBloomFilterNDVPath(sample, int64(samples)))...)
}

// Write adds the rows of a site: one for each call or, without calls, one whose genotype columns and sampleid are NULL.
// It copies what it keeps. After an error the writer is only good for Abort.
func (w *VariantWriter) Write(site *Site, calls []Call) error {
	// A row repeats all of its site: a long record of many samples must not be in memory as a whole.
	part := max(1, w.options.RowGroupBytes/8/site.bytes())
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
	w.metrics.add(site, calls, rows)
	w.order.add(site.Contig, site.Start)
	w.rows += rows
	w.unchecked += rows * (16 + len(site.Attributes) + 32*len(site.VEP))
	if w.unchecked < checkEvery && w.arena.size-w.arenaSize < checkEveryBytes && w.rows < w.options.RowGroupRows {
		return nil
	}
	w.unchecked, w.arenaSize = 0, w.arena.size
	if w.rows >= w.options.RowGroupRows || w.buffered() >= w.options.RowGroupBytes {
		return w.flush()
	}
	return nil
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

// Rows is how many rows were written.
func (w *VariantWriter) Rows() int64 { return w.metrics.rows }

// Bytes is the size of the file so far, without the row group in memory.
func (w *VariantWriter) Bytes() int64 {
	if w.parquet == nil {
		return 0
	}
	return w.parquet.TotalBytesWritten()
}

// buffered is about how many bytes the row group under construction takes in memory.
func (w *VariantWriter) buffered() int {
	total := w.arena.size
	for i := range w.leaves {
		total += w.leaves[i].bytes()
	}
	return total
}

// flush writes the row group under construction.
func (w *VariantWriter) flush() error {
	if w.rows == 0 {
		return nil
	}
	w.materialiseBare()
	w.sortRows()
	if w.parquet == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	w.metrics.addSamples(w.leaves[leafSample].distinct())
	w.metrics.splits = append(w.metrics.splits, w.parquet.TotalBytesWritten())
	if err := w.writeRowGroup(); err != nil {
		return fmt.Errorf("write row group of %s: %w", w.path, err)
	}
	w.arena.reset()
	w.rows, w.unchecked, w.arenaSize = 0, 0, 0
	return nil
}

func (w *VariantWriter) writeRowGroup() error {
	group, err := w.parquet.AppendRowGroupChecked()
	if err != nil {
		return err
	}
	for i := range w.leaves {
		chunk, err := group.NextColumn()
		if err != nil {
			return err
		}
		if err := w.leaves[i].write(chunk); err != nil {
			return err
		}
		w.leaves[i].reset()
	}
	return group.Close()
}

// Close writes what is left, syncs the file and its folder to disk and describes the file.
func (w *VariantWriter) Close() (DataFile, error) {
	if err := w.finish(); err != nil {
		w.Abort()
		return DataFile{}, err
	}
	info, err := os.Stat(w.path)
	if err != nil {
		return DataFile{}, fmt.Errorf("look at data file: %w", err)
	}
	file := w.metrics.dataFile(w.path, info.Size())
	file.Sorted = !w.order.unsorted
	if file.Sizes, err = w.columnSizes(); err != nil {
		return DataFile{}, err
	}
	return file, nil
}

func (w *VariantWriter) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	if w.parquet == nil { // no rows at all
		if err := w.begin(); err != nil {
			return err
		}
	}
	// The Parquet writer closes its sink, and a file must be synced before.
	if err := w.parquet.FlushWithFooter(); err != nil {
		return fmt.Errorf("end data file: %w", err)
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("sync data file: %w", err)
	}
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("close data file: %w", err)
	}
	return syncDir(filepath.Dir(w.path))
}

// columnSizes is how many bytes of the closed file the columns take that have bounds, by field id.
func (w *VariantWriter) columnSizes() (map[int]int64, error) {
	footer, err := w.parquet.FileMetadata()
	if err != nil {
		return nil, fmt.Errorf("measure columns: %w", err)
	}
	sizes := map[int]int64{}
	for _, leaf := range [...]int{leafContig, leafStart, leafEnd, leafSample} {
		id := int(footer.Schema.Column(leaf).SchemaNode().FieldID())
		for group := range footer.RowGroups {
			chunk, err := footer.RowGroup(group).ColumnChunk(leaf)
			if err != nil {
				return nil, fmt.Errorf("measure columns: %w", err)
			}
			sizes[id] += chunk.TotalCompressedSize()
		}
	}
	return sizes, nil
}

// Abort removes the file. It may follow any failed call.
func (w *VariantWriter) Abort() {
	w.file.Close()
	os.Remove(w.path) // what stays behind is removed with its folder
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
