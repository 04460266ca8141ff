//go:build !linux

package blob

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"syscall"
)

// looked stands for a file or folder that is only looked at: systems other than Linux hold none without opening it, and
// another may take its path.
type looked struct {
	root *os.Root
	path string
}

func lookAt(root *os.Root, path string) (looked, fs.FileInfo, error) {
	info, err := root.Stat(path)
	return looked{root, path}, info, err
}

func (looked) Close() error { return nil }

// folders are what is looked at, and the folders above, to the top.
func (l looked) folders() iter.Seq2[fs.FileInfo, error] {
	return func(yield func(fs.FileInfo, error) bool) {
		dir, err := filepath.EvalSymlinks(filepath.Join(l.root.Name(), l.path))
		if err != nil {
			yield(nil, err)
			return
		}
		for ; yield(os.Stat(dir)) && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		}
	}
}

func (l looked) open() (*os.File, error) {
	return l.root.OpenFile(l.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
