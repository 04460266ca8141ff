package trino

import (
	"fmt"
	"strconv"
)

// toVarchar casts to varchar or varchar(n). A text that is longer than n is cut, all else that is longer is an error.
func (a *analyser) toVarchar(from, to *Type, v string) string {
	if from.Kind == Varchar || from.Kind == Char {
		if to.Precision < from.Precision {
			return fmt.Sprintf("left(%s, %d)", v, to.Precision)
		}
		return v
	}
	if to.Precision < Unbounded && (from.Kind == UUID || from.Kind == IPAddress) {
		return "" // Trino casts them to varchar without a length only
	}
	text := textSQL(from, v)
	if text == "" || longest(from) <= to.Precision {
		return text
	}
	return a.let(text, func(name string) string {
		failed, message := invalidCast, "'Value ' || "+name+" || ' cannot be represented as varchar("+
			strconv.Itoa(to.Precision)+")'"
		switch from.Kind {
		case Real, DoubleKind:
			message = "'Value ' || trino_java_" + kindNames[from.Kind] + "(" + v + ") || ' (' || " + name +
				" || ') cannot be represented as varchar(" + strconv.Itoa(to.Precision) + ")'"
		case Time, TimeZoned, Timestamp, TimestampZoned, YearMonth, DaySecond, JSON:
			failed, message = "GENERIC_INTERNAL_ERROR", "'Character count exceeds length limit "+strconv.Itoa(to.Precision)+
				": ' || "+name
		}
		return fmt.Sprintf("CASE WHEN length(%s) > %d THEN %s ELSE %[1]s END", name, to.Precision,
			raiseAs(tVarchar, failed, message))
	})
}

// longest is the length of the longest text of a type, or Unbounded.
func longest(t *Type) int {
	switch t.Kind {
	case BooleanKind:
		return 5
	case Tinyint, Smallint, IntegerKind, Bigint:
		return decimalDigits[t.Kind] + 1
	case Real:
		return 14
	case DoubleKind:
		return 24
	case DecimalKind:
		return t.Precision + 3
	case UUID:
		return 36
	}
	return Unbounded
}

// textSQL writes a value that is no text as its text, or gives an empty one where Trino has none.
func textSQL(t *Type, v string) string {
	switch t.Kind {
	case BooleanKind, Tinyint, Smallint, IntegerKind, Bigint, UUID:
		return "CAST(" + v + " AS VARCHAR)"
	case DecimalKind:
		return decimalText(t, v)
	case Real, DoubleKind:
		return "trino_" + kindNames[t.Kind] + "_text(" + v + ")"
	case IPAddress:
		return v
	case Date:
		return "CASE WHEN " + v + " BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN CAST(" + v +
			" AS VARCHAR) ELSE trino_date_text(" + v + ") END"
	case Time:
		return fmt.Sprintf("trino_time_text(%s, %d)", v, t.Precision)
	case TimeZoned:
		return fmt.Sprintf("(trino_time_text(%s, %d) || %s)", localTime(v), t.Precision, zoneIn(v))
	case Timestamp:
		return stampText(v, t.Precision)
	case TimestampZoned:
		return "(" + stampText(localStamp(v, t.Precision), t.Precision) + " || ' ' || " + zoneIn(v) + ")"
	case YearMonth:
		return "trino_months_text(" + v + ")"
	case DaySecond:
		return "trino_interval_text(" + v + ")"
	}
	return ""
}

func stampText(v string, digits int) string {
	return fmt.Sprintf("trino_timestamp%s_text(%s, %d)", nanos(digits), v, digits)
}

// toChar casts to char(n). Values of char(n) are kept with blanks up to n characters, so that equal ones are the same.
func toChar(from, to *Type, v string) string {
	switch {
	case from.Kind == Char && from.Precision >= to.Precision:
		return fmt.Sprintf("left(%s, %d)", v, to.Precision)
	case from.Kind == Char, from.Kind == Varchar:
		return fmt.Sprintf("rpad(%s, %d, ' ')", v, to.Precision)
	}
	return ""
}

// toBytes casts to varbinary, uuid and ipaddress.
func toBytes(from, to *Type, v string) string {
	switch {
	case from.Kind == Varchar && to.Kind == Varbinary:
		return "encode(" + v + ")"
	case from.Kind == Varchar && to.Kind == UUID:
		return "CAST(trino_text_uuid(" + v + ") AS UUID)"
	case from.Kind == Varchar && to.Kind == IPAddress:
		return "trino_text_ip(" + v + ")"
	case from.Kind == Varbinary && to.Kind == UUID:
		return "CAST(trino_bytes_uuid(" + v + ") AS UUID)"
	case from.Kind == Varbinary && to.Kind == IPAddress:
		return "trino_bytes_ip(" + v + ")"
	case from.Kind == UUID && to.Kind == Varbinary:
		return "from_hex(replace(CAST(" + v + " AS VARCHAR), '-', ''))"
	case from.Kind == IPAddress && to.Kind == Varbinary:
		return "trino_ip_bytes(" + v + ")"
	}
	return ""
}

// decimalText has a digit before the point, which DuckDB leaves out where all digits are behind it.
func decimalText(t *Type, v string) string {
	switch {
	case t.Scale < t.Precision:
		return "CAST(" + v + " AS VARCHAR)"
	case t.Precision < 38:
		return fmt.Sprintf("CAST(CAST(%s AS DECIMAL(%d, %d)) AS VARCHAR)", v, t.Precision+1, t.Scale)
	}
	return "regexp_replace(CAST(" + v + ` AS VARCHAR), '^(-?)\.', '\10.')`
}
