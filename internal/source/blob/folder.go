package blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Folders is a Store whose buckets are folders of this machine. A key is the path of a regular file
// below its bucket's folder. Nothing outside that folder is ever opened, whatever the key and wherever
// symbolic links point; links that stay inside are followed.
type Folders struct {
	dirs  map[string]string // bucket → absolute path
	apart Apart
}

// NewFolders returns a store of the given buckets (name → folder). Every folder must exist; it is opened
// anew at each use, so that it may be mounted or replaced while the server runs. What is apart is in no bucket.
func NewFolders(buckets map[string]string, apart Apart) (*Folders, error) {
	if err := apart.hold(); err != nil {
		return nil, err
	}
	dirs := make(map[string]string, len(buckets))
	for bucket, dir := range buckets {
		if !bucketPattern.MatchString(bucket) {
			return nil, fmt.Errorf("bucket %q: a bucket name is 3 to 63 characters of a-z, 0-9, '-' and '.', a letter or digit at both ends", bucket)
		}
		if bucket == LocalBucket {
			return nil, fmt.Errorf("bucket %s: the name is reserved", bucket)
		}
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("bucket %s: find folder: %w", bucket, err)
		}
		info, err := os.Stat(absolute)
		if err != nil {
			return nil, fmt.Errorf("bucket %s: find folder: %w", bucket, err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("bucket %s: %s is not a folder", bucket, dir)
		}
		if err := apart.refuse(absolute); err != nil {
			return nil, fmt.Errorf("bucket %s: %s %w", bucket, dir, err)
		}
		dirs[bucket] = absolute
	}
	return &Folders{dirs: dirs, apart: apart}, nil
}

// Buckets returns a copy of the configuration: bucket name → absolute path of its folder.
func (f *Folders) Buckets() map[string]string { return maps.Clone(f.dirs) }

func (f *Folders) has(bucket string) bool { return f.dirs[bucket] != "" }

// root opens the folder of a bucket.
func (f *Folders) root(bucket string) (*os.Root, error) {
	dir, ok := f.dirs[bucket]
	if !ok {
		return nil, notConfigured(bucket)
	}
	root, err := f.apart.openRoot(dir)
	if err != nil {
		return nil, failureAs("bucket "+bucket, ErrUnavailable, "its folder cannot be opened", err)
	}
	return root, nil
}

// Open implements Store.
func (f *Folders) Open(ctx context.Context, uri string) (Object, error) {
	parsed, err := Parse(uri)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	root, err := f.root(parsed.Bucket)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, info, err := f.openRegular(root, parsed)
	if err != nil {
		return nil, err
	}
	return &folderObject{ctx: ctx, uri: uri, file: file, info: info}, nil
}

// openRegular opens the file of a key if it is a regular one.
func (f *Folders) openRegular(root *os.Root, uri URI) (*os.File, fs.FileInfo, error) {
	name := uri.String()
	if !fs.ValidPath(uri.Key) { // "a//b", "a/", "/a": S3 could have such keys, a folder cannot
		return nil, nil, failure(name, ErrNotFound, nil)
	}
	found, info, err := f.hold(root, uri.Key)
	if err != nil {
		return nil, nil, folderError(name, err)
	}
	defer found.Close()
	if err := requireRegular(name, info); err != nil {
		return nil, nil, err
	}
	file, err := found.open()
	if err == nil {
		info, err = file.Stat()
	}
	if err != nil {
		return nil, nil, folderError(name, err)
	}
	return file, info, nil
}

// hold holds what a key names, until Close, unless it is apart.
func (f *Folders) hold(root *os.Root, key string) (found looked, info fs.FileInfo, err error) {
	path, err := find(root, key)
	if err != nil {
		return found, nil, err
	}
	if found, info, err = lookAt(root, path); err != nil {
		return found, nil, err
	}
	if f.apart.has(root, found, info) {
		found.Close()
		return found, nil, fs.ErrNotExist
	}
	return found, info, nil
}

// find gives the way to what a key names, without links. os.Root refuses links that are absolute, or that leave the
// folder and come back: one that ends inside the folder is followed. What path gives is under os.Root again, so that no
// link that is changed meanwhile leads out.
func find(root *os.Root, key string) (path string, err error) {
	_, err = root.Stat(key)
	var errno syscall.Errno
	if errors.As(err, &errno) || errors.Is(err, fs.ErrClosed) {
		return key, err
	}
	top, topErr := filepath.EvalSymlinks(root.Name())
	end, endErr := filepath.EvalSymlinks(filepath.Join(root.Name(), key))
	if topErr != nil || endErr != nil {
		if err == nil { // the bucket's folder has moved away, and root is still it
			return key, nil
		}
		return key, err // os.Root's word: that of a place outside must not be told
	}
	path, relErr := filepath.Rel(top, end)
	if relErr != nil || !filepath.IsLocal(path) {
		return key, cmp.Or(err, fs.ErrNotExist)
	}
	return path, nil
}

// stat looks at what a key names.
func (f *Folders) stat(root *os.Root, key string) (fs.FileInfo, error) {
	found, info, err := f.hold(root, key)
	if err != nil {
		return nil, err
	}
	found.Close()
	return info, nil
}

// openFile opens a regular file of this machine, named by its absolute path, which is its URI then and in the texts of
// errors. No URI of a client leads here: whoever may name it may replace it.
func (f *Folders) openFile(ctx context.Context, path string) (Object, error) {
	info, err := os.Stat(path)
	if err == nil {
		err = requireRegular(path, info)
	}
	if err == nil && f.apart.Owns(info) {
		err = failureAs(path, ErrDenied, "it is a file of the data folder itself", nil)
	}
	if err != nil {
		return nil, folderError(path, err)
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, folderError(path, err)
	}
	if info, err = file.Stat(); err == nil {
		err = requireRegular(path, info)
	}
	if err != nil {
		file.Close()
		return nil, folderError(path, err)
	}
	return &folderObject{ctx: ctx, uri: path, file: file, info: info}, nil
}

// IdentifyFile is the ETag that RoleStores.OpenFile would give, or "" when there is none to give now.
func IdentifyFile(path string) string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return etagOf(info)
}

// identify is the ETag that Open would give, or "".
func (f *Folders) identify(uri URI) string {
	root, err := f.root(uri.Bucket)
	if err != nil {
		return ""
	}
	defer root.Close()
	info, err := f.stat(root, uri.Key)
	if err != nil || !fs.ValidPath(uri.Key) || !info.Mode().IsRegular() {
		return ""
	}
	return etagOf(info)
}

func requireRegular(uri string, info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.IsDir():
		return failure(uri, ErrNotFound, nil)
	default:
		return failureAs(uri, ErrDenied, "access denied: not a regular file", nil)
	}
}

// folderError words an error of the file system without its paths.
func folderError(uri string, err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return err
	}
	var errno syscall.Errno
	switch {
	case errors.Is(err, fs.ErrClosed):
		return fmt.Errorf("read %s: %w", uri, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return failure(uri, ErrNotFound, err)
	case errors.Is(err, fs.ErrPermission):
		return failureAs(uri, ErrDenied, "access denied: its permissions do not let the server read it", err)
	case errors.Is(err, syscall.ELOOP):
		return failureAs(uri, ErrDenied, "access denied: too many symbolic links", err)
	case errors.As(err, &errno):
		return failureAs(uri, ErrUnavailable, "read: "+errno.Error(), err)
	default: // os.Root's refusal to leave the folder has no name of its own
		return failureAs(uri, ErrDenied, "access denied: a symbolic link leads out of the bucket's folder", err)
	}
}

// etagOf derives an identity from what the file system tells for free.
func etagOf(info fs.FileInfo) string {
	return fmt.Sprintf("%q", fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano()))
}

// folderObject is an opened file.
type folderObject struct {
	ctx  context.Context // of Open
	uri  string
	file *os.File
	info fs.FileInfo // at the time of opening
}

func (o *folderObject) URI() string  { return o.uri }
func (o *folderObject) Size() int64  { return o.info.Size() }
func (o *folderObject) ETag() string { return etagOf(o.info) }
func (o *folderObject) Close() error { return o.file.Close() }

// ReadAt implements io.ReaderAt.
func (o *folderObject) ReadAt(p []byte, off int64) (int, error) { return o.readAt(o.ctx, p, off) }

// readAt checks the file after reading, so that bytes handed out are bytes of the version that was
// opened. That is one system call beside the one that reads.
func (o *folderObject) readAt(ctx context.Context, p []byte, off int64) (int, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if off < 0 {
		return 0, fmt.Errorf("read %s: negative offset %d", o.uri, off)
	}
	want := p[:min(int64(len(p)), max(0, o.Size()-off))]
	n, err := o.file.ReadAt(want, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, folderError(o.uri, err)
	}
	info, err := o.file.Stat()
	if err != nil {
		return 0, folderError(o.uri, err)
	}
	if n < len(want) || info.Size() != o.info.Size() || !info.ModTime().Equal(o.info.ModTime()) {
		return 0, failure(o.uri, ErrChanged, nil)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Reader implements Object. The kernel reads ahead.
func (o *folderObject) Reader(ctx context.Context, offset int64) io.ReadCloser {
	return &folderReader{ctx: ctx, object: o, offset: offset}
}

type folderReader struct {
	ctx    context.Context
	object *folderObject
	offset int64
	closed bool
}

func (r *folderReader) Read(p []byte) (int, error) {
	if r.closed {
		return 0, fs.ErrClosed
	}
	const most = 1 << 20 // bytes between two looks at ctx
	n, err := r.object.readAt(r.ctx, p[:min(len(p), most)], r.offset)
	r.offset += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

func (r *folderReader) Close() error {
	r.closed = true
	return nil
}

// joinKey returns the key of a name in a directory's key ("" for the bucket itself).
func joinKey(dir, name string) string { return strings.TrimPrefix(dir+"/"+name, "/") }
