package vcf

import (
	"math"
	"strconv"
	"unsafe"
)

// MissingInt stands for '.' in lists of integers. No VCF integer is that small:
// the eight lowest 32-bit values are reserved (VCF 4.3, 1.3).
const MissingInt = math.MinInt32

// missingFloatBits is a NaN that no text parses to.
const missingFloatBits = 0x7FF8_0000_0000_0F0F

// MissingFloat returns the NaN that stands for '.' in lists of floats.
func MissingFloat() float64 { return math.Float64frombits(missingFloatBits) }

// IsMissingFloat tells MissingFloat from numbers and other NaNs.
func IsMissingFloat(f float64) bool { return math.Float64bits(f) == missingFloatBits }

// IsMissing tells whether a value is absent, "." or empty.
func IsMissing(text []byte) bool { return len(text) == 0 || len(text) == 1 && text[0] == '.' }

// ParseInt parses one integer; ok is false when it is missing or none.
func ParseInt(text []byte) (v int32, ok bool) {
	i, negative := 0, false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		i, negative = 1, text[0] == '-'
	}
	if i == len(text) {
		return 0, false
	}
	n := int64(0)
	for ; i < len(text); i++ {
		d := text[i] - '0'
		if d > 9 {
			return 0, false
		}
		if n = n*10 + int64(d); n > math.MaxInt32+1 {
			return 0, false
		}
	}
	if negative {
		n = -n
	}
	if n > math.MaxInt32 || n < minInt {
		return 0, false
	}
	return int32(n), true
}

// pow10 holds the powers of ten that a float64 represents exactly.
var pow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// ParseFloat parses one number; ok is false when it is missing or none. NaN and
// Inf are numbers here.
func ParseFloat(text []byte) (v float64, ok bool) {
	// Up to 15 digits with a fraction: mantissa and divisor are exact, so that their
	// quotient is the nearest float64.
	i, negative := 0, false
	if len(text) > 0 && text[0] == '-' {
		i, negative = 1, true
	}
	if len(text)-i <= 16 {
		mantissa, digits, fraction := int64(0), 0, -1
		for ; i < len(text); i++ {
			d := text[i] - '0'
			if d <= 9 {
				mantissa = mantissa*10 + int64(d)
				digits++
			} else if text[i] == '.' && fraction < 0 {
				fraction = digits
			} else {
				return parseFloatSlow(text)
			}
		}
		if digits > 0 && digits <= 15 {
			v = float64(mantissa)
			if fraction >= 0 {
				v /= pow10[digits-fraction]
			}
			if negative {
				v = -v
			}
			return v, true
		}
	}
	return parseFloatSlow(text)
}

func parseFloatSlow(text []byte) (float64, bool) {
	if len(text) == 0 || scanFloat(text, 0) != len(text) || IsMissing(text) {
		return 0, false
	}
	// The string lives only for the call, during which text does not change.
	v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(text), len(text)), 64)
	if err != nil && !math.IsInf(v, 0) {
		return math.NaN(), true // strconv knows no sign of it
	}
	return v, true
}

// AppendInts appends the comma-separated integers of text, with MissingInt for '.'; a missing text appends nothing. ok
// is false when text is no such list. After Record.Parse a field of Type Integer is none only where it breaks RuleType,
// as do DP=x and DP=3000000000. Customary, and so NewReader, lets that go: in INFO always, in FORMAT where it is
// another number. A Reader whose Relaxed is 0 refuses both; else Record.Broken tells, and of samples Record.Misfits.
func AppendInts(dst []int32, text []byte) (ints []int32, ok bool) {
	if IsMissing(text) {
		return dst, true
	}
	for from := 0; ; {
		i, v := from, int32(0)
		for i < len(text) && text[i]-'0' <= 9 {
			v = v*10 + int32(text[i]-'0')
			i++
		}
		if i == from || i-from > 9 || i < len(text) && text[i] != ',' { // not a short integer
			for i < len(text) && text[i] != ',' {
				i++
			}
			part := text[from:i]
			if v, ok = ParseInt(part); !ok {
				if !IsMissing(part) {
					return dst, false
				}
				v = MissingInt
			}
		}
		dst = append(dst, v)
		if i == len(text) {
			return dst, true
		}
		from = i + 1
	}
}

// AppendFloats appends the comma-separated numbers of text, with MissingFloat for
// '.'; a missing text appends nothing. ok is false when text is no such list, which of a field of Type Float or
// Integer is where AppendInts says.
func AppendFloats(dst []float64, text []byte) (floats []float64, ok bool) {
	if IsMissing(text) {
		return dst, true
	}
	from := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] != ',' {
			continue
		}
		part := text[from:i]
		from = i + 1
		if v, ok := ParseFloat(part); ok {
			dst = append(dst, v)
		} else if IsMissing(part) {
			dst = append(dst, MissingFloat())
		} else {
			return dst, false
		}
	}
	return dst, true
}

// AppendGT appends the allele indexes of a genotype that passed Record.Parse, -1 for '.' and for a gt that is nil or
// empty, which is as '.'. phased is true when any separator is '|', also one in front (VCF 4.4). Of a gt that breaks
// RuleGenotype, which only a caller relaxes, they say nothing: see Record.Misfits.
func AppendGT(dst []int32, gt []byte) (calls []int32, phased bool) {
	if len(gt) == 3 && gt[0]-'0' <= 9 && gt[2]-'0' <= 9 && (gt[1] == '/' || gt[1] == '|') { // nearly all
		return append(dst, int32(gt[0]-'0'), int32(gt[2]-'0')), gt[1] == '|'
	}
	if len(gt) == 0 {
		return append(dst, -1), false
	}
	for i := 0; i < len(gt); i++ {
		switch c := gt[i]; {
		case c == '|':
			phased = true
		case c == '.':
			dst = append(dst, -1)
		case c-'0' <= 9:
			v := int32(c - '0')
			for ; i+1 < len(gt) && gt[i+1]-'0' <= 9; i++ {
				v = v*10 + int32(gt[i+1]-'0')
			}
			dst = append(dst, v)
		}
	}
	return dst, phased
}
