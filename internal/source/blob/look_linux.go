package blob

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// looked is a file that is held but not open: it can be judged, its device is not asked, and closing it takes no lock
// from this process.
type looked struct{ *os.File }

// lookAt holds the file at a path without links.
func lookAt(root *os.Root, path string) (looked, fs.FileInfo, error) {
	file, err := root.OpenFile(path, unix.O_PATH, 0)
	if err != nil {
		return looked{}, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return looked{}, nil, err
	}
	return looked{file}, info, nil
}

func (l looked) name() string { return fmt.Sprintf("/proc/self/fd/%d", l.Fd()) }

// place is where the file is, whatever took its path meanwhile.
func (l looked) place(*os.Root, string) string {
	place, err := os.Readlink(l.name())
	if err != nil {
		return "" // which is nowhere: nothing is opened
	}
	return place
}

// open opens the file that is held. O_NONBLOCK keeps a FIFO from hanging the call.
func (l looked) open(*os.Root, string) (*os.File, error) {
	return os.OpenFile(l.name(), os.O_RDONLY|unix.O_NONBLOCK, 0)
}
