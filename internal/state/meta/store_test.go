package meta

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestCreateStoreGuards(t *testing.T) {
	f := newFixture(t)
	n := f.newStore("cohort")
	n.Tags = map[string]string{"team": "rare"}
	s := must(f.CreateStore(f.ctx, n))(t)
	if s.Status != omics.StoreCreating || s.ID != n.ID || s.Kind != Variants || s.Tables != 1 ||
		f.queued(t, "create_table") != 1 {
		t.Errorf("created %+v with %d queue jobs", s, f.queued(t, "create_table"))
	}
	got, tags, err := f.Store(f.ctx, AdminAccount, Variants, "cohort")
	if err != nil || !cmp.Equal(got, s) || !cmp.Equal(tags, n.Tags) {
		t.Errorf("read back %+v %v %v", got, tags, err)
	}
	if _, err := f.CreateStore(f.ctx, f.newStore("cohort")); !errors.Is(err, ErrExists) {
		t.Errorf("duplicate name: %v", err)
	}
	n = f.newStore("other")
	n.ReferenceARN = "arn:aws:omics:us-east-1:123456789012:referenceStore/1/reference/2"
	if _, err := f.CreateStore(f.ctx, n); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown reference: %v", err)
	}
	n = f.newStore("other")
	n.Account = "210987654321"
	if _, err := f.CreateStore(f.ctx, n); !errors.Is(err, ErrNotFound) {
		t.Errorf("another account's reference: %v", err)
	}
	n = f.newStore("other")
	n.Max = 1
	if _, err := f.CreateStore(f.ctx, n); !errors.Is(err, ErrQuota) {
		t.Errorf("past the limit: %v", err)
	}
	if n := f.queued(t, "create_table"); n != 1 {
		t.Errorf("%d queue jobs after refusals", n)
	}
}

func TestActivateAndFailGuards(t *testing.T) {
	f := newFixture(t)
	f.Now = func() time.Time { return fixedNow }
	s := must(f.CreateStore(f.ctx, f.newStore("cohort")))(t)
	if tables := must(f.Tables(f.ctx, AdminAccount))(t); len(tables) != 0 {
		t.Errorf("a store that is being made can be queried: %+v", tables)
	}
	if ok := must(f.ActivateTable(f.ctx, s.ID, "m0"))(t); !ok {
		t.Fatal("not activated")
	}
	if ok := must(f.ActivateTable(f.ctx, s.ID, "m9"))(t); ok {
		t.Error("activated twice")
	}
	if ok := must(f.FailTable(f.ctx, s.ID, "late"))(t); ok {
		t.Error("an ACTIVE store failed")
	}
	want := []Table{{Seq: 1, ID: s.ID, StoreID: s.ID, StoreName: "cohort", Account: AdminAccount, Kind: Variants,
		Format: omics.FormatVCF, Reference: true,
		Namespace: "variant_123456789012_" + s.ID, Name: "cohort", Location: "/data/tables/" + s.ID,
		Status:  omics.VersionActive,
		Created: fixedNow, Updated: fixedNow, MetadataLocation: "m0"}}
	if diff := cmp.Diff(want, must(f.Tables(f.ctx, AdminAccount))(t)); diff != "" {
		t.Error(diff)
	}
	if tables := must(f.Tables(f.ctx, "210987654321"))(t); len(tables) != 0 {
		t.Errorf("another account sees %+v", tables)
	}

	broken := must(f.CreateStore(f.ctx, f.newStore("broken")))(t)
	if ok := must(f.FailTable(f.ctx, broken.ID, "disk full"))(t); !ok {
		t.Fatal("not failed")
	}
	if ok := must(f.ActivateTable(f.ctx, broken.ID, "m0"))(t); ok {
		t.Error("a FAILED store was activated")
	}
	if got := must(f.variantStore(AdminAccount, "broken"))(t); got.Status != omics.StoreFailed ||
		got.StatusMessage != "disk full" {
		t.Errorf("failed as %+v", got)
	}
}

func TestUpdateStore(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	text := "all of it"
	if got := must(f.UpdateStore(f.ctx, AdminAccount, Variants, "cohort", &text))(t); got.Description != text {
		t.Errorf("description %q", got.Description)
	}
	if got := must(f.UpdateStore(f.ctx, AdminAccount, Variants, "cohort", nil))(t); got.Description != text {
		t.Errorf("an update without a description left %q", got.Description)
	}
	if _, err := f.UpdateStore(f.ctx, AdminAccount, Variants, "nowhere", &text); !errors.Is(err, ErrNotFound) {
		t.Errorf("update of no store: %v", err)
	}
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "cohort", false); err != nil {
		t.Fatal(err)
	}
	if _, err := f.UpdateStore(f.ctx, AdminAccount, Variants, "cohort", &text); !errors.Is(err, ErrNotFound) {
		t.Errorf("update of a store being deleted: %v", err)
	}
}

func TestDeleteStore(t *testing.T) {
	f := newFixture(t)
	s := f.store(t, "cohort")
	if err := f.SetTags(f.ctx, AdminAccount, s.ARN, map[string]string{"a": "b"}); err != nil {
		t.Fatal(err)
	}
	j := f.start(t, "cohort", "s3://b/0.vcf")
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "nowhere", false); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete of no store: %v", err)
	}
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "cohort", false); !errors.Is(err, ErrInUse) {
		t.Errorf("delete under a running job: %v", err)
	}
	if ok := must(f.dropVariants(s.ID))(t); ok {
		t.Error("an ACTIVE store was dropped")
	}
	for range 2 { // the second time is harmless
		if err := f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "cohort", true); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.status(t, j.ID); got != omics.JobCancelled {
		t.Errorf("force left the job %s", got)
	}
	if n := f.queued(t, "delete_store"); n != 1 {
		t.Errorf("%d removals enqueued, want 1", n)
	}
	if err := f.SetTags(f.ctx, AdminAccount, s.ARN, map[string]string{"a": "b"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("tag of a store being deleted: %v", err)
	}
	if _, err := f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Variants,
		StoreName: "cohort", Sources: objects("s3://b/0"), Max: 5}); !errors.Is(err, ErrNotActive) {
		t.Errorf("import into a store being deleted: %v", err)
	}
	if ok := must(f.dropVariants(s.ID))(t); !ok {
		t.Fatal("not dropped")
	}
	if ok := must(f.dropVariants(s.ID))(t); ok {
		t.Error("dropped twice")
	}
	var left int
	if err := f.reader.QueryRow(`SELECT (SELECT count(*) FROM tags WHERE arn = ?1) + (SELECT count(*) FROM iceberg_tables)
		+ (SELECT count(*) FROM iceberg_namespace_properties)`, s.ARN).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows left of the store, %v", left, err)
	}
	if got := f.status(t, j.ID); got != omics.JobCancelled {
		t.Errorf("the job's record is %s after its store is gone", got)
	}
	f.store(t, "cohort") // the name is free again
}

func TestListsPageWhileRowsAreAdded(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	start := func() string {
		return must(f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Variants,
			StoreName: "cohort", Sources: objects("s3://b/0"), Max: 1000}))(t).ID
	}
	want := map[string]bool{}
	for range 25 {
		want[start()] = true
	}
	var p Page
	p.Limit = 4
	seen := map[string]int{}
	for {
		rows := must(f.ImportJobs(f.ctx, AdminAccount, Variants, ImportJobFilter{}, p))(t)
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			seen[r.ID]++
		}
		p.Before = rows[len(rows)-1].Seq
		start()
	}
	for id := range want {
		if seen[id] != 1 {
			t.Errorf("job %s was seen %d times", id, seen[id])
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d jobs seen, want the %d of the beginning", len(seen), len(want))
	}
}

func TestListFilters(t *testing.T) {
	f := newFixture(t)
	for i := range 4 {
		f.store(t, fmt.Sprintf("store_%d", i))
	}
	a, b := f.start(t, "store_0", "s3://b/0"), f.start(t, "store_1", "s3://b/0")
	if err := f.CancelImportJob(f.ctx, AdminAccount, Variants, b.ID); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter ImportJobFilter
		want   []string
	}{
		{ImportJobFilter{}, []string{b.ID, a.ID}},
		{ImportJobFilter{Status: omics.JobCancelled}, []string{b.ID}},
		{ImportJobFilter{StoreName: "store_0"}, []string{a.ID}},
		{ImportJobFilter{IDs: []string{a.ID, "unknown"}}, []string{a.ID}},
		{ImportJobFilter{IDs: []string{a.ID}, StoreName: "store_1"}, nil},
	} {
		var got []string
		for _, j := range must(f.ImportJobs(f.ctx, AdminAccount, Variants, c.filter, Page{Limit: 9}))(t) {
			got = append(got, j.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c.filter, diff)
		}
	}
	if got := must(f.ImportJobs(f.ctx, "210987654321", Variants, ImportJobFilter{IDs: []string{a.ID}},
		Page{Limit: 9}))(t); len(got) != 0 {
		t.Errorf("another account lists %+v", got)
	}
	stores := must(f.Stores(f.ctx, AdminAccount, Variants, StoreFilter{Status: omics.StoreActive}, Page{Limit: 2}))(t)
	if len(stores) != 2 || stores[0].Name != "store_3" {
		t.Errorf("stores %+v", stores)
	}
	if got := must(f.Stores(f.ctx, AdminAccount, Variants, StoreFilter{IDs: []string{stores[0].ID},
		Status: omics.StoreFailed}, Page{Limit: 2}))(t); len(got) != 0 {
		t.Errorf("an ACTIVE store is listed as FAILED: %+v", got)
	}
}
