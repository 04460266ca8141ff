package trino

import (
	"fmt"
	"strings"
)

func (a *analyser) in(x *InList, s *scope) *node {
	value := a.expr(x.X, s)
	list := a.exprs(x.List, s)
	t := a.commonOf(x.Pos(), "IN value and list items must be the same type", append([]*node{value}, list...))
	value = a.coerce(value, t)
	for i, item := range list {
		list[i] = a.coerce(item, t)
	}
	args := append([]*node{value}, list...)
	places := make([]string, len(list))
	for i := range list {
		places[i] = fmt.Sprintf("$%d", i+2)
	}
	n := made(x.Pos(), tBoolean, "($1 IN ("+strings.Join(places, ", ")+"))", args...)
	if n.op = "IN"; isDirect(t) || isNumberList(t, list) {
		return n
	}
	for i, place := range places {
		places[i] = a.compareSQL(t, "=", "$1", place)
	}
	n.op, n.text = "OR", "("+strings.Join(places, " OR ")+")"
	return n
}

// isNumberList tells whether all of a list are numbers that are written out, none of which is NaN.
func isNumberList(t *Type, list []*node) bool {
	for _, n := range list {
		value, is := n.value.(float64)
		if !is || n.form != literal || value != value {
			return false
		}
	}
	return t.Kind == Real || t.Kind == DoubleKind
}

func (a *analyser) inQuery(x *InQuery, s *scope) *node {
	value, before := a.expr(x.X, s), len(a.outside)
	n := a.anyOf(x.Pos(), "=", value, a.query(x.Query, s))
	n.outside = a.outside[before:]
	return n
}

func (a *analyser) quantified(x *Quantified, s *scope) *node {
	value, before := a.expr(x.Left, s), len(a.outside)
	n := a.compareEach(x, value, a.query(x.Query, s))
	n.outside = a.outside[before:]
	return n
}

// compareEach compares a value with the rows of a query.
func (a *analyser) compareEach(x *Quantified, value *node, r *result) *node {
	if x.Quantifier != "ALL" {
		return a.anyOf(x.Pos(), x.Op, value, r)
	}
	// all are so when none is not
	negated := map[string]string{"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}[x.Op]
	if t := common(value.t, r.fields[0].t); t != nil && (t.Kind == Real || t.Kind == DoubleKind) {
		sql, value, t := a.comparedQuery(x.Pos(), r, value)
		return a.eachOf(x.Pos(), t, x.Op, sql, value, true)
	}
	return made(x.Pos(), tBoolean, "(NOT $1)", a.anyOf(x.Pos(), negated, value, r))
}

// anyOf tells whether a comparison holds for any row of a query.
func (a *analyser) anyOf(at int, op string, value *node, r *result) *node {
	sql, value, t := a.comparedQuery(at, r, value)
	if op != "=" && op != "<>" && !orderable(t) {
		a.fail(TypeMismatch, at, "Cannot apply operator: %s %s %[1]s", t, op)
	}
	if a.hoisted != nil {
		return a.hoistedIn(at, op, value, sql)
	}
	query := &node{form: subquery, t: value.t, text: sql}
	switch {
	case isDirect(t) && op == "=":
		return made(at, tBoolean, "($1 IN $2)", value, query)
	case isDirect(t):
		return made(at, tBoolean, "($1 "+op+" ANY $2)", value, query)
	case op == "=" && (t.Kind == Real || t.Kind == DoubleKind): // NaN is in nothing
		name := a.relation()
		query.text = "(SELECT c0 FROM " + sql + " AS " + name + "(c0) WHERE c0 IS NULL OR NOT isnan(c0))"
		return made(at, tBoolean, "($1 IN $2)", value, query)
	case op == "=" && (t.Kind == TimestampZoned || t.Kind == TimeZoned || t.Kind == IPAddress):
		name := a.relation()
		key := a.sql(a.sortKey(&node{form: column, t: t, text: "c0"}))
		query.text = "(SELECT " + key + " FROM " + sql + " AS " + name + "(c0))"
		return made(at, tBoolean, "($1 IN $2)", a.sortKey(value), query)
	case op == "=" && t.Kind == Row && allDirect(t):
		return a.rowIn(at, t, sql, value)
	}
	return a.eachOf(at, t, op, sql, value, false)
}

func allDirect(t *Type) bool {
	for _, of := range t.Of {
		if !isDirect(of) {
			return false
		}
	}
	return true
}

// eachOf compares a value with every row of a query: it holds for any of them, or for all.
func (a *analyser) eachOf(at int, t *Type, op, sql string, value *node, all bool) *node {
	given, rows, compared := a.relation(), a.relation(), a.relation()
	left, right := &node{form: column, t: t, text: given + ".v"}, &node{form: column, t: t, text: rows + ".c0"}
	is := a.sql(made(at, tBoolean, a.compareSQL(t, op, "$1", "$2"), left, right))
	decides := "true"
	if all {
		decides = "false"
	}
	return made(at, tBoolean, "(SELECT CASE WHEN count(*) FILTER (WHERE "+compared+".e = "+decides+") > 0 THEN "+decides+
		" WHEN count(*) > count("+compared+".e) THEN NULL ELSE NOT "+decides+" END FROM (SELECT $2 AS e FROM "+
		"(SELECT $1 AS v) AS "+given+", $3 AS "+rows+"(c0)) AS "+compared+")", value, duckNode(is), duckNode(sql))
}

// rowIn is IN for rows of plain values. DuckDB takes NULLs for equal, so it is asked for rows without any; where there
// are others, and none of these is the value, the answer is not known.
func (a *analyser) rowIn(at int, t *Type, sql string, value *node) *node {
	whole, others := a.relation(), a.relation()
	nulls := func(row string) string {
		parts := make([]string, len(t.Of))
		for i := range t.Of {
			parts[i] = extractAt(row, i) + " IS NULL"
		}
		return strings.Join(parts, " OR ")
	}
	found := "$1 IN (SELECT c0 FROM $2 AS " + whole + "(c0) WHERE NOT (" + nulls("c0") + "))"
	unknown := "(SELECT count(*) FROM $3 AS " + others + "(c0) WHERE " + nulls("c0") + ")"
	args, given := []*node{value, duckNode(sql), duckNode(sql)}, make([]string, len(t.Of))
	for i := range t.Of {
		args = append(args, partOf(value, i))
		given[i] = fmt.Sprintf("$%d IS NULL", i+4)
	}
	return made(at, tBoolean, "CASE WHEN "+strings.Join(given, " OR ")+" THEN "+raise(NotSupported,
		"'IN (subquery) of a row with NULL in it is not supported'")+" WHEN "+found+" THEN true WHEN "+unknown+
		" > 0 THEN "+raise(NotSupported, "'IN (subquery) that gives rows with NULL in them is not supported'")+
		" ELSE false END", args...)
}

// duckNode is a text of DuckDB's as an argument.
func duckNode(sql string) *node { return &node{form: subquery, t: tUnknown, text: sql} }

// partOf is a field of a row, as it was written where the row is.
func partOf(row *node, i int) *node {
	if strings.HasPrefix(row.text, "struct_pack(f0 := $1") && len(row.args) == len(row.t.Of) {
		return row.args[i]
	}
	return fieldOf(row, i)
}

// comparedQuery writes a query that is compared with a value, both as their common type. Several columns are compared
// with a row.
func (a *analyser) comparedQuery(at int, r *result, value *node) (string, *node, *Type) {
	if len(r.fields) != 1 {
		r = a.packed(r)
	}
	t := common(value.t, r.fields[0].t)
	if t == nil || !comparable(t) {
		a.fail(TypeMismatch, at, "Value expression and result of subquery must be of the same type: %s vs %s", value.t,
			r.fields[0].t)
	}
	return a.cast(r, []*field{{t: t}}), a.coerce(value, t), t
}

// packed is a query whose columns have become one row.
func (a *analyser) packed(r *result) *result {
	t := rowOf(namesOf(r.fields), typesOf(r.fields)...)
	parts := make([]string, len(r.fields))
	for i := range parts {
		parts[i] = t.Struct[i] + " := " + columnName(i)
	}
	name := a.relation()
	return &result{"SELECT struct_pack(" + strings.Join(parts, ", ") + ") AS c0 FROM (" + r.sql + ") AS " + name +
		columnsOf(len(parts)), []*field{{t: t}}}
}
