package shell

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		rules Rules
		text  string
		whole []Statement
		rest  string
		open  Open
	}{
		{Trino, "", nil, "", Nothing},
		{Trino, " ;;\n-- nothing;\n/* nor; here */;", nil, "", Nothing},
		{Trino, "SELECT 1", nil, "SELECT 1", Unended},
		{Trino, "SELECT 1;", []Statement{{"SELECT 1", 1}}, "", Nothing},
		{Trino, "\n\nSELECT 1 ;\n-- x\nSELECT\n2; SELECT 3 \n", []Statement{{"SELECT 1 ", 3}, {"SELECT\n2", 5}}, "SELECT 3",
			Unended},
		{Trino, `SELECT ';', "a;""b", ';'';' ; x`, []Statement{{`SELECT ';', "a;""b", ';'';' `, 1}}, "x", Unended},
		{Trino, "SELECT 'it", nil, "SELECT 'it", Text},
		{Trino, `SELECT "it;`, nil, `SELECT "it;`, Name},
		{Trino, "SELECT 1 /* ;", nil, "SELECT 1 /* ;", Commented},
		{Trino, "/* ;", nil, "", Commented},
		{Trino, "SELECT 1 /* /* */; 2", []Statement{{"SELECT 1 /* /* */", 1}}, "2", Unended},
		{DuckDB, "SELECT 1 /* /* */; */; 2", []Statement{{"SELECT 1 /* /* */; */", 1}}, "2", Unended},
		{Trino, "SELECT $$a; b", []Statement{{"SELECT $$a", 1}}, "b", Unended},
		{DuckDB, "SELECT $$a;$$, $x$b;$$;$x$, $1; c", []Statement{{"SELECT $$a;$$, $x$b;$$;$x$, $1", 1}}, "c", Unended},
		{DuckDB, "SELECT $$a;", nil, "SELECT $$a;", Text},
		{DuckDB, `SELECT e'\';', 'e\'; d`, []Statement{{`SELECT e'\';', 'e\'`, 1}}, "d", Unended},
		{Trino, `SELECT e'\'; d`, []Statement{{`SELECT e'\'`, 1}}, "d", Unended},
		{Trino, "SELECT 'é;\xff'; \xc3", []Statement{{"SELECT 'é;\xff'", 1}}, "\xc3", Unended},
	} {
		whole, rest, open := c.rules.Split(c.text)
		if diff := cmp.Diff(c.whole, whole); diff != "" || rest.Text != c.rest || open != c.open {
			t.Errorf("%q: rest %q, open %q; want %q, %q (-want +got):\n%s", c.text, rest.Text, open, c.rest, c.open, diff)
		}
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1,\n\t 2 /* a  b */\nFROM t": "SELECT 1, 2 /* a  b */ FROM t",
		"SELECT 'a\nb'":                      "",
		"SELECT 1 -- one\n, 2":               "",
		"SELECT 1 /* a\nb */":                "",
		"SELECT 'a  b'":                      "SELECT 'a  b'",
	} {
		if got, ok := Trino.OneLine(text); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
}

// Whatever the text, nothing of it is lost and nothing is made up.
func FuzzSplit(f *testing.F) {
	f.Add("SELECT ';' ; /* */ x $$;$$ -- \n;e'\\''", true)
	f.Fuzz(func(t *testing.T, text string, duck bool) {
		rules := Trino
		if duck {
			rules = DuckDB
		}
		whole, rest, _ := rules.Split(text)
		at := 0
		for _, s := range append(whole, rest) {
			n := strings.Index(text[at:], s.Text)
			if n < 0 {
				t.Fatalf("%q is not in %q", s.Text, text[at:])
			}
			at += n + len(s.Text)
			if again, _, _ := rules.Split(s.Text + "\n;"); s.Text != "" && (len(again) != 1 || again[0].Line != 1) {
				t.Errorf("%q is split again: %+v", s.Text, again)
			}
		}
		rules.OneLine(text)
		Complete(text, "", nothing{}, rules)
	})
}

type nothing struct{}

func (nothing) Tables() []string           { return nil }
func (nothing) Columns(...string) []string { return nil }
func (nothing) Functions() []string        { return nil }
func (nothing) Keywords() []string         { return nil }
