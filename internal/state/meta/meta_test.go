package meta

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// fixture is a data folder with one account, one reference and, after store, one ACTIVE variant store.
type fixture struct {
	*DB
	ctx       context.Context
	path      string
	reference Reference
}

// freshState is a state file with an administrator and a reference. Making the schema takes most of a test's time, so
// it is made once.
var freshState = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "varlake-meta-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	f := &fixture{ctx: context.Background(), path: filepath.Join(dir, "state.db")}
	if f.DB, err = Open(f.ctx, f.path); err != nil {
		return nil, err
	}
	if _, made, err := f.EnsureAdmin(f.ctx, NewAccessKey(AdminAccount, "admin", "")); err != nil || !made {
		return nil, fmt.Errorf("EnsureAdmin: made %v, %w", made, err)
	}
	if _, err := f.CreateReferenceStore(f.ctx, NewReferenceStore{ID: "1234567890", Account: AdminAccount, Name: "refs",
		ARN: storeARN("1234567890")}); err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(f.path)
})

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{ctx: context.Background(), path: filepath.Join(t.TempDir(), "state.db")}
	if err := os.WriteFile(f.path, must(freshState())(t), 0o600); err != nil {
		t.Fatal(err)
	}
	db := must(Open(f.ctx, f.path))(t)
	f.DB = db
	t.Cleanup(func() { db.Close() })
	rs := must(f.ReferenceStores(f.ctx, AdminAccount, "", CreatedFilter{}, Page{Limit: 1}))(t)
	f.reference = f.addReference(t, rs[0].ID, "grch38")
	return f
}

func storeARN(id string) string { return omics.ReferenceStoreARN("us-east-1", AdminAccount, id) }

func referenceARN(store, id string) string {
	return omics.ReferenceARN("us-east-1", AdminAccount, store, id)
}

// must turns a (value, error) result into the value or the end of the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (f *fixture) addReference(t testing.TB, storeID, name string) Reference {
	t.Helper()
	job := must(f.StartReferenceImportJob(f.ctx, NewReferenceJob{ID: NewNumericID(), Account: AdminAccount,
		StoreID: storeID, RoleARN: "arn:aws:iam::123456789012:role/r",
		Sources: []ReferenceJobSource{{From: Source{URI: "s3://bucket/ref.fa"}, Name: name, ReferenceID: NewNumericID(),
			Tags: map[string]string{"build": "38"}}}, Max: 50}))(t)
	c := must(f.ClaimReferenceSource(f.ctx, job.ID, 0))(t)
	if ok := must(f.FinishReferenceSource(f.ctx, job.ID, 0, c.Source.Attempt,
		StoredReference{ARN: referenceARN(storeID, c.Source.ReferenceID), MD5: "d41d", SourceBytes: 10,
			IndexBytes: 5}))(t); !ok {
		t.Fatal("source was not finished")
	}
	return must(f.Reference(f.ctx, AdminAccount, storeID, c.Source.ReferenceID))(t)
}

// objects are sources that URIs alone name.
func objects(uris ...string) []Source {
	sources := make([]Source, len(uris))
	for i, uri := range uris {
		sources[i].URI = uri
	}
	return sources
}

func (f *fixture) newStore(name string) NewStore {
	id := NewStoreID()
	return NewStore{ID: id, Account: AdminAccount, Kind: Variants, Name: name, ARN: omics.VariantStoreARN("us-east-1",
		AdminAccount, name),
		ReferenceARN: f.reference.ARN, Format: omics.FormatVCF, Table: NewTable{ID: id, Location: "/data/tables/" + id},
		Max: 10}
}

// store makes an ACTIVE store whose table points at "m0".
func (f *fixture) store(t testing.TB, name string) Store {
	t.Helper()
	s := must(f.CreateStore(f.ctx, f.newStore(name)))(t)
	if ok := must(f.ActivateTable(f.ctx, s.ID, "m0"))(t); !ok {
		t.Fatal("store was not activated")
	}
	return must(f.variantStore(AdminAccount, name))(t)
}

func (f *fixture) variantStore(account, name string) (Store, error) {
	s, _, err := f.Store(f.ctx, account, Variants, name)
	return s, err
}

// dropVariants ends the deletion of a variant store, whose table has its id.
func (f *fixture) dropVariants(storeID string) (ok bool, err error) {
	if _, err := f.DropTable(f.ctx, storeID); err != nil {
		return false, err
	}
	return f.DropStore(f.ctx, storeID)
}

func (f *fixture) start(t testing.TB, store string, sources ...string) ImportJob {
	t.Helper()
	return must(f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Variants,
		StoreName: store, RoleARN: "arn:aws:iam::123456789012:role/r", Sources: objects(sources...), Max: 5}))(t)
}

// other is an account that has nothing of f's; fixture.account makes it.
const other = "210987654321"

func (f *fixture) account(t testing.TB, id string) {
	t.Helper()
	must(f.CreateAccessKey(f.ctx, NewAccessKey(id, "test", "")))(t)
}

// newAnnotations is a VCF store without a reference, whose first version is named so too.
func (f *fixture) newAnnotations(account, name string) NewStore {
	return NewStore{ID: NewStoreID(), Account: account, Kind: Annotations, Name: name,
		ARN:    omics.AnnotationStoreARN("us-east-1", account, name),
		Format: omics.FormatVCF, Max: 10, Table: f.newVersion(account, name, name)}
}

func (f *fixture) newVersion(account, store, name string) NewTable {
	id := NewStoreID()
	return NewTable{ID: id, Version: name, ARN: omics.AnnotationStoreVersionARN("us-east-1", account, store, name),
		Location: "/data/tables/" + id, Max: 10}
}

// annotations makes an ACTIVE annotation store whose table points at "m0".
func (f *fixture) annotations(t testing.TB, account, name string) Store {
	t.Helper()
	must(f.CreateStore(f.ctx, f.newAnnotations(account, name)))(t)
	f.activate(t, account, name, name)
	s, _, err := f.Store(f.ctx, account, Annotations, name)
	return must(s, err)(t)
}

// version makes an ACTIVE version of an ACTIVE store.
func (f *fixture) version(t testing.TB, account, store, name string) Table {
	t.Helper()
	must(f.CreateVersion(f.ctx, account, store, f.newVersion(account, store, name)))(t)
	return f.activate(t, account, store, name)
}

func (f *fixture) activate(t testing.TB, account, store, version string) Table {
	t.Helper()
	if ok := must(f.ActivateTable(f.ctx, f.getVersion(t, account, store, version).ID, "m0"))(t); !ok {
		t.Fatal("version was not activated")
	}
	return f.getVersion(t, account, store, version)
}

func (f *fixture) getVersion(t testing.TB, account, store, version string) Table {
	t.Helper()
	v, _, err := f.Version(f.ctx, account, store, version)
	return must(v, err)(t)
}

func (f *fixture) startAnnotation(t testing.TB, store, version string, sources ...string) ImportJob {
	t.Helper()
	return must(f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Annotations,
		StoreName: store, VersionName: version,
		RoleARN: "arn:aws:iam::123456789012:role/r", Sources: objects(sources...), Max: 5}))(t)
}

func (f *fixture) annotationStatus(t testing.TB, jobID string) omics.JobStatus {
	t.Helper()
	j, _, err := f.ImportJob(f.ctx, AdminAccount, Annotations, jobID)
	return must(j, err)(t).Status
}

// share makes an ACTIVE share of a store.
func (f *fixture) share(t testing.TB, arn, owner, subscriber string) Share {
	t.Helper()
	s := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: owner, Subscriber: subscriber, ARN: arn, Max: 10}))(t)
	must(f.AcceptShare(f.ctx, subscriber, s.ID))(t)
	if err := f.ActivateShare(f.ctx, s.ID); err != nil {
		t.Fatal(err)
	}
	return must(f.Share(f.ctx, owner, s.ID))(t)
}

// count runs a query of one number.
func (f *fixture) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := f.reader.QueryRowContext(f.ctx, query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// finish claims and ends an item.
func (f *fixture) finish(t testing.TB, jobID string, item int, status omics.JobStatus) {
	t.Helper()
	c := must(f.ClaimItem(f.ctx, jobID, item))(t)
	if c == nil {
		t.Fatalf("item %d was not claimed", item)
	}
	if ok := must(f.FinishItem(f.ctx, jobID, item, c.Item.Attempt, ItemResult{Status: status, Message: "done",
		ItemCounts: ItemCounts{Records: 2, Rows: 2, Bytes: 100}}))(t); !ok {
		t.Fatalf("item %d was not finished", item)
	}
}

func (f *fixture) status(t testing.TB, jobID string) omics.JobStatus {
	t.Helper()
	j, _, err := f.ImportJob(f.ctx, AdminAccount, Variants, jobID)
	if err != nil {
		t.Fatal(err)
	}
	return j.Status
}

func (f *fixture) itemStatuses(t testing.TB, jobID string) (out []omics.JobStatus) {
	t.Helper()
	_, items, err := f.ImportJob(f.ctx, AdminAccount, Variants, jobID)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		out = append(out, i.Status)
	}
	return out
}

// queued counts the queue's jobs of a kind that a worker could take now.
func (f *fixture) queued(t testing.TB, kind string) (n int) {
	t.Helper()
	if err := f.reader.QueryRowContext(f.ctx, `SELECT count(*) FROM river_job WHERE kind = ? AND state = 'available'`,
		kind).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (f *fixture) pointer(t testing.TB, s Store) (location, previous string) {
	t.Helper()
	if err := f.reader.QueryRowContext(f.ctx, `SELECT metadata_location, coalesce(previous_metadata_location, '') FROM iceberg_tables
		WHERE catalog_name = 'varlake' AND table_namespace = ? AND table_name = ?`, Namespace(Variants, s.Account, s.ID), s.Name).Scan(&location, &previous); err != nil {
		t.Fatal(err)
	}
	return location, previous
}

var fixedNow = time.Date(2024, 5, 6, 7, 8, 9, 123456000, time.UTC)
