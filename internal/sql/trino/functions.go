package trino

// scalars are the scalar functions, by family.
var scalars = [][]entry{mathFunctions, textFunctions, arrayFunctions, mapFunctions}

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

var textFunctions = []entry{
	{signature: "concat(varchar, varchar...) -> varchar", duck: "($1 || $2)"},
	{signature: "length(varchar(x)) -> bigint", duck: "length($1)"},
	{signature: "lower(varchar(x)) -> varchar(x)", duck: "lower($1)"},
	{signature: "upper(varchar(x)) -> varchar(x)", duck: "upper($1)"},
}

var arrayFunctions = []entry{
	{signature: "cardinality(array(E)) -> bigint", duck: "len($1)"},
	{signature: "transform(array(T), function(T, U)) -> array(U)", duck: "list_transform($1, $2)"},
	{signature: "filter(array(T), function(T, boolean)) -> array(T)", duck: "list_filter($1, $2)"},
	{signature: "element_at(array(E), bigint) -> E", duck: "list_extract($1, $2)"},
}

var mapFunctions = []entry{
	{signature: "cardinality(map(K, V)) -> bigint", duck: "cardinality($1)"},
	{signature: "element_at(map(K, V), K) -> V", duck: "map_extract_value($1, $2)"},
}

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

// In window functions " #N" stands for IGNORE NULLS.
var windowFunctions = []entry{
	{signature: "row_number() -> bigint", duck: "row_number()"},
	{signature: "rank() -> bigint", duck: "rank()"},
	{signature: "dense_rank() -> bigint", duck: "dense_rank()"},
	{signature: "lag(T) -> T", duck: "lag($1 #N)"},
	{signature: "lag(T, bigint) -> T", duck: "lag($1, $2 #N)"},
	{signature: "lead(T) -> T", duck: "lead($1 #N)"},
}
