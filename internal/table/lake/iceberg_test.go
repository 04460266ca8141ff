package lake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/iceberg-go/table"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
)

func newTable(t *testing.T, name string) (dir, metadata string) {
	t.Helper()
	dir = tableDir(t, name)
	metadata, err := CreateTable(t.Context(), folderOf(t, dir), dir, testSchema(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, metadata
}

// addFile writes a data file of n sorted rows below a table's folder.
func addFile(t *testing.T, dir, name, contig, sample string, n int) column.DataFile {
	t.Helper()
	rows := make([][]column.Value, n)
	for i := range rows {
		rows[i] = rowAt(name, contig, int64(i)*10, "A", sample)
	}
	return writeRows(t, filepath.Join(dir, "data", name), testSchema(), column.Options{}, rows...)
}

func mustAppend(t *testing.T, metadata, jobID string, files ...column.DataFile) string {
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

func mustLoad(t *testing.T, metadata string) *table.Table {
	t.Helper()
	in := folderOf(t, metadata)
	loaded, err := load(t.Context(), in, metadata, &durableFS{in: in}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// currentID is Iceberg's id of the table's snapshot.
func currentID(t *testing.T, metadata string) int64 {
	t.Helper()
	return mustLoad(t, metadata).CurrentSnapshot().SnapshotID
}

// snapshotJobs lists the import job of every snapshot that the table remembers, oldest first.
func snapshotJobs(t *testing.T, metadata string) (jobs []string) {
	t.Helper()
	for _, snapshot := range mustLoad(t, metadata).Metadata().Snapshots() {
		jobs = append(jobs, snapshot.Summary.Properties[jobProperty])
	}
	return jobs
}

// sorted ignores the order in which manifests list files.
var sorted = cmpopts.SortSlices(func(a, b column.DataFile) bool { return a.Path < b.Path })

func TestAppend(t *testing.T) {
	dir, empty := newTable(t, "a 100% strange#table?")
	if files := mustOpen(t, empty).Files(); len(files) != 0 {
		t.Errorf("the new table has files %v", files)
	}
	one, two, three := addFile(t, dir, "1", "1", "a", 10), addFile(t, dir, "2", "1", "b", 20), addFile(t, dir, "3",
		"2", "a", 30)
	first := mustAppend(t, empty, "job1", one, two)
	second := mustAppend(t, first, "job2", three)

	for metadata, want := range map[string][]column.DataFile{empty: nil, first: {one, two}, second: {one, two, three}} {
		if diff := cmp.Diff(want, mustOpen(t, metadata).Files(), sorted, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("files of %s (-want +got):\n%s", filepath.Base(metadata), diff)
		}
	}
	if diff := cmp.Diff([]string{"job1", "job2"}, snapshotJobs(t, second)); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if id := currentID(t, second); id == 0 || id == currentID(t, first) {
		t.Errorf("snapshot id %d, want one of its own", id)
	}
	for _, job := range []string{"job1", "job2"} {
		if next, already, err := Append(t.Context(), folderOf(t, second), second, job, []column.DataFile{one}); next != "" ||
			!already || err != nil {
			t.Errorf("a second Append of %s: %q, already %v, error %v", job, next, already, err)
		}
	}
	before := listDir(t, filepath.Join(dir, "metadata"))
	if next, already, err := Append(t.Context(), folderOf(t, second), second, "job3", nil); next != "" || !already ||
		err != nil {
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
	if diff := cmp.Diff([]column.DataFile{one, two}, mustOpen(t, mustAppend(t, winner, "job2", two)).Files(),
		sorted); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// failingFiles are files of which the last that is to be created cannot be.
type failingFiles struct {
	warehouse.Files
	left int
}

var errInjected = errors.New("injected")

func (f *failingFiles) Create(path string) (warehouse.Writer, error) {
	if f.left--; f.left <= 0 {
		return nil, errInjected
	}
	return f.Files.Create(path)
}

// Whichever file of a commit cannot be written, the table stays as it was and nothing is left behind.
func TestAppendFails(t *testing.T) {
	dir, empty := newTable(t, "table")
	first := mustAppend(t, empty, "job1", addFile(t, dir, "1", "1", "a", 10))
	two := addFile(t, dir, "2", "1", "b", 20)
	want, before := mustOpen(t, first).Files(), listDir(t, filepath.Join(dir, "metadata"))
	fail := 1
	for ; ; fail++ {
		_, _, err := Append(t.Context(), &failingFiles{folderOf(t, dir), fail}, first, "job2", []column.DataFile{two})
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
	if len(paths) != jobs || len(snapshot.Files()) != jobs || len(snapshotJobs(t, metadata)) != jobs {
		t.Errorf("%d files, %d of them different, of %d jobs; want %d", len(snapshot.Files()), len(paths),
			len(snapshotJobs(t, metadata)), jobs)
	}
	loaded := mustLoad(t, metadata)
	manifests, err := loaded.CurrentSnapshot().Manifests(&durableFS{in: folderOf(t, metadata)})
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

// Sweep removes what lost or interrupted commits left, and nothing that the table or its history needs.
func TestSweep(t *testing.T) {
	dir, current := newTable(t, "table")
	for i := range 25 { // past a merge of manifests
		job := fmt.Sprint("job", i)
		current = mustAppend(t, current, job, addFile(t, dir, job, "1", "a", 10*(i+1)))
	}
	if removed, err := Sweep(t.Context(), folderOf(t, current), current); err != nil || removed != 0 {
		t.Errorf("%d files removed, %v; commits leave none, nor that of a manifest merged before any snapshot had it",
			removed, err)
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
