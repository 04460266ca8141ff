package ops

import (
	"context"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// CreateAnnotationStore makes a store and its first version, CREATING until its table is there. Without a name one is
// made up; the version is named as the store unless the request says otherwise.
func (s *Service) CreateAnnotationStore(ctx context.Context,
	in *omics.CreateAnnotationStoreIn) (*omics.CreateAnnotationStoreOut, error) {
	account := omics.CallerFrom(ctx).Account
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	reference := ""
	if in.Reference != nil {
		reference = value(in.Reference.ReferenceArn)
		if err := checkReferenceARN(reference); err != nil {
			return nil, err
		}
	}
	if err := checkStoreOptions(in.StoreFormat, in.StoreOptions); err != nil {
		return nil, err
	}
	name := value(in.Name)
	if name == "" {
		name = "annotation_store_" + meta.NewStoreID()[:8]
	}
	version := value(in.VersionName)
	if version == "" {
		version = name
	}
	tableID := meta.NewStoreID()
	n := meta.NewStore{
		ID:           meta.NewStoreID(),
		Account:      account,
		Kind:         meta.Annotations,
		Name:         name,
		ARN:          omics.AnnotationStoreARN(s.region, account, name),
		ReferenceARN: reference,
		Description:  value(in.Description),
		Format:       in.StoreFormat,
		Options:      in.StoreOptions,
		Tags:         in.Tags,
		Table: meta.NewTable{
			ID: tableID, Version: version, ARN: omics.AnnotationStoreVersionARN(s.region, account, name, version),
			Location: s.files.TableName(tableID),
		},
		Max: s.limits.AnnotationStores,
	}
	if in.SseConfig != nil {
		n.SSEKeyARN = in.SseConfig.KeyArn
	}
	store, err := s.db.CreateStore(ctx, n)
	if err != nil {
		return nil, refuse(err, "create annotation store", map[error]*omics.Error{
			meta.ErrExists:   omics.Conflict("Annotation store with name: %s already exists.", name),
			meta.ErrNotFound: omics.NotFound("Reference with ARN: %s was not found.", reference),
			meta.ErrQuota: omics.Quota("The account has reached its limit of %d annotation stores.",
				s.limits.AnnotationStores),
		})
	}
	out := &omics.CreateAnnotationStoreOut{
		CreationTime: omics.Time{Time: store.Created},
		ID:           store.ID,
		Name:         store.Name,
		Status:       store.Status,
		StoreFormat:  store.Format,
		StoreOptions: store.Options,
		VersionName:  version,
	}
	if reference != "" {
		out.Reference = annotationReference(store)
	}
	return out, nil
}

// GetAnnotationStore describes a store.
func (s *Service) GetAnnotationStore(ctx context.Context, in *omics.GetAnnotationStoreIn) (
	*omics.GetAnnotationStoreOut, error) {
	store, tags, err := s.db.Store(ctx, omics.CallerFrom(ctx).Account, meta.Annotations, in.Name)
	if err != nil {
		return nil, refuseAnnotationStore(err, "get annotation store", in.Name)
	}
	return &omics.GetAnnotationStoreOut{
		CreationTime:   omics.Time{Time: store.Created},
		Description:    store.Description,
		ID:             store.ID,
		Name:           store.Name,
		NumVersions:    store.Tables,
		Reference:      annotationReference(store),
		SseConfig:      sse(store.SSEKeyARN),
		Status:         store.Status,
		StatusMessage:  cut(s.storeMessage(ctx, &store), maxStoreMessage),
		StoreArn:       store.ARN,
		StoreFormat:    store.Format,
		StoreOptions:   store.Options,
		StoreSizeBytes: store.SizeBytes,
		Tags:           tags,
		UpdateTime:     omics.Time{Time: store.Updated},
	}, nil
}

// ListAnnotationStores lists the caller's stores, newest first.
func (s *Service) ListAnnotationStores(ctx context.Context,
	in *omics.ListAnnotationStoresIn) (*omics.ListAnnotationStoresOut, error) {
	account := omics.CallerFrom(ctx).Account
	f := meta.StoreFilter{IDs: in.IDs, Status: value(value(in.Filter).Status)}
	l, err := s.newListing("ListAnnotationStores", account, f, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Stores(ctx, account, meta.Annotations, f, l.page())
	if err != nil {
		return nil, refuse(err, "list annotation stores", nil)
	}
	rows, next := cutPage(l, rows, func(r meta.Store) int64 { return r.Seq })
	return &omics.ListAnnotationStoresOut{NextToken: next,
		AnnotationStores: shown(rows, func(r meta.Store) omics.AnnotationStoreItem {
			return omics.AnnotationStoreItem{
				CreationTime:   omics.Time{Time: r.Created},
				Description:    r.Description,
				ID:             r.ID,
				Name:           r.Name,
				Reference:      annotationReference(r),
				SseConfig:      sse(r.SSEKeyARN),
				Status:         r.Status,
				StatusMessage:  cut(s.storeMessage(ctx, &r), maxStoreMessage),
				StoreArn:       r.ARN,
				StoreFormat:    r.Format,
				StoreSizeBytes: r.SizeBytes,
				UpdateTime:     omics.Time{Time: r.Updated},
			}
		})}, nil
}

// UpdateAnnotationStore changes the description; a request without one changes nothing but the update time.
func (s *Service) UpdateAnnotationStore(ctx context.Context,
	in *omics.UpdateAnnotationStoreIn) (*omics.UpdateAnnotationStoreOut, error) {
	store, err := s.db.UpdateStore(ctx, omics.CallerFrom(ctx).Account, meta.Annotations, in.Name, in.Description)
	if err != nil {
		return nil, refuseAnnotationStore(err, "update annotation store", in.Name)
	}
	return &omics.UpdateAnnotationStoreOut{
		CreationTime: omics.Time{Time: store.Created},
		Description:  store.Description,
		ID:           store.ID,
		Name:         store.Name,
		Reference:    annotationReference(store),
		Status:       store.Status,
		StoreFormat:  store.Format,
		StoreOptions: store.Options,
		UpdateTime:   omics.Time{Time: store.Updated},
	}, nil
}

// DeleteAnnotationStore begins the removal of a store with its versions, data, tags and shares. A second version and
// import jobs that run are a conflict without force; with it the jobs are cancelled.
func (s *Service) DeleteAnnotationStore(ctx context.Context,
	in *omics.DeleteAnnotationStoreIn) (*omics.DeleteAnnotationStoreOut, error) {
	account := omics.CallerFrom(ctx).Account
	if err := s.db.BeginDeleteStore(ctx, account, meta.Annotations, in.Name, in.Force); err != nil {
		return nil, refuse(err, "delete annotation store", map[error]*omics.Error{
			meta.ErrNotFound: annotationStoreNotFound(in.Name),
			meta.ErrVersions: omics.Conflict(
				"Annotation store with name: %s can not be deleted, since more than one version exists.", in.Name),
			meta.ErrInUse: omics.Conflict("Annotation store with name: %s has an inflight import running.", in.Name),
		})
	}
	s.access.Changed()
	return &omics.DeleteAnnotationStoreOut{Status: omics.StoreDeleting}, nil
}

func refuseAnnotationStore(err error, what, name string) error {
	return refuse(err, what, map[error]*omics.Error{meta.ErrNotFound: annotationStoreNotFound(name)})
}

func annotationStoreNotFound(name string) *omics.Error {
	return omics.NotFound("Annotation store with name: %s was not found.", cut(name, 255))
}

// annotationReference is always there: the model requires it, and SDKs refuse the union without a member.
func annotationReference(r meta.Store) omics.ReferenceItem {
	return omics.ReferenceItem{ReferenceArn: &r.ReferenceARN}
}

// storeMessage is the statusMessage of a store: one that is CREATING waits for its first version.
func (s *Service) storeMessage(ctx context.Context, store *meta.Store) string {
	id := store.ID
	if s.waiting != nil && store.Status == omics.StoreCreating {
		if versions, err := s.db.StoreTables(ctx, store.ID, omics.VersionCreating, meta.Page{Limit: 1}); err == nil &&
			len(versions) == 1 {
			id = versions[0].ID
		}
	}
	return s.message(id, isChanging(store.Status), store.StatusMessage)
}
