package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// s3Object is one object behind an endpoint. Every request for its bytes carries If-Match.
type s3Object struct {
	store  *S3
	uri    URI
	size   int64
	etag   string
	ctx    context.Context // of Open, until Close
	cancel context.CancelCauseFunc
}

func (o *s3Object) URI() string  { return o.uri.String() }
func (o *s3Object) Size() int64  { return o.size }
func (o *s3Object) ETag() string { return o.etag }

func (o *s3Object) Close() error {
	o.cancel(fs.ErrClosed)
	return nil
}

// ReadAt implements io.ReaderAt with one ranged request, repeated as needed.
func (o *s3Object) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("read %s: negative offset %d", o.uri, off)
	}
	want := p[:min(int64(len(p)), max(0, o.size-off))]
	if err := o.fetch(o.ctx, want, off); err != nil {
		return 0, err
	}
	if len(want) < len(p) {
		return len(want), io.EOF
	}
	return len(p), nil
}

// fetch fills p with the bytes from off. A transfer that breaks off is taken up where it broke, at most
// maxAttempts times in all.
func (o *s3Object) fetch(ctx context.Context, p []byte, off int64) error {
	done := 0
	for attempt := 1; done < len(p); attempt++ {
		n, err := o.fetchOnce(ctx, p[done:], off+int64(done))
		done += n
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case attempt == maxAttempts || !passing(err):
			return o.wordError(ctx, err)
		}
		select {
		case <-time.After(backoff(attempt)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// errTransfer marks an error while the bytes of an accepted request arrive.
var errTransfer = errors.New("transfer broke off")

// fetchOnce makes one request and returns how many bytes of p it filled.
func (o *s3Object) fetchOnce(ctx context.Context, p []byte, off int64) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	span := fmt.Sprintf("bytes %d-%d/%d", off, off+int64(len(p))-1, o.size)
	out, err := o.store.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket:  &o.uri.Bucket,
		Key:     &o.uri.Key,
		IfMatch: &o.etag,
		Range:   aws.String(fmt.Sprintf("bytes=%d-%d", off, off+int64(len(p))-1)),
	}, func(opt *s3.Options) { opt.Retryer = aws.NopRetryer{} })
	if err != nil {
		return 0, err
	}
	defer out.Body.Close()
	// A server that does not know If-Match still names what it sends.
	if aws.ToString(out.ETag) != o.etag {
		return 0, failure(o.URI(), ErrChanged, fmt.Errorf("got ETag %.100q, want %q", aws.ToString(out.ETag), o.etag))
	}
	if got := aws.ToString(out.ContentRange); got != span {
		return 0, failureAs(o.URI(), ErrUnavailable, "the endpoint does not send the range that was asked for",
			fmt.Errorf("got %.100q, want %q", got, span))
	}
	stalled := time.AfterFunc(o.store.stall, cancel)
	defer stalled.Stop()
	for n := 0; n < len(p); {
		m, err := out.Body.Read(p[n:])
		n += m
		if n < len(p) && err != nil {
			return n, fmt.Errorf("%w: %w", errTransfer, err)
		}
		stalled.Reset(o.store.stall)
	}
	return len(p), nil
}

// wordError is the store's, knowing that the object was there before.
func (o *s3Object) wordError(ctx context.Context, err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	if errors.Is(err, errTransfer) {
		return failure(o.URI(), ErrUnavailable, err)
	}
	err = o.store.wordError(ctx, o.URI(), err)
	if errors.Is(err, ErrNotFound) {
		return failure(o.URI(), ErrChanged, err)
	}
	return err
}

var classifier = retry.NewStandard()

// passing tells whether asking again may help.
func passing(err error) bool {
	return errors.Is(err, errTransfer) || classifier.IsErrorRetryable(err)
}

// backoff returns how long to wait after the given attempt (1-based): 100 ms doubling, and jitter.
func backoff(attempt int) time.Duration {
	wait := min(100*time.Millisecond<<max(attempt-1, 0), maxBackoff)
	return wait/2 + rand.N(wait/2)
}
