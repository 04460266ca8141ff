package trino

var arrayFunctions = []entry{
	{signature: "cardinality(array(E)) -> bigint", duck: "len($1)"},
	{signature: "transform(array(T), function(T, U)) -> array(U)", duck: "list_transform($1, $2)"},
	{signature: "filter(array(T), function(T, boolean)) -> array(T)", duck: "list_filter($1, $2)"},
	{signature: "element_at(array(E), bigint) -> E", duck: "list_extract($1, $2)"},
}
