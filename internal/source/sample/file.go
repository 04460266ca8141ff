package sample

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/varlake/varlake/bgzf"
)

// output is a set of files being written. They get their names together, when all are whole.
type output struct {
	dir   string
	files []*outputFile
}

type outputFile struct {
	file   *os.File
	path   string
	finish func() error // writes what is buffered
}

const partial = ".partial"

func newOutput(dir string) (*output, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make sample folder: %w", err)
	}
	return &output{dir: dir}, nil
}

func (o *output) create(name string) (*outputFile, error) {
	path := filepath.Join(o.dir, name)
	file, err := os.Create(path + partial)
	if err != nil {
		return nil, fmt.Errorf("create sample file: %w", err)
	}
	f := &outputFile{file: file, path: path, finish: func() error { return nil }}
	o.files = append(o.files, f)
	return f, nil
}

// plain starts a file that is written as it is.
func (o *output) plain(name string) (io.Writer, error) {
	f, err := o.create(name)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(f.file, 1<<16)
	f.finish = w.Flush
	return w, nil
}

// compressed starts a file in BGZF.
func (o *output) compressed(name string, level int) (io.Writer, error) {
	f, err := o.create(name)
	if err != nil {
		return nil, err
	}
	z, err := bgzf.NewWriter(f.file, level)
	if err != nil {
		return nil, fmt.Errorf("compress sample file: %w", err)
	}
	w := bufio.NewWriterSize(z, 1<<16)
	f.finish = func() error {
		if err := w.Flush(); err != nil {
			return err
		}
		return z.Close()
	}
	return w, nil
}

// commit finishes all files and gives them their names.
func (o *output) commit() error {
	for _, f := range o.files {
		if err := f.finish(); err != nil {
			return fmt.Errorf("write sample file %s: %w", filepath.Base(f.path), err)
		}
		if err := f.file.Close(); err != nil {
			return fmt.Errorf("write sample file %s: %w", filepath.Base(f.path), err)
		}
	}
	for _, f := range o.files {
		if err := os.Rename(f.path+partial, f.path); err != nil {
			return fmt.Errorf("name sample file: %w", err)
		}
	}
	o.files = nil
	return nil
}

// abandon removes what was not committed.
func (o *output) abandon() {
	for _, f := range o.files {
		f.file.Close()
		os.Remove(f.path + partial)
	}
}
