package trino

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the list of functions in docs/sql.md anew")

// TestFunctionsAreDocumented holds the list of docs/sql.md to the table of functions.
func TestFunctionsAreDocumented(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "sql.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const heading = "\n## Functions\n"
	head, _, _ := strings.Cut(string(text), heading)
	want := head + heading + functionList()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("docs/sql.md is not the table's; go test ./internal/sql/trino -run Documented -update writes it "+
			"(-want +got):\n%s", diff)
	}
}

func functionList() string {
	named := map[form][]string{}
	for name, signatures := range functions() {
		f := signatures[0].form
		named[f] = append(named[f], name)
	}
	for name := range specialForms {
		named[plain] = append(named[plain], name)
	}
	var b strings.Builder
	line := func(words string, names []string) {
		slices.Sort(names)
		b.WriteString("\n" + words + ": `" + strings.Join(slices.Compact(names), "`, `") + "`.\n")
	}
	b.WriteString("\n`SHOW FUNCTIONS` tells what each takes and gives.\n")
	line("Scalar", named[plain])
	line("Aggregate", named[aggregate])
	line("Window", named[window])
	line("Trino's that are refused, with those of geometry", strings.Fields(refused))
	return b.String()
}
