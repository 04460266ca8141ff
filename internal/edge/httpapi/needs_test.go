package httpapi

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

// needed is a request of an operation and what it needs.
type needed struct {
	in   any
	want need
}

// neededOf holds a request of every operation, by name.
var neededOf = func() map[string]needed {
	const (
		arn   = "arn:aws:omics:us-east-1:123456789012:"
		refs  = arn + "referenceStore/" + storeID
		ref   = refs + "/reference/" + referenceID
		vs    = arn + "variantStore/cohort"
		as    = arn + "annotationStore/clinvar"
		v1    = as + "/version/v_1"
		other = "arn:aws:omics:us-east-1:210987654321:variantStore/theirs"
	)
	on := func(resources ...string) need { return need{resources: resources} }
	tags, name := omics.TagMap{"team": "rare"}, "cohort"
	clinvar := "clinvar"
	return map[string]needed{
		"CreateReferenceStore": {&omics.CreateReferenceStoreIn{Name: "refs", Tags: tags}, need{resources: []string{arn + "referenceStore/*"}, tags: tags}},
		"GetReferenceStore":    {&omics.GetReferenceStoreIn{ID: storeID}, on(refs)},
		"ListReferenceStores":  {&omics.ListReferenceStoresIn{}, on("*")},
		"DeleteReferenceStore": {&omics.DeleteReferenceStoreIn{ID: storeID}, on(refs)},
		"StartReferenceImportJob": {&omics.StartReferenceImportJobIn{ReferenceStoreID: storeID, RoleArn: roleARN, Sources: []omics.StartReferenceImportJobSourceItem{
			{Tags: omics.TagMap{"a": "1"}}, {}, {Tags: omics.TagMap{"b": "2"}}}}, need{resources: []string{refs}, tags: omics.TagMap{"a": "1", "b": "2"}, role: roleARN}},
		"GetReferenceImportJob":   {&omics.GetReferenceImportJobIn{ReferenceStoreID: storeID, ID: referenceID}, on(refs)},
		"ListReferenceImportJobs": {&omics.ListReferenceImportJobsIn{ReferenceStoreID: storeID}, on(refs)},
		"ListReferences":          {&omics.ListReferencesIn{ReferenceStoreID: storeID}, on(refs)},
		"GetReferenceMetadata":    {&omics.GetReferenceMetadataIn{ReferenceStoreID: storeID, ID: referenceID}, on(refs, ref)},
		"GetReference":            {&omics.GetReferenceIn{ReferenceStoreID: storeID, ID: referenceID}, on(refs, ref)},
		"DeleteReference":         {&omics.DeleteReferenceIn{ReferenceStoreID: storeID, ID: referenceID}, on(refs, ref)},

		"CreateVariantStore":     {&omics.CreateVariantStoreIn{Name: &name, Tags: tags}, need{resources: []string{vs}, tags: tags}},
		"GetVariantStore":        {&omics.GetVariantStoreIn{Name: "cohort"}, on(vs)},
		"UpdateVariantStore":     {&omics.UpdateVariantStoreIn{Name: "cohort"}, on(vs)},
		"DeleteVariantStore":     {&omics.DeleteVariantStoreIn{Name: "cohort"}, on(vs)},
		"ListVariantStores":      {&omics.ListVariantStoresIn{}, on("*")},
		"StartVariantImportJob":  {&omics.StartVariantImportJobIn{DestinationName: "cohort", RoleArn: roleARN}, need{resources: []string{vs}, role: roleARN}},
		"GetVariantImportJob":    {&omics.GetVariantImportJobIn{JobID: jobID}, on("*")},
		"CancelVariantImportJob": {&omics.CancelVariantImportJobIn{JobID: jobID}, on("*")},
		"ListVariantImportJobs":  {&omics.ListVariantImportJobsIn{}, on("*")},

		"CreateAnnotationStore":         {&omics.CreateAnnotationStoreIn{Name: &clinvar, Tags: tags}, need{resources: []string{as}, tags: tags}},
		"GetAnnotationStore":            {&omics.GetAnnotationStoreIn{Name: "clinvar"}, on(as)},
		"UpdateAnnotationStore":         {&omics.UpdateAnnotationStoreIn{Name: "clinvar"}, on(as)},
		"DeleteAnnotationStore":         {&omics.DeleteAnnotationStoreIn{Name: "clinvar"}, on(as)},
		"ListAnnotationStores":          {&omics.ListAnnotationStoresIn{}, on("*")},
		"CreateAnnotationStoreVersion":  {&omics.CreateAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_1", Tags: tags}, need{resources: []string{v1}, tags: tags}},
		"GetAnnotationStoreVersion":     {&omics.GetAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_1"}, on(v1)},
		"UpdateAnnotationStoreVersion":  {&omics.UpdateAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_1"}, on(v1)},
		"DeleteAnnotationStoreVersions": {&omics.DeleteAnnotationStoreVersionsIn{Name: "clinvar", Versions: []string{"v_1", "v_2"}}, on(v1, as+"/version/v_2")},
		"ListAnnotationStoreVersions":   {&omics.ListAnnotationStoreVersionsIn{Name: "clinvar"}, on(as)},
		"StartAnnotationImportJob":      {&omics.StartAnnotationImportJobIn{DestinationName: "clinvar", RoleArn: roleARN}, need{resources: []string{as}, role: roleARN}},
		"GetAnnotationImportJob":        {&omics.GetAnnotationImportJobIn{JobID: jobID}, on("*")},
		"CancelAnnotationImportJob":     {&omics.CancelAnnotationImportJobIn{JobID: jobID}, on("*")},
		"ListAnnotationImportJobs":      {&omics.ListAnnotationImportJobsIn{}, on("*")},

		"CreateShare": {&omics.CreateShareIn{ResourceArn: vs}, on(vs)},
		"AcceptShare": {&omics.AcceptShareIn{ShareID: shareID}, on("*")},
		"GetShare":    {&omics.GetShareIn{ShareID: shareID}, on("*")},
		"DeleteShare": {&omics.DeleteShareIn{ShareID: shareID}, on("*")},
		"ListShares":  {&omics.ListSharesIn{}, on("*")},

		"TagResource":         {&omics.TagResourceIn{ResourceArn: other, Tags: tags}, need{resources: []string{other}, tags: tags}},
		"UntagResource":       {&omics.UntagResourceIn{ResourceArn: vs, TagKeys: []string{"a", "b"}}, need{resources: []string{vs}, untags: []string{"a", "b"}}},
		"ListTagsForResource": {&omics.ListTagsForResourceIn{ResourceArn: vs}, on(vs)},
	}
}()

var testCaller = omics.Caller{Account: testAccount, Region: testRegion, KeyID: testKeyID, ARN: testARN}

// TestEveryOperationNeedsSomething: an operation without a case in needs would be nobody's, one with a wrong case another's.
func TestEveryOperationNeedsSomething(t *testing.T) {
	for _, o := range omics.Operations {
		c, ok := neededOf[o.Name]
		if !ok || reflect.TypeOf(c.in).Elem().Name() != o.Name+"In" {
			t.Errorf("%s: the table of this test has no request of it", o.Name)
			continue
		}
		got := needs(c.in, testCaller)
		if len(got.resources) == 0 {
			t.Errorf("%s: needs has no case for %T", o.Name, c.in)
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(need{})); diff != "" {
			t.Errorf("%s: %s", o.Name, diff)
		}
		// Whatever a request leaves out, it needs something.
		if empty := needs(reflect.New(reflect.TypeOf(c.in).Elem()).Interface(), testCaller); len(empty.resources) == 0 {
			t.Errorf("%s: a request of nothing needs nothing", o.Name)
		}
	}
	if len(neededOf) != len(omics.Operations) {
		t.Errorf("%d requests for %d operations", len(neededOf), len(omics.Operations))
	}
	if got := needs(&struct{}{}, testCaller); !reflect.DeepEqual(got, need{}) {
		t.Errorf("a request of no operation needs %+v", got)
	}
}

// TestMadeUpNamesAreAnyName: who may make stores of some names only must say the name.
func TestMadeUpNamesAreAnyName(t *testing.T) {
	for want, in := range map[string]any{
		"arn:aws:omics:us-east-1:123456789012:variantStore/*":    &omics.CreateVariantStoreIn{},
		"arn:aws:omics:us-east-1:123456789012:annotationStore/*": &omics.CreateAnnotationStoreIn{},
	} {
		if diff := cmp.Diff([]string{want}, needs(in, testCaller).resources); diff != "" {
			t.Error(diff)
		}
	}
}
