package query

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The Go values of a row are, by DuckDB type:
//
//	NULL                       nil
//	BOOLEAN                    bool
//	TINYINT .. BIGINT          int64
//	UTINYINT .. UBIGINT        uint64
//	HUGEINT, UHUGEINT          *big.Int
//	FLOAT, DOUBLE              float32, float64
//	DECIMAL                    Decimal
//	VARCHAR, JSON, ENUM, UUID  string
//	BLOB                       []byte
//	DATE                       Date, or string "infinity", "-infinity"
//	TIMESTAMP of any kind      time.Time in UTC, or string as above
//	TIME, INTERVAL             string
//	LIST, ARRAY                []any
//	MAP                        Map
//	STRUCT                     Struct
type (
	// JSON is the text of a JSON value.
	JSON string
	// Decimal is Unscaled / 10^Scale, exactly.
	Decimal struct {
		Unscaled *big.Int
		Scale    int
	}
	// Date is midnight UTC of a day.
	Date time.Time
	// Map is a map in the order it is stored in; keys are distinct and not nil.
	Map []Entry
	// Entry is an entry of a Map.
	Entry struct{ Key, Value any }
	// Struct is a row value in the order of its type.
	Struct []Field
	// Field is a field of a Struct.
	Field struct {
		Name  string
		Value any
	}
)

// String is the plain decimal text, without exponent.
func (d Decimal) String() string {
	s := d.Unscaled.String()
	if d.Scale == 0 {
		return s
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if len(s) <= d.Scale {
		s = strings.Repeat("0", d.Scale-len(s)+1) + s
	}
	return sign + s[:len(s)-d.Scale] + "." + s[len(s)-d.Scale:]
}

// String is the date as 2006-01-02.
func (d Date) String() string { return time.Time(d).Format("2006-01-02") }

func uuidText(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	u := make([]byte, 16) // stored as a huge integer, little endian, with the top bit flipped
	for i := range u {
		u[i] = b[15-i]
	}
	u[0] ^= 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

func dateValue(days int64) any {
	switch days {
	case math.MaxInt32:
		return "infinity"
	case -math.MaxInt32:
		return "-infinity"
	}
	return Date(time.Date(1970, 1, 1+int(days), 0, 0, 0, 0, time.UTC))
}

func timestampValue(x int64, at func(int64) time.Time) any {
	switch x {
	case math.MaxInt64:
		return "infinity"
	case -math.MaxInt64:
		return "-infinity"
	}
	return at(x).UTC()
}

func timeText(micros int64) string {
	if micros == 24*3600*1e6 {
		return "24:00:00"
	}
	return time.UnixMicro(micros).UTC().Format("15:04:05.999999")
}

func intervalText(months, days, micros int64) string {
	sign, abs := "", uint64(micros)
	if micros < 0 {
		sign, abs = "-", -abs
	}
	clock := fmt.Sprintf("%s%02d:%02d:%02d", sign, abs/3600e6, abs/60e6%60, abs/1e6%60)
	if frac := abs % 1e6; frac != 0 {
		clock += strings.TrimRight(fmt.Sprintf(".%06d", frac), "0")
	}
	switch {
	case months == 0 && days == 0:
		return clock
	case micros == 0:
		return fmt.Sprintf("%d months %d days", months, days)
	}
	return fmt.Sprintf("%d months %d days %s", months, days, clock)
}

func timestampText(v time.Time, t *typ) string {
	s := v.Format("2006-01-02 15:04:05.999999999")
	if t.ID == idTimestampTZ {
		s += "+00"
	}
	return s
}

// appendFloat keeps a number a number of its kind: 30 is 30.0, so that a reader sees a double.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, format, -1, bits)
	if !strings.ContainsAny(string(dst[start:]), ".e") {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendText gives a value that is not nested as bare text.
func appendText(dst []byte, v any, t *typ) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case uint64:
		return strconv.AppendUint(dst, v, 10)
	case float32:
		return appendFloat(dst, float64(v), 32)
	case float64:
		return appendFloat(dst, v, 64)
	case string:
		return append(dst, v...)
	case JSON:
		return append(dst, v...)
	case []byte:
		return hex.AppendEncode(dst, v)
	case time.Time:
		return append(dst, timestampText(v, t)...)
	case fmt.Stringer: // *big.Int, Decimal, Date
		return append(dst, v.String()...)
	}
	return appendJSON(dst, v, t)
}

// appendJSON gives a value as JSON. Integers of any size and decimals are
// exact JSON numbers; NaN and the infinities, which JSON has no number for,
// are strings; blobs are hexadecimal strings; maps are objects with their
// keys as text; structs are objects; JSON columns are taken as they are.
func appendJSON(dst []byte, v any, t *typ) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool, int64, uint64, *big.Int, Decimal, JSON:
		return appendText(dst, v, t)
	case float32:
		return appendJSONFloat(dst, float64(v), 32)
	case float64:
		return appendJSONFloat(dst, v, 64)
	case string:
		if t.JSON && json.Valid([]byte(v)) {
			return append(dst, v...)
		}
		return appendString(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, e, t.Kids[0])
		}
		return append(dst, ']')
	case Map:
		dst = append(dst, '{')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, string(appendText(nil, e.Key, t.Kids[0])))
			dst = append(dst, ':')
			dst = appendJSON(dst, e.Value, t.Kids[1])
		}
		return append(dst, '}')
	case Struct:
		if !slices.ContainsFunc(v, func(f Field) bool { return f.Name != "" }) {
			return appendTuple(dst, v, t)
		}
		dst = append(dst, '{')
		for i, f := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, f.Name), ':')
			dst = appendJSON(dst, f.Value, t.Kids[i])
		}
		return append(dst, '}')
	}
	return appendString(dst, string(appendText(nil, v, t)))
}

// appendTuple gives a struct whose fields have no names, as ROW(1, 2) makes, as an array.
func appendTuple(dst []byte, v Struct, t *typ) []byte {
	dst = append(dst, '[')
	for i, f := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON(dst, f.Value, t.Kids[i])
	}
	return append(dst, ']')
}

func appendJSONFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		dst = append(dst, '"')
		return append(appendFloat(dst, f, bits), '"')
	}
	return appendFloat(dst, f, bits)
}

func appendString(dst []byte, s string) []byte {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f && s[i] != '"' && s[i] != '\\'
	}
	if plain {
		dst = append(dst, '"')
		return append(append(dst, s...), '"')
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // a string always encodes
		panic(err)
	}
	return append(dst, strings.TrimSuffix(b.String(), "\n")...)
}
