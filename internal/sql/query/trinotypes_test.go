package query

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/sql/trino"
)

//go:embed testdata/types.txt
var typeAnswers string

// TestTypes holds what is done with types to Trino's answers: casts, literals, operators, dates and times. A line of
// testdata/types.txt is what is selected, and its rows as JSON or its error.
func TestTypes(t *testing.T) {
	s, err := openSession(map[string]string{"threads": "1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := errors.Join(s.addPatternCheck(), s.addNatives()); err != nil {
		t.Fatal(err)
	}
	session := trino.Session{Catalog: "c", Schema: "default", Now: time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)}
	for lines := bufio.NewScanner(strings.NewReader(typeAnswers)); lines.Scan(); {
		selected, want, _ := strings.Cut(lines.Text(), " --> ")
		c, err := trino.Compile("SELECT "+selected, session, goldenTables{})
		got := ""
		if err == nil {
			var rows [][]any
			rows, err = s.goldenRows(c)
			b, _ := json.Marshal(rows)
			got = string(b)
		}
		var duck errDuck
		if errors.As(err, &duck) {
			err = trino.RuntimeError(string(duck))
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("SELECT %s\n got %s\nwant %s", selected, got, want)
		}
	}
}

// TestZonesInWorker: the worker may read no file, so time zones come with the program.
func TestZonesInWorker(t *testing.T) {
	e := newEngine(t, Options{})
	const sql = "SELECT trino_zone_offset(TIMESTAMP '2020-07-01 12:00:00', 'Europe/Paris') AS x"
	rows, err := e.Begin(t.Context(), "", sql, Compiled).Run(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := WriteJSON(&got, rows); err != nil || !strings.Contains(got.String(), `{"x":7200}`) {
		t.Errorf("got %s, %v", got.String(), err)
	}
}

// TestNativesAreCompiled: what package trino writes calls functions of package native, and nothing else does.
func TestNativesAreCompiled(t *testing.T) {
	e := newEngine(t, Options{})
	checked := 0
	for name := range nativeNames {
		_, err := run(t, e, nil, "SELECT "+strings.ToUpper(name)+"('x')")
		if err == nil || kindOf(t, err) != Denied {
			t.Fatalf("%s in DuckDB's own dialect: %v", name, err)
		}
		if checked++; checked == 3 { // a statement is a process
			break
		}
	}
	s := openDialect(t)
	for name := range nativeNames {
		if _, err := gateOnly(t, s, `SELECT list_transform([1], lambda x: "`+name+`"(x))`, nil); err == nil ||
			err.Kind != Denied {
			t.Errorf("%s passes the gate in DuckDB's own dialect: %v", name, err)
		}
	}
}
