package native

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// textFunctions are those of strings. Positions and lengths count code points, positions from 1.
var textFunctions = []Function{
	{Name: "trino_chr", Params: []string{"BIGINT"}, Result: "VARCHAR", Call: chr},
	{Name: "trino_codepoint", Params: []string{"VARCHAR"}, Result: "INTEGER", Call: codepoint},
	{Name: "trino_concat_ws", Params: []string{"VARCHAR", "VARCHAR[]"}, Result: "VARCHAR", Call: concatWithSeparator},
	{Name: "trino_lower", Params: []string{"VARCHAR"}, Result: "VARCHAR", Call: mapped(unicode.ToLower)},
	{Name: "trino_upper", Params: []string{"VARCHAR"}, Result: "VARCHAR", Call: mapped(unicode.ToUpper)},
	{Name: "trino_reverse", Params: []string{"VARCHAR"}, Result: "VARCHAR", Call: reverse},
	{Name: "trino_lpad", Params: []string{"VARCHAR", "BIGINT", "VARCHAR"}, Result: "VARCHAR", Call: padded(true)},
	{Name: "trino_rpad", Params: []string{"VARCHAR", "BIGINT", "VARCHAR"}, Result: "VARCHAR", Call: padded(false)},
	{Name: "trino_replace", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR"}, Result: "VARCHAR", Call: replace},
	{Name: "trino_translate", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR"}, Result: "VARCHAR", Call: translate},
	{Name: "trino_substr", Params: []string{"VARCHAR", "BIGINT", "BIGINT"}, Result: "VARCHAR", Call: substr},
	{Name: "trino_strpos", Params: []string{"VARCHAR", "VARCHAR", "BIGINT"}, Result: "BIGINT", Call: strpos},
	{Name: "trino_normalize", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR", Call: normalize},
	{Name: "trino_like_pattern", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR", Call: likePattern},
}

// maxResult is how long a text may become, in bytes.
const maxResult = 64 << 20

func tooLong() error {
	return Fail("EXCEEDED_FUNCTION_MEMORY_LIMIT", "A text would be longer than %d bytes", maxResult)
}

func invalid(format string, args ...any) error {
	return Fail("INVALID_FUNCTION_ARGUMENT", format, args...)
}

// saturated is the int nearest to n that fits 32 bits.
func saturated(n int64) int { return int(min(max(n, math.MinInt32), math.MaxInt32)) }

func chr(args []any) (any, error) {
	c := args[0].(int64)
	if c < 0 || c > unicode.MaxRune || !utf8.ValidRune(rune(c)) {
		return nil, invalid("Not a valid Unicode code point: %d", c)
	}
	return string(rune(c)), nil
}

func codepoint(args []any) (any, error) {
	s := args[0].(string)
	c, n := utf8.DecodeRuneInString(s)
	if n == 0 || n < len(s) {
		return nil, invalid("Input string must be a single character string")
	}
	return c, nil
}

func concatWithSeparator(args []any) (any, error) {
	var parts []string
	size := 0
	for _, p := range args[1].([]any) {
		if p != nil {
			parts = append(parts, p.(string))
			size += len(p.(string)) + len(args[0].(string))
		}
	}
	if size > maxResult {
		return nil, tooLong()
	}
	return strings.Join(parts, args[0].(string)), nil
}

// mapped maps each code point by itself: 'ß' has no upper case of one, and stays.
func mapped(to func(rune) rune) func(args []any) (any, error) {
	return func(args []any) (any, error) { return strings.Map(to, args[0].(string)), nil }
}

func reverse(args []any) (any, error) {
	s := args[0].(string)
	b := make([]byte, len(s))
	at := len(s)
	for _, c := range s {
		at -= utf8.RuneLen(c)
		utf8.EncodeRune(b[at:], c)
	}
	return string(b), nil
}

// offset is where character n from 0 of a string begins, or -1 where it has not so many.
func offset(s string, n int) int {
	if n > len(s) {
		return -1
	}
	for at := range s {
		if n == 0 {
			return at
		}
		n--
	}
	if n == 0 {
		return len(s)
	}
	return -1
}

func padded(left bool) func(args []any) (any, error) {
	return func(args []any) (any, error) {
		text, target, padding := args[0].(string), args[1].(int64), args[2].(string)
		switch {
		case target < 0 || target > math.MaxInt32:
			return nil, invalid("Target length must be in the range [0..%d]", math.MaxInt32)
		case padding == "":
			return nil, invalid("Padding string must not be empty")
		}
		missing := int(target) - utf8.RuneCountInString(text)
		if missing <= 0 {
			return text[:offset(text, int(target))], nil
		}
		chars := utf8.RuneCountInString(padding)
		whole, rest := missing/chars, padding[:offset(padding, missing%chars)]
		if len(text)+whole*len(padding)+len(rest) > maxResult {
			return nil, tooLong()
		}
		if left {
			return strings.Repeat(padding, whole) + rest + text, nil
		}
		return text + strings.Repeat(padding, whole) + rest, nil
	}
}

// replace puts the replacement before each character and at the end when what is searched for is empty.
func replace(args []any) (any, error) {
	s, search, by := args[0].(string), args[1].(string), args[2].(string)
	if n := strings.Count(s, search); len(s)+n*(len(by)-len(search)) > maxResult {
		return nil, tooLong()
	}
	return strings.ReplaceAll(s, search, by), nil
}

func translate(args []any) (any, error) {
	from, to := []rune(args[1].(string)), []rune(args[2].(string))
	mapping := make(map[rune]rune, len(from))
	for i, c := range from {
		if _, has := mapping[c]; has {
			continue
		}
		mapping[c] = -1 // strings.Map leaves it out
		if i < len(to) {
			mapping[c] = to[i]
		}
	}
	return strings.Map(func(c rune) rune {
		if m, has := mapping[c]; has {
			return m
		}
		return c
	}, args[0].(string)), nil
}

// substr is the characters from a start, which counts from the end when it is negative.
func substr(args []any) (any, error) {
	s, start, length := args[0].(string), saturated(args[1].(int64)), saturated(args[2].(int64))
	if start == 0 || length <= 0 || s == "" {
		return "", nil
	}
	if start < 0 {
		if start += utf8.RuneCountInString(s) + 1; start < 1 {
			return "", nil
		}
	}
	first := offset(s, start-1)
	if first < 0 {
		return "", nil
	}
	s = s[first:]
	if last := offset(s, length); last >= 0 {
		s = s[:last]
	}
	return s, nil
}

// strpos is the place of an instance of one string in another, from the end when it is negative; 0 when there is none.
// Instances may overlap.
func strpos(args []any) (any, error) {
	s, sub, instance := args[0].(string), args[1].(string), args[2].(int64)
	switch {
	case instance == 0 || instance == math.MinInt64:
		return nil, invalid("'instance' must be a positive or negative number.")
	case sub == "":
		return int64(1), nil
	}
	at := -1
	if instance > 0 {
		for ; instance > 0; instance-- {
			next := strings.Index(s[at+1:], sub)
			if next < 0 {
				return int64(0), nil
			}
			at += 1 + next
		}
	} else {
		end := len(s)
		for ; instance < 0; instance++ {
			if at = strings.LastIndex(s[:end], sub); at < 0 {
				return int64(0), nil
			}
			end = at + len(sub) - 1
		}
	}
	return int64(utf8.RuneCountInString(s[:at]) + 1), nil
}

var normalForms = map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}

func normalize(args []any) (any, error) {
	form, known := normalForms[args[1].(string)]
	if !known {
		return nil, invalid("Normalization form must be one of [NFD, NFC, NFKD, NFKC]")
	}
	return form.String(args[0].(string)), nil
}

// likePattern gives a pattern of LIKE back when its escapes are right.
func likePattern(args []any) (any, error) {
	pattern, escape := args[0].(string), args[1].(string)
	e, n := utf8.DecodeRuneInString(escape)
	if n == 0 || n < len(escape) || e > 0xffff {
		return nil, invalid("Escape string must be a single character")
	}
	escaped := false
	for _, c := range pattern {
		if escaped && c != '%' && c != '_' && c != e {
			break
		}
		escaped = !escaped && c == e
	}
	if escaped {
		return nil, invalid("Escape character must be followed by '%%', '_' or the escape character itself")
	}
	return pattern, nil
}
