package warehouse

import (
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Names is how metadata and rows of state speak of files, which outlasts the move of them all.
type Names interface {
	// Dir is the path that all files are below.
	Dir() string
	// Locations lists what they may call the place of all: first what they do from now on, then what it was before a
	// relocation that has not ended.
	Locations() []string
	// TableName is what they call the folder of the table of a store or version by its id, from now on.
	TableName(id string) string
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
	// Inside is the path below Dir by these names, each of one folder or file, which need not exist: ErrOutside when it is
	// none of these files'.
	Inside(elements ...string) (path string, err error)
	// OwnTable refuses a name for the folder of the table of that id when it is not TableName's, by any of the locations:
	// ErrOutside.
	OwnTable(id, location string) error
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

// ReferenceDir is the path of the folder with a reference's files.
func ReferenceDir(names Names, storeID, referenceID string) (string, error) {
	return names.Inside("references", storeID, referenceID)
}

// JobDir is the path of the folder with an import job's data files, in that of its own table.
func JobDir(names Names, tableID, location, jobID string) (string, error) {
	if err := names.OwnTable(tableID, location); err != nil {
		return "", err
	}
	return names.Path(filepath.Join(location, "data", jobID))
}

// Below gives the path from dir on to what is in it; "" is dir itself. Both are clean.
func Below(dir, path string) (rel string, ok bool) {
	if path == dir {
		return "", true
	}
	return strings.CutPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

// CheckName refuses what is no absolute path, or would mean another place when cleaned.
func CheckName(path string) error {
	switch {
	case !filepath.IsAbs(path):
		return errors.New("it is no absolute path")
	case strings.ContainsRune(path, 0):
		return errors.New("it has a NUL")
	case slices.Contains(strings.Split(path, "/"), ".."):
		return errors.New(`it has ".." in it`)
	}
	return nil
}

// In is how Iceberg metadata names what is below the folder that it, or a row of state, calls name.
func In(name string, elements ...string) string {
	return URI(filepath.Join(append([]string{Shown(name)}, elements...)...))
}

// URI is how Iceberg metadata names a file. A path with spaces and such is escaped, as iceberg-go does
// whatever we do; PyIceberg unescapes nothing and so cannot open tables below such a path.
func URI(name string) string { return (&url.URL{Scheme: "file", Path: name}).String() }

// LocalPath is the opposite of URI. What begins with a slash is a path already; no other URI is understood.
func LocalPath(name string) (string, error) {
	if strings.HasPrefix(name, "/") {
		return name, nil
	}
	parsed, err := url.Parse(name)
	switch {
	case err != nil || parsed.Scheme != "file":
		return "", errors.New("it is neither an absolute path nor a file URI")
	case parsed.Host != "" && parsed.Host != "localhost", parsed.User != nil:
		return "", errors.New("it is a file of another machine")
	case parsed.Opaque != "", parsed.RawQuery != "", parsed.ForceQuery, parsed.Fragment != "":
		return "", errors.New("it is no file URI of a path alone")
	}
	return parsed.Path, nil
}

// Shown is a name as messages have it.
func Shown(name string) string {
	if path, err := LocalPath(name); err == nil {
		return path
	}
	return name
}
