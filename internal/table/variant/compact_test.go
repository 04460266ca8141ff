package variant

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/tabletest"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// variantFile writes a data file of random records. With near they are in order and few positions apart, so that files
// have some in common.
func (m maker) variantFile(t *testing.T, dir string, options Options, records int, near,
	annotations bool) column.DataFile {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w := NewWriter(tabletest.NewFile(t, filepath.Join(dir, "rows.parquet")), options)
	for line := range records {
		site := m.site(annotations)
		site.Line = int64(line + 1)
		if near {
			site.Contig, site.Start = fmt.Appendf(nil, "chr%d", 4*line/records), int64(10*(line%(1+records/4))+m.IntN(2))
			site.End = site.Start + 1
		}
		calls := make([]int32, len(options.Samples))
		if len(calls) > 0 {
			site.Format = []byte("GT:DP")
		}
		for i := range calls {
			calls[i] = 0
			if i == 0 || m.IntN(3) > 0 {
				made := m.calls(1)
				made = append(made, testCall{})
				made[0].Text = m.Maybe()
				calls[i] = w.Call(&made[0].Call)
			} else {
				calls[i] = calls[i-1]
			}
		}
		if err := w.Write(&site, 0, calls); err != nil {
			t.Fatal(err)
		}
	}
	return mustClose(t, w)
}

func sampleNames(prefix string, n int) [][]byte {
	names := make([][]byte, n)
	for i := range names {
		names[i] = fmt.Appendf(nil, "%s%d", prefix, i)
	}
	return names
}

// Whatever the files, a compaction of them holds the same rows, in order, through all that bounds files, passes and
// rows read ahead.
func TestCompactKeepsRows(t *testing.T) {
	m := maker{tabletest.Maker{Rand: rand.New(rand.NewPCG(3, 4))}}
	folder, dir := newTable(t)
	var files []column.DataFile
	for i := range 24 {
		options := Options{JobID: fmt.Sprintf("job%d", i/3), Item: i % 3, Samples: sampleNames(fmt.Sprintf("s%d_", i%7),
			[]int{1, 1, 0, 3, 20}[i%5])}
		if i%4 == 0 {
			options.RowGroups.RowGroupRows = 5 // and so not sorted as a whole
		}
		files = append(files, m.variantFile(t, filepath.Join(dir, fmt.Sprint(i)), options, 1+m.IntN(40), i%2 == 0, i%6 == 0))
	}
	if runs, _ := column.Runs(files); len(runs) <= 64 {
		t.Fatalf("%d runs are merged in one pass", len(runs))
	}
	want := tabletest.Texts(t, files...)
	compacted, err := lake.Compact(t.Context(), folder, dir, "c1", Schema(), files)
	if err != nil {
		t.Fatal(err)
	}
	tabletest.DiffTexts(t, want, tabletest.Texts(t, compacted...))
	tabletest.CheckMerged(t, compacted, "contigname", "start")
	if err := lake.EndCompaction(folder, dir, "c1", true); err != nil {
		t.Error(err)
	}
	if found, err := filepath.Glob(filepath.Join(dir, "data", "compact", "c1", "*")); err != nil ||
		len(found) != len(compacted) {
		t.Errorf("the folder holds %d files, want %d (%v)", len(found), len(compacted), err)
	}
	again, err := lake.Compact(t.Context(), folder, dir, "c2", Schema(), append(compacted, files[:8]...))
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, tabletest.Texts(t, files[:8]...)...)
	slices.Sort(want)
	tabletest.DiffTexts(t, want, tabletest.Texts(t, again...))
}

// A damaged file ends a compaction with an error that names it, whichever byte is wrong, or with the rows as they were.
func TestCompactDamagedFile(t *testing.T) {
	m := maker{tabletest.Maker{Rand: rand.New(rand.NewPCG(13, 14))}}
	folder, dir := newTable(t)
	file := m.variantFile(t, filepath.Join(dir, "a"), Options{JobID: "j", Samples: sampleNames("s", 2)}, 300, true, false)
	m.EachDamage(t, file.Path, func(n int) error {
		_, err := lake.Compact(t.Context(), folder, dir, fmt.Sprint("c", n), Schema(), []column.DataFile{file})
		return err
	})
}

// newTable gives a data folder and the folder of a table in it.
func newTable(t testing.TB) (folder *warehouse.Folder, dir string) {
	t.Helper()
	data := t.TempDir()
	folder, err := warehouse.NewFolder(data, data)
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(data, "tables", "table")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return folder, dir
}
