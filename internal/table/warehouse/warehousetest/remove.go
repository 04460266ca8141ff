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
	own, err := s.Spare(s.Location, files)
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
