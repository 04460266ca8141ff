package trino

import (
	"fmt"
	"strconv"
	"strings"
)

// prepare analyses PREPARE: its statement was parsed, and is analysed when it is executed, as in Trino.
func (a *analyser) prepare(p *Prepare) *result {
	word := ""
	switch s := p.Statement.(type) {
	case *Prepare:
		word = "PREPARE"
	case *Execute:
		if s.Name != nil {
			word = "EXECUTE"
		}
	case *Deallocate:
		word = "DEALLOCATE"
	}
	if word != "" {
		a.fail(NotSupported, -1, "Invalid statement type for prepared statement: %s", word)
	}
	if len(p.Name.Text) > maxName || strings.ContainsRune(p.Name.Text, 0) {
		a.fail(NotSupported, p.Name.Pos(), "The name of a prepared statement has at most %d bytes", maxName)
	}
	return a.changed(MakePrepared{p.Name.Text, p.Text})
}

// prepared gives the text of the prepared statement of a name, whose case counts.
func (a *analyser) prepared(name Name) string {
	text, found, err := a.catalog.Prepared(name.Text)
	if err != nil {
		panic(catalogError{err})
	}
	if !found {
		a.fail("NOT_FOUND", -1, "Prepared statement not found: %s", name.Text)
	}
	return text
}

// execute analyses EXECUTE and EXECUTE IMMEDIATE. Places in messages about the latter are those of its text within the
// whole; about a prepared statement those of the text that was prepared.
func (a *analyser) execute(x *Execute) *result {
	text := x.Immediate
	if x.Name != nil {
		text = a.prepared(*x.Name)
	}
	var values []*node
	for _, u := range x.Using {
		values = append(values, a.constantOf(u))
	}
	if x.Name == nil {
		line, column := place(a.text, int(x.Text))
		defer moved(line, column)
	}
	s, parameters, err := parseCounting(text)
	if err != nil {
		panic(err)
	}
	if _, is := s.(*Execute); is {
		a.fail(NotSupported, int(x.pos), "EXECUTE cannot be executed")
	}
	a.text, a.parameters = text, values
	return a.statement(s, parameters)
}

// constantOf analyses an expression that may not depend on anything.
func (a *analyser) constantOf(x Expr) *node {
	a.constants = true
	n := a.expr(x, &scope{})
	a.constants = false
	if n.has(column, subquery, aggregate, window) {
		a.fail("EXPRESSION_NOT_CONSTANT", x.Pos(), "Constant expression cannot contain columns or queries")
	}
	return n
}

// unresolved ends the analysis at a name that means nothing.
func (a *analyser) unresolved(at int, name string) {
	if a.constants {
		a.fail("EXPRESSION_NOT_CONSTANT", at, "Constant expression cannot contain column references")
	}
	a.fail("COLUMN_NOT_FOUND", at, "Column '%s' cannot be resolved", strings.ToLower(name))
}

// moved, deferred, has the error of a text that stands within another name its place in that.
func moved(line, column int) {
	r := recover()
	if e, is := r.(*Error); is && e.Line > 0 {
		if e.Line == 1 {
			e.Column += column - 1
		}
		e.Line += line - 1
	}
	if r != nil {
		panic(r)
	}
}

// describePrepared analyses DESCRIBE INPUT, which tells the types that the question marks of a prepared statement are
// taken for, and DESCRIBE OUTPUT, which tells of its columns.
func (a *analyser) describePrepared(d *DescribePrepared) *result {
	text := a.prepared(d.Name)
	s, parameters, err := parseCounting(text)
	if err != nil {
		panic(err)
	}
	asked := a.inner()
	asked.text = text
	for range parameters {
		asked.parameters = append(asked.parameters, constant(0, tUnknown, "NULL", nil))
	}
	asked.taken = make([]*Type, parameters)
	var r *result
	switch s := s.(type) {
	case *Prepare, *Execute, *Deallocate, *DescribePrepared:
		a.fail(NotSupported, d.Pos(), "The prepared statement answers no rows of its own")
	default:
		r = asked.statement(s, parameters)
	}
	if d.Input {
		return a.describeInput(asked.taken)
	}
	if asked.change != nil { // Trino knows no columns of those
		r = &result{}
	}
	return a.describeOutput(asked, r)
}

// inner is an analyser of another statement, over the same tables.
func (a *analyser) inner() *analyser {
	return &analyser{session: a.session, catalog: a.catalog, depth: a.depth}
}

func (a *analyser) describeInput(taken []*Type) *result {
	var rows [][]any
	for i, t := range taken {
		if t == nil {
			t = tUnknown
		}
		rows = append(rows, []any{i, t.String()})
	}
	return a.described([]string{"Position", "Type"}, []*Type{tBigint, tVarchar}, rows)
}

// describeOutput tells of the columns of a result: where they are from, and whether AS gave their names.
func (a *analyser) describeOutput(asked *analyser, r *result) *result {
	var rows [][]any
	for i, c := range asked.compiled(r).Columns {
		f := r.fields[i]
		from := [3]string{}
		copy(from[:], f.origin)
		rows = append(rows, []any{c.Name, from[0], from[1], from[2], c.Type.String(), typeSize(c.Type), f.aliased})
	}
	return a.described([]string{"Column Name", "Catalog", "Schema", "Table", "Type", "Type Size", "Aliased"},
		[]*Type{tVarchar, tVarchar, tVarchar, tVarchar, tVarchar, tBigint, tBoolean}, rows)
}

// described is a result of values in types as narrow as Trino's literals have, or in the types given when there is no
// row.
func (a *analyser) described(columns []string, types []*Type, values [][]any) *result {
	rows := make([][]*node, len(values))
	for i, row := range values {
		for c, v := range row {
			var n *node
			switch v := v.(type) {
			case int:
				n = constant(0, tInteger, fmt.Sprintf("CAST(%d AS INTEGER)", v), int64(v))
			case bool:
				n = constant(0, tBoolean, strconv.FormatBool(v), v)
			case string:
				n = textOf(0, v)
			}
			if rows[i] = append(rows[i], n); i == 0 {
				types[c] = n.t
			} else {
				types[c] = common(types[c], n.t)
			}
		}
	}
	return a.knownRows(columns, types, rows)
}

// typeSize is how many bytes a value of a type has in Trino, 0 when they are not all as long.
func typeSize(t *Type) int {
	switch t.Kind {
	case Unknown, BooleanKind, Tinyint:
		return 1
	case Smallint:
		return 2
	case IntegerKind, Real, Date, YearMonth:
		return 4
	case Bigint, DoubleKind, Time, DaySecond:
		return 8
	case UUID, IPAddress:
		return 16
	case Timestamp:
		if t.Precision > 6 {
			return 12
		}
		return 8
	case TimestampZoned:
		if t.Precision > 3 {
			return 12
		}
		return 8
	case TimeZoned:
		return 8
	case DecimalKind:
		if t.Precision > 18 {
			return 16
		}
		return 8
	}
	return 0
}

// take notes what a question mark is taken for, the first time.
func (a *analyser) take(n *node, to *Type) {
	for i := range a.taken {
		if a.parameters[i] == n && a.taken[i] == nil {
			a.taken[i] = to
		}
	}
}
