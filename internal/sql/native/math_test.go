package native

import (
	"fmt"
	"math"
	"testing"
)

// called calls a function by its name and gives what it answers, or its error, as text.
func called(t *testing.T, name string, args ...any) string {
	t.Helper()
	for _, f := range Functions() {
		if f.Name != name {
			continue
		}
		value, err := f.Call(args)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(value)
	}
	t.Fatalf("no function %s", name)
	return ""
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		name string
		args []any
		want string
	}{
		{"trino_round", []any{int64(-15), int32(-1)}, "-20"},
		{"trino_round", []any{int64(14), int32(-1)}, "10"},
		{"trino_round", []any{int64(5), int32(-2)}, "0"},
		{"trino_round", []any{int64(math.MaxInt64), int32(-1)}, "NUMERIC_VALUE_OUT_OF_RANGE: numerical overflow: 9223372036854775807"},
		{"trino_round", []any{int64(5), int32(-19)}, "NUMERIC_VALUE_OUT_OF_RANGE: numerical overflow: 5"},
		{"trino_narrow", []any{int64(-128), int32(8)}, "-128"},
		{"trino_narrow", []any{int64(130), int32(8)}, "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for tinyint: 130"},
		{"trino_round_decimal", []any{"0.05", int32(1), int32(4)}, "0.10"},
		{"trino_round_decimal", []any{"-0.05", int32(1), int32(4)}, "-0.10"},
		{"trino_round_decimal", []any{"-0.04", int32(1), int32(4)}, "0.00"},
		{"trino_round_decimal", []any{"99.99", int32(-2), int32(5)}, "100.00"},
		{"trino_round_decimal", []any{"49.99", int32(-2), int32(5)}, "0.00"},
		{"trino_round_decimal", []any{"5", int32(-2147483648), int32(5)}, "0"},
		{"trino_round_decimal", []any{"1.5", int32(7), int32(5)}, "1.5"},
		{"trino_round_decimal", []any{"99999999999999999999999999999999999999", int32(-1), int32(38)},
			"NUMERIC_VALUE_OUT_OF_RANGE: decimal overflow: 99999999999999999999999999999999999999"},
		{"trino_truncate_decimal", []any{"-12.99", int32(0), int32(4)}, "-12.00"},
		{"trino_decimal_quotient", []any{"-0.05", int64(10)}, "-0.01"},
		{"trino_decimal_quotient", []any{"10.0", int64(3)}, "3.3"},
		{"trino_bit_count", []any{int64(-1), int64(8)}, "8"},
		{"trino_bit_count", []any{int64(128), int64(8)}, "INVALID_FUNCTION_ARGUMENT: Number must be representable with the " +
			"bits specified. 128 cannot be represented with 8 bits"},
		{"trino_shift_left", []any{int64(1), int32(31), int32(32)}, "-2147483648"},
		{"trino_shift_left", []any{int64(1), int32(64), int32(64)}, "0"},
		{"trino_shift_left", []any{int64(1), int32(-1), int32(64)}, "-9223372036854775808"},
		{"trino_shift_right", []any{int64(-1), int32(0), int32(8)}, "-1"},
		{"trino_shift_right", []any{int64(-1), int32(1), int32(8)}, "127"},
		{"trino_shift_right", []any{int64(-8), int32(70), int32(64)}, "0"},
		{"trino_shift_arithmetic", []any{int64(-8), int32(70), int32(64)}, "-1"},
		{"trino_width_bucket", []any{4.0, 4.0, 0.0, int64(4)}, "0"},
		{"trino_width_bucket", []any{math.Inf(1), 0.0, 4.0, int64(math.MaxInt64)},
			"NUMERIC_VALUE_OUT_OF_RANGE: Bucket for value +Inf is out of range"},
		{"trino_width_bucket_bins", []any{2.0, []any{1.0, 2.0, 2.0, 3.0}}, "3"},
		{"trino_width_bucket_bins", []any{2.0, []any{3.0, 2.0}},
			"INVALID_FUNCTION_ARGUMENT: Bin values are not sorted in ascending order"},
		{"trino_dot_product", []any{[]any{1.0, nil}, []any{1.0, 2.0}}, "1"},
		{"trino_sparse_cosine_similarity", []any{[]any{1.0, nil}, []any{nil, 2.0}}, "0"},
		{"trino_sparse_cosine_similarity", []any{[]any{1.0}, []any{nil}}, "<nil>"},
	} {
		if got := called(t, c.name, c.args...); got != c.want {
			t.Errorf("%s%v: %s, want %s", c.name, c.args, got, c.want)
		}
	}
}

func TestDistributions(t *testing.T) {
	for _, c := range []struct {
		name string
		args []any
		want float64
	}{
		{"trino_normal_cdf", []any{0.0, 1.0, 1.96}, 0.9750021048517795},
		{"trino_inverse_normal_cdf", []any{5.0, 2.0, 0.5}, 5},
		{"trino_beta_cdf", []any{1.0, 1.0, 0.25}, 0.25},
		{"trino_beta_cdf", []any{2.0, 3.0, 0.9}, 0.9963}, // 6x² - 8x³ + 3x⁴
		{"trino_inverse_beta_cdf", []any{1.0, 1.0, 0.5}, 0.5},
		{"trino_t_cdf", []any{-1.0, 1.0}, 0.25},
		{"trino_t_pdf", []any{0.0, 1.0}, 1 / math.Pi},
		{"trino_wilson", []any{int64(0), int64(1), 0.0, int32(1)}, 0},
	} {
		for _, f := range Functions() {
			if f.Name != c.name {
				continue
			}
			got, err := f.Call(c.args)
			if err != nil || math.Abs(got.(float64)-c.want) > 1e-13 {
				t.Errorf("%s%v: %v %v, want %v", c.name, c.args, got, err, c.want)
			}
		}
	}
}
