package ops

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestShare(t *testing.T) {
	f := newFixture(t)
	store, annotations := f.store(t, "cohort"), f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	in := &omics.CreateShareIn{ResourceArn: store.StoreArn, PrincipalSubscriber: other, ShareName: ptr("to-you")}
	made := call(t, f.CreateShare, f.ctx, in)
	if diff := cmp.Diff(&omics.CreateShareOut{ShareID: made.ShareID, ShareName: "to-you", Status: omics.SharePending},
		made); diff != "" || !regexp.MustCompile(`^[0-9a-f]{32}-[0-9a-f]{32}$`).MatchString(made.ShareID) {
		t.Errorf("made %s: %s", made.ShareID, diff)
	}
	get := &omics.GetShareIn{ShareID: made.ShareID}
	got := call(t, f.GetShare, f.ctx, get).Share
	want := omics.ShareDetails{CreationTime: got.CreationTime, OwnerID: account, PrincipalSubscriber: other,
		ResourceArn: store.StoreArn, ResourceID: store.ID,
		ShareID: made.ShareID, ShareName: "to-you", Status: omics.SharePending, UpdateTime: got.CreationTime}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, call(t, f.GetShare, f.stranger(), get).Share); diff != "" {
		t.Errorf("seen by the subscriber: %s", diff)
	}
	second := call(t, f.CreateShare, f.ctx, &omics.CreateShareIn{ResourceArn: annotations.StoreArn,
		PrincipalSubscriber: other}).ShareID
	list := func(subscriber bool, filter *omics.ListSharesFilter) (ids []string) {
		ctx, owner := f.ctx, omics.OwnerSelf
		if subscriber {
			ctx, owner = f.stranger(), omics.OwnerOther
		}
		for _, s := range call(t, f.ListShares, ctx, &omics.ListSharesIn{ResourceOwner: owner, Filter: filter}).Shares {
			ids = append(ids, s.ShareID)
		}
		return ids
	}
	for _, subscriber := range []bool{false, true} {
		if got := list(subscriber, nil); !cmp.Equal(got, []string{second, made.ShareID}) {
			t.Errorf("subscriber %v lists %v", subscriber, got)
		}
		filter := &omics.ListSharesFilter{ResourceArns: []string{store.StoreArn},
			Type: []omics.ShareResourceType{omics.ShareVariantStore}, Status: []omics.ShareStatus{omics.SharePending}}
		if got := list(subscriber, filter); !cmp.Equal(got, []string{made.ShareID}) {
			t.Errorf("subscriber %v filters %v", subscriber, got)
		}
	}
	if shares := call(t, f.ListShares, f.ctx,
		&omics.ListSharesIn{ResourceOwner: omics.OwnerOther}).Shares; len(shares) != 0 {
		t.Errorf("the owner is offered %+v", shares)
	}
	listed := call(t, f.ListShares, f.ctx, &omics.ListSharesIn{ResourceOwner: omics.OwnerSelf})
	if diff := cmp.Diff(want, listed.Shares[1]); diff != "" {
		t.Errorf("listed: %s", diff)
	}
	if got := call(t, f.AcceptShare, f.stranger(),
		&omics.AcceptShareIn{ShareID: made.ShareID}); got.Status != omics.ShareActivating {
		t.Errorf("accepted as %+v", got)
	}
	for range 2 { // the second time is harmless
		if got := call(t, f.DeleteShare, f.stranger(),
			&omics.DeleteShareIn{ShareID: made.ShareID}); got.Status != omics.ShareDeleting {
			t.Errorf("deleted as %+v", got)
		}
	}
	call(t, f.DeleteAnnotationStore, f.ctx, &omics.DeleteAnnotationStoreIn{Name: "clinvar"})
	if got := call(t, f.GetShare, f.stranger(),
		&omics.GetShareIn{ShareID: second}).Share; got.Status != omics.ShareDeleted ||
		got.StatusMessage != "The store was deleted." {
		t.Errorf("the share of a deleted store %+v", got)
	}
}

func TestShareRefusals(t *testing.T) {
	f := newFixture(t)
	store := f.store(t, "cohort")
	create := func(arn, subscriber string) *omics.CreateShareIn {
		return &omics.CreateShareIn{ResourceArn: arn, PrincipalSubscriber: subscriber}
	}
	const op = "CreateShare"
	for _, arn := range []string{"arn:x", "cohort", "arn:aws:s3:::bucket", *store.Reference.ReferenceArn,
		omics.AnnotationStoreVersionARN("us-east-1", account, "clinvar", "v_2"),
		"arn:aws:omics:us-east-1:123456789012:workflow/1"} {
		refused(t, op, f.CreateShare, f.ctx, create(arn, other), omics.CodeValidation)
	}
	for _, subscriber := range []string{account, "12345678901", "1234567890123", "210987654321\n",
		"arn:aws:iam::210987654321:root", "someone@example.com"} {
		refused(t, op, f.CreateShare, f.ctx, create(store.StoreArn, subscriber), omics.CodeValidation)
	}
	refused(t, op, f.CreateShare, f.ctx, create(store.StoreArn+"x", other), omics.CodeResourceNotFound)
	refused(t, op, f.CreateShare, f.stranger(), create(store.StoreArn, account), omics.CodeResourceNotFound)
	call(t, f.CreateAnnotationStore, f.ctx, &omics.CreateAnnotationStoreIn{Name: ptr("making"),
		StoreFormat: omics.FormatVCF})
	refused(t, op, f.CreateShare, f.ctx, create(omics.AnnotationStoreARN("us-east-1", account, "making"), other),
		omics.CodeConflict)
	id := call(t, f.CreateShare, f.ctx, create(store.StoreArn, other)).ShareID
	refused(t, op, f.CreateShare, f.ctx, create(store.StoreArn, other), omics.CodeConflict)
	call(t, f.CreateShare, f.ctx, create(store.StoreArn, "111111111111"))
	refused(t, op, f.CreateShare, f.ctx, create(store.StoreArn, "222222222222"), omics.CodeServiceQuotaExceeded)

	third := omics.WithCaller(f.ctx, omics.Caller{Account: "333333333333"})
	refused(t, "GetShare", f.GetShare, third, &omics.GetShareIn{ShareID: id}, omics.CodeResourceNotFound)
	refused(t, "DeleteShare", f.DeleteShare, third, &omics.DeleteShareIn{ShareID: id}, omics.CodeResourceNotFound)
	refused(t, "AcceptShare", f.AcceptShare, third, &omics.AcceptShareIn{ShareID: id}, omics.CodeResourceNotFound)
	// an offer of one's own
	refused(t, "AcceptShare", f.AcceptShare, f.ctx, &omics.AcceptShareIn{ShareID: id}, omics.CodeResourceNotFound)
	refused(t, "GetShare", f.GetShare, f.ctx, &omics.GetShareIn{ShareID: "x"}, omics.CodeResourceNotFound)
	refused(t, "ListShares", f.ListShares, f.ctx, &omics.ListSharesIn{ResourceOwner: omics.OwnerSelf, NextToken: ptr("x")},
		omics.CodeValidation)
	call(t, f.AcceptShare, f.stranger(), &omics.AcceptShareIn{ShareID: id})
	refused(t, "AcceptShare", f.AcceptShare, f.stranger(), &omics.AcceptShareIn{ShareID: id}, omics.CodeConflict)
	call(t, f.DeleteShare, f.ctx, &omics.DeleteShareIn{ShareID: id})
	refused(t, "AcceptShare", f.AcceptShare, f.stranger(), &omics.AcceptShareIn{ShareID: id}, omics.CodeConflict)
	if err := f.db.EndShare(f.ctx, id); err != nil {
		t.Fatal(err)
	}
	refused(t, "DeleteShare", f.DeleteShare, f.ctx, &omics.DeleteShareIn{ShareID: id}, omics.CodeConflict)
	call(t, f.CreateShare, f.ctx, create(store.StoreArn, other)) // what ended is no bar
}
