package trino

// In window functions " #N" stands for IGNORE NULLS.
var windowFunctions = []entry{
	{signature: "row_number() -> bigint", duck: "row_number()"},
	{signature: "rank() -> bigint", duck: "rank()"},
	{signature: "dense_rank() -> bigint", duck: "dense_rank()"},
	{signature: "lag(T) -> T", duck: "lag($1 #N)"},
	{signature: "lag(T, bigint) -> T", duck: "lag($1, $2 #N)"},
	{signature: "lead(T) -> T", duck: "lead($1 #N)"},
}
