package lake

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// checkedTable is a table of two jobs, the second with a file of several row groups.
func checkedTable(t *testing.T) (dir, metadata string, files []column.DataFile) {
	t.Helper()
	dir, metadata = newTable(t, "checked")
	files = append(files, addFile(t, dir, "one", "1", "s1", 100))
	metadata = mustAppend(t, metadata, "one", files[0])
	path := filepath.Join(dir, "data", "two")
	rows := make([][]column.Value, 130)
	for i := range rows {
		rows[i] = rowAt("two", "2", int64(i), fmt.Sprintf("A%d", i*7919), "s2")
	}
	files = append(files, writeRows(t, path, testSchema(), column.Options{RowGroupRows: 50}, rows...))
	return dir, mustAppend(t, metadata, "two", files[1]), files
}

func mustCheck(t *testing.T, metadata string, deep bool) *Report {
	t.Helper()
	var workers atomic.Int32
	report, err := Check(t.Context(), folderOf(t, metadata), metadata, CheckOptions{Deep: deep, Workers: 2,
		Run: func(worker func()) {
			workers.Add(1)
			worker()
		}})
	if err != nil {
		t.Fatal(err)
	}
	if n := workers.Load(); n != 0 && n != 2 {
		t.Errorf("%d workers", n)
	}
	return report
}

func TestCheckSound(t *testing.T) {
	_, metadata, files := checkedTable(t)
	for _, deep := range []bool{false, true} {
		got := mustCheck(t, metadata, deep)
		if len(got.Faults) > 0 || got.Expired || got.Files != 2 || got.Bytes != files[0].Bytes+files[1].Bytes {
			t.Errorf("deep %v: %+v", deep, got)
		}
		if diff := cmp.Diff(map[string]int64{"one": 100, "two": 130}, got.Rows); diff != "" {
			t.Errorf("deep %v: rows (-want +got):\n%s", deep, diff)
		}
		if len(got.Snapshots) != 2 || got.Snapshots[0].Job != "one" || got.Snapshots[1].Job != "two" {
			t.Errorf("snapshots %v", got.Snapshots)
		}
	}
}

func TestCheckColumns(t *testing.T) {
	dir := tableDir(t, "flat")
	columns := []column.Flat{
		{Name: jobColumn, Type: column.TypeText}, {Name: "b", Type: column.TypeInt}, {Name: "c", Type: column.TypeLong},
		{Name: "d", Type: column.TypeFloat},
		{Name: "e", Type: column.TypeDouble}, {Name: "f", Type: column.TypeBoolean}, {Name: "g", Type: column.TypeTextList},
		{Name: "h", Type: column.TypeTextMap},
	}
	schema, err := NewSchema(columns, []string{"c"}, []string{"b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	metadata, err := CreateTable(t.Context(), folderOf(t, dir), dir, schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report := mustCheck(t, metadata, true); len(report.Faults) > 0 || len(report.Rows) > 0 {
		t.Errorf("an empty table: %+v", report)
	}
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(19, 20))}
	rows := make([][]column.Value, 70)
	for i := range rows { // of two jobs, as a compaction makes them
		rows[i] = m.Row(columns, 5)
		rows[i][0] = column.Value{Text: fmt.Appendf(nil, "job%d", i%2)}
	}
	metadata = mustAppend(t, metadata, "any", writeRows(t, filepath.Join(dir, "data", "f.parquet"), schema,
		column.Options{}, rows...))
	for _, deep := range []bool{false, true} {
		report := mustCheck(t, metadata, deep)
		if diff := cmp.Diff(map[string]int64{"job0": 35, "job1": 35}, report.Rows); len(report.Faults) > 0 || diff != "" {
			t.Errorf("deep %v: faults %v, rows (-want +got):\n%s", deep, report.Faults, diff)
		}
	}
}

func edit(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(raw), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func globOne(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found[len(found)-1]
}

// TestCheckFindsDamage damages a sound table in each way and wants one fault, at the right file.
func TestCheckFindsDamage(t *testing.T) {
	type table struct {
		dir, metadata string
		files         []column.DataFile
	}
	manifests := func(t *testing.T, s table) []string {
		v, err := takeInventory(t.Context(), folderOf(t, s.metadata), s.metadata)
		if err != nil {
			t.Fatal(err)
		}
		return v.snapshots[0].manifests
	}
	for name, test := range map[string]struct {
		damage func(t *testing.T, s *table) (path string)
		what   string
		deep   bool
	}{
		"no metadata": {what: `metadata cannot be read: it is not there`, damage: func(t *testing.T, s *table) string {
			os.Remove(warehouse.Shown(s.metadata))
			return warehouse.Shown(s.metadata)
		}},
		"metadata cut": {what: `metadata cannot be read: `, damage: func(t *testing.T, s *table) string {
			edit(t, warehouse.Shown(s.metadata), func(raw []byte) []byte { return raw[:len(raw)/2] })
			return warehouse.Shown(s.metadata)
		}},
		"no manifest list": {what: `manifest list of snapshot \d+ cannot be read: it is not there`,
			damage: func(t *testing.T, s *table) string {
				path := globOne(t, filepath.Join(s.dir, "metadata", "snap-*.avro"))
				os.Remove(path)
				return path
			}},
		"no manifest": {what: `manifest cannot be read: it is not there`, damage: func(t *testing.T, s *table) string {
			path := manifests(t, *s)[0]
			os.Remove(path)
			return path
		}},
		"manifest cut": {what: `manifest cannot be read: it has \d+ bytes, its list says \d+`,
			damage: func(t *testing.T, s *table) string {
				path := manifests(t, *s)[0]
				edit(t, path, func(raw []byte) []byte { return raw[:len(raw)-9] })
				return path
			}},
		"manifest of noise": {what: `manifest cannot be read: `, damage: func(t *testing.T, s *table) string {
			path := manifests(t, *s)[0]
			edit(t, path, func(raw []byte) []byte { return slices.Repeat([]byte{0xa5}, len(raw)) })
			return path
		}},
		"no data file": {what: `data file cannot be opened: it is not there`, damage: func(t *testing.T, s *table) string {
			os.Remove(s.files[0].Path)
			return s.files[0].Path
		}},
		"data file cut": {what: `data file has \d+ bytes, its manifest says \d+`,
			damage: func(t *testing.T, s *table) string {
				edit(t, s.files[0].Path, func(raw []byte) []byte { return raw[:len(raw)-1] })
				return s.files[0].Path
			}},
		"no magic": {what: `data file has no readable footer: `, damage: func(t *testing.T, s *table) string {
			edit(t, s.files[0].Path, func(raw []byte) []byte { return append(raw[:len(raw)-4], "PAR2"...) })
			return s.files[0].Path
		}},
		"no magic at its start": {what: `data file does not begin as Parquet does`,
			damage: func(t *testing.T, s *table) string {
				edit(t, s.files[0].Path, func(raw []byte) []byte {
					raw[0]++
					return raw
				})
				return s.files[0].Path
			}},
		"footer of noise": {what: `data file `, damage: func(t *testing.T, s *table) string {
			edit(t, s.files[1].Path, func(raw []byte) []byte {
				for i := len(raw) - 1000; i < len(raw)-8; i++ {
					raw[i] ^= 0x55
				}
				return raw
			})
			return s.files[1].Path
		}},
		"pages of zeros": {what: `data file row group 0, column importjobid: page `,
			damage: func(t *testing.T, s *table) string {
				edit(t, s.files[1].Path, func(raw []byte) []byte {
					clear(raw[4:400])
					return raw
				})
				return s.files[1].Path
			}},
		"another file in its place": {what: `data file row group 0, column importjobid: page header at byte \d+: EOF`,
			damage: func(t *testing.T, s *table) string {
				other, err := os.ReadFile(s.files[0].Path)
				if err != nil {
					t.Fatal(err)
				}
				edit(t, s.files[1].Path, func(raw []byte) []byte {
					return append(slices.Clone(raw[:len(raw)-len(other)]),
						other...)
				})
				return s.files[1].Path
			}},
		"one bit": {deep: true, what: `data file row group 1, column `, damage: func(t *testing.T, s *table) string {
			edit(t, s.files[1].Path, func(raw []byte) []byte {
				raw[(s.files[1].Splits[1]+s.files[1].Splits[2])/2] ^= 0x10
				return raw
			})
			return s.files[1].Path
		}},
		"twice": {what: `data file is twice in snapshot \d+`, damage: func(t *testing.T, s *table) string {
			s.metadata = mustAppend(t, s.metadata, "three", s.files[0])
			return s.files[0].Path
		}},
		"not its own": {what: `data file is outside the table's folder`, damage: func(t *testing.T, s *table) string {
			dir := filepath.Join(filepath.Dir(s.dir), "other")
			if _, err := CreateTable(t.Context(), folderOf(t, dir), dir, testSchema(), nil); err != nil {
				t.Fatal(err)
			}
			file := addFile(t, dir, "x", "1", "s", 3)
			s.metadata = mustAppend(t, s.metadata, "three", file)
			return file.Path
		}},
		"wrong bounds": {deep: true, what: `column contigname: a value is beyond the bounds in the manifest`,
			damage: func(t *testing.T, s *table) string {
				file := addFile(t, s.dir, "three", "1", "s", 3)
				file.Lower[2], file.Upper[2] = []byte("2"), []byte("3")
				s.metadata = mustAppend(t, s.metadata, "three", file)
				return file.Path
			}},
		"wrong rows": {what: `data file has 3 rows in its row groups and 3 in its footer, its manifest says 4`,
			damage: func(t *testing.T, s *table) string {
				file := addFile(t, s.dir, "three", "1", "s", 3)
				file.Rows++
				s.metadata = mustAppend(t, s.metadata, "three", file)
				return file.Path
			}},
	} {
		t.Run(name, func(t *testing.T) {
			var s table
			s.dir, s.metadata, s.files = checkedTable(t)
			path := test.damage(t, &s)
			report := mustCheck(t, s.metadata, test.deep)
			if len(report.Faults) != 1 || report.Faults[0].Path != path ||
				!regexp.MustCompile(test.what).MatchString(report.Faults[0].What) {
				t.Errorf("faults %q, want one of %s: %s", report.Faults, path, test.what)
			}
			if strings.Contains(fmt.Sprint(report.Faults), "\n") {
				t.Error("a fault has more than one line")
			}
		})
	}
}

func TestCheckExpired(t *testing.T) {
	_, metadata, _ := checkedTable(t)
	var document map[string]any
	raw, err := os.ReadFile(warehouse.Shown(metadata))
	if err == nil {
		err = json.Unmarshal(raw, &document)
	}
	if err != nil {
		t.Fatal(err)
	}
	document["snapshots"] = document["snapshots"].([]any)[1:]
	document["snapshot-log"] = document["snapshot-log"].([]any)[1:]
	if raw, err = json.Marshal(document); err == nil {
		err = os.WriteFile(warehouse.Shown(metadata), raw, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	report := mustCheck(t, metadata, false)
	if len(report.Faults) > 0 || !report.Expired || len(report.Snapshots) != 1 {
		t.Errorf("%+v", report)
	}
	if diff := cmp.Diff(map[string]int64{"one": 100, "two": 130}, report.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestOrphans(t *testing.T) {
	dir, metadata, _ := checkedTable(t)
	orphans := func() (found []string) {
		t.Helper()
		files, err := warehouse.ListFiles(folderOf(t, dir), dir)
		if err != nil {
			t.Fatal(err)
		}
		found = []string{}
		rest, err := Orphans(t.Context(), folderOf(t, metadata), metadata, files)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range rest {
			found = append(found, strings.TrimPrefix(file.Path, dir+"/")+fmt.Sprint(" ", file.Bytes))
		}
		return found
	}
	if got := orphans(); len(got) > 0 {
		t.Fatalf("a sound table has orphans %v", got)
	}
	for path, size := range map[string]int{"data/j/0/1/00000.parquet": 7, "data/stray": 0, "metadata/x.avro": 3} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"data/j/0/1/00000.parquet 7", "data/stray 0", "metadata/x.avro 3"},
		orphans()); diff != "" {
		t.Errorf("orphans (-want +got):\n%s", diff)
	}
	files, err := warehouse.ListFiles(folderOf(t, dir), dir)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := Orphans(t.Context(), folderOf(t, metadata), metadata, files)
	if err == nil {
		err = folderOf(t, dir).RemoveFiles(dir, append(rest, warehouse.File{Path: filepath.Join(dir, "data", "gone")}))
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := orphans(); len(got) > 0 || len(listDir(t, filepath.Join(dir, "data"))) != 2 {
		t.Errorf("after the removal: orphans %v, data %v", got, listDir(t, filepath.Join(dir, "data")))
	}
	if report := mustCheck(t, metadata, true); len(report.Faults) > 0 {
		t.Errorf("the removal took too much: %v", report.Faults)
	}
	os.Remove(globOne(t, filepath.Join(dir, "metadata", "snap-*.avro")))
	if rest, err := Orphans(t.Context(), folderOf(t, metadata), metadata, files); err == nil {
		t.Errorf("of a table that cannot be read, orphans are %v", rest)
	}
	if files, err := warehouse.ListFiles(folderOf(t, dir), filepath.Join(dir, "nowhere")); err != nil || len(files) > 0 {
		t.Errorf("files of no folder: %v, %v", files, err)
	}
}
