package blob

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxKey is the longest key, in characters: the service model's source pattern says .{1,1024}.
const maxKey = 1024

var bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-.]{1,61}[a-z0-9]$`)

// LocalBucket is the bucket in the names of files that are in no bucket: those that a command imports without a running
// server. Nothing can be opened by such a URI.
const LocalBucket = "varlake-local"

// URI is a parsed s3://bucket/key.
type URI struct {
	Bucket string
	Key    string
}

// String returns s3://bucket/key.
func (u URI) String() string { return "s3://" + u.Bucket + "/" + u.Key }

// Parse splits uri, which must match the service model's pattern
// s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/(.{1,1024}). It also refuses keys that no store can be asked
// for safely: text that is not UTF-8, NUL, and the path segments "." and "..". The error is an *Error
// with ErrInvalidURI.
func Parse(uri string) (URI, error) {
	u, err := parsePrefix(uri)
	if err == nil && u.Key == "" {
		err = invalid(uri, "it has no key")
	}
	if err != nil {
		return URI{}, err
	}
	return u, nil
}

// parsePrefix is Parse for listings, where the key may be empty.
func parsePrefix(uri string) (URI, error) {
	rest, ok := strings.CutPrefix(uri, "s3://")
	if !ok {
		return URI{}, invalid(uri, "it does not start with s3://")
	}
	bucket, key, ok := strings.Cut(rest, "/")
	if !bucketPattern.MatchString(bucket) {
		return URI{}, invalid(uri, "its bucket name is not one")
	}
	if !ok {
		return URI{}, invalid(uri, "it has no key")
	}
	if reason := faultOf(key); reason != "" {
		return URI{}, invalid(uri, reason)
	}
	return URI{Bucket: bucket, Key: key}, nil
}

// faultOf says what is wrong with a key, or "".
func faultOf(key string) string {
	switch {
	case !utf8.ValidString(key):
		return "its key is not UTF-8"
	case utf8.RuneCountInString(key) > maxKey:
		return fmt.Sprintf("its key is longer than %d characters", maxKey)
	case strings.ContainsAny(key, "\x00\n\r\u0085\u2028\u2029"):
		return "its key holds a NUL or a line end"
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "." || segment == ".." {
			return fmt.Sprintf("its key holds the path segment %q", segment)
		}
	}
	return ""
}

func invalid(uri, reason string) *Error {
	const shown = 200 // bytes of a hostile URI that are worth repeating
	if len(uri) > shown {
		uri = uri[:shown] + "…"
	}
	return &Error{Kind: ErrInvalidURI, Message: fmt.Sprintf("%q is not an s3://bucket/key URI: %s", uri, reason)}
}
