package query

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/sql/trino"
)

// TestStatements runs statements of Trino's that read no table, through the gate as a worker does: what they answer, or
// the error that they end with.
func TestStatements(t *testing.T) {
	s, err := openSession(map[string]string{"threads": "1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := errors.Join(s.addPatternCheck(), s.addNatives(), s.exec("SET TimeZone = 'UTC'")); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{"SELECT a, b, sum(x), grouping(a, b) FROM (VALUES (1,'x',10),(1,'y',20),(2,'x',30)) t(a,b,x) " +
			"GROUP BY ROLLUP(a, b) ORDER BY a NULLS FIRST, b NULLS FIRST",
			`[[null,null,60,3],[1,null,30,1],[1,"x",10,0],[1,"y",20,0],[2,null,30,1],[2,"x",30,0]]`},
		{"SELECT a, b, count(*) FROM (VALUES (1,'x',10),(1,'y',20)) t(a,b,x) GROUP BY DISTINCT ROLLUP(a, " +
			"b), ROLLUP(a) ORDER BY 1, 2, 3",
			`[[1,"x",1],[1,"y",1],[1,null,2],[null,null,2]]`},
		{"SELECT count(*) FROM (VALUES 1) t(a) WHERE false GROUP BY GROUPING SETS ((), ())",
			"[[0],[0]]"},
		{"SELECT transform(ARRAY[a], x -> x + 1), count(*) FROM (VALUES 1, 1) t(a) GROUP BY " +
			"transform(ARRAY[a], x -> x + 1)",
			"[[[2],2]]"},
		{"SELECT a, e, n FROM (VALUES (1, ARRAY[5,6]), (2, ARRAY[]), (3, NULL)) t(a, l) LEFT JOIN " +
			"UNNEST(l) WITH ORDINALITY AS u(e, n) ON true ORDER BY 1, 3",
			"[[1,5,1],[1,6,2],[2,null,null],[3,null,null]]"},
		{"SELECT * FROM UNNEST(ARRAY[1,2], ARRAY['a'], map(ARRAY['k'], ARRAY[true])) WITH ORDINALITY AS " +
			"t(a, b, k, v, n) ORDER BY n",
			`[[1,"a","k",true,1],[2,null,null,null,2]]`},
		{"WITH RECURSIVE t(n) AS ((SELECT 1) UNION ALL (SELECT n + 1 FROM t WHERE n < 5)) SELECT sum(n) " +
			"FROM t",
			"[[15]]"},
		{"SELECT x FROM (VALUES 1, 2, 2, 3) t(x) ORDER BY x OFFSET 1 FETCH FIRST ROW WITH TIES",
			"[[2],[2]]"},
		{"SELECT avg(x), sum(x) FROM (VALUES DECIMAL '-0.5', DECIMAL '-0.6') t(x)",
			`[["-0.6","-1.1"]]`},
		{"SELECT max(x, 2), min(x, 2), max(x, 5) FROM (VALUES 1, NULL, 3, 2) t(x)",
			"[[[3,2],[1,2],[3,2,1]]]"},
		{"SELECT map_agg(k, v), multimap_agg(k, v), histogram(k) FROM (VALUES ('a', 1), ('a', 2), ('b', " +
			"NULL), (NULL, 4)) t(k, v)",
			`[[{"a":1,"b":null},{"a":[1,2],"b":[null]},{"a":2,"b":1}]]`},
		{"SELECT stddev(x), var_pop(x), max(x), min(x) FROM (VALUES 1e0, nan()) t(x)",
			`[["NaN","NaN",1,1]]`},
		{"SELECT reduce_agg(x, 0, (a, b) -> a + b, (a, b) -> a + b) FROM (VALUES 1, NULL, 2) t(x)",
			"[[3]]"},
		{"SELECT sum(x) OVER (ORDER BY d RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND CURRENT ROW) FROM" +
			" (VALUES (1, TIMESTAMP '2020-01-31 00:00:00'), (2, TIMESTAMP '2020-02-29 00:00:00')) t(x, d) " +
			"ORDER BY 1",
			"[[1],[3]]"},
		{"SELECT sum(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING), count(*) OVER (ORDER" +
			" BY x GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 1, 2, 4) t(x) ORDER BY 1, 2",
			"[[4,2],[4,2],[4,2],[4,3]]"},
		{"SELECT array_sort(ARRAY[3, 1, NULL, 2], (x, y) -> CASE WHEN x IS NULL THEN 1 WHEN y IS NULL " +
			"THEN -1 WHEN x < y THEN 1 WHEN x = y THEN 0 ELSE -1 END)",
			"[[[3,2,1,null]]]"},
		{"SELECT reduce(l, 0, (s, x) -> s + x, s -> coalesce(s, -1)) FROM (VALUES ARRAY[1,2], NULL, " +
			"ARRAY[], ARRAY[NULL]) t(l)",
			"[[3],[null],[0],[-1]]"},
		{"SELECT reduce(ARRAY[1, 2], CAST(ROW(0, '') AS ROW(n integer, t varchar)), (s, x) -> " +
			"CAST(ROW(s.n + x, s.t || 'a') AS ROW(n integer, t varchar)), s -> s.t || CAST(s.n AS varchar))",
			`[["aa3"]]`},
		{"SELECT nullif(a + 1, 3), nullif(count(*), 2) FROM (VALUES 1, 2, 2) t(a) GROUP BY a ORDER BY a",
			"[[2,1],[null,null]]"},
		{"SELECT CASE a + 1 WHEN 2 THEN 'x' ELSE 'z' END, CASE count(*) WHEN 0 THEN 0 ELSE 5 / count(*) " +
			"END FROM (VALUES 1, 9) t(a) GROUP BY a ORDER BY a",
			`[["x",5],["z",5]]`},
		{"SELECT * FROM TABLE(sequence(start => 5, stop => 1, step => -2)) ORDER BY 1",
			"[[1],[3],[5]]"},
		{"SELECT lag(x, -1) OVER (ORDER BY x) FROM (VALUES 1) t(x)",
			"INVALID_FUNCTION_ARGUMENT: Offset must be at least 0"},
		{"SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM (VALUES 1) t(x)",
			"INVALID_WINDOW_FRAME: Window frame offset value must not be negative or null"},
		{"SELECT sum(x) FROM (VALUES bigint '9223372036854775807', 1) t(x)",
			"NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow"},
		{"SELECT transform_keys(map(ARRAY[1, 2], ARRAY[3, 4]), (k, v) -> 0)",
			"INVALID_FUNCTION_ARGUMENT: Duplicate keys (0) are not allowed"},
		{"SELECT a FROM (VALUES (1, 2)) t(a, b) GROUP BY a HAVING b + 1 > 2",
			"EXPRESSION_NOT_AGGREGATE: line 1:63: '((b + 1) > 2)' must be an aggregate expression or appear " +
				"in GROUP BY clause"},
		{"SELECT array_histogram(ARRAY[nan(), NULL, nan(), 1e0]), array_histogram(ARRAY[1, 1, NULL])",
			`[[{"1.0":1,"NaN":2},{"1":2}]]`},
		{"SELECT array_max(ARRAY[nan(), 1e0]), array_min(ARRAY[nan()]), array_max(ARRAY[1, NULL]), " +
			"array_position(ARRAY[nan()], nan())", `[[1,"NaN",null,0]]`},
		{"SELECT slice(ARRAY[1,2,3], -2, 5), slice(ARRAY[1,2,3], 4, 1), slice(ARRAY[1,2,3], 2, 9223372036854775807)",
			`[[[2,3],[],[2,3]]]`},
		{"SELECT sequence(DATE '2020-01-31', DATE '2020-03-31', INTERVAL '1' MONTH), sequence(5, 1, -2)",
			`[[["2020-01-31","2020-02-29","2020-03-31"],[5,3,1]]]`},
		{"SELECT map_zip_with(map(ARRAY['a','b'], ARRAY[1,2]), map(ARRAY['b','c'], ARRAY[3,4]), " +
			"(k, x, y) -> coalesce(x, 0) - coalesce(y, 0))", `[[{"a":1,"b":-1,"c":-4}]]`},
	} {
		if got := s.answered(c[0]); got != c[1] && !strings.HasSuffix(got, c[1]) {
			t.Errorf("%s\n\tgot  %s\n\twant %s", c[0], got, c[1])
		}
	}
}

// answered gives the rows of a statement as JSON, or its error.
func (s *session) answered(sql string) string {
	session := trino.Session{Catalog: "c", Schema: "default", User: "u", Now: time.Unix(0, 0)}
	c, err := trino.Compile(sql, session, goldenTables{})
	if err != nil {
		return err.Error()
	}
	rows, err := s.goldenRows(c)
	if err != nil {
		return err.Error()
	}
	out, err := json.Marshal(rows)
	if err != nil {
		return err.Error()
	}
	return string(out)
}
