package query

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/sql/trino"
)

// injections are statements in Trino's dialect that reach for what is DuckDB's or the engine's own, and the error that
// each is refused with. They are refused by the compiler, before DuckDB hears of them.
var injections = map[string]string{
	// DuckDB's tables, functions and files
	"SELECT * FROM duckdb_settings":                                "TABLE_NOT_FOUND",
	"SELECT * FROM sqlite_master":                                  "TABLE_NOT_FOUND",
	"SELECT * FROM pg_catalog.pg_class":                            "SCHEMA_NOT_FOUND",
	"SELECT * FROM main.vvv":                                       "SCHEMA_NOT_FOUND",
	"SELECT * FROM system.main.duckdb_views":                       "CATALOG_NOT_FOUND",
	"SELECT * FROM memory.default.vvv":                             "CATALOG_NOT_FOUND",
	`SELECT * FROM "/etc/passwd"`:                                  "TABLE_NOT_FOUND",
	`SELECT * FROM "read_csv('/etc/passwd')"`:                      "TABLE_NOT_FOUND",
	"SELECT * FROM '/etc/passwd'":                                  "SYNTAX_ERROR",
	`SELECT * FROM "s3://a/b.parquet"`:                             "TABLE_NOT_FOUND",
	"SELECT * FROM read_csv('/etc/passwd')":                        "SYNTAX_ERROR",
	"SELECT * FROM TABLE(read_csv('/etc/passwd'))":                 "FUNCTION_NOT_FOUND",
	"SELECT * FROM TABLE(system.builtin.read_text('/etc/passwd'))": "FUNCTION_NOT_FOUND",
	"SELECT * FROM UNNEST(read_csv('/etc/passwd'))":                "FUNCTION_NOT_FOUND",
	"SELECT * FROM UNNEST(glob('/*'))":                             "FUNCTION_NOT_FOUND",
	"SELECT read_text('/etc/passwd')":                              "FUNCTION_NOT_FOUND",
	"SELECT getenv('HOME')":                                        "FUNCTION_NOT_FOUND",
	"SELECT current_setting('threads')":                            "FUNCTION_NOT_FOUND",
	`SELECT "current_setting"('threads')`:                          "FUNCTION_NOT_FOUND",
	"SELECT transform(ARRAY['x'], x -> getenv(x))":                 "FUNCTION_NOT_FOUND",
	"SELECT query('SELECT 1')":                                     "FUNCTION_NOT_FOUND",
	"SELECT main.abs(1)":                                           "FUNCTION_NOT_FOUND",
	"SELECT U&\"\\0067etenv\"('HOME')":                             "SYNTAX_ERROR",
	// the engine's own names
	"SELECT trino_fail('A_B', 'x')":           "FUNCTION_NOT_FOUND",
	"SELECT varlake_pattern('a')":             "FUNCTION_NOT_FOUND",
	"SELECT varlake_cardinality(ARRAY[1])":    "FUNCTION_NOT_FOUND",
	"SELECT struct_pack(1)":                   "FUNCTION_NOT_FOUND",
	"SELECT list_transform(ARRAY[1], x -> x)": "FUNCTION_NOT_FOUND",
	"SELECT * FROM u1":                        "TABLE_NOT_FOUND",
	"SELECT * FROM vvv, u1":                   "TABLE_NOT_FOUND",
	"SELECT r1.start FROM vvv":                "COLUMN_NOT_FOUND",
	"SELECT u1.start FROM vvv":                "COLUMN_NOT_FOUND",
	"SELECT c0 FROM (SELECT start FROM vvv)":  "COLUMN_NOT_FOUND",
	"SELECT e0 FROM UNNEST(ARRAY[1]) t(x)":    "COLUMN_NOT_FOUND",
	"SELECT rowid FROM vvv":                   "COLUMN_NOT_FOUND",
	"SELECT file_row_number FROM vvv":         "COLUMN_NOT_FOUND",
	"SELECT filename FROM vvv":                "COLUMN_NOT_FOUND",
	"WITH a AS (SELECT 1 x) SELECT * FROM r1": "TABLE_NOT_FOUND",
	// text that is not what it seems
	"SELECT 1; DROP TABLE vvv":                    "SYNTAX_ERROR",
	"SELECT 1 /* open":                            "SYNTAX_ERROR",
	"SELECT 'a":                                   "SYNTAX_ERROR",
	"SELECT \"a":                                  "SYNTAX_ERROR",
	"SELECT $$a$$":                                "SYNTAX_ERROR",
	"SELECT [1:2]":                                "SYNTAX_ERROR",
	"SELECT {'a': 1}":                             "SYNTAX_ERROR",
	"SELECT 1::varchar":                           "SYNTAX_ERROR",
	"FROM vvv":                                    "SYNTAX_ERROR",
	"SELECT COLUMNS('s.*') FROM vvv":              "FUNCTION_NOT_FOUND",
	"SELECT * EXCLUDE (start) FROM vvv":           "SYNTAX_ERROR",
	"SELECT * FROM vvv AT (VERSION => 1)":         "SYNTAX_ERROR",
	"COPY vvv TO '/tmp/x'":                        "SYNTAX_ERROR",
	"ATTACH '/tmp/x'":                             "SYNTAX_ERROR",
	"PRAGMA version":                              "SYNTAX_ERROR",
	"INSTALL httpfs":                              "SYNTAX_ERROR",
	"EXECUTE IMMEDIATE 'SELECT getenv(''HOME'')'": "FUNCTION_NOT_FOUND",
	"EXECUTE IMMEDIATE 'SELECT * FROM read_csv(''/etc/passwd'')'": "SYNTAX_ERROR",
	// bombs that are refused before they run
	"SELECT " + strings.Repeat("(", 20_000) + "1" + strings.Repeat(")",
		20_000): trino.TooComplex,
	"SELECT " + strings.Repeat("NOT ", 40_000) +
		"true": trino.TooComplex,
	"SELECT " + strings.Repeat("- ", 20_000) +
		"1": trino.TooComplex,
	strings.Repeat("SELECT * FROM (", 2_000) + "SELECT 1" + strings.Repeat(")",
		2_000): trino.TooComplex,
	"SELECT " + strings.Repeat("ARRAY[", 5_000) + "1" + strings.Repeat("]",
		5_000): trino.TooComplex,
	"SELECT CAST(NULL AS " + strings.Repeat("array(", 5_000) + "integer" + strings.Repeat(")", 5_000) +
		")": trino.TooComplex,
	"SELECT count(*) FROM vvv GROUP BY CUBE (" + strings.Repeat("start, ", 30) +
		"start)": "TOO_MANY_GROUPING_SETS",
}

func TestTrinoInjections(t *testing.T) {
	_, tables := generatedSession(t)
	session := trino.Session{Catalog: "awsdatacatalog", Schema: "default", User: "u", Now: time.Unix(1_800_000_000, 0)}
	for sql, want := range injections {
		c, err := trino.Compile(sql, session, tables)
		var refused *trino.Error
		switch {
		case err == nil:
			t.Errorf("%s compiles: %s", clipped(sql), clipped(c.SQL))
		case !errors.As(err, &refused) || refused.Name != want:
			t.Errorf("%s: %s, want %s", clipped(sql), clipped(err.Error()), want)
		}
	}
}

// TestTrinoQuotes: names and texts of a user's are data, whatever they hold.
func TestTrinoQuotes(t *testing.T) {
	s, tables := generatedSession(t)
	session := trino.Session{Catalog: "awsdatacatalog", Schema: "default", User: "u", Now: time.Unix(1_800_000_000, 0)}
	for _, evil := range []string{`'); SELECT getenv('HOME'); --`, `" FROM read_text('/etc/passwd') --`, `\'`, `''`, `""`,
		`$1`, `$$`, `$*$T`, `/* `, ` */`, `--`, "\n", "a\\", `r1.c0`, " r2 AS ", `lambda x: x`, "\u202e", `{}`, `;`} {
		text, name := strings.ReplaceAll(evil, "'", "''"), strings.ReplaceAll(evil, `"`, `""`)
		for _, sql := range []string{
			"SELECT '" + text + "'",
			`SELECT "` + name + `" FROM (SELECT '` + text + `' AS "` + name + `") AS "` + name + `"`,
			`WITH "` + name + `" AS (SELECT '` + text + `' x) SELECT "` + name + `".x FROM "` + name + `"`,
			`SELECT CAST(ROW('` + text + `') AS row("` + name + `" varchar))."` + name + `"`,
			`SELECT transform(ARRAY['` + text + `'], "` + name + `" -> "` + name + `")[1]`,
			`SELECT max('` + text + `') OVER "` + name + `" FROM (VALUES 1) t(x) WINDOW "` + name + `" AS (ORDER BY x)`,
			`WITH RECURSIVE t(x) AS (SELECT '` + text + `' UNION ALL SELECT '` + text + `' FROM t WHERE false) SELECT x FROM t`,
		} {
			c, err := trino.Compile(sql, session, tables)
			if err != nil {
				t.Errorf("%s: %v", sql, err)
				continue
			}
			rows, err := s.goldenRows(c)
			if err != nil || len(rows) != 1 || rows[0][0] != evil {
				t.Errorf("%s: %v, %v\n%s", sql, rows, err, c.SQL)
			}
		}
	}
}
