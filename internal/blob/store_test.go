package blob_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/varlake/varlake/internal/blob"
	"github.com/varlake/varlake/internal/blob/blobtest"
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

// TestBuckets runs the suite through the dispatcher, once on each side of it.
func TestBuckets(t *testing.T) {
	server := blobtest.StartS3(t)
	folders, dir := folder(t, "folder-bucket")
	both := blob.New(folders, newS3(t, server.Config()))
	t.Run("folder", func(t *testing.T) {
		blobtest.Run(t, func(t *testing.T) blobtest.Fixture {
			if err := os.RemoveAll(dir); err != nil { // replaced while the store lives
				t.Fatal(err)
			}
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			return folderFixture(both, dir, "folder-bucket")
		})
	})
	t.Run("s3", func(t *testing.T) {
		blobtest.Run(t, func(t *testing.T) blobtest.Fixture { return s3Fixture(t, server, both) })
	})
}

func folder(t *testing.T, bucket string) (*blob.Folders, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bucket")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	store, err := blob.NewFolders(map[string]string{bucket: dir})
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
