package query

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Kind says what went wrong with a query.
type Kind string

// Kinds of errors.
const (
	// the statement is wrong: its grammar, its types, or a value that a function or cast refuses
	Syntax   Kind = "syntax"
	Denied   Kind = "denied"    // the statement asks for what no statement may do
	NotFound Kind = "not_found" // a table does not exist
	Resource Kind = "resource"  // a limit on memory, rows or bytes was reached
	Timeout  Kind = "timeout"   // the deadline passed
	Canceled Kind = "canceled"  // the caller's context was cancelled
	Busy     Kind = "busy"      // the account has too many queries at a time
	Internal Kind = "internal"  // our fault or the machine's
)

// Error is an error of a query. Kind and Message may be shown to the user who
// wrote the statement; Err, often nil, is for the log and may name files.
type Error struct {
	Kind    Kind
	Message string
	Err     error
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause for the log.
func (e *Error) Unwrap() error { return e.Err }

// asError makes any error of the engine one that a user may see.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var duck errDuck
	if errors.As(err, &duck) {
		return duckError(string(duck))
	}
	return &Error{Kind: Internal, Message: "the query engine failed", Err: err}
}

// duckError sorts an error text of DuckDB by its prefix. Texts about files and
// DuckDB's own state are replaced; of the others the first paragraph is kept.
func duckError(msg string) *Error {
	// A result that failed and is asked again says so first, and then why.
	if _, cause, ok := strings.Cut(msg, "closed pending query result"); ok {
		if cause, ok = strings.CutPrefix(cause, "\nError: "); !ok {
			return &Error{Kind: Canceled, Message: "the query was cancelled", Err: errDuck(msg)}
		}
		msg = cause
	}
	prefix, rest, _ := strings.Cut(msg, ": ")
	first, _, _ := strings.Cut(rest, "\n\nLINE ")
	first, _, _ = strings.Cut(first, ` Use "SET `) // advice that cannot be followed here
	first = strings.TrimSpace(first)
	switch prefix {
	case "Out of Memory Error":
		return &Error{Kind: Resource, Message: "the query needs more memory than it may use", Err: errDuck(msg)}
	case "INTERRUPT Error":
		return &Error{Kind: Canceled, Message: "the query was cancelled"}
	case "Permission Error":
		return &Error{Kind: Denied, Message: "the statement asks for something that is not allowed", Err: errDuck(msg)}
	case "Catalog Error": // also for functions, types and others, which no store is
		if strings.HasPrefix(first, "Table with name ") {
			return &Error{Kind: NotFound, Message: first}
		}
		return &Error{Kind: Syntax, Message: first}
	case "Binder Error", "Parser Error", "Syntax Error", "Conversion Error", "Invalid Input Error", "Out of Range Error",
		"Mismatch Type Error",
		"Invalid type Error", "Not implemented Error", "Expression Error", "Divide by Zero Error", "Decimal Error",
		"Constraint Error":
		return &Error{Kind: Syntax, Message: first}
	}
	if strings.Contains(msg, "bad_alloc") || strings.Contains(msg, "llocation failure") {
		return &Error{Kind: Resource, Message: "the query needs more memory than it may use", Err: errDuck(msg)}
	}
	return &Error{Kind: Internal, Message: "the query engine failed", Err: errDuck(msg)}
}

// maxMessage bounds a message, in bytes: DuckDB repeats values and names of any size in its own.
const maxMessage = 2 << 10

// clip cuts a message to maxMessage bytes, at a rune, and says that it did.
func clip(message string) string {
	const mark = " … (cut)"
	if len(message) <= maxMessage {
		return message
	}
	end := maxMessage - len(mark)
	for !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + mark
}
