// Package blob opens objects named by s3://bucket/key URIs, for reading.
//
// A bucket is either a folder of this machine ([Folders]) or lives behind an S3-compatible endpoint
// ([S3]); [Buckets] picks one by the bucket's name. Both kinds pass one suite of tests
// (internal/source/blob/blobtest).
//
// An object is the bytes it had when it was opened. When they change later, reads fail with
// [ErrChanged] instead of mixing two versions: S3 reads carry If-Match with the entity tag, folder
// reads compare size and modification time after every read. (A folder cannot tell a rewrite to the
// same size within one tick of the file system's clock, some milliseconds, or one that puts the old
// modification time back.)
package blob

import (
	"context"
	"io"
	"iter"
	"time"
)

// Store opens and lists objects. Implementations are safe for concurrent use.
type Store interface {
	// Open finds the object and fixes its identity. Errors are *Error. The object's ReadAt works under
	// ctx, so ctx must outlive it.
	Open(ctx context.Context, uri string) (Object, error)

	// List yields the objects whose URI starts with prefix (s3://bucket/, then any part of a key) in
	// byte order of their keys. It holds one page of at most a thousand objects (S3), or the names of
	// the directories on the way to the current one (folders), at a time. The first error ends it.
	List(ctx context.Context, prefix string) iter.Seq2[Entry, error]
}

// Object is one opened object. ReadAt and Reader may be used concurrently.
type Object interface {
	// URI returns the URI the object was opened by.
	URI() string

	// Size returns the length in bytes at the time of opening.
	Size() int64

	// ETag returns an opaque identity of the content: a different ETag under the same URI means that
	// the object was replaced or changed.
	ETag() string

	// ReadAt reads len(p) bytes from offset off (0-based, bytes). It retries passing network errors.
	io.ReaderAt

	// Reader returns a sequential reader of the bytes from offset (0-based) to the end. It reads ahead
	// and retries passing network errors a bounded number of times. When ctx ends, a waiting Read
	// returns promptly with the cause. Close it before the object; one goroutine at a time may Read.
	Reader(ctx context.Context, offset int64) io.ReadCloser

	// Close releases the object. Reads that follow fail.
	io.Closer
}

// Entry is one object of a listing.
type Entry struct {
	URI      string
	Size     int64 // bytes
	ETag     string
	Modified time.Time
}
