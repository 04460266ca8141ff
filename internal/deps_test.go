// Package internal_test holds the layering of the project: which package may import which, and why.
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/varlake/varlake/"

// arrows lists every import between rooms that is allowed, with its reason. A room not listed may
// import none of ours. cmd/varlake is the only wiring and may import all.
var arrows = map[string]map[string]string{
	"internal/httpapi": {
		"internal/ops":    "a route calls one method of the service",
		"internal/omics":  "the codec reads and writes the contract's structs",
		"internal/sigv4":  "every request is verified",
		"internal/policy": "every request is authorised",
	},
	"internal/ops": {
		"internal/meta":  "state lives in rows",
		"internal/lake":  "table sizes and snapshots",
		"internal/query": "SQL over the caller's tables",
		"internal/blob":  "source URIs are checked",
		"internal/omics": "operations are methods over the contract's structs",
		"internal/annot": "a TSV store's layout is checked before it is made",
		"internal/event": "status changes become events",
	},
	"internal/ingest": {
		"internal/meta":   "work is claimed and finished in rows",
		"internal/lake":   "rows become data files and snapshots",
		"internal/blob":   "sources are read",
		"internal/omics":  "statuses and progress text",
		"internal/annot":  "annotation rows",
		"internal/layout": "where FORMAT keys go",
		"bgzf":            "compressed sources",
		"vcf":             "records",
		"norm":            "references and left-alignment",
	},
	"internal/export": {
		"internal/lake":   "rows are read in order",
		"internal/layout": "where FORMAT keys are",
		"internal/omics":  "refusals are the contract's errors",
		"vcf":             "headers of the imports",
		"norm":            "other names of contigs",
	},
	"internal/layout": {"vcf": "header definitions decide"},
	"internal/meta":   {"internal/omics": "statuses are the contract's"},
	"internal/lake":   {"internal/blob": "tables may live in a bucket"},
	"internal/web":    {"internal/ops": "the console calls the service", "internal/omics": "and shows its structs"},
	"internal/sample": {"bgzf": "sample files are bgzipped", "norm": "and their reference is indexed"},
}

// keepers names the one room (cmd/varlake aside) that may import each heavy dependency.
var keepers = map[string][]string{
	"github.com/duckdb/":                       {"internal/query"},
	"github.com/apache/":                       {"internal/lake"},
	"github.com/riverqueue/":                   {"internal/meta", "internal/ingest"},
	"modernc.org/sqlite":                       {"internal/meta"},
	"github.com/aws/aws-sdk-go-v2/service/s3":  {"internal/blob"},
	"github.com/aws/aws-sdk-go-v2/config":      {"internal/blob"},
	"github.com/aws/aws-sdk-go-v2/service/sts": {"internal/blob"},
	"github.com/aws/aws-sdk-go-v2/credentials": {"internal/blob"},
	"net/http": {"internal/httpapi", "internal/web", "internal/sigv4", "internal/blob", "internal/event"},
}

// leaves may import nothing of ours.
var leaves = []string{"bgzf", "vcf", "norm", "internal/omics", "internal/sigv4", "internal/policy", "internal/blob", "internal/annot", "internal/query", "internal/event"}

func TestArrows(t *testing.T) {
	seen := 0
	root := ".."
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "testdata" || name == "tools" || name == "bin" || (strings.HasPrefix(name, ".") && file != root)) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		room := path.Dir(filepath.ToSlash(rel))
		if room == "cmd/varlake" || strings.HasPrefix(room, "internal/blob/") || strings.HasPrefix(room, "bench") {
			return nil
		}
		seen++
		checkFile(t, file, room)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatal("no source file was checked")
	}
}

func checkFile(t *testing.T, file, room string) {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if ours, ok := strings.CutPrefix(imported, module); ok {
			switch {
			case slices.Contains(leaves, room):
				t.Errorf("%s imports %s: %s is a leaf", file, ours, room)
			case arrows[room][ours] == "":
				t.Errorf("%s imports %s: no arrow from %s to it", file, ours, room)
			}
			continue
		}
		for prefix, rooms := range keepers {
			if (imported == prefix || strings.HasPrefix(imported, prefix)) && !slices.Contains(rooms, room) {
				t.Errorf("%s imports %s, which belongs to %s", file, imported, strings.Join(rooms, " and "))
			}
		}
	}
}
