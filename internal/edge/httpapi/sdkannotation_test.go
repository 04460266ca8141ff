package httpapi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/omics"
	"github.com/aws/aws-sdk-go-v2/service/omics/types"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// tsvOptions is the layout of a TSV store.
func tsvOptions(columns ...string) types.TsvStoreOptions {
	o := types.TsvStoreOptions{AnnotationType: types.AnnotationTypeChrPos,
		FormatToHeader: map[string]string{"CHR": columns[0], "POS": columns[1]}}
	for i, column := range columns {
		o.Schema = append(o.Schema,
			map[string]types.SchemaValueType{column: []types.SchemaValueType{types.SchemaValueTypeString,
				types.SchemaValueTypeLong}[i%2]})
	}
	return o
}

// activate does what a worker does with a version that is being made.
func (w *world) activate(store, version string) {
	w.t.Helper()
	v, _, err := w.db.Version(w.ctx, testAccount, store, version)
	w.must(err)
	ok, err := w.db.ActivateTable(w.ctx, v.ID, "file:///nowhere/v1.metadata.json")
	w.must(err)
	w.is(ok, "the version was not activated")
}

// annotations makes an ACTIVE annotation store of that format, named so as its only version is.
func (w *world) annotations(name string, format types.StoreFormat) {
	w.t.Helper()
	in := &sdk.CreateAnnotationStoreInput{Name: &name, StoreFormat: format}
	if format == types.StoreFormatTsv {
		in.StoreOptions = &types.StoreOptionsMemberTsvStoreOptions{Value: tsvOptions("chrom", "pos")}
	}
	_, err := w.CreateAnnotationStore(w.ctx, in)
	w.must(err)
	w.activate(name, name)
}

func (w *world) startAnnotationImport(name string, version *string) (string, error) {
	job, err := w.StartAnnotationImportJob(w.ctx, &sdk.StartAnnotationImportJobInput{
		DestinationName: &name, VersionName: version, RoleArn: aws.String(roleARN),
		Items: []types.AnnotationImportItemSource{{Source: aws.String("s3://bucket/a.tsv")}},
	})
	if err != nil {
		return "", err
	}
	return *job.JobId, nil
}

func TestSDKAnnotations(t *testing.T) {
	w := newWorld(t)
	name, second := aws.String("clinvar"), aws.String("v_2")
	created, err := w.CreateAnnotationStore(w.ctx, &sdk.CreateAnnotationStoreInput{
		Name: name, StoreFormat: types.StoreFormatTsv, Description: aws.String("é"), Tags: map[string]string{"team": "é"},
		StoreOptions: &types.StoreOptionsMemberTsvStoreOptions{Value: tsvOptions("chrom", "pos")},
	})
	w.must(err)
	options, ok := created.StoreOptions.(*types.StoreOptionsMemberTsvStoreOptions)
	w.is(ok && options.Value.FormatToHeader["CHR"] == "chrom" && len(options.Value.Schema) == 2 &&
		options.Value.Schema[1]["pos"] == types.SchemaValueTypeLong, created)
	w.is(created.Status == types.StoreStatusCreating && *created.VersionName == "clinvar" &&
		created.StoreFormat == types.StoreFormatTsv, created)
	w.activate("clinvar", "clinvar")
	w.must(sdk.NewAnnotationStoreCreatedWaiter(w.Client).Wait(w.ctx, &sdk.GetAnnotationStoreInput{Name: name},
		time.Minute))

	version, err := w.CreateAnnotationStoreVersion(w.ctx, &sdk.CreateAnnotationStoreVersionInput{
		Name: name, VersionName: second, Tags: map[string]string{"v": "2"},
		VersionOptions: &types.VersionOptionsMemberTsvVersionOptions{Value: types.TsvVersionOptions(tsvOptions("contig",
			"at", "gene"))},
	})
	w.must(err)
	w.is(version.Status == types.VersionStatusCreating && *version.StoreId == *created.Id &&
		*version.Id != *created.Id, version)
	w.activate("clinvar", "v_2")
	w.must(sdk.NewAnnotationStoreVersionCreatedWaiter(w.Client).Wait(w.ctx, &sdk.GetAnnotationStoreVersionInput{Name: name,
		VersionName: second}, time.Minute))
	store, err := w.GetAnnotationStore(w.ctx, &sdk.GetAnnotationStoreInput{Name: name})
	w.must(err)
	reference, ok := store.Reference.(*types.ReferenceItemMemberReferenceArn)
	w.is(*store.NumVersions == 2 && store.Tags["team"] == "é" && *store.StoreArn == omics.AnnotationStoreARN(testRegion,
		testAccount, "clinvar") && ok && reference.Value == "", store)
	got, err := w.GetAnnotationStoreVersion(w.ctx, &sdk.GetAnnotationStoreVersionInput{Name: name, VersionName: second})
	w.must(err)
	own, ok := got.VersionOptions.(*types.VersionOptionsMemberTsvVersionOptions)
	w.is(ok && len(own.Value.Schema) == 3 && *got.VersionArn == omics.AnnotationStoreVersionARN(testRegion, testAccount,
		"clinvar", "v_2") && got.Tags["v"] == "2", got)

	var names []string
	pages := sdk.NewListAnnotationStoreVersionsPaginator(w.Client, &sdk.ListAnnotationStoreVersionsInput{Name: name,
		MaxResults: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.ctx)
		w.must(err)
		for _, v := range page.AnnotationStoreVersions {
			names = append(names, *v.VersionName)
		}
	}
	w.is(slices.Equal(names, []string{"v_2", "clinvar"}), names)
	stores, err := w.ListAnnotationStores(w.ctx, &sdk.ListAnnotationStoresInput{Ids: []string{*created.Id},
		Filter: &types.ListAnnotationStoresFilter{Status: types.StoreStatusActive}})
	w.must(err)
	w.is(len(stores.AnnotationStores) == 1 && stores.NextToken == nil, stores)
	updated, err := w.UpdateAnnotationStore(w.ctx, &sdk.UpdateAnnotationStoreInput{Name: name,
		Description: aws.String("new")})
	w.must(err)
	w.is(*updated.Description == "new" && updated.StoreOptions != nil, updated)
	changed, err := w.UpdateAnnotationStoreVersion(w.ctx, &sdk.UpdateAnnotationStoreVersionInput{Name: name,
		VersionName: second, Description: aws.String("new")})
	w.must(err)
	w.is(*changed.Description == "new", changed)

	started, err := w.StartAnnotationImportJob(w.ctx, &sdk.StartAnnotationImportJobInput{
		DestinationName: name, VersionName: second, RoleArn: aws.String(roleARN),
		Items: []types.AnnotationImportItemSource{{Source: aws.String("s3://bucket/a.csv")}},
		FormatOptions: &types.FormatOptionsMemberTsvOptions{
			Value: types.TsvOptions{ReadOptions: &types.ReadOptions{Sep: aws.String(","), Header: false}}},
	})
	w.must(err)
	job, err := w.GetAnnotationImportJob(w.ctx, &sdk.GetAnnotationImportJobInput{JobId: started.JobId})
	w.must(err)
	read, ok := job.FormatOptions.(*types.FormatOptionsMemberTsvOptions)
	w.is(ok && *read.Value.ReadOptions.Sep == "," && *job.VersionName == "v_2" && job.Status == types.JobStatusSubmitted &&
		*job.Items[0].Source == "s3://bucket/a.csv" && !job.CompletionTime.IsZero(), job)
	listed, err := w.ListAnnotationImportJobs(w.ctx,
		&sdk.ListAnnotationImportJobsInput{Filter: &types.ListAnnotationImportJobsFilter{StoreName: name,
			Status: types.JobStatusSubmitted}})
	w.must(err)
	w.is(len(listed.AnnotationImportJobs) == 1 && listed.AnnotationImportJobs[0].CompletionTime == nil, listed)
	_, err = w.CancelAnnotationImportJob(w.ctx, &sdk.CancelAnnotationImportJobInput{JobId: started.JobId})
	w.must(err)
	w.must(sdk.NewAnnotationImportJobCreatedWaiter(w.Client).Wait(w.ctx,
		&sdk.GetAnnotationImportJobInput{JobId: started.JobId}, time.Minute))

	_, err = w.startAnnotationImport("clinvar", second)
	w.must(err)
	kept, err := w.DeleteAnnotationStoreVersions(w.ctx, &sdk.DeleteAnnotationStoreVersionsInput{Name: name,
		Versions: []string{"v_2", "v_9"}})
	w.must(err)
	w.is(len(kept.Errors) == 2 &&
		*kept.Errors[0].Message == "Version with versionName: v_2 has an inflight import running." &&
		*kept.Errors[1].VersionName == "v_9", kept.Errors)
	gone, err := w.DeleteAnnotationStoreVersions(w.ctx, &sdk.DeleteAnnotationStoreVersionsInput{Name: name,
		Versions: []string{"v_2"}, Force: true})
	w.must(err)
	w.is(len(gone.Errors) == 0, gone.Errors)
	_, err = w.db.DropTable(w.ctx, *version.Id)
	w.must(err)
	w.must(sdk.NewAnnotationStoreVersionDeletedWaiter(w.Client).Wait(w.ctx, &sdk.GetAnnotationStoreVersionInput{Name: name,
		VersionName: second}, time.Minute))
	deleted, err := w.DeleteAnnotationStore(w.ctx, &sdk.DeleteAnnotationStoreInput{Name: name})
	w.must(err)
	w.is(deleted.Status == types.StoreStatusDeleting, deleted)
	left, err := w.db.DeletingTables(w.ctx, *created.Id)
	w.must(err)
	for _, v := range left {
		_, err = w.db.DropTable(w.ctx, v.ID)
		w.must(err)
	}
	_, err = w.db.DropStore(w.ctx, *created.Id)
	w.must(err)
	w.must(sdk.NewAnnotationStoreDeletedWaiter(w.Client).Wait(w.ctx, &sdk.GetAnnotationStoreInput{Name: name},
		time.Minute))
}

// offer puts a store of another account that is offered to the caller into the state: the caller's client is the
// subscriber's.
func (w *world) offer() meta.Share {
	w.t.Helper()
	_, err := w.db.CreateAccessKey(w.ctx, meta.NewAccessKey(otherAccount, "owner", ""))
	w.must(err)
	id := meta.NewStoreID()
	store, err := w.db.CreateStore(w.ctx, meta.NewStore{
		ID: meta.NewStoreID(), Account: otherAccount, Kind: meta.Annotations, Name: "theirs",
		ARN: omics.AnnotationStoreARN(testRegion, otherAccount, "theirs"), Format: omics.FormatVCF, Max: 1,
		Table: meta.NewTable{ID: id, Version: "theirs", ARN: omics.AnnotationStoreVersionARN(testRegion, otherAccount,
			"theirs", "theirs"), Location: w.folder.TableName(id)},
	})
	w.must(err)
	v, _, err := w.db.Version(w.ctx, otherAccount, "theirs", "theirs")
	w.must(err)
	_, err = w.db.ActivateTable(w.ctx, v.ID, "file:///nowhere/v1.metadata.json")
	w.must(err)
	share, err := w.db.CreateShare(w.ctx, meta.NewShare{ID: meta.NewShareID(), Owner: otherAccount,
		Subscriber: testAccount, ARN: store.ARN, Max: 1})
	w.must(err)
	return share
}

func TestSDKShares(t *testing.T) {
	w := newWorld(t)
	w.annotations("clinvar", types.StoreFormatVcf)
	arn := omics.AnnotationStoreARN(testRegion, testAccount, "clinvar")
	before := time.Now().Truncate(time.Millisecond) // of which the answer has no parts
	mine, err := w.CreateShare(w.ctx, &sdk.CreateShareInput{ResourceArn: &arn,
		PrincipalSubscriber: aws.String(otherAccount), ShareName: aws.String("to-you")})
	w.must(err)
	w.is(mine.Status == types.ShareStatusPending && *mine.ShareName == "to-you", mine)
	got, err := w.GetShare(w.ctx, &sdk.GetShareInput{ShareId: mine.ShareId})
	w.must(err)
	w.is(*got.Share.ResourceArn == arn && *got.Share.OwnerId == testAccount &&
		*got.Share.PrincipalSubscriber == otherAccount && *got.Share.ShareName == "to-you" &&
		!got.Share.CreationTime.Before(before) && !got.Share.CreationTime.After(time.Now()), got.Share)

	offered := w.offer()
	list := func(owner types.ResourceOwner, filter *types.Filter) (ids []string) {
		pages := sdk.NewListSharesPaginator(w.Client, &sdk.ListSharesInput{ResourceOwner: owner, Filter: filter,
			MaxResults: aws.Int32(1)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(w.ctx)
			w.must(err)
			for _, s := range page.Shares {
				ids = append(ids, *s.ShareId)
			}
		}
		return ids
	}
	w.is(slices.Equal(list(types.ResourceOwnerSelf, nil), []string{*mine.ShareId}), "shares of SELF")
	w.is(slices.Equal(list(types.ResourceOwnerOther, &types.Filter{Status: []types.ShareStatus{types.ShareStatusPending},
		Type: []types.ShareResourceType{types.ShareResourceTypeAnnotationStore}}), []string{offered.ID}), "shares of OTHER")
	w.is(list(types.ResourceOwnerOther, &types.Filter{ResourceArns: []string{arn}}) == nil,
		"shares of OTHER of a store of one's own")
	accepted, err := w.AcceptShare(w.ctx, &sdk.AcceptShareInput{ShareId: &offered.ID})
	w.must(err)
	w.is(accepted.Status == types.ShareStatusActivating, accepted)
	w.must(w.db.ActivateShare(w.ctx, offered.ID))
	deleted, err := w.DeleteShare(w.ctx, &sdk.DeleteShareInput{ShareId: &offered.ID})
	w.must(err)
	w.is(deleted.Status == types.ShareStatusDeleting, deleted)
}

// wrongAnnotations asks for annotations and shares in wrong words.
func (w *world) wrongAnnotations(invalid func(operation, text string, err error)) {
	long := aws.String(strings.Repeat("é", 501))
	_, err := w.CreateAnnotationStore(w.ctx, &sdk.CreateAnnotationStoreInput{StoreFormat: types.StoreFormatTsv,
		Name: aws.String("fresh")})
	invalid("CreateAnnotationStore", "needs storeOptions.tsvStoreOptions", err)
	_, err = w.GetAnnotationStore(w.ctx, &sdk.GetAnnotationStoreInput{Name: aws.String("\xff")})
	invalid("GetAnnotationStore", "'name'", err)
	_, err = w.UpdateAnnotationStore(w.ctx, &sdk.UpdateAnnotationStoreInput{Name: aws.String("first"), Description: long})
	invalid("UpdateAnnotationStore", "'description'", err)
	_, err = w.DeleteAnnotationStore(w.ctx, &sdk.DeleteAnnotationStoreInput{Name: aws.String("\xff")})
	invalid("DeleteAnnotationStore", "'name'", err)
	_, err = w.ListAnnotationStores(w.ctx,
		&sdk.ListAnnotationStoresInput{Filter: &types.ListAnnotationStoresFilter{Status: "NEVER"}})
	invalid("ListAnnotationStores", "Member must satisfy enum value set: [CREATING, ", err)
	_, err = w.CreateAnnotationStoreVersion(w.ctx, &sdk.CreateAnnotationStoreVersionInput{Name: aws.String("first"),
		VersionName: aws.String("V-2")})
	invalid("CreateAnnotationStoreVersion", "Value 'V-2' at 'versionName'", err)
	_, err = w.GetAnnotationStoreVersion(w.ctx, &sdk.GetAnnotationStoreVersionInput{Name: aws.String("first"),
		VersionName: aws.String("\xff")})
	invalid("GetAnnotationStoreVersion", "'versionName'", err)
	_, err = w.UpdateAnnotationStoreVersion(w.ctx, &sdk.UpdateAnnotationStoreVersionInput{Name: aws.String("first"),
		VersionName: aws.String("v_2"), Description: long})
	invalid("UpdateAnnotationStoreVersion", "'description'", err)
	_, err = w.DeleteAnnotationStoreVersions(w.ctx, &sdk.DeleteAnnotationStoreVersionsInput{Name: aws.String("first"),
		Versions: slices.Repeat([]string{"v_2"}, 11)})
	invalid("DeleteAnnotationStoreVersions",
		"'versions' failed to satisfy constraint: Member must have length less than or equal to 10", err)
	_, err = w.ListAnnotationStoreVersions(w.ctx, &sdk.ListAnnotationStoreVersionsInput{Name: aws.String("first"),
		MaxResults: aws.Int32(101)})
	invalid("ListAnnotationStoreVersions", "Value '101' at 'maxResults'", err)
	_, err = w.StartAnnotationImportJob(w.ctx, &sdk.StartAnnotationImportJobInput{DestinationName: aws.String("first"),
		RoleArn: aws.String(roleARN), Items: []types.AnnotationImportItemSource{}})
	invalid("StartAnnotationImportJob",
		"'items' failed to satisfy constraint: Member must have length greater than or equal to 1", err)
	_, err = w.GetAnnotationImportJob(w.ctx, &sdk.GetAnnotationImportJobInput{JobId: aws.String("../x")})
	invalid("GetAnnotationImportJob", "Value '../x' at 'jobId'", err)
	_, err = w.CancelAnnotationImportJob(w.ctx, &sdk.CancelAnnotationImportJobInput{JobId: aws.String("../x")})
	invalid("CancelAnnotationImportJob", "Value '../x' at 'jobId'", err)
	_, err = w.ListAnnotationImportJobs(w.ctx, &sdk.ListAnnotationImportJobsInput{NextToken: aws.String("forged")})
	invalid("ListAnnotationImportJobs", "nextToken", err)

	_, err = w.CreateShare(w.ctx, &sdk.CreateShareInput{ResourceArn: aws.String(storeARN),
		PrincipalSubscriber: aws.String("someone")})
	invalid("CreateShare", "'someone' is not an account id of 12 digits", err)
	_, err = w.AcceptShare(w.ctx, &sdk.AcceptShareInput{ShareId: aws.String("\xff")})
	invalid("AcceptShare", "'shareId'", err)
	_, err = w.GetShare(w.ctx, &sdk.GetShareInput{ShareId: aws.String("\xff")})
	invalid("GetShare", "'shareId'", err)
	_, err = w.DeleteShare(w.ctx, &sdk.DeleteShareInput{ShareId: aws.String("\xff")})
	invalid("DeleteShare", "'shareId'", err)
	_, err = w.ListShares(w.ctx, &sdk.ListSharesInput{ResourceOwner: "NOBODY"})
	invalid("ListShares", "Value 'NOBODY' at 'resourceOwner'", err)
}

// annotationsThere meets the limits and guards of annotation stores.
func (w *world) annotationsThere(want wantError, reference string) {
	create := func(name string) error {
		_, err := w.CreateAnnotationStore(w.ctx, &sdk.CreateAnnotationStoreInput{Name: &name,
			StoreFormat: types.StoreFormatGff, Reference: &types.ReferenceItemMemberReferenceArn{Value: reference}})
		return err
	}
	w.annotations("genes", types.StoreFormatTsv)
	want("CreateAnnotationStore", omics.CodeConflict, "already exists", create("genes"))
	w.must(create("second_genes"))
	want("CreateAnnotationStore", omics.CodeServiceQuotaExceeded, "limit of 2 annotation stores", create("third_genes"))
	version := func(store, name string) error {
		_, err := w.CreateAnnotationStoreVersion(w.ctx, &sdk.CreateAnnotationStoreVersionInput{Name: &store,
			VersionName: &name})
		return err
	}
	want("CreateAnnotationStoreVersion", omics.CodeConflict, "not ACTIVE", version("second_genes", "v_2"))
	want("CreateAnnotationStoreVersion", omics.CodeConflict, "already exists", version("genes", "genes"))
	w.must(version("genes", "v_2"))
	want("CreateAnnotationStoreVersion", omics.CodeServiceQuotaExceeded, "limit of 2 versions", version("genes", "v_3"))
	_, err := w.DeleteAnnotationStore(w.ctx, &sdk.DeleteAnnotationStoreInput{Name: aws.String("genes")})
	want("DeleteAnnotationStore", omics.CodeConflict, "more than one version exists", err)

	_, err = w.startAnnotationImport("genes", aws.String("v_2"))
	want("StartAnnotationImportJob", omics.CodeValidation, "not ACTIVE", err)
	_, err = w.startAnnotationImport("genes", aws.String("v_9"))
	want("StartAnnotationImportJob", omics.CodeResourceNotFound, "Version with versionName: v_9 was not found.", err)
	job, err := w.startAnnotationImport("genes", nil)
	w.must(err)
	_, err = w.startAnnotationImport("genes", nil)
	want("StartAnnotationImportJob", omics.CodeServiceQuotaExceeded, "1 concurrent", err)
	_, err = w.CancelAnnotationImportJob(w.ctx, &sdk.CancelAnnotationImportJobInput{JobId: &job})
	w.must(err)
	_, err = w.CancelAnnotationImportJob(w.ctx, &sdk.CancelAnnotationImportJobInput{JobId: &job})
	want("CancelAnnotationImportJob", omics.CodeValidation, "has ended", err)
}

// sharesThere meets the limits and guards of shares of the variant store first and of the annotation store genes.
func (w *world) sharesThere(want wantError) {
	create := func(arn, subscriber string) error {
		_, err := w.CreateShare(w.ctx, &sdk.CreateShareInput{ResourceArn: &arn, PrincipalSubscriber: &subscriber})
		return err
	}
	arn := omics.VariantStoreARN(testRegion, testAccount, "first")
	want("CreateShare", omics.CodeConflict, "not ACTIVE",
		create(omics.AnnotationStoreARN(testRegion, testAccount, "second_genes"), otherAccount))
	w.must(create(arn, otherAccount))
	want("CreateShare", omics.CodeConflict, "already shared", create(arn, otherAccount))
	w.must(create(arn, "111111111111"))
	want("CreateShare", omics.CodeServiceQuotaExceeded, "limit of 2 shares", create(arn, "222222222222"))

	offered := w.offer()
	_, err := w.AcceptShare(w.ctx, &sdk.AcceptShareInput{ShareId: &offered.ID})
	w.must(err)
	_, err = w.AcceptShare(w.ctx, &sdk.AcceptShareInput{ShareId: &offered.ID})
	want("AcceptShare", omics.CodeConflict, "not PENDING", err)
	_, err = w.DeleteShare(w.ctx, &sdk.DeleteShareInput{ShareId: &offered.ID})
	w.must(err)
	w.must(w.db.EndShare(w.ctx, offered.ID))
	_, err = w.DeleteShare(w.ctx, &sdk.DeleteShareInput{ShareId: &offered.ID})
	want("DeleteShare", omics.CodeConflict, "already DELETED", err)
}
