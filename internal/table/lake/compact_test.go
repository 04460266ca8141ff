package lake

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// allRows gives the rows of data files, hidden columns included, as texts in byte order.
func allRows(t *testing.T, files ...DataFile) []string {
	t.Helper()
	var paths, texts []string
	for _, file := range files {
		paths = append(paths, "'"+file.Path+"'")
	}
	for _, row := range queryRows(t, fmt.Sprintf("SELECT to_json(t)::VARCHAR FROM read_parquet([%s]) t", strings.Join(paths, ", "))) {
		texts = append(texts, row[0].(string))
	}
	slices.Sort(texts)
	return texts
}

func diffTexts(t *testing.T, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if want[i] != got[i] {
			t.Fatalf("row %d (-want +got):\n-%s\n+%s", i, want[i], got[i])
		}
	}
}

// variantFile writes a data file of random records. With near they are in order and few positions apart, so that files have some in common.
func (m maker) variantFile(t *testing.T, dir string, options VariantOptions, records int, near, annotations bool) DataFile {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := NewVariantWriter(filepath.Join(dir, "rows.parquet"), options)
	if err != nil {
		t.Fatal(err)
	}
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
				made[0].Text = m.maybe()
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

// checkMerged tells whether the files are sorted, apart from each other, and described as their rows are.
func checkMerged(t *testing.T, files []DataFile, contig, start string) {
	t.Helper()
	last := ""
	for _, file := range files {
		if !file.Sorted {
			t.Errorf("%s is not sorted", file.Path)
		}
		for _, row := range queryRows(t, fmt.Sprintf("SELECT %q, %q FROM read_parquet('%s', file_row_number = true) ORDER BY file_row_number", contig, start, file.Path)) {
			key := fmt.Sprintf("%v\x00%020d", row[0], row[1])
			if key < last {
				t.Fatalf("%s: row %q follows row %q", file.Path, key, last)
			}
			last = key
		}
	}
}

// Whatever the files, a compaction of them holds the same rows, in order, through all that bounds files, passes and rows read ahead.
func TestCompactKeepsRows(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(3, 4))}
	dir := tableDir(t, "table")
	var files []DataFile
	for i := range 24 {
		options := VariantOptions{JobID: fmt.Sprintf("job%d", i/3), Item: i % 3, Samples: sampleNames(fmt.Sprintf("s%d_", i%7), []int{1, 1, 0, 3, 20}[i%5])}
		if i%4 == 0 {
			options.RowGroupRows = 5 // and so not sorted as a whole
		}
		files = append(files, m.variantFile(t, filepath.Join(dir, fmt.Sprint(i)), options, 1+m.IntN(40), i%2 == 0, i%6 == 0))
	}
	if _, costs := mergeRuns(files); len(mergeGroups(costs)) < 2 {
		t.Fatalf("%d runs are merged in one pass", len(costs))
	}
	want := allRows(t, files...)
	compacted, err := Compact(t.Context(), folderOf(t, dir), dir, "c1", VariantSchema(), files)
	if err != nil {
		t.Fatal(err)
	}
	diffTexts(t, want, allRows(t, compacted...))
	checkMerged(t, compacted, "contigname", "start")
	if err := EndCompaction(folderOf(t, dir), dir, "c1", true); err != nil {
		t.Error(err)
	}
	if found, err := filepath.Glob(filepath.Join(compactDir(dir, "c1"), "*")); err != nil || len(found) != len(compacted) {
		t.Errorf("the folder holds %d files, want %d (%v)", len(found), len(compacted), err)
	}
	again, err := Compact(t.Context(), folderOf(t, dir), dir, "c2", VariantSchema(), append(compacted, files[:8]...))
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, allRows(t, files[:8]...)...)
	slices.Sort(want)
	diffTexts(t, want, allRows(t, again...))
}

// Files of a target size are apart from each other.
func TestMergeCutsFiles(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(5, 6))}
	dir := tableDir(t, "table")
	var files []DataFile
	for i := range 6 {
		files = append(files, m.variantFile(t, filepath.Join(dir, fmt.Sprint(i)), VariantOptions{JobID: "j", Item: i, Samples: sampleNames("s", 20)}, 100, true, false))
	}
	runs, _ := mergeRuns(files)
	merging := newMerge(nil, VariantSchema(), dir, 1)
	merging.rowGroupRows = 1000
	merged, err := merging.run(t.Context(), runs)
	if err != nil {
		t.Fatal(err)
	}
	if len(merged) < 6 {
		t.Fatalf("%d files", len(merged))
	}
	diffTexts(t, allRows(t, files...), allRows(t, merged...))
	checkMerged(t, merged, "contigname", "start")
}

// A record's rows share its site again, and its samples their order, whatever is merged with them.
func TestMergeKeepsSites(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(7, 8))}
	dir := tableDir(t, "table")
	const records, samples = 20, 30
	var files []DataFile
	for i := range 4 {
		options := VariantOptions{JobID: "j", Item: i, Samples: sampleNames(fmt.Sprint("s", i%2), samples)}
		files = append(files, m.variantFile(t, filepath.Join(dir, fmt.Sprint(i)), options, records, true, true))
	}
	merging := newMerge(nil, VariantSchema(), dir, 0)
	var sites []int
	for place := range files {
		runs, _ := mergeRuns(files[place : place+1])
		c := &mergeCursor{merge: merging, place: place, run: runs[0]}
		for more, err := c.advance(); more || err != nil; more, err = c.advance() {
			if err != nil {
				t.Fatal(err)
			}
			if err := merging.add(c); err != nil {
				t.Fatal(err)
			}
		}
		sites = append(sites, len(merging.w.sites))
	}
	defer merging.w.Abort()
	if sites[3] != 4*records || merging.w.rows != 4*records*samples {
		t.Errorf("%d rows are %d sites, %d wanted", merging.w.rows, sites[3], 4*records)
	}
}

func TestCompactFlatTables(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(9, 10))}
	for name, sorted := range map[string]bool{"sorted": true, "unsorted": false} {
		t.Run(name, func(t *testing.T) {
			columns := m.columns(12)
			var sortBy []string
			if sorted {
				sortBy = []string{"chrom", "start"}
			}
			schema := mustSchema(t, columns, sortBy, []string{"chrom", "start", "end"})
			dir := tableDir(t, "table")
			var files []DataFile
			for i := range 8 {
				w := newRowWriter(t, filepath.Join(dir, fmt.Sprint(i)), schema, RowOptions{RowGroupRows: 1 + m.IntN(100)})
				for range m.IntN(120) {
					mustWriteRow(t, w, m.row(columns, 3))
				}
				if file := closeRows(t, w); file.Rows > 0 {
					files = append(files, file)
				}
			}
			compacted, err := Compact(t.Context(), folderOf(t, dir), dir, "c", schema, files)
			if err != nil {
				t.Fatal(err)
			}
			diffTexts(t, allRows(t, files...), allRows(t, compacted...))
			if compacted[0].Sorted != sorted {
				t.Errorf("sorted: %v", compacted[0].Sorted)
			}
		})
	}
}

// Files of before the hidden columns read as NULL in them; files of other columns are refused and nothing is left.
func TestCompactOtherFiles(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(11, 12))}
	dir := tableDir(t, "table")
	file := m.variantFile(t, filepath.Join(dir, "a"), VariantOptions{JobID: "j", Samples: sampleNames("s", 2)}, 50, true, true)
	flat := mustSchema(t, []FlatColumn{{"importjobid", TypeText}, {"n", TypeInt}}, nil, nil)
	if _, err := Compact(t.Context(), folderOf(t, dir), dir, "c", flat, []DataFile{file, file}); err == nil || !strings.Contains(err.Error(), file.Path) {
		t.Errorf("a file of other columns: error %v", err)
	}
	if _, err := os.Stat(compactDir(dir, "c")); !os.IsNotExist(err) {
		t.Errorf("the folder of the failed compaction is there: %v", err)
	}
	wider := mustSchema(t, []FlatColumn{{"importjobid", TypeText}, {"n", TypeInt}, {"more", TypeText}}, []string{"importjobid"}, nil)
	w := newRowWriter(t, filepath.Join(dir, "old"), flat, RowOptions{})
	for i := range 5 {
		mustWriteRow(t, w, []Value{{Text: []byte("j")}, {Int: int64(i)}})
	}
	old := closeRows(t, w)
	compacted, err := Compact(t.Context(), folderOf(t, dir), dir, "c", wider, []DataFile{old})
	if err != nil {
		t.Fatal(err)
	}
	got := queryRows(t, fmt.Sprintf("SELECT count(*), count(n), count(more) FROM read_parquet('%s')", compacted[0].Path))
	if want := fmt.Sprint([]row{{int64(5), int64(5), int64(0)}}); fmt.Sprint(got) != want {
		t.Errorf("rows, n, more: %v, want %v", got, want)
	}
}

// A damaged file ends a compaction with an error that names it, whichever byte is wrong, or with the rows as they were.
func TestCompactDamagedFile(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(13, 14))}
	dir := tableDir(t, "table")
	file := m.variantFile(t, filepath.Join(dir, "a"), VariantOptions{JobID: "j", Samples: sampleNames("s", 2)}, 300, true, false)
	eachDamage(t, m, file.Path, func(n int) error {
		_, err := Compact(t.Context(), folderOf(t, dir), dir, fmt.Sprint("c", n), VariantSchema(), []DataFile{file})
		return err
	})
}

// eachDamage has a data file read with one bit of it wrong, of some hundred bits, most of them of the footer: decoders trust it most.
func eachDamage(t *testing.T, m maker, path string, read func(n int) error) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	footer := len(whole) - parquetTail - int(binary.LittleEndian.Uint32(whole[len(whole)-parquetTail:]))
	refused := 0
	for i := range 400 {
		damaged := slices.Clone(whole)
		at := m.IntN(len(damaged))
		if i%4 > 0 {
			at = footer + m.IntN(len(damaged)-footer)
		}
		damaged[at] ^= byte(1 << m.IntN(8))
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		err := read(i)
		if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("byte %d: error %v", at, err)
		}
		if err != nil {
			refused++
		}
	}
	if refused < 100 {
		t.Errorf("only %d of 400 damaged files were refused", refused)
	}
}

// Reading of snapshots: what the table held at each of them is still there after rounds of compaction beside appends, and expiry
// takes away what was to go, and nothing else.
func TestCompactSnapshots(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(15, 16))}
	location, metadata := newTable(t, "compacted")
	rows := map[int64][]string{} // by snapshot
	var all []string
	job := 0
	add := func() {
		job++
		options := VariantOptions{JobID: fmt.Sprint("job", job), Samples: sampleNames("s", 1+m.IntN(3))}
		file := m.variantFile(t, filepath.Join(location, "data", options.JobID, "0", "1"), options, 1+m.IntN(30), true, false)
		metadata = mustAppend(t, metadata, options.JobID, file)
		all = append(all, allRows(t, file)...)
		slices.Sort(all)
		rows[mustOpen(t, metadata).ID()] = slices.Clone(all)
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
		merged, err := Compact(t.Context(), folderOf(t, location), location, id, VariantSchema(), files)
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
		rows[mustOpen(t, metadata).ID()] = slices.Clone(all)
		if compacted%2 == 0 { // as if killed before it could note so
			if settled, err := SettleCompactions(t.Context(), folderOf(t, location), location, metadata); err != nil || settled != 1 {
				t.Errorf("%d compactions settled, error %v", settled, err)
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
		fs := &durableFS{folder: folderOf(t, metadata)}
		table, err := load(context.Background(), fs.folder, metadata, fs, nil)
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
			var files []DataFile
			manifests, err := snapshot.Manifests(fs)
			if err != nil {
				t.Fatal(err)
			}
			for _, manifest := range manifests {
				for entry, err := range manifest.Entries(fs, true) {
					if err != nil {
						t.Fatal(err)
					}
					files = append(files, DataFile{Path: shown(entry.DataFile().FilePath())})
				}
			}
			diffTexts(t, rows[snapshot.SnapshotID], allRows(t, files...))
		}
	}
	check(len(rows))
	if _, err := Compact(t.Context(), folderOf(t, location), location, "lost", VariantSchema(), mustOpen(t, metadata).Files()); err != nil {
		t.Fatal(err)
	}
	if settled, err := SettleCompactions(t.Context(), folderOf(t, location), location, metadata); err != nil || settled != 1 {
		t.Errorf("%d compactions settled, error %v", settled, err)
	}
	if _, err := os.Stat(compactDir(location, "lost")); !os.IsNotExist(err) {
		t.Errorf("the files of a lost compaction are there: %v", err)
	}
	if next, _, err := Expire(t.Context(), folderOf(t, metadata), metadata, Keep{Snapshots: 3, Age: time.Hour}); err != nil || next != "" {
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
	if err := RemoveFiles(folderOf(t, location), location, gone); err != nil {
		t.Fatal(err)
	}
	check(3)
	listed, err := ListFiles(folderOf(t, location), location)
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
	m := maker{rand.New(rand.NewPCG(17, 18))}
	snapshot := &Snapshot{}
	imported, rewritten, most := int64(0), int64(0), 0
	for i := range 3000 {
		size := 100<<10 + m.Int64N(900<<10)
		imported += size
		snapshot.files = append(snapshot.files, DataFile{Path: fmt.Sprintf("/t/data/j%d/0/1/a.parquet", i), Bytes: size})
		for round := 0; ; round++ {
			files := snapshot.Crowded(false)
			if files == nil {
				break
			}
			merged := int64(0)
			for _, file := range files {
				merged += file.Bytes
				snapshot.files = slices.DeleteFunc(snapshot.files, func(f DataFile) bool { return f.Path == file.Path })
			}
			rewritten += merged
			snapshot.files = append(snapshot.files, DataFile{Path: fmt.Sprintf("/t/data/compact/%d-%d/a.parquet", i, round), Bytes: merged})
		}
		most = max(most, len(snapshot.runs()))
	}
	if rewritten > 6*imported || most > 50 {
		t.Errorf("%d bytes imported, %d written again, %d runs at most", imported, rewritten, most)
	}
	if files := snapshot.Crowded(true); len(files) != len(snapshot.files) {
		t.Errorf("all: %d files of %d", len(files), len(snapshot.files))
	}
	large := &Snapshot{files: []DataFile{{Path: "/t/a/x", Bytes: compactFinalBytes}, {Path: "/t/b/x", Bytes: compactFinalBytes}, {Path: "/t/c/x", Bytes: 1}}}
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
	covered := int32(0)
	for _, group := range mergeGroups(costs) {
		total := int64(0)
		for _, cost := range costs[group.first:group.end] {
			total += cost
		}
		if group.first != covered || total > compactMemory && group.end-group.first > 2 || group.end-group.first > compactFan {
			t.Errorf("group %v of %d bytes", group, total)
		}
		covered = group.end
	}
	if int(covered) != len(costs) {
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

// Merging the files of one-sample imports, and those of joint-called ones; heap-MB is what is live at its peak.
func BenchmarkCompact(b *testing.B) {
	for name, of := range map[string]struct{ files, records, samples int }{
		"one sample": {64, 5_000, 1}, "large files": {8, 300_000, 1}, "panel": {6, 200, 2504},
	} {
		b.Run(name, func(b *testing.B) {
			dir := tableDir(b, "table")
			var files []DataFile
			rows, bytes := 0, int64(0)
			for i := range of.files {
				rng := rand.New(rand.NewPCG(1, uint64(i)))
				records := oneSample(rng, of.records)
				if of.samples > 1 {
					records = panel(rng, of.records, of.samples)
				}
				w, err := NewVariantWriter(filepath.Join(dir, fmt.Sprint(i)), VariantOptions{JobID: fmt.Sprint("job", i)})
				if err != nil {
					b.Fatal(err)
				}
				for line := range records {
					records[line].site.Line = int64(line + 1)
					if err := writeCalls(w, &records[line].site, records[line].calls); err != nil {
						b.Fatal(err)
					}
				}
				file, err := w.Close()
				if err != nil {
					b.Fatal(err)
				}
				files, rows, bytes = append(files, file), rows+int(file.Rows), bytes+file.Bytes
			}
			runtime.GC()
			peak, done := uint64(0), make(chan struct{})
			go func() {
				for {
					select {
					case <-done:
						return
					case <-time.After(5 * time.Millisecond):
						var memory runtime.MemStats
						runtime.ReadMemStats(&memory)
						peak = max(peak, memory.NextGC/2) // what was live at the last collection
					}
				}
			}()
			n, written, before := 0, int64(0), cpuTime(b)
			for b.Loop() {
				n++
				compacted, err := Compact(b.Context(), folderOf(b, dir), dir, fmt.Sprint(n), VariantSchema(), files)
				if err != nil {
					b.Fatal(err)
				}
				for i := range compacted {
					written += compacted[i].Bytes
				}
			}
			done <- struct{}{}
			b.ReportMetric(float64(cpuTime(b)-before)/float64(n*rows), "cpu-ns/row")
			b.ReportMetric(float64(n*rows)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(written)/float64(int64(n)*bytes), "size-ratio")
			b.ReportMetric(float64(peak)/(1<<20), "heap-MB")
		})
	}
}
