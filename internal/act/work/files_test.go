package work

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// TestUpkeepRemovesOldOrphans: what nothing refers to goes once it is old, by what the files say of their age; what is
// young may be of a commit under way.
func TestUpkeepRemovesOldOrphans(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	w.load()
	dir := filepath.Join(w.dir, "tables", store.ID, "data")
	young, old := filepath.Join(dir, "young"), filepath.Join(dir, "lost", "0", "old")
	for path, age := range map[string]time.Duration{young: 23 * time.Hour, old: 25 * time.Hour} {
		when := time.Now().Add(-age)
		w.must(errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("abc"), 0o600),
			os.Chtimes(path, when, when)))
	}
	report, err := w.upkeep.Maintain(t.Context(), w.pointer(), upkeep.Care{Expire: true})
	w.must(err)
	if report.Removed.Files != 1 || report.Removed.Bytes != 3 {
		t.Errorf("removed %+v", report.Removed)
	}
	if _, err := os.Stat(young); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lost")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what held the old one: %v", err)
	}
	w.rows(1)
}

// TestCleanKeepsWhatCounts: of a job that ended well the attempts stay that counted, of any other nothing does, empty
// folders neither.
func TestCleanKeepsWhatCounts(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	job := w.start()
	cancelled := w.start()
	w.must(w.importItem(t.Context(), job, 0))
	w.must(w.finishImport(t.Context(), job))
	w.must(w.DB.CancelImportJob(t.Context(), meta.AdminAccount, meta.Variants, cancelled))
	data := filepath.Join(w.dir, "tables", store.ID, "data")
	before := w.tree("tables")
	for _, path := range []string{filepath.Join(job, "0", "7", "f"), filepath.Join(job, "3", "1", "f"),
		filepath.Join(cancelled, "0", "1", "f")} {
		path = filepath.Join(data, path)
		w.must(errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)))
	}
	w.must(os.MkdirAll(filepath.Join(data, job, "4", "1"), 0o700))
	w.must(w.upkeep.Clean(t.Context()))
	w.same("tables", before)
	dirs, err := filepath.Glob(filepath.Join(data, "*", "*"))
	w.must(err)
	if diff := cmp.Diff([]string{filepath.Join(data, job, "0")}, dirs); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(data, cancelled)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of the cancelled job: %v", err)
	}
}

// TestCardOfWhatIsThere: a reference whose files are gone does not say that it is there, or a state that is made anew
// from the folder would have it.
func TestCardOfWhatIsThere(t *testing.T) {
	w := newWorld(t)
	w.begin()
	references, err := w.DB.EveryReference(t.Context(), "", "")
	w.must(err)
	store, err := w.DB.ReferenceStoreByID(t.Context(), references[0].StoreID)
	w.must(err)
	dir := filepath.Join(w.dir, "references", store.ID, references[0].ID)
	w.must(os.Remove(filepath.Join(dir, meta.ReferenceCard)))
	w.must(w.describeReference(&store, &references[0]))
	raw, err := os.ReadFile(filepath.Join(dir, meta.ReferenceCard))
	w.must(err)
	if card, err := meta.ParseCard(raw, store.ID, references[0].ID); err != nil || card.Name != references[0].Name {
		t.Errorf("the card is %q, %v", raw, err)
	}
	w.must(os.RemoveAll(dir))
	if err := w.describeReference(&store, &references[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without its files: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folder: %v", err)
	}
}

// TestFilesAloneAreEnough: tables and references are made, filled, looked after, checked and removed by the interface
// alone, where room does not end and no path is another program's.
func TestFilesAloneAreEnough(t *testing.T) {
	w := newWorld(t)
	files := struct{ warehouse.Files }{w.folder()}
	if _, ok := any(files).(warehouse.Disk); ok {
		t.Fatal("it is a disk, too")
	}
	w.Files, w.Reader.Files, w.upkeep.Files = files, files, files
	store := w.store()
	w.load()
	w.load()
	report, err := w.upkeep.Maintain(t.Context(), w.pointer(), upkeep.Care{All: true, Expire: true})
	w.must(err)
	if report.Compactions != 1 {
		t.Errorf("%+v", report)
	}
	w.must(w.upkeep.Clean(t.Context()))
	found, err := w.upkeep.Check(t.Context(), upkeep.CheckRequest{Deep: true})
	w.must(err)
	if found.Found > 0 || found.Tables != 1 || found.References != 1 {
		t.Errorf("%+v", found)
	}
	w.rows(2)
	recovered, err := upkeep.Recover(t.Context(), upkeep.RecoveryOptions{Files: files, Region: w.Region})
	w.must(err)
	if len(recovered.State.Tables) != 1 || len(recovered.State.References) != 1 || len(recovered.Notes) > 0 {
		t.Errorf("%+v", recovered)
	}
	w.must(w.removeFiles(&store))
	if left := w.tree("tables"); len(left) > 0 {
		t.Errorf("left %d files", len(left))
	}
}
