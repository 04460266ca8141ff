package column

import (
	"fmt"
	"io"
)

// Bounds of a row group: whichever comes first.
const (
	defaultRowGroupRows  = 1 << 20
	defaultRowGroupBytes = 32 << 20 // of buffers in memory

	// How many values, and bytes of texts, may come before memory is looked at. Looking takes as long as some values.
	checkEvery        = 1 << 14
	checkEveryPerLeaf = 16
	checkEveryBytes   = 1 << 20

	nullsPerValue = 8 // so many NULLs take the memory of a value
)

// fileWriter writes a data file of a table, row group by row group. Those that embed it append to its leaves.
type fileWriter struct {
	schema        *Schema
	sink          Sink
	parquet       *parquetFile // nil until the first row group
	finished      bool
	rowGroupRows  int
	rowGroupBytes int

	rowGroup
	unchecked int // about how many values came since its memory was looked at
	arenaSize int // of the arena then

	total      int64 // rows of the file
	groups     int   // row groups written
	splits     []int64
	bounds     []bound
	order      order
	spareTails []int32
	keys       []int32 // by KV.ID: 0, or one more than a key's number in the row group
}

// Sink is a new file that a data file is written to.
type Sink interface {
	io.Writer
	Name() string  // its path, for messages and for DataFile
	Commit() error // brings it to disk, under its name, and closes it. After an error Abort follows
	Abort()        // closes and removes it
}

// Options bounds the row groups of a data file, of which the first to be met ends one. Zeros take defaults.
type Options struct {
	RowGroupRows  int
	RowGroupBytes int // of buffers in memory
}

func newFileWriter(sink Sink, schema *Schema, options Options) fileWriter {
	rows, bytes := options.RowGroupRows, options.RowGroupBytes
	if rows == 0 {
		rows = defaultRowGroupRows
	}
	if bytes == 0 {
		bytes = defaultRowGroupBytes
	}
	return fileWriter{
		schema: schema, sink: sink, rowGroupRows: rows, rowGroupBytes: bytes,
		rowGroup: schema.newRowGroup(), bounds: make([]bound, len(schema.bounded)),
	}
}

// Rows is how many rows were written.
func (w *fileWriter) Rows() int64 { return w.total }

// Bytes is the size of the file so far, without the row group in memory.
func (w *fileWriter) Bytes() int64 {
	if w.parquet == nil {
		return 0
	}
	return w.parquet.sink.written
}

// added counts rows whose leaves were appended to, with about so many values, and ends the row group when it is full.
func (w *fileWriter) added(rows, values int) error {
	w.total += int64(rows)
	w.rows += rows
	w.unchecked += values
	if w.unchecked < max(checkEvery, checkEveryPerLeaf*len(w.leaves)) && w.arena.size-w.arenaSize < checkEveryBytes &&
		w.rows < w.rowGroupRows {
		return nil
	}
	w.unchecked, w.arenaSize = 0, w.arena.size
	if w.rows >= w.rowGroupRows || w.buffered(w.schema) >= w.rowGroupBytes {
		return w.flush()
	}
	return nil
}

// flush writes the row group under construction.
func (w *fileWriter) flush() (err error) {
	if w.rows == 0 {
		return nil
	}
	for i := range w.leaves {
		if l := &w.leaves[i]; l.entries > 0 {
			l.pad(w.count(w.schema.part(i)))
		}
		// Of many columns none may fill its dictionary, which makes texts that hardly recur larger and slower.
		if l := &w.leaves[i]; w.schema.flat != nil && l.words != nil && 2*l.words.len() > len(l.numbers) {
			l.spell()
		}
	}
	w.sortRows()
	w.arrange()
	for i, leaf := range w.schema.bounded {
		w.bounds[i].add(&w.leaves[leaf], w.schema.part(leaf), &w.rowGroup)
	}
	if w.parquet == nil {
		if w.parquet, err = newParquetFile(w.sink, w.schema); err != nil {
			return fmt.Errorf("begin %s: %w", w.sink.Name(), err)
		}
	}
	w.splits = append(w.splits, w.parquet.sink.written)
	if err := w.parquet.writeRowGroup(&w.rowGroup); err != nil {
		return fmt.Errorf("write row group of %s: %w", w.sink.Name(), err)
	}
	w.groups++
	w.reset()
	clear(w.keys)
	w.unchecked, w.arenaSize = 0, 0
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
	if kept <= 2*w.rowGroupBytes && w.buffered(w.schema) <= w.rowGroupBytes/2 {
		return
	}
	for i := range w.leaves {
		l := &w.leaves[i]
		fresh := Leaf{repeated: l.repeated, max: l.max}
		if l.words != nil {
			fresh.words = newDictionary()
		}
		*l = fresh
	}
}

// Close finishes the file unless that was done, syncs it and its folder to disk and describes it.
func (w *fileWriter) Close() (DataFile, error) {
	err := w.Finish()
	if err == nil {
		err = w.sink.Commit()
	}
	if err != nil {
		w.Abort()
		return DataFile{}, err
	}
	return w.describe()
}

// Finish writes what is left, and is all of Close that computes. No row may follow.
func (w *fileWriter) Finish() (err error) {
	if w.finished {
		return nil
	}
	if err := w.flush(); err != nil {
		return err
	}
	if w.parquet == nil { // no rows at all
		if w.parquet, err = newParquetFile(w.sink, w.schema); err != nil {
			return fmt.Errorf("begin %s: %w", w.sink.Name(), err)
		}
	}
	if err := w.parquet.finish(); err != nil {
		return fmt.Errorf("end data file: %w", err)
	}
	w.finished = true
	return nil
}

// Abort removes the file. It may follow any failed call.
func (w *fileWriter) Abort() { w.sink.Abort() }

// at is a leaf, ready for entry n: a writer leaves NULLs out.
func (w *fileWriter) at(i, n int) *Leaf {
	l := &w.leaves[i]
	if cap(l.def)-len(l.def) < 16 {
		l.grow()
	}
	l.pad(n)
	l.entries++
	return l
}
