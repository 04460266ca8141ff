package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

var (
	_ Files = (*Folder)(nil)
	_ Local = (*Folder)(nil)
	_ Disk  = (*Folder)(nil)
)

// Create makes a file in the folder, as open as the folder that it is in, and those above it that are missing.
func (f *Folder) Create(path string) (Writer, error) {
	file, err := f.openNew(path, os.O_EXCL)
	// Its folder may be removed again between these two, by a RemoveFiles that found it empty.
	for tries := 0; errors.Is(err, fs.ErrNotExist) && tries < 3; tries++ {
		if err := f.makeFolder(filepath.Dir(path)); err != nil {
			return nil, err
		}
		file, err = f.openNew(path, os.O_EXCL)
	}
	if err != nil {
		return nil, err
	}
	return &newFile{file, f}, nil
}

// newFile is a file that is being written.
type newFile struct {
	*os.File
	folder *Folder
}

func (f *newFile) Commit() error {
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync file: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("close file: %w", err)
	}
	return f.folder.sync(filepath.Dir(f.Name()))
}

func (f *newFile) Abort() {
	f.Close()
	_ = f.folder.Remove(f.Name()) // what stays behind is removed with its folder
}

// putting is held while a file is put: two have one name beside it.
var putting sync.Mutex

// Put writes a file beside that at path, which has ".new" after its name, and moves it there. One that a killed process
// left is written anew.
func (f *Folder) Put(path string, content []byte) error {
	putting.Lock()
	defer putting.Unlock()
	if err := f.makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := f.openNew(path+".new", os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync() // or the name may outlive a power failure, and not what it names
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = f.move(path+".new", path)
	}
	if err != nil {
		return errors.Join(err, f.Remove(path+".new"))
	}
	return f.sync(filepath.Dir(path))
}
