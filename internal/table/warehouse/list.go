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

// ListFiles lists the files of the table in the folder location, and of those below it, as Files.List.
func ListFiles(files Files, location string) ([]File, error) {
	dir, err := files.Path(location)
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return files.List(dir)
}

// List lists the files in a folder, which may be a link, and below; a link in it is no file, and what it leads to is
// not listed.
func (f *Folder) List(dir string) ([]File, error) {
	rel, err := f.below(dir)
	if err == nil {
		err = f.Verify()
	}
	if err == nil {
		rel, err = f.straight(rel, true)
	}
	var files []File
	if err == nil {
		files, err = f.list(rel, filepath.Clean(dir))
	}
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// list lists the files in what is at rel, on a way without links, as if that were dir.
func (f *Folder) list(rel, dir string) ([]File, error) {
	info, err := f.root.Lstat(rel)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || err == nil && !info.IsDir() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return listBelow(f.root, rel, dir, nil)
}

// listBelow adds the files below the folder rel of above as if that were dir.
func listBelow(above *os.Root, rel, dir string, files []File) ([]File, error) {
	root, err := above.OpenRoot(rel)
	if errors.Is(err, fs.ErrNotExist) { // gone meanwhile
		return files, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	names, err := namesOf(root, ".")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		info, err := root.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // gone meanwhile
		case err != nil:
			return nil, err
		case info.IsDir():
			if files, err = listBelow(root, name, filepath.Join(dir, name), files); err != nil {
				return nil, err
			}
		case info.Mode().Type() != fs.ModeSymlink:
			files = append(files, File{filepath.Join(dir, name), info.Size(), info.ModTime()})
		}
	}
	return files, nil
}

// namesOf are those of what is in a folder.
func namesOf(root *os.Root, rel string) ([]string, error) {
	dir, err := root.Open(rel)
	if err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(-1)
	return names, errors.Join(err, dir.Close())
}

// Entries names what is in a folder, which may be a link, links in it too.
func (f *Folder) Entries(dir string) (names []string, err error) {
	names, err = held(f, dir, func(rel string) ([]string, error) { return namesOf(f.root, rel) })
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list folder: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// IsLink reports whether a path is a symbolic link.
func IsLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().Type() == fs.ModeSymlink
}

// RemoveFiles removes files of the table in the folder location, and the folders of its data that this leaves empty.
func (f *Folder) RemoveFiles(location string, files []File) error {
	table, err := f.Path(location)
	if err != nil {
		return fmt.Errorf("remove files: %w", err)
	}
	data := filepath.Join(table, "data") + string(filepath.Separator)
	var errs []error
	for _, file := range files {
		if _, ok := Below(table, file.Path); !ok {
			errs = append(errs, fmt.Errorf("remove files: %s is not in %s", file.Path, table))
			continue
		}
		err := f.Remove(file.Path)
		if errors.Is(err, ErrReplaced) {
			return errors.Join(append(errs, err)...)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for dir := filepath.Dir(file.Path); strings.HasPrefix(dir, data); dir = filepath.Dir(dir) {
			if f.removeDir(dir) != nil { // it is not empty, or a link to what need not be
				break
			}
		}
	}
	return errors.Join(errs...)
}
