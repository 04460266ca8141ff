package native

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// The numbers of paths: integers of 32 or 64 bits, decimals of up to 38 digits, and doubles. Those of JSON are taken
// for the narrowest integer that holds them, or for doubles.
type (
	pathInteger struct {
		value int64
		wide  bool
	}
	pathDecimal struct {
		unscaled *big.Int
		scale    int
	}
)

func integerOf(n int64) pathInteger { return pathInteger{n, int64(int32(n)) != n} }

var errNumber = pathError("JSON number is too big")

// pathError is a failure of a path's evaluation, to which ON ERROR answers.
func pathError(message string) error {
	return &Error{"PATH_EVALUATION_ERROR", "path evaluation failed: " + message}
}

// numeric gives an item as a number of the path; ok is false for what is none.
func numeric(item any) (n any, ok bool, err error) {
	switch item := item.(type) {
	case jsonNumber:
		if !item.isInteger() {
			f, _ := strconv.ParseFloat(string(item), 64)
			return f, true, nil
		}
		v, err := strconv.ParseInt(string(item), 10, 64)
		if err != nil {
			return nil, true, errNumber
		}
		return integerOf(v), true, nil
	case pathInteger, pathDecimal, float64:
		return item, true, nil
	}
	return nil, false, nil
}

func toFloat(n any) float64 {
	switch n := n.(type) {
	case pathInteger:
		return float64(n.value)
	case pathDecimal:
		f, _ := strconv.ParseFloat(pathDecimalText(n), 64)
		return f
	}
	return n.(float64)
}

func toDecimal(n any) pathDecimal {
	if i, is := n.(pathInteger); is {
		return pathDecimal{big.NewInt(i.value), 0}
	}
	return n.(pathDecimal)
}

// pathDecimalText writes a decimal with all its digits.
func pathDecimalText(d pathDecimal) string {
	return new(big.Rat).SetFrac(d.unscaled, pathTenTo(d.scale)).FloatString(d.scale)
}

func pathTenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// aligned gives two decimals' digits at the larger scale.
func aligned(a, b pathDecimal) (x, y *big.Int, scale int) {
	scale = max(a.scale, b.scale)
	x = new(big.Int).Mul(a.unscaled, pathTenTo(scale-a.scale))
	y = new(big.Int).Mul(b.unscaled, pathTenTo(scale-b.scale))
	return x, y, scale
}

// compareNumbers gives the order of two numbers; with a NaN there is none.
func compareNumbers(a, b any) (order int, ok bool) {
	_, double := a.(float64)
	if _, is := b.(float64); double || is {
		x, y := toFloat(a), toFloat(b)
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, x == y
	}
	x, y, _ := aligned(toDecimal(a), toDecimal(b))
	return x.Cmp(y), true
}

// calculate is arithmetic of SQL on two numbers.
func calculate(op string, a, b any) (any, error) {
	_, double := a.(float64)
	if _, is := b.(float64); double || is {
		x, y := toFloat(a), toFloat(b)
		switch op {
		case "+":
			return x + y, nil
		case "-":
			return x - y, nil
		case "*":
			return x * y, nil
		case "/":
			return x / y, nil
		}
		return math.Mod(x, y), nil
	}
	x, isInteger := a.(pathInteger)
	y, is := b.(pathInteger)
	if isInteger && is {
		return calculateIntegers(op, x, y)
	}
	return calculateDecimals(op, toDecimal(a), toDecimal(b))
}

func calculateIntegers(op string, a, b pathInteger) (any, error) {
	x, y := big.NewInt(a.value), big.NewInt(b.value)
	if y.Sign() == 0 && (op == "/" || op == "%") {
		return nil, pathError("Division by zero")
	}
	r := new(big.Int)
	switch op {
	case "+":
		r.Add(x, y)
	case "-":
		r.Sub(x, y)
	case "*":
		r.Mul(x, y)
	case "/":
		r.Quo(x, y)
	default:
		r.Rem(x, y)
	}
	wide := a.wide || b.wide
	if !r.IsInt64() || !wide && r.Int64() != int64(int32(r.Int64())) {
		return nil, pathError("integer overflow")
	}
	return pathInteger{r.Int64(), wide}, nil
}

func calculateDecimals(op string, a, b pathDecimal) (any, error) {
	x, y, scale := aligned(a, b)
	if y.Sign() == 0 && (op == "/" || op == "%") {
		return nil, pathError("Division by zero")
	}
	r := new(big.Int)
	switch op {
	case "+":
		r.Add(x, y)
	case "-":
		r.Sub(x, y)
	case "*":
		r.Mul(a.unscaled, b.unscaled)
		scale = a.scale + b.scale
	case "%":
		r.Rem(x, y)
	default: // half up
		x.Mul(x, pathTenTo(scale))
		twice := new(big.Int).Lsh(new(big.Int).Abs(x), 1)
		r.Add(twice, new(big.Int).Abs(y)).Quo(r, new(big.Int).Lsh(new(big.Int).Abs(y), 1))
		if x.Sign()*y.Sign() < 0 {
			r.Neg(r)
		}
	}
	if len(new(big.Int).Abs(r).String()) > 38 || scale > 38 {
		return nil, pathError("decimal overflow")
	}
	return pathDecimal{r, scale}, nil
}

// round is ceiling, floor or abs of a number.
func round(method string, n any) (any, error) {
	switch n := n.(type) {
	case pathInteger:
		if method != "abs()" || n.value >= 0 {
			return n, nil
		}
		return calculateIntegers("-", pathInteger{0, n.wide}, n)
	case float64:
		f := map[string]func(float64) float64{"abs()": math.Abs, "ceiling()": math.Ceil, "floor()": math.Floor}[method]
		return f(n), nil
	}
	d := n.(pathDecimal)
	if method == "abs()" {
		return pathDecimal{new(big.Int).Abs(d.unscaled), d.scale}, nil
	}
	whole, rest := new(big.Int).DivMod(d.unscaled, pathTenTo(d.scale), new(big.Int))
	if method == "ceiling()" && rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	return pathDecimal{whole, 0}, nil
}

// numberText is a number as SQL's cast to varchar writes it, with a letter for its type: i, m or d.
func numberText(n any) (letter, text string) {
	switch n := n.(type) {
	case pathInteger:
		return "i", strconv.FormatInt(n.value, 10)
	case pathDecimal:
		return "m", pathDecimalText(n)
	}
	return "d", JavaDouble(n.(float64))
}

// appendPathNumber writes a number as JSON has it.
func appendPathNumber(b []byte, n any) []byte {
	switch n := n.(type) {
	case pathInteger:
		return strconv.AppendInt(b, n.value, 10)
	case pathDecimal:
		text, _ := javaDecimal(pathDecimalText(n))
		return append(b, strings.TrimSpace(text.(string))...)
	}
	return AppendJSONDouble(b, n.(float64))
}
