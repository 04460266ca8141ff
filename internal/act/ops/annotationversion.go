package ops

import (
	"context"
	"errors"
	"fmt"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// CreateAnnotationStoreVersion makes a version of an ACTIVE store, CREATING until its table is there. Without options
// of its own a TSV version has its store's.
func (s *Service) CreateAnnotationStoreVersion(ctx context.Context,
	in *omics.CreateAnnotationStoreVersionIn) (*omics.CreateAnnotationStoreVersionOut, error) {
	account := omics.CallerFrom(ctx).Account
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	if in.VersionOptions != nil {
		store, _, err := s.db.Store(ctx, account, meta.Annotations, in.Name)
		if err != nil {
			return nil, refuseAnnotationStore(err, "create annotation store version", in.Name)
		}
		if err := checkVersionOptions(store.Format, in.VersionOptions); err != nil {
			return nil, err
		}
	}
	id := meta.NewStoreID()
	v, err := s.db.CreateVersion(ctx, account, in.Name, meta.NewTable{
		ID:          id,
		Version:     in.VersionName,
		ARN:         omics.AnnotationStoreVersionARN(s.region, account, in.Name, in.VersionName),
		Description: value(in.Description),
		Options:     in.VersionOptions,
		Tags:        in.Tags,
		Location:    s.files.TableName(id),
		Max:         s.limits.AnnotationVersions,
	})
	if err != nil {
		return nil, refuse(err, "create annotation store version", map[error]*omics.Error{
			meta.ErrNotFound:  annotationStoreNotFound(in.Name),
			meta.ErrNotActive: omics.Conflict("Annotation store with name: %s is not ACTIVE.", in.Name),
			meta.ErrExists:    omics.Conflict("Version with versionName: %s already exists.", in.VersionName),
			meta.ErrQuota: omics.Quota("The annotation store has reached its limit of %d versions.",
				s.limits.AnnotationVersions),
		})
	}
	return &omics.CreateAnnotationStoreVersionOut{
		CreationTime:   omics.Time{Time: v.Created},
		ID:             v.ID,
		Name:           v.StoreName,
		Status:         v.Status,
		StoreID:        v.StoreID,
		VersionName:    v.Version,
		VersionOptions: shownOptions(v),
	}, nil
}

// GetAnnotationStoreVersion describes a version.
func (s *Service) GetAnnotationStoreVersion(ctx context.Context,
	in *omics.GetAnnotationStoreVersionIn) (*omics.GetAnnotationStoreVersionOut, error) {
	v, tags, err := s.db.Version(ctx, omics.CallerFrom(ctx).Account, in.Name, in.VersionName)
	if err != nil {
		return nil, refuseVersion(err, "get annotation store version", in.VersionName)
	}
	return &omics.GetAnnotationStoreVersionOut{
		CreationTime:     omics.Time{Time: v.Created},
		Description:      v.Description,
		ID:               v.ID,
		Name:             v.StoreName,
		Status:           v.Status,
		StatusMessage:    s.versionMessage(v),
		StoreID:          v.StoreID,
		Tags:             tags,
		UpdateTime:       omics.Time{Time: v.Updated},
		VersionArn:       v.ARN,
		VersionName:      v.Version,
		VersionOptions:   shownOptions(v),
		VersionSizeBytes: v.SizeBytes,
	}, nil
}

// versionMessage is a version's statusMessage: what its making or deletion waits for, while it does.
func (s *Service) versionMessage(v meta.Table) string {
	underWay := v.Status == omics.VersionCreating || v.Status == omics.VersionDeleting
	return cut(s.message(v.ID, underWay, v.StatusMessage), maxStoreMessage)
}

// ListAnnotationStoreVersions lists the versions of a store, newest first.
func (s *Service) ListAnnotationStoreVersions(ctx context.Context,
	in *omics.ListAnnotationStoreVersionsIn) (*omics.ListAnnotationStoreVersionsOut, error) {
	account := omics.CallerFrom(ctx).Account
	store, _, err := s.db.Store(ctx, account, meta.Annotations, in.Name)
	if err != nil {
		return nil, refuseAnnotationStore(err, "list annotation store versions", in.Name)
	}
	status := value(value(in.Filter).Status)
	l, err := s.newListing("ListAnnotationStoreVersions", account, []any{store.ID, status}, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.StoreTables(ctx, store.ID, status, l.page())
	if err != nil {
		return nil, refuse(err, "list annotation store versions", nil)
	}
	rows, next := cutPage(l, rows, func(v meta.Table) int64 { return v.Seq })
	return &omics.ListAnnotationStoreVersionsOut{NextToken: next, AnnotationStoreVersions: shown(rows,
		func(v meta.Table) omics.AnnotationStoreVersionItem {
			return omics.AnnotationStoreVersionItem{
				CreationTime:     omics.Time{Time: v.Created},
				Description:      v.Description,
				ID:               v.ID,
				Name:             v.StoreName,
				Status:           v.Status,
				StatusMessage:    s.versionMessage(v),
				StoreID:          v.StoreID,
				UpdateTime:       omics.Time{Time: v.Updated},
				VersionArn:       v.ARN,
				VersionName:      v.Version,
				VersionSizeBytes: v.SizeBytes,
			}
		})}, nil
}

// UpdateAnnotationStoreVersion changes the description; a request without one changes nothing but the update time.
func (s *Service) UpdateAnnotationStoreVersion(ctx context.Context,
	in *omics.UpdateAnnotationStoreVersionIn) (*omics.UpdateAnnotationStoreVersionOut, error) {
	v, err := s.db.UpdateVersion(ctx, omics.CallerFrom(ctx).Account, in.Name, in.VersionName, in.Description)
	if err != nil {
		return nil, refuseVersion(err, "update annotation store version", in.VersionName)
	}
	return &omics.UpdateAnnotationStoreVersionOut{
		CreationTime: omics.Time{Time: v.Created},
		Description:  v.Description,
		ID:           v.ID,
		Name:         v.StoreName,
		Status:       v.Status,
		StoreID:      v.StoreID,
		UpdateTime:   omics.Time{Time: v.Updated},
		VersionName:  v.Version,
	}, nil
}

// DeleteAnnotationStoreVersions begins the removal of versions with their data and tags. What stands in the way of one,
// a running import without force or that it does not exist, is told in the answer and keeps none of the others.
func (s *Service) DeleteAnnotationStoreVersions(ctx context.Context,
	in *omics.DeleteAnnotationStoreVersionsIn) (*omics.DeleteAnnotationStoreVersionsOut, error) {
	store, _, err := s.db.Store(ctx, omics.CallerFrom(ctx).Account, meta.Annotations, in.Name)
	if err != nil {
		return nil, refuseAnnotationStore(err, "delete annotation store versions", in.Name)
	}
	defer s.access.Changed()
	out := &omics.DeleteAnnotationStoreVersionsOut{}
	for _, version := range in.Versions {
		message := ""
		switch err := s.db.BeginDeleteVersion(ctx, store.ID, version, in.Force); {
		case errors.Is(err, meta.ErrNotFound):
			message = versionNotFound(version).Message
		case errors.Is(err, meta.ErrInUse):
			message = fmt.Sprintf("Version with versionName: %s has an inflight import running.", version)
		case err != nil:
			return nil, fmt.Errorf("delete annotation store version: %w", err)
		}
		if message != "" {
			out.Errors = append(out.Errors, omics.VersionDeleteError{Message: message, VersionName: version})
		}
	}
	return out, nil
}

// shownOptions are the options of a TSV version, its store's when it has none of its own.
func shownOptions(v meta.Table) *omics.VersionOptions {
	if tsv := v.TSV(); tsv != nil {
		return &omics.VersionOptions{TsvVersionOptions: tsv}
	}
	return nil
}

func refuseVersion(err error, what, version string) error {
	return refuse(err, what, map[error]*omics.Error{meta.ErrNotFound: versionNotFound(version)})
}

func versionNotFound(version string) *omics.Error {
	return omics.NotFound("Version with versionName: %s was not found.", cut(version, 255))
}
