package native

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// binaryFunctions are those of bytes.
var binaryFunctions = []Function{
	{Name: "trino_substr_varbinary", Params: []string{"BLOB", "BIGINT", "BIGINT"}, Result: "BLOB", Call: substrBytes},
	{Name: "trino_reverse_varbinary", Params: []string{"BLOB"}, Result: "BLOB", Call: reverseBytes},
	{Name: "trino_lpad_varbinary", Params: []string{"BLOB", "BIGINT", "BLOB"}, Result: "BLOB", Call: paddedBytes(true)},
	{Name: "trino_rpad_varbinary", Params: []string{"BLOB", "BIGINT", "BLOB"}, Result: "BLOB", Call: paddedBytes(false)},
	{Name: "trino_to_hex", Params: []string{"BLOB"}, Result: "VARCHAR", Call: func(args []any) (any, error) {
		return strings.ToUpper(hex.EncodeToString(args[0].([]byte))), nil
	}},
	{Name: "trino_from_hex", Params: []string{"BLOB"}, Result: "BLOB", Call: fromHex},
	{Name: "trino_to_base32", Params: []string{"BLOB"}, Result: "VARCHAR", Call: func(args []any) (any, error) {
		return base32.StdEncoding.EncodeToString(args[0].([]byte)), nil
	}},
	{Name: "trino_from_base32", Params: []string{"BLOB"}, Result: "BLOB", Call: fromBase32},
	{Name: "trino_to_base64", Params: []string{"BLOB"}, Result: "VARCHAR", Call: func(args []any) (any, error) {
		return base64.StdEncoding.EncodeToString(args[0].([]byte)), nil
	}},
	{Name: "trino_from_base64", Params: []string{"BLOB"}, Result: "BLOB", Call: fromBase64("+/")},
	{Name: "trino_to_base64url", Params: []string{"BLOB"}, Result: "VARCHAR", Call: func(args []any) (any, error) {
		return base64.URLEncoding.EncodeToString(args[0].([]byte)), nil
	}},
	{Name: "trino_from_base64url", Params: []string{"BLOB"}, Result: "BLOB", Call: fromBase64("-_")},
	{Name: "trino_to_big_endian_64", Params: []string{"BIGINT"}, Result: "BLOB", Call: func(args []any) (any, error) {
		return binary.BigEndian.AppendUint64(nil, uint64(args[0].(int64))), nil
	}},
	{Name: "trino_to_big_endian_32", Params: []string{"INTEGER"}, Result: "BLOB", Call: func(args []any) (any, error) {
		return binary.BigEndian.AppendUint32(nil, uint32(args[0].(int32))), nil
	}},
	{Name: "trino_from_big_endian_64", Params: []string{"BLOB"}, Result: "BIGINT", Call: func(args []any) (any, error) {
		b := args[0].([]byte)
		if len(b) != 8 {
			return nil, invalid("expected 8-byte input, but got instead: %d", len(b))
		}
		return int64(binary.BigEndian.Uint64(b)), nil
	}},
	{Name: "trino_from_big_endian_32", Params: []string{"BLOB"}, Result: "INTEGER", Call: func(args []any) (any, error) {
		b := args[0].([]byte)
		if len(b) != 4 {
			return nil, invalid("expected 4-byte input, but got instead: %d", len(b))
		}
		return int32(binary.BigEndian.Uint32(b)), nil
	}},
	{Name: "trino_to_ieee754_64", Params: []string{"DOUBLE"}, Result: "BLOB", Call: func(args []any) (any, error) {
		bits := math.Float64bits(args[0].(float64))
		if math.IsNaN(args[0].(float64)) {
			bits = 0x7ff8 << 48
		}
		return binary.BigEndian.AppendUint64(nil, bits), nil
	}},
	{Name: "trino_to_ieee754_32", Params: []string{"FLOAT"}, Result: "BLOB", Call: func(args []any) (any, error) {
		bits := math.Float32bits(args[0].(float32))
		if f := args[0].(float32); f != f {
			bits = 0x7fc0 << 16
		}
		return binary.BigEndian.AppendUint32(nil, bits), nil
	}},
	{Name: "trino_from_ieee754_64", Params: []string{"BLOB"}, Result: "DOUBLE", Call: func(args []any) (any, error) {
		b := args[0].([]byte)
		if len(b) != 8 {
			return nil, invalid("Input floating-point value must be exactly 8 bytes long")
		}
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	}},
	{Name: "trino_from_ieee754_32", Params: []string{"BLOB"}, Result: "FLOAT", Call: func(args []any) (any, error) {
		b := args[0].([]byte)
		if len(b) != 4 {
			return nil, invalid("Input floating-point value must be exactly 4 bytes long")
		}
		return math.Float32frombits(binary.BigEndian.Uint32(b)), nil
	}},
	{Name: "trino_to_base", Params: []string{"BIGINT", "BIGINT"}, Result: "VARCHAR", Call: toBase},
	{Name: "trino_from_base", Params: []string{"VARCHAR", "BIGINT"}, Result: "BIGINT", Call: fromBase},
}

func substrBytes(args []any) (any, error) {
	b, start, length := args[0].([]byte), saturated(args[1].(int64)), saturated(args[2].(int64))
	if start == 0 || length <= 0 {
		return []byte{}, nil
	}
	if start < 0 {
		start += len(b) + 1
	}
	if start < 1 || start > len(b) {
		return []byte{}, nil
	}
	b = b[start-1:]
	return b[:min(length, len(b))], nil
}

func reverseBytes(args []any) (any, error) {
	b := args[0].([]byte)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return b, nil
}

func paddedBytes(left bool) func(args []any) (any, error) {
	return func(args []any) (any, error) {
		b, target, padding := args[0].([]byte), args[1].(int64), args[2].([]byte)
		switch {
		case target < 0 || target > math.MaxInt32:
			return nil, invalid("Target length must be in the range [0..%d]", math.MaxInt32)
		case len(padding) == 0:
			return nil, invalid("Padding bytes must not be empty")
		case int(target) <= len(b):
			return b[:target], nil
		case target > maxResult:
			return nil, tooLong()
		}
		missing := int(target) - len(b)
		filling := bytes.Repeat(padding, missing/len(padding)+1)[:missing]
		if left {
			return append(filling, b...), nil
		}
		return append(b, filling...), nil
	}
}

func fromHex(args []any) (any, error) {
	s := args[0].([]byte)
	if len(s)%2 != 0 {
		return nil, invalid("invalid input length %d", len(s))
	}
	b := make([]byte, len(s)/2)
	for i, c := range s {
		d := hexDigit(c)
		if d < 0 {
			char := int(int8(c)) // a byte of Java has a sign
			if char < 0 {
				char += 1 << 16
			}
			return nil, invalid("not a hexadecimal digit: \"%c\" = %d", rune(char), int(int8(c)))
		}
		b[i/2] = b[i/2]<<4 | byte(d)
	}
	return b, nil
}

// fromBase32 decodes the upper-case alphabet; padding may be there or not.
func fromBase32(args []any) (any, error) {
	text := string(args[0].([]byte))
	s := strings.TrimRight(text, "=")
	switch len(s) % 8 {
	case 1, 3, 6:
		return nil, invalid("Invalid input length %d", len(s))
	}
	b := make([]byte, 0, len(s))
	var bits uint64
	n := 0
	for _, c := range s {
		v := strings.IndexRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", c)
		if v < 0 {
			return nil, invalid("Unrecognized character: %s", unrecognized(c))
		}
		bits = bits<<5 | uint64(v)
		if n += 5; n >= 8 {
			n -= 8
			b = append(b, byte(bits>>n))
		}
	}
	return b, nil
}

// unrecognized is a character as the message about it has it.
func unrecognized(c rune) string {
	if c <= ' ' || c >= utf8.RuneSelf-1 {
		return "0x" + strconv.FormatInt(int64(c), 16)
	}
	return string(c)
}

// fromBase64 decodes base64 whose last two digits are these. The last group may lack its padding.
func fromBase64(last string) func(args []any) (any, error) {
	alphabet := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last
	return func(args []any) (any, error) {
		s := args[0].([]byte)
		if len(s) == 1 {
			return nil, invalid("Input byte[] should at least have 2 bytes for base64 bytes")
		}
		b := make([]byte, 0, len(s)/4*3+3)
		var bits uint32
		n := 0
		for i, c := range s {
			if c == '=' {
				// = ends the text: after two digits there is another, after three there is none
				rest := s[i+1:]
				if n < 2 || n == 2 && (len(rest) == 0 || rest[0] != '=') {
					return nil, invalid("Input byte array has wrong 4-byte ending unit")
				}
				if n == 2 {
					rest = rest[1:]
				}
				if len(rest) > 0 {
					return nil, invalid("Input byte array has incorrect ending byte at %d", len(s)-len(rest))
				}
				break
			}
			v := strings.IndexByte(alphabet, c)
			if v < 0 {
				return nil, invalid("Illegal base64 character %x", int8(c))
			}
			bits = bits<<6 | uint32(v)
			if n++; n == 4 {
				b = append(b, byte(bits>>16), byte(bits>>8), byte(bits))
				n, bits = 0, 0
			}
		}
		switch n {
		case 1:
			return nil, invalid("Last unit does not have enough valid bits")
		case 2:
			b = append(b, byte(bits>>4))
		case 3:
			b = append(b, byte(bits>>10), byte(bits>>2))
		}
		return b, nil
	}
}

func checkRadix(radix int64) error {
	if radix < 2 || radix > 36 {
		return invalid("Radix must be between 2 and 36")
	}
	return nil
}

func toBase(args []any) (any, error) {
	if err := checkRadix(args[1].(int64)); err != nil {
		return nil, err
	}
	return strconv.FormatInt(args[0].(int64), int(args[1].(int64))), nil
}

func fromBase(args []any) (any, error) {
	s, radix := args[0].(string), args[1].(int64)
	if err := checkRadix(radix); err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(asciiDigits(s), int(radix), 64)
	if err != nil {
		return nil, invalid("Not a valid base-%d number: %s", radix, s)
	}
	return n, nil
}
