package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
)

// do runs a command on a data folder.
func do(t *testing.T, data string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	code = run(t.Context(), append(args, "--data", data), &out, &errs)
	return code, out.String(), errs.String()
}

// newData makes a data folder with the table of an annotation store, whose folder's name it gives.
func newData(t *testing.T) (data, table string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	code, _, stderr := do(t, data, "annotation", "create", "genes", "--format", "gff")
	entries, err := os.ReadDir(filepath.Join(data, "tables"))
	if code != exitOK || err != nil || len(entries) != 1 {
		t.Fatalf("%d, %s, %v, %v", code, stderr, entries, err)
	}
	return data, entries[0].Name()
}

// A folder of stores that is in a place which starts empty is not served; nothing of it is lost, and the cleaners leave
// what they did not make.
func TestStoresAreNotWhatStartsEmpty(t *testing.T) {
	data, table := newData(t)
	for _, link := range [][2]string{{"tables", "uploads/t"}, {"tables", "tmp/t"}, {"tables/" + table, "uploads/t"},
		{"tables/" + table + "/data", "tmp/t"}} {
		path, target := filepath.Join(data, link[0]), filepath.Join(data, link[1])
		if err := errors.Join(os.MkdirAll(filepath.Dir(target), 0o700), os.MkdirAll(path, 0o700), os.Rename(path, target),
			os.Symlink(target, path)); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadDir(target)
		if err != nil {
			t.Fatal(err)
		}
		want := link[0] + " and " + filepath.Dir(link[1]) + " in the data folder are, by a link, in one place"
		for _, command := range [][]string{{"check"}, {"query", "SELECT 1"}, {"relocate"}, {"access-key", "list"},
			{"recover"}} {
			if code, _, stderr := do(t, data, command...); code == exitOK || !strings.Contains(stderr, want) {
				t.Errorf("%v of %v: %d, %s", command, link, code, stderr)
			}
		}
		paths := dataPaths{data}
		if err := paths.emptySpill(); err != nil {
			t.Error(err)
		}
		db, err := meta.Open(t.Context(), paths.state())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(removeUploads(t.Context(), db, paths.uploads()), db.Close()); err != nil {
			t.Error(err)
		}
		after, err := os.ReadDir(target)
		if err != nil || len(after) != len(before) {
			t.Errorf("%v: %v before, %v after, %v", link, before, after, err)
		}
		if err := errors.Join(os.Remove(path), os.Rename(target, path)); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := do(t, data, "check", "--deep"); code != exitOK {
		t.Error(stderr)
	}
}

// What is below the link of a store's folder is no table that the state does not know.
func TestLinkedTableIsNotStrange(t *testing.T) {
	data, table := newData(t)
	path := filepath.Join(data, "tables", table)
	if err := errors.Join(os.Rename(path, filepath.Join(data, "tables", "real")), os.Symlink("real", path)); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := do(t, data, "check", "--orphans", "--remove"); code != exitOK ||
		strings.Contains(stdout+stderr, "tables/real") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := do(t, data, "check"); code != exitOK {
		t.Error(stderr)
	}
}

// A folder that was copied by hard links is refused, before anything is locked or written, until the copy has a state
// of its own: each works then, and files of tables may be both's.
func TestHardLinkedCopyIsRefused(t *testing.T) {
	data, _ := newData(t)
	copied := filepath.Join(t.TempDir(), "copy")
	if out, err := exec.Command("cp", "-al", data, copied).CombinedOutput(); err != nil {
		t.Fatalf("%s %v", out, err)
	}
	for _, dir := range []string{data, copied} {
		for _, command := range [][]string{{"check"}, {"query", "SELECT 1"}, {"relocate"}, {"access-key", "list"},
			{"recover"}} {
			code, _, stderr := do(t, dir, command...)
			if code == exitOK || !strings.Contains(stderr,
				"varlake.db, lock in "+dir+" is another folder's, too, by a hard link") ||
				!strings.Contains(stderr, "in the copy: cp -p varlake.db x && mv x varlake.db && cp -p lock x && mv x lock") {
				t.Errorf("%v: %d, %s", command, code, stderr)
			}
		}
	}
	config := defaultConfig(copied)
	config.Listen = "127.0.0.1:0"
	if s, err := startServer(t.Context(), config); err == nil || !strings.Contains(err.Error(), "by a hard link") {
		t.Errorf("serve: %v", err)
		if err == nil {
			t.Fatal(s.Stop(t.Context()))
		}
	}
	way := exec.Command("sh", "-c", "cp -p varlake.db x && mv x varlake.db && cp -p lock x && mv x lock")
	way.Dir = copied
	if out, err := way.CombinedOutput(); err != nil {
		t.Fatalf("%s %v", out, err)
	}
	gff := filepath.Join(t.TempDir(), "a.gff")
	if err := os.WriteFile(gff, []byte("##gff-version 3\n1\tx\tgene\t1\t9\t.\t+\t.\tID=a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := contentsOf(t, data)
	if code, _, stderr := do(t, copied, "annotation", "import", "genes", gff); code != exitOK {
		t.Fatal(stderr)
	}
	if diff := cmp.Diff(before, contentsOf(t, data)); diff != "" {
		t.Errorf("the original (-before +after):\n%s", diff)
	}
	for dir, want := range map[string]string{data: "0", copied: "1"} {
		if code, stdout, stderr := do(t, dir, "query", "--format", "csv", "SELECT count(*) FROM genes"); code != exitOK ||
			!strings.Contains(stdout, want) {
			t.Errorf("%s: %d, %s%s", dir, code, stdout, stderr)
		}
	}
}

func contentsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	contents := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var raw []byte
			raw, err = os.ReadFile(path)
			contents[path] = string(raw)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

// What a killed recovery left goes with the next start.
func TestLeftoversGo(t *testing.T) {
	data, _ := newData(t)
	left := []string{".write-123", "varlake.db.recovered", "varlake.db.recovered-wal", "varlake.db.recovered-shm"}
	for _, name := range append(left, "varlake.db.before-x") {
		if err := os.WriteFile(filepath.Join(data, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := do(t, data, "check"); code != exitOK {
		t.Fatal(stderr)
	}
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if slices.Contains(left, entry.Name()) || entry.Name() == "varlake.db.before-x" {
			names = append(names, entry.Name())
		}
	}
	if diff := cmp.Diff([]string{"varlake.db.before-x"}, names); diff != "" {
		t.Error(diff)
	}
}

// The places of the machine are told the account that the folder began with alone.
func TestCheckHidesPlaces(t *testing.T) {
	old, _ := newData(t)
	data := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(old, data); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := do(t, data, "access-key", "create", "--account", "210987654321", "--name", "other", "--profile",
		"other"); code != exitOK {
		t.Fatal(stderr)
	}
	for _, profile := range []string{defaultProfile, "other"} {
		t.Setenv("VARLAKE_PROFILE", profile)
		code, stdout, stderr := do(t, data, "check", "--json")
		if code != exitOK || strings.Contains(stdout, old) != (profile == defaultProfile) {
			t.Errorf("%s: %d, %s%s", profile, code, stdout, stderr)
		}
	}
}

// No bucket has the keys and tables of the data folder: one that is of it is refused, of one that holds it they are no
// objects.
func TestBucketsAreNotTheDataFolder(t *testing.T) {
	data, _ := newData(t)
	config := defaultConfig(data)
	config.Listen = "127.0.0.1:0"
	for _, dir := range []string{data, filepath.Join(data, "tables"), filepath.Join(data, "aws")} {
		config.Buckets = map[string]string{"own": dir}
		if s, err := startServer(t.Context(), config); err == nil ||
			!strings.Contains(err.Error(), "bucket own: "+dir+" is the data folder or of it") {
			t.Errorf("%s: %v, %v", dir, s, err)
		}
	}
	config.Buckets = map[string]string{"around": filepath.Dir(data)}
	s, err := startServer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop(context.Background())
	for _, name := range []string{"aws/credentials", "varlake.db"} {
		if code, _, stderr := do(t, data, "annotation", "import", "genes", filepath.Join(data, name)); code == exitOK ||
			!strings.Contains(stderr, "is a file of the data folder itself") {
			t.Errorf("%s: %d, %s", name, code, stderr)
		}
		if code, _, stderr := do(t, data, "annotation", "import", "genes", "s3://around/data/"+name); code == exitOK ||
			!strings.Contains(stderr, ": not found") {
			t.Errorf("%s: %d, %s", name, code, stderr)
		}
	}
}
