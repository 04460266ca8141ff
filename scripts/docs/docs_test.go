package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSentences(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"cut and joined": {"One. Two\nhas two lines! Three?\n", "One.\nTwo has two lines!\nThree?\n"},
		"list": {"Of these:\n- one. Two\n  goes on\n- three\n  1. four. Five.\n",
			"Of these:\n- one.\n  Two goes on\n- three\n  1. four.\n     Five.\n"},
		"paragraph of an item": {"- one\n\n  two. Three\n\nfour. Five\n", "- one\n\n  two.\n  Three\n\nfour.\nFive\n"},
		"lead-in":              {"- **One.** Two. Three.\n", "- **One.** Two.\n  Three.\n"},
		"code, table, heading": {"# A. B\n\n    x. Y\n\n| a. B |\n|---|\n\n```\nx. Y\nz\n```\n",
			"# A. B\n\n    x. Y\n\n| a. B |\n|---|\n\n```\nx. Y\nz\n```\n"},
		"code in an item": {"- a\n\n  ```\n  x. Y\n  ```\n  b. C\n", "- a\n\n  ```\n  x. Y\n  ```\n  b.\n  C\n"},
		"made by programs": {"<!-- bench:begin -->\nA. B\n<!-- bench:end -->\nC. D\n",
			"<!-- bench:begin -->\nA. B\n<!-- bench:end -->\nC.\nD\n"},
		"spans": {"Says `A. B` and \"C. D.\", or [E](f.md). (G. H.) \"I.\" J, e.g. K, 1, 2, ... 5.\n",
			"Says `A. B` and \"C. D.\", or [E](f.md).\n(G.\nH.)\n\"I.\"\nJ, e.g. K, 1, 2, ... 5.\n"},
		"not made into a list":  {"It was in 19. 20. July was warm.\n", "It was in 19. 20.\nJuly was warm.\n"},
		"no sentence of itself": {"one\ntwo\n\n\nthree\n", "one two\n\n\nthree\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := sentences(test.text)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if again := sentences(got); again != got {
				t.Errorf("written anew it changes: %q", again)
			}
		})
	}
}

// Each fault is named with its place, and -w mends those of lines.
func TestCheck(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"README.md":        "# Title: a `b`\n\nA [page](docs/page.md#part-one-1), [none](docs/none.md), [no part](docs/page.md#part-two), [up](../up.md).\n[self](#title-a-b) and [web](https://example.com/x) and `[code](none.md)`.\n",
		"docs/page.md":     "## Part one\n\n## Part one\n\nOne. Two. See docs/gone.md.\n\n[up](../README.md#title-a-b)\n\n```\n[x](y.md)\n```\n",
		"docs/README.md":   "[page](page.md#part-one)\n",
		"docs/design/x.md": "See `internal/code.go`, `code.go`, `de.go`, `x/code.go` and `y.py`.\n",
		"internal/code.go": "package x\n\n// docs/page.md has it, docs/design/old.md no more.\n",
		"CHANGELOG.md":     "- One. Two, in docs/gone.md.\n",
		"tool/README.md":   "See `test_gone.py`, `code.go`, [none](none.md) and [above](../README.md).\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	faults := []string{
		"README.md:3: link to docs/none.md: there is no such file",
		"README.md:3: link to docs/page.md#part-two: there is no such heading",
		"README.md:3: link to ../up.md: there is no such file",
		"docs/page.md:5: there is no docs/gone.md",
		"tool/README.md:1: link to none.md: there is no such file",
		"docs/design/x.md:1: docs/README.md does not list it",
		"docs/design/x.md:1: there is no de.go",
		"docs/design/x.md:1: there is no x/code.go",
		"docs/design/x.md:1: there is no y.py",
		"tool/README.md:1: there is no test_gone.py",
		"internal/code.go:3: there is no docs/design/old.md",
	}
	lines := "docs/page.md:5: not one sentence a line: go run ./scripts/docs -w"
	got, err := check(root, false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]string{lines}, faults...), got); diff != "" {
		t.Error(diff)
	}
	if _, err := check(root, true); err != nil {
		t.Fatal(err)
	}
	faults[3] = "docs/page.md:7: there is no docs/gone.md"
	got, err = check(root, false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(faults, got); diff != "" {
		t.Error(diff)
	}
}
