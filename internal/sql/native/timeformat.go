package native

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// timeFormats has date_format, date_parse, format_datetime and parse_datetime.
var timeFormats = []Function{
	{Name: "trino_date_format", Params: []string{"TIMESTAMP", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			items, err := mysqlPatterns.of(args[1].(string), mysqlPattern)
			if err != nil {
				return nil, err
			}
			return formatTime(items, roundTo(args[0].(int64), 3), nil, 0)
		}},
	{Name: "trino_date_parse", Params: []string{"VARCHAR", "VARCHAR"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			items, err := mysqlPatterns.of(args[1].(string), mysqlPattern)
			if err != nil {
				return nil, err
			}
			at, _, err := parseTime(items, args[0].(string))
			return at, err
		}},
	{Name: "trino_format_datetime", Params: []string{"TIMESTAMP", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			items, err := jodaPatterns.of(args[1].(string), jodaPattern)
			if err != nil {
				return nil, err
			}
			return formatTime(items, roundTo(args[0].(int64), 3), nil, 0)
		}},
	{Name: "trino_format_datetime_zoned", Params: []string{"TIMESTAMP", "VARCHAR", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			items, err := jodaPatterns.of(args[2].(string), jodaPattern)
			if err != nil {
				return nil, err
			}
			zone, err := zoneOf(args[1].(string))
			if err != nil {
				return nil, err
			}
			at := roundTo(args[0].(int64), 3)
			return formatTime(items, zone.local(at), zone, at)
		}},
	{Name: "trino_parse_datetime", Params: []string{"VARCHAR", "VARCHAR"}, Result: "TIMESTAMP",
		Call: func(args []any) (any, error) {
			at, _, err := parseDatetime(args[0].(string), args[1].(string))
			return at, err
		}},
	{Name: "trino_parse_datetime_zone", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			_, zone, err := parseDatetime(args[0].(string), args[1].(string))
			if err != nil {
				return nil, err
			}
			return zone.Name, nil
		}},
}

func nowMicros() int64 { return time.Now().UnixMicro() }

func parseDatetime(text, pattern string) (int64, *Zone, error) {
	items, err := jodaPatterns.of(pattern, jodaPattern)
	if err != nil {
		return 0, nil, err
	}
	local, zone, err := parseTime(items, text)
	if err != nil {
		return 0, nil, err
	}
	if zone == nil {
		zone = utc
	}
	return zone.instant(local), zone, nil
}

// formatTime writes a local time, to the millisecond; zone is nil where it has none.
func formatTime(items []timeItem, local int64, zone *Zone, instant int64) (any, error) {
	var b strings.Builder
	days := floorDiv(local, day)
	date := time.Unix(days*86400, 0).UTC()
	clock := floorMod(local, day)
	for _, item := range items {
		switch item.field {
		case 0:
			b.WriteString(item.text)
		case 'N':
			b.WriteString(named(date.Month().String(), item.full))
		case 'E':
			b.WriteString(named(date.Weekday().String(), item.full))
		case 'T':
			b.WriteString([]string{"AM", "PM"}[clock/(12*hour)])
		case 'G':
			b.WriteString(eraOf(date.Year()))
		case 'S':
			fraction := fmt.Sprintf("%03d", clock%second/1000) + strings.Repeat("0", max(0, item.least-3))
			b.WriteString(fraction[:item.least])
		case 'z', 'Z':
			if zone == nil {
				return nil, Fail(invalidArgument, "format_datetime for TIMESTAMP type, must not use 'Z' nor 'z' in format, "+
					"as this type does not contain timezone information")
			}
			if err := zone.write(&b, item, instant); err != nil {
				return nil, err
			}
		default:
			writeNumber(&b, fieldOf(item, date, clock), item.least)
		}
	}
	return b.String(), nil
}

// named is an English name, or its first three letters.
func named(name string, full bool) string {
	if full {
		return name
	}
	return name[:3]
}

func eraOf(year int) string {
	if year < 1 {
		return "BC"
	}
	return "AD"
}

func writeNumber(b *strings.Builder, n, least int) {
	if n < 0 {
		b.WriteByte('-')
		n = -n
	}
	digits := strconv.Itoa(n)
	b.WriteString(strings.Repeat("0", max(0, least-len(digits))) + digits)
}

// fieldOf is the value of a field of digits.
func fieldOf(item timeItem, date time.Time, clock int64) int {
	weekYear, week := date.ISOWeek()
	year := date.Year()
	hours := int(clock / hour)
	switch item.field {
	case 'y', 'Y', 'x':
		if item.field == 'x' {
			year = weekYear
		}
		if item.field == 'Y' && year < 1 {
			year = 1 - year
		}
		if item.pivot != 0 {
			return max(year, -year) % 100
		}
		return year
	case 'C':
		return year / 100
	case 'M':
		return int(date.Month())
	case 'w':
		return week
	case 'e':
		return (int(date.Weekday())+6)%7 + 1
	case 'D':
		return date.YearDay()
	case 'd':
		return date.Day()
	case 'H':
		return hours
	case 'k':
		return (hours+23)%24 + 1
	case 'K':
		return hours % 12
	case 'h':
		return (hours+11)%12 + 1
	case 'm':
		return int(clock / minute % 60)
	}
	return int(clock / second % 60)
}

// write writes a zone: Z as +0100, ZZ as +01:00, ZZZ as its name, z as its abbreviation.
func (z *Zone) write(b *strings.Builder, item timeItem, instant int64) error {
	offset := OffsetText(int(z.offsetAt(floorDiv(instant, second)) / 60))
	switch {
	case item.field == 'z' && item.least >= 4:
		return Fail("NOT_SUPPORTED", "Long names of time zones are not supported")
	case item.field == 'z':
		name, err := z.shortName(instant)
		if err != nil {
			return err
		}
		b.WriteString(name)
	case item.least == 1:
		b.WriteString(strings.Replace(offset, ":", "", 1))
	case item.least == 2:
		b.WriteString(offset)
	default:
		b.WriteString(z.Name)
	}
	return nil
}

// A timeReader has what was read of a text.
type timeReader struct {
	text string
	at   int
	// values are those of fields of digits, of N, E and T, by their letters.
	values map[byte]int
	zone   *Zone
}

// parseTime reads a text by a pattern; zone is nil if the text has none.
func parseTime(items []timeItem, text string) (local int64, zone *Zone, err error) {
	r := &timeReader{text: text, values: map[byte]int{}}
	for _, item := range items {
		at := r.at
		if !r.read(item) {
			r.at = at
			return 0, nil, r.malformed()
		}
	}
	if r.at < len(text) {
		return 0, nil, r.malformed()
	}
	local, err = r.local()
	return local, r.zone, err
}

// malformed is what Joda says of a text that it cannot read on.
func (r *timeReader) malformed() error {
	switch {
	case r.at >= len(r.text):
		return Fail(invalidArgument, `Invalid format: "%s" is too short`, r.text)
	case r.at == 0:
		return Fail(invalidArgument, `Invalid format: "%s"`, r.text)
	}
	return Fail(invalidArgument, `Invalid format: "%s" is malformed at "%s"`, r.text, r.text[r.at:])
}

func (r *timeReader) read(item timeItem) bool {
	switch item.field {
	case 0:
		if len(r.text)-r.at < len(item.text) || !strings.EqualFold(r.text[r.at:r.at+len(item.text)], item.text) {
			return false
		}
		r.at += len(item.text)
		return true
	case 'N':
		return r.name('N', 12, func(i int) string { return time.Month(i + 1).String() })
	case 'E':
		return r.name('E', 7, func(i int) string { return time.Weekday((i + 1) % 7).String() })
	case 'T':
		return r.name('T', 2, func(i int) string { return []string{"AM", "PM"}[i] })
	case 'G':
		return r.name('G', 2, func(i int) string { return []string{"BC", "AD"}[i] })
	case 'S':
		return r.fraction(item.most)
	case 'z':
		return false
	case 'Z':
		return r.readZone(item)
	}
	return r.number(item)
}

// name reads one of n names, whole or its first three letters, as it is, in lower or in upper case.
func (r *timeReader) name(field byte, n int, of func(int) string) bool {
	best := 0
	for i := range n {
		for _, name := range []string{of(i), of(i)[:min(3, len(of(i)))]} {
			for _, form := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
				if len(form) > best && strings.HasPrefix(r.text[r.at:], form) {
					best, r.values[field] = len(form), i+1
				}
			}
		}
	}
	r.at += best
	return best > 0
}

// digits reads up to so many digits.
func (r *timeReader) digits(most int) string {
	first := r.at
	for r.at < len(r.text) && r.at-first < most && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
	}
	return r.text[first:r.at]
}

func (r *timeReader) fraction(most int) bool {
	digits := r.digits(most)
	if digits == "" {
		return false
	}
	r.values['S'], _ = strconv.Atoi((digits + "000")[:3])
	return true
}

func (r *timeReader) number(item timeItem) bool {
	sign, first := 1, r.at
	isYear := item.field == 'y' || item.field == 'x'
	if isYear && !item.strict && r.at+1 < len(r.text) && strings.IndexByte("+-", r.text[r.at]) >= 0 {
		if r.text[r.at] == '-' {
			sign = -1
		}
		r.at++
	}
	most := item.most
	if item.pivot != 0 && !item.strict {
		most = 9
	}
	digits := r.digits(most)
	if digits == "" || item.strict && len(digits) != 2 {
		return false
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return false
	}
	if item.pivot != 0 && len(digits) == 2 && r.at-first == 2 {
		low := item.pivot - 50
		n += low - low%100
		if n < low {
			n += 100
		}
	}
	r.values[item.field] = sign * n
	return true
}

// readZone reads an offset, with or without colon, Z, or with ZZZ a name.
func (r *timeReader) readZone(item timeItem) bool {
	rest := r.text[r.at:]
	if item.least >= 3 {
		for n := len(rest); n > 0; n-- {
			if zone := FindZone(rest[:n]); zone != nil {
				r.zone, r.at = zone, r.at+n
				return true
			}
		}
		return false
	}
	if strings.HasPrefix(rest, "Z") {
		r.zone, r.at = utc, r.at+1
		return true
	}
	for _, n := range []int{6, 5, 3} {
		if len(rest) >= n && strings.IndexByte("+-", rest[0]) >= 0 {
			if zone := FindZone(rest[:n]); zone != nil && (n == 6) == strings.Contains(rest[:n], ":") {
				r.zone, r.at = zone, r.at+n
				return true
			}
		}
	}
	return false
}

// ranges are those of the fields that are checked as they stand.
var ranges = map[byte][3]any{
	'M': {"monthOfYear", 1, 12}, 'd': {"dayOfMonth", 1, 31}, 'D': {"dayOfYear", 1, 366}, 'e': {"dayOfWeek", 1, 7},
	'w': {"weekOfWeekyear", 1, 53}, 'H': {"hourOfDay", 0, 23}, 'k': {"clockhourOfDay", 1, 24},
	'K': {"hourOfHalfday", 0, 11}, 'h': {"clockhourOfHalfday", 1, 12}, 'm': {"minuteOfHour", 0, 59},
	's': {"secondOfMinute", 0, 59},
}

// local puts the fields together, to a local time.
func (r *timeReader) local() (int64, error) {
	for field, limit := range ranges {
		if n, has := r.values[field]; has && (n < limit[1].(int) || n > limit[2].(int)) {
			return 0, r.outside(limit[0].(string), n, limit[1].(int), limit[2].(int))
		}
	}
	days, err := r.days()
	if err != nil {
		return 0, err
	}
	if days > maxTimestamp || days < -maxTimestamp {
		return 0, r.malformed()
	}
	v := r.values
	hours := v['H']
	if n, has := v['k']; has {
		hours = n % 24
	}
	if n, has := v['h']; has {
		hours = n % 12
	}
	if n, has := v['K']; has {
		hours = n
	}
	if v['T'] == 2 && hours < 12 {
		hours += 12
	} else if v['T'] == 1 && hours >= 12 {
		hours -= 12
	}
	return days*day + int64(hours)*hour + int64(v['m'])*minute + int64(v['s'])*second + int64(v['S'])*1000, nil
}

func (r *timeReader) outside(field string, n, least, most int) error {
	return Fail(invalidArgument, `Cannot parse "%s": Value %d for %s must be in the range [%d,%d]`, r.text, n, field, least,
		most)
}

// days is the date: the year is 1970 where no day or month is read, 2000 where no year is.
func (r *timeReader) days() (int64, error) {
	v := r.values
	year, hasYear := v['y']
	if n, has := v['Y']; has {
		year, hasYear = n, true
		if v['G'] == 1 {
			year = 1 - n
		}
	}
	_, hasMonth := v['M']
	_, hasName := v['N']
	_, hasDay := v['d']
	_, hasDayOfYear := v['D']
	if weekDays, has, err := r.weekDays(); has || err != nil {
		return weekDays, err
	}
	if !hasYear {
		year = 1970
		if hasMonth || hasName || hasDay || hasDayOfYear {
			year = 2000
		}
	}
	if year > math.MaxInt32/10000 || year < -math.MaxInt32/10000 {
		return 0, r.malformed()
	}
	if hasDayOfYear {
		days, _ := daysOf(year, 1, 1)
		if most := 365; v['D'] > most && !isLeap(year) {
			return 0, r.outside("dayOfYear", v['D'], 1, most)
		}
		return days + int64(v['D']) - 1, nil
	}
	month, dayOfMonth := max(1, v['M'], v['N']), max(1, v['d'])
	days, ok := daysOf(year, month, dayOfMonth)
	if !ok {
		return 0, Fail(invalidArgument, "Invalid date '%s %d'", strings.ToUpper(time.Month(month).String()), dayOfMonth)
	}
	if n, has := v['E']; has {
		days += int64(n) - 1 - floorMod(days+3, 7)
	}
	return days, nil
}

// weekDays is the date of a week's day, if a week or its year is read.
func (r *timeReader) weekDays() (days int64, has bool, err error) {
	v := r.values
	year, hasYear := v['x']
	week, hasWeek := v['w']
	weekday, hasDay := v['e']
	if !hasYear && !hasWeek && !hasDay {
		return 0, false, nil
	}
	if !hasYear {
		if year = 2000; v['y'] != 0 {
			year = v['y']
		}
	}
	if year > math.MaxInt32/10000 || year < -math.MaxInt32/10000 {
		return 0, true, r.malformed()
	}
	if !hasDay {
		if weekday = 1; v['E'] != 0 {
			weekday = v['E']
		}
	}
	fourth, _ := daysOf(year, 1, 4) // is in the first week
	days = fourth - floorMod(fourth+3, 7) + int64(max(1, week)-1)*7 + int64(weekday) - 1
	if isoYear, _ := time.Unix(days*86400, 0).UTC().ISOWeek(); isoYear != year {
		return 0, true, r.outside("weekOfWeekyear", week, 1, 52)
	}
	return days, true, nil
}
