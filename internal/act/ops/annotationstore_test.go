package ops

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestAnnotationStore(t *testing.T) {
	f := newFixture(t)
	r := f.reference(t, f.referenceStore(t), "grch38", ">chr1\nACGT\n")
	in := &omics.CreateAnnotationStoreIn{Name: ptr("clinvar"), Description: ptr("first"),
		Reference:   &omics.ReferenceItem{ReferenceArn: &r.Arn},
		SseConfig:   &omics.SseConfig{Type: omics.EncryptionKMS, KeyArn: ptr("arn:aws:kms:us-east-1:123456789012:key/k")},
		Tags:        omics.TagMap{"a": "b"},
		StoreFormat: omics.FormatTSV, StoreOptions: &omics.StoreOptions{TsvStoreOptions: genericLayout("chrom", "gene")},
		VersionName: ptr("release_1")}
	made := call(t, f.CreateAnnotationStore, f.ctx, in)
	wantMade := &omics.CreateAnnotationStoreOut{CreationTime: made.CreationTime, ID: made.ID, Name: "clinvar",
		Reference: *in.Reference, Status: omics.StoreCreating,
		StoreFormat: omics.FormatTSV, StoreOptions: in.StoreOptions, VersionName: "release_1"}
	if diff := cmp.Diff(wantMade, made); diff != "" || !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(made.ID) {
		t.Errorf("made %s: %s", made.ID, diff)
	}
	got := call(t, f.GetAnnotationStore, f.ctx, &omics.GetAnnotationStoreIn{Name: "clinvar"})
	want := &omics.GetAnnotationStoreOut{CreationTime: made.CreationTime, Description: "first", ID: made.ID,
		Name: "clinvar", NumVersions: 1, Reference: *in.Reference,
		SseConfig: *in.SseConfig, Status: omics.StoreCreating,
		StoreArn: "arn:aws:omics:us-east-1:123456789012:annotationStore/clinvar", StoreFormat: omics.FormatTSV,
		StoreOptions: in.StoreOptions, Tags: in.Tags, UpdateTime: made.CreationTime}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	list := call(t, f.ListAnnotationStores, f.ctx, &omics.ListAnnotationStoresIn{IDs: []string{made.ID},
		Filter: &omics.ListAnnotationStoresFilter{Status: ptr(omics.StoreCreating)}})
	item := omics.AnnotationStoreItem{CreationTime: made.CreationTime, Description: "first", ID: made.ID, Name: "clinvar",
		Reference: *in.Reference, SseConfig: *in.SseConfig,
		Status: omics.StoreCreating, StoreArn: want.StoreArn, StoreFormat: omics.FormatTSV, UpdateTime: made.CreationTime}
	if diff := cmp.Diff(&omics.ListAnnotationStoresOut{AnnotationStores: omics.List[omics.AnnotationStoreItem]{item}},
		list); diff != "" {
		t.Error(diff)
	}
	updated := call(t, f.UpdateAnnotationStore, f.ctx, &omics.UpdateAnnotationStoreIn{Name: "clinvar",
		Description: ptr("second")})
	if updated.UpdateTime.Before(made.CreationTime.Time) {
		t.Errorf("updated at %v", updated.UpdateTime)
	}
	wantUpdated := &omics.UpdateAnnotationStoreOut{CreationTime: made.CreationTime, Description: "second", ID: made.ID,
		Name: "clinvar", Reference: *in.Reference,
		Status: omics.StoreCreating, StoreFormat: omics.FormatTSV, StoreOptions: in.StoreOptions,
		UpdateTime: updated.UpdateTime}
	if diff := cmp.Diff(wantUpdated, updated); diff != "" {
		t.Error(diff)
	}

	// Without a name, a version name and a reference.
	unnamed := call(t, f.CreateAnnotationStore, f.ctx, &omics.CreateAnnotationStoreIn{StoreFormat: omics.FormatGFF})
	if !regexp.MustCompile(`^annotation_store_[0-9a-f]{8}$`).MatchString(unnamed.Name) ||
		unnamed.VersionName != unnamed.Name || unnamed.Reference.ReferenceArn != nil {
		t.Errorf("made %+v", unnamed)
	}
	version := call(t, f.GetAnnotationStoreVersion, f.ctx, &omics.GetAnnotationStoreVersionIn{Name: unnamed.Name,
		VersionName: unnamed.Name})
	if ok, err := f.db.FailTable(f.ctx, version.ID, strings.Repeat("disk\nfull ", 200)); err != nil || !ok {
		t.Fatal(ok, err)
	}
	failed := call(t, f.GetAnnotationStore, f.ctx, &omics.GetAnnotationStoreIn{Name: unnamed.Name})
	if m := failed.StatusMessage; failed.Status != omics.StoreFailed || len([]rune(m)) != maxStoreMessage ||
		!strings.HasPrefix(m, "disk full disk full") {
		t.Errorf("failed as %s %q", failed.Status, m)
	}
	if failed.Reference.ReferenceArn == nil || *failed.Reference.ReferenceArn != "" || failed.Tags == nil {
		t.Errorf("shown without a reference as %+v", failed)
	}
	if got := call(t, f.DeleteAnnotationStore, f.ctx,
		&omics.DeleteAnnotationStoreIn{Name: unnamed.Name}); got.Status != omics.StoreDeleting {
		t.Errorf("delete answered %+v", got)
	}
}

func TestAnnotationStoreRefusals(t *testing.T) {
	f := newFixture(t)
	r := f.reference(t, f.referenceStore(t), "grch38", ">chr1\nACGT\n")
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	create := func(change func(*omics.CreateAnnotationStoreIn)) *omics.CreateAnnotationStoreIn {
		in := &omics.CreateAnnotationStoreIn{Name: ptr("fresh"), StoreFormat: omics.FormatVCF}
		change(in)
		return in
	}
	reference := func(arn string) func(*omics.CreateAnnotationStoreIn) {
		return func(in *omics.CreateAnnotationStoreIn) { in.Reference = &omics.ReferenceItem{ReferenceArn: &arn} }
	}
	const op = "CreateAnnotationStore"
	refused(t, op, f.CreateAnnotationStore, f.ctx,
		create(func(in *omics.CreateAnnotationStoreIn) { in.Name = ptr("clinvar") }), omics.CodeConflict)
	refused(t, op, f.CreateAnnotationStore, f.ctx,
		create(reference("arn:aws:omics:us-east-1:123456789012:referenceStore/1/reference/2")), omics.CodeResourceNotFound)
	refused(t, op, f.CreateAnnotationStore, f.stranger(), create(reference(r.Arn)), omics.CodeResourceNotFound)
	refused(t, op, f.CreateAnnotationStore, f.ctx, create(reference("arn:x")), omics.CodeValidation)
	refused(t, op, f.CreateAnnotationStore, f.ctx,
		create(reference("arn:aws:omics:us-east-1:123456789012:annotationStore/clinvar")), omics.CodeValidation)
	refused(t, op, f.CreateAnnotationStore, f.ctx, create(func(in *omics.CreateAnnotationStoreIn) {
		in.Tags = omics.TagMap{}
		for i := range 51 {
			in.Tags[strings.Repeat("k", i+1)] = ""
		}
	}), omics.CodeValidation)
	f.annotations(t, f.ctx, "second", omics.FormatGFF)
	refused(t, op, f.CreateAnnotationStore, f.ctx, create(func(*omics.CreateAnnotationStoreIn) {}),
		omics.CodeServiceQuotaExceeded)
	f.annotations(t, f.stranger(), "clinvar", omics.FormatVCF) // quotas and names are the account's

	for _, name := range []string{"nowhere", "../clinvar", "\x00"} {
		refused(t, "GetAnnotationStore", f.GetAnnotationStore, f.ctx, &omics.GetAnnotationStoreIn{Name: name},
			omics.CodeResourceNotFound)
		refused(t, "UpdateAnnotationStore", f.UpdateAnnotationStore, f.ctx, &omics.UpdateAnnotationStoreIn{Name: name},
			omics.CodeResourceNotFound)
		refused(t, "DeleteAnnotationStore", f.DeleteAnnotationStore, f.ctx, &omics.DeleteAnnotationStoreIn{Name: name},
			omics.CodeResourceNotFound)
	}
	refused(t, "GetAnnotationStore", f.GetAnnotationStore, f.stranger(), &omics.GetAnnotationStoreIn{Name: "second"},
		omics.CodeResourceNotFound)
	refused(t, "UpdateAnnotationStore", f.UpdateAnnotationStore, f.stranger(),
		&omics.UpdateAnnotationStoreIn{Name: "second"}, omics.CodeResourceNotFound)
	refused(t, "DeleteAnnotationStore", f.DeleteAnnotationStore, f.stranger(),
		&omics.DeleteAnnotationStoreIn{Name: "second", Force: true}, omics.CodeResourceNotFound)
	refused(t, "ListAnnotationStores", f.ListAnnotationStores, f.ctx, &omics.ListAnnotationStoresIn{NextToken: ptr("x")},
		omics.CodeValidation)
}

// TestDeleteAnnotationStore: a second version and a running import each need force.
func TestDeleteAnnotationStore(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	remove := func(force bool) *omics.DeleteAnnotationStoreIn {
		return &omics.DeleteAnnotationStoreIn{Name: "clinvar", Force: force}
	}
	job := call(t, f.StartAnnotationImportJob, f.ctx, startAnnotationIn("clinvar")).JobID
	refused(t, "DeleteAnnotationStore", f.DeleteAnnotationStore, f.ctx, remove(false), omics.CodeConflict)
	call(t, f.CancelAnnotationImportJob, f.ctx, &omics.CancelAnnotationImportJobIn{JobID: job})
	f.version(t, f.ctx, "clinvar", "v_2")
	refused(t, "DeleteAnnotationStore", f.DeleteAnnotationStore, f.ctx, remove(false), omics.CodeConflict)
	job = call(t, f.StartAnnotationImportJob, f.ctx, startAnnotationIn("clinvar")).JobID
	for _, force := range []bool{true, false} { // the second time is harmless
		if got := call(t, f.DeleteAnnotationStore, f.ctx, remove(force)); got.Status != omics.StoreDeleting {
			t.Errorf("delete answered %+v", got)
		}
	}
	if got := call(t, f.GetAnnotationImportJob, f.ctx,
		&omics.GetAnnotationImportJobIn{JobID: job}); got.Status != omics.JobCancelled ||
		got.StatusMessage != "The annotation store was deleted." {
		t.Errorf("force left the job %s %q", got.Status, got.StatusMessage)
	}
	if got := call(t, f.GetAnnotationStore, f.ctx,
		&omics.GetAnnotationStoreIn{Name: "clinvar"}); got.Status != omics.StoreDeleting || got.NumVersions != 0 {
		t.Errorf("store %+v", got)
	}
	refused(t, "UpdateAnnotationStore", f.UpdateAnnotationStore, f.ctx, &omics.UpdateAnnotationStoreIn{Name: "clinvar"},
		omics.CodeResourceNotFound)
	refused(t, "StartAnnotationImportJob", f.StartAnnotationImportJob, f.ctx, startAnnotationIn("clinvar"),
		omics.CodeValidation)
	refused(t, "CreateAnnotationStoreVersion", f.CreateAnnotationStoreVersion, f.ctx,
		&omics.CreateAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_3"}, omics.CodeConflict)
	refused(t, "CreateAnnotationStore", f.CreateAnnotationStore, f.ctx,
		&omics.CreateAnnotationStoreIn{Name: ptr("clinvar"), StoreFormat: omics.FormatVCF}, omics.CodeConflict)
}
