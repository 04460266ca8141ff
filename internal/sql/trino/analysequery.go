package trino

import (
	"strconv"
	"strings"
)

// A result is a query as SQL, whose columns are named c0, c1 and so on, and what they are.
type result struct {
	sql    string
	fields []*field
}

// A namedQuery is one of WITH.
type namedQuery struct {
	name   string
	fields []*field
}

// columnName is the name of a query's column in DuckDB.
func columnName(i int) string { return "c" + strconv.Itoa(i) }

// query analyses a query within the scope of the one around it.
func (a *analyser) query(q *Query, outer *scope) *result {
	around := a.hoisted
	a.hoisted = nil
	defer func() { a.hoisted = around }()
	with, names := a.with(q, outer)
	r := a.body(q, outer.within(names))
	if with != "" {
		r.sql = with + " " + r.sql
	}
	return r
}

// with analyses the WITH clause: its SQL, and all names that hold in the query.
func (a *analyser) with(q *Query, outer *scope) (string, map[string]*namedQuery) {
	if q.With == nil {
		return "", outer.with
	}
	names := outer.allNamed()
	own := map[string]bool{}
	var parts []string
	for _, n := range q.With.Queries {
		lower := strings.ToLower(n.Name.Text)
		if own[lower] {
			a.fail("DUPLICATE_NAMED_QUERY", n.Pos(), "WITH query name '%s' specified more than once", lower)
		}
		own[lower] = true
		if q.With.Recursive {
			if r := a.recursionOf(n); r != nil {
				parts = append(parts, a.recursive(n, r, names, outer))
				continue
			}
		}
		r := a.query(n.Query, outer.within(names))
		named := &namedQuery{name: a.relation(), fields: a.renamed(r.fields, n)}
		parts = append(parts, named.name+columnsOf(len(r.fields))+" AS ("+r.sql+")")
		names[lower] = named
	}
	return "WITH " + strings.Join(parts, ", "), names
}

// renamed gives the fields of a query of WITH the names of its list of aliases, if there is one.
func (a *analyser) renamed(fields []*field, n NamedQuery) []*field {
	if n.Columns != nil && len(n.Columns) != len(fields) {
		a.fail("MISMATCHED_COLUMN_ALIASES", n.Columns[0].Pos(),
			"Column alias list has %d entries but relation has %d columns", len(n.Columns), len(fields))
	}
	a.distinctNames(n.Columns)
	out := make([]*field, len(fields))
	for i, f := range fields {
		renamed := *f
		if n.Columns != nil {
			renamed.name = n.Columns[i].Text
		}
		out[i] = &renamed
	}
	return out
}

// distinctNames refuses a list that has a name twice.
func (a *analyser) distinctNames(names []Name) {
	found := map[string]bool{}
	for _, name := range names {
		lower := strings.ToLower(name.Text)
		if found[lower] {
			a.fail("DUPLICATE_COLUMN_NAME", name.Pos(), "Column name '%s' specified more than once", name.Text)
		}
		found[lower] = true
	}
}

// columnsOf writes (c0, c1, …).
func columnsOf(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = columnName(i)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// body analyses a query but for its WITH clause.
func (a *analyser) body(q *Query, s *scope) *result {
	if a.depth++; a.depth > MaxDepth {
		a.fail(TooComplex, q.Pos(), "The statement is nested more than %d deep", MaxDepth)
	}
	defer func() { a.depth-- }()
	if sel, is := q.Body.(*Select); is {
		return a.selectQuery(sel, q, s)
	}
	r := a.queryBody(q.Body, s)
	if len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil {
		return r
	}
	// ORDER BY sees the columns of the whole
	name := a.relation()
	inner := &scope{fields: a.from(name, r.fields), parent: s}
	out := &selecting{at: q.Pos(), rest: " FROM (" + r.sql + ") AS " + name + columnsOf(len(r.fields))}
	for _, f := range inner.fields {
		out.outputs = append(out.outputs, output{name: f.name, node: columnNode(0, f, true)})
	}
	a.orderBy(q.OrderBy, inner, out)
	ordered := a.limited(out, q, s)
	for i, f := range ordered.fields {
		f.relation = r.fields[i].relation
	}
	return ordered
}

// from gives fields as those of a relation of DuckDB's whose columns are c0, c1 and so on.
func (a *analyser) from(name string, fields []*field) []*field {
	out := make([]*field, len(fields))
	for i, f := range fields {
		out[i] = &field{name: f.name, relation: f.relation, t: f.t, sql: name + "." + columnName(i), origin: f.origin}
	}
	return out
}

// fetchFirst is the clause that wants a row at least.
const fetchFirst = "FETCH FIRST"

// rowCount is a clause's number of rows: a literal or a parameter.
func (a *analyser) rowCount(x Expr, s *scope, clause string, at pos) int64 {
	n := a.expr(x, s)
	if a.taken != nil && n.t.Kind == Unknown {
		a.take(n, tBigint)
		return 0
	}
	count, is := n.value.(int64)
	switch {
	case !is:
		a.fail("INVALID_LIMIT_CLAUSE", x.Pos(), "The number of rows must be a positive integer")
	case clause == fetchFirst && count < 1:
		a.fail(outOfRange, at.Pos(), "%s row count must be positive (actual value: %d)", clause, count)
	case count < 0:
		a.fail(outOfRange, at.Pos(), "%s row count must be greater or equal to 0 (actual value: %d)", clause, count)
	}
	return count
}

// queryBody analyses what is no SELECT.
func (a *analyser) queryBody(b Body, s *scope) *result {
	switch b := b.(type) {
	case *Query:
		return a.body(b, s)
	case *Select:
		return a.selectQuery(b, &Query{pos: b.pos, Body: b}, s)
	case *TableQuery:
		item := SelectItem{pos: b.pos, Star: true}
		sel := &Select{pos: b.pos, Items: []SelectItem{item}, From: &TableRef{pos: b.pos, Name: b.Name}}
		r := a.selectQuery(sel, &Query{pos: b.pos, Body: sel}, s)
		for _, f := range r.fields { // other than those of SELECT * they keep the table's name
			f.relation = b.Name.parts()
		}
		return r
	case *Values:
		return a.values(b, s)
	case *SetOperation:
		return a.setOperation(b, s)
	}
	panic("no such body of a query")
}

// values analyses VALUES; each row is an expression or a row of several.
func (a *analyser) values(v *Values, s *scope) *result {
	rows := make([][]*node, len(v.Rows))
	for i, x := range v.Rows {
		if row, is := x.(*RowOf); is {
			for _, f := range row.Fields {
				rows[i] = append(rows[i], a.expr(f, s))
			}
		} else {
			rows[i] = a.spread(a.expr(x, s))
		}
		if len(rows[i]) != len(rows[0]) {
			a.fail(TypeMismatch, v.Pos(), "Values rows have mismatched sizes: %d vs %d", len(rows[0]), len(rows[i]))
		}
	}
	types := make([]*Type, len(rows[0]))
	for c := range types {
		types[c] = rows[0][c].t
		for _, row := range rows[1:] {
			t := common(types[c], row[c].t)
			if t == nil {
				a.fail(TypeMismatch, v.Pos(), "Values rows have mismatched types: %s vs %s", rowTypes(rows[0]),
					rowTypes(row))
			}
			types[c] = t
		}
	}
	return a.rowsOf(rows, types)
}

// rowsOf writes rows of values. DuckDB's VALUES takes no subqueries: with one, each row is a SELECT.
func (a *analyser) rowsOf(rows [][]*node, types []*Type) *result {
	fields := make([]*field, len(types))
	for c, t := range types {
		fields[c] = &field{t: t, sql: columnName(c)}
	}
	written := make([]string, len(rows))
	plain := true
	for i, row := range rows {
		items := make([]string, len(row))
		for c, n := range row {
			plain = plain && !n.has(subquery)
			items[c] = a.typed(a.coerce(n, types[c]))
		}
		written[i] = strings.Join(items, ", ")
	}
	if plain {
		return &result{"SELECT * FROM (VALUES (" + strings.Join(written, "), (") + ")) AS " + a.relation() +
			columnsOf(len(types)), fields}
	}
	for i := range written {
		written[i] = "SELECT * FROM (SELECT " + written[i] + ") AS " + a.relation() + columnsOf(len(types))
	}
	return &result{strings.Join(written, " UNION ALL "), fields}
}

// spread gives the fields of a row value as nodes, or the node itself.
func (a *analyser) spread(n *node) []*node {
	if n.t.Kind != Row {
		return []*node{n}
	}
	out := make([]*node, len(n.t.Of))
	for i := range out {
		out[i] = fieldOf(n, i)
	}
	return out
}

func rowTypes(row []*node) string {
	names := make([]string, len(row))
	for i, n := range row {
		names[i] = n.t.String()
	}
	return "row(" + strings.Join(names, ", ") + ")"
}

func (a *analyser) setOperation(o *SetOperation, s *scope) *result {
	left, right := a.queryBody(o.Left, s), a.queryBody(o.Right, s)
	if len(left.fields) != len(right.fields) {
		a.fail(TypeMismatch, o.Pos(), "%s query has different number of fields: %d, %d", o.Op, len(left.fields),
			len(right.fields))
	}
	fields := make([]*field, len(left.fields))
	for i, f := range left.fields {
		t := common(f.t, right.fields[i].t)
		if t == nil {
			a.fail(TypeMismatch, o.Pos(), "column %d in %s query has incompatible types: %s, %s", i+1, o.Op, f.t,
				right.fields[i].t)
		}
		fields[i] = &field{name: f.name, relation: f.relation, t: t, origin: f.origin}
	}
	op := o.Op
	if o.All {
		op += " ALL"
	}
	for _, f := range fields {
		if needsKey(f.t) && op != "UNION ALL" {
			return a.keyedOperation(o, left, right, fields)
		}
	}
	return &result{a.cast(left, fields) + " " + op + " " + a.cast(right, fields), fields}
}

// keyedOperation is UNION of columns that DuckDB tells apart otherwise than Trino.
func (a *analyser) keyedOperation(o *SetOperation, left, right *result, fields []*field) *result {
	if o.Op != "UNION" {
		for _, f := range fields {
			if f.t.zoned() {
				a.fail(NotSupported, o.Pos(), "%s of %s is not supported", o.Op, f.t)
			}
		}
		op := o.Op
		if o.All {
			op += " ALL"
		}
		return &result{a.sortedMaps(a.cast(left, fields), fields) + " " + op + " " +
			a.sortedMaps(a.cast(right, fields), fields), fields}
	}
	name := a.relation()
	keys := make([]string, len(fields))
	for i, f := range a.from(name, fields) {
		keys[i] = a.sql(a.sortKey(columnNode(0, f, true)))
	}
	return &result{"SELECT DISTINCT ON (" + strings.Join(keys, ", ") + ") * FROM (" + a.cast(left, fields) +
		" UNION ALL " + a.cast(right, fields) + ") AS " + name + columnsOf(len(fields)), fields}
}

// cast writes a query, in parentheses, whose columns have the types of these fields.
func (a *analyser) cast(r *result, to []*field) string {
	same := true
	for i, f := range r.fields {
		same = same && sameValues(f.t, to[i].t)
	}
	if same {
		return "(" + r.sql + ")"
	}
	name := a.relation()
	items := make([]string, len(to))
	for i, f := range a.from(name, r.fields) {
		items[i] = a.sql(a.coerce(columnNode(0, f, true), to[i].t)) + " AS " + columnName(i)
	}
	return "(SELECT " + strings.Join(items, ", ") + " FROM (" + r.sql + ") AS " + name + columnsOf(len(to)) + ")"
}
