package query

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	duckdb "github.com/duckdb/duckdb-go-bindings"
	"github.com/google/go-cmp/cmp"
)

// gateOnly runs the gate in this process, as a worker does.
func gateOnly(t testing.TB, s *session, sql string, tables []Table) (string, *Error) {
	t.Helper()
	text, _, err := s.check(sql, tables)
	if err != nil {
		return "", asError(err)
	}
	return madeName.ReplaceAllString(text, "with_"), nil
}

// madeName is a name that the gate made for a WITH query.
var madeName = regexp.MustCompile(`\bwith_[a-z2-7]{26}\b`)

func TestGateKeepsText(t *testing.T) {
	s := openDialect(t)
	tables := []Table{{Name: "v", Columns: variantColumns}}
	for sql, want := range map[string]string{
		"SELECT start -- a\nFROM v":                  "SELECT start -- a\nFROM v", // untouched, comments and all
		`SELECT "db".v.start FROM "db"."v"`:          `SELECT v."start" FROM main.v`,
		`SELECT a.b.v.x FROM A.B.V AS v`:             `SELECT v.x FROM main.V AS v`,
		"SELECT v.start FROM main.v":                 "SELECT v.start FROM main.v",
		"WITH v AS (SELECT 1) SELECT * FROM v, db.v": "WITH with_ AS (SELECT 1)SELECT * FROM with_ AS v , main.v",
		"WITH w AS (SELECT 1) SELECT * FROM W -- w":  "WITH w AS (SELECT 1) SELECT * FROM W -- w",
	} {
		got, err := gateOnly(t, s, sql, tables)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v", sql, got, err)
		}
	}
}

func TestGateMessages(t *testing.T) {
	s := openDialect(t)
	got := map[string]string{}
	want := map[string]string{
		"SELECT a\nFROM v WHERE é = = 1":       `line 2:18: syntax error at or near "="`,
		"SELECT start, end\nFROM v":            `line 1:15: syntax error at or near "end"; the column is written "end", in quotes, since the word is reserved`,
		"SELECT * FROM v WHERE END > 5":        `line 1:23: syntax error at or near "END"; the column is written "end", in quotes, since the word is reserved`,
		"COPY v TO 'x'":                        "only SELECT statements are allowed",
		"SELECT 1; SELECT 2":                   "exactly one statement is allowed, not 2",
		"":                                     "the statement is empty: a SELECT is needed",
		" ; -- nothing\n":                      "the statement is empty: a SELECT is needed",
		`SELECT 1 AS U&"coh\006Frt"`:           "Unicode escapes (U&) are not supported: write the characters themselves",
		"SHOW TABLES":                          "SHOW, DESCRIBE or SUMMARIZE is not allowed",
		"SELECT ?":                             "parameters are not allowed",
		"SELECT getenv('HOME')":                `function "getenv" is not allowed`,
		"FROM read_csv('x')":                   `table function "read_csv" is not allowed`,
		"FROM 'x.csv'":                         `table "x.csv" is not allowed`,
		"FROM information_schema.tables":       `table "information_schema"."tables" is not allowed`,
		"FROM nope":                            `table "nope" does not exist`,
		"FROM v AT (VERSION => 1)":             "time travel is not allowed",
		"FROM v PIVOT (count(*) FOR a IN (1))": "PIVOT is not allowed",
	}
	for sql := range want {
		_, err := gateOnly(t, s, sql, []Table{{Name: "v", Columns: variantColumns}})
		if err == nil {
			t.Errorf("%s: passed", sql)
			continue
		}
		got[sql] = err.Message
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// fuzzed is a DuckDB without any lock that logs every file it opens.
type fuzzed struct {
	*session
	tables []Table
}

func openFuzzed(t testing.TB, dir string) fuzzed {
	s := openDialect(t)
	tables := writeStore(t, dir)
	for _, v := range tables {
		if err := s.exec(viewOf(v.Name, v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.exec("CALL enable_logging('FileSystem'); SET memory_limit = '1GB'; SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"); err != nil {
		t.Fatal(err)
	}
	return fuzzed{s, tables}
}

// opens prepares a statement, which opens the files it names, and gives the log.
func (f fuzzed) opens(t testing.TB, sql string) string {
	t.Helper()
	stmt, err := f.prepare(sql)
	if err == nil {
		kind := duckdb.PreparedStatementType(stmt)
		duckdb.DestroyPrepare(&stmt)
		if kind != duckdb.StatementTypeSelect {
			t.Fatalf("a statement of type %d passed: %s", kind, sql)
		}
	}
	log, err := f.text("SELECT coalesce(string_agg(message, ' '), '') || ? FROM duckdb_logs WHERE type = 'FileSystem'", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.exec("CALL truncate_duckdb_logs()"); err != nil {
		t.Fatal(err)
	}
	return log
}

var otherPath = regexp.MustCompile(`"path":"[^"]`)

// FuzzGate feeds the gate statements; one that passes must open no file but
// the pinned ones, even in a DuckDB that would let it.
func FuzzGate(f *testing.F) {
	dir := f.TempDir()
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\nhunter2\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	db := openFuzzed(f, dir)
	pinned := strings.NewReplacer(db.tables[0].Files[0], "", db.tables[0].Files[1], "", db.tables[1].Files[0], "")
	// The log must be able to tell: the same statement, ungated, opens the file.
	if log := db.opens(f, "SELECT * FROM read_csv("+quoteLiteral(secret)+
		")"); !otherPath.MatchString(pinned.Replace(log)) {
		f.Fatalf("the log does not show an opened file: %s", log)
	}
	if log := db.opens(f, "SELECT * FROM variants"); !strings.Contains(log, db.tables[0].Files[0]) ||
		otherPath.MatchString(pinned.Replace(log)) {
		f.Fatalf("the log does not show a pinned file: %s", log)
	}
	fill := strings.NewReplacer("FILE", secret, "DATA", db.tables[0].Files[0], "OUT", filepath.Join(dir, "out"))
	for _, sql := range append(attacks[:len(attacks):len(attacks)], schemaAttacks...) {
		f.Add(fill.Replace(schemas.Replace(sql)))
	}
	for _, sql := range []string{
		"SELECT * FROM variants v JOIN clinvar c USING (start) WHERE v.calls[1] = 1",
		"WITH a AS (FROM variants) SELECT count(*) FROM a, a b",
		"SELECT list_transform(calls, x -> x + 1) FROM db.variants ORDER BY 1 LIMIT 3",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		text, err := gateOnly(t, db.session, sql, db.tables)
		if err != nil {
			if err.Message == "" || err.Kind == "" {
				t.Errorf("error without words: %+v", err)
			}
			return
		}
		if log := pinned.Replace(db.opens(t, text)); otherPath.MatchString(log) {
			t.Errorf("%q opened a file: %s", sql, log)
		}
	})
}
