package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"
	icebergio "github.com/apache/iceberg-go/io"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func newTable(t *testing.T, name string) (dir, metadata string) {
	t.Helper()
	dir = tableDir(t, name)
	metadata, err := CreateTable(t.Context(), folderOf(t, dir), dir, VariantSchema(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, metadata
}

// addFile writes a data file of n sorted rows below a table's folder.
func addFile(t *testing.T, dir, name, contig, sample string, n int) DataFile {
	t.Helper()
	w, err := NewVariantWriter(filepath.Join(dir, "data", name), VariantOptions{JobID: name})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		site := Site{Contig: []byte(contig), Start: int64(i) * 10, End: int64(i)*10 + 1, Ref: []byte("A")}
		mustWrite(t, w, &site, []testCall{{Sample: []byte(sample)}})
	}
	return mustClose(t, w)
}

func mustAppend(t *testing.T, metadata, jobID string, files ...DataFile) string {
	t.Helper()
	next, already, err := Append(t.Context(), folderOf(t, metadata), metadata, jobID, files)
	if err != nil || already {
		t.Fatalf("Append of job %s: already %v, error %v", jobID, already, err)
	}
	return next
}

func mustOpen(t *testing.T, metadata string) *Snapshot {
	t.Helper()
	s, err := Open(t.Context(), folderOf(t, metadata), metadata)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func listDir(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// sorted ignores the order in which manifests list files.
var sorted = cmpopts.SortSlices(func(a, b DataFile) bool { return a.Path < b.Path })

func TestAppend(t *testing.T) {
	dir, empty := newTable(t, "a 100% strange#table?")
	if files := mustOpen(t, empty).Files(); len(files) != 0 {
		t.Errorf("the new table has files %v", files)
	}
	one, two, three := addFile(t, dir, "1", "1", "a", 10), addFile(t, dir, "2", "1", "b", 20), addFile(t, dir, "3", "2", "a", 30)
	first := mustAppend(t, empty, "job1", one, two)
	second := mustAppend(t, first, "job2", three)

	for metadata, want := range map[string][]DataFile{empty: nil, first: {one, two}, second: {one, two, three}} {
		if diff := cmp.Diff(want, mustOpen(t, metadata).Files(), sorted, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("files of %s (-want +got):\n%s", filepath.Base(metadata), diff)
		}
	}
	last := mustOpen(t, second)
	if diff := cmp.Diff([]string{"job1", "job2"}, last.Jobs()); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if want := one.Bytes + two.Bytes + three.Bytes; last.Bytes() != want {
		t.Errorf("the table has %d bytes, want %d", last.Bytes(), want)
	}
	if last.ID() == 0 || last.ID() == mustOpen(t, first).ID() {
		t.Errorf("snapshot id %d, want one of its own", last.ID())
	}
	for _, job := range []string{"job1", "job2"} {
		if next, already, err := Append(t.Context(), folderOf(t, second), second, job, []DataFile{one}); next != "" || !already || err != nil {
			t.Errorf("a second Append of %s: %q, already %v, error %v", job, next, already, err)
		}
	}
	before := listDir(t, filepath.Join(dir, "metadata"))
	if next, already, err := Append(t.Context(), folderOf(t, second), second, "job3", nil); next != "" || !already || err != nil {
		t.Errorf("Append of nothing: %q, already %v, error %v", next, already, err)
	}
	if diff := cmp.Diff(before, listDir(t, filepath.Join(dir, "metadata"))); diff != "" {
		t.Errorf("Appends that add nothing wrote files:\n%s", diff)
	}
}

// Of two commits on one base the loser is discarded, whole, and committed anew.
func TestDiscard(t *testing.T) {
	dir, empty := newTable(t, "table")
	one, two := addFile(t, dir, "1", "1", "a", 10), addFile(t, dir, "2", "1", "b", 20)
	winner := mustAppend(t, empty, "job1", one)
	before := listDir(t, filepath.Join(dir, "metadata"))
	loser := mustAppend(t, empty, "job2", two)
	if err := Discard(t.Context(), folderOf(t, loser), loser, winner); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, listDir(t, filepath.Join(dir, "metadata"))); diff != "" {
		t.Errorf("Discard left other files (-want +got):\n%s", diff)
	}
	if err := Discard(t.Context(), folderOf(t, winner), winner, winner); err == nil {
		t.Error("Discard of the current metadata succeeded")
	}
	if diff := cmp.Diff([]DataFile{one, two}, mustOpen(t, mustAppend(t, winner, "job2", two)).Files(), sorted); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// failingFS fails when it is to create its last file.
type failingFS struct {
	*durableFS
	left int
}

var errInjected = errors.New("injected")

func (f *failingFS) Create(name string) (icebergio.FileWriter, error) {
	if f.left--; f.left <= 0 {
		return nil, errInjected
	}
	return f.durableFS.Create(name)
}

func (f *failingFS) WriteFile(name string, content []byte) error {
	if f.left--; f.left <= 0 {
		return errInjected
	}
	return f.durableFS.WriteFile(name, content)
}

// Whichever file of a commit cannot be written, the table stays as it was and nothing is left behind.
func TestAppendFails(t *testing.T) {
	dir, empty := newTable(t, "table")
	first := mustAppend(t, empty, "job1", addFile(t, dir, "1", "1", "a", 10))
	two := addFile(t, dir, "2", "1", "b", 20)
	want, before := mustOpen(t, first).Files(), listDir(t, filepath.Join(dir, "metadata"))
	fail := 1
	for ; ; fail++ {
		fs := &failingFS{&durableFS{folder: folderOf(t, dir)}, fail}
		_, _, err := appendFiles(t.Context(), folderOf(t, dir), fs, first, "job2", []DataFile{two})
		fs.removeCreated()
		if err == nil {
			break
		}
		if !errors.Is(err, errInjected) {
			t.Fatalf("error %v, want the injected one", err)
		}
		if diff := cmp.Diff(before, listDir(t, filepath.Join(dir, "metadata"))); diff != "" {
			t.Errorf("failure of write %d left files (-want +got):\n%s", fail, diff)
		}
		if diff := cmp.Diff(want, mustOpen(t, first).Files()); diff != "" {
			t.Errorf("failure of write %d changed the table (-want +got):\n%s", fail, diff)
		}
	}
	if fail != 4 {
		t.Errorf("a commit wrote %d files, want a manifest, a manifest list and a metadata file", fail-1)
	}
}

func TestAppendManyTimes(t *testing.T) {
	dir, metadata := newTable(t, "table")
	const jobs = 120
	file := addFile(t, dir, "0", "1", "a", 10)
	for i := range jobs {
		file.Path = filepath.Join(dir, "data", fmt.Sprint(i))
		metadata = mustAppend(t, metadata, fmt.Sprint("job", i), file)
	}
	snapshot := mustOpen(t, metadata)
	paths := map[string]bool{}
	for _, f := range snapshot.Files() {
		paths[f.Path] = true
	}
	if len(paths) != jobs || len(snapshot.Files()) != jobs || len(snapshot.Jobs()) != jobs {
		t.Errorf("%d files, %d of them different, of %d jobs; want %d", len(snapshot.Files()), len(paths), len(snapshot.Jobs()), jobs)
	}
	loaded, err := load(t.Context(), folderOf(t, metadata), metadata, &durableFS{folder: folderOf(t, metadata)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := loaded.CurrentSnapshot().Manifests(&durableFS{folder: folderOf(t, metadata)})
	if err != nil {
		t.Fatal(err)
	}
	if len(manifests) > 100 {
		t.Errorf("%d manifests: they are not merged", len(manifests))
	}
	log := 0
	for range loaded.Metadata().PreviousFiles() {
		log++
	}
	if log > 100 {
		t.Errorf("the metadata log has %d entries, want 100 at most", log)
	}
}

// Statistics let a reader leave out the row groups of other regions and samples.
func TestRowGroupStatistics(t *testing.T) {
	w, path := newWriter(t, VariantOptions{JobID: "j", RowGroupRows: 1000})
	for i := range 10_000 {
		site := Site{Contig: fmt.Appendf(nil, "chr%d", 1+i/5000), Start: int64(i), End: int64(i) + 1, Ref: []byte("A")}
		mustWrite(t, w, &site, []testCall{{Sample: fmt.Appendf(nil, "S%d", i/1000)}})
	}
	file := mustClose(t, w)
	if len(file.Splits) != 10 {
		t.Fatalf("%d row groups, want 10", len(file.Splits))
	}
	got := queryRows(t, fmt.Sprintf(`SELECT path_in_schema, row_group_id, stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata('%s')
		WHERE path_in_schema IN ('contigname', 'start', 'end', 'sampleid') ORDER BY row_group_id, column_id`, path))
	var want []row
	for group := range int64(10) {
		contig, sample := fmt.Sprintf("chr%d", 1+group/5), fmt.Sprintf("S%d", group)
		want = append(want,
			row{"contigname", group, contig, contig, int64(0)},
			row{"start", group, fmt.Sprint(group * 1000), fmt.Sprint(group*1000 + 999), int64(0)},
			row{"end", group, fmt.Sprint(group*1000 + 1), fmt.Sprint(group*1000 + 1000), int64(0)},
			row{"sampleid", group, sample, sample, int64(0)})
	}
	diffRows(t, want, got)
}

func TestBloomFilter(t *testing.T) {
	w, path := newWriter(t, VariantOptions{JobID: "j", RowGroupRows: 1000})
	for i := range 3000 {
		site := Site{Contig: []byte("1"), Start: int64(i), End: int64(i) + 1, Ref: []byte("A")}
		mustWrite(t, w, &site, []testCall{{Sample: fmt.Appendf(nil, "S%d", i)}})
	}
	mustClose(t, w)
	reader, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for group := range 3 {
		filters, err := reader.GetBloomFilterReader().RowGroup(group)
		if err != nil {
			t.Fatal(err)
		}
		filter, err := filters.GetColumnBloomFilter(leafSample)
		if err != nil {
			t.Fatal(err)
		}
		strangers := 0
		for i := range 3000 {
			found := filter.CheckHash(filter.Hasher().Sum64(fmt.Appendf(nil, "S%d", i)))
			if i/1000 == group && !found {
				t.Errorf("the bloom filter of row group %d denies its sample S%d", group, i)
			}
			if i/1000 != group && found {
				strangers++
			}
		}
		if strangers > 60 { // it is made for 1 % of false positives
			t.Errorf("the bloom filter of row group %d lets %d of 2,000 strangers in", group, strangers)
		}
	}
}

func TestDataFileDescribes(t *testing.T) {
	ids := VariantSchema().ids
	long := strings.Repeat("é", 100)
	w, path := newWriter(t, VariantOptions{JobID: "j"})
	for _, site := range []Site{
		{Contig: []byte("chr1"), Start: 7, End: 9, Ref: []byte("A")},
		{Contig: []byte("chr10"), Start: 3, End: 20, Ref: []byte("A")},
	} {
		mustWrite(t, w, &site, []testCall{{Sample: []byte(long)}, {Sample: []byte("b")}})
		mustWrite(t, w, &site, nil)
	}
	got := mustClose(t, w)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	want := DataFile{
		Path: path, Rows: 6, Bytes: info.Size(), Sorted: true, Splits: []int64{4},
		Nulls: map[int]int64{ids["contigname"]: 0, ids["start"]: 0, ids["end"]: 0, ids["sampleid"]: 2},
		Lower: map[int][]byte{
			ids["contigname"]: []byte("chr1"), ids["sampleid"]: []byte("b"),
			ids["start"]: {3, 0, 0, 0, 0, 0, 0, 0}, ids["end"]: {9, 0, 0, 0, 0, 0, 0, 0},
		},
		Upper: map[int][]byte{
			ids["contigname"]: []byte("chr10"), ids["sampleid"]: []byte(strings.Repeat("é", 63) + "ê"),
			ids["start"]: {7, 0, 0, 0, 0, 0, 0, 0}, ids["end"]: {20, 0, 0, 0, 0, 0, 0, 0},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(DataFile{}, "Sizes")); diff != "" {
		t.Errorf("data file (-want +got):\n%s", diff)
	}
	for _, name := range []string{"contigname", "start", "end", "sampleid"} {
		if size := got.Sizes[ids[name]]; size <= 0 || size >= got.Bytes {
			t.Errorf("column %s takes %d of %d bytes", name, size, got.Bytes)
		}
	}
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var back DataFile
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, back); diff != "" {
		t.Errorf("through JSON (-want +got):\n%s", diff)
	}
}

// Rows are sorted within row groups; whether row groups are is told of the file.
func TestDataFileSorted(t *testing.T) {
	for name, test := range map[string]struct {
		want  bool
		sites []Site
	}{
		"one":                   {true, []Site{{Start: 5}}},
		"equal":                 {true, []Site{{Start: 5}, {Start: 5}}},
		"ascending":             {true, []Site{{Start: 5}, {Start: 6}}},
		"descending":            {false, []Site{{Start: 6}, {Start: 5}}},
		"contigs as text":       {true, []Site{{Contig: []byte("10"), Start: 6}, {Contig: []byte("9"), Start: 5}}},
		"contigs as numbers":    {false, []Site{{Contig: []byte("9")}, {Contig: []byte("10")}}},
		"contig that came back": {false, []Site{{Contig: []byte("1")}, {Contig: []byte("2")}, {Contig: []byte("1")}}},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := newWriter(t, VariantOptions{JobID: "j", RowGroupRows: 1})
			for i := range test.sites {
				mustWrite(t, w, &test.sites[i], nil)
			}
			if got := mustClose(t, w).Sorted; got != test.want {
				t.Errorf("sorted is %v, want %v", got, test.want)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	full := strings.Repeat("a", maxBound)
	for _, test := range []struct{ text, low, high string }{
		{"", "", ""},
		{"chr1", "chr1", "chr1"},
		{full, full, full},
		{full + "b", full, full[1:] + "b"},
		{strings.Repeat("\U0010FFFF", 65), strings.Repeat("\U0010FFFF", 64), "none"},
		{full[1:] + "\U0010FFFFz", full[1:] + "\U0010FFFF", full[2:] + "b"},
		{full[1:] + "\uD7FFz", full[1:] + "\uD7FF", full[1:] + "\uE000"},
		{"ab\xFFc", "ab", "ac"},
		{"\xFF", "", "none"},
	} {
		if got := prefix(test.text); got != test.low || got > test.text {
			t.Errorf("lower bound of %q is %q, want %q", test.text, got, test.low)
		}
		got, ok := above(test.text)
		if !ok {
			got = "none"
		}
		if got != test.high || ok && got < test.text {
			t.Errorf("upper bound of %q is %q, want %q", test.text, got, test.high)
		}
	}
}

// Sweep removes what lost or interrupted commits left, and nothing that the table or its history needs.
func TestSweep(t *testing.T) {
	dir, current := newTable(t, "table")
	for i := range 25 { // past a merge of manifests
		job := fmt.Sprint("job", i)
		current = mustAppend(t, current, job, addFile(t, dir, job, "1", "a", 10*(i+1)))
	}
	if removed, err := Sweep(t.Context(), folderOf(t, current), current); err != nil || removed != 0 {
		t.Errorf("%d files removed, %v; commits leave none, nor that of a manifest merged before any snapshot had it", removed, err)
	}
	before := listDir(t, filepath.Join(dir, "metadata"))
	lost := mustAppend(t, current, "lost", addFile(t, dir, "lost", "1", "a", 7))
	want := mustOpen(t, current).Files()
	if removed, err := Sweep(t.Context(), folderOf(t, current), current); err != nil || removed != 3 {
		t.Errorf("%d files removed, %v; want the 3 of the lost commit", removed, err)
	}
	if diff := cmp.Diff(before, listDir(t, filepath.Join(dir, "metadata"))); diff != "" {
		t.Errorf("other files are left (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, mustOpen(t, current).Files()); diff != "" {
		t.Errorf("the table changed (-want +got):\n%s", diff)
	}
	if _, err := Sweep(t.Context(), folderOf(t, lost), lost); err == nil {
		t.Error("a table without metadata was swept")
	}
}
