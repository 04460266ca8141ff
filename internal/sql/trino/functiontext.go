package trino

var textFunctions = []entry{
	{signature: "concat(varchar, varchar...) -> varchar", duck: "($1 || $2)"},
	{signature: "length(varchar(x)) -> bigint", duck: "length($1)"},
	{signature: "lower(varchar(x)) -> varchar(x)", duck: "lower($1)"},
	{signature: "upper(varchar(x)) -> varchar(x)", duck: "upper($1)"},
}
