package blob_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/source/blob/blobtest"
)

func TestFolders(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blobtest.Fixture {
		store, dir := folder(t, "folder-bucket")
		return folderFixture(store, dir, "folder-bucket")
	})
}

func TestS3(t *testing.T) {
	server := blobtest.StartS3(t)
	blobtest.Run(t, func(t *testing.T) blobtest.Fixture {
		return s3Fixture(t, server, newS3(t, server.Config()))
	})
}

// TestBuckets wants each bucket from where it lives, a folder before S3.
func TestBuckets(t *testing.T) {
	server := blobtest.StartS3(t)
	folders, dir := folder(t, "near")
	write(t, filepath.Join(dir, "k"), "of the folder")
	for _, bucket := range []string{"near", "remote"} {
		server.MakeBucket(t, bucket)
		server.Put(t, bucket, "k", []byte("of the server"))
	}
	both := blob.New(folders, newS3(t, server.Config()))
	for uri, want := range map[string]string{"s3://near/k": "of the folder", "s3://remote/k": "of the server"} {
		object, err := both.Open(t.Context(), uri)
		if err != nil {
			t.Fatal(err)
		}
		defer object.Close()
		if got, err := io.ReadAll(object.Reader(t.Context(), 0)); err != nil || string(got) != want {
			t.Errorf("%s: %q, error %v", uri, got, err)
		}
		listed := 0
		for entry, err := range both.List(t.Context(), uri) {
			if err != nil || entry.URI != uri || entry.ETag != object.ETag() {
				t.Errorf("list %s: %+v, error %v", uri, entry, err)
			}
			listed++
		}
		if listed != 1 {
			t.Errorf("list %s: %d entries", uri, listed)
		}
	}
	for _, uri := range []string{"s3://missing-bucket/k", "s3://near/missing"} {
		if _, err := both.Open(t.Context(), uri); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("open %s: %v", uri, err)
		}
	}
	for _, uri := range []string{"nonsense", "s3://near/../k"} {
		if _, err := both.Open(t.Context(), uri); !errors.Is(err, blob.ErrInvalidURI) {
			t.Errorf("open %s: %v", uri, err)
		}
		for _, err := range both.List(t.Context(), uri) {
			if !errors.Is(err, blob.ErrInvalidURI) {
				t.Errorf("list %s: %v", uri, err)
			}
		}
	}
	// The folder is replaced while the store lives.
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "k2"), "x")
	if _, err := both.Open(t.Context(), "s3://near/k2"); err != nil {
		t.Errorf("a replaced folder: %v", err)
	}
}

func folder(t *testing.T, bucket string) (*blob.Folders, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bucket")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	store, err := blob.NewFolders(map[string]string{bucket: dir}, blob.Apart{})
	if err != nil {
		t.Fatal(err)
	}
	return store, dir
}

func folderFixture(store blob.Store, dir, bucket string) blobtest.Fixture {
	path := func(key string) string { return filepath.Join(dir, filepath.FromSlash(key)) }
	return blobtest.Fixture{
		Store:  store,
		Bucket: bucket,
		Put: func(t testing.TB, key string, data []byte) {
			t.Helper()
			if err := os.MkdirAll(filepath.Dir(path(key)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path(key), data, 0o644); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func newS3(t *testing.T, cfg blob.S3Config) *blob.S3 {
	t.Helper()
	store, err := blob.NewS3(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// s3Fixture makes a bucket named for the test.
func s3Fixture(t *testing.T, server *blobtest.Server, store blob.Store) blobtest.Fixture {
	t.Helper()
	bucket := server.NewBucket(t)
	return blobtest.Fixture{
		Store:  store,
		Bucket: bucket,
		Put:    func(t testing.TB, key string, data []byte) { t.Helper(); server.Put(t, bucket, key, data) },
	}
}

// BenchmarkReader reads 64 MiB from start to end.
func BenchmarkReader(b *testing.B) {
	data := blobtest.Noise(64 << 20)
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "k"), data, 0o644); err != nil {
		b.Fatal(err)
	}
	folders, err := blob.NewFolders(map[string]string{"folder-bucket": dir}, blob.Apart{})
	if err != nil {
		b.Fatal(err)
	}
	server := blobtest.StartS3(b)
	server.MakeBucket(b, "bucket")
	server.Put(b, "bucket", "k", data)
	remote, err := blob.NewS3(b.Context(), server.Config())
	if err != nil {
		b.Fatal(err)
	}
	store := blob.New(folders, remote)
	for name, uri := range map[string]string{"folder": "s3://folder-bucket/k", "s3": "s3://bucket/k"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				object, err := store.Open(b.Context(), uri)
				if err != nil {
					b.Fatal(err)
				}
				reader := object.Reader(b.Context(), 0)
				if n, err := io.Copy(io.Discard, reader); err != nil || n != int64(len(data)) {
					b.Fatalf("%d bytes, error %v", n, err)
				}
				reader.Close()
				object.Close()
			}
		})
	}
}
