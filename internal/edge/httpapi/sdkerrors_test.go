package httpapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/omics"
	"github.com/aws/aws-sdk-go-v2/service/omics/types"

	"github.com/varlake/varlake/internal/wire/omics"
)

// unproduced names the listed errors that no request can bring about here.
var unproduced = map[omics.Code]string{
	omics.CodeRequestTimeout: "TestSDKSeesTimeout",
	omics.CodeInternalServer: "TestSDKInternalError",
}

// never names the listed errors for which an operation has no cause.
var never = map[string][]omics.Code{
	// A list of nothing is empty.
	"ListVariantStores":        {omics.CodeResourceNotFound},
	"ListVariantImportJobs":    {omics.CodeResourceNotFound},
	"ListAnnotationStores":     {omics.CodeResourceNotFound},
	"ListAnnotationImportJobs": {omics.CodeResourceNotFound},
	"ListShares":               {omics.CodeResourceNotFound, omics.CodeConflict, omics.CodeServiceQuotaExceeded},
	// What keeps a version from being deleted is told in the answer, beside what becomes of the others.
	"DeleteAnnotationStoreVersions": {omics.CodeConflict},
	// Reading conflicts with nothing, and only what makes something meets a quota.
	"GetShare":            {omics.CodeConflict, omics.CodeServiceQuotaExceeded},
	"AcceptShare":         {omics.CodeServiceQuotaExceeded},
	"DeleteShare":         {omics.CodeServiceQuotaExceeded},
	"UntagResource":       {omics.CodeConflict, omics.CodeServiceQuotaExceeded},
	"ListTagsForResource": {omics.CodeConflict, omics.CodeServiceQuotaExceeded},
	// A tag that is there is replaced.
	"TagResource": {omics.CodeConflict},
}

// TestSDKErrors produces the documented errors through AWS's client, and is
// complete: it fails when a listed error has no case and no reason above.
func TestSDKErrors(t *testing.T) {
	w := newWorld(t)
	seen := map[string][]omics.Code{}
	want := func(operation string, code omics.Code, text string, err error) {
		t.Helper()
		checkSDKError(t, operation, err, code, text)
		seen[operation] = append(seen[operation], code)
	}
	w.nothingThere(want)

	storeID, id, reference := w.reference()
	w.referencesThere(want, storeID, id)
	w.store("first", reference)
	w.variantsThere(want, storeID, id, reference)
	w.annotationsThere(want, reference)
	w.sharesThere(want)
	everythingDenied(t, want)
	everythingThrottled(t, want)

	for _, o := range omics.Operations {
		for _, code := range o.Errors {
			if unproduced[code] == "" && !slices.Contains(never[o.Name], code) && !slices.Contains(seen[o.Name], code) {
				t.Errorf("%s: nothing produced %s", o.Name, code)
			}
		}
	}
}

type wantError func(operation string, code omics.Code, text string, err error)

// nothingThere asks an empty account for things, and in wrong words.
func (w *world) nothingThere(want wantError) {
	const bad = "not-an-id"
	for _, o := range omics.Operations {
		if o.Lists(omics.CodeResourceNotFound) && !slices.Contains(never[o.Name], omics.CodeResourceNotFound) {
			want(o.Name, omics.CodeResourceNotFound, "was not found", callSDK(w.ctx, w.Client, o.Name))
		}
	}
	invalid := func(operation, text string, err error) {
		w.t.Helper()
		want(operation, omics.CodeValidation, text, err)
	}
	_, err := w.CreateReferenceStore(w.ctx, &sdk.CreateReferenceStoreInput{Name: aws.String(strings.Repeat("x", 128))})
	invalid("CreateReferenceStore",
		"at 'name' failed to satisfy constraint: Member must have length less than or equal to 127", err)
	_, err = w.GetReferenceStore(w.ctx, &sdk.GetReferenceStoreInput{Id: aws.String(bad)})
	invalid("GetReferenceStore", "2 validation errors detected: Value 'not-an-id' at 'id'", err)
	_, err = w.ListReferenceStores(w.ctx, &sdk.ListReferenceStoresInput{MaxResults: aws.Int32(101)})
	invalid("ListReferenceStores", "Value '101' at 'maxResults'", err)
	_, err = w.DeleteReferenceStore(w.ctx, &sdk.DeleteReferenceStoreInput{Id: aws.String(bad)})
	invalid("DeleteReferenceStore", "'id'", err)
	_, err = w.StartReferenceImportJob(w.ctx, &sdk.StartReferenceImportJobInput{ReferenceStoreId: aws.String(storeID),
		RoleArn: aws.String(roleARN), Sources: []types.StartReferenceImportJobSourceItem{}})
	invalid("StartReferenceImportJob",
		"'sources' failed to satisfy constraint: Member must have length greater than or equal to 1", err)
	_, err = w.GetReferenceImportJob(w.ctx, &sdk.GetReferenceImportJobInput{ReferenceStoreId: aws.String(storeID),
		Id: aws.String(bad)})
	invalid("GetReferenceImportJob", "'id'", err)
	_, err = w.ListReferenceImportJobs(w.ctx, &sdk.ListReferenceImportJobsInput{ReferenceStoreId: aws.String(storeID),
		Filter: &types.ImportReferenceFilter{Status: "NEVER"}})
	invalid("ListReferenceImportJobs", "Member must satisfy enum value set: [SUBMITTED, ", err)
	_, err = w.ListReferences(w.ctx, &sdk.ListReferencesInput{ReferenceStoreId: aws.String(bad)})
	invalid("ListReferences", "'referenceStoreId'", err)
	_, err = w.GetReferenceMetadata(w.ctx, &sdk.GetReferenceMetadataInput{ReferenceStoreId: aws.String(storeID),
		Id: aws.String(bad)})
	invalid("GetReferenceMetadata", "'id'", err)
	_, err = w.GetReference(w.ctx, &sdk.GetReferenceInput{ReferenceStoreId: aws.String(storeID),
		Id: aws.String(referenceID), PartNumber: aws.Int32(10001)})
	invalid("GetReference", "Value '10001' at 'partNumber'", err)
	_, err = w.DeleteReference(w.ctx, &sdk.DeleteReferenceInput{ReferenceStoreId: aws.String(storeID),
		Id: aws.String(bad)})
	invalid("DeleteReference", "'id'", err)

	_, err = w.CreateVariantStore(w.ctx, &sdk.CreateVariantStoreInput{Name: aws.String("My-Store"),
		Reference: &types.ReferenceItemMemberReferenceArn{Value: referenceARN}})
	invalid("CreateVariantStore", "regular expression pattern: ([a-z]){1}([a-z0-9_]){2,254}", err)
	_, err = w.GetVariantStore(w.ctx, &sdk.GetVariantStoreInput{Name: aws.String("\xff")})
	invalid("GetVariantStore", "'name'", err)
	_, err = w.UpdateVariantStore(w.ctx, &sdk.UpdateVariantStoreInput{Name: aws.String("first"),
		Description: aws.String(strings.Repeat("é", 501))})
	invalid("UpdateVariantStore", "'description'", err)
	_, err = w.DeleteVariantStore(w.ctx, &sdk.DeleteVariantStoreInput{Name: aws.String("\xff")})
	invalid("DeleteVariantStore", "'name'", err)
	_, err = w.ListVariantStores(w.ctx, &sdk.ListVariantStoresInput{NextToken: aws.String("forged")})
	invalid("ListVariantStores", "nextToken", err)
	_, err = w.StartVariantImportJob(w.ctx, &sdk.StartVariantImportJobInput{DestinationName: aws.String("first"),
		RoleArn: aws.String(roleARN), Items: []types.VariantImportItemSource{{Source: aws.String("/etc/passwd")}}})
	invalid("StartVariantImportJob", "Value '/etc/passwd' at 'items.1.member.source'", err)
	_, err = w.GetVariantImportJob(w.ctx, &sdk.GetVariantImportJobInput{JobId: aws.String("../x")})
	invalid("GetVariantImportJob", "Value '../x' at 'jobId'", err)
	_, err = w.ListVariantImportJobs(w.ctx, &sdk.ListVariantImportJobsInput{Ids: slices.Repeat([]string{"x"}, 21)})
	invalid("ListVariantImportJobs", "'ids'", err)
	w.wrongAnnotations(invalid)
	_, err = w.TagResource(w.ctx, &sdk.TagResourceInput{ResourceArn: aws.String(storeARN),
		Tags: map[string]string{"aws:x": "y"}})
	invalid("TagResource", "reserved prefix aws:", err)
	_, err = w.UntagResource(w.ctx, &sdk.UntagResourceInput{ResourceArn: aws.String("store"), TagKeys: []string{"a"}})
	invalid("UntagResource", "'resourceArn'", err)
	_, err = w.ListTagsForResource(w.ctx,
		&sdk.ListTagsForResourceInput{ResourceArn: aws.String("arn:" + strings.Repeat("x", 147))})
	invalid("ListTagsForResource", "less than or equal to 150", err)
}

// referencesThere meets the limits and guards of references.
func (w *world) referencesThere(want wantError, storeID, id string) {
	want("CreateReferenceStore", omics.CodeServiceQuotaExceeded, "1 reference store",
		callSDK(w.ctx, w.Client, "CreateReferenceStore"))
	_, err := w.DeleteReferenceStore(w.ctx, &sdk.DeleteReferenceStoreInput{Id: &storeID})
	want("DeleteReferenceStore", omics.CodeConflict, "not empty", err)
	_, err = w.GetReference(w.ctx, &sdk.GetReferenceInput{ReferenceStoreId: &storeID, Id: &id, PartNumber: aws.Int32(1),
		Range: aws.String("bytes=100-")})
	want("GetReference", omics.CodeRangeNotSatisfiable, "bytes=100-", err)
	var sources []types.StartReferenceImportJobSourceItem
	for i := range 2 {
		sources = append(sources, types.StartReferenceImportJobSourceItem{Name: aws.String(fmt.Sprint("ref", i)),
			SourceFile: aws.String("s3://bucket/x.fa")})
	}
	_, err = w.StartReferenceImportJob(w.ctx, &sdk.StartReferenceImportJobInput{ReferenceStoreId: &storeID,
		RoleArn: aws.String(roleARN), Sources: sources})
	want("StartReferenceImportJob", omics.CodeServiceQuotaExceeded, "limit of 2 references", err)
}

// variantsThere meets the limits and guards of the variant store named first.
func (w *world) variantsThere(want wantError, storeID, id, reference string) {
	create := func(name string) error {
		_, err := w.CreateVariantStore(w.ctx, &sdk.CreateVariantStoreInput{Name: &name,
			Reference: &types.ReferenceItemMemberReferenceArn{Value: reference}})
		return err
	}
	want("CreateVariantStore", omics.CodeConflict, "already exists", create("first"))
	w.must(create("second"))
	want("CreateVariantStore", omics.CodeServiceQuotaExceeded, "limit of 2 variant stores", create("third"))
	_, err := w.DeleteReference(w.ctx, &sdk.DeleteReferenceInput{ReferenceStoreId: &storeID, Id: &id})
	want("DeleteReference", omics.CodeConflict, "used by a store", err)

	start := func(name string, files int) error {
		_, err := w.StartVariantImportJob(w.ctx, &sdk.StartVariantImportJobInput{
			DestinationName: &name, RoleArn: aws.String(roleARN),
			Items: slices.Repeat([]types.VariantImportItemSource{{Source: aws.String("s3://bucket/a.vcf")}}, files),
		})
		return err
	}
	want("StartVariantImportJob", omics.CodeValidation, "not ACTIVE", start("second", 1))
	want("StartVariantImportJob", omics.CodeServiceQuotaExceeded, "at most 3 files", start("first", 4))
	job := w.startImport("first")
	want("StartVariantImportJob", omics.CodeServiceQuotaExceeded, "1 concurrent", start("first", 1))
	_, err = w.DeleteVariantStore(w.ctx, &sdk.DeleteVariantStoreInput{Name: aws.String("first")})
	want("DeleteVariantStore", omics.CodeConflict, "inflight", err)
	_, err = w.CancelVariantImportJob(w.ctx, &sdk.CancelVariantImportJobInput{JobId: &job})
	w.must(err)
	_, err = w.CancelVariantImportJob(w.ctx, &sdk.CancelVariantImportJobInput{JobId: &job})
	want("CancelVariantImportJob", omics.CodeValidation, "has ended", err)

	arn := omics.VariantStoreARN(testRegion, testAccount, "first")
	many := func(prefix string) map[string]string {
		tags := map[string]string{}
		for i := range 50 {
			tags[fmt.Sprint(prefix, i)] = ""
		}
		return tags
	}
	_, err = w.TagResource(w.ctx, &sdk.TagResourceInput{ResourceArn: &arn, Tags: many("a")})
	w.must(err)
	_, err = w.TagResource(w.ctx, &sdk.TagResourceInput{ResourceArn: &arn, Tags: many("b")})
	want("TagResource", omics.CodeServiceQuotaExceeded, "at most 50 tags", err)
}

// TestSDKInternalError takes the state away under a running server.
func TestSDKInternalError(t *testing.T) {
	w := newWorld(t)
	w.must(w.db.Close())
	for _, o := range omics.Operations {
		err := callSDK(w.ctx, w.Client, o.Name)
		checkSDKError(t, o.Name, err, omics.CodeInternalServer, "An internal error has occurred. Request ID: ")
		if err != nil && strings.Contains(err.Error(), "sql") {
			t.Errorf("%s reveals its inside: %v", o.Name, err)
		}
	}
}
