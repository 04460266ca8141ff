package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// What is made and removed in a data folder is so in the one that was opened, wherever it is by now: see held.go.
// Verify comes first for what it says.

// within is what of the folder a path is that Path or Inside gave, or one below: relative to its root, with no link on
// the way to its last part.
func (f *Folder) within(path string) (string, error) {
	if err := f.Verify(); err != nil {
		return "", err
	}
	rel, err := f.below(path)
	if err == nil && rel == "." {
		err = fmt.Errorf("%q is %w", path, ErrOutside)
	}
	if err != nil {
		return "", err
	}
	return f.straight(rel, false)
}

// makeFolder makes a folder below the data folder, and those above it that are missing, each as open as the one that
// it is in.
func (f *Folder) makeFolder(path string) error {
	making.Lock()
	defer making.Unlock()
	if err := f.Verify(); err != nil {
		return err
	}
	rel, err := f.below(path)
	if err == nil {
		rel, err = f.straight(rel, true)
	}
	if err != nil {
		return err
	}
	return f.makeDirs(rel)
}

// makeDirs makes what is missing of a way without links.
func (f *Folder) makeDirs(rel string) error {
	info, err := f.root.Lstat(rel)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("make folder: %s is a file", filepath.Join(f.dir, rel))
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := f.makeDirs(filepath.Dir(rel)); err != nil {
		return err
	}
	if err := f.root.Mkdir(rel, OwnDir); err != nil {
		if errors.Is(err, fs.ErrExist) { // another goroutine was first
			return nil
		}
		return err
	}
	mode := OwnDir
	if f.shared(filepath.Dir(rel)) {
		mode = SharedDir
	}
	if err := f.root.Chmod(rel, mode); err != nil {
		return err
	}
	return f.syncDir(filepath.Dir(rel)) // or a file that is committed in it may be lost with its folder
}

// openNew opens a file below the data folder for writing, with flags beside those, and makes it as open as the folder
// that it is in. With O_TRUNC it replaces the one that is there, which may be another folder's too, by a hard link.
func (f *Folder) openNew(path string, flags int) (*os.File, error) {
	rel, err := f.within(path)
	if err != nil {
		return nil, err
	}
	if flags&os.O_TRUNC != 0 {
		if err := f.root.Remove(rel); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	file, err := f.root.OpenFile(rel, flags|os.O_CREATE|os.O_WRONLY, OwnFile)
	if err != nil {
		return nil, err
	}
	mode := OwnFile
	if f.shared(filepath.Dir(rel)) {
		mode = SharedFile
	}
	if err := file.Chmod(mode); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// move gives a file below the data folder another place there, whose file it replaces.
func (f *Folder) move(from, to string) error {
	old, err := f.within(from)
	if err != nil {
		return err
	}
	rel, err := f.within(to)
	if err != nil {
		return err
	}
	return f.root.Rename(old, rel)
}

func (f *Folder) shared(rel string) bool {
	info, err := f.root.Stat(rel)
	return err == nil && SharedInfo(info)
}

// RemoveTable removes a table's folder by its name, with all that is in it but what links of other tables lead to.
func (f *Folder) RemoveTable(location string) error {
	path, err := f.Path(location)
	if err != nil {
		return err
	}
	info, err := f.lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	links, err := f.Links()
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSymlink && links.Lead(filepath.Base(path)) {
		files, err := ListFiles(f, location)
		if err == nil {
			files, err = links.Spare(location, files)
		}
		if err != nil {
			return err
		}
		return f.RemoveFiles(location, files)
	}
	return f.RemoveTree(path)
}

// RemoveTree removes what is at a path that Path or Inside gave, or below one, with all that is in it. No path is
// nothing to remove.
func (f *Folder) RemoveTree(path string) error {
	if path == "" {
		return nil
	}
	rel, err := f.within(path)
	if err != nil {
		return err
	}
	return f.root.RemoveAll(rel)
}

// Remove removes a file, or an empty folder, at such a path. What is gone already is no error.
func (f *Folder) Remove(path string) error {
	rel, err := f.within(path)
	if err != nil {
		return err
	}
	if err := f.root.Remove(rel); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
