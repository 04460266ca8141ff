package lake

import (
	"fmt"
	"os"
	"path/filepath"
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
	folder        *Folder // nil: none
	schema        *Schema
	path          string
	file          *os.File
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
	spareCalls []int32
	keys       []int32 // by KV.ID: 0, or one more than a key's number in the row group
}

// createFile makes a data file at a path in a data folder, or in none for a nil folder.
func createFile(folder *Folder, path string) (f *os.File, err error) {
	if folder != nil {
		f, err = folder.OpenNew(path, os.O_EXCL)
	} else {
		f, err = OpenNew(path, os.O_EXCL)
	}
	if err != nil {
		return nil, fmt.Errorf("make data file: %w", err)
	}
	return f, nil
}

// newFileWriter takes default bounds of row groups for zeros.
func newFileWriter(folder *Folder, f *os.File, path string, schema *Schema, rows, bytes int) fileWriter {
	if rows == 0 {
		rows = defaultRowGroupRows
	}
	if bytes == 0 {
		bytes = defaultRowGroupBytes
	}
	return fileWriter{
		folder: folder, schema: schema, path: path, file: f, rowGroupRows: rows, rowGroupBytes: bytes,
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
	if w.unchecked < max(checkEvery, checkEveryPerLeaf*len(w.leaves)) && w.arena.size-w.arenaSize < checkEveryBytes && w.rows < w.rowGroupRows {
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
		if w.parquet, err = newParquetFile(w.file, w.schema); err != nil {
			return fmt.Errorf("begin %s: %w", w.path, err)
		}
	}
	w.splits = append(w.splits, w.parquet.sink.written)
	if err := w.parquet.writeRowGroup(&w.rowGroup); err != nil {
		return fmt.Errorf("write row group of %s: %w", w.path, err)
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
		fresh := leaf{repeated: l.repeated, max: l.max}
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
		err = w.sync()
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
		if w.parquet, err = newParquetFile(w.file, w.schema); err != nil {
			return fmt.Errorf("begin %s: %w", w.path, err)
		}
	}
	if err := w.parquet.finish(); err != nil {
		return fmt.Errorf("end data file: %w", err)
	}
	w.finished = true
	return nil
}

// sync brings the file to disk.
func (w *fileWriter) sync() error {
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
	if w.folder != nil {
		_ = w.folder.removeFile(w.path) // what stays behind is removed with its folder
		return
	}
	_ = os.Remove(w.path)
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
