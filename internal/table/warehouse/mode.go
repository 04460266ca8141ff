package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// What is in a data folder is its owner's alone, or the group's too to read. The folders say which: what is made takes
// after the folder that it is made in, whatever the process's umask.
const (
	OwnDir     fs.FileMode = 0o700
	OwnFile    fs.FileMode = 0o600
	SharedDir              = 0o750 | fs.ModeSetgid // what is made in it is the group's
	SharedFile fs.FileMode = 0o640
)

// IsShared reports whether the group of a folder reads what is in it.
func IsShared(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && SharedInfo(info)
}

// SharedInfo is IsShared of a folder that was looked at already.
func SharedInfo(dir fs.FileInfo) bool { return dir.Mode()&(fs.ModePerm|fs.ModeSetgid) == SharedDir }

// making is held while folders are made: what is made in one meanwhile would take after what it is not yet.
var making sync.Mutex

// MakeDirs makes a folder, and those above it that are missing, each as open as the one that it is in. Safe for
// concurrent use.
func MakeDirs(path string) error {
	making.Lock()
	defer making.Unlock()
	return makeDirs(path)
}

func makeDirs(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("make folder: %s is a file", path)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(path)
	if err := makeDirs(parent); err != nil {
		return err
	}
	if err := os.Mkdir(path, OwnDir); err != nil {
		if errors.Is(err, fs.ErrExist) { // another process was first
			return nil
		}
		return err
	}
	if IsShared(parent) {
		return os.Chmod(path, SharedDir)
	}
	return os.Chmod(path, OwnDir)
}
