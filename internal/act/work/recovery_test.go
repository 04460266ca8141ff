package work

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// TestRecoverAmidARelocation: a table whose metadata says the old place and whose newest files the new one is recovered
// as it is, and both places count.
func TestRecoverAmidARelocation(t *testing.T) {
	w := newWorld(t)
	w.store()
	w.load()
	folder, err := warehouse.NewFolder(w.dir, "/srv/new", w.dir)
	w.must(err)
	w.Files = folder
	w.load()
	found, err := upkeep.Recover(t.Context(), upkeep.RecoveryOptions{Files: w.folder(), Region: w.Region})
	w.must(err)
	if len(found.Notes) > 0 || len(found.State.Jobs) != 2 {
		t.Errorf("found %q, notes %q, %d jobs", found.Found, found.Notes, len(found.State.Jobs))
	}
	found.State.Keys = []meta.AccessKey{{Account: meta.AdminAccount, ID: "AKIAEXAMPLEEXAMPLE00", Secret: "secret",
		Name: "test"}}
	w.on(filepath.Join(t.TempDir(), "varlake.db"))
	w.must(w.DB.Restore(t.Context(), found.State))
	locations, err := w.DB.Locations(t.Context(), w.dir)
	w.must(err)
	if diff := cmp.Diff([]string{w.dir, "/srv/new"}, locations); diff != "" {
		t.Fatalf("locations (-want +got):\n%s", diff)
	}
	w.Files, err = warehouse.NewFolder(w.dir, locations[0], locations[1:]...)
	w.must(err)
	w.rows(2)
}

// TestRecoverTellsOfBranches: when an older state went on beside what a newer one had committed, the imports that this
// gives up are named.
func TestRecoverTellsOfBranches(t *testing.T) {
	w := newWorld(t)
	w.store()
	w.load()
	older := w.backup()
	newest := w.load()
	w.on(older)
	w.load()
	w.load()
	found, err := upkeep.Recover(t.Context(), upkeep.RecoveryOptions{Files: w.folder(), Region: w.Region})
	w.must(err)
	if !slices.ContainsFunc(found.Notes,
		func(note string) bool { return strings.Contains(note, "the last job "+newest) }) {
		t.Errorf("notes %q", found.Notes)
	}
}

// TestWaitingIsNoCrash: an attempt that ended and waits to be made again is not under way when the server is killed.
func TestWaitingIsNoCrash(t *testing.T) {
	w := newWorld(t)
	w.store()
	job := w.start()
	work := task{subject: job, release: func(ctx context.Context) error { return w.DB.ReleaseItem(ctx, job, 0) }}
	for range maxAttempts + 1 {
		err := w.judged(t.Context(), work, func(ctx context.Context) error {
			if _, err := w.DB.ClaimItem(ctx, job, 0); err != nil {
				return err
			}
			return syscall.ENOSPC
		})
		if err == nil {
			t.Fatal("it does not wait")
		}
		_, err = w.DB.Recover(t.Context()) // as after a kill
		w.must(err)
	}
	claim, err := w.DB.ClaimItem(t.Context(), job, 0)
	w.must(err)
	if claim.Item.Crashes != 0 {
		t.Errorf("%d crashes", claim.Item.Crashes)
	}
	_, err = w.DB.Recover(t.Context()) // killed while it is made
	w.must(err)
	if claim, err = w.DB.ClaimItem(t.Context(), job, 0); err != nil || claim.Item.Crashes != 1 {
		t.Errorf("%+v, %v", claim, err)
	}
}
