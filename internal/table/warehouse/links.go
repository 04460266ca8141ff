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

// links are the real places, without links, that the folders of a data folder's tables are at, and those that links in
// them lead to: what is there may be a table's, whoever's folder it is in.
type links struct {
	folder  *Folder
	places  []place
	visited map[place]bool
}

type place struct {
	table string // the name of the table's folder
	at    string // the path of that folder, or of a link in it, from the data folder's on
	path  string // where that is
}

// Links looks for the links in the folders below tables/, and in those that they lead to within the data folder. A link
// to what is not there leads nowhere.
func (f *Folder) Links() (Links, error) {
	l := &links{folder: f, visited: map[place]bool{}}
	dir, err := f.Inside(Tables)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for links: %w", err)
	}
	for _, entry := range entries {
		if err := l.follow(entry.Name(), filepath.Join(dir, entry.Name())); err != nil {
			return nil, fmt.Errorf("look for links: %w", err)
		}
	}
	return l, nil
}

// follow adds the place of a path of a table's, and those that links in it lead to.
func (l *links) follow(table, at string) error {
	if _, err := os.Stat(at); errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP) {
		return nil
	}
	real, err := filepath.EvalSymlinks(at)
	if err != nil {
		return err
	}
	visit := place{table: table, path: real}
	if _, ok := Below(l.folder.real, real); !ok || l.visited[visit] {
		return nil
	}
	l.visited[visit] = true
	l.places = append(l.places, place{table, at, real})
	return filepath.WalkDir(real, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type() == fs.ModeSymlink {
			err = l.follow(table, at+strings.TrimPrefix(path, real))
		}
		if errors.Is(err, fs.ErrNotExist) { // gone meanwhile
			return nil
		}
		return err
	})
}

// Spare gives those of files, which are in the folder location, that are nowhere where another table, or a link in the
// table's own folder, leads to.
func (l *links) Spare(location string, files []File) (rest []File, err error) {
	table := filepath.Base(Shown(location))
	dirs := map[string]string{}
	for _, file := range files {
		dir, name := filepath.Split(file.Path)
		real, ok := dirs[dir]
		if !ok {
			if real, err = filepath.EvalSymlinks(dir); errors.Is(err, fs.ErrNotExist) {
				continue // gone meanwhile
			} else if err != nil {
				return nil, fmt.Errorf("find file: %w", err)
			}
			dirs[dir] = real
		}
		if !l.leadTo(table, file.Path, filepath.Join(real, name)) {
			rest = append(rest, file)
		}
	}
	return rest, nil
}

// leadTo reports whether links, or folders, that a table's path at does not go by lead to where that is.
func (l *links) leadTo(table, at, path string) bool {
	return slices.ContainsFunc(l.places, func(p place) bool {
		_, there := Below(p.path, path)
		_, by := Below(p.at, at)
		return there && !(by && p.table == table)
	})
}

// Lead reports whether another table's folder is at the one below tables/ of that name, or links of others lead to it
// or into it.
func (l *links) Lead(name string) bool {
	// its own folder is before the links in it
	n := slices.IndexFunc(l.places, func(p place) bool { return p.table == name })
	if n < 0 {
		return false
	}
	own := l.places[n].path
	return l.leadTo(name, l.places[n].at, own) || slices.ContainsFunc(l.places, func(p place) bool {
		_, ok := Below(own, p.path)
		return ok && p.table != name
	})
}

// IsLink reports whether the folder of that name is a symbolic link.
func (l *links) IsLink(name string) bool {
	info, err := l.folder.lstat(filepath.Join(l.folder.dir, Tables, name))
	return err == nil && info.Mode().Type() == fs.ModeSymlink
}
