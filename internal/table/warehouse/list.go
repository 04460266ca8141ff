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
	if err := f.holds(dir); err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	real, err := filepath.EvalSymlinks(dir)
	var files []File
	if err == nil {
		files, err = listBelow(real, dir)
	} else if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		err = f.Verify()
	}
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// listBelow lists the files below the folder real as if that were dir.
func listBelow(real, dir string) (files []File, err error) {
	err = filepath.WalkDir(real, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Type() != fs.ModeSymlink && path != real {
			var info fs.FileInfo
			if info, err = entry.Info(); err == nil {
				files = append(files, File{dir + strings.TrimPrefix(path, real), info.Size(), info.ModTime()})
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return files, err
}

// Entries names what is in a folder, which may be a link, links in it too.
func (f *Folder) Entries(dir string) (names []string, err error) {
	if err := f.holds(dir); err != nil {
		return nil, fmt.Errorf("list folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		entries, err = nil, f.Verify()
	}
	if err != nil {
		return nil, fmt.Errorf("list folder: %w", err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
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
