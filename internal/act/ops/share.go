package ops

import (
	"context"
	"regexp"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

var accountForm = regexp.MustCompile(`\A[0-9]{12}\z`)

// CreateShare offers a store of the caller's to another account.
func (s *Service) CreateShare(ctx context.Context, in *omics.CreateShareIn) (*omics.CreateShareOut, error) {
	account := omics.CallerFrom(ctx).Account
	arn, err := omics.ParseARN(in.ResourceArn)
	if err != nil {
		return nil, omics.Validation("The resource ARN '%s' is not an ARN.", cut(in.ResourceArn, 200))
	}
	_, variants := arn.VariantStore()
	_, annotations := arn.AnnotationStore()
	switch {
	case !variants && !annotations:
		return nil, omics.Validation("The ARN '%s' does not name a variant store or an annotation store.",
			cut(in.ResourceArn, 200))
	case !accountForm.MatchString(in.PrincipalSubscriber):
		return nil, omics.Validation("The principal subscriber '%s' is not an account id of 12 digits.",
			cut(in.PrincipalSubscriber, 200))
	case in.PrincipalSubscriber == account:
		return nil, omics.Validation("A resource can not be shared with the account that owns it.")
	}
	share, err := s.db.CreateShare(ctx, meta.NewShare{
		ID:    meta.NewShareID(),
		Owner: account, Subscriber: in.PrincipalSubscriber, ARN: in.ResourceArn, Name: value(in.ShareName),
		Max: s.limits.SharesPerStore,
	})
	if err != nil {
		return nil, refuse(err, "create share", map[error]*omics.Error{
			meta.ErrNotFound:  omics.NotFound("Resource with ARN: %s was not found.", in.ResourceArn),
			meta.ErrNotActive: omics.Conflict("Resource with ARN: %s is not ACTIVE.", in.ResourceArn),
			meta.ErrExists: omics.Conflict("Resource with ARN: %s is already shared with account %s.", in.ResourceArn,
				in.PrincipalSubscriber),
			meta.ErrQuota: omics.Quota("The store has reached its limit of %d shares.", s.limits.SharesPerStore),
		})
	}
	return &omics.CreateShareOut{ShareID: share.ID, ShareName: share.Name, Status: share.Status}, nil
}

// AcceptShare takes a share that is offered to the caller.
func (s *Service) AcceptShare(ctx context.Context, in *omics.AcceptShareIn) (*omics.AcceptShareOut, error) {
	share, err := s.db.AcceptShare(ctx, omics.CallerFrom(ctx).Account, in.ShareID)
	if err != nil {
		return nil, refuse(err, "accept share", map[error]*omics.Error{
			meta.ErrNotFound: shareNotFound(in.ShareID),
			meta.ErrFinal:    omics.Conflict("Share with shareId: %s is not PENDING.", in.ShareID),
		})
	}
	return &omics.AcceptShareOut{Status: share.Status}, nil
}

// GetShare describes a share to its owner and its subscriber.
func (s *Service) GetShare(ctx context.Context, in *omics.GetShareIn) (*omics.GetShareOut, error) {
	share, err := s.db.Share(ctx, omics.CallerFrom(ctx).Account, in.ShareID)
	if err != nil {
		return nil, refuse(err, "get share", map[error]*omics.Error{meta.ErrNotFound: shareNotFound(in.ShareID)})
	}
	return &omics.GetShareOut{Share: s.shareDetails(share)}, nil
}

// ListShares lists the shares that the caller offers (SELF) or is offered (OTHER), newest first.
func (s *Service) ListShares(ctx context.Context, in *omics.ListSharesIn) (*omics.ListSharesOut, error) {
	account := omics.CallerFrom(ctx).Account
	filter := value(in.Filter)
	f := meta.ShareFilter{ARNs: filter.ResourceArns, Statuses: filter.Status, Kinds: filter.Type}
	l, err := s.newListing("ListShares", account, []any{in.ResourceOwner, f}, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Shares(ctx, account, in.ResourceOwner == omics.OwnerSelf, f, l.page())
	if err != nil {
		return nil, refuse(err, "list shares", nil)
	}
	rows, next := cutPage(l, rows, func(r meta.Share) int64 { return r.Seq })
	return &omics.ListSharesOut{NextToken: next, Shares: shown(rows, s.shareDetails)}, nil
}

// DeleteShare ends a share, by its owner or its subscriber; its access ends with this call, running queries included.
func (s *Service) DeleteShare(ctx context.Context, in *omics.DeleteShareIn) (*omics.DeleteShareOut, error) {
	share, err := s.db.BeginDeleteShare(ctx, omics.CallerFrom(ctx).Account, in.ShareID)
	if err != nil {
		return nil, refuse(err, "delete share", map[error]*omics.Error{
			meta.ErrNotFound: shareNotFound(in.ShareID),
			meta.ErrFinal:    omics.Conflict("Share with shareId: %s is already DELETED.", in.ShareID),
		})
	}
	s.access.Changed()
	return &omics.DeleteShareOut{Status: share.Status}, nil
}

func (s *Service) shareDetails(r meta.Share) omics.ShareDetails {
	return omics.ShareDetails{
		CreationTime:        omics.Time{Time: r.Created},
		OwnerID:             r.Owner,
		PrincipalSubscriber: r.Subscriber,
		ResourceArn:         r.ARN,
		ResourceID:          r.StoreID,
		ShareID:             r.ID,
		ShareName:           r.Name,
		Status:              r.Status,
		StatusMessage: cut(s.message(r.ID, r.Status == omics.ShareActivating || r.Status == omics.ShareDeleting,
			r.StatusMessage), maxStoreMessage),
		UpdateTime: omics.Time{Time: r.Updated},
	}
}

func shareNotFound(id string) *omics.Error {
	return omics.NotFound("Share with shareId: %s was not found.", cut(id, 100))
}
