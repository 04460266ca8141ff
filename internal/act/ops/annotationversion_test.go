package ops

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestAnnotationStoreVersion(t *testing.T) {
	f := newFixture(t)
	store := f.annotations(t, f.ctx, "clinvar", omics.FormatTSV)
	in := &omics.CreateAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_2", Description: ptr("first"),
		Tags:           omics.TagMap{"a": "b"},
		VersionOptions: &omics.VersionOptions{TsvVersionOptions: genericLayout("chrom", "gene")}}
	made := call(t, f.CreateAnnotationStoreVersion, f.ctx, in)
	wantMade := &omics.CreateAnnotationStoreVersionOut{CreationTime: made.CreationTime, ID: made.ID, Name: "clinvar",
		Status: omics.VersionCreating, StoreID: store.ID,
		VersionName: "v_2", VersionOptions: in.VersionOptions}
	if diff := cmp.Diff(wantMade, made); diff != "" || len(made.ID) != 12 || made.ID == store.ID {
		t.Errorf("made %s: %s", made.ID, diff)
	}
	get := &omics.GetAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_2"}
	got := call(t, f.GetAnnotationStoreVersion, f.ctx, get)
	want := &omics.GetAnnotationStoreVersionOut{CreationTime: made.CreationTime, Description: "first", ID: made.ID,
		Name: "clinvar", Status: omics.VersionCreating,
		StoreID: store.ID, Tags: in.Tags, UpdateTime: made.CreationTime,
		VersionArn:  "arn:aws:omics:us-east-1:123456789012:annotationStore/clinvar/version/v_2",
		VersionName: "v_2", VersionOptions: in.VersionOptions}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := call(t, f.GetAnnotationStore, f.ctx, &omics.GetAnnotationStoreIn{Name: "clinvar"}).NumVersions; n != 2 {
		t.Errorf("%d versions, want one being made to count", n)
	}
	if ok, err := f.db.FailTable(f.ctx, made.ID, "disk\nfull"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	list := call(t, f.ListAnnotationStoreVersions, f.ctx, &omics.ListAnnotationStoreVersionsIn{Name: "clinvar",
		Filter: &omics.ListAnnotationStoreVersionsFilter{Status: ptr(omics.VersionFailed)}})
	if len(list.AnnotationStoreVersions) != 1 {
		t.Fatalf("failed versions %+v", list)
	}
	item := omics.AnnotationStoreVersionItem{CreationTime: made.CreationTime, Description: "first", ID: made.ID,
		Name: "clinvar", Status: omics.VersionFailed, StatusMessage: "disk full",
		StoreID: store.ID, UpdateTime: list.AnnotationStoreVersions[0].UpdateTime, VersionArn: want.VersionArn,
		VersionName: "v_2"}
	if diff := cmp.Diff(&omics.ListAnnotationStoreVersionsOut{
		AnnotationStoreVersions: omics.List[omics.AnnotationStoreVersionItem]{item}}, list); diff != "" {
		t.Error(diff)
	}
	updated := call(t, f.UpdateAnnotationStoreVersion, f.ctx, &omics.UpdateAnnotationStoreVersionIn{Name: "clinvar",
		VersionName: "v_2", Description: ptr("second")})
	wantUpdated := &omics.UpdateAnnotationStoreVersionOut{CreationTime: made.CreationTime, Description: "second",
		ID: made.ID, Name: "clinvar", Status: omics.VersionFailed,
		StoreID: store.ID, UpdateTime: updated.UpdateTime, VersionName: "v_2"}
	if diff := cmp.Diff(wantUpdated, updated); diff != "" {
		t.Error(diff)
	}

	// Without options of its own a version shows its store's; one of another format has none.
	if got := call(t, f.GetAnnotationStoreVersion, f.ctx, &omics.GetAnnotationStoreVersionIn{Name: "clinvar",
		VersionName: "clinvar"}); !cmp.Equal(got.VersionOptions,
		&omics.VersionOptions{TsvVersionOptions: store.StoreOptions.TsvStoreOptions}) {
		t.Errorf("options of the first version %+v", got.VersionOptions)
	}
	f.annotations(t, f.ctx, "genes", omics.FormatGFF)
	if got := f.version(t, f.ctx, "genes", "v_2"); got.VersionOptions != nil {
		t.Errorf("options of a GFF version %+v", got.VersionOptions)
	}
}

func TestAnnotationStoreVersionRefusals(t *testing.T) {
	f := newFixture(t)
	create := func(store, version string,
		change func(*omics.CreateAnnotationStoreVersionIn)) *omics.CreateAnnotationStoreVersionIn {
		in := &omics.CreateAnnotationStoreVersionIn{Name: store, VersionName: version}
		if change != nil {
			change(in)
		}
		return in
	}
	options := func(o *omics.TsvStoreOptions) func(*omics.CreateAnnotationStoreVersionIn) {
		return func(in *omics.CreateAnnotationStoreVersionIn) {
			in.VersionOptions = &omics.VersionOptions{TsvVersionOptions: o}
		}
	}
	const op = "CreateAnnotationStoreVersion"
	refused(t, op, f.CreateAnnotationStoreVersion, f.ctx, create("nowhere", "v_2", nil), omics.CodeResourceNotFound)
	refused(t, op, f.CreateAnnotationStoreVersion, f.ctx, create("nowhere", "v_2", options(genericLayout("x"))),
		omics.CodeResourceNotFound)
	call(t, f.CreateAnnotationStore, f.ctx, &omics.CreateAnnotationStoreIn{Name: ptr("making"),
		StoreFormat: omics.FormatVCF})
	refused(t, op, f.CreateAnnotationStoreVersion, f.ctx, create("making", "v_2", nil), omics.CodeConflict)
	refused(t, op, f.CreateAnnotationStoreVersion, f.ctx, create("making", "v_2", options(genericLayout("x"))),
		omics.CodeValidation)
	f.annotations(t, f.ctx, "clinvar", omics.FormatTSV)
	refused(t, op, f.CreateAnnotationStoreVersion, f.stranger(), create("clinvar", "v_2", nil), omics.CodeResourceNotFound)
	refused(t, op, f.CreateAnnotationStoreVersion, f.ctx, create("clinvar", "clinvar", nil), omics.CodeConflict)
	refused(t, op, f.CreateAnnotationStoreVersion, f.ctx, create("clinvar", "v_2", options(genericLayout("importjobid"))),
		omics.CodeValidation)
	refused(t, op, f.CreateAnnotationStoreVersion, f.ctx,
		create("clinvar", "v_2", func(in *omics.CreateAnnotationStoreVersionIn) {
			in.Tags = omics.TagMap{}
			for i := range 51 {
				in.Tags[strings.Repeat("k", i+1)] = ""
			}
		}), omics.CodeValidation)
	f.version(t, f.ctx, "clinvar", "v_2")
	refused(t, op, f.CreateAnnotationStoreVersion, f.ctx, create("clinvar", "v_3", nil), omics.CodeServiceQuotaExceeded)

	for _, c := range [][2]string{{"nowhere", "v_2"}, {"clinvar", "v_9"}, {"clinvar", "../v_2"}} {
		refused(t, "GetAnnotationStoreVersion", f.GetAnnotationStoreVersion, f.ctx,
			&omics.GetAnnotationStoreVersionIn{Name: c[0], VersionName: c[1]}, omics.CodeResourceNotFound)
		refused(t, "UpdateAnnotationStoreVersion", f.UpdateAnnotationStoreVersion, f.ctx,
			&omics.UpdateAnnotationStoreVersionIn{Name: c[0], VersionName: c[1]}, omics.CodeResourceNotFound)
	}
	refused(t, "GetAnnotationStoreVersion", f.GetAnnotationStoreVersion, f.stranger(),
		&omics.GetAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_2"}, omics.CodeResourceNotFound)
	refused(t, "UpdateAnnotationStoreVersion", f.UpdateAnnotationStoreVersion, f.stranger(),
		&omics.UpdateAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_2"}, omics.CodeResourceNotFound)
	refused(t, "ListAnnotationStoreVersions", f.ListAnnotationStoreVersions, f.ctx,
		&omics.ListAnnotationStoreVersionsIn{Name: "nowhere"}, omics.CodeResourceNotFound)
	refused(t, "ListAnnotationStoreVersions", f.ListAnnotationStoreVersions, f.stranger(),
		&omics.ListAnnotationStoreVersionsIn{Name: "clinvar"}, omics.CodeResourceNotFound)
	refused(t, "ListAnnotationStoreVersions", f.ListAnnotationStoreVersions, f.ctx,
		&omics.ListAnnotationStoreVersionsIn{Name: "clinvar", NextToken: ptr("x")}, omics.CodeValidation)
	remove := &omics.DeleteAnnotationStoreVersionsIn{Name: "nowhere", Versions: []string{"v_2"}}
	refused(t, "DeleteAnnotationStoreVersions", f.DeleteAnnotationStoreVersions, f.ctx, remove, omics.CodeResourceNotFound)
	remove.Name = "clinvar"
	refused(t, "DeleteAnnotationStoreVersions", f.DeleteAnnotationStoreVersions, f.stranger(), remove,
		omics.CodeResourceNotFound)
}

// TestDeleteVersions: each version has its own outcome.
func TestDeleteVersions(t *testing.T) {
	f := newFixture(t)
	f.limits.AnnotationVersions, f.limits.ConcurrentJobs = 9, 9
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	for _, name := range []string{"idle", "busy", "busy_too"} {
		f.version(t, f.ctx, "clinvar", name)
	}
	start := func(version string) string {
		in := startAnnotationIn("clinvar")
		in.VersionName = &version
		return call(t, f.StartAnnotationImportJob, f.ctx, in).JobID
	}
	jobs := []string{start("busy"), start("busy_too")}
	in := &omics.DeleteAnnotationStoreVersionsIn{Name: "clinvar", Versions: []string{"busy", "idle", "nowhere",
		"busy_too"}}
	out := call(t, f.DeleteAnnotationStoreVersions, f.ctx, in)
	busy := func(name string) omics.VersionDeleteError {
		return omics.VersionDeleteError{Message: "Version with versionName: " + name + " has an inflight import running.",
			VersionName: name}
	}
	nowhere := omics.VersionDeleteError{Message: "Version with versionName: nowhere was not found.",
		VersionName: "nowhere"}
	if diff := cmp.Diff(omics.List[omics.VersionDeleteError]{busy("busy"), nowhere, busy("busy_too")},
		out.Errors); diff != "" {
		t.Error(diff)
	}
	status := func(version string) omics.VersionStatus {
		return call(t, f.GetAnnotationStoreVersion, f.ctx, &omics.GetAnnotationStoreVersionIn{Name: "clinvar",
			VersionName: version}).Status
	}
	if status("idle") != omics.VersionDeleting || status("busy") != omics.VersionActive ||
		status("clinvar") != omics.VersionActive {
		t.Errorf("idle is %s, busy %s", status("idle"), status("busy"))
	}
	in.Force = true // the one that is being deleted already is no error
	if out := call(t, f.DeleteAnnotationStoreVersions, f.ctx, in); !cmp.Equal(out.Errors,
		omics.List[omics.VersionDeleteError]{nowhere}) {
		t.Errorf("by force %+v", out.Errors)
	}
	for _, id := range jobs {
		if got := call(t, f.GetAnnotationImportJob, f.ctx,
			&omics.GetAnnotationImportJobIn{JobID: id}); got.Status != omics.JobCancelled ||
			got.StatusMessage != "The annotation store version was deleted." {
			t.Errorf("force left a job %s %q", got.Status, got.StatusMessage)
		}
	}
	if n := call(t, f.GetAnnotationStore, f.ctx, &omics.GetAnnotationStoreIn{Name: "clinvar"}).NumVersions; n != 1 {
		t.Errorf("%d versions left", n)
	}
	in.Versions = []string{"clinvar"}
	if out := call(t, f.DeleteAnnotationStoreVersions, f.ctx, in); out.Errors != nil { // clients test for the member
		t.Errorf("the last version: %+v", out.Errors)
	}
	refused(t, "StartAnnotationImportJob", f.StartAnnotationImportJob, f.ctx, startAnnotationIn("clinvar"),
		omics.CodeValidation)
}
