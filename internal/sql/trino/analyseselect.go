package trino

import (
	"fmt"
	"slices"
	"strings"
)

// An output is an item of a select list.
type output struct {
	name string
	node *node
	// aliased tells that AS gave the name.
	aliased bool
	// x is what was written; nil for one of a star.
	x Expr
}

// selecting is a SELECT that is being written.
type selecting struct {
	at       int
	distinct bool
	// apart tells that ORDER BY stands around a SELECT DISTINCT, which DuckDB sorts by its columns only.
	apart   bool
	outputs []output
	// rest is all from FROM on but for ORDER BY.
	rest string
	// order has the items of ORDER BY.
	order []ordering
}

// An ordering is an item of ORDER BY: an output by its place from 0, or -1, and a node that gives the same.
type ordering struct {
	output int
	node   *node
	how    string
	x      Expr
}

// selectQuery analyses a SELECT with the ORDER BY and LIMIT of the query q that it is.
func (a *analyser) selectQuery(sel *Select, q *Query, s *scope) *result {
	inner := &scope{parent: s}
	out := &selecting{at: sel.Pos(), distinct: sel.Distinct}
	from := &result{}
	if sel.From != nil {
		from = a.relationOf(sel.From, s, nil)
		inner.fields = from.fields
		out.rest = " FROM " + from.sql
	}
	inner.windows = a.windows(sel.Windows)
	if sel.Where != nil {
		where := a.condition(sel.Where, inner)
		a.scalarOnly(where, "WHERE clause")
		noteBounds(where, nil)
		out.rest += " WHERE " + a.sql(where)
	}
	for _, item := range sel.Items {
		out.outputs = append(out.outputs, a.selectItem(item, sel, inner)...)
	}
	var having *node
	if sel.Having != nil {
		having = a.condition(sel.Having, inner)
	}
	a.orderBy(q.OrderBy, inner, out)
	a.ownAggregates(sel, having, out)
	a.countKnown(sel, q, from, out)
	a.group(sel, inner, having, out)
	return a.limited(out, q, s)
}

// ownAggregates refuses aggregates and window functions of what a query around has: DuckDB would take them for that
// query's own.
func (a *analyser) ownAggregates(sel *Select, having *node, out *selecting) {
	nodes := []*node{}
	for _, o := range out.outputs {
		nodes = append(nodes, o.node)
	}
	for _, o := range out.order {
		nodes = append(nodes, o.node)
	}
	if having != nil {
		nodes = append(nodes, having)
	}
	for _, n := range nodes {
		n.walk(func(n *node) bool {
			if n.form != aggregate && n.form != window {
				return true
			}
			n.walk(func(n *node) bool {
				if n.form == column && n.outer {
					a.fail(NotSupported, sel.Pos(), "Given correlated subquery is not supported")
				}
				return true
			})
			return true
		})
	}
}

// scalarOnly refuses what needs a group or a window.
func (a *analyser) scalarOnly(n *node, where string) {
	if n.has(aggregate, window, grouping) {
		a.fail("EXPRESSION_NOT_SCALAR", n.at,
			"%s cannot contain aggregations, window functions or grouping operations", where)
	}
}

// condition analyses a boolean expression.
func (a *analyser) condition(x Expr, s *scope) *node {
	n := a.expr(x, s)
	if n.t.Kind != BooleanKind && n.t.Kind != Unknown {
		a.fail(TypeMismatch, x.Pos(), "Expression must evaluate to a boolean: actual type %s", n.t)
	}
	return a.coerce(n, tBoolean)
}

func (a *analyser) windows(named []NamedWindow) map[string]*Window {
	windows := map[string]*Window{}
	for _, w := range named {
		lower := strings.ToLower(w.Name.Text)
		if windows[lower] != nil {
			a.fail("DUPLICATE_WINDOW_NAME", w.Name.Pos(), "WINDOW name '%s' specified more than once", w.Name.Text)
		}
		windows[lower] = w.Window
	}
	return windows
}

// selectItem analyses an item of the select list, which is several outputs when it has a star.
func (a *analyser) selectItem(item SelectItem, sel *Select, s *scope) []output {
	switch {
	case item.Star && item.X == nil:
		if sel.From == nil {
			a.fail("COLUMN_NOT_FOUND", item.Pos(), "SELECT * not allowed in queries without FROM clause")
		}
		return a.all(item.Pos(), s.fields, nil)
	case item.Star:
		return a.starOf(item, s)
	}
	out := output{node: a.expr(item.X, s), x: item.X}
	if parts := nameParts(item.X); parts != nil {
		out.name = parts[len(parts)-1]
	}
	if item.Alias != nil {
		out.name, out.aliased = item.Alias.Text, true
	}
	if out.node.t.Kind == Function {
		a.fail(TypeMismatch, item.Pos(), "A lambda cannot be selected")
	}
	return []output{out}
}

// all gives the fields that a star stands for: those of a relation, or all.
func (a *analyser) all(at int, fields []*field, relation []string) []output {
	var out []output
	for _, f := range fields {
		if relation != nil && !hasSuffix(f.relation, relation) {
			continue
		}
		a.count(at)
		out = append(out, output{name: f.name, node: columnNode(at, f, true)})
	}
	return out
}

// starOf analyses X.*, where X is a relation or a row.
func (a *analyser) starOf(item SelectItem, s *scope) []output {
	var out []output
	if parts := nameParts(item.X); parts != nil {
		for scope := s; scope != nil && out == nil; scope = scope.parent {
			out = a.all(item.Pos(), scope.fields, parts)
		}
		if out == nil {
			if found, _, _ := s.find(parts[:1]); found == nil || len(parts) == 1 {
				a.fail("TABLE_NOT_FOUND", item.Pos(), "Unable to resolve reference %s", strings.Join(parts, "."))
			}
		}
	}
	if out == nil {
		row := a.expr(item.X, s)
		if row.t.Kind != Row {
			a.fail(TypeMismatch, item.Pos(), "Expected expression of type Row")
		}
		for i := range row.t.Of {
			out = append(out, output{name: row.t.Names[i], node: fieldOf(row, i)})
		}
	}
	if item.Aliases != nil {
		if len(item.Aliases) != len(out) {
			a.fail("MISMATCHED_COLUMN_ALIASES", item.Pos(), "Column alias list has %d entries but relation has %d columns",
				len(item.Aliases), len(out))
		}
		for i := range out {
			out[i].name = item.Aliases[i].Text
		}
	}
	return out
}

// nameParts gives the parts of a name that is written as columns and fields, or nil.
func nameParts(x Expr) []string {
	switch x := x.(type) {
	case *Reference:
		return []string{x.Name.Text}
	case *Dereference:
		if base := nameParts(x.Base); base != nil {
			return append(base, x.Field.Text)
		}
	}
	return nil
}

// orderBy analyses ORDER BY. A name means an output before it means a column of the source.
func (a *analyser) orderBy(items []SortItem, s *scope, out *selecting) {
	inner := *s
	inner.outputs = out.outputs
	for _, item := range items {
		o := ordering{output: -1, how: sorting(item), x: item.X}
		if n, is := item.X.(*Integer); is {
			if n.Value < 1 || n.Value > int64(len(out.outputs)) {
				a.fail("INVALID_COLUMN_REFERENCE", n.Pos(), "ORDER BY position %d is not in select list", n.Value)
			}
			o.output = int(n.Value - 1)
			o.node = out.outputs[o.output].node
		} else {
			o.node = a.expr(item.X, &inner)
		}
		if !orderable(o.node.t) {
			a.fail(TypeMismatch, out.at, "Type %s is not orderable, and therefore cannot be used in ORDER BY: %s", o.node.t,
				asWritten(item.X))
		}
		out.order = append(out.order, o)
	}
}

// sorting writes the direction of a sort. NULLs come last unless it is said otherwise, whatever the direction.
func sorting(item SortItem) string {
	how := " ASC"
	if item.Descending {
		how = " DESC"
	}
	if item.Nulls == "FIRST" {
		return how + " NULLS FIRST"
	}
	return how + " NULLS LAST"
}

// sortedBy is what rows are sorted by, with how that is written. NaN is above all numbers, but the least of them where
// NULLs come first.
func (a *analyser) sortedBy(n *node, how string) *node {
	if (n.t.Kind == Real || n.t.Kind == DoubleKind) && strings.HasSuffix(how, "NULLS FIRST") {
		return made(n.at, n.t, "CASE WHEN $1 IS NOT NULL THEN struct_pack(a := NOT isnan($1), b := $1) END", n)
	}
	return a.sortKey(n)
}

// distinctOn writes what rows are told apart by, if that is not what they are.
func (a *analyser) distinctOn(out *selecting) string {
	keys := make([]string, len(out.outputs))
	needed := false
	for i, o := range out.outputs {
		needed = needed || needsKey(o.node.t)
		keys[i] = a.sql(a.sortKey(o.node))
	}
	if !needed {
		return ""
	}
	return "ON (" + strings.Join(keys, ", ") + ") "
}

// limited writes a SELECT with ORDER BY, OFFSET and LIMIT.
func (a *analyser) limited(out *selecting, q *Query, s *scope) *result {
	fields := make([]*field, len(out.outputs))
	items := make([]string, len(out.outputs))
	for i, o := range out.outputs {
		fields[i] = &field{name: o.name, t: o.node.t, aliased: o.aliased}
		if o.node.form == column {
			fields[i].origin = o.node.field.origin
		}
		items[i] = a.typed(o.node) + " AS " + columnName(i)
	}
	order := a.orders(out, q)
	sql := "SELECT " + strings.Join(items, ", ") + out.rest
	if out.distinct {
		sql = "SELECT DISTINCT " + a.distinctOn(out) + strings.Join(items, ", ") + out.rest
	}
	if out.apart {
		if slices.ContainsFunc(out.order, func(o ordering) bool { return needsKey(o.node.t) }) {
			a.fail(NotSupported, out.at, "SELECT DISTINCT with such an ORDER BY is not supported")
		}
		sql = "SELECT * FROM (" + sql + ") AS " + a.relation()
	}
	var offset, limit int64 = 0, -1
	if q.Offset != nil {
		offset = a.rowCount(q.Offset, s, "OFFSET", q.offsetAt)
	}
	if q.Limit != nil {
		clause := "LIMIT"
		if q.Fetch {
			clause = fetchFirst
		}
		limit = a.rowCount(q.Limit, s, clause, q.limitAt)
	}
	if q.Ties {
		return &result{a.withTies(sql, out, order, offset, limit, q), fields}
	}
	if order != nil {
		sql += " ORDER BY " + strings.Join(order, ", ")
	}
	if limit >= 0 {
		sql += fmt.Sprintf(" LIMIT %d", limit)
	}
	if offset > 0 {
		sql += fmt.Sprintf(" OFFSET %d", offset)
	}
	return &result{sql, fields}
}

// orders writes the items of ORDER BY, outputs by their place.
func (a *analyser) orders(out *selecting, q *Query) []string {
	var order []string
	for _, o := range out.order {
		place := o.output
		if place < 0 && out.distinct {
			for j, output := range out.outputs {
				if key(output.node) == key(o.node) {
					place = j
				}
			}
			if place < 0 {
				a.fail("EXPRESSION_NOT_IN_DISTINCT", out.at,
					"For SELECT DISTINCT, ORDER BY expressions must appear in select list")
			}
		}
		if o.node.form == literal && place < 0 { // sorts nothing, and DuckDB refuses it
			continue
		}
		by := a.sortedBy(o.node, o.how)
		what := a.sql(by)
		switch {
		case place < 0 || needsKey(o.node.t):
		case by == o.node:
			what = fmt.Sprint(place + 1)
		case out.distinct: // by the columns of what is distinct already
			of := made(o.node.at, o.node.t, "", &node{form: column, t: o.node.t, text: columnName(place)})
			of.text = by.text
			what, out.apart = a.sql(of), true
		}
		order = append(order, what+o.how)
	}
	return order
}

// withTies writes FETCH FIRST … ROWS WITH TIES: the rows of which fewer than the limit stand before.
func (a *analyser) withTies(sql string, out *selecting, order []string, offset, limit int64, q *Query) string {
	if order == nil {
		a.fail("MISSING_ORDER_BY", q.limitAt.Pos(), "FETCH FIRST WITH TIES clause requires ORDER BY")
	}
	name := a.relation()
	n := len(out.outputs)
	var keys, inner, names []string
	for i := range out.outputs {
		names = append(names, columnName(i))
	}
	for i, o := range out.order {
		place := fmt.Sprintf("k%d", i)
		if o.output >= 0 || out.distinct {
			place = columnName(max(o.output, 0))
		} else {
			inner = append(inner, a.sql(a.sortedBy(o.node, o.how))+" AS "+place)
		}
		keys = append(keys, name+"."+place+o.how)
	}
	if len(inner) > 0 {
		head, rest := sql[:len(sql)-len(out.rest)], out.rest
		sql = head + ", " + strings.Join(inner, ", ") + rest
	}
	by := "(ORDER BY " + strings.Join(keys, ", ") + ")"
	ranked := "SELECT *, rank() OVER " + by + " AS rk, row_number() OVER " + by + " AS rn FROM (" + sql + ") AS " + name
	return fmt.Sprintf("SELECT %s FROM (%s) AS %s_ WHERE rk <= %d AND rn > %d ORDER BY rn",
		strings.Join(names[:n], ", "), ranked, name, offset+limit, offset)
}
