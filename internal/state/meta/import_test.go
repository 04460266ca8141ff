package meta

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestImportFromStartToCommit(t *testing.T) {
	f := newFixture(t)
	f.Now = func() time.Time { return fixedNow }
	s := f.store(t, "cohort")
	j := f.start(t, "cohort", "s3://b/0.vcf", "s3://b/1.vcf")
	if got := f.queued(t, "import_item"); got != 2 {
		t.Errorf("%d queue jobs, want one per item", got)
	}
	if j.Status != omics.JobSubmitted || !j.Created.Equal(fixedNow) || j.Completed != nil {
		t.Errorf("started as %+v", j)
	}
	c := must(f.ClaimItem(f.ctx, j.ID, 0))(t)
	if c.Item.Attempt != 1 || c.Item.Source.URI != "s3://b/0.vcf" || c.Job.StoreID != s.ID ||
		c.Job.Status != omics.JobInProgress || c.Source == nil || c.Source.ID != s.Reference {
		t.Errorf("claim %+v", c)
	}
	if p := must(f.PendingCommit(f.ctx, j.ID))(t); p != nil {
		t.Error("a job with open items waits for its commit")
	}
	f.finish(t, j.ID, 0, omics.JobCompleted) // claims again: attempt 2
	if got := f.queued(t, "finish_import"); got != 0 {
		t.Error("commit was enqueued while an item is open")
	}
	f.finish(t, j.ID, 1, omics.JobFailed)
	if got := f.queued(t, "finish_import"); got != 1 {
		t.Errorf("%d commits enqueued by the last item, want 1", got)
	}
	p := must(f.PendingCommit(f.ctx, j.ID))(t)
	if p == nil || p.MetadataLocation != "m0" || len(p.Items) != 2 || p.Items[0].Attempt != 2 {
		t.Fatalf("pending commit %+v", p)
	}
	if r := must(f.CommitImport(f.ctx, j.ID, "stale", "m1", omics.JobCompletedWithFailures, ""))(t); r != PointerMoved {
		t.Errorf("commit on a stale pointer: %v", r)
	}
	if got := f.status(t, j.ID); got != omics.JobInProgress {
		t.Errorf("a commit that did not happen left the job %s", got)
	}
	if r := must(f.CommitImport(f.ctx, j.ID, "m0", "m1", omics.JobCompletedWithFailures,
		"one failed"))(t); r != Committed {
		t.Fatalf("commit: %v", r)
	}
	if loc, prev := f.pointer(t, s); loc != "m1" || prev != "m0" {
		t.Errorf("table points at %q after %q", loc, prev)
	}
	if r := must(f.CommitImport(f.ctx, j.ID, "m1", "m2", omics.JobCompleted, ""))(t); r != NotRunning {
		t.Errorf("second commit: %v", r)
	}
	if loc, _ := f.pointer(t, s); loc != "m1" {
		t.Errorf("second commit moved the pointer to %q", loc)
	}
	got, _, _ := f.ImportJob(f.ctx, AdminAccount, Variants, j.ID)
	if got.Completed == nil || !got.Completed.Equal(fixedNow) || got.StatusMessage != "one failed" {
		t.Errorf("ended as %+v", got)
	}
	if s := must(f.StoreByID(f.ctx, s.ID))(t); s.SizeBytes != 100 {
		t.Errorf("store has %d bytes, want those of the completed item", s.SizeBytes)
	}
}

func TestClaimAndFinishGuards(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	j := f.start(t, "cohort", "s3://b/0.vcf")
	first := must(f.ClaimItem(f.ctx, j.ID, 0))(t).Item.Attempt
	if alive := must(f.SetItemProgress(f.ctx, j.ID, 0, first, "half"))(t); !alive {
		t.Error("the newest attempt is not alive")
	}
	second := must(f.ClaimItem(f.ctx, j.ID, 0))(t).Item.Attempt
	if alive := must(f.SetItemProgress(f.ctx, j.ID, 0, first, "more"))(t); alive {
		t.Error("a superseded attempt is alive")
	}
	if alive := must(f.ItemAlive(f.ctx, j.ID, 0, first))(t); alive {
		t.Error("a superseded attempt is alive to ItemAlive")
	}
	if ok := must(f.FinishItem(f.ctx, j.ID, 0, first, ItemResult{Status: omics.JobCompleted}))(t); ok {
		t.Error("a superseded attempt finished the item")
	}
	if alive := must(f.ItemAlive(f.ctx, j.ID, 0, second))(t); !alive {
		t.Error("the newest attempt is not alive to ItemAlive")
	}
	if _, err := f.FinishItem(f.ctx, j.ID, 0, second, ItemResult{Status: omics.JobCancelled}); err == nil {
		t.Error("an item finished as CANCELLED")
	}
	if ok := must(f.FinishItem(f.ctx, j.ID, 0, second, ItemResult{Status: omics.JobCompleted}))(t); !ok {
		t.Error("the newest attempt did not finish the item")
	}
	if ok := must(f.FinishItem(f.ctx, j.ID, 0, second, ItemResult{Status: omics.JobFailed}))(t); ok {
		t.Error("a final item was finished again")
	}
	if c := must(f.ClaimItem(f.ctx, j.ID, 0))(t); c != nil {
		t.Error("a final item was claimed")
	}
	if c := must(f.ClaimItem(f.ctx, j.ID, 1))(t); c != nil {
		t.Error("an item that does not exist was claimed")
	}
}

func TestCancelGuards(t *testing.T) {
	f := newFixture(t)
	s := f.store(t, "cohort")
	j := f.start(t, "cohort", "s3://b/0.vcf", "s3://b/1.vcf", "s3://b/2.vcf")
	f.finish(t, j.ID, 0, omics.JobCompleted)
	f.finish(t, j.ID, 1, omics.JobFailed)
	c := must(f.ClaimItem(f.ctx, j.ID, 2))(t)
	if err := f.CancelImportJob(f.ctx, "210987654321", Variants, j.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("cancel by another account: %v", err)
	}
	if err := f.CancelImportJob(f.ctx, AdminAccount, Variants, j.ID); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]omics.JobStatus{omics.JobCancelled, omics.JobFailed, omics.JobCancelled},
		f.itemStatuses(t, j.ID)); diff != "" {
		t.Error(diff)
	}
	if got := f.queued(t, "import_item"); got != 3 { // turns at whatever file is next, of this job or another
		t.Errorf("%d of 3 turns are still queued", got)
	}
	if alive := must(f.SetItemProgress(f.ctx, j.ID, 2, c.Item.Attempt, "x"))(t); alive {
		t.Error("an attempt of a cancelled job is alive")
	}
	if ok := must(f.FinishItem(f.ctx, j.ID, 2, c.Item.Attempt, ItemResult{Status: omics.JobCompleted}))(t); ok {
		t.Error("an item of a cancelled job finished")
	}
	if r := must(f.CommitImport(f.ctx, j.ID, "m0", "m1", omics.JobCompleted, ""))(t); r != NotRunning {
		t.Errorf("commit of a cancelled job: %v", r)
	}
	if loc, _ := f.pointer(t, s); loc != "m0" {
		t.Errorf("a cancelled job moved the pointer to %q", loc)
	}
	if err := f.CancelImportJob(f.ctx, AdminAccount, Variants, j.ID); !errors.Is(err, ErrFinal) {
		t.Errorf("second cancel: %v", err)
	}
	unclean := must(f.UncleanJobs(f.ctx, nil, 0, 10))(t)
	if len(unclean) != 1 || unclean[0].Job.ID != j.ID || len(unclean[0].Items) != 3 {
		t.Errorf("unclean jobs %+v", unclean)
	}
	if ok := must(f.MarkCleaned(f.ctx, j.ID))(t); !ok {
		t.Error("not marked cleaned")
	}
	if left := must(f.UncleanJobs(f.ctx, nil, 0, 10))(t); len(left) != 0 {
		t.Errorf("still unclean: %+v", left)
	}
	ended := f.start(t, "cohort", "s3://b/0.vcf")
	f.finish(t, ended.ID, 0, omics.JobCompleted)
	if err := f.CancelImportJob(f.ctx, AdminAccount, Variants, ended.ID); err != nil {
		t.Fatal(err)
	}
	if got := f.queued(t, "finish_import"); got != 1 { // it may have waited for something, which is over
		t.Errorf("the queue ends a cancelled job %d times, want once", got)
	}
	if pending := must(f.PendingCommit(f.ctx, ended.ID))(t); pending != nil {
		t.Errorf("a cancelled job is to be committed: %+v", pending)
	}
	running := f.start(t, "cohort", "s3://b/0.vcf")
	if ok := must(f.MarkCleaned(f.ctx, running.ID))(t); ok {
		t.Error("a running job was marked cleaned")
	}
}

func TestFinishWithoutRows(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	j := f.start(t, "cohort", "s3://b/0.vcf", "s3://b/1.vcf")
	f.finish(t, j.ID, 0, omics.JobCompleted)
	if ok := must(f.FinishImportWithoutRows(f.ctx, j.ID, "disk full", nil))(t); !ok {
		t.Fatal("job did not fail")
	}
	if diff := cmp.Diff([]omics.JobStatus{omics.JobFailed, omics.JobFailed}, f.itemStatuses(t, j.ID)); diff != "" {
		t.Error(diff)
	}
	if ok := must(f.FinishImportWithoutRows(f.ctx, j.ID, "again", nil))(t); ok {
		t.Error("a final job failed again")
	}
	if err := f.CancelImportJob(f.ctx, AdminAccount, Variants, j.ID); !errors.Is(err, ErrFinal) {
		t.Errorf("cancel of a failed job: %v", err)
	}
}

func TestStartGuards(t *testing.T) {
	f := newFixture(t)
	n := NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Variants, StoreName: "cohort",
		Sources: objects("s3://b/0.vcf"), Max: 2}
	if _, err := f.StartImportJob(f.ctx, n); !errors.Is(err, ErrNotFound) {
		t.Errorf("start into no store: %v", err)
	}
	s := must(f.CreateStore(f.ctx, f.newStore("cohort")))(t)
	if _, err := f.StartImportJob(f.ctx, n); !errors.Is(err, ErrNotActive) {
		t.Errorf("start into a store that is being made: %v", err)
	}
	must(f.ActivateTable(f.ctx, s.ID, "m0"))(t)
	f.start(t, "cohort", "s3://b/0.vcf")
	f.start(t, "cohort", "s3://b/0.vcf")
	if _, err := f.StartImportJob(f.ctx, n); !errors.Is(err, ErrQuota) {
		t.Errorf("start past the limit: %v", err)
	}
}

func TestAnnotationFieldsKeepAbsentApartFromEmpty(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	for _, want := range []map[string]string{nil, {}, {"VEP": "CSQ"}} {
		j := must(f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Variants,
			StoreName: "cohort", Sources: objects("s3://b/0"), AnnotationFields: want, Normalize: true, Max: 9}))(t)
		c := must(f.ClaimItem(f.ctx, j.ID, 0))(t)
		if diff := cmp.Diff(want, c.Job.AnnotationFields); diff != "" {
			t.Error(diff)
		}
		if want := (&ReferenceSource{StoreID: f.reference.StoreID, ID: f.reference.ID}); !cmp.Equal(want, c.Source) {
			t.Errorf("reference %+v, want %+v", c.Source, want)
		}
	}
}
