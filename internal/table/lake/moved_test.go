package lake

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
	"github.com/varlake/varlake/internal/table/warehouse"
)

func folderOf(t testing.TB, name string) *warehouse.Folder {
	t.Helper()
	dir, _, ok := strings.Cut(warehouse.Shown(name), "/"+warehouse.Tables+"/")
	if !ok {
		t.Fatalf("%s is not below a folder of tables", name)
	}
	folder, err := warehouse.NewFolder(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// tableDir is where a table may be, in a data folder of its own.
func tableDir(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), warehouse.Tables, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func mustFolder(t *testing.T, dir, location string, former ...string) *warehouse.Folder {
	t.Helper()
	folder, err := warehouse.NewFolder(dir, location, former...)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// A table of a folder that was moved is read and written where it is, by the names of where it was. What is there now
// stays as it is.
func TestMovedTable(t *testing.T) {
	root := t.TempDir()
	was, is := filepath.Join(root, "was"), filepath.Join(root, "is")
	if err := os.Mkdir(was, 0o700); err != nil {
		t.Fatal(err)
	}
	home := mustFolder(t, was, was)
	location := home.TableName("t")
	metadata, err := CreateTable(t.Context(), home, location, testSchema(), nil)
	if err != nil {
		t.Fatal(err)
	}
	metadata = mustAppend(t, metadata, "job1", addFile(t, location, "1", "1", "a", 10))
	if out, err := exec.Command("cp", "-a", was, is).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before := tabletest.Tree(t, was)

	folder := mustFolder(t, is, was)
	file := addFile(t, filepath.Join(is, "tables", "t"), "2", "1", "b", 20)
	next, _, err := Append(t.Context(), folder, metadata, "job2", []column.DataFile{file})
	if err != nil || !strings.HasPrefix(next, warehouse.URI(location)) {
		t.Fatalf("metadata is %s, %v", next, err)
	}
	snapshot, err := Open(t.Context(), folder, next)
	if err != nil || len(snapshot.Files()) != 2 {
		t.Fatal(snapshot, err)
	}
	for _, file := range snapshot.Files() {
		if !strings.HasPrefix(file.Path, is+"/tables/t/data/") {
			t.Errorf("a data file is %s", file.Path)
		}
	}
	// As after a relocation that was killed before it came to this table: what is new is named by another location than
	// what was there.
	if folder, err = warehouse.NewFolder(is, is, was); err != nil {
		t.Fatal(err)
	}
	merged, err := Compact(t.Context(), folder, location, "c", testSchema(), snapshot.Files())
	if err != nil {
		t.Fatal(err)
	}
	compacted, _, err := Replace(t.Context(), folder, next, "c", snapshot.Files(), merged)
	if err == nil {
		err = EndCompaction(folder, location, "c", true)
	}
	if err != nil {
		t.Fatal(err)
	}
	expired, _, err := Expire(t.Context(), folder, compacted, Keep{Snapshots: 1})
	if err != nil {
		t.Fatal(err)
	}
	gone, err := Expired(t.Context(), folder, location, compacted, expired)
	if err != nil || len(gone) == 0 {
		t.Fatal(gone, err)
	}
	if err := folder.RemoveFiles(location, gone); err != nil {
		t.Fatal(err)
	}
	if _, err := Sweep(t.Context(), folder, expired); err != nil {
		t.Fatal(err)
	}
	report, err := Check(t.Context(), folder, expired, CheckOptions{Deep: true})
	if err != nil || len(report.Faults) > 0 || report.Rows["1"] != 10 || report.Rows["2"] != 20 {
		t.Errorf("%v, %v", report, err)
	}
	// A name of where the copy is, in metadata that speaks of where it was, is none of the location's.
	there := []warehouse.File{{Path: filepath.Join(location, "metadata", "x")}}
	if err := folder.RemoveFiles(location, there); err == nil {
		t.Error("a file of the original was removed")
	}
	if err := folder.RemoveTable(location); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, tabletest.Tree(t, was)); diff != "" {
		t.Errorf("the original changed (-was +is):\n%s", diff)
	}
}

// A compaction of a data folder that is another by now is not ended.
func TestEndCompactionOfReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	folder := mustFolder(t, dir, dir)
	location := folder.TableName("t")
	if err := errors.Join(os.Rename(dir, dir+".old"), os.MkdirAll(compactDir(location, "c"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := EndCompaction(folder, location, "c", false); !errors.Is(err, warehouse.ErrReplaced) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(compactDir(location, "c")); err != nil {
		t.Error(err)
	}
}
