package native

// maxCombinations and maxCombined bound combinations as Trino does: how many there may be, and of how many elements.
const (
	maxCombinations = 100_000
	maxCombined     = 5
)

// list has what array functions need.
var list = []Function{
	{Name: "trino_combinations", Params: []string{"BIGINT", "BIGINT"}, Result: "BIGINT[][]",
		Call: func(args []any) (any, error) { return combinations(args[0].(int64), args[1].(int64)) }},
}

// combinations gives the places, from 1, of the elements of all combinations of size out of n, in Trino's order: an
// earlier place moves before a later one.
func combinations(n, size int64) ([]any, error) {
	switch {
	case size < 0:
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "combination size must not be negative: %d", size)
	case size > maxCombined:
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "combination size must not exceed %d: %d", maxCombined, size)
	case size > n:
		return []any{}, nil
	}
	count := int64(1)
	for i := range size { // exact: a product of consecutive numbers
		if count = count * (n - i) / (i + 1); count > maxCombinations {
			return nil, Fail("INVALID_FUNCTION_ARGUMENT", "combinations exceed max size")
		}
	}
	places := make([]int64, size)
	for i := range places {
		places[i] = int64(i + 1)
	}
	all := make([]any, 0, count)
	for {
		one := make([]any, size)
		for i, p := range places {
			one[i] = p
		}
		all = append(all, one)
		if !advance(places, n) {
			return all, nil
		}
	}
}

// advance moves to the next combination, and tells whether there is one.
func advance(places []int64, n int64) bool {
	for i := range places {
		if next := places[i] + 1; i+1 < len(places) && next < places[i+1] || i+1 == len(places) && next <= n {
			places[i] = next
			for j := range i {
				places[j] = int64(j + 1)
			}
			return true
		}
	}
	return false
}
