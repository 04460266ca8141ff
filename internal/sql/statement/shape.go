package statement

import (
	"fmt"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/sql/trino"
)

// shape gives the rows of a statement in Trino's dialect the columns that Trino has for it, and its values Trino's
// text where DuckDB holds them as something else.
func shape(rows *query.Rows, columns []trino.Column) {
	names := make([]string, len(columns))
	values := make([]func(any) any, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		values[i] = func(v any) any { return valueOf(v, c.Type) }
	}
	rows.Shape(names, values)
}

// valueOf is a value of a type as it is shown: what is no plain value of query's own is text.
func valueOf(v any, t *trino.Type) any {
	if v == nil {
		return nil
	}
	switch t.Kind {
	case trino.Array:
		list := make([]any, len(v.([]any)))
		for i, e := range v.([]any) {
			list[i] = valueOf(e, t.Of[0])
		}
		return list
	case trino.Map:
		m := make(query.Map, len(v.(query.Map)))
		for i, e := range v.(query.Map) {
			m[i] = query.Entry{Key: valueOf(e.Key, t.Of[0]), Value: valueOf(e.Value, t.Of[1])}
		}
		return m
	case trino.Row:
		return rowOf(v.(query.Struct), t)
	case trino.JSON:
		return query.JSON(v.(string))
	case trino.Char:
		return v.(string) + strings.Repeat(" ", max(0, t.Precision-len([]rune(v.(string)))))
	case trino.Timestamp:
		if at, is := v.(time.Time); is {
			return at.Format("2006-01-02 15:04:05" + fraction(t.Precision))
		}
	case trino.Time:
		return clock(v, "+00:00", t.Precision)
	case trino.TimeZoned:
		zoned := v.(query.Struct)
		zone := zoned[1].Value.(string)
		return clock(zoned[0].Value, zone, t.Precision) + zone
	case trino.TimestampZoned:
		zoned := v.(query.Struct)
		zone := zoned[1].Value.(string)
		if at, is := zoned[0].Value.(time.Time); is {
			return trino.InZone(at, zone).Format("2006-01-02 15:04:05"+fraction(t.Precision)) + " " + zone
		}
	case trino.DaySecond:
		return daySecond(v.(int64))
	case trino.YearMonth:
		return yearMonth(v.(int64))
	}
	return v
}

// clock is a time of day, which DuckDB has in UTC, in a zone.
func clock(v any, zone string, digits int) string {
	at, err := time.Parse("15:04:05", v.(string))
	if err != nil {
		return v.(string)
	}
	return trino.InZone(at, zone).Format("15:04:05" + fraction(digits))
}

// fraction is the format of so many digits of a second.
func fraction(digits int) string {
	if digits == 0 {
		return ""
	}
	return "." + strings.Repeat("0", digits)
}

// rowOf gives a row's fields the names that Trino has for them, or none.
func rowOf(v query.Struct, t *trino.Type) query.Struct {
	row := make(query.Struct, len(v))
	for i, f := range v {
		row[i] = query.Field{Name: t.Names[i], Value: valueOf(f.Value, t.Of[i])}
	}
	return row
}

func daySecond(n int64) string {
	sign, abs := "", uint64(n)
	if n < 0 {
		sign, abs = "-", -abs
	}
	return fmt.Sprintf("%s%d %02d:%02d:%02d.%03d", sign, abs/86_400_000, abs/3_600_000%24, abs/60_000%60, abs/1000%60,
		abs%1000)
}

func yearMonth(n int64) string {
	sign, abs := "", uint64(n)
	if n < 0 {
		sign, abs = "-", -abs
	}
	return fmt.Sprintf("%s%d-%d", sign, abs/12, abs%12)
}
