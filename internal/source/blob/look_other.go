//go:build !linux

package blob

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// looked stands for a file that is only looked at: systems other than Linux hold none without opening it, and another
// file may take its path.
type looked struct{}

func lookAt(root *os.Root, path string) (looked, fs.FileInfo, error) {
	info, err := root.Stat(path)
	return looked{}, info, err
}

func (looked) Close() error { return nil }

func (looked) place(root *os.Root, path string) string { return filepath.Join(root.Name(), path) }

func (looked) open(root *os.Root, path string) (*os.File, error) {
	return root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
