package native

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// moments has the casts between texts and dates, times and timestamps, and between times with and without zone.
var moments = []Function{
	{Name: "trino_text_date", Params: []string{"VARCHAR"}, Result: "DATE",
		Call: func(args []any) (any, error) { return textDate(args[0].(string)) }},
	{Name: "trino_text_time", Params: []string{"VARCHAR", "INTEGER"}, Result: "TIME",
		Call: func(args []any) (any, error) { return textTime(args[0].(string), int(args[1].(int32))) }},
	{Name: "trino_text_time_utc", Params: []string{"VARCHAR", "INTEGER"}, Result: "TIME",
		Call: func(args []any) (any, error) {
			nano, offset, err := textTimeZoned(args[0].(string), int(args[1].(int32)))
			return floorMod(nano/1000-int64(offset)*minute, day), err
		}},
	{Name: "trino_text_time_zone", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			_, offset, err := textTimeZoned(args[0].(string), 0)
			return OffsetText(offset), err
		}},
	{Name: "trino_time_utc", Params: []string{"TIME", "VARCHAR"}, Result: "TIME",
		Call: func(args []any) (any, error) {
			zone, err := zoneOf(args[1].(string))
			if err != nil {
				return nil, err
			}
			return floorMod(args[0].(int64)-zone.offsetAt(0)*second, day), nil
		}},
	{Name: "trino_time_local", Params: []string{"TIME", "VARCHAR"}, Result: "TIME",
		Call: func(args []any) (any, error) {
			zone, err := zoneOf(args[1].(string))
			if err != nil {
				return nil, err
			}
			return floorMod(args[0].(int64)+zone.offsetAt(0)*second, day), nil
		}},
	{Name: "trino_text_timestamp", Params: []string{"VARCHAR", "INTEGER"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			value, err := textTimestamp(args[0].(string), int(args[1].(int32)))
			return value.Micros(), err
		}},
	{Name: "trino_text_timestamp_ns", Params: []string{"VARCHAR", "INTEGER"}, Result: "TIMESTAMP_NS",
		Call: func(args []any) (any, error) {
			value, err := textTimestamp(args[0].(string), int(args[1].(int32)))
			if err != nil {
				return nil, err
			}
			return value.Nanos()
		}},
	{Name: "trino_text_instant", Params: []string{"VARCHAR", "INTEGER"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			value, _, err := textInstant(args[0].(string), int(args[1].(int32)))
			return value.Micros(), err
		}},
	{Name: "trino_text_instant_ns", Params: []string{"VARCHAR", "INTEGER"}, Result: "TIMESTAMP_NS",
		Call: func(args []any) (any, error) {
			value, _, err := textInstant(args[0].(string), int(args[1].(int32)))
			if err != nil {
				return nil, err
			}
			return value.Nanos()
		}},
	{Name: "trino_text_zone", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			_, zone, err := textInstant(args[0].(string), 0)
			if err != nil {
				return nil, err
			}
			return zone.Name, nil
		}},
	{Name: "trino_date_text", Params: []string{"DATE"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return DateText(int64(args[0].(int32))), nil }},
	{Name: "trino_time_text", Params: []string{"TIME", "INTEGER"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return clockText(args[0].(int64)*1000, int(args[1].(int32))), nil }},
	{Name: "trino_timestamp_text", Params: []string{"TIMESTAMP", "INTEGER"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			at := args[0].(int64)
			return Moment{floorDiv(at, day), floorMod(at, day) * 1000}.text(int(args[1].(int32))), nil
		}},
	{Name: "trino_timestamp_ns_text", Params: []string{"TIMESTAMP_NS", "INTEGER"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			at := args[0].(int64)
			return Moment{floorDiv(at, dayNanos), floorMod(at, dayNanos)}.text(int(args[1].(int32))), nil
		}},
	{Name: "trino_interval_text", Params: []string{"BIGINT"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return IntervalText(args[0].(int64)), nil }},
	{Name: "trino_months_text", Params: []string{"BIGINT"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return MonthsText(args[0].(int64)), nil }},
	{Name: "trino_micros", Params: []string{"TIMESTAMP_NS"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) { return floorDiv(args[0].(int64), 1000), nil }},
	{Name: "trino_local", Params: []string{"TIMESTAMP", "VARCHAR"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			zone, err := zoneOf(args[1].(string))
			if err != nil {
				return nil, err
			}
			return zone.local(args[0].(int64)), nil
		}},
	{Name: "trino_local_ns", Params: []string{"TIMESTAMP_NS", "VARCHAR"}, Result: "TIMESTAMP_NS",
		Call: func(args []any) (any, error) {
			zone, err := zoneOf(args[1].(string))
			if err != nil {
				return nil, err
			}
			instant := args[0].(int64)
			return instant + zone.offsetAt(floorDiv(instant, 1e9))*1e9, nil
		}},
	{Name: "trino_instant", Params: []string{"TIMESTAMP", "VARCHAR"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			zone, err := zoneOf(args[1].(string))
			if err != nil {
				return nil, err
			}
			return zone.instant(args[0].(int64)), nil
		}},
	{Name: "trino_zone", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			zone, err := zoneOf(args[0].(string))
			if err != nil {
				return nil, err
			}
			return zone.Name, nil
		}},
	{Name: "trino_zone_of_offset", Params: []string{"BIGINT"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			minutes := args[0].(int64)
			if minutes < -maxOffset || minutes > maxOffset {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Invalid offset minutes %d", minutes)
			}
			return offsetZone(int(minutes)).Name, nil
		}},
	{Name: "trino_zone_offset", Params: []string{"TIMESTAMP", "VARCHAR"}, Result: "BIGINT",
		Call: func(args []any) (any, error) { // in seconds
			zone, err := zoneOf(args[1].(string))
			if err != nil {
				return nil, err
			}
			return zone.offsetAt(floorDiv(args[0].(int64), second)), nil
		}},
	{Name: "trino_offset_at", Params: []string{"TIMESTAMP", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			zone, err := zoneOf(args[1].(string))
			if err != nil {
				return nil, err
			}
			return OffsetText(int(zone.offsetAt(floorDiv(args[0].(int64), second)) / 60)), nil
		}},
	{Name: "trino_iso_offset", Params: []string{"TIMESTAMP", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			zone, err := zoneOf(args[1].(string))
			if err != nil {
				return nil, err
			}
			return zone.isoOffset(args[0].(int64))
		}},
	{Name: "trino_time_round", Params: []string{"TIME", "INTEGER"}, Result: "TIME",
		Call: func(args []any) (any, error) {
			return floorMod(roundTo(args[0].(int64), 6-int(args[1].(int32))), day), nil
		}},
	{Name: "trino_timestamp_round", Params: []string{"TIMESTAMP", "INTEGER"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) { return roundTo(args[0].(int64), 6-int(args[1].(int32))), nil }},
	{Name: "trino_timestamp_ns_round", Params: []string{"TIMESTAMP_NS", "INTEGER"}, Result: "TIMESTAMP_NS",
		Call: func(args []any) (any, error) { return roundTo(args[0].(int64), 9-int(args[1].(int32))), nil }},
}

// dayNanos is a day in nanoseconds.
const dayNanos = day * 1000

// roundTo rounds to a power of ten, halves up.
func roundTo(value int64, digits int) int64 {
	if digits <= 0 {
		return value
	}
	unit := int64(math.Pow10(digits))
	return floorDiv(value+unit/2, unit) * unit
}

// A Moment is a day since 1970 and nanoseconds of it.
type Moment struct{ days, nano int64 }

// Micros are those since 1970.
func (m Moment) Micros() int64 { return m.days*day + m.nano/1000 }

// Nanos is the moment in nanoseconds since 1970, if 64 bits have room for it.
func (m Moment) Nanos() (int64, error) {
	if m.days > 106750 || m.days < -106750 {
		return 0, Fail("INVALID_CAST_ARGUMENT", "A timestamp of more than 6 digits must be between the years 1678 and 2262")
	}
	return m.days*dayNanos + m.nano, nil
}

// text is the moment as yyyy-MM-dd HH:mm:ss with so many digits of the second's fraction.
func (m Moment) text(digits int) string {
	year, rest, _ := strings.Cut(DateText(m.days)[1:], "-")
	year = DateText(m.days)[:1] + year
	if len(year) > 4 && year[0] != '-' {
		year = "+" + year
	}
	return year + "-" + rest + " " + clockText(m.nano, digits)
}

// civil gives a day's date.
func civil(days int64) (year int, month time.Month, dayOfMonth int) {
	return time.Unix(days*86400, 0).UTC().Date()
}

// daysOf gives the day of a date, of which there must be one.
func daysOf(year, month, dayOfMonth int) (int64, bool) {
	t := time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC)
	ok := t.Year() == year && int(t.Month()) == month && t.Day() == dayOfMonth
	return floorDiv(t.Unix(), 86400), ok
}

// DateText is a day since 1970 as yyyy-MM-dd. Years have four digits or more.
func DateText(days int64) string {
	year, month, d := civil(days)
	sign := ""
	if year < 0 {
		sign, year = "-", -year
	}
	return fmt.Sprintf("%s%04d-%02d-%02d", sign, year, month, d)
}

// ClockText is a time of day, in nanoseconds, to the microsecond.
func ClockText(nano int64) string { return clockText(nano, 6) }

// clockText is a time of day with so many digits of the second's fraction.
func clockText(nano int64, digits int) string {
	text := fmt.Sprintf("%02d:%02d:%02d.%09d", nano/3600e9, nano/60e9%60, nano/1e9%60, nano%1e9)
	if digits == 0 {
		return text[:8]
	}
	return text[:9+digits]
}

// IntervalText is an INTERVAL DAY TO SECOND of milliseconds.
func IntervalText(n int64) string {
	sign, abs := "", uint64(n)
	if n < 0 {
		sign, abs = "-", -abs
	}
	return fmt.Sprintf("%s%d %02d:%02d:%02d.%03d", sign, abs/86400000, abs/3600000%24, abs/60000%60, abs/1000%60, abs%1000)
}

// MonthsText is an INTERVAL YEAR TO MONTH.
func MonthsText(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d-%d", sign, n/12, n%12)
}

var datePattern = late(`^([+-]?[0-9]{1,9})-([0-9]{1,2})-([0-9]{1,2})$`)

// ParseDate reads a date; days are those since 1970.
func ParseDate(text string) (days int64, ok bool) {
	m := datePattern.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	return parts(m[1], m[2], m[3])
}

func parts(year, month, dayOfMonth string) (int64, bool) {
	y, err := strconv.Atoi(year)
	if err != nil || y > 2_000_000 || y < -2_000_000 {
		return 0, false
	}
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(dayOfMonth)
	return daysOf(y, m, d)
}

func textDate(text string) (any, error) {
	days, ok := ParseDate(javaTrim(text))
	if !ok {
		return nil, Fail("INVALID_CAST_ARGUMENT", "Value cannot be cast to date: %s", text)
	}
	return int32(days), nil
}

var timePattern = late(`^([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]+))?)?` +
	`(?:\s*([+-])([0-9]{2}):([0-9]{2}))?$`)

var timestampPattern = late(`^([-+]?[0-9]{4,})-([0-9]{1,2})-([0-9]{1,2})` +
	`(?: (?:([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]+))?)?)?\s*(.+)?)?$`)

// clock gives the nanoseconds of a time of day, rounded to a number of digits.
func clock(hours, minutes, seconds, fraction string, digits int) (int64, bool) {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	s, _ := strconv.Atoi(seconds)
	if h > 23 || m > 59 || s > 59 || len(fraction) > 12 {
		return 0, false
	}
	f, _ := strconv.ParseInt((fraction + "000000000000")[:12], 10, 64)
	return (int64(h)*3600+int64(m)*60+int64(s))*1e9 + roundTo(f, 12-digits)/1000, true
}

// ParseTime reads a time of day with an offset in minutes, if it has one.
func ParseTime(text string, digits int) (nano int64, offset int, zoned, ok bool) {
	m := timePattern.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, false, false
	}
	nano, ok = clock(m[1], m[2], m[3], m[4], digits)
	if m[5] != "" {
		h, _ := strconv.Atoi(m[6])
		minutes, _ := strconv.Atoi(m[7])
		offset = h*60 + minutes
		if minutes > 59 || offset > maxOffset {
			ok = false
		}
		if m[5] == "-" {
			offset = -offset
		}
	}
	return nano % dayNanos, offset, m[5] != "", ok
}

func textTime(text string, digits int) (any, error) {
	nano, _, zoned, ok := ParseTime(javaTrim(text), digits)
	if !ok || zoned {
		return nil, Fail("INVALID_CAST_ARGUMENT", "Value cannot be cast to time: %s", text)
	}
	return nano / 1000, nil
}

// textTimeZoned gives the local time in nanoseconds and the offset in minutes.
func textTimeZoned(text string, digits int) (int64, int, error) {
	nano, offset, _, ok := ParseTime(javaTrim(text), digits)
	if !ok {
		return 0, 0, Fail("INVALID_CAST_ARGUMENT", "Value cannot be cast to time with time zone: %s", text)
	}
	return nano, offset, nil
}

// ParseTimestamp reads a timestamp, and its zone if it has one.
func ParseTimestamp(text string, digits int) (value Moment, zone string, ok bool) {
	m := timestampPattern.FindStringSubmatch(text)
	if m == nil {
		return Moment{}, "", false
	}
	days, okDate := parts(m[1], m[2], m[3])
	nano, okTime := clock(m[4], m[5], m[6], m[7], digits)
	if !okDate || !okTime || days > maxTimestamp || days < -maxTimestamp {
		return Moment{}, "", false
	}
	return Moment{days + nano/dayNanos, nano % dayNanos}, m[8], true
}

// maxTimestamp are the days that DuckDB has timestamps for, on either side of 1970.
const maxTimestamp = 106_000_000

func textTimestamp(text string, digits int) (Moment, error) {
	value, _, ok := ParseTimestamp(javaTrim(text), digits)
	if !ok {
		return value, Fail("INVALID_CAST_ARGUMENT", "Value cannot be cast to timestamp: %s", text)
	}
	return value, nil
}

// textInstant reads a timestamp with its zone, or the session's.
func textInstant(text string, digits int) (Moment, *Zone, error) {
	value, zone, ok := ParseInstant(javaTrim(text), digits)
	if !ok {
		return Moment{}, nil, Fail("INVALID_CAST_ARGUMENT", "Value cannot be cast to timestamp: %s", text)
	}
	return value, zone, nil
}

// ParseInstant reads a timestamp with its zone, or that of the session; the moment is in UTC.
func ParseInstant(text string, digits int) (value Moment, zone *Zone, ok bool) {
	value, name, ok := ParseTimestamp(text, digits)
	if !ok {
		return Moment{}, nil, false
	}
	if zone = utc; name != "" {
		if zone = FindZone(name); zone == nil {
			return Moment{}, nil, false
		}
	}
	local := value.Micros()
	instant := zone.instant(local)
	return Moment{floorDiv(instant, day), floorMod(instant, day)*1000 + value.nano%1000}, zone, true
}
