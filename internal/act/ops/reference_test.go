package ops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

func TestReferenceStore(t *testing.T) {
	f := newFixture(t)
	in := &omics.CreateReferenceStoreIn{Name: "refs", Description: ptr("all"), ClientToken: ptr("t"),
		Tags:      omics.TagMap{"a": "b"},
		SseConfig: &omics.SseConfig{Type: omics.EncryptionKMS}}
	made := call(t, f.CreateReferenceStore, f.ctx, in)
	if diff := cmp.Diff(made, call(t, f.CreateReferenceStore, f.ctx, in)); diff != "" {
		t.Errorf("the same token and request: %s", diff)
	}
	got := call(t, f.GetReferenceStore, f.ctx, &omics.GetReferenceStoreIn{ID: made.ID})
	want := &omics.GetReferenceStoreOut{Arn: omics.ReferenceStoreARN("us-east-1", account, made.ID),
		CreationTime: made.CreationTime,
		Description:  "all", ID: made.ID, Name: "refs", SseConfig: in.SseConfig}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	find := func(name string) int {
		return len(call(t, f.ListReferenceStores, f.ctx,
			&omics.ListReferenceStoresIn{Filter: &omics.ReferenceStoreFilter{Name: &name,
				CreatedAfter: &made.CreationTime, CreatedBefore: &made.CreationTime}}).ReferenceStores)
	}
	if find("refs") != 1 || find("other") != 0 {
		t.Errorf("found %d by name, %d by another", find("refs"), find("other"))
	}

	changed := *in
	changed.Description = ptr("different")
	refused(t, "CreateReferenceStore", f.CreateReferenceStore, f.ctx, &changed, omics.CodeValidation)
	refused(t, "CreateReferenceStore", f.CreateReferenceStore, f.ctx, &omics.CreateReferenceStoreIn{Name: "second"},
		omics.CodeServiceQuotaExceeded)
	call(t, f.CreateReferenceStore, f.stranger(), in) // tokens and quotas are the account's
	refused(t, "GetReferenceStore", f.GetReferenceStore, f.stranger(), &omics.GetReferenceStoreIn{ID: made.ID},
		omics.CodeResourceNotFound)
	refused(t, "ListReferenceStores", f.ListReferenceStores, f.ctx, &omics.ListReferenceStoresIn{NextToken: ptr("x")},
		omics.CodeValidation)

	f.reference(t, made.ID, "grch38", ">chr1\nACGT\n")
	refused(t, "DeleteReferenceStore", f.DeleteReferenceStore, f.ctx, &omics.DeleteReferenceStoreIn{ID: made.ID},
		omics.CodeConflict)
	refused(t, "DeleteReferenceStore", f.DeleteReferenceStore, f.stranger(), &omics.DeleteReferenceStoreIn{ID: made.ID},
		omics.CodeResourceNotFound)
	r := call(t, f.ListReferences, f.ctx, &omics.ListReferencesIn{ReferenceStoreID: made.ID}).References[0]
	call(t, f.DeleteReference, f.ctx, &omics.DeleteReferenceIn{ReferenceStoreID: made.ID, ID: r.ID})
	call(t, f.DeleteReferenceStore, f.ctx, &omics.DeleteReferenceStoreIn{ID: made.ID})
	if again := call(t, f.CreateReferenceStore, f.ctx, in); again.ID == made.ID {
		t.Error("the token of a deleted store gives the deleted store")
	}
}

// Ids that are taken are drawn again.
func TestReferenceIDsAreDrawnAgain(t *testing.T) {
	f := newFixture(t)
	storeID := f.referenceStore(t)
	taken := call(t, f.StartReferenceImportJob, f.ctx, &omics.StartReferenceImportJobIn{ReferenceStoreID: storeID,
		RoleArn: role, Sources: []omics.StartReferenceImportJobSourceItem{{Name: "one", SourceFile: "s3://bucket/1.fa"}}}).ID
	ids := []string{taken, "1000000001", "1000000002", "1000000002", "1000000003", "1000000004"}
	job, err := f.startReferences(f.ctx, meta.NewReferenceJob{Account: account, StoreID: storeID, RoleARN: role, Max: 9,
		Sources: []meta.ReferenceJobSource{{From: meta.Source{URI: "s3://bucket/2.fa"}, Name: "two"}}},
		func() (id string) {
			id, ids = ids[0], ids[1:]
			return id
		})
	if err != nil || job.ID != "1000000002" || len(ids) != 2 {
		t.Errorf("made %s, %v, with %v left", job.ID, err, ids)
	}
}

func TestReferenceImportJob(t *testing.T) {
	f := newFixture(t)
	id := f.referenceStore(t)
	in := &omics.StartReferenceImportJobIn{ReferenceStoreID: id, RoleArn: role, ClientToken: ptr("t"),
		Sources: []omics.StartReferenceImportJobSourceItem{
			{Name: "one", SourceFile: "s3://bucket/1.fa", Description: ptr("d"), Tags: omics.TagMap{"a": "b"}},
			{Name: "two", SourceFile: "s3://bucket/2.fa"}}}
	made := call(t, f.StartReferenceImportJob, f.ctx, in)
	if again := call(t, f.StartReferenceImportJob, f.ctx, in); again.ID != made.ID {
		t.Errorf("the same token and request made %s, then %s", made.ID, again.ID)
	}
	if made.Status != omics.ReferenceJobSubmitted || made.ReferenceStoreID != id {
		t.Errorf("made %+v", made)
	}
	get := &omics.GetReferenceImportJobIn{ReferenceStoreID: id, ID: made.ID}
	first := call(t, f.GetReferenceImportJob, f.ctx, get)
	if s := first.Sources[0]; s.Status != omics.ReferenceItemNotStarted || s.ReferenceID != "" || s.Description != "d" ||
		s.Tags["a"] != "b" {
		t.Errorf("source %+v", s)
	}
	for i := range 2 {
		claim, err := f.db.ClaimReferenceSource(f.ctx, made.ID, i)
		if err != nil || claim == nil {
			t.Fatal(claim, err)
		}
		if i == 0 {
			_, err = f.db.FailReferenceSource(f.ctx, made.ID, i, claim.Source.Attempt, strings.Repeat("bad\nline é ", 40))
		} else {
			_, err = f.db.FinishReferenceSource(f.ctx, made.ID, i, claim.Source.Attempt, meta.StoredReference{
				ARN: omics.ReferenceARN("us-east-1", account, claim.Job.StoreID, claim.Source.ReferenceID), MD5: "ab",
				SourceBytes: 1, IndexBytes: 1,
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	got := call(t, f.GetReferenceImportJob, f.ctx, get)
	if got.Status != omics.ReferenceJobCompletedWithFailures || got.CompletionTime == nil ||
		got.Sources[1].ReferenceID == "" {
		t.Errorf("ended as %+v", got)
	}
	if m := got.Sources[0].StatusMessage; len([]rune(m)) > omics.MaxReferenceStatusMessage ||
		strings.Contains(m, "\n") || m == "" {
		t.Errorf("message %q does not fit the model", m)
	}
	list := call(t, f.ListReferenceImportJobs, f.ctx, &omics.ListReferenceImportJobsIn{ReferenceStoreID: id,
		Filter: &omics.ImportReferenceFilter{Status: ptr(omics.ReferenceJobCompletedWithFailures),
			CreatedAfter: &made.CreationTime}})
	if len(list.ImportJobs) != 1 || list.ImportJobs[0].CompletionTime == nil {
		t.Errorf("jobs %+v", list.ImportJobs)
	}

	changed := *in
	changed.ReferenceStoreID = noID
	refused(t, "StartReferenceImportJob", f.StartReferenceImportJob, f.ctx, &changed, omics.CodeValidation)
	changed.ClientToken = nil
	refused(t, "StartReferenceImportJob", f.StartReferenceImportJob, f.ctx, &changed, omics.CodeResourceNotFound)
	changed.ReferenceStoreID = id
	refused(t, "StartReferenceImportJob", f.StartReferenceImportJob, f.ctx, &changed, omics.CodeServiceQuotaExceeded)
	// a role of another account
	refused(t, "StartReferenceImportJob", f.StartReferenceImportJob, f.stranger(), &changed, omics.CodeAccessDenied)
	changed.RoleArn = otherRole
	refused(t, "StartReferenceImportJob", f.StartReferenceImportJob, f.ctx, &changed, omics.CodeAccessDenied)
	refused(t, "StartReferenceImportJob", f.StartReferenceImportJob, f.stranger(), &changed, omics.CodeResourceNotFound)
	changed.RoleArn = "arn:aws:s3:::bucket/not-a-role"
	refused(t, "StartReferenceImportJob", f.StartReferenceImportJob, f.ctx, &changed, omics.CodeValidation)
	refused(t, "GetReferenceImportJob", f.GetReferenceImportJob, f.stranger(), get, omics.CodeResourceNotFound)
	refused(t, "GetReferenceImportJob", f.GetReferenceImportJob, f.ctx,
		&omics.GetReferenceImportJobIn{ReferenceStoreID: noID, ID: made.ID}, omics.CodeResourceNotFound)
	refused(t, "ListReferenceImportJobs", f.ListReferenceImportJobs, f.stranger(),
		&omics.ListReferenceImportJobsIn{ReferenceStoreID: id}, omics.CodeResourceNotFound)
	refused(t, "ListReferenceImportJobs", f.ListReferenceImportJobs, f.ctx,
		&omics.ListReferenceImportJobsIn{ReferenceStoreID: id, NextToken: ptr("x")}, omics.CodeValidation)
}

func TestReferences(t *testing.T) {
	f := newFixture(t)
	id := f.referenceStore(t)
	a := f.reference(t, id, "one", ">chr1\nACGT\n")
	b := f.reference(t, id, "two", ">chr1\nACGT\n")
	list := call(t, f.ListReferences, f.ctx, &omics.ListReferencesIn{ReferenceStoreID: id, MaxResults: ptr(1)})
	if len(list.References) != 1 || list.References[0].ID != b.ID || list.NextToken == nil {
		t.Fatalf("first page %+v", list)
	}
	list = call(t, f.ListReferences, f.ctx, &omics.ListReferencesIn{ReferenceStoreID: id, MaxResults: ptr(1),
		NextToken: list.NextToken})
	if len(list.References) != 1 || list.References[0].Name != "one" || list.NextToken != nil {
		t.Errorf("second page %+v", list)
	}
	byName := call(t, f.ListReferences, f.ctx, &omics.ListReferencesIn{ReferenceStoreID: id,
		Filter: &omics.ReferenceFilter{Name: ptr("one"), Md5: &a.Md5}})
	if len(byName.References) != 1 || byName.References[0].Arn != a.Arn {
		t.Errorf("by name %+v", byName)
	}
	refused(t, "ListReferences", f.ListReferences, f.stranger(), &omics.ListReferencesIn{ReferenceStoreID: id},
		omics.CodeResourceNotFound)
	refused(t, "ListReferences", f.ListReferences, f.ctx, &omics.ListReferencesIn{ReferenceStoreID: id,
		NextToken: ptr("x")}, omics.CodeValidation)

	if a.Files.Source.ContentLength != 11 || a.Files.Source.PartSize != 104857600 || a.Files.Source.TotalParts != 1 ||
		a.Status != omics.ReferenceActive {
		t.Errorf("metadata %+v %+v", a, a.Files.Source)
	}
	refused(t, "GetReferenceMetadata", f.GetReferenceMetadata, f.stranger(),
		&omics.GetReferenceMetadataIn{ReferenceStoreID: id, ID: a.ID}, omics.CodeResourceNotFound)
	refused(t, "DeleteReference", f.DeleteReference, f.stranger(), &omics.DeleteReferenceIn{ReferenceStoreID: id,
		ID: a.ID}, omics.CodeResourceNotFound)

	call(t, f.CreateVariantStore, f.ctx, &omics.CreateVariantStoreIn{Name: ptr("cohort"),
		Reference: &omics.ReferenceItem{ReferenceArn: &a.Arn}})
	refused(t, "DeleteReference", f.DeleteReference, f.ctx, &omics.DeleteReferenceIn{ReferenceStoreID: id, ID: a.ID},
		omics.CodeConflict)
	call(t, f.DeleteReference, f.ctx, &omics.DeleteReferenceIn{ReferenceStoreID: id, ID: b.ID})
	if _, err := os.Stat(f.referenceDir(t, id, b.ID)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("files of a deleted reference: %v", err)
	}
	refused(t, "DeleteReference", f.DeleteReference, f.ctx, &omics.DeleteReferenceIn{ReferenceStoreID: id, ID: b.ID},
		omics.CodeResourceNotFound)
	refused(t, "GetReferenceMetadata", f.GetReferenceMetadata, f.ctx, &omics.GetReferenceMetadataIn{ReferenceStoreID: id,
		ID: b.ID}, omics.CodeResourceNotFound)
}

func TestDeletionGoesOnAfterACrash(t *testing.T) {
	f := newFixture(t)
	id := f.referenceStore(t)
	r := f.reference(t, id, "one", ">chr1\nACGT\n")
	if err := f.db.BeginDeleteReference(f.ctx, account, id, r.ID); err != nil { // and the server dies
		t.Fatal(err)
	}
	refused(t, "GetReference", f.GetReference, f.ctx, &omics.GetReferenceIn{ReferenceStoreID: id, ID: r.ID, PartNumber: 1},
		omics.CodeResourceNotFound)
	if _, err := New(f.ctx, Config{DB: f.db, Files: f.files}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.referenceDir(t, id, r.ID)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("files: %v", err)
	}
	refused(t, "GetReferenceMetadata", f.GetReferenceMetadata, f.ctx, &omics.GetReferenceMetadataIn{ReferenceStoreID: id,
		ID: r.ID}, omics.CodeResourceNotFound)
}

func read(t *testing.T, f *fixture, in *omics.GetReferenceIn) (text, contentRange string) {
	t.Helper()
	out := call(t, f.GetReference, f.ctx, in)
	defer out.Payload.Close()
	b, err := io.ReadAll(out.Payload)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != out.ContentLength {
		t.Errorf("%d bytes, ContentLength %d", len(b), out.ContentLength)
	}
	return string(b), out.ContentRange
}

func TestGetReference(t *testing.T) {
	f := newFixture(t)
	id := f.referenceStore(t)
	r := f.reference(t, id, "one", ">chr1\nACGT\n")
	get := func(rng string) *omics.GetReferenceIn {
		in := &omics.GetReferenceIn{ReferenceStoreID: id, ID: r.ID, PartNumber: 1}
		if rng != "" {
			in.Range = &rng
		}
		return in
	}
	for _, c := range []struct{ rng, want, contentRange string }{
		{"", ">chr1\nACGT\n", ""},
		{"bytes=6-9", "ACGT", "bytes 6-9/11"},
		{"6-9", "ACGT", "bytes 6-9/11"},
		{"bytes=0-0", ">", "bytes 0-0/11"},
		{"bytes=10-10", "\n", "bytes 10-10/11"},
		{"bytes=6-", "ACGT\n", "bytes 6-10/11"},
		{"bytes=6-999999999999999999", "ACGT\n", "bytes 6-10/11"},
		{"bytes=-5", "ACGT\n", "bytes 6-10/11"},
		{"bytes=-100", ">chr1\nACGT\n", "bytes 0-10/11"},
	} {
		if got, contentRange := read(t, f, get(c.rng)); got != c.want || contentRange != c.contentRange {
			t.Errorf("range %q: %q %q", c.rng, got, contentRange)
		}
	}
	for rng, code := range map[string]omics.Code{
		"bytes=11-12": omics.CodeRangeNotSatisfiable, "bytes=11-": omics.CodeRangeNotSatisfiable,
		"bytes=-0":  omics.CodeRangeNotSatisfiable,
		"bytes=5-4": omics.CodeValidation, "bytes=1-2,4-5": omics.CodeValidation, "-": omics.CodeValidation,
		"bytes=9999999999999999999-": omics.CodeValidation,
	} {
		refused(t, "GetReference", f.GetReference, f.ctx, get(rng), code)
	}
	index := get("")
	index.File = ptr(omics.ReferenceFileIndex)
	if got, _ := read(t, f, index); got != "chr1\t4\t6\t4\t5\n" {
		t.Errorf("index %q", got)
	}
	past := get("")
	past.PartNumber = 2
	refused(t, "GetReference", f.GetReference, f.ctx, past, omics.CodeValidation)
	refused(t, "GetReference", f.GetReference, f.stranger(), get(""), omics.CodeResourceNotFound)
	refused(t, "GetReference", f.GetReference, f.ctx, &omics.GetReferenceIn{ReferenceStoreID: noID, ID: r.ID,
		PartNumber: 1}, omics.CodeResourceNotFound)

	if err := os.Remove(filepath.Join(f.referenceDir(t, id, r.ID), SourceFile)); err != nil {
		t.Fatal(err)
	}
	_, err := f.GetReference(f.ctx, get(""))
	if refusal := (*omics.Error)(nil); err == nil || errors.As(err, &refusal) {
		t.Errorf("a lost file is %v, want an internal error", err)
	}
}

// TestPartsMakeTheFile reads a file of three parts, sparse so that it takes no room.
func TestPartsMakeTheFile(t *testing.T) {
	f := newFixture(t)
	id := f.referenceStore(t)
	r := f.reference(t, id, "one", ">chr1\nACGT\n")
	const size = 2*partSize + 3
	path := filepath.Join(f.referenceDir(t, id, r.ID), SourceFile)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{0, partSize, 2 * partSize} {
		if _, err := file.WriteAt([]byte(fmt.Sprint(at/partSize)), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(file.Truncate(size), file.Close()); err != nil {
		t.Fatal(err)
	}
	setSize(t, f, r.ID, size)
	m := call(t, f.GetReferenceMetadata, f.ctx, &omics.GetReferenceMetadataIn{ReferenceStoreID: id, ID: r.ID})
	if m.Files.Source.TotalParts != 3 || m.Files.Source.ContentLength != size {
		t.Errorf("metadata %+v", m.Files.Source)
	}
	for part, want := range []int64{partSize, partSize, 3} {
		out := call(t, f.GetReference, f.ctx, &omics.GetReferenceIn{ReferenceStoreID: id, ID: r.ID, PartNumber: part + 1})
		var first [1]byte
		if _, err := io.ReadFull(out.Payload, first[:]); err != nil || string(first[:]) != fmt.Sprint(part) ||
			out.ContentLength != want {
			t.Errorf("part %d begins %q, %d bytes, %v", part+1, first, out.ContentLength, err)
		}
		out.Payload.Close()
	}
	text, contentRange := read(t, f, &omics.GetReferenceIn{ReferenceStoreID: id, ID: r.ID, PartNumber: 3,
		Range: ptr("bytes=0-1")})
	if text != "2\x00" || contentRange != "bytes 0-1/3" {
		t.Errorf("range of the last part %q %q", text, contentRange)
	}
	refused(t, "GetReference", f.GetReference, f.ctx, &omics.GetReferenceIn{ReferenceStoreID: id, ID: r.ID, PartNumber: 3,
		Range: ptr("bytes=3-")}, omics.CodeRangeNotSatisfiable)
}

func setSize(t *testing.T, f *fixture, referenceID string, size int64) {
	t.Helper()
	if _, err := f.db.Writer().ExecContext(context.Background(), `UPDATE refs SET source_bytes = ? WHERE id = ?`, size,
		referenceID); err != nil {
		t.Fatal(err)
	}
}
