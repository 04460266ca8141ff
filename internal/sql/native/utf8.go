package native

import (
	"unicode"
	"unicode/utf8"
)

// utf8Functions decode UTF-8.
var utf8Functions = []Function{
	{Name: "trino_from_utf8", Params: []string{"BLOB", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			replacement := args[1].(string)
			if utf8.RuneCountInString(replacement) > 1 {
				return nil, invalid("Replacement character string must empty or a single character")
			}
			return decodeUTF8(args[0].([]byte), replacement), nil
		}},
	{Name: "trino_from_utf8_codepoint", Params: []string{"BLOB", "BIGINT"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			c := args[1].(int64)
			if c < 0 || c > unicode.MaxRune || !utf8.ValidRune(rune(c)) {
				return nil, invalid("Invalid replacement character")
			}
			return decodeUTF8(args[0].([]byte), string(rune(c))), nil
		}},
}

// decodeUTF8 puts a replacement in place of each sequence of bytes that is no character: a first byte with as many
// bytes as it says that follow, or those of them that are there.
func decodeUTF8(b []byte, replacement string) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		if c != utf8.RuneError || n > 1 {
			out = append(out, b[:n]...)
		} else {
			n = invalidLength(b)
			out = append(out, replacement...)
		}
		b = b[n:]
	}
	return string(out)
}

func invalidLength(b []byte) int {
	says := 1
	for i, from := range []byte{0b1100_0000, 0b1110_0000, 0b1111_0000, 0b1111_1000, 0b1111_1100} {
		if b[0] >= from && b[0] < 0b1111_1110 {
			says = i + 2
		}
	}
	for n := 1; n < says; n++ {
		if n == len(b) || b[n]&0b1100_0000 != 0b1000_0000 {
			return n
		}
	}
	return says
}
