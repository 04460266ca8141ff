package trino

import (
	"strconv"
	"strings"
)

func (a *analyser) caseOf(x *Case, s *scope) *node {
	var results []*node
	var conditions []*node
	var whole, operand *node
	name := ""
	if x.Operand != nil {
		whole = a.expr(x.Operand, s)
		if operand = whole; !whole.leaf() {
			name = a.fresh()
			operand = &node{form: variable, t: whole.t, at: whole.at, text: name}
		}
	}
	for _, w := range x.Whens {
		if operand == nil {
			conditions = append(conditions, a.condition(w.Condition, s))
		} else {
			conditions = append(conditions, a.equal(w.Condition.Pos(), operand, a.expr(w.Condition, s)))
		}
		results = append(results, a.expr(w.Result, s))
	}
	if x.Else != nil {
		results = append(results, a.expr(x.Else, s))
	}
	t := a.commonOf(x.Pos(), "All CASE results must be the same type", results)
	var template strings.Builder
	var args []*node
	add := func(n *node) string {
		args = append(args, n)
		return "$" + strconv.Itoa(len(args))
	}
	template.WriteString("CASE")
	for i, c := range conditions {
		template.WriteString(" WHEN " + add(c) + " THEN " + add(a.coerce(results[i], t)))
	}
	if x.Else != nil {
		template.WriteString(" ELSE " + add(a.coerce(results[len(results)-1], t)))
	}
	template.WriteString(" END")
	n := made(x.Pos(), t, template.String(), args...)
	if name == "" {
		return n
	}
	return a.withOperand(n, name, whole)
}

// withOperand gives a node in which a variable stands for a value, once. DuckDB has no subqueries and aggregates where
// it has variables: beside them the value stands wherever the variable does.
func (a *analyser) withOperand(n *node, name string, value *node) *node {
	if !n.has(subquery, aggregate, window, grouping) {
		return made(n.at, n.t, "list_extract(list_transform([$1], lambda "+name+": $2), 1)", value, within(n))
	}
	size := 0
	value.walk(func(*node) bool { size++; return size < maxAnalysed })
	return a.replaced(n, name, value, size)
}

// replaced puts a value in the place of a variable. What that adds to the statement counts.
func (a *analyser) replaced(n *node, name string, value *node, size int) *node {
	if n.form == variable && n.text == name {
		if a.analysed += size; a.analysed > maxAnalysed {
			a.fail(TooComplex, n.at, "The statement has too many expressions")
		}
		return value
	}
	copied := *n
	copied.args = make([]*node, len(n.args))
	for i, arg := range n.args {
		copied.args[i] = a.replaced(arg, name, value, size)
	}
	return &copied
}
