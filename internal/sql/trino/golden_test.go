package trino

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type golden struct {
	Kind, SQL, Error, Message string
}

// goldens are what Trino 476 answered; they must be there in CI.
func goldens(t testing.TB) []golden {
	f, err := os.Open(filepath.Join("..", "..", "..", "..", "shared", "spec", "trino", "golden.jsonl"))
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("Trino's answers are required in CI: %v", err)
	}
	if err != nil {
		t.Skip("Trino's answers ../shared/spec/trino are not here")
	}
	defer f.Close()
	var all []golden
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

// TestParseGolden: what Trino reads is read, and what it does not is refused at the same token. Some of its syntax
// errors are the analyser's here, and one was recorded with another text.
func TestParseGolden(t *testing.T) {
	for _, g := range goldens(t) {
		_, err := Parse(g.SQL)
		want, _, _ := strings.Cut(g.Message, ". Expecting:")
		switch {
		case g.Error != SyntaxError:
			want = ""
		case !strings.Contains(want, "mismatched input") || strings.HasSuffix(g.SQL, " GROUP"):
			continue
		}
		got := ""
		if err != nil {
			got, _, _ = strings.Cut(strings.TrimPrefix(err.Error(), SyntaxError+": "), ". Expecting:")
		}
		if got != want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", g.SQL, got, want)
		}
	}
}

// FuzzParse: whatever the text, there is a statement or an error of Trino's, at a place in the text.
func FuzzParse(f *testing.F) {
	for _, sql := range []string{"SELECT 1",
		"SELECT a.b[1].c || U&'\\0061' FROM t CROSS JOIN UNNEST(x) WITH ORDINALITY AS u(y, n)",
		"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) TABLE t",
		"SELECT x -> y, (a, b) -> a FROM (VALUES (1, 2))",
		"SELECT CAST(ROW(1) AS ROW(a decimal(5, 2) array)) FROM \"t$files\" FOR VERSION AS OF 5",
		"EXECUTE IMMEDIATE 'SELECT ?' USING 1",
		"SELECT json_value(a, 'lax $.b' RETURNING bigint DEFAULT 1 ON EMPTY)", "((((",
		"SELECT '", "x'", "\"", "/*", "1e", ".5.5", "\x00é"} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		_, err := Parse(sql)
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Line > 1+strings.Count(sql, "\n")) {
			t.Errorf("%q: %v", sql, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	all := goldens(b)
	for b.Loop() {
		for _, g := range all {
			Parse(g.SQL)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(all)), "µs/statement")
}
