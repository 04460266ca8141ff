package lake

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// Bounds of a row group: whichever comes first.
const (
	defaultRowGroupRows  = 1 << 20
	defaultRowGroupBytes = 64 << 20 // of buffers in memory

	// How many values, and bytes of texts, may come before memory is looked at. Looking takes as long as some values.
	checkEvery        = 1 << 14
	checkEveryPerLeaf = 16
	checkEveryBytes   = 1 << 20

	nullsPerValue = 8 // so many NULLs take the memory of a value
)

// fileWriter writes a data file of a table, row group by row group. Those that embed it append to its leaves.
type fileWriter struct {
	schema        *Schema
	path          string
	file          *os.File
	parquet       *file.Writer
	rowGroupRows  int
	rowGroupBytes int

	leaves    []leaf
	arena     arena
	rows      int // in the row group under construction
	unchecked int // about how many values came since its memory was looked at
	arenaSize int // of the arena then

	total  int64 // rows of the file
	splits []int64
	bounds []bound
	order  order
	spare  leaf    // memory for sorting
	nulls  []int16 // the levels of leaves without values
}

func createFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("make data file: %w", err)
	}
	return f, nil
}

// newFileWriter takes default bounds of row groups for zeros.
func newFileWriter(f *os.File, schema *Schema, rows, bytes int) fileWriter {
	if rows == 0 {
		rows = defaultRowGroupRows
	}
	if bytes == 0 {
		bytes = defaultRowGroupBytes
	}
	w := fileWriter{
		schema: schema, path: f.Name(), file: f, rowGroupRows: rows, rowGroupBytes: bytes,
		leaves: make([]leaf, schema.parquet.NumColumns()), bounds: make([]bound, len(schema.bounded)),
	}
	for i := range w.leaves {
		column := schema.parquet.Column(i)
		w.leaves[i].repeated = column.MaxRepetitionLevel() > 0
		if column.PhysicalType() == parquet.Types.ByteArray {
			w.leaves[i].words = newDictionary()
		}
	}
	for _, i := range schema.plain {
		w.leaves[i].words = nil
	}
	return w
}

// begin starts the Parquet file, once its first row group is known.
func (w *fileWriter) begin() (err error) {
	distinct := 1 << 16
	if w.schema.bloom >= 0 {
		if words := w.leaves[w.schema.bloom].words; words != nil {
			distinct = max(words.len(), 16)
		}
	}
	properties := file.WithWriterProps(w.schema.properties(distinct))
	if w.parquet, err = file.NewParquetWriterWithError(w.file, w.schema.parquet.Root(), properties); err != nil {
		return fmt.Errorf("begin %s: %w", w.path, err)
	}
	return nil
}

// properties picks encodings: dictionaries where values recur, deltas for positions and other integers, statistics only for the columns
// that queries prune by. distinct sizes the bloom filter.
func (s *Schema) properties(distinct int) *parquet.WriterProperties {
	properties := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCompressionLevel(1),
		parquet.WithCreatedBy("varlake"), parquet.WithVersion(parquet.V2_LATEST), parquet.WithDataPageVersion(parquet.DataPageV1),
		parquet.WithDictionaryDefault(true), parquet.WithStats(false), parquet.WithMaxStatsSize(256),
		parquet.WithMaxRowGroupLength(math.MaxInt32), parquet.WithBatchSize(1 << 14),
	}
	for _, i := range s.bounded {
		properties = append(properties, parquet.WithStatsPath(s.parquet.Column(i).ColumnPath(), true))
	}
	for _, i := range s.delta {
		path := s.parquet.Column(i).ColumnPath()
		properties = append(properties, parquet.WithDictionaryPath(path, false), parquet.WithEncodingPath(path, parquet.Encodings.DeltaBinaryPacked))
	}
	for _, i := range s.plain {
		properties = append(properties, parquet.WithDictionaryPath(s.parquet.Column(i).ColumnPath(), false))
	}
	if s.bloom >= 0 {
		path := s.parquet.Column(s.bloom).ColumnPath()
		properties = append(properties, parquet.WithBloomFilterEnabledPath(path, true), parquet.WithBloomFilterNDVPath(path, int64(distinct)))
	}
	return parquet.NewWriterProperties(properties...)
}

// Rows is how many rows were written.
func (w *fileWriter) Rows() int64 { return w.total }

// Bytes is the size of the file so far, without the row group in memory.
func (w *fileWriter) Bytes() int64 {
	if w.parquet == nil {
		return 0
	}
	return w.parquet.TotalBytesWritten()
}

// added counts rows whose leaves were appended to, with about so many values, and ends the row group when it is full.
func (w *fileWriter) added(rows, values int) error {
	w.total += int64(rows)
	w.rows += rows
	w.unchecked += values
	if w.unchecked < max(checkEvery, checkEveryPerLeaf*len(w.leaves)) && w.arena.size-w.arenaSize < checkEveryBytes && w.rows < w.rowGroupRows {
		return nil
	}
	w.unchecked, w.arenaSize = 0, w.arena.size
	if w.rows >= w.rowGroupRows || w.buffered() >= w.rowGroupBytes {
		return w.flush()
	}
	return nil
}

// buffered is about how many bytes the row group under construction takes in memory.
func (w *fileWriter) buffered() int {
	total := w.arena.size
	for i := range w.leaves {
		total += w.leaves[i].bytes(w.rows)
	}
	return total
}

// flush writes the row group under construction.
func (w *fileWriter) flush() error {
	if w.rows == 0 {
		return nil
	}
	for i := range w.leaves {
		if w.leaves[i].rows > 0 {
			w.leaves[i].pad(w.rows)
		}
	}
	w.sortRows()
	if w.parquet == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	for i, leaf := range w.schema.bounded {
		w.bounds[i].add(&w.leaves[leaf], w.rows)
	}
	w.splits = append(w.splits, w.parquet.TotalBytesWritten())
	if err := w.writeRowGroup(); err != nil {
		return fmt.Errorf("write row group of %s: %w", w.path, err)
	}
	w.arena.reset()
	w.rows, w.unchecked, w.arenaSize = 0, 0, 0
	w.trim()
	return nil
}

// trim gives up the memory that the leaves keep for the next row group when they would crowd it out: the hash tables of
// many dictionaries count from its first row, and of many columns each may have had its time.
func (w *fileWriter) trim() {
	kept := 0
	for i := range w.leaves {
		kept += w.leaves[i].kept()
	}
	if kept <= 2*w.rowGroupBytes && w.buffered() <= w.rowGroupBytes/2 {
		return
	}
	for i := range w.leaves {
		l := &w.leaves[i]
		fresh := leaf{repeated: l.repeated}
		if l.words != nil {
			fresh.words = newDictionary()
		}
		*l = fresh
	}
}

func (w *fileWriter) writeRowGroup() error {
	group, err := w.parquet.AppendRowGroupChecked()
	if err != nil {
		return err
	}
	for i := range w.leaves {
		chunk, err := group.NextColumn()
		if err != nil {
			return err
		}
		l := &w.leaves[i]
		if len(l.def) == 0 {
			if len(w.nulls) < w.rows {
				w.nulls = make([]int16, w.rows)
			}
			err = (&leaf{def: w.nulls[:w.rows], rep: w.nulls[:w.rows], repeated: l.repeated}).write(chunk)
		} else {
			// Of many columns none may fill its dictionary, which makes texts that hardly recur larger and slower.
			if w.schema.flat != nil && l.words != nil && 2*l.words.len() > len(l.numbers) {
				l.spell()
			}
			err = l.write(chunk)
		}
		if err != nil {
			return err
		}
		l.reset()
	}
	return group.Close()
}

// Close writes what is left, syncs the file and its folder to disk and describes the file.
func (w *fileWriter) Close() (DataFile, error) {
	if err := w.finish(); err != nil {
		w.Abort()
		return DataFile{}, err
	}
	return w.describe()
}

func (w *fileWriter) finish() error {
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

// Abort removes the file. It may follow any failed call.
func (w *fileWriter) Abort() {
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
