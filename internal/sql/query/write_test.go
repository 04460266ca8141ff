package query

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// values is a result that has something of everything that is hard to write.
const values = `SELECT * FROM (VALUES
	(1, 'plain', 1.5::DOUBLE, ['a','b'], MAP{'k':'v'}, true),
	(-9223372036854775808, 'a "b", c' || chr(10) || 'd', 'NaN'::DOUBLE, [], MAP{}, false),
	(NULL, NULL, NULL, NULL, NULL, NULL),
	(9007199254740993, '', 100.0::DOUBLE, [NULL,'<&>'], MAP{'"':NULL}, NULL),
	(2, 'NULL', 1e-9::DOUBLE, ['é'], MAP{'a b':'c'}, true)) t(i, s, d, l, m, b)`

func write(t *testing.T, e *Engine, sql string, to func(io.Writer, *Rows) error) string {
	t.Helper()
	rows, err := e.Query(t.Context(), nil, sql)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := to(&b, rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteJSON(t *testing.T) {
	e := newEngine(t, Options{})
	got := write(t, e, values, WriteJSON)
	want := `[
{"i":1,"s":"plain","d":1.5,"l":["a","b"],"m":{"k":"v"},"b":true},
{"i":-9223372036854775808,"s":"a \"b\", c\nd","d":"NaN","l":[],"m":{},"b":false},
{"i":null,"s":null,"d":null,"l":null,"m":null,"b":null},
{"i":9007199254740993,"s":"","d":100.0,"l":[null,"<&>"],"m":{"\"":null},"b":null},
{"i":2,"s":"NULL","d":0.000000001,"l":["é"],"m":{"a b":"c"},"b":true}
]
`
	want = strings.Replace(want, "0.000000001", "1e-09", 1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var back []map[string]any
	if err := json.Unmarshal([]byte(got), &back); err != nil || len(back) != 5 {
		t.Errorf("not JSON: %v", err)
	}
	got = write(t, e, `SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a, 5 AS "q""uote"`, WriteJSON)
	if want := "[\n" + `{"a":1,"a_2":2,"a_1":3,"a_3":4,"q\"uote":5}` + "\n]\n"; got != want {
		t.Errorf("repeated names: got %s, want %s", got, want)
	}
	if got := write(t, e, "SELECT 1 WHERE false", WriteJSON); got != "[]\n" {
		t.Errorf("no rows: %q", got)
	}
}

func TestWriteCSV(t *testing.T) {
	e := newEngine(t, Options{})
	got := write(t, e, values, WriteCSV)
	want := `i,s,d,l,m,b
1,plain,1.5,"[""a"",""b""]","{""k"":""v""}",true
-9223372036854775808,"a ""b"", c
d",NaN,[],{},false
,,,,,
9007199254740993,"",100.0,"[null,""<&>""]","{""\"""":null}",
2,NULL,1e-09,"[""é""]","{""a b"":""c""}",true
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	records, err := csv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil || len(records) != 6 {
		t.Errorf("not CSV: %d records, %v", len(records), err)
	}
}

// writeTable writes a table of which nothing is asked.
func writeTable(w io.Writer, rows *Rows) error { return WriteTable(w, rows, TableOptions{}) }

func TestWriteTable(t *testing.T) {
	e := newEngine(t, Options{})
	got := write(t, e, values, writeTable)
	want := `i                     s           d      l             m            b
────────────────────  ──────────  ─────  ────────────  ───────────  ─────
                   1  plain         1.5  ["a","b"]     {"k":"v"}    true
-9223372036854775808  a "b", c�d    NaN  []            {}           false
                NULL  NULL         NULL  NULL          NULL         NULL
    9007199254740993              100.0  [null,"<&>"]  {"\"":null}  NULL
                   2  "NULL"      1e-09  ["é"]         {"a b":"c"}  true
(5 rows)
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = write(t, e, "SELECT repeat('x', 100) AS long, chr(27) || '[31m' AS esc", writeTable)
	if !strings.Contains(got, strings.Repeat("x", 59)+"…  �[31m\n(1 row)") {
		t.Errorf("long cell:\n%s", got)
	}
	got = write(t, e, "SELECT x FROM range(1500) t(x)", writeTable)
	if !strings.HasSuffix(got, "\n1499\n(1500 rows)\n") || strings.Count(got, "\n") != 1503 {
		t.Errorf("many rows:\n%s", got[len(got)-100:])
	}
}

// TestTableFits: a table is as wide as the terminal, but for its numbers; it ends where it was said to.
func TestTableFits(t *testing.T) {
	e := newEngine(t, Options{})
	sql := "SELECT 12345678901234 AS n, repeat('a', 50) AS a, repeat('b', 30) AS b, 'NULL' AS c FROM range(3)"
	fitted := func(w io.Writer, rows *Rows) error { return WriteTable(w, rows, TableOptions{Width: 50, Rows: 2}) }
	want := `n               a             b             c
──────────────  ────────────  ────────────  ──────
12345678901234  aaaaaaaaaaa…  bbbbbbbbbbb…  "NULL"
12345678901234  aaaaaaaaaaa…  bbbbbbbbbbb…  "NULL"
(the first 2 rows; --rows 0 shows all, \rows 0 in the shell)
`
	if diff := cmp.Diff(want, write(t, e, sql, fitted)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	upright := func(w io.Writer, rows *Rows) error { return WriteTable(w, rows, TableOptions{Vertical: true}) }
	if diff := cmp.Diff("─── row 1\na    1\nbcd  x\n(1 row)\n", write(t, e, "SELECT 1 AS a, 'x' AS bcd",
		upright)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("t\n─\na\n b�\n(1 row)\n", write(t, e, "SELECT 'a' || chr(10) || ' b' || chr(7) AS t",
		writeTable)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWriteTSVAndNDJSON(t *testing.T) {
	e := newEngine(t, Options{})
	sql := "SELECT 1 AS a, 'x' || chr(9) || chr(10) || chr(92) AS \"b\tc\", NULL AS d UNION ALL SELECT 2, '', 5"
	if diff := cmp.Diff("a\tb\\tc\td\n1\tx\\t\\n\\\\\t\n2\t\t5\n", write(t, e, sql, WriteTSV)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := "{\"a\":1,\"b\\tc\":\"x\\t\\n\\\\\",\"d\":null}\n{\"a\":2,\"b\\tc\":\"\",\"d\":5}\n"
	if diff := cmp.Diff(want, write(t, e, sql, WriteNDJSON)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWritersReportErrors: what is cut short must say so and not look whole.
func TestWritersReportErrors(t *testing.T) {
	e := newEngine(t, Options{MaxRows: 10})
	for name, to := range map[string]func(io.Writer, *Rows) error{"json": WriteJSON, "csv": WriteCSV,
		"table": writeTable, "tsv": WriteTSV, "ndjson": WriteNDJSON} {
		rows, err := e.Query(t.Context(), nil, "SELECT x FROM range(11) t(x)")
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := to(&b, rows); err == nil || kindOf(t, err) != Resource {
			t.Errorf("%s: %v", name, err)
		}
		if s := b.String(); strings.Contains(s, "]") || strings.Contains(s, "rows)") || !strings.Contains(s, "9") {
			t.Errorf("%s: looks whole: %s", name, s)
		}
		rows, err = e.Query(t.Context(), nil, "SELECT repeat('x', 100000) FROM range(5) t(x)")
		if err != nil {
			t.Fatal(err)
		}
		if err := to(failing{}, rows); !errors.Is(err, errFull) {
			t.Errorf("%s into a full disk: %v", name, err)
		}
	}
}

var errFull = errors.New("disk full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestScan(t *testing.T) {
	e := newEngine(t, Options{})
	rows, err := e.Query(t.Context(), nil, "SELECT 1, 'a', 1.5::DOUBLE, true, NULL, [1]")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	var i int64
	var s string
	var d float64
	var b bool
	var null, list any
	if err := rows.Scan(&i, &s, &d, &b, &null, &list); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{int64(1), "a", 1.5, true, nil, []any{int64(1)}}, []any{i, s, d, b, null, list}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := rows.Scan(&s, &s, &d, &b, &null, &list); err == nil {
		t.Error("an integer scanned into a string")
	}
	if err := rows.Scan(&i); err == nil {
		t.Error("six columns scanned into one")
	}
	want := []Column{{"1", "INTEGER"}, {"'a'", "VARCHAR"}, {`CAST(1.5 AS "DOUBLE")`, "DOUBLE"},
		{"CAST('t' AS BOOLEAN)", "BOOLEAN"}, {"NULL", "INTEGER"}, {"main.list_value(1)", "INTEGER[]"}}
	if diff := cmp.Diff(want, rows.Columns()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if rows.Next() || rows.Err() != nil {
		t.Errorf("a second row: %v", rows.Err())
	}
}

// FuzzDecode: what a worker sends is not believed.
func FuzzDecode(f *testing.F) {
	types := []*typ{}
	for id := range typeNames {
		switch id {
		case idList, idArray, idMap, idStruct, idEnum:
		default:
			types = append(types, &typ{ID: id, Scale: 2})
		}
	}
	types = append(types, &typ{ID: idEnum, Words: []string{"a"}}, &typ{ID: idArray, Size: 3, Kids: types[:1]})
	types = append(types, &typ{ID: idList, Kids: types[:1]}, &typ{ID: idMap, Kids: types[:2]})
	types = append(types, &typ{ID: idStruct, Words: make([]string, len(types)), Kids: types})
	f.Add([]byte{1, 5}, uint8(0))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1}, uint8(len(types)-3))
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		typ := types[int(which)%len(types)]
		d := decoder{buf: data}
		v := d.value(typ)
		if !d.bad && !json.Valid(appendJSON(nil, v, typ)) {
			t.Errorf("%v of type %s gives no JSON: %s", v, typ, appendJSON(nil, v, typ))
		}
	})
}
