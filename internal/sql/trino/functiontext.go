package trino

import "fmt"

// whitespace are the characters that trim takes away, those of Java's Character.isWhitespace.
const whitespace = "'\t\n\v\f\r\x1c\x1d\x1e\x1f \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a" +
	"\u2028\u2029\u205f\u3000'"

var textFunctions = append([]entry{
	{signature: "chr(bigint) -> varchar(1)", duck: "trino_chr($1)"},
	{signature: "codepoint(varchar(1)) -> integer", duck: "trino_codepoint($1)"},
	{signature: "concat(varchar) -> varchar", write: tooFew},
	{signature: "concat(varchar, varchar, varchar...) -> varchar", duck: "($|)"},
	{signature: "concat(char(x), char(y)) -> char(u)", build: concatChars, result: concatType},
	{signature: "concat(char(x), varchar(y)) -> char(u)", build: concatChars, result: concatType},
	{signature: "concat(varchar(x), char(y)) -> char(u)", build: concatChars, result: concatType},
	{signature: "concat_ws(varchar) -> varchar", write: tooFew},
	{signature: "concat_ws(varchar, varchar, varchar...) -> varchar", duck: "concat_ws($*)"},
	{signature: "concat_ws(varchar, array(varchar)) -> varchar", duck: "trino_concat_ws($*)"},
	{signature: "format_number(bigint) -> varchar", duck: "trino_format_number($1)"},
	{signature: "format_number(double) -> varchar", duck: "trino_format_number(" + longOfDouble + ")"},
	{signature: "hamming_distance(varchar(x), varchar(y)) -> bigint", duck: "trino_hamming_distance($*)"},
	{signature: "length(varchar(x)) -> bigint", duck: "length($1)"},
	{signature: "length(char(x)) -> bigint", write: func(args []*node) string {
		return fmt.Sprintf("CASE WHEN $1 IS NOT NULL THEN CAST(%d AS BIGINT) END", args[0].t.Precision)
	}},
	{signature: "levenshtein_distance(varchar(x), varchar(y)) -> bigint", duck: "trino_levenshtein_distance($*)"},
	{signature: "lower(varchar(x)) -> varchar(x)", duck: "trino_lower($1)"},
	{signature: "lower(char(x)) -> char(x)", duck: "trino_lower($1)"},
	{signature: "upper(varchar(x)) -> varchar(x)", duck: "trino_upper($1)"},
	{signature: "upper(char(x)) -> char(x)", duck: "trino_upper($1)"},
	{signature: "lpad(varchar(x), bigint, varchar(y)) -> varchar", duck: "trino_lpad($*)"},
	{signature: "lpad(char(x), bigint, varchar(y)) -> varchar", duck: "trino_lpad($*)"},
	{signature: "rpad(varchar(x), bigint, varchar(y)) -> varchar", duck: "trino_rpad($*)"},
	{signature: "luhn_check(varchar) -> boolean", duck: "trino_luhn_check($1)"},
	{signature: "normalize(varchar(x), varchar(y)) -> varchar", duck: "trino_normalize($*)"},
	{signature: "strpos(varchar(x), varchar(y)) -> bigint", duck: "strpos($1, $2)"},
	{signature: "strpos(varchar(x), varchar(y), bigint) -> bigint", duck: "trino_strpos($*)"},
	{signature: "replace(varchar(x), varchar(y)) -> varchar(x)", duck: "trino_replace($1, $2, '')"},
	{signature: "replace(varchar(x), varchar(y), varchar(z)) -> varchar(u)", duck: "trino_replace($*)",
		result: replacedType},
	{signature: "reverse(varchar(x)) -> varchar(x)", duck: "trino_reverse($1)"},
	{signature: "reverse(char(x)) -> char(x)", duck: "trino_reverse($1)"},
	{signature: "soundex(varchar) -> varchar(4)", duck: "trino_soundex($1)"},
	{signature: "split(varchar(x), varchar(y)) -> array(varchar(x))", write: splitAll},
	{signature: "split(varchar(x), varchar(y), bigint) -> array(varchar(x))", duck: "trino_split($*)"},
	{signature: "split_part(varchar(x), varchar(y), bigint) -> varchar(x)", duck: "trino_split_part($*)"},
	{signature: "split_to_map(varchar, varchar, varchar) -> map(varchar, varchar)", duck: "trino_split_to_map($*)"},
	{signature: "split_to_multimap(varchar, varchar, varchar) -> map(varchar, array(varchar))",
		duck: "trino_split_to_multimap($*)"},
	{signature: "starts_with(varchar(x), varchar(y)) -> boolean", duck: "starts_with($1, $2)"},
	{signature: "translate(varchar(x), varchar(y), varchar(z)) -> varchar", duck: "trino_translate($*)"},
	{signature: "to_utf8(varchar(x)) -> varbinary", duck: "encode($1)"},
	{signature: "to_utf8(char(x)) -> varbinary", duck: "encode($1)"},
	{signature: "parse_data_size(varchar(x)) -> decimal(38, 0)", duck: dataSize},
	{signature: "parse_presto_data_size(varchar(x)) -> decimal(38, 0)", duck: dataSize},
	{signature: "uuid() -> uuid", duck: "gen_random_uuid()"},
	{signature: "url_encode(varchar(x)) -> varchar(y)", duck: "trino_url_encode($1)", result: func(args []*Type) *Type {
		return varcharUpTo(int64(args[0].Precision) * 12)
	}},
	{signature: "url_decode(varchar(x)) -> varchar(x)", duck: "trino_url_decode($1)"},
	{signature: "url_extract_protocol(varchar(x)) -> varchar(x)", duck: "trino_url_extract($1, 'protocol')"},
	{signature: "url_extract_host(varchar(x)) -> varchar(x)", duck: "trino_url_extract($1, 'host')"},
	{signature: "url_extract_path(varchar(x)) -> varchar(x)", duck: "trino_url_extract($1, 'path')"},
	{signature: "url_extract_query(varchar(x)) -> varchar(x)", duck: "trino_url_extract($1, 'query')"},
	{signature: "url_extract_fragment(varchar(x)) -> varchar(x)", duck: "trino_url_extract($1, 'fragment')"},
	{signature: "url_extract_port(varchar(x)) -> bigint", duck: "trino_url_extract_port($1)"},
	{signature: "url_extract_parameter(varchar(x), varchar(y)) -> varchar(x)", duck: "trino_url_extract_parameter($*)"},
}, append(substringFunctions(), trimFunctions()...)...)

// dataSize reads a size of data.
const dataSize = "CAST(trino_parse_data_size($1) AS DECIMAL(38, 0))"

// longOfDouble is a double as a bigint in the way of Java's conversion: what is out of range becomes the nearest, NaN
// 0.
const longOfDouble = "CASE WHEN isnan($1) THEN 0 WHEN $1 >= 9223372036854775807 THEN 9223372036854775807 " +
	"WHEN $1 <= -9223372036854775808 THEN -9223372036854775808 ELSE CAST(trunc($1) AS BIGINT) END"

// tooFew refuses a concatenation of one.
func tooFew([]*node) string {
	return raise("INVALID_FUNCTION_ARGUMENT", "'There must be two or more concatenation arguments'")
}

// maxChar is how long a char may be.
const maxChar = 65536

// concatType is the char that two make together.
func concatType(args []*Type) *Type { return charOf(args[0].Precision + args[1].Precision) }

// concatChars joins two values of which one at least is a char, so that the other becomes one.
func concatChars(a *analyser, n *node) {
	if n.t.Precision > maxChar {
		a.fail("TYPE_NOT_FOUND", n.at, "Unknown type: %s", n.t)
	}
	n.text = fmt.Sprintf("rpad(rpad($1, %d, ' ') || $2, %d, ' ')", n.args[0].t.Precision, n.t.Precision)
}

// varcharUpTo is a varchar of a length that is computed, or without one when it is too long.
func varcharUpTo(length int64) *Type {
	if length < 0 || length >= Unbounded {
		return tVarchar
	}
	return varcharOf(int(length))
}

// replacedType has room for the replacement before each character and at the end.
func replacedType(args []*Type) *Type {
	x, z := int64(args[0].Precision), int64(args[2].Precision)
	return varcharUpTo(x + z*(x+1))
}

// splitAll is DuckDB's when the delimiter is known to be none that is refused.
func splitAll(args []*node) string {
	if delimiter, is := args[1].value.(string); is && delimiter != "" {
		return "string_split($1, $2)"
	}
	return "trino_split($1, $2, 2147483647)"
}

// plainPlace tells whether a start or length is one that DuckDB's substring takes as Trino does.
func plainPlace(n *node) bool {
	if n.value == nil && n.form == plain && len(n.args) == 1 { // a literal that was coerced
		n = n.args[0]
	}
	value, is := n.value.(int64)
	return is && 0 < value && value <= 1<<31
}

func substringFunctions() (entries []entry) {
	for _, name := range []string{"substr", "substring"} {
		for _, t := range []string{"varchar", "char"} {
			entries = append(entries,
				entry{signature: name + "(" + t + "(x), bigint) -> varchar(x)", write: func(args []*node) string {
					if plainPlace(args[1]) {
						return "substring($1, $2)"
					}
					return "trino_substr($1, $2, 2147483647)"
				}},
				entry{signature: name + "(" + t + "(x), bigint, bigint) -> varchar(x)", write: func(args []*node) string {
					if plainPlace(args[1]) && plainPlace(args[2]) {
						return "substring($1, $2, $3)"
					}
					return "trino_substr($1, $2, $3)"
				}})
		}
	}
	return entries
}

// trimFunctions are those for white space and for characters that are given. The spaces that fill a char at its end do
// not count.
func trimFunctions() (entries []entry) {
	for _, name := range []string{"trim", "ltrim", "rtrim"} {
		entries = append(entries,
			entry{signature: name + "(varchar(x)) -> varchar(x)", duck: name + "($1, " + whitespace + ")"},
			entry{signature: name + "(char(x)) -> varchar(x)", duck: name + "(rtrim($1, ' '), " + whitespace + ")"},
			entry{signature: name + "(varchar(x), varchar(y)) -> varchar(x)", duck: name + "($1, $2)"},
			entry{signature: name + "(char(x), varchar(y)) -> varchar(x)", duck: "rtrim(" + name + "(rtrim($1, ' '), $2), ' ')"})
	}
	return entries
}
