package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is a file as a listing has it.
type File struct {
	Path  string // absolute
	Bytes int64
}

// ListFiles lists the files of the table in the folder location, and of those below it, by path; none when it is not there. What vanishes
// meanwhile is left out. The folder may be a link; a link in it is no file, and what it leads to is not listed.
func ListFiles(folder *Folder, location string) (files []File, err error) {
	dir, err := folder.Path(location)
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return folder.List(dir)
}

// List lists the files of a folder in the data folder. It may be a link; a link in it is no file.
func (f *Folder) List(dir string) (files []File, err error) {
	if err := f.holds(dir); err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	err = filepath.WalkDir(real, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Type() != fs.ModeSymlink {
			var info fs.FileInfo
			if info, err = entry.Info(); err == nil {
				files = append(files, File{dir + strings.TrimPrefix(path, real), info.Size()})
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return files, nil
}

// IsLink reports whether a path is a symbolic link.
func IsLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().Type() == fs.ModeSymlink
}

// RemoveFiles removes files of the table in the folder location, and the folders of its data that this leaves empty. What is gone already is
// no error.
func RemoveFiles(folder *Folder, location string, files []File) error {
	table, err := folder.Path(location)
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
		err := folder.Remove(file.Path)
		if errors.Is(err, ErrReplaced) {
			return errors.Join(append(errs, err)...)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
			continue
		}
		for dir := filepath.Dir(file.Path); strings.HasPrefix(dir, data); dir = filepath.Dir(dir) {
			if folder.removeDir(dir) != nil { // it is not empty, or a link to what need not be
				break
			}
		}
	}
	return errors.Join(errs...)
}
