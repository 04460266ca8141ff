package trino

var mathFunctions = []entry{
	{signature: "abs(tinyint) -> tinyint", duck: "abs($1)"},
	{signature: "abs(smallint) -> smallint", duck: "abs($1)"},
	{signature: "abs(integer) -> integer", duck: "abs($1)"},
	{signature: "abs(bigint) -> bigint", duck: "abs($1)"},
	{signature: "abs(real) -> real", duck: "abs($1)"},
	{signature: "abs(double) -> double", duck: "abs($1)"},
	{signature: "sqrt(double) -> double", duck: "CASE WHEN $1 < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt($1) END"},
	{signature: "pi() -> double", duck: "pi()"},
}
