package lake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/varlake/varlake/internal/table/column"
)

// Create makes a new data file at a path in the folder.
func (f *Folder) Create(path string) (column.Sink, error) {
	file, err := f.OpenNew(path, os.O_EXCL)
	if err != nil {
		return nil, fmt.Errorf("make data file: %w", err)
	}
	return &newDataFile{file, f}, nil
}

// newDataFile is a data file that is being written.
type newDataFile struct {
	*os.File
	folder *Folder
}

func (f *newDataFile) Commit() error {
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync data file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("close data file: %w", err)
	}
	return syncDir(filepath.Dir(f.Name()))
}

func (f *newDataFile) Abort() {
	f.Close()
	_ = f.folder.removeFile(f.Name()) // what stays behind is removed with its folder
}

// OpenDataFile opens a data file, by a path of a Snapshot's.
func OpenDataFile(path string) (column.Source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &dataFile{f, info.Size()}, nil
}

// dataFile is a data file to read.
type dataFile struct {
	*os.File
	size int64
}

func (f *dataFile) Size() int64 { return f.size }

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
