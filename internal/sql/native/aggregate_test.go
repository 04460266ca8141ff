package native

import (
	"math"
	"strings"
	"testing"
)

func TestCollected(t *testing.T) {
	long := strings.Repeat("x", 1<<19)
	for _, c := range []struct {
		name string
		args []any
		want string
	}{
		{"trino_listagg", []any{[]any{}, ",", false, "...", false}, "<nil>"},
		{"trino_listagg", []any{[]any{nil, nil}, ",", false, "...", false}, "<nil>"},
		{"trino_listagg", []any{[]any{"", nil, ""}, ",", false, "...", false}, ","},
		{"trino_listagg", []any{[]any{long, long}, ",", false, "...", false}, "EXCEEDED_FUNCTION_MEMORY_LIMIT: " +
			"Concatenated string has the length in bytes larger than the maximum output length 1048576"},
		{"trino_listagg", []any{[]any{long, long, "a"}, ",", true, "...", true}, long + ",...(2)"},
		{"trino_listagg", []any{[]any{long + long, "a"}, "", true, "!", false}, long + long + "!"},
		{"trino_skewness", []any{[]any{1.0, nil, 2.0}}, "<nil>"},
		{"trino_skewness", []any{[]any{1.0, 2.0, 3.0}}, "0"},
		{"trino_skewness", []any{[]any{5.0, 5.0, 5.0}}, "NaN"},
		{"trino_kurtosis", []any{[]any{1.0, 2.0, 3.0}}, "<nil>"},
		{"trino_kurtosis", []any{[]any{1.0, 1.0, 1.0, 1.0}}, "NaN"},
	} {
		if got := called(t, c.name, c.args...); got != c.want {
			t.Errorf("%s: %.80s, want %.80s", c.name, got, c.want)
		}
	}
	zero, minus := called(t, "trino_hash_double", 0.0), called(t, "trino_hash_double", math.Copysign(0, -1))
	if zero != minus {
		t.Errorf("hash of 0 is %s, of -0 %s", zero, minus)
	}
}
