package trino

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/varlake/varlake/internal/sql/native"
)

// typedLiteral analyses DATE '2020-01-01' and the like.
func (a *analyser) typedLiteral(x *TypedLiteral) *node {
	at, name := x.Pos(), strings.ToLower(x.Type)
	var n *node
	switch name {
	case "decimal", "dec", "numeric":
		if n = a.decimalOfText(at, x.Value); n != nil {
			return n
		}
	case "varchar", "string":
		return constant(at, tVarchar, quotedText(x.Value), x.Value)
	case "char":
		return textAs(at, charOf(len([]rune(x.Value))), x.Value)
	case "date":
		if days, ok := native.ParseDate(strings.TrimSpace(x.Value)); ok {
			return constant(at, tDate, dateSQL(days), nil)
		}
	case "time":
		n = a.timeLiteral(at, x.Value)
	case "timestamp":
		n = a.timestampLiteral(at, x.Value)
	case "json":
		if json.Valid([]byte(x.Value)) {
			return a.function(at, "json_parse", []*node{textOf(at, x.Value)})
		}
	default:
		n = a.plainLiteral(x, name)
	}
	if n == nil {
		a.fail("INVALID_LITERAL", at, "'%s' is not a valid %s literal", x.Value, strings.ToUpper(x.Type))
	}
	return n
}

// textAs is a text of a type that is kept as text.
func textAs(at int, t *Type, value string) *node { return constant(at, t, quotedText(value), value) }

// plainLiteral is a literal of a type without parameters, which is read as its cast from varchar reads it.
func (a *analyser) plainLiteral(x *TypedLiteral, name string) *node {
	t := simpleTypes[name]
	if t == nil {
		a.fail("TYPE_NOT_FOUND", x.Pos(), "Unknown resolvedType: %s", x.Type)
	}
	at := x.Pos()
	switch t.Kind {
	case BooleanKind:
		if value, err := native.TextBoolean(x.Value); err == nil {
			return constant(at, t, strconv.FormatBool(value), value)
		}
	case Tinyint, Smallint, IntegerKind, Bigint:
		if value, err := native.TextInteger(x.Value, name); err == nil {
			return constant(at, t, fmt.Sprintf("CAST(%d AS %s)", value, t.duck()), value)
		}
	case DoubleKind:
		if value, err := native.TextDouble(x.Value); err == nil {
			return doubleOf(at, value)
		}
	case Real:
		if value, err := native.TextReal(x.Value); err == nil {
			n := doubleOf(at, float64(value))
			return constant(at, t, "CAST("+n.text+" AS FLOAT)", float64(value))
		}
	case UUID:
		if value, err := native.TextUUID(x.Value); err == nil {
			return constant(at, t, "CAST('"+value+"' AS UUID)", nil)
		}
	case IPAddress:
		if value, err := native.TextIP(x.Value); err == nil {
			return constant(at, t, "'"+value+"'", nil)
		}
	case Varbinary:
		return constant(at, t, "encode("+quotedText(x.Value)+")", nil)
	}
	return nil
}

var decimalPattern = regexp.MustCompile(`^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$`)

func (a *analyser) decimalOfText(at int, text string) *node {
	if !decimalPattern.MatchString(text) || decimalTypeOf(text) == nil {
		return nil
	}
	return a.decimalLiteral(at, text)
}

// dateSQL writes a date, by its days since 1970 where DuckDB's texts differ from Trino's.
func dateSQL(days int64) string {
	if text := native.DateText(days); len(text) == 10 && text[0] != '-' && text[:4] != "0000" {
		return "DATE '" + text + "'"
	}
	return fmt.Sprintf("(DATE '1970-01-01' + CAST(%d AS INTEGER))", days)
}

// fractionDigits are those of the second that a text has.
func fractionDigits(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	digits := 0
	for digits < len(fraction) && isDigit(fraction[digits]) {
		digits++
	}
	return digits
}

func (a *analyser) timeLiteral(at int, text string) *node {
	digits := fractionDigits(text)
	nano, offset, isZoned, ok := native.ParseTime(text, min(digits, 6))
	switch {
	case !ok:
		return nil
	case digits > 6:
		a.fail(NotSupported, at, "TIME of such precision is not supported")
	case !isZoned:
		return constant(at, timeOf(Time, digits), "TIME '"+native.ClockText(nano)+"'", nil)
	}
	const day = 86400_000_000_000
	utc := (nano - int64(offset)*60_000_000_000 + day) % day
	return constant(at, timeOf(TimeZoned, digits),
		zonedText("TIME '"+native.ClockText(utc)+"'", native.OffsetText(offset)), nil)
}

func (a *analyser) timestampLiteral(at int, text string) *node {
	digits := fractionDigits(text)
	value, zone, ok := native.ParseTimestamp(text, min(digits, 9))
	switch {
	case !ok:
		return nil
	case digits > 9:
		a.fail(NotSupported, at, "TIMESTAMP of such precision is not supported")
	case zone == "":
		return constant(at, timeOf(Timestamp, digits), a.stampSQL(at, value, digits), nil)
	}
	instant, found, ok := native.ParseInstant(text, min(digits, 9))
	if !ok {
		return nil
	}
	return constant(at, timeOf(TimestampZoned, digits), zonedText(a.stampSQL(at, instant, digits), found.Name), nil)
}

// stampSQL writes a timestamp of a number of digits.
func (a *analyser) stampSQL(at int, value native.Moment, digits int) string {
	if digits <= 6 {
		return fmt.Sprintf("make_timestamp(CAST(%d AS BIGINT))", value.Micros())
	}
	nanos, err := value.Nanos()
	if err != nil {
		a.fail(NotSupported, at, "%s", "A timestamp of more than 6 digits must be between the years 1678 and 2262")
	}
	return fmt.Sprintf("make_timestamp_ns(CAST(%d AS BIGINT))", nanos)
}

// intervalFields are the units of intervals from the largest, with what stands before them in a literal.
var intervalFields = []struct {
	name, before string
	factor       int64
}{
	{"YEAR", "", 12}, {"MONTH", "-", 1},
	{"DAY", "", 86400_000}, {"HOUR", " ", 3600_000}, {"MINUTE", ":", 60_000}, {"SECOND", ":", 1000},
}

var intervalNumber = regexp.MustCompile(`^([0-9]{1,18})(?:\.([0-9]*))?`)

func (a *analyser) intervalLiteral(x *IntervalLiteral) *node {
	total, t := a.intervalOf(x)
	return constant(x.Pos(), t, fmt.Sprintf("CAST(%d AS BIGINT)", total), nil)
}

// intervalOf reads as many of the units between the first and the last as the literal has, from the first.
func (a *analyser) intervalOf(x *IntervalLiteral) (total int64, t *Type) {
	from, to := -1, -1
	for i, f := range intervalFields {
		if f.name == x.From {
			from = i
		}
		if f.name == x.To || x.To == "" && f.name == x.From {
			to = i
		}
	}
	t = tDaySecond
	if from < 2 {
		t = tYearMonth
	}
	if to < from || from < 2 && to >= 2 {
		a.fail("INVALID_LITERAL", x.Pos(), "Invalid interval qualifier: %s TO %s", x.From, x.To)
	}
	total, ok := intervalValue(x.Value, from, to)
	if !ok {
		a.fail("INVALID_LITERAL", x.Pos(), "'%s' is not a valid INTERVAL literal", x.Value)
	}
	if x.Negative {
		total = -total
	}
	return total, t
}

// intervalValue reads an interval's text. A minus before it is for all of it.
func intervalValue(text string, from, to int) (total int64, ok bool) {
	text, negative := strings.CutPrefix(text, "-")
	for i := from; i <= to && (i == from || text != ""); i++ {
		field := intervalFields[i]
		if i > from {
			if text, ok = strings.CutPrefix(text, field.before); !ok {
				return 0, false
			}
		}
		m := intervalNumber.FindStringSubmatch(text)
		if m == nil || strings.Contains(m[0], ".") && field.name != "SECOND" {
			return 0, false
		}
		value, _ := strconv.ParseInt(m[1], 10, 64)
		if value > 1<<62/field.factor {
			return 0, false
		}
		value *= field.factor
		if m[2] != "" {
			millis, _ := strconv.ParseInt((m[2] + "000")[:3], 10, 64)
			value += millis
		}
		total += value
		text = text[len(m[0]):]
	}
	if negative {
		total = -total
	}
	return total, text == ""
}
