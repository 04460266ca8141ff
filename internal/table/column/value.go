package column

import "math"

// MissingInt is the element of a list of integers that becomes NULL.
const MissingInt = math.MinInt32

// missingFloat is the NaN whose element of a list of floats becomes NULL; other NaNs stay NaN.
const missingFloat = 0x7FF8_0000_0000_0F0F

// MissingFloat is the element of a list of floats that becomes NULL.
func MissingFloat() float64 { return math.Float64frombits(missingFloat) }

// KV is an entry of a map column. Null makes the value NULL. ID is 0, or a number that in all maps of a column goes
// with the same key, which spares looking at the key.
type KV struct {
	Key, Value []byte
	Null       bool
	ID         int32
}

// Int is an optional integer; the zero value is NULL.
type Int struct {
	V     int32
	Valid bool
}
