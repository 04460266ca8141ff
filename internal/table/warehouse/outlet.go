package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Outlets are buckets in folders of this machine that results of statements may be written to. They are no part of a
// data folder. Nothing outside of a bucket's folder is ever written, whatever the key and wherever links point.
type Outlets struct{ dirs map[string]string }

// What a place may be refused for.
var (
	ErrNoOutlet   = errors.New("no bucket that results may be written to")
	ErrBadKey     = errors.New("no key of a folder")
	ErrPlaceTaken = errors.New("there is something already")
)

// unfinished is the folder in a bucket of what is not whole yet.
const unfinished = ".varlake-unload"

// NewOutlets opens the buckets by name and folder, none of which may hold the data folder or be of it, and removes what
// an earlier process left unfinished in them.
func NewOutlets(dirs map[string]string, data string) (*Outlets, error) {
	real, err := filepath.EvalSymlinks(data)
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	o := &Outlets{dirs: map[string]string{}}
	for bucket, dir := range dirs {
		dir, err := filepath.Abs(dir)
		if err == nil {
			dir, err = filepath.EvalSymlinks(dir)
		}
		if err != nil {
			return nil, fmt.Errorf("bucket %s: find folder: %w", bucket, err)
		}
		if holdsPath(dir, real) || holdsPath(real, dir) {
			return nil, fmt.Errorf("bucket %s: %s holds the data folder or is of it: nothing is written there", bucket, dir)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, fmt.Errorf("bucket %s: open folder: %w", bucket, err)
		}
		err = root.RemoveAll(unfinished)
		root.Close()
		if err != nil {
			return nil, fmt.Errorf("bucket %s: remove what is unfinished: %w", bucket, err)
		}
		o.dirs[bucket] = dir
	}
	return o, nil
}

func holdsPath(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// An Outlet is a place that files are written to, all of which are there at once, when it is committed. It is for one
// goroutine.
type Outlet struct {
	root      *os.Root
	key, work string
}

// Begin begins to write below a key of a bucket, where there is nothing. id is of this writing alone.
func (o *Outlets) Begin(bucket, key, id string) (*Outlet, error) {
	dir, known := "", false
	if o != nil {
		dir, known = o.dirs[bucket]
	}
	if !known {
		return nil, ErrNoOutlet
	}
	key = strings.TrimSuffix(key, "/")
	if !fs.ValidPath(key) || key == "." || strings.HasPrefix(key, unfinished) || strings.ContainsRune(key, 0) {
		return nil, ErrBadKey
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", bucket, err)
	}
	out := &Outlet{root, key, path.Join(unfinished, id)}
	if err = out.free(); err == nil {
		err = root.MkdirAll(out.work, 0o777)
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return out, nil
}

// free refuses a place where there is something. An empty folder is nothing.
func (o *Outlet) free() error {
	info, err := o.root.Lstat(o.key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at %s: %w", o.key, err)
	case !info.IsDir():
		return ErrPlaceTaken
	}
	dir, err := o.root.Open(o.key)
	if err != nil {
		return fmt.Errorf("look at %s: %w", o.key, err)
	}
	defer dir.Close()
	if names, _ := dir.Readdirnames(1); len(names) > 0 {
		return ErrPlaceTaken
	}
	return nil
}

// Create makes one of the files.
func (o *Outlet) Create(name string) (*os.File, error) {
	file, err := o.root.OpenFile(path.Join(o.work, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path.Join(o.key, name), err)
	}
	return file, nil
}

// Commit has the files, which are closed, be where they are to be. A folder that came to be there meanwhile is only
// taken when it is empty.
func (o *Outlet) Commit() error {
	if parent := path.Dir(o.key); parent != "." {
		if err := o.root.MkdirAll(parent, 0o777); err != nil {
			return fmt.Errorf("make %s: %w", parent, err)
		}
	}
	if info, err := o.root.Lstat(o.key); err == nil && info.IsDir() {
		if o.root.Remove(o.key) != nil { // which takes empty ones alone
			return ErrPlaceTaken
		}
	}
	if err := o.root.Rename(o.work, o.key); err != nil {
		if o.free() != nil {
			return ErrPlaceTaken
		}
		return fmt.Errorf("write %s: %w", o.key, err)
	}
	dir, err := o.root.Open(path.Dir(o.key))
	if err != nil {
		return fmt.Errorf("write %s: %w", o.key, err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Close removes what was not committed.
func (o *Outlet) Close() error { return errors.Join(o.root.RemoveAll(o.work), o.root.Close()) }
