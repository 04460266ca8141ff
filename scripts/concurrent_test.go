package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConcurrent lists the packages of a made module.
func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                  "module example.com/m\n",
		"goroutine/a.go":          "package goroutine\n\nfunc f() {\n\tgo f()\n}\n",
		"literal/a.go":            "package literal\n\nfunc f() {\n\tgo func() {}()\n}\n",
		"mutex/a.go":              "package mutex\n\nimport \"sync\"\n\nvar mu sync.Mutex\n",
		"once/a.go":               "package once\n\nimport \"sync\"\n\nvar made = sync.OnceValue(f)\n\nvar mu sync.Once\n",
		"bench/a.go":              "package bench\n",
		"bench/bench_test.go":     "package bench\n\nfunc f() {\n\tgo f()\n}\n",
		"alias/a.go":              "package alias\n\nimport s \"sync\"\n\nvar mu s.Mutex\n",
		"atomics/a.go":            "package atomics\n\nimport (\n\tx \"sync/atomic\"\n)\n\nvar n x.Int64\n",
		"channel/a.go":            "package channel\n\nfunc f(c chan<- int) { c <- 1 }\n",
		"intest/a.go":             "package intest\n",
		"intest/a_test.go":        "package intest\n\nfunc TestA(t *testing.T) {\n\tgo f()\n}\n\nfunc TestB(t *testing.T) {}\n",
		"intest/b_test.go":        "package intest\n\nfunc TestC(t *testing.T) {}\n",
		"intest2/a.go":            "package intest2\n",
		"intest2/a_test.go":       "package intest2_test\n\nimport \"sync\"\n\nvar mu sync.Mutex\n",
		"comment/a.go":            "package comment\n\n// f takes no chan, and\n// go f() is not called.\nfunc f() {} // chan\n",
		"plain/a.go":              "package plain\n\nconst word = \"synchronous\"\n\nvar change, going int\n",
		"plain/testdata/x/x.go":   "package x\n\nimport \"sync\"\n",
		"plain/a_test.go":         "package plain\n",
		"plain/inner/of/a/own.go": "package a\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("concurrent.sh")
	if err != nil {
		t.Fatal(err)
	}
	for arg, want := range map[string]string{
		"":               "alias atomics channel goroutine intest intest2 literal mutex",
		"--tests intest": "^(TestA|TestB)$",
		"--others":       "bench comment once plain plain/inner/of/a",
	} {
		cmd := exec.Command(script, strings.Fields(arg)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(strings.Join(strings.Fields(string(out)), " "), "example.com/m/", "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("concurrent.sh %s: %s", arg, diff)
		}
	}
	for _, wrong := range [][]string{{"--wrong"}, {"--tests"}, {"--tests", filepath.Join(dir, "plain")}} {
		if out, err := exec.Command(script, wrong...).CombinedOutput(); err == nil {
			t.Errorf("%s gave %s", wrong, out)
		}
	}
}
