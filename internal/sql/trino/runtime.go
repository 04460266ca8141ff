package trino

import (
	"regexp"
	"strings"
	"sync"
)

// RuntimeError translates what DuckDB, or a native function, says when a statement fails while it runs. The text may
// have DuckDB's prefix, as in "Conversion Error: ", or be without it.
func RuntimeError(text string) *Error {
	if _, cause, ok := strings.Cut(text, "closed pending query result\nError: "); ok {
		text = cause // a result that failed and is asked again says so first
	}
	kind, rest, _ := strings.Cut(text, ": ")
	if !strings.HasSuffix(kind, " Error") {
		kind, rest = "", text
	}
	if m := raised.FindStringSubmatch(rest); m != nil && (kind == "" || kind == "Invalid Input Error") {
		return &Error{Name: m[1], Message: m[2]}
	}
	rest, _, _ = strings.Cut(rest, "\n\nLINE ")
	for _, t := range translations() {
		if m := t.pattern.FindStringSubmatch(rest); m != nil && (kind == "" || kind == t.kind) {
			return &Error{Name: t.name, Message: t.message(m)}
		}
	}
	switch kind {
	case "Out of Memory Error":
		return &Error{Name: "EXCEEDED_LOCAL_MEMORY_LIMIT", Message: "The query needs more memory than it may use"}
	case "INTERRUPT Error":
		return &Error{Name: "USER_CANCELED", Message: "Query was canceled"}
	}
	message := "The query engine failed"
	if kind == "" || shown[kind] {
		message = strings.TrimSpace(text)
	}
	return &Error{Name: "GENERIC_INTERNAL_ERROR", Message: message}
}

// shown are the kinds of DuckDB's errors that speak of the statement and its values, not of files or of DuckDB itself.
var shown = map[string]bool{"Binder Error": true, "Parser Error": true, "Syntax Error": true, "Conversion Error": true,
	"Invalid Input Error": true, "Out of Range Error": true, "Mismatch Type Error": true, "Invalid type Error": true,
	"Not implemented Error": true, "Expression Error": true, "Decimal Error": true, "Constraint Error": true}

// raised is an error of our own: a native function's or the one of raise.
var raised = regexp.MustCompile(`(?s)^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): (.*)$`)

// A translation is for the texts of DuckDB's errors of a kind that match a pattern.
type translation struct {
	kind    string
	pattern *regexp.Regexp
	name    string
	message func(match []string) string
}

// says gives a message in which $1, $2 are the pattern's groups, types with Trino's names and operations with Trino's.
func says(message string) func([]string) string {
	return func(m []string) string {
		message := message
		for i, group := range m[1:] {
			if name, is := duckWords[group]; is {
				group = name
			}
			message = strings.ReplaceAll(message, "$"+string(rune('1'+i)), group)
		}
		return message
	}
}

// duckWords are DuckDB's names of types and operations in Trino's words.
var duckWords = map[string]string{"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}

const outOfRange = "NUMERIC_VALUE_OUT_OF_RANGE"

// translations are made when the first error needs one: the workers, which are this program too, need none.
var translations = sync.OnceValue(func() []translation {
	return []translation{
		{"Out of Range Error", regexp.MustCompile(`^Overflow in (addition|subtraction|multiplication|division) of DECIMAL`),
			outOfRange, says("Decimal overflow")},
		{"Out of Range Error",
			regexp.MustCompile(`^Overflow in (addition|subtraction|multiplication|division) of (INT\d+) \((.*)\)!$`),
			outOfRange, says("$2 $1 overflow: $3")},
		{"Out of Range Error", regexp.MustCompile(`^Overflow in negation of (?:integer|numeric value)`), outOfRange,
			says("integer negation overflow")},
		{"Out of Range Error", regexp.MustCompile(`(?i)^overflow|out of range`), outOfRange, says("Value out of range")},
		{"Conversion Error", regexp.MustCompile(`^Type \S+ with value (\S+) can't be cast .*out of range for the destination type (INT\d+)`),
			outOfRange, says("Out of range for $2: $1")},
		{"Conversion Error", regexp.MustCompile(`^Casting value .* to type DECIMAL.*out of range`), outOfRange,
			says("Decimal overflow")},
		{"Conversion Error", regexp.MustCompile(`^Could not (?:cast|convert) .* to DECIMAL`), outOfRange,
			says("Decimal overflow")},
		{"Conversion Error", regexp.MustCompile(`(?i)out of range|overflow`), outOfRange, says("Value out of range")},
		{"Invalid Input Error", regexp.MustCompile(`^More than one row returned by a subquery`), "SUBQUERY_MULTIPLE_ROWS",
			says("Scalar sub-query has returned multiple rows")},
		{"Invalid Input Error", regexp.MustCompile(`^Map keys must be unique`), "INVALID_FUNCTION_ARGUMENT",
			says("Duplicate map keys are not allowed")},
		{"Invalid Input Error", regexp.MustCompile(`^Map keys can not be NULL`), "INVALID_FUNCTION_ARGUMENT",
			says("map key cannot be null")},
		{"Not implemented Error", regexp.MustCompile(`(?i)correlated|non-inner join on subquery`), NotSupported,
			says("Given correlated subquery is not supported")},
		{"Binder Error", regexp.MustCompile(`correlated columns in window functions`), NotSupported,
			says("Given correlated subquery is not supported")},
		{"Divide by Zero Error", regexp.MustCompile(`^[Dd]ivi\w* by zero`), "DIVISION_BY_ZERO", says("Division by zero")},
	}
})
