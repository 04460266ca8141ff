package native

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Java's DecimalFormat, with which Trino casts doubles to varchar, does not write the shortest digits that are read
// back as the same double: 2e23 is 1.9999999999999998E23. It stops at the first digit where what is left is less than
// half of the distance to the next double. How it tells so depends on how wide its numbers are: of 32 bits, of 64 or
// unbounded.

// A scaledDouble is a double as value / whole * 10^exponent, with half of the distance to the next double on the scale
// of value. Each of the three is a product of a power of 5, a power of 2 and, of value, an odd number.
type scaledDouble struct {
	fraction                         int64
	exponent                         int
	value5, value2, whole5, whole2   int
	half2                            int
	fractionBits, binaryExponent     int
	significantBits, bitsBehindPoint int
}

// decimalDigits are those of a number, of which the first stands for 10^exponent.
type decimalDigits struct {
	digits   []byte
	exponent int
	// beyond is the sign of what the number has beyond the digits, as Java takes it.
	beyond int
}

// formatDigits gives the digits of a positive number.
func formatDigits(f float64) *decimalDigits {
	d := scale(f)
	if d.bitsBehindPoint == 0 && d.binaryExponent <= 62 {
		return d.wholeDigits(f)
	}
	value := d.fractionBits + d.value2 + fiveBits(d.value5)
	tens := d.whole2 + 1 + fiveBits(d.whole5+1)
	switch {
	case value < 32 && tens < 32:
		return narrowDigits(d, int32(d.fraction), 1)
	case value < 64 && tens < 64:
		return narrowDigits(d, d.fraction, 1)
	}
	return d.wideDigits()
}

// scale finds the powers of a number.
func scale(f float64) *scaledDouble {
	const point = 52 // the bits behind a double's first
	raw := math.Float64bits(f)
	fraction, exponent := raw&(1<<point-1), int(raw>>point)
	d := &scaledDouble{significantBits: point + 1}
	if exponent == 0 {
		d.significantBits = bits.Len64(fraction)
		fraction <<= point + 1 - d.significantBits
		exponent = d.significantBits - point
	} else {
		fraction |= 1 << point
	}
	d.binaryExponent = exponent - 1023
	d.exponent = estimatedExponent(fraction&(1<<point-1), d.binaryExponent)
	zeros := bits.TrailingZeros64(fraction)
	d.fraction, d.fractionBits = int64(fraction>>zeros), point+1-zeros
	d.bitsBehindPoint = max(0, d.fractionBits-d.binaryExponent-1)
	d.value5, d.whole5 = max(0, -d.exponent), max(0, d.exponent)
	d.value2 = d.value5 + d.bitsBehindPoint + d.binaryExponent
	d.half2 = d.value2 - d.significantBits
	d.value2 -= d.fractionBits - 1
	d.whole2 = d.whole5 + d.bitsBehindPoint
	common := min(d.value2, d.whole2)
	d.value2, d.whole2, d.half2 = d.value2-common, d.whole2-common, d.half2-common
	if d.fractionBits == 1 { // below a power of two the next is half as far
		d.half2--
	}
	if d.half2 < 0 {
		d.value2, d.whole2, d.half2 = d.value2-d.half2, d.whole2-d.half2, 0
	}
	return d
}

// estimatedExponent is that of the first digit, or one too many.
func estimatedExponent(fraction uint64, binary int) int {
	mantissa := math.Float64frombits(1023<<52 | fraction)
	// each product is rounded by itself, as Java does
	slope := float64((mantissa - 1.5) * 0.289529654)
	return int(math.Floor(float64(slope+0.176091259) + float64(float64(binary)*0.301029995663981)))
}

// fiveBitsTo are the bits of 5^n, which Java takes for none where that is 1.
var fiveBitsTo = func() (table [27]int) {
	for n := 1; n < len(table); n++ {
		table[n] = new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(n)), nil).BitLen()
	}
	return table
}()

// fiveBits are about as many bits as 5^n has.
func fiveBits(n int) int {
	if n < len(fiveBitsTo) {
		return fiveBitsTo[n]
	}
	return 3 * n
}

// wholeDigits are those of a number without a fraction, but for those that a double does not tell. Java never takes
// them for exact.
func (d *scaledDouble) wholeDigits(f float64) *decimalDigits {
	value, dropped := uint64(f), 0
	if d.binaryExponent > d.significantBits {
		for far := uint64(1) << (d.binaryExponent - d.significantBits - 1); far >= 10; far /= 10 {
			dropped++
		}
	}
	if dropped > 0 {
		ten := uint64(1)
		for range dropped {
			ten *= 10
		}
		rest := value % ten
		value /= ten
		if rest >= ten/2 {
			value++
		}
	}
	digits := strconv.FormatUint(value, 10)
	exponent := len(digits) - 1 + dropped
	return &decimalDigits{[]byte(strings.TrimRight(digits, "0")), exponent, 1}
}

// narrowDigits computes with integers of one width, which may overflow as Java's.
func narrowDigits[T int32 | int64](d *scaledDouble, value, one T) *decimalDigits {
	five := func(n int) T {
		power := one
		for range n {
			power *= 5
		}
		return power
	}
	value = value * five(d.value5) << d.value2
	whole := five(d.whole5) << d.whole2
	half := five(d.value5) << d.half2
	tens := whole * 10
	var digits []byte
	exponent, low, high := d.exponent, false, false
	for first := true; first || !low && !high; first = false {
		digit := value / whole
		value = 10 * (value % whole)
		half *= 10
		low, high = value < half, value+half > tens
		if !first && half <= 0 {
			low, high = true, true
		}
		if first && digit == 0 && !high {
			exponent--
		} else {
			digits = append(digits, byte('0'+digit))
		}
		if first && (exponent < -3 || exponent >= 8) {
			low, high = false, false
		}
	}
	rest := value<<1 - tens
	return rounded(&decimalDigits{digits, exponent, int(min(value, 1))}, low, high, int(min(max(rest, -1), 1)))
}

// wideDigits computes with integers that do not overflow.
func (d *scaledDouble) wideDigits() *decimalDigits {
	power := func(factor int64, fives, twos int) *big.Int {
		five := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(fives)), nil)
		return five.Lsh(five.Mul(five, big.NewInt(factor)), uint(twos))
	}
	value, whole := power(d.fraction, d.value5, d.value2), power(1, d.whole5, d.whole2)
	half, ten := power(1, d.value5, d.half2), big.NewInt(10)
	tens, digit, sum := new(big.Int).Mul(whole, ten), new(big.Int), new(big.Int)
	var digits []byte
	exponent, low, high := d.exponent, false, false
	for first := true; first || !low && !high; first = false {
		digit.QuoRem(value, whole, value)
		value.Mul(value, ten)
		half.Mul(half, ten)
		low, high = value.Cmp(half) < 0, tens.Cmp(sum.Add(value, half)) <= 0
		if first && digit.Sign() == 0 && !high {
			exponent--
		} else {
			digits = append(digits, byte('0'+digit.Int64()))
		}
		if first && (exponent < -3 || exponent >= 8) {
			low, high = false, false
		}
	}
	return rounded(&decimalDigits{digits, exponent, value.Sign()}, low, high, value.Lsh(value, 1).Cmp(tens))
}

// rounded adds one to the last digit where what is left is nearer to the next one.
func rounded(d *decimalDigits, low, high bool, rest int) *decimalDigits {
	if !high || low && (rest < 0 || rest == 0 && d.digits[len(d.digits)-1]&1 == 0) {
		return d
	}
	if d.next() {
		d.beyond = -1
	}
	return d
}

// next adds one to the last digit, and tells whether there are as many digits before the point as there were.
func (d *decimalDigits) next() bool {
	last := len(d.digits) - 1
	for ; last > 0 && d.digits[last] == '9'; last-- {
		d.digits[last] = '0'
	}
	if d.digits[last] == '9' {
		d.digits[last] = '1'
		d.exponent++
		return false
	}
	d.digits[last]++
	return true
}

// shorten leaves so many digits, rounded to the nearest, or to an even one in the middle.
func (d *decimalDigits) shorten(n int) {
	if len(d.digits) <= n {
		return
	}
	rest, half := d.digits[n:], d.digits[n] == '5'
	d.digits = d.digits[:n]
	up := rest[0] > '5' || half && len(rest) > 1
	if half && len(rest) == 1 {
		up = d.beyond > 0 || d.beyond == 0 && d.digits[n-1]&1 == 1
	}
	if up {
		d.next()
	}
}

// scientific writes digits with one before the point.
func (d *decimalDigits) scientific() string {
	return trimMantissa(string(d.digits[:1])+"."+string(d.digits[1:])) + "E" + strconv.Itoa(d.exponent)
}
