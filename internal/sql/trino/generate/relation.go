package generate

import (
	"fmt"
	"strings"
)

// from writes what stands after FROM and gives what it makes visible.
func (g *generator) from(depth int, outer *scope) (string, *scope) {
	s := &scope{parent: outer}
	sql := g.source(depth, s, outer)
	for range g.IntN(3) {
		if g.rows--; g.rows < 0 {
			break
		}
		sql = g.join(sql, depth, s, outer)
	}
	return sql, s
}

// join writes a join with one more relation.
func (g *generator) join(left string, depth int, s, outer *scope) string {
	switch g.IntN(8) {
	case 0:
		return left + " CROSS JOIN " + g.unnest(s)
	case 1:
		return left + " LEFT JOIN " + g.unnest(s) + " ON true"
	case 2:
		inside := &scope{relations: s.relations, parent: outer}
		sql, columns := g.query(depth-1, nil, inside, true)
		return left + g.pick(" CROSS JOIN LATERAL (", ", LATERAL (") + sql + ") " + g.alias(s, columns)
	}
	before := len(s.relations)
	right := g.source(depth, s, outer)
	kind := g.pick(" JOIN ", " INNER JOIN ", " LEFT JOIN ", " LEFT OUTER JOIN ", " RIGHT JOIN ", " FULL JOIN ",
		" CROSS JOIN ")
	if kind == " CROSS JOIN " {
		return left + kind + right
	}
	if before == 1 && g.one(4) {
		if name := using(s); name != "" {
			return left + kind + right + " USING (" + name + ")"
		}
	}
	if equal := g.equality(s, before); equal != "" {
		if strings.HasPrefix(kind, " FULL") || g.one(2) {
			return left + kind + right + " ON " + equal
		}
		return left + kind + right + " ON " + equal + g.pick(" AND ", " OR ") + g.expression(1, boolean, s)
	}
	if strings.HasPrefix(kind, " FULL") {
		kind = " JOIN "
	}
	return left + kind + right + " ON " + g.expression(1, boolean, s)
}

// equality compares a column of the relations before with one of the last.
func (g *generator) equality(s *scope, before int) string {
	for range 8 {
		l := s.relations[g.IntN(before)]
		r := s.relations[len(s.relations)-1]
		a, b := l.columns[g.IntN(len(l.columns))], r.columns[g.IntN(len(r.columns))]
		if a.kind == b.kind || g.within(a.kind) == b.kind {
			return l.name + "." + a.name + " = " + r.name + "." + b.name
		}
	}
	return ""
}

// using makes two relations one that shares a column, if both have one of that name.
func using(s *scope) string {
	l, r := s.relations[0], s.relations[1]
	if count(l, r.columns) != 1 {
		return ""
	}
	for _, a := range l.columns {
		for _, b := range r.columns {
			if a.name != b.name || a.kind != b.kind {
				continue
			}
			s.relations = []relation{{"", []column{a}}}
			for _, of := range []relation{l, r} {
				rest := relation{name: of.name}
				for _, c := range of.columns {
					if c.name != a.name {
						rest.columns = append(rest.columns, c)
					}
				}
				if rest.columns != nil {
					s.relations = append(s.relations, rest)
				}
			}
			return a.name
		}
	}
	return ""
}

// count tells how many columns of a relation have names of others.
func count(l relation, others []column) (n int) {
	for _, a := range l.columns {
		for _, b := range others {
			if a.name == b.name {
				n++
			}
		}
	}
	return n
}

// source writes a relation that is no join.
func (g *generator) source(depth int, s, outer *scope) string {
	switch n := g.IntN(10); {
	case n < 2:
		table := stores[g.IntN(len(stores))]
		sql := g.pick("", "default.", "awsdatacatalog.default.") + table.name
		sample := ""
		if g.one(6) {
			sample = g.pick(" TABLESAMPLE BERNOULLI (100)", " TABLESAMPLE SYSTEM (100)", " TABLESAMPLE BERNOULLI (0)")
		}
		if g.one(2) {
			names := make([]string, len(table.columns))
			for i, c := range table.columns {
				names[i] = c.name
			}
			return "(SELECT " + strings.Join(names, ", ") + " FROM " + sql + sample + ") " + g.alias(s, table.columns)
		}
		alias := g.name("t")
		s.relations = append(s.relations, relation{alias, append([]column(nil), table.columns...)})
		return sql + g.pick(" ", " AS ") + alias + sample
	case n < 4 && len(g.with) > 0:
		with := g.with[g.IntN(len(g.with))]
		alias := g.name("t")
		s.relations = append(s.relations, relation{alias, append([]column(nil), with.columns...)})
		return with.name + " " + alias
	case n < 5 && len(s.relations) == 0:
		return g.unnest(s)
	case n < 7 && depth > 0:
		sql, columns := g.query(depth-1, nil, nil, false)
		return "(" + sql + ") " + g.alias(s, columns)
	}
	sql, columns := g.values(g.kinds(), nil)
	return "(" + sql + ") " + g.alias(s, columns)
}

// alias names a relation and its columns.
func (g *generator) alias(s *scope, columns []column) string {
	r := relation{name: g.name("t")}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = g.columnName(i)
		r.columns = append(r.columns, column{names[i], c.kind})
	}
	s.relations = append(s.relations, r)
	return g.pick("", "AS ") + r.name + "(" + strings.Join(names, ", ") + ")"
}

// unnest writes UNNEST, of what stands before it perhaps.
func (g *generator) unnest(s *scope) string {
	inside := &scope{relations: s.relations}
	var items []string
	var columns []column
	for range 1 + g.IntN(2) {
		switch g.IntN(4) {
		case 0:
			items = append(items, g.expression(1, integers, inside))
			columns = append(columns, column{kind: integer})
		case 1:
			items = append(items, g.expression(1, texts, inside))
			columns = append(columns, column{kind: varchar})
		case 2:
			items = append(items, fmt.Sprintf("ARRAY[%s, %s]", g.typed(row), g.literal(row, true)))
			columns = append(columns, column{kind: integer}, column{kind: varchar})
		default:
			items = append(items, g.literal(mapped, true))
			columns = append(columns, column{kind: varchar}, column{kind: integer})
		}
	}
	sql := "UNNEST(" + strings.Join(items, ", ") + ")"
	if g.one(3) {
		sql += " WITH ORDINALITY"
		columns = append(columns, column{kind: bigint})
	}
	return sql + " " + g.alias(s, columns)
}
