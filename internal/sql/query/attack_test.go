package query

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// attacks are statements that must all be refused. FILE stands for a readable
// file outside the tables, DATA for a file of the tables, OUT for a path to write.
var attacks = []string{
	// files through table functions
	`SELECT * FROM read_csv('FILE')`,
	`SELECT * FROM read_csv_auto('FILE')`,
	`SELECT * FROM read_text('FILE')`,
	`SELECT * FROM read_blob('FILE')`,
	`SELECT * FROM read_json('FILE')`,
	`SELECT * FROM read_json_objects('FILE')`,
	`SELECT * FROM read_ndjson_auto('FILE')`,
	`SELECT * FROM read_parquet('DATA')`,
	`SELECT * FROM parquet_scan('DATA')`,
	`SELECT * FROM parquet_metadata('DATA')`,
	`SELECT * FROM parquet_schema('DATA')`,
	`SELECT * FROM parquet_kv_metadata('DATA')`,
	`SELECT * FROM parquet_bloom_probe('DATA', 'sampleid', 'x')`,
	`SELECT * FROM read_duckdb('FILE')`,
	`SELECT * FROM sniff_csv('FILE')`,
	`SELECT * FROM glob('/*')`,
	`SELECT * FROM main.read_text('FILE')`,
	`SELECT * FROM system.main.read_text('FILE')`,
	`SELECT * FROM "read_text"('FILE')`,
	`SELECT * FROM READ_TEXT('FILE')`,
	`FROM read_text('FILE')`,
	`SELECT * FROM read_text(['FILE', 'DATA'])`,
	`SELECT * FROM sqlite_scan('FILE', 't')`,
	`SELECT * FROM iceberg_scan('FILE')`,
	`SELECT * FROM st_read('FILE')`,
	`SELECT * FROM read_xlsx('FILE')`,
	`SELECT * FROM postgres_scan('host=127.0.0.1', 'a', 'b')`,
	// files through replacement scans
	`SELECT * FROM 'FILE'`,
	`SELECT * FROM "FILE"`,
	`SELECT * FROM 'DATA'`,
	`FROM 'FILE'`,
	`TABLE "FILE"`,
	`SELECT * FROM 'https://example.com/x.parquet'`,
	`SELECT * FROM "s3://bucket/x.parquet"`,
	`SELECT * FROM main."DATA"`,
	`SELECT * FROM "/tmp"."x.csv"`,
	`SELECT * FROM (FROM 'FILE')`,
	`SELECT * FROM "data.csv"`,
	`SELECT * FROM variants, 'FILE'`,
	`SELECT * FROM variants JOIN "FILE" ON true`,
	`SELECT * FROM variants ASOF JOIN 'FILE' f ON f.x >= variants.start`,
	`SELECT * FROM variants POSITIONAL JOIN 'FILE'`,
	// the same, hidden in every place that takes an expression or a table
	`SELECT (SELECT content FROM read_text('FILE'))`,
	`SELECT * FROM variants WHERE EXISTS (FROM read_text('FILE'))`,
	`SELECT * FROM variants WHERE sampleid IN (SELECT content FROM read_text('FILE'))`,
	`SELECT * FROM variants WHERE sampleid = ANY (SELECT content FROM read_text('FILE'))`,
	`SELECT * FROM variants, LATERAL (SELECT * FROM read_text('FILE'))`,
	`WITH x AS (SELECT * FROM read_text('FILE')) SELECT * FROM x`,
	`WITH x AS MATERIALIZED (FROM 'FILE') SELECT 1`,
	`WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 1 FROM read_text('FILE')) SELECT * FROM x`,
	`WITH x AS (WITH y AS (FROM 'FILE') SELECT * FROM y) SELECT * FROM x`,
	`WITH read_text AS (SELECT 1) SELECT * FROM read_text('FILE')`,
	`SELECT 1 UNION ALL SELECT content FROM read_text('FILE')`,
	`SELECT 1 EXCEPT (SELECT 1 INTERSECT SELECT content FROM read_text('FILE'))`,
	`SELECT * FROM variants ORDER BY (SELECT content FROM read_text('FILE'))`,
	`SELECT * FROM variants LIMIT (SELECT length(content) FROM read_text('FILE'))`,
	`SELECT * FROM variants LIMIT (SELECT 1 FROM read_text('FILE')) %`,
	`SELECT * FROM variants OFFSET (SELECT length(content) FROM read_text('FILE'))`,
	`SELECT DISTINCT ON ((SELECT content FROM read_text('FILE'))) * FROM variants`,
	`SELECT count(*) FROM variants GROUP BY (SELECT content FROM read_text('FILE'))`,
	`SELECT count(*) FROM variants HAVING count(*) > (SELECT 1 FROM read_text('FILE'))`,
	`SELECT start FROM variants QUALIFY row_number() OVER (ORDER BY (SELECT content FROM read_text('FILE'))) = 1`,
	`SELECT sum(start) OVER (PARTITION BY (SELECT content FROM read_text('FILE'))) FROM variants`,
	`SELECT sum(start) OVER (ORDER BY start ROWS (SELECT 1 FROM read_text('FILE')) PRECEDING) FROM variants`,
	`SELECT lag(start, 1, (SELECT 1 FROM read_text('FILE'))) OVER () FROM variants`,
	`SELECT sum(start) FILTER (WHERE (SELECT true FROM read_text('FILE'))) FROM variants`,
	`SELECT list(start ORDER BY (SELECT content FROM read_text('FILE'))) FROM variants`,
	`SELECT CASE WHEN true THEN (SELECT content FROM read_text('FILE')) END`,
	`SELECT CASE (SELECT content FROM read_text('FILE')) WHEN 'a' THEN 1 ELSE 2 END`,
	`SELECT 1 BETWEEN 0 AND (SELECT 1 FROM read_text('FILE'))`,
	`SELECT CAST((SELECT content FROM read_text('FILE')) AS VARCHAR)`,
	`SELECT (SELECT content FROM read_text('FILE')) COLLATE NOCASE`,
	`SELECT [(SELECT content FROM read_text('FILE'))]`,
	`SELECT [x FOR x IN (SELECT list(content) FROM read_text('FILE'))]`,
	`SELECT [y FOR y IN [1] IF (SELECT true FROM read_text('FILE'))]`,
	`SELECT {'a': (SELECT content FROM read_text('FILE'))}`,
	`SELECT MAP {'a': (SELECT content FROM read_text('FILE'))}`,
	`SELECT list_transform([1], x -> (SELECT content FROM read_text('FILE')))`,
	`SELECT list_transform([1], lambda x: (SELECT content FROM read_text('FILE')))`,
	`SELECT element_at(MAP {'a': 1}, (SELECT content FROM read_text('FILE')))`,
	`SELECT cardinality((SELECT list(content) FROM read_text('FILE')))`,
	`SELECT alternatealleles[(SELECT 1 FROM read_text('FILE'))] FROM variants`,
	`SELECT alternatealleles[1:(SELECT 1 FROM read_text('FILE'))] FROM variants`,
	`SELECT * REPLACE ((SELECT content FROM read_text('FILE')) AS sampleid) FROM variants`,
	`SELECT COLUMNS(c -> (SELECT true FROM read_text('FILE'))) FROM variants`,
	`SELECT COLUMNS(*)::VARCHAR || (SELECT content FROM read_text('FILE')) FROM variants`,
	`SELECT * FROM (VALUES ((SELECT content FROM read_text('FILE'))))`,
	`SELECT * FROM unnest((SELECT list(content) FROM read_text('FILE')))`,
	`SELECT * FROM range((SELECT 1 FROM read_text('FILE')))`,
	`SELECT * FROM variants GROUP BY GROUPING SETS (((SELECT content FROM read_text('FILE'))), ())`,
	`SELECT * FROM variants PIVOT (count(*) FOR sampleid IN ('S1'))`,
	`SELECT * FROM (FROM 'FILE') PIVOT (count(*) FOR a IN ('S1'))`,
	`SELECT * FROM variants UNPIVOT (v FOR n IN (start, "end"))`,
	`PIVOT variants ON sampleid`,
	// functions that tell of the machine, the engine or the session, or do something
	`SELECT getenv('HOME')`,
	`SELECT current_setting('allowed_paths')`,
	`SELECT main.current_setting('allowed_paths')`,
	`SELECT system.main.current_setting('allowed_paths')`,
	`SELECT pg_catalog.current_setting('allowed_paths')`,
	`SELECT "current_setting"('allowed_paths')`,
	`SELECT CURRENT_SETTING('allowed_paths')`,
	`SELECT 'allowed_paths'.current_setting()`,
	`SELECT list_transform(['allowed_paths'], x -> current_setting(x))`,
	`SELECT max(current_setting('allowed_paths')) OVER ()`,
	`SELECT getvariable('x')`,
	`SELECT nextval('s')`,
	`SELECT currval('s')`,
	`SELECT current_query()`,
	`SELECT current_database()`,
	`SELECT current_schemas(true)`,
	`SELECT version()`,
	`SELECT txid_current()`,
	`SELECT write_log('x')`,
	`SELECT sleep_ms(100000)`,
	`SELECT pg_sleep(100)`,
	`SELECT setseed(0.5)`,
	`SELECT error('x')`,
	`SELECT stats(1)`,
	`SELECT pg_get_viewdef(1)`,
	`SELECT json_serialize_sql('SELECT 1')`,
	`SELECT json_serialize_plan('SELECT * FROM read_text(''FILE'')')`,
	`SELECT json_deserialize_sql('{}')`,
	`SELECT varlake_cardinality(5)`,
	`SELECT __internal_decompress_string(1)`,
	`SELECT list_aggregate(['x'], 'current_setting')`,
	`SELECT sum(1) EXPORT_STATE`,
	// statements within functions
	`SELECT * FROM query('SELECT * FROM read_text(''FILE'')')`,
	`SELECT * FROM query_table('variants')`,
	`SELECT * FROM query_table(['FILE'])`,
	`SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))`,
	`SELECT * FROM sql_auto_complete('SEL')`,
	// DuckDB's own tables
	`SELECT * FROM duckdb_settings()`,
	`SELECT * FROM duckdb_settings`,
	`SELECT * FROM duckdb_views`,
	`SELECT sql FROM duckdb_views()`,
	`SELECT * FROM duckdb_functions()`,
	`SELECT * FROM duckdb_secrets()`,
	`SELECT * FROM duckdb_extensions()`,
	`SELECT * FROM duckdb_logs`,
	`SELECT * FROM duckdb_external_file_cache()`,
	`SELECT * FROM which_secret('s3://a', 's3')`,
	`SELECT * FROM pragma_version()`,
	`SELECT * FROM pragma_database_list`,
	`SELECT * FROM pragma_table_info('variants')`,
	`SELECT * FROM pragma_storage_info('variants')`,
	`SELECT * FROM pragma_user_agent()`,
	`SELECT * FROM information_schema.tables`,
	`SELECT * FROM "default".information_schema.tables`,
	`SELECT * FROM information_schema.variants`,
	`SELECT * FROM sqlite_master`,
	`SELECT * FROM sqlite_schema`,
	`SELECT * FROM pg_catalog.pg_class`,
	`SELECT * FROM pg_class`,
	`SELECT * FROM pg_tables`,
	`SELECT * FROM system.main.duckdb_views`,
	`SELECT * FROM temp.x`,
	`WITH duckdb_settings AS (SELECT * FROM duckdb_settings) SELECT * FROM duckdb_settings`,
	`WITH a AS (SELECT * FROM sqlite_master), sqlite_master AS (SELECT 1) SELECT * FROM a`,
	`SELECT * FROM (WITH b AS (SELECT 1) SELECT * FROM b), b`,
	`SELECT * FROM checkpoint()`,
	`SELECT * FROM force_checkpoint()`,
	`SELECT * FROM enable_logging()`,
	`SELECT * FROM enable_profiling()`,
	`SELECT * FROM seq_scan('variants')`,
	`SELECT * FROM arrow_scan(0, 0, 0)`,
	`SELECT * FROM arrow_scan_dumb(0, 0, 0)`,
	`SELECT * FROM test_all_types()`,
	`SELECT * FROM repeat_row(1, num_rows := 10)`,
	`SELECT * FROM histogram('variants', start)`,
	`SELECT * FROM summary(variants)`,
	// other statements
	`SHOW TABLES`, `SHOW ALL TABLES`, `SHOW variants`, `DESCRIBE variants`, `DESCRIBE SELECT 1`, `SUMMARIZE variants`,
	`SELECT * FROM (SHOW TABLES)`, `SELECT * FROM (DESCRIBE variants)`, `SELECT * FROM (SUMMARIZE 'FILE')`,
	`FROM (SHOW ALL TABLES)`,
	`EXPLAIN SELECT 1`, `EXPLAIN ANALYZE SELECT 1`,
	`COPY variants TO 'OUT'`, `COPY (SELECT 1) TO 'DATA'`,
	`COPY (SELECT 1) TO 'DATA' (FORMAT parquet, USE_TMP_FILE false)`,
	`COPY variants FROM 'FILE'`, `COPY FROM DATABASE memory TO x`,
	`WITH x AS (COPY (SELECT 1) TO 'OUT') SELECT * FROM x`, `SELECT * FROM (COPY (SELECT 1) TO 'OUT')`,
	`EXPORT DATABASE 'OUT'`, `IMPORT DATABASE 'OUT'`, `ATTACH 'OUT' AS x`, `ATTACH ':memory:' AS x`, `DETACH memory`,
	`USE memory`,
	`CREATE TABLE x AS SELECT 1`, `CREATE VIEW x AS SELECT 1`, `CREATE OR REPLACE VIEW variants AS SELECT 1`,
	`CREATE MACRO f() AS 1`, `CREATE TEMP TABLE x (a INT)`, `CREATE SECRET (TYPE s3)`, `CREATE SEQUENCE s`,
	`CREATE TYPE t AS INT`,
	`INSERT INTO variants VALUES (1)`, `UPDATE variants SET start = 1`, `DELETE FROM variants`, `TRUNCATE variants`,
	`MERGE INTO variants USING clinvar ON true WHEN MATCHED THEN DELETE`,
	`DROP VIEW variants`, `ALTER VIEW variants RENAME TO x`, `COMMENT ON VIEW variants IS 'x'`,
	`WITH x AS (INSERT INTO variants VALUES (1) RETURNING *) SELECT * FROM x`,
	`WITH x AS (DELETE FROM variants RETURNING *) SELECT 1`,
	`SET threads = 1`, `SET VARIABLE x = 1`, `RESET threads`, `SET lock_configuration = false`,
	`SET allowed_paths = ['/']`,
	`PRAGMA version`, `PRAGMA database_list`, `PRAGMA threads = 4`, `PRAGMA enable_profiling`,
	`PRAGMA table_info('variants')`,
	`INSTALL httpfs`, `LOAD httpfs`, `LOAD 'FILE'`, `FORCE INSTALL httpfs FROM 'http://127.0.0.1/'`, `UPDATE EXTENSIONS`,
	`CALL pragma_version()`, `CALL read_text('FILE')`, `PREPARE p AS SELECT 1`, `EXECUTE p`, `DEALLOCATE p`,
	`BEGIN`, `COMMIT`, `ROLLBACK`, `CHECKPOINT`, `FORCE CHECKPOINT`, `VACUUM`, `ANALYZE`, `KILL 1`,
	// several statements, none, and parameters
	`SELECT 1; SELECT 2`, `SELECT 1; DROP VIEW variants`, `SELECT 1;; COPY (SELECT 1) TO 'OUT'`,
	"SELECT 1 --\n; SHOW TABLES",
	`/* a */ SELECT 1 /* ; */ ; /* b */ SET threads = 1`, ``, `;`, `-- only a comment`, `/* open`,
	`SELECT ?`, `SELECT $1`, `SELECT $name`, `SELECT * FROM variants LIMIT ?`,
	// text that is not what it seems
	"SELECT 1\x00; COPY (SELECT 1) TO 'OUT'", "SELECT '\xff'", "SELECT * FROM \u201cFILE\u201d",
	"SELECT * FROM \u2018FILE\u2019",
	"SELECT * FROM \uff02variants\uff02", "SEL\u200bECT 1", "\ufeff\ufeffCOPY (SELECT 1) TO 'OUT'",
	"SELECT\u00a0*\u00a0FROM\u00a0read_text('FILE')",
	"SELECT * FROM re\u0430d_text('FILE')", "SELECT $$a$$ FROM $$FILE$$", `SELECT U&'\0041' FROM U&"FILE"`, `SELECT 1e999`,
	// time travel, defaults, casts to what does not exist
	`SELECT * FROM variants AT (VERSION => 1)`, `SELECT * FROM variants AT (VERSION => (SELECT 1 FROM read_text('FILE')))`,
	`SELECT DEFAULT`, `SELECT CAST(1 AS nope)`, `SELECT CAST('x' AS regclass)`, `SELECT nope.current_setting('x')`,
	`SELECT "nope"."variants"."sampleid" FROM variants`,
}

// digest is the content of every file below a folder.
func digest(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAttacks(t *testing.T) {
	data, work := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", work) // where workers run
	t.Setenv("VARLAKE_SECRET", "hunter2")
	t.Chdir(work)
	tables := writeStore(t, data)
	secret := filepath.Join(data, "secret.csv")
	if err := os.WriteFile(secret, []byte("a,b\nhunter2,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := newEngine(t, Options{})
	before := digest(t, data)
	fill := strings.NewReplacer("FILE", secret, "DATA", tables[0].Files[0], "OUT", filepath.Join(work, "out"))
	statements := slices.Clone(attacks)
	statements = append(statements,
		"SELECT "+strings.Repeat("(", 20000)+"1"+strings.Repeat(")", 20000),
		"SELECT "+strings.Repeat("NOT ", 40000)+"true",
		"SELECT "+strings.Repeat("-", 3)+strings.Repeat("- ", 20000)+"1",
		strings.Repeat("SELECT * FROM (", 2000)+"SELECT 1"+strings.Repeat(")", 2000),
		"SELECT "+strings.Repeat("[", 5000)+strings.Repeat("]", 5000),
		"SELECT CAST(NULL AS INTEGER"+strings.Repeat("[]", 5000)+")",
		"SELECT "+strings.Repeat("1 + ", 50000)+"1",
		"SELECT "+strings.Repeat("1 + ", 5<<20)+"1", // 20 MB
		"SELECT '"+strings.Repeat("x", 10<<20)+"'",
	)
	for _, stmt := range statements {
		sql := fill.Replace(stmt)
		name := sql[:min(len(sql), 200)]
		out, err := run(t, e, tables, sql)
		if err == nil {
			t.Errorf("ran: %s\n%s", name, out)
			continue
		}
		switch kind := kindOf(t, err); kind {
		case Denied, Syntax, NotFound:
		case Resource: // of the deeply nested ones
			if len(sql) < 1000 {
				t.Errorf("%s: %s: %v", name, kind, err)
			}
		default:
			t.Errorf("%s: %s: %v (%v)", name, kind, err, err.(*Error).Err)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: message gives away a file: %v", name, err)
		}
	}
	if n := len(statements); n < 200 {
		t.Fatalf("only %d attacks", n)
	}
	if diff := cmp.Diff(before, digest(t, data)); diff != "" {
		t.Errorf("data files changed (-before +after):\n%s", diff)
	}
	if left := digest(t, work); len(left) > 0 {
		t.Errorf("files were created: %v", left)
	}
	if out, err := run(t, e, tables, "SELECT count(*) AS n FROM variants"); err != nil || out != `[{"n":6}]` {
		t.Errorf("after the attacks: %s, %v", out, err)
	}
}

// TestMessagesNameNoPath provokes errors that DuckDB words with file names.
func TestMessagesNameNoPath(t *testing.T) {
	dir := t.TempDir()
	tables := writeStore(t, dir)
	e := newEngine(t, Options{})
	broken := filepath.Join(dir, "broken.parquet")
	if err := os.WriteFile(broken, []byte("PAR1 this is no Parquet file PAR1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][]string{
		"missing":     {filepath.Join(dir, "missing.parquet")},
		"broken":      {broken},
		"other table": {tables[0].Files[0], broken},
		"relative":    {"v1.parquet"},
		"folder":      {dir},
	} {
		bad := []Table{{Name: "t", Columns: variantColumns, Files: files}}
		_, err := run(t, e, bad, "SELECT count(DISTINCT sampleid), sum(start) FROM t")
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if kind := kindOf(t, err); kind != Internal || strings.Contains(err.Error(), "/") ||
			strings.Contains(err.Error(), "parquet") {
			t.Errorf("%s: %s: %v", name, kind, err)
		}
		if err.(*Error).Err == nil {
			t.Errorf("%s: no cause for the log", name)
		}
	}
	_, err := run(t, e, []Table{{Name: "t", Columns: []Column{{"nope", "VARCHAR"}}, Files: tables[0].Files}},
		"SELECT * FROM t")
	if err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("a column that the file lacks: %v", err)
	}
}
