package trino

import (
	"fmt"
	"strconv"
	"time"
)

// A Catalog tells the compiler which tables there are. Its methods get names as they were written, and compare them
// without regard to case.
type Catalog interface {
	// Table gives a table of a schema, or nil when the schema has none of that name.
	Table(schema, name string) (*Table, error)
	// HasSchema tells whether there is a schema of that name.
	HasSchema(name string) (bool, error)
}

// A Table is what the compiler needs to know of a table.
type Table struct {
	Schema, Name string
	Columns      []Column
}

// A Column is one of a table or of a result, with its name and type as Trino has them.
type Column struct {
	Name string
	Type *Type
}

// A Session is what a statement finds around it.
type Session struct {
	// Catalog and Schema are those of names without them.
	Catalog, Schema string
	User            string
	// Now is the time of the statement, the same for all of it.
	Now time.Time
}

// A TableUse is one place where a statement reads a table.
type TableUse struct {
	Table *Table
	// Alias is the table's name in the SQL for DuckDB, one for each use.
	Alias string
}

// A Compiled statement is what DuckDB has to run, and what the rows mean.
type Compiled struct {
	// SQL is one SELECT of DuckDB's.
	SQL     string
	Columns []Column
	Uses    []*TableUse
}

// Compile reads one query and gives it in DuckDB's SQL. Errors are *Error, or the catalog's own.
func Compile(sql string, session Session, catalog Catalog, parameters ...Expr) (c *Compiled, err error) {
	s, err := Parse(sql)
	if err != nil {
		return nil, err
	}
	q, is := s.(*Query)
	if !is {
		return nil, &Error{Name: NotSupported, Message: "Only queries are compiled"}
	}
	a := &analyser{text: sql, session: session, catalog: catalog}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		case catalogError:
			err = r.err
		default:
			panic(r)
		}
	}()
	out := a.query(q, &scope{})
	c = &Compiled{SQL: out.sql, Uses: a.uses}
	for i, f := range out.fields {
		name := f.name
		if name == "" {
			name = "_col" + strconv.Itoa(i)
		}
		c.Columns = append(c.Columns, Column{name, f.t})
	}
	return c, nil
}

// catalogError carries a catalog's error through the analyser.
type catalogError struct{ err error }

// An analyser gives types to a statement's expressions and writes its queries. Its methods panic with an *Error, which
// Compile gives back.
type analyser struct {
	emitter
	text    string
	session Session
	catalog Catalog
	uses    []*TableUse
	// relations counts those that were named.
	relations int
	depth     int
}

// fail ends the analysis; at is the byte offset that is to blame, or -1.
func (a *analyser) fail(name string, at int, format string, args ...any) {
	e := &Error{Name: name, Message: fmt.Sprintf(format, args...)}
	if at >= 0 {
		e.Line, e.Column = place(a.text, at)
	}
	panic(e)
}

// relation gives a new name for a relation.
func (a *analyser) relation() string {
	a.relations++
	return "r" + strconv.Itoa(a.relations)
}
