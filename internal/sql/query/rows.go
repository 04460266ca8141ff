package query

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/varlake/varlake/internal/state/slot"
)

// Rows is the result of a query, read forward once. The worker does not wait for
// the reader unless much is unread (see slot.Spill), and is free when it has made the
// last row. Rows are not safe for concurrent use. Close them, or read them to their
// end; the end of the query's context ends them as well.
type Rows struct {
	ctx      context.Context
	end      func() // gives up the context
	w        *worker
	release  func()        // ends the worker and gives its place up
	worked   chan struct{} // closed then
	result   *slot.Result  // frames of rows that were not read yet
	in       *bufio.Reader // of result
	columns  []Column
	types    []*typ
	layers   string
	buf      []byte
	dec      decoder
	values   []any
	shapes   []func(any) any // of Shape; nil: values stay as they are
	rows     int64
	bytes    int64
	maxRows  int64
	maxBytes int64
	done     bool
	err      *Error
}

func (r *Rows) readHeader() error {
	kind, payload, err := readFrame(r.w.out, nil, maxFrame)
	if err != nil {
		return r.w.died(err)
	}
	switch kind {
	case frameError:
		return workerError(payload)
	case frameColumns:
		var h header
		if err := json.Unmarshal(payload, &h); err != nil {
			return fmt.Errorf("read columns: %w", err)
		}
		if len(h.Names) != len(h.Types) || len(h.Names) == 0 {
			return errWire
		}
		for i, t := range h.Types {
			if !t.valid(0) {
				return errWire
			}
			r.columns = append(r.columns, Column{Name: h.Names[i], Type: t.String()})
		}
		r.types, r.layers, r.values = h.Types, h.Layers, make([]any, len(h.Types))
		return nil
	}
	return errWire
}

func workerError(payload []byte) error {
	var f failure
	if err := json.Unmarshal(payload, &f); err != nil {
		return errWire
	}
	e := &Error{Kind: f.Kind, Message: f.Message}
	if f.Detail != "" {
		e.Err = fmt.Errorf("query worker: %s", f.Detail)
	}
	return e
}

// Next moves to the next row and says whether there is one. After false, Err
// tells whether the result was complete.
func (r *Rows) Next() bool {
	if r.done {
		return false
	}
	for len(r.dec.buf) == 0 {
		if !r.fill() {
			return false
		}
	}
	if r.rows++; r.maxRows > 0 && r.rows > r.maxRows {
		return r.fail(&Error{Kind: Resource, Message: fmt.Sprintf("the result has more than %d rows", r.maxRows)})
	}
	for i, t := range r.types {
		r.values[i] = r.dec.value(t)
	}
	if r.dec.bad {
		return r.fail(errWire)
	}
	for i, shape := range r.shapes {
		r.values[i] = shape(r.values[i])
	}
	return true
}

// Columns gives the names and types of the result. Names need not be distinct.
func (r *Rows) Columns() []Column { return r.columns }

// Types are the types of the columns.
func (r *Rows) Types() []*Type { return r.types }

// Values is the current row. The slice is overwritten by the next call of Next, what it holds is not.
func (r *Rows) Values() []any { return r.values }

// Count is how many rows were read.
func (r *Rows) Count() int64 { return r.rows }

// Shape gives the columns other names, and has each value of a column pass a function, which gives one of the values
// that query has for DuckDB's, or JSON. It is to be called before Next; both are as long as the result has columns.
func (r *Rows) Shape(names []string, values []func(any) any) {
	for i, name := range names {
		r.columns[i].Name = name
	}
	r.shapes = values
}

// pump takes what the worker makes until its end, and frees it.
func (r *Rows) pump(work context.Context) {
	err := r.take()
	final := error(nil)
	if err != nil {
		final = endError(work, err)
	}
	r.result.Finish(final) // it does not wait for the worker's end
	r.release()
}

// take moves the worker's frames of rows to the result.
func (r *Rows) take() error {
	var buf []byte
	for {
		kind, payload, err := readFrame(r.w.out, buf, maxFrame)
		if err != nil {
			return r.w.died(err)
		}
		switch buf = payload; kind {
		case frameRows:
			if err := writeFrame(r.result, kind, payload); err != nil {
				return err
			}
		case frameDone:
			return nil
		case frameError:
			return workerError(payload)
		default:
			return errWire
		}
	}
}

// Worked gives a channel that is closed when the engine is done with the query, and with the tables' files, whether or
// not the rows were read.
func (r *Rows) Worked() <-chan struct{} { return r.worked }

// fill reads the next frame of rows.
func (r *Rows) fill() bool {
	_, payload, err := readFrame(r.in, r.buf, maxFrame)
	switch {
	case err == io.EOF: // itself: a worker that died may have ended with one
		_ = r.Close()
		return false
	case err != nil:
		return r.fail(err)
	}
	r.buf = payload
	r.dec.buf = payload
	if r.bytes += int64(len(payload)); r.maxBytes > 0 && r.bytes > r.maxBytes {
		return r.fail(&Error{Kind: Resource, Message: fmt.Sprintf("the result is larger than %d bytes", r.maxBytes)})
	}
	return true
}

func (r *Rows) fail(err error) bool {
	r.err = endError(r.ctx, err)
	_ = r.Close()
	return false
}

// Err is the error that ended the rows early, an *Error, or nil.
func (r *Rows) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Close ends the query and frees everything it holds. It may be called more than once.
func (r *Rows) Close() error {
	r.done = true
	r.release()
	if r.result != nil {
		r.result.Close()
	}
	if r.end != nil {
		r.end()
	}
	return nil
}
