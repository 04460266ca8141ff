package blob

import "errors"

// Kinds of errors, for errors.Is.
var (
	// ErrInvalidURI: the text is no s3://bucket/key URI. Asking again cannot help.
	ErrInvalidURI = errors.New("invalid URI")
	// ErrNotFound: no such object, or no such bucket.
	ErrNotFound = errors.New("not found")
	// ErrDenied: the object may exist, but must not be read.
	ErrDenied = errors.New("access denied")
	// ErrChanged: the object changed after it was opened.
	ErrChanged = errors.New("changed while it was being read")
	// ErrUnavailable: the storage did not answer, or not properly, through all retries.
	ErrUnavailable = errors.New("storage is unavailable")
	// ErrRole: the role of a job cannot be used, so that nothing can be read for the job.
	ErrRole = errors.New("the role cannot be used")
)

// Error is what stores and objects return, io.EOF and the causes of ended contexts apart. Its text is
// fit for users: it names the URI, or the role, and what happened to it, and no path, host or key of
// this server. The underlying error, for the log, is Err.
type Error struct {
	Kind    error  // one of the Err variables above
	Message string // whole text, with the URI or the role
	Err     error  // underlying error, or nil
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives errors.Is the kind, and both errors.Is and errors.As the underlying error.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// failure returns an error whose text is the URI and the kind's words.
func failure(uri string, kind, err error) *Error {
	return &Error{Kind: kind, Message: uri + ": " + kind.Error(), Err: err}
}

// failureAs is failure with words of its own.
func failureAs(uri string, kind error, words string, err error) *Error {
	return &Error{Kind: kind, Message: uri + ": " + words, Err: err}
}

func notConfigured(bucket string) *Error {
	return &Error{Kind: ErrNotFound, Message: "bucket " + bucket + " is not configured"}
}
