package httpapi

import (
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/omics"
	"github.com/aws/aws-sdk-go-v2/service/omics/types"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
)

// world is a server over a fresh data folder, with AWS's client of it. No
// worker runs: the test moves jobs on itself, as the workers do.
type world struct {
	*sdk.Client
	t      *testing.T
	ctx    context.Context
	db     *meta.DB
	ops    *ops.Service
	folder *warehouse.Folder
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background()}
	dir := t.TempDir()
	var err error
	w.db, err = meta.Open(w.ctx, filepath.Join(dir, "state.db"))
	w.must(err)
	t.Cleanup(func() { w.db.Close() })
	key, err := w.db.CreateAccessKey(w.ctx, meta.NewAccessKey(testAccount, "admin", ""))
	w.must(err)
	limits := ops.Limits{VariantStores: 2, AnnotationStores: 2, AnnotationVersions: 2, SharesPerStore: 2, References: 2,
		ConcurrentJobs: 1, FilesPerJob: 3, AnnotationFilesPerJob: 1}
	w.folder, err = warehouse.NewFolder(dir, dir)
	w.must(err)
	w.ops, err = ops.New(w.ctx, ops.Config{DB: w.db, Region: testRegion, Files: w.folder, Limits: limits})
	w.must(err)

	c := testConfig(io.Discard)
	c.Service = w.ops
	c.Key = func(_ context.Context, id string) (Key, bool, error) {
		return Key{key.Secret, key.Account, testARN, []*policy.Document{administrator}}, id == key.ID, nil
	}
	for _, f := range change {
		f(&c)
	}
	handler, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w.Client = newSDKClient(server.URL, func(o *sdk.Options) {
		o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, nil
		})
	})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// is checks a condition on an answer.
func (w *world) is(ok bool, got any) {
	w.t.Helper()
	if !ok {
		w.t.Errorf("unexpected: %+v", got)
	}
}

const fasta = ">chr1\nACGTACGTAC\n"

const fai = "chr1\t10\t6\t10\t11\n"

// importReference does what a worker does with the only source of a job.
func (w *world) importReference(job string) {
	w.t.Helper()
	claim, err := w.db.ClaimReferenceSource(w.ctx, job, 0)
	w.must(err)
	dir, err := warehouse.ReferenceDir(w.folder, claim.Job.StoreID, claim.Source.ReferenceID)
	w.must(err)
	w.must(os.MkdirAll(dir, 0o755))
	w.must(os.WriteFile(filepath.Join(dir, ops.SourceFile), []byte(fasta), 0o644))
	w.must(os.WriteFile(filepath.Join(dir, ops.IndexFile), []byte(fai), 0o644))
	ok, err := w.db.FinishReferenceSource(w.ctx, job, 0, claim.Source.Attempt, meta.StoredReference{
		ARN: omics.ReferenceARN(testRegion, claim.Job.Account, claim.Job.StoreID, claim.Source.ReferenceID),
		MD5: "0123456789abcdef0123456789abcdef", SourceBytes: int64(len(fasta)), IndexBytes: int64(len(fai)),
	})
	w.must(err)
	w.is(ok, "the source was not finished")
}

// reference makes a reference store with one reference.
func (w *world) reference() (storeID, id, arn string) {
	w.t.Helper()
	store, err := w.CreateReferenceStore(w.ctx, &sdk.CreateReferenceStoreInput{Name: aws.String("references")})
	w.must(err)
	id, arn = w.addReference(*store.Id, "hg38")
	return *store.Id, id, arn
}

func (w *world) addReference(storeID, name string) (id, arn string) {
	w.t.Helper()
	job, err := w.StartReferenceImportJob(w.ctx, &sdk.StartReferenceImportJobInput{
		ReferenceStoreId: &storeID, RoleArn: aws.String(roleARN),
		Sources: []types.StartReferenceImportJobSourceItem{{Name: &name, SourceFile: aws.String("s3://bucket/hg38.fa")}},
	})
	w.must(err)
	w.importReference(*job.Id)
	got, err := w.GetReferenceImportJob(w.ctx, &sdk.GetReferenceImportJobInput{ReferenceStoreId: &storeID, Id: job.Id})
	w.must(err)
	id = *got.Sources[0].ReferenceId
	return id, omics.ReferenceARN(testRegion, testAccount, storeID, id)
}

// store makes an ACTIVE variant store.
func (w *world) store(name, reference string) {
	w.t.Helper()
	store, err := w.CreateVariantStore(w.ctx, &sdk.CreateVariantStoreInput{Name: &name,
		Reference: &types.ReferenceItemMemberReferenceArn{Value: reference}})
	w.must(err)
	ok, err := w.db.ActivateTable(w.ctx, *store.Id, "file:///nowhere/v1.metadata.json")
	w.must(err)
	w.is(ok, "the store was not activated")
}

func (w *world) startImport(name string) (jobID string) {
	w.t.Helper()
	job, err := w.StartVariantImportJob(w.ctx, &sdk.StartVariantImportJobInput{
		DestinationName: &name, RoleArn: aws.String(roleARN), RunLeftNormalization: true,
		AnnotationFields: map[string]string{"VEP": "CSQ"},
		Items:            []types.VariantImportItemSource{{Source: aws.String("s3://bucket/dir/é a.vcf.gz")}},
	})
	w.must(err)
	return *job.JobId
}

func TestSDKReferences(t *testing.T) {
	w := newWorld(t)
	key := "arn:aws:kms:us-east-1:123456789012:key/k"
	before := time.Now().Truncate(time.Millisecond) // of which the answer has no parts
	created, err := w.CreateReferenceStore(w.ctx, &sdk.CreateReferenceStoreInput{
		Name: aws.String("my references"), Description: aws.String("ré"), Tags: map[string]string{"team": "genomics"},
		SseConfig: &types.SseConfig{Type: types.EncryptionTypeKms, KeyArn: &key},
	})
	w.must(err)
	w.is(*created.Name == "my references" && *created.SseConfig.KeyArn == key &&
		!created.CreationTime.Before(before) && !created.CreationTime.After(time.Now()), created)
	store := *created.Id

	got, err := w.GetReferenceStore(w.ctx, &sdk.GetReferenceStoreInput{Id: &store})
	w.must(err)
	w.is(*got.Arn == omics.ReferenceStoreARN(testRegion, testAccount, store) && *got.Description == "ré", got)
	listed, err := w.ListReferenceStores(w.ctx, &sdk.ListReferenceStoresInput{MaxResults: aws.Int32(1),
		Filter: &types.ReferenceStoreFilter{
			Name: created.Name, CreatedAfter: aws.Time(time.Now().Add(-time.Hour)),
			CreatedBefore: aws.Time(time.Now().Add(time.Hour)),
		}})
	w.must(err)
	w.is(len(listed.ReferenceStores) == 1 && listed.NextToken == nil, listed)
	none, err := w.ListReferenceStores(w.ctx,
		&sdk.ListReferenceStoresInput{Filter: &types.ReferenceStoreFilter{CreatedAfter: aws.Time(time.Now().Add(time.Hour))}})
	w.must(err)
	w.is(none.ReferenceStores != nil && len(none.ReferenceStores) == 0, none)

	job, err := w.StartReferenceImportJob(w.ctx, &sdk.StartReferenceImportJobInput{
		ReferenceStoreId: &store, RoleArn: aws.String(roleARN), ClientToken: aws.String("once"),
		Sources: []types.StartReferenceImportJobSourceItem{{Name: aws.String("hg38"),
			SourceFile: aws.String("s3://bucket/hg38.fa"), Tags: map[string]string{"a": "b"}}},
	})
	w.must(err)
	w.is(job.Status == types.ReferenceImportJobStatusSubmitted && *job.RoleArn == roleARN &&
		*job.ReferenceStoreId == store, job)
	w.importReference(*job.Id)
	w.must(sdk.NewReferenceImportJobCompletedWaiter(w.Client).Wait(w.ctx,
		&sdk.GetReferenceImportJobInput{ReferenceStoreId: &store, Id: job.Id}, time.Minute))
	done, err := w.GetReferenceImportJob(w.ctx, &sdk.GetReferenceImportJobInput{ReferenceStoreId: &store, Id: job.Id})
	w.must(err)
	w.is(done.Status == types.ReferenceImportJobStatusCompleted && done.CompletionTime != nil &&
		done.Sources[0].Status == types.ReferenceImportJobItemStatusFinished, done)
	id := *done.Sources[0].ReferenceId
	jobs, err := w.ListReferenceImportJobs(w.ctx, &sdk.ListReferenceImportJobsInput{ReferenceStoreId: &store,
		Filter: &types.ImportReferenceFilter{Status: types.ReferenceImportJobStatusCompleted}})
	w.must(err)
	w.is(len(jobs.ImportJobs) == 1 && *jobs.ImportJobs[0].Id == *job.Id, jobs)

	meta, err := w.GetReferenceMetadata(w.ctx, &sdk.GetReferenceMetadataInput{ReferenceStoreId: &store, Id: &id})
	w.must(err)
	w.is(meta.Status == types.ReferenceStatusActive && *meta.Files.Source.ContentLength == int64(len(fasta)) &&
		*meta.Files.Index.TotalParts == 1 && *meta.Files.Source.PartSize == 104857600, meta)
	references, err := w.ListReferences(w.ctx, &sdk.ListReferencesInput{ReferenceStoreId: &store,
		Filter: &types.ReferenceFilter{Md5: meta.Md5, Name: aws.String("hg38")}})
	w.must(err)
	w.is(len(references.References) == 1 && *references.References[0].Arn == *meta.Arn, references)

	read := func(file types.ReferenceFile, span *string) string {
		t.Helper()
		out, err := w.GetReference(w.ctx, &sdk.GetReferenceInput{ReferenceStoreId: &store, Id: &id, PartNumber: aws.Int32(1),
			File: file, Range: span})
		w.must(err)
		defer out.Payload.Close()
		b, err := io.ReadAll(out.Payload)
		w.must(err)
		return string(b)
	}
	for _, got := range [][2]string{
		{read("", nil), fasta}, {read(types.ReferenceFileSource, nil), fasta}, {read(types.ReferenceFileIndex, nil), fai},
		{read("", aws.String("bytes=1-4")), "chr1"}, {read("", aws.String("bytes=-3")), "AC\n"},
		{read("", aws.String("6-")), fasta[6:]},
	} {
		w.is(got[0] == got[1], got)
	}

	_, err = w.DeleteReference(w.ctx, &sdk.DeleteReferenceInput{ReferenceStoreId: &store, Id: &id})
	w.must(err)
	_, err = w.DeleteReferenceStore(w.ctx, &sdk.DeleteReferenceStoreInput{Id: &store})
	w.must(err)
}

func TestSDKVariants(t *testing.T) {
	w := newWorld(t)
	_, _, reference := w.reference()
	created, err := w.CreateVariantStore(w.ctx, &sdk.CreateVariantStoreInput{
		Name: aws.String("my_store"), Reference: &types.ReferenceItemMemberReferenceArn{Value: reference},
		Tags: map[string]string{"team": "é"},
	})
	w.must(err)
	w.is(created.Status == types.StoreStatusCreating && *created.Name == "my_store" && len(*created.Id) == 12, created)
	ok, err := w.db.ActivateTable(w.ctx, *created.Id, "file:///nowhere/v1.metadata.json")
	w.must(err)
	w.is(ok, "the store was not activated")
	w.must(sdk.NewVariantStoreCreatedWaiter(w.Client).Wait(w.ctx, &sdk.GetVariantStoreInput{Name: created.Name},
		time.Minute))
	got, err := w.GetVariantStore(w.ctx, &sdk.GetVariantStoreInput{Name: created.Name})
	w.must(err)
	union, isARN := got.Reference.(*types.ReferenceItemMemberReferenceArn)
	w.is(isARN && union.Value == reference && *got.StoreArn == storeARN && *got.Description == "" &&
		*got.StatusMessage == "" &&
		*got.StoreSizeBytes == 0 && got.SseConfig.Type == types.EncryptionTypeKms && got.Tags["team"] == "é" &&
		!got.UpdateTime.Before(*got.CreationTime), got)
	updated, err := w.UpdateVariantStore(w.ctx, &sdk.UpdateVariantStoreInput{Name: created.Name,
		Description: aws.String("new")})
	w.must(err)
	w.is(*updated.Description == "new" && updated.Status == types.StoreStatusActive, updated)
	stores, err := w.ListVariantStores(w.ctx, &sdk.ListVariantStoresInput{Ids: []string{*created.Id},
		Filter: &types.ListVariantStoresFilter{Status: types.StoreStatusActive}})
	w.must(err)
	w.is(len(stores.VariantStores) == 1 && *stores.VariantStores[0].Description == "new", stores)

	job := w.startImport("my_store")
	running, err := w.GetVariantImportJob(w.ctx, &sdk.GetVariantImportJobInput{JobId: &job})
	w.must(err)
	w.is(running.Status == types.JobStatusSubmitted && running.RunLeftNormalization &&
		running.AnnotationFields["VEP"] == "CSQ" &&
		*running.Items[0].Source == "s3://bucket/dir/é a.vcf.gz" && running.Items[0].JobStatus == types.JobStatusSubmitted &&
		running.CompletionTime == nil, running)
	_, err = w.CancelVariantImportJob(w.ctx, &sdk.CancelVariantImportJobInput{JobId: &job})
	w.must(err)
	w.must(sdk.NewVariantImportJobCreatedWaiter(w.Client).Wait(w.ctx, &sdk.GetVariantImportJobInput{JobId: &job},
		time.Minute))
	second := w.startImport("my_store")
	pages := sdk.NewListVariantImportJobsPaginator(w.Client, &sdk.ListVariantImportJobsInput{MaxResults: aws.Int32(1),
		Filter: &types.ListVariantImportJobsFilter{StoreName: aws.String("my_store")}})
	var seen []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.ctx)
		w.must(err)
		for _, j := range page.VariantImportJobs {
			seen = append(seen, *j.Id)
		}
	}
	w.is(slices.Equal(seen, []string{second, job}), seen)

	_, err = w.TagResource(w.ctx, &sdk.TagResourceInput{ResourceArn: aws.String(storeARN),
		Tags: map[string]string{"a:b": "1", "a-b": "2", "a b": "3", "é/&": ""}})
	w.must(err)
	_, err = w.UntagResource(w.ctx, &sdk.UntagResourceInput{ResourceArn: aws.String(storeARN),
		TagKeys: []string{"a:b", "a-b", "a b"}})
	w.must(err)
	tags, err := w.ListTagsForResource(w.ctx, &sdk.ListTagsForResourceInput{ResourceArn: aws.String(storeARN)})
	w.must(err)
	w.is(len(tags.Tags) == 2 && tags.Tags["team"] == "é", tags.Tags)

	deleted, err := w.DeleteVariantStore(w.ctx, &sdk.DeleteVariantStoreInput{Name: created.Name, Force: true})
	w.must(err)
	w.is(deleted.Status == types.StoreStatusDeleting, deleted)
	_, err = w.db.DropTable(w.ctx, *created.Id)
	w.must(err)
	_, err = w.db.DropStore(w.ctx, *created.Id)
	w.must(err)
	w.must(sdk.NewVariantStoreDeletedWaiter(w.Client).Wait(w.ctx, &sdk.GetVariantStoreInput{Name: created.Name},
		time.Minute))
}
