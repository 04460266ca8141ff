package lake

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	icebergio "github.com/apache/iceberg-go/io"
)

// uri is how Iceberg metadata names a file of this machine. A path with spaces and such is escaped, as iceberg-go does
// whatever we do; PyIceberg unescapes nothing and so cannot open tables below such a path.
func uri(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }

// localPath is the opposite of uri. What is no file URI is a path.
func localPath(location string) string {
	if parsed, err := url.Parse(location); err == nil && parsed.Scheme == "file" {
		return parsed.Path
	}
	return location
}

// durableFS is Iceberg's view of local files. What it writes is on disk when Close returns, and never replaces a file.
type durableFS struct {
	mu      sync.Mutex // Iceberg writes manifests side by side
	created []string
}

func (*durableFS) Open(name string) (icebergio.File, error) { return os.Open(localPath(name)) }

func (*durableFS) ReadFile(name string) ([]byte, error) { return os.ReadFile(localPath(name)) }

// Remove is content when another commit has removed the file, as happens with metadata that is too old to keep.
func (*durableFS) Remove(name string) error {
	if err := os.Remove(localPath(name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d *durableFS) Create(name string) (icebergio.FileWriter, error) {
	path := localPath(name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
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
		os.Remove(path)
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
