package ops

import (
	"context"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// StartAnnotationImportJob starts the import of a file into an ACTIVE version of a store, the one named as the store
// unless the request names another.
func (s *Service) StartAnnotationImportJob(ctx context.Context,
	in *omics.StartAnnotationImportJobIn) (*omics.StartAnnotationImportJobOut, error) {
	if err := checkRole(ctx, in.RoleArn); err != nil {
		return nil, err
	}
	if len(in.Items) > s.limits.AnnotationFilesPerJob {
		return nil, omics.Quota("An annotation import job can have at most %d files, the request has %d.",
			s.limits.AnnotationFilesPerJob, len(in.Items))
	}
	n := meta.NewImportJob{
		ID:               meta.NewJobID(),
		Account:          omics.CallerFrom(ctx).Account,
		Kind:             meta.Annotations,
		StoreName:        in.DestinationName,
		VersionName:      value(in.VersionName),
		RoleARN:          in.RoleArn,
		Normalize:        in.RunLeftNormalization,
		AnnotationFields: in.AnnotationFields,
		FormatOptions:    in.FormatOptions,
		Max:              s.limits.ConcurrentJobs,
	}
	for _, item := range in.Items {
		source, err := s.source(item.Source)
		if err != nil {
			return nil, err
		}
		n.Sources = append(n.Sources, source)
	}
	var job meta.ImportJob
	to, err := s.db.Destination(ctx, n.Account, n.Kind, n.StoreName, n.VersionName)
	if err == nil {
		if err := checkAnnotationImport(in, &to); err != nil {
			return nil, err
		}
		n.TableID = to.ID
		job, err = s.db.StartImportJob(ctx, n)
	}
	if err != nil {
		version := n.VersionName
		if version == "" {
			version = in.DestinationName
		}
		return nil, refuse(err, "start annotation import job", map[error]*omics.Error{
			meta.ErrNotFound:  annotationStoreNotFound(in.DestinationName),
			meta.ErrNoVersion: versionNotFound(version),
			meta.ErrNotActive: omics.Validation("Version with versionName: %s of annotation store: %s is not ACTIVE.", version,
				in.DestinationName),
			meta.ErrQuota: jobQuota(s.limits.ConcurrentJobs),
		})
	}
	return &omics.StartAnnotationImportJobOut{JobID: job.ID}, nil
}

// checkAnnotationImport refuses what cannot become of the request's options and the version's format.
func checkAnnotationImport(in *omics.StartAnnotationImportJobIn, to *meta.Table) error {
	options := value(in.FormatOptions)
	switch {
	case options.TsvOptions != nil && to.Format != omics.FormatTSV:
		return omics.Validation("formatOptions.tsvOptions do not apply to an annotation store of format %s.", to.Format)
	case options.VcfOptions != nil && to.Format != omics.FormatVCF:
		return omics.Validation("formatOptions.vcfOptions do not apply to an annotation store of format %s.", to.Format)
	case in.RunLeftNormalization && !to.Reference && to.HasAlleles():
		return omics.Validation("runLeftNormalization needs a reference, and annotation store: %s has none.", to.StoreName)
	}
	if options.TsvOptions != nil {
		return checkReadOptions(options.TsvOptions.ReadOptions)
	}
	return nil
}

// GetAnnotationImportJob describes a job. An item has no message on this wire, so the job's tells of it.
func (s *Service) GetAnnotationImportJob(ctx context.Context,
	in *omics.GetAnnotationImportJobIn) (*omics.GetAnnotationImportJobOut, error) {
	j, items, err := s.importJob(ctx, meta.Annotations, in.JobID)
	if err != nil {
		return nil, refuse(err, "get annotation import job",
			map[error]*omics.Error{meta.ErrNotFound: annotationJobNotFound(in.JobID)})
	}
	out := &omics.GetAnnotationImportJobOut{
		AnnotationFields: j.AnnotationFields,
		CompletionTime:   omics.Time{Time: j.Updated}, // the model requires it of an unfinished job too
		CreationTime:     omics.Time{Time: j.Created},
		DestinationName:  j.StoreName,
		FormatOptions:    shownFormatOptions(j),
		ID:               j.ID,
		Items: shown(items, func(i meta.ImportItem) omics.AnnotationImportItemDetail {
			return omics.AnnotationImportItemDetail{JobStatus: i.Status, Source: i.Source.URI}
		}),
		RoleArn:              j.RoleARN,
		RunLeftNormalization: j.Normalize,
		Status:               j.Status,
		StatusMessage:        j.StatusMessage,
		UpdateTime:           omics.Time{Time: j.Updated},
		VersionName:          j.VersionName,
	}
	if j.Completed != nil {
		out.CompletionTime = omics.Time{Time: *j.Completed}
	}
	for _, item := range items {
		if item.StatusMessage != "" {
			out.StatusMessage = item.StatusMessage
		}
	}
	out.StatusMessage = s.message(j.ID, j.Completed == nil, out.StatusMessage)
	return out, nil
}

// shownFormatOptions are the request's, else what they come to: the union must have a member for SDKs to take it.
func shownFormatOptions(j meta.ImportJob) omics.FormatOptions {
	if j.FormatOptions != nil {
		return *j.FormatOptions
	}
	if j.Format == omics.FormatVCF {
		return omics.FormatOptions{VcfOptions: &omics.VcfOptions{IgnoreFilterField: new(bool), IgnoreQualField: new(bool)}}
	}
	return omics.FormatOptions{TsvOptions: &omics.TsvOptions{}}
}

// ListAnnotationImportJobs lists the caller's jobs, newest first.
func (s *Service) ListAnnotationImportJobs(ctx context.Context,
	in *omics.ListAnnotationImportJobsIn) (*omics.ListAnnotationImportJobsOut, error) {
	account := omics.CallerFrom(ctx).Account
	filter := value(in.Filter)
	f := meta.ImportJobFilter{IDs: in.IDs, Status: value(filter.Status), StoreName: value(filter.StoreName)}
	l, err := s.newListing("ListAnnotationImportJobs", account, f, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.ImportJobs(ctx, account, meta.Annotations, f, l.page())
	if err != nil {
		return nil, refuse(err, "list annotation import jobs", nil)
	}
	rows, next := cutPage(l, rows, func(j meta.ImportJob) int64 { return j.Seq })
	return &omics.ListAnnotationImportJobsOut{NextToken: next,
		AnnotationImportJobs: shown(rows, func(j meta.ImportJob) omics.AnnotationImportJobItem {
			return omics.AnnotationImportJobItem{
				AnnotationFields:     j.AnnotationFields,
				CompletionTime:       optionalTime(j.Completed),
				CreationTime:         omics.Time{Time: j.Created},
				DestinationName:      j.StoreName,
				ID:                   j.ID,
				RoleArn:              j.RoleARN,
				RunLeftNormalization: j.Normalize,
				Status:               j.Status,
				UpdateTime:           omics.Time{Time: j.Updated},
				VersionName:          j.VersionName,
			}
		})}, nil
}

// CancelAnnotationImportJob ends a job that is not final; no row of it will be seen.
func (s *Service) CancelAnnotationImportJob(ctx context.Context,
	in *omics.CancelAnnotationImportJobIn) (*omics.CancelAnnotationImportJobOut, error) {
	if err := s.db.CancelImportJob(ctx, omics.CallerFrom(ctx).Account, meta.Annotations, in.JobID); err != nil {
		return nil, refuse(err, "cancel annotation import job", map[error]*omics.Error{
			meta.ErrNotFound: annotationJobNotFound(in.JobID),
			meta.ErrFinal: omics.Validation("Annotation import job with jobId: %s has ended and can not be cancelled.",
				in.JobID),
		})
	}
	return &omics.CancelAnnotationImportJobOut{}, nil
}

func annotationJobNotFound(id string) *omics.Error {
	return omics.NotFound("Annotation import job with jobId: %s was not found.", id)
}
