package blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// S3Config says how to reach an S3-compatible endpoint.
type S3Config struct {
	// Endpoint is a URL such as http://127.0.0.1:9000. Empty means AWS itself, or what the usual
	// environment variables and files name.
	Endpoint string
	// Region signs requests. Empty means what the default chain finds, if it is asked, or us-east-1.
	Region string
	// PathStyle asks for http://host/bucket/key in place of http://bucket.host/key. Most servers that
	// are not AWS want it.
	PathStyle bool
	// AccessKey, when set, comes first, with SecretKey and SessionToken; then, with Anonymous, none at
	// all; else the default credential chain of the AWS SDKs.
	AccessKey, SecretKey, SessionToken string
	Anonymous                          bool
}

// S3 is a Store behind an S3-compatible endpoint.
type S3 struct {
	client    *s3.Client
	anonymous bool
	role      string        // whose credentials these are, or ""
	stall     time.Duration // after which a silent transfer is broken off
}

// Bounds on one request. A stalled transfer is one that brings no byte for stallTimeout.
const (
	dialTimeout   = 10 * time.Second
	headerTimeout = 30 * time.Second
	stallTimeout  = 30 * time.Second
	maxAttempts   = 6 // of one request, the first included
	maxBackoff    = 3 * time.Second
	listPage      = 1000 // entries
)

// NewS3 returns a store of the buckets behind cfg. It opens no connection, except as the default
// credential chain needs to: ctx bounds that.
func NewS3(ctx context.Context, cfg S3Config) (*S3, error) {
	base := aws.Config{Region: cfg.Region}
	switch {
	case cfg.AccessKey != "":
		base.Credentials = credentials.NewStaticCredentialsProvider(cfg.AccessKey, cfg.SecretKey, cfg.SessionToken)
	case cfg.Anonymous:
		base.Credentials = aws.AnonymousCredentials{}
	default:
		var err error
		if base, err = config.LoadDefaultConfig(ctx, config.WithRegion(cfg.Region)); err != nil {
			return nil, fmt.Errorf("load AWS configuration: %w", err)
		}
	}
	base.Region = cmp.Or(base.Region, "us-east-1")
	client := s3.NewFromConfig(base, func(o *s3.Options) {
		if cfg.Endpoint != "" {
			o.BaseEndpoint = &cfg.Endpoint
		}
		o.UsePathStyle = cfg.PathStyle
		o.HTTPClient = httpClient()
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
				return backoff(attempt), nil
			})
		})
	})
	return &S3{client: client, anonymous: cfg.Anonymous && cfg.AccessKey == "", stall: stallTimeout}, nil
}

func httpClient() aws.HTTPClient {
	return followNothing(awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = headerTimeout
			t.MaxIdleConnsPerHost = 64
		}))
}

// followNothing is a client that follows no redirect: a signature, and a session's token with it, is for the host and
// path that it was made for.
func followNothing(built *awshttp.BuildableClient) *http.Client {
	return &http.Client{
		Transport:     built.GetTransport(),
		Timeout:       built.GetTimeout(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// as returns the same store with the credentials of a role. They share the connections.
func (s *S3) as(provider aws.CredentialsProvider, role string) *S3 {
	options := s.client.Options()
	options.Credentials = provider // which caches
	// Else s3.New would lend the new credentials to s too, for the sessions of directory buckets.
	options.ExpressCredentials = nil
	return &S3{client: s3.New(options), stall: s.stall, role: role}
}

// Open implements Store.
func (s *S3) Open(ctx context.Context, uri string) (Object, error) {
	parsed, err := Parse(uri)
	if err != nil {
		return nil, err
	}
	if err := s.checkCredentials(ctx, uri); err != nil {
		return nil, err
	}
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &parsed.Bucket, Key: &parsed.Key})
	if err != nil {
		return nil, s.wordError(ctx, uri, err)
	}
	if head.ContentLength == nil || *head.ContentLength < 0 || aws.ToString(head.ETag) == "" {
		return nil, failureAs(uri, ErrUnavailable, "the endpoint names no length or no entity tag", nil)
	}
	object := &s3Object{store: s, uri: parsed, size: *head.ContentLength, etag: *head.ETag}
	object.ctx, object.cancel = context.WithCancelCause(ctx)
	return object, nil
}

// checkCredentials words the most common mistake, no credentials anywhere. Found ones are cached.
func (s *S3) checkCredentials(ctx context.Context, uri string) error {
	if s.anonymous {
		return nil
	}
	_, err := s.client.Options().Credentials.Retrieve(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrRole):
		return s.wordError(ctx, uri, err)
	default:
		return failureAs(uri, ErrDenied, "access denied: no credentials for its bucket", err)
	}
}

// List implements Store.
func (s *S3) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		parsed, err := parsePrefix(prefix)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		if err := s.checkCredentials(ctx, prefix); err != nil {
			yield(Entry{}, err)
			return
		}
		pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{
			Bucket: &parsed.Bucket, Prefix: &parsed.Key, MaxKeys: aws.Int32(listPage),
		}, func(o *s3.ListObjectsV2PaginatorOptions) { o.StopOnDuplicateToken = true })
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Entry{}, s.wordError(ctx, prefix, err))
				return
			}
			for _, object := range page.Contents {
				key := aws.ToString(object.Key)
				if key == "" || faultOf(key) != "" {
					continue // cannot be opened by a URI
				}
				uri := URI{Bucket: parsed.Bucket, Key: key}.String()
				entry := Entry{URI: uri, Size: aws.ToInt64(object.Size), ETag: aws.ToString(object.ETag),
					Modified: aws.ToTime(object.LastModified)}
				if !yield(entry, nil) {
					return
				}
			}
		}
	}
}

// apiError is what the SDK's service errors have in common.
type apiError interface {
	error
	ErrorCode() string
	ErrorMessage() string
}

// wordError words an error of the SDK for users. Ended contexts come back as their cause.
func (s *S3) wordError(ctx context.Context, uri string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if ours := (*Error)(nil); errors.As(err, &ours) {
		return ours // of a role that could not be assumed again
	}
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.HTTPStatusCode() == 0 {
		return failure(uri, ErrUnavailable, err) // no answer: no connection, no credentials
	}
	var code, message string
	if api := apiError(nil); errors.As(err, &api) {
		code, message = api.ErrorCode(), api.ErrorMessage()
	}
	switch code {
	case "NoSuchBucket":
		return failureAs(uri, ErrNotFound, "its bucket is not found", err)
	case "InvalidObjectState":
		return failureAs(uri, ErrDenied, "access denied: the object is archived", err)
	case "NoSuchKey", "NotFound":
		return failure(uri, ErrNotFound, err)
	case "PreconditionFailed":
		return failure(uri, ErrChanged, err)
	}
	switch status := response.HTTPStatusCode(); status {
	case http.StatusNotFound:
		return failure(uri, ErrNotFound, err)
	case http.StatusUnauthorized, http.StatusForbidden:
		if s.role != "" {
			return failureAs(uri, ErrDenied, "access denied to role "+oneLine(s.role, 200), err)
		}
		return failure(uri, ErrDenied, err)
	case http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable:
		return failure(uri, ErrChanged, err)
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect:
		return failureAs(uri, ErrUnavailable, "its bucket is not in region "+s.client.Options().Region+
			"; redirects are not followed", err)
	case http.StatusFound, http.StatusSeeOther, http.StatusPermanentRedirect:
		return failureAs(uri, ErrUnavailable, "storage redirects elsewhere, which is not followed", err)
	default:
		return failureAs(uri, ErrUnavailable, fmt.Sprintf("storage answered %d %.60s: %.200s", status, code, message), err)
	}
}
