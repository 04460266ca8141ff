package ops

import (
	"encoding/json"
	"errors"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/event"
	"github.com/varlake/varlake/internal/wire/omics"
)

func (f *fixture) pending(t *testing.T) []event.Event {
	t.Helper()
	events, err := f.Pending(f.ctx, "s", 99)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// TestEvents: what stores, jobs and shares go through, in HealthOmics' words.
func TestEvents(t *testing.T) {
	f := newFixture(t)
	arn := f.reference(t, f.referenceStore(t), "grch38", ">chr1\nACGT\n").Arn
	if err := f.db.SetSinks(f.ctx, "s"); err != nil {
		t.Fatal(err)
	}
	made := call(t, f.CreateVariantStore, f.ctx, &omics.CreateVariantStoreIn{Name: ptr("cohort"),
		Reference: &omics.ReferenceItem{ReferenceArn: &arn}})
	if _, err := f.db.ActivateTable(f.ctx, made.ID, "m0"); err != nil {
		t.Fatal(err)
	}
	call(t, f.UpdateVariantStore, f.ctx, &omics.UpdateVariantStoreIn{Name: "cohort", Description: ptr("new")})
	job := f.start(t, "cohort")
	if claim, err := f.db.ClaimItem(f.ctx, job, 0); err != nil || claim == nil {
		t.Fatal(claim, err)
	}
	call(t, f.CancelVariantImportJob, f.ctx, &omics.CancelVariantImportJobIn{JobID: job})
	bad := call(t, f.CreateAnnotationStore, f.ctx, &omics.CreateAnnotationStoreIn{Name: ptr("genes"),
		StoreFormat: omics.FormatGFF})
	version := call(t, f.GetAnnotationStoreVersion, f.ctx, &omics.GetAnnotationStoreVersionIn{Name: "genes",
		VersionName: "genes"}).ID
	if _, err := f.db.FailTable(f.ctx, version, "disk full"); err != nil {
		t.Fatal(err)
	}
	share := call(t, f.CreateShare, f.ctx,
		&omics.CreateShareIn{ResourceArn: "arn:aws:omics:us-east-1:123456789012:variantStore/cohort",
			PrincipalSubscriber: other}).ShareID
	call(t, f.AcceptShare, f.stranger(), &omics.AcceptShareIn{ShareID: share})
	if err := f.db.ActivateShare(f.ctx, share); err != nil {
		t.Fatal(err)
	}
	call(t, f.DeleteVariantStore, f.ctx, &omics.DeleteVariantStoreIn{Name: "cohort"})
	if _, err := f.db.DropTable(f.ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.db.DropStore(f.ctx, made.ID); err != nil {
		t.Fatal(err)
	}

	type told struct {
		Account, DetailType string
		Detail              map[string]string
	}
	const cohort, genes = "arn:aws:omics:us-east-1:123456789012:variantStore/cohort",
		"arn:aws:omics:us-east-1:123456789012:annotationStore/genes"
	store := func(status string) told {
		return told{account, "Variant Store Status Change", map[string]string{"omicsVersion": "1.0.0", "arn": cohort,
			"status": status, "storeId": made.ID, "storeName": "cohort"}}
	}
	annotations := func(status, message string) told {
		e := told{account, "Annotation Store Status Change", map[string]string{"omicsVersion": "1.0.0", "arn": genes,
			"status": status, "storeId": bad.ID, "storeName": "genes"}}
		if message != "" {
			e.Detail["statusMessage"] = message
		}
		return e
	}
	ofJob := func(status string) told {
		return told{account, "Variant Import Job Status Change", map[string]string{"omicsVersion": "1.0.0",
			"arn":    "arn:aws:omics:us-east-1:123456789012:cohort/" + job,
			"status": status, "jobId": job, "storeId": made.ID, "storeName": "cohort"}}
	}
	ofShare := func(status, message string) (both []told) {
		for _, to := range []string{account, other} {
			e := told{to, "Variant Store Share Status Change", map[string]string{"omicsVersion": "1.0.0", "arn": cohort,
				"status": status, "shareId": share, "storeId": made.ID}}
			if message != "" {
				e.Detail["statusMessage"] = message
			}
			both = append(both, e)
		}
		return both
	}
	want := []told{store("CREATING"), store("CREATED"), store("UPDATED"), ofJob("SUBMITTED"), ofJob("IN_PROGRESS"),
		ofJob("CANCELLED"),
		annotations("CREATING", ""), annotations("CREATION_FAILED", "disk full")}
	want = append(want, ofShare("PENDING", "")...)
	want = append(want, ofShare("ACTIVATING", "")...)
	want = append(want, ofShare("ACTIVE", "")...) // of a share, not CREATED
	want = append(want, store("DELETING"))
	want = append(want, ofShare("DELETED", "The store was deleted.")...)
	want = append(want, store("DELETED"))
	var got []told
	events, ids := f.pending(t), map[string]bool{}
	for _, e := range events {
		detail := map[string]string{}
		if err := json.Unmarshal(e.Detail, &detail); err != nil {
			t.Fatal(err)
		}
		got = append(got, told{e.Account, e.DetailType, detail})
		if e.Region != "us-east-1" || e.Time.IsZero() || !cmp.Equal(e.Resources, []string{detail["arn"]}) ||
			!regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(e.ID) ||
			ids[e.ID] {
			t.Errorf("event %+v", e)
		}
		ids[e.ID] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	// What is sent again is the same event, also from another process.
	reopened, err := New(f.ctx, Config{DB: f.db, Region: "us-east-1", Files: f.files})
	if err != nil {
		t.Fatal(err)
	}
	again, err := reopened.Pending(f.ctx, "s", 3)
	if diff := cmp.Diff(events[:3], again); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if err := f.Delivered(f.ctx, "s", events[2].Seq); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(events[3:], f.pending(t)); diff != "" {
		t.Error(diff)
	}
	if none, err := f.Pending(f.ctx, "nobody", 9); err != nil || len(none) != 0 {
		t.Errorf("%+v for a sink that is none, %v", none, err)
	}
}

func TestAnnotationJobEvents(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	if err := f.db.SetSinks(f.ctx, "s"); err != nil {
		t.Fatal(err)
	}
	job := call(t, f.StartAnnotationImportJob, f.ctx, startAnnotationIn("clinvar")).JobID
	if ok, err := f.db.FinishImportWithoutRows(f.ctx, job, "Cannot import file with 0 rows.", nil); err != nil || !ok {
		t.Fatal(ok, err)
	}
	events := f.pending(t)
	if len(events) != 2 || events[0].DetailType != "Annotation Import Job Status Change" ||
		events[1].Resources[0] != "arn:aws:omics:us-east-1:123456789012:clinvar/"+job {
		t.Fatalf("events %+v", events)
	}
	var detail eventDetail
	if err := json.Unmarshal(events[1].Detail, &detail); err != nil || detail.Status != "FAILED" ||
		detail.StatusMessage != "Cannot import file with 0 rows." || detail.JobID != job {
		t.Errorf("detail %+v, %v", detail, err)
	}
}

func TestEventsOfAStateThatCannotBeRead(t *testing.T) {
	f := newFixture(t)
	if err := f.db.Close(); err != nil {
		t.Fatal(err)
	}
	_, pending := f.Pending(f.ctx, "s", 1)
	if delivered := f.Delivered(f.ctx, "s", 1); pending == nil || delivered == nil {
		t.Errorf("pending %v, delivered %v", pending, delivered)
	}
	if refusal := (*omics.Error)(nil); errors.As(pending, &refusal) {
		t.Errorf("pending is for a user: %v", pending)
	}
}
