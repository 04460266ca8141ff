package generate

import (
	"fmt"
	"strings"
)

// expression writes an expression of a kind.
func (g *generator) expression(depth int, k kind, s *scope) string {
	if depth <= 0 || g.one(3) {
		return g.leaf(k, s)
	}
	x := func(k kind) string { return g.expression(depth-1, k, s) }
	switch g.IntN(8) {
	case 0:
		return "CASE WHEN " + x(boolean) + " THEN " + x(k) + " ELSE " + x(k) + " END"
	case 1:
		return g.pick("coalesce(", "nullif(") + x(k) + ", " + x(k) + ")"
	case 2:
		return "if(" + x(boolean) + ", " + x(k) + ", " + x(k) + ")"
	case 3:
		return "(" + x(k) + ")"
	}
	switch k {
	case integer, bigint:
		return g.integral(k, x)
	case decimal, double:
		return "(" + x(k) + g.pick(" + ", " - ") + x(k) + ")"
	case varchar:
		return g.pick("("+x(varchar)+" || '-' || ", "(lower("+x(varchar)+") || ", "concat("+x(varchar)+", ") +
			x(varchar) + ")"
	case boolean:
		return g.condition(depth, s, x)
	case date:
		return g.pick("date_add('day', "+g.literal(bigint, false)+", "+x(date)+")", "date_trunc('month', "+x(date)+")")
	case integers:
		return g.pick(g.lambda("transform", integer, integer, s), g.lambda("filter", integer, boolean, s),
			x(integers)+" || "+x(integers), "ARRAY["+x(integer)+", "+x(integer)+"]", "array_distinct("+x(integers)+")")
	case texts:
		return g.pick(g.lambda("transform", integer, varchar, s), "split("+x(varchar)+", 'a')", "ARRAY["+x(varchar)+"]")
	case row:
		return "ROW(" + x(integer) + ", " + x(varchar) + ")"
	}
	return g.leaf(k, s)
}

func (g *generator) integral(k kind, x func(kind) string) string {
	if k == bigint {
		return g.pick("length("+x(varchar)+")", "cardinality("+x(integers)+")", "("+x(bigint)+" + "+x(integer)+")",
			"day("+x(date)+")", "(- "+x(integer)+")", "date_diff('day', "+x(date)+", "+x(date)+")", "abs("+x(bigint)+")")
	}
	return g.pick("("+x(integer)+g.pick(" + ", " - ", " * ")+x(integer)+")", "("+x(integer)+g.pick(" / ", " % ")+"3)",
		"element_at("+x(integers)+", 1)", "CAST("+x(row)+" AS row(a integer, b varchar)).a", "greatest("+x(integer)+", "+
			x(integer)+")", "least("+x(integer)+", "+x(integer)+")")
}

// condition writes a boolean expression.
func (g *generator) condition(depth int, s *scope, x func(kind) string) string {
	k := plain[g.IntN(len(plain))]
	other := g.within(k)
	switch g.IntN(8) {
	case 0:
		return "(" + x(boolean) + g.pick(" AND ", " OR ") + x(boolean) + ")"
	case 1:
		return "(NOT " + x(boolean) + ")"
	case 2:
		return "(" + x(k) + g.pick(" IS NULL", " IS NOT NULL") + ")"
	case 3:
		return "(" + x(k) + g.pick(" IN (", " NOT IN (") + x(k) + ", " + x(other) + "))"
	case 4:
		k = plain[g.IntN(7)]
		return "(" + x(k) + g.pick(" BETWEEN ", " NOT BETWEEN ") + x(k) + " AND " + x(k) + ")"
	case 5:
		return "(" + x(varchar) + g.pick(" LIKE ", " NOT LIKE ") + g.pick("'%a%'", "'_'", "'b%'", "''") + ")"
	case 6:
		return g.lambda(g.pick("any_match", "all_match", "none_match"), integer, boolean, s)
	}
	return "(" + x(k) + g.pick(" = ", " <> ", " < ", " <= ", " > ", " >= ", " IS DISTINCT FROM ",
		" IS NOT DISTINCT FROM ") + x(other) + ")"
}

// lambda writes a call of a function over an array of integers with a lambda.
func (g *generator) lambda(function string, of, result kind, s *scope) string {
	list := g.leaf(integers, s)
	inner := &scope{}
	if s != nil {
		*inner = *s
	}
	name := g.name("x")
	inner.lambda = append(inner.lambda[:len(inner.lambda):len(inner.lambda)], column{name, of})
	return function + "(" + list + ", " + name + " -> " + g.leafOr(result, name, inner) + ")"
}

// leafOr writes the body of a lambda.
func (g *generator) leafOr(k kind, name string, s *scope) string {
	switch k {
	case boolean:
		return g.pick(name+" > "+g.leaf(integer, s), name+" IS NULL", name+" % 2 = 0")
	case varchar:
		return "CAST(" + name + " AS varchar)"
	}
	return g.pick(name+" + 1", g.leaf(integer, s), "coalesce("+name+", 0)")
}

// leaf writes a column or literal of a kind.
func (g *generator) leaf(k kind, s *scope) string {
	var found []string
	for at := s; at != nil; at = at.parent {
		for _, c := range at.lambda {
			if c.kind == k {
				found = append(found, c.name)
			}
		}
		for _, r := range at.relations {
			for _, c := range r.columns {
				if c.kind == k {
					found = append(found, qualified(r, c))
				}
			}
		}
		if found != nil {
			break
		}
	}
	if found != nil && !g.one(4) {
		return found[g.IntN(len(found))]
	}
	if g.one(3) {
		return g.typed(k)
	}
	return g.literal(k, false)
}

// literal writes a value of a kind, one that is NULL perhaps.
func (g *generator) literal(k kind, bare bool) string {
	if g.one(6) {
		if bare {
			return "NULL"
		}
		return "CAST(NULL AS " + string(k) + ")"
	}
	switch k {
	case bigint:
		return "BIGINT '" + g.pick("0", "1", "2", "3", "-7", "99") + "'"
	case integer:
		return g.pick("0", "1", "2", "3", "-1", "10")
	case double:
		return g.pick("0e0", "1e0", "1.5e0", "-2.5e0", "1e2")
	case decimal:
		return "DECIMAL '" + g.pick("0000.00", "0001.50", "0002.00", "-003.25", "0010.10") + "'"
	case varchar:
		return g.pick("''", "'a'", "'b'", "'ab'", "'Ä'", "'chr20'", "U&'\\0061'", "'it''s'")
	case boolean:
		return g.pick("true", "false")
	case date:
		return "DATE '" + g.pick("2020-02-29", "1970-01-01", "2021-12-31", "1969-07-20") + "'"
	case integers:
		return g.list("ARRAY[", integer) + "]"
	case texts:
		return g.list("ARRAY[", varchar) + "]"
	case row:
		return fmt.Sprintf("ROW(%s, %s)", g.literal(integer, false), g.literal(varchar, false))
	case mapped:
		return fmt.Sprintf("MAP(ARRAY['k', 'l'], ARRAY[%s, %s])", g.literal(integer, false), g.literal(integer, false))
	}
	panic("no such kind: " + k)
}

func (g *generator) list(open string, of kind) string {
	items := make([]string, 1+g.IntN(3))
	for i := range items {
		items[i] = g.literal(of, false)
	}
	return open + strings.Join(items, ", ")
}
