package trino

import "strings"

// In window functions " #N" stands for IGNORE NULLS.
var windowFunctions = []entry{
	{signature: "row_number() -> bigint", duck: "row_number()"},
	{signature: "rank() -> bigint", duck: "rank()"},
	{signature: "dense_rank() -> bigint", duck: "dense_rank()"},
	{signature: "percent_rank() -> double", duck: "percent_rank()"},
	{signature: "cume_dist() -> double", duck: "cume_dist()"},
	{signature: "ntile(bigint) -> bigint", duck: "ntile(" + atLeast("$1", "1", "Buckets must be greater than 0") + ")"},
	{signature: "lag(T) -> T", duck: "lag($1 #N)"},
	{signature: "lag(T, bigint) -> T", duck: "lag($1, " + offset + " #N)"},
	{signature: "lag(T, bigint, T) -> T", duck: "lag($1, " + offset + ", $3 #N)"},
	{signature: "lead(T) -> T", duck: "lead($1 #N)"},
	{signature: "lead(T, bigint) -> T", duck: "lead($1, " + offset + " #N)"},
	{signature: "lead(T, bigint, T) -> T", duck: "lead($1, " + offset + ", $3 #N)"},
	{signature: "first_value(T) -> T", duck: "first_value($1 #N)"},
	{signature: "last_value(T) -> T", duck: "last_value($1 #N)"},
	{signature: "nth_value(T, bigint) -> T",
		duck: "nth_value($1, " + atLeast("$2", "1", "Offset must be at least 1") + " #N)"},
}

var offset = strings.Replace(atLeast("$2", "0", "Offset must be at least 0"), "ELSE $2", "WHEN $2 IS NULL THEN "+
	strings.ReplaceAll(raise("INVALID_FUNCTION_ARGUMENT", "'Offset must not be null'"), "$T", "BIGINT")+" ELSE $2", 1)

// atLeast holds a number that a window function counts by to a least one.
func atLeast(number, least, message string) string {
	refused := strings.ReplaceAll(raise("INVALID_FUNCTION_ARGUMENT", "'"+message+"'"), "$T", "BIGINT")
	return "CASE WHEN " + number + " < " + least + " THEN " + refused + " ELSE " + number + " END"
}
