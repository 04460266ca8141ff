package work

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/act/upkeep"
)

// TestUnknown: a state that knows nothing of a table or a reference says so. What is half made is none, nor is what it
// is about to make.
func TestUnknown(t *testing.T) {
	w := newWorld(t)
	before := w.backup()
	store := w.store() // and its reference
	w.load()
	w.must(os.MkdirAll(filepath.Join(w.dir, "tables", "half", "data"), 0o700))
	w.must(os.MkdirAll(filepath.Join(w.dir, "references", "0123456789", "0123456789"), 0o700))
	check := func(words ...string) {
		t.Helper()
		found, err := w.upkeep.Check(t.Context(), upkeep.CheckRequest{})
		w.must(err)
		if len(found.Findings) != len(words) {
			t.Fatalf("findings %q", found.Findings)
		}
		for i, word := range words {
			if !strings.Contains(found.Findings[i], word) || !strings.Contains(found.Findings[i], upkeep.UnknownWay) {
				t.Errorf("%q has no %q", found.Findings[i], word)
			}
		}
	}
	check()
	w.on(before)
	w.look()
	check(filepath.Join("tables", store.ID)+": a table that varlake.db does not know",
		"a reference, small, that varlake.db does not know")
}

// TestNotUnknown: nor is a reference unknown whose import has yet to say that it is there.
func TestNotUnknown(t *testing.T) {
	w := newWorld(t)
	job := w.reference(w.file("small.fa", ">chr1\nACGT\n"))
	amid := w.backup()
	w.must(w.importReference(t.Context(), job, 0))
	w.on(amid)
	found, err := w.upkeep.Check(t.Context(), upkeep.CheckRequest{})
	w.must(err)
	if len(found.Findings) > 0 {
		t.Errorf("findings %q", found.Findings)
	}
}
