package query

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestDepth: what is nested by the ten thousand, in the text or in a value, is an answer or a refusal, never the
// worker's end.
func TestDepth(t *testing.T) {
	const n = 50_000
	brackets := "(repeat('[', 50000) || repeat(']', 50000))"
	structure := strings.Repeat("[", n) + `"VARCHAR"` + strings.Repeat("]", n)
	e := newEngine(t, Options{})
	for name, sql := range map[string]string{
		"json_transform, a literal": "SELECT json_transform('[1]', '" + structure + "')",
		"json_transform, objects": "SELECT json_transform('{}', '" + strings.Repeat(`{"a":`, n/10) + `"VARCHAR"` +
			strings.Repeat("}", n/10) + "')",
		"json_transform, a type":      "SELECT json_transform('[1]', '\"INTEGER" + strings.Repeat("[]", n) + "\"')",
		"json_transform, made":        "SELECT json_transform('[1]', repeat('[', 50000) || '\"VARCHAR\"' || repeat(']', 50000))",
		"from_json_strict, made":      "SELECT FROM_JSON_STRICT('[1]', repeat('[', 50000) || '\"VARCHAR\"' || repeat(']', 50000))",
		"from_json to VARIANT":        "SELECT from_json(" + brackets + ", '\"variant\"')",
		"from_json with a name":       "SELECT from_json(" + brackets + ", structure := '\"variant\"')",
		"json_transform over a table": "SELECT json_transform('[1]', s) FROM (SELECT '[1]' AS s)",
		"json_contains":               "SELECT json_contains(" + brackets + "::JSON, '[1]')",
		"VARIANT":                     "SELECT length((" + brackets + "::JSON::VARIANT)::VARCHAR)",
		"VARIANT in a type":           "SELECT CAST(" + brackets + "::JSON AS STRUCT(a VARIANT[]))",
		"JSON to arrays":              "SELECT CAST(" + brackets + "::JSON AS VARCHAR[][])",
		"a literal of JSON": "SELECT length('" + strings.Repeat("[", n) + strings.Repeat("]",
			n) + "'::JSON::VARCHAR)",
		"AND": "SELECT " + strings.Repeat("true AND ", n/10) + "true",
		"OR and AND": "SELECT " + strings.Repeat("true AND (false OR ", n/4) + "true" +
			strings.Repeat(")", n/4),
		"subscripts":    "SELECT x" + strings.Repeat("[1]", n) + " FROM (SELECT [1] AS x)",
		"casts":         "SELECT 1" + strings.Repeat("::INT", n/2),
		"dots":          "SELECT x" + strings.Repeat(".a", n) + " FROM (SELECT {'a': 1} AS x)",
		"concatenation": "SELECT 'a'" + strings.Repeat(" || 'a'", n/2),
		"CASE": "SELECT " + strings.Repeat("CASE WHEN true THEN ", n/5) + "1" +
			strings.Repeat(" END", n/5),
		"calls":     "SELECT " + strings.Repeat("abs(", n/2) + "1" + strings.Repeat(")", n/2),
		"UNION ALL": "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", n/50),
		"joins":     "SELECT 1 FROM (SELECT 1) a0" + strings.Repeat(" CROSS JOIN (SELECT 1)", n/8),
		"WITH": strings.Repeat("WITH w AS (SELECT 1) SELECT * FROM (", n/20) + "SELECT 1" +
			strings.Repeat(")", n/20),
		"structs": "SELECT " + strings.Repeat("{'a': ", n/5) + "1" + strings.Repeat("}", n/5),
		"lambdas": "SELECT " + strings.Repeat("list_transform([1], x -> ", n/20) + "1" +
			strings.Repeat(")", n/20),
		"regexp": "SELECT regexp_like('a', repeat('(', 50000) || 'a' || repeat(')', 50000))",
	} {
		if _, err := run(t, e, nil, sql); err != nil && kindOf(t, err) == Internal {
			cause := err.(*Error).Err.Error()
			t.Errorf("%s: %v: %s", name, err, cause[:min(len(cause), 300)])
		}
	}
	if out, err := run(t, e, nil, `SELECT json_transform('{"a":[1]}', '{"a":["INTEGER"]}') AS x`); err != nil ||
		out != `[{"x":{"a":[1]}}]` {
		t.Errorf("a structure as it should be: %s, %v", out, err)
	}
}

// TestJSONDepth: no function of JSON that may be called takes the worker's stack, be it of objects, arrays or both.
func TestJSONDepth(t *testing.T) {
	const levels = 200_000
	e := newEngine(t, Options{})
	for shape, x := range map[string]string{
		"objects": fmt.Sprintf(`(repeat('{"a":', %d) || '1' || repeat('}', %[1]d))`, levels),
		"arrays":  fmt.Sprintf(`(repeat('[', %d) || repeat(']', %[1]d))`, levels),
		"both":    fmt.Sprintf(`(repeat('[{"a":', %d) || '1' || repeat('}]', %[1]d))`, levels/2),
	} {
		for _, of := range []string{
			"json_keys(X)", "json_valid(X)", "json_type(X)", "json_array_length(X)", "json_exists(X, '$..b')",
			"json_value(X, '$.a')",
			"json_extract(X, '$.*')", "json_extract(X, '$[*]')", "json_extract_string(X, '$.a')",
			"json_extract(X, '$' || repeat('.a', 20000))", "json_extract(X, '$' || repeat('[0]', 20000))",
			"to_json(X::JSON)", "row_to_json({'a': X::JSON})", "array_to_json([X::JSON])", "json_quote(X::JSON)",
			"json_array(X::JSON)", "json_object('k', X::JSON)", "json_group_array(X::JSON)", "json_group_object('k', X::JSON)",
			"json_transform(X, '{\"a\":\"JSON\"}')", "from_json(X, '[\"VARCHAR\"]')", "json_parse(X)", "json_format(X::JSON)",
			"CAST(X::JSON AS STRUCT(a JSON))", "CAST(X::JSON AS MAP(VARCHAR, JSON))", "CAST(X::JSON AS VARCHAR[])",
			"CAST(X AS STRUCT(a VARCHAR))", "CAST(X AS MAP(VARCHAR, VARCHAR))", "CAST(X AS VARCHAR[])",
			"(X::JSON = X::JSON)", "(X::JSON < X::JSON)",
		} {
			sql := "SELECT length((" + strings.ReplaceAll(of, "X", x) + ")::VARCHAR)"
			if _, err := run(t, e, nil, sql); err != nil && kindOf(t, err) == Internal {
				t.Errorf("%s of %d levels of %s: %v", of, levels, shape, err)
			}
		}
	}
	for _, of := range []string{"json_structure('{}')", "json_group_structure('{}')", "json_merge_patch('{}', '{}')",
		"json_contains('{}', '1')"} {
		if _, err := run(t, e, nil, "SELECT "+of); err == nil || kindOf(t, err) != Denied {
			t.Errorf("%s: %v, want it denied", of, err)
		}
	}
}

// TestWildcards: a pattern of 300,000 wildcards (50,000 where it is text), written down, computed or from a column, is
// refused; of as many as are allowed it is matched, whatever made it.
func TestWildcards(t *testing.T) {
	e := newEngine(t, Options{})
	for of, wildcard := range map[string]string{
		"x LIKE PATTERN": "%a", "x NOT LIKE PATTERN": "_%", "x LIKE PATTERN ESCAPE '!'": "%a",
		"x NOT LIKE PATTERN ESCAPE '!'": "_%",
		"x ILIKE PATTERN":               "%a", "x NOT ILIKE PATTERN": "%a", "x ILIKE PATTERN ESCAPE '!'": "%a",
		"x NOT ILIKE PATTERN ESCAPE '!'": "%a",
		"x GLOB PATTERN":                 "*a", "like_escape(x, PATTERN, '!')": "%a",
		"not_like_escape(x, PATTERN, '!')": "%a",
		"ilike_escape(x, PATTERN, '!')":    "%a", "not_ilike_escape(x, PATTERN, '!')": "%a", `"~~*"(x, PATTERN)`: "%a",
		"list_filter([x], y -> y ILIKE PATTERN) = [x]": "%a", "x LIKE (SELECT PATTERN)": "_%",
		"(CASE WHEN x LIKE PATTERN THEN 'a' END) LIKE PATTERN": "_%",
	} {
		many := func(n int) []string {
			computed, text := fmt.Sprintf("repeat('%s', %d)", wildcard, n), "'"+strings.Repeat(wildcard, min(n, 50_000))+"'"
			return []string{
				"SELECT " + strings.ReplaceAll(of, "PATTERN", computed) + " FROM (SELECT repeat('a', 700000) AS x)",
				"SELECT " + strings.ReplaceAll(of, "PATTERN", text) + " FROM (SELECT repeat('a', 700000) AS x)",
				"SELECT " + strings.ReplaceAll(of, "PATTERN", "p") + " FROM (VALUES (repeat('a', 700000), " + computed +
					"), (NULL, NULL)) v(x, p)",
			}
		}
		for _, sql := range many(300_000) {
			out, err := run(t, e, nil, sql)
			if err == nil || kindOf(t, err) != Syntax ||
				!strings.Contains(err.Error(), "a pattern has more than 1000 wildcards") {
				t.Errorf("%.150s: %.60s, %v", sql, out, err)
			}
		}
		for _, sql := range many(maxWildcards)[1:] {
			if _, err := run(t, e, nil, sql); err != nil {
				t.Errorf("%.150s: %v", sql, err)
			}
		}
	}
	const sql = `SELECT list(x LIKE p ORDER BY i) AS a, list(x LIKE p ESCAPE '!' ORDER BY i) AS b, list(x GLOB g ORDER BY i) AS c
		FROM (VALUES (1, 'abcdefghijklmnopq', '%j%', '*q'), (2, 'a%', 'a!%', 'a[%]'), (3, 'A', 'a', NULL), (4, NULL, '%', '?'), (5, 'é', '_', 'é*'), (6, 'z', NULL, 'z')) v(i, x, p, g)`
	want := `[{"a":[true,false,false,null,true,null],"b":[true,true,false,null,true,null],"c":[true,true,null,null,true,true]}]`
	if out, err := run(t, e, nil, sql); err != nil || out != want {
		t.Errorf("patterns of a column: %s, %v, want %s", out, err, want)
	}
}

// TestMessagesAreBounded: DuckDB repeats names and values in its messages, whole.
func TestMessagesAreBounded(t *testing.T) {
	e := newEngine(t, Options{})
	for _, sql := range []string{
		"SELECT CAST('" + strings.Repeat("é", 100_000) + "' AS INTEGER)",
		"SELECT CAST(repeat('é', 1000000) AS INTEGER)",
		`SELECT "` + strings.Repeat("é", 100_000) + `"`,
		`SELECT * FROM "` + strings.Repeat("é", 100_000) + `"`,
		`SELECT "` + strings.Repeat("é", 100_000) + `"()`,
		"SELECT strptime('1', repeat('%', 100000))",
	} {
		_, err := run(t, e, nil, sql)
		if err == nil {
			t.Fatalf("%.60s: ran", sql)
		}
		message := err.Error()
		if len(message) > maxMessage || !utf8.ValidString(message) || !strings.HasSuffix(message, "… (cut)") {
			t.Errorf("%.60s: %d bytes, valid %v, ends in %q", sql, len(message), utf8.ValidString(message),
				message[max(0, len(message)-20):])
		}
	}
	if got := clip("short"); got != "short" {
		t.Errorf("a short message became %q", got)
	}
}
