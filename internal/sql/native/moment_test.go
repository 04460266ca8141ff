package native

import (
	"testing"
	"time"
)

// stamp is a timestamp in microseconds since 1970.
func stamp(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05.999999", text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMicro()
}

func TestMoments(t *testing.T) {
	at := func(text string) int64 { return stamp(t, text) }
	checkCalls(t, []callCase{
		{"trino_text_date", args(" 1970-1-2 "), int32(1)},
		{"trino_text_date", args("2021-02-29"), failure("INVALID_CAST_ARGUMENT: Value cannot be cast to date: 2021-02-29")},
		{"trino_text_date", args("999999999-01-01"),
			failure("INVALID_CAST_ARGUMENT: Value cannot be cast to date: 999999999-01-01")},
		{"trino_text_time", args("1:2", int32(3)), int64(3720_000_000)},
		{"trino_text_time", args("23:59:59.9996", int32(3)), int64(0)},
		{"trino_text_time", args("10:00 +01:00", int32(3)), failure("INVALID_CAST_ARGUMENT: Value cannot be cast to time: 10:00 +01:00")},
		{"trino_text_time_utc", args("01:00+02:00", int32(3)), int64(23 * hour)},
		{"trino_text_time_zone", args("01:00+02:00"), "+02:00"},
		{"trino_text_timestamp", args("1969-12-31 23:59:59.9995", int32(3)), int64(0)},
		{"trino_text_timestamp", args("2020-01-01 10", int32(3)), at("2020-01-01 00:00:00")}, // 10 is a zone, and dropped
		{"trino_text_instant", args("2020-03-29 02:30 Europe/Paris", int32(3)), at("2020-03-29 01:30:00")},
		{"trino_text_instant", args("2020-10-25 02:30 Europe/Paris", int32(3)), at("2020-10-25 00:30:00")},
		{"trino_text_instant", args("2020-01-01 00:00 Nowhere", int32(3)),
			failure("INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: 2020-01-01 00:00 Nowhere")},
		{"trino_date_text", args(int32(-735525)), "-0044-03-15"},
		{"trino_timestamp_text", args(at("2020-01-02 03:04:05.678"), int32(1)), "2020-01-02 03:04:05.6"},
		{"trino_interval_text", args(int64(-90061001)), "-1 01:01:01.001"},
		{"trino_months_text", args(int64(-13)), "-1-1"},
		{"trino_zone", args("Etc/GMT+5"), "-05:00"},
		{"trino_zone", args("+00:00"), "UTC"},
		{"trino_zone", args("../../etc/passwd"),
			failure("INVALID_FUNCTION_ARGUMENT: '../../etc/passwd' is not a valid time zone")},
		{"trino_zone", args("+14:01"), failure("INVALID_FUNCTION_ARGUMENT: '+14:01' is not a valid time zone")},
		{"trino_zone_of_offset", args(int64(-90)), "-01:30"},
		{"trino_zone_of_offset", args(int64(1) << 40), failure("INVALID_FUNCTION_ARGUMENT: Invalid offset minutes 1099511627776")},
		{"trino_timestamp_round", args(int64(-500), int32(3)), int64(0)},
		{"trino_timestamp_round", args(int64(-501), int32(3)), int64(-1000)},
	})
}

func TestTimeFields(t *testing.T) {
	at := func(text string) int64 { return stamp(t, text) }
	checkCalls(t, []callCase{
		{"trino_date_trunc", args("WEEK", "DATE", at("1969-12-31 00:00:00")), at("1969-12-29 00:00:00")},
		{"trino_date_trunc", args("quarter", "Timestamp", at("1969-12-31 10:00:00")), at("1969-10-01 00:00:00")},
		{"trino_date_trunc", args("hour", "DATE", int64(0)),
			failure("INVALID_FUNCTION_ARGUMENT: 'hour' is not a valid DATE field")},
		{"trino_date_trunc", args("", "DATE", int64(0)), failure("INVALID_FUNCTION_ARGUMENT: '' is not a valid DATE field")},
		{"trino_date_trunc_zoned", args("hour", at("2020-01-01 10:20:00"), "+05:30"), at("2020-01-01 09:30:00")},
		{"trino_date_add", args("month", "DATE", int64(-1), at("2020-03-31 00:00:00"), int32(6)),
			at("2020-02-29 00:00:00")},
		{"trino_date_add", args("millisecond", "Timestamp", int64(1500), at("2020-01-01 00:00:00"), int32(0)),
			at("2020-01-01 00:00:02")},
		{"trino_date_add", args("year", "DATE", int64(1<<30), int64(0), int32(6)),
			failure("INVALID_FUNCTION_ARGUMENT: Adding so many of year leaves the range of timestamps")},
		{"trino_date_add_zoned", args("day", int64(1), at("2020-03-28 11:00:00"), "Europe/Paris", int32(3)),
			at("2020-03-29 10:00:00")},
		{"trino_date_diff", args("month", "DATE", at("2020-01-31 00:00:00"), at("2020-02-29 00:00:00")), int64(1)},
		{"trino_date_diff", args("month", "DATE", at("2020-03-31 00:00:00"), at("2020-02-29 00:00:00")), int64(-1)},
		{"trino_date_diff", args("year", "DATE", at("2020-02-29 00:00:00"), at("2021-02-28 00:00:00")), int64(1)},
		{"trino_date_diff", args("year", "DATE", at("2019-03-01 00:00:00"), at("2020-02-29 00:00:00")), int64(0)},
		{"trino_date_diff_zoned", args("day", at("2020-03-28 11:00:00"), "Europe/Paris", at("2020-03-29 10:00:00")),
			int64(1)},
		{"trino_human_seconds", args(-3661.0), "1 hour, 1 minute, 1 second"},
		{"trino_human_seconds", args(1e300), "15250284452471 weeks, 3 days, 15 hours, 30 minutes, 7 seconds"},
		{"trino_parse_duration", args(" 1.5 h "), int64(5400_000)},
		{"trino_parse_duration", args("1e3 s"),
			failure("INVALID_FUNCTION_ARGUMENT: duration is not a valid data duration string: 1e3 s")},
	})
}

func TestTimeFormats(t *testing.T) {
	at := func(text string) int64 { return stamp(t, text) }
	day := at("2020-01-05 00:04:05.678")
	checkCalls(t, []callCase{
		{"trino_date_format", args(day, "%a %b %c %d %e %f %H %h %i %j %k %l %M %p %r %s %T %v %W %x %Y %y %% %q"),
			"Sun Jan 1 05 5 678000 00 12 04 005 0 12 January AM 12:04:05 AM 05 00:04:05 01 Sunday 2020 2020 20 % q"},
		{"trino_date_format", args(day, "%D"), failure("INVALID_FUNCTION_ARGUMENT: %D not supported in date format string")},
		{"trino_date_parse", args("5 JAN 2020 12:04 am", "%e %b %Y %h:%i %p"), at("2020-01-05 00:04:00")},
		{"trino_date_parse", args("2020-1", "%Y-%m-%d"), failure(`INVALID_FUNCTION_ARGUMENT: Invalid format: "2020-1" is too short`)},
		{"trino_date_parse", args("2020-01", "%x-%v"), at("2019-12-30 00:00:00")},
		{"trino_date_parse", args("1", "%y"), failure(`INVALID_FUNCTION_ARGUMENT: Invalid format: "1"`)},
		{"trino_format_datetime", args(day, "G C Y x w e E y D M d a K h H k m s S 'at' ''"),
			"AD 20 2020 2020 1 7 Sun 2020 5 1 5 AM 0 12 0 24 4 5 6 at '"},
		{"trino_format_datetime", args(day, "q"), failure("INVALID_FUNCTION_ARGUMENT: Illegal pattern component: q")},
		{"trino_format_datetime_zoned", args(day, "Asia/Kolkata", "HH:mm Z ZZ ZZZ"), "05:34 +0530 +05:30 Asia/Kolkata"},
		{"trino_parse_datetime", args("20200105T10+0530", "yyyyMMdd'T'HHZ"), at("2020-01-05 04:30:00")},
		{"trino_parse_datetime_zone", args("20200105T10Z", "yyyyMMdd'T'HHZ"), "UTC"},
		{"trino_iso_date", args("2020-W53-5"), int32(18628)},
		{"trino_iso_date", args("2021-W53-5"),
			failure(`INVALID_FUNCTION_ARGUMENT: Cannot parse "2021-W53-5": Value 53 for weekOfWeekyear must be in the range [1,52]`)},
		{"trino_iso_timestamp", args("2020-01-05T10:30.5Z"), at("2020-01-05 10:30:30")},
		{"trino_iso_timestamp", args("2020-01-05T25"),
			failure(`INVALID_FUNCTION_ARGUMENT: Cannot parse "2020-01-05T25": a field of the time is out of range`)},
		{"trino_iso_zone", args("T10:00-03:30"), "-03:30"},
		{"trino_iso_nanos", args("1970-01-01T00:00:00.123456789+00:00"), int64(123456789)},
	})
}
