package native

import "slices"

// maxCombinations and maxCombined bound combinations as Trino does: how many there may be, and of how many elements.
const (
	maxCombinations = 100_000
	maxCombined     = 5
)

// list has what array functions need.
var list = []Function{
	{Name: "trino_combinations", Params: []string{"BIGINT", "BIGINT"}, Result: "BIGINT[][]",
		Call: func(args []any) (any, error) { return combinations(args[0].(int64), args[1].(int64)) }},
	{Name: "trino_java_order", Params: []string{"BIGINT[][]"}, Result: "BIGINT[]",
		Call: func(args []any) (any, error) { return javaOrder(args[0].([]any)) }},
}

// fewForJava is below how many elements Java's sort puts each one in by halving.
const fewForJava = 32

// javaOrder gives the places, from 1, in which Java sorts elements, of what a comparator says of each pair. Fewer than
// 32 are asked for as Java does: the longest run that is in order, or against it, at the beginning, and the rest put in
// by halving.
func javaOrder(answers []any) (any, error) {
	places := make([]int, len(answers))
	for i := range places {
		places[i] = i
	}
	var wrong error
	below := func(a, b int) bool {
		answer := answers[a].([]any)[b].(int64)
		if answer < -1 || answer > 1 {
			wrong = Fail("INVALID_FUNCTION_ARGUMENT", "Lambda comparator must return either -1, 0, or 1")
		}
		return answer < 0
	}
	if len(places) >= fewForJava {
		slices.SortStableFunc(places, func(a, b int) int {
			below(a, b)
			return int(answers[a].([]any)[b].(int64))
		})
		return placesFrom1(places), wrong
	}
	for at := sortedRun(places, below); at < len(places) && wrong == nil; at++ {
		pivot, left, right := places[at], 0, at
		for left < right {
			if middle := (left + right) / 2; below(pivot, places[middle]) {
				right = middle
			} else {
				left = middle + 1
			}
		}
		copy(places[left+1:at+1], places[left:at])
		places[left] = pivot
	}
	return placesFrom1(places), wrong
}

func placesFrom1(places []int) []any {
	order := make([]any, len(places))
	for i, place := range places {
		order[i] = int64(place + 1)
	}
	return order
}

// sortedRun gives how many elements at the beginning are in order, once they are turned round if they are against it.
func sortedRun(places []int, below func(a, b int) bool) int {
	if len(places) < 2 {
		return len(places)
	}
	end, against := 2, below(places[1], places[0])
	for end < len(places) && below(places[end], places[end-1]) == against {
		end++
	}
	if against {
		slices.Reverse(places[:end])
	}
	return end
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
