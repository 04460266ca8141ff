package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Tables is where the tables of a data folder are, each in a folder of its own.
const Tables = "tables"

// ErrOutside says that a name or a path is not of the data folder. Nothing is opened, written, listed or removed there.
var ErrOutside = errors.New("outside of the data folder")

// ErrNotOwn says that a table's metadata is recorded to be in another table's folder.
var ErrNotOwn = fmt.Errorf("another table's: %w", ErrOutside)

// ErrReplaced says that another folder, or none, is where the data folder was when it was opened. Nothing is opened,
// written, listed or removed there.
var ErrReplaced = errors.New(
	"the data folder was moved away or replaced by another while it was served: stop this server")

// ErrUnreachable says that nobody can tell what is where the data folder was, as when a file server is away. Nothing is
// opened, written, listed or removed there.
var ErrUnreachable = errors.New("the data folder cannot be looked at")

// Folder is a data folder: where it is now, and the location that its metadata speaks of.
//
// Iceberg's metadata names files by absolute paths. Those are names, which say where other engines look for the files;
// every one of them passes Path before a file is touched, so that a folder that was moved answers as before, and a copy
// never touches its original. A Folder does not change; it is safe for concurrent use.
type Folder struct {
	dir       string      // absolute
	real      string      // dir without symbolic links
	root      *os.Root    // what is made and removed is so by this
	opened    fs.FileInfo // which folder it is
	locations []string    // what metadata may call the folder: files are named by the first, the others are of before
}

// NewFolder describes the data folder dir, an absolute path. Its metadata calls it location and, as long as a
// relocation has not ended, one of former: absolute paths too, which need not exist.
func NewFolder(dir, location string, former ...string) (*Folder, error) {
	if !filepath.IsAbs(dir) {
		return nil, fmt.Errorf("data folder %q: it is no absolute path", dir)
	}
	f := &Folder{dir: filepath.Clean(dir)}
	var err error
	if f.real, err = filepath.EvalSymlinks(f.dir); err != nil {
		return nil, fmt.Errorf("find data folder: %w", err)
	}
	if f.root, err = os.OpenRoot(f.dir); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	if f.opened, err = f.root.Stat("."); err != nil {
		return nil, fmt.Errorf("find data folder: %w", err)
	}
	for _, name := range append([]string{location}, former...) {
		if err := CheckName(name); err != nil {
			return nil, fmt.Errorf("location %q of the data folder: %w", name, err)
		}
		if name = filepath.Clean(name); !slices.Contains(f.locations, name) {
			f.locations = append(f.locations, name)
		}
	}
	return f, nil
}

// Dir is where the folder is, absolute.
func (f *Folder) Dir() string { return f.dir }

// Verify holds what is at the folder's place to the folder that was opened. The error is ErrReplaced when it is another
// or none: the disk that it is on may be away. Any other error is an ErrUnreachable. Whoever removes something asks
// right before: a path that was found earlier may lead into another folder by now.
func (f *Folder) Verify() error {
	info, err := os.Stat(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(info, f.opened):
		return ErrReplaced
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return nil
}

// Location is what metadata that is written now calls the folder.
func (f *Folder) Location() string { return f.locations[0] }

// Locations lists what metadata may call the folder: Location first, then what it was before a relocation that has not
// ended.
func (f *Folder) Locations() []string { return slices.Clone(f.locations) }

// TableName is what metadata calls the folder of a table.
func (f *Folder) TableName(id string) string {
	return filepath.Join(f.Location(), Tables, id)
}

// Path is where the file or folder is that metadata, or a row of state, calls name: a path or a file URI of the table's
// folder or below. It need not exist. The error is ErrOutside when it is none of the data folder, or a symbolic link on
// the way leads out of that, and ErrReplaced when the data folder is another by now.
func (f *Folder) Path(name string) (string, error) {
	_, rel, err := f.locate(name)
	if err != nil {
		return "", err
	}
	return f.inside(rel)
}

// locate finds by which of its locations a name speaks of the folder, and what it names from there on. Of locations
// that are within each other the longest that fits is meant: with /v and /v/tables, /v/tables/tables/ID is a table of
// the second, as no table's folder is called tables or has such a folder in it.
func (f *Folder) locate(name string) (location, rel string, err error) {
	path, err := LocalPath(name)
	if err == nil {
		err = CheckName(path)
	}
	if err != nil {
		return "", "", fmt.Errorf("%q is %w: %w", name, ErrOutside, err)
	}
	path = filepath.Clean(path)
	for _, candidate := range f.locations {
		after, ok := Below(candidate, path)
		if ok && strings.HasPrefix(after, Tables+"/") && len(candidate) > len(location) {
			location, rel = candidate, after
		}
	}
	if location != "" {
		return location, rel, nil
	}
	return "", "", fmt.Errorf("%q is %w, whose tables are below %s", name, ErrOutside, filepath.Join(f.Location(), Tables))
}

// OwnTable refuses what a row of state has as the folder of the table of a store or version when it is not that of its
// id: it is another's then, and not this one's to write or remove. The error is an ErrOutside too.
func (f *Folder) OwnTable(id, location string) error {
	_, rel, err := f.locate(location)
	if err == nil && rel != Tables+"/"+id {
		err = &foreignError{location, f.TableName(id)}
	}
	return err
}

// OwnMetadata refuses what the catalog has as the metadata of the table in the folder location when it is not in that
// folder: rows of another table would be read, or added to it. The error is ErrNotOwn when it is in another's, which is
// an ErrOutside too.
func (f *Folder) OwnMetadata(location, metadata string) error {
	_, own, err := f.locate(location)
	if err != nil {
		return err
	}
	_, rel, err := f.locate(metadata)
	if err == nil && filepath.Dir(rel) != own+"/metadata" {
		err = fmt.Errorf("its metadata is recorded as %s, which is not in its own folder, %s: it is %w", Shown(metadata),
			Shown(location), ErrNotOwn)
	}
	return err
}

// foreignError says that a table's folder is recorded to be another's.
type foreignError struct{ location, own string }

func (e *foreignError) Error() string {
	return fmt.Sprintf("its folder is recorded as %s, which is not its own, %s", e.location, e.own)
}

func (e *foreignError) Unwrap() error { return ErrOutside }

// Name is what metadata calls a file of a table at path, an absolute path that Path gave or one below.
func (f *Folder) Name(path string) (string, error) {
	rel, ok := Below(f.dir, filepath.Clean(path))
	if !ok || !strings.HasPrefix(rel, Tables+"/") {
		return "", fmt.Errorf("%q is %w", path, ErrOutside)
	}
	return filepath.Join(f.Location(), rel), nil
}

// Inside is where what is below the folder by these names is, as Path finds what metadata names.
func (f *Folder) Inside(elements ...string) (string, error) {
	for _, element := range elements {
		if element == "." || element == ".." || element == "" || strings.ContainsAny(element, "/\x00") {
			return "", fmt.Errorf("%q is %w", filepath.Join(elements...), ErrOutside)
		}
	}
	rel := filepath.Join(elements...)
	return f.inside(rel)
}

// inside joins rel to the folder, unless a link on the way leads out of it.
func (f *Folder) inside(rel string) (string, error) {
	if err := f.Verify(); err != nil {
		return "", err
	}
	return f.walk(rel, nil)
}

// walk is inside of a folder that was verified. Folders that are known are not looked at; those that it looks at become
// so, unless known is nil.
func (f *Folder) walk(rel string, known map[string]bool) (string, error) {
	for end := 0; end < len(rel); end++ {
		if next := strings.IndexByte(rel[end:], '/'); next >= 0 {
			end += next
		} else {
			end = len(rel)
		}
		if known[rel[:end]] {
			continue
		}
		path := filepath.Join(f.dir, rel[:end])
		info, err := os.Lstat(path)
		if err != nil {
			break // there is nothing, and so no link, from here on; or whoever opens it learns why
		}
		if info.Mode().Type() == fs.ModeSymlink {
			err := f.leads(rel[:end])
			var out *LinkError
			if errors.As(err, &out) {
				return "", &LinkError{f.dir, filepath.Join(f.dir, rel), path, out.target}
			}
			if err != nil {
				return "", err
			}
		}
		if known != nil && end < len(rel) {
			known[rel[:end]] = true
		}
	}
	return filepath.Join(f.dir, rel), nil
}

// Called is the folder by other locations: absolute paths, as NewFolder takes them.
func (f *Folder) Called(locations ...string) (Files, error) {
	return NewFolder(f.dir, locations[0], locations[1:]...)
}

// Finder is Path by which the data folder is verified, and each folder in it looked at, once.
func (f *Folder) Finder() Finder { return &finder{folder: f} }

type finder struct {
	folder *Folder
	known  map[string]bool // folders from the data folder on
}

func (f *finder) Path(name string) (string, error) {
	_, rel, err := f.folder.locate(name)
	if err != nil {
		return "", err
	}
	if f.known == nil {
		if err := f.folder.Verify(); err != nil {
			return "", err
		}
		f.known = map[string]bool{}
	}
	return f.folder.walk(rel, f.known)
}

// LinkError says that the way to what is at a path goes over a symbolic link out of the data folder, or to nothing.
type LinkError struct{ dir, path, link, target string }

func (e *LinkError) Error() string { return fmt.Sprintf("%q is %s", e.path, e.Reason()) }

// Reason says which link it is.
func (e *LinkError) Reason() string {
	if e.target == "" {
		return fmt.Sprintf("%v: the link %s leads to what is not there", ErrOutside, e.link)
	}
	return fmt.Sprintf("%v: the link %s leads to %s", ErrOutside, e.link, e.target)
}

func (e *LinkError) Unwrap() error { return ErrOutside }

// LinkOut gives the symbolic link over which a name or a path is outside of the data folder, from that on, by an error
// of Path or Inside; "" when it is none.
func LinkOut(err error) string {
	var link *LinkError
	if errors.As(err, &link) {
		rel, _ := Below(link.dir, link.link)
		return rel
	}
	return ""
}

// Shown is where what metadata calls name is, for people: also when it must not be touched. What is no name of the
// folder stays as it is.
func (f *Folder) Shown(name string) string {
	if _, rel, err := f.locate(name); err == nil {
		return filepath.Join(f.dir, rel)
	}
	return Shown(name)
}

// Rename gives the name by which metadata that is written now calls what name is: a path or a file URI, as name is one.
func (f *Folder) Rename(name string) (string, error) {
	_, rel, err := f.locate(name)
	if err != nil {
		return "", err
	}
	renamed := filepath.Join(f.Location(), rel)
	if !strings.HasPrefix(name, "/") {
		renamed = URI(renamed)
	}
	return renamed, nil
}

// removeDir removes an empty folder at a path that Path gave, or below one, and no link to one.
func (f *Folder) removeDir(path string) error {
	info, err := f.lstat(path)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return err
	}
	return f.Remove(path)
}
