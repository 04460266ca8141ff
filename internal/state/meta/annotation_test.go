package meta

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func layout(column string) *omics.TsvStoreOptions {
	return &omics.TsvStoreOptions{Schema: []map[string]omics.SchemaValueType{{column: omics.SchemaString}}}
}

func TestCreateAnnotationStore(t *testing.T) {
	f := newFixture(t)
	f.Now = func() time.Time { return fixedNow }
	key := "arn:aws:kms:us-east-1:123456789012:key/k"
	n := f.newAnnotations(AdminAccount, "clinvar")
	n.ReferenceARN, n.Description, n.SSEKeyARN, n.Tags = f.reference.ARN, "all", &key, map[string]string{"team": "rare"}
	n.Format, n.Options = omics.FormatTSV, &omics.StoreOptions{TsvStoreOptions: layout("chrom")}
	n.Table = f.newVersion(AdminAccount, "clinvar", "first")
	n.Table.Tags, n.Table.Description = map[string]string{"v": "1"}, "one"
	s := must(f.CreateStore(f.ctx, n))(t)
	want := Store{Seq: s.Seq, ID: n.ID, Account: AdminAccount, Kind: Annotations, Name: "clinvar", ARN: n.ARN,
		Reference: f.reference.ID, ReferenceARN: n.ReferenceARN, Description: "all", SSEKeyARN: &key,
		Format: omics.FormatTSV, Options: n.Options, Status: omics.StoreCreating, Tables: 1, Created: fixedNow,
		Updated: fixedNow}
	if diff := cmp.Diff(want, s); diff != "" || len(s.ID) != 12 {
		t.Errorf("id %s: %s", s.ID, diff)
	}
	got, tags, err := f.Store(f.ctx, AdminAccount, Annotations, "clinvar")
	if err != nil || !cmp.Equal(got, s) || !cmp.Equal(tags, n.Tags) {
		t.Errorf("read back %+v %v %v", got, tags, err)
	}
	v, tags, err := f.Version(f.ctx, AdminAccount, "clinvar", "first")
	wantVersion := Table{Seq: v.Seq, ID: n.Table.ID, StoreID: s.ID, StoreName: "clinvar", Account: AdminAccount,
		Kind: Annotations, Format: omics.FormatTSV, Reference: true,
		Version: "first", ARN: n.Table.ARN, StoreOptions: n.Options, Description: "one",
		Namespace: "annotation_123456789012_" + s.ID, Name: "clinvar__first", Location: "/data/tables/" + v.ID,
		Status: omics.VersionCreating, Created: fixedNow, Updated: fixedNow}
	if diff := cmp.Diff(wantVersion, v); diff != "" || err != nil || !cmp.Equal(tags, n.Table.Tags) {
		t.Errorf("version with tags %v, %v: %s", tags, err, diff)
	}
	if !cmp.Equal(v.TSV(), n.Options.TsvStoreOptions) {
		t.Errorf("the version's layout is %+v, want its store's", v.TSV())
	}
	if v.ID == s.ID || f.queued(t, "create_table") != 1 {
		t.Errorf("ids %s and %s, %d queue jobs", s.ID, v.ID, f.queued(t, "create_table"))
	}
	if byID := must(f.TableByID(f.ctx, v.ID))(t); byID.Version != "first" {
		t.Errorf("by id %+v", byID)
	}
	if err := f.BeginDeleteReference(f.ctx, AdminAccount, f.reference.StoreID, f.reference.ID); !errors.Is(err, ErrInUse) {
		t.Errorf("delete of the store's reference: %v", err)
	}
}

func TestCreateAnnotationStoreGuards(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	f.annotations(t, AdminAccount, "clinvar")
	doomed := f.addReference(t, f.reference.StoreID, "doomed")
	if err := f.BeginDeleteReference(f.ctx, AdminAccount, doomed.StoreID, doomed.ID); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*NewStore)
		want   error
	}{
		"name taken":        {func(n *NewStore) { *n = f.newAnnotations(AdminAccount, "clinvar") }, ErrExists},
		"unknown reference": {func(n *NewStore) { n.ReferenceARN = f.reference.ARN + "0" }, ErrNotFound},
		"reference of another account": {func(n *NewStore) {
			*n = f.newAnnotations(other,
				"fresh")
			n.ReferenceARN = f.reference.ARN
		}, ErrNotFound},
		"reference being deleted":      {func(n *NewStore) { n.ReferenceARN = doomed.ARN }, ErrNotFound},
		"too many stores":              {func(n *NewStore) { n.Max = 1 }, ErrQuota},
		"too many tags":                {func(n *NewStore) { n.Tags = manyTags(MaxTags + 1) }, ErrQuota},
		"too many tags on the version": {func(n *NewStore) { n.Table.Tags = manyTags(MaxTags + 1) }, ErrQuota},
	} {
		n := f.newAnnotations(AdminAccount, "fresh")
		c.change(&n)
		if _, err := f.CreateStore(f.ctx, n); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// Refusals leave nothing behind.
	// 2 tags of references
	if n := f.count(t, `SELECT (SELECT count(*) FROM stores) + (SELECT count(*) FROM tables) + (SELECT count(*) FROM tags)`); n != 4 {
		t.Errorf("%d rows after refusals", n)
	}
	if n := f.queued(t, "create_table"); n != 1 {
		t.Errorf("%d queue jobs after refusals", n)
	}
	// The same name is free in another account and for a variant store.
	f.annotations(t, other, "clinvar")
	f.store(t, "clinvar")
}

func manyTags(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprint(i)] = ""
	}
	return m
}

// TestStoreIDsAreNotReused: the folders of all tables are side by side.
func TestStoreIDsAreNotReused(t *testing.T) {
	f := newFixture(t)
	variants, annotations := f.store(t, "cohort"), f.annotations(t, AdminAccount, "clinvar")
	for _, id := range []string{variants.ID, annotations.ID, f.getVersion(t, AdminAccount, "clinvar", "clinvar").ID} {
		store, table, version := f.newStore("another"), f.newAnnotations(AdminAccount, "another"), f.newVersion(AdminAccount,
			"clinvar", "another")
		store.ID, table.Table.ID, version.ID = id, id, id
		for _, n := range []NewStore{store, table} {
			if _, err := f.CreateStore(f.ctx, n); !errors.Is(err, ErrIDTaken) {
				t.Errorf("a store with the id %s of another: %v", id, err)
			}
		}
		if _, err := f.CreateVersion(f.ctx, AdminAccount, "clinvar", version); !errors.Is(err, ErrIDTaken) {
			t.Errorf("a version with the id %s of another: %v", id, err)
		}
	}
}

func TestVersionCreationEnds(t *testing.T) {
	f := newFixture(t)
	s := must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "clinvar")))(t)
	first := f.getVersion(t, AdminAccount, "clinvar", "clinvar")
	state := func(store string) string {
		t.Helper()
		s, _, err := f.Store(f.ctx, AdminAccount, Annotations, store)
		return fmt.Sprintf("%s %q %d", must(s, err)(t).Status, s.StatusMessage, s.Tables)
	}
	if tables := must(f.Tables(f.ctx, AdminAccount))(t); len(tables) != 0 {
		t.Errorf("a version that is being made can be queried: %+v", tables)
	}
	if ok := must(f.ActivateTable(f.ctx, "unknown", "m0"))(t); ok {
		t.Error("a version that does not exist was activated")
	}
	if ok := must(f.ActivateTable(f.ctx, first.ID, "m0"))(t); !ok || state("clinvar") != `ACTIVE "" 1` {
		t.Errorf("activated %v, store is %s", ok, state("clinvar"))
	}
	if ok := must(f.ActivateTable(f.ctx, first.ID, "m9"))(t); ok {
		t.Error("activated twice")
	}
	if ok := must(f.FailTable(f.ctx, first.ID, "late"))(t); ok || state("clinvar") != `ACTIVE "" 1` {
		t.Errorf("an ACTIVE version failed: %v, store is %s", ok, state("clinvar"))
	}
	// A later version that fails leaves the store as it is.
	second := must(f.CreateVersion(f.ctx, AdminAccount, "clinvar", f.newVersion(AdminAccount, "clinvar", "v_2")))(t)
	if ok := must(f.FailTable(f.ctx, second.ID, "disk full"))(t); !ok || state("clinvar") != `ACTIVE "" 2` {
		t.Errorf("failed %v, store is %s", ok, state("clinvar"))
	}
	if v := f.getVersion(t, AdminAccount, "clinvar", "v_2"); v.Status != omics.VersionFailed ||
		v.StatusMessage != "disk full" {
		t.Errorf("failed as %+v", v)
	}
	if ok := must(f.ActivateTable(f.ctx, second.ID, "m0"))(t); ok {
		t.Error("a FAILED version was activated")
	}
	f.version(t, AdminAccount, "clinvar", "v_3")
	rows := must(collect(f.ctx, f.reader, scanString,
		`SELECT table_namespace || '.' || table_name || ' ' || metadata_location FROM iceberg_tables ORDER BY 1`))(t)
	ns := "annotation_123456789012_" + s.ID
	if diff := cmp.Diff([]string{ns + ".clinvar m0", ns + ".clinvar__v_3 m0"}, rows); diff != "" {
		t.Error(diff)
	}

	// A first version that fails takes its store with it.
	must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "broken")))(t)
	if ok := must(f.FailTable(f.ctx, f.getVersion(t, AdminAccount, "broken", "broken").ID, "disk full"))(t); !ok ||
		state("broken") != `FAILED "disk full" 1` {
		t.Errorf("failed %v, store is %s", ok, state("broken"))
	}
	if _, err := f.CreateVersion(f.ctx, AdminAccount, "broken", f.newVersion(AdminAccount, "broken",
		"v_2")); !errors.Is(err, ErrNotActive) {
		t.Errorf("a version of a FAILED store: %v", err)
	}
}

func TestCreateVersionGuards(t *testing.T) {
	f := newFixture(t)
	create := func(account, store, name string, max int) error {
		n := f.newVersion(account, store, name)
		n.Max = max
		_, err := f.CreateVersion(f.ctx, account, store, n)
		return err
	}
	if err := create(AdminAccount, "clinvar", "v_2", 9); !errors.Is(err, ErrNotFound) {
		t.Errorf("a version of no store: %v", err)
	}
	must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "clinvar")))(t)
	if err := create(AdminAccount, "clinvar", "v_2", 9); !errors.Is(err, ErrNotActive) {
		t.Errorf("a version of a store that is being made: %v", err)
	}
	f.activate(t, AdminAccount, "clinvar", "clinvar")
	if err := create(other, "clinvar", "v_2", 9); !errors.Is(err, ErrNotFound) {
		t.Errorf("a version of another account's store: %v", err)
	}
	if err := create(AdminAccount, "clinvar", "clinvar", 9); !errors.Is(err, ErrExists) {
		t.Errorf("a name that is taken: %v", err)
	}
	if err := create(AdminAccount, "clinvar", "v_2", 1); !errors.Is(err, ErrQuota) {
		t.Errorf("past the limit: %v", err)
	}
	if n := f.queued(t, "create_table"); n != 1 {
		t.Errorf("%d queue jobs after refusals", n)
	}
	if err := create(AdminAccount, "clinvar", "v_2", 2); err != nil || f.queued(t, "create_table") != 2 {
		t.Errorf("%v, %d queue jobs", err, f.queued(t, "create_table"))
	}
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, "clinvar", true); err != nil {
		t.Fatal(err)
	}
	if err := create(AdminAccount, "clinvar", "v_3", 9); !errors.Is(err, ErrNotActive) {
		t.Errorf("a version of a store being deleted: %v", err)
	}
}

// TestLayoutOfAVersion: its own, else its store's; absent is kept apart from empty.
func TestLayoutOfAVersion(t *testing.T) {
	f := newFixture(t)
	n := f.newAnnotations(AdminAccount, "clinvar")
	n.Format, n.Options = omics.FormatTSV, &omics.StoreOptions{TsvStoreOptions: layout("of_store")}
	must(f.CreateStore(f.ctx, n))(t)
	f.activate(t, AdminAccount, "clinvar", "clinvar")
	for name, c := range map[string]struct {
		options *omics.VersionOptions
		want    *omics.TsvStoreOptions
	}{
		"none":  {nil, layout("of_store")},
		"empty": {&omics.VersionOptions{}, layout("of_store")},
		"own":   {&omics.VersionOptions{TsvVersionOptions: layout("of_version")}, layout("of_version")},
	} {
		v := f.newVersion(AdminAccount, "clinvar", name)
		v.Options = c.options
		got := must(f.CreateVersion(f.ctx, AdminAccount, "clinvar", v))(t)
		if !cmp.Equal(got.Options, c.options) || !cmp.Equal(got.TSV(), c.want) {
			t.Errorf("%s: options %+v, layout %+v", name, got.Options, got.TSV())
		}
	}
	f.annotations(t, AdminAccount, "genes")
	if v := f.getVersion(t, AdminAccount, "genes", "genes"); v.TSV() != nil {
		t.Errorf("a VCF version has the layout %+v", v.TSV())
	}
}

func TestUpdateAnnotationStoreAndVersion(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, AdminAccount, "clinvar")
	f.version(t, AdminAccount, "clinvar", "v_2")
	text := "all of it"
	for _, description := range []*string{&text, nil} { // nil leaves it
		if got := must(f.UpdateStore(f.ctx, AdminAccount, Annotations, "clinvar", description))(t); got.Description != text ||
			got.Tables != 2 {
			t.Errorf("store %+v", got)
		}
		if got := must(f.UpdateVersion(f.ctx, AdminAccount, "clinvar", "v_2", description))(t); got.Description != text {
			t.Errorf("version %+v", got)
		}
	}
	if v := f.getVersion(t, AdminAccount, "clinvar", "clinvar"); v.Description != "" {
		t.Errorf("the other version has the description %q", v.Description)
	}
	if err := f.BeginDeleteVersion(f.ctx, f.getVersion(t, AdminAccount, "clinvar", "v_2").StoreID, "v_2",
		false); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{AdminAccount, "nowhere", "clinvar"}, {other, "clinvar", "clinvar"},
		{AdminAccount, "clinvar", "v_2"}, {AdminAccount, "clinvar", "v_9"}} {
		if _, err := f.UpdateVersion(f.ctx, c[0], c[1], c[2], &text); !errors.Is(err, ErrNotFound) {
			t.Errorf("update of version %v: %v", c, err)
		}
	}
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, "clinvar", false); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{AdminAccount, "nowhere"}, {other, "clinvar"}, {AdminAccount, "clinvar"}} {
		if _, err := f.UpdateStore(f.ctx, c[0], Annotations, c[1], &text); !errors.Is(err, ErrNotFound) {
			t.Errorf("update of store %v: %v", c, err)
		}
	}
}

func TestListAnnotationStoresAndVersions(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	var ids []string
	for i := range 3 {
		ids = append(ids, f.annotations(t, AdminAccount, fmt.Sprintf("store_%d", i)).ID)
	}
	f.annotations(t, other, "theirs")
	must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "creating")))(t)
	list := func(account string, filter StoreFilter, p Page) (names []string) {
		for _, s := range must(f.Stores(f.ctx, account, Annotations, filter, p))(t) {
			names = append(names, s.Name)
		}
		return names
	}
	first := must(f.Stores(f.ctx, AdminAccount, Annotations, StoreFilter{}, Page{Limit: 2}))(t)
	for _, c := range []struct{ got, want []string }{
		{list(AdminAccount, StoreFilter{}, Page{Limit: 2}), []string{"creating", "store_2"}},
		{list(AdminAccount, StoreFilter{}, Page{Limit: 9, Before: first[1].Seq}), []string{"store_1", "store_0"}},
		{list(AdminAccount, StoreFilter{Status: omics.StoreCreating}, Page{Limit: 9}), []string{"creating"}},
		{list(AdminAccount, StoreFilter{IDs: ids[:1]}, Page{Limit: 9}), []string{"store_0"}},
		{list(AdminAccount, StoreFilter{IDs: ids, Status: omics.StoreFailed}, Page{Limit: 9}), nil},
		{list(other, StoreFilter{IDs: ids}, Page{Limit: 9}), nil},
		{list(other, StoreFilter{}, Page{Limit: 9}), []string{"theirs"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(diff)
		}
	}
	f.version(t, AdminAccount, "store_0", "v_2")
	must(f.CreateVersion(f.ctx, AdminAccount, "store_0", f.newVersion(AdminAccount, "store_0", "v_3")))(t)
	versions := func(status omics.VersionStatus, p Page) (names []string) {
		for _, v := range must(f.StoreTables(f.ctx, ids[0], status, p))(t) {
			names = append(names, v.Version)
		}
		return names
	}
	second := f.getVersion(t, AdminAccount, "store_0", "v_2")
	for _, c := range []struct{ got, want []string }{
		{versions("", Page{Limit: 2}), []string{"v_3", "v_2"}},
		{versions("", Page{Limit: 2, Before: second.Seq}), []string{"store_0"}},
		{versions(omics.VersionCreating, Page{Limit: 9}), []string{"v_3"}},
		{versions(omics.VersionDeleting, Page{Limit: 9}), nil},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(diff)
		}
	}
}
