package httpapi

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
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
		"CreateReferenceStore": {&omics.CreateReferenceStoreIn{Name: "refs", Tags: tags},
			need{resources: []string{arn + "referenceStore/*"}, tags: tags}},
		"GetReferenceStore":    {&omics.GetReferenceStoreIn{ID: storeID}, on(refs)},
		"ListReferenceStores":  {&omics.ListReferenceStoresIn{}, on("*")},
		"DeleteReferenceStore": {&omics.DeleteReferenceStoreIn{ID: storeID}, on(refs)},
		"StartReferenceImportJob": {&omics.StartReferenceImportJobIn{ReferenceStoreID: storeID, RoleArn: roleARN,
			Sources: []omics.StartReferenceImportJobSourceItem{
				{Tags: omics.TagMap{"a": "1"}}, {}, {Tags: omics.TagMap{"b": "2"}}}},
			need{resources: []string{refs}, tags: omics.TagMap{"a": "1", "b": "2"}, role: roleARN}},
		"GetReferenceImportJob":   {&omics.GetReferenceImportJobIn{ReferenceStoreID: storeID, ID: referenceID}, on(refs)},
		"ListReferenceImportJobs": {&omics.ListReferenceImportJobsIn{ReferenceStoreID: storeID}, on(refs)},
		"ListReferences":          {&omics.ListReferencesIn{ReferenceStoreID: storeID}, on(refs)},
		"GetReferenceMetadata":    {&omics.GetReferenceMetadataIn{ReferenceStoreID: storeID, ID: referenceID}, on(refs, ref)},
		"GetReference":            {&omics.GetReferenceIn{ReferenceStoreID: storeID, ID: referenceID}, on(refs, ref)},
		"DeleteReference":         {&omics.DeleteReferenceIn{ReferenceStoreID: storeID, ID: referenceID}, on(refs, ref)},

		"CreateVariantStore": {&omics.CreateVariantStoreIn{Name: &name, Tags: tags},
			need{resources: []string{vs}, tags: tags}},
		"GetVariantStore":    {&omics.GetVariantStoreIn{Name: "cohort"}, on(vs)},
		"UpdateVariantStore": {&omics.UpdateVariantStoreIn{Name: "cohort"}, on(vs)},
		"DeleteVariantStore": {&omics.DeleteVariantStoreIn{Name: "cohort"}, on(vs)},
		"ListVariantStores":  {&omics.ListVariantStoresIn{}, on("*")},
		"StartVariantImportJob": {&omics.StartVariantImportJobIn{DestinationName: "cohort", RoleArn: roleARN},
			need{resources: []string{vs}, role: roleARN}},
		"GetVariantImportJob":    {&omics.GetVariantImportJobIn{JobID: jobID}, on("*")},
		"CancelVariantImportJob": {&omics.CancelVariantImportJobIn{JobID: jobID}, on("*")},
		"ListVariantImportJobs":  {&omics.ListVariantImportJobsIn{}, on("*")},

		"CreateAnnotationStore": {&omics.CreateAnnotationStoreIn{Name: &clinvar, Tags: tags},
			need{resources: []string{as}, tags: tags}},
		"GetAnnotationStore":    {&omics.GetAnnotationStoreIn{Name: "clinvar"}, on(as)},
		"UpdateAnnotationStore": {&omics.UpdateAnnotationStoreIn{Name: "clinvar"}, on(as)},
		"DeleteAnnotationStore": {&omics.DeleteAnnotationStoreIn{Name: "clinvar"}, on(as)},
		"ListAnnotationStores":  {&omics.ListAnnotationStoresIn{}, on("*")},
		"CreateAnnotationStoreVersion": {&omics.CreateAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_1",
			Tags: tags}, need{resources: []string{v1}, tags: tags}},
		"GetAnnotationStoreVersion":    {&omics.GetAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_1"}, on(v1)},
		"UpdateAnnotationStoreVersion": {&omics.UpdateAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_1"}, on(v1)},
		"DeleteAnnotationStoreVersions": {&omics.DeleteAnnotationStoreVersionsIn{Name: "clinvar",
			Versions: []string{"v_1", "v_2"}}, on(v1, as+"/version/v_2")},
		"ListAnnotationStoreVersions": {&omics.ListAnnotationStoreVersionsIn{Name: "clinvar"}, on(as)},
		"StartAnnotationImportJob": {&omics.StartAnnotationImportJobIn{DestinationName: "clinvar", RoleArn: roleARN},
			need{resources: []string{as}, role: roleARN}},
		"GetAnnotationImportJob":    {&omics.GetAnnotationImportJobIn{JobID: jobID}, on("*")},
		"CancelAnnotationImportJob": {&omics.CancelAnnotationImportJobIn{JobID: jobID}, on("*")},
		"ListAnnotationImportJobs":  {&omics.ListAnnotationImportJobsIn{}, on("*")},

		"CreateShare": {&omics.CreateShareIn{ResourceArn: vs}, on(vs)},
		"AcceptShare": {&omics.AcceptShareIn{ShareID: shareID}, on("*")},
		"GetShare":    {&omics.GetShareIn{ShareID: shareID}, on("*")},
		"DeleteShare": {&omics.DeleteShareIn{ShareID: shareID}, on("*")},
		"ListShares":  {&omics.ListSharesIn{}, on("*")},

		"TagResource": {&omics.TagResourceIn{ResourceArn: other, Tags: tags},
			need{resources: []string{other}, tags: tags}},
		"UntagResource": {&omics.UntagResourceIn{ResourceArn: vs, TagKeys: []string{"a", "b"}},
			need{resources: []string{vs}, untags: []string{"a", "b"}}},
		"ListTagsForResource": {&omics.ListTagsForResourceIn{ResourceArn: vs}, on(vs)},
	}
}()

var testCaller = omics.Caller{Account: testAccount, Region: testRegion, KeyID: testKeyID, ARN: testARN}

// needs says what a request of an operation needs.
func needs(t *testing.T, operation string, in any) need {
	t.Helper()
	i := slices.IndexFunc(omics.Operations, func(o omics.Operation) bool { return o.Name == operation })
	if i < 0 {
		t.Fatalf("omics.Operations has no %s", operation)
	}
	r, err := newRequirement(omics.Operations[i], reflect.TypeOf(in).Elem(), omicsService)
	if err != nil {
		t.Fatal(err)
	}
	return r.of(in, testCaller)
}

// TestEveryOperationNeedsSomething: an operation whose row has no resource would be nobody's, one with a wrong row
// another's.
func TestEveryOperationNeedsSomething(t *testing.T) {
	for _, o := range omics.Operations {
		c, ok := neededOf[o.Name]
		if !ok || reflect.TypeOf(c.in).Elem().Name() != o.Name+"In" {
			t.Errorf("%s: neededOf of needs_test.go has no request of it", o.Name)
			continue
		}
		c.want.action = "omics:" + o.Name
		if diff := cmp.Diff(c.want, needs(t, o.Name, c.in), cmp.AllowUnexported(need{})); diff != "" {
			t.Errorf("%s: %s", o.Name, diff)
		}
		// Whatever a request leaves out, it needs something.
		empty := needs(t, o.Name, reflect.New(reflect.TypeOf(c.in).Elem()).Interface())
		if len(empty.resources) == 0 || slices.Contains(empty.resources, "") && o.Resources[0] != "{resourceArn}" {
			t.Errorf("%s: a request of nothing needs %q", o.Name, empty.resources)
		}
	}
	for name := range neededOf {
		if !slices.ContainsFunc(omics.Operations, func(o omics.Operation) bool { return o.Name == name }) {
			t.Errorf("%s: neededOf of needs_test.go has it, the contract does not", name)
		}
	}
}

// TestRowsThatRefuseForGood: an operation that no policy could allow, or of which policies could not tell what it is
// about, is a mistake that is found when the server starts.
func TestRowsThatRefuseForGood(t *testing.T) {
	type in struct {
		Name *string  `json:"name"`
		List []string `json:"list"`
	}
	for _, c := range []struct {
		row  omics.Operation
		in   any
		want string // of the error; empty: none
	}{
		{omics.Operation{Name: "Do"}, in{}, "Do: its row has no resources, so that no policy could allow it"},
		{omics.Operation{Name: "Do", Resources: []string{"store/{nmae}"}}, in{},
			`Do: resource "store/{nmae}": httpapi.in has no string "nmae"`},
		{omics.Operation{Name: "Do", Resources: []string{"store/{list}"}}, in{},
			`Do: resource "store/{list}": httpapi.in has no string "list"`},
		{omics.Operation{Name: "Do", Resources: []string{"store/{name"}}, in{},
			`Do: resource "store/{name": a brace is left open`},
		{omics.Operation{Name: "Do", Resources: []string{"*"}, Free: true}, in{},
			"Do: an operation that asks no policy has resources"},
		{omics.Operation{Name: "Do", Resources: []string{"*"}}, struct {
			Tags []string `json:"tags"`
		}{}, `Do: policies cannot read its member "tags"`},
		{omics.Operation{Name: "Do", Resources: []string{"store/{name}"}}, in{}, ""},
		{omics.Operation{Name: "Do", Free: true}, in{}, ""},
	} {
		_, err := newRequirement(c.row, reflect.TypeOf(c.in), omicsService)
		if got := fmt.Sprint(err); err != nil && got != c.want || err == nil && c.want != "" {
			t.Errorf("%+v: %v, want %q", c.row, err, c.want)
		}
	}
}

// TestActionsOfOtherServices: an action and the ARN of what it is allowed on are of the same service, whoever the
// operation is of.
func TestActionsOfOtherServices(t *testing.T) {
	query := need{action: "athena:StartQueryExecution",
		resources: []string{"arn:aws:athena:us-east-1:123456789012:workgroup/primary"}}
	neededOf := map[string]needed{ // of the operations of Varlake's own
		"query":  {&own.QueryIn{}, query},
		"export": {&own.ExportIn{Store: "x"}, query},
		"upkeep": {&own.UpkeepIn{}, need{action: "varlake:Compact", resources: []string{"*"}}},
		"check":  {&own.CheckIn{}, need{action: "varlake:Check", resources: []string{"*"}}},
		"broken": {&own.BrokenIn{}, need{action: "omics:broken", free: true}}, // whoever has signed
	}
	for _, o := range own.Operations {
		c, ok := neededOf[o.Name]
		if !ok {
			t.Errorf("%s: TestActionsOfOtherServices of needs_test.go has no request of it", o.Name)
			continue
		}
		r, err := newRequirement(o, reflect.TypeOf(c.in).Elem(), omicsService)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, r.of(c.in, testCaller), cmp.AllowUnexported(need{})); diff != "" {
			t.Errorf("%s: %s", o.Name, diff)
		}
	}
	r, err := newRequirement(own.Check, reflect.TypeFor[own.CheckIn](), omicsService)
	if got := r.of(&own.CheckIn{Remove: true}, testCaller).action; err != nil || got != "varlake:RemoveOrphans" {
		t.Errorf("a check that removes: %s, %v", got, err)
	}
}

// TestMadeUpNamesAreAnyName: who may make stores of some names only must say the name.
func TestMadeUpNamesAreAnyName(t *testing.T) {
	for operation, c := range map[string]struct {
		in   any
		want string
	}{
		"CreateVariantStore":    {&omics.CreateVariantStoreIn{}, "arn:aws:omics:us-east-1:123456789012:variantStore/*"},
		"CreateAnnotationStore": {&omics.CreateAnnotationStoreIn{}, "arn:aws:omics:us-east-1:123456789012:annotationStore/*"},
	} {
		if diff := cmp.Diff([]string{c.want}, needs(t, operation, c.in).resources); diff != "" {
			t.Error(diff)
		}
	}
}
