package ops

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

const (
	account = "123456789012"
	other   = "210987654321"
	role    = "arn:aws:iam::123456789012:role/importer"
	noID    = "9999999999"

	otherRole = "arn:aws:iam::210987654321:role/importer"
)

// fixture is a service over a fresh data folder, and the caller's context.
type fixture struct {
	*Service
	db  *meta.DB
	ctx context.Context
	dir string
}

// freshState is a state file with a key of each account. Making the schema takes most of a test's time, so it is made
// once.
var freshState = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "varlake-ops-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, path := context.Background(), filepath.Join(dir, "state.db")
	db, err := meta.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	for _, id := range []string{account, other} {
		if _, err := db.CreateAccessKey(ctx, meta.NewAccessKey(id, "test", "")); err != nil {
			return nil, err
		}
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{ctx: omics.WithCaller(context.Background(), omics.Caller{Account: account}), dir: t.TempDir()}
	state, err := freshState()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(f.dir, "state.db")
	if err := os.WriteFile(path, state, 0o600); err != nil {
		t.Fatal(err)
	}
	if f.db, err = meta.Open(f.ctx, path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.db.Close() })
	folder, err := warehouse.NewFolder(f.dir, f.dir)
	if err != nil {
		t.Fatal(err)
	}
	limits := Limits{VariantStores: 2, AnnotationStores: 2, AnnotationVersions: 2, SharesPerStore: 2, References: 2,
		ConcurrentJobs: 2, FilesPerJob: 3, AnnotationFilesPerJob: 1}
	if f.Service, err = New(f.ctx, Config{DB: f.db, Region: "us-east-1", Files: folder, Limits: limits}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) referenceDir(t *testing.T, storeID, id string) string {
	t.Helper()
	dir, err := warehouse.ReferenceDir(f.files, storeID, id)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// stranger is the context of a caller from another account.
func (f *fixture) stranger() context.Context {
	return omics.WithCaller(context.Background(), omics.Caller{Account: other})
}

func ptr[T any](v T) *T { return &v }

// call is one call of an operation that must succeed.
func call[In, Out any](t *testing.T, op func(context.Context, *In) (*Out, error), ctx context.Context, in *In) *Out {
	t.Helper()
	checkValid(t, in)
	out, err := op(ctx, in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return out
}

// refused is one call that must be refused with code, one that the operation's model lists.
func refused[In, Out any](t *testing.T, operation string, op func(context.Context, *In) (*Out, error),
	ctx context.Context, in *In, code omics.Code) {
	t.Helper()
	checkValid(t, in)
	_, err := op(ctx, in)
	var refusal *omics.Error
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Errorf("%s: %v, want %s", operation, err, code)
		return
	}
	if refusal.Message == "" {
		t.Errorf("%s: %s without a message", operation, code)
	}
	for _, o := range omics.Operations {
		if o.Name == operation {
			if !o.Lists(code) {
				t.Errorf("%s does not list %s", operation, code)
			}
			return
		}
	}
	t.Errorf("no operation %s", operation)
}

// checkValid holds the tests to requests that reach the service.
func checkValid(t *testing.T, in any) {
	t.Helper()
	if v, ok := in.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			t.Fatalf("test request: %v", err)
		}
	}
}

func (f *fixture) referenceStore(t *testing.T) string {
	t.Helper()
	return call(t, f.CreateReferenceStore, f.ctx, &omics.CreateReferenceStoreIn{Name: "refs"}).ID
}

// reference imports a reference whose FASTA is source, as a worker does.
func (f *fixture) reference(t *testing.T, storeID, name, source string) *omics.GetReferenceMetadataOut {
	t.Helper()
	job := call(t, f.StartReferenceImportJob, f.ctx, &omics.StartReferenceImportJobIn{ReferenceStoreID: storeID,
		RoleArn: role,
		Sources: []omics.StartReferenceImportJobSourceItem{{Name: name, SourceFile: "s3://bucket/ref.fa",
			Tags: omics.TagMap{"build": "38"}}}})
	claim, err := f.db.ClaimReferenceSource(f.ctx, job.ID, 0)
	if err != nil || claim == nil {
		t.Fatal(claim, err)
	}
	dir := f.referenceDir(t, storeID, claim.Source.ReferenceID)
	index := "chr1\t4\t6\t4\t5\n"
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, SourceFile), []byte(source), 0o600),
		os.WriteFile(filepath.Join(dir, IndexFile), []byte(index), 0o600)); err != nil {
		t.Fatal(err)
	}
	ok, err := f.db.FinishReferenceSource(f.ctx, job.ID, 0, claim.Source.Attempt, meta.StoredReference{
		ARN:         omics.ReferenceARN("us-east-1", claim.Job.Account, storeID, claim.Source.ReferenceID),
		MD5:         "0cc175b9c0f1b6a831c399e269772661",
		SourceBytes: int64(len(source)), IndexBytes: int64(len(index)),
	})
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return call(t, f.GetReferenceMetadata, f.ctx, &omics.GetReferenceMetadataIn{ReferenceStoreID: storeID,
		ID: claim.Source.ReferenceID})
}

// store makes an ACTIVE variant store, with the reference store and the reference it needs.
func (f *fixture) store(t *testing.T, name string) *omics.GetVariantStoreOut {
	t.Helper()
	stores := call(t, f.ListReferenceStores, f.ctx, &omics.ListReferenceStoresIn{}).ReferenceStores
	var arn string
	if len(stores) == 0 {
		arn = f.reference(t, f.referenceStore(t), "grch38", ">chr1\nACGT\n").Arn
	} else {
		arn = call(t, f.ListReferences, f.ctx, &omics.ListReferencesIn{ReferenceStoreID: stores[0].ID}).References[0].Arn
	}
	made := call(t, f.CreateVariantStore, f.ctx, &omics.CreateVariantStoreIn{Name: &name,
		Reference: &omics.ReferenceItem{ReferenceArn: &arn}})
	if ok, err := f.db.ActivateTable(f.ctx, made.ID, "m0"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	return call(t, f.GetVariantStore, f.ctx, &omics.GetVariantStoreIn{Name: name})
}

func (f *fixture) start(t *testing.T, store string) string {
	t.Helper()
	return call(t, f.StartVariantImportJob, f.ctx, startIn(store, 1)).JobID
}

func startIn(store string, files int) *omics.StartVariantImportJobIn {
	in := &omics.StartVariantImportJobIn{DestinationName: store, RoleArn: "arn:aws:iam::123456789012:role"}
	for range files {
		in.Items = append(in.Items, omics.VariantImportItemSource{Source: "s3://bucket/a.vcf"})
	}
	return in
}

// annotations makes an ACTIVE annotation store of the caller's, whose only version is named so too.
func (f *fixture) annotations(t *testing.T, ctx context.Context, name string,
	format omics.StoreFormat) *omics.GetAnnotationStoreOut {
	t.Helper()
	in := &omics.CreateAnnotationStoreIn{Name: &name, StoreFormat: format}
	if format == omics.FormatTSV {
		in.StoreOptions = &omics.StoreOptions{TsvStoreOptions: genericLayout("chrom")}
	}
	call(t, f.CreateAnnotationStore, ctx, in)
	f.activate(t, ctx, name, name)
	return call(t, f.GetAnnotationStore, ctx, &omics.GetAnnotationStoreIn{Name: name})
}

// version makes an ACTIVE version of an ACTIVE store.
func (f *fixture) version(t *testing.T, ctx context.Context, store, name string) *omics.GetAnnotationStoreVersionOut {
	t.Helper()
	call(t, f.CreateAnnotationStoreVersion, ctx, &omics.CreateAnnotationStoreVersionIn{Name: store, VersionName: name})
	f.activate(t, ctx, store, name)
	return call(t, f.GetAnnotationStoreVersion, ctx, &omics.GetAnnotationStoreVersionIn{Name: store, VersionName: name})
}

// activate does what a worker does with a version that is being made.
func (f *fixture) activate(t *testing.T, ctx context.Context, store, version string) {
	t.Helper()
	id := call(t, f.GetAnnotationStoreVersion, ctx, &omics.GetAnnotationStoreVersionIn{Name: store,
		VersionName: version}).ID
	if ok, err := f.db.ActivateTable(f.ctx, id, "m0"); err != nil || !ok {
		t.Fatal(ok, err)
	}
}

func genericLayout(columns ...string) *omics.TsvStoreOptions {
	o := &omics.TsvStoreOptions{}
	for _, name := range columns {
		o.Schema = append(o.Schema, map[string]omics.SchemaValueType{name: omics.SchemaString})
	}
	return o
}

func startAnnotationIn(store string) *omics.StartAnnotationImportJobIn {
	return &omics.StartAnnotationImportJobIn{DestinationName: store, RoleArn: role,
		Items: []omics.AnnotationImportItemSource{{Source: "s3://bucket/a.tsv"}}}
}

// share makes an ACTIVE share of a store, as the two sides and a worker do.
func (f *fixture) share(t *testing.T, owner context.Context, arn string, subscriber context.Context) string {
	t.Helper()
	id := call(t, f.CreateShare, owner, &omics.CreateShareIn{ResourceArn: arn,
		PrincipalSubscriber: omics.CallerFrom(subscriber).Account}).ShareID
	call(t, f.AcceptShare, subscriber, &omics.AcceptShareIn{ShareID: id})
	if err := f.db.ActivateShare(f.ctx, id); err != nil {
		t.Fatal(err)
	}
	return id
}
