package internal_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// libraries are the public packages, and below which path of others each may import, beside the standard library and
// its own kind.
var libraries = map[string]string{
	"bgzf": "github.com/klauspost/compress/", "tabix": "", "vcf": "", "fasta": "", "norm": "",
}

// parseLibrary parses the files of a library whose names match.
func parseLibrary(t *testing.T, library string, wanted func(name string) bool) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", library, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no source in %s: %v", library, err)
	}
	for _, path := range paths {
		if !wanted(filepath.Base(path)) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func isSource(name string) bool { return !strings.HasSuffix(name, "_test.go") }

// A library needs the standard library, one codec at most, and its own kind; no file by its path, and no word of the
// product.
func TestLibrariesStandAlone(t *testing.T) {
	product := regexp.MustCompile(`(?i)\baws\b|healthomics|statusMessage`)
	for library, codec := range libraries {
		for _, file := range parseLibrary(t, library, isSource) {
			for _, spec := range file.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				_, ours := libraries[strings.TrimPrefix(path, module)]
				if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") &&
					(codec == "" || !strings.HasPrefix(path, codec)) && !ours || path == "os" || path == "net/http" {
					t.Errorf("%s imports %s", library, path)
				}
			}
		}
		paths, err := filepath.Glob(filepath.Join("..", library, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if word := product.Find(text); isSource(filepath.Base(path)) && word != nil {
				t.Errorf("%s says %q", path, word)
			}
		}
	}
}

// Each exported function of a library is called by an example whose output is checked.
func TestLibrariesHaveExamples(t *testing.T) {
	for library := range libraries {
		called := map[string]bool{}
		for _, example := range doc.Examples(parseLibrary(t, library, func(name string) bool { return !isSource(name) })...) {
			if example.Output == "" {
				t.Errorf("%s: Example%s has no output", library, example.Name)
			}
			ast.Inspect(example.Code, func(node ast.Node) bool {
				if selector, ok := node.(*ast.SelectorExpr); ok {
					if of, ok := selector.X.(*ast.Ident); ok && of.Name == library {
						called[selector.Sel.Name] = true
					}
				}
				return true
			})
		}
		functions := 0
		for _, file := range parseLibrary(t, library, isSource) {
			for _, declared := range file.Decls {
				f, ok := declared.(*ast.FuncDecl)
				if !ok || f.Recv != nil || !f.Name.IsExported() {
					continue
				}
				functions++
				if !called[f.Name.Name] {
					t.Errorf("no example calls %s.%s", library, f.Name.Name)
				}
			}
		}
		if functions == 0 {
			t.Errorf("%s has no function", library)
		}
	}
}
