package warehousetest

import (
	"path"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// What is removed is gone, and is removed again without an error; a tree is gone with all that is in it, and nothing
// beside it.
func (s *suite) removal(t *testing.T) {
	for _, name := range []string{"a", "b", "tree/c", "tree/d/e", "tree-", "tree.f"} {
		s.make(t, name, nil)
	}
	for range 2 {
		if err := s.Remove(s.path("a")); err != nil {
			t.Error(err)
		}
		for _, tree := range []string{"b", "tree", "none/at/all"} {
			if err := s.RemoveTree(s.path(tree)); err != nil {
				t.Error(err)
			}
		}
	}
	s.make(t, "a", nil)
	s.left(t, "a", "tree-", "tree.f")
}

// Files of a table are removed by a list of them, those that are gone already too; files of no table's folder are not,
// and the others are.
func (s *suite) removeFiles(t *testing.T) {
	for _, name := range []string{"job/0/1", "job/0/2", "job/3"} {
		s.make(t, name, []byte("content"))
	}
	files, err := warehouse.ListFiles(s, s.Location)
	if err != nil {
		t.Fatal(err)
	}
	links, err := s.Links()
	if err != nil {
		t.Fatal(err)
	}
	own, err := links.Spare(s.Location, files)
	if name := path.Base(s.table); links.Lead(name) || links.IsLink(name) {
		t.Error("its folder is another's")
	}
	if diff := cmp.Diff(files, own); err != nil || diff != "" {
		t.Errorf("%v, files that no other table has (-want +got):\n%s", err, diff)
	}
	for range 2 {
		if err := s.RemoveFiles(s.Location, files[:2]); err != nil {
			t.Error(err)
		}
	}
	if err := s.RemoveFiles(s.Location, []warehouse.File{{Path: path.Dir(s.table) + "/another/data/f"}}); err == nil {
		t.Error("another table's file was removed")
	}
	s.make(t, "job/0/2", nil)
	s.left(t, "job/0/2", "job/3")
}

// A table is removed with all that is in its folder, and no other that is called alike.
func (s *suite) removeTable(t *testing.T) {
	beside := s.TableName(path.Base(s.table) + "-beside")
	other, err := s.Path(beside)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{s.table + "/metadata/1", s.path("job/0/1"), s.table + "/file", other + "/data/kept"} {
		if err := s.Put(at, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.RemoveTable(s.Location); err != nil {
			t.Error(err)
		}
	}
	for dir, want := range map[string]int{s.table: 0, other: 1} {
		if files, err := s.List(dir); err != nil || len(files) != want {
			t.Errorf("%s has %v, %v", dir, files, err)
		}
	}
	if err := s.RemoveTable(beside); err != nil {
		t.Error(err)
	}
	if names, err := s.Entries(path.Dir(s.table)); err != nil || len(names) > 0 {
		t.Errorf("%q, %v, when both are gone", names, err)
	}
}
