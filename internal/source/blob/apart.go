package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Apart are places whose files are in no bucket, by whatever link, mount or race: keys and tables of every account, and
// the state, whose locks this process loses when it opens and closes the file by other means than SQLite. The zero
// value is none.
type Apart struct {
	Folder string // what is in it is in no bucket whose folder is it or holds it; a bucket within has its own files
	// folders and files that are in no bucket, nor is any folder within, wherever they are by links; those that are not
	// there do not count
	Own []string

	held *os.Root // of Folder as it was at first, whatever its name is now; nil: it is not held
}

// hold has the folder known as what it is: it is apart under another name too, which a race might give it for a moment.
func (a *Apart) hold() (err error) {
	if a.Folder == "" {
		return nil
	}
	if a.held, err = os.OpenRoot(a.Folder); err != nil {
		return fmt.Errorf("hold the data folder: %w", err)
	}
	return nil
}

// openRoot opens the folder of a bucket. One in the data folder is found by what that is, so that its files are there
// while the data folder's name leads elsewhere or nowhere for a moment; unless links lead to it that os.Root refuses.
func (a Apart) openRoot(dir string) (*os.Root, error) {
	if a.held != nil {
		if name, err := filepath.Rel(a.Folder, dir); err == nil && filepath.IsLocal(name) {
			if root, err := a.held.OpenRoot(name); err == nil {
				return root, nil
			}
		}
	}
	return os.OpenRoot(dir)
}

// folders are what the data folder's name leads to now, and the folder that was held at first.
func (a Apart) folders() []fs.FileInfo {
	infos := stats([]string{a.Folder})
	if a.held != nil {
		if info, err := a.held.Stat("."); err == nil {
			infos = append(infos, info)
		}
	}
	return infos
}

// own are the files and folders of Own: what their names lead to now, and of those in the held folder what is there.
func (a Apart) own() []fs.FileInfo {
	infos := stats(a.Own)
	if a.held == nil {
		return infos
	}
	for _, path := range a.Own {
		name, err := filepath.Rel(a.Folder, path)
		if err != nil || !filepath.IsLocal(name) {
			continue
		}
		if info, err := a.held.Stat(name); err == nil {
			infos = append(infos, info)
		}
	}
	return infos
}

// refuse refuses a folder for a bucket in which there would be no file.
func (a Apart) refuse(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot be opened: %w", err)
	}
	defer root.Close()
	found, info, err := lookAt(root, ".")
	if err != nil {
		return fmt.Errorf("cannot be opened: %w", err)
	}
	defer found.Close()
	if a.has(root, found, info) {
		return errors.New("is the data folder or of it, which holds the keys and tables of every account: have the bucket's files elsewhere")
	}
	return nil
}

// has reports whether a file or folder is apart from the bucket of root. info is what was found. Folders are told by
// what they are: names may differ in case, or be mounted elsewhere.
func (a Apart) has(root *os.Root, found looked, info fs.FileInfo) bool {
	if a.Folder == "" && len(a.Own) == 0 {
		return false
	}
	own, folders := a.own(), a.folders()
	top, err := root.Stat(".")
	if err != nil || holds(own, info) {
		return true
	}
	inBucket := true
	for dir, err := range found.folders() {
		if err != nil || holds(own, dir) || inBucket && holds(folders, dir) {
			return true
		}
		if os.SameFile(dir, top) {
			inBucket = false
		}
	}
	return false
}

// Owns reports whether a file is one of Own by itself.
func (a Apart) Owns(info fs.FileInfo) bool { return holds(a.own(), info) }

func stats(paths []string) []fs.FileInfo {
	infos := make([]fs.FileInfo, 0, len(paths))
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			infos = append(infos, info)
		}
	}
	return infos
}

func holds(infos []fs.FileInfo, info fs.FileInfo) bool {
	return slices.ContainsFunc(infos, func(one fs.FileInfo) bool { return os.SameFile(one, info) })
}
