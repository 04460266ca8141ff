package native

import (
	"math"
	"math/big"
	"math/bits"
)

// arithmetic has what functions of numbers need.
var arithmetic = []Function{
	{Name: "trino_round", Params: []string{"BIGINT", "INTEGER"}, Result: "BIGINT",
		Call: func(args []any) (any, error) { return roundInteger(args[0].(int64), args[1].(int32)) }},
	{Name: "trino_narrow", Params: []string{"BIGINT", "INTEGER"}, Result: "BIGINT",
		Call: func(args []any) (any, error) { return narrow(args[0].(int64), args[1].(int32)) }},
	{Name: "trino_round_decimal", Params: []string{"VARCHAR", "INTEGER", "INTEGER"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			return roundDecimal(args[0].(string), args[1].(int32), args[2].(int32), true)
		}},
	{Name: "trino_truncate_decimal", Params: []string{"VARCHAR", "INTEGER", "INTEGER"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			return roundDecimal(args[0].(string), args[1].(int32), args[2].(int32), false)
		}},
	{Name: "trino_decimal_quotient", Params: []string{"VARCHAR", "BIGINT"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return decimalQuotient(args[0].(string), args[1].(int64)) }},
	{Name: "trino_bit_count", Params: []string{"BIGINT", "BIGINT"}, Result: "BIGINT",
		Call: func(args []any) (any, error) { return bitCount(args[0].(int64), args[1].(int64)) }},
	{Name: "trino_shift_left", Params: []string{"BIGINT", "INTEGER", "INTEGER"}, Result: "BIGINT",
		Call: func(args []any) (any, error) {
			return shiftLeft(args[0].(int64), args[1].(int32), args[2].(int32)), nil
		}},
	{Name: "trino_shift_right", Params: []string{"BIGINT", "INTEGER", "INTEGER"}, Result: "BIGINT",
		Call: func(args []any) (any, error) {
			return shiftRight(args[0].(int64), args[1].(int32), args[2].(int32)), nil
		}},
	{Name: "trino_shift_arithmetic", Params: []string{"BIGINT", "INTEGER", "INTEGER"}, Result: "BIGINT",
		Call: func(args []any) (any, error) { return args[0].(int64) >> shift(args[1].(int32)), nil }},
	{Name: "trino_width_bucket", Params: []string{"DOUBLE", "DOUBLE", "DOUBLE", "BIGINT"}, Result: "BIGINT",
		Call: func(args []any) (any, error) {
			return widthBucket(args[0].(float64), args[1].(float64), args[2].(float64), args[3].(int64))
		}},
	{Name: "trino_width_bucket_bins", Params: []string{"DOUBLE", "DOUBLE[]"}, Result: "BIGINT",
		Call: func(args []any) (any, error) { return widthBucketOf(args[0].(float64), args[1].([]any)) }},
}

// roundInteger rounds to a power of ten, half away from zero; places after the point leave a number as it is.
func roundInteger(n int64, places int32) (any, error) {
	if places >= 0 {
		return n, nil
	}
	if places < -18 {
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "numerical overflow: %d", n)
	}
	factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-places)), nil)
	rounded := halfUp(big.NewInt(n), factor)
	if rounded.Mul(rounded, factor); !rounded.IsInt64() {
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "numerical overflow: %d", n)
	}
	return rounded.Int64(), nil
}

// narrow holds what was rounded to an integer of some bits.
func narrow(n int64, width int32) (any, error) {
	if n == n<<(64-width)>>(64-width) {
		return n, nil
	}
	switch width {
	case 8:
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "Out of range for tinyint: %d", n)
	case 16:
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "Out of range for smallint: %d", n)
	}
	return nil, Fail("GENERIC_INTERNAL_ERROR", "integer overflow") // as Trino's
}

// roundDecimal rounds a decimal to places after the point, half away from zero, or cuts it there. It keeps its scale;
// precision is the most digits that it may come to have.
func roundDecimal(text string, places, precision int32, half bool) (any, error) {
	digits, scale, err := digitsOf(text)
	if err != nil {
		return nil, err
	}
	cut := int64(scale) - int64(places)
	if cut <= 0 {
		return text, nil
	}
	if cut > 80 { // more than there are digits
		return decimalString(new(big.Int), scale), nil
	}
	factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(cut), nil)
	rounded := new(big.Int)
	if half {
		rounded = halfUp(digits, factor)
	} else {
		rounded.Quo(digits, factor)
	}
	out := decimalString(rounded.Mul(rounded, factor), scale)
	if len(rounded.Abs(rounded).String()) > int(precision) {
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "decimal overflow: %s", text)
	}
	return out, nil
}

// decimalQuotient divides a decimal by an integer and keeps its scale, rounded half away from zero.
func decimalQuotient(text string, by int64) (any, error) {
	digits, scale, err := digitsOf(text)
	if err != nil {
		return nil, err
	}
	return decimalString(halfUp(digits, big.NewInt(by)), scale), nil
}

func bitCount(n, width int64) (any, error) {
	if width <= 1 || width > 64 {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Bits specified in bit_count must be between 2 and 64, got %d", width)
	}
	if n != n<<(64-width)>>(64-width) {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT",
			"Number must be representable with the bits specified. %d cannot be represented with %d bits", n, width)
	}
	return int64(bits.OnesCount64(uint64(n) << (64 - width))), nil
}

// shift is how far a shift goes: 64 and more is all bits, and of a negative one Java takes the last six bits.
func shift(by int32) uint {
	if by >= 64 {
		return 64
	}
	return uint(by) & 63
}

func shiftLeft(n int64, by, width int32) int64 {
	return n << shift(by) << (64 - width) >> (64 - width)
}

func shiftRight(n int64, by, width int32) int64 {
	if by == 0 {
		return n
	}
	return int64(uint64(n) << (64 - width) >> (64 - width) >> shift(by))
}

// widthBucket is the number of the bucket, from 1, of count equal ones between two bounds; 0 is before and count + 1
// after them.
func widthBucket(x, first, second float64, count int64) (any, error) {
	message := ""
	switch {
	case count <= 0:
		message = "bucketCount must be greater than 0"
	case math.IsNaN(x):
		message = "operand must not be NaN"
	case math.IsNaN(first) || math.IsInf(first, 0):
		message = "first bound must be finite"
	case math.IsNaN(second) || math.IsInf(second, 0):
		message = "second bound must be finite"
	case first == second:
		message = "bounds cannot equal each other"
	}
	if message != "" {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "%s", message)
	}
	lower, upper := min(first, second), max(first, second)
	var bucket int64
	switch {
	case x < lower:
	case x >= upper && count == math.MaxInt64:
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "Bucket for value %v is out of range", x)
	case x >= upper:
		bucket = count + 1
	default:
		bucket = int64(float64(count)*(x-lower)/(upper-lower) + 1)
	}
	if first > second {
		bucket = count - bucket + 1
	}
	return bucket, nil
}

// widthBucketOf is how many of some ascending bins are not above x.
func widthBucketOf(x float64, bins []any) (any, error) {
	if len(bins) == 0 {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Bins cannot be an empty array")
	}
	if math.IsNaN(x) {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Operand cannot be NaN")
	}
	at := func(i int) float64 {
		v, _ := bins[i].(float64) // NULL is 0, as to Trino
		return v
	}
	lower, upper := 0, len(bins)
	for lower < upper {
		if at(lower) > at(upper-1) {
			return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Bin values are not sorted in ascending order")
		}
		i := (lower + upper) / 2
		bin := at(i)
		switch {
		case math.IsNaN(bin) || math.IsInf(bin, 0):
			return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Bin value must be finite, got %v", bin)
		case x < bin:
			upper = i
		default:
			lower = i + 1
		}
	}
	return int64(lower), nil
}
