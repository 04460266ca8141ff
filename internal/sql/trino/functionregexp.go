package trino

// regexpFunctions have patterns in Java's syntax.
var regexpFunctions = []entry{
	{signature: "regexp_like(varchar(x), varchar(y)) -> boolean", duck: "trino_regexp_like($*)"},
	{signature: "regexp_count(varchar(x), varchar(y)) -> bigint", duck: "trino_regexp_count($*)"},
	{signature: "regexp_extract(varchar(x), varchar(y)) -> varchar(x)", duck: "trino_regexp_extract($*, 0)"},
	{signature: "regexp_extract(varchar(x), varchar(y), bigint) -> varchar(x)", duck: "trino_regexp_extract($*)"},
	{signature: "regexp_extract_all(varchar(x), varchar(y)) -> array(varchar(x))",
		duck: "trino_regexp_extract_all($*, 0)"},
	{signature: "regexp_extract_all(varchar(x), varchar(y), bigint) -> array(varchar(x))",
		duck: "trino_regexp_extract_all($*)"},
	{signature: "regexp_position(varchar(x), varchar(y)) -> integer", duck: "trino_regexp_position($*, 1, 1)"},
	{signature: "regexp_position(varchar(x), varchar(y), integer) -> integer", duck: "trino_regexp_position($*, 1)"},
	{signature: "regexp_position(varchar(x), varchar(y), integer, integer) -> integer",
		duck: "trino_regexp_position($*)"},
	{signature: "regexp_replace(varchar(x), varchar(y)) -> varchar(x)", duck: "trino_regexp_replace($*, '')"},
	{signature: "regexp_replace(varchar(x), varchar(y), varchar(z)) -> varchar(u)", duck: "trino_regexp_replace($*)",
		result: regexpReplacedType},
	{signature: "regexp_replace(varchar(x), varchar(y), function(array(varchar(x)), varchar(x))) -> varchar",
		duck: "trino_interleave(trino_regexp_split($1, $2), list_transform(trino_regexp_groups($1, $2), $3))"},
	{signature: "regexp_split(varchar(x), varchar(y)) -> array(varchar(x))", duck: "trino_regexp_split($*)"},
}

// regexpReplacedType has room for a replacement around each character, where each two characters of it may stand for
// the whole text.
func regexpReplacedType(args []*Type) *Type {
	x, y := int64(args[0].Precision), int64(args[2].Precision)
	if x >= 1<<20 || y >= 1<<20 { // and the product is beyond any length
		return tVarchar
	}
	return varcharUpTo(x + max(x*y/2, y)*(x+1))
}
