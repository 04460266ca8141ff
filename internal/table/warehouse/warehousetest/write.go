package warehousetest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"
)

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
	s.make(t, "given up", nil)
	s.left(t, "given up")
}

// What is put is there, whole, whatever was before it.
func (s *suite) putWhole(t *testing.T) {
	for _, content := range []string{"first", "the second, which is longer", "3", ""} {
		if err := s.Put(s.path("new/card"), []byte(content)); err != nil {
			t.Fatal(err)
		}
		if read, err := s.ReadFile(s.path("new/card")); err != nil || string(read) != content {
			t.Errorf("%q, %v, want %q", read, err, content)
		}
	}
	if err := s.write("new/card", nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("it was created, too: %v", err)
	}
	s.make(t, "created", []byte("long before"))
	if err := s.Put(s.path("created"), []byte("put")); err != nil {
		t.Error(err)
	}
	if read, err := s.ReadFile(s.path("created")); err != nil || string(read) != "put" {
		t.Errorf("%q, %v", read, err)
	}
	s.left(t, "created", "new/card")
}

// Of many that put a file at the same time all do, and who reads meanwhile has what one of them put, or nothing before
// the first.
func (s *suite) onePuts(t *testing.T) {
	content := func(i byte) []byte { return bytes.Repeat([]byte{i}, 1<<12+int(i)) }
	whole := func(read []byte) bool { return len(read) > 0 && bytes.Equal(read, content(read[0])) }
	var group sync.WaitGroup
	for i := range byte(8) {
		group.Go(func() {
			if err := s.Put(s.path("busy"), content(i)); err != nil {
				t.Error(err)
			}
			if read, err := s.ReadFile(s.path("busy")); err != nil || !whole(read) {
				t.Errorf("%d bytes, %v", len(read), err)
			}
		})
		group.Go(func() {
			if read, err := s.ReadFile(s.path("busy")); !errors.Is(err, fs.ErrNotExist) && (err != nil || !whole(read)) {
				t.Errorf("%d bytes, %v", len(read), err)
			}
		})
	}
	group.Wait()
	s.left(t, "busy")
}
