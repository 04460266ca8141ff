package query

import (
	"context"
	"fmt"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// Query runs one SELECT statement over the tables. It returns when the result is
// whole or has grown to some megabytes, or the statement has failed. The context
// governs the rows as well: when it ends, so does the query, at once. Errors are always *Error.
func (e *Engine) Query(ctx context.Context, tables []Table, sql string) (*Rows, error) {
	return e.QueryAs(ctx, "", tables, sql)
}

// QueryAs is Query for an account, which has its share of the engine and no more. See Open.
func (e *Engine) QueryAs(ctx context.Context, account string, tables []Table, sql string) (*Rows, error) {
	return e.Begin(ctx, account, sql, DuckDB).Run(tables)
}

// Scan copies the current row into dest, one *any, *bool, *int64, *float64 or
// *string per column. NULL scans into *any only.
func (r *Rows) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("scan %d columns into %d destinations", len(r.values), len(dest))
	}
	for i, d := range dest {
		ok := true
		switch d := d.(type) {
		case *any:
			*d = r.values[i]
		case *bool:
			*d, ok = r.values[i].(bool)
		case *int64:
			*d, ok = r.values[i].(int64)
		case *float64:
			*d, ok = r.values[i].(float64)
		case *string:
			*d, ok = r.values[i].(string)
		default:
			ok = false
		}
		if !ok {
			return fmt.Errorf("scan column %d: %T into %T", i+1, r.values[i], d)
		}
	}
	return nil
}

func (s *session) close() {
	duckdb.Disconnect(&s.conn)
	duckdb.Close(&s.db)
}
