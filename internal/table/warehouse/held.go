package warehouse

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A folder that is moved away for a moment has its path lead to nothing, or into another, and whoever looks later sees
// nothing of that. So files are found, read, made and removed by the folder's descriptor: what it does not have is not
// there, wherever the folder is.

// maxLinks bounds the links on one way, as the system does.
const maxLinks = 40

// Away tells whether an error says that the data folder was not at its place when it was asked for: it may come back.
func Away(err error) bool { return errors.Is(err, ErrReplaced) || errors.Is(err, ErrUnreachable) }

// below is what of the folder a path is, from its root on: "." is the folder itself.
func (f *Folder) below(path string) (rel string, err error) {
	rel, ok := Below(f.dir, filepath.Clean(path))
	if !ok {
		return "", fmt.Errorf("%q is %w", path, ErrOutside)
	}
	return cmp.Or(rel, "."), nil
}

// straight is the way to rel without links, but for one at its end unless end says otherwise: os.Root follows no
// absolute link, nor one that leaves the folder and comes back, though those that lead to what is in the folder are
// fine. From what is not there on it is rel's own. The error is a *LinkError when a link leads out.
func (f *Folder) straight(rel string, end bool) (string, error) {
	at, rest := ".", strings.Split(rel, "/")
	for links := 0; len(rest) > 0; {
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		if len(rest) == 0 && !end {
			return next, nil
		}
		info, err := f.root.Lstat(next)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			return filepath.Join(append([]string{next}, rest...)...), nil
		case err != nil:
			return "", err
		case info.Mode().Type() != fs.ModeSymlink:
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", &fs.PathError{Op: "open", Path: filepath.Join(f.dir, rel), Err: syscall.ELOOP}
		}
		led, err := f.follow(next)
		if err != nil {
			return "", err
		}
		at, rest = ".", append(strings.Split(led, "/"), rest...)
	}
	return at, nil
}

// follow is where in the folder the link at rel, on a way without others, leads to.
func (f *Folder) follow(rel string) (string, error) {
	target, err := f.root.Readlink(rel)
	if err != nil {
		return "", err
	}
	plain := !slices.Contains(strings.Split(strings.TrimLeft(target, "./"), "/"), "..") // it may be cleaned
	if led := filepath.Join(filepath.Dir(rel), target); plain && !filepath.IsAbs(target) && filepath.IsLocal(led) {
		return led, nil
	}
	for _, dir := range []string{f.dir, f.real} {
		if led, ok := Below(dir, filepath.Clean(target)); ok && plain {
			return cmp.Or(led, "."), nil
		}
	}
	link := filepath.Join(f.dir, rel) // what it goes by outside is there by paths alone
	led, err := filepath.EvalSymlinks(link)
	if err != nil {
		return "", cmp.Or(f.Verify(), error(&LinkError{f.dir, link, link, ""}))
	}
	real, err := filepath.EvalSymlinks(f.dir)
	if err != nil {
		return "", cmp.Or(f.Verify(), err)
	}
	rel, ok := Below(real, led)
	if !ok {
		return "", cmp.Or(f.Verify(), error(&LinkError{f.dir, link, link, led}))
	}
	return cmp.Or(rel, "."), nil
}

// leads makes sure that what is at rel is no link that leads out of the folder, or to nothing.
func (f *Folder) leads(rel string) error {
	way, err := f.straight(rel, false)
	if err != nil {
		return err
	}
	info, err := f.root.Lstat(way)
	if err != nil || info.Mode().Type() != fs.ModeSymlink {
		return nil // there is no link, or whoever opens it learns why not
	}
	if way, err = f.straight(way, true); err == nil {
		_, err = f.root.Lstat(way)
	}
	var out *LinkError
	if err == nil || Away(err) || errors.As(err, &out) {
		return err
	}
	link := filepath.Join(f.dir, rel)
	return &LinkError{f.dir, link, link, ""}
}

// held does an act with what a path is in the folder that was opened, unless that is not at its place. The act's errors
// name the path.
func held[T any](f *Folder, path string, act func(rel string) (T, error)) (result T, err error) {
	rel, err := f.below(path)
	if err == nil {
		err = f.Verify()
	}
	if err != nil {
		return result, err
	}
	result, err = act(rel)
	var cause *fs.PathError
	if err != nil && !errors.As(err, new(syscall.Errno)) { // os.Root's refusal of a link
		if rel, err = f.straight(rel, true); err != nil {
			return result, err
		}
		result, err = act(rel)
	}
	if errors.As(err, &cause) {
		err = &fs.PathError{Op: strings.TrimSuffix(cause.Op, "at"), Path: path, Err: cause.Err}
	}
	return result, err
}

// lstat looks at what a path is, and follows no link at its end.
func (f *Folder) lstat(path string) (fs.FileInfo, error) {
	rel, err := f.within(path)
	if err != nil {
		return nil, err
	}
	return f.root.Lstat(rel)
}

// sync brings the names in a folder to disk, wherever that is by now.
func (f *Folder) sync(path string) error {
	rel, err := f.below(path)
	if err == nil {
		rel, err = f.straight(rel, true)
	}
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return f.syncDir(rel)
}

// syncDir is sync of what is rel from the root on, on a way without links.
func (f *Folder) syncDir(rel string) error {
	dir, err := f.root.Open(rel)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
