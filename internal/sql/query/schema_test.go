package query

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	mine   = "variant_123456789012_aaaaaaaaaaaa"
	theirs = "annotation_210987654321_bbbbbbbbbbbb"
	ofNone = "annotation_210987654321_cccccccccccc" // the form of a store's schema, and none is given
)

// schemaTables are two tables named cohort of two stores, and a second one of the latter.
func schemaTables(t testing.TB, dir string) []Table {
	t.Helper()
	tables := writeStore(t, dir)
	return []Table{
		{Schema: mine, Name: "cohort", Columns: variantColumns, Files: tables[0].Files},
		{Schema: theirs, Name: "cohort", Columns: variantColumns, Files: tables[1].Files},
		{Schema: theirs, Name: "cohort__v_2", Columns: variantColumns},
	}
}

// schemas writes MINE, THEIRS and NONE for the schemas.
var schemas = strings.NewReplacer("MINE", mine, "THEIRS", theirs, "NONE", ofNone)

func TestViews(t *testing.T) {
	for _, c := range []struct {
		tables []Table
		want   string
	}{
		{nil, ""},
		{[]Table{{Schema: "a", Name: "t"}, {Schema: "a", Name: "u"}}, "t u"},
		{[]Table{{Schema: "A", Name: "T"}, {Schema: "B", Name: "t"}, {Schema: "C", Name: "T"}, {Name: "u"}}, "T b.t c.t u"},
	} {
		if got := strings.Join(views(c.tables), " "); got != c.want {
			t.Errorf("%+v: %s, want %s", c.tables, got, c.want)
		}
	}
}

func TestGateResolvesSchemas(t *testing.T) {
	s := openDialect(t)
	tables := []Table{{Schema: mine, Name: "cohort", Columns: variantColumns}, {Schema: theirs, Name: "cohort",
		Columns: variantColumns}, {Schema: theirs, Name: "cohort__v_2", Columns: variantColumns}}
	for sql, want := range map[string]string{
		"SELECT start FROM MINE.cohort":       `SELECT "start" FROM main.cohort`,
		"SELECT start FROM THEIRS.cohort":     `SELECT "start" FROM main."THEIRS.cohort" AS cohort`,
		"SELECT x.start FROM THEIRS.cohort x": `SELECT x."start" FROM main."THEIRS.cohort" AS x`,
		// an unknown qualifier means the bare name
		"SELECT start FROM any_db.cohort":                     `SELECT "start" FROM main.cohort`,
		"SELECT start FROM awsdatacatalog.any_db.cohort__v_2": `SELECT "start" FROM main.cohort__v_2`,
		"SELECT start FROM awsdatacatalog.THEIRS.cohort":      `SELECT "start" FROM main."THEIRS.cohort" AS cohort`,
		// not of the form
		"SELECT start FROM variant_123456789012_aaaaaaaaaaa.cohort": `SELECT "start" FROM main.cohort`,

		"SELECT THEIRS.cohort.start FROM THEIRS.cohort": `SELECT cohort."start" FROM main."THEIRS.cohort" AS cohort`,
		"SELECT MINE.cohort.start FROM MINE.cohort":     `SELECT cohort."start" FROM main.cohort`,

		"SELECT c.THEIRS.cohort.attributes.x FROM c.THEIRS.cohort":        `SELECT cohort.attributes.x FROM main."THEIRS.cohort" AS cohort`,
		"SELECT a.start, b.start FROM MINE.cohort a, THEIRS.cohort b":     `SELECT a."start", b."start" FROM main.cohort AS a , main."THEIRS.cohort" AS b`,
		"WITH cohort AS (SELECT 1) SELECT * FROM cohort, THEIRS.cohort b": `WITH with_ AS (SELECT 1)SELECT * FROM with_ AS cohort , main."THEIRS.cohort" AS b`,
		"SELECT start FROM (SELECT start FROM THEIRS.cohort__v_2)": `SELECT "start" FROM ` +
			`(SELECT "start" FROM main.cohort__v_2)`,
	} {
		sql, want = schemas.Replace(sql), schemas.Replace(want)
		for _, sql := range []string{sql, strings.ReplaceAll(sql, theirs, strings.ToUpper(theirs)),
			strings.ReplaceAll(sql, mine, `"`+mine+`"`)} {
			if got, err := gateOnly(t, s, sql, tables); err != nil || got != want {
				t.Errorf("%s:\n got %s, %v\nwant %s", sql, got, err, want)
			}
		}
	}
	if got, err := gateOnly(t, s, "SELECT start FROM cohort -- a", tables); err != nil ||
		got != "SELECT start FROM cohort -- a" {
		t.Errorf("the bare name: %s, %v", got, err)
	}
	for sql, want := range map[string]string{
		"SELECT * FROM NONE.cohort":                 `table "cohort" does not exist`, // never another one of the name
		"SELECT * FROM none.NONE.cohort":            `table "cohort" does not exist`,
		"SELECT * FROM MINE.cohort__v_2":            `table "cohort__v_2" does not exist`, // it is in the other
		"SELECT * FROM THEIRS.nope":                 `table "nope" does not exist`,
		"WITH x AS (SELECT 1) SELECT * FROM NONE.x": `table "x" does not exist`, // no WITH name either
		`SELECT * FROM "MINE.cohort"`:               `table "MINE.cohort" is not allowed`,
	} {
		sql, want = schemas.Replace(sql), schemas.Replace(want)
		for _, sql := range []string{sql, strings.ToUpper(sql)} {
			if got, err := gateOnly(t, s, sql, tables); err == nil || !strings.EqualFold(err.Message, want) {
				t.Errorf("%s: passed as %q, %v; want %s", sql, got, err, want)
			}
		}
	}
}

// TestSchemaLess: a table given without a schema is found under its name, and hides nothing.
func TestSchemaLess(t *testing.T) {
	s := openDialect(t)
	tables := []Table{{Schema: mine, Name: "cohort", Columns: variantColumns}, {Name: "cohort", Columns: variantColumns},
		{Name: "genes", Columns: variantColumns}}
	if err := checkTables(tables); err != nil {
		t.Fatal(err)
	}
	for sql, view := range map[string]string{"SELECT * FROM cohort": "cohort", "SELECT * FROM any_db.cohort": "cohort",
		"SELECT * FROM genes": "genes"} {
		if _, used, err := s.check(sql, tables); err != nil || !slices.Equal(used, []string{view}) {
			t.Errorf("%s: reads %v, %v", sql, used, err)
		}
	}
	for name, bad := range map[string][]Table{
		"twice": {{Schema: mine, Name: "cohort", Columns: variantColumns}, {Schema: strings.ToUpper(mine), Name: "Cohort",
			Columns: variantColumns}},
		"no name": {{Schema: mine, Columns: variantColumns}},
	} {
		if err := checkTables(bad); err == nil {
			t.Errorf("%s: passed", name)
		}
	}
}

func TestQueryOverSchemas(t *testing.T) {
	e := newEngine(t, Options{})
	tables := schemaTables(t, t.TempDir())
	for sql, want := range map[string]string{
		"SELECT count(*) AS n FROM cohort":                        `[{"n":6}]`,
		"SELECT count(*) AS n FROM MINE.cohort":                   `[{"n":6}]`,
		"SELECT count(*) AS n FROM THEIRS.cohort":                 `[{"n":2}]`,
		"SELECT count(*) AS n FROM THEIRS.cohort__v_2":            `[{"n":0}]`,
		"SELECT count(*) AS n FROM any_db.cohort":                 `[{"n":6}]`,
		"SELECT max(THEIRS.cohort.start) AS n FROM THEIRS.cohort": `[{"n":300}]`,

		"SELECT count(*) AS n FROM MINE.cohort a JOIN THEIRS.cohort b ON a.start = b.start":                                   `[{"n":3}]`,
		"SELECT count(*) AS n FROM cohort a WHERE EXISTS (SELECT 1 FROM THEIRS.cohort WHERE cohort.start = a.start)":          `[{"n":3}]`,
		"WITH cohort AS (SELECT 1 AS x) SELECT (SELECT count(*) FROM cohort) AS w, (SELECT count(*) FROM THEIRS.cohort) AS n": `[{"w":1,"n":2}]`,
	} {
		if got, err := run(t, e, tables, schemas.Replace(sql)); err != nil || got != want {
			t.Errorf("%s: %s, %v", sql, got, err)
		}
	}
	for _, sql := range []string{"SELECT count(*) FROM NONE.cohort", "SELECT NONE.cohort.start FROM cohort"} {
		if out, err := run(t, e, tables, schemas.Replace(sql)); err == nil {
			t.Errorf("%s: %s", sql, out)
		}
	}
	// Two tables of one name need aliases where a column could be of either.
	for _, sql := range []string{"SELECT cohort.start FROM MINE.cohort JOIN THEIRS.cohort USING (start)",
		"SELECT THEIRS.cohort.qual FROM MINE.cohort, THEIRS.cohort"} {
		if out, err := run(t, e, tables, schemas.Replace(sql)); err == nil || kindOf(t, err) != Syntax ||
			!strings.Contains(err.Error(), `Ambiguous reference to table "cohort"`) {
			t.Errorf("%s: %s, %v", sql, out, err)
		}
	}
	// A table that is not given is not there, whatever else is.
	if out, err := run(t, e, tables[:1], schemas.Replace("SELECT count(*) FROM THEIRS.cohort")); err == nil ||
		kindOf(t, err) != NotFound {
		t.Errorf("not given: %s, %v", out, err)
	}
}

// schemaAttacks are attacks through the qualifier of a table, over schemaTables.
var schemaAttacks = []string{
	`SELECT * FROM MINE."FILE"`, `SELECT * FROM MINE."DATA"`, `SELECT * FROM "awsdatacatalog".MINE."FILE"`,
	`SELECT * FROM NONE."FILE"`, `SELECT * FROM MINE.'FILE'`,
	`SELECT * FROM "FILE".cohort.x`, `SELECT * FROM MINE.read_text('FILE')`, `SELECT * FROM MINE.main.read_text('FILE')`,
	`SELECT * FROM MINE.glob('/*')`,
	`SELECT * FROM MINE.duckdb_settings`, `SELECT * FROM MINE.duckdb_settings()`, `SELECT * FROM MINE.sqlite_master`,
	`SELECT * FROM MINE.pg_class`,
	`SELECT * FROM information_schema.cohort`, `SELECT * FROM pg_catalog.cohort`,
	`SELECT * FROM MINE.information_schema.tables`, `SELECT * FROM system.MINE.cohort`,
	`SELECT * FROM information_schema.MINE.cohort`,
	`SELECT MINE.current_setting('allowed_paths')`, `SELECT MINE.cohort.current_setting('allowed_paths') FROM cohort`,
	`SELECT MINE.main.getenv('HOME')`,
	`SELECT * FROM NONE.cohort`, `SELECT * FROM NONE.variants`, `SELECT * FROM "MINE.cohort"`,
	`SELECT * FROM "NONE.cohort"`, `SELECT * FROM main."NONE.cohort"`, `SELECT * FROM MINE."THEIRS.cohort"`,
	`SELECT * FROM MINE."../cohort"`, `SELECT * FROM MINE."cohort.parquet"`, `SELECT * FROM "MINE/cohort"`,
	`SELECT * FROM MINE.cohort AT (VERSION => 1)`,
	`SELECT * FROM MINE.cohort, (SELECT content FROM read_text('FILE'))`, `SHOW MINE.cohort`, `DESCRIBE MINE.cohort`,
	`SUMMARIZE THEIRS.cohort`,
	`COPY MINE.cohort TO 'OUT'`, `CREATE VIEW MINE.x AS SELECT 1`, `CREATE SCHEMA NONE`, `DROP VIEW THEIRS.cohort`,
	`DROP SCHEMA MINE CASCADE`, `USE MINE`, `SET schema = 'MINE'`, `SET search_path = 'MINE'`,
	`SELECT * FROM query_table('MINE.cohort')`, `SELECT * FROM query('SELECT * FROM THEIRS.cohort')`,
	`WITH "THEIRS.x" AS (FROM 'FILE') SELECT * FROM "THEIRS.x"`,
}

func TestSchemaAttacks(t *testing.T) {
	data, work := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", work)
	t.Chdir(work)
	tables := schemaTables(t, data)
	secret := filepath.Join(data, "secret.csv")
	if err := os.WriteFile(secret, []byte("a,b\nhunter2,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := digest(t, data)
	e := newEngine(t, Options{})
	fill := strings.NewReplacer("FILE", secret, "DATA", tables[0].Files[0], "OUT", filepath.Join(work, "out"))
	for _, stmt := range schemaAttacks {
		sql := fill.Replace(schemas.Replace(stmt))
		out, err := run(t, e, tables, sql)
		if err == nil {
			t.Errorf("ran: %s\n%s", stmt, out)
			continue
		}
		if kind := kindOf(t, err); kind != Denied && kind != Syntax && kind != NotFound ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %s: %v", stmt, kind, err)
		}
	}
	if after := digest(t, data); len(after) != len(before) || len(digest(t, work)) > 0 {
		t.Errorf("files were made: %v %v", after, digest(t, work))
	}
	if out, err := run(t, e, tables, "SELECT count(*) AS n FROM cohort"); err != nil || out != `[{"n":6}]` {
		t.Errorf("after the attacks: %s, %v", out, err)
	}
}
