package native

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// numbers has the casts between texts and numbers, in Java's ways.
var numbers = []Function{
	{Name: "trino_text_integer", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BIGINT",
		Call: func(args []any) (any, error) { return TextInteger(args[0].(string), args[1].(string)) }},
	{Name: "trino_text_boolean", Params: []string{"VARCHAR"}, Result: "BOOLEAN",
		Call: func(args []any) (any, error) { return TextBoolean(args[0].(string)) }},
	{Name: "trino_text_double", Params: []string{"VARCHAR"}, Result: "DOUBLE",
		Call: func(args []any) (any, error) { return TextDouble(args[0].(string)) }},
	{Name: "trino_text_real", Params: []string{"VARCHAR"}, Result: "FLOAT",
		Call: func(args []any) (any, error) {
			f, err := TextReal(args[0].(string))
			return f, err
		}},
	{Name: "trino_text_decimal", Params: []string{"VARCHAR", "INTEGER", "INTEGER"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			return textDecimal(args[0].(string), int(args[1].(int32)), int(args[2].(int32)))
		}},
	{Name: "trino_double_text", Params: []string{"DOUBLE"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return doubleText(args[0].(float64)), nil }},
	{Name: "trino_real_text", Params: []string{"FLOAT"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return realText(args[0].(float32)), nil }},
	{Name: "trino_java_double", Params: []string{"DOUBLE"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return javaFloat(args[0].(float64), 64), nil }},
	{Name: "trino_java_real", Params: []string{"FLOAT"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return javaFloat(float64(args[0].(float32)), 32), nil }},
	{Name: "trino_float_integer", Params: []string{"DOUBLE", "VARCHAR", "BOOLEAN"}, Result: "BIGINT",
		Call: func(args []any) (any, error) {
			return floatInteger(args[0].(float64), args[1].(string), args[2].(bool))
		}},
	{Name: "trino_float_decimal", Params: []string{"DOUBLE", "BOOLEAN", "INTEGER", "INTEGER"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			return floatDecimal(args[0].(float64), args[1].(bool), int(args[2].(int32)), int(args[3].(int32)))
		}},
	{Name: "trino_decimal_double", Params: []string{"VARCHAR", "INTEGER", "INTEGER"}, Result: "DOUBLE",
		Call: func(args []any) (any, error) {
			return decimalDouble(args[0].(string), int(args[1].(int32)), int(args[2].(int32)))
		}},
	{Name: "trino_decimal_real", Params: []string{"VARCHAR", "INTEGER", "INTEGER"}, Result: "FLOAT",
		Call: func(args []any) (any, error) {
			return decimalReal(args[0].(string), int(args[1].(int32)), int(args[2].(int32)))
		}},
	{Name: "trino_decimal_divide", Params: []string{"VARCHAR", "VARCHAR", "INTEGER"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			return decimalDivide(args[0].(string), args[1].(string), int(args[2].(int32)))
		}},
	{Name: "trino_decimal_modulus", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return decimalModulus(args[0].(string), args[1].(string)) }},
}

// integerBits are the widths of Trino's integers.
var integerBits = map[string]int{"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}

// integerWords are how the messages of casts from texts name Trino's integers.
var integerWords = map[string]string{"tinyint": "TINYINT", "smallint": "SMALLINT", "integer": "INT", "bigint": "BIGINT"}

// javaTrim leaves out what Java's trim does: all up to the blank.
func javaTrim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// asciiDigits has the digits of other scripts as those of ASCII, which Java reads where a number has no fraction and no
// exponent in base 2. It does not know those beyond 16 bits.
func asciiDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && r <= 0xffff && unicode.IsDigit(r) {
			return '0' + digitValue(r)
		}
		return r
	}, s)
}

// digitValue is the value of a decimal digit: those of a script stand together, from 0 to 9.
func digitValue(r rune) rune {
	for _, run := range unicode.Nd.R16 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	return 0
}

// TextInteger casts a text to an integer type, which is named in lower case.
func TextInteger(text, kind string) (int64, error) {
	digits := asciiDigits(javaTrim(text))
	if value, err := strconv.ParseInt(digits, 10, integerBits[kind]); err == nil {
		return value, nil
	}
	return 0, Fail("INVALID_CAST_ARGUMENT", "Cannot cast '%s' to %s", text, integerWords[kind])
}

// TextBoolean casts a text to a boolean.
func TextBoolean(text string) (bool, error) {
	switch asciiLower(text) {
	case "t", "1", "true":
		return true, nil
	case "f", "0", "false":
		return false, nil
	}
	return false, Fail("INVALID_CAST_ARGUMENT", "Cannot cast '%s' to BOOLEAN", text)
}

// asciiLower folds ASCII letters only.
func asciiLower(s string) string {
	lower := []byte(s)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	return string(lower)
}

var javaNumber = late(`^[+-]?(?:NaN|Infinity|` +
	`(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|0[xX](?:[0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)` +
	`[pP][+-]?[0-9]+)[fFdD]?)$`)

// TextDouble casts a text to a double.
func TextDouble(text string) (float64, error) { return textFloat(text, 64, "DOUBLE") }

// TextReal casts a text to a real.
func TextReal(text string) (float32, error) {
	f, err := textFloat(text, 32, "REAL")
	return float32(f), err
}

// textFloat reads what Java's Double.parseDouble or, of 32 bits, Float.parseFloat reads.
func textFloat(text string, bits int, kind string) (float64, error) {
	number := javaTrim(text)
	if !javaNumber.MatchString(number) {
		return 0, Fail("INVALID_CAST_ARGUMENT", "Cannot cast '%s' to %s", text, kind)
	}
	if !strings.HasSuffix(number, "Infinity") {
		number = strings.TrimRight(number, "fFdD")
	}
	if strings.HasSuffix(number, "NaN") {
		return math.NaN(), nil
	}
	value, _ := strconv.ParseFloat(number, bits) // out of range is an infinity or zero, as in Java
	return value, nil
}

// doubleText is a double as Trino casts it to varchar: with an exponent, and the digits that Java's DecimalFormat
// finds.
func doubleText(f float64) string {
	switch text := exceptional(f); {
	case text != "":
		return text
	case f < 0:
		return "-" + formatDigits(-f).scientific()
	}
	return formatDigits(f).scientific()
}

// realText is a real as Trino casts it to varchar: the text that Java has for it, as a double and of up to 7 digits.
func realText(f float32) string {
	if text := exceptional(float64(f)); text != "" {
		return text
	}
	double, _ := strconv.ParseFloat(javaFloat(math.Abs(float64(f)), 32), 64)
	digits := formatDigits(double)
	digits.shorten(7)
	if f < 0 {
		return "-" + digits.scientific()
	}
	return digits.scientific()
}

// exceptional is the text of what has no digits: zeros, infinities and NaN.
func exceptional(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0 && math.Signbit(f):
		return "-0E0"
	case f == 0:
		return "0E0"
	}
	return ""
}

// trimMantissa leaves one digit after the point at least.
func trimMantissa(m string) string {
	if !strings.Contains(m, ".") {
		return m + ".0"
	}
	m = strings.TrimRight(m, "0")
	if strings.HasSuffix(m, ".") {
		return m + "0"
	}
	return m
}

// floatInteger rounds half away from zero.
func floatInteger(f float64, kind string, isReal bool) (any, error) {
	bits, name := 64, "double"
	if isReal {
		bits, name = 32, "real"
	}
	rounded := math.Round(f)
	limit := math.Ldexp(1, integerBits[kind]-1)
	switch {
	case rounded >= -limit && rounded < limit:
		return int64(rounded), nil
	case kind == "bigint" && isReal && !math.IsNaN(f): // Java's rounding stops at the limits
		if f > 0 {
			return int64(math.MaxInt64), nil
		}
		return int64(math.MinInt64), nil
	case kind == "bigint" && !isReal:
		return nil, Fail("INVALID_CAST_ARGUMENT", "Unable to cast %s to bigint", javaFloat(f, bits))
	case math.IsNaN(f):
		return nil, Fail("INVALID_CAST_ARGUMENT", "Cannot cast %s NaN to %s", name, kind)
	}
	return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "Out of range for %s: %s", kind, javaFloat(f, bits))
}

// maxExponent bounds the powers of ten that a text may ask for.
const maxExponent = 1000

var decimalText = late(`^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$`)

// unscaled reads a number as a Java BigDecimal and gives it times 10^scale, rounded half up; nil is no number. Numbers
// beyond 10^maxExponent are given as that power.
func unscaled(text string, scale int) *big.Int {
	m := decimalText.FindStringSubmatch(asciiDigits(text))
	if m == nil || m[2] == "" && m[3] == "" {
		return nil
	}
	value, ok := new(big.Int).SetString(m[1]+m[2]+m[3], 10)
	if !ok {
		return nil
	}
	exponent := 0
	if m[4] != "" {
		var err error
		if exponent, err = strconv.Atoi(m[4]); err != nil {
			return nil // Java has exponents of 32 bits
		}
	}
	if exponent != int(int32(exponent)) {
		return nil
	}
	shift := exponent - len(m[3]) + scale
	switch {
	case value.Sign() == 0 || shift == 0:
		return value
	case shift > maxExponent:
		return new(big.Int).Mul(big.NewInt(int64(value.Sign())), tenTo(maxExponent))
	case shift > 0:
		return value.Mul(value, tenTo(shift))
	case -shift > len(m[2])+len(m[3])+1:
		return new(big.Int)
	}
	return halfUp(value, tenTo(-shift))
}

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// halfUp divides and rounds halves away from zero.
func halfUp(value, by *big.Int) *big.Int {
	quotient, rest := new(big.Int).QuoRem(value, by, new(big.Int))
	if rest.Abs(rest).Lsh(rest, 1).CmpAbs(by) >= 0 {
		quotient.Add(quotient, big.NewInt(int64(value.Sign()*by.Sign())))
	}
	return quotient
}

// decimalString writes value / 10^scale.
func decimalString(value *big.Int, scale int) string {
	digits := new(big.Int).Abs(value).String()
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale+1-len(digits)) + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if value.Sign() < 0 {
		return "-" + digits
	}
	return digits
}

func textDecimal(text string, precision, scale int) (any, error) {
	value := unscaled(text, scale)
	switch {
	case value == nil:
		return nil, Fail("INVALID_CAST_ARGUMENT", "Cannot cast VARCHAR '%s' to DECIMAL(%d, %d). Value is not a number.", text,
			precision, scale)
	case value.CmpAbs(tenTo(precision)) >= 0:
		return nil, Fail("INVALID_CAST_ARGUMENT", "Cannot cast VARCHAR '%s' to DECIMAL(%d, %d). Value too large.", text,
			precision, scale)
	}
	return decimalString(value, scale), nil
}

// floatDecimal takes the shortest decimal text of a double or real and rounds that.
func floatDecimal(f float64, isReal bool, precision, scale int) (any, error) {
	bits, name := 64, "DOUBLE"
	if isReal {
		bits, name = 32, "REAL"
	}
	var value *big.Int
	if !math.IsNaN(f) && !math.IsInf(f, 0) {
		value = unscaled(strconv.FormatFloat(f, 'e', -1, bits), scale)
	}
	switch {
	case value != nil && value.CmpAbs(tenTo(precision)) < 0:
		return decimalString(value, scale), nil
	case value != nil && value.CmpAbs(tenTo(38)) >= 0 && value.BitLen() < 128: // fits Trino's 128 bits
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
	}
	return nil, Fail("INVALID_CAST_ARGUMENT", "Cannot cast %s '%s' to DECIMAL(%d, %d)", name, javaFloat(f, bits),
		precision, scale)
}

// digitsOf reads a decimal as DuckDB writes it.
func digitsOf(text string) (value *big.Int, scale int, err error) {
	if _, fraction, has := strings.Cut(text, "."); has {
		scale = len(fraction)
	}
	value, ok := new(big.Int).SetString(strings.Replace(text, ".", "", 1), 10)
	if !ok {
		return nil, 0, Fail("GENERIC_INTERNAL_ERROR", "no decimal: %s", text)
	}
	return value, scale, nil
}

// decimalDouble divides doubles for decimals of up to 18 digits, as Trino does, and else is the nearest double.
func decimalDouble(text string, precision, scale int) (any, error) {
	if precision <= 18 {
		value, _, err := digitsOf(text)
		if err != nil {
			return nil, err
		}
		return float64(value.Int64()) / math.Pow10(scale), nil
	}
	return strconv.ParseFloat(text, 64)
}

func decimalReal(text string, precision, scale int) (any, error) {
	if precision <= 18 {
		value, _, err := digitsOf(text)
		if err != nil {
			return nil, err
		}
		return float32(value.Int64()) / float32(math.Pow10(scale)), nil
	}
	f, err := strconv.ParseFloat(text, 32)
	return float32(f), err
}

// decimalDivide rounds half away from zero to a scale.
func decimalDivide(left, right string, scale int) (any, error) {
	l, ls, err := digitsOf(left)
	if err != nil {
		return nil, err
	}
	r, rs, err := digitsOf(right)
	switch {
	case err != nil:
		return nil, err
	case r.Sign() == 0:
		return nil, Fail("DIVISION_BY_ZERO", "Division by zero")
	}
	switch shift := scale - ls + rs; {
	case shift >= 38: // Trino does not scale by so much, be it 0
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
	case shift >= 0:
		l.Mul(l, tenTo(shift))
	default:
		r.Mul(r, tenTo(-shift))
	}
	quotient := halfUp(l, r)
	if quotient.CmpAbs(tenTo(38)) >= 0 {
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
	}
	return decimalString(quotient, scale), nil
}

// decimalModulus is the remainder that has the sign of the dividend, with the larger scale.
func decimalModulus(left, right string) (any, error) {
	l, ls, err := digitsOf(left)
	if err != nil {
		return nil, err
	}
	r, rs, err := digitsOf(right)
	switch {
	case err != nil:
		return nil, err
	case r.Sign() == 0:
		return nil, Fail("DIVISION_BY_ZERO", "Division by zero")
	}
	scale := max(ls, rs)
	l.Mul(l, tenTo(scale-ls))
	r.Mul(r, tenTo(scale-rs))
	return decimalString(l.Rem(l, r), scale), nil
}
