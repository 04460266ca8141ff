package internal_test

import (
	"bytes"
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
func parseLibrary(t *testing.T, library string, wanted func(name string) bool) (set *token.FileSet, files []*ast.File) {
	t.Helper()
	set = token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join("..", library, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no source in %s: %v", library, err)
	}
	for _, path := range paths {
		if !wanted(filepath.Base(path)) {
			continue
		}
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return set, files
}

func isSource(name string) bool { return !strings.HasSuffix(name, "_test.go") }

// A library needs the standard library, one codec at most, and its own kind; no file by its path, and no word of the
// product.
func TestLibrariesStandAlone(t *testing.T) {
	product := regexp.MustCompile(`(?i)\baws\b|healthomics|statusMessage|varlake`)
	for library, codec := range libraries {
		_, files := parseLibrary(t, library, isSource)
		for _, file := range files {
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
			text = bytes.ReplaceAll(text, []byte(`"`+module), []byte(`"`)) // of imports
			if word := product.Find(text); isSource(filepath.Base(path)) && word != nil {
				t.Errorf("%s says %q", path, word)
			}
		}
	}
}

// Each exported function of a library has an example of its own whose output is checked, and so has each type with
// methods, or what makes or belongs to it. Types with nothing but words of theirs need none.
func TestLibrariesHaveExamples(t *testing.T) {
	for library := range libraries {
		files, all := parseLibrary(t, library, func(string) bool { return true })
		of, err := doc.NewFromFiles(files, all, module+library)
		if err != nil {
			t.Fatal(err)
		}
		functions := of.Funcs
		for _, declared := range of.Types {
			functions = append(functions, declared.Funcs...)
			examples, methods := len(declared.Examples), 0
			for _, method := range declared.Methods {
				examples += len(method.Examples)
				switch method.Name {
				case "String", "Error", "Unwrap":
				default:
					methods++
				}
			}
			for _, made := range declared.Funcs {
				examples += len(made.Examples)
			}
			if methods > 0 && examples == 0 {
				t.Errorf("no example shows %s.%s", library, declared.Name)
			}
		}
		if len(functions) == 0 {
			t.Errorf("%s has no function", library)
		}
		for _, function := range functions {
			if len(function.Examples) == 0 {
				t.Errorf("there is no Example%s in %s", function.Name, library)
			}
		}
		for _, example := range doc.Examples(all...) {
			if example.Output == "" {
				t.Errorf("%s: Example%s has no output", library, example.Name)
			}
		}
	}
}
