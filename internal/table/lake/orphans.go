package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is a file in a table's folder.
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

// metadataSuffix is what the names of metadata files end with.
const metadataSuffix = ".metadata.json"

// IsTable reports whether a folder holds what a table's would: metadata, or files of rows. One that cannot be read counts as if it did.
func IsTable(dir string) bool {
	names, err := metadataNames(filepath.Join(dir, "metadata"))
	if err != nil || len(names) > 0 {
		return true
	}
	for _, pattern := range []string{"data/*/*.parquet", "data/*/*/*.parquet", "data/*/*/*/*.parquet"} {
		found, err := fs.Glob(os.DirFS(dir), pattern)
		if err != nil || len(found) > 0 {
			return true
		}
	}
	return false
}

// IsLink reports whether a path is a symbolic link.
func IsLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().Type() == fs.ModeSymlink
}

// Orphans gives those of files, which a folder held before metadataLocation was looked up, that the table does not need: no kept snapshot
// has them, and they are not metadata that the pointer or its log names. What a commit under way has written is among them, and what another
// table needs to which a link leads: Links.Spare.
func Orphans(ctx context.Context, folder *Folder, metadataLocation string, files []File) (orphans []File, err error) {
	needed, err := needed(ctx, folder, metadataLocation)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if !needed[file.Path] {
			orphans = append(orphans, file)
		}
	}
	return orphans, nil
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
		if _, ok := below(table, file.Path); !ok {
			errs = append(errs, fmt.Errorf("remove files: %s is not in %s", file.Path, table))
			continue
		}
		err := folder.removeFile(file.Path)
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

// Sweep removes from the table's metadata folder what a process left there that was killed before its commit's pointer
// was swapped: files that neither the current metadata nor its log needs. Nothing may be committing to the table meanwhile.
func Sweep(ctx context.Context, folder *Folder, metadataLocation string) (removed int, err error) {
	dir := filepath.Dir(shown(metadataLocation))
	files, err := ListFiles(folder, dir)
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	orphans, err := Orphans(ctx, folder, metadataLocation, files)
	if err != nil {
		return 0, err
	}
	if len(orphans) == 0 {
		return 0, nil
	}
	links, err := folder.Links()
	if err == nil {
		orphans, err = links.Spare(filepath.Dir(dir), orphans)
	}
	if err == nil {
		err = RemoveFiles(folder, filepath.Dir(dir), orphans)
	}
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	return len(orphans), nil
}
