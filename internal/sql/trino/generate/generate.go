// Package generate writes random queries in Trino's dialect, for tests: most of them are valid, and the rows of those
// that are stand in an order which leaves nothing open, so that two engines can be compared.
package generate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A kind is a type as Trino writes it.
type kind string

// The kinds of columns and expressions.
const (
	bigint   kind = "bigint"
	integer  kind = "integer"
	double   kind = "double"
	decimal  kind = "decimal(6,2)"
	varchar  kind = "varchar"
	boolean  kind = "boolean"
	date     kind = "date"
	integers kind = "array(integer)"
	texts    kind = "array(varchar)"
	row      kind = "row(a integer, b varchar)"
	mapped   kind = "map(varchar, integer)"
)

// plain are the kinds that a column of a query may have; all of them have an order.
var plain = []kind{bigint, integer, double, decimal, varchar, boolean, date, integers, texts, row}

// numbers are the kinds with an order and arithmetic, each of which the one after it takes.
var numbers = []kind{integer, bigint, decimal, double}

type column struct {
	name string
	kind kind
}

// A relation is what names of columns may have in front of them; the name is empty after USING.
type relation struct {
	name    string
	columns []column
}

// A scope is what a part of a query sees.
type scope struct {
	relations []relation
	parent    *scope
	// lambda has the parameters of lambdas.
	lambda []column
}

// stores are the tables that the queries read, by the columns that they use of those of ../shared/spec/trino.
var stores = []relation{
	{"vvv", []column{{"contigname", varchar}, {"start", bigint}, {"qual", double}, {"depth", integer},
		{"phased", boolean}, {"sampleid", varchar}, {"calls", integers}, {"alternatealleles", texts}}},
	{"genes", []column{{"chrom", varchar}, {"start", integer}, {"gene", varchar}, {"weight", double},
		{"panel", boolean}}},
}

// Tables are the columns of each of those tables, with their types.
var Tables = func() map[string][][2]string {
	all := map[string][][2]string{}
	for _, table := range stores {
		for _, c := range table.columns {
			all[table.name] = append(all[table.name], [2]string{c.name, string(c.kind)})
		}
	}
	return all
}()

type generator struct {
	*rand.Rand
	named int
	// with are the queries of WITH that are visible.
	with []relation
	// rows bounds how many relations a statement may still join.
	rows int
	// operand tells that a query in parentheses is written, which has no WITH.
	operand bool
}

// Statement writes the query of a seed.
func Statement(seed uint64) string {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), rows: 4}
	sql, columns := g.query(3, nil, nil, false)
	names, places := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = fmt.Sprintf("c%d", i)
		places[i] = fmt.Sprint(i + 1)
		if composite(c.kind) { // Trino puts them into no order when a part is NULL
			places[i] = "json_format(CAST(" + names[i] + " AS json))"
		}
		places[i] += g.pick("", " DESC", " NULLS FIRST", " DESC NULLS LAST")
	}
	return "SELECT * FROM (" + sql + ") AS q(" + strings.Join(names, ", ") + ") ORDER BY " + strings.Join(places, ", ")
}

// composite tells whether values of a kind have parts.
func composite(k kind) bool { return k == integers || k == texts || k == row || k == mapped }

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

// one tells whether something happens that does once in n times.
func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

func (g *generator) name(letter string) string {
	g.named++
	return fmt.Sprintf("%s%d", letter, g.named)
}

// kinds are those that a query's columns shall have.
func (g *generator) kinds() []kind {
	all := make([]kind, 1+g.IntN(3))
	for i := range all {
		all[i] = plain[g.IntN(len(plain))]
	}
	return all
}

// query writes a query with WITH perhaps, of columns of these kinds if there are any, and gives its columns. One that
// is to give a row at most is single.
func (g *generator) query(depth int, want []kind, outer *scope, single bool) (string, []column) {
	visible := len(g.with)
	defer func() { g.with = g.with[:visible] }()
	if want == nil {
		want = g.kinds()
	}
	head := ""
	if depth > 1 && !g.operand && g.one(5) {
		head = g.withClause(depth - 1)
	}
	if single {
		sql, columns := g.selection(depth-1, want, outer, true)
		return head + sql, columns
	}
	switch n := g.IntN(10); {
	case depth > 0 && n < 2:
		sql, columns := g.setOperation(depth-1, want, outer)
		return head + sql, columns
	case n < 3:
		sql, columns := g.values(want, outer)
		return head + sql, columns
	}
	sql, columns := g.selection(depth-1, want, outer, false)
	if g.one(5) && !slices.ContainsFunc(want, composite) {
		sql += g.limited(len(columns))
	}
	return head + sql, columns
}

// limited writes ORDER BY of all columns with a limit.
func (g *generator) limited(columns int) string {
	places := make([]string, columns)
	for i := range places {
		places[i] = fmt.Sprint(i+1) + g.pick("", " ASC", " DESC", " NULLS FIRST", " DESC NULLS FIRST")
	}
	sql := " ORDER BY " + strings.Join(places, ", ")
	if g.one(3) {
		sql += fmt.Sprintf(" OFFSET %d%s", g.IntN(4), g.pick("", " ROW", " ROWS"))
	}
	switch g.IntN(4) {
	case 0:
		return sql + fmt.Sprintf(" FETCH FIRST %d ROWS WITH TIES", 1+g.IntN(4))
	case 1:
		return sql + g.pick(" LIMIT ALL", " FETCH NEXT ROW ONLY", " FETCH FIRST 2 ROWS ONLY")
	}
	return sql + fmt.Sprintf(" LIMIT %d", g.IntN(6))
}

// withClause writes WITH, whose queries can be read from then on.
func (g *generator) withClause(depth int) string {
	var parts []string
	recursive := g.one(4)
	for range 1 + g.IntN(2) {
		name := g.name("w")
		if recursive && g.one(2) {
			parts = append(parts, fmt.Sprintf("%s(n, m) AS (SELECT %d, %s UNION ALL SELECT n + 1, m FROM %[1]s WHERE n < %d)",
				name, g.IntN(3), g.literal(varchar, false), 1+g.IntN(5)))
			g.with = append(g.with, relation{name, []column{{"n", integer}, {"m", varchar}}})
			continue
		}
		sql, columns := g.query(depth, nil, nil, false)
		aliases := make([]string, len(columns))
		for i := range columns {
			aliases[i] = g.columnName(i)
			columns[i].name = aliases[i]
		}
		parts = append(parts, name+"("+strings.Join(aliases, ", ")+") AS ("+sql+")")
		g.with = append(g.with, relation{name, columns})
	}
	if recursive {
		return "WITH RECURSIVE " + strings.Join(parts, ", ") + " "
	}
	return "WITH " + strings.Join(parts, ", ") + " "
}

// columnName is a name for a column, now and then one that must be quoted.
func (g *generator) columnName(i int) string {
	name := string(rune('a'+i)) + fmt.Sprint(g.IntN(3))
	if g.one(12) {
		return `"` + name + ` ""` + `"`
	}
	return name
}

// setOperation writes UNION and its like, of kinds that are alike on both sides.
func (g *generator) setOperation(depth int, want []kind, outer *scope) (string, []column) {
	var sides [2]string
	var columns []column
	for i := range sides {
		kinds := append([]kind(nil), want...)
		for c := range kinds {
			kinds[c] = g.within(kinds[c])
		}
		if i == 1 || g.one(2) {
			copy(kinds, want)
		}
		within := g.operand
		g.operand = true
		sql, made := g.query(depth, kinds, outer, false)
		g.operand = within
		sides[i] = "(" + sql + ")"
		if i == 0 {
			columns = made
		}
	}
	for i := range columns {
		columns[i].kind = want[i]
	}
	op := g.pick("UNION", "UNION ALL", "UNION DISTINCT", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL")
	return sides[0] + " " + op + " " + sides[1], columns
}

// within is a kind whose values the kind given takes.
func (g *generator) within(of kind) kind {
	for i, n := range numbers {
		if n == of {
			if of == decimal { // integers have more digits
				return decimal
			}
			return numbers[g.IntN(i+1)]
		}
	}
	return of
}

// values writes VALUES.
func (g *generator) values(want []kind, outer *scope) (string, []column) {
	columns := make([]column, len(want))
	rows := make([]string, 1+g.IntN(4))
	for r := range rows {
		items := make([]string, len(want))
		for i, k := range want {
			columns[i].kind = k
			items[i] = g.typed(k)
		}
		rows[r] = items[0]
		if len(items) > 1 || g.one(2) && want[0] != row {
			rows[r] = g.pick("(", "ROW(") + strings.Join(items, ", ") + ")"
		}
		if want[0] == row && len(want) == 1 {
			rows[r] = "ROW(" + items[0] + ")"
		}
	}
	return "VALUES " + strings.Join(rows, ", "), columns
}

// typed writes a literal of exactly this kind.
func (g *generator) typed(k kind) string {
	return "CAST(" + g.literal(k, true) + " AS " + string(k) + ")"
}
