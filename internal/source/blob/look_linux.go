package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// maxAbove bounds how many folders above a file are looked at.
const maxAbove = 10_000

// looked is a file or folder that is held but not open: it can be judged, its device is not asked, and closing it takes
// no lock from this process.
type looked struct {
	*os.File
	dir *os.File // the folder that it was found in
}

// lookAt holds what is at a path without links.
func lookAt(root *os.Root, path string) (l looked, info fs.FileInfo, err error) {
	if l.dir, err = root.OpenFile(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY, 0); err != nil {
		return looked{}, nil, err
	}
	if l.File, err = pathIn(l.dir, filepath.Base(path)); err != nil {
		l.dir.Close()
		return looked{}, nil, err
	}
	if info, err = l.Stat(); err != nil {
		l.Close()
		return looked{}, nil, err
	}
	return l, info, nil
}

// pathIn holds what has a name in a folder that is held, a link as such.
func pathIn(dir *os.File, name string) (*os.File, error) {
	for {
		fd, err := unix.Openat(int(dir.Fd()), name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			return os.NewFile(uintptr(fd), name), nil
		case !errors.Is(err, unix.EINTR):
			return nil, &fs.PathError{Op: "openat", Path: name, Err: err}
		}
	}
}

func (l looked) Close() error { return errors.Join(l.File.Close(), l.dir.Close()) }

// folders are the folder itself or, of a file, that it was found in, and those above, to the top. They are found from
// what is held upwards: what takes a name of theirs meanwhile changes nothing.
func (l looked) folders() iter.Seq2[fs.FileInfo, error] {
	return func(yield func(fs.FileInfo, error) bool) {
		name, at := ".", l.dir
		if info, err := l.Stat(); err == nil && info.IsDir() {
			at = l.File
		}
		var below fs.FileInfo
		var belowMount uint64
		for range maxAbove {
			dir, err := pathIn(at, name)
			if at != l.dir && at != l.File {
				at.Close()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			at, name = dir, ".."
			info, err := dir.Stat()
			mount := mountOf(dir)
			top := err == nil && below != nil && os.SameFile(info, below) && mount == belowMount
			if top || !yield(info, err) || err != nil {
				dir.Close()
				return
			}
			below, belowMount = info, mount
		}
		at.Close()
		yield(nil, fmt.Errorf("more than %d folders above a file", maxAbove))
	}
}

// mountOf is which mount a folder is found by: one that is mounted in itself is the same folder below and above. 0
// where the kernel does not tell.
func mountOf(dir *os.File) uint64 {
	var stat unix.Statx_t
	if unix.Statx(int(dir.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &stat) != nil {
		return 0
	}
	return stat.Mnt_id
}

// open opens what is held. O_NONBLOCK keeps a FIFO from hanging the call.
func (l looked) open() (*os.File, error) {
	return os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", l.Fd()), os.O_RDONLY|unix.O_NONBLOCK, 0)
}
