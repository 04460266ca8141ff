package meta

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

// changes gives what waits for a sink, each as "account kind status message".
func (f *fixture) changes(t testing.TB, sink string) (lines []string) {
	t.Helper()
	last := int64(0)
	for _, c := range must(f.StatusChanges(f.ctx, sink, 1000))(t) {
		if c.Seq <= last {
			t.Errorf("change %d after %d", c.Seq, last)
		}
		last = c.Seq
		lines = append(lines, strings.TrimSpace(c.Account+" "+c.Kind+" "+c.Status+" "+c.Message))
	}
	return lines
}

// took is changes, and takes them.
func (f *fixture) took(t testing.TB, sink string) []string {
	t.Helper()
	lines := f.changes(t, sink)
	all := must(f.StatusChanges(f.ctx, sink, 1000))(t)
	if len(all) > 0 {
		if err := f.TakeStatusChanges(f.ctx, sink, all[len(all)-1].Seq); err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

func (f *fixture) sinks(t testing.TB, names ...string) {
	t.Helper()
	if err := f.SetSinks(f.ctx, names...); err != nil {
		t.Fatal(err)
	}
}

// TestEachTransitionIsOneChange runs through every transition of stores, jobs and shares.
func TestEachTransitionIsOneChange(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	f.sinks(t, "s")
	text, same := "new", "new"
	step := func(what string, do func(), want ...string) {
		t.Helper()
		do()
		if diff := cmp.Diff(want, f.took(t, "s")); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	const a = AdminAccount + " "
	var store Store
	step("create", func() { store = must(f.CreateStore(f.ctx, f.newStore("cohort")))(t) }, a+"Variant Store CREATING")
	step("activate", func() { must(f.ActivateTable(f.ctx, store.ID, "m0"))(t) }, a+"Variant Store ACTIVE")
	step("activate again", func() { must(f.ActivateTable(f.ctx, store.ID, "m0"))(t) })
	step("describe", func() { must(f.UpdateStore(f.ctx, AdminAccount, Variants, "cohort", &text))(t) },
		a+"Variant Store UPDATED")
	step("describe the same", func() { must(f.UpdateStore(f.ctx, AdminAccount, Variants, "cohort", &same))(t) })
	step("describe nothing", func() { must(f.UpdateStore(f.ctx, AdminAccount, Variants, "cohort", nil))(t) })
	step("a store that fails", func() {
		s := must(f.CreateStore(f.ctx, f.newStore("broken")))(t)
		must(f.FailTable(f.ctx, s.ID, "disk full"))(t)
	}, a+"Variant Store CREATING", a+"Variant Store FAILED disk full")

	var annotations Store
	step("create", func() {
		annotations = must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "clinvar")))(t)
	}, a+"Annotation Store CREATING")
	step("activate", func() { f.activate(t, AdminAccount, "clinvar", "clinvar") }, a+"Annotation Store ACTIVE")
	step("a second version", func() { f.version(t, AdminAccount, "clinvar", "v_2") })
	step("describe", func() { must(f.UpdateStore(f.ctx, AdminAccount, Annotations, "clinvar", &text))(t) },
		a+"Annotation Store UPDATED")
	step("describe the same", func() { must(f.UpdateStore(f.ctx, AdminAccount, Annotations, "clinvar", &same))(t) })
	step("describe a version", func() { must(f.UpdateVersion(f.ctx, AdminAccount, "clinvar", "v_2", &text))(t) })
	step("a store that fails", func() {
		must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "bad")))(t)
		must(f.FailTable(f.ctx, f.getVersion(t, AdminAccount, "bad", "bad").ID, "disk full"))(t)
	}, a+"Annotation Store CREATING", a+"Annotation Store FAILED disk full")

	var job, doomed, failing ImportJob
	step("start", func() { job = f.start(t, "cohort", "s3://b/0", "s3://b/1") }, a+"Variant Import Job SUBMITTED")
	step("first claim", func() { must(f.ClaimItem(f.ctx, job.ID, 0))(t) }, a+"Variant Import Job IN_PROGRESS")
	step("progress", func() { must(f.SetItemProgress(f.ctx, job.ID, 0, 1, "half"))(t) })
	step("items end", func() { f.finish(t, job.ID, 0, omics.JobCompleted); f.finish(t, job.ID, 1, omics.JobFailed) })
	step("commit that is late", func() { must(f.CommitImport(f.ctx, job.ID, "stale", "m1", omics.JobCompleted, ""))(t) })
	step("commit", func() {
		must(f.CommitImport(f.ctx, job.ID, "m0", "m1", omics.JobCompletedWithFailures, "one failed"))(t)
	},
		a+"Variant Import Job COMPLETED_WITH_FAILURES one failed")
	step("commit again", func() { must(f.CommitImport(f.ctx, job.ID, "m1", "m2", omics.JobCompleted, ""))(t) })
	step("cleaned", func() { must(f.MarkCleaned(f.ctx, job.ID))(t) })
	step("start", func() { failing = f.startAnnotation(t, "clinvar", "", "s3://b/0") },
		a+"Annotation Import Job SUBMITTED")
	step("fail", func() { must(f.FinishImportWithoutRows(f.ctx, failing.ID, "no rows", nil))(t) },
		a+"Annotation Import Job FAILED no rows")
	step("start", func() { doomed = f.startAnnotation(t, "clinvar", "v_2", "s3://b/0") },
		a+"Annotation Import Job SUBMITTED")
	step("cancel", func() {
		if err := f.CancelImportJob(f.ctx, AdminAccount, Annotations, doomed.ID); err != nil {
			t.Fatal(err)
		}
	}, a+"Annotation Import Job CANCELLED")
	step("cancel again", func() { _ = f.CancelImportJob(f.ctx, AdminAccount, Annotations, doomed.ID) })

	both := func(change string) []string { return []string{a + change, other + " " + change} }
	var share Share
	step("offer", func() {
		share = must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: other, ARN: store.ARN,
			Max: 9}))(t)
	}, both("Variant Store Share PENDING")...)
	step("accept", func() { must(f.AcceptShare(f.ctx, other, share.ID))(t) }, both("Variant Store Share ACTIVATING")...)
	step("activate", func() { _ = f.ActivateShare(f.ctx, share.ID) }, both("Variant Store Share ACTIVE")...)
	step("delete", func() { must(f.BeginDeleteShare(f.ctx, other, share.ID))(t) }, both("Variant Store Share DELETING")...)
	step("delete again", func() { must(f.BeginDeleteShare(f.ctx, AdminAccount, share.ID))(t) })
	step("end", func() { _ = f.EndShare(f.ctx, share.ID) }, both("Variant Store Share DELETED")...)
	step("offer", func() {
		must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: other, ARN: annotations.ARN,
			Max: 9}))(t)
	}, both("Annotation Store Share PENDING")...)

	running := f.startAnnotation(t, "clinvar", "", "s3://b/0")
	f.took(t, "s")
	step("delete by force", func() {
		if err := f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, "clinvar", true); err != nil {
			t.Fatal(err)
		}
	}, a+"Annotation Import Job CANCELLED The annotation store was deleted.", a+"Annotation Store DELETING",
		a+"Annotation Store Share DELETED The store was deleted.",
		other+" Annotation Store Share DELETED The store was deleted.")
	step("drop", func() {
		for _, v := range must(f.DeletingTables(f.ctx, annotations.ID))(t) {
			must(f.DropTable(f.ctx, v.ID))(t)
		}
		must(f.DropStore(f.ctx, annotations.ID))(t)
	}, a+"Annotation Store DELETED")
	step("delete", func() { _ = f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "cohort", false) },
		a+"Variant Store DELETING")
	step("drop", func() { must(f.dropVariants(store.ID))(t) }, a+"Variant Store DELETED")
	step("forget", func() {
		if _, err := f.writer.Exec(`DELETE FROM import_jobs WHERE id = ?`, running.ID); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatAChangeTells(t *testing.T) {
	f := newFixture(t)
	f.Now = func() time.Time { return fixedNow }
	f.sinks(t, "s")
	store := must(f.CreateStore(f.ctx, f.newStore("cohort")))(t)
	must(f.ActivateTable(f.ctx, store.ID, "m0"))(t)
	job := f.start(t, "cohort", "s3://b/0")
	share := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: other, ARN: store.ARN,
		Max: 9}))(t)
	got := must(f.StatusChanges(f.ctx, "s", 9))(t)
	ofStore := StatusChange{Time: fixedNow, Account: AdminAccount, Kind: "Variant Store", ARN: store.ARN,
		Status: "CREATING", StoreID: store.ID, StoreName: "cohort"}
	active, ofJob := ofStore, StatusChange{Time: fixedNow, Account: AdminAccount, Kind: "Variant Import Job",
		Status: "SUBMITTED", JobID: job.ID, StoreID: store.ID, StoreName: "cohort"}
	active.Status = "ACTIVE"
	ofShare := StatusChange{Time: fixedNow, Account: AdminAccount, Kind: "Variant Store Share", ARN: store.ARN,
		Status: "PENDING", StoreID: store.ID, ShareID: share.ID}
	toOther := ofShare
	toOther.Account = other
	want := []StatusChange{ofStore, active, ofJob, ofShare, toOther}
	for i := range want {
		want[i].Seq = got[0].Seq + int64(i)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "cohort", true); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	must(f.dropVariants(store.ID))(t)
	all := must(f.StatusChanges(f.ctx, "s", 99))(t)
	last := all[len(all)-1] // its time is SQLite's: the row that had one is gone
	if age := last.Time.Sub(before); last.Status != "DELETED" || last.ARN != store.ARN || last.StoreName != "cohort" ||
		age < -time.Second || age > time.Minute {
		t.Errorf("the end is told as %+v", last)
	}
	if first := must(f.StatusChanges(f.ctx, "s", 2))(t); !cmp.Equal(first, got[:2]) {
		t.Errorf("the first two are %+v", first)
	}
}

func TestRefusedTransitionsAreNoChange(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	f.start(t, "cohort", "s3://b/0")
	f.sinks(t, "s")
	for name, err := range map[string]error{
		"create": second(f.CreateStore(f.ctx, f.newStore("cohort"))),
		"tags": second(f.CreateStore(f.ctx,
			func() NewStore { n := f.newAnnotations(AdminAccount, "x_y"); n.Tags = manyTags(51); return n }())),
		"delete": f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "cohort", false),
		"share": second(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: other,
			ARN: f.newStore("cohort").ARN, Max: 9})),
		"import": second(f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Variants,
			StoreName: "cohort", Sources: objects("s3://b/0"), Max: 1})),
		"unknown": f.CancelImportJob(f.ctx, AdminAccount, Variants, "unknown"),
	} {
		if err == nil {
			t.Errorf("%s was not refused", name)
		}
	}
	if got := f.changes(t, "s"); got != nil {
		t.Errorf("changes %v", got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestSinks(t *testing.T) {
	f := newFixture(t)
	kept := func() int { return f.count(t, `SELECT count(*) FROM events`) }
	create := func(name string) {
		t.Helper()
		must(f.CreateStore(f.ctx, f.newStore(name)))(t)
	}
	seqs := func(sink string) (out []int64) {
		for _, c := range must(f.StatusChanges(f.ctx, sink, 99))(t) {
			out = append(out, c.Seq)
		}
		return out
	}
	create("before")
	if kept() != 0 {
		t.Error("a change is kept that nobody takes")
	}
	f.sinks(t, "a")
	if got := seqs("a"); got != nil {
		t.Errorf("a sink begins with %v", got)
	}
	create("one_one")
	create("two_two")
	f.sinks(t, "a", "b") // b is new and begins with the next change; a goes on
	create("three")
	a, b := seqs("a"), seqs("b")
	if len(a) != 3 || !cmp.Equal(b, a[2:]) {
		t.Fatalf("a waits for %v, b for %v", a, b)
	}
	if got := seqs("nobody"); got != nil {
		t.Errorf("a sink that is none has %v", got)
	}
	take := func(sink string, seq int64) {
		t.Helper()
		if err := f.TakeStatusChanges(f.ctx, sink, seq); err != nil {
			t.Fatal(err)
		}
	}
	take("a", a[2])
	if got := seqs("a"); got != nil || !cmp.Equal(seqs("b"), b) || kept() != 1 {
		t.Errorf("a took all, and has %v, b %v, %d kept", got, seqs("b"), kept())
	}
	take("a", a[0]) // an old answer that comes late moves nothing back
	take("nobody", a[2])
	if got := seqs("a"); got != nil || kept() != 1 {
		t.Errorf("a has %v again, %d kept", got, kept())
	}
	take("b", b[0])
	if kept() != 0 {
		t.Errorf("%d kept that all have", kept())
	}
	create("four")
	f.sinks(t, "b") // a has no more
	if got := seqs("a"); got != nil || len(seqs("b")) != 1 {
		t.Errorf("a has %v, b %v", got, seqs("b"))
	}
	f.sinks(t, "b", "c")
	if got := seqs("c"); got != nil || len(seqs("b")) != 1 {
		t.Errorf("c begins with %v, b has %v", got, seqs("b"))
	}
	f.sinks(t)
	create("five")
	if kept() != 0 || seqs("b") != nil {
		t.Errorf("%d kept for nobody", kept())
	}
	f.sinks(t, "b") // as if it were new, and seqs go on
	create("six_six")
	if got := seqs("b"); len(got) != 1 || got[0] <= a[2]+1 {
		t.Errorf("b has %v after %v", got, a)
	}
}

func TestChangesOutliveTheProcess(t *testing.T) {
	f := newFixture(t)
	f.sinks(t, "s")
	must(f.CreateStore(f.ctx, f.newStore("cohort")))(t)
	before := must(f.StatusChanges(f.ctx, "s", 9))(t)
	f.crash(t)
	f.sinks(t, "s")
	if after := must(f.StatusChanges(f.ctx, "s", 9))(t); len(after) != 1 || !cmp.Equal(before, after) {
		t.Errorf("%+v became %+v", before, after)
	}
}

func TestWrote(t *testing.T) {
	f := newFixture(t)
	for len(f.Wrote()) > 0 {
		<-f.Wrote()
	}
	if _, err := f.variantStore(AdminAccount, "nowhere"); !errors.Is(err, ErrNotFound) || len(f.Wrote()) != 0 {
		t.Errorf("%v; %d values for a read", err, len(f.Wrote()))
	}
	_, err := f.CreateAccessKey(f.ctx, NewAccessKey(AdminAccount, "admin", ""))
	if !errors.Is(err, ErrExists) || len(f.Wrote()) != 0 {
		t.Errorf("%v; %d values for a refusal", err, len(f.Wrote()))
	}
	f.sinks(t, "s")
	f.sinks(t, "s") // whoever listens has yet to look
	if len(f.Wrote()) != 1 {
		t.Errorf("%d values after writes", len(f.Wrote()))
	}
}
