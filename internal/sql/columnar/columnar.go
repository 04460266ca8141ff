// Package columnar writes the rows of a statement as Apache Parquet and as a stream of Apache Arrow.
//
// Both are written as the rows come, a batch at a time, so that memory does not grow with the result. What broke off is
// never taken for a whole result: a Parquet file without its footer is none, and the stream keeps its last bytes back
// until it is whole, so that a reader meets an end within a message.
package columnar

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/varlake/varlake/internal/sql/query"
)

// A Column is a column of a result: see [Trino] and [DuckDB].
type Column struct {
	name string
	of   form
}

// A form is how values of a type are held.
type form struct {
	arrow arrow.DataType
	// append appends a value that is not NULL, and tells about how many bytes it takes
	append func(b array.Builder, v any) (int, error)
}

// put appends a value.
func (f *form) put(b array.Builder, v any) (int, error) {
	if v == nil {
		b.AppendNull()
		return 1, nil
	}
	return f.append(b, v)
}

// A writer takes batches of rows.
type writer interface {
	write(arrow.RecordBatch) error
	// close ends what is whole; what is not is never closed
	close() error
}

// Bounds of a batch.
type bounds struct {
	rows  int
	bytes int // about
}

// Write writes rows to their end, and closes them. It tells how many there were. No value passes through a function of
// rows.Shape.
type Write func(w io.Writer, rows *query.Rows, columns []Column) (n int64, err error)

// copyRows writes all rows by batches.
func copyRows(to writer, schema *arrow.Schema, columns []Column, rows *query.Rows, most bounds) (n int64, err error) {
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	count, size := 0, 0
	flush := func() error {
		batch := builder.NewRecordBatch()
		defer batch.Release()
		count, size = 0, 0
		return to.write(batch)
	}
	for rows.Next() {
		for i, v := range rows.Values() {
			took, err := columns[i].of.put(builder.Field(i), v)
			if err != nil {
				return n, &query.Error{Kind: query.Syntax, Message: fmt.Sprintf("column %s: %v", columns[i].name, err)}
			}
			size += took
		}
		n++
		if count++; count >= most.rows || size >= most.bytes {
			if err := flush(); err != nil {
				return n, err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return n, err
	}
	if count > 0 {
		if err := flush(); err != nil {
			return n, err
		}
	}
	return n, to.close()
}

func schemaOf(columns []Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.name, Type: c.of.arrow, Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}
