package trino

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// A Catalog tells the compiler which tables there are. Its methods get names in lower case.
type Catalog interface {
	// Schemas lists the schemas, in any order.
	Schemas() ([]string, error)
	// Tables lists the tables of a schema, in any order.
	Tables(schema string) ([]string, error)
	// Table gives a table of a schema as it was at a version, or nil when the schema has none of that name. The error
	// wraps ErrNoVersion when the table never was that.
	Table(schema, name string, when Version) (*Table, error)
	// Views lists those tables of a schema that are views, in any order.
	Views(schema string) ([]string, error)
	// Prepared gives the text of the session's prepared statement of a name, in the case it was given.
	Prepared(name string) (text string, found bool, err error)
	// Details tells of a table that Table gave what Iceberg knows of it. The kind is snapshots, history, files, manifests
	// or partitions; nil columns mean that there is no such kind. Values are nil, string, int64, bool, time.Time in UTC,
	// []any, and [][2]any for maps.
	Details(t *Table, kind string) (columns []Column, rows [][]any, err error)
}

// A Version of a table is one by the ID of its snapshot, or the last at a Time; the zero value is the current one.
type Version struct {
	ID   int64
	Time time.Time
}

// ErrNoVersion tells that a table has no such version.
var ErrNoVersion = errors.New("no such version")

// A Table is what the compiler needs to know of a table.
type Table struct {
	Schema, Name string
	Columns      []Column
	// View is what the table stands for, if it is a view; then its columns are those that the view was made with.
	View *View
	// Rows is how many rows the table has, if that is known without reading them; count(*) is answered by it.
	Rows *int64
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
	// Bounds are what all rows that matter have; others need not be read.
	Bounds []Bound
	// Counted tells that only the table's Rows are asked for: the SQL does not name it.
	Counted bool
}

// A Compiled statement is what DuckDB has to run, and what the rows mean.
type Compiled struct {
	// SQL is one SELECT of DuckDB's; empty when there is only something to change.
	SQL     string
	Columns []Column
	Uses    []*TableUse
	// Explain tells that not the rows are asked for.
	Explain Explaining
	// Change is what is to be done besides; nil for what only answers rows.
	Change Change
}

// Explaining is whether a statement's rows are asked for, or what they would take.
type Explaining uint8

// Of a statement.
const (
	Answer Explaining = iota
	Explain
	ExplainAnalyze // and it is to be run
)

// Compile reads one statement and gives it in DuckDB's SQL. Errors are *Error, or the catalog's own.
func Compile(sql string, session Session, catalog Catalog) (c *Compiled, err error) {
	s, parameters, err := parseCounting(sql)
	if err != nil {
		return nil, err
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
	return a.compiled(a.statement(s, parameters)), nil
}

// statement analyses any statement.
func (a *analyser) statement(s Statement, parameters int) *result {
	if _, is := s.(*Prepare); !is && parameters != len(a.parameters) {
		a.fail("INVALID_PARAMETER_USAGE", s.Pos(), "Incorrect number of parameters: expected %d but found %d", parameters,
			len(a.parameters))
	}
	switch s := s.(type) {
	case *Query:
		return a.query(s, &scope{})
	case *Show:
		return a.show(s)
	case *ExplainStatement:
		return a.explain(s)
	case *Execute:
		return a.execute(s)
	case *DescribePrepared:
		return a.describePrepared(s)
	}
	return a.changing(s)
}

// compiled gives a result as the engine runs it.
func (a *analyser) compiled(out *result) *Compiled {
	c := &Compiled{SQL: out.sql, Uses: a.uses, Explain: a.explaining, Change: a.change}
	for i, f := range out.fields {
		name := f.name
		if name == "" {
			name = "_col" + strconv.Itoa(i)
		}
		c.Columns = append(c.Columns, Column{name, f.t})
	}
	return c
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
	// parameters are the values of question marks.
	parameters []*node
	// constants tells that what is analysed may not depend on anything.
	constants bool
	// taken are the types that question marks are taken for, when only that is asked; nil otherwise.
	taken      []*Type
	explaining Explaining
	change     Change
	// views are those within which the analysis is, outer ones first; viewUses and viewBytes count over the statement.
	views               []expansion
	viewUses, viewBytes int
	// outside are the names so far that meant columns of queries around.
	outside []reference
	// hoisted gets the subqueries of the outer join's condition that is analysed; nil elsewhere.
	hoisted *hoisted
	// relations counts those that were named.
	relations int
	depth     int
	// analysed counts expressions.
	analysed int
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
