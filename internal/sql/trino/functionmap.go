package trino

import "fmt"

var mapFunctions = []entry{
	{signature: "map() -> map(unknown, unknown)", duck: "MAP {}"},
	{signature: "[K:comparable] map(array(K), array(V)) -> map(K, V)", build: knownKeys,
		duck: "CASE WHEN $1 IS NULL OR " +
			"$2 IS NULL THEN NULL WHEN len($1) <> len($2) THEN " +
			raise("INVALID_FUNCTION_ARGUMENT", "'Key and value arrays must be the same length'") + " ELSE " +
			mapped("$1", "$2", "Duplicate map keys") + " END"},
	{signature: "cardinality(map(K, V)) -> bigint", duck: "CAST(cardinality($1) AS BIGINT)"},
	{signature: "element_at(map(K, V), K) -> V", duck: "map_extract_value($1, $2)"},
	{signature: "map_keys(map(K, V)) -> array(K)", duck: "map_keys($1)"},
	{signature: "map_values(map(K, V)) -> array(V)", duck: "map_values($1)"},
	{signature: "map_entries(map(K, V)) -> array(row(K, V))", duck: "list_transform(map_entries($1), lambda e: " +
		"struct_pack(f0 := struct_extract(e, 'key'), f1 := struct_extract(e, 'value')))"},
	{signature: "[K:comparable] map_from_entries(array(row(K, V))) -> map(K, V)", build: identities, first: unzipped,
		duck: "CASE WHEN $1 IS NULL THEN NULL ELSE " + mapped(keysOf, valuesOf, "Duplicate keys") + " END"},
	{signature: "[K:comparable] multimap_from_entries(array(row(K, V))) -> map(K, array(V))", build: identities,
		first: unzipped, duck: "CASE WHEN $1 IS NULL THEN NULL WHEN list_position(" + keysOf + ", NULL) > 0 THEN " +
			raise("INVALID_FUNCTION_ARGUMENT", "'map key cannot be null'") + " ELSE " + multimapped(keysOf, valuesOf) + " END"},
	{signature: "map_concat(map(K, V), map(K, V)...) -> map(K, V)", build: concatenatingMaps},
	{signature: "map_filter(map(K, V), function(K, V, boolean)) -> map(K, V)", build: filteringMap},
	{signature: "transform_values(map(K, V), function(K, V, W)) -> map(K, W)", build: transformingValues},
	{signature: "[L:comparable] transform_keys(map(K, V), function(K, V, L)) -> map(L, V)", build: transformingKeys},
	{signature: "map_zip_with(map(K, V), map(K, W), function(K, V, W, X)) -> map(K, X)", build: zippingMaps},
}

const (
	keysOf   = "struct_extract($1, 'k')"
	valuesOf = "struct_extract($1, 'v')"
)

// knownKeys is map, whose keys may have no NULL within them.
func knownKeys(a *analyser, n *node) {
	identities(a, n)
	if t := n.t.Of[0]; len(t.Of) > 0 {
		unknown := a.compareSQL(t, "=", "x", "x")
		n.args[0] = made(n.at, n.args[0].t, "CASE WHEN list_contains(list_transform($1, lambda x: x IS NOT NULL AND ("+
			unknown+") IS NULL), true) THEN "+raise("INVALID_FUNCTION_ARGUMENT", "'map key cannot be indeterminate'")+
			" ELSE $1 END", n.args[0])
	}
}

// unzipped makes a struct of two lists of one of rows.
var unzipped = "CASE WHEN $1 IS NOT NULL AND CASE WHEN list_position($1, NULL) > 0 THEN CAST(trino_fail(" +
	"'INVALID_FUNCTION_ARGUMENT', 'map entry cannot be null') AS BOOLEAN) ELSE true END THEN struct_pack(" +
	"k := list_transform($1, lambda e: " + extractAt("e", 0) + "), v := list_transform($1, lambda e: " +
	extractAt("e", 1) +
	")) END"

// mapped writes a map of two lists of the same length. A key that is NULL, or there twice, is an error.
func mapped(keys, values, twice string) string {
	return fmt.Sprintf("CASE WHEN list_position(%s, NULL) > 0 THEN %s WHEN list_unique(%[1]s) < len(%[1]s) THEN %[3]s "+
		"ELSE map(%[1]s, %[4]s) END", keys, raise("INVALID_FUNCTION_ARGUMENT", "'map key cannot be null'"),
		raise("INVALID_FUNCTION_ARGUMENT", fmt.Sprintf("'%s (' || CAST(list_extract(list_filter(%s, lambda x, i: "+
			"list_position(%[2]s, x) < i), 1) AS VARCHAR) || ') are not allowed'", twice, keys)), values)
}

// multimapped writes a map of the keys to lists of their values.
func multimapped(keys, values string) string {
	return fmt.Sprintf("map(%s, list_transform(%[1]s, lambda k: list_select(%[3]s, list_filter(range(1, len(%[2]s) + 1), "+
		"lambda i: list_extract(%[2]s, i) = k))))", distinctOf(keys), keys, values)
}

func concatenatingMaps(a *analyser, n *node) {
	concatenating(a, n)
	n.text = n.text[:len(n.text)-len("list_concat($*) END")] + "map_concat($*) END"
}

// entry gives a lambda's body over the key and value of an entry of DuckDB's, and the name of that.
func (a *analyser) entry(l *node) (body *node, name string) {
	e := a.fresh()
	return l.over("struct_extract("+e+", 'key')", "struct_extract("+e+", 'value')"), e
}

func filteringMap(a *analyser, n *node) {
	body, e := a.entry(n.args[1])
	n.args[1] = body
	n.text = "map_from_entries(list_filter(map_entries($1), lambda " + e + ": $2))"
}

func transformingValues(a *analyser, n *node) {
	body, e := a.entry(n.args[1])
	n.args[1] = body
	n.text = "CASE WHEN $1 IS NOT NULL THEN map(map_keys($1), list_transform(map_entries($1), lambda " + e + ": $2)) END"
}

func transformingKeys(a *analyser, n *node) {
	identities(a, n)
	body, e := a.entry(n.args[1])
	lists := made(n.at, n.t, "CASE WHEN $1 IS NOT NULL THEN struct_pack(k := list_transform(map_entries($1), lambda "+e+
		": $2), v := map_values($1)) END", n.args[0], body)
	n.args = []*node{lists}
	n.text = "CASE WHEN $1 IS NULL THEN NULL ELSE " + mapped(keysOf, valuesOf, "Duplicate keys") + " END"
}

// zippingMaps is map_zip_with: the value is NULL where a map has not the key of the other.
func zippingMaps(a *analyser, n *node) {
	e := a.fresh()
	pairs := made(n.at, n.t, "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN list_transform(list_concat(map_keys($1), "+
		"list_filter(map_keys($2), lambda k: NOT map_contains($1, k))), lambda k: struct_pack(k := k, "+
		"a := map_extract_value($1, k), b := map_extract_value($2, k))) END", n.args[:2]...)
	body := n.args[2].over("struct_extract("+e+", 'k')", "struct_extract("+e+", 'a')", "struct_extract("+e+", 'b')")
	n.args = []*node{pairs, body}
	n.text = "CASE WHEN $1 IS NOT NULL THEN map(list_transform($1, lambda k: struct_extract(k, 'k')), list_transform($1, " +
		"lambda " + e + ": $2)) END"
}
