package ops

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

func TestAnnotationImportJob(t *testing.T) {
	f := newFixture(t)
	r := f.reference(t, f.referenceStore(t), "grch38", ">chr1\nACGT\n")
	call(t, f.CreateAnnotationStore, f.ctx, &omics.CreateAnnotationStoreIn{Name: ptr("clinvar"),
		StoreFormat: omics.FormatVCF, Reference: &omics.ReferenceItem{ReferenceArn: &r.Arn}})
	f.activate(t, f.ctx, "clinvar", "clinvar")
	f.version(t, f.ctx, "clinvar", "v_2")
	in := startAnnotationIn("clinvar")
	in.VersionName, in.RunLeftNormalization, in.AnnotationFields = ptr("v_2"), true, map[string]string{"VEP": "CSQ"}
	in.FormatOptions = &omics.FormatOptions{VcfOptions: &omics.VcfOptions{IgnoreQualField: ptr(true)}}
	id := call(t, f.StartAnnotationImportJob, f.ctx, in).JobID
	get := &omics.GetAnnotationImportJobIn{JobID: id}
	got := call(t, f.GetAnnotationImportJob, f.ctx, get)
	want := &omics.GetAnnotationImportJobOut{AnnotationFields: in.AnnotationFields, CompletionTime: got.CreationTime,
		CreationTime: got.CreationTime, DestinationName: "clinvar",
		FormatOptions: *in.FormatOptions, ID: id, Items: omics.List[omics.AnnotationImportItemDetail]{
			{JobStatus: omics.JobSubmitted, Source: "s3://bucket/a.tsv"}}, RoleArn: role,
		RunLeftNormalization: true, Status: omics.JobSubmitted, UpdateTime: got.CreationTime, VersionName: "v_2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	list := call(t, f.ListAnnotationImportJobs, f.ctx, &omics.ListAnnotationImportJobsIn{IDs: []string{id}})
	item := omics.AnnotationImportJobItem{AnnotationFields: in.AnnotationFields, CreationTime: got.CreationTime,
		DestinationName: "clinvar", ID: id, RoleArn: role,
		RunLeftNormalization: true, Status: omics.JobSubmitted, UpdateTime: got.CreationTime, VersionName: "v_2"}
	if diff := cmp.Diff(&omics.ListAnnotationImportJobsOut{AnnotationImportJobs: omics.List[omics.AnnotationImportJobItem]{
		item}}, list); diff != "" {
		t.Error(diff)
	}
	call(t, f.CancelAnnotationImportJob, f.ctx, &omics.CancelAnnotationImportJobIn{JobID: id})
	if got = call(t, f.GetAnnotationImportJob, f.ctx, get); got.Status != omics.JobCancelled ||
		got.CompletionTime != got.UpdateTime || got.Items[0].JobStatus != omics.JobCancelled {
		t.Errorf("cancelled as %+v", got)
	}

	second := call(t, f.StartAnnotationImportJob, f.ctx, startAnnotationIn("clinvar")).JobID
	filter := func(status *omics.JobStatus, store string) []string {
		var ids []string
		for _, j := range call(t, f.ListAnnotationImportJobs, f.ctx,
			&omics.ListAnnotationImportJobsIn{Filter: &omics.ListAnnotationImportJobsFilter{Status: status,
				StoreName: &store}}).AnnotationImportJobs {
			ids = append(ids, j.ID)
		}
		return ids
	}
	if all, cancelled, other := filter(nil, "clinvar"), filter(ptr(omics.JobCancelled), "clinvar"),
		filter(nil, "other"); !cmp.Equal(all, []string{second, id}) || !cmp.Equal(cancelled, []string{id}) || other != nil {
		t.Errorf("jobs %v, cancelled %v, of another store %v", all, cancelled, other)
	}
	if jobs := call(t, f.ListVariantImportJobs, f.ctx,
		&omics.ListVariantImportJobsIn{}).VariantImportJobs; len(jobs) != 0 {
		t.Errorf("annotation jobs among the variant jobs: %+v", jobs)
	}

	// What an item says has no place of its own on this wire.
	claim, err := f.db.ClaimItem(f.ctx, second, 0)
	if err != nil || claim == nil {
		t.Fatal(claim, err)
	}
	if _, err := f.db.SetItemProgress(f.ctx, second, 0, claim.Item.Attempt, "12 records"); err != nil {
		t.Fatal(err)
	}
	running := call(t, f.GetAnnotationImportJob, f.ctx, &omics.GetAnnotationImportJobIn{JobID: second})
	if running.StatusMessage != "12 records" || running.Status != omics.JobInProgress {
		t.Errorf("running as %s %q", running.Status, running.StatusMessage)
	}
}

// TestShownFormatOptions: the union has a member, whatever the request had.
func TestShownFormatOptions(t *testing.T) {
	f := newFixture(t)
	f.limits.AnnotationStores, f.limits.ConcurrentJobs = 3, 9
	no, tsv := ptr(false), &omics.TsvOptions{}
	for format, want := range map[omics.StoreFormat]omics.FormatOptions{
		omics.FormatVCF: {VcfOptions: &omics.VcfOptions{IgnoreFilterField: no, IgnoreQualField: no}},
		omics.FormatGFF: {TsvOptions: tsv}, omics.FormatTSV: {TsvOptions: tsv},
	} {
		name := "of_" + strings.ToLower(string(format))
		f.annotations(t, f.ctx, name, format)
		id := call(t, f.StartAnnotationImportJob, f.ctx, startAnnotationIn(name)).JobID
		if diff := cmp.Diff(want, call(t, f.GetAnnotationImportJob, f.ctx,
			&omics.GetAnnotationImportJobIn{JobID: id}).FormatOptions); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

func TestAnnotationImportJobRefusals(t *testing.T) {
	f := newFixture(t)
	f.limits.AnnotationStores = 9
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	start := func(store string, change func(*omics.StartAnnotationImportJobIn)) *omics.StartAnnotationImportJobIn {
		in := startAnnotationIn(store)
		if change != nil {
			change(in)
		}
		return in
	}
	version := func(name string) func(*omics.StartAnnotationImportJobIn) {
		return func(in *omics.StartAnnotationImportJobIn) { in.VersionName = &name }
	}
	roleARN := func(arn string) func(*omics.StartAnnotationImportJobIn) {
		return func(in *omics.StartAnnotationImportJobIn) { in.RoleArn = arn }
	}
	const op = "StartAnnotationImportJob"
	refused(t, op, f.StartAnnotationImportJob, f.ctx, start("nowhere", nil), omics.CodeResourceNotFound)
	refused(t, op, f.StartAnnotationImportJob, f.ctx, start("clinvar", version("v_9")), omics.CodeResourceNotFound)
	// a role of another account
	refused(t, op, f.StartAnnotationImportJob, f.stranger(), start("clinvar", nil), omics.CodeAccessDenied)
	refused(t, op, f.StartAnnotationImportJob, f.ctx, start("clinvar", roleARN(otherRole)), omics.CodeAccessDenied)
	refused(t, op, f.StartAnnotationImportJob, f.stranger(), start("clinvar", roleARN(otherRole)),
		omics.CodeResourceNotFound)
	refused(t, op, f.StartAnnotationImportJob, f.ctx,
		start("clinvar", roleARN("arn:aws:s3:us-east-1:123456789012:not-a-role")), omics.CodeValidation)
	refused(t, op, f.StartAnnotationImportJob, f.ctx,
		start("clinvar", func(in *omics.StartAnnotationImportJobIn) { in.Items = append(in.Items, in.Items...) }),
		omics.CodeServiceQuotaExceeded)
	f.store(t, "cohort")
	// a variant store is none
	refused(t, op, f.StartAnnotationImportJob, f.ctx, start("cohort", nil), omics.CodeResourceNotFound)
	call(t, f.CreateAnnotationStore, f.ctx, &omics.CreateAnnotationStoreIn{Name: ptr("making"),
		StoreFormat: omics.FormatVCF})
	refused(t, op, f.StartAnnotationImportJob, f.ctx, start("making", nil), omics.CodeValidation)
	call(t, f.CreateAnnotationStoreVersion, f.ctx, &omics.CreateAnnotationStoreVersionIn{Name: "clinvar",
		VersionName: "making"})
	refused(t, op, f.StartAnnotationImportJob, f.ctx, start("clinvar", version("making")), omics.CodeValidation)

	// Without a version of its name a store has no default one.
	call(t, f.CreateAnnotationStore, f.ctx, &omics.CreateAnnotationStoreIn{Name: ptr("genes"),
		StoreFormat: omics.FormatGFF, VersionName: ptr("first")})
	f.activate(t, f.ctx, "genes", "first")
	refused(t, op, f.StartAnnotationImportJob, f.ctx, start("genes", nil), omics.CodeResourceNotFound)
	job := call(t, f.StartAnnotationImportJob, f.ctx, start("genes", version("first"))).JobID

	// Jobs of both kinds count together.
	f.start(t, "cohort")
	refused(t, op, f.StartAnnotationImportJob, f.ctx, start("clinvar", nil), omics.CodeServiceQuotaExceeded)
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.ctx, startIn("cohort", 1),
		omics.CodeServiceQuotaExceeded)

	variant := call(t, f.ListVariantImportJobs, f.ctx, &omics.ListVariantImportJobsIn{}).VariantImportJobs[0].ID
	for _, id := range []string{"01234567-89ab-4cde-8f01-23456789abcd", variant} {
		refused(t, "GetAnnotationImportJob", f.GetAnnotationImportJob, f.ctx, &omics.GetAnnotationImportJobIn{JobID: id},
			omics.CodeResourceNotFound)
		refused(t, "CancelAnnotationImportJob", f.CancelAnnotationImportJob, f.ctx,
			&omics.CancelAnnotationImportJobIn{JobID: id}, omics.CodeResourceNotFound)
	}
	refused(t, "GetVariantImportJob", f.GetVariantImportJob, f.ctx, &omics.GetVariantImportJobIn{JobID: job},
		omics.CodeResourceNotFound)
	refused(t, "CancelVariantImportJob", f.CancelVariantImportJob, f.ctx, &omics.CancelVariantImportJobIn{JobID: job},
		omics.CodeResourceNotFound)
	refused(t, "GetAnnotationImportJob", f.GetAnnotationImportJob, f.stranger(),
		&omics.GetAnnotationImportJobIn{JobID: job}, omics.CodeResourceNotFound)
	refused(t, "CancelAnnotationImportJob", f.CancelAnnotationImportJob, f.stranger(),
		&omics.CancelAnnotationImportJobIn{JobID: job}, omics.CodeResourceNotFound)
	call(t, f.CancelAnnotationImportJob, f.ctx, &omics.CancelAnnotationImportJobIn{JobID: job})
	refused(t, "CancelAnnotationImportJob", f.CancelAnnotationImportJob, f.ctx,
		&omics.CancelAnnotationImportJobIn{JobID: job}, omics.CodeValidation)
	refused(t, "ListAnnotationImportJobs", f.ListAnnotationImportJobs, f.ctx,
		&omics.ListAnnotationImportJobsIn{NextToken: ptr("x")}, omics.CodeValidation)
}

// TestImportGoesToTheDefaultVersion: the one named as the store.
func TestImportGoesToTheDefaultVersion(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	f.version(t, f.ctx, "clinvar", "v_2")
	id := call(t, f.StartAnnotationImportJob, f.ctx, startAnnotationIn("clinvar")).JobID
	if got := call(t, f.GetAnnotationImportJob, f.ctx,
		&omics.GetAnnotationImportJobIn{JobID: id}); got.VersionName != "clinvar" {
		t.Errorf("goes to version %s", got.VersionName)
	}
	j, _, err := f.db.ImportJob(f.ctx, account, meta.Annotations, id)
	if err != nil || j.Location != f.files.TableName(j.TableID) || j.Table != "clinvar" {
		t.Errorf("job %+v, %v", j, err)
	}
}
