package annot

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// malformed is AWS HealthOmics' sentence for a row that does not fit its schema
// (section 2.6 of our notes).
const malformed = "Malformed Input. Please check the content and corresponding data type in input file."

const (
	maxQuoted = 80   // runes of a value that a message repeats
	maxKept   = 1024 // bytes of a value that an Error keeps
)

// Error is a fault of a line. Its text is a whole message fit for a job's
// statusMessage; only the file name is the caller's to add.
type Error struct {
	Line int64 // 1-based
	// the name in the file's header, or GFF3's own, such as "start" and "attributes/ID"; empty for the line as a whole
	Column string
	Value  string // the text in the file, its beginning when long; empty when Reason says all
	Reason string // continues the sentence that Value begins
	Hint   string // continues Reason: how to have the file read

	fix fix // what Hint says of a reader
}

// fix is a read option, as the API names it, and the value that would let a line in; the zero value is none.
type fix struct{ option, value string }

// mend gives an Error a hint.
func (e *Error) mend(hint, option, value string) *Error {
	e.Hint, e.fix = hint, fix{option, value}
	return e
}

// Error returns AWS's sentence, then line, column, value and reason.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s Line %d", malformed, e.Line)
	if e.Column != "" {
		text += ", column " + name(e.Column)
	}
	text += ": "
	if e.Value != "" {
		text += quote(e.Value) + " "
	}
	return text + e.Reason + e.Hint
}

// fail makes an Error of a value in the file.
func fail(line int64, column string, value []byte, reason string) *Error {
	return &Error{Line: line, Column: column, Value: string(value[:min(len(value), maxKept)]), Reason: reason}
}

// quote renders text of the file for a message: shortened, control characters and
// invalid UTF-8 escaped.
func quote(text string) string {
	end := 0
	for range maxQuoted {
		if end == len(text) {
			return strconv.Quote(text)
		}
		_, n := utf8.DecodeRuneInString(text[end:])
		end += n
	}
	if end == len(text) {
		return strconv.Quote(text)
	}
	return strconv.Quote(text[:end]) + "…"
}

// name renders a column name: as it is when it is short and plain, else quoted.
func name(text string) string {
	if len(text) > maxQuoted || !plain([]byte(text)) || bytes.ContainsAny([]byte(text), `" `) {
		return quote(text)
	}
	return text
}
