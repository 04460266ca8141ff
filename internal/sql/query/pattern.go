package query

/*
#include <stdbool.h>
#include <stdint.h>

// See cardinality.go.
typedef void *handle;
typedef struct {
	uint32_t length;
	char prefix[4];
	const char *bytes; // of strings longer than 12 bytes; shorter ones lie in place of prefix and bytes
} text;
extern handle duckdb_data_chunk_get_vector(handle chunk, uint64_t column);
extern uint64_t duckdb_data_chunk_get_size(handle chunk);
extern void *duckdb_vector_get_data(handle vector);
extern uint64_t *duckdb_vector_get_validity(handle vector);
extern void duckdb_vector_ensure_validity_writable(handle vector);
extern void duckdb_vector_assign_string_element_len(handle vector, uint64_t index, const char *bytes, uint64_t length);
extern void duckdb_scalar_function_set_error(handle info, const char *error);

enum { max_wildcards = 1000 };

// pattern gives strings back that have not too many wildcards.
static void pattern(handle info, handle input, handle output) {
	handle in = duckdb_data_chunk_get_vector(input, 0);
	uint64_t n = duckdb_data_chunk_get_size(input);
	uint64_t *valid = duckdb_vector_get_validity(in);
	text *texts = duckdb_vector_get_data(in);
	for (uint64_t i = 0; i < n; i++) {
		if (valid != NULL && !(valid[i / 64] >> (i % 64) & 1)) {
			duckdb_vector_ensure_validity_writable(output);
			duckdb_vector_get_validity(output)[i / 64] &= ~((uint64_t)1 << (i % 64));
			continue;
		}
		uint64_t length = texts[i].length;
		const char *bytes = length <= 12 ? texts[i].prefix : texts[i].bytes;
		int wildcards = 0;
		for (uint64_t at = 0; at < length; at++) {
			if ((bytes[at] == '%' || bytes[at] == '*') && ++wildcards > max_wildcards) {
				duckdb_scalar_function_set_error(info, "a pattern has more than 1000 wildcards");
				return;
			}
		}
		duckdb_vector_assign_string_element_len(output, i, bytes, length);
	}
}

static void *pattern_address(void) { return (void *)pattern; }
*/
import "C"

import (
	"errors"
	"maps"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// patterned are the functions whose second argument is a pattern that DuckDB matches recursively, a level for each % or
// *: enough of them would take the worker's stack, at some 60,000. Regular expressions are matched without, and bounded
// by DuckDB.
var patterned = set("~~ !~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape not_ilike_escape")

// maxWildcards is how many % and * a pattern may hold.
const maxWildcards = C.max_wildcards

// patternCheck is the function that fails for patterns with more and else gives its argument.
const patternCheck = "varlake_pattern"

// notePattern bounds the pattern of a call that is text. Any other is noted: what it will be is seen only as the
// statement runs.
func (g *gate) notePattern(call object) error {
	arguments, _ := call["children"].([]any)
	if len(arguments) < 2 {
		return nil // no such function: DuckDB says so
	}
	if made, _ := arguments[1].(object); fold(text(made, "function_name")) == patternCheck {
		return nil // this statement is what an earlier walk made
	}
	if pattern, ok := constantText(arguments[1]); !ok && !constant(arguments[1]) {
		g.patterns = append(g.patterns, call)
	} else if strings.Count(pattern, "%")+strings.Count(pattern, "*") > maxWildcards {
		return &Error{Kind: Syntax, Message: "a pattern has more than 1000 wildcards"}
	}
	return nil
}

// boundPatterns has the patterns that were noted checked as the statement runs, each when it has been computed, once.
func (g *gate) boundPatterns() {
	for _, call := range g.patterns {
		arguments := call["children"].([]any)
		check := maps.Clone(call)
		check["function_name"], check["schema"], check["catalog"], check["alias"] = patternCheck, "main", "", ""
		check["is_operator"], check["children"] = false, []any{arguments[1]}
		arguments[1], g.changed = check, true
	}
}

func constant(expression any) bool {
	node, _ := expression.(object)
	return text(node, "class") == "CONSTANT"
}

// constantText is the text that an expression is, if it is one.
func constantText(expression any) (string, bool) {
	node, _ := expression.(object)
	value, _ := node["value"].(object)
	written, ok := value["value"].(string)
	return written, ok && constant(expression)
}

// addPatternCheck registers patternCheck(VARCHAR) -> VARCHAR.
func (s *session) addPatternCheck() error {
	fn := duckdb.CreateScalarFunction()
	defer duckdb.DestroyScalarFunction(&fn)
	varchar := duckdb.CreateLogicalType(duckdb.TypeVarchar)
	defer duckdb.DestroyLogicalType(&varchar)
	duckdb.ScalarFunctionSetName(fn, patternCheck)
	duckdb.ScalarFunctionAddParameter(fn, varchar)
	duckdb.ScalarFunctionSetReturnType(fn, varchar)
	duckdb.ScalarFunctionSetSpecialHandling(fn) // it sees NULLs itself
	duckdb.ScalarFunctionSetFunction(fn, C.pattern_address())
	if duckdb.RegisterScalarFunction(s.conn, fn) == duckdb.StateError {
		return errors.New("register the check of patterns")
	}
	return nil
}
