package lake

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFindStrange: what a pointer's history does not explain is told with its imports, as an older pointer sees newer
// metadata.
func TestFindStrange(t *testing.T) {
	dir, empty := newTable(t, "a 100% strange#table?")
	older := mustAppend(t, empty, "job1", addFile(t, dir, "1", "1", "a", 10))
	between := mustAppend(t, older, "job2", addFile(t, dir, "2", "1", "a", 10))
	newer := mustAppend(t, between, "job3", addFile(t, dir, "3", "1", "a", 10))
	folder := folderOf(t, newer)
	described, err := SetProperties(t.Context(), folder, older, map[string]string{"a": "b"}) // a lost commit of no import
	if err != nil {
		t.Fatal(err)
	}
	metadata := filepath.Join(dir, "metadata")
	if err := os.WriteFile(filepath.Join(metadata, "00009-torn.metadata.json"), []byte(`{"snapshots": [`),
		0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(metadata, "00009-other.metadata.json"), []byte(`[]`), 0o600); err != nil {
		t.Fatal(err)
	}
	find := func(pointer string) map[string][]string {
		t.Helper()
		found, err := FindStrange(folder, pointer)
		if err != nil {
			t.Fatal(err)
		}
		jobs := map[string][]string{}
		for _, strange := range found {
			if strange.Jobs[0].Time.IsZero() {
				t.Errorf("%s has no time", strange.Path)
			}
			for _, job := range strange.Jobs {
				jobs[filepath.Base(strange.Path)] = append(jobs[filepath.Base(strange.Path)], job.Job)
			}
		}
		return jobs
	}
	for pointer, want := range map[string]map[string][]string{
		newer:     {},
		older:     {filepath.Base(between): {"job2"}, filepath.Base(newer): {"job2", "job3"}},
		described: {filepath.Base(between): {"job2"}, filepath.Base(newer): {"job2", "job3"}},
	} {
		if diff := cmp.Diff(want, find(pointer)); diff != "" {
			t.Errorf("beside %s (-want +got):\n%s", filepath.Base(pointer), diff)
		}
	}
	// A state that went on from the older one still has what the newer one had beside it.
	other := mustAppend(t, older, "job4", addFile(t, dir, "4", "1", "a", 10))
	if diff := cmp.Diff(map[string][]string{filepath.Base(between): {"job2"}, filepath.Base(newer): {"job2", "job3"}},
		find(other)); diff != "" {
		t.Errorf("after another import (-want +got):\n%s", diff)
	}
	if _, err := FindStrange(folder, "file:///nowhere/metadata/x.metadata.json"); err == nil {
		t.Error("a pointer out of the folder was accepted")
	}
}
