package trino

import (
	"fmt"
	"strings"
)

// maxRecursion is how often the second part of WITH RECURSIVE may give rows, as Trino's session has it.
const maxRecursion = 10

// recursive analyses a query of WITH RECURSIVE that reads itself: an anchor, UNION, and a step that reads what the last
// one gave. A column tells in which step a row was made; rows of a step too many are an error.
func (a *analyser) recursive(n NamedQuery, names map[string]*namedQuery, outer *scope) string {
	if n.Columns == nil {
		a.fail("MISSING_COLUMN_ALIASES", n.Pos(), "missing column aliases in recursive WITH query")
	}
	union, is := bare(n.Query).(*SetOperation)
	step, isSelect := (*Select)(nil), false
	if is {
		step, isSelect = bare(union.Right).(*Select)
	}
	if !isSelect || union.Op != "UNION" || mentionsIn(union.Left, strings.ToLower(n.Name.Text)) {
		a.fail(NotSupported, n.Query.Pos(), "A recursive query is an anchor, UNION [ALL] and a SELECT here")
	}
	anchor := a.queryBody(union.Left, &scope{parent: outer.parent, with: names})
	fields := a.renamed(anchor.fields, n.Columns)
	steps := &namedQuery{name: a.relation(), recursion: true,
		fields: append(fields, &field{t: tInteger, hidden: true})}
	within := map[string]*namedQuery{}
	for name, named := range names {
		within[name] = named
	}
	within[strings.ToLower(n.Name.Text)] = steps
	next := a.selectQuery(step, &Query{pos: step.pos, Body: step}, &scope{parent: outer.parent, with: within})
	if len(next.fields) != len(steps.fields) {
		a.fail(TypeMismatch, n.Query.Pos(), "base and step relations of recursion have different number of fields: %d, %d",
			len(fields), len(next.fields)-1)
	}
	for i, f := range fields {
		if !coerces(next.fields[i].t, f.t) {
			a.fail(TypeMismatch, n.Query.Pos(), "recursion step relation output type (%s) is not coercible to recursion base "+
				"relation output type (%s) at column %d", next.fields[i].t, f.t, i+1)
		}
	}
	op := " UNION ALL "
	if !union.All {
		op = " UNION "
	}
	columns := strings.TrimSuffix(strings.TrimPrefix(columnsOf(len(fields)), "("), ")")
	counted := fmt.Sprintf("%s(%s, d) AS (SELECT %[2]s, 0 AS d FROM (%[3]s) AS %[4]s%[5]s%[6]s%[7]s)", steps.name, columns,
		anchor.sql, a.relation(), columnsOf(len(fields)), op, a.cast(next, steps.fields))
	all := &namedQuery{name: a.relation(), fields: fields}
	names[strings.ToLower(n.Name.Text)] = all
	message := fmt.Sprintf("'Recursion depth limit exceeded (%d). Use ''max_recursion_depth'' session property to modify "+
		"the limit.'", maxRecursion)
	return fmt.Sprintf("%s, %s AS (SELECT %s FROM %s WHERE CASE WHEN d > %d THEN %s ELSE true END)", counted, all.name,
		columns, steps.name, maxRecursion, strings.ReplaceAll(raise(NotSupported, message), "$T", "BOOLEAN"))
}

// bare takes the parentheses from around a query.
func bare(b Body) Body {
	for {
		q, is := b.(*Query)
		if !is || q.With != nil || q.OrderBy != nil || q.Limit != nil || q.Offset != nil {
			return b
		}
		b = q.Body
	}
}

// mentions tells whether a query reads a relation of this name, in lower case, somewhere in FROM.
func mentions(q *Query, name string) bool { return mentionsIn(q.Body, name) }

func mentionsIn(b Body, name string) bool {
	switch b := b.(type) {
	case *Query:
		return mentionsIn(b.Body, name)
	case *SetOperation:
		return mentionsIn(b.Left, name) || mentionsIn(b.Right, name)
	case *Select:
		return b.From != nil && reads(b.From, name)
	case *TableQuery:
		return len(b.Name) == 1 && strings.EqualFold(b.Name[0].Text, name)
	}
	return false
}

func reads(r Relation, name string) bool {
	switch r := r.(type) {
	case *TableRef:
		return len(r.Name) == 1 && strings.EqualFold(r.Name[0].Text, name)
	case *Derived:
		return mentions(r.Query, name)
	case *Aliased:
		return reads(r.Relation, name)
	case *Join:
		return reads(r.Left, name) || reads(r.Right, name)
	case *Sample:
		return reads(r.Relation, name)
	}
	return false
}
