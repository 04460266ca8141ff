package query

import (
	"bufio"
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
	got, err := run(t, e, nil, "SELECT trino_zone_offset(TIMESTAMP '2020-07-01 12:00:00', 'Europe/Paris') AS x")
	if want := `[{"x":7200}]`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
