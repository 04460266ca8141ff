package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// resultFile is a file that a result is written to: under a temporary name until it is whole, so that one that ended
// early is not taken for it. What is no plain file, such as a pipe, is written as it is.
type resultFile struct {
	*os.File
	path, temporary string // temporary: empty when there is none
}

// newFile is the mode of a file that was not there, but for the umask.
const newFile = fs.FileMode(0o666)

func createResult(path string) (*resultFile, error) {
	mode := newFile
	switch info, err := os.Stat(path); {
	case err == nil && !info.Mode().IsRegular():
		return openResult(path)
	case err == nil:
		mode = info.Mode().Perm()
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
	}
	r := &resultFile{path: path, temporary: fmt.Sprintf("%s.%d.new", path, os.Getpid())}
	file, err := os.OpenFile(r.temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrPermission) { // the folder takes no new file; the file may be there and be written
		return openResult(path)
	}
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path, pathCause(err))
	}
	r.File = file
	if mode != newFile { // whatever the umask says
		err = file.Chmod(mode)
	}
	if err != nil {
		return nil, r.end(fmt.Errorf("write %s: %w", path, pathCause(err)))
	}
	return r, nil
}

func openResult(path string) (*resultFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return nil, fmt.Errorf("write the result: %w", err)
	}
	return &resultFile{File: file, path: path}, nil
}

// end gives the file its name, unless the writing of it failed.
func (r *resultFile) end(failed error) error {
	err := r.Close()
	switch {
	case r.temporary == "":
	case failed == nil && err == nil:
		err = os.Rename(r.temporary, r.path)
	default:
		_ = os.Remove(r.temporary)
	}
	if failed != nil {
		return failed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", r.path, pathCause(err))
	}
	return nil
}
