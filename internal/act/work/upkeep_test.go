package work

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// amid has do called once, when the next compaction has chosen its files and not yet read them.
func (w *world) amid(do func()) {
	w.upkeep.Schema = func(table *meta.Table) (*lake.Schema, error) {
		w.upkeep.Schema = ingest.Schema
		do()
		return ingest.Schema(table)
	}
}

// sound holds the data folder to what its check and its search for orphans ask for.
func (w *world) sound() {
	w.t.Helper()
	found, err := w.upkeep.Check(w.t.Context(), upkeep.CheckRequest{Deep: true})
	w.must(err)
	left, err := w.upkeep.Orphans(w.t.Context(), upkeep.OrphansRequest{})
	w.must(err)
	if len(found.Findings) > 0 || left.Files > 0 {
		w.t.Errorf("findings %q, orphans %+v", found.Findings, left.Orphans)
	}
}

// TestCompactionBesideAnImport: an import that commits while its table's files are compacted is neither lost nor
// counted twice.
func TestCompactionBesideAnImport(t *testing.T) {
	w := newWorld(t)
	w.store()
	w.load()
	w.load()
	w.amid(func() { w.load() })
	report, err := w.upkeep.Maintain(t.Context(), w.pointer(), upkeep.Care{All: true})
	w.must(err)
	if report.Before.Files != 2 || report.Compactions != 2 || report.After.Files != 1 {
		t.Errorf("%+v", report)
	}
	w.rows(3)
	w.sound()
}

// TestUpkeepOfADeletedTable: the deletion of a table ends its upkeep, which leaves the table as it was.
func TestUpkeepOfADeletedTable(t *testing.T) {
	w := newWorld(t)
	w.store()
	w.load()
	w.load()
	before := w.pointer()
	w.amid(func() { w.Tables.EndUpkeep(before.ID) })
	if _, err := w.upkeep.Maintain(t.Context(), before, upkeep.Care{All: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	if diff := cmp.Diff(before, w.pointer()); diff != "" || w.Tables.Busy(before.ID) {
		t.Errorf("still at work: %v; the table (-was +is):\n%s", w.Tables.Busy(before.ID), diff)
	}
	w.rows(2)
}

// TestUpkeepLooksOnly: a dry run says what would be done, also of a table and a folder that are not to be touched, and
// nothing else is done with those.
func TestUpkeepLooksOnly(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	w.load()
	w.load()
	before := w.tree("tables")
	dry := func() {
		t.Helper()
		report, err := w.upkeep.Maintain(t.Context(), w.pointer(), upkeep.Care{All: true, Expire: true, DryRun: true})
		if err != nil || report.Compactions != 1 || report.Compacted.Files != 2 || report.Before != report.After ||
			report.Expired != 0 || report.Removed != (own.Footprint{}) {
			t.Errorf("%+v, %v", report, err)
		}
	}
	dry()
	w.Older.Note(store.ID, "older")
	dry()
	if _, err := w.upkeep.Maintain(t.Context(), w.pointer(), upkeep.Care{All: true}); !errors.Is(err, meta.ErrOlder) {
		t.Errorf("a table that the state is older than: %v", err)
	}
	w.Older.Forget(store.ID)
	w.upkeep.Idle = true
	dry()
	if _, err := w.upkeep.Maintain(t.Context(), w.pointer(), upkeep.Care{All: true}); err == nil {
		t.Error("an idle service wrote")
	}
	if _, err := w.upkeep.Orphans(t.Context(), upkeep.OrphansRequest{Remove: true}); err == nil {
		t.Error("an idle service removed orphans")
	}
	w.same("tables", before)
}

// TestExpiryWaitsForReaders: the snapshots that the plan does not keep go, and the files that only they had once nobody
// reads them.
func TestExpiryWaitsForReaders(t *testing.T) {
	w := newWorld(t)
	w.store()
	w.load()
	w.load()
	old, err := lake.Open(t.Context(), w.Files, w.pointer().MetadataLocation)
	w.must(err)
	w.upkeep.Plan.Keep = lake.Keep{Snapshots: 1, Age: time.Hour}
	report, err := w.upkeep.Maintain(t.Context(), w.pointer(), upkeep.Care{All: true, Expire: true})
	w.must(err)
	if report.Compactions != 1 || report.Expired != 0 || report.Removed.Files != 0 {
		t.Fatalf("nothing is old yet: %+v", report)
	}
	w.upkeep.Plan.Keep = lake.Keep{Snapshots: 1}
	end := w.upkeep.Readers.Begin()
	compacted := w.pointer().MetadataLocation
	expired := make(chan own.UpkeepReport)
	go func() {
		report, err := w.upkeep.Maintain(t.Context(), w.pointer(), upkeep.Care{Expire: true})
		if err != nil {
			t.Error(err)
		}
		expired <- report
	}()
	for w.pointer().MetadataLocation == compacted && !t.Failed() {
		time.Sleep(time.Millisecond)
	}
	for _, file := range old.Files() {
		if _, err := os.Stat(file.Path); err != nil {
			t.Errorf("a file that may be read: %v", err)
		}
	}
	end()
	report = <-expired
	if report.Expired == 0 || report.Removed.Files == 0 {
		t.Errorf("%+v", report)
	}
	for _, file := range old.Files() {
		if _, err := os.Stat(file.Path); !os.IsNotExist(err) {
			t.Errorf("a file of an expired snapshot: %v", err)
		}
	}
	w.rows(2)
	w.sound()
}

// TestOrphansSparesWhatMayCount: what a job under way has written is no orphan, nor is what a newer state may have,
// unless that is given up.
func TestOrphansSparesWhatMayCount(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	job := w.start()
	w.must(w.importItem(t.Context(), job, 0))
	w.sound() // the job is to be committed
	w.must(w.finishImport(t.Context(), job))
	stray := filepath.Join(w.dir, "tables", store.ID, "data", "newer")
	w.must(os.WriteFile(stray, []byte("abc"), 0o600))
	w.Older.Note(store.ID, "metadata of a newer state")
	remove := upkeep.OrphansRequest{Remove: true}
	found, err := w.upkeep.Orphans(t.Context(), remove)
	w.must(err)
	if diff := cmp.Diff([]string{"cohort: metadata of a newer state"}, found.Newer); diff != "" || found.Files != 0 {
		t.Errorf("%+v", found)
	}
	remove.AcceptOlder = true
	found, err = w.upkeep.Orphans(t.Context(), remove)
	w.must(err)
	if _, err := os.Stat(stray); !os.IsNotExist(err) || found.Files != 1 || found.Bytes != 3 ||
		w.Older.Of(store.ID) != "" {
		t.Errorf("%+v, the file: %v", found, err)
	}
	w.rows(1)
	w.sound()
}

// TestCheckTells holds a check to all that it looks at beside the tables' metadata: each is one line, of names below
// the data folder, and of the store asked for alone.
func TestCheckTells(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	w.load()
	w.sound()
	snapshot, err := lake.Open(t.Context(), w.Files, w.pointer().MetadataLocation)
	w.must(err)
	w.must(os.Remove(snapshot.Files()[0].Path))
	references, err := w.DB.EveryReference(t.Context(), "", "")
	w.must(err)
	one := references[0]
	w.must(os.Truncate(filepath.Join(w.dir, "references", one.StoreID, one.ID, meta.ReferenceFASTA), 1))
	w.Older.Note(store.ID, "metadata of a newer state")
	for range meta.StuckAttempts {
		w.Waits.Note(1, "finish_import", "a-job", "the disk\nis full")
	}
	w.Waits.Note(2, "finish_import", "another-job", "tried once")
	found, err := w.upkeep.Check(t.Context(), upkeep.CheckRequest{})
	w.must(err)
	want := []string{"cohort: metadata of a newer state; " + meta.OlderWay,
		"cohort: tables/" + store.ID + "/data/", "reference small: ", "finish_import a-job failed 5 times"}
	if found.Found != len(want) || len(found.Findings) != len(want) || found.Tables != 1 || found.Files != 1 {
		t.Fatalf("%+v", found)
	}
	for i, finding := range found.Findings {
		if !strings.HasPrefix(finding, want[i]) || strings.Contains(finding, w.dir) || strings.Contains(finding, "\n") {
			t.Errorf("finding %q, want %q", finding, want[i])
		}
	}
	findings := found.Findings
	found, err = w.upkeep.Check(t.Context(), upkeep.CheckRequest{Account: meta.AdminAccount, Store: "cohort"})
	w.must(err)
	if diff := cmp.Diff(findings[:3], found.Findings); diff != "" { // and its reference
		t.Errorf("of the store alone (-want +got):\n%s", diff)
	}
	_, err = upkeep.NewCaretaker(w.upkeep, "").Check(omics.WithCaller(t.Context(),
		omics.Caller{Account: meta.AdminAccount}), &own.CheckIn{Store: "none"})
	var refused *omics.Error
	if !errors.As(err, &refused) || refused.Code != omics.CodeResourceNotFound {
		t.Errorf("of no store: %v", err)
	}
}

// TestBackground: a service that was started cleans up after final jobs, until it is stopped.
func TestBackground(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	job := w.start()
	w.must(w.DB.CancelImportJob(t.Context(), meta.AdminAccount, meta.Variants, job))
	left := filepath.Join(w.dir, "tables", store.ID, "data", job, "0", "1", "file")
	w.must(errors.Join(os.MkdirAll(filepath.Dir(left), 0o700), os.WriteFile(left, nil, 0o600)))
	w.upkeep.Plan.Off = true
	w.upkeep.Start()
	for cleaned := false; !cleaned; time.Sleep(time.Millisecond) {
		unclean, err := w.DB.UncleanJobs(t.Context(), nil, 0, 1)
		w.must(err)
		cleaned = len(unclean) == 0
	}
	w.upkeep.Stop()
	if _, err := os.Stat(filepath.Dir(filepath.Dir(filepath.Dir(left)))); !os.IsNotExist(err) {
		t.Errorf("the folder of the cancelled job: %v", err)
	}
}
