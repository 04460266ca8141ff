package native

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A callCase is a call of a function with what it gives: a value, or an error's text.
type callCase struct {
	name string
	args []any
	want any
}

// failure is the answer of a call that fails.
type failure string

func args(values ...any) []any { return values }

// checkCalls calls functions as the worker does: NULLs do not reach them unless they ask for them.
func checkCalls(t *testing.T, cases []callCase) {
	t.Helper()
	byName := map[string]Function{}
	for _, f := range Functions() {
		byName[f.Name] = f
	}
	for _, c := range cases {
		f, has := byName[c.name]
		if !has {
			t.Fatalf("no function %s", c.name)
		}
		got, err := f.Call(c.args)
		if err != nil {
			got = failure(err.Error())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s%.200s (-want +got):\n%.2000s", c.name, fmt.Sprintf("%#v", c.args), diff)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Functions() {
		if seen[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		seen[f.Name] = true
	}
}
