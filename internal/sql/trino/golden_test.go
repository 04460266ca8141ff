package trino

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

type golden struct {
	Kind, SQL, Error, Message string
}

func goldens(t testing.TB) []golden {
	f, err := os.Open("../../../../shared/spec/trino/golden.jsonl")
	if err != nil {
		t.Skip(err)
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

func TestParseGolden(t *testing.T) {
	for _, g := range goldens(t) {
		_, err := Parse(g.SQL)
		if g.Error != SyntaxError {
			if err != nil {
				t.Errorf("%s\n\tgot %v, want none (%s %s)", g.SQL, err, g.Error, g.Message)
			}
			continue
		}
		want, _, _ := strings.Cut(g.Message, ". Expecting:")
		got := ""
		if err != nil {
			got, _, _ = strings.Cut(strings.TrimPrefix(err.Error(), SyntaxError+": "), ". Expecting:")
		}
		if got != want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", g.SQL, got, want)
		}
	}
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
