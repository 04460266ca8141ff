// Package warehousetest holds every implementation of warehouse.Files to what that interface says.
package warehousetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	t.Run("put if absent", s.putIfAbsent)
	t.Run("one of many creates", s.oneCreates)
	t.Run("abort", s.abort)
	t.Run("ranges", s.ranges)
	t.Run("sizes", s.sizes)
	t.Run("list", s.list)
	t.Run("removal", s.removal)
	t.Run("removal of listed files", s.removeFiles)
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

// put makes a file.
func (s *suite) put(t *testing.T, name string, content []byte) {
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

// A committed file is there, whole, and no other takes its place.
func (s *suite) putIfAbsent(t *testing.T) {
	w, err := s.Create(s.path("deep/down/kept"))
	if err != nil {
		t.Fatal(err)
	}
	if w.Name() != s.path("deep/down/kept") {
		t.Errorf("the file is named %s", w.Name())
	}
	for _, part := range []string{"fir", "st"} {
		if _, err := io.WriteString(w, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := s.write("deep/down/kept", []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second one: %v", err)
	}
	if content, err := s.ReadFile(s.path("deep/down/kept")); err != nil || string(content) != "first" {
		t.Errorf("%q, %v", content, err)
	}
	s.left(t, "deep/down/kept")
}

// Of many that create a file at the same time one does, and what is there is its content.
func (s *suite) oneCreates(t *testing.T) {
	var group sync.WaitGroup
	var created atomic.Int32
	var winner atomic.Uint32
	for i := range byte(8) {
		group.Go(func() {
			switch err := s.write("new/wanted", []byte{i}); {
			case err == nil:
				created.Add(1)
				winner.Store(uint32(i))
			case !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := created.Load(); n != 1 {
		t.Errorf("%d created it", n)
	}
	if content, err := s.ReadFile(s.path("new/wanted")); err != nil || !bytes.Equal(content, []byte{byte(winner.Load())}) {
		t.Errorf("%v, %v; %d created it", content, err, winner.Load())
	}
	s.left(t, "new/wanted")
}

// What is aborted is not there, and can be created anew.
func (s *suite) abort(t *testing.T) {
	w, err := s.Create(s.path("given up"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1<<16)); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if names := s.below(t, ""); len(names) > 0 {
		t.Errorf("left %q", names)
	}
	s.put(t, "given up", nil)
	s.left(t, "given up")
}

// Any part of a file can be read, by several at once; what is beyond its end cannot.
func (s *suite) ranges(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
	s.put(t, "long", content)
	r, err := s.Open(s.path("long"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Size() != int64(len(content)) || r.Name() != s.path("long") {
		t.Errorf("%s has %d bytes", r.Name(), r.Size())
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			part, at := make([]byte, 1000), i*8011
			if n, err := r.ReadAt(part, int64(at)); err != nil || !bytes.Equal(part[:n], content[at:at+1000]) {
				t.Errorf("%d bytes at %d: %v", n, at, err)
			}
		})
	}
	group.Wait()
	for back, want := range map[int]int{-5: 0, 0: 0, 4: 4} {
		part := make([]byte, 10)
		if n, err := r.ReadAt(part, int64(len(content)-back)); n != want || !errors.Is(err, io.EOF) {
			t.Errorf("%d bytes before the end: %d bytes, %v", back, n, err)
		}
	}
	s.left(t, "long")
}

// The size of a file is that of its content, however it is asked for.
func (s *suite) sizes(t *testing.T) {
	for _, n := range []int{0, 1, 1 << 20} {
		name := fmt.Sprint("of ", n)
		s.put(t, name, make([]byte, n))
		size, err := s.Size(s.path(name))
		if err != nil || size != int64(n) {
			t.Errorf("%d bytes have size %d, %v", n, size, err)
		}
		if content, err := s.ReadFile(s.path(name)); err != nil || len(content) != n {
			t.Errorf("of %d bytes %d were read, %v", n, len(content), err)
		}
		listed, err := s.List(s.path(""))
		if diff := cmp.Diff([]warehouse.File{{Path: s.path(name), Bytes: int64(n)}}, listed); err != nil || diff != "" {
			t.Errorf("%v, listed (-want +got):\n%s", err, diff)
		}
		s.left(t, name)
	}
}

// manyFiles are more than one answer of a bucket lists: 1000.
const manyFiles = 1001

// A list has all files below a path, in the order of their bytes, which is not that of folders, and those of no path
// that only begins alike.
func (s *suite) list(t *testing.T) {
	want := []string{"a!", "a-/f", "a.f", "a/b", "a/b.c", "a0", "é", "漢/字"}
	for _, name := range want {
		s.put(t, name, nil)
	}
	if diff := cmp.Diff(want, s.below(t, "")); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for dir, want := range map[string][]string{"a": {"b", "b.c"}, "漢": {"字"}, "a!": nil, "none": nil, "a/b/none": nil,
		"a0/none": nil} {
		if diff := cmp.Diff(want, s.below(t, dir)); diff != "" {
			t.Errorf("below %s (-want +got):\n%s", dir, diff)
		}
	}
	var many []string
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := worker; i < manyFiles; i += 8 {
				if err := s.write(fmt.Sprintf("many/%d", i), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for i := range manyFiles {
		many = append(many, fmt.Sprint(i))
	}
	slices.Sort(many)
	if diff := cmp.Diff(many, s.below(t, "many")); diff != "" {
		t.Errorf("many files (-want +got):\n%s", diff)
	}
	if err := s.RemoveTree(s.path("many")); err != nil {
		t.Fatal(err)
	}
	s.left(t, want...)
}

// What is removed is gone, and is removed again without an error; a tree is gone with all that is in it, and nothing
// beside it.
func (s *suite) removal(t *testing.T) {
	for _, name := range []string{"a", "b", "tree/c", "tree/d/e", "tree-", "tree.f"} {
		s.put(t, name, nil)
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
	s.put(t, "a", nil)
	s.left(t, "a", "tree-", "tree.f")
}

// Files of a table are removed by a list of them, those that are gone already too; files of no table's folder are not,
// and the others are.
func (s *suite) removeFiles(t *testing.T) {
	for _, name := range []string{"job/0/1", "job/0/2", "job/3"} {
		s.put(t, name, []byte("content"))
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
	s.put(t, "job/0/2", nil)
	s.left(t, "job/0/2", "job/3")
}

// isPermanent tells which errors come again however often the call is made.
func isPermanent(err error) bool {
	return errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, warehouse.ErrOutside)
}

// acts are all calls on a path; one of them creates a file.
func (s *suite) acts(at string) map[string]error {
	errs := map[string]error{}
	if r, err := s.Open(at); err != nil {
		errs["Open"] = err
	} else {
		errs["Open"] = r.Close()
	}
	_, errs["ReadFile"] = s.ReadFile(at)
	_, errs["Size"] = s.Size(at)
	_, errs["List"] = s.List(at)
	errs["Remove"] = s.Remove(at)
	errs["RemoveTree"] = s.RemoveTree(at)
	w, err := s.Create(at)
	if err == nil {
		if err = w.Commit(); err != nil {
			w.Abort()
		}
	}
	errs["Create"] = err
	return errs
}

// The permanent errors are told apart from all others, and come again.
func (s *suite) permanent(t *testing.T) {
	s.put(t, "folder/file", nil)
	for range 2 {
		for _, name := range []string{"none", "folder", "folder/file/none"} {
			_, opened := s.Open(s.path(name))
			_, read := s.ReadFile(s.path(name))
			_, sized := s.Size(s.path(name))
			for what, err := range map[string]error{"Open": opened, "ReadFile": read, "Size": sized} {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s of %s: %v", what, name, err)
				}
			}
		}
		for what, err := range s.acts(s.Outside) {
			if !errors.Is(err, warehouse.ErrOutside) {
				t.Errorf("%s outside: %v", what, err)
			}
		}
		_, found := s.Path(s.Outside)
		_, finder := s.Finder().Path(s.Outside)
		_, renamed := s.Rename(s.Outside)
		_, named := s.Name(s.Outside)
		for what, err := range map[string]error{
			"Path": found, "Finder": finder, "Rename": renamed, "Name": named, "RemoveFiles": s.RemoveFiles(s.Outside,
				[]warehouse.File{{Path: s.Outside}}),
		} {
			if !errors.Is(err, warehouse.ErrOutside) {
				t.Errorf("%s outside: %v", what, err)
			}
		}
	}
	s.left(t, "folder/file")
}

// As long as the files are out of reach nothing is told of them: not that one is there, nor that none is. What was
// tried meanwhile and failed is as it was, or done, and is done when it is tried again.
func (s *suite) passing(t *testing.T) {
	s.put(t, "kept", []byte("content"))
	begun, err := s.Create(s.path("begun"))
	if err != nil {
		t.Fatal(err)
	}
	restore := s.Lose(t)
	for _, name := range []string{"kept", "new"} {
		for what, err := range s.acts(s.path(name)) {
			if err == nil || isPermanent(err) {
				t.Errorf("%s of %s, out of reach: %v", what, name, err)
			}
		}
	}
	listed := []warehouse.File{{Path: s.path("kept")}}
	if err := s.RemoveFiles(s.Location, listed); err == nil || isPermanent(err) {
		t.Errorf("RemoveFiles, out of reach: %v", err)
	}
	begun.Abort()
	restore()
	if err := s.RemoveTree(s.path("begun")); err != nil {
		t.Error(err)
	}
	if content, err := s.ReadFile(s.path("kept")); err != nil || string(content) != "content" {
		t.Errorf("%q, %v", content, err)
	}
	for what, err := range s.acts(s.path("kept")) {
		if err != nil {
			t.Errorf("%s when it is back: %v", what, err)
		}
	}
	s.left(t, "kept")
}
