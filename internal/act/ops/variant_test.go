package ops

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

func TestVariantStore(t *testing.T) {
	f := newFixture(t)
	r := f.reference(t, f.referenceStore(t), "grch38", ">chr1\nACGT\n")
	in := &omics.CreateVariantStoreIn{Name: ptr("cohort"), Description: ptr("first"),
		Reference: &omics.ReferenceItem{ReferenceArn: &r.Arn},
		SseConfig: &omics.SseConfig{Type: omics.EncryptionKMS, KeyArn: ptr("arn:aws:kms:us-east-1:123456789012:key/k")},
		Tags:      omics.TagMap{"a": "b"}}
	made := call(t, f.CreateVariantStore, f.ctx, in)
	if !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(made.ID) || made.Status != omics.StoreCreating ||
		*made.Reference.ReferenceArn != r.Arn {
		t.Errorf("made %+v", made)
	}
	got := call(t, f.GetVariantStore, f.ctx, &omics.GetVariantStoreIn{Name: "cohort"})
	want := &omics.GetVariantStoreOut{CreationTime: made.CreationTime, Description: "first", ID: made.ID, Name: "cohort",
		Reference: made.Reference,
		SseConfig: *in.SseConfig, Status: omics.StoreCreating,
		StoreArn: "arn:aws:omics:us-east-1:123456789012:variantStore/cohort", Tags: in.Tags, UpdateTime: made.CreationTime}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	updated := call(t, f.UpdateVariantStore, f.ctx, &omics.UpdateVariantStoreIn{Name: "cohort",
		Description: ptr("second")})
	if updated.Description != "second" || updated.UpdateTime.Before(made.CreationTime.Time) {
		t.Errorf("updated %+v", updated)
	}
	unnamed := call(t, f.CreateVariantStore, f.ctx, &omics.CreateVariantStoreIn{Reference: in.Reference})
	if !regexp.MustCompile(`^variant_store_[0-9a-f]{8}$`).MatchString(unnamed.Name) {
		t.Errorf("generated name %q", unnamed.Name)
	}
	if ok, err := f.db.FailTable(f.ctx, unnamed.ID, "disk\nfull"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	list := call(t, f.ListVariantStores, f.ctx,
		&omics.ListVariantStoresIn{Filter: &omics.ListVariantStoresFilter{Status: ptr(omics.StoreFailed)}})
	if len(list.VariantStores) != 1 || list.VariantStores[0].StatusMessage != "disk full" || list.NextToken != nil {
		t.Errorf("failed stores %+v", list)
	}
	if got := call(t, f.DeleteVariantStore, f.ctx,
		&omics.DeleteVariantStoreIn{Name: unnamed.Name}); got.Status != omics.StoreDeleting {
		t.Errorf("delete answered %+v", got)
	}
}

func TestVariantStoreRefusals(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	get := call(t, f.GetVariantStore, f.ctx, &omics.GetVariantStoreIn{Name: "cohort"})
	create := func(name, arn string) *omics.CreateVariantStoreIn {
		return &omics.CreateVariantStoreIn{Name: &name, Reference: &omics.ReferenceItem{ReferenceArn: &arn}}
	}
	arn := *get.Reference.ReferenceArn
	refused(t, "CreateVariantStore", f.CreateVariantStore, f.ctx, create("cohort", arn), omics.CodeConflict)
	refused(t, "CreateVariantStore", f.CreateVariantStore, f.ctx,
		create("fresh", "arn:aws:omics:us-east-1:123456789012:referenceStore/1/reference/2"), omics.CodeResourceNotFound)
	refused(t, "CreateVariantStore", f.CreateVariantStore, f.stranger(), create("fresh", arn), omics.CodeResourceNotFound)
	refused(t, "CreateVariantStore", f.CreateVariantStore, f.ctx, create("fresh", "arn:x"), omics.CodeValidation)
	refused(t, "CreateVariantStore", f.CreateVariantStore, f.ctx, create("fresh", get.StoreArn), omics.CodeValidation)
	tagged := create("fresh", arn)
	tagged.Tags = omics.TagMap{}
	for i := range 51 {
		tagged.Tags[strings.Repeat("k", i+1)] = ""
	}
	refused(t, "CreateVariantStore", f.CreateVariantStore, f.ctx, tagged, omics.CodeValidation)
	f.store(t, "second")
	refused(t, "CreateVariantStore", f.CreateVariantStore, f.ctx, create("third", arn), omics.CodeServiceQuotaExceeded)

	for _, name := range []string{"nowhere", "../cohort", "\x00", ""} {
		if name != "" {
			refused(t, "GetVariantStore", f.GetVariantStore, f.ctx, &omics.GetVariantStoreIn{Name: name},
				omics.CodeResourceNotFound)
			refused(t, "DeleteVariantStore", f.DeleteVariantStore, f.ctx, &omics.DeleteVariantStoreIn{Name: name},
				omics.CodeResourceNotFound)
		}
	}
	refused(t, "GetVariantStore", f.GetVariantStore, f.stranger(), &omics.GetVariantStoreIn{Name: "cohort"},
		omics.CodeResourceNotFound)
	refused(t, "UpdateVariantStore", f.UpdateVariantStore, f.stranger(), &omics.UpdateVariantStoreIn{Name: "cohort"},
		omics.CodeResourceNotFound)
	refused(t, "DeleteVariantStore", f.DeleteVariantStore, f.stranger(), &omics.DeleteVariantStoreIn{Name: "cohort",
		Force: true}, omics.CodeResourceNotFound)
	refused(t, "ListVariantStores", f.ListVariantStores, f.ctx,
		&omics.ListVariantStoresIn{NextToken: ptr("bm90IGEgdG9rZW4")}, omics.CodeValidation)

	job := f.start(t, "cohort")
	refused(t, "DeleteVariantStore", f.DeleteVariantStore, f.ctx, &omics.DeleteVariantStoreIn{Name: "cohort"},
		omics.CodeConflict)
	call(t, f.DeleteVariantStore, f.ctx, &omics.DeleteVariantStoreIn{Name: "cohort", Force: true})
	if got := call(t, f.GetVariantImportJob, f.ctx,
		&omics.GetVariantImportJobIn{JobID: job}); got.Status != omics.JobCancelled {
		t.Errorf("force left the job %s", got.Status)
	}
	if again := call(t, f.DeleteVariantStore, f.ctx,
		&omics.DeleteVariantStoreIn{Name: "cohort"}); again.Status != omics.StoreDeleting {
		t.Errorf("a second delete answered %+v", again)
	}
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.ctx, startIn("cohort", 1), omics.CodeValidation)
	refused(t, "CreateVariantStore", f.CreateVariantStore, f.ctx, create("cohort", arn), omics.CodeConflict)
}

func TestVariantImportJob(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	in := startIn("cohort", 2)
	in.RunLeftNormalization, in.AnnotationFields = true, map[string]string{"VEP": "CSQ"}
	id := call(t, f.StartVariantImportJob, f.ctx, in).JobID
	got := call(t, f.GetVariantImportJob, f.ctx, &omics.GetVariantImportJobIn{JobID: id})
	want := &omics.GetVariantImportJobOut{AnnotationFields: in.AnnotationFields, CreationTime: got.CreationTime,
		DestinationName: "cohort", ID: id,
		Items: omics.List[omics.VariantImportItemDetail]{{JobStatus: omics.JobSubmitted, Source: in.Items[0].Source},
			{JobStatus: omics.JobSubmitted, Source: in.Items[1].Source}},
		RoleArn: in.RoleArn, RunLeftNormalization: true, Status: omics.JobSubmitted, UpdateTime: got.CreationTime}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	call(t, f.CancelVariantImportJob, f.ctx, &omics.CancelVariantImportJobIn{JobID: id})
	got = call(t, f.GetVariantImportJob, f.ctx, &omics.GetVariantImportJobIn{JobID: id})
	if got.Status != omics.JobCancelled || got.CompletionTime == nil || got.Items[1].JobStatus != omics.JobCancelled {
		t.Errorf("cancelled as %+v", got)
	}
	second := f.start(t, "cohort")
	list := call(t, f.ListVariantImportJobs, f.ctx, &omics.ListVariantImportJobsIn{})
	if len(list.VariantImportJobs) != 2 || list.VariantImportJobs[0].ID != second ||
		list.VariantImportJobs[1].CompletionTime == nil {
		t.Errorf("jobs %+v", list.VariantImportJobs)
	}
	filter := &omics.ListVariantImportJobsFilter{Status: ptr(omics.JobCancelled), StoreName: ptr("cohort")}
	if list := call(t, f.ListVariantImportJobs, f.ctx,
		&omics.ListVariantImportJobsIn{Filter: filter}); len(list.VariantImportJobs) != 1 {
		t.Errorf("cancelled jobs %+v", list.VariantImportJobs)
	}
	if list := call(t, f.ListVariantImportJobs, f.ctx,
		&omics.ListVariantImportJobsIn{IDs: []string{second}}); len(list.VariantImportJobs) != 1 {
		t.Errorf("jobs by id %+v", list.VariantImportJobs)
	}
}

// TestImportJobShowsLiveProgress: what an item that is being read says is as of now; of all others it is what was
// written.
func TestImportJobShowsLiveProgress(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	id := call(t, f.StartVariantImportJob, f.ctx, startIn("cohort", 3)).JobID
	for _, item := range []int{0, 1} {
		if claim, err := f.db.ClaimItem(f.ctx, id, item); err != nil || claim == nil {
			t.Fatal(claim, err)
		}
	}
	var err error
	f.Service, err = New(f.ctx, Config{DB: f.db, Region: "us-east-1", Files: f.files,
		Progress: func(job string, item int) (string, bool) {
			return "live", job == id && item != 1
		}})
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	for _, item := range call(t, f.GetVariantImportJob, f.ctx, &omics.GetVariantImportJobIn{JobID: id}).Items {
		messages = append(messages, item.StatusMessage)
	}
	if diff := cmp.Diff([]string{"live", omics.ProgressOpening, ""}, messages); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestVariantImportJobRefusals(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.ctx, startIn("nowhere", 1), omics.CodeResourceNotFound)
	// a role of another account
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.stranger(), startIn("cohort", 1),
		omics.CodeAccessDenied)
	own := startIn("cohort", 1)
	own.RoleArn = otherRole
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.ctx, own, omics.CodeAccessDenied)
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.stranger(), own, omics.CodeResourceNotFound)
	own.RoleArn = "arn:aws:s3:us-east-1:123456789012:not-a-role"
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.ctx, own, omics.CodeValidation)
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.ctx, startIn("cohort", 4),
		omics.CodeServiceQuotaExceeded)
	arn := *call(t, f.GetVariantStore, f.ctx, &omics.GetVariantStoreIn{Name: "cohort"}).Reference.ReferenceArn
	call(t, f.CreateVariantStore, f.ctx, &omics.CreateVariantStoreIn{Name: ptr("creating"),
		Reference: &omics.ReferenceItem{ReferenceArn: &arn}})
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.ctx, startIn("creating", 1), omics.CodeValidation)
	job := f.start(t, "cohort")
	f.start(t, "cohort")
	refused(t, "StartVariantImportJob", f.StartVariantImportJob, f.ctx, startIn("cohort", 1),
		omics.CodeServiceQuotaExceeded)

	unknown := "01234567-89ab-4cde-8f01-23456789abcd"
	refused(t, "GetVariantImportJob", f.GetVariantImportJob, f.ctx, &omics.GetVariantImportJobIn{JobID: unknown},
		omics.CodeResourceNotFound)
	refused(t, "GetVariantImportJob", f.GetVariantImportJob, f.stranger(), &omics.GetVariantImportJobIn{JobID: job},
		omics.CodeResourceNotFound)
	refused(t, "CancelVariantImportJob", f.CancelVariantImportJob, f.ctx, &omics.CancelVariantImportJobIn{JobID: unknown},
		omics.CodeResourceNotFound)
	refused(t, "CancelVariantImportJob", f.CancelVariantImportJob, f.stranger(),
		&omics.CancelVariantImportJobIn{JobID: job}, omics.CodeResourceNotFound)
	call(t, f.CancelVariantImportJob, f.ctx, &omics.CancelVariantImportJobIn{JobID: job})
	refused(t, "CancelVariantImportJob", f.CancelVariantImportJob, f.ctx, &omics.CancelVariantImportJobIn{JobID: job},
		omics.CodeValidation)
	refused(t, "ListVariantImportJobs", f.ListVariantImportJobs, f.ctx,
		&omics.ListVariantImportJobsIn{NextToken: ptr("x")}, omics.CodeValidation)
}

func TestPageTokens(t *testing.T) {
	f := newFixture(t)
	f.limits.ConcurrentJobs = 100
	f.store(t, "cohort")
	var want []string
	for range 7 {
		want = append(want, f.start(t, "cohort"))
	}
	slices.Reverse(want) // newest first
	page := func(token *string) *omics.ListVariantImportJobsIn {
		return &omics.ListVariantImportJobsIn{MaxResults: ptr(3), NextToken: token}
	}
	var got []string
	var tokens []string
	for token := (*string)(nil); ; {
		out := call(t, f.ListVariantImportJobs, f.ctx, page(token))
		for _, j := range out.VariantImportJobs {
			got = append(got, j.ID)
		}
		f.start(t, "cohort") // more are being added
		if token = out.NextToken; token == nil {
			break
		}
		tokens = append(tokens, *token)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(tokens) != 2 {
		t.Fatalf("%d tokens, want 2", len(tokens))
	}
	again := call(t, f.ListVariantImportJobs, f.ctx, page(&tokens[0]))
	if again.VariantImportJobs[0].ID != want[3] || *again.NextToken != tokens[1] {
		t.Error("a token is not stable")
	}

	op := f.ListVariantImportJobs
	for i := range tokens[0] {
		b := []byte(tokens[0])
		b[i] = map[bool]byte{true: 'B', false: 'A'}[b[i] == 'A']
		refused(t, "ListVariantImportJobs", op, f.ctx, page(ptr(string(b))), omics.CodeValidation)
	}
	for _, forged := range []string{tokens[0] + "A", tokens[0][:len(tokens[0])-1], "AAAAAAAAAAAAAAAAAAAAAAA",
		strings.Repeat("A", 10000), "%", "…"} {
		refused(t, "ListVariantImportJobs", op, f.ctx, page(&forged), omics.CodeValidation)
	}
	refused(t, "ListVariantImportJobs", op, f.stranger(), page(&tokens[0]), omics.CodeValidation)
	filtered := page(&tokens[0])
	filtered.Filter = &omics.ListVariantImportJobsFilter{StoreName: ptr("cohort")}
	refused(t, "ListVariantImportJobs", op, f.ctx, filtered, omics.CodeValidation)
	refused(t, "ListVariantStores", f.ListVariantStores, f.ctx, &omics.ListVariantStoresIn{NextToken: &tokens[0]},
		omics.CodeValidation)
	refused(t, "ListReferenceStores", f.ListReferenceStores, f.ctx, &omics.ListReferenceStoresIn{NextToken: &tokens[0]},
		omics.CodeValidation)

	l := &listing{s: f.Service, operation: "A", account: account, size: 1}
	_, token := cutPage(l, []int64{9, 8}, func(seq int64) int64 { return seq })
	if l, err := f.newListing("A", account, nil, nil, token); err == nil {
		t.Errorf("a token of one filter is good for another: %+v", l)
	}
	l.filter = []byte("null")
	_, token = cutPage(l, []int64{9, 8}, func(seq int64) int64 { return seq })
	if l, err := f.newListing("A", account, nil, nil, token); err != nil || l.before != 9 {
		t.Errorf("token read back as %+v, %v", l, err)
	}
	if _, err := f.newListing("B", account, nil, nil, token); err == nil {
		t.Error("a token of one operation is good for another")
	}

	reopened, err := New(f.ctx, Config{DB: f.db, Region: "us-east-1", Files: f.files, Limits: f.limits})
	if err != nil {
		t.Fatal(err)
	}
	call(t, reopened.ListVariantImportJobs, f.ctx, page(&tokens[0])) // outlives the process
}

func TestTables(t *testing.T) {
	f := newFixture(t)
	s := f.store(t, "cohort")
	got, err := f.access.Tables(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	want, err := f.db.TableByID(f.ctx, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]meta.Table{want}, got); diff != "" || want.Location != f.files.TableName(s.ID) ||
		want.MetadataLocation != "m0" {
		t.Error(diff)
	}
	if got, err := f.access.Tables(f.stranger()); err != nil || len(got) != 0 {
		t.Errorf("another account's tables: %+v, %v", got, err)
	}
	call(t, f.DeleteVariantStore, f.ctx, &omics.DeleteVariantStoreIn{Name: "cohort"})
	if got, err := f.access.Tables(f.ctx); err != nil || len(got) != 0 {
		t.Errorf("tables of a store being deleted: %+v, %v", got, err)
	}
}

func TestTagOperations(t *testing.T) {
	f := newFixture(t)
	store := f.store(t, "cohort")
	refs := call(t, f.ListReferenceStores, f.ctx, &omics.ListReferenceStoresIn{}).ReferenceStores[0]
	for _, arn := range []string{store.StoreArn, *store.Reference.ReferenceArn, refs.Arn} {
		call(t, f.TagResource, f.ctx, &omics.TagResourceIn{ResourceArn: arn, Tags: omics.TagMap{"x": "1", "y": "2"}})
		call(t, f.UntagResource, f.ctx, &omics.UntagResourceIn{ResourceArn: arn, TagKeys: []string{"x", "build"}})
		got := call(t, f.ListTagsForResource, f.ctx, &omics.ListTagsForResourceIn{ResourceArn: arn})
		if diff := cmp.Diff(omics.TagMap{"y": "2"}, got.Tags); diff != "" {
			t.Errorf("%s: %s", arn, diff)
		}
	}
	many := omics.TagMap{}
	for i := range 50 {
		many[strings.Repeat("k", i+1)] = ""
	}
	refused(t, "TagResource", f.TagResource, f.ctx, &omics.TagResourceIn{ResourceArn: store.StoreArn, Tags: many},
		omics.CodeServiceQuotaExceeded)
	for _, c := range []struct {
		arn  string
		code omics.Code
	}{
		{"arn:aws:omics:us-east-1:123456789012:variantStore/nowhere", omics.CodeResourceNotFound},
		{strings.Replace(store.StoreArn, "us-east-1", "eu-west-1", 1), omics.CodeResourceNotFound},
		{"arn:x", omics.CodeValidation},
		{"arn:aws:s3:::bucket", omics.CodeValidation},
	} {
		refused(t, "TagResource", f.TagResource, f.ctx, &omics.TagResourceIn{ResourceArn: c.arn,
			Tags: omics.TagMap{"a": "b"}}, c.code)
		refused(t, "UntagResource", f.UntagResource, f.ctx, &omics.UntagResourceIn{ResourceArn: c.arn,
			TagKeys: []string{"a"}}, c.code)
		refused(t, "ListTagsForResource", f.ListTagsForResource, f.ctx, &omics.ListTagsForResourceIn{ResourceArn: c.arn},
			c.code)
	}
	refused(t, "TagResource", f.TagResource, f.stranger(), &omics.TagResourceIn{ResourceArn: store.StoreArn,
		Tags: omics.TagMap{}}, omics.CodeResourceNotFound)
}
