package variant

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/tabletest"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/vcf"
)

// icebergTable is what PyIceberg makes of a table and, for each filter, how many rows and data files.
type icebergTable struct {
	Columns, Jobs       []string
	Rows                []json.RawMessage
	Counts, Files, Sort []int
}

// readIceberg reads a table with PyIceberg, through its SQL catalog.
func readIceberg(t *testing.T, metadata string, filters ...string) (got icebergTable) {
	t.Helper()
	python := os.Getenv("VARLAKE_PYTHON")
	if python == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("VARLAKE_PYTHON must name a Python with pyiceberg when CI is set")
		}
		t.Skip("VARLAKE_PYTHON names no Python with pyiceberg: `make test-go` makes one")
	}
	command := exec.Command(python, append([]string{"testdata/read_table.py", filepath.Join(t.TempDir(), "catalog.db"),
		metadata}, filters...)...)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(output, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func names(columns []lake.Column) (names []string) {
	for _, column := range columns {
		names = append(names, column.Name)
	}
	return names
}

// What PyIceberg reads is what was written.
func TestPyIceberg(t *testing.T) {
	folder, dir := newTable(t)
	metadata, err := lake.CreateTable(t.Context(), folder, dir, Schema(), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := maker{tabletest.Maker{Rand: rand.New(rand.NewPCG(5, 6))}}
	var want []tabletest.Row
	counts := []int{0, 0}
	for job := range 3 {
		id := fmt.Sprint("job", job)
		w := NewWriter(tabletest.NewFile(t, filepath.Join(dir, "data", id)),
			Options{JobID: id, RowGroups: column.Options{RowGroupRows: 700}})
		for range 1000 {
			site, calls := m.site(true), m.calls(2)
			site.Start += int64(job) << 33
			if site.Annotated && site.VEP == nil {
				site.VEP = []vcf.VEPEntry{} // PyIceberg cannot tell a NULL list of structs from an empty one (DuckDB can, above)
			}
			mustWrite(t, w, &site, calls)
			want = append(want, wantRows(id, &site, calls)...)
			for i := range calls {
				if string(calls[i].Sample) == "S1" {
					counts[1]++
				}
			}
			if site.Start >= 2<<33 {
				counts[0] += max(len(calls), 1)
			}
		}
		metadata = mustAppend(t, folder, metadata, id, mustClose(t, w))
	}
	got := readIceberg(t, metadata, fmt.Sprintf("start >= %d", int64(2)<<33), "sampleid = 'S1'", "contigname = 'chr9'")
	if diff := cmp.Diff(append(counts, 0), got.Counts); diff != "" {
		t.Errorf("rows by filter (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 3, 0}, got.Files); diff != "" {
		t.Errorf("files by filter (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 3}, got.Sort); diff != "" {
		t.Errorf("sort order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"job0", "job1", "job2"}, got.Jobs); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(names(Schema().Columns()), got.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	diffJSON(t, want, got.Rows)
}

// The same of tables of flat columns.
func TestPyIcebergRows(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := tabletest.Maker{Rand: rand.New(rand.NewPCG(seed, 7))}
			columns := m.Columns(20)
			sortBy := [][]string{{"chrom", "start"}, nil}[seed%2]
			schema, err := lake.NewSchema(columns, sortBy, []string{"chrom", "start", "end"})
			if err != nil {
				t.Fatal(err)
			}
			folder, dir := newTable(t)
			metadata, err := lake.CreateTable(t.Context(), folder, dir, schema, nil)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(columns, func(c column.Flat) bool { return c.Name == "start" })
			var want []tabletest.Row
			late := 0
			for job := range 2 {
				file := tabletest.NewFile(t, filepath.Join(dir, "data", fmt.Sprint(job)))
				w, err := column.NewRowWriter(file, schema.Parquet(), column.Options{RowGroupRows: 400})
				if err != nil {
					t.Fatal(err)
				}
				for range 1000 {
					values := m.Row(columns, 5)
					values[at].Int = int64(job)<<40 + m.Int64N(1000)
					if err := w.Write(values); err != nil {
						t.Fatal(err)
					}
					want = append(want, tabletest.WantRow(columns, values))
					if job == 1 && !values[at].Null {
						late++
					}
				}
				described, err := w.Close()
				if err != nil {
					t.Fatal(err)
				}
				metadata = mustAppend(t, folder, metadata, fmt.Sprint("job", job), described)
			}
			got := readIceberg(t, metadata, fmt.Sprintf("start >= %d", int64(1)<<40))
			if got.Counts[0] != late || got.Files[0] != 1 || len(got.Sort) != len(sortBy) {
				t.Errorf("%v rows of %v files are late, want %d of 1; sorted by %v", got.Counts, got.Files, late, got.Sort)
			}
			if diff := cmp.Diff(names(schema.Columns()), got.Columns); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
			diffJSON(t, want, got.Rows)
		})
	}
}

// diffJSON compares rows in any order, as PyIceberg reads files side by side.
func diffJSON(t *testing.T, want []tabletest.Row, got []json.RawMessage) {
	t.Helper()
	var wanted, gotten []string
	for _, r := range want {
		wanted = append(wanted, canonical(t, r))
	}
	for _, raw := range got {
		var r any
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if err := decoder.Decode(&r); err != nil {
			t.Fatal(err)
		}
		gotten = append(gotten, canonical(t, r))
	}
	slices.Sort(wanted)
	slices.Sort(gotten)
	if len(wanted) != len(gotten) {
		t.Fatalf("%d rows written, %d read", len(wanted), len(gotten))
	}
	for i := range wanted {
		if wanted[i] != gotten[i] {
			t.Fatalf("rows differ:\n%s\n%s", wanted[i], gotten[i])
		}
	}
}

func canonical(t *testing.T, value any) string {
	t.Helper()
	var plain func(any) any
	plain = func(value any) any {
		switch value := value.(type) {
		case float64:
			return map[string]any{"bits": math.Float64bits(value)}
		case []any:
			list := make([]any, len(value))
			for i := range list {
				list[i] = plain(value[i])
			}
			return list
		case map[string]any:
			object := map[string]any{}
			for key := range value {
				object[key] = plain(value[key])
			}
			return object
		}
		return value
	}
	raw, err := json.Marshal(plain(value))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func mustAppend(t *testing.T, folder *warehouse.Folder, metadata, jobID string, files ...column.DataFile) string {
	t.Helper()
	next, already, err := lake.Append(t.Context(), folder, metadata, jobID, files)
	if err != nil || already {
		t.Fatalf("append: already %v, error %v", already, err)
	}
	return next
}
