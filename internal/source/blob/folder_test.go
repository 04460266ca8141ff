package blob_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/source/blob"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func keysOf(t *testing.T, store blob.Store, prefix string) []string {
	t.Helper()
	var keys []string
	for entry, err := range store.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("list %s: %v", prefix, err)
		}
		keys = append(keys, strings.TrimPrefix(entry.URI, "s3://bucket/"))
	}
	return keys
}

// TestFolderConfinement tries to reach a secret beside the bucket's folder, and things that are no files.
func TestFolderConfinement(t *testing.T) {
	store, dir := folder(t, "bucket")
	outside := filepath.Join(filepath.Dir(dir), "secret")
	write(t, outside, "secret")
	write(t, filepath.Join(dir, "in/file"), "inside")
	link(t, outside, filepath.Join(dir, "absolute"))
	link(t, "../secret", filepath.Join(dir, "relative"))
	link(t, "..", filepath.Join(dir, "up"))
	link(t, "relative", filepath.Join(dir, "chain"))
	link(t, "/proc/self", filepath.Join(dir, "proc"))
	link(t, "loop", filepath.Join(dir, "loop"))
	link(t, "in/../../secret", filepath.Join(dir, "winding"))
	link(t, "in/file", filepath.Join(dir, "good"))
	link(t, "in", filepath.Join(dir, "goodDir"))
	link(t, filepath.Join(dir, "in/file"), filepath.Join(dir, "goodAbsolute"))
	link(t, filepath.Join(dir, "in"), filepath.Join(dir, "goodAbsoluteDir"))
	link(t, "../"+filepath.Base(dir)+"/in/file", filepath.Join(dir, "goodWinding"))
	link(t, dir, filepath.Join(filepath.Dir(dir), "alias"))
	link(t, filepath.Join(filepath.Dir(dir), "alias/goodAbsolute"), filepath.Join(dir, "goodAlias"))
	link(t, filepath.Join(dir, "up/secret"), filepath.Join(dir, "absoluteUp"))
	link(t, filepath.Join(dir, "fifo"), filepath.Join(dir, "absoluteFIFO"))
	link(t, "gone", filepath.Join(dir, "dangling"))
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()

	for key, want := range map[string]error{
		"absolute": blob.ErrDenied, "relative": blob.ErrDenied, "up/secret": blob.ErrDenied, "chain": blob.ErrDenied,
		"absoluteUp": blob.ErrDenied, "absoluteFIFO": blob.ErrDenied, "goodAbsoluteDir": blob.ErrNotFound,
		"goodAbsoluteDir/gone": blob.ErrDenied,
		"proc/environ":         blob.ErrDenied, "loop": blob.ErrDenied, "winding": blob.ErrDenied,
		"fifo": blob.ErrDenied, "socket": blob.ErrDenied, "up": blob.ErrDenied,
		"in": blob.ErrNotFound, "in/": blob.ErrNotFound, "goodDir": blob.ErrNotFound, "dangling": blob.ErrNotFound,
		"in//file": blob.ErrNotFound, "/in/file": blob.ErrNotFound, "in/file/": blob.ErrNotFound, "fifo/x": blob.ErrNotFound,
		strings.Repeat("n", 300): blob.ErrNotFound,
	} {
		object, err := store.Open(t.Context(), "s3://bucket/"+key)
		if !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", key, err, want)
		}
		if err == nil {
			text, _ := io.ReadAll(object.Reader(t.Context(), 0))
			t.Errorf("%s: opened, holds %q", key, text)
			object.Close()
		}
		if err != nil && strings.Contains(err.Error(), dir) {
			t.Errorf("%s: the message tells a path: %v", key, err)
		}
	}
	for _, key := range []string{"good", "goodDir/file", "in/file", "goodAbsolute", "goodAbsoluteDir/file", "goodWinding",
		"goodAlias"} {
		object, err := store.Open(t.Context(), "s3://bucket/"+key)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		if text, err := io.ReadAll(object.Reader(t.Context(), 0)); string(text) != "inside" {
			t.Errorf("%s: read %q, error %v", key, text, err)
		}
		object.Close()
	}
	if diff := cmp.Diff([]string{"good", "goodAbsolute", "goodAlias", "goodWinding", "in/file"},
		keysOf(t, store, "s3://bucket/")); diff != "" {
		t.Errorf("listing (-want +got):\n%s", diff)
	}
	for _, prefix := range []string{"up/", "fifo/", "proc/", "dangling/"} {
		for entry, err := range store.List(t.Context(), "s3://bucket/"+prefix) {
			if err == nil {
				t.Errorf("list %s: %+v", prefix, entry)
			}
		}
	}
}

// TestFolderApart: what is in the folder apart is in no bucket that holds it, by whatever way; a bucket in it has its
// own files.
func TestFolderApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bucket")
	data := filepath.Join(dir, "work/data")
	write(t, filepath.Join(data, "aws/credentials"), "secret")
	write(t, filepath.Join(data, "uploads/one/file"), "inside")
	write(t, filepath.Join(dir, "work/database"), "inside")
	link(t, "work/data/aws/credentials", filepath.Join(dir, "file"))
	link(t, filepath.Join(data, "aws/credentials"), filepath.Join(dir, "absolute"))
	link(t, "work/data/aws", filepath.Join(dir, "folder"))
	link(t, "work/data", filepath.Join(dir, "all"))
	link(t, "../../..", filepath.Join(data, "aws/back"))
	store, err := blob.NewFolders(map[string]string{"bucket": dir, "uploads": filepath.Join(data, "uploads")},
		blob.Apart{Folder: data})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"work/data/aws/credentials", "file", "absolute", "folder/credentials",
		"all/aws/credentials", "all/uploads/one/file"} {
		if object, err := store.Open(t.Context(), "s3://bucket/"+key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("%s: %v, error %v", key, object, err)
		}
		if etag := blob.New(store, nil).Identify("s3://bucket/" + key); etag != "" {
			t.Errorf("%s: is told to be there: %s", key, etag)
		}
	}
	for _, uri := range []string{"s3://bucket/work/database", "s3://bucket/folder/back/work/database",
		"s3://uploads/one/file"} {
		object, err := store.Open(t.Context(), uri)
		if err != nil {
			t.Errorf("%s: %v", uri, err)
			continue
		}
		object.Close()
	}
	for prefix, want := range map[string][]string{
		"": {"work/database"}, "work/": {"work/database"}, "work/data": {"work/database"}, "work/data/": nil, "all/": nil,
		"folder/": nil, "work/data/aws/c": nil,
	} {
		if diff := cmp.Diff(want, keysOf(t, store, "s3://bucket/"+prefix)); diff != "" {
			t.Errorf("listing of %q (-want +got):\n%s", prefix, diff)
		}
	}
}

// TestFolderApartOwn: files and folders that are apart are in no bucket by another name of theirs, nor may a bucket be
// of them.
func TestFolderApartOwn(t *testing.T) {
	base := t.TempDir()
	data, dir := filepath.Join(base, "data"), filepath.Join(base, "bucket")
	write(t, filepath.Join(data, "state"), "secret")
	write(t, filepath.Join(dir, "elsewhere/credentials"), "secret")
	write(t, filepath.Join(data, "mine/file"), "inside")
	link(t, filepath.Join(dir, "elsewhere"), filepath.Join(data, "aws"))
	if err := os.Link(filepath.Join(data, "state"), filepath.Join(dir, "hard")); err != nil {
		t.Skipf("skipped: no hard links here: %v", err)
	}
	apart := blob.Apart{Folder: data, Own: []string{filepath.Join(data, "state"), filepath.Join(data, "aws"),
		filepath.Join(data, "absent")}}
	store, err := blob.NewFolders(map[string]string{"bucket": dir, "mine": filepath.Join(data, "mine")}, apart)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"hard", "elsewhere/credentials"} {
		if object, err := store.Open(t.Context(), "s3://bucket/"+key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("%s: %v, error %v", key, object, err)
		}
	}
	object, err := store.Open(t.Context(), "s3://mine/file")
	if err != nil {
		t.Fatal(err)
	}
	object.Close()
	if keys := keysOf(t, store, "s3://bucket/"); len(keys) != 0 {
		t.Errorf("listed: %v", keys)
	}
	if _, err := blob.NewRoleStores(blob.New(store, nil), nil).OpenFile(t.Context(),
		filepath.Join(dir, "hard")); !errors.Is(err, blob.ErrDenied) {
		t.Errorf("a file by its path: %v", err)
	}
	for _, of := range []string{data, filepath.Join(data, "aws"), filepath.Join(dir, "elsewhere")} {
		if _, err := blob.NewFolders(map[string]string{"own": of}, apart); err == nil ||
			!strings.Contains(err.Error(), "is the data folder or of it") {
			t.Errorf("%s: %v", of, err)
		}
	}
}

// TestFolderApartRenamed: the data folder is in no bucket under the name that somebody gave it, nor is a link of one of
// its files.
func TestFolderApartRenamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bucket")
	data := filepath.Join(dir, "data")
	write(t, filepath.Join(data, "tables/secret"), "secret")
	store, err := blob.NewFolders(map[string]string{"bucket": dir},
		blob.Apart{Folder: data, Own: []string{filepath.Join(data, "aws/credentials")}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(data, "aws/credentials"), "secret") // after the start
	if err := os.Link(filepath.Join(data, "aws/credentials"), filepath.Join(dir, "hard")); err != nil {
		t.Skipf("skipped: no hard links here: %v", err)
	}
	if err := os.Rename(data, filepath.Join(dir, "data2")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(data, "decoy"), "inside")
	for _, key := range []string{"data2/aws/credentials", "data2/tables/secret", "hard", "data/decoy"} {
		if object, err := store.Open(t.Context(), "s3://bucket/"+key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("%s: %v, error %v", key, object, err)
		}
	}
	if keys := keysOf(t, store, "s3://bucket/"); len(keys) != 0 {
		t.Errorf("listed: %v", keys)
	}
}

// TestFolderRace: a link that is turned round all the time leads to the file that may be read, or to none.
func TestFolderRace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bucket")
	write(t, filepath.Join(dir, "data/secret"), "secret")
	write(t, filepath.Join(dir, "file"), "inside")
	outside := filepath.Join(filepath.Dir(dir), "outside")
	write(t, outside, "secret")
	store, err := blob.NewFolders(map[string]string{"bucket": dir}, blob.Apart{Folder: filepath.Join(dir, "data")})
	if err != nil {
		t.Fatal(err)
	}
	done, stopped := make(chan struct{}), make(chan error)
	go func() {
		turn := filepath.Join(dir, "turn")
		for at := 0; ; at++ {
			select {
			case <-done:
				stopped <- nil
				return
			default:
			}
			err := os.Symlink([]string{"file", "data/secret", outside}[at%3], turn)
			if err == nil {
				err = os.Rename(turn, filepath.Join(dir, "key"))
			}
			if err != nil {
				stopped <- err
				return
			}
		}
	}()
	read := 0
	for range 3000 {
		object, err := store.Open(t.Context(), "s3://bucket/key")
		if err != nil {
			continue
		}
		text, _ := io.ReadAll(object.Reader(t.Context(), 0))
		object.Close()
		if string(text) != "inside" {
			t.Fatalf("read %q", text)
		}
		read++
	}
	close(done)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of 3000 opened", read)
}

func TestFolderDevice(t *testing.T) {
	store, err := blob.NewFolders(map[string]string{"dev": "/dev"}, blob.Apart{})
	if err != nil {
		t.Skip("skipped: no /dev here")
	}
	if _, err := store.Open(t.Context(), "s3://dev/zero"); !errors.Is(err, blob.ErrDenied) {
		t.Errorf("a device: %v", err)
	}
}

func TestFolderPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("skipped: the superuser may read everything")
	}
	store, dir := folder(t, "bucket")
	write(t, filepath.Join(dir, "k"), "x")
	if err := os.Chmod(filepath.Join(dir, "k"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(t.Context(), "s3://bucket/k")
	if !errors.Is(err, blob.ErrDenied) ||
		err.Error() != "s3://bucket/k: access denied: its permissions do not let the server read it" {
		t.Errorf("open: %v", err)
	}
}

// TestFolderTouched: same size, other modification time.
func TestFolderTouched(t *testing.T) {
	store, dir := folder(t, "bucket")
	path := filepath.Join(dir, "k")
	write(t, path, "0123456789")
	object, err := store.Open(t.Context(), "s3://bucket/k")
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	reader := object.Reader(t.Context(), 0)
	if _, err := io.ReadFull(reader, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(reader); !errors.Is(err, blob.ErrChanged) {
		t.Errorf("read on: %q, %v", rest, err)
	}
	// A file that another takes the place of is still read whole.
	again, err := store.Open(t.Context(), "s3://bucket/k")
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	write(t, path+".new", "another")
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(again.Reader(t.Context(), 0)); err != nil || string(text) != "0123456789" {
		t.Errorf("a replaced file: %q, %v", text, err)
	}
}

func TestNewFoldersRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "x")
	for name, buckets := range map[string]map[string]string{
		"a bad name": {"No": dir}, "a missing folder": {"bucket": filepath.Join(dir, "missing")},
		"a file": {"bucket": filepath.Join(dir, "file")},
	} {
		if _, err := blob.NewFolders(buckets, blob.Apart{}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestBucketNotConfigured(t *testing.T) {
	folders, _ := folder(t, "bucket")
	for name, store := range map[string]*blob.Buckets{"folders only": blob.New(folders, nil),
		"nothing": blob.New(nil, nil)} {
		_, err := store.Open(t.Context(), "s3://other/key")
		if !errors.Is(err, blob.ErrNotFound) || err.Error() != "bucket other is not configured" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzFolderOpen(f *testing.F) {
	for _, seed := range []string{"s3://bucket/in", "s3://bucket/../secret", "s3://bucket/up/secret", "s3://bucket//",
		"s3://bucket/in/\x00"} {
		f.Add(seed)
	}
	parent := f.TempDir()
	dir := filepath.Join(parent, "bucket")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(parent, "secret"), []byte("secret"), 0o644),
		os.WriteFile(filepath.Join(dir, "in"), []byte("inside"), 0o644),
		os.Symlink("..", filepath.Join(dir, "up"))); err != nil {
		f.Fatal(err)
	}
	store, err := blob.NewFolders(map[string]string{"bucket": dir}, blob.Apart{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		object, err := store.Open(t.Context(), uri)
		if err != nil {
			var ours *blob.Error
			if !errors.As(err, &ours) {
				t.Errorf("%q: an error of another kind: %v", uri, err)
			}
			return
		}
		defer object.Close()
		if text, err := io.ReadAll(object.Reader(t.Context(), 0)); err != nil || string(text) != "inside" {
			t.Errorf("%q: read %q, error %v", uri, text, err)
		}
	})
}

// TestFolderAway: the files of a bucket in the data folder are there while the folder is not at its place, and what is
// in that place is not read.
func TestFolderAway(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	write(t, filepath.Join(data, "uploads/one/file"), "inside")
	store, err := blob.NewFolders(map[string]string{"uploads": filepath.Join(data, "uploads")},
		blob.Apart{Folder: data, Own: []string{filepath.Join(data, "aws")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(data, filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	for _, decoy := range []string{"", "data/empty", "data/uploads/one/file"} {
		if decoy != "" {
			write(t, filepath.Join(dir, decoy), "another's")
		}
		object, err := store.Open(t.Context(), "s3://uploads/one/file")
		if err != nil {
			t.Errorf("%q: %v", decoy, err)
			continue
		}
		text, _ := io.ReadAll(object.Reader(t.Context(), 0))
		object.Close()
		if string(text) != "inside" {
			t.Errorf("%q: read %q", decoy, text)
		}
		if diff := cmp.Diff([]string{"s3://uploads/one/file"}, keysOf(t, store, "s3://uploads/")); diff != "" {
			t.Errorf("%q: listing (-want +got):\n%s", decoy, diff)
		}
	}
}

// TestFolderApartRace: what is of the data folder is not read while another folder takes its place all the time.
func TestFolderApartRace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bucket")
	data := filepath.Join(dir, "data")
	write(t, filepath.Join(data, "file"), "secret")
	write(t, filepath.Join(dir, "decoy/file"), "inside")
	store, err := blob.NewFolders(map[string]string{"bucket": dir}, blob.Apart{Folder: data})
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "key")
	if err := os.Rename(data, key); err != nil {
		t.Fatal(err)
	}
	done, stopped := make(chan struct{}), make(chan error)
	go func() {
		for {
			select {
			case <-done:
				stopped <- nil
				return
			default:
			}
			if err := exchange(key, filepath.Join(dir, "decoy")); err != nil {
				stopped <- err
				return
			}
		}
	}()
	read := 0
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		object, err := store.Open(t.Context(), "s3://bucket/key/file")
		if err != nil {
			continue
		}
		text, _ := io.ReadAll(object.Reader(t.Context(), 0))
		object.Close()
		if string(text) != "inside" {
			t.Fatalf("read %q after %d that may be read", text, read)
		}
		read++
	}
	close(done)
	if err := <-stopped; err != nil {
		t.Skipf("skipped: %v", err)
	}
	t.Logf("%d opened", read)
}
