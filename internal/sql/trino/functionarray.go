package trino

import "fmt"

// matched are the templates of all_match and its like over what the predicate gave for each element.
const (
	anyTrue = "CASE WHEN $1 IS NULL THEN NULL WHEN list_contains($1, true) THEN true " +
		"WHEN list_position($1, NULL) > 0 THEN NULL ELSE false END"
	allTrue = "CASE WHEN $1 IS NULL THEN NULL WHEN list_contains($1, false) THEN false " +
		"WHEN list_position($1, NULL) > 0 THEN NULL ELSE true END"
)

var arrayFunctions = []entry{
	{signature: "cardinality(array(E)) -> bigint", duck: "len($1)"},
	{signature: "transform(array(T), function(T, U)) -> array(U)", duck: "list_transform($1, $2)"},
	{signature: "filter(array(T), function(T, boolean)) -> array(T)", duck: "list_filter($1, $2)"},
	{signature: "any_match(array(T), function(T, boolean)) -> boolean", first: "list_transform($1, $2)", duck: anyTrue},
	{signature: "all_match(array(T), function(T, boolean)) -> boolean", first: "list_transform($1, $2)", duck: allTrue},
	{signature: "none_match(array(T), function(T, boolean)) -> boolean", first: "list_transform($1, $2)",
		duck: "(NOT " + anyTrue + ")"},
	{signature: "element_at(array(E), bigint) -> E", duck: "CASE WHEN $2 = 0 AND $1 IS NOT NULL THEN " +
		raise("INVALID_FUNCTION_ARGUMENT", "'SQL array indices start at 1'") + " ELSE list_extract($1, $2) END"},
	{signature: "[E:comparable] contains(array(E), E) -> boolean", build: containing},
	{signature: "[E:comparable] contains_sequence(array(E), array(E)) -> boolean", build: keyed,
		duck: "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE len($2) = 0 OR list_contains(list_transform(" +
			"range(1, greatest(2 + len($1) - len($2), 1)), lambda i: list_slice($1, i, i + len($2) - 1) = $2), true) END"},
	{signature: "[E:comparable] array_position(array(E), E) -> bigint", build: position},
	{signature: "[E:comparable] array_remove(array(E), E) -> array(E)", build: removing},
	{signature: "[E:comparable] array_distinct(array(E)) -> array(E)", build: distinctElements},
	{signature: "[E:comparable] array_union(array(E), array(E)) -> array(E)", build: union},
	{signature: "[E:comparable] array_except(array(E), array(E)) -> array(E)", build: withKeys(
		"CASE WHEN $a IS NOT NULL AND $b IS NOT NULL THEN list_filter($a, lambda v, i: " +
			"list_position($x, list_extract($x, i)) = i AND list_position($y, list_extract($x, i)) IS NULL) END")},
	// the order is that of the longer array
	{signature: "[E:comparable] array_intersect(array(E), array(E)) -> array(E)", build: withKeys(
		"CASE WHEN len($a) >= len($b) THEN " + intersection("$a", "$x", "$y") + " WHEN len($a) < len($b) THEN " +
			intersection("$b", "$y", "$x") + " END")},
	{signature: "[E:comparable] arrays_overlap(array(E), array(E)) -> boolean", build: keyed,
		duck: "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN list_has_any(list_filter($1, lambda x: x IS NOT NULL), $2) " +
			"THEN true WHEN len($1) > 0 AND len($2) > 0 AND (list_position($1, NULL) > 0 OR list_position($2, NULL) > 0) " +
			"THEN NULL ELSE false END"},
	{signature: "[T:comparable] array_histogram(array(T)) -> map(T, bigint)", build: arrayHistogram,
		first: "list_filter($1, lambda x: x IS NOT NULL)", duck: "CASE WHEN len($1) = 0 THEN CAST(MAP {} AS $T) " +
			"WHEN $1 IS NOT NULL THEN CAST(list_aggregate($1, 'histogram') AS $T) END"},
	{signature: "array_join(array(T), varchar) -> varchar", build: joining},
	{signature: "array_join(array(T), varchar, varchar) -> varchar", build: joining},
	{signature: "[E:orderable] array_max(array(E)) -> E", build: maximum},
	{signature: "[E:orderable] array_min(array(E)) -> E", build: minimum},
	{signature: "[E:orderable] array_sort(array(E)) -> array(E)", build: sortingArray},
	{signature: "array_sort(array(T), function(T, T, integer)) -> array(T)", build: comparing},
	{signature: "combinations(array(T), bigint) -> array(array(T))",
		duck: "CASE WHEN $1 IS NOT NULL THEN list_transform(" +
			"trino_combinations(len($1), $2), lambda c: list_transform(c, lambda i: list_extract($1, i))) END"},
	{signature: "ngrams(array(T), bigint) -> array(array(T))", duck: "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL " +
		"WHEN $2 < 1 THEN " +
		raise("INVALID_FUNCTION_ARGUMENT", "'N must be positive'") + " ELSE list_transform(range(1, greatest(len($1) - " +
		"least($2, len($1)), 0) + 2), lambda i: list_slice($1, i, i + least($2, len($1)) - 1)) END"},
	{signature: "flatten(array(array(E))) -> array(E)", duck: "flatten($1)"},
	{signature: "reverse(array(E)) -> array(E)", duck: "list_reverse($1)"},
	{signature: "shuffle(array(E)) -> array(E)",
		duck: "list_select($1, list_grade_up(list_transform($1, lambda x: random())))"},
	{signature: "repeat(T, bigint) -> array(T)", duck: "CASE WHEN $2 < 0 THEN " + raise("INVALID_FUNCTION_ARGUMENT",
		"'count argument of repeat function must be greater than or equal to 0'") + " WHEN $2 > 10000 THEN " +
		raise("INVALID_FUNCTION_ARGUMENT", "'count argument of repeat function must be less than or equal to 10000'") +
		" ELSE list_transform(range($2), lambda i: $1) END"},
	{signature: "slice(array(E), bigint, bigint) -> array(E)", duck: "CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL " +
		"THEN NULL WHEN $3 < 0 THEN " +
		raise("INVALID_FUNCTION_ARGUMENT", "'length must be greater than or equal to 0'") + " WHEN $2 = 0 THEN " +
		raise("INVALID_FUNCTION_ARGUMENT", "'SQL array indices start at 1'") +
		" WHEN $3 = 0 OR abs($2) > len($1) THEN list_slice($1, 1, 0) WHEN $2 < 0 THEN " +
		"list_slice($1, len($1) + $2 + 1, len($1) + $2 + least($3, len($1))) " +
		"ELSE list_slice($1, $2, $2 - 1 + least($3, len($1))) END"},
	{signature: "trim_array(array(E), bigint) -> array(E)", duck: "CASE WHEN $2 < 0 AND $1 IS NOT NULL THEN " +
		raise("INVALID_FUNCTION_ARGUMENT", "'size must not be negative: ' || $2") + " WHEN $2 > len($1) THEN " +
		raise("INVALID_FUNCTION_ARGUMENT", "'size must not exceed array cardinality ' || len($1) || ': ' || $2") +
		" ELSE list_slice($1, 1, len($1) - $2) END"},
	{signature: "reduce(array(T), S, function(S, T, S), function(S, R)) -> R", build: reducing},
	{signature: "zip(array(A), array(B)) -> array(row(A, B))", build: zipping},
	{signature: "zip(array(A), array(B), array(C)) -> array(row(A, B, C))", build: zipping},
	{signature: "zip(array(A), array(B), array(C), array(D)) -> array(row(A, B, C, D))", build: zipping},
	{signature: "zip(array(A), array(B), array(C), array(D), array(E)) -> array(row(A, B, C, D, E))", build: zipping},
	{signature: "zip_with(array(T), array(U), function(T, U, R)) -> array(R)", build: zippingWith},
	{signature: "concat(array(E), array(E)...) -> array(E)", build: concatenating},
	{signature: "concat(E, array(E)) -> array(E)", duck: "CASE WHEN $2 IS NOT NULL THEN list_prepend($1, $2) END"},
	{signature: "concat(array(E), E) -> array(E)", duck: "CASE WHEN $1 IS NOT NULL THEN list_append($1, $2) END"},
}

// same tells whether DuckDB's = on values that are not NULL is Trino's, for all values of a type.
func (t *Type) same() bool {
	switch t.Kind {
	case Real, DoubleKind, Char, TimeZoned, TimestampZoned, Array, Map, Row:
		return false
	}
	return true
}

// identities refuses maps whose keys have a zone: DuckDB does not tell them apart by their times.
func identities(a *analyser, n *node) {
	if n.t.Of[0].zoned() {
		a.fail(NotSupported, n.at, "%s with keys of %s is not supported", n.name, n.t.Of[0])
	}
}

// zoned tells whether a type is one with time zone, or has one in it.
func (t *Type) zoned() bool {
	if t.Kind == TimeZoned || t.Kind == TimestampZoned {
		return true
	}
	for _, of := range t.Of {
		if of.zoned() {
			return true
		}
	}
	return false
}

// distinctOf writes the elements of a list without those that stand before, in their order.
func distinctOf(list string) string {
	return fmt.Sprintf("list_filter(%s, lambda x, i: list_position(%[1]s, x) = i)", list)
}

func intersection(long, keys, others string) string {
	return fmt.Sprintf("list_filter(%s, lambda x, i: list_position(%s, list_extract(%s, i)) IS NOT NULL AND "+
		"list_position(%[3]s, list_extract(%[3]s, i)) = i)", long, others, keys)
}

// joining is array_join. DuckDB's string_agg takes constants as separators only.
func joining(a *analyser, n *node) {
	defer func() { // elements that have no text
		r := recover()
		if e, is := r.(*Error); is && e.Name == TypeMismatch {
			e.Name = "OPERATOR_NOT_FOUND"
		}
		if r != nil {
			panic(r)
		}
	}()
	x := a.fresh()
	element := &node{form: variable, t: n.args[0].t.Of[0], text: x}
	cast := &node{form: lambda, t: tVarchar, text: "lambda " + x + ": $1",
		args: []*node{a.castOf(n.at, element, tVarchar, false)}}
	texts := "list_transform($1, $2)"
	if len(n.args) == 3 {
		texts = "CASE WHEN $3 IS NOT NULL THEN list_transform(" + texts + ", lambda x: coalesce(x, $3)) END"
	} else {
		texts = "list_filter(" + texts + ", lambda x: x IS NOT NULL)"
	}
	list := made(n.at, arrayOf(tVarchar), texts, append([]*node{n.args[0], cast}, n.args[2:]...)...)
	n.args = []*node{list, n.args[1]}
	n.text = "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN len($1) = 0 THEN '' " +
		"ELSE list_reduce($1, lambda x, y: x || $2 || y) END"
	if n.args[1].form == literal && n.args[1].value != nil {
		n.text = "CASE WHEN $1 IS NOT NULL THEN coalesce(list_aggregate($1, 'string_agg', $2), '') END"
	}
}

// arrayHistogram counts elements. DuckDB's histogram takes NaN for any number.
func arrayHistogram(a *analyser, n *node) {
	identities(a, n)
	if k := n.t.Of[0].Kind; k == Real || k == DoubleKind {
		n.text = "CASE WHEN len($1) = 0 THEN CAST(MAP {} AS $T) WHEN $1 IS NOT NULL THEN map(" + distinctOf("$1") +
			", list_transform(" + distinctOf("$1") + ", lambda k: len(list_filter($1, lambda x: x = k)))) END"
	}
}
