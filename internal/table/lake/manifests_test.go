package lake

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// manifestReads counts the manifests that are opened in a data folder.
type manifestReads struct {
	warehouse.Files
	mu     sync.Mutex
	opened int
}

func (r *manifestReads) Open(path string) (warehouse.Reader, error) {
	name := filepath.Base(path)
	if strings.HasSuffix(name, ".avro") && !strings.HasPrefix(name, "snap-") {
		r.mu.Lock()
		r.opened++
		r.mu.Unlock()
	}
	return r.Files.Open(path)
}

// count tells how many manifests an act opened.
func (r *manifestReads) count(act func()) int {
	r.mu.Lock()
	before := r.opened
	r.mu.Unlock()
	act()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.opened - before
}

// TestManifestsReadOnce: a snapshot is read from its manifests once, the next one from the new manifest alone, and what
// is kept says the same as what is read.
func TestManifestsReadOnce(t *testing.T) {
	dir, metadata := newTable(t, "kept")
	in := &manifestReads{Files: folderOf(t, dir)}
	kept := &Manifests{}
	same := func(metadata string) {
		t.Helper()
		got, err := kept.OpenOwn(t.Context(), in, "kept", dir, metadata, AsOf{})
		if err != nil {
			t.Fatal(err)
		}
		want := mustOpen(t, metadata)
		if diff := cmp.Diff(want.Files(), got.Files()); diff != "" {
			t.Errorf("files (-read +kept):\n%s", diff)
		}
		if diff := cmp.Diff(want.FileNames(), got.FileNames()); diff != "" {
			t.Errorf("names (-read +kept):\n%s", diff)
		}
	}
	for i := range 3 {
		metadata = mustAppend(t, metadata, fmt.Sprint("job", i), addFile(t, dir, fmt.Sprint("f", i), "1", "a", 5))
		if n := in.count(func() { same(metadata) }); n != 1 {
			t.Errorf("after job %d, %d manifests were read, want the new one", i, n)
		}
		if n := in.count(func() { same(metadata) }); n != 0 {
			t.Errorf("again after job %d, %d manifests were read, want none", i, n)
		}
	}
}

// TestManifestsBounded: what is kept takes no more than it may, and is what was used last.
func TestManifestsBounded(t *testing.T) {
	dir, metadata := newTable(t, "bounded")
	for i := range 3 {
		metadata = mustAppend(t, metadata, fmt.Sprint("job", i), addFile(t, dir, fmt.Sprint("f", i), "1", "a", 5))
	}
	all := &Manifests{}
	in := &manifestReads{Files: folderOf(t, dir)}
	open := func(m *Manifests) func() {
		return func() {
			if s, err := m.openAsOf(t.Context(), in, metadata, AsOf{}); err != nil || len(s.Files()) != 3 {
				t.Fatalf("files %v, error %v", s, err)
			}
		}
	}
	open(all)()
	for _, c := range []struct{ max, again int64 }{{all.bytes, 0}, {all.bytes - 1, 3}, {1, 3}} {
		m := &Manifests{max: c.max}
		open(m)()
		if n := in.count(open(m)); int64(n) != c.again {
			t.Errorf("with %d of %d bytes, %d manifests were read again, want %d", c.max, all.bytes, n, c.again)
		}
		if m.bytes > c.max || m.recent.Len() != len(m.kept) {
			t.Errorf("with %d bytes, %d are kept, in %d and %d manifests", c.max, m.bytes, m.recent.Len(), len(m.kept))
		}
	}
}

// TestManifestsAtOnce: statements side by side see the same, and what is kept is kept once.
func TestManifestsAtOnce(t *testing.T) {
	dir, metadata := newTable(t, "at once")
	for i := range 3 {
		metadata = mustAppend(t, metadata, fmt.Sprint("job", i), addFile(t, dir, fmt.Sprint("f", i), "1", "a", 5))
	}
	in, want := folderOf(t, dir), mustOpen(t, metadata).Files()
	one := &Manifests{}
	if _, err := one.openAsOf(t.Context(), in, metadata, AsOf{}); err != nil {
		t.Fatal(err)
	}
	kept, small := &Manifests{}, &Manifests{max: one.bytes / 2}
	var group sync.WaitGroup
	for range 8 {
		for _, m := range []*Manifests{kept, small} {
			group.Go(func() {
				s, err := m.openAsOf(t.Context(), in, metadata, AsOf{})
				if err != nil {
					t.Error(err)
				} else if diff := cmp.Diff(want, s.Files()); diff != "" {
					t.Errorf("files (-want +got):\n%s", diff)
				}
			})
		}
	}
	group.Wait()
	if kept.bytes != one.bytes || len(kept.kept) != 3 {
		t.Errorf("%d bytes of %d manifests are kept, want %d of 3", kept.bytes, len(kept.kept), one.bytes)
	}
}
