package trino

import (
	"fmt"
	"strings"
)

// keyed has a function work on what elements are told apart by.
func keyed(a *analyser, n *node) {
	for i, arg := range n.args {
		n.args[i] = a.sortKey(arg)
	}
}

// withKeys writes a template over two arrays, $a and $b, and what their elements are told apart by, $x and $y.
func withKeys(template string) func(*analyser, *node) {
	return func(a *analyser, n *node) {
		if !needsKey(n.t) {
			n.text = strings.NewReplacer("$a", "$1", "$b", "$2", "$x", "$1", "$y", "$2").Replace(template)
			return
		}
		of := func(i int) string { return a.keySQL(n.args[i-1].t, fmt.Sprintf("$%d", i)) }
		n.args = []*node{made(n.at, n.t, "struct_pack(a := $1, b := $2, x := "+of(1)+", y := "+of(2)+")", n.args...)}
		n.text = strings.NewReplacer("$a", "struct_extract($1, 'a')", "$b", "struct_extract($1, 'b')",
			"$x", "struct_extract($1, 'x')", "$y", "struct_extract($1, 'y')").Replace(template)
	}
}

// distinctElements is array_distinct.
func distinctElements(a *analyser, n *node) {
	n.text = distinctOf("$1")
	if needsKey(n.t) {
		n.args = []*node{made(n.at, n.t, "struct_pack(l := $1, k := "+a.keySQL(n.t, "$1")+")", n.args[0])}
		n.text = "list_filter(struct_extract($1, 'l'), lambda x, i: list_position(struct_extract($1, 'k'), " +
			"list_extract(struct_extract($1, 'k'), i)) = i)"
	}
}

func union(a *analyser, n *node) {
	n.args = []*node{made(n.at, n.t, "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN list_concat($1, $2) END",
		n.args...)}
	distinctElements(a, n)
}

// undecided writes the error of a function that compares elements with a value, where a NULL within them decides.
func undecided(n *node) string {
	return strings.ReplaceAll(raise(NotSupported, "'"+n.name+
		" does not support arrays with elements that are null or contain null'"), "$T", "BOOLEAN")
}

// comparedWith is an array as l, beside c, what the comparison of each element with a value gives, of types whose
// values may have a NULL within them. It is NULL where the array or the value is.
func comparedWith(a *analyser, n *node) {
	t := n.args[0].t.Of[0]
	n.args = []*node{made(n.at, n.t, "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN struct_pack(l := $1, "+
		"c := list_transform($1, lambda x: "+a.compareSQL(t, "=", "x", "$2")+")) END", n.args...)}
}

// firstFound is the place of the first element that is the value, of what comparedWith gives. An undecided one before
// it is an error; an element that is NULL is passed over.
func firstFound(n *node) string {
	const elements, comparisons = "struct_extract($1, 'l')", "struct_extract($1, 'c')"
	return "list_extract(list_transform([list_position(list_transform(" + comparisons +
		", lambda x, i: CASE WHEN x THEN " +
		"true WHEN x IS NULL AND list_extract(" + elements +
		", i) IS NOT NULL THEN true ELSE false END), true)], lambda p: " +
		"CASE WHEN list_extract(" + comparisons + ", p) IS NULL AND p > 0 THEN CAST(" + undecided(n) +
		" AS BIGINT) ELSE p END), 1)"
}

func containing(a *analyser, n *node) {
	t := n.args[0].t.Of[0]
	n.text = "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN list_contains($1, $2) THEN true " +
		"WHEN list_position($1, NULL) > 0 THEN NULL ELSE false END"
	switch {
	case len(t.Of) > 0:
		comparedWith(a, n)
		n.text = "CASE WHEN $1 IS NULL THEN NULL WHEN " + firstFound(n) +
			" > 0 THEN true WHEN list_position(struct_extract($1, 'l'), NULL) > 0 THEN NULL ELSE false END"
	case !t.same():
		equal := made(n.at, arrayOf(tBoolean), "CASE WHEN $2 IS NOT NULL THEN list_transform($1, lambda x: "+
			a.compareSQL(t, "=", "x", "$2")+") END", n.args...)
		n.text, n.args = anyTrue, []*node{equal}
	}
}

func position(a *analyser, n *node) {
	t := n.args[0].t.Of[0]
	found := "list_position($1, $2)"
	switch {
	case len(t.Of) > 0:
		comparedWith(a, n)
		n.text = "CASE WHEN $1 IS NOT NULL THEN CAST(coalesce(" + firstFound(n) + ", 0) AS BIGINT) END"
		return
	case !t.same():
		found = "list_position(list_transform($1, lambda x: " + a.compareSQL(t, "=", "x", "$2") + "), true)"
	}
	n.text = "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN CAST(coalesce(" + found + ", 0) AS BIGINT) END"
}

func removing(a *analyser, n *node) {
	t := n.t.Of[0]
	is := "(" + a.compareSQL(t, "=", "x", "$2") + ")"
	if len(t.Of) > 0 {
		is = "CASE WHEN x IS NOT NULL AND " + is + " IS NULL THEN " + undecided(n) + " ELSE " + is + " END"
	}
	n.text = "CASE WHEN $2 IS NOT NULL THEN list_filter($1, lambda x: " + is + " IS NOT TRUE) END"
}

// sortingArray is array_sort, in which elements that are alike keep their order.
func sortingArray(a *analyser, n *node) {
	t := n.t.Of[0]
	if n.text = "list_sort($1, 'ASC', 'NULLS LAST')"; needsKey(t) {
		n.text = "list_transform(" + a.sortedByKey(t, "i") + ", lambda e: struct_extract(e, 'v'))"
	}
}

// sortedByKey writes a list of structs of the elements, v, in the order of their keys, then of their places.
func (a *analyser) sortedByKey(t *Type, place string) string {
	return "list_sort(list_transform($1, lambda x, i: struct_pack(k := " + a.keySQL(t, "x") + ", i := " + place +
		", v := x)), 'ASC', 'NULLS LAST')"
}

// minimum is array_min. Of elements that are alike the first is given.
func minimum(a *analyser, n *node) {
	least := "list_min($1)"
	if needsKey(n.t) {
		least = "struct_extract(list_extract(" + a.sortedByKey(n.t, "i") + ", 1), 'v')"
	}
	n.text = "CASE WHEN list_position($1, NULL) IS NULL THEN " + least + " END"
}

// maximum is array_max, which ignores NaN unless there is nothing else.
func maximum(a *analyser, n *node) {
	most := "list_max($1)"
	switch {
	case n.t.Kind == Real || n.t.Kind == DoubleKind:
		most = "coalesce(list_max(list_filter($1, lambda x: NOT isnan(x))), list_max($1))"
	case needsKey(n.t):
		most = fmt.Sprintf("struct_extract(list_extract(%s, -1), 'v')", a.sortedByKey(n.t, "- i"))
	}
	n.text = "CASE WHEN list_position($1, NULL) IS NULL THEN " + most + " END"
}
