package query

import (
	"errors"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// session is one in-memory DuckDB instance with one connection. It is used
// below the database/sql driver because results must stream in bounded memory
// and keep exact values, field order and map order; it belongs to one thread.
type session struct {
	db   duckdb.Database
	conn duckdb.Connection
	// own tells that statements are in DuckDB's own dialect, which has none of the native functions.
	own bool
}

// errDuck is an error text of DuckDB as it came, with its "Binder Error: " prefix.
type errDuck string

func (e errDuck) Error() string { return string(e) }

func openSession(settings map[string]string) (*session, error) {
	var config duckdb.Config
	if duckdb.CreateConfig(&config) == duckdb.StateError {
		return nil, errors.New("create DuckDB configuration")
	}
	defer duckdb.DestroyConfig(&config)
	for name, value := range settings {
		if duckdb.SetConfig(config, name, value) == duckdb.StateError {
			return nil, errors.New("set DuckDB option " + name)
		}
	}
	s := &session{}
	var msg string
	if duckdb.OpenExt("", &s.db, config, &msg) == duckdb.StateError {
		return nil, errDuck(msg)
	}
	if duckdb.Connect(s.db, &s.conn) == duckdb.StateError {
		duckdb.Close(&s.db)
		return nil, errors.New("connect to DuckDB")
	}
	return s, nil
}

// exec runs trusted statements of our own.
func (s *session) exec(sql string) error {
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.Query(s.conn, sql, &res) == duckdb.StateError {
		return errDuck(duckdb.ResultError(&res))
	}
	return nil
}

// text runs a statement of our own that gives one VARCHAR, with one bound string.
// The argument never becomes part of the statement.
func (s *session) text(sql, arg string) (string, error) {
	stmt, err := s.prepare(sql)
	if err != nil {
		return "", err
	}
	defer duckdb.DestroyPrepare(&stmt)
	if duckdb.BindVarcharLength(stmt, 1, arg, duckdb.IdxT(len(arg))) == duckdb.StateError {
		return "", errDuck(duckdb.PrepareError(stmt))
	}
	st, err := s.run(stmt)
	if err != nil {
		return "", err
	}
	defer st.close()
	chunk, err := st.next()
	if err != nil {
		return "", err
	}
	if chunk == nil || chunk.rows == 0 {
		return "", errors.New("statement gave no row")
	}
	defer chunk.close()
	if chunk.cols[0].null(0) {
		return "", errors.New("statement gave NULL")
	}
	return string(chunk.cols[0].bytes(0)), nil
}

// prepare compiles exactly one statement; text that holds several is refused.
func (s *session) prepare(sql string) (duckdb.PreparedStatement, error) {
	var stmts duckdb.ExtractedStatements
	var stmt duckdb.PreparedStatement
	n := duckdb.ExtractStatements(s.conn, sql, &stmts)
	defer duckdb.DestroyExtracted(&stmts)
	if n == 0 {
		return stmt, errDuck(duckdb.ExtractStatementsError(stmts))
	}
	if n != 1 {
		return stmt, &Error{Kind: Denied, Message: "only one statement is allowed"}
	}
	if duckdb.PrepareExtractedStatement(s.conn, stmts, 0, &stmt) == duckdb.StateError {
		err := errDuck(duckdb.PrepareError(stmt))
		duckdb.DestroyPrepare(&stmt)
		return stmt, err
	}
	return stmt, nil
}

// stream is a running statement whose rows are made as they are asked for.
type stream struct {
	res     duckdb.Result
	pending duckdb.PendingResult
	names   []string
	types   []*typ
}

func (s *session) run(stmt duckdb.PreparedStatement) (*stream, error) {
	st := &stream{}
	// Marked deprecated, but the C API has no other way to stream a result; materialised ones would have to fit in memory
	if duckdb.PendingPreparedStreaming(stmt, &st.pending) == duckdb.StateError {
		err := errDuck(duckdb.PendingError(st.pending))
		st.close()
		return nil, err
	}
	if duckdb.ExecutePending(st.pending, &st.res) == duckdb.StateError {
		err := errDuck(duckdb.ResultError(&st.res))
		st.close()
		return nil, err
	}
	for i := range duckdb.ColumnCount(&st.res) {
		lt := duckdb.ColumnLogicalType(&st.res, i)
		t, err := readType(lt, 0)
		duckdb.DestroyLogicalType(&lt)
		name := duckdb.ColumnName(&st.res, i)
		if err != nil {
			st.close()
			return nil, &Error{Kind: Syntax, Message: "column " + quoteIdent(name) + ": " + err.Error()}
		}
		st.names, st.types = append(st.names, name), append(st.types, t)
	}
	return st, nil
}

func (st *stream) close() {
	duckdb.DestroyResult(&st.res)
	duckdb.DestroyPending(&st.pending)
}

// chunk is up to 2048 rows in DuckDB's memory, valid until close.
type chunk struct {
	data duckdb.DataChunk
	rows uint64
	cols []vector
}

// next gives the next chunk, or nil at the end.
func (st *stream) next() (*chunk, error) {
	data := duckdb.FetchChunk(st.res)
	if data.Ptr == nil {
		if msg := duckdb.ResultError(&st.res); msg != "" {
			return nil, errDuck(msg)
		}
		return nil, nil
	}
	c := &chunk{data: data, rows: uint64(duckdb.DataChunkGetSize(data)), cols: make([]vector, len(st.types))}
	for i, t := range st.types {
		c.cols[i] = openVector(duckdb.DataChunkGetVector(data, duckdb.IdxT(i)), t)
	}
	return c, nil
}

func (c *chunk) close() { duckdb.DestroyDataChunk(&c.data) }

// vector reads one column of a chunk where it lies. Layouts are those of DuckDB's C API (duckdb.h).
type vector struct {
	t     *typ
	data  unsafe.Pointer
	valid unsafe.Pointer // bitmap, one bit per row; nil: no NULL
	kids  []vector
}

func openVector(v duckdb.Vector, t *typ) vector {
	out := vector{t: t, data: duckdb.VectorGetData(v), valid: duckdb.VectorGetValidity(v)}
	switch t.ID {
	case idList:
		out.kids = []vector{openVector(duckdb.ListVectorGetChild(v), t.Kids[0])}
	case idMap: // a list of structs of key and value
		entry := duckdb.ListVectorGetChild(v)
		out.kids = []vector{
			openVector(duckdb.StructVectorGetChild(entry, 0), t.Kids[0]),
			openVector(duckdb.StructVectorGetChild(entry, 1), t.Kids[1]),
		}
	case idArray:
		out.kids = []vector{openVector(duckdb.ArrayVectorGetChild(v), t.Kids[0])}
	case idStruct:
		for i, kid := range t.Kids {
			out.kids = append(out.kids, openVector(duckdb.StructVectorGetChild(v, duckdb.IdxT(i)), kid))
		}
	}
	return out
}

func (v *vector) null(row uint64) bool {
	if v.valid == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(v.valid, row/64*8))
	return word&(1<<(row%64)) == 0
}

func at[T any](v *vector, row uint64) T {
	var zero T
	return *(*T)(unsafe.Add(v.data, uintptr(row)*unsafe.Sizeof(zero)))
}

// bytes is the string or blob at row, in DuckDB's memory: a 16-byte string_t
// holds the length, then either up to 12 bytes inline or a pointer at offset 8.
func (v *vector) bytes(row uint64) []byte {
	p := unsafe.Add(v.data, uintptr(row)*16)
	n := *(*uint32)(p)
	if n <= 12 {
		return unsafe.Slice((*byte)(unsafe.Add(p, 4)), n)
	}
	return unsafe.Slice(*(**byte)(unsafe.Add(p, 8)), n)
}

type listEntry struct{ offset, length uint64 }
