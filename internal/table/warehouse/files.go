package warehouse

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Files are the files of tables, wherever those are: in a Folder, and one day in a bucket. Paths are those that the resolver gave for names, or
// below one. They are safe for concurrent use, but for a Writer and a Reader, which are for one goroutine, and a Reader's ReadAt, which is for any.
//
// What is permanent: an error that is fs.ErrExist, fs.ErrNotExist or ErrOutside comes again however often the call is made. Any other may pass. An
// implementation tries again what its way to the files may lose, as long as nobody can tell that it did; a folder has nothing such. Its callers try
// the whole act again: after a failed call the files are as before, or the call's work is done and is done again without harm, except that a file
// of a failed Commit may be there until Abort, or the removal of its folder, takes it away.
type Files interface {
	// Create begins a file where there is none: fs.ErrExist. Of two that create one at the same time one does. Its folder must be there.
	Create(path string) (Writer, error)
	// Open opens a file for reading any part of it. Those who have it open read on when it is removed.
	Open(path string) (Reader, error)
	// ReadFile reads a whole file.
	ReadFile(path string) ([]byte, error)
	// List lists the files in a folder and below, by path; none when it is not there. What vanishes or comes meanwhile may be left out.
	List(dir string) ([]File, error)
	// Remove removes a file: fs.ErrNotExist when it is gone already.
	Remove(path string) error
	// RemoveTree removes what is at a path, and all below. Nothing there is nothing to remove.
	RemoveTree(path string) error
}

// Writer is a file under construction.
type Writer interface {
	io.Writer
	Name() string // its path
	// Commit closes the file. When it returns nil the file is there for good, whole and under its name, whatever happens to this machine.
	Commit() error
	// Abort closes the file and removes it, as far as it can. It may follow a failed Commit.
	Abort()
}

// Reader is an open file.
type Reader interface {
	io.ReaderAt
	io.Closer
	Name() string // its path
	Size() int64  // bytes
}

var _ Files = (*Folder)(nil)

// Create makes a file in the folder, as open as the folder that it is in.
func (f *Folder) Create(path string) (Writer, error) {
	file, err := f.OpenNew(path, os.O_EXCL)
	if err != nil {
		return nil, err
	}
	return &newFile{file, f}, nil
}

// newFile is a file that is being written.
type newFile struct {
	*os.File
	folder *Folder
}

func (f *newFile) Commit() error {
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync file: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("close file: %w", err)
	}
	return SyncDir(filepath.Dir(f.Name()))
}

func (f *newFile) Abort() {
	f.Close()
	_ = f.folder.Remove(f.Name()) // what stays behind is removed with its folder
}

// Open opens a file of the folder.
func (f *Folder) Open(path string) (Reader, error) {
	if err := f.holds(path); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
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
	return os.ReadFile(path)
}

// holds refuses a path that is none of the folder's.
func (f *Folder) holds(path string) error {
	if _, ok := Below(f.dir, filepath.Clean(path)); !ok {
		return fmt.Errorf("%q is %w", path, ErrOutside)
	}
	return nil
}

// SyncDir brings the names in a folder to disk.
func SyncDir(path string) error {
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
