package native

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCombinations(t *testing.T) {
	pairs := func(xs ...[]int64) []any {
		all := []any{}
		for _, x := range xs {
			one := []any{}
			for _, p := range x {
				one = append(one, p)
			}
			all = append(all, one)
		}
		return all
	}
	for _, c := range []struct {
		n, size int64
		want    []any
		err     string
	}{
		{0, 0, pairs([]int64{}), ""},
		{3, 0, pairs([]int64{}), ""},
		{3, 4, pairs(), ""},
		{4, 2, pairs([]int64{1, 2}, []int64{1, 3}, []int64{2, 3}, []int64{1, 4}, []int64{2, 4}, []int64{3, 4}), ""},
		{3, 3, pairs([]int64{1, 2, 3}), ""},
		{3, -1, nil, "INVALID_FUNCTION_ARGUMENT: combination size must not be negative: -1"},
		{9, 6, nil, "INVALID_FUNCTION_ARGUMENT: combination size must not exceed 5: 6"},
		{1 << 60, 5, nil, "INVALID_FUNCTION_ARGUMENT: combinations exceed max size"},
	} {
		got, err := combinations(c.n, c.size)
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("combinations(%d, %d): %v, want %s", c.n, c.size, err, c.err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("combinations(%d, %d): %v %s", c.n, c.size, err, diff)
		}
	}
}
