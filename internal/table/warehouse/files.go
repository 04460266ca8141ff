package warehouse

import (
	"io"
	"time"
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
	// Verify tells whether the files are still where they were: ErrReplaced when others, or none, are in their place, or
	// ErrUnreachable. Nothing is done with the files then, nor do errors of before say anything of them.
	Verify() error
	// Create begins a file where there is none: fs.ErrExist, from this call or from the Commit. Of two that create one at
	// the same time one does. What folders it takes are made.
	Create(path string) (Writer, error)
	// Open opens a file for reading any part of it: fs.ErrNotExist when there is none. Whether it can be read on when it
	// is removed is not said.
	Open(path string) (Reader, error)
	// ReadFile reads a whole file: fs.ErrNotExist when there is none.
	ReadFile(path string) ([]byte, error)
	// Put writes a whole file, in the place of one that may be there: who reads meanwhile, and after a failure everybody,
	// has that or the new one. When it returns nil the new one is there for good. Of several at the same time one is last.
	// What folders it takes are made.
	Put(path string, content []byte) error
	// Stat tells of a file what List would: fs.ErrNotExist, and the zero File, when there is none.
	Stat(path string) (File, error)
	// List lists all files below a path, however many, in the order of the bytes of their paths; none when there are none,
	// or a file is there. What vanishes or comes meanwhile may be left out.
	List(dir string) ([]File, error)
	// Entries names what is right below a path, files and folders of files, in the order of the bytes of their names; none
	// when there is nothing, or a file is there. A folder that it names may have no file in it.
	Entries(dir string) ([]string, error)
	// Remove removes a file. One that is gone already is no error.
	Remove(path string) error
	// RemoveFiles removes files of the table in the folder that metadata calls location, and nothing elsewhere. Those that
	// are gone already are no error; after an error some may be.
	RemoveFiles(location string, files []File) error
	// RemoveTree removes the file at a path, and all below it. Nothing there is nothing to remove; after an error some may
	// be gone.
	RemoveTree(path string) error
	// RemoveTable removes all that is in the folder of a table, by its name, but what other tables have too. Nothing there
	// is nothing to remove; after an error some may be gone.
	RemoveTable(location string) error
	// Links looks for what tables have too by a path of another's.
	Links() (Links, error)
}

// File is a file as a listing has it.
type File struct {
	Path     string
	Bytes    int64
	Modified time.Time // when its content was written, by the clock of the place, to the second at least
}

// Links tells which files are of several tables, or of none that their paths tell of, as of when it was made: in a
// folder its owner makes links. Where there is no such thing all files are their table's own.
type Links interface {
	// Spare gives those of files, which are listed of the table in the folder location, that no other table has too by a
	// path of its own.
	Spare(location string, files []File) ([]File, error)
	// Lead reports whether what is in the folder below tables/ of that name is another table's, too.
	Lead(name string) bool
	// IsLink reports whether the folder below tables/ of that name is itself elsewhere, so that what is in it need not be
	// its own.
	IsLink(name string) bool
}

// Local is what Files are, too, when other programs of this machine open them by paths, as DuckDB does. It is the one
// place where a path leaves the seam.
type Local interface {
	// Local is how another program on this machine calls the file at a path that was found by its name: ErrOutside when it
	// is none of these files'. It may read the file as long as nobody removes it.
	Local(path string) (string, error)
}

// Disk is what Files are, too, when there is room for so much and no more: a Folder is, by the disk that it is on. A
// bucket has no such bound, and is none: what is written there fits.
type Disk interface {
	// Free is how many bytes can be written at a path where something is: fs.ErrNotExist when there is nothing.
	Free(path string) (bytes uint64, err error)
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
