package warehousetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// Any part of a file can be read, by several at once; what is beyond its end cannot.
func (s *suite) ranges(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
	s.make(t, "long", content)
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
		s.make(t, name, make([]byte, n))
		file, err := s.Stat(s.path(name))
		if err != nil || file.Bytes != int64(n) || file.Path != s.path(name) {
			t.Errorf("%d bytes are %+v, %v", n, file, err)
		}
		if content, err := s.ReadFile(s.path(name)); err != nil || len(content) != n {
			t.Errorf("of %d bytes %d were read, %v", n, len(content), err)
		}
		listed, err := s.List(s.path(""))
		if diff := cmp.Diff([]warehouse.File{file}, listed); err != nil || diff != "" {
			t.Errorf("%v, listed (-want +got):\n%s", err, diff)
		}
		s.left(t, name)
	}
}

// skew is how far the clock of a place may be off: what is removed for its age is a day old.
const skew = time.Hour

// A file is as old as its content: what is put anew is new, and what is made later is no older, to the second.
func (s *suite) times(t *testing.T) {
	at := func(name string) time.Time {
		t.Helper()
		file, err := s.Stat(s.path(name))
		if err != nil {
			t.Fatal(err)
		}
		return file.Modified
	}
	before := time.Now()
	s.make(t, "a", nil)
	if made := at("a"); made.Before(before.Add(-skew)) || made.After(time.Now().Add(skew)) {
		t.Errorf("made at %v, it is of %v", before, made)
	}
	s.make(t, "b", nil)
	if at("b").Before(at("a").Truncate(time.Second)) {
		t.Errorf("made at %v after one of %v", at("b"), at("a"))
	}
	if err := s.Put(s.path("a"), []byte("anew")); err != nil {
		t.Fatal(err)
	}
	if at("a").Before(at("b").Truncate(time.Second)) {
		t.Errorf("put at %v after one of %v", at("a"), at("b"))
	}
	if _, err := s.ReadFile(s.path("b")); err != nil || at("b").After(at("a").Add(time.Second)) {
		t.Errorf("read, it is of %v, %v", at("b"), err)
	}
	s.left(t, "a", "b")
}

// manyFiles are more than one answer of a bucket lists: 1000.
const manyFiles = 1001

// A list has all files below a path, in the order of their bytes, which is not that of folders, and those of no path
// that only begins alike.
func (s *suite) list(t *testing.T) {
	want := []string{"a!", "a-/f", "a.f", "a/b", "a/b.c", "a0", "é", "漢/字"}
	for _, name := range want {
		s.make(t, name, nil)
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

// Right below a path are the first parts of what List has below it, each once, in the order of their bytes.
func (s *suite) entries(t *testing.T) {
	for _, name := range []string{"a!", "a-/f", "a.f", "a/b", "a/b.c", "a/d/e/f", "a0", "é", "漢/字"} {
		s.make(t, name, nil)
	}
	for dir, want := range map[string][]string{"": {"a", "a!", "a-", "a.f", "a0", "é", "漢"}, "a": {"b", "b.c", "d"},
		"a/d": {"e"}, "漢": {"字"}, "a!": nil, "none": nil, "a/b/none": nil} {
		names, err := s.Entries(s.path(dir))
		if diff := cmp.Diff(want, names); err != nil || diff != "" {
			t.Errorf("%v, below %q (-want +got):\n%s", err, dir, diff)
		}
	}
	if err := s.RemoveTree(s.path("")); err != nil {
		t.Fatal(err)
	}
	if names, err := s.Entries(s.path("")); err != nil || len(names) > 0 {
		t.Errorf("%q, %v, when all is gone", names, err)
	}
}

// A name that means something elsewhere, to a shell, a URL or a pattern, means itself.
func (s *suite) oddNames(t *testing.T) {
	names := []string{"\x01", "\t\n\r", " ", "%2F", "%", "&<>'\"", "*", "+", "-rf", "...", ".hidden", "?q=1#f", "[a-z]",
		"\\..\\up", "a:b", "file:", "{}", "~", strings.Repeat("n", 200), "e\u0301", "é", "\u202e", "😀"}
	slices.Sort(names)
	var want []string
	for _, name := range names {
		s.make(t, "odd/"+name+"/"+name, []byte(name))
		want = append(want, name+"/"+name)
	}
	entries, err := s.Entries(s.path("odd"))
	if diff := cmp.Diff(names, entries); err != nil || diff != "" {
		t.Errorf("%v, entries (-want +got):\n%s", err, diff)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, s.below(t, "odd")); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for _, name := range names {
		at := s.path("odd/" + name + "/" + name)
		if content, err := s.ReadFile(at); err != nil || string(content) != name {
			t.Errorf("%q, %v, want %q", content, err, name)
		}
		called, err := s.Name(at)
		if err != nil {
			t.Errorf("%q: %v", at, err)
			continue
		}
		if found, err := s.Path(called); err != nil || found != at {
			t.Errorf("%q is at %q, %v, want %q", called, found, err, at)
		}
	}
	if err := s.RemoveTree(s.path("odd/*")); err != nil {
		t.Error(err)
	}
	want = slices.DeleteFunc(want, func(name string) bool { return name == "*/*" })
	if diff := cmp.Diff(want, s.below(t, "odd")); diff != "" {
		t.Errorf("files but those below * (-want +got):\n%s", diff)
	}
	if err := s.RemoveTree(s.path("odd")); err != nil {
		t.Fatal(err)
	}
	s.left(t)
}

// Where there is room for so much and no more, that is told of what is there alone.
func (s *suite) room(t *testing.T) {
	disk, ok := s.Files.(warehouse.Disk)
	if !ok {
		return
	}
	s.make(t, "there", nil)
	if free, err := disk.Free(s.path("there")); err != nil || free == 0 {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	if _, err := disk.Free(s.path("none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("room where nothing is: %v", err)
	}
	if _, err := disk.Free(s.Outside); !errors.Is(err, warehouse.ErrOutside) {
		t.Errorf("room outside: %v", err)
	}
	s.left(t, "there")
}

// Where other programs open files by paths, they find there what is to be read.
func (s *suite) local(t *testing.T) {
	files, ok := s.Files.(warehouse.Local)
	if !ok {
		return
	}
	s.make(t, "a b*?[c]%20", []byte("content"))
	at, err := files.Local(s.path("a b*?[c]%20"))
	if err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(at); err != nil || string(content) != "content" {
		t.Errorf("%s has %q, %v", at, content, err)
	}
	if at, err := files.Local(s.Outside); !errors.Is(err, warehouse.ErrOutside) || at != "" {
		t.Errorf("what is outside is at %q, %v", at, err)
	}
	s.left(t, "a b*?[c]%20")
}
