package native

import (
	"math/big"
	"strings"
	"unicode"
)

// distanceFunctions compare, check and describe strings.
var distanceFunctions = []Function{
	{Name: "trino_hamming_distance", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BIGINT", Call: hammingDistance},
	{Name: "trino_levenshtein_distance", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BIGINT",
		Call: levenshteinDistance},
	{Name: "trino_luhn_check", Params: []string{"VARCHAR"}, Result: "BOOLEAN", Call: luhnCheck},
	{Name: "trino_soundex", Params: []string{"VARCHAR"}, Result: "VARCHAR", Call: soundex},
	{Name: "trino_format_number", Params: []string{"BIGINT"}, Result: "VARCHAR", Call: formatNumber},
}

func hammingDistance(args []any) (any, error) {
	a, b := []rune(args[0].(string)), []rune(args[1].(string))
	if len(a) != len(b) {
		return nil, invalid("The input strings to hamming_distance function must have the same length")
	}
	n := int64(0)
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n, nil
}

func levenshteinDistance(args []any) (any, error) {
	long, short := []rune(args[0].(string)), []rune(args[1].(string))
	if len(long) < len(short) {
		long, short = short, long
	}
	if len(long)*(len(short)-1) > 1_000_000 {
		return nil, invalid("The combined inputs for Levenshtein distance are too large")
	}
	distances := make([]int, len(short)+1)
	for i := range distances {
		distances[i] = i
	}
	for i, c := range long {
		diagonal := distances[0]
		distances[0] = i + 1
		for j, d := range short {
			cost := diagonal
			if c != d {
				cost = min(diagonal, distances[j], distances[j+1]) + 1
			}
			diagonal, distances[j+1] = distances[j+1], cost
		}
	}
	return int64(distances[len(short)]), nil
}

func luhnCheck(args []any) (any, error) {
	digits := args[0].(string)
	if digits == "" {
		return false, nil
	}
	sum := 0
	for i := range len(digits) {
		c := digits[len(digits)-1-i]
		if c < '0' || c > '9' {
			return nil, invalid("Input contains non-digit character")
		}
		d := int(c - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0, nil
}

// soundexDigits are those of the letters A to Z.
const soundexDigits = "01230120022455012623010202"

func soundex(args []any) (any, error) {
	var letters []rune
	for _, c := range args[0].(string) {
		if unicode.IsLetter(c) {
			letters = append(letters, []rune(strings.ToUpper(string(c)))...)
		}
	}
	if len(letters) == 0 {
		return "", nil
	}
	code := []byte{byte(letters[0])}
	var last byte
	for i, c := range letters {
		if c < 'A' || c > 'Z' {
			return nil, invalid("The character is not mapped: %c (index=%d)", c, int(c)-'A')
		}
		digit := soundexDigits[c-'A']
		switch {
		case i == 0:
		case c == 'H' || c == 'W':
			continue
		case digit != '0' && digit != last:
			code = append(code, digit)
		}
		last = digit
		if len(code) == 4 {
			break
		}
	}
	return string(append(code, "000"[:4-len(code)]...)), nil
}

// formatNumber writes a number with three digits and a unit. Negative numbers always have up to two decimals.
func formatNumber(args []any) (any, error) {
	value := float64(args[0].(int64))
	units := []string{"", "K", "M", "B", "T", "Q"}
	i := 0
	for ; i < len(units)-1 && (value >= 1000 || value <= -1000); i++ {
		value /= 1000
	}
	decimals := 0
	switch {
	case value < 10:
		decimals = 2
	case value < 100:
		decimals = 1
	}
	return trimDecimals(roundHalfUp(value, decimals)) + units[i], nil
}

// roundHalfUp writes a double with so many decimals, its exact value rounded with halves away from zero.
func roundHalfUp(value float64, decimals int) string {
	return new(big.Rat).SetFloat64(value).FloatString(decimals)
}

func trimDecimals(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
