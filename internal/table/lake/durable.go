package lake

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	icebergio "github.com/apache/iceberg-go/io"
)

// durableFS is Iceberg's view of the files in a data folder, by the names that metadata has for them. What it writes is on disk when Close
// returns, and never replaces a file.
type durableFS struct {
	folder  *Folder
	mu      sync.Mutex // Iceberg writes manifests side by side
	created []string   // paths
}

func (d *durableFS) Open(name string) (icebergio.File, error) {
	path, err := d.folder.Path(name)
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

func (d *durableFS) ReadFile(name string) ([]byte, error) {
	path, err := d.folder.Path(name)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Remove is content when another commit has removed the file, as happens with metadata that is too old to keep.
func (d *durableFS) Remove(name string) error {
	path, err := d.folder.Path(name)
	if err != nil {
		return err
	}
	if err := d.folder.removeFile(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d *durableFS) Create(name string) (icebergio.FileWriter, error) {
	path, err := d.folder.Path(name)
	if err != nil {
		return nil, err
	}
	f, err := d.folder.OpenNew(path, os.O_EXCL)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.created = append(d.created, path)
	return &durableFile{f}, nil
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

// removeCreated removes what was created, as far as it can: nothing refers to it.
func (d *durableFS) removeCreated() {
	for _, path := range d.created {
		_ = d.folder.removeFile(path)
	}
}

// MetadataWritten, unless nil, is called after each file of metadata that is on disk. Tests of recovery set it before anything is written.
var MetadataWritten func()

type durableFile struct{ *os.File }

func (f *durableFile) Close() error {
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.File.Close())
	}
	if err := f.File.Close(); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(f.Name())); err != nil {
		return err
	}
	if MetadataWritten != nil {
		MetadataWritten()
	}
	return nil
}
