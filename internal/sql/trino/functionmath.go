package trino

import (
	"fmt"
	"strings"
)

// mathFunctions are those that are the same for all numbers, or only for doubles; see also numberFunctions.
var mathFunctions = append(numberFunctions(), []entry{
	{signature: "pi() -> double", duck: "pi()"},
	{signature: "e() -> double", duck: "CAST('2.718281828459045' AS DOUBLE)"},
	{signature: "nan() -> double", duck: notANumber},
	{signature: "infinity() -> double", duck: "CAST('Infinity' AS DOUBLE)"},
	{signature: "is_nan(double) -> boolean", duck: "isnan($1)"},
	{signature: "is_nan(real) -> boolean", duck: "isnan($1)"},
	{signature: "is_finite(double) -> boolean", duck: "isfinite($1)"},
	{signature: "is_infinite(double) -> boolean", duck: "isinf($1)"},
	{signature: "sqrt(double) -> double", duck: "CASE WHEN $1 < 0 THEN " + notANumber + " ELSE sqrt($1) END"},
	{signature: "cbrt(double) -> double", duck: "cbrt($1)"},
	{signature: "exp(double) -> double", duck: "exp($1)"},
	{signature: "ln(double) -> double", duck: logarithm("$1")},
	{signature: "log2(double) -> double", duck: "(" + logarithm("$1") + " / ln(CAST(2 AS DOUBLE)))"},
	{signature: "log10(double) -> double", duck: "CASE WHEN $1 > 0 THEN log10($1) WHEN $1 = 0 THEN " + minusInfinity +
		" WHEN $1 < 0 THEN " + notANumber + " END"},
	{signature: "log(double, double) -> double", duck: "(" + logarithm("$2") + " / " + logarithm("$1") + ")"},
	{signature: "power(double, double) -> double", duck: power},
	{signature: "pow(double, double) -> double", duck: power},
	{signature: "sin(double) -> double", duck: finite("sin")},
	{signature: "cos(double) -> double", duck: finite("cos")},
	{signature: "tan(double) -> double", duck: finite("tan")},
	{signature: "asin(double) -> double", duck: "CASE WHEN abs($1) > 1 THEN " + notANumber + " ELSE asin($1) END"},
	{signature: "acos(double) -> double", duck: "CASE WHEN abs($1) > 1 THEN " + notANumber + " ELSE acos($1) END"},
	{signature: "atan(double) -> double", duck: "atan($1)"},
	{signature: "atan2(double, double) -> double", duck: "atan2($1, $2)"},
	{signature: "sinh(double) -> double", duck: "sinh($1)"},
	{signature: "cosh(double) -> double", duck: "cosh($1)"},
	{signature: "tanh(double) -> double", duck: "tanh($1)"},
	{signature: "degrees(double) -> double", duck: "degrees($1)"},
	{signature: "radians(double) -> double", duck: "radians($1)"},
	{signature: "truncate(double) -> double", duck: "trunc($1)"},
	{signature: "truncate(real) -> real", duck: "trunc($1)"},
	{signature: "round(double) -> double", duck: roundedBy("$1", "1")},
	{signature: "round(real) -> real", duck: "CAST(" + roundedBy("$1", "1") + " AS FLOAT)"},
	{signature: "round(double, integer) -> double", duck: roundedBy("$1", "pow(CAST(10 AS DOUBLE), $2)")},
	{signature: "round(real, integer) -> real",
		duck: "CAST(" + roundedBy("CAST($1 AS DOUBLE)", "pow(CAST(10 AS DOUBLE), $2)") + " AS FLOAT)"},
	{signature: "width_bucket(double, double, double, bigint) -> bigint", duck: "trino_width_bucket($1, $2, $3, $4)"},
	{signature: "width_bucket(double, array(double)) -> bigint", duck: "trino_width_bucket_bins($1, $2)"},
	{signature: "normal_cdf(double, double, double) -> double", duck: "trino_normal_cdf($1, $2, $3)"},
	{signature: "inverse_normal_cdf(double, double, double) -> double", duck: "trino_inverse_normal_cdf($1, $2, $3)"},
	{signature: "beta_cdf(double, double, double) -> double", duck: "trino_beta_cdf($1, $2, $3)"},
	{signature: "inverse_beta_cdf(double, double, double) -> double", duck: "trino_inverse_beta_cdf($1, $2, $3)"},
	{signature: "t_cdf(double, double) -> double", duck: "trino_t_cdf($1, $2)"},
	{signature: "t_pdf(double, double) -> double", duck: "trino_t_pdf($1, $2)"},
	{signature: "wilson_interval_lower(bigint, bigint, double) -> double", duck: "trino_wilson($1, $2, $3, -1)"},
	{signature: "wilson_interval_upper(bigint, bigint, double) -> double", duck: "trino_wilson($1, $2, $3, 1)"},
	{signature: "cosine_similarity(array(double), array(double)) -> double", duck: "trino_cosine_similarity($1, $2)"},
	{signature: "cosine_similarity(map(varchar, double), map(varchar, double)) -> double", first: "struct_pack(" +
		"a := $1, b := $2, k := list_concat(map_keys($1), list_filter(map_keys($2), lambda k: NOT map_contains($1, k))))",
		duck: "trino_sparse_cosine_similarity(" + aligned("a") + ", " + aligned("b") + ")"},
	{signature: "cosine_distance(array(double), array(double)) -> double", duck: "(1 - trino_cosine_similarity($1, $2))"},
	{signature: "dot_product(array(double), array(double)) -> double", duck: "trino_dot_product($1, $2)"},
	{signature: "euclidean_distance(array(double), array(double)) -> double", duck: "trino_euclidean_distance($1, $2)"},
	{signature: "bitwise_and(bigint, bigint) -> bigint", duck: "($1 & $2)"},
	{signature: "bitwise_or(bigint, bigint) -> bigint", duck: "($1 | $2)"},
	{signature: "bitwise_xor(bigint, bigint) -> bigint", duck: "xor($1, $2)"},
	{signature: "bitwise_not(bigint) -> bigint", duck: "(~$1)"},
	{signature: "bit_count(bigint, bigint) -> bigint", duck: "trino_bit_count($1, $2)"},
	{signature: "[E:orderable] greatest(E...) -> E", build: extreme("greatest($*)")},
	{signature: "[E:orderable] least(E...) -> E", build: extreme("least($*)")},
	{signature: "random() -> double", duck: "random()"},
	{signature: "rand() -> double", duck: "random()"},
}...)

const (
	notANumber    = "CAST('NaN' AS DOUBLE)"
	minusInfinity = "CAST('-Infinity' AS DOUBLE)"
	// Java's has no value where C's is 1.
	power = "CASE WHEN isnan($2) OR abs($1) = 1 AND isinf($2) THEN " + notANumber + " ELSE pow($1, $2) END"
)

// extreme is greatest or least. NULL is not ignored, and NaN is unless there is nothing else.
func extreme(template string) func(*analyser, *node) {
	return func(_ *analyser, n *node) {
		template := template
		if n.name == "greatest" && (n.t.Kind == DoubleKind || n.t.Kind == Real) {
			template = "coalesce(list_max(list_filter(list_value($*), lambda x: NOT isnan(x))), $1)"
		}
		given := make([]string, len(n.args))
		for i := range given {
			given[i] = fmt.Sprintf("$%d IS NOT NULL", i+1)
		}
		n.text = "CASE WHEN " + strings.Join(given, " AND ") + " THEN " + template + " END"
	}
}

// logarithm is the natural one, where DuckDB's is an error for what is not positive.
func logarithm(x string) string {
	return fmt.Sprintf("CASE WHEN %s > 0 THEN ln(%[1]s) WHEN %[1]s = 0 THEN %s WHEN %[1]s < 0 THEN %[3]s END", x, minusInfinity,
		notANumber)
}

// finite is a function that DuckDB refuses infinity.
func finite(name string) string {
	return "CASE WHEN isfinite($1) THEN " + name + "($1) WHEN $1 IS NOT NULL THEN " + notANumber + " END"
}

// roundedBy rounds half away from zero after a multiplication, as Trino does; what is beyond all digits stays.
func roundedBy(x, factor string) string {
	return fmt.Sprintf("CASE WHEN %s IS NULL OR %s IS NULL THEN NULL WHEN NOT isfinite(%[1]s) OR "+
		"abs(%[1]s) * %[2]s >= 9223372036854775807 THEN %[1]s WHEN %[1]s < 0 THEN -(round(-%[1]s * %[2]s) / %[2]s) "+
		"ELSE round(%[1]s * %[2]s) / %[2]s END", x, factor)
}

// aligned lists a sparse vector's values by the keys of both.
func aligned(vector string) string {
	return fmt.Sprintf("list_transform(struct_extract($1, 'k'), lambda k: "+
		"map_extract_value(struct_extract($1, '%s'), k))", vector)
}

// numberFunctions are those of which each type of numbers has its own.
func numberFunctions() []entry {
	var all []entry
	of := func(t, signature, duck string) {
		duck = strings.ReplaceAll(duck, "#", strings.ToUpper(t))
		all = append(all, entry{signature: strings.ReplaceAll(signature, "#", t), duck: duck})
	}
	for _, t := range []struct{ name, least string }{{"tinyint", "-128"}, {"smallint", "-32768"},
		{"integer", "-2147483648"},
		{"bigint", "-9223372036854775808"}} {
		outside := raise("NUMERIC_VALUE_OUT_OF_RANGE", "'Value "+t.least+" is out of range for abs("+t.name+")'")
		of(t.name, "abs(#) -> #", "CASE WHEN $1 = "+t.least+" THEN "+outside+" ELSE abs($1) END")
		for _, name := range []string{"ceil", "ceiling", "floor", "round"} {
			of(t.name, name+"(#) -> #", "$1")
		}
		of(t.name, "sign(#) -> #", "CAST(sign($1) AS #)")
		of(t.name, "mod(#, #) -> #", "CASE WHEN $2 = 0 AND $1 IS NOT NULL THEN "+
			raise("GENERIC_INTERNAL_ERROR", "'/ by zero'")+
			" ELSE $1 % $2 END")
		for _, name := range []string{"random", "rand"} {
			of(t.name, name+"(#) -> #", "CASE WHEN $1 <= 0 THEN "+raise("INVALID_FUNCTION_ARGUMENT", "'bound must be positive'")+
				" ELSE CAST(floor(random() * $1) AS #) END")
			of(t.name, name+"(#, #) -> #", "CASE WHEN $1 >= $2 THEN "+raise("INVALID_FUNCTION_ARGUMENT",
				"'start value must be less than stop value'")+
				" ELSE CAST($1 + CAST(floor(random() * (CAST($2 AS HUGEINT) - $1)) AS HUGEINT) AS #) END")
		}
		for name, native := range map[string]string{"bitwise_left_shift": "left", "bitwise_right_shift": "right",
			"bitwise_right_shift_arithmetic": "arithmetic"} {
			of(t.name, name+"(#, integer) -> #", fmt.Sprintf("CAST(trino_shift_%s($1, $2, %d) AS #)", native, widths[t.name]))
		}
	}
	for name, bits := range widths {
		wide := "trino_round(CAST($1 AS BIGINT), $2)"
		if bits < 64 {
			wide = "CAST(trino_narrow(" + wide + ", " + fmt.Sprint(bits) + ") AS #)"
		}
		of(name, "round(#, integer) -> #", wide)
	}
	for _, t := range []string{"real", "double"} {
		of(t, "abs(#) -> #", "abs($1)")
		of(t, "ceil(#) -> #", "ceil($1)")
		of(t, "ceiling(#) -> #", "ceil($1)")
		of(t, "floor(#) -> #", "floor($1)")
		of(t, "sign(#) -> #", "CASE WHEN isnan($1) THEN $1 ELSE CAST(sign($1) AS $T) END")
		of(t, "mod(#, #) -> #", "($1 % $2)")
	}
	return append(all, decimalFunctions...)
}

// widths are the bits of integers.
var widths = map[string]int{"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}

// decimalFunctions are those of decimals, whose results have types of their own.
var decimalFunctions = []entry{
	{signature: "abs(decimal(p, s)) -> decimal(p, s)", duck: "abs($1)"},
	{signature: "ceil(decimal(p, s)) -> decimal(p, s)", result: whole, duck: "CAST(ceil($1) AS $T)"},
	{signature: "ceiling(decimal(p, s)) -> decimal(p, s)", result: whole, duck: "CAST(ceil($1) AS $T)"},
	{signature: "floor(decimal(p, s)) -> decimal(p, s)", result: whole, duck: "CAST(floor($1) AS $T)"},
	{signature: "round(decimal(p, s)) -> decimal(p, s)", result: whole, duck: "CAST(round($1) AS $T)"},
	{signature: "round(decimal(p, s), integer) -> decimal(p, s)", result: func(args []*Type) *Type {
		return decimalOf(min(38, args[0].Precision+1), args[0].Scale)
	}, build: roundingDecimal("trino_round_decimal")},
	{signature: "truncate(decimal(p, s)) -> decimal(p, s)", result: func(args []*Type) *Type {
		return decimalOf(max(1, args[0].Precision-args[0].Scale), 0)
	}, duck: "CAST(trunc($1) AS $T)"},
	{signature: "truncate(decimal(p, s), integer) -> decimal(p, s)", build: roundingDecimal("trino_truncate_decimal")},
	{signature: "sign(decimal(p, s)) -> decimal(1, 0)", duck: "CAST(sign($1) AS DECIMAL(1,0))"},
	{signature: "mod(decimal(p, s), decimal(q, r)) -> decimal(p, s)", build: func(a *analyser, n *node) {
		*n = *a.decimalArithmetic(n.at, "%", n.args[0], n.args[1])
	}},
}

// whole is the type of a decimal rounded to an integer, which may take a digit more than it had before the point.
func whole(args []*Type) *Type {
	p, s := args[0].Precision, args[0].Scale
	return decimalOf(min(38, p-s+min(1, s)), 0)
}

// roundingDecimal rounds a decimal's text, which Go does exactly whatever the number of digits.
func roundingDecimal(native string) func(*analyser, *node) {
	return func(_ *analyser, n *node) {
		n.text = fmt.Sprintf("CAST(%s(CAST($1 AS VARCHAR), $2, %d) AS $T)", native, n.t.Precision)
	}
}
