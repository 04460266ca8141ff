package upkeep

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/own"
)

// TestRemovalOfOrphansHasPatience: one long reader does not keep the tables from their upkeep; who removes learns what
// that waits for, and nothing is removed.
func TestRemovalOfOrphansHasPatience(t *testing.T) {
	dir := t.TempDir()
	folder, err := warehouse.NewFolder(dir, "/named")
	if err != nil {
		t.Fatal(err)
	}
	db, err := meta.Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := New(Config{
		DB: db, Files: folder, Log: slog.New(slog.DiscardHandler), Tables: slot.NewTables(), Older: new(meta.Older),
		Waits:   new(slot.Waits),
		Readers: new(lake.Readers),
	})
	left := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, "tables", "*", "data", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, id := range []string{"one", "two"} {
		path := filepath.Join(dir, "tables", id, "data", "file")
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("abc"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	earliest := time.Now()
	end := s.Readers.Begin()
	latest := time.Now()
	endAnother := s.Readers.Begin()
	before := left()

	var busy *Busy
	_, err = s.Orphans(t.Context(), OrphansRequest{Remove: true, Patience: time.Millisecond})
	if !errors.As(err, &busy) || busy.With != "those who read tables: a query, an export or a check" ||
		busy.Since.Before(earliest) || busy.Since.After(latest) {
		t.Fatalf("%v, %+v", err, busy)
	}
	if diff := cmp.Diff(before, left()); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	done, err := s.tend(t.Context(), "upkeep", time.Minute)
	if err != nil {
		t.Fatalf("the tables are not free again: %v", err)
	}
	done()

	end()
	endAnother()
	result, err := s.Orphans(t.Context(), OrphansRequest{Remove: true, Patience: time.Minute})
	want := []own.Orphan{{Path: "tables/one/data/file", Bytes: 3}, {Path: "tables/two/data/file", Bytes: 3}}
	if diff := cmp.Diff(want, result.Orphans); err != nil || diff != "" || len(left()) > 0 {
		t.Errorf("removed (-want +got):\n%s%v, and there are %v", diff, err, left())
	}
}
