package blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
)

// maxDirectory bounds how many names of one directory a listing holds in memory.
const maxDirectory = 1 << 20

// List implements Store. Symbolic links to files are listed when Open would follow them; links to
// directories are not entered, they might form a circle.
func (f *Folders) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		parsed, err := parsePrefix(prefix)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		root, err := f.root(parsed.Bucket)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer root.Close()
		dir, base := path.Split(parsed.Key)
		dir = strings.TrimSuffix(dir, "/")
		if dir != "" && !fs.ValidPath(dir) || dir == "" && strings.HasPrefix(parsed.Key, "/") {
			return // no file has such a key
		}
		w := &walk{ctx: ctx, folders: f, own: f.apart.own(), root: root, bucket: parsed.Bucket, yield: yield}
		if err := w.directory(dir, base); err != nil && !errors.Is(err, errStopped) && !errors.Is(err, ErrNotFound) {
			yield(Entry{}, err)
		}
	}
}

// errStopped ends a walk whose consumer wants no more.
var errStopped = errors.New("listing stopped")

type walk struct {
	ctx     context.Context
	folders *Folders
	own     []fs.FileInfo // of what is apart
	root    *os.Root
	bucket  string
	yield   func(Entry, error) bool
}

// directory lists the files below dir whose path within dir starts with base.
func (w *walk) directory(dir, base string) error {
	names, err := w.names(dir, base)
	if err != nil {
		return err
	}
	for _, name := range names {
		if w.ctx.Err() != nil {
			return context.Cause(w.ctx)
		}
		key := joinKey(dir, name.text)
		if sub, ok := strings.CutSuffix(key, "/"); ok {
			if err := w.directory(sub, ""); err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDenied) {
				return err
			}
			continue
		}
		info, err := w.look(key, name.link)
		if err != nil || !info.Mode().IsRegular() || faultOf(key) != "" {
			continue // gone since, leads outside, or cannot be opened: not an object
		}
		uri := URI{Bucket: w.bucket, Key: key}.String()
		if !w.yield(Entry{URI: uri, Size: info.Size(), ETag: etagOf(info), Modified: info.ModTime()}, nil) {
			return errStopped
		}
	}
	return nil
}

// look looks at a key of a directory that was entered, where only links lead elsewhere.
func (w *walk) look(key string, link bool) (info fs.FileInfo, err error) {
	if link {
		return w.folders.stat(w.root, key)
	}
	if info, err = w.root.Lstat(key); err == nil && holds(w.own, info) {
		err = fs.ErrNotExist
	}
	return info, err
}

// entryName is a name in a directory, with a slash at its end if it is one of a directory.
type entryName struct {
	text string
	link bool
}

// names returns the names in dir that start with base, in the order of the keys below them ("a-b" comes before "a/b").
func (w *walk) names(dir, base string) ([]entryName, error) {
	uri := URI{Bucket: w.bucket, Key: dir}.String()
	found, info, err := w.folders.hold(w.root, cmp.Or(dir, "."))
	if err != nil {
		return nil, folderError(uri, err)
	}
	defer found.Close()
	if !info.IsDir() {
		return nil, failure(uri, ErrNotFound, nil)
	}
	file, err := found.open()
	if err != nil {
		return nil, folderError(uri, err)
	}
	defer file.Close()
	var names []entryName
	for {
		entries, err := file.ReadDir(1024)
		for _, entry := range entries {
			name := entryName{entry.Name(), entry.Type()&fs.ModeSymlink != 0}
			if !strings.HasPrefix(name.text, base) {
				continue
			}
			if entry.IsDir() {
				name.text += "/"
			}
			names = append(names, name)
		}
		if errors.Is(err, io.EOF) {
			slices.SortFunc(names, func(a, b entryName) int { return strings.Compare(a.text, b.text) })
			return names, nil
		}
		if err != nil {
			return nil, folderError(uri, err)
		}
		if len(names) > maxDirectory {
			return nil, failureAs(uri, ErrUnavailable, fmt.Sprintf("more than %d names in one folder", maxDirectory), nil)
		}
	}
}
