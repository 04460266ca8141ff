package ops

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// CreateReferenceStore makes the caller's reference store; an account has one.
func (s *Service) CreateReferenceStore(ctx context.Context,
	in *omics.CreateReferenceStoreIn) (*omics.CreateReferenceStoreOut, error) {
	account := omics.CallerFrom(ctx).Account
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	request := *in
	request.ClientToken = nil
	token, err := clientToken(in.ClientToken, request)
	if err != nil {
		return nil, err
	}
	id := meta.NewNumericID()
	n := meta.NewReferenceStore{
		ID:          id,
		Account:     account,
		Name:        in.Name,
		ARN:         omics.ReferenceStoreARN(s.region, account, id),
		Description: in.Description,
		SSE:         in.SseConfig != nil,
		Tags:        in.Tags,
		Token:       token,
	}
	if in.SseConfig != nil {
		n.SSEKeyARN = in.SseConfig.KeyArn
	}
	store, err := s.db.CreateReferenceStore(ctx, n)
	if err != nil {
		return nil, refuse(err, "create reference store", map[error]*omics.Error{
			meta.ErrQuota:         omics.Quota("The account has reached its limit of 1 reference store."),
			meta.ErrTokenMismatch: tokenMismatch(),
		})
	}
	out := omics.CreateReferenceStoreOut(referenceStoreDetail(store))
	return &out, nil
}

// GetReferenceStore describes a reference store.
func (s *Service) GetReferenceStore(ctx context.Context, in *omics.GetReferenceStoreIn) (
	*omics.GetReferenceStoreOut, error) {
	store, err := s.db.ReferenceStore(ctx, omics.CallerFrom(ctx).Account, in.ID)
	if err != nil {
		return nil, refuseReferenceStore(err, "get reference store", in.ID)
	}
	out := omics.GetReferenceStoreOut(referenceStoreDetail(store))
	return &out, nil
}

// ListReferenceStores lists the caller's reference stores.
func (s *Service) ListReferenceStores(ctx context.Context,
	in *omics.ListReferenceStoresIn) (*omics.ListReferenceStoresOut, error) {
	account := omics.CallerFrom(ctx).Account
	filter := value(in.Filter)
	l, err := s.newListing("ListReferenceStores", account, filter, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.ReferenceStores(ctx, account, value(filter.Name), created(filter.CreatedAfter, filter.CreatedBefore),
		l.page())
	if err != nil {
		return nil, refuse(err, "list reference stores", nil)
	}
	rows, next := cutPage(l, rows, func(r meta.ReferenceStore) int64 { return r.Seq })
	return &omics.ListReferenceStoresOut{NextToken: next, ReferenceStores: shown(rows, referenceStoreDetail)}, nil
}

// DeleteReferenceStore removes a reference store that holds no reference.
func (s *Service) DeleteReferenceStore(ctx context.Context,
	in *omics.DeleteReferenceStoreIn) (*omics.DeleteReferenceStoreOut, error) {
	if err := s.db.DeleteReferenceStore(ctx, omics.CallerFrom(ctx).Account, in.ID); err != nil {
		return nil, refuse(err, "delete reference store", map[error]*omics.Error{
			meta.ErrNotFound: referenceStoreNotFound(in.ID),
			meta.ErrInUse:    omics.Conflict("Reference store with id: %s is not empty.", in.ID),
		})
	}
	return &omics.DeleteReferenceStoreOut{}, nil
}

func referenceStoreDetail(r meta.ReferenceStore) omics.ReferenceStoreDetail {
	d := omics.ReferenceStoreDetail{
		Arn:          r.ARN,
		CreationTime: omics.StorageTime{Time: r.Created},
		Description:  r.Description,
		ID:           r.ID,
		Name:         r.Name,
	}
	if r.SSE {
		d.SseConfig = &omics.SseConfig{Type: omics.EncryptionKMS, KeyArn: r.SSEKeyARN}
	}
	return d
}

func refuseReferenceStore(err error, what, id string) error {
	return refuse(err, what, map[error]*omics.Error{meta.ErrNotFound: referenceStoreNotFound(id)})
}

func referenceStoreNotFound(id string) *omics.Error {
	return omics.NotFound("Reference store with id: %s was not found.", id)
}

// clientToken pairs the token, when there is one, with a digest of the rest of the request.
func clientToken(token *string, request ...any) (*meta.ClientToken, error) {
	if token == nil {
		return nil, nil
	}
	b, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	digest := sha256.Sum256(b)
	return &meta.ClientToken{Token: *token, Request: digest[:]}, nil
}

func tokenMismatch() *omics.Error {
	return omics.Validation("The clientToken was used for a request with other parameters.")
}
