package trino

import "strings"

// hoisted are the subqueries of an outer join's condition, in which DuckDB takes none. As they name nothing outside of
// themselves, each becomes a column of a relation of one row beside the left side.
type hoisted struct {
	name  string
	items []string
}

// outerCondition analyses the condition of an outer join, whose scope is closed.
func (a *analyser) outerCondition(x Expr, s *scope) (*node, *hoisted) {
	around := a.hoisted
	a.hoisted = &hoisted{name: a.relation()}
	defer func() { a.hoisted = around }()
	return a.expr(x, s), a.hoisted
}

// hoist makes a column of an expression of DuckDB's, which is a subquery.
func (a *analyser) hoist(at int, t *Type, sql string) *node {
	h := a.hoisted
	place := columnName(len(h.items))
	h.items = append(h.items, sql+" AS "+place)
	f := &field{t: t, sql: h.name + "." + place}
	return columnNode(at, f, true)
}

// hoistedIn is IN of a query that is hoisted as a list.
func (a *analyser) hoistedIn(at int, op string, value *node, sql string) *node {
	if op != "=" || !isDirect(value.t) {
		a.fail(NotSupported, at, "This comparison with a subquery in the condition of an outer join is not supported")
	}
	name := a.relation()
	list := a.hoist(at, arrayOf(value.t), "(SELECT coalesce(list(c0), []) FROM "+sql+" AS "+name+"(c0))")
	return made(at, tBoolean, "CASE WHEN len($2) = 0 THEN false WHEN list_contains($2, $1) THEN true "+
		"WHEN $1 IS NULL OR list_count($2) < len($2) THEN NULL ELSE false END", value, list)
}

// beside writes the left side of a join with the relation of its condition's subqueries.
func (h *hoisted) beside(left string) string {
	if h == nil || h.items == nil {
		return left
	}
	return "(" + left + " CROSS JOIN (SELECT " + strings.Join(h.items, ", ") + ") AS " + h.name + ")"
}
