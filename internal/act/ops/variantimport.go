package ops

import (
	"context"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// StartVariantImportJob starts the import of the given files into an ACTIVE store.
func (s *Service) StartVariantImportJob(ctx context.Context,
	in *omics.StartVariantImportJobIn) (*omics.StartVariantImportJobOut, error) {
	if err := checkRole(ctx, in.RoleArn); err != nil {
		return nil, err
	}
	if len(in.Items) > s.limits.FilesPerJob {
		return nil, omics.Quota("An import job can have at most %d files, the request has %d.", s.limits.FilesPerJob,
			len(in.Items))
	}
	n := meta.NewImportJob{
		ID:               meta.NewJobID(),
		Account:          omics.CallerFrom(ctx).Account,
		Kind:             meta.Variants,
		StoreName:        in.DestinationName,
		RoleARN:          in.RoleArn,
		Normalize:        in.RunLeftNormalization,
		AnnotationFields: in.AnnotationFields,
		Max:              s.limits.ConcurrentJobs,
	}
	for _, item := range in.Items {
		source, err := s.source(item.Source)
		if err != nil {
			return nil, err
		}
		n.Sources = append(n.Sources, source)
	}
	job, err := s.db.StartImportJob(ctx, n)
	if err != nil {
		return nil, refuse(err, "start variant import job", map[error]*omics.Error{
			meta.ErrNotFound:  storeNotFound(in.DestinationName),
			meta.ErrNotActive: omics.Validation("Variant store with name: %s is not ACTIVE.", in.DestinationName),
			meta.ErrQuota:     jobQuota(s.limits.ConcurrentJobs),
		})
	}
	return &omics.StartVariantImportJobOut{JobID: job.ID}, nil
}

// GetVariantImportJob describes a job and each of its files.
func (s *Service) GetVariantImportJob(ctx context.Context,
	in *omics.GetVariantImportJobIn) (*omics.GetVariantImportJobOut, error) {
	j, items, err := s.importJob(ctx, meta.Variants, in.JobID)
	if err != nil {
		return nil, refuse(err, "get variant import job", map[error]*omics.Error{meta.ErrNotFound: jobNotFound(in.JobID)})
	}
	return &omics.GetVariantImportJobOut{
		AnnotationFields: j.AnnotationFields,
		CompletionTime:   optionalTime(j.Completed),
		CreationTime:     omics.Time{Time: j.Created},
		DestinationName:  j.StoreName,
		ID:               j.ID,
		Items: shown(items, func(i meta.ImportItem) omics.VariantImportItemDetail {
			return omics.VariantImportItemDetail{JobStatus: i.Status, Source: i.Source.URI, StatusMessage: i.StatusMessage}
		}),
		RoleArn:              j.RoleARN,
		RunLeftNormalization: j.Normalize,
		Status:               j.Status,
		StatusMessage:        s.message(j.ID, j.Completed == nil, j.StatusMessage),
		UpdateTime:           omics.Time{Time: j.Updated},
	}, nil
}

// importJob is the caller's job and its items, what is being read as far as it is now.
func (s *Service) importJob(ctx context.Context, kind meta.Kind, id string) (j meta.ImportJob, items []meta.ImportItem,
	err error) {
	j, items, err = s.db.ImportJob(ctx, omics.CallerFrom(ctx).Account, kind, id)
	for i := range items {
		if s.progress == nil || items[i].Status != omics.JobInProgress {
			continue
		}
		if message, ok := s.progress(id, items[i].Item); ok {
			items[i].StatusMessage = message
		}
	}
	return j, items, err
}

// ListVariantImportJobs lists the caller's jobs, newest first.
func (s *Service) ListVariantImportJobs(ctx context.Context,
	in *omics.ListVariantImportJobsIn) (*omics.ListVariantImportJobsOut, error) {
	account := omics.CallerFrom(ctx).Account
	filter := value(in.Filter)
	f := meta.ImportJobFilter{IDs: in.IDs, Status: value(filter.Status), StoreName: value(filter.StoreName)}
	l, err := s.newListing("ListVariantImportJobs", account, f, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.ImportJobs(ctx, account, meta.Variants, f, l.page())
	if err != nil {
		return nil, refuse(err, "list variant import jobs", nil)
	}
	rows, next := cutPage(l, rows, func(j meta.ImportJob) int64 { return j.Seq })
	return &omics.ListVariantImportJobsOut{NextToken: next,
		VariantImportJobs: shown(rows, func(j meta.ImportJob) omics.VariantImportJobItem {
			return omics.VariantImportJobItem{
				AnnotationFields:     j.AnnotationFields,
				CompletionTime:       optionalTime(j.Completed),
				CreationTime:         omics.Time{Time: j.Created},
				DestinationName:      j.StoreName,
				ID:                   j.ID,
				RoleArn:              j.RoleARN,
				RunLeftNormalization: j.Normalize,
				Status:               j.Status,
				UpdateTime:           omics.Time{Time: j.Updated},
			}
		})}, nil
}

// CancelVariantImportJob ends a job that is not final; no row of it will be seen.
func (s *Service) CancelVariantImportJob(ctx context.Context,
	in *omics.CancelVariantImportJobIn) (*omics.CancelVariantImportJobOut, error) {
	if err := s.db.CancelImportJob(ctx, omics.CallerFrom(ctx).Account, meta.Variants, in.JobID); err != nil {
		return nil, refuse(err, "cancel variant import job", map[error]*omics.Error{
			meta.ErrNotFound: jobNotFound(in.JobID),
			meta.ErrFinal: omics.Validation("Variant import job with jobId: %s has ended and can not be cancelled.",
				in.JobID),
		})
	}
	return &omics.CancelVariantImportJobOut{}, nil
}

func jobQuota(limit int) *omics.Error {
	return omics.Quota("The account has reached its limit of %d concurrent import jobs.", limit)
}

func jobNotFound(id string) *omics.Error {
	return omics.NotFound("Variant import job with jobId: %s was not found.", id)
}

func optionalTime(t *time.Time) *omics.Time {
	if t == nil {
		return nil
	}
	return &omics.Time{Time: *t}
}
