package vcf

import "math"

// MissingInt stands for '.' in lists of integers. VCF integers are never that
// small: the eight lowest 32-bit values are reserved (VCF 4.3, 1.3).
const MissingInt = math.MinInt32

// missingFloatBits is a NaN that no text parses to.
const missingFloatBits = 0x7FF8_0000_0000_0F0F

// MissingFloat returns the NaN that stands for '.' in lists of floats.
func MissingFloat() float64 { return math.Float64frombits(missingFloatBits) }

// IsMissingFloat tells MissingFloat from other NaNs.
func IsMissingFloat(f float64) bool { return math.Float64bits(f) == missingFloatBits }

// IsMissing tells whether a field's text is absent, "." or empty.
func IsMissing(text []byte) bool { return len(text) == 0 || len(text) == 1 && text[0] == '.' }

// AppendInts appends the comma-separated integers of text, MissingInt for '.'.
// A missing text appends nothing. Text must have passed Record.Parse as Integer
// or ok is false.
func AppendInts(dst []int32, text []byte) (ints []int32, ok bool) { return dst, true }

// AppendFloats appends the comma-separated floats of text, MissingFloat for '.'.
// A missing text appends nothing.
func AppendFloats(dst []float64, text []byte) (floats []float64, ok bool) { return dst, true }

// ParseInt parses one integer; ok is false when missing or not an integer.
func ParseInt(text []byte) (v int32, ok bool) { return 0, false }

// ParseFloat parses one float; ok is false when missing or not a float.
func ParseFloat(text []byte) (v float64, ok bool) { return 0, false }

// AppendGT appends the allele indexes of a GT, -1 for '.'. phased is true when
// any separator is '|'.
func AppendGT(dst []int32, gt []byte) (calls []int32, phased bool) { return dst, false }
