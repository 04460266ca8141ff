package native

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A jsonMember is one of an object, which is a []jsonMember in the order of its text. Other values of JSON are nil,
// bool, string, []any, and jsonNumber.
type jsonMember struct {
	name  string
	value any
}

// A jsonNumber is a number as it is written in JSON.
type jsonNumber string

// isInteger tells whether a number is written without a fraction and an exponent.
func (n jsonNumber) isInteger() bool { return !strings.ContainsAny(string(n), ".eE") }

// parseJSON reads a text that is one JSON value.
func parseJSON(text string) (any, error) {
	r := newJSONReader(text)
	if t, err := r.next(); err != nil || t == jsonEnd {
		return nil, cmp.Or(err, errJSON)
	}
	v, err := r.valueOf()
	if err != nil {
		return nil, err
	}
	if r.peek(); r.at < len(text) {
		return nil, errJSON
	}
	return v, nil
}

// valueOf reads the whole of the value whose first token has been read.
func (r *jsonReader) valueOf() (any, error) {
	switch r.token {
	case jsonString:
		return r.value, nil
	case jsonInteger, jsonFloat:
		return jsonNumber(r.value), nil
	case jsonTrue, jsonFalse:
		return r.token == jsonTrue, nil
	case jsonNull:
		return nil, nil
	case jsonArray:
		list := []any{}
		for {
			t, err := r.next()
			if err != nil || t == jsonEnd {
				return nil, cmp.Or(err, errJSON)
			}
			if t == jsonArrayEnd {
				return list, nil
			}
			v, err := r.valueOf()
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
	case jsonObject:
		return r.members()
	}
	return nil, errJSON
}

func (r *jsonReader) members() (any, error) {
	members := []jsonMember{}
	for {
		t, err := r.next()
		if err != nil || t == jsonEnd {
			return nil, cmp.Or(err, errJSON)
		}
		if t == jsonObjectEnd {
			return members, nil
		}
		name := r.value
		if t, err = r.next(); err != nil || t == jsonEnd {
			return nil, cmp.Or(err, errJSON)
		}
		v, err := r.valueOf()
		if err != nil {
			return nil, err
		}
		members = append(members, jsonMember{name, v})
	}
}

// lastOfEach keeps one member of each name: its value is the last one, its place the first one's.
func lastOfEach(members []jsonMember) []jsonMember {
	places := make(map[string]int, len(members))
	var kept []jsonMember
	for _, m := range members {
		if at, has := places[m.name]; has {
			kept[at].value = m.value
			continue
		}
		places[m.name] = len(kept)
		kept = append(kept, m)
	}
	return kept
}

// sortJSON gives a value in the form of json_parse: members by name, the last of each name.
func sortJSON(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = sortJSON(v[i])
		}
	case []jsonMember:
		v = lastOfEach(v)
		for i := range v {
			v[i].value = sortJSON(v[i].value)
		}
		slices.SortFunc(v, func(a, b jsonMember) int { return compareUTF16(a.name, b.name) })
		return v
	}
	return v
}

// compareUTF16 compares as Java does, by the units of UTF-16: characters above U+FFFF come before those from U+E000.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			if (x > 0xffff) != (y > 0xffff) && min(x, y) >= 0xe000 {
				return cmp.Compare(y, x)
			}
			return cmp.Compare(x, y)
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

// appendJSON writes a value without white space. Numbers with a fraction or exponent are written as doubles are.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return AppendJSONString(b, v)
	case jsonNumber:
		return appendJSONNumber(b, v)
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case []jsonMember:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(AppendJSONString(b, m.name), ':')
			b = appendJSON(b, m.value)
		}
		return append(b, '}')
	}
	panic("no JSON")
}

func appendJSONNumber(b []byte, n jsonNumber) []byte {
	if !n.isInteger() {
		f, _ := strconv.ParseFloat(string(n), 64) // out of range is an infinity
		return AppendJSONDouble(b, f)
	}
	if n == "-0" {
		n = "0"
	}
	return append(b, n...)
}

// AppendJSONString writes a string as Trino does in JSON: only quotes, backslashes and control characters are escaped.
func AppendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0xf0: // a character of four bytes, which Trino writes as a pair
			char, _ := utf8.DecodeRuneInString(s[i:])
			high, low := utf16.EncodeRune(char)
			b = fmt.Appendf(b, `\u%04X\u%04X`, high, low)
		case c >= 0x80 && i > 0 && withinLong(s, i):
		case c >= ' ':
			b = append(b, c)
		default:
			if at := strings.IndexByte("\b\f\n\r\t", c); at >= 0 {
				b = append(b, '\\', "bfnrt"[at])
				continue
			}
			const digits = "0123456789ABCDEF"
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(b, '"')
}

// withinLong tells whether a byte belongs to a character of four bytes that began before it.
func withinLong(s string, at int) bool {
	for back := 1; back <= 3 && back <= at; back++ {
		if c := s[at-back]; c >= 0xc0 {
			return c >= 0xf0
		}
	}
	return false
}

// AppendJSONDouble writes a double as Trino does in JSON; infinities and NaN are strings there.
func AppendJSONDouble(b []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return AppendJSONString(b, JavaDouble(f))
	}
	return append(b, JavaDouble(f)...)
}

// JavaDouble is a double as Java's Double.toString has it: 0.001 to 10,000,000 with a point and at least one digit
// behind it, others as 1.0E10.
func JavaDouble(f float64) string { return javaFloat(f, 64) }

// JavaFloat is a real as Java's Float.toString has it.
func JavaFloat(f float32) string { return javaFloat(float64(f), 32) }

func javaFloat(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+") + "inity"
	case f == 0:
		if math.Signbit(f) {
			return "-0.0"
		}
		return "0.0"
	}
	text := strconv.FormatFloat(f, 'e', -1, bits)
	mantissa, exponent, _ := strings.Cut(text, "e")
	if !strings.Contains(mantissa, ".") {
		// of the decimals with two digits that are read back as f, Java takes the nearest
		two, e, _ := strings.Cut(strconv.FormatFloat(f, 'e', 1, bits), "e")
		if back, _ := strconv.ParseFloat(two+"e"+e, bits); back == f {
			mantissa, exponent = two, e
		} else {
			mantissa += ".0"
		}
	}
	e, _ := strconv.Atoi(exponent)
	if e < -3 || e >= 7 {
		return mantissa + "E" + strconv.Itoa(e)
	}
	text = strconv.FormatFloat(f, 'f', -1, bits)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
