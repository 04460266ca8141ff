package query

import (
	"errors"
	"strings"
	"testing"
)

// openDialect opens DuckDB in this process as a worker does before it is confined.
func openDialect(t testing.TB) *session {
	t.Helper()
	s, err := openSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := errors.Join(s.addFunctions(), s.addMacros()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFunctionLists(t *testing.T) {
	s := openDialect(t)
	names, err := s.text(`SELECT string_agg(DISTINCT lower(function_name), ' ') FROM duckdb_functions()
		WHERE function_type IN ('scalar', 'aggregate', 'macro') AND function_name NOT LIKE 'icu\_collate\_%' ESCAPE '\' AND ?::VARCHAR = ''`, "")
	if err != nil {
		t.Fatal(err)
	}
	known := set(names)
	for name := range known {
		if !functions[name] && !isNative(name) && !refusedFunctions[name] {
			t.Errorf("DuckDB function %s is neither allowed nor refused: decide", name)
		}
		if functions[name] && refusedFunctions[name] {
			t.Errorf("function %s is both allowed and refused", name)
		}
	}
	for name := range functions {
		if !known[name] && !grammarFunctions[name] {
			t.Errorf("allowed function %s does not exist", name)
		}
	}
	for name := range refusedFunctions {
		if !known[name] {
			t.Errorf("refused function %s does not exist", name)
		}
	}
	if n := len(strings.Fields(names)); n < 700 {
		t.Fatalf("only %d functions listed", n)
	}
}

// grammarFunctions are not in DuckDB's list of functions but made by its grammar.
var grammarFunctions = set(`= <> < > <= >= -> if ifnull coalesce unnest current_timestamp`)

// refusedFunctions read or change something else than their arguments (catalog,
// session, settings, sequences, log, time), parse or run other statements, or
// are of no use in variant queries.
var refusedFunctions = set(`
	__internal_compress_integral_ubigint __internal_compress_integral_uinteger __internal_compress_integral_usmallint
	__internal_compress_integral_utinyint __internal_compress_string_hugeint __internal_compress_string_ubigint
	__internal_compress_string_uhugeint __internal_compress_string_uinteger __internal_compress_string_usmallint
	__internal_compress_string_utinyint __internal_decompress_integral_bigint __internal_decompress_integral_hugeint
	__internal_decompress_integral_integer __internal_decompress_integral_smallint __internal_decompress_integral_ubigint
	__internal_decompress_integral_uhugeint __internal_decompress_integral_uinteger __internal_decompress_integral_usmallint
	__internal_decompress_string alias can_cast_implicitly cast_to_type col_description combine create_sort_key
	current_catalog current_connection_id current_database current_query current_query_id current_role current_schema
	current_schemas current_setting current_transaction_id current_user currval enum_code enum_first enum_last enum_range
	enum_range_boundary error finalize format_pg_type format_type get_block_size get_type getvariable
	has_any_column_privilege has_column_privilege has_database_privilege has_foreign_data_wrapper_privilege
	has_function_privilege has_language_privilege has_schema_privilege has_sequence_privilege has_server_privilege
	has_table_privilege has_tablespace_privilege icu_sort_key in_search_path inet_client_addr inet_client_port
	inet_server_addr inet_server_port json_contains json_deserialize_sql json_group_structure json_merge_patch
	json_serialize_plan json_serialize_sql json_structure make_type map_to_pg_oid
	nextval obj_description parse_duckdb_log_message pg_collation_is_visible pg_conf_load_time pg_conversion_is_visible
	pg_function_is_visible pg_get_constraintdef pg_get_expr pg_get_viewdef pg_has_role pg_is_other_temp_schema
	pg_my_temp_schema pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible pg_postmaster_start_time pg_sleep
	pg_table_is_visible pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible
	pg_type_is_visible pg_typeof regexp_split_to_table remap_struct replace_type session_user setseed shobj_description
	sleep_ms st_asbinary st_astext st_aswkb st_aswkt st_crs st_geomfromwkb st_intersects_extent st_setcrs stats switch
	timetz_byte_comparable txid_current user variant_bytes_to_variant variant_extract variant_normalize
	variant_to_parquet_variant variant_typeof varlake_cardinality vector_type version write_log
`)
