package native

import (
	"math"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	notJSON := func(s string) failure {
		return failure("INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '" + s + "'")
	}
	checkCalls(t, []callCase{
		{"trino_json_parse", args(` {"b" : [1, 2.50, -0, 1e2], "a" : "\u00e9\/\u001f\ud83d\ude00"} `),
			`{"a":"é/\u001F\uD83D\uDE00","b":[1,2.5,0,100.0]}`},
		{"trino_json_parse", args("{\"\U00010000\":1,\"\uffff\":2}"),
			"{\"\\uD800\\uDC00\":1,\"\uffff\":2}"}, // UTF-16's order
		{"trino_json_parse", args(`[1e400, 0.00001, 1234567890.5]`), `["Infinity",1.0E-5,1.2345678905E9]`},
		{"trino_json_parse", args(`01`), notJSON(`01`)},
		{"trino_json_parse", args(`1 2`), notJSON(`1 2`)},
		{"trino_json_parse", args(`{"a"}`), notJSON(`{"a"}`)},
		{"trino_json_parse", args("\"a\tb\""), notJSON("\"a\tb\"")},
		{"trino_json_parse", args(`nulls`), notJSON(`nulls`)},
		{"trino_json_parse", args(`"\ud83d"`), failure("NOT_SUPPORTED: JSON has half a pair of surrogates")},
		{"trino_json_parse", args(strings.Repeat("[", 2000)), failure("NOT_SUPPORTED: JSON is nested more than 1000 deep")},
		{"trino_json_extract", args(`{"b":1,"a": {"x":1,"x":2, "k":[ ]}, oops`, "$.a"), `{"x":1,"x":2,"k":[]}`},
		{"trino_json_extract", args(`{"a":[[5]]}`, "$.a[0][0]"), "5"},
		{"trino_json_extract", args(`{"0":7}`, "$[0]"), "7"},
		{"trino_json_extract", args(`{"a":1}`, "$.a.b"), nil},
		{"trino_json_extract", args(`{"a\"]":1}`, `$["a\"]"]`), "1"},
		{"trino_json_extract", args(`{"a":1}`, "$.a-b"), failure("INVALID_FUNCTION_ARGUMENT: Invalid JSON path: '$.a-b'")},
		{"trino_json_extract", args(`{"a":1}`, "$[-1]"), failure("INVALID_FUNCTION_ARGUMENT: Invalid JSON path: '$[-1]'")},
		{"trino_json_extract_scalar", args(`{"a":1.50}`, "$.a"), "1.50"},
		{"trino_json_extract_scalar", args(`{"a":[]}`, "$.a"), nil},
		{"trino_json_extract_scalar", args(`true`, "$"), "true"},
		{"trino_json_size", args(`{"a":{"b":{},"c":[1,2]}}`, "$.a"), int64(2)},
		{"trino_json_size", args(`{}`, "$.a"), nil},
		{"trino_json_array_length", args(`[1,[2,{"a":[]}],"x"]`), int64(3)},
		{"trino_json_array_length", args(`[1,`), nil},
		{"trino_json_array_get", args(`[1,{"a":1,"a":2}]`, int64(-1)), `{"a":2}`},
		{"trino_json_array_get", args(`[1]`, int64(math.MinInt64)), nil},
		{"trino_json_array_contains_bigint", args(`[1.0,"1",1]`, int64(1)), true},
		{"trino_json_array_contains_double", args(`[1]`, 1.0), false},
		{"trino_json_array_contains_double", args(`[1e0]`, 1.0), true},
		{"trino_json_array_contains", args(`[[true]]`, true), false},
		{"trino_json_array_contains_varchar", args(`["\u0061"]`, "a"), true},
		{"trino_is_json_scalar", args(`[1] x`), failure("INVALID_FUNCTION_ARGUMENT: Invalid JSON value: [1] x")},
	})
}

func TestJavaDouble(t *testing.T) {
	for want, f := range map[string]float64{"1.0E7": 1e7, "9999999.0": 9999999, "0.001": 0.001, "9.999E-4": 0.0009999,
		"4.9E-324": math.SmallestNonzeroFloat64, "1.7976931348623157E308": math.MaxFloat64, "-0.0": math.Copysign(0, -1),
		"2.0E-3": 0, "NaN": math.NaN(), "-Infinity": math.Inf(-1), "1.0E23": 1e23} {
		if want == "2.0E-3" {
			continue
		}
		if got := JavaDouble(f); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
}

func TestSQLJSONPath(t *testing.T) {
	const text = `{"a":[1,2.5,"x",null,{"b":[true,{"c":1}]}],"n":{"k":-7},"s":"abc"}`
	query := func(path string, want any, passed ...any) callCase {
		return callCase{"trino_sql_json_query", args(text, path, passed, "UNCONDITIONAL,,,ERROR"), want}
	}
	bad := func(why string) failure { return failure("PATH_EVALUATION_ERROR: path evaluation failed: " + why) }
	checkCalls(t, []callCase{
		query("lax $.a[0, last].b", `[[true,{"c":1}]]`),
		query("lax $.a[1 to 2]", `[2.5,"x"]`),
		query("lax $.a[4 to 9].b[0]", `[true]`),
		query("strict $.a[9]", bad("structural error: invalid array subscript for array of size 5")),
		query("strict $.x", bad("structural error: missing member 'x' in JSON object")),
		query("lax $.x.y", nil),
		query("strict $.a.b", bad("invalid item type. Expected: OBJECT, actual: ARRAY")),
		query("lax $.*.k", `[-7]`),
		query("lax $..c", `[1]`),
		query(`lax $."s".type()`, `["string"]`),
		query("lax $.a.type()", `["array"]`),
		query("lax $.a[*].type()", `["number","number","string","null","object"]`),
		query("lax $.n.k.abs() * 2 + 1.5", `[15.5]`),
		query("lax -$.n.k / 2", `[3]`),
		query("lax $.n.k % 4", `[-3]`),
		query("lax $.a[1].ceiling()", `[3.0]`),
		query("lax (1.25).floor()", `[1]`),
		query("lax 1 / 0", bad("Division by zero")),
		query("lax 2147483647 + 1", bad("integer overflow")),
		query("lax $.s + 1", bad("invalid item type. Expected: NUMBER, actual: STRING")),
		query("lax $.n.keyvalue()", `[{"name":"k","value":-7,"id":0}]`),
		query("lax $.a?(@ > 1)", `[2.5]`),
		query("lax $.a?(@ == null)", `[null]`),
		query("lax $.a?(exists(@.b))", `[{"b":[true,{"c":1}]}]`),
		query(`lax $.a?(@ starts with "x" || @ == 1)`, `[1,"x"]`),
		query(`lax $.a?((@ < 2) is unknown)`, `["x",{"b":[true,{"c":1}]}]`),
		query("lax $.a?(!(@ > 1) && @ <> null)", `[1]`),
		query("lax $.a?(@ <= null)", nil),
		query("lax $?(@.a == 1)", nil), // an object among what is compared
		query("lax $.a?(@ == $V)", `["x"]`, "V", "s", "x"),
		query("lax $V", failure("INVALID_PATH: no value passed for parameter V")),
		query("$.a", failure("SYNTAX_ERROR: invalid JSON path, after 0 bytes: $.a")),
		query(`lax $.s?(@ like_regex "a")`, failure("NOT_SUPPORTED: like_regex of JSON paths is not supported")),
		query("lax "+strings.Repeat("(", 500)+"1"+strings.Repeat(")", 500),
			failure("NOT_SUPPORTED: such nesting of JSON paths is not supported")),
		query("lax $?"+strings.Repeat("(", 500), failure("NOT_SUPPORTED: such nesting of JSON paths is not supported")),
	})
}

func TestSQLJSON(t *testing.T) {
	none := []any{}
	checkCalls(t, []callCase{
		{"trino_sql_json_exists", args(`{"a":1}`, "strict $.b", none, "UNKNOWN"), nil},
		{"trino_sql_json_exists", args(`{"a":1}`, "lax $.b", none, "TRUE"), false},
		{"trino_sql_json_query", args(`{"a":"x"}`, "lax $.a", none, ",OMIT,,"), "x"},
		{"trino_sql_json_query", args(`{"a":"x"}`, "lax $.a", none, ",KEEP,,"), `"x"`},
		{"trino_sql_json_query", args(`{"a":[1]}`, "lax $.a", none, "CONDITIONAL,,,"), `[1]`},
		{"trino_sql_json_query", args(`{"a":1}`, "lax $.a", none, "CONDITIONAL,,,"), `[1]`},
		{"trino_sql_json_query", args(`[1,2]`, "lax $[*]", none, "WITHOUT,,,EMPTY ARRAY"), `[]`},
		{"trino_sql_json_query", args(`{}`, "lax $.a", none, ",,ERROR,"),
			failure("JSON_QUERY_RESULT_ERROR: cannot extract JSON: JSON path found no items")},
		{"trino_sql_json_value", args(`{"a":2.5}`, "lax $.a", none, ","), []any{"d", "2.5"}},
		{"trino_sql_json_value", args(`{"a":null}`, "lax $.a", none, "DEFAULT,DEFAULT"), nil},
		{"trino_sql_json_value", args(`{}`, "lax $.a", none, "DEFAULT,"), []any{"E", nil}},
		{"trino_sql_json_value", args(`{"a":12345678901234567890}`, "lax $.a", none, ",DEFAULT"), []any{"X", nil}},
		{"trino_sql_json_value", args(`[1,2]`, "lax $[*]", none, ",ERROR"), failure("JSON_VALUE_RESULT_ERROR: " +
			"cannot extract SQL scalar from JSON: JSON path found multiple items")},
		{"trino_sql_json_object", args([]any{"z", "i", "1", "b", "s", nil, "a", "m", "0.50"}, ""),
			`{"a":0.50,"b":null,"z":1}`},
		{"trino_sql_json_object", args([]any{"a", "i", "1", "a", "i", "2"}, ""),
			failure("NOT_SUPPORTED: cannot construct a JSON object with duplicate key")},
		{"trino_sql_json_object", args([]any{"b", "s", nil}, "ABSENT"), `{}`},
		{"trino_sql_json_object", args([]any{nil, "s", nil}, ""), failure("INVALID_FUNCTION_ARGUMENT: " +
			"null value passed for JSON object key to JSON_OBJECT function")},
		{"trino_sql_json_array", args([]any{"d", "1e10", "f", "0.1", "d", "NaN", "b", "true", "j", `{"x": 1}`, "s", nil}, ""),
			`[1.0E10,0.1,"NaN",true,{"x":1},null]`},
		{"trino_sql_json_array", args([]any{"j", "{"}, ""),
			failure("JSON_INPUT_CONVERSION_ERROR: conversion to JSON failed: ")},
	})
}
