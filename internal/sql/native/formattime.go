package native

import (
	"fmt"
	"strings"
	"time"
)

// when is the instant of an argument, in its zone, which is nil without one.
func (a *formatArgument) when() (time.Time, *Zone, error) {
	layout, text := time.DateTime, a.text
	switch a.class {
	case "java.time.LocalDate":
		layout = time.DateOnly
	case "java.time.LocalTime":
		layout = time.TimeOnly
	}
	if a.class != "java.time.ZonedDateTime" {
		t, err := time.Parse(layout, text)
		return t, nil, yearError(err, text)
	}
	cut := strings.LastIndexByte(text, ' ')
	t, err := time.Parse(layout, text[:cut])
	if err != nil {
		return t, nil, yearError(err, text)
	}
	zone, err := zoneOf(text[cut+1:])
	if err != nil {
		return t, nil, err
	}
	return t.In(zone.location), zone, nil
}

func yearError(err error, text string) error {
	if err == nil {
		return nil
	}
	return Fail("NOT_SUPPORTED", "Formatting the time %s is not supported", text)
}

// timeString is toString of Java's classes of times, which leave out seconds and fractions that are zero.
func (a *formatArgument) timeString() (string, error) {
	t, zone, err := a.when()
	if err != nil {
		return "", err
	}
	clock := t.Format("15:04")
	if t.Second() != 0 || t.Nanosecond() != 0 {
		clock += t.Format(":05")
	}
	switch n := t.Nanosecond(); {
	case n == 0:
	case n%1_000_000 == 0:
		clock += fmt.Sprintf(".%03d", n/1_000_000)
	case n%1000 == 0:
		clock += fmt.Sprintf(".%06d", n/1000)
	default:
		clock += fmt.Sprintf(".%09d", n)
	}
	date := t.Format(time.DateOnly)
	switch a.class {
	case "java.time.LocalDate":
		return date, nil
	case "java.time.LocalTime":
		return clock, nil
	case "java.time.LocalDateTime":
		return date + "T" + clock, nil
	}
	text := date + "T" + clock + t.Format("Z07:00")
	if zone.Name[0] != '+' && zone.Name[0] != '-' {
		text += "[" + zone.Name + "]"
	}
	return text, nil
}

// dateLayouts and clockLayouts are Go's layouts of the suffixes that are plain fields of dates and of times.
var (
	dateLayouts = map[byte]string{'B': "January", 'b': "Jan", 'h': "Jan", 'A': "Monday", 'a': "Mon", 'Y': "2006",
		'y': "06", 'j': "002", 'm': "01", 'd': "02", 'e': "2", 'D': "01/02/06", 'F': "2006-01-02"}
	clockLayouts = map[byte]string{'H': "15", 'I': "03", 'l': "3", 'M': "04", 'S': "05", 'R': "15:04", 'T': "15:04:05",
		'r': "03:04:05 PM"}
)

// time writes an argument by %t and a suffix.
func (f *formatter) time(s *specifier, arg *formatArgument) (string, error) {
	t, zone, err := arg.when()
	if err != nil {
		return "", err
	}
	hasDate, hasClock := arg.class != "java.time.LocalTime", arg.class != "java.time.LocalDate"
	lacks := func() (string, error) {
		return "", Fail("GENERIC_INTERNAL_ERROR", "Unsupported field of %s: %%t%c", arg.class, s.suffix)
	}
	if layout := dateLayouts[s.suffix]; layout != "" {
		if !hasDate {
			return lacks()
		}
		return t.Format(layout), nil
	}
	if layout := clockLayouts[s.suffix]; layout != "" {
		if !hasClock {
			return lacks()
		}
		return t.Format(layout), nil
	}
	switch s.suffix {
	case 'k', 'L', 'N', 'p':
		if !hasClock {
			return lacks()
		}
		return map[byte]string{'k': fmt.Sprint(t.Hour()), 'L': fmt.Sprintf("%03d", t.Nanosecond()/1_000_000),
			'N': fmt.Sprintf("%09d", t.Nanosecond()), 'p': strings.ToLower(t.Format("PM"))}[s.suffix], nil
	case 'C':
		if !hasDate {
			return lacks()
		}
		return fmt.Sprintf("%02d", t.Year()/100), nil
	case 'z', 's', 'Q':
		if zone == nil {
			return lacks()
		}
		return map[byte]string{'z': t.Format("-0700"), 's': fmt.Sprint(t.Unix()), 'Q': fmt.Sprint(t.UnixMilli())}[s.suffix],
			nil
	case 'Z', 'c':
		if zone == nil {
			return lacks()
		}
		return "", Fail("NOT_SUPPORTED", "Formatting the name of a time zone is not supported")
	}
	return "", f.bad("UnknownFormatConversion", "Conversion = 't%c'", s.suffix)
}
