package warehouse

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Open opens a file of the folder. Who has it open reads on when it is removed.
func (f *Folder) Open(path string) (Reader, error) {
	if err := f.holds(path); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, f.away(err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &openFile{file, info.Size()}, nil
}

// openFile is a file to read.
type openFile struct {
	*os.File
	size int64
}

func (f *openFile) Size() int64 { return f.size }

// ReadFile reads a file of the folder.
func (f *Folder) ReadFile(path string) ([]byte, error) {
	if err := f.holds(path); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	return content, f.away(err)
}

// Stat looks at a file of the folder, also by a link.
func (f *Folder) Stat(path string) (File, error) {
	if err := f.holds(path); err != nil {
		return File{}, err
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return File{}, f.away(err)
	}
	return File{path, info.Size(), info.ModTime()}, nil
}

// Free is how many bytes of its disk whoever runs this process may write.
func (f *Folder) Free(path string) (bytes uint64, err error) {
	if err := f.holds(path); err != nil {
		return 0, fmt.Errorf("look for free space: %w", err)
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(path, &disk); err != nil {
		return 0, fmt.Errorf("look for free space: %w", f.away(err))
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}

// away is an error of reading a file: fs.ErrNotExist when there is none, unless nothing can be said of that, as the
// folder was replaced.
func (f *Folder) away(err error) error {
	if errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR) {
		err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return cmp.Or(f.Verify(), err)
}

// holds refuses a path that is none of the folder's.
func (f *Folder) holds(path string) error {
	if _, ok := Below(f.dir, filepath.Clean(path)); !ok {
		return fmt.Errorf("%q is %w", path, ErrOutside)
	}
	return nil
}
