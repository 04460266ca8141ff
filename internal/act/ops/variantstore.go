package ops

import (
	"context"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// maxStoreMessage is the longest statusMessage of a store in code points.
const maxStoreMessage = 1000

// CreateVariantStore makes a store, CREATING until its table is there. Without a name one is made up.
func (s *Service) CreateVariantStore(ctx context.Context, in *omics.CreateVariantStoreIn) (
	*omics.CreateVariantStoreOut, error) {
	account := omics.CallerFrom(ctx).Account
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	referenceARN := value(in.Reference.ReferenceArn)
	if err := checkReferenceARN(referenceARN); err != nil {
		return nil, err
	}
	name := value(in.Name)
	if name == "" {
		name = "variant_store_" + meta.NewStoreID()[:8]
	}
	id := meta.NewStoreID()
	n := meta.NewStore{
		ID:           id,
		Account:      account,
		Kind:         meta.Variants,
		Name:         name,
		ARN:          omics.VariantStoreARN(s.region, account, name),
		ReferenceARN: referenceARN,
		Description:  value(in.Description),
		Format:       omics.FormatVCF,
		Tags:         in.Tags,
		Table:        meta.NewTable{ID: id, Location: s.files.TableName(id)},
		Max:          s.limits.VariantStores,
	}
	if in.SseConfig != nil {
		n.SSEKeyARN = in.SseConfig.KeyArn
	}
	store, err := s.db.CreateStore(ctx, n)
	if err != nil {
		return nil, refuse(err, "create variant store", map[error]*omics.Error{
			meta.ErrExists:   omics.Conflict("Variant store with name: %s already exists.", name),
			meta.ErrNotFound: omics.NotFound("Reference with ARN: %s was not found.", referenceARN),
			meta.ErrQuota:    omics.Quota("The account has reached its limit of %d variant stores.", s.limits.VariantStores),
		})
	}
	return &omics.CreateVariantStoreOut{
		CreationTime: omics.Time{Time: store.Created},
		ID:           store.ID,
		Name:         store.Name,
		Reference:    referenceItem(store),
		Status:       store.Status,
	}, nil
}

// GetVariantStore describes a store.
func (s *Service) GetVariantStore(ctx context.Context, in *omics.GetVariantStoreIn) (*omics.GetVariantStoreOut, error) {
	account := omics.CallerFrom(ctx).Account
	store, tags, err := s.db.Store(ctx, account, meta.Variants, in.Name)
	if err != nil {
		return nil, refuseStore(err, "get variant store", in.Name)
	}
	return &omics.GetVariantStoreOut{
		CreationTime:   omics.Time{Time: store.Created},
		Description:    store.Description,
		ID:             store.ID,
		Name:           store.Name,
		Reference:      referenceItem(store),
		SseConfig:      sse(store.SSEKeyARN),
		Status:         store.Status,
		StatusMessage:  cut(s.message(store.ID, isChanging(store.Status), store.StatusMessage), maxStoreMessage),
		StoreArn:       store.ARN,
		StoreSizeBytes: store.SizeBytes,
		Tags:           tags,
		UpdateTime:     omics.Time{Time: store.Updated},
	}, nil
}

// ListVariantStores lists the caller's stores, newest first.
func (s *Service) ListVariantStores(ctx context.Context, in *omics.ListVariantStoresIn) (
	*omics.ListVariantStoresOut, error) {
	account := omics.CallerFrom(ctx).Account
	f := meta.StoreFilter{IDs: in.IDs, Status: value(value(in.Filter).Status)}
	l, err := s.newListing("ListVariantStores", account, f, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Stores(ctx, account, meta.Variants, f, l.page())
	if err != nil {
		return nil, refuse(err, "list variant stores", nil)
	}
	rows, next := cutPage(l, rows, func(v meta.Store) int64 { return v.Seq })
	return &omics.ListVariantStoresOut{NextToken: next,
		VariantStores: shown(rows, func(v meta.Store) omics.VariantStoreItem {
			return omics.VariantStoreItem{
				CreationTime:   omics.Time{Time: v.Created},
				Description:    v.Description,
				ID:             v.ID,
				Name:           v.Name,
				Reference:      referenceItem(v),
				SseConfig:      sse(v.SSEKeyARN),
				Status:         v.Status,
				StatusMessage:  cut(s.message(v.ID, isChanging(v.Status), v.StatusMessage), maxStoreMessage),
				StoreArn:       v.ARN,
				StoreSizeBytes: v.SizeBytes,
				UpdateTime:     omics.Time{Time: v.Updated},
			}
		})}, nil
}

// UpdateVariantStore changes the description; a request without one changes nothing but the update time.
func (s *Service) UpdateVariantStore(ctx context.Context, in *omics.UpdateVariantStoreIn) (
	*omics.UpdateVariantStoreOut, error) {
	store, err := s.db.UpdateStore(ctx, omics.CallerFrom(ctx).Account, meta.Variants, in.Name, in.Description)
	if err != nil {
		return nil, refuseStore(err, "update variant store", in.Name)
	}
	return &omics.UpdateVariantStoreOut{
		CreationTime: omics.Time{Time: store.Created},
		Description:  store.Description,
		ID:           store.ID,
		Name:         store.Name,
		Reference:    referenceItem(store),
		Status:       store.Status,
		UpdateTime:   omics.Time{Time: store.Updated},
	}, nil
}

// DeleteVariantStore begins the removal of a store with its data, tags and shares. Import jobs that run into it are
// cancelled with force, and a conflict without.
func (s *Service) DeleteVariantStore(ctx context.Context, in *omics.DeleteVariantStoreIn) (
	*omics.DeleteVariantStoreOut, error) {
	if err := s.db.BeginDeleteStore(ctx, omics.CallerFrom(ctx).Account, meta.Variants, in.Name, in.Force); err != nil {
		return nil, refuse(err, "delete variant store", map[error]*omics.Error{
			meta.ErrNotFound: storeNotFound(in.Name),
			meta.ErrInUse:    omics.Conflict("Variant store with name: %s has an inflight import running.", in.Name),
		})
	}
	s.access.Changed()
	return &omics.DeleteVariantStoreOut{Status: omics.StoreDeleting}, nil
}

func refuseStore(err error, what, name string) error {
	return refuse(err, what, map[error]*omics.Error{meta.ErrNotFound: storeNotFound(name)})
}

func storeNotFound(name string) *omics.Error {
	return omics.NotFound("Variant store with name: %s was not found.", cut(name, 255))
}

func referenceItem(v meta.Store) omics.ReferenceItem {
	return omics.ReferenceItem{ReferenceArn: &v.ReferenceARN}
}

func sse(keyARN *string) omics.SseConfig {
	return omics.SseConfig{Type: omics.EncryptionKMS, KeyArn: keyARN}
}

// isChanging tells of a store that is being made or removed.
func isChanging(status omics.StoreStatus) bool {
	return status == omics.StoreCreating || status == omics.StoreDeleting
}
