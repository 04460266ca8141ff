package ops

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

// lister asks one list for a page of one; it gives the names seen and the token of the next page.
type lister struct {
	name string
	page func(ctx context.Context, token *string) (names []string, next *string, err error)
}

// listers are lists of annotations and shares, each as different requests ask for it.
func (f *fixture) listers() []lister {
	one := ptr(1)
	stores := func(filter *omics.ListAnnotationStoresFilter) func(context.Context, *string) ([]string, *string, error) {
		return func(ctx context.Context, token *string) (names []string, _ *string, err error) {
			out, err := f.ListAnnotationStores(ctx, &omics.ListAnnotationStoresIn{Filter: filter, MaxResults: one,
				NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			for _, s := range out.AnnotationStores {
				names = append(names, s.Name)
			}
			return names, out.NextToken, nil
		}
	}
	versions := func(store string, filter *omics.ListAnnotationStoreVersionsFilter) func(context.Context,
		*string) ([]string, *string, error) {
		return func(ctx context.Context, token *string) (names []string, _ *string, err error) {
			out, err := f.ListAnnotationStoreVersions(ctx, &omics.ListAnnotationStoreVersionsIn{Name: store, Filter: filter,
				MaxResults: one, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			for _, v := range out.AnnotationStoreVersions {
				names = append(names, v.VersionName)
			}
			return names, out.NextToken, nil
		}
	}
	jobs := func(filter *omics.ListAnnotationImportJobsFilter) func(context.Context, *string) ([]string, *string, error) {
		return func(ctx context.Context, token *string) (names []string, _ *string, err error) {
			out, err := f.ListAnnotationImportJobs(ctx, &omics.ListAnnotationImportJobsIn{Filter: filter, MaxResults: one,
				NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			for _, j := range out.AnnotationImportJobs {
				names = append(names, j.DestinationName)
			}
			return names, out.NextToken, nil
		}
	}
	variantJobs := func(ctx context.Context, token *string) (names []string, _ *string, err error) {
		out, err := f.ListVariantImportJobs(ctx, &omics.ListVariantImportJobsIn{MaxResults: one, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return []string{"a job"}[:len(out.VariantImportJobs)], out.NextToken, nil
	}
	shares := func(owner omics.ResourceOwner, filter *omics.ListSharesFilter) func(context.Context, *string) ([]string,
		*string, error) {
		return func(ctx context.Context, token *string) (names []string, _ *string, err error) {
			out, err := f.ListShares(ctx, &omics.ListSharesIn{ResourceOwner: owner, Filter: filter, MaxResults: one,
				NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			for _, s := range out.Shares {
				names = append(names, s.PrincipalSubscriber)
			}
			return names, out.NextToken, nil
		}
	}
	active := omics.StoreActive
	return []lister{
		{"stores", stores(nil)},
		{"ACTIVE stores", stores(&omics.ListAnnotationStoresFilter{Status: &active})},
		{"versions of one store", versions("one_one", nil)},
		{"versions of another store", versions("two_two", nil)},
		{"ACTIVE versions of one store",
			versions("one_one", &omics.ListAnnotationStoreVersionsFilter{Status: ptr(omics.VersionActive)})},
		{"annotation jobs", jobs(nil)},
		{"annotation jobs of one store", jobs(&omics.ListAnnotationImportJobsFilter{StoreName: ptr("one_one")})},
		{"variant jobs", variantJobs},
		{"shares", shares(omics.OwnerSelf, nil)},
		{"PENDING shares", shares(omics.OwnerSelf, &omics.ListSharesFilter{Status: []omics.ShareStatus{omics.SharePending}})},
		{"shares of others", shares(omics.OwnerOther, nil)},
	}
}

// TestTokensAreForTheirListOnly: of one operation, account, filter and store.
func TestTokensAreForTheirListOnly(t *testing.T) {
	f := newFixture(t)
	f.limits = Limits{VariantStores: 9, AnnotationStores: 9, AnnotationVersions: 9, SharesPerStore: 9, References: 2,
		ConcurrentJobs: 9, FilesPerJob: 3, AnnotationFilesPerJob: 1}
	f.store(t, "cohort")
	theirs := f.annotations(t, f.stranger(), "theirs", omics.FormatVCF)
	for i, name := range []string{"one_one", "two_two"} {
		s := f.annotations(t, f.ctx, name, omics.FormatVCF)
		f.version(t, f.ctx, name, "v_2")
		call(t, f.CreateShare, f.ctx, &omics.CreateShareIn{ResourceArn: s.StoreArn, PrincipalSubscriber: []string{other,
			"333333333333"}[i]})
		call(t, f.StartAnnotationImportJob, f.ctx, startAnnotationIn("one_one"))
		f.start(t, "cohort")
	}
	call(t, f.CreateShare, f.stranger(), &omics.CreateShareIn{ResourceArn: theirs.StoreArn, PrincipalSubscriber: account})
	more := f.annotations(t, f.stranger(), "more", omics.FormatVCF)
	call(t, f.CreateShare, f.stranger(), &omics.CreateShareIn{ResourceArn: more.StoreArn, PrincipalSubscriber: account})

	listers, tokens := f.listers(), map[string]*string{}
	for _, l := range listers {
		var seen []string
		for token, pages := (*string)(nil), 0; ; pages++ {
			names, next, err := l.page(f.ctx, token)
			if err != nil || len(names) != 1 || pages > 9 {
				t.Fatalf("%s: page %d has %v, %v", l.name, pages, names, err)
			}
			seen = append(seen, names...)
			if pages == 0 {
				tokens[l.name] = next
			}
			if token = next; token == nil {
				break
			}
		}
		if len(seen) != 2 {
			t.Errorf("%s: %v in all", l.name, seen)
		}
	}
	for _, l := range listers {
		for from, token := range tokens {
			_, _, err := l.page(f.ctx, token)
			if from == l.name {
				if err != nil {
					t.Errorf("%s, token of its own: %v", l.name, err)
				}
				continue
			}
			invalid(t, l.name+", token of "+from, err, "The nextToken is not valid for this request.")
		}
		_, _, err := l.page(omics.WithCaller(f.ctx, omics.Caller{Account: other}), tokens[l.name])
		if !strings.Contains(l.name, "versions") { // the other account has no such store
			invalid(t, l.name+", token of another account", err, "The nextToken is not valid for this request.")
		}
	}
}

// TestVersionTokenOfANewStore: a store made again under the same name is another one.
func TestVersionTokenOfANewStore(t *testing.T) {
	f := newFixture(t)
	old := f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	f.version(t, f.ctx, "clinvar", "v_2")
	page := func(token *string) *omics.ListAnnotationStoreVersionsIn {
		return &omics.ListAnnotationStoreVersionsIn{Name: "clinvar", MaxResults: ptr(1), NextToken: token}
	}
	token := call(t, f.ListAnnotationStoreVersions, f.ctx, page(nil)).NextToken
	call(t, f.DeleteAnnotationStore, f.ctx, &omics.DeleteAnnotationStoreIn{Name: "clinvar", Force: true})
	left, err := f.db.DeletingTables(f.ctx, old.ID)
	if err != nil || len(left) != 2 {
		t.Fatal(left, err)
	}
	for _, v := range left {
		if ok, err := f.db.DropTable(f.ctx, v.ID); err != nil || !ok {
			t.Fatal(ok, err)
		}
	}
	if ok, err := f.db.DropStore(f.ctx, old.ID); err != nil || !ok {
		t.Fatal(ok, err)
	}
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	refused(t, "ListAnnotationStoreVersions", f.ListAnnotationStoreVersions, f.ctx, page(token), omics.CodeValidation)
}

func TestTagsOfAnnotations(t *testing.T) {
	f := newFixture(t)
	s := f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	v := f.version(t, f.ctx, "clinvar", "v_2")
	for i, arn := range []string{s.StoreArn, v.VersionArn} { // each has its own
		call(t, f.TagResource, f.ctx, &omics.TagResourceIn{ResourceArn: arn,
			Tags: omics.TagMap{"x": "1", "n": []string{"store", "version"}[i]}})
		call(t, f.UntagResource, f.ctx, &omics.UntagResourceIn{ResourceArn: arn, TagKeys: []string{"x"}})
	}
	for arn, want := range map[string]omics.TagMap{s.StoreArn: {"n": "store"}, v.VersionArn: {"n": "version"}} {
		listed := call(t, f.ListTagsForResource, f.ctx, &omics.ListTagsForResourceIn{ResourceArn: arn})
		if diff := cmp.Diff(want, listed.Tags); diff != "" {
			t.Error(diff)
		}
		if tags, err := f.ResourceTags(f.ctx, account, arn); err != nil || !cmp.Equal(tags, map[string]string(want)) {
			t.Errorf("for policies: %v, %v", tags, err)
		}
		if tags, err := f.ResourceTags(f.ctx, other, arn); err != nil || tags == nil || len(tags) != 0 {
			t.Errorf("for policies of another account: %v, %v", tags, err)
		}
		refused(t, "ListTagsForResource", f.ListTagsForResource, f.stranger(), &omics.ListTagsForResourceIn{ResourceArn: arn},
			omics.CodeResourceNotFound)
	}
	call(t, f.DeleteAnnotationStoreVersions, f.ctx, &omics.DeleteAnnotationStoreVersionsIn{Name: "clinvar",
		Versions: []string{"v_2"}})
	refused(t, "ListTagsForResource", f.ListTagsForResource, f.ctx,
		&omics.ListTagsForResourceIn{ResourceArn: v.VersionArn}, omics.CodeResourceNotFound)
}
