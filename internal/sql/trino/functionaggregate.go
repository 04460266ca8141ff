package trino

// In aggregates "#D " stands for DISTINCT, " #O" for ORDER BY and " #F" for FILTER or OVER.
var aggregates = []entry{
	{signature: "count() -> bigint", duck: "count(*) #F"},
	{signature: "count(T) -> bigint", duck: "count(#D $1) #F"},
	{signature: "sum(bigint) -> bigint", duck: "CAST(sum(#D $1) #F AS BIGINT)"},
	{signature: "sum(double) -> double", duck: "sum(#D $1) #F"},
	{signature: "sum(real) -> real", duck: "CAST(sum(#D $1) #F AS FLOAT)"},
	{signature: "avg(bigint) -> double", duck: "avg(#D $1) #F"},
	{signature: "avg(double) -> double", duck: "avg(#D $1) #F"},
	{signature: "[T:orderable] min(T) -> T", duck: "min(#D $1) #F"},
	{signature: "[T:orderable] max(T) -> T", duck: "max(#D $1) #F"},
	{signature: "array_agg(T) -> array(T)", duck: "array_agg(#D $1 #O) #F"},
	{signature: "count_if(boolean) -> bigint", duck: "CAST(count_if(#D $1) #F AS BIGINT)"},
}
