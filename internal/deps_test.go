// Package internal_test holds the layering of the project: which package may import which, and why.
package internal_test

import (
	"flag"
	"fmt"
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

// rooms lists every package in the order of ARCHITECTURE.md's table, with what it holds in the table's words.
var rooms = []struct{ path, holds string }{
	{wiring, "one file per command; `server.go` is the only wiring"},
	{"bgzf", "BGZF and gzip streams, text at any place (public library)"},
	{"vcf", "VCF header and records, VEP annotations (public library)"},
	{"tabix", "TBI and CSI indexes: made, read, queried (public library)"},
	{"fasta", "indexed FASTA, `fasta.Reference` (public library)"},
	{"norm", "left-alignment (public library)"},
	{"internal/wire/omics", "the wire contract: structs, limits, errors, ARNs"},
	{"internal/wire/own", "the contract of what Varlake has beside AWS's operations: query, export, check, upkeep"},
	{"internal/wire/sigv4", "signature verification and signing"},
	{"internal/wire/policy", "IAM policy documents, and who they are asked for: allow or deny"},
	{"internal/source/blob", "`s3://` objects in folders and S3, read as the role of a job"},
	{"internal/source/annot", "GFF3 features, rows of TSV, CSV and BED"},
	{"internal/source/sample", "sample and benchmark data"},
	{"internal/table/warehouse", "where table files are: names to paths, files put if absent, read, listed, removed"},
	{"internal/table/column", "Parquet data files: row groups, pages, dictionaries, merges"},
	{"internal/table/lake", "Iceberg: schemas, snapshots, compaction, expiry, check"},
	{"internal/table/lake/nosubstrait", "keeps iceberg-go from reading what is not used at start-up"},
	{"internal/table/variant", "the variant table: records as sites and calls and back, where FORMAT keys go"},
	{"internal/state/meta", "every row of state, its transitions, the queue's job types"},
	{"internal/state/access", "who reads which tables now, and the end of rights"},
	{"internal/state/slot", "places to work, and what is under way: turns, paces, tables at work, waits; results not read yet"},
	{"internal/state/crash", "points at which tests of recovery end the process"},
	{"internal/state/event", "status changes to a file and a webhook"},
	{"internal/sql/trino", "Trino's SQL compiled to DuckDB's: parser, types, functions"},
	{"internal/sql/trino/generate", "random queries in Trino's dialect, for tests"},
	{"internal/sql/native", "functions of Trino that DuckDB lacks, in Go"},
	{"internal/sql/query", "one untrusted SELECT over pinned Parquet files, in DuckDB"},
	{"internal/sql/shell", "where statements end in a text, and what may stand at a place of one"},
	{"internal/sql/columnar", "rows of a result as Parquet and Arrow"},
	{"internal/sql/statement", "rights, pinned tables, rows: a statement from its text on"},
	{"internal/act/ops", "one method per operation"},
	{"internal/act/ingest", "one file of an import or a reference: source to data files"},
	{"internal/act/work", "the queue: claims, attempts, commits; tables made and dropped"},
	{"internal/act/upkeep", "compaction, expiry, orphans, check, clean-up; relocation and recovery"},
	{"internal/act/export", "rows of a table as VCF again"},
	{"internal/edge/httpapi", "routes, codec, middleware"},
}

// wiring is the command: it puts the rooms together and may import all of them.
const wiring = "cmd/varlake"

// arrows lists every import between rooms that is allowed, with its reason: none is there that nobody uses. A room not
// listed may import none of ours. The command may import all.
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
		"internal/state/meta":      "a claim says what is to be read",
		"internal/state/slot":      "workers of all files share the machine",
		"internal/state/crash":     "it has a point",
		"internal/source/blob":     "sources are read",
		"internal/source/annot":    "annotation rows",
		"internal/wire/omics":      "formats and progress text",
		"internal/table/warehouse": "where data files and references are",
		"internal/table/column":    "rows of flat tables, and what data files hold",
		"internal/table/lake":      "schemas of tables",
		"internal/table/variant":   "records become rows of the variant table",
		"bgzf":                     "compressed sources",
		"vcf":                      "records",
		"fasta":                    "references",
		"norm":                     "left-alignment",
	},
	"internal/act/work": {
		"internal/act/ingest":      "a claimed file is read",
		"internal/state/meta":      "work is claimed and finished in rows",
		"internal/state/slot":      "tables at work, and what waits",
		"internal/state/crash":     "it has points",
		"internal/wire/omics":      "statuses",
		"internal/table/warehouse": "where attempts, tables and references are",
		"internal/table/column":    "what data files hold",
		"internal/table/lake":      "tables are made, files become snapshots",
	},
	"internal/act/upkeep": {
		"internal/state/meta":      "what tables and jobs ought to be",
		"internal/state/slot":      "checks take turns; tables at work, and what waits",
		"internal/state/crash":     "it has points",
		"internal/wire/omics":      "statuses, refusals",
		"internal/wire/own":        "checks and upkeep answer the contract's structs",
		"internal/table/warehouse": "where tables and references are",
		"internal/table/column":    "what data files hold",
		"internal/table/lake":      "compaction, expiry, orphans, check",
		"internal/table/variant":   "which table is one of variants",
		"fasta":                    "references are looked at",
	},
	"internal/act/export": {
		"internal/table/lake":      "rows are read in order",
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
		"vcf":                   "records become its rows; header definitions decide where FORMAT keys go",
	},
	"internal/sql/statement": {
		"internal/sql/trino":       "statements are compiled",
		"internal/sql/query":       "the engine names a statement's tables, and runs it",
		"internal/sql/columnar":    "rows in formats with types",
		"internal/state/access":    "who may read, and for how long",
		"internal/state/meta":      "tables",
		"internal/table/lake":      "tables are resolved to their files",
		"internal/wire/omics":      "refusals are the contract's errors",
		"internal/wire/own":        "what is asked for",
		"internal/table/warehouse": "names of tables become paths",
	},
	"internal/sql/columnar": {
		"internal/sql/query": "rows and their values",
		"internal/sql/trino": "types of the columns",
	},
	"internal/sql/trino": {"internal/sql/native": "constants are computed, and functions named"},
	"internal/sql/query": {
		"internal/state/slot": "queries take turns, and their results are spilled",
		"internal/sql/native": "functions are registered with DuckDB",
	},
	"internal/state/access": {
		"internal/state/meta":  "tables and keys",
		"internal/wire/omics":  "the caller, refusals",
		"internal/wire/policy": "which tables policies let the caller read",
	},
	"internal/state/meta": {"internal/wire/omics": "statuses are the contract's"},
	"internal/table/lake": {"internal/table/column": "data files are Parquet",
		"internal/table/warehouse":        "where files are",
		"internal/table/lake/nosubstrait": "iceberg-go starts without what is not used"},
	"internal/source/sample": {"bgzf": "sample files are bgzipped"},
}

// keepers names the one room (cmd/varlake aside) that may import each heavy dependency.
var keepers = map[string][]string{
	"github.com/duckdb/":                       {"internal/sql/query"},
	"github.com/apache/iceberg-go":             {"internal/table/lake"},
	"github.com/apache/arrow-go":               {"internal/table/column", "internal/sql/columnar"},
	"github.com/apache/thrift":                 {"internal/table/column"},
	"github.com/substrait-io/":                 {"internal/table/lake/nosubstrait"},
	"github.com/riverqueue/":                   {"internal/state/meta", "internal/act/work"},
	"modernc.org/sqlite":                       {"internal/state/meta"},
	"github.com/aws/aws-sdk-go-v2/service/s3":  {"internal/source/blob"},
	"github.com/aws/aws-sdk-go-v2/config":      {"internal/source/blob"},
	"github.com/aws/aws-sdk-go-v2/service/sts": {"internal/source/blob"},
	"github.com/aws/aws-sdk-go-v2/credentials": {"internal/source/blob"},
	"net/http": {"internal/edge/httpapi", "internal/wire/sigv4", "internal/source/blob", "internal/state/event"},
}

// used is what the walk over the source has seen: rooms, their arrows, and which keeper imports its dependency.
type used struct {
	rooms   map[string]bool
	arrows  map[[2]string]bool
	keepers map[[2]string]bool
}

func TestArrows(t *testing.T) {
	seen := used{rooms: map[string]bool{}, arrows: map[[2]string]bool{}, keepers: map[[2]string]bool{}}
	root := ".."
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "testdata" || name == "tools" || name == "bin" || name == "compat" || name == "scripts" ||
			(strings.HasPrefix(name, ".") && file != root)) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		if room := path.Dir(filepath.ToSlash(rel)); !strings.HasSuffix(room, "test") {
			seen.rooms[room] = true
			seen.file(t, file, room)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seen.whole(t)
}

// file notes what a source file imports and refuses what no arrow allows.
func (u *used) file(t *testing.T, file, room string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		ours, ok := strings.CutPrefix(imported, module)
		if ok {
			u.arrows[[2]string{room, ours}] = true
			if room != wiring && arrows[room][ours] == "" {
				t.Errorf("%s imports %s: no arrow from %s to it", file, ours, room)
			}
			continue
		}
		for prefix, keeping := range keepers {
			if !strings.HasPrefix(imported, prefix) {
				continue
			}
			u.keepers[[2]string{prefix, room}] = true
			if room != wiring && !slices.Contains(keeping, room) {
				t.Errorf("%s imports %s, which belongs to %s", file, imported, strings.Join(keeping, " and "))
			}
		}
	}
}

// whole compares what was seen with the lists: each room, arrow and keeper listed is one that exists.
func (u *used) whole(t *testing.T) {
	t.Helper()
	listed := map[string]bool{}
	for _, room := range rooms {
		listed[room.path] = true
		if !u.rooms[room.path] {
			t.Errorf("rooms lists %s, which has no source", room.path)
		}
	}
	for room := range u.rooms {
		if !listed[room] {
			t.Errorf("rooms does not list %s", room)
		}
	}
	for room, to := range arrows {
		for other := range to {
			if !u.arrows[[2]string{room, other}] {
				t.Errorf("nobody uses the arrow from %s to %s", room, other)
			}
		}
	}
	for prefix, keeping := range keepers {
		for _, room := range keeping {
			if !u.keepers[[2]string{prefix, room}] {
				t.Errorf("%s is kept for %s, which does not import it", prefix, room)
			}
		}
	}
}

// floors are the folders of internal, and below which of them each stands. The public libraries stand below all.
var floors = map[string][]string{
	"edge":   {"act", "sql", "wire"},
	"act":    {"state", "table", "source", "wire"},
	"sql":    {"state", "table", "wire"},
	"state":  {"wire"},
	"table":  {},
	"source": {},
	"wire":   {},
}

// No arrow leads upwards or in a circle: a library knows none of internal, and a room only those of its own floor and
// of floors below. Rooms of act know none of each other, but for work, which hands files to ingest: else they meet in
// rows of meta.
func TestNoArrowUpwards(t *testing.T) {
	for room, to := range arrows {
		for other := range to {
			from, into := floor(room), floor(other)
			switch {
			case into != "" && into != from && !slices.Contains(floors[from], into):
				t.Errorf("the arrow from %s to %s leads from %q up to %q", room, other, from, into)
			case from == "act" && into == "act" && (room != "internal/act/work" || other != "internal/act/ingest"):
				t.Errorf("the arrow from %s to %s: rooms of act meet in rows of meta", room, other)
			}
		}
		if way := circle(room, nil); way != nil {
			t.Errorf("a circle: %s", strings.Join(way, " -> "))
		}
	}
}

// floor is the folder of internal that a room is in; a library has none.
func floor(room string) string {
	if below, ok := strings.CutPrefix(room, "internal/"); ok {
		name, _, _ := strings.Cut(below, "/")
		return name
	}
	return ""
}

// circle is the way from a room along the arrows back to a room that was passed, or nil.
func circle(room string, passed []string) []string {
	way := append(slices.Clone(passed), room)
	if slices.Contains(passed, room) {
		return way
	}
	for other := range arrows[room] {
		if found := circle(other, way); found != nil {
			return found
		}
	}
	return nil
}

const (
	tableBegins = "<!-- rooms: made from internal/deps_test.go -->\n"
	tableEnds   = "<!-- end of rooms -->"
)

var update = flag.Bool("update", false, "write the table of rooms in ARCHITECTURE.md")

// ARCHITECTURE.md has the table of rooms that the lists here give.
func TestArrowsTable(t *testing.T) {
	const name = "../ARCHITECTURE.md"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		t.Fatalf("%s has no line %q with a later %q", name, tableBegins, tableEnds)
	}
	want := before + tableBegins + "\n" + table() + "\n" + tableEnds + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("the table of rooms in %s is stale: go test ./internal -run TestArrows -update", name)
	}
	if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table is ARCHITECTURE.md's table of rooms: those of libraries and of each floor, with what they may import in the
// order of the table.
func table() string {
	lines := []string{"| room | what it holds | may import (of ours) |", "|---|---|---|"}
	for _, room := range rooms {
		var may []string
		for _, other := range rooms {
			if arrows[room.path][other.path] != "" {
				may = append(may, path.Base(other.path))
			}
		}
		words := strings.Join(may, ", ")
		switch {
		case room.path == wiring:
			words = "everything"
		case words == "":
			words = "nothing"
		}
		lines = append(lines, fmt.Sprintf("| `%s` | %s | %s |", room.path, room.holds, words))
	}
	return strings.Join(lines, "\n") + "\n"
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
