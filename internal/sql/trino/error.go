package trino

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Error is an answer to a statement that cannot be compiled, in Trino's words.
type Error struct {
	// Name is Trino's error name, as SYNTAX_ERROR or COLUMN_NOT_FOUND.
	Name string
	// Line and Column tell where in the statement, both from 1, columns in characters; 0 when no place is to blame.
	Line, Column int
	Message      string
	// Hint is a sentence of Varlake's own that follows Trino's, or empty.
	Hint string
}

// The names of errors that are given in many places. Others stand where they are given.
const (
	SyntaxError  = "SYNTAX_ERROR"
	NotSupported = "NOT_SUPPORTED"
	TypeMismatch = "TYPE_MISMATCH"
	// TooComplex is Trino's name for statements of more parts than it takes.
	TooComplex = "EXCEEDED_NODE_LIMIT"
)

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Name + ": ")
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d:%d: ", e.Line, e.Column)
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString(" " + e.Hint)
	}
	return b.String()
}

// place gives the line and column, both from 1, of the byte at offset pos of a statement.
func place(text string, pos int) (line, column int) {
	before := text[:pos]
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}
