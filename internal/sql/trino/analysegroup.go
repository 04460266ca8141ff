package trino

import (
	"slices"
	"strconv"
	"strings"
)

// key is a node as text by which it is told from others. Variables of lambdas, whose names are new each time, are
// numbered.
func key(n *node) string {
	sql := (&emitter{}).sql(n)
	if !strings.Contains(sql, "lambda ") {
		return sql
	}
	var b strings.Builder
	numbers := map[string]string{}
	for len(sql) > 0 {
		end := 1
		switch c := sql[0]; {
		case c == '\'' || c == '"':
			if end = strings.IndexByte(sql[1:], c) + 2; end < 2 {
				end = len(sql)
			}
		case isWord(c):
			for end < len(sql) && isWord(sql[end]) {
				end++
			}
		}
		word := sql[:end]
		if isVariableName(word) {
			if numbers[word] == "" {
				numbers[word] = "\x00" + strconv.Itoa(len(numbers))
			}
			word = numbers[word]
		}
		b.WriteString(word)
		sql = sql[end:]
	}
	return b.String()
}

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// isVariableName tells whether a word is the name of a lambda's parameter, as the analyser and emitter make them.
func isVariableName(word string) bool {
	return len(word) > 1 && strings.IndexByte("xyl", word[0]) >= 0 && strings.Trim(word[1:], "0123456789") == ""
}

// groups are what a query is grouped by.
type groups struct {
	a *analyser
	// fields are the columns that the query is of.
	fields []*field
	// sql has the text of each grouping expression by its key.
	sql map[string]string
	// top is the whole expression that is held, nil for a column of a star.
	top Expr
	// held has what stands for a grouping expression outside of GROUP BY, where that is not its text.
	held map[string]string
}

// group analyses GROUP BY and HAVING, writes them, and holds outputs and orderings to what a group has.
func (a *analyser) group(sel *Select, s *scope, having *node, out *selecting) {
	grouped := sel.GroupBy != nil || having != nil
	for _, o := range out.outputs {
		grouped = grouped || o.node.has(aggregate)
	}
	for _, o := range out.order {
		grouped = grouped || o.node.has(aggregate)
	}
	if !grouped {
		a.noGrouping(sel, out)
		return
	}
	g := &groups{a: a, fields: s.fields, sql: map[string]string{}, held: map[string]string{}}
	if sel.GroupBy != nil {
		out.rest += a.groupBy(sel.GroupBy, s, out, g)
	}
	for i := range out.outputs {
		out.outputs[i].node = g.holdAll(out.outputs[i].node, out.outputs[i].x)
	}
	for i := range out.order {
		out.order[i].node = g.holdAll(out.order[i].node, out.order[i].x)
	}
	if having != nil {
		g.top = sel.Having
		out.rest += " HAVING " + a.sql(g.hold(having))
	}
}

// noGrouping refuses GROUPING() where there are no groups.
func (a *analyser) noGrouping(sel *Select, out *selecting) {
	for _, o := range out.outputs {
		if o.node.has(grouping) {
			a.fail("MISSING_GROUP_BY", sel.Pos(), "A GROUPING() operation can only be used with a corresponding "+
				"GROUPING SET/CUBE/ROLLUP/GROUP BY clause")
		}
	}
}

// groupBy writes GROUP BY and notes its expressions in g.
func (a *analyser) groupBy(by *GroupBy, s *scope, out *selecting, g *groups) string {
	if by.Auto {
		return a.groupByAuto(out, g)
	}
	all := [][]string{nil}
	for _, e := range by.Elements {
		sets := make([][]string, len(e.Sets))
		for i, set := range e.Sets {
			for _, x := range set {
				sets[i] = append(sets[i], g.add(a.groupKey(x, s, out)))
			}
		}
		all = a.crossed(all, a.groupingSets(e, sets))
	}
	if len(all) == 1 && len(all[0]) > 0 {
		return " GROUP BY " + strings.Join(all[0], ", ")
	}
	written := make([]string, len(all))
	for i, set := range all {
		if by.Distinct {
			slices.Sort(set)
			set = slices.Compact(set)
		}
		written[i] = "(" + strings.Join(set, ", ") + ")"
	}
	if by.Distinct {
		slices.Sort(written)
		written = slices.Compact(written)
	}
	return " GROUP BY GROUPING SETS (" + strings.Join(written, ", ") + ")"
}

// maxGroupingSets is how many there may be, as in Trino.
const maxGroupingSets = 2048

// groupingSets gives the sets that an element of GROUP BY stands for.
func (a *analyser) groupingSets(e GroupingElement, sets [][]string) [][]string {
	var all [][]string
	switch e.Kind {
	case "ROLLUP":
		for n := len(sets); n >= 0; n-- {
			all = append(all, slices.Concat(sets[:n]...))
		}
		return all
	case "CUBE":
		if len(sets) > 30 {
			a.tooManySets(1 << 31)
		}
		a.tooManySets(1 << len(sets))
		for bits := 1<<len(sets) - 1; bits >= 0; bits-- {
			var set []string
			for i := range sets {
				if bits>>(len(sets)-1-i)&1 == 1 {
					set = append(set, sets[i]...)
				}
			}
			all = append(all, set)
		}
		return all
	}
	return sets
}

// crossed puts each set beside each other one.
func (a *analyser) crossed(left, right [][]string) [][]string {
	a.tooManySets(len(left) * len(right))
	var all [][]string
	for _, l := range left {
		for _, r := range right {
			all = append(all, slices.Concat(l, r))
		}
	}
	return all
}

func (a *analyser) tooManySets(n int) {
	if n > maxGroupingSets {
		a.fail("TOO_MANY_GROUPING_SETS", -1, "GROUP BY has %d grouping sets but can contain at most %d", n, maxGroupingSets)
	}
}

// groupByAuto groups by all outputs without aggregates.
func (a *analyser) groupByAuto(out *selecting, g *groups) string {
	var keys []string
	for _, o := range out.outputs {
		if !o.node.has(aggregate, window, grouping) {
			keys = append(keys, g.add(o.node))
		}
	}
	if keys == nil {
		return ""
	}
	return " GROUP BY " + strings.Join(keys, ", ")
}

// groupKey analyses an expression of GROUP BY; a number is the place of an output.
func (a *analyser) groupKey(x Expr, s *scope, out *selecting) *node {
	var n *node
	if place, is := x.(*Integer); is {
		if place.Value < 1 || place.Value > int64(len(out.outputs)) {
			a.fail("INVALID_COLUMN_REFERENCE", x.Pos(), "GROUP BY position %d is not in select list", place.Value)
		}
		n = out.outputs[place.Value-1].node
	} else {
		n = a.expr(x, s)
	}
	a.scalarOnly(n, "GROUP BY clause")
	if !comparable(n.t) {
		a.fail(TypeMismatch, x.Pos(), "%s is not comparable, and therefore cannot be used in GROUP BY", n.t)
	}
	return n
}

// add notes a grouping expression and writes it.
func (g *groups) add(n *node) string {
	k := key(n)
	if g.sql[k] == "" {
		g.sql[k] = g.a.sql(g.a.sortKey(n))
		if needsKey(n.t) { // any of those that are the same
			g.held[k] = "CASE WHEN grouping(" + g.sql[k] + ") = 0 THEN any_value(" + g.a.sql(n) + ") END"
		}
		if n.form == literal { // a number would be a place
			g.sql[k] = "(SELECT " + g.sql[k] + ")"
		}
	}
	return g.sql[k]
}

// hold gives a node in which what is grouped by stands as it stands in GROUP BY. A column that is not grouped by, and
// is in no aggregate, is refused.
func (g *groups) hold(n *node) *node {
	if sql := g.sql[key(n)]; sql != "" {
		held := *n
		held.form, held.text, held.args = subquery, sql, nil
		if other := g.held[key(n)]; other != "" {
			held.text = other
		}
		return &held
	}
	switch n.form {
	case aggregate:
		return n
	case grouping:
		for _, arg := range n.args {
			if g.sql[key(arg)] == "" {
				g.a.fail("INVALID_ARGUMENTS", n.at, "The arguments to GROUPING() must be expressions referenced by the "+
					"GROUP BY at the associated query level")
			}
		}
		return n
	case column:
		if !n.outer {
			g.refuse(n)
		}
		return n
	}
	held := *n
	held.args = make([]*node, len(n.args))
	for i, arg := range n.args {
		held.args[i] = g.hold(arg)
	}
	for _, r := range n.outside {
		if slices.Contains(g.fields, r.column.field) && g.sql[key(r.column)] == "" {
			g.a.fail("EXPRESSION_NOT_AGGREGATE", r.x.Pos(), "Subquery uses '%s' which must appear in GROUP BY clause",
				asWritten(r.x))
		}
	}
	return &held
}

// holdAll holds an expression as it was written.
func (g *groups) holdAll(n *node, x Expr) *node {
	g.top = x
	return g.hold(n)
}

// refuse says that a column is neither grouped by nor in an aggregate.
func (g *groups) refuse(column *node) {
	if g.top == nil {
		name := column.field.name
		if r := column.field.relation; r != nil {
			name = r[len(r)-1] + "." + name
		}
		g.a.fail("EXPRESSION_NOT_AGGREGATE", -1, "Column '%s' not in GROUP BY clause", name)
	}
	at := g.top.Pos()
	if _, is := g.top.(*Integer); is { // the place of an output
		at = column.at
	}
	g.a.fail("EXPRESSION_NOT_AGGREGATE", at, "'%s' must be an aggregate expression or appear in GROUP BY clause",
		asWritten(g.top))
}
