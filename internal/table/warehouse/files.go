package warehouse

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Files are the files of tables, wherever those are: in a Folder, and one day in a bucket. What code of tables does
// with files it does by these, so that a place without folders, renames and links can be one too.
//
// A path is clean, begins with a slash and has slashes between its parts. It is one that Path gave for a name, or below
// one; the folders in it are those of a name alone. Files are safe for concurrent use, but for a Writer and a Reader,
// which are for one goroutine, and a Reader's ReadAt, which is for any.
//
// What is permanent: an error that is fs.ErrExist, fs.ErrNotExist or ErrOutside comes again however often the call is
// made. Any other may pass, and tells nothing of what is there. An implementation tries again what its way to the files
// may lose, as long as nobody can tell that it did; a folder has nothing such. Its callers try the whole act again:
// after a failed call the files are as before, or the call's work is done, wholly or in part, and is done again without
// harm. A file of a failed Commit may be there until Abort, or the removal of what it is below, takes it away.
type Files interface {
	Names
	// Create begins a file where there is none: fs.ErrExist, from this call or from the Commit. Of two that create one at
	// the same time one does. What folders it takes are made.
	Create(path string) (Writer, error)
	// Open opens a file for reading any part of it: fs.ErrNotExist when there is none. Whether it can be read on when it
	// is removed is not said.
	Open(path string) (Reader, error)
	// ReadFile reads a whole file: fs.ErrNotExist when there is none.
	ReadFile(path string) ([]byte, error)
	// Size is how many bytes a file has: fs.ErrNotExist when there is none.
	Size(path string) (int64, error)
	// List lists all files below a path, however many, in the order of the bytes of their paths; none when there are none,
	// or a file is there. What vanishes or comes meanwhile may be left out.
	List(dir string) ([]File, error)
	// Remove removes a file. One that is gone already is no error.
	Remove(path string) error
	// RemoveFiles removes files of the table in the folder that metadata calls location, and nothing elsewhere. Those that
	// are gone already are no error; after an error some may be.
	RemoveFiles(location string, files []File) error
	// RemoveTree removes the file at a path, and all below it. Nothing there is nothing to remove; after an error some may
	// be gone.
	RemoveTree(path string) error
	// Spare gives those of files, which are listed of the table in the folder location, that no other table has too by a
	// path of its own.
	Spare(location string, files []File) ([]File, error)
}

// Names is how metadata and rows of state speak of files, which outlasts the move of them all.
type Names interface {
	// Path is where the file or folder is that they call name. It need not exist. ErrOutside when it is none of these
	// files'.
	Path(name string) (path string, err error)
	// Finder is Path for the many files of one table, in one act.
	Finder() Finder
	// Name is what they call what is at a path, from now on.
	Name(path string) (name string, err error)
	// Rename gives what they call what is called name, from now on.
	Rename(name string) (string, error)
	// Shown is where what they call name is, for people: also when it is none of these files'.
	Shown(name string) string
	// OwnMetadata refuses metadata of the table in the folder location that is not in that: ErrNotOwn when it is in
	// another's.
	OwnMetadata(location, metadata string) error
	// Called gives the same files as they are when metadata calls their place by these locations: the first is of what is
	// written now.
	Called(locations ...string) (Files, error)
}

// Finder finds files by their names. It is for one goroutine.
type Finder interface {
	Path(name string) (path string, err error)
}

// Writer is a file under construction.
type Writer interface {
	io.Writer
	Name() string // its path
	// Commit closes the file. When it returns nil the file is there for good, whole and under its name, whatever happens
	// to this machine.
	Commit() error
	// Abort closes the file and removes it, as far as it can. It may follow a failed Commit, and then removes nobody
	// else's.
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

// Create makes a file in the folder, as open as the folder that it is in, and those above it that are missing.
func (f *Folder) Create(path string) (Writer, error) {
	file, err := f.OpenNew(path, os.O_EXCL)
	// Its folder may be removed again between these two, by a RemoveFiles that found it empty.
	for tries := 0; errors.Is(err, fs.ErrNotExist) && tries < 3; tries++ {
		if err := f.MakeDirs(filepath.Dir(path)); err != nil {
			return nil, err
		}
		file, err = f.OpenNew(path, os.O_EXCL)
	}
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
	return syncDir(filepath.Dir(f.Name()))
}

func (f *newFile) Abort() {
	f.Close()
	_ = f.folder.Remove(f.Name()) // what stays behind is removed with its folder
}

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

// Size is the size of a file of the folder.
func (f *Folder) Size(path string) (int64, error) {
	if err := f.holds(path); err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return 0, f.away(err)
	}
	return info.Size(), nil
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

// syncDir brings the names in a folder to disk.
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
