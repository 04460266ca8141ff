package columnar

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet/file"
	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/sql/trino"
)

func TestMain(m *testing.M) {
	query.Worker() // statements run in this program, started anew
	os.Exit(m.Run())
}

func newEngine(t *testing.T) *query.Engine {
	t.Helper()
	e, err := query.New(query.Options{MemoryLimit: 256 << 20, Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// result runs a statement in Trino's dialect or, without columns to tell, in DuckDB's.
func result(t *testing.T, e *query.Engine, dialect query.Dialect, text string) (*query.Rows, []Column) {
	t.Helper()
	var columns []Column
	if dialect == query.Compiled {
		compiled, err := trino.Compile(text, trino.Session{Catalog: "c", Schema: "s", User: "u", Now: time.Now()}, nil)
		if err != nil {
			t.Fatal(err)
		}
		say := func(v any, of *trino.Type) any { return fmt.Sprint(of, " ", v) }
		if columns, err = Trino(compiled.Columns, say); err != nil {
			t.Fatal(err)
		}
		text = compiled.SQL
	}
	rows, err := e.Begin(t.Context(), "", text, dialect).Run(nil)
	if err != nil {
		t.Fatal(err)
	}
	if columns == nil {
		if columns, err = DuckDB(rows); err != nil {
			t.Fatal(err)
		}
	}
	return rows, columns
}

// asked gives DuckDB's answer about a file: the one column of it.
func asked(t *testing.T, statement, path string) []string {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), strings.ReplaceAll(statement, "$FILE",
		"read_parquet('"+path+"')"))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func written(t *testing.T, write Write, rows *query.Rows, columns []Column) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "result")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := write(f, rows, columns); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParquetOfTrinosTypes(t *testing.T) {
	cases := []struct{ value, of, want string }{
		{"true", "BOOLEAN", "true"},
		{"tinyint '-128'", "TINYINT", "-128"},
		{"smallint '32767'", "SMALLINT", "32767"},
		{"-2147483647", "INTEGER", "-2147483647"},
		{"9223372036854775807", "BIGINT", "9223372036854775807"},
		{"real '1.5'", "FLOAT", "1.5"},
		{"-infinity()", "DOUBLE", "-inf"},
		{"decimal '-123.450'", "DECIMAL(6,3)", "-123.450"},
		{"decimal '12345678901234567890123456789012345.678'", "DECIMAL(38,3)", "12345678901234567890123456789012345.678"},
		{"'é'", "VARCHAR", "é"},
		{"cast('ab' as char(3))", "VARCHAR", "char(3) ab "},
		{"X'0061'", "BLOB", `\x00a`},
		{"date '1969-12-31'", "DATE", "1969-12-31"},
		{"date '-0044-03-15'", "DATE", "0045-03-15 (BC)"},
		{"time '23:59:59.999'", "TIME", "23:59:59.999"},
		{"time '01:02:03.456789'", "TIME", "01:02:03.456789"},
		{"timestamp '1969-12-31 23:59:59.999'", "TIMESTAMP", "1969-12-31 23:59:59.999"},
		{"timestamp '2020-02-29 01:02:03.456789'", "TIMESTAMP", "2020-02-29 01:02:03.456789"},
		{"timestamp '2020-02-29 01:02:03.456789123'", "TIMESTAMP_NS", "2020-02-29 01:02:03.456789123"},
		{"cast(timestamp '2020-02-29 01:02:03.456 +01:00' at time zone 'America/New_York' as varchar)", "VARCHAR",
			"2020-02-28 19:02:03.456 America/New_York"},
		{"timestamp '2020-02-29 01:02:03.456 Asia/Tokyo'", "TIMESTAMP WITH TIME ZONE", "2020-02-28 16:02:03.456+00"},
		{"interval '3' day", "VARCHAR", "interval day to second 259200000"},
		{"interval '14' month", "VARCHAR", "interval year to month 14"},
		{"null", "INTEGER", "NULL"},
		{"array[1, null, 3]", "INTEGER[]", "[1, NULL, 3]"},
		{"array[]", "INTEGER[]", "[]"},
		{"array[array['x'], null, array[null]]", "VARCHAR[][]", "[[x], NULL, [NULL]]"},
		{"map(array['a', 'b'], array[1.5, null])", "MAP(VARCHAR, DECIMAL(2,1))", "{a=1.5, b=NULL}"},
		{"cast(row(1, null) as row(x integer, y array(row(z varchar))))",
			"STRUCT(x INTEGER, y STRUCT(z VARCHAR)[])", "{'x': 1, 'y': NULL}"},
		{"row(1, row(2))", "STRUCT(field0 INTEGER, field1 STRUCT(field0 INTEGER))", "{'field0': 1, 'field1': {'field0': 2}}"},
		{`json '{"b": [1], "a": null}'`, "VARCHAR", `{"a":null,"b":[1]}`},
		{"uuid '12151fd2-7586-11e9-8f9e-2a86e4085a59'", "VARCHAR", "12151fd2-7586-11e9-8f9e-2a86e4085a59"},
	}
	var values, nulls, wants []string
	for i, c := range cases {
		values, nulls = append(values, fmt.Sprintf("%s AS v%d", c.value, i)), append(nulls, "null")
		wants = append(wants, c.of+" "+c.want, c.of+" NULL")
	}
	rows, columns := result(t, newEngine(t), query.Compiled, "SELECT 0 AS n, "+strings.Join(values, ", ")+
		" UNION ALL SELECT 1, "+strings.Join(nulls, ", "))
	path := written(t, WriteParquet, rows, columns)
	for i := range cases {
		got := asked(t, fmt.Sprintf("SELECT typeof(v%d) || ' ' || coalesce(CAST(v%[1]d AS VARCHAR), 'NULL') FROM $FILE ORDER BY n",
			i), path)
		if diff := cmp.Diff(wants[2*i:2*i+2], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cases[i].value, diff)
		}
	}
}

func TestParquetOfDuckDBsTypes(t *testing.T) {
	rows, columns := result(t, newEngine(t), query.DuckDB, `SELECT 255::UTINYINT AS a, 18446744073709551615::UBIGINT AS b,
		sum(1::BIGINT) AS c, INTERVAL 3 DAY AS d, MAP{'k': [1]} AS e, {'x': 1.5, 'y': NULL} AS f, [1, 2]::INTEGER[2] AS g,
		'2020-01-01 00:00:00+01'::TIMESTAMPTZ::VARCHAR AS h, 1 AS a`)
	path := written(t, WriteParquet, rows, columns)
	want := []string{"{'a': 255, 'b': 18446744073709551615, 'c': 1, 'd': 0 months 3 days, 'e': {k=[1]}, " +
		"'f': {'x': 1.5, 'y': NULL}, 'g': [1, 2], 'h': '2019-12-31 23:00:00+00', 'a_1': 1}"}
	if diff := cmp.Diff(want, asked(t, "SELECT CAST(whole AS VARCHAR) FROM $FILE whole", path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A result of no rows has its columns; one of many is cut into batches.
func TestManyRows(t *testing.T) {
	e := newEngine(t)
	for _, n := range []int{0, 1, 16 << 10, 300_000} {
		text := fmt.Sprintf("SELECT x, 'row ' || x AS s FROM range(%d) t(x)", n)
		rows, columns := result(t, e, query.DuckDB, text)
		path := written(t, WriteParquet, rows, columns)
		want := []string{fmt.Sprintf("%d %d %d", n, n, n*(n-1)/2)}
		if diff := cmp.Diff(want, asked(t, `SELECT concat_ws(' ', count(*), count(DISTINCT s), coalesce(sum(x), 0))
			FROM $FILE`, path)); diff != "" {
			t.Errorf("%d rows (-want +got):\n%s", n, diff)
		}
		f, err := file.OpenParquetFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		if groups := (n + grouped.rows - 1) / grouped.rows; f.NumRowGroups() != groups {
			t.Errorf("%d rows are in %d row groups, want %d", n, f.NumRowGroups(), groups)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		rows, columns = result(t, e, query.DuckDB, text)
		read, batches, err := readArrow(written(t, WriteArrow, rows, columns))
		if most := (n + streamed.rows - 1) / streamed.rows; err != nil || read != int64(n) || batches != most {
			t.Errorf("%d rows are read as %d in %d batches, %v", n, read, batches, err)
		}
	}
}

// readArrow counts what a reader of a stream is given.
func readArrow(path string) (rows int64, batches int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	r, err := ipc.NewReader(f)
	if err != nil {
		return 0, 0, err
	}
	defer r.Release()
	for r.Next() {
		rows += r.RecordBatch().NumRows()
		batches++
	}
	return rows, batches, r.Err()
}

// Rows of large values make small batches.
func TestWideRows(t *testing.T) {
	e := newEngine(t)
	rows, columns := result(t, e, query.DuckDB, "SELECT repeat('x', 1000000) AS s, [x] AS l FROM range(40) t(x)")
	path := written(t, WriteParquet, rows, columns)
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.NumRowGroups() != 3 || f.NumRows() != 40 {
		t.Errorf("%d row groups of %d rows", f.NumRowGroups(), f.NumRows())
	}
}

// ending calls a function when so much was written.
type ending struct {
	bytes.Buffer
	most int
	end  func()
}

func (e *ending) Write(p []byte) (int, error) {
	if e.Len() > e.most {
		e.end()
	}
	return e.Buffer.Write(p)
}

// What fails after much was written is no result: neither reader takes it for one.
func TestBrokenResults(t *testing.T) {
	e := newEngine(t)
	for name, write := range map[string]Write{"parquet": WriteParquet, "arrow": WriteArrow} {
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := e.Begin(ctx, "", "SELECT x AS n FROM range(100000000000) t(x)", query.DuckDB).Run(nil)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := DuckDB(rows)
		if err != nil {
			t.Fatal(err)
		}
		out := ending{most: 1 << 20, end: cancel}
		n, err := write(&out, rows, columns)
		var failure *query.Error
		if !errors.As(err, &failure) || failure.Kind != query.Canceled || n == 0 {
			t.Fatalf("%s: %d rows in %d bytes, %v", name, n, out.Len(), err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "parquet" {
			_, err = file.OpenParquetFile(path, false)
		} else {
			_, _, err = readArrow(path)
		}
		if err == nil {
			t.Errorf("a broken result in %s is read as a whole one", name)
		}
	}
}

func TestHeld(t *testing.T) {
	for _, sizes := range [][]int{{0}, {3}, {8}, {9}, {3, 3, 3}, {3, 20, 1, 8, 7, 0, 9}, {100}} {
		var whole, got bytes.Buffer
		h := &Held{To: &got}
		for i, size := range sizes {
			p := bytes.Repeat([]byte{byte(i)}, size)
			whole.Write(p)
			if n, err := h.Write(p); n != size || err != nil {
				t.Errorf("%d, %v", n, err)
			}
			if want := max(0, whole.Len()-heldBytes); got.Len() != want {
				t.Errorf("%v: %d bytes came, want %d", sizes[:i+1], got.Len(), want)
			}
		}
		if err := h.Release(); err != nil || !bytes.Equal(got.Bytes(), whole.Bytes()) {
			t.Errorf("%v: %v, %v", sizes, got.Bytes(), err)
		}
	}
}

// Values that a format has no place for are an error, not other values.
func TestValuesWithoutAPlace(t *testing.T) {
	e := newEngine(t)
	for text, want := range map[string]string{
		"SELECT 'infinity'::DATE AS d":                             "column d: the date infinity has no place in this format",
		"SELECT ['-infinity'::TIMESTAMP] AS l":                     "column l: the timestamp -infinity has no place in this format",
		"SELECT 170141183460469231731687303715884105727 AS h":      "column h: 170141183460469231731687303715884105727 has more than the 38 digits of this format",
		"SELECT {'a': MAP{1: '24:00:00'::TIME}} AS s":              "column s: the time 24:00:00 has no place in this format",
		"SELECT MAP{170141183460469231731687303715884105727: 1} m": "column m: 170141183460469231731687303715884105727 has more than the 38 digits of this format",
	} {
		rows, columns := result(t, e, query.DuckDB, text)
		if _, err := WriteArrow(io.Discard, rows, columns); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
