package work

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// TestCommitThatIsNotNoted leaves no metadata behind, however often it is tried, and lands once the state takes it.
func TestCommitThatIsNotNoted(t *testing.T) {
	w := newWorld(t)
	w.store()
	w.load()
	job := w.start()
	w.must(w.importItem(t.Context(), job, 0))
	before := w.tree("tables")
	w.exec(`CREATE TRIGGER full BEFORE UPDATE ON iceberg_tables BEGIN SELECT raise(ABORT, 'full'); END`)
	for range 3 {
		if err := w.finishImport(t.Context(), job); err == nil || !strings.Contains(err.Error(), "full") {
			t.Fatalf("the commit ended with %v", err)
		}
	}
	w.same("tables", before)
	w.exec(`DROP TRIGGER full`)
	w.must(w.finishImport(t.Context(), job))
	w.is(job, omics.JobCompleted, "1 of 1 items imported.")
	w.rows(2)
}

// TestUpkeepThatIsNotNoted leaves neither metadata nor files of a compaction or an expiry behind.
func TestUpkeepThatIsNotNoted(t *testing.T) {
	w := newWorld(t)
	w.store()
	w.load()
	w.load()
	w.upkeep.Plan.Keep = lake.Keep{Snapshots: 1}
	w.exec(`CREATE TRIGGER full BEFORE UPDATE ON iceberg_tables BEGIN SELECT raise(ABORT, 'full'); END`)
	before := w.tree("tables")
	for _, care := range []upkeep.Care{{All: true}, {Expire: true}} {
		if _, err := w.upkeep.Maintain(t.Context(), w.pointer(), care); err == nil || !strings.Contains(err.Error(), "full") {
			t.Errorf("%+v ended with %v", care, err)
		}
		w.same("tables", before)
	}
	w.exec(`DROP TRIGGER full`)
	report, err := w.upkeep.Maintain(t.Context(), w.pointer(), upkeep.Care{All: true, Expire: true})
	w.must(err)
	if report.Compactions != 1 || report.Expired == 0 {
		t.Errorf("%+v", report)
	}
	w.rows(2)
}

// TestAttemptOverAnother: files that are there under the attempt's number, of a state of before, do not fail the item.
func TestAttemptOverAnother(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	job := w.start()
	backup := w.backup()
	w.must(w.importItem(t.Context(), job, 0))
	stray := filepath.Join(w.dir, "tables", store.ID, "data", job, "0", "1", "stray.parquet")
	w.must(os.WriteFile(stray, nil, 0o600))
	w.on(backup)
	w.must(w.importItem(t.Context(), job, 0))
	w.must(w.finishImport(t.Context(), job))
	w.is(job, omics.JobCompleted, "1 of 1 items imported.")
	w.rows(1)
	if _, err := os.Stat(stray); !os.IsNotExist(err) {
		t.Errorf("the other's file: %v", err)
	}
}

// TestOlderStateCommitsNothing: a job whose files are read already fails, and leaves the newer state's table as it is;
// nor does the message of an item tell a place of the machine.
func TestOlderStateCommitsNothing(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	due, unread := w.start(), w.start()
	w.must(w.importItem(t.Context(), due, 0))
	older := w.backup()
	w.must(w.finishImport(t.Context(), due))
	newest := w.load()
	before := w.tree("tables")
	w.on(older)
	w.look()
	w.must(w.importItem(t.Context(), unread, 0))
	for _, job := range []string{due, unread} {
		work := task{subject: job, fail: func(ctx context.Context, reason string) error {
			_, err := w.DB.FinishImportWithoutRows(ctx, job, "Nothing was imported: "+reason+".", nil)
			return err
		}}
		w.must(w.judged(t.Context(), work, func(ctx context.Context) error { return w.finishImport(ctx, job) }))
		got, items, err := w.DB.ImportJob(t.Context(), meta.AdminAccount, meta.Variants, job)
		w.must(err)
		for _, message := range []string{got.StatusMessage, items[0].StatusMessage} {
			if !strings.Contains(message, "tables/"+store.ID+"/metadata/") ||
				!strings.Contains(message, "the newest job "+newest) ||
				!strings.Contains(message, meta.OlderWay) ||
				strings.Contains(strings.ReplaceAll(message, items[0].Source.Path, ""), w.dir) {
				t.Errorf("message %s", message)
			}
		}
		if got.Status != omics.JobFailed {
			t.Errorf("job is %s", got.Status)
		}
	}
	w.same("tables", before)
}

// TestCleanPastOthers: jobs that cannot be cleaned, or are not to be, keep none from it that ended after them.
func TestCleanPastOthers(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	last := w.load()
	w.exec(`UPDATE import_jobs SET seq = 1000`)
	w.Older.Note("elsewhere", "older")
	const page = 100 // as many as are looked up at once
	for seq := range 2 * page {
		id, table := fmt.Sprint("held", seq), store.ID
		if seq%2 == 0 {
			table = "elsewhere"
		}
		const same = `account, kind, store, store_name, location, version_name, namespace, table_name, role_arn, normalize, format, status, created, updated`
		w.exec(`INSERT INTO import_jobs (seq, id, table_id, `+same+`) SELECT ?, ?, ?, `+same+` FROM import_jobs WHERE id = ?`,
			seq+1, id, table, last)
		w.Tables.Work(id)
	}
	w.must(w.upkeep.Clean(t.Context()))
	left, err := w.DB.UncleanJobs(t.Context(), nil, 0, 3*page)
	w.must(err)
	if len(left) != 2*page || left[len(left)-1].Job.ID == last {
		t.Errorf("%d jobs are left", len(left))
	}
	due, err := w.DB.UncleanJobs(t.Context(), w.Older.Tables(), 10, 5)
	w.must(err)
	if len(due) != 5 || due[0].Job.Seq != 12 || due[4].Job.Seq != 20 {
		t.Errorf("due are %+v", due)
	}
}

// TestLinkOfNoStore: a link beside the tables that no store has is told, and what it leads to is no orphan of its.
func TestLinkOfNoStore(t *testing.T) {
	w := newWorld(t)
	store := w.store()
	w.load()
	link := filepath.Join(w.dir, "tables", "other")
	w.must(os.Symlink(filepath.Join(w.dir, "tables", store.ID, "data"), link))
	found, err := w.upkeep.Orphans(t.Context(), upkeep.OrphansRequest{Remove: true})
	w.must(err)
	if found.Files != 0 || len(found.Unknown) != 1 || !strings.HasPrefix(found.Unknown[0], "tables/other is a link") ||
		!warehouse.IsLink(link) {
		t.Errorf("%+v", found)
	}
	w.rows(1)
}
