package trino

import (
	"fmt"
	"strings"
)

// In aggregates "#D " stands for DISTINCT, " #O" for ORDER BY and " #F" for FILTER or OVER. What cannot be said within
// one aggregate of DuckDB's is made of its value in then.
var aggregates = append([]entry{
	{signature: "count() -> bigint", duck: "count(*) #F"},
	{signature: "count(T) -> bigint", build: counting, duck: "count(#D $1) #F"},
	{signature: "count_if(boolean) -> bigint", duck: "count(#D CASE WHEN $1 THEN 1 END) #F"},
	{signature: "sum(bigint) -> bigint", duck: "sum(#D $1) #F", then: "CASE WHEN $1 BETWEEN -9223372036854775808 AND " +
		"9223372036854775807 THEN CAST($1 AS BIGINT) WHEN $1 IS NOT NULL THEN " +
		raise("NUMERIC_VALUE_OUT_OF_RANGE", "'bigint addition overflow'") + " END"},
	{signature: "sum(double) -> double", duck: "sum(#D $1) #F"},
	{signature: "sum(real) -> real", duck: "sum(#D CAST($1 AS DOUBLE)) #F", then: narrowed},
	{signature: "sum(decimal(p, s)) -> decimal(38, s)", build: summingDecimals, duck: "sum(#D $1) #F"},
	{signature: "sum(interval day to second) -> interval day to second", duck: "CAST(sum(#D $1) #F AS BIGINT)"},
	{signature: "sum(interval year to month) -> interval year to month", duck: "CAST(sum(#D $1) #F AS BIGINT)"},
	{signature: "avg(bigint) -> double", duck: "avg(#D $1) #F"},
	{signature: "avg(double) -> double", duck: "avg(#D $1) #F"},
	{signature: "avg(real) -> real", duck: "avg(#D CAST($1 AS DOUBLE)) #F", then: narrowed},
	{signature: "avg(decimal(p, s)) -> decimal(p, s)", duck: "struct_pack(s := sum(#D $1) #F, n := count(#D $1) #F)",
		then: "CAST(trino_decimal_quotient(CAST(struct_extract($1, 's') AS VARCHAR), struct_extract($1, 'n')) AS $T)"},
	{signature: "avg(interval day to second) -> interval day to second",
		duck: "CAST(floor(avg(#D $1) #F + 0.5) AS BIGINT)"},
	{signature: "avg(interval year to month) -> interval year to month",
		duck: "CAST(floor(avg(#D $1) #F + 0.5) AS BIGINT)"},
	{signature: "[T:orderable] min(T) -> T", build: leastOf, duck: "min(#D $1) #F"},
	{signature: "[T:orderable] max(T) -> T", build: greatestOf, duck: "max(#D $1) #F"},
	{signature: "[T:orderable] min(T, bigint) -> array(T)", build: several("ASC", "second argument of max_n/min_n"),
		duck: "struct_pack(l := list(struct_pack(k := $1, v := $1)) #F, n := any_value($2) #F)"},
	{signature: "[T:orderable] max(T, bigint) -> array(T)", build: several("DESC", "second argument of max_n/min_n"),
		duck: "struct_pack(l := list(struct_pack(k := $1, v := $1)) #F, n := any_value($2) #F)"},
	{signature: "[K:orderable] min_by(V, K) -> V", build: leastBy, duck: "arg_min_null($1, $2) #F"},
	{signature: "[K:orderable] max_by(V, K) -> V", build: greatestBy, duck: "arg_max_null($1, $2) #F"},
	{signature: "[K:orderable] min_by(V, K, bigint) -> array(V)", build: several("ASC", "third argument of max_by/min_by"),
		duck: "struct_pack(l := list(struct_pack(k := $2, v := $1)) #F, n := any_value($3) #F)"},
	{signature: "[K:orderable] max_by(V, K, bigint) -> array(V)",
		build: several("DESC", "third argument of max_by/min_by"),
		duck:  "struct_pack(l := list(struct_pack(k := $2, v := $1)) #F, n := any_value($3) #F)"},
	{signature: "arbitrary(T) -> T", duck: "any_value(#D $1 #O) #F"},
	{signature: "any_value(T) -> T", duck: "any_value(#D $1 #O) #F"},
	{signature: "bool_and(boolean) -> boolean", duck: "bool_and(#D $1) #F"},
	{signature: "bool_or(boolean) -> boolean", duck: "bool_or(#D $1) #F"},
	{signature: "every(boolean) -> boolean", duck: "bool_and(#D $1) #F"},
	{signature: "bitwise_and_agg(bigint) -> bigint", duck: "bit_and(#D $1) #F"},
	{signature: "bitwise_or_agg(bigint) -> bigint", duck: "bit_or(#D $1) #F"},
	{signature: "bitwise_xor_agg(bigint) -> bigint", duck: "bit_xor(#D $1) #F"},
	{signature: "array_agg(T) -> array(T)", duck: "list(#D $1 #O) #F"},
	{signature: "listagg(varchar, varchar) -> varchar", duck: "list(#D $1 #O) #F"},
	{signature: "[K:comparable] histogram(K) -> map(K, bigint)", build: histogram},
	{signature: "[K:comparable] map_agg(K, V) -> map(K, V)", build: identities,
		duck: "list(#D struct_pack(k := $1, v := $2) #O) #F", then: entriesMap("map(keys, list_transform(keys, lambda k: " +
			"list_extract(values, list_position(all, k))))")},
	{signature: "[K:comparable] multimap_agg(K, V) -> map(K, array(V))", build: identities,
		duck: "list(#D struct_pack(k := $1, v := $2) #O) #F", then: entriesMap("map(keys, list_transform(keys, lambda k: " +
			"list_select(values, list_filter(range(1, len(all) + 1), lambda i: list_extract(all, i) = k))))")},
	{signature: "[K:comparable] map_union(map(K, V)) -> map(K, V)", build: identities,
		duck: "list(#D $1 #O) #F", then: mapUnion},
	{signature: "reduce_agg(T, S, function(S, T, S), function(S, S, S)) -> S", build: reducingAll},
	{signature: "checksum(T) -> varbinary", build: checking},
}, statistics...)

// narrowed is a double as a real: infinite when it is beyond.
const narrowed = "CASE WHEN abs($1) > 3.4028235677973366e+38 AND NOT isnan($1) THEN CAST(CASE WHEN $1 > 0 THEN 'Infinity' " +
	"ELSE '-Infinity' END AS FLOAT) ELSE CAST($1 AS FLOAT) END"

// summingDecimals holds a sum to 38 digits, of which DuckDB keeps some more.
func summingDecimals(_ *analyser, n *node) {
	most := strings.Repeat("9", 38-n.t.Scale) + "." + strings.Repeat("9", n.t.Scale)
	n.after = "CASE WHEN abs($1) > CAST('" + most + "' AS $T) THEN " +
		raise("NUMERIC_VALUE_OUT_OF_RANGE", "'Decimal overflow'") + " ELSE $1 END"
}

// counting has what is counted once told apart as Trino does.
func counting(a *analyser, n *node) { n.args[0] = a.sortKey(n.args[0]) }

// leastOf is min, which gives the first of values that are alike.
func leastOf(a *analyser, n *node) {
	if needsKey(n.t) {
		n.text, n.args = "arg_min(#D $1, $2) #F", []*node{n.args[0], a.sortKey(n.args[0])}
	}
}

// leastBy is min_by.
func leastBy(a *analyser, n *node) { n.args[1] = a.sortKey(n.args[1]) }

// greatestOf is max, which ignores NaN unless there is nothing else.
func greatestOf(a *analyser, n *node) {
	if needsKey(n.t) {
		n.text, n.args = "arg_max(#D $1, $2) #F", []*node{n.args[0], a.sortKey(n.args[0])}
	}
	if k := n.t.Kind; k == Real || k == DoubleKind {
		n.text = "coalesce(max(#D CASE WHEN NOT isnan($1) THEN $1 END) #F, max(#D $1) #F)"
	}
}

// greatestBy is max_by, to which NaN is less than all other keys.
func greatestBy(a *analyser, n *node) {
	n.args[1] = a.sortKey(n.args[1])
	if k := n.args[1].t.Kind; k == Real || k == DoubleKind {
		n.text = "arg_max_null($1, CASE WHEN $2 IS NOT NULL THEN struct_pack(a := NOT isnan($2), b := $2) END) #F"
	}
}

// maxSeveral is the most that min, max, min_by and max_by give, as in Trino.
const maxSeveral = "10000"

// several completes the forms that give some values, not one: of a list of keys and values. Of those whose keys are
// alike the first come first. NaN is the least of keys where the greatest are asked for, and the greatest otherwise.
func several(direction, what string) func(*analyser, *node) {
	return func(a *analyser, n *node) {
		k := len(n.args) - 2 // the key is the last but one
		t := n.args[k].t
		if n.args[k] = a.sortKey(n.args[k]); k == 0 && needsKey(t) {
			n.args[0] = n.args[0].args[0]
			n.text = strings.Replace(n.text, "k := $1", "k := "+a.keySQL(t, "$1"), 1)
		}
		key, place := "struct_extract(e, 'k')", "i"
		if direction == "DESC" {
			place = "- i"
			if t.Kind == Real || t.Kind == DoubleKind {
				key = "struct_pack(a := NOT isnan(" + key + "), b := " + key + ")"
			}
		}
		n.after = severalOf(direction, what, key, place)
	}
}

func severalOf(direction, what, key, place string) string {
	return "CASE WHEN struct_extract($1, 'n') < 1 THEN " +
		raise("INVALID_FUNCTION_ARGUMENT", "'"+what+" must be positive'") +
		" WHEN struct_extract($1, 'n') > " + maxSeveral + " THEN " + raise("INVALID_FUNCTION_ARGUMENT",
		"'"+what+" must be less than or equal to "+maxSeveral+"; found ' || struct_extract($1, 'n')") +
		" ELSE nullif(list_transform(list_slice(list_sort(list_transform(list_filter(struct_extract($1, 'l'), " +
		"lambda e: struct_extract(e, 'k') IS NOT NULL), lambda e, i: struct_pack(k := " + key + ", i := " + place +
		", v := struct_extract(e, 'v'))), '" + direction +
		"'), 1, struct_extract($1, 'n')), lambda e: struct_extract(e, 'v')), []) END"
}

// entriesMap makes a map of a list of entries k and v: of its keys, values, all keys and those values, in which the
// keys are not NULL. Without any the answer is NULL. Of the values of a key the first counts.
func entriesMap(made string) string {
	return "list_extract(list_transform(list_transform([list_filter($1, lambda e: struct_extract(e, 'k') IS NOT NULL)], " +
		"lambda l: struct_pack(a := list_transform(l, lambda e: struct_extract(e, 'k')), " +
		"v := list_transform(l, lambda e: struct_extract(e, 'v')))), lambda m: CASE WHEN len(struct_extract(m, 'a')) > 0 THEN " +
		strings.NewReplacer("keys", distinctOf("struct_extract(m, 'a')"), "values", "struct_extract(m, 'v')",
			"all", "struct_extract(m, 'a')").Replace(made) + " END), 1)"
}

// mapUnion keeps of each key what the first map has.
const mapUnion = "list_reduce(list_filter($1, lambda m: m IS NOT NULL), lambda x, y: map_concat(y, x))"

// histogram counts values. DuckDB's takes NaN for any number.
func histogram(a *analyser, n *node) {
	identities(a, n)
	k := n.args[0].t.Kind
	if k != Real && k != DoubleKind {
		n.text = "CAST(histogram(#D $1) #F AS $T)"
		return
	}
	n.text = "list(#D $1) #F"
	n.after = "list_extract(list_transform([list_filter($1, lambda x: x IS NOT NULL)], lambda l: CASE WHEN len(l) > 0 THEN " +
		"map(" + distinctOf("l") + ", list_transform(" + distinctOf("l") + ", lambda k: len(list_filter(l, lambda x: " +
		"x = k)))) END), 1)"
}

// reducingAll is reduce_agg. Rows without a value do not count, and each row's initial state is that of the first.
func reducingAll(a *analyser, n *node) {
	value, state := n.args[0], n.args[1]
	s, x := a.fresh(), a.fresh()
	n.text = "struct_pack(l := list($1) #F, s := any_value($2) #F)"
	step := n.args[2].over("struct_extract("+s+", 's')", "struct_extract("+x+", 'e')")
	n.args = []*node{value, state}
	n.afterArgs = []*node{step}
	e, t := value.t.duck(), state.t.duck()
	n.after = "CASE WHEN list_count(struct_extract($1, 'l')) > 0 THEN struct_extract(list_reduce(list_transform(list_filter(" +
		"struct_extract($1, 'l'), lambda e: e IS NOT NULL), lambda e: struct_pack(e := e, s := CAST(NULL AS " + t + "))), " +
		"lambda " + s + ", " + x + ": struct_pack(e := CAST(NULL AS " + e + "), s := $2), struct_pack(e := CAST(NULL AS " +
		e +
		"), s := struct_extract($1, 's'))), 's') END"
}

// checking is checksum, of the types whose hash is simple.
func checking(a *analyser, n *node) {
	value := ""
	switch t := n.args[0].t; {
	case t.IsInteger():
		value = "trino_hash_bigint(CAST($1 AS BIGINT))"
	case t.Kind == Date:
		value = "trino_hash_bigint(CAST($1 - DATE '1970-01-01' AS BIGINT))"
	case t.Kind == BooleanKind:
		value = "trino_hash_bigint(CAST($1 AS BIGINT))"
	case t.Kind == DoubleKind:
		value = "trino_hash_double($1)"
	case t.Kind == Varchar:
		value = "trino_hash_blob(encode($1))"
	case t.Kind == Varbinary:
		value = "trino_hash_blob($1)"
	default:
		a.fail(NotSupported, n.at, "checksum of %s is not supported", t)
	}
	n.text = "list(#D coalesce(" + value + ", 1)) #F"
	n.after = "trino_checksum($1)"
}

// listAggOf refuses what LISTAGG does not take.
func (a *analyser) listAggOf(x *Call, args []argument) {
	if n := args[0].node; n != nil && n.t.Kind != Varchar && n.t.Kind != Unknown {
		name := "expression"
		if parts := nameParts(x.Args[0]); parts != nil {
			name = strings.Join(parts, ".")
		}
		a.fail(TypeMismatch, x.Pos(), "Expected expression of varchar, but '%s' has %s type", name, n.t)
	}
}

// listAgg joins what LISTAGG has collected, and says what becomes of it when it is too long.
func (a *analyser) listAgg(x *Call, n *node) {
	separator, _ := n.args[1].value.(string)
	filler := "..."
	if x.ListAgg.Filler != nil {
		filler = *x.ListAgg.Filler
	}
	n.after = fmt.Sprintf("trino_listagg($1, %s, %t, %s, %t)", quotedText(separator), x.ListAgg.Truncate,
		quotedText(filler), x.ListAgg.Count)
}
