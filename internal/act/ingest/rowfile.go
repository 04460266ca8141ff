package ingest

import (
	"fmt"
	"strings"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// maxRowFile is the size in bytes at which a worker goes on in another file: a file's footer stays in memory until its
// end, and that of thousands of columns is large.
const maxRowFile = 1 << 30

// rowFile is a worker's data files of a flat table, each made with its first row.
type rowFile struct {
	files  warehouse.Files
	path   string // of the first; the others have a number before the suffix
	schema *lake.Schema
	writer *column.RowWriter
	full   []*column.RowWriter // finished, and yet to be brought to disk
	done   []column.DataFile
}

func (f *rowFile) write(row []column.Value) (err error) {
	if f.writer == nil {
		path := f.path
		if n := len(f.done) + len(f.full); n > 0 {
			path = fmt.Sprintf("%s-%d.parquet", strings.TrimSuffix(f.path, ".parquet"), n)
		}
		file, err := f.files.Create(path)
		if err != nil {
			return &storageError{err}
		}
		if f.writer, err = column.NewRowWriter(file, f.schema.Parquet(), column.Options{}); err != nil {
			file.Abort()
			return &storageError{err}
		}
	}
	if err := f.writer.Write(row); err != nil {
		return &storageError{err}
	}
	if f.writer.Bytes() > maxRowFile {
		return f.finish()
	}
	return nil
}

// finish writes what is left of the file under construction, if there is one.
func (f *rowFile) finish() error {
	if f.writer == nil {
		return nil
	}
	if err := f.writer.Finish(); err != nil {
		return &storageError{err}
	}
	f.full, f.writer = append(f.full, f.writer), nil
	return nil
}

// sync brings finished files to disk.
func (f *rowFile) sync() error {
	for len(f.full) > 0 {
		file, err := f.full[0].Close()
		f.full = f.full[1:]
		if err != nil {
			return &storageError{err}
		}
		f.done = append(f.done, file)
	}
	return nil
}

func (f *rowFile) close() ([]column.DataFile, error) {
	err := f.sync()
	return f.done, err
}

// abort removes the files that are not on disk yet; the others go with their folder.
func (f *rowFile) abort() {
	if f.writer != nil {
		f.full = append(f.full, f.writer)
	}
	for _, writer := range f.full {
		writer.Abort()
	}
	f.full, f.writer = nil, nil
}
