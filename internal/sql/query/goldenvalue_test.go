package query

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/sql/native"
	"github.com/varlake/varlake/internal/sql/trino"
)

var precise = regexp.MustCompile(`\b(time|timestamp)\(\d+\)`)

func goldenType(s string) string {
	s = precise.ReplaceAllString(strings.ReplaceAll(s, ", ", ","), "$1")
	return strings.ToLower(s)
}

// goldenValue is a value as golden.jsonl has it.
func goldenValue(v any, t *trino.Type) any {
	if v == nil {
		return nil
	}
	switch t.Kind {
	case trino.Array:
		list := []any{}
		for _, e := range v.([]any) {
			list = append(list, goldenValue(e, t.Of[0]))
		}
		return list
	case trino.Row:
		list := []any{}
		for i, f := range v.(Struct) {
			list = append(list, goldenValue(f.Value, t.Of[i]))
		}
		return list
	case trino.Map:
		m := map[string]any{}
		for _, e := range v.(Map) {
			m[goldenKey(e.Key, t.Of[0])] = goldenValue(e.Value, t.Of[1])
		}
		return m
	case trino.Real:
		f := v.(float32)
		if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
			return strings.Replace(strings.Replace(fmt.Sprint(f), "+Inf", "Infinity", 1), "-Inf", "-Infinity", 1)
		}
		return json.Number(string(appendFloat(nil, float64(f), 32)))
	case trino.DoubleKind:
		f := v.(float64)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return strings.Replace(strings.Replace(fmt.Sprint(f), "+Inf", "Infinity", 1), "-Inf", "-Infinity", 1)
		}
		return f
	case trino.DecimalKind:
		return v.(Decimal).String()
	case trino.Varbinary:
		return base64.StdEncoding.EncodeToString(v.([]byte))
	case trino.Date:
		text := v.(Date).String()
		if text[0] != '-' && len(text) > 10 {
			text = "+" + text
		}
		return text
	case trino.Timestamp:
		return v.(time.Time).Round(time.Millisecond).Format("2006-01-02 15:04:05.000")
	case trino.Time:
		at, _ := time.Parse("15:04:05.999999", v.(string))
		return at.Round(time.Millisecond).Format("15:04:05.000")
	case trino.TimestampZoned:
		fields := v.(Struct)
		zone := fields[1].Value.(string)
		at := trino.InZone(fields[0].Value.(time.Time).Round(time.Millisecond), zone)
		return at.Format("2006-01-02 15:04:05.000") + " " + zone
	case trino.TimeZoned:
		fields := v.(Struct)
		at, _ := time.Parse("15:04:05.999999", fields[0].Value.(string))
		zone := fields[1].Value.(string)
		_, seconds := trino.InZone(time.Unix(0, 0), zone).Zone()
		return at.Add(time.Duration(seconds)*time.Second).Round(time.Millisecond).Format("15:04:05.000") + zone
	case trino.DaySecond:
		return native.IntervalText(v.(int64))
	case trino.YearMonth:
		return native.MonthsText(v.(int64))
	}
	if b, is := v.(*big.Int); is {
		return json.Number(b.String())
	}
	return v
}

// goldenKey is the key of a map as Java writes it.
func goldenKey(v any, t *trino.Type) string {
	var parts []string
	switch {
	case t.Kind == trino.Timestamp && v != nil:
		return strings.TrimSuffix(v.(time.Time).Format("2006-01-02 15:04:05."+strings.Repeat("0", t.Precision)), ".")
	case t.Kind == trino.Time && v != nil:
		at, _ := time.Parse("15:04:05.999999", v.(string))
		return strings.TrimSuffix(at.Format("15:04:05."+strings.Repeat("0", t.Precision)), ".")
	}
	switch x := goldenValue(v, t).(type) {
	case nil:
		return "null"
	case float64:
		return native.JavaDouble(x)
	case []any:
		for i := range x {
			of := t.Of[min(i, len(t.Of)-1)]
			if t.Kind == trino.Row {
				parts = append(parts, goldenKey(v.(Struct)[i].Value, of))
			} else {
				parts = append(parts, goldenKey(v.([]any)[i], of))
			}
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		for _, e := range v.(Map) {
			parts = append(parts, goldenKey(e.Key, t.Of[0])+"="+goldenKey(e.Value, t.Of[1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return fmt.Sprint(x)
	}
}
