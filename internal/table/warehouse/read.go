package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Open opens a file of the folder. Who has it open reads on when it is removed.
func (f *Folder) Open(path string) (Reader, error) {
	file, err := held(f, path, f.root.Open)
	if err != nil {
		return nil, missing(err)
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

// Local is the path itself.
func (f *Folder) Local(path string) (string, error) {
	if _, err := f.below(path); err != nil {
		return "", err
	}
	return path, nil
}

// ReadFile reads a file of the folder.
func (f *Folder) ReadFile(path string) ([]byte, error) {
	content, err := held(f, path, f.root.ReadFile)
	return content, missing(err)
}

// Stat looks at a file of the folder, also by a link.
func (f *Folder) Stat(path string) (File, error) {
	info, err := held(f, path, f.root.Stat)
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return File{}, missing(err)
	}
	return File{path, info.Size(), info.ModTime()}, nil
}

// Free is how many bytes of its disk whoever runs this process may write.
func (f *Folder) Free(path string) (bytes uint64, err error) {
	file, err := held(f, path, f.root.Open)
	if err != nil {
		return 0, fmt.Errorf("look for free space: %w", missing(err))
	}
	defer file.Close()
	var disk syscall.Statfs_t
	if err := syscall.Fstatfs(int(file.Fd()), &disk); err != nil {
		return 0, fmt.Errorf("look for free space: %w", err)
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}

// missing is an error of reading a file: fs.ErrNotExist when there is none.
func missing(err error) error {
	if errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR) {
		err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}
