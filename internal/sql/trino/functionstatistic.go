package trino

import "strings"

// statistics are aggregates of statistics.
var statistics = append(pairStatistics(), []entry{
	{signature: "stddev(double) -> double", duck: spread("stddev_samp", true)},
	{signature: "stddev_samp(double) -> double", duck: spread("stddev_samp", true)},
	{signature: "stddev_pop(double) -> double", duck: spread("stddev_pop", false)},
	{signature: "variance(double) -> double", duck: spread("var_samp", true)},
	{signature: "var_samp(double) -> double", duck: spread("var_samp", true)},
	{signature: "var_pop(double) -> double", duck: spread("var_pop", false)},
	{signature: "skewness(double) -> double", duck: "list(#D $1) #F", then: "trino_skewness($1)"},
	{signature: "kurtosis(double) -> double", duck: "list(#D $1) #F", then: "trino_kurtosis($1)"},
	{signature: "geometric_mean(bigint) -> double", duck: geometric("CAST($1 AS DOUBLE)"), then: "exp($1)"},
	{signature: "geometric_mean(double) -> double", duck: geometric("$1"), then: "exp($1)"},
	{signature: "geometric_mean(real) -> real", duck: geometric("CAST($1 AS DOUBLE)"), then: "CAST(exp($1) AS FLOAT)"},
	{signature: "[T:comparable] approx_distinct(T) -> bigint", build: counting, duck: "count(DISTINCT $1) #F"},
	{signature: "[T:comparable] approx_distinct(T, double) -> bigint", build: counting,
		duck: "struct_pack(n := count(DISTINCT $1) #F, e := any_value($2) #F)",
		then: "CASE WHEN struct_extract($1, 'e') NOT BETWEEN 0.0040625 AND 0.26 THEN " + raise("INVALID_FUNCTION_ARGUMENT",
			"'Max standard error must be in [0.0040625, 0.26]: ' || struct_extract($1, 'e')") +
			" ELSE struct_extract($1, 'n') END"},
	{signature: "approx_most_frequent(bigint, bigint, bigint) -> map(bigint, bigint)", duck: frequencies,
		then: mostFrequent},
	{signature: "approx_most_frequent(bigint, varchar, bigint) -> map(varchar, bigint)", duck: frequencies,
		then: mostFrequent},
	{signature: "approx_percentile(bigint, double) -> bigint", duck: percentiles("$2"), then: percentile},
	{signature: "approx_percentile(double, double) -> double", build: finiteOnly, duck: percentiles("$2"),
		then: percentile},
	{signature: "approx_percentile(real, double) -> real", build: finiteOnly, duck: percentiles("$2"), then: percentile},
	{signature: "approx_percentile(bigint, array(double)) -> array(bigint)",
		duck: percentiles("$2"), then: percentileList},
	{signature: "approx_percentile(double, array(double)) -> array(double)", build: finiteOnly,
		duck: percentiles("$2"), then: percentileList},
	{signature: "approx_percentile(real, array(double)) -> array(real)", build: finiteOnly, duck: percentiles("$2"),
		then: percentileList},
	{signature: "approx_percentile(bigint, double, double) -> bigint", build: weighted},
	{signature: "approx_percentile(double, double, double) -> double", build: weighted},
	{signature: "approx_percentile(real, double, double) -> real", build: weighted},
	{signature: "approx_percentile(bigint, double, array(double)) -> array(bigint)", build: weighted},
	{signature: "approx_percentile(double, double, array(double)) -> array(double)", build: weighted},
	{signature: "approx_percentile(real, double, array(double)) -> array(real)", build: weighted},
}...)

// finiteOnly refuses NaN and infinities, of which there are no percentiles.
func finiteOnly(_ *analyser, n *node) {
	n.text = strings.Replace(n.text, "$1", "CASE WHEN isfinite($1) THEN $1 WHEN $1 IS NOT NULL THEN "+
		strings.ReplaceAll(raise("INVALID_FUNCTION_ARGUMENT", "'value must be finite; was ' || trino_java_double(CAST($1 AS "+
			"DOUBLE))"), "$T", n.args[0].t.duck())+" END", 1)
}

// weighted refuses percentiles of weighted values, which Trino's digest estimates.
func weighted(a *analyser, n *node) {
	a.fail(NotSupported, n.at, "approx_percentile with weights is not supported")
}

// spread is a variance or its root. DuckDB refuses what is not finite, which has no number in Trino.
func spread(name string, sample bool) string {
	least := "0"
	if sample {
		least = "1"
	}
	return "CASE WHEN bool_or(NOT isfinite($1)) #F AND count(#D $1) #F > " + least + " THEN " + notANumber +
		" ELSE " + name +
		"(#D CASE WHEN isfinite($1) THEN $1 END) #F END"
}

func geometric(x string) string { return "avg(#D " + logarithm(x) + ") #F" }

// pairStatistics are those of two numbers, of doubles and of reals. What is no number is NULL.
func pairStatistics() []entry {
	var all []entry
	for _, f := range []string{"corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept"} {
		for _, t := range []string{"double", "real"} {
			x, y := "CAST($1 AS DOUBLE)", "CAST($2 AS DOUBLE)"
			both := "($1 IS NULL OR $2 IS NULL OR isfinite(" + x + ") AND isfinite(" + y + "))"
			value := f + "(CASE WHEN " + both + " THEN " + x + " END, " + y + ") #F"
			finite := "CASE WHEN isfinite($1) THEN CAST($1 AS $T) END"
			if strings.HasPrefix(f, "covar") { // an answer that is no number is given
				finite = "CAST($1 AS $T)"
			}
			odd := notANumber
			if !strings.HasPrefix(f, "covar") {
				odd = "NULL"
			}
			all = append(all, entry{signature: f + "(" + t + ", " + t + ") -> " + t,
				duck: "CASE WHEN bool_or(NOT (" + both + ")) #F THEN " + odd + " ELSE " + value + " END", then: finite})
		}
	}
	return all
}

// percentiles collects values and what is asked of them.
func percentiles(p string) string {
	return "struct_pack(l := list(#D $1) #F, p := any_value(" + p + ") #F)"
}

// percentileAt is a value of a sorted list, as Trino's digest has it while it holds each value by itself.
func percentileAt(p string) string {
	refused := strings.ReplaceAll(raise("INVALID_FUNCTION_ARGUMENT",
		"'Percentile must be between 0 and 1'"), "$T", "BIGINT")
	return "list_extract(struct_extract(m, 'l'), CASE WHEN " + p + " BETWEEN 0 AND 1 THEN least(1 + CAST(floor(" + p +
		" * len(struct_extract(m, 'l'))) AS BIGINT), len(struct_extract(m, 'l'))) WHEN " + p +
		" IS NOT NULL THEN " + refused +
		" END)"
}

func sorted(made string) string {
	return "list_extract(list_transform([struct_pack(l := list_sort(list_filter(struct_extract($1, 'l'), " +
		"lambda x: x IS NOT NULL)), p := struct_extract($1, 'p'))], lambda m: CASE WHEN len(struct_extract(m, 'l')) > 0 THEN " +
		made + " END), 1)"
}

var (
	percentile     = sorted(percentileAt("struct_extract(m, 'p')"))
	percentileList = sorted("list_transform(struct_extract(m, 'p'), lambda p: " + percentileAt("p") + ")")
)

const frequencies = "struct_pack(h := histogram(#D $2) #F, n := any_value($1) #F)"

// mostFrequent keeps the values that are there most often, of a map of their counts.
var mostFrequent = "CASE WHEN struct_extract($1, 'n') < 2 THEN " + raise("INVALID_FUNCTION_ARGUMENT",
	"'approx_most_frequent bucket count must be greater than one'") +
	" ELSE CAST(map_from_entries(list_transform(list_slice(" +
	"list_sort(list_transform(map_entries(struct_extract($1, 'h')), lambda e: struct_pack(n := struct_extract(e, 'value'), " +
	"k := struct_extract(e, 'key'))), 'DESC'), 1, struct_extract($1, 'n')), lambda e: struct_pack(key := " +
	"struct_extract(e, 'k'), value := struct_extract(e, 'n')))) AS $T) END"
