package generate

import (
	"fmt"
	"strings"
)

// selection writes a SELECT. One that is single has aggregates and no groups.
func (g *generator) selection(depth int, want []kind, outer *scope, single bool) (string, []column) {
	if !single && depth >= 0 && g.one(8) {
		items, columns := g.items(want, func(k kind) string { return g.expression(2, k, outer) })
		return "SELECT " + items, columns
	}
	sql, s := g.from(max(depth, 0), outer)
	where := ""
	if g.one(2) {
		where = " WHERE " + g.predicate(depth, s)
	}
	if single {
		local := &scope{relations: s.relations}
		items, columns := g.items(want, func(k kind) string { return g.aggregated(k, local) })
		return "SELECT " + items + " FROM " + sql + where, columns
	}
	switch g.IntN(6) {
	case 0, 1:
		return g.grouped(want, sql+where, s)
	case 2:
		items, columns := g.items(want, func(k kind) string {
			if composite(k) || g.one(2) {
				return g.expression(1, k, s)
			}
			return g.windowed(k, s)
		})
		return "SELECT " + items + " FROM " + sql + where, columns
	}
	items, columns := g.items(want, func(k kind) string { return g.scalar(depth, k, s) })
	return "SELECT " + g.pick("", "", "ALL ", "DISTINCT ") + items + " FROM " + sql + where, columns
}

// items writes a select list of these kinds.
func (g *generator) items(want []kind, item func(kind) string) (string, []column) {
	columns := make([]column, len(want))
	items := make([]string, len(want))
	for i, k := range want {
		columns[i].kind = k
		if items[i] = item(k); g.one(3) {
			items[i] = "CAST(" + items[i] + " AS " + string(k) + ")"
		}
		if g.one(2) {
			items[i] += g.pick(" ", " AS ") + g.columnName(i)
		}
	}
	return strings.Join(items, ", "), columns
}

// scalar writes an expression, a subquery perhaps.
func (g *generator) scalar(depth int, k kind, s *scope) string {
	if depth > 0 && g.one(6) {
		sql, _ := g.query(0, []kind{k}, s, true)
		return "(" + sql + ")"
	}
	return g.expression(2, k, s)
}

// predicate writes a condition, with a subquery perhaps.
func (g *generator) predicate(depth int, s *scope) string {
	if depth <= 0 || g.one(2) {
		return g.expression(3, boolean, s)
	}
	k := plain[g.IntN(len(plain)-3)]
	value := g.expression(1, k, s)
	sql, _ := g.query(depth-1, []kind{g.within(k)}, nil, false)
	switch g.IntN(5) {
	case 0:
		sql, _ = g.from(0, nil)
		return g.pick("EXISTS", "NOT EXISTS") + " (SELECT 1 FROM " + sql + ")"
	case 1:
		return value + g.pick(" IN (", " NOT IN (") + sql + ")"
	case 2:
		return value + g.pick(" = ", " <> ", " < ", " >= ") + g.pick("ANY", "SOME", "ALL") + " (" + sql + ")"
	case 3:
		sql, inner := g.from(0, nil)
		if equal := g.correlated(s, inner); equal != "" {
			return g.pick("EXISTS", "NOT EXISTS") + " (SELECT 1 FROM " + sql + " WHERE " + equal + ")"
		}
		return g.expression(2, boolean, s)
	}
	sql, _ = g.query(0, []kind{k}, nil, true)
	return value + g.pick(" = ", " <= ", " IS DISTINCT FROM ") + "(" + sql + ")"
}

// correlated compares a column of the query around with one of its own.
func (g *generator) correlated(outer, inner *scope) string {
	for range 8 {
		l, r := outer.relations[g.IntN(len(outer.relations))], inner.relations[g.IntN(len(inner.relations))]
		a, b := l.columns[g.IntN(len(l.columns))], r.columns[g.IntN(len(r.columns))]
		if a.kind == b.kind && l.name != "" && r.name != "" {
			return l.name + "." + a.name + " = " + r.name + "." + b.name
		}
	}
	return ""
}

// grouped writes a SELECT with GROUP BY.
func (g *generator) grouped(want []kind, from string, s *scope) (string, []column) {
	var keys []string
	kinds := map[string]kind{}
	for range 1 + g.IntN(3) {
		r := s.relations[g.IntN(len(s.relations))]
		c := r.columns[g.IntN(len(r.columns))]
		name := qualified(r, c)
		if kinds[name] == "" {
			keys = append(keys, name)
			kinds[name] = c.kind
		}
	}
	local := &scope{relations: s.relations}
	items, columns := g.items(want, func(k kind) string {
		for _, key := range keys {
			if kinds[key] == k && !g.one(3) {
				return key
			}
		}
		if k == bigint && g.one(3) {
			return "grouping(" + strings.Join(keys[:1+g.IntN(len(keys))], ", ") + ")"
		}
		return g.aggregated(k, local)
	})
	having := ""
	if g.one(4) {
		having = " HAVING " + g.aggregated(bigint, local) + g.pick(" > 1", " IS NOT NULL", " < 5")
	}
	return "SELECT " + items + " FROM " + from + " GROUP BY " + g.sets(keys) + having, columns
}

// sets writes what to group by.
func (g *generator) sets(keys []string) string {
	all := strings.Join(keys, ", ")
	switch g.IntN(6) {
	case 0:
		return "ROLLUP (" + all + ")"
	case 1:
		return "CUBE (" + all + ")"
	case 2:
		return "GROUPING SETS ((" + all + "), (), " + keys[g.IntN(len(keys))] + ")"
	case 3:
		return g.pick("", "DISTINCT ", "ALL ") + keys[0] + ", ROLLUP (" + all + ")"
	}
	return all
}

// aggregated writes an aggregate of a kind, whose value does not hang on the order of rows.
func (g *generator) aggregated(k kind, s *scope) string {
	x := func(k kind) string { return g.expression(1, k, s) }
	filter := ""
	if g.one(4) {
		filter = " FILTER (WHERE " + x(boolean) + ")"
	}
	switch k {
	case bigint:
		return g.pick("count(*)", "count("+x(integer)+")", "sum("+x(integer)+")", "count(DISTINCT "+x(varchar)+")",
			"max("+x(bigint)+")", "count_if("+x(boolean)+")", "sum(DISTINCT "+x(integer)+")") + filter
	case double:
		return g.pick("avg("+x(integer)+")", "min("+x(double)+")", "max("+x(double)+")") + filter
	case boolean:
		return g.pick("bool_and("+x(boolean)+")", "bool_or("+x(boolean)+")", "every("+x(boolean)+")") + filter
	case integers:
		v := x(integer)
		return "array_agg(" + v + " ORDER BY " + v + g.pick("", " DESC", " NULLS FIRST") + ")" + filter
	case texts:
		v := x(varchar)
		return "array_agg(DISTINCT " + v + " ORDER BY " + v + g.pick("", " DESC", " NULLS FIRST") + ")" + filter
	case row:
		return g.pick("min(", "max(") + "ROW(" + g.pick("1", "2") + ", 'a'))" + filter
	}
	return g.pick("min(", "max(") + x(k) + ")" + filter
}

// windowed writes a window function whose value does not hang on the order of peers.
func (g *generator) windowed(k kind, s *scope) string {
	over := " OVER ("
	if g.one(2) {
		over += "PARTITION BY " + g.expression(1, plain[g.IntN(7)], s)
	}
	order := " ORDER BY " + g.expression(1, plain[g.IntN(7)], s) + g.pick("", " DESC", " NULLS FIRST")
	if k == bigint && g.one(2) {
		return g.pick("rank()", "dense_rank()") + over + order + ")"
	}
	if k == double && g.one(2) {
		return g.pick("percent_rank()", "cume_dist()") + over + order + ")"
	}
	if g.one(2) {
		over += order + g.pick("", " RANGE UNBOUNDED PRECEDING", " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
			" GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW", " RANGE CURRENT ROW", " GROUPS 2 PRECEDING")
	}
	x := func(k kind) string { return g.expression(1, k, s) }
	switch k {
	case bigint:
		return g.pick("count(*)", "count("+x(varchar)+")", "sum("+x(integer)+")") + over + ")"
	case boolean:
		return g.pick("bool_and(", "bool_or(") + x(boolean) + ")" + over + ")"
	}
	return g.pick("min(", "max(") + x(k) + ")" + over + ")"
}

func qualified(r relation, c column) string {
	if r.name == "" {
		return c.name
	}
	return fmt.Sprintf("%s.%s", r.name, c.name)
}
