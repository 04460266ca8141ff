package omics

import "fmt"

// Code is the name of an API error as clients see it in x-amzn-ErrorType.
type Code string

// The error codes of the service model.
const (
	CodeAccessDenied         Code = "AccessDeniedException"
	CodeConflict             Code = "ConflictException"
	CodeInternalServer       Code = "InternalServerException"
	CodeNotSupported         Code = "NotSupportedOperationException"
	CodeRangeNotSatisfiable  Code = "RangeNotSatisfiableException"
	CodeRequestTimeout       Code = "RequestTimeoutException"
	CodeResourceNotFound     Code = "ResourceNotFoundException"
	CodeServiceQuotaExceeded Code = "ServiceQuotaExceededException"
	CodeThrottling           Code = "ThrottlingException"
	CodeValidation           Code = "ValidationException"
)

// HTTPStatus is the status that carries the code; 500 for a code that is not
// in the model.
func (c Code) HTTPStatus() int {
	switch c {
	case CodeValidation:
		return 400
	case CodeServiceQuotaExceeded:
		return 402
	case CodeAccessDenied:
		return 403
	case CodeResourceNotFound:
		return 404
	case CodeNotSupported:
		return 405
	case CodeRequestTimeout:
		return 408
	case CodeConflict:
		return 409
	case CodeRangeNotSatisfiable:
		return 416
	case CodeThrottling:
		return 429
	}
	return 500
}

// Error is an error meant for the caller of the API: Code and Message go out
// on the wire. Err, when set, is the cause and only ever reaches the log.
type Error struct {
	Code    Code
	Message string
	Err     error

	Violations []Violation // of Validate, the first of them; they do not go out on the wire
}

// Violation is one thing that is wrong with a request.
type Violation struct {
	Path       string // of the member, such as "items.1.member.source"
	Value      string // in single quotes, or null
	Constraint string // of the model, in AWS's words
}

// Error gives the code and the message, then the cause when there is one.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func newError(code Code, format string, args []any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// AccessDenied makes an AccessDeniedException (403).
func AccessDenied(format string, args ...any) *Error {
	return newError(CodeAccessDenied, format, args)
}

// Conflict makes a ConflictException (409).
func Conflict(format string, args ...any) *Error { return newError(CodeConflict, format, args) }

// Internal makes an InternalServerException (500) whose message hides err.
func Internal(err error) *Error {
	return &Error{Code: CodeInternalServer, Message: "An internal error has occurred.", Err: err}
}

// NotFound makes a ResourceNotFoundException (404).
func NotFound(format string, args ...any) *Error {
	return newError(CodeResourceNotFound, format, args)
}

// Quota makes a ServiceQuotaExceededException (402).
func Quota(format string, args ...any) *Error {
	return newError(CodeServiceQuotaExceeded, format, args)
}

// RangeNotSatisfiable makes a RangeNotSatisfiableException (416).
func RangeNotSatisfiable(format string, args ...any) *Error {
	return newError(CodeRangeNotSatisfiable, format, args)
}

// RequestTimeout makes a RequestTimeoutException (408).
func RequestTimeout(format string, args ...any) *Error {
	return newError(CodeRequestTimeout, format, args)
}

// Throttling makes a ThrottlingException (429).
func Throttling(format string, args ...any) *Error { return newError(CodeThrottling, format, args) }

// Validation makes a ValidationException (400).
func Validation(format string, args ...any) *Error { return newError(CodeValidation, format, args) }
