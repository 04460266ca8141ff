package trino

import "fmt"

// maxSequence is how many entries sequence gives at most, as in Trino.
const maxSequence = 10_000

var sequenceFunctions = []entry{
	{signature: "fail(varchar) -> unknown", duck: "CAST(trino_fail('GENERIC_USER_ERROR', $1) AS \"NULL\")"},
	{signature: "sequence(bigint, bigint) -> array(bigint)", duck: sequence(towards, numbers(towards), "CAST($1 + k * "+
		towards+" AS BIGINT)", "")},
	{signature: "sequence(bigint, bigint, bigint) -> array(bigint)",
		duck: sequence("$3", numbers("$3"), "CAST($1 + k * CAST($3 AS HUGEINT) AS BIGINT)", "")},
	{signature: "sequence(date, date) -> array(date)",
		duck: sequence(towards, "($2 - $1) // "+towards, "$1 + CAST(k * "+towards+" AS INTEGER)", "")},
	{signature: "sequence(date, date, interval day to second) -> array(date)", duck: sequence("$3",
		"($2 - $1) // ($3 // 86400000)", "$1 + CAST(k * ($3 // 86400000) AS INTEGER)", "WHEN $3 % 86400000 <> 0 THEN "+
			raise("INVALID_FUNCTION_ARGUMENT", "'sequence step must be a day interval if start and end values are dates'"))},
	{signature: "sequence(date, date, interval year to month) -> array(date)", duck: sequence("$3", months,
		"CAST($1 + to_months(CAST(k * $3 AS INTEGER)) AS DATE)", "")},
	{signature: "sequence(timestamp(p), timestamp(p), interval day to second) -> array(timestamp(p))",
		duck: sequence("$3", "(epoch_us($2) - epoch_us($1)) // ($3 * 1000)", "$1 + to_milliseconds(k * $3)", "")},
	{signature: "sequence(timestamp(p), timestamp(p), interval year to month) -> array(timestamp(p))",
		duck: sequence("$3", months, "$1 + to_months(CAST(k * $3 AS INTEGER))", "")},
}

const (
	// towards is the step that a sequence without one has.
	towards = "(CASE WHEN $1 <= $2 THEN 1 ELSE -1 END)"
	months  = "date_sub('month', CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP)) // $3"
)

func numbers(step string) string { return "(CAST($2 AS HUGEINT) - $1) // " + step }

// sequence writes a list: how many steps follow its first entry, and entry k from 0. refused begins with WHEN.
func sequence(step, steps, entry, refused string) string {
	null := "$1 IS NULL OR $2 IS NULL"
	if step == "$3" {
		null += " OR $3 IS NULL"
	}
	fail := func(message string) string { return raise("INVALID_FUNCTION_ARGUMENT", "'"+message+"'") }
	return fmt.Sprintf("CASE WHEN %s THEN NULL %s WHEN %s = 0 THEN %s WHEN $1 <> $2 AND (%[3]s > 0) = ($2 < $1) THEN %[5]s "+
		"WHEN %[6]s >= %[7]d THEN %[8]s ELSE list_transform(range(1 + CAST(%[6]s AS BIGINT)), lambda k: %[9]s) END",
		null, refused, step, fail("step must not be zero"), fail("sequence stop value should be greater than or equal to "+
			"start value if step is greater than zero otherwise stop should be less than or equal to start"), steps,
		maxSequence, fail(fmt.Sprintf("result of sequence function must not have more than %d entries", maxSequence)), entry)
}
