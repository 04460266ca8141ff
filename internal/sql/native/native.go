// Package native has the functions of Trino that DuckDB has no like of, written in Go. The worker of a statement
// registers them with DuckDB; the compiler writes their names.
package native

import "fmt"

// A Function is a scalar function. Call may be called by several threads at once.
type Function struct {
	// Name is the function's in DuckDB, and begins with trino_.
	Name string
	// Params and Result are DuckDB's types: VARCHAR, BLOB, BOOLEAN, INTEGER, BIGINT, DOUBLE, FLOAT, DATE, TIME, TIMESTAMP,
	// TIMESTAMP_NS, a list as VARCHAR[], or MAP(VARCHAR, VARCHAR). Values are string, []byte, bool, int32, int64, float64,
	// float32; int32 days since 1970 for a DATE; int64 microseconds since midnight or 1970 for TIME and TIMESTAMP,
	// nanoseconds for TIMESTAMP_NS; []any for lists; [][2]any for maps, in their order.
	Params []string
	Result string
	// Nulls tells that Call is to see NULLs, as nil. Without it, any NULL among the arguments is the answer.
	Nulls bool
	// Call computes one value; nil is NULL. Its errors end the statement: an *Error with Trino's name.
	Call func(args []any) (any, error)
}

// An Error is one of Trino's, that ends a statement while it runs.
type Error struct{ Name, Message string }

func (e *Error) Error() string { return e.Name + ": " + e.Message }

// Fail makes an *Error.
func Fail(name, format string, args ...any) error {
	return &Error{name, fmt.Sprintf(format, args...)}
}

// Functions has all of them.
func Functions() []Function {
	var all []Function
	for _, family := range [][]Function{
		control,
		jsonFunctions,
		textFunctions,
		distanceFunctions,
		splitFunctions,
		urlFunctions,
		utf8Functions,
		binaryFunctions,
		regexpFunctions,
		formatFunctions,
		sizeFunctions,
		sqlJSONFunctions,
		hashFunctions,
		list,
		numbers,
		moments,
		identifiers,
		arithmetic,
		distribution,
		vector,
		aggregated,
		jsonCasts,
		timeFields,
		timeFormats,
		isoTimes,
	} {
		all = append(all, family...)
	}
	return all
}

// control has what the compiler needs to say no.
var control = []Function{
	{Name: "trino_fail", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return nil, &Error{args[0].(string), args[1].(string)} }},
}
