package lake

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// Whatever the files, a compaction of them holds the same rows, in order, through all that bounds files, passes and
// rows read ahead.
func TestCompactKeepsRows(t *testing.T) {
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(3, 4))}
	dir := tableDir(t, "table")
	var files []column.DataFile
	for i := range 30 {
		options := column.Options{}
		if i%4 == 0 {
			options.RowGroupRows = 2 // and so not sorted as a whole
		}
		files = append(files, randomPlaces(t, m, filepath.Join(dir, fmt.Sprint(i)), fmt.Sprintf("job%d", i/3),
			1+m.IntN(40), options))
	}
	if _, costs := column.Runs(files); len(mergeGroups(costs)) < 2 {
		t.Fatalf("%d runs are merged in one pass", len(costs))
	}
	compacted, err := Compact(t.Context(), folderOf(t, dir), dir, "c1", testSchema(), files)
	if err != nil {
		t.Fatal(err)
	}
	tabletest.DiffTexts(t, tabletest.Texts(t, files...), tabletest.Texts(t, compacted...))
	tabletest.CheckMerged(t, compacted, "contigname", "start")
	if err := EndCompaction(folderOf(t, dir), dir, "c1", true); err != nil {
		t.Error(err)
	}
	if found, err := filepath.Glob(filepath.Join(compactDir(dir, "c1"), "*")); err != nil || len(found) != len(compacted) {
		t.Errorf("the folder holds %d files, want %d (%v)", len(found), len(compacted), err)
	}
}

func TestCompactFlatTables(t *testing.T) {
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(9, 10))}
	for name, sorted := range map[string]bool{"sorted": true, "unsorted": false} {
		t.Run(name, func(t *testing.T) {
			columns := m.Columns(12)
			var sortBy []string
			if sorted {
				sortBy = []string{"chrom", "start"}
			}
			schema := mustSchema(t, columns, sortBy, []string{"chrom", "start", "end"})
			dir := tableDir(t, "table")
			var files []column.DataFile
			for i := range 8 {
				options := column.Options{RowGroupRows: 1 + m.IntN(100)}
				var rows [][]column.Value
				for range m.IntN(120) {
					rows = append(rows, m.Row(columns, 3))
				}
				if len(rows) > 0 {
					files = append(files, writeRows(t, filepath.Join(dir, fmt.Sprint(i)), schema, options, rows...))
				}
			}
			compacted, err := Compact(t.Context(), folderOf(t, dir), dir, "c", schema, files)
			if err != nil {
				t.Fatal(err)
			}
			tabletest.DiffTexts(t, tabletest.Texts(t, files...), tabletest.Texts(t, compacted...))
			if compacted[0].Sorted != sorted {
				t.Errorf("sorted: %v", compacted[0].Sorted)
			}
		})
	}
}

// Files of before a column was there read as NULL in it; files of other columns are refused and nothing is left.
func TestCompactOtherFiles(t *testing.T) {
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(11, 12))}
	dir := tableDir(t, "table")
	file := randomPlaces(t, m, filepath.Join(dir, "a"), "j", 50, column.Options{})
	flat := mustSchema(t, []column.Flat{{Name: "importjobid", Type: column.TypeText}, {Name: "n", Type: column.TypeInt}},
		nil, nil)
	if _, err := Compact(t.Context(), folderOf(t, dir), dir, "c", flat, []column.DataFile{file, file}); err == nil ||
		!strings.Contains(err.Error(), file.Path) {
		t.Errorf("a file of other columns: error %v", err)
	}
	if _, err := os.Stat(compactDir(dir, "c")); !os.IsNotExist(err) {
		t.Errorf("the folder of the failed compaction is there: %v", err)
	}
	wider := mustSchema(t, []column.Flat{{Name: "importjobid", Type: column.TypeText}, {Name: "n", Type: column.TypeInt},
		{Name: "more", Type: column.TypeText}}, []string{"importjobid"}, nil)
	var rows [][]column.Value
	for i := range 5 {
		rows = append(rows, []column.Value{{Text: []byte("j")}, {Int: int64(i)}})
	}
	old := writeRows(t, filepath.Join(dir, "old"), flat, column.Options{}, rows...)
	compacted, err := Compact(t.Context(), folderOf(t, dir), dir, "c", wider, []column.DataFile{old})
	if err != nil {
		t.Fatal(err)
	}
	got := tabletest.Query(t, fmt.Sprintf("SELECT count(*), count(n), count(more) FROM read_parquet('%s')",
		compacted[0].Path))
	if want := fmt.Sprint([]tabletest.Row{{int64(5), int64(5), int64(0)}}); fmt.Sprint(got) != want {
		t.Errorf("rows, n, more: %v, want %v", got, want)
	}
}

// A damaged file ends a compaction with an error that names it, whichever byte is wrong, or with the rows as they were.
func TestCompactDamagedFile(t *testing.T) {
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(13, 14))}
	dir := tableDir(t, "table")
	file := randomPlaces(t, m, filepath.Join(dir, "a"), "j", 600, column.Options{})
	m.EachDamage(t, file.Path, func(n int) error {
		_, err := Compact(t.Context(), folderOf(t, dir), dir, fmt.Sprint("c", n), testSchema(), []column.DataFile{file})
		return err
	})
}

// Reading of snapshots: what the table held at each of them is still there after rounds of compaction beside appends,
// and expiry takes away what was to go, and nothing else.
func TestCompactSnapshots(t *testing.T) {
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(15, 16))}
	location, metadata := newTable(t, "compacted")
	rows := map[int64][]string{} // by snapshot
	var all []string
	job := 0
	add := func() {
		job++
		id := fmt.Sprint("job", job)
		file := randomPlaces(t, m, filepath.Join(location, "data", id, "0", "1"), id, 1+m.IntN(60), column.Options{})
		metadata = mustAppend(t, metadata, id, file)
		all = append(all, tabletest.Texts(t, file)...)
		slices.Sort(all)
		rows[currentID(t, metadata)] = slices.Clone(all)
	}
	compacted := 0
	for range 22 {
		add()
		snapshot := mustOpen(t, metadata)
		files := snapshot.Crowded(false)
		if files == nil {
			continue
		}
		id := fmt.Sprint("c", compacted)
		merged, err := Compact(t.Context(), folderOf(t, location), location, id, testSchema(), files)
		if err != nil {
			t.Fatal(err)
		}
		if compacted%2 == 1 { // an import commits meanwhile
			add()
		}
		compacted++
		if lost, _, err := Replace(t.Context(), folderOf(t, metadata), metadata, id, files, merged); err != nil {
			t.Fatal(err)
		} else if err := Discard(t.Context(), folderOf(t, lost), lost, metadata); err != nil {
			t.Error(err)
		}
		next, gone, err := Replace(t.Context(), folderOf(t, metadata), metadata, id, files, merged)
		if err != nil || gone {
			t.Fatalf("replace: gone %v, error %v", gone, err)
		}
		if _, gone, err := Replace(t.Context(), folderOf(t, next), next, id, files, merged); err != nil || !gone {
			t.Errorf("replace again: gone %v, error %v", gone, err)
		}
		metadata = next
		rows[currentID(t, metadata)] = slices.Clone(all)
		if compacted%2 == 0 { // as if killed before it could note so
			if ended, err := EndCompactions(t.Context(), folderOf(t, location), location, metadata); err != nil || ended != 1 {
				t.Errorf("%d compactions ended, error %v", ended, err)
			}
		} else if err := EndCompaction(folderOf(t, location), location, id, true); err != nil {
			t.Error(err)
		}
	}
	if compacted < 2 {
		t.Fatalf("%d compactions", compacted)
	}
	check := func(kept int) {
		t.Helper()
		fs := &durableFS{in: folderOf(t, metadata)}
		table, err := load(context.Background(), fs.in, metadata, fs, nil)
		if err != nil {
			t.Fatal(err)
		}
		snapshots := table.Metadata().Snapshots()
		if len(snapshots) != kept {
			t.Fatalf("%d snapshots, want %d", len(snapshots), kept)
		}
		for i, snapshot := range snapshots {
			if i%5 != 0 && i != len(snapshots)-1 {
				continue
			}
			var files []column.DataFile
			manifests, err := snapshot.Manifests(fs)
			if err != nil {
				t.Fatal(err)
			}
			for _, manifest := range manifests {
				for entry, err := range manifest.Entries(fs, true) {
					if err != nil {
						t.Fatal(err)
					}
					files = append(files, column.DataFile{Path: warehouse.Shown(entry.DataFile().FilePath())})
				}
			}
			tabletest.DiffTexts(t, rows[snapshot.SnapshotID], tabletest.Texts(t, files...))
		}
	}
	check(len(rows))
	if _, err := Compact(t.Context(), folderOf(t, location), location, "lost", testSchema(),
		mustOpen(t, metadata).Files()); err != nil {
		t.Fatal(err)
	}
	if ended, err := EndCompactions(t.Context(), folderOf(t, location), location, metadata); err != nil || ended != 1 {
		t.Errorf("%d compactions ended, error %v", ended, err)
	}
	if _, err := os.Stat(compactDir(location, "lost")); !os.IsNotExist(err) {
		t.Errorf("the files of a lost compaction are there: %v", err)
	}
	if next, _, err := Expire(t.Context(), folderOf(t, metadata), metadata,
		Keep{Snapshots: 3, Age: time.Hour}); err != nil || next != "" {
		t.Errorf("expire young snapshots: %q, error %v", next, err)
	}
	next, expired, err := Expire(t.Context(), folderOf(t, metadata), metadata, Keep{Snapshots: 3})
	if err != nil || expired != len(rows)-3 {
		t.Fatalf("expire: %d of %d, error %v", expired, len(rows), err)
	}
	gone, err := Expired(t.Context(), folderOf(t, location), location, metadata, next)
	if err != nil {
		t.Fatal(err)
	}
	metadata = next
	if err := folderOf(t, location).RemoveFiles(location, gone); err != nil {
		t.Fatal(err)
	}
	check(3)
	listed, err := warehouse.ListFiles(folderOf(t, location), location)
	if err != nil {
		t.Fatal(err)
	}
	if orphans, err := Orphans(t.Context(), folderOf(t, metadata), metadata, listed); err != nil || len(orphans) > 0 {
		t.Errorf("orphans %v, error %v", orphans, err)
	}
	add()
}

// However many imports there are, a row is written again few times and a query looks into few runs.
func TestCrowdedIsLogarithmic(t *testing.T) {
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(17, 18))}
	snapshot := &Snapshot{}
	imported, rewritten, most := int64(0), int64(0), 0
	for i := range 3000 {
		size := 100<<10 + m.Int64N(900<<10)
		imported += size
		snapshot.files = append(snapshot.files, column.DataFile{Path: fmt.Sprintf("/t/data/j%d/0/1/a.parquet", i),
			Bytes: size})
		for round := 0; ; round++ {
			files := snapshot.Crowded(false)
			if files == nil {
				break
			}
			merged := int64(0)
			for _, file := range files {
				merged += file.Bytes
				snapshot.files = slices.DeleteFunc(snapshot.files, func(f column.DataFile) bool { return f.Path == file.Path })
			}
			rewritten += merged
			snapshot.files = append(snapshot.files,
				column.DataFile{Path: fmt.Sprintf("/t/data/compact/%d-%d/a.parquet", i, round), Bytes: merged})
		}
		most = max(most, len(snapshot.runs()))
	}
	if rewritten > 6*imported || most > 50 {
		t.Errorf("%d bytes imported, %d written again, %d runs at most", imported, rewritten, most)
	}
	if files := snapshot.Crowded(true); len(files) != len(snapshot.files) {
		t.Errorf("all: %d files of %d", len(files), len(snapshot.files))
	}
	large := &Snapshot{files: []column.DataFile{{Path: "/t/a/x", Bytes: compactFinalBytes},
		{Path: "/t/b/x", Bytes: compactFinalBytes}, {Path: "/t/c/x", Bytes: 1}}}
	if files := large.Crowded(true); files != nil {
		t.Errorf("large runs are written again: %v", files)
	}
}

func TestMergeGroups(t *testing.T) {
	var costs []int64
	for range 1000 {
		costs = append(costs, 3<<20)
	}
	costs = append(costs, compactMemory, compactMemory, compactMemory)
	covered := 0
	for _, group := range mergeGroups(costs) {
		total := int64(0)
		for _, cost := range costs[group.first:group.end] {
			total += cost
		}
		if group.first != covered || total > compactMemory && group.end-group.first > 2 ||
			group.end-group.first > compactFan {
			t.Errorf("group %v of %d bytes", group, total)
		}
		covered = group.end
	}
	if covered != len(costs) {
		t.Errorf("%d of %d runs are in groups", covered, len(costs))
	}
}

// Whoever waits for readers waits for those that have begun.
func TestReaders(t *testing.T) {
	var readers Readers
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := readers.Wait(ended); err != nil {
		t.Errorf("no reader was waited for: %v", err)
	}
	first, second := readers.Begin(), readers.Begin()
	first()
	first()
	if err := readers.Wait(ended); err != context.Canceled {
		t.Errorf("the second reader was not waited for: %v", err)
	}
	waited := make(chan error)
	go func() { waited <- readers.Wait(context.Background()) }()
	second()
	if err := <-waited; err != nil {
		t.Error(err)
	}
}
