package native

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// aggregated has what is made of the values that an aggregate has collected.
var aggregated = []Function{
	{Name: "trino_skewness", Params: []string{"DOUBLE[]"}, Result: "DOUBLE", Call: func(args []any) (any, error) {
		m := centralMoments(args[0].([]any))
		if m.count < 3 {
			return nil, nil
		}
		return math.Sqrt(m.count) * m.third / math.Pow(m.second, 1.5), nil
	}},
	{Name: "trino_kurtosis", Params: []string{"DOUBLE[]"}, Result: "DOUBLE", Call: func(args []any) (any, error) {
		m := centralMoments(args[0].([]any))
		n := m.count
		if n < 4 {
			return nil, nil
		}
		variance := m.second / (n - 1)
		return n*(n+1)/((n-1)*(n-2)*(n-3))*m.fourth/(variance*variance) - 3*((n-1)*(n-1))/((n-2)*(n-3)), nil
	}},
	{Name: "trino_listagg", Params: []string{"VARCHAR[]", "VARCHAR", "BOOLEAN", "VARCHAR", "BOOLEAN"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			return listAgg(args[0].([]any), args[1].(string), args[2].(bool), args[3].(string), args[4].(bool))
		}},
	{Name: "trino_hash_bigint", Params: []string{"BIGINT"}, Result: "BIGINT", Call: func(args []any) (any, error) {
		return hashBigint(args[0].(int64)), nil
	}},
	{Name: "trino_hash_double", Params: []string{"DOUBLE"}, Result: "BIGINT", Call: func(args []any) (any, error) {
		x := args[0].(float64)
		switch {
		case x == 0: // -0 too
			x = 0
		case math.IsNaN(x): // all are one
			return hashBigint(0x7ff8000000000000), nil
		}
		return hashBigint(int64(math.Float64bits(x))), nil
	}},
	{Name: "trino_hash_blob", Params: []string{"BLOB"}, Result: "BIGINT", Call: func(args []any) (any, error) {
		return int64(xxhash64(args[0].([]byte))), nil
	}},
	{Name: "trino_checksum", Params: []string{"BIGINT[]"}, Result: "BLOB", Call: func(args []any) (any, error) {
		var sum uint64
		for _, hash := range args[0].([]any) {
			sum += uint64(hash.(int64)) * xx1
		}
		return binary.LittleEndian.AppendUint64(nil, sum), nil
	}},
}

func hashBigint(n int64) int64 {
	return int64(xxhash64(binary.LittleEndian.AppendUint64(nil, uint64(n))))
}

// centralMomentSums are a count, and sums of powers of the distance from the mean.
type centralMomentSums struct{ count, mean, second, third, fourth float64 }

// centralMoments adds one value after the other, as Trino does (Pébay, Sandia report SAND2008-6212).
func centralMoments(values []any) (m centralMomentSums) {
	for _, v := range values {
		x, is := v.(float64)
		if !is {
			continue
		}
		before := m.count
		m.count++
		n := m.count
		delta := x - m.mean
		part := delta / n
		square := delta * part * before
		m.mean += part
		m.fourth += square*part*part*(n*n-3*n+3) + 6*part*part*m.second - 4*part*m.third
		m.third += square*part*(n-2) - 3*part*m.second
		m.second += square
	}
	return m
}

// maxListAgg is how long what LISTAGG gives may be, in bytes, as in Trino.
const maxListAgg = 1 << 20

// listAgg joins texts. When the result would be too long it is an error, or the rest is a filler with the number of
// texts that were left out.
func listAgg(texts []any, separator string, truncate bool, filler string, count bool) (any, error) {
	var b strings.Builder
	written, total := 0, 0
	for _, v := range texts {
		if v != nil {
			total++
		}
	}
	if total == 0 {
		return nil, nil
	}
	for _, v := range texts {
		text, is := v.(string)
		if !is {
			continue
		}
		if written > 0 {
			if b.Len()+len(separator)+len(text) > maxListAgg {
				return cutOff(&b, total-written, separator, truncate, filler, count)
			}
			b.WriteString(separator)
		} else if len(text) > maxListAgg {
			return cutOff(&b, total, "", truncate, filler, count)
		}
		b.WriteString(text)
		written++
	}
	return b.String(), nil
}

func cutOff(b *strings.Builder, left int, separator string, truncate bool, filler string, count bool) (any, error) {
	if !truncate {
		return nil, Fail("EXCEEDED_FUNCTION_MEMORY_LIMIT",
			"Concatenated string has the length in bytes larger than the maximum output length %d", maxListAgg)
	}
	b.WriteString(separator + filler)
	if count {
		b.WriteString("(" + strconv.Itoa(left) + ")")
	}
	return b.String(), nil
}
