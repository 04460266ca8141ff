// Package warehousetest holds every implementation of warehouse.Files to what that interface says.
package warehousetest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// Run holds files to the interface. dir is a folder of theirs that is there and empty, outside a path that is not theirs.
func Run(t *testing.T, files warehouse.Files, dir, outside string) {
	s := suite{files, dir, outside}
	t.Run("put if absent", s.putIfAbsent)
	t.Run("one of many creates", s.oneCreates)
	t.Run("abort", s.abort)
	t.Run("ranges", s.ranges)
	t.Run("removal", s.removal)
	t.Run("permanent errors", s.permanent)
}

type suite struct {
	warehouse.Files
	dir, outside string
}

func (s *suite) path(name string) string { return filepath.Join(s.dir, name) }

// put makes a file.
func (s *suite) put(t *testing.T, name string, content []byte) {
	t.Helper()
	w, err := s.Create(s.path(name))
	if err != nil {
		t.Fatal(err)
	}
	if w.Name() != s.path(name) {
		t.Errorf("the file is named %s", w.Name())
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}

// names lists the folder's files.
func (s *suite) names(t *testing.T) (names []string) {
	t.Helper()
	files, err := s.List(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name, err := filepath.Rel(s.dir, file.Path)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// A committed file is there, whole, and no other takes its place.
func (s *suite) putIfAbsent(t *testing.T) {
	s.put(t, "kept", []byte("first"))
	if _, err := s.Create(s.path("kept")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second one: %v", err)
	}
	if content, err := s.ReadFile(s.path("kept")); err != nil || string(content) != "first" {
		t.Errorf("%q, %v", content, err)
	}
	files, err := s.List(s.dir)
	if diff := cmp.Diff([]warehouse.File{{Path: s.path("kept"), Bytes: 5}}, files); err != nil || diff != "" {
		t.Errorf("%v, files (-want +got):\n%s", err, diff)
	}
	s.remove(t, "kept")
}

func (s *suite) remove(t *testing.T, name string) {
	t.Helper()
	if err := s.Remove(s.path(name)); err != nil {
		t.Fatal(err)
	}
}

// Of many that create a file at the same time one does.
func (s *suite) oneCreates(t *testing.T) {
	var group sync.WaitGroup
	var created atomic.Int32
	for i := range byte(8) {
		group.Go(func() {
			w, err := s.Create(s.path("wanted"))
			if errors.Is(err, fs.ErrExist) {
				return
			}
			if err == nil {
				_, err = w.Write([]byte{i})
			}
			switch {
			case err != nil:
			default:
				err = w.Commit()
			}
			if errors.Is(err, fs.ErrExist) { // where only a commit can tell
				w.Abort()
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			created.Add(1)
		})
	}
	group.Wait()
	if n := created.Load(); n != 1 {
		t.Errorf("%d created it", n)
	}
	s.remove(t, "wanted")
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
	if names := s.names(t); len(names) > 0 {
		t.Errorf("left %q", names)
	}
	s.put(t, "given up", nil)
	s.remove(t, "given up")
}

// Any part of a file can be read, by several at once, also while it is removed.
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
	s.remove(t, "long")
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
	part := make([]byte, 10)
	if n, err := r.ReadAt(part, int64(len(content)-4)); n != 4 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d bytes, %v", n, err)
	}
}

// What is removed is gone, and removing it again tells so; a tree is gone with all that is in it, also when it is not there.
func (s *suite) removal(t *testing.T) {
	s.put(t, "a", nil)
	s.put(t, "b", nil)
	s.remove(t, "a")
	if err := s.Remove(s.path("a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("again: %v", err)
	}
	if diff := cmp.Diff([]string{"b"}, s.names(t)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	for range 2 {
		if err := s.RemoveTree(s.path("b")); err != nil {
			t.Error(err)
		}
	}
	if names := s.names(t); len(names) > 0 {
		t.Errorf("left %q", names)
	}
}

// The permanent errors are told apart from all others, and come again.
func (s *suite) permanent(t *testing.T) {
	for range 2 {
		_, opened := s.Open(s.path("none"))
		_, read := s.ReadFile(s.path("none"))
		for what, err := range map[string]error{"Open": opened, "ReadFile": read, "Remove": s.Remove(s.path("none"))} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s of nothing: %v", what, err)
			}
		}
		if listed, err := s.List(s.path("none")); err != nil || len(listed) > 0 {
			t.Errorf("List of nothing: %v, %v", listed, err)
		}
		_, created := s.Create(s.outside)
		_, opened = s.Open(s.outside)
		_, read = s.ReadFile(s.outside)
		_, listed := s.List(s.outside)
		for what, err := range map[string]error{
			"Create": created, "Open": opened, "ReadFile": read, "List": listed, "Remove": s.Remove(s.outside), "RemoveTree": s.RemoveTree(s.outside),
		} {
			if !errors.Is(err, warehouse.ErrOutside) {
				t.Errorf("%s outside: %v", what, err)
			}
		}
	}
}
