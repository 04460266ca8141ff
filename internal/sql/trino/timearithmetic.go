package trino

import "fmt"

// timeArithmetic is + - * / where one side is a date, a time, a timestamp or an interval.
func (a *analyser) timeArithmetic(at int, op string, left, right *node) *node {
	l, r := left.t, right.t
	var n *node
	switch {
	case op == "+" && isInterval(l) && isMoment(r):
		n = a.shifted(at, op, right, left)
	case (op == "+" || op == "-") && isMoment(l) && isInterval(r):
		n = a.shifted(at, op, left, right)
	case op == "-" && isMoment(l) && isMoment(r):
		n = a.elapsed(at, left, right)
	case (op == "+" || op == "-") && isInterval(l) && l.Kind == r.Kind:
		n = made(at, l, "($1 "+op+" $2)", left, right)
	case op == "*" && isInterval(l) && r.IsNumeric():
		n = a.scaled(at, op, left, right)
	case op == "*" && l.IsNumeric() && isInterval(r):
		n = a.scaled(at, op, right, left)
	case op == "/" && isInterval(l) && r.IsNumeric():
		n = a.scaled(at, op, left, right)
	}
	if n == nil {
		a.cannotApply(at, op, left, right)
	}
	return n
}

func isInterval(t *Type) bool { return t.Kind == YearMonth || t.Kind == DaySecond }

func isMoment(t *Type) bool { return Date <= t.Kind && t.Kind <= TimestampZoned }

// scaled multiplies or divides an interval. By an integer it is exact, by all else a double that is cut off.
func (a *analyser) scaled(at int, op string, interval, by *node) *node {
	if op == "*" && by.t.IsInteger() {
		return made(at, interval.t, "($1 * $2)", interval, a.coerce(by, tBigint))
	}
	template := "(CASE WHEN isnan($2) THEN " +
		raise("INVALID_FUNCTION_ARGUMENT", "'Cannot multiply by double NaN'") + " ELSE CAST(trunc($1 * $2) AS BIGINT) END)"
	if op == "/" {
		template = "(CASE WHEN isnan($2) OR $2 = 0 THEN " + raise("INVALID_FUNCTION_ARGUMENT",
			"'Cannot divide by double ' || trino_java_double($2)") + " ELSE CAST(trunc($1 / $2) AS BIGINT) END)"
	}
	return made(at, interval.t, template, interval, a.coerce(by, tDouble))
}

// shifted adds an interval to a date, time or timestamp, or takes it away.
func (a *analyser) shifted(at int, op string, n, interval *node) *node {
	t := n.t
	months := interval.t.Kind == YearMonth
	by := "$2"
	if op == "-" {
		by = "(- $2)"
	}
	switch t.Kind {
	case Date:
		if months {
			return made(at, t, "CAST(trino_add_months(CAST($1 AS TIMESTAMP), "+by+") AS DATE)", n, interval)
		}
		return made(at, t, "(CASE WHEN $2 % 86400000 <> 0 AND $1 IS NOT NULL THEN "+raise("INVALID_FUNCTION_ARGUMENT",
			"'Cannot "+map[string]string{"+": "add", "-": "subtract"}[op]+" hour, minutes or seconds "+
				map[string]string{"+": "to", "-": "from"}[op]+" a date'")+
			" ELSE $1 + CAST("+by+" // 86400000 AS INTEGER) END)", n, interval)
	case Time, TimeZoned:
		if months {
			return nil
		}
		moved := func(v string) string {
			return "CAST(" + ofDay(v) + " + to_microseconds(" + by + " % 86400000 * 1000) AS TIME)"
		}
		to := timeOf(t.Kind, max(3, t.Precision))
		if t.Kind == Time {
			return made(at, to, moved("$1"), n, interval)
		}
		return made(at, to, zonedPair(moved("struct_extract($1, 'u')"), "struct_extract($1, 'z')", "$1", "$2"), n, interval)
	}
	return a.shiftedStamp(at, by, n, interval)
}

// shiftedStamp adds an interval to a timestamp. Months are those of the timestamp's zone.
func (a *analyser) shiftedStamp(at int, by string, n, interval *node) *node {
	t, months := n.t, interval.t.Kind == YearMonth
	moved := func(v string) string {
		switch {
		case months:
			return withNanos("trino_add_months("+micros(v, t.Precision)+", "+by+")", v, t.Precision)
		case t.Precision > 6:
			return "make_timestamp_ns(epoch_ns(" + v + ") + " + by + " * 1000000)"
		}
		return "(" + v + " + to_microseconds(" + by + " * 1000))"
	}
	to := t
	if !months {
		to = timeOf(t.Kind, max(3, t.Precision))
	}
	if t.Kind == Timestamp {
		return made(at, to, moved("$1"), n, interval)
	}
	instant := utcOf(t, "$1")
	switch {
	case months:
		zone := "struct_extract($1, 'z')"
		local := "trino_local(" + micros(instant, t.Precision) + ", " + zone + ")"
		instant = withNanos("trino_instant(trino_add_months("+local+", "+by+"), "+zone+")", instant, t.Precision)
	default:
		instant = moved(instant)
	}
	return made(at, to, zonedPair(instant, "struct_extract($1, 'z')", "$1", "$2"), n, interval)
}

// elapsed is the difference of two dates, times or timestamps, in milliseconds.
func (a *analyser) elapsed(at int, left, right *node) *node {
	t := common(left.t, right.t)
	if t == nil {
		return nil
	}
	left, right = a.coerce(left, t), a.coerce(right, t)
	micros := func(v string) string {
		switch t.Kind {
		case Time:
			return "epoch_us(" + ofDay(v) + ")"
		case TimeZoned:
			return "epoch_us(" + ofDay(utcIn(v)) + ")"
		case TimestampZoned:
			return "epoch_us(" + instantSQL(t, v) + ")"
		}
		return "epoch_us(" + instantSQL(t, v) + ")"
	}
	if t.Kind == Date {
		return made(at, tDaySecond, "(CAST($1 - $2 AS BIGINT) * 86400000)", left, right)
	}
	difference := made(at, tBigint, fmt.Sprintf("(%s - %s)", micros("$1"), micros("$2")), left, right)
	if t.Precision <= 3 {
		return made(at, tDaySecond, "($1 // 1000)", difference)
	}
	return made(at, tDaySecond, "(($1 + 500 - (($1 + 500) % 1000 + 1000) % 1000) // 1000)", difference)
}
