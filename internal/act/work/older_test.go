package work

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// TestRelocateOfAnOlderState: what only a newer state has is neither removed nor does the command say that all is well.
func TestRelocateOfAnOlderState(t *testing.T) {
	w := newWorld(t)
	w.store()
	w.load()
	older := w.backup()
	w.load()
	newer := w.DB
	before := w.tree("tables")
	w.on(older)
	for name, to := range map[string]string{"where it is": w.dir, "elsewhere": "/srv/v"} {
		folder, err := warehouse.NewFolder(w.dir, to, w.dir)
		w.must(err)
		err = upkeep.Relocate(t.Context(), w.DB, folder,
			func(table string, _ int) { t.Errorf("%s: %s is moved", name, table) })
		if !errors.Is(err, meta.ErrOlder) || !strings.Contains(err.Error(), "1 imports that it has no record of") ||
			!strings.Contains(err.Error(), meta.OlderWay) {
			t.Errorf("%s: %v", name, err)
		}
		w.same("tables", before)
	}
	w.DB = newer
	w.rows(2)
}

// TestOlderStateOfAJobUnderWay: a state of while a job was read is older than the table that has the job's rows,
// whatever becomes of the job in it.
func TestOlderStateOfAJobUnderWay(t *testing.T) {
	w := newWorld(t)
	w.store()
	w.load()
	job := w.start()
	submitted := []string{w.backup(), w.backup()}
	w.must(w.importItem(t.Context(), job, 0))
	read := w.backup()
	w.must(w.finishImport(t.Context(), job))
	before := w.tree("tables")
	for name, test := range map[string]struct {
		end  func() error // what becomes of the job
		want omics.JobStatus
	}{
		"tried again": {func() error {
			err := w.importItem(t.Context(), job, 0)
			w.forget() // the next start is here already, when all of the job has ended
			return errors.Join(err, w.upkeep.Look(t.Context()), w.finishImport(t.Context(), job))
		}, omics.JobFailed},
		"cancelled": {func() error {
			return w.DB.CancelImportJob(t.Context(), meta.AdminAccount, meta.Variants, job)
		}, omics.JobCancelled},
	} {
		w.on(submitted[0])
		submitted = submitted[1:]
		w.look()
		if !strings.Contains(w.Older.Of(w.pointer().ID),
			"1 imports that it has no record of or none of their end, the newest job "+job) {
			t.Errorf("%s: found %q", name, w.Older.Tables())
		}
		w.must(test.end())
		w.forget()
		w.look() // of the next start
		w.must(w.upkeep.Clean(t.Context()))
		if w.Older.Of(w.pointer().ID) == "" {
			t.Errorf("%s: found nothing", name)
		}
		ended, _, err := w.DB.ImportJob(t.Context(), meta.AdminAccount, meta.Variants, job)
		w.must(err)
		if ended.Status != test.want {
			t.Errorf("%s: the job is %s: %s", name, ended.Status, ended.StatusMessage)
		}
		w.same("tables", before)
	}
	w.on(read) // it may have been killed amid the commit, which it does again
	w.look()
	if len(w.Older.Tables()) > 0 {
		t.Errorf("a commit of its own is a newer state's: %q", w.Older.Tables())
	}
	w.must(w.finishImport(t.Context(), job))
	w.rows(2)
}

// TestOlderStateMakesNoTable: a store that waits CREATING in a state of before its imports does not wipe them; it
// fails, and check tells why.
func TestOlderStateMakesNoTable(t *testing.T) {
	w := newWorld(t)
	store := w.begin()
	older := w.backup()
	w.must(w.createTable(t.Context(), store.ID))
	empty := w.backup() // the table was made, without rows
	w.load()
	before := w.tree("tables")
	w.on(older)
	for range 2 { // the second start finds it FAILED
		w.look()
		job := task{subject: store.ID, fail: func(ctx context.Context, reason string) error {
			_, err := w.DB.FailTable(ctx, store.ID, reason)
			return err
		}}
		w.must(w.judged(t.Context(), job, func(ctx context.Context) error { return w.createTable(ctx, store.ID) }))
		result, err := w.upkeep.Check(t.Context(), upkeep.CheckRequest{})
		w.must(err)
		if len(result.Findings) != 1 || !strings.HasPrefix(result.Findings[0], "cohort: tables/"+store.ID+"/data/") {
			t.Errorf("findings %q", result.Findings)
		}
		orphans, err := w.upkeep.Orphans(t.Context(), upkeep.OrphansRequest{Remove: true})
		w.must(err)
		if len(orphans.Newer) != 1 || orphans.Files != 0 {
			t.Errorf("orphans %+v", orphans)
		}
		w.same("tables", before)
		w.forget()
	}
	failed, err := w.DB.StoreByID(t.Context(), store.ID)
	w.must(err)
	if failed.Status != omics.StoreFailed || failed.StatusMessage != meta.ErrOlder.Error() {
		t.Errorf("the store is %s: %s", failed.Status, failed.StatusMessage)
	}

	// What a crash left of a table that was just made is no newer state's.
	w.on(empty)
	w.must(os.RemoveAll(filepath.Join(w.dir, "tables", store.ID, "data")))
	for _, file := range lakeFiles(t, w, store.Location) {
		if !strings.HasPrefix(filepath.Base(file), "00000-") {
			w.must(os.Remove(file))
		}
	}
	w.exec(`DELETE FROM iceberg_tables`)
	w.exec(`UPDATE stores SET status = 'CREATING'`)
	w.exec(`UPDATE tables SET status = 'CREATING'`)
	w.look()
	w.must(w.createTable(t.Context(), store.ID))
	w.rows(0)
}

// lakeFiles lists the paths of a table's files.
func lakeFiles(t *testing.T, w *world, location string) (paths []string) {
	t.Helper()
	files, err := warehouse.ListFiles(w.Files, location)
	w.must(err)
	for _, file := range files {
		paths = append(paths, file.Path)
	}
	return paths
}

// TestOlderUnlessItCanBeRead: metadata that cannot be read may be of a newer state, and hides no other that is.
func TestOlderUnlessItCanBeRead(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	w.load()
	older := w.backup()
	w.load()
	dir := filepath.Join(w.dir, "tables", store.ID, "metadata")
	huge := filepath.Join(dir, "00000-huge.metadata.json") // before the others
	w.must(os.WriteFile(huge, nil, 0o600))
	w.must(os.Truncate(huge, 2<<30))
	closed := filepath.Join(dir, "00001-closed.metadata.json")
	w.must(syscall.Mknod(closed, syscall.S_IFSOCK|0o600, 0)) // which nobody can open as a file
	w.look()
	if got := w.Older.Of(store.ID); !strings.HasPrefix(got,
		"it cannot be said whether varlake.db is older than the table") || !strings.Contains(got, filepath.Base(huge)) ||
		!strings.Contains(got, filepath.Base(closed)) {
		t.Errorf("of its own state: %q", got)
	}
	w.on(older)
	w.look()
	if got := w.Older.Of(store.ID); !strings.Contains(got, "1 imports that it has no record of") {
		t.Errorf("of an older state: %q", got)
	}
	// What is no file of metadata, whatever its name, says nothing.
	w.must(errors.Join(os.Remove(huge), os.Remove(closed), os.Mkdir(closed, 0o700)))
	w.forget()
	w.must(w.DB.SetOlder(t.Context(), store.ID, ""))
	orphans, err := w.upkeep.Orphans(t.Context(), upkeep.OrphansRequest{Remove: true})
	w.must(err)
	if orphans.Files == 0 {
		t.Fatal("the newer import is still there")
	}
	w.look()
	if got := w.Older.Of(store.ID); got != "" {
		t.Errorf("once that is gone: %q", got)
	}
}

// TestReferenceOfAnOlderState: a reference that a newer state had finished is taken as it is, even when its source is
// gone.
func TestReferenceOfAnOlderState(t *testing.T) {
	w := newWorld(t)
	source := w.file("small.fa", ">chr1\nACGT\n")
	job := w.reference(source)
	older := w.backup()
	w.must(w.importReference(t.Context(), job, 0))
	finished, err := w.DB.EveryReference(t.Context(), "", "")
	w.must(err)
	before := w.tree("references")
	w.must(os.Remove(source))
	w.on(older)
	w.must(w.importReference(t.Context(), job, 0))
	again, err := w.DB.EveryReference(t.Context(), "", "")
	w.must(err)
	w.same("references", before)
	if len(again) != 1 {
		t.Fatalf("references %+v", again)
	}
	if a, b := finished[0], again[0]; a.ID != b.ID || a.MD5 != b.MD5 || a.SourceBytes != b.SourceBytes ||
		a.IndexBytes != b.IndexBytes || b.SourceBytes != 11 {
		t.Errorf("reference %+v, before %+v", b, a)
	}
}
