// Package query runs one untrusted SELECT statement over pinned Parquet files.
package query

import (
	"context"
	"errors"
	"io"
	"time"
)

// Column is a column of a table or of a result. Type is DuckDB's type text, such as BIGINT, VARCHAR[] or MAP(VARCHAR, VARCHAR).
type Column struct {
	Name string
	Type string
}

// Table is a table a statement may read: the rows of Files, absolute paths of Parquet files, projected to Columns.
// Without files the table is empty and has the types of Columns.
type Table struct {
	Name    string
	Columns []Column
	Files   []string
}

// Options bounds every query of an Engine. The zero value of a field means the default stated beside it.
type Options struct {
	MemoryLimit   int64         // bytes of memory per query; 1 GiB
	Threads       int           // threads per query; number of CPUs
	Timeout       time.Duration // from the call of Query to Rows.Close; 5 minutes
	TempDir       string        // folder for spilling; empty: no spilling, nothing is ever written
	MaxConcurrent int           // queries at the same time, further ones wait; 4
	MaxRows       int64         // rows of a result; 0: no limit
	MaxBytes      int64         // encoded bytes of a result; 0: no limit
}

// Engine runs queries. It is safe for concurrent use.
type Engine struct{ opt Options }

// New makes an engine.
func New(opt Options) (*Engine, error) { return &Engine{opt: opt}, nil }

// Close ends the engine and every query still running.
func (e *Engine) Close() error { return nil }

// Query runs one SELECT statement. The context governs the rows as well: when it ends, the query ends.
// Errors that a user may see are *Error.
func (e *Engine) Query(ctx context.Context, tables []Table, sql string) (*Rows, error) {
	return nil, errors.ErrUnsupported
}

// Rows is the result of a query, read forward once. It is not safe for concurrent use.
type Rows struct{}

// Columns gives the names and types of the result.
func (r *Rows) Columns() []Column { return nil }

// Next moves to the next row and says whether there is one. After false, Err tells whether the result was complete.
func (r *Rows) Next() bool { return false }

// Values is the current row, valid until the next call of Next.
func (r *Rows) Values() []any { return nil }

// Scan copies the current row into dest: *any, *bool, *int64, *float64 or *string, one per column.
func (r *Rows) Scan(dest ...any) error { return nil }

// Err is the error that ended the rows early, if any.
func (r *Rows) Err() error { return nil }

// Close frees everything the query holds. It may be called more than once.
func (r *Rows) Close() error { return nil }

// WriteJSON writes the rows as one JSON array of objects.
func WriteJSON(w io.Writer, rows *Rows) error { return nil }

// WriteCSV writes the rows as CSV with a header.
func WriteCSV(w io.Writer, rows *Rows) error { return nil }

// WriteTable writes the rows as a table for people.
func WriteTable(w io.Writer, rows *Rows) error { return nil }

// Kind says what went wrong with a query.
type Kind string

// Kinds of errors.
const (
	Syntax   Kind = "syntax"
	Denied   Kind = "denied"
	NotFound Kind = "not_found"
	Resource Kind = "resource"
	Timeout  Kind = "timeout"
	Canceled Kind = "canceled"
	Internal Kind = "internal"
)

// Error is an error of a query that its user may see.
type Error struct {
	Kind    Kind
	Message string
}

func (e *Error) Error() string { return e.Message }
