package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// errDataInUse says that another process has the data folder.
var errDataInUse = errors.New("the data folder is in use by a server or another command")

// dataLock keeps other processes off a data folder until it is closed or the process ends.
type dataLock struct{ held []*os.File }

// Close gives the folder free.
func (l *dataLock) Close() error {
	var errs []error
	for _, file := range l.held {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// lockData takes the data folder for this process. Two things are locked: the folder itself, which nobody can replace
// without its becoming another folder, and the file "lock" in it, which holds off programs of before. A file system
// that cannot lock a folder (NFS) leaves it at the file; one that cannot be written and has no such file, at the
// folder. A folder whose state or lock is another's too is refused.
func lockData(paths dataPaths) (_ *dataLock, err error) {
	lock := &dataLock{}
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.Close())
			return
		}
		_ = os.Remove(paths.runtime()) // of a server that was killed: nobody shall look for it
	}()
	if err := paths.unshared(); err != nil {
		return nil, err
	}
	dir, err := os.Open(paths.dir)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	ofFolder := lock.take(dir)
	if errors.Is(ofFolder, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s: %w", paths.dir, errDataInUse)
	}
	file, err := openLock(paths.lock())
	if err != nil {
		if ofFolder == nil && cannotWrite(err) {
			return lock, nil
		}
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := lock.take(file); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s: %w", paths.dir, errDataInUse)
	} else if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	return lock, nil
}

// openLock opens the lock file for writing, which NFS wants of it, and makes it when there is none; on a read-only disk
// as it is.
func openLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil && cannotWrite(err) {
		if readable, e := os.Open(path); e == nil {
			return readable, nil
		}
	}
	return file, err
}

// take locks a file, which it closes with the lock.
func (l *dataLock) take(file *os.File) error {
	l.held = append(l.held, file)
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// cannotWrite reports whether an error says that a disk, or a folder, takes nothing: it is full, read-only, over quota
// or somebody else's.
func cannotWrite(err error) bool {
	for _, cause := range []error{syscall.ENOSPC, syscall.EROFS, syscall.EDQUOT, fs.ErrPermission} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}
