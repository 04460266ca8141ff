// Package warehousetest holds every implementation of warehouse.Files to what that interface says.
package warehousetest

import (
	"errors"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// Place is where the files of a test are.
type Place struct {
	warehouse.Files
	Location string // what metadata calls a table's folder, in which nothing is yet
	Outside  string // a name, and a path, that is none of the files'
	// Lose takes the way to the files away, as when a disk or a server is gone, until restore is called. It may be called
	// several times.
	Lose func(t *testing.T) (restore func())
}

// Run holds a place to the interface.
func Run(t *testing.T, place Place) {
	table, err := place.Path(place.Location)
	if err != nil {
		t.Fatal(err)
	}
	s := suite{place, table}
	t.Run("names", s.names)
	t.Run("names of tables", s.tableNames)
	t.Run("places of other files", s.inside)
	t.Run("put if absent", s.putIfAbsent)
	t.Run("one of many creates", s.oneCreates)
	t.Run("abort", s.abort)
	t.Run("put", s.putWhole)
	t.Run("one of many puts is last", s.onePuts)
	t.Run("ranges", s.ranges)
	t.Run("sizes", s.sizes)
	t.Run("times", s.times)
	t.Run("list", s.list)
	t.Run("entries", s.entries)
	t.Run("odd names", s.oddNames)
	t.Run("removal", s.removal)
	t.Run("removal of listed files", s.removeFiles)
	t.Run("removal of a table", s.removeTable)
	t.Run("room", s.room)
	t.Run("paths for others", s.local)
	t.Run("names of elsewhere", s.elsewhere)
	t.Run("permanent errors", s.permanent)
	t.Run("passing errors", s.passing)
}

type suite struct {
	Place
	table string // the path of Location
}

func (s *suite) path(name string) string { return path.Join(s.table, "data", name) }

// write tries to make a file.
func (s *suite) write(name string, content []byte) error {
	w, err := s.Create(s.path(name))
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	if err == nil {
		err = w.Commit()
	}
	if err != nil {
		w.Abort()
	}
	return err
}

// make makes a file.
func (s *suite) make(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := s.write(name, content); err != nil {
		t.Fatal(err)
	}
}

// below lists what is below a path of the table's data, from there on.
func (s *suite) below(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := s.List(s.path(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		names = append(names, strings.TrimPrefix(file.Path, s.path(dir)+"/"))
	}
	return names
}

// left tells what of the table's data is there, and removes it.
func (s *suite) left(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.below(t, "")); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if err := s.RemoveTree(s.path("")); err != nil {
		t.Fatal(err)
	}
}

// A name leads to one path, and that to a name of now which leads there too, by whichever of the two ways it is asked.
func (s *suite) names(t *testing.T) {
	finder := s.Finder()
	for _, name := range []string{s.Location, warehouse.In(s.Location, "data", "a b%20#", "c.parquet"),
		warehouse.In(s.Location, "metadata", "1")} {
		at, err := s.Path(name)
		if err != nil {
			t.Fatal(err)
		}
		if at != path.Clean(at) || !strings.HasPrefix(at+"/", s.table+"/") || s.Shown(name) != at {
			t.Errorf("%s is at %s, and shown as %s", name, at, s.Shown(name))
		}
		if found, err := finder.Path(name); err != nil || found != at {
			t.Errorf("a finder has %s for %s, %v", found, at, err)
		}
		called, err := s.Name(at)
		if err != nil {
			t.Fatal(err)
		}
		renamed, err := s.Rename(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{called, renamed} {
			if again, err := s.Path(other); err != nil || again != at {
				t.Errorf("%s, which %s is called now, is at %s, %v", other, name, again, err)
			}
		}
	}
	if err := s.OwnMetadata(s.Location, warehouse.In(s.Location, "metadata", "1")); err != nil {
		t.Error(err)
	}
	if err := s.OwnMetadata(s.Location, warehouse.In(s.Location, "data", "1")); !errors.Is(err, warehouse.ErrNotOwn) {
		t.Errorf("metadata among the data: %v", err)
	}
}

// A table's name is its own by its id alone, and is the same table's when all is called by another location.
func (s *suite) tableNames(t *testing.T) {
	id := path.Base(s.table)
	if err := s.OwnTable(id, s.Location); err != nil {
		t.Error(err)
	}
	if at, err := s.Path(s.TableName(id)); err != nil || at != s.table {
		t.Errorf("the table is at %s, %v, want %s", at, err, s.table)
	}
	for what, err := range map[string]error{"another's": s.OwnTable("other", s.Location), "a part": s.OwnTable(id,
		s.Location+"/data"), "outside": s.OwnTable(id, s.Outside)} {
		if !errors.Is(err, warehouse.ErrOutside) {
			t.Errorf("its folder, which is %s: %v", what, err)
		}
	}
	job, err := warehouse.JobDir(s, id, s.Location, "1")
	if err != nil || job != s.path("1") {
		t.Errorf("a job's files are at %s, %v", job, err)
	}
	if _, err := warehouse.JobDir(s, "other", s.Location, "1"); !errors.Is(err, warehouse.ErrOutside) {
		t.Errorf("a job's files in another's table: %v", err)
	}
	place := s.Locations()[0] + "-elsewhere"
	moved, err := s.Called(place)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{place}, moved.Locations()); diff != "" || moved.Dir() != s.Dir() {
		t.Errorf("in %s, locations (-want +got):\n%s", moved.Dir(), diff)
	}
	if at, err := moved.Path(moved.TableName(id)); err != nil || at != s.table {
		t.Errorf("by another location it is at %s, %v, want %s", at, err, s.table)
	}
	if at, err := moved.Path(s.TableName(id)); !errors.Is(err, warehouse.ErrOutside) {
		t.Errorf("by that of before it is at %s, %v", at, err)
	}
}

// What is not of a table has a path by its parts, each of which is one name.
func (s *suite) inside(t *testing.T) {
	at, err := warehouse.ReferenceDir(s, "1", "2")
	if err != nil || at != s.Dir()+"/references/1/2" {
		t.Errorf("a reference is at %s, %v", at, err)
	}
	for _, part := range []string{"", ".", "..", "a/b", "/", "a\x00"} {
		if at, err := warehouse.ReferenceDir(s, "1", part); at != "" || !errors.Is(err, warehouse.ErrOutside) {
			t.Errorf("with %q it is at %s, %v", part, at, err)
		}
	}
	if !strings.HasPrefix(s.table, s.Dir()+"/") {
		t.Errorf("the table, at %s, is not below %s", s.table, s.Dir())
	}
}
