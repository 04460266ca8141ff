package native

import (
	"math"
	"strconv"
	"strings"
)

// timeFields has date_trunc, date_add and date_diff. Their second argument but for date_diff's is the value's kind in
// the words of messages: DATE, Time or Timestamp.
var timeFields = []Function{
	{Name: "trino_date_trunc", Params: []string{"VARCHAR", "VARCHAR", "TIMESTAMP"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			unit, err := unitOf(args[0].(string), args[1].(string))
			return truncate(unit, args[2].(int64)), err
		}},
	{Name: "trino_date_trunc_zoned", Params: []string{"VARCHAR", "TIMESTAMP", "VARCHAR"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			unit, zone, err := zonedUnit(args[0].(string), args[2].(string))
			if err != nil {
				return nil, err
			}
			at := args[1].(int64)
			return zone.changed(unit, at, truncate(unit, zone.local(at))), nil
		}},
	{Name: "trino_date_add", Params: []string{"VARCHAR", "VARCHAR", "BIGINT", "TIMESTAMP", "INTEGER"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			unit, err := unitOf(args[0].(string), args[1].(string))
			if err != nil {
				return nil, err
			}
			sum, err := addUnits(unit, args[2].(int64), args[3].(int64))
			return roundTo(sum, 6-int(args[4].(int32))), err
		}},
	{Name: "trino_date_add_zoned", Params: []string{"VARCHAR", "BIGINT", "TIMESTAMP", "VARCHAR", "INTEGER"},
		Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			unit, zone, err := zonedUnit(args[0].(string), args[3].(string))
			if err != nil {
				return nil, err
			}
			at := args[2].(int64)
			sum, err := addUnits(unit, args[1].(int64), zone.local(at))
			return roundTo(zone.changed(unit, at, sum), 6-int(args[4].(int32))), err
		}},
	{Name: "trino_date_diff", Params: []string{"VARCHAR", "VARCHAR", "TIMESTAMP", "TIMESTAMP"}, Result: "BIGINT",
		Call: func(args []any) (any, error) {
			unit, err := unitOf(args[0].(string), args[1].(string))
			from, to := args[2].(int64), args[3].(int64)
			if args[1].(string) != "Time" {
				from, to = toMillis(from), toMillis(to)
			}
			return difference(unit, from, to), err
		}},
	{Name: "trino_date_diff_zoned", Params: []string{"VARCHAR", "TIMESTAMP", "VARCHAR", "TIMESTAMP"}, Result: "BIGINT",
		Call: func(args []any) (any, error) {
			unit, zone, err := zonedUnit(args[0].(string), args[2].(string))
			if err != nil {
				return nil, err
			}
			from, to := toMillis(args[1].(int64)), toMillis(args[3].(int64))
			if unitMicros[unit] > 0 && unitMicros[unit] < day {
				return difference(unit, from, to), nil
			}
			return difference(unit, zone.local(from), zone.local(to)), nil
		}},
	{Name: "trino_add_months", Params: []string{"TIMESTAMP", "BIGINT"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) { return addUnits("month", args[1].(int64), args[0].(int64)) }},
	{Name: "trino_human_seconds", Params: []string{"DOUBLE"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return humanSeconds(args[0].(float64)) }},
	{Name: "trino_parse_duration", Params: []string{"VARCHAR"}, Result: "BIGINT",
		Call: func(args []any) (any, error) { return parseDuration(args[0].(string)) }},
	{Name: "trino_unixtime", Params: []string{"DOUBLE"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) { return fromUnixtime(args[0].(float64)) }},
}

// unitMicros are the units that are always as long; months, quarters and years are not.
var unitMicros = map[string]int64{"millisecond": 1000, "second": second, "minute": minute, "hour": hour, "day": day,
	"week": 7 * day, "month": 0, "quarter": 0, "year": 0}

// unitOf checks a unit for values of a kind.
func unitOf(name, kind string) (string, error) {
	unit := strings.ToLower(name)
	length, is := unitMicros[unit]
	isTime := length > 0 && length < day
	if !is || kind == "DATE" && isTime || kind == "Time" && !isTime {
		return "", Fail("INVALID_FUNCTION_ARGUMENT", "'%s' is not a valid %s field", unit, kind)
	}
	return unit, nil
}

func zonedUnit(name, zone string) (string, *Zone, error) {
	unit, err := unitOf(name, "Timestamp")
	if err != nil {
		return "", nil, err
	}
	z, err := zoneOf(zone)
	return unit, z, err
}

// changed gives the instant of a local time that was made from an instant's by a unit. Units of less than a day keep
// the offset.
func (z *Zone) changed(unit string, at, local int64) int64 {
	if length := unitMicros[unit]; length > 0 && length < day {
		return at + local - z.local(at)
	}
	return z.instant(local)
}

func truncate(unit string, at int64) int64 {
	days := floorDiv(at, day)
	year, month, _ := civil(days)
	switch unit {
	case "":
		return 0
	case "week":
		return (days - floorMod(days+3, 7)) * day
	case "month":
		days, _ = daysOf(year, int(month), 1)
		return days * day
	case "quarter":
		days, _ = daysOf(year, (int(month)-1)/3*3+1, 1)
		return days * day
	case "year":
		days, _ = daysOf(year, 1, 1)
		return days * day
	}
	return floorDiv(at, unitMicros[unit]) * unitMicros[unit]
}

// addUnits keeps the day of the month where the new one has it, else takes its last.
func addUnits(unit string, n, at int64) (int64, error) {
	if n != int64(int32(n)) {
		return 0, Fail("GENERIC_INTERNAL_ERROR", "integer overflow")
	}
	var sum int64
	if length := unitMicros[unit]; length > 0 {
		if n != 0 && math.Abs(float64(n)*float64(length)) > math.MaxInt64/2 {
			return 0, outOfTime(unit)
		}
		sum = at + n*length
	} else {
		months := n
		switch unit {
		case "quarter":
			months *= 3
		case "year":
			months *= 12
		}
		days := floorDiv(at, day)
		year, month, d := civil(days)
		to := int64(year)*12 + int64(month) - 1 + months
		year, newMonth := int(floorDiv(to, 12)), int(floorMod(to, 12))+1
		if year > 294246 || year < -290307 {
			return 0, outOfTime(unit)
		}
		days, ok := daysOf(year, newMonth, d)
		for !ok {
			d--
			days, ok = daysOf(year, newMonth, d)
		}
		sum = days*day + floorMod(at, day)
	}
	if days := floorDiv(sum, day); days > maxTimestamp || days < -maxTimestamp {
		return 0, outOfTime(unit)
	}
	return sum, nil
}

func outOfTime(unit string) error {
	return Fail("INVALID_FUNCTION_ARGUMENT", "Adding so many of %s leaves the range of timestamps", unit)
}

// toMillis cuts microseconds off, as date_diff does those of timestamps.
func toMillis(at int64) int64 { return floorDiv(at, 1000) * 1000 }

// difference counts the whole units from one time to another.
func difference(unit string, from, to int64) int64 {
	if to < from {
		return -difference(unit, to, from)
	}
	switch unit {
	case "":
		return 0
	case "month":
		return monthsBetween(from, to)
	case "quarter":
		return monthsBetween(from, to) / 3
	case "year":
		return yearsBetween(from, to)
	}
	return (to - from) / unitMicros[unit]
}

// monthsBetween takes the last day of a month for all days that it has not.
func monthsBetween(from, to int64) int64 {
	fromYear, fromMonth, fromDay := civil(floorDiv(from, day))
	toYear, toMonth, toDay := civil(floorDiv(to, day))
	if _, more := daysOf(toYear, int(toMonth), toDay+1); !more && fromDay > toDay {
		fromDay = toDay
	}
	months := int64(toYear-fromYear)*12 + int64(toMonth-fromMonth)
	if int64(toDay)*day+floorMod(to, day) < int64(fromDay)*day+floorMod(from, day) {
		months--
	}
	return months
}

// yearsBetween compares the days of the years as if both were leap years or both not.
func yearsBetween(from, to int64) int64 {
	const leapDay = 59 * day // 29 February
	fromYear, toYear := yearOf(from), yearOf(to)
	fromRest, toRest := from-startOf(fromYear), to-startOf(toYear)
	if fromRest >= leapDay {
		if isLeap(fromYear) {
			if !isLeap(toYear) {
				fromRest -= day
			}
		} else if toRest >= leapDay && isLeap(toYear) {
			toRest -= day
		}
	}
	years := int64(toYear - fromYear)
	if toRest < fromRest {
		years--
	}
	return years
}

func yearOf(at int64) int {
	year, _, _ := civil(floorDiv(at, day))
	return year
}

func startOf(year int) int64 {
	days, _ := daysOf(year, 1, 1)
	return days * day
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// humanSeconds writes seconds as 1 week, 2 days.
func humanSeconds(seconds float64) (any, error) {
	if math.IsNaN(seconds) || math.IsInf(seconds, 0) {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Invalid argument found: %s", javaFloat(seconds, 64))
	}
	rest := int64(math.MaxInt64)
	if abs := math.Floor(math.Abs(seconds) + 0.5); abs < math.MaxInt64 {
		rest = int64(abs)
	}
	var parts []string
	for _, unit := range []struct {
		name    string
		seconds int64
	}{{"week", 604800}, {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}} {
		n := rest / unit.seconds
		rest %= unit.seconds
		if n == 0 && (unit.name != "second" || parts != nil) {
			continue
		}
		part := strconv.FormatInt(n, 10) + " " + unit.name
		if n != 1 {
			part += "s"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", "), nil
}

var durationPattern = late(`^\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]+)\s*$`)

// durationUnits are in milliseconds.
var durationUnits = map[string]float64{"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1000, "m": 60_000, "h": 3600_000,
	"d": 86400_000}

// parseDuration gives a duration such as 1.5h in milliseconds.
func parseDuration(text string) (any, error) {
	m := durationPattern.FindStringSubmatch(text)
	if m == nil {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "duration is not a valid data duration string: %s", text)
	}
	unit, is := durationUnits[m[2]]
	if !is {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Unknown time unit: %s", m[2])
	}
	value, _ := strconv.ParseFloat(m[1], 64)
	millis := math.Floor(value*unit + 0.5)
	if millis >= math.MaxInt64 {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "value is too large: %s", text)
	}
	return int64(millis), nil
}

// fromUnixtime rounds seconds since 1970 to milliseconds; NaN is 1970.
func fromUnixtime(seconds float64) (any, error) {
	if math.IsNaN(seconds) {
		return int64(0), nil
	}
	millis := math.Floor(seconds*1000 + 0.5)
	if math.Abs(millis) > maxTimestamp*86400_000 {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Millis overflow: %s", javaFloat(millis, 64))
	}
	return int64(millis) * 1000, nil
}
