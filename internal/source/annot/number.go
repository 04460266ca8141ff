package annot

import (
	"bytes"
	"math"
	"strconv"
)

// outcome tells how reading a number went.
type outcome uint8

const (
	good outcome = iota
	notNumber
	outOfRange
)

// parseInt reads decimal digits with an optional sign.
func parseInt(text []byte) (int64, outcome) {
	digits := text
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		digits = text[1:]
	}
	if len(digits) == 0 {
		return 0, notNumber
	}
	v := int64(0)
	if len(digits) <= 18 {
		for _, c := range digits {
			d := c - '0'
			if d > 9 {
				return 0, notNumber
			}
			v = v*10 + int64(d)
		}
		if text[0] == '-' {
			v = -v
		}
		return v, good
	}
	for _, c := range digits {
		if c-'0' > 9 {
			return 0, notNumber
		}
	}
	v, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, outOfRange
	}
	return v, good
}

// pow10 holds the powers of ten that a float64 represents exactly.
var pow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// parseFloat reads a decimal number of 32 or 64 bits, or NaN, Inf or Infinity in
// any case, with an optional sign. A number too large is out of range, one too
// small is 0.
func parseFloat(text []byte, bits int) (float64, outcome) {
	if bits == 64 && len(text) <= 16 {
		if v, ok := shortFloat(text); ok {
			return v, good
		}
	}
	if !isDecimal(text) {
		word := text
		if len(word) > 0 && (word[0] == '-' || word[0] == '+') {
			word = word[1:]
		}
		switch {
		case bytes.EqualFold(word, nan):
			return math.NaN(), good
		case bytes.EqualFold(word, inf), bytes.EqualFold(word, infinity):
			if text[0] == '-' {
				return math.Inf(-1), good
			}
			return math.Inf(1), good
		}
		return 0, notNumber
	}
	v, err := strconv.ParseFloat(string(text), bits)
	if err != nil {
		return 0, outOfRange
	}
	return v, good
}

var nan, inf, infinity = []byte("nan"), []byte("inf"), []byte("infinity")

// shortFloat reads up to 15 digits with a point: digits and divisor are exact
// then, so that their quotient is the nearest float64.
func shortFloat(text []byte) (float64, bool) {
	mantissa, digits, fraction := int64(0), 0, -1
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	for _, c := range text {
		if d := c - '0'; d <= 9 {
			mantissa = mantissa*10 + int64(d)
			digits++
		} else if c == '.' && fraction < 0 {
			fraction = digits
		} else {
			return 0, false
		}
	}
	if digits == 0 || digits > 15 {
		return 0, false
	}
	v := float64(mantissa)
	if fraction >= 0 {
		v /= pow10[digits-fraction]
	}
	if negative {
		v = -v
	}
	return v, true
}

// isDecimal tells whether text is a number such as -1, .5, 5. or 1.5e-8.
func isDecimal(text []byte) bool {
	i, digits := 0, 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	for ; i < len(text) && text[i]-'0' <= 9; i++ {
		digits++
	}
	if i < len(text) && text[i] == '.' {
		for i++; i < len(text) && text[i]-'0' <= 9; i++ {
			digits++
		}
	}
	if digits == 0 {
		return false
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '-' || text[i] == '+') {
			i++
		}
		first := i
		for i < len(text) && text[i]-'0' <= 9 {
			i++
		}
		if i == first {
			return false
		}
	}
	return i == len(text)
}
