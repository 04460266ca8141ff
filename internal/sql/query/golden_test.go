package query

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/varlake/varlake/internal/sql/trino"
)

// golden is a line of ../shared/spec/trino/golden.jsonl: what Trino 476 answered.
type golden struct {
	SQL, Error, Message string
	Columns             [][2]string
	Rows                [][]any
}

// goldenTables are the tables of the stores that the statements read.
type goldenTables map[string]goldenTable

type goldenTable struct {
	Columns [][2]string
	Files   []string
}

func (g goldenTables) Table(schema, name string, _ trino.Version) (*trino.Table, error) {
	found, has := g[name]
	if !has || schema != "default" {
		return nil, nil
	}
	t := &trino.Table{Schema: "default", Name: name}
	for _, c := range found.Columns {
		of, err := trino.ParseType(c[1])
		if err != nil {
			return nil, err
		}
		structs(of)
		t.Columns = append(t.Columns, trino.Column{Name: c[0], Type: of})
	}
	return t, nil
}

// structs gives the rows in a type the structs that Parquet's have.
func structs(t *trino.Type) {
	copy(t.Struct, t.Names)
	for _, of := range t.Of {
		structs(of)
	}
}

func (g goldenTables) Details(*trino.Table, string) ([]trino.Column, [][]any, error) {
	return nil, nil, nil
}

func (g goldenTables) Schemas() ([]string, error) { return []string{"default"}, nil }

func (g goldenTables) Views(string) ([]string, error) { return nil, nil }

func (g goldenTables) Prepared(string) (string, bool, error) { return "", false, nil }

func (g goldenTables) Tables(string) (names []string, err error) {
	for name := range g {
		names = append(names, name)
	}
	return names, nil
}

// goldenFolder is where the answers are; they must be there in CI.
func goldenFolder(t *testing.T) string {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "shared", "spec", "trino"))
	if err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("Trino's answers are required in CI: %v", err)
	}
	if err != nil {
		t.Skip("Trino's answers ../shared/spec/trino are not here")
	}
	return dir
}

// makeStores makes the stores that the statements read, by the program that `make build` made.
func makeStores(t *testing.T, dir string) goldenTables {
	program, err := filepath.Abs(filepath.Join("..", "..", "..", "bin", "varlake"))
	if err == nil {
		_, err = os.Stat(program)
	}
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("bin/varlake is required in CI: %v", err)
	}
	if err != nil {
		t.Skip("bin/varlake is not here: make build")
	}
	data := filepath.Join(t.TempDir(), "data")
	cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(dir, "make_stores.sh"), data)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "VARLAKE="+program)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make stores: %v\n%s", err, out)
	}
	ask := func(sql string, rows any) {
		cmd := exec.CommandContext(t.Context(), program, "query", "--data", data, "--dialect", "trino",
			"--json", sql)
		out, err := cmd.Output()
		if err == nil {
			err = json.Unmarshal(out, rows)
		}
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	tables := goldenTables{}
	var names []struct{ Table string }
	ask("SHOW TABLES", &names)
	for _, name := range names {
		var columns []struct{ Column, Type string }
		ask("DESCRIBE "+name.Table, &columns)
		var files []struct{ Path string }
		ask(`SELECT file_path AS path FROM "`+name.Table+`$files"`, &files)
		table := goldenTable{}
		for _, c := range columns {
			table.Columns = append(table.Columns, [2]string{c.Column, c.Type})
		}
		for _, f := range files {
			table.Files = append(table.Files, strings.TrimPrefix(f.Path, "file://"))
		}
		tables[name.Table] = table
	}
	return tables
}

// goldenSession is DuckDB as a worker has it, with the tables.
func goldenSession(t *testing.T, tables goldenTables) *session {
	s, err := openSession(map[string]string{"threads": "1"})
	if err != nil {
		t.Fatal(err)
	}
	// A worker of another test must not inherit the files that it reads.
	t.Cleanup(s.close)
	err = s.addFunctions()
	for name, table := range tables {
		cols := make([]string, len(table.Columns))
		for i, c := range table.Columns {
			cols[i] = quoteIdent(c[0])
		}
		err = errors.Join(err, s.exec("CREATE VIEW b_"+name+" AS SELECT "+strings.Join(cols, ", ")+" FROM read_parquet(['"+
			strings.Join(table.Files, "', '")+"'], union_by_name = true)"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exceptions has the statements that are answered differently, each with the kind of difference and the reason, which
// docs/sql.md tells.
func exceptions(t *testing.T) map[string]string {
	text, err := os.ReadFile(filepath.Join("testdata", "exceptions.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(fields) == 3 {
			all[fields[2]] = fields[0]
		} else if !strings.HasPrefix(line, "#") {
			t.Fatalf("exceptions.tsv: %q is not kind, reason, statement", line)
		}
	}
	return all
}

// TestGolden holds every statement to what Trino answered: columns, types, rows; errors by name and place. The
// statements are those of ../shared/spec/trino/golden.jsonl and of testdata/trino, which compat/engines/record.py
// recorded. The only differences are those of testdata/exceptions.tsv, and each of them is there still.
// VARLAKE_GOLDEN=regexp prints those whose kind, statement or detail matches; VARLAKE_GOLDEN_FILE is read alone.
func TestGolden(t *testing.T) {
	dir := goldenFolder(t)
	files, err := filepath.Glob(filepath.Join("testdata", "trino", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, filepath.Join(dir, "golden.jsonl"))
	if alone := os.Getenv("VARLAKE_GOLDEN_FILE"); alone != "" {
		files = []string{alone}
	}
	tables := makeStores(t, dir)
	s := goldenSession(t, tables)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { s.goldenFile(t, file, tables) })
	}
}

func (s *session) goldenFile(t *testing.T, file string, tables goldenTables) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	shown, known, counts, total := os.Getenv("VARLAKE_GOLDEN"), exceptions(t), map[string]int{}, 0
	pattern := regexp.MustCompile(shown)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		kind, detail, sql := s.golden(g, tables)
		counts[kind]++
		total++
		if shown != "" && kind != "ok" && pattern.MatchString(kind+"|"+g.SQL+"|"+detail) {
			t.Logf("%s | %s\n%s\n%s", kind, g.SQL, detail, clipped(sql))
		}
		if expected := known[g.SQL]; expected == "" && kind != "ok" || expected != "" && kind != expected {
			t.Errorf("%s: %s; expected %q\n%s", g.SQL, kind, cmp.Or(expected, "ok"), detail)
		}
	}
	t.Log(counts)
	if counts["ok"]*100 < total*98 {
		t.Errorf("%d of %d statements are answered as Trino answers them: less than 98 in 100", counts["ok"], total)
	}
}

func clipped(s string) string { return s[:min(len(s), 700)] }

var errorPlace = regexp.MustCompile(`line \d+:\d+`)

// golden tells how the answer to a line compares.
func (s *session) golden(g golden, tables goldenTables) (kind, detail, sql string) {
	defer func() {
		if r := recover(); r != nil {
			kind, detail = "panic", fmt.Sprint(r)
		}
	}()
	now := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	c, err := trino.Compile(g.SQL, trino.Session{Catalog: "awsdatacatalog", Schema: "default", User: "u", Now: now},
		tables)
	var rows [][]any
	if err == nil {
		sql = c.SQL
		rows, err = s.goldenRows(c)
	}
	if err != nil {
		name := "DUCK"
		var duck errDuck
		if errors.As(err, &duck) {
			err = trino.RuntimeError(string(duck))
		}
		var named *trino.Error
		if errors.As(err, &named) && named.Name != "GENERIC_INTERNAL_ERROR" {
			name = named.Name
		}
		switch {
		case g.Error == "":
			return "missing " + name, err.Error(), sql
		case name == "DUCK" && g.Error != "GENERIC_INTERNAL_ERROR":
			return "DUCK error", err.Error(), sql
		case name != g.Error && g.Error != "GENERIC_INTERNAL_ERROR":
			return "error", err.Error() + " want " + g.Error + " " + g.Message, sql
		case c == nil && errorPlace.FindString(err.Error()) != errorPlace.FindString(g.Message):
			return "place", err.Error() + " want " + g.Message, sql
		}
		return "ok", "", sql
	}
	if g.Error != "" {
		return "WRONG value for error", fmt.Sprint(rows, " want ", g.Error, " ", g.Message), sql
	}
	var columns [][2]string
	for _, x := range c.Columns {
		columns = append(columns, [2]string{x.Name, goldenType(x.Type.String())})
	}
	for i := range g.Columns {
		g.Columns[i][1] = goldenType(g.Columns[i][1])
	}
	if !reflect.DeepEqual(columns, g.Columns) {
		return "WRONG columns", fmt.Sprint(columns, " want ", g.Columns), sql
	}
	if !alike(asJSON(rows), asJSON(g.Rows)) {
		a, _ := json.Marshal(rows)
		b, _ := json.Marshal(g.Rows)
		return "WRONG rows", clipped(string(a)) + " want " + clipped(string(b)), sql
	}
	return "ok", "", sql
}

// goldenRows runs a compiled statement as the worker does: through the gate.
func (s *session) goldenRows(c *trino.Compiled) ([][]any, error) {
	var views []Table
	for _, u := range c.Uses {
		if err := s.exec("CREATE OR REPLACE VIEW " + u.Alias + " AS SELECT * FROM b_" + u.Table.Name); err != nil {
			return nil, err
		}
		views = append(views, Table{Name: u.Alias, Columns: []Column{{Name: "x", Type: "INTEGER"}}})
	}
	sql, _, err := s.check(c.SQL, views)
	if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	stmt, err := s.prepare(sql)
	if err != nil {
		return nil, err
	}
	defer duckdb.DestroyPrepare(&stmt)
	st, err := s.run(stmt)
	if err != nil {
		return nil, err
	}
	defer st.close()
	rows := [][]any{}
	for {
		chunk, err := st.next()
		if err != nil {
			return nil, err
		}
		if chunk == nil {
			return rows, nil
		}
		for r := range chunk.rows {
			row := make([]any, len(chunk.cols))
			for i := range chunk.cols {
				d := decoder{buf: appendValue(nil, &chunk.cols[i], r)}
				row[i] = goldenValue(d.value(chunk.cols[i].t), c.Columns[i].Type)
			}
			rows = append(rows, row)
		}
		chunk.close()
	}
}

func asJSON(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}

// alike compares two values of JSON, numbers to 12 digits.
func alike(a, b any) bool {
	switch a := a.(type) {
	case []any:
		b, is := b.([]any)
		if !is || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !alike(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, is := b.(map[string]any)
		if !is || len(a) != len(b) {
			return false
		}
		for k := range a {
			if _, has := b[k]; !has || !alike(a[k], b[k]) {
				return false
			}
		}
		return true
	case float64:
		b, is := b.(float64)
		return is && (a == b || math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b)))
	case string:
		b, is := b.(string)
		return is && (a == b || len(a) == 36 && (b == "JOBID" || len(b) == 36))
	}
	return a == b
}
