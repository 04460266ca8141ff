package query

// macros give Trino's functions, by name and meaning, where DuckDB lacks them
// or answers differently. They are made in the worker's own database before a
// statement is seen, and come before DuckDB's functions of the same name.
//
//   - element_at and subscripts give NULL for what is not there; DuckDB's own
//     element_at of a map gives a list.
//   - cardinality takes arrays too (cardinality.go).
//   - regexp_extract and split_part give NULL, not an empty string, when there is no match.
//   - "/" of integers gives an integer: the setting integer_division.
var macros = []string{
	"element_at(x, k) AS x[k]",
	"cardinality(x) AS varlake_cardinality(x)",
	"regexp_like(s, p) AS regexp_matches(s, p)",
	"regexp_extract(s, p) AS list_extract(regexp_extract_all(s, p), 1), (s, p, g) AS list_extract(regexp_extract_all(s, p, g), 1)",
	"regexp_split(s, p) AS string_split_regex(s, p)",
	"regexp_count(s, p) AS len(regexp_extract_all(s, p))",
	"split_part(s, d, i) AS string_split(s, d)[i]",
	"approx_distinct(x) AS approx_count_distinct(x)",
	"approx_percentile(x, p) AS approx_quantile(x, p)",
	"every(x) AS bool_and(x)",
	"array_join(a, d) AS array_to_string(a, d)",
	"array_max(a) AS list_max(a)",
	"array_min(a) AS list_min(a)",
	"arrays_overlap(a, b) AS list_has_any(a, b)",
	"sequence(a, b) AS generate_series(a, b), (a, b, s) AS generate_series(a, b, s)",
	"codepoint(s) AS unicode(s)",
	"levenshtein_distance(a, b) AS levenshtein(a, b)",
	"from_unixtime(s) AS to_timestamp(s)",
	"to_unixtime(t) AS epoch(t)",
	"json_extract_scalar(j, p) AS json_extract_string(j, p)",
	"json_parse(s) AS CAST(s AS JSON)",
	"json_format(j) AS CAST(j AS VARCHAR)",
	"is_nan(x) AS isnan(x)",
	"is_finite(x) AS isfinite(x)",
	"is_infinite(x) AS isinf(x)",
	"truncate(x) AS trunc(x)",
	"rand() AS random()",
	"bitwise_and(a, b) AS (a & b)",
	"bitwise_or(a, b) AS (a | b)",
	"bitwise_xor(a, b) AS xor(a, b)",
	"to_utf8(s) AS encode(s)",
	"from_utf8(b) AS decode(b)",
}
