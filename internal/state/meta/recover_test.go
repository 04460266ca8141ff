package meta

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/varlake/varlake/internal/wire/omics"
)

// itemWorker runs work for each item.
type itemWorker struct {
	river.WorkerDefaults[ImportItemArgs]
	work func(ctx context.Context, a ImportItemArgs) error
}

func (w *itemWorker) Work(ctx context.Context, job *river.Job[ImportItemArgs]) error {
	return w.work(ctx, job.Args)
}

// startQueue works the items over the one writer connection, as a server does.
func startQueue(t *testing.T, f *fixture,
	work func(ctx context.Context, a ImportItemArgs) error) *river.Client[*sql.Tx] {
	t.Helper()
	workers := river.NewWorkers()
	river.AddWorker(workers, &itemWorker{work: work})
	c := must(river.NewClient(riversqlite.New(f.Writer()), &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{QueueImport: {MaxWorkers: 2}},
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 250 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}))(t)
	if err := c.Start(f.ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

// crash goes on with what a killed server would leave on disk.
func (f *fixture) crash(t *testing.T) {
	t.Helper()
	f.path = f.left(t)
	f.DB = must(Open(f.ctx, f.path))(t)
	t.Cleanup(func() { f.DB.Close() })
}

// left is a copy of what a killed server would leave on disk: the file and its log as they are, nothing closed.
func (f *fixture) left(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	for _, suffix := range []string{"", "-wal"} {
		b := must(os.ReadFile(f.path + suffix))(t)
		if err := os.WriteFile(path+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestQueueWorksOverTheWriterConnection(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	var mu sync.Mutex
	seen := map[int]int{}
	done := make(chan struct{}, 100)
	c := startQueue(t, f, func(ctx context.Context, a ImportItemArgs) error {
		claim, err := f.ClaimItem(ctx, a.JobID, a.Item)
		if err != nil {
			return err
		}
		if _, err := f.FinishItem(ctx, a.JobID, a.Item, claim.Item.Attempt,
			ItemResult{Status: omics.JobCompleted}); err != nil {
			return err
		}
		mu.Lock()
		seen[a.Item]++
		mu.Unlock()
		done <- struct{}{}
		return nil
	})
	j := f.start(t, "cohort", make([]string, 20)...)
	for range 20 {
		<-done
	}
	if err := c.Stop(f.ctx); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if seen[i] != 1 {
			t.Errorf("item %d was worked %d times", i, seen[i])
		}
	}
	if p := must(f.PendingCommit(f.ctx, j.ID))(t); p == nil || f.queued(t, "finish_import") != 1 {
		t.Errorf("pending commit %v, %d enqueued", p, f.queued(t, "finish_import"))
	}
}

func TestRecoverAfterACrashDuringAnItem(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	j := f.start(t, "cohort", "s3://b/0.vcf")
	// What a killed server leaves: the queue row running, its lease held, the item claimed.
	if _, err := f.writer.Exec(`UPDATE river_job SET state = 'running', attempt = 25 WHERE kind = 'import_item'`); err != nil {
		t.Fatal(err)
	}
	if _, err := f.writer.Exec(`INSERT INTO river_leader (elected_at, expires_at, leader_id, name)
		VALUES (datetime('now'), datetime('now', '+1 hour'), 'dead', 'default')`); err != nil {
		t.Fatal(err)
	}
	old := must(f.ClaimItem(f.ctx, j.ID, 0))(t)
	f.crash(t)
	r := must(f.Recover(f.ctx))(t)
	if r.Requeued != 1 || f.queued(t, "import_item") != 1 {
		t.Fatalf("recovered %+v, %d items queued", r, f.queued(t, "import_item"))
	}
	var attempt, leases int
	if err := f.reader.QueryRow(
		`SELECT attempt, (SELECT count(*) FROM river_leader) FROM river_job WHERE kind = 'import_item'`).Scan(&attempt,
		&leases); err != nil || attempt != 0 || leases != 0 {
		t.Errorf("queue job has attempt %d, %d leases are held, %v", attempt, leases, err)
	}
	claims := make(chan *Claim, 1)
	c := startQueue(t, f, func(ctx context.Context, a ImportItemArgs) error {
		claim, err := f.ClaimItem(ctx, a.JobID, a.Item)
		claims <- claim
		return err
	})
	claim := <-claims
	if err := c.Stop(f.ctx); err != nil {
		t.Fatal(err)
	}
	if claim == nil || claim.Item.Attempt != old.Item.Attempt+1 {
		t.Errorf("claim after the crash %+v", claim)
	}
	if alive := must(f.ItemAlive(f.ctx, j.ID, 0, old.Item.Attempt))(t); alive {
		t.Error("the attempt before the crash is alive")
	}
}

func TestRecoverInsertsWhatTheQueueLacks(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	creating := must(f.CreateStore(f.ctx, f.newStore("creating")))(t)
	deleting := f.store(t, "deleting")
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "deleting", false); err != nil {
		t.Fatal(err)
	}
	open := f.start(t, "cohort", "s3://b/0", "s3://b/1")
	f.finish(t, open.ID, 0, omics.JobCompleted)
	ended := f.start(t, "cohort", "s3://b/0")
	f.finish(t, ended.ID, 0, omics.JobCompleted)
	final := f.start(t, "cohort", "s3://b/0")
	if err := f.CancelImportJob(f.ctx, AdminAccount, Variants, final.ID); err != nil {
		t.Fatal(err)
	}
	reference := f.startReferences(t, f.reference.StoreID, nil, "one")
	if _, err := f.writer.Exec(`DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	if r := must(f.Recover(f.ctx))(t); r.Inserted != 5 {
		t.Errorf("recovered %+v", r)
	}
	if r := must(f.Recover(f.ctx))(t); r.Inserted != 0 {
		t.Errorf("recovered again %+v", r)
	}
	got := must(collect(f.ctx, f.reader, scanString,
		`SELECT kind || json(args) FROM river_job WHERE state = 'available' ORDER BY id`))(t)
	want := []string{
		`import_item{"job_id":"` + open.ID + `","item":1}`,
		`finish_import{"job_id":"` + ended.ID + `"}`,
		`reference_import{"job_id":"` + reference.ID + `","source":0}`,
		`create_table{"table_id":"` + creating.ID + `"}`,
		`delete_store{"store_id":"` + deleting.ID + `"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecoverInsertsWhatAnnotationsAndSharesLack(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	kept := f.annotations(t, AdminAccount, "kept")
	must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "creating")))(t)
	making := must(f.CreateVersion(f.ctx, AdminAccount, "kept", f.newVersion(AdminAccount, "kept", "making")))(t)
	doomed := f.version(t, AdminAccount, "kept", "doomed")
	if err := f.BeginDeleteVersion(f.ctx, kept.ID, "doomed", false); err != nil {
		t.Fatal(err)
	}
	deleting := f.annotations(t, AdminAccount, "deleting") // its versions are removed with it
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, "deleting", false); err != nil {
		t.Fatal(err)
	}
	job := f.startAnnotation(t, "kept", "", "s3://b/0")
	shares := map[string]string{}
	for _, subscriber := range []string{"100000000001", "100000000002", "100000000003", "100000000004", "100000000005"} {
		shares[subscriber] = must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: subscriber,
			ARN: kept.ARN, Max: 9}))(t).ID
	}
	must(f.AcceptShare(f.ctx, "100000000002", shares["100000000002"]))(t)
	must(f.BeginDeleteShare(f.ctx, AdminAccount, shares["100000000003"]))(t)
	must(f.AcceptShare(f.ctx, "100000000004", shares["100000000004"]))(t)
	must(f.BeginDeleteShare(f.ctx, AdminAccount, shares["100000000005"]))(t)
	// final
	if err := errors.Join(f.ActivateShare(f.ctx, shares["100000000004"]),
		f.EndShare(f.ctx, shares["100000000005"])); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`import_item{"job_id":"` + job.ID + `","item":0}`,
		`create_table{"table_id":"` + f.getVersion(t, AdminAccount, "creating", "creating").ID + `"}`,
		`create_table{"table_id":"` + making.ID + `"}`,
		`delete_table{"table_id":"` + doomed.ID + `"}`,
		`delete_store{"store_id":"` + deleting.ID + `"}`,
		`activate_share{"share_id":"` + shares["100000000002"] + `"}`,
		`delete_share{"share_id":"` + shares["100000000003"] + `"}`,
	}
	// The queue of a server that ran has them, whatever else it has.
	if r := must(f.Recover(f.ctx))(t); r.Inserted != 0 {
		t.Errorf("recovered %+v with nothing lost", r)
	}
	if _, err := f.writer.Exec(`DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	if r := must(f.Recover(f.ctx))(t); r.Inserted != len(want) {
		t.Errorf("recovered %+v, want %d", r, len(want))
	}
	got := must(collect(f.ctx, f.reader, scanString,
		`SELECT kind || json(args) FROM river_job WHERE state = 'available' ORDER BY id`))(t)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecoverForgetsJobsAfterTwoYears(t *testing.T) {
	f := newFixture(t)
	at := fixedNow
	f.Now = func() time.Time { return at }
	f.store(t, "cohort")
	j := f.start(t, "cohort", "s3://b/0")
	if err := f.CancelImportJob(f.ctx, AdminAccount, Variants, j.ID); err != nil {
		t.Fatal(err)
	}
	must(f.MarkCleaned(f.ctx, j.ID))(t)
	must(f.Recover(f.ctx))(t)
	if got := f.status(t, j.ID); got != omics.JobCancelled {
		t.Errorf("job is %s", got)
	}
	at = at.Add(JobLife + time.Hour)
	must(f.Recover(f.ctx))(t)
	if _, _, err := f.ImportJob(f.ctx, AdminAccount, Variants, j.ID); err != ErrNotFound {
		t.Errorf("job after two years: %v", err)
	}
}

func TestAnswersOutliveTheProcess(t *testing.T) {
	f := newFixture(t)
	s := f.store(t, "cohort")
	j := f.start(t, "cohort", "s3://b/0.vcf")
	f.finish(t, j.ID, 0, omics.JobCompleted)
	must(f.CommitImport(f.ctx, j.ID, "m0", "m1", omics.JobCompleted, ""))(t)
	key := must(f.TokenKey(f.ctx))(t)
	before, items, _ := f.ImportJob(f.ctx, AdminAccount, Variants, j.ID)
	f.crash(t)
	after, itemsAfter, err := f.ImportJob(f.ctx, AdminAccount, Variants, j.ID)
	if err != nil || !cmp.Equal(before, after) || !cmp.Equal(items, itemsAfter) {
		t.Errorf("job %+v became %+v, %v", before, after, err)
	}
	if loc, _ := f.pointer(t, s); loc != "m1" {
		t.Errorf("table points at %q", loc)
	}
	if again := must(f.TokenKey(f.ctx))(t); !cmp.Equal(key, again) || len(key) != 32 {
		t.Error("the token key changed")
	}
	if _, made, err := f.EnsureAdmin(f.ctx, NewAccessKey(AdminAccount, "admin", "")); made || err != nil {
		t.Errorf("a second administrator: %v, %v", made, err)
	}
}

func TestOpenGuardsTheFile(t *testing.T) {
	f := newFixture(t)
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(f.path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", suffix, info.Mode(), err)
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1",
		"busy_timeout": "10000"} {
		var got string
		if err := f.writer.QueryRow(`PRAGMA ` + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v", pragma, got, err)
		}
	}
	r := must(OpenStill(f.ctx, f.path))(t)
	defer r.Close()
	if _, err := r.ReferenceStore(f.ctx, AdminAccount, f.reference.StoreID); err != nil {
		t.Errorf("a reader beside the server: %v", err)
	}
	if _, err := r.reader.Exec(`DELETE FROM tags`); err == nil {
		t.Error("the reader's connections write")
	}
	if _, err := f.writer.Exec(`PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStill(f.ctx, f.path); err == nil {
		t.Error("a reader opened a file of another version")
	}
	if _, err := OpenStill(f.ctx, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a reader opened a file that does not exist")
	}
	if err := f.DB.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(f.ctx, f.path); err == nil {
		t.Error("a file of a later version was opened")
	}
}

func TestOpenTakesAnyPath(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a b?c#d%41&_pragma=x", "state.db")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	db := must(Open(ctx, path))(t)
	defer db.Close()
	key, made, err := db.EnsureAdmin(ctx, NewAccessKey(AdminAccount, "admin", ""))
	if err != nil || !made {
		t.Fatal(made, err)
	}
	if got := must(db.AccessKey(ctx, key.ID))(t); !cmp.Equal(got, key) || len(key.Secret) != 40 || len(key.ID) != 20 {
		t.Errorf("key %+v read back as %+v", key, got)
	}
	if _, err := db.AccessKey(ctx, "AKIANOBODY"); err != ErrNotFound {
		t.Errorf("unknown key: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("the file is not where it should be: %v", err)
	}
}

// TestIcebergLayout holds the two tables to what PyIceberg's SqlCatalog and Java's JdbcCatalog (schema V1) declare.
func TestIcebergLayout(t *testing.T) {
	f := newFixture(t)
	s := f.store(t, "cohort")
	columns := func(table string) []string {
		return must(collect(f.ctx, f.reader, scanString,
			`SELECT name || ' ' || type || ' ' || "notnull" || ' ' || pk FROM pragma_table_info(?)`, table))(t)
	}
	if diff := cmp.Diff([]string{"catalog_name VARCHAR(255) 1 1", "table_namespace VARCHAR(255) 1 2",
		"table_name VARCHAR(255) 1 3",
		"metadata_location VARCHAR(1000) 0 0", "previous_metadata_location VARCHAR(1000) 0 0", "iceberg_type VARCHAR(5) 0 0"},
		columns("iceberg_tables")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"catalog_name VARCHAR(255) 1 1", "namespace VARCHAR(255) 1 2",
		"property_key VARCHAR(255) 1 3",
		"property_value VARCHAR(1000) 1 0"}, columns("iceberg_namespace_properties")); diff != "" {
		t.Error(diff)
	}
	rows := must(collect(f.ctx, f.reader, scanString, `SELECT catalog_name || '|' || table_namespace || '|' || table_name || '|' || metadata_location || '|' || iceberg_type FROM iceberg_tables
		UNION ALL SELECT catalog_name || '|' || namespace || '|' || property_key || '|' || property_value FROM iceberg_namespace_properties`))(t)
	ns := "variant_123456789012_" + s.ID
	if diff := cmp.Diff([]string{"varlake|" + ns + "|cohort|m0|TABLE", "varlake|" + ns + "|exists|true"},
		rows); diff != "" {
		t.Error(diff)
	}
}
