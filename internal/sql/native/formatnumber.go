package native

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
)

func utf16Units(s string) []uint16 { return utf16.Encode([]rune(s)) }

// firstUnits is a text's first characters as Java counts them, where one above U+FFFF is two; half of one becomes ?.
// All of the text when n is negative.
func firstUnits(text string, n int) string {
	units := utf16Units(text)
	if n < 0 || n >= len(units) {
		return text
	}
	first := string(utf16.Decode(units[:n]))
	if n > 0 && units[n]&0xfc00 == 0xdc00 {
		first = strings.TrimSuffix(first, "\ufffd") + "?"
	}
	return first
}

// integer writes a Long by d, o or x.
func (s *specifier) integer(text string) string {
	if s.conversion == 'd' {
		digits, negative := strings.CutPrefix(text, "-")
		return s.signed(negative, digits, "")
	}
	v, _ := strconv.ParseInt(text, 10, 64)
	base, prefix := 16, "0x"
	if s.conversion == 'o' {
		base, prefix = 8, "0"
	}
	digits := strconv.FormatUint(uint64(v), base)
	if !s.has('#') {
		prefix = ""
	}
	if s.has('0') {
		digits = strings.Repeat("0", max(0, s.width-len(prefix)-len(digits))) + digits
	}
	return prefix + digits
}

// signed puts sign, grouping and zeros around digits, which may have a point; rest follows them, as an exponent does.
func (s *specifier) signed(negative bool, digits, rest string) string {
	whole, fraction, point := strings.Cut(digits, ".")
	if s.has(',') {
		for at := len(whole) - 3; at > 0; at -= 3 {
			whole = whole[:at] + "," + whole[at:]
		}
	}
	if point {
		rest = "." + fraction + rest
	}
	before, after := "", ""
	switch {
	case negative && s.has('('):
		before, after = "(", ")"
	case negative:
		before = "-"
	case s.has('+'):
		before = "+"
	case s.has(' '):
		before = " "
	}
	if s.has('0') {
		length := len(before) + len(whole) + len(rest) + len(after)
		whole = strings.Repeat("0", max(0, s.width-length)) + whole
	}
	return before + whole + rest + after
}

// decimal writes a Float, Double or BigDecimal by e, f, g or a.
func (f *formatter) decimal(s *specifier, arg *formatArgument) (string, error) {
	if digits, scale, is := s.decimalZero(arg); is {
		sign := "+"
		if scale > 0 {
			sign = "-"
		}
		return s.cased(s.signed(false, digits, fmt.Sprintf("e%s%02d", sign, scale))), nil
	}
	value := new(big.Rat)
	negative := strings.HasPrefix(arg.text, "-")
	if arg.kind == 'm' {
		value.SetString(arg.text)
	} else {
		bits := map[byte]int{'f': 32, 'd': 64}[arg.kind]
		v, _ := strconv.ParseFloat(arg.text, bits)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			plain := *s
			plain.flags = strings.NewReplacer("0", "", ",", "").Replace(s.flags)
			text := plain.signed(negative && !math.IsNaN(v), strings.TrimPrefix(JavaDouble(v), "-"), "")
			if math.IsNaN(v) {
				text = "NaN"
			}
			return s.cased(text), nil
		}
		if s.conversion == 'a' {
			return "", Fail("NOT_SUPPORTED", "Formatting with %%a is not supported")
		}
		// the digits are those of the double's shortest text, also for a float
		value.SetString(strconv.FormatFloat(v, 'e', -1, 64))
	}
	value.Abs(value)
	precision := s.precision
	if precision < 0 {
		precision = 6
	}
	switch s.conversion {
	case 'f':
		digits := value.FloatString(precision)
		if s.has('#') && precision == 0 {
			digits += "."
		}
		return s.signed(negative, digits, ""), nil
	case 'e':
		digits, exponent := exponential(value, precision)
		if s.has('#') && precision == 0 {
			digits += "."
		}
		return s.cased(s.signed(negative, digits, exponent)), nil
	}
	return s.cased(s.general(negative, value, max(precision, 1))), nil
}

// decimalZero is a BigDecimal of zero as e and g write it, with its scale for an exponent.
func (s *specifier) decimalZero(arg *formatArgument) (digits string, scale int, is bool) {
	_, fraction, _ := strings.Cut(arg.text, ".")
	decimals := s.precision
	switch {
	case arg.kind != 'm' || strings.Trim(arg.text, "-0.") != "":
		return "", 0, false
	case s.conversion == 'g' && fraction != "":
		if decimals < 0 {
			decimals = 6
		}
		decimals = max(decimals, 1) - 1
	case s.conversion != 'e':
		return "", 0, false
	case decimals < 0:
		decimals = 6
	}
	digits = new(big.Rat).FloatString(decimals)
	if s.has('#') && decimals == 0 {
		digits += "."
	}
	return digits, len(fraction), true
}

func (s *specifier) cased(text string) string {
	if s.upper {
		return strings.ToUpper(text)
	}
	return text
}

// general is %g: so many significant digits, with an exponent for what is below 0.0001 or has more digits before the
// point.
func (s *specifier) general(negative bool, value *big.Rat, precision int) string {
	if value.Sign() == 0 {
		return s.signed(negative, value.FloatString(precision-1), "")
	}
	digits, exponent := exponential(value, precision-1)
	e, _ := strconv.Atoi(exponent[1:])
	if e >= -4 && e < precision {
		return s.signed(negative, value.FloatString(precision-1-e), "")
	}
	return s.signed(negative, digits, exponent)
}

// exponential writes a value that is not negative as d.ddd, rounded half up, and its exponent as e+05.
func exponential(value *big.Rat, decimals int) (digits, exponent string) {
	e := 0
	if value.Sign() != 0 {
		e = len(value.Num().String()) - len(value.Denom().String())
		for value.Cmp(power(e+1)) >= 0 {
			e++
		}
		for value.Cmp(power(e)) < 0 {
			e--
		}
	}
	scaled := new(big.Rat).Quo(value, power(e))
	if digits = scaled.FloatString(decimals); strings.HasPrefix(digits, "10") {
		e++
		digits = new(big.Rat).Quo(value, power(e)).FloatString(decimals)
	}
	sign := "+"
	if e < 0 {
		sign, e = "-", -e
	}
	exponent = strconv.Itoa(e)
	if e < 10 {
		exponent = "0" + exponent
	}
	return digits, "e" + sign + exponent
}

// power is 10 to the e.
func power(e int) *big.Rat {
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(e, -e))), nil)
	if e < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), p)
	}
	return new(big.Rat).SetInt(p)
}
