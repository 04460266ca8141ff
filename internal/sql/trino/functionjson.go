package trino

import "strings"

// jsonFunctions are those with paths of the older kind, $.a["b"][0], and those without paths. A value of JSON is its
// text.
var jsonFunctions = append([]entry{
	{signature: "json_parse(varchar(x)) -> json", duck: "trino_json_parse($1)"},
	{signature: "json_format(json) -> varchar", duck: "$1"},
}, ofJSONText(
	entry{signature: "json_extract(T, varchar(y)) -> json", duck: "trino_json_extract($1, $2)"},
	entry{signature: "json_size(T, varchar(y)) -> bigint", duck: "trino_json_size($1, $2)"},
	entry{signature: "is_json_scalar(T) -> boolean", duck: "trino_is_json_scalar($1)"},
	entry{signature: "json_array_length(T) -> bigint", duck: "trino_json_array_length($1)"},
	entry{signature: "json_array_get(T, bigint) -> json", duck: "trino_json_array_get($1, $2)"},
	entry{signature: "json_array_contains(T, boolean) -> boolean", duck: "trino_json_array_contains($1, $2)"},
	entry{signature: "json_array_contains(T, bigint) -> boolean", duck: "trino_json_array_contains_bigint($1, $2)"},
	entry{signature: "json_array_contains(T, double) -> boolean", duck: "trino_json_array_contains_double($1, $2)"},
	entry{signature: "json_array_contains(T, varchar(y)) -> boolean", duck: "trino_json_array_contains_varchar($1, $2)"},
	entry{signature: "json_extract_scalar(T, varchar(y)) -> T", duck: "trino_json_extract_scalar($1, $2)"},
)...)

// ofJSONText gives each entry once for varchar(x) and once for json in place of T; text that is taken out of json is
// varchar.
func ofJSONText(entries ...entry) (both []entry) {
	for _, e := range entries {
		text, value := e, e
		text.signature = strings.ReplaceAll(e.signature, "T", "varchar(x)")
		value.signature = strings.Replace(strings.Replace(e.signature, "T", "json", 1), "> T", "> varchar", 1)
		both = append(both, text, value)
	}
	return both
}
