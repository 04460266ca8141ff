package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pathTakers are the functions that touch the file a path names.
var pathTakers = map[string]string{
	"os": " Open OpenFile Create CreateTemp Mkdir MkdirAll MkdirTemp Remove RemoveAll Rename ReadFile WriteFile ReadDir Stat Lstat Chmod Chown Lchown Chtimes Link" +
		" Symlink Readlink Truncate DirFS CopyFS OpenRoot ",
	"filepath": " Walk WalkDir Glob EvalSymlinks ",
	"syscall":  " Statfs Open Unlink Rename Mkdir Rmdir ",
	"file":     " OpenParquetFile ",
}

// touching lists the files of the rooms that know tables which touch files, and where each has its paths from. Metadata
// and rows of state hold names, not paths: warehouse.Names gives the path of a name, and whoever is not listed here
// has none to open.
var touching = map[string]string{
	"internal/table/warehouse/mode.go":    "paths of those who write",
	"internal/table/warehouse/folder.go":  "it is the resolver",
	"internal/table/warehouse/held.go":    "links of paths that the resolver gave",
	"internal/table/warehouse/links.go":   "Folder.Inside, and what is listed in it",
	"internal/table/warehouse/list.go":    "paths that the resolver gave, and what is listed there",
	"internal/table/warehouse/outlet.go":  "buckets of the command line, outside of the data folder",
	"internal/state/meta/inspect.go":      "the state file itself, and copies of it",
	"internal/state/meta/samefile.go":     "the state file itself",
	"internal/state/meta/meta.go":         "the state file itself",
	"internal/sql/query/worker.go":        "data files whose paths, from warehouse.Local, DuckDB would take for patterns: it is another process",
	"internal/sql/query/process.go":       "the spill folder that it was given",
	"internal/state/slot/spill.go":        "likewise: files without a name",
	"internal/sql/query/sandbox_linux.go": "files of /proc",
}

// No other code calls the file system, and so none with a path out of metadata.
func TestWhoTouchesFiles(t *testing.T) {
	found := map[string]bool{}
	for _, room := range []string{"internal/table/lake", "internal/table/warehouse", "internal/act/ingest",
		"internal/act/work", "internal/act/upkeep", "internal/act/ops", "internal/state/meta", "internal/sql/query",
		"internal/sql/columnar", "internal/sql/statement", "internal/state/slot", "internal/state/access",
		"internal/act/export",
		"internal/table/column", "internal/table/variant", "internal/edge/httpapi"} {
		paths, err := filepath.Glob(filepath.Join("..", room, "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no source in %s: %v", room, err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			name := filepath.ToSlash(strings.TrimPrefix(path, "../"))
			if calls := fileCalls(t, path); len(calls) > 0 {
				found[name] = true
				if touching[name] == "" {
					t.Errorf("%s calls %s: whose path is it? Names in metadata and rows are for warehouse.Names to resolve", name,
						strings.Join(calls, ", "))
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(touching)) {
		if !found[name] {
			t.Errorf("%s touches no file any more: take it off the list", name)
		}
	}
}

// Rooms above the warehouse know files of tables by its interfaces alone, so that those may be elsewhere than in a
// folder. The program opens the folder.
func TestSeamIsHeld(t *testing.T) {
	own := func(name string) bool { return name == "warehouse" || name == "testdata" }
	eachNode(t, ".", own, func(path string, node ast.Node) {
		if s, ok := node.(*ast.SelectorExpr); ok && (s.Sel.Name == "Folder" || s.Sel.Name == "NewFolder") {
			if room, ok := s.X.(*ast.Ident); ok && room.Name == "warehouse" {
				t.Errorf("%s: warehouse.%s is for the program: take a warehouse.Files", path, s.Sel.Name)
			}
		}
	})
}

// eachNode visits the syntax of all Go files below root but tests, and but what is in folders of skipped names.
func eachNode(t *testing.T, root string, skipped func(name string) bool, visit func(path string, node ast.Node)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(entry.Name()):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			visit(path, node)
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A row's Location and MetadataLocation are names: they go to warehouse.Names, or to functions of lake that resolve
// them.
func TestLocationsAreNames(t *testing.T) {
	outside := func(name string) bool {
		return name == "testdata" || name == "tools" || strings.HasPrefix(name, ".") && name != ".."
	}
	eachNode(t, "..", outside, func(path string, node ast.Node) {
		call, ok := node.(*ast.CallExpr)
		if !ok || !touches(call) {
			return
		}
		for _, argument := range call.Args {
			ast.Inspect(argument, func(node ast.Node) bool {
				if s, ok := node.(*ast.SelectorExpr); ok && (s.Sel.Name == "Location" || s.Sel.Name == "MetadataLocation") {
					t.Errorf("%s: a file is touched by %s, which is a name", path, s.Sel.Name)
				}
				return true
			})
		}
	})
}

// fileCalls lists the calls in a file that touch the file a path names.
func fileCalls(t *testing.T, path string) (calls []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok && touches(call) {
			selector := call.Fun.(*ast.SelectorExpr)
			calls = append(calls, selector.X.(*ast.Ident).Name+"."+selector.Sel.Name)
		}
		return true
	})
	return calls
}

func touches(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	room, ok := selector.X.(*ast.Ident)
	return ok && strings.Contains(pathTakers[room.Name], " "+selector.Sel.Name+" ")
}
