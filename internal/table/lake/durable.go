package lake

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	icebergio "github.com/apache/iceberg-go/io"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// durableFS is Iceberg's view of the files in a data folder, by the names that metadata has for them. What it writes is
// on disk when Close returns, and never replaces a file.
type durableFS struct {
	in      warehouse.Files
	mu      sync.Mutex // Iceberg writes manifests side by side
	created []*durableFile
}

func (d *durableFS) Open(name string) (icebergio.File, error) {
	path, err := d.in.Path(name)
	if err != nil {
		return nil, err
	}
	f, err := d.in.Open(path)
	if err != nil {
		return nil, err
	}
	return &icebergFile{io.NewSectionReader(f, 0, f.Size()), f}, nil
}

func (d *durableFS) ReadFile(name string) ([]byte, error) {
	path, err := d.in.Path(name)
	if err != nil {
		return nil, err
	}
	return d.in.ReadFile(path)
}

func (d *durableFS) Remove(name string) error {
	path, err := d.in.Path(name)
	if err != nil {
		return err
	}
	return d.in.Remove(path)
}

func (d *durableFS) Create(name string) (icebergio.FileWriter, error) {
	path, err := d.in.Path(name)
	if err != nil {
		return nil, err
	}
	f, err := d.in.Create(path)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	created := &durableFile{Writer: f}
	d.created = append(d.created, created)
	return created, nil
}

func (d *durableFS) WriteFile(name string, content []byte) error {
	f, err := d.Create(name)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// removeCreated removes what was created, as far as it can, but for what is at the paths to keep: nothing refers to it.
func (d *durableFS) removeCreated(keep map[string]bool) {
	for _, file := range d.created {
		switch {
		case keep[file.Name()]:
		case file.committed:
			_ = d.in.Remove(file.Name())
		default:
			file.Abort()
		}
	}
}

// MetadataWritten, unless nil, is called after each file of metadata that is on disk. Tests of recovery set it before
// anything is written.
var MetadataWritten func()

// icebergFile is a file as Iceberg wants it.
type icebergFile struct {
	*io.SectionReader
	file warehouse.Reader
}

func (f *icebergFile) Close() error               { return f.file.Close() }
func (f *icebergFile) Stat() (fs.FileInfo, error) { return fileInfo{f.file}, nil }

// fileInfo is what is known of a warehouse's file.
type fileInfo struct{ warehouse.Reader }

func (i fileInfo) Name() string       { return filepath.Base(i.Reader.Name()) }
func (i fileInfo) Mode() fs.FileMode  { return warehouse.OwnFile }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return false }
func (i fileInfo) Sys() any           { return nil }

// durableFile is a file of metadata under construction, whose Close commits it.
type durableFile struct {
	warehouse.Writer
	committed bool
}

// ReadFrom is for Iceberg, which asks for it.
func (f *durableFile) ReadFrom(r io.Reader) (int64, error) { return io.Copy(f.Writer, r) }

func (f *durableFile) Close() error {
	if err := f.Commit(); err != nil {
		return err
	}
	f.committed = true
	if MetadataWritten != nil {
		MetadataWritten()
	}
	return nil
}
