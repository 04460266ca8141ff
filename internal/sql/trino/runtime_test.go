package trino

import "testing"

func TestRuntimeError(t *testing.T) {
	for _, c := range []struct{ duck, want string }{
		{"Out of Range Error: Overflow in addition of INT32 (2147483647 + 1)!",
			"NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1"},
		{"Out of Range Error: Overflow in multiplication of INT64 (2 * 9223372036854775807)!",
			"NUMERIC_VALUE_OUT_OF_RANGE: bigint multiplication overflow: 2 * 9223372036854775807"},
		{"Out of Range Error: Overflow in subtraction of DECIMAL(38) (1 - 2);",
			"NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow"},
		{"Conversion Error: Type INT64 with value 300 can't be cast because the value is out of range for the destination " +
			"type INT8", "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for tinyint: 300"},
		{"Invalid Input Error: DIVISION_BY_ZERO: Division by zero", "DIVISION_BY_ZERO: Division by zero"},
		{"Invalid Input Error: INVALID_CAST_ARGUMENT: Cannot cast 'a\n\nLINE 1: b' to INT",
			"INVALID_CAST_ARGUMENT: Cannot cast 'a\n\nLINE 1: b' to INT"},
		{"Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result\nError: Invalid Input " +
			"Error: NOT_SUPPORTED: x", "NOT_SUPPORTED: x"},
		{"Invalid Input Error: More than one row returned by a subquery used as an expression - scalar subqueries can only " +
			"return a single row.", "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows"},
		{"Out of Memory Error: failed to allocate", "EXCEEDED_LOCAL_MEMORY_LIMIT: The query needs more memory than it may use"},
		{"Overflow in addition of INT8 (100 + 100)!", "NUMERIC_VALUE_OUT_OF_RANGE: tinyint addition overflow: 100 + 100"},
		{"INVALID_CAST_ARGUMENT: Cannot cast 'x: y' to INT", "INVALID_CAST_ARGUMENT: Cannot cast 'x: y' to INT"},
		{"IO Error: Could not read /secret/file", "GENERIC_INTERNAL_ERROR: The query engine failed"},
		{"Binder Error: No function matches", "GENERIC_INTERNAL_ERROR: Binder Error: No function matches"},
	} {
		if got := RuntimeError(c.duck).Error(); got != c.want {
			t.Errorf("RuntimeError(%q) = %q, want %q", c.duck, got, c.want)
		}
	}
}
