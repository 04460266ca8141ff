package trino

import (
	"fmt"
	"time"
)

// nanos is what names of native functions have in them for timestamps of more than 6 digits.
func nanos(digits int) string {
	if digits > 6 {
		return "_ns"
	}
	return ""
}

func utcIn(v string) string  { return "struct_extract(" + v + ", 'u')" }
func zoneIn(v string) string { return "struct_extract(" + v + ", 'z')" }

// utcOf is the instant of a timestamp with zone, in its type: that of a written NULL's DuckDB does not know.
func utcOf(t *Type, v string) string {
	return "CAST(" + utcIn(v) + " AS " + timeOf(Timestamp, t.Precision).duck() + ")"
}

// micros is a timestamp of a number of digits without those after the sixth. DuckDB's cast would cut towards 1970.
func micros(v string, digits int) string {
	if digits > 6 {
		return "trino_micros(" + v + ")"
	}
	return v
}

// withNanos is an instant computed to the microsecond, with the digits after that of the timestamp it was computed
// from.
func withNanos(instant, of string, digits int) string {
	if digits <= 6 {
		return instant
	}
	return "make_timestamp_ns(epoch_ns(CAST(" + instant + " AS TIMESTAMP_NS)) + (epoch_ns(" + of +
		") % 1000 + 1000) % 1000)"
}

// instantSQL is the instant, or what is shown, of a timestamp with or without zone, to the microsecond.
func instantSQL(t *Type, v string) string {
	if t.Kind == TimestampZoned {
		v = utcOf(t, v)
	}
	return micros(v, t.Precision)
}

// localStamp is the timestamp that a timestamp with zone shows.
func localStamp(v string, digits int) string {
	return "trino_local" + nanos(digits) + "(" + utcIn(v) + ", " + zoneIn(v) + ")"
}

// localTime is the time that a time with zone shows.
func localTime(v string) string { return "trino_time_local(" + utcIn(v) + ", " + zoneIn(v) + ")" }

// zoned puts a time in UTC and a zone together; NULL where v is.
func zonedSQL(v, at, zone string) string {
	return "CASE WHEN " + v + " IS NOT NULL THEN struct_pack(u := " + at + ", z := " + zone + ") END"
}

// toTime casts to dates, times and timestamps.
func (a *analyser) toTime(from, to *Type, v string) string {
	switch to.Kind {
	case Date:
		return toDate(from, v)
	case Time:
		return toClock(from, to.Precision, v)
	case TimeZoned:
		return toZonedClock(from, to.Precision, v)
	case Timestamp:
		return a.toStamp(from, to.Precision, v)
	}
	switch from.Kind {
	case Varchar:
		return zonedSQL(v, fmt.Sprintf("trino_text_instant%s(%s, %d)", nanos(to.Precision), v, to.Precision),
			"trino_text_zone("+v+")")
	case Date, Timestamp, Time:
		return zonedSQL(v, a.toStamp(from, to.Precision, v), "'UTC'")
	case TimestampZoned:
		return zonedSQL(v, rounded(utcIn(v), from.Precision, to.Precision), zoneIn(v))
	}
	return ""
}

func toDate(from *Type, v string) string {
	switch from.Kind {
	case Varchar:
		return "trino_text_date(" + v + ")"
	case Timestamp:
		return "CAST(" + micros(v, from.Precision) + " AS DATE)"
	case TimestampZoned:
		return "CAST(" + micros(localStamp(v, from.Precision), from.Precision) + " AS DATE)"
	}
	return ""
}

// toClock casts to time; what is rounded up to 24 hours is midnight.
func toClock(from *Type, digits int, v string) string {
	switch from.Kind {
	case Varchar:
		return fmt.Sprintf("trino_text_time(%s, %d)", v, digits)
	case TimeZoned:
		v = localTime(v)
	case TimestampZoned:
		v = "CAST(" + micros(localStamp(v, from.Precision), from.Precision) + " AS TIME)"
	case Timestamp:
		v = "CAST(" + micros(v, from.Precision) + " AS TIME)"
	case Time:
	default:
		return ""
	}
	if digits < from.Precision {
		return fmt.Sprintf("trino_time_round(%s, %d)", v, digits)
	}
	return v
}

func toZonedClock(from *Type, digits int, v string) string {
	switch from.Kind {
	case Varchar:
		return zonedSQL(v, fmt.Sprintf("trino_text_time_utc(%s, %d)", v, digits), "trino_text_time_zone("+v+")")
	case TimeZoned:
		at := utcIn(v)
		if digits < from.Precision {
			at = fmt.Sprintf("trino_time_round(%s, %d)", at, digits)
		}
		return zonedSQL(v, at, zoneIn(v))
	case TimestampZoned:
		at := toClock(timeOf(Timestamp, from.Precision), digits, utcIn(v))
		return zonedSQL(v, at, "trino_offset_at("+instantSQL(from, v)+", "+zoneIn(v)+")")
	case Time, Timestamp:
		return zonedSQL(v, toClock(from, digits, v), "'+00:00'")
	}
	return ""
}

// toStamp casts to timestamp. A time is one of the statement's day.
func (a *analyser) toStamp(from *Type, digits int, v string) string {
	switch from.Kind {
	case Varchar:
		return fmt.Sprintf("trino_text_timestamp%s(%s, %d)", nanos(digits), v, digits)
	case Date:
		return rounded("CAST("+v+" AS TIMESTAMP)", 0, digits)
	case Timestamp:
		return rounded(v, from.Precision, digits)
	case TimestampZoned:
		return rounded(localStamp(v, from.Precision), from.Precision, digits)
	case Time:
		return rounded("(DATE '"+a.session.Now.UTC().Format(time.DateOnly)+"' + "+v+")", from.Precision, digits)
	}
	return ""
}

// rounded writes a timestamp of a number of digits with another number.
func rounded(v string, from, to int) string {
	if to < from {
		v = fmt.Sprintf("trino_timestamp%s_round(%s, %d)", nanos(from), v, to)
	}
	switch {
	case from > 6 && to <= 6:
		return "CAST(" + v + " AS TIMESTAMP)"
	case from <= 6 && to > 6:
		return "CAST(" + v + " AS TIMESTAMP_NS)"
	}
	return v
}
