package trino

import (
	"fmt"
	"strings"
)

// comparing is array_sort with a comparator. What it says of each pair is given to a native function, which asks for
// the answers in the order that Java does, since they need not make sense.
func comparing(a *analyser, n *node) {
	x, i, y, j := a.fresh(), a.fresh(), a.fresh(), a.fresh()
	answer := made(n.at, tInteger, "coalesce($1, 2)", n.args[1].over(x, y).args[0])
	few := fmt.Sprintf("CASE WHEN len($1) > %d THEN %s ELSE $1 END", maxCompared, raise(NotSupported,
		fmt.Sprintf("'array_sort with a comparator sorts at most %d elements'", maxCompared)))
	n.args = []*node{made(n.at, n.t, fmt.Sprintf("struct_pack(l := $1, o := trino_java_order(list_transform($1, lambda %s, "+
		"%s: list_transform($1, lambda %s, %s: CASE WHEN %[2]s = %[4]s THEN 0 ELSE CAST($2 AS BIGINT) END))))", x, i, y, j),
		made(n.at, n.t, few, n.args[0]), within(answer))}
	n.text = "list_select(struct_extract($1, 'l'), struct_extract($1, 'o'))"
}

// maxCompared is how many elements array_sort takes with a comparator, which is asked about each pair.
const maxCompared = 2000

// within keeps a node, which has variables of a template's lambda, where the template has it.
func within(n *node) *node {
	return &node{form: lambda, t: n.t, at: n.at, text: "$1", args: []*node{n}}
}

// reducing is reduce.
func reducing(a *analyser, n *node) {
	state := reduction(a, n.args[0], n.args[1], n.args[2])
	o := a.fresh()
	n.args = []*node{state, n.args[3].over(o)}
	n.text = "CASE WHEN $1 IS NOT NULL THEN list_extract(list_transform([struct_extract($1, 's')], lambda " + o +
		": $2), 1) END"
}

// reduction is a struct with the state, s, after all elements of a list; NULL without one. DuckDB's list_reduce wants
// the state to have the type of the elements: both are structs of an element and a state.
func reduction(a *analyser, list, initial, step *node) *node {
	s, x := a.fresh(), a.fresh()
	element, state := list.t.Of[0].duck(), initial.t.duck()
	text := fmt.Sprintf("CASE WHEN $1 IS NOT NULL THEN list_reduce(list_transform($1, lambda e: struct_pack(e := e, "+
		"s := CAST(NULL AS %s))), lambda %s, %s: struct_pack(e := CAST(NULL AS %s), s := $3), "+
		"struct_pack(e := CAST(NULL AS %[4]s), s := $2)) END",
		state, s, x, element)
	return made(list.at, initial.t, text, list, initial, step.over("struct_extract("+s+", 's')",
		"struct_extract("+x+", 'e')"))
}

// zipping is zip: what a shorter array has not is NULL.
func zipping(_ *analyser, n *node) {
	n.text = zipped(n.t.Of[0].Struct)
}

// zipped writes a list of structs of as many lists as there are names.
func zipped(names []string) string {
	var given, lengths, fields []string
	for i, name := range names {
		given = append(given, fmt.Sprintf("$%d IS NOT NULL", i+1))
		lengths = append(lengths, fmt.Sprintf("len($%d)", i+1))
		fields = append(fields, fmt.Sprintf("%s := list_extract($%d, i)", name, i+1))
	}
	return fmt.Sprintf("CASE WHEN %s THEN list_transform(range(1, 1 + greatest(%s)), lambda i: struct_pack(%s)) END",
		strings.Join(given, " AND "), strings.Join(lengths, ", "), strings.Join(fields, ", "))
}

func zippingWith(a *analyser, n *node) {
	z := a.fresh()
	pairs := made(n.at, n.t, zipped([]string{"a", "b"}), n.args[:2]...)
	n.args = []*node{pairs, n.args[2].over("struct_extract("+z+", 'a')", "struct_extract("+z+", 'b')")}
	n.text = "list_transform($1, lambda " + z + ": $2)"
}

// concatenating is concat of arrays.
func concatenating(_ *analyser, n *node) {
	given := make([]string, len(n.args))
	for i := range given {
		given[i] = fmt.Sprintf("$%d IS NOT NULL", i+1)
	}
	n.text = "CASE WHEN " + strings.Join(given, " AND ") + " THEN list_concat($*) END"
}
