// Package trino compiles Trino's SQL, which Athena speaks, to DuckDB's.
//
// A statement passes a lexer, a recursive-descent parser, an analyser that gives each expression the type that Trino
// gives it, and an emitter. A statement means here what it means to Trino 476, or is answered with an *Error that has
// Trino's name, place and words. The package knows no stores: tables come from the caller.
//
// What a statement may cost is bounded before it is read: MaxBytes of text, and MaxDepth of nesting.
package trino

// MaxBytes is the most that a statement may be long, in bytes, as in Athena.
const MaxBytes = 262_144

// MaxDepth is how deep expressions, queries and types may be nested.
const MaxDepth = 400
