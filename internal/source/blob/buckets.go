package blob

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Buckets is the Store of a server: buckets that are folders, and every other one behind S3.
type Buckets struct {
	folders *Folders
	s3      *S3
}

// New returns a store that looks for a bucket among the folders first, then at the S3 endpoint. Either
// may be nil.
func New(folders *Folders, s3 *S3) *Buckets { return &Buckets{folders: folders, s3: s3} }

// as returns the store with its S3 requests made with the credentials of a role. Folders need none.
func (b *Buckets) as(credentials aws.CredentialsProvider, role string) *Buckets {
	if b.s3 == nil {
		return b
	}
	return &Buckets{folders: b.folders, s3: b.s3.as(credentials, role)}
}

// Open implements Store.
func (b *Buckets) Open(ctx context.Context, uri string) (Object, error) {
	parsed, err := Parse(uri)
	if err != nil {
		return nil, err
	}
	store, err := b.store(parsed.Bucket)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, uri)
}

// List implements Store.
func (b *Buckets) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		parsed, err := parsePrefix(prefix)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		store, err := b.store(parsed.Bucket)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		store.List(ctx, prefix)(yield)
	}
}

// Identify is the ETag that Open would give now, if it can be had without asking anyone: for objects in folders. ""
// means that it is not known.
func (b *Buckets) Identify(uri string) string {
	parsed, err := Parse(uri)
	if err != nil || b.folders == nil || !b.folders.has(parsed.Bucket) {
		return ""
	}
	return b.folders.identify(parsed)
}

func (b *Buckets) store(bucket string) (Store, error) {
	if bucket == LocalBucket {
		return nil, notConfigured(bucket)
	}
	if b.folders != nil && b.folders.has(bucket) {
		return b.folders, nil
	}
	if b.s3 != nil {
		return b.s3, nil
	}
	return nil, notConfigured(bucket)
}
