package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// handover is the folder through which a command hands files to a server. It is worked on by handles: the command may
// be root's, and the uploads folder a user's who puts links in the place of what the command has made.
type handover struct {
	uploads *os.Root
	name    string // in uploads
	folder  *os.Root
	heir    heir
}

func newHandover(uploads, name string) (u *handover, err error) {
	u = &handover{name: name}
	if u.uploads, err = os.OpenRoot(uploads); err != nil {
		return nil, err
	}
	if u.heir, err = heirOf(u.uploads); err == nil {
		u.folder, err = u.heir.makeDir(u.uploads, name)
	}
	if err != nil {
		return nil, errors.Join(err, u.uploads.Close())
	}
	return u, nil
}

// remove takes away what was handed over.
func (u *handover) remove() {
	_ = u.uploads.RemoveAll(u.name) // what stays goes when the server starts next, as do the handles with the command
	_ = u.folder.Close()
	_ = u.uploads.Close()
}

// add hands over the file of that path, in a folder of its own.
func (u *handover) add(dir, path string) error {
	folder, err := u.heir.makeDir(u.folder, dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	if linkInto(folder, path) == nil {
		return nil
	}
	source, err := os.Open(path)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := folder.OpenFile(filepath.Base(path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, warehouse.OwnFile)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, u.heir.take(target, u.heir.fileMode()), target.Close())
}

// linkInto makes a hard link in a folder that is held open.
func linkInto(folder *os.Root, path string) error {
	if runtime.GOOS != "linux" {
		return errors.ErrUnsupported
	}
	dir, err := folder.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return os.Link(path, fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)))
}

// heir is whose, and how open, is what a command makes in a folder: its owner's, whose server reads it. Only root can
// give it away, and only what root makes is not the owner's.
type heir struct {
	uid, gid int
	gives    bool
	shared   bool
}

func heirOf(folder *os.Root) (h heir, err error) {
	info, err := folder.Stat(".")
	if err != nil {
		return h, err
	}
	h.shared = warehouse.SharedInfo(info)
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 && stat.Uid != 0 {
		h.uid, h.gid, h.gives = int(stat.Uid), int(stat.Gid), true
	}
	return h, nil
}

func (h heir) dirMode() fs.FileMode {
	if h.shared {
		return warehouse.SharedDir
	}
	return warehouse.OwnDir
}

func (h heir) fileMode() fs.FileMode {
	if h.shared {
		return warehouse.SharedFile
	}
	return warehouse.OwnFile
}

// take has an open file, or folder, be the heir's.
func (h heir) take(f *os.File, mode fs.FileMode) error {
	if h.gives {
		if err := f.Chown(h.uid, h.gid); err != nil {
			return err
		}
	}
	return f.Chmod(mode)
}

// makeDir makes a folder in one that is held open.
func (h heir) makeDir(in *os.Root, name string) (*os.Root, error) {
	if err := in.Mkdir(name, warehouse.OwnDir); err != nil {
		return nil, err
	}
	made, err := in.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	f, err := made.Open(".")
	if err == nil {
		err = errors.Join(h.take(f, h.dirMode()), f.Close())
	}
	if err != nil {
		return nil, errors.Join(err, made.Close())
	}
	return made, nil
}
