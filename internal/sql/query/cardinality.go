package query

/*
#include <stdbool.h>
#include <stdint.h>

// The few functions of DuckDB's C API (duckdb.h) that are used here; the
// library itself is linked by duckdb-go-bindings, whose headers cannot be
// included from another package.
typedef void *handle;
extern handle duckdb_data_chunk_get_vector(handle chunk, uint64_t column);
extern uint64_t duckdb_data_chunk_get_size(handle chunk);
extern handle duckdb_vector_get_column_type(handle vector);
extern void *duckdb_vector_get_data(handle vector);
extern uint64_t *duckdb_vector_get_validity(handle vector);
extern void duckdb_vector_ensure_validity_writable(handle vector);
extern int duckdb_get_type_id(handle type);
extern void duckdb_destroy_logical_type(handle *type);
extern void duckdb_scalar_function_set_error(handle info, const char *error);

enum { type_list = 24, type_map = 26, type_null = 36 };

// cardinality gives the number of entries of a list or a map. Both lie in
// memory as pairs of offset and length into a child vector.
static void cardinality(handle info, handle input, handle output) {
	handle in = duckdb_data_chunk_get_vector(input, 0);
	handle type = duckdb_vector_get_column_type(in);
	int id = duckdb_get_type_id(type);
	duckdb_destroy_logical_type(&type);
	if (id != type_list && id != type_map && id != type_null) {
		duckdb_scalar_function_set_error(info, "cardinality needs an array or a map");
		return;
	}
	uint64_t n = duckdb_data_chunk_get_size(input);
	uint64_t *valid = duckdb_vector_get_validity(in);
	struct { uint64_t offset, length; } *entries = duckdb_vector_get_data(in);
	int64_t *out = duckdb_vector_get_data(output);
	uint64_t *outValid = NULL;
	for (uint64_t i = 0; i < n; i++) {
		if (id != type_null && (valid == NULL || valid[i / 64] >> (i % 64) & 1)) {
			out[i] = (int64_t)entries[i].length;
			continue;
		}
		if (outValid == NULL) {
			duckdb_vector_ensure_validity_writable(output);
			outValid = duckdb_vector_get_validity(output);
		}
		outValid[i / 64] &= ~((uint64_t)1 << (i % 64));
	}
}

static void *cardinality_address(void) { return (void *)cardinality; }
*/
import "C"

import (
	"errors"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// addCardinality registers varlake_cardinality(ANY) -> BIGINT. DuckDB's own
// cardinality takes maps only and its len lists only, and a macro cannot tell
// the two apart, so this one function is written against the C API.
func (s *session) addCardinality() error {
	fn := duckdb.CreateScalarFunction()
	defer duckdb.DestroyScalarFunction(&fn)
	arg, ret := duckdb.CreateLogicalType(duckdb.TypeAny), duckdb.CreateLogicalType(duckdb.TypeBigInt)
	defer duckdb.DestroyLogicalType(&arg)
	defer duckdb.DestroyLogicalType(&ret)
	duckdb.ScalarFunctionSetName(fn, "varlake_cardinality")
	duckdb.ScalarFunctionAddParameter(fn, arg)
	duckdb.ScalarFunctionSetReturnType(fn, ret)
	duckdb.ScalarFunctionSetSpecialHandling(fn) // it sees NULLs itself
	duckdb.ScalarFunctionSetFunction(fn, C.cardinality_address())
	if duckdb.RegisterScalarFunction(s.conn, fn) == duckdb.StateError {
		return errors.New("register cardinality")
	}
	return nil
}
