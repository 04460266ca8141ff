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
	"internal/edge/httpapi": {
		"internal/act/ops":     "a route calls one method of the service",
		"internal/wire/omics":  "the codec reads and writes the contract's structs",
		"internal/wire/own":    "and those of Varlake's own operations",
		"internal/wire/sigv4":  "every request is verified",
		"internal/wire/policy": "every request is authorised",
	},
	"internal/act/ops": {
		"internal/state/meta":      "state lives in rows",
		"internal/state/access":    "who reads is told when a right ends",
		"internal/source/blob":     "source URIs are checked",
		"internal/wire/omics":      "operations are methods over the contract's structs",
		"internal/source/annot":    "a TSV store's layout is checked before it is made",
		"internal/state/event":     "status changes become events",
		"internal/table/warehouse": "names of references and tables become paths",
	},
	"internal/act/ingest": {
		"internal/state/meta":      "work is claimed and finished in rows",
		"internal/table/lake":      "rows become data files and snapshots",
		"internal/source/blob":     "sources are read",
		"internal/wire/omics":      "statuses and progress text",
		"internal/wire/own":        "checks and upkeep answer the contract's structs",
		"internal/state/access":    "what a name means",
		"internal/state/slot":      "checks take turns",
		"internal/source/annot":    "annotation rows",
		"internal/table/column":    "rows of flat tables, and what data files hold",
		"internal/table/variant":   "records become rows of the variant table",
		"bgzf":                     "compressed sources",
		"vcf":                      "records",
		"fasta":                    "references",
		"norm":                     "left-alignment",
		"internal/table/warehouse": "names of tables become paths",
	},
	"internal/act/export": {
		"internal/table/lake":      "rows are read in order",
		"internal/table/column":    "values of rows",
		"internal/table/variant":   "rows become records again",
		"internal/wire/omics":      "refusals are the contract's errors",
		"internal/wire/own":        "what is asked for",
		"internal/state/meta":      "tables and headers of imports",
		"internal/state/access":    "who may read, and for how long",
		"internal/state/slot":      "exports take turns, and their text is spilled",
		"vcf":                      "headers of the imports",
		"fasta":                    "other names of contigs",
		"internal/table/warehouse": "names of tables become paths",
	},
	"norm":              {"fasta": "what alleles are aligned on"},
	"internal/wire/own": {"internal/wire/omics": "a row of the contract, its errors"},
	"tabix":             {"bgzf": "indexed files are compressed", "vcf": "where a record ends"},
	"internal/table/variant": {
		"internal/table/lake":   "its table is one of many",
		"internal/table/column": "its rows are heads and tails",
		"vcf":                   "header definitions decide where FORMAT keys go",
	},
	"internal/sql/statement": {
		"internal/sql/query":       "the engine names a statement's tables, and runs it",
		"internal/state/access":    "who may read, and for how long",
		"internal/state/meta":      "tables",
		"internal/table/lake":      "tables are resolved to their files",
		"internal/wire/omics":      "refusals are the contract's errors",
		"internal/wire/own":        "what is asked for",
		"internal/table/warehouse": "names of tables become paths",
	},
	"internal/sql/query": {"internal/state/slot": "queries take turns, and their results are spilled"},
	"internal/state/access": {
		"internal/state/meta":  "tables and keys",
		"internal/wire/omics":  "the caller, refusals",
		"internal/wire/policy": "which tables policies let the caller read",
	},
	"internal/state/meta":    {"internal/wire/omics": "statuses are the contract's"},
	"internal/table/lake":    {"internal/table/column": "data files are Parquet", "internal/table/warehouse": "where files are", "internal/table/lake/nosubstrait": "iceberg-go starts without what is not used"},
	"internal/web":           {"internal/act/ops": "the console calls the service", "internal/wire/omics": "and shows its structs"},
	"internal/source/sample": {"bgzf": "sample files are bgzipped", "fasta": "and their reference is indexed"},
}

// keepers names the one room (cmd/varlake aside) that may import each heavy dependency.
var keepers = map[string][]string{
	"github.com/duckdb/":                       {"internal/sql/query"},
	"github.com/apache/iceberg-go":             {"internal/table/lake"},
	"github.com/apache/arrow-go":               {"internal/table/column"},
	"github.com/apache/thrift":                 {"internal/table/column"},
	"github.com/substrait-io/":                 {"internal/table/lake/nosubstrait"},
	"github.com/riverqueue/":                   {"internal/state/meta", "internal/act/ingest"},
	"modernc.org/sqlite":                       {"internal/state/meta"},
	"github.com/aws/aws-sdk-go-v2/service/s3":  {"internal/source/blob"},
	"github.com/aws/aws-sdk-go-v2/config":      {"internal/source/blob"},
	"github.com/aws/aws-sdk-go-v2/service/sts": {"internal/source/blob"},
	"github.com/aws/aws-sdk-go-v2/credentials": {"internal/source/blob"},
	"net/http": {"internal/edge/httpapi", "internal/web", "internal/wire/sigv4", "internal/source/blob", "internal/state/event"},
}

// leaves may import nothing of ours.
var leaves = []string{"bgzf", "vcf", "fasta", "internal/wire/omics", "internal/wire/sigv4", "internal/wire/policy", "internal/source/blob", "internal/source/annot", "internal/state/event", "internal/state/slot", "internal/table/lake/nosubstrait"}

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
		if room == "cmd/varlake" || strings.HasSuffix(room, "test") || strings.HasPrefix(room, "bench") {
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

// A module with replace or exclude directives is one that `go install MODULE/...@VERSION` refuses.
func TestModuleCanBeInstalled(t *testing.T) {
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word == "replace" || word == "exclude" {
			t.Errorf("go.mod: %s", line)
		}
	}
}
