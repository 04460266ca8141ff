package trino

import (
	"fmt"
	"strings"
)

// timeFunctions are those of dates, times, timestamps and intervals.
var timeFunctions = append(append([]entry{
	{signature: "date(varchar(x)) -> date", duck: "trino_text_date($1)"},
	{signature: "date(timestamp(p)) -> date", duck: "CAST($U1 AS DATE)"},
	{signature: "date(timestamp(p) with time zone) -> date", duck: "CAST(" + localArg(1) + " AS DATE)"},
	{signature: "last_day_of_month(date) -> date", duck: "last_day($1)"},
	{signature: "last_day_of_month(timestamp(p)) -> date", duck: "last_day(CAST($U1 AS DATE))"},
	{signature: "last_day_of_month(timestamp(p) with time zone) -> date",
		duck: "last_day(CAST(" + localArg(1) + " AS DATE))"},

	{signature: "date_trunc(varchar(x), date) -> date",
		duck: "CAST(trino_date_trunc($1, 'DATE', CAST($2 AS TIMESTAMP)) AS DATE)"},
	{signature: "date_trunc(varchar(x), time(p)) -> time(p)",
		duck: "CAST(trino_date_trunc($1, 'Time', " + ofDay("$2") + ") AS TIME)"},
	{signature: "date_trunc(varchar(x), time(p) with time zone) -> time(p) with time zone", duck: shiftedTime("$2",
		"CAST(trino_date_trunc($1, 'Time', "+ofDay("trino_time_local(struct_extract($2, 'u'), struct_extract($2, 'z'))")+
			") AS TIME)")},
	{signature: "date_trunc(varchar(x), timestamp(p)) -> timestamp(p)",
		duck: "CAST(trino_date_trunc($1, 'Timestamp', $U2) AS $T)"},
	{signature: "date_trunc(varchar(x), timestamp(p) with time zone) -> timestamp(p) with time zone",
		duck: zonedPair("CAST(trino_date_trunc_zoned($1, $U2, struct_extract($2, 'z')) AS TIMESTAMP$N2)",
			"struct_extract($2, 'z')", "$1", "$2")},

	{signature: "date_add(varchar(x), bigint, date) -> date",
		duck: "CAST(trino_date_add($1, 'DATE', $2, CAST($3 AS TIMESTAMP), 6) AS DATE)"},
	{signature: "date_add(varchar(x), bigint, time(p)) -> time(p)",
		duck: "CAST(trino_date_add($1, 'Time', $2, " + ofDay("$3") + ", $P) AS TIME)"},
	{signature: "date_add(varchar(x), bigint, time(p) with time zone) -> time(p) with time zone",
		duck: "CASE WHEN $3 IS " +
			"NOT NULL AND $2 IS NOT NULL AND $1 IS NOT NULL THEN struct_pack(u := CAST(trino_date_add($1, 'Time', $2, " +
			ofDay("struct_extract($3, 'u')") + ", $P) AS TIME), z := struct_extract($3, 'z')) END"},
	{signature: "date_add(varchar(x), bigint, timestamp(p)) -> timestamp(p)",
		build: keepingNanos(3, "trino_date_add($1, 'Timestamp', $2, $U3, least($P, 6))", "")},
	{signature: "date_add(varchar(x), bigint, timestamp(p) with time zone) -> timestamp(p) with time zone",
		build: keepingNanos(3, "trino_date_add_zoned($1, $2, $U3, struct_extract($3, 'z'), least($P, 6))", zoneIn("$3"))},

	{signature: "date_diff(varchar(x), date, date) -> bigint",
		duck: "trino_date_diff($1, 'DATE', CAST($2 AS TIMESTAMP), CAST($3 AS TIMESTAMP))"},
	{signature: "date_diff(varchar(x), time(p), time(p)) -> bigint",
		duck: "trino_date_diff($1, 'Time', " + ofDay("$2") + ", " + ofDay("$3") + ")"},
	{signature: "date_diff(varchar(x), time(p) with time zone, time(p) with time zone) -> bigint",
		duck: "trino_date_diff($1, 'Time', " + ofDay("struct_extract($2, 'u')") + ", " +
			ofDay("struct_extract($3, 'u')") + ")"},
	{signature: "date_diff(varchar(x), timestamp(p), timestamp(p)) -> bigint",
		duck: "trino_date_diff($1, 'Timestamp', $U2, $U3)"},
	{signature: "date_diff(varchar(x), timestamp(p) with time zone, timestamp(p) with time zone) -> bigint",
		build: zonedDifference},

	{signature: "date_format(timestamp(p), varchar(x)) -> varchar", duck: "trino_date_format($U1, $2)"},
	{signature: "date_format(timestamp(p) with time zone, varchar(x)) -> varchar",
		duck: "trino_date_format(" + localArg(1) + ", $2)"},
	{signature: "date_parse(varchar(x), varchar(y)) -> timestamp(3)", duck: "trino_date_parse($1, $2)"},
	{signature: "format_datetime(timestamp(p), varchar(x)) -> varchar",
		duck: "trino_format_datetime($U1, $2)"},
	{signature: "format_datetime(timestamp(p) with time zone, varchar(x)) -> varchar",
		duck: "trino_format_datetime_zoned($U1, struct_extract($1, 'z'), $2)"},
	{signature: "parse_datetime(varchar(x), varchar(y)) -> timestamp(3) with time zone",
		duck: "CASE WHEN $1 IS NOT NULL AND " +
			"$2 IS NOT NULL THEN struct_pack(u := trino_parse_datetime($1, $2), z := trino_parse_datetime_zone($1, $2)) END"},

	{signature: "from_iso8601_date(varchar(x)) -> date", duck: "trino_iso_date($1)"},
	{signature: "from_iso8601_timestamp(varchar(x)) -> timestamp(3) with time zone",
		duck: zonedSQL("$1", "trino_iso_timestamp($1)", "trino_iso_zone($1)")},
	{signature: "from_iso8601_timestamp_nanos(varchar(x)) -> timestamp(9) with time zone",
		duck: zonedSQL("$1", "trino_iso_nanos($1)", "trino_iso_nanos_zone($1)")},
	{signature: "to_iso8601(date) -> varchar(16)", duck: "trino_date_text($1)"},
	{signature: "to_iso8601(timestamp(p)) -> varchar(x)", result: isoResult(22),
		duck: "replace(trino_timestamp$N1_text($1, $P1), ' ', 'T')"},
	{signature: "to_iso8601(timestamp(p) with time zone) -> varchar(x)", result: isoResult(28),
		duck: "(replace(trino_timestamp$N1_text(trino_local$N1(struct_extract($1, 'u'), struct_extract($1, 'z')), $P1), ' ', " +
			"'T') || trino_iso_offset($U1, struct_extract($1, 'z')))"},

	{signature: "from_unixtime(double) -> timestamp(3) with time zone",
		duck: zonedSQL("$1", "trino_unixtime($1)", "'UTC'")},
	{signature: "from_unixtime(double, varchar(x)) -> timestamp(3) with time zone",
		duck: zonedPair("trino_unixtime($1)", "trino_zone($2)", "$1", "$2")},
	{signature: "from_unixtime(double, bigint, bigint) -> timestamp(3) with time zone",
		duck: zonedPair("trino_unixtime($1)", "trino_zone_of_offset($2 * 60 + $3)", "$1", "$2", "$3")},
	{signature: "from_unixtime_nanos(bigint) -> timestamp(9) with time zone",
		duck: zonedSQL("$1", "make_timestamp_ns($1)", "'UTC'")},
	{signature: "from_unixtime_nanos(decimal(p, s)) -> timestamp(9) with time zone",
		duck: zonedSQL("$1", "make_timestamp_ns(CAST(CAST($1 AS DECIMAL(38, 0)) AS BIGINT))", "'UTC'")},
	{signature: "to_unixtime(timestamp(p)) -> double", build: unixtime},
	{signature: "to_unixtime(timestamp(p) with time zone) -> double", build: unixtime},

	{signature: "at_timezone(timestamp(p) with time zone, varchar(x)) -> timestamp(p) with time zone",
		duck: zonedPair("struct_extract($1, 'u')", "trino_zone($2)", "$1", "$2")},
	{signature: "at_timezone(timestamp(p) with time zone, interval day to second) -> timestamp(p) with time zone",
		duck: zonedPair("struct_extract($1, 'u')", "trino_zone_of_offset($2 // 60000)", "$1", "$2")},
	{signature: "at_timezone(time(p) with time zone, varchar(x)) -> time(p) with time zone",
		duck: zonedPair("struct_extract($1, 'u')", "trino_offset_at(TIMESTAMP '$NOW', $2)", "$1", "$2")},
	{signature: "at_timezone(time(p) with time zone, interval day to second) -> time(p) with time zone",
		duck: zonedPair("struct_extract($1, 'u')",
			"trino_offset_at(TIMESTAMP '1970-01-01', trino_zone_of_offset($2 // 60000))",
			"$1", "$2")},
	{signature: "with_timezone(timestamp(p), varchar(x)) -> timestamp(p) with time zone",
		build: keepingNanos(1, "trino_instant($U1, $2)", "trino_zone($2)")},
	{signature: "timezone(timestamp(p) with time zone) -> varchar", duck: "struct_extract($1, 'z')"},
	{signature: "timezone(time(p) with time zone) -> varchar", duck: "struct_extract($1, 'z')"},
	{signature: "timezone_hour(timestamp(p) with time zone) -> bigint", duck: "(" + offsetArg + " // 3600)"},
	{signature: "timezone_minute(timestamp(p) with time zone) -> bigint", duck: "(" + offsetArg + " // 60 % 60)"},
	{signature: "timezone_hour(time(p) with time zone) -> bigint",
		duck: "(trino_zone_offset(TIMESTAMP '1970-01-01', struct_extract($1, 'z')) // 3600)"},
	{signature: "timezone_minute(time(p) with time zone) -> bigint",
		duck: "(trino_zone_offset(TIMESTAMP '1970-01-01', struct_extract($1, 'z')) // 60 % 60)"},

	{signature: "human_readable_seconds(double) -> varchar", duck: "trino_human_seconds($1)"},
	{signature: "parse_duration(varchar(x)) -> interval day to second", duck: "trino_parse_duration($1)"},
	{signature: "to_milliseconds(interval day to second) -> bigint", duck: "$1"},
}, dateFields()...), clockFields()...)

const offsetArg = "trino_zone_offset($U1, struct_extract($1, 'z'))"

// unixtime is to_unixtime, which adds the digits after the sixth by themselves.
func unixtime(_ *analyser, n *node) {
	n.text = "(epoch_us($U1) / 1000000)"
	if n.args[0].t.Precision > 6 {
		at := "$1"
		if n.args[0].t.Kind == TimestampZoned {
			at = utcIn(at)
		}
		n.text = "(epoch_us($U1) / 1000000 + (epoch_ns(" + at + ") % 1000 + 1000) % 1000 / 1e9)"
	}
}

// keepingNanos has an instant computed to the microsecond for timestamp argument i, and keeps the digits after that.
// The zone, if there is one, is put beside it.
func keepingNanos(i int, instant, zone string) func(*analyser, *node) {
	return func(_ *analyser, n *node) {
		at := fmt.Sprintf("$%d", i)
		if n.args[i-1].t.Kind == TimestampZoned {
			at = utcIn(at)
		}
		n.text = withNanos(instant, at, n.args[i-1].t.Precision)
		if zone != "" {
			n.text = zonedPair(n.text, zone, []string{"$1", "$2", "$3"}[:len(n.args)]...)
		}
	}
}

// zonedDifference is date_diff in the zone of the first timestamp, which Trino forgets where there are microseconds.
func zonedDifference(_ *analyser, n *node) {
	zone := "struct_extract($2, 'z')"
	if n.args[1].t.Precision > 3 {
		zone = "'UTC'"
	}
	n.text = "trino_date_diff_zoned($1, $U2, " + zone + ", $U3)"
}

// localArg is the timestamp that argument i, with zone, shows, to the microsecond.
func localArg(i int) string {
	return fmt.Sprintf("trino_local($U%d, struct_extract($%[1]d, 'z'))", i)
}

// ofDay is a time as a timestamp of 1970.
func ofDay(v string) string { return "CAST(DATE '1970-01-01' + CAST(" + v + " AS TIME) AS TIMESTAMP)" }

// shiftedTime is a time with zone from its new local time.
func shiftedTime(v, local string) string {
	return "CASE WHEN " + v + " IS NOT NULL AND $1 IS NOT NULL THEN struct_pack(u := trino_time_utc(" + local +
		", struct_extract(" + v + ", 'z')), z := struct_extract(" + v + ", 'z')) END"
}

// zonedPair puts an instant and a zone together, NULL where one of some values is.
func zonedPair(at, zone string, values ...string) string {
	return "CASE WHEN " + strings.Join(values, " IS NOT NULL AND ") + " IS NOT NULL THEN struct_pack(u := " + at +
		", z := " + zone + ") END"
}

// isoResult is a varchar as long as Trino says for a timestamp's precision.
func isoResult(length int) func([]*Type) *Type {
	return func(args []*Type) *Type {
		p := args[0].Precision
		if p > 0 {
			p++
		}
		return varcharOf(length + p)
	}
}

// dateFields are the functions that take a field out of a date.
func dateFields() []entry {
	var entries []entry
	for _, f := range []struct{ names, duck string }{
		{"year", "year(%s)"}, {"quarter", "quarter(%s)"}, {"month", "month(%s)"}, {"week week_of_year", "weekofyear(%s)"},
		{"day day_of_month", "day(%s)"}, {"day_of_week dow", "isodow(%s)"}, {"day_of_year doy", "dayofyear(%s)"},
		{"year_of_week yow", "isoyear(%s)"},
	} {
		for _, name := range strings.Fields(f.names) {
			entries = append(entries,
				entry{signature: name + "(date) -> bigint", duck: fmt.Sprintf(f.duck, "$1")},
				entry{signature: name + "(timestamp(p)) -> bigint", duck: fmt.Sprintf(f.duck, "CAST($U1 AS DATE)")},
				entry{signature: name + "(timestamp(p) with time zone) -> bigint",
					duck: fmt.Sprintf(f.duck, "CAST("+localArg(1)+" AS DATE)")})
		}
	}
	return append(entries,
		entry{signature: "year(interval year to month) -> bigint", duck: "($1 // 12)"},
		entry{signature: "month(interval year to month) -> bigint", duck: "($1 % 12)"},
		entry{signature: "day(interval day to second) -> bigint", duck: "($1 // 86400000)"},
		entry{signature: "day_of_month(interval day to second) -> bigint", duck: "($1 // 86400000)"})
}

// clockFields are the functions that take a field out of a time.
func clockFields() []entry {
	var entries []entry
	for _, f := range []struct {
		name          string
		unit, modulus int64
	}{{"hour", 3600_000, 24}, {"minute", 60_000, 60}, {"second", 1000, 60}, {"millisecond", 1, 1000}} {
		micros := func(us string) string { return fmt.Sprintf("(%s // %d %% %d)", us, f.unit*1000, f.modulus) }
		local := "trino_time_local(struct_extract($1, 'u'), struct_extract($1, 'z'))"
		ofClock := func(v string) string { return micros("epoch_us(" + ofDay(v) + ")") }
		entries = append(entries,
			entry{signature: f.name + "(timestamp(p)) -> bigint", duck: ofClock("CAST($U1 AS TIME)")},
			entry{signature: f.name + "(timestamp(p) with time zone) -> bigint",
				duck: ofClock("CAST(" + localArg(1) + " AS TIME)")},
			entry{signature: f.name + "(time(p)) -> bigint", duck: ofClock("$1")},
			entry{signature: f.name + "(time(p) with time zone) -> bigint", duck: ofClock(local)},
			entry{signature: f.name + "(interval day to second) -> bigint",
				duck: fmt.Sprintf("($1 // %d %% %d)", f.unit, f.modulus)})
	}
	return entries
}
