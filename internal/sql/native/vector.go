package native

import "math"

// vector has functions of arrays that are vectors. NULL within one is 0 to Trino, but for cosine_similarity, which has
// no value then.
var vector = []Function{
	{Name: "trino_dot_product", Params: []string{"DOUBLE[]", "DOUBLE[]"}, Result: "DOUBLE",
		Call: ofFilled(func(x, y []float64) (any, error) { return product(x, y), nil })},
	{Name: "trino_euclidean_distance", Params: []string{"DOUBLE[]", "DOUBLE[]"}, Result: "DOUBLE",
		Call: ofFilled(func(x, y []float64) (any, error) {
			var sum float64
			for i := range x {
				sum += (x[i] - y[i]) * (x[i] - y[i])
			}
			return math.Sqrt(sum), nil
		})},
	{Name: "trino_cosine_similarity", Params: []string{"DOUBLE[]", "DOUBLE[]"}, Result: "DOUBLE",
		Call: ofVectors(func(x, y []float64) (any, error) {
			a, b := product(x, x), product(y, y)
			if a == 0 || b == 0 {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Vector magnitude cannot be zero")
			}
			return product(x, y) / math.Sqrt(a*b), nil
		})},
	// the values of both by the keys of either; NULL where a vector has none
	{Name: "trino_sparse_cosine_similarity", Params: []string{"DOUBLE[]", "DOUBLE[]"}, Result: "DOUBLE",
		Call: ofFilled(func(x, y []float64) (any, error) {
			a, b := product(x, x), product(y, y)
			if a == 0 || b == 0 {
				return nil, nil
			}
			return product(x, y) / (math.Sqrt(a) * math.Sqrt(b)), nil
		})},
}

// ofFilled is ofVectors where NULL is 0.
func ofFilled(f func(x, y []float64) (any, error)) func([]any) (any, error) {
	of := ofVectors(f)
	return func(args []any) (any, error) {
		return of([]any{filled(args[0].([]any)), filled(args[1].([]any))})
	}
}

func filled(list []any) []any {
	out := make([]any, len(list))
	for i, v := range list {
		if out[i] = v; v == nil {
			out[i] = 0.0
		}
	}
	return out
}

// ofVectors makes a function of two lists of one of two vectors of the same length.
func ofVectors(f func(x, y []float64) (any, error)) func([]any) (any, error) {
	return func(args []any) (any, error) {
		first, second := args[0].([]any), args[1].([]any)
		if len(first) != len(second) {
			return nil, Fail("INVALID_FUNCTION_ARGUMENT", "The arguments must have the same length")
		}
		x, y := make([]float64, len(first)), make([]float64, len(first))
		for i := range first {
			if first[i] == nil || second[i] == nil {
				return nil, nil
			}
			x[i], y[i] = first[i].(float64), second[i].(float64)
		}
		return f(x, y)
	}
}

func product(x, y []float64) (sum float64) {
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}
