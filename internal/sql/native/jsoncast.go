package native

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonCasts has the casts from and to JSON.
var jsonCasts = []Function{
	{Name: "trino_from_json", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return fromJSON(args[0].(string), args[1].(string)) }},
	{Name: "trino_json_quote", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return string(AppendJSONString(nil, args[0].(string))), nil }},
	{Name: "trino_java_decimal", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return javaDecimal(args[0].(string)) }},
}

// javaDecimal is a decimal as Java's BigDecimal.toString has it: small ones have an exponent.
func javaDecimal(text string) (any, error) {
	value, scale, err := digitsOf(text)
	if err != nil {
		return nil, err
	}
	digits := new(big.Int).Abs(value).String()
	exponent := len(digits) - 1 - scale
	if scale == 0 || exponent >= -6 {
		return decimalString(value, scale), nil
	}
	sign := ""
	if value.Sign() < 0 {
		sign = "-"
	}
	if len(digits) > 1 {
		digits = digits[:1] + "." + digits[1:]
	}
	return fmt.Sprintf("%s%sE%d", sign, digits, exponent), nil
}

// A shape is the type that JSON is cast to.
type shape struct {
	Kind, Text       string
	Precision, Scale int
	// Names are those of a row's fields; Struct those that DuckDB has for them.
	Names, Struct []string
	Of            []*shape
}

// shapes keeps those that were read.
var shapes kept[*shape]

func readShape(text string) (*shape, error) {
	s := &shape{}
	err := json.Unmarshal([]byte(text), s)
	return s, err
}

// A castError is what is wrong with a value of JSON within a cast.
type castError string

func (e castError) Error() string { return string(e) }

// fromJSON checks that JSON is of a type and gives the text that DuckDB casts to that type; nil is NULL.
func fromJSON(text, described string) (any, error) {
	s, err := shapes.of(described, readShape)
	if err != nil {
		return nil, err
	}
	value, err := parseJSON(text)
	if err != nil {
		return nil, Fail("INVALID_CAST_ARGUMENT", "Cannot cast '%s' to %s", clipped(text), s.Text)
	}
	if value == nil {
		return nil, nil
	}
	if s.Of == nil {
		return s.scalarAlone(text, value)
	}
	out, err := s.append(nil, value)
	if err == nil {
		return string(out), nil
	}
	message := err.Error()
	if named, is := err.(*Error); is {
		message = named.Message
	}
	return nil, Fail("INVALID_CAST_ARGUMENT", "Cannot cast to %s. %s\n%s", s.Text, message, clipped(text))
}

// clipped cuts a text as long as Trino does for its messages.
func clipped(text string) string {
	if len(text) > 10_000 {
		return text[:10_000] + "...(truncated)"
	}
	return text
}

// scalarAlone casts a value that is no array or object to a type without parts.
func (s *shape) scalarAlone(text string, value any) (any, error) {
	out, err := s.scalar(value)
	if err == nil {
		return out, nil
	}
	named, is := err.(*Error)
	if is && (named.Name == "INVALID_CAST_ARGUMENT" || named.Name == "GENERIC_INTERNAL_ERROR") {
		return nil, err
	}
	name := s.Text
	if s.Kind == "decimal" {
		name = fmt.Sprintf("DECIMAL(%d,%d)", s.Precision, s.Scale)
	}
	return nil, Fail("INVALID_CAST_ARGUMENT", "Cannot cast '%s' to %s", clipped(text), name)
}

// first is the text of a value's first token.
func first(value any) string {
	switch value := value.(type) {
	case []any:
		return "["
	case []jsonMember:
		return "{"
	case string:
		return value
	}
	return string(appendJSON(nil, value))
}

// append writes a value as DuckDB's casts read it within a nested value.
func (s *shape) append(b []byte, value any) ([]byte, error) {
	if s.Kind == "json" {
		return appendQuoted(b, string(appendJSON(nil, value))), nil
	}
	if value == nil {
		return append(b, "NULL"...), nil
	}
	switch s.Kind {
	case "array":
		return s.appendArray(b, value)
	case "map":
		return s.appendMap(b, value)
	case "row":
		return s.appendRow(b, value)
	}
	text, err := s.scalar(value)
	return appendQuoted(b, text), err
}

// appendQuoted writes a text in quotes, with backslashes before quotes and backslashes.
func appendQuoted(b []byte, text string) []byte {
	b = append(b, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}

func (s *shape) appendArray(b []byte, value any) ([]byte, error) {
	list, is := value.([]any)
	if !is {
		return b, castError("Expected a json array, but got " + first(value))
	}
	b = append(b, '[')
	for i, element := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = s.Of[0].append(b, element); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func (s *shape) appendMap(b []byte, value any) ([]byte, error) {
	members, is := value.([]jsonMember)
	if !is {
		return b, castError("Expected a json object, but got " + first(value))
	}
	b = append(b, '{')
	seen := map[string]bool{}
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		key, err := s.Of[0].scalar(m.name)
		if err != nil {
			return b, err
		}
		if seen[key] {
			return b, castError("Duplicate keys are not allowed")
		}
		seen[key] = true
		b = append(appendQuoted(b, key), '=')
		if b, err = s.Of[1].append(b, m.value); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func (s *shape) appendRow(b []byte, value any) ([]byte, error) {
	fields := make([]any, len(s.Of))
	switch value := value.(type) {
	case []any:
		if len(value) > len(fields) {
			return b, castError("Expected json array ending, but got " + first(value[len(fields)]))
		}
		if len(value) < len(fields) {
			return b, castError("Unexpected token when cast to " + s.Of[len(value)].Text + ": ]")
		}
		fields = value
	case []jsonMember:
		if err := s.fieldsOf(value, fields); err != nil {
			return b, err
		}
	default:
		return b, castError("Expected a json array or object, but got " + first(value))
	}
	b = append(b, '{')
	for i, of := range s.Of {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, s.Struct[i]), ':')
		var err error
		if of.Kind == "json" && fields[i] == nil && !isGiven(value, i, s.Names[i]) {
			b = append(b, "NULL"...)
		} else if b, err = of.append(b, fields[i]); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// isGiven tells whether a field of a row is among the members, or is by its place.
func isGiven(value any, i int, name string) bool {
	members, is := value.([]jsonMember)
	if !is {
		return true
	}
	for _, m := range members {
		if strings.EqualFold(m.name, name) {
			return true
		}
	}
	return false
}

// fieldsOf finds the fields of a row among an object's members, without regard to case.
func (s *shape) fieldsOf(members []jsonMember, fields []any) error {
	places := map[string]int{}
	for i, name := range s.Names {
		if name != "" {
			places[strings.ToLower(name)] = i
		}
	}
	if len(places) == 0 {
		return castError("Cannot cast a JSON object to anonymous row type. Input must be a JSON array.")
	}
	seen := map[int]bool{}
	for _, m := range members {
		place, has := places[strings.ToLower(m.name)]
		if !has {
			continue
		}
		if seen[place] {
			return castError("Duplicate field: " + strings.ToLower(m.name))
		}
		seen[place] = true
		fields[place] = m.value
	}
	return nil
}

// scalar casts a value that is not null to a type without parts.
func (s *shape) scalar(value any) (string, error) {
	switch value.(type) {
	case []any, []jsonMember:
		return "", castError("Unexpected token when cast to " + s.Text + ": " + first(value))
	}
	switch s.Kind {
	case "boolean":
		return jsonBoolean(value)
	case "tinyint", "smallint", "integer", "bigint":
		return jsonInteger64(value, s.Kind)
	case "real", "double":
		return jsonFloatText(value, s.Kind)
	case "decimal":
		return s.decimal(value)
	}
	text := ""
	switch value := value.(type) {
	case bool:
		text = strconv.FormatBool(value)
	case jsonNumber:
		if text = string(value); !value.isInteger() {
			f, _ := strconv.ParseFloat(text, 64)
			text = doubleText(f)
		}
	default:
		text = value.(string)
	}
	if s.Kind == "varchar" && s.Precision > 0 && utf8.RuneCountInString(text) > s.Precision {
		return "", Fail("GENERIC_INTERNAL_ERROR", "Character count exceeds length limit %d", s.Precision)
	}
	return text, nil
}

func jsonBoolean(value any) (string, error) {
	switch value := value.(type) {
	case bool:
		return strconv.FormatBool(value), nil
	case jsonNumber:
		f, _ := strconv.ParseFloat(string(value), 64)
		if _, err := strconv.ParseInt(string(value), 10, 64); err != nil && value.isInteger() {
			return "", castError("Numeric value (" + string(value) + ") out of range of long")
		}
		return strconv.FormatBool(f != 0), nil
	}
	b, err := TextBoolean(value.(string))
	return strconv.FormatBool(b), err
}

func jsonInteger64(value any, kind string) (string, error) {
	switch value := value.(type) {
	case bool:
		if value {
			return "1", nil
		}
		return "0", nil
	case jsonNumber:
		if value.isInteger() {
			n, err := strconv.ParseInt(string(value), 10, integerBits[kind])
			if err != nil {
				return "", castError("Numeric value (" + string(value) + ") out of range of " + kind)
			}
			return strconv.FormatInt(n, 10), nil
		}
		f, _ := strconv.ParseFloat(string(value), 64)
		n, err := floatInteger(f, kind, false)
		return fmt.Sprint(n), err
	}
	n, err := TextInteger(value.(string), kind)
	return strconv.FormatInt(n, 10), err
}

func jsonFloatText(value any, kind string) (string, error) {
	bits := 64
	if kind == "real" {
		bits = 32
	}
	var f float64
	switch value := value.(type) {
	case bool:
		if value {
			f = 1
		}
	case jsonNumber:
		f, _ = strconv.ParseFloat(string(value), bits)
	case string:
		var err error
		if f, err = textFloat(value, bits, strings.ToUpper(kind)); err != nil {
			return "", err
		}
	}
	return javaFloat(f, bits), nil
}

func (s *shape) decimal(value any) (string, error) {
	text := first(value)
	switch value {
	case true:
		text = "1"
	case false:
		text = "0"
	}
	n := unscaled(text, s.Scale)
	switch {
	case n == nil:
		return "", castError("Cannot cast '" + text + "' to DECIMAL")
	case n.CmpAbs(tenTo(s.Precision)) >= 0:
		return "", Fail("INVALID_CAST_ARGUMENT", "Cannot cast input json to DECIMAL(%d,%d)", s.Precision, s.Scale)
	}
	return decimalString(n, s.Scale), nil
}
