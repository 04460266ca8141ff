package trino

var mapFunctions = []entry{
	{signature: "cardinality(map(K, V)) -> bigint", duck: "cardinality($1)"},
	{signature: "element_at(map(K, V), K) -> V", duck: "map_extract_value($1, $2)"},
}
