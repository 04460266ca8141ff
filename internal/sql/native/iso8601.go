package native

import (
	"strconv"
	"strings"
)

// isoTimes has from_iso8601_date, from_iso8601_timestamp and from_iso8601_timestamp_nanos.
var isoTimes = []Function{
	{Name: "trino_iso_date", Params: []string{"VARCHAR"}, Result: "DATE",
		Call: func(args []any) (any, error) {
			text := args[0].(string)
			days, rest, err := isoDate(text)
			if err == nil && rest != "" {
				err = malformedAt(text, rest)
			}
			return int32(days), err
		}},
	{Name: "trino_iso_timestamp", Params: []string{"VARCHAR"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			at, _, err := isoTimestamp(args[0].(string))
			return at, err
		}},
	{Name: "trino_iso_zone", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			_, zone, err := isoTimestamp(args[0].(string))
			if err != nil {
				return nil, err
			}
			return zone.Name, nil
		}},
	{Name: "trino_iso_nanos", Params: []string{"VARCHAR"}, Result: "TIMESTAMP_NS",
		Call: func(args []any) (any, error) {
			at, _, err := isoNanos(args[0].(string))
			return at, err
		}},
	{Name: "trino_iso_nanos_zone", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			_, zone, err := isoNanos(args[0].(string))
			if err != nil {
				return nil, err
			}
			return zone.Name, nil
		}},
}

var isoDates = []lateRegexp{
	late(`^([+-]?[0-9]{1,9})-W([0-9]{1,2})(?:-([0-9]))?`),
	late(`^([+-]?[0-9]{1,9})-([0-9]{3})(?:[^0-9]|$)`),
	late(`^([+-]?[0-9]{1,9})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?`),
}

// malformedAt is what Joda says of a text whose rest it cannot read.
func malformedAt(text, rest string) error {
	r := &timeReader{text: text, at: len(text) - len(rest)}
	return r.malformed()
}

// isoDate reads yyyy-MM-dd, with month and day optional, yyyy-DDD or xxxx-Www-e, at the beginning of a text.
func isoDate(text string) (days int64, rest string, err error) {
	r := &timeReader{text: text, values: map[byte]int{}}
	fields := [][3]byte{{'x', 'w', 'e'}, {'y', 'D', 0}, {'y', 'M', 'd'}}
	for i, pattern := range isoDates {
		m := pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		end := 0
		for j, group := range m[1:] {
			if group == "" {
				continue
			}
			r.values[fields[i][j]], _ = strconv.Atoi(group)
			end = pattern.FindStringSubmatchIndex(text)[2*j+3]
		}
		at, err := r.local()
		return floorDiv(at, day), text[end:], err
	}
	return 0, text, malformedAt(text, text)
}

var isoClock = late(`^([0-9]{1,2})(?:[.,]([0-9]{1,9})|:([0-9]{1,2})(?:[.,]([0-9]{1,9})|` +
	`:([0-9]{1,2})(?:[.,]([0-9]{1,9}))?)?)?`)

var isoOffset = late(`^(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)$`)

// isoTimestamp reads a date, T and a time with an offset, most of which may be left out; what is left out of it is
// zero, and UTC.
func isoTimestamp(text string) (instant int64, zone *Zone, err error) {
	var days int64
	rest := text
	if !strings.HasPrefix(text, "T") {
		if days, rest, err = isoDate(text); err != nil {
			return 0, nil, err
		}
	}
	if rest == "" {
		return days * day, utc, nil
	}
	clockText, is := strings.CutPrefix(rest, "T")
	if !is {
		return 0, nil, malformedAt(text, rest)
	}
	local := days * day
	if m := isoClock.FindStringSubmatch(clockText); m != nil {
		h, _ := strconv.ParseInt(m[1], 10, 64)
		minutes, _ := strconv.ParseInt("0"+m[3], 10, 64)
		seconds, _ := strconv.ParseInt("0"+m[5], 10, 64)
		if h > 23 || minutes > 59 || seconds > 59 {
			return 0, nil, Fail(invalidArgument, `Cannot parse "%s": a field of the time is out of range`, text)
		}
		local += h*hour + minutes*minute + seconds*second
		for unit, digits := range map[int64]string{hour: m[2], minute: m[4], second: m[6]} {
			if f, err := strconv.ParseFloat("0."+digits, 64); digits != "" && err == nil {
				local += int64(f*float64(unit)/1000+1e-6) * 1000
			}
		}
		clockText = clockText[len(m[0]):]
	}
	zone = utc
	if clockText != "" {
		if !isoOffset.MatchString(clockText) {
			return 0, nil, malformedAt(text, clockText)
		}
		if zone = FindZone(clockText); zone == nil {
			return 0, nil, malformedAt(text, clockText)
		}
	}
	return zone.instant(local), zone, nil
}

var isoNano = late(`^([+-]?[0-9]{4,9}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})` +
	`(?:\.([0-9]{0,9}))?)?(Z|[+-][0-9]{2}(?::[0-9]{2})?)?(?:\[([^\]]+)\])?$`)

// isoNanos reads a whole date and time, to the nanosecond.
func isoNanos(text string) (int64, *Zone, error) {
	wrong := Fail(invalidArgument, "Text '%s' could not be parsed at index 0", text)
	m := isoNano.FindStringSubmatch(text)
	if m == nil {
		return 0, nil, wrong
	}
	days, ok := ParseDate(m[1])
	nano, okTime := clock(m[2], m[3], m[4], m[5], 9)
	zone := utc
	if m[6] != "" {
		zone = FindZone(m[6])
	}
	if m[7] != "" {
		zone = FindZone(m[7])
	}
	if !ok || !okTime || zone == nil {
		return 0, nil, wrong
	}
	local := Moment{days, nano}
	instant := zone.instant(local.Micros())
	if m[6] != "" { // the offset decides, even where a region is named
		instant = FindZone(m[6]).instant(local.Micros())
	}
	nanos, err := Moment{floorDiv(instant, day), floorMod(instant, day)*1000 + nano%1000}.Nanos()
	if err != nil {
		return 0, nil, Fail("NOT_SUPPORTED", "%s", err.(*Error).Message)
	}
	return nanos, zone, nil
}
