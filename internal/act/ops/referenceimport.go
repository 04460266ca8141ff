package ops

import (
	"context"
	"errors"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// StartReferenceImportJob starts the import of FASTA files into a reference store.
func (s *Service) StartReferenceImportJob(ctx context.Context,
	in *omics.StartReferenceImportJobIn) (*omics.StartReferenceImportJobOut, error) {
	if err := checkRole(ctx, in.RoleArn); err != nil {
		return nil, err
	}
	request := *in
	request.ClientToken = nil
	token, err := clientToken(in.ClientToken, in.ReferenceStoreID, request)
	if err != nil {
		return nil, err
	}
	n := meta.NewReferenceJob{
		Account: omics.CallerFrom(ctx).Account,
		StoreID: in.ReferenceStoreID,
		RoleARN: in.RoleArn,
		Max:     s.limits.References,
		Token:   token,
	}
	for _, source := range in.Sources {
		if err := checkTags(source.Tags); err != nil {
			return nil, err
		}
		from, err := s.source(source.SourceFile)
		if err != nil {
			return nil, err
		}
		n.Sources = append(n.Sources, meta.ReferenceJobSource{From: from, Name: source.Name, Description: source.Description,
			Tags: source.Tags})
	}
	job, err := s.startReferences(ctx, n, meta.NewNumericID)
	if err != nil {
		return nil, refuse(err, "start reference import job", map[error]*omics.Error{
			meta.ErrNotFound: referenceStoreNotFound(in.ReferenceStoreID),
			meta.ErrQuota: omics.Quota("The reference store has reached its limit of %d references.",
				s.limits.References),
			meta.ErrTokenMismatch: tokenMismatch(),
		})
	}
	return &omics.StartReferenceImportJobOut{
		CreationTime:     omics.StorageTime{Time: job.Created},
		ID:               job.ID,
		ReferenceStoreID: job.StoreID,
		RoleArn:          job.RoleARN,
		Status:           job.Status,
	}, nil
}

// startReferences starts a job under ids that are drawn, again as long as one of them is taken.
func (s *Service) startReferences(ctx context.Context, n meta.NewReferenceJob,
	draw func() string) (job meta.ReferenceJob, err error) {
	for {
		n.ID = draw()
		for i := range n.Sources {
			n.Sources[i].ReferenceID = draw()
		}
		if job, err = s.db.StartReferenceImportJob(ctx, n); !errors.Is(err, meta.ErrIDTaken) {
			return job, err
		}
	}
}

// GetReferenceImportJob describes a job and each of its files.
func (s *Service) GetReferenceImportJob(ctx context.Context,
	in *omics.GetReferenceImportJobIn) (*omics.GetReferenceImportJobOut, error) {
	j, sources, err := s.db.ReferenceJob(ctx, omics.CallerFrom(ctx).Account, in.ReferenceStoreID, in.ID)
	if err != nil {
		return nil, refuse(err, "get reference import job", map[error]*omics.Error{
			meta.ErrNotFound: omics.NotFound("Reference import job with id: %s was not found.", in.ID),
		})
	}
	return &omics.GetReferenceImportJobOut{
		CompletionTime:   optionalStorageTime(j.Completed),
		CreationTime:     omics.StorageTime{Time: j.Created},
		ID:               j.ID,
		ReferenceStoreID: j.StoreID,
		RoleArn:          j.RoleARN,
		Sources:          shown(sources, importSource),
		Status:           j.Status,
		StatusMessage:    cut(s.message(j.ID, j.Completed == nil, j.StatusMessage), omics.MaxReferenceStatusMessage),
	}, nil
}

func importSource(r meta.ReferenceJobSource) omics.ImportReferenceSourceItem {
	item := omics.ImportReferenceSourceItem{
		Description:   value(r.Description),
		Name:          r.Name,
		SourceFile:    r.From.URI,
		Status:        r.Status,
		StatusMessage: cut(r.StatusMessage, omics.MaxReferenceStatusMessage),
		Tags:          r.Tags,
	}
	if r.Status == omics.ReferenceItemFinished {
		item.ReferenceID = r.ReferenceID
	}
	return item
}

// ListReferenceImportJobs lists the jobs of a reference store, newest first.
func (s *Service) ListReferenceImportJobs(ctx context.Context,
	in *omics.ListReferenceImportJobsIn) (*omics.ListReferenceImportJobsOut, error) {
	account := omics.CallerFrom(ctx).Account
	if _, err := s.db.ReferenceStore(ctx, account, in.ReferenceStoreID); err != nil {
		return nil, refuseReferenceStore(err, "list reference import jobs", in.ReferenceStoreID)
	}
	filter := value(in.Filter)
	l, err := s.newListing("ListReferenceImportJobs", account, []any{in.ReferenceStoreID, filter}, in.MaxResults,
		in.NextToken)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.ReferenceJobs(ctx, in.ReferenceStoreID, value(filter.Status),
		created(filter.CreatedAfter, filter.CreatedBefore), l.page())
	if err != nil {
		return nil, refuse(err, "list reference import jobs", nil)
	}
	rows, next := cutPage(l, rows, func(j meta.ReferenceJob) int64 { return j.Seq })
	return &omics.ListReferenceImportJobsOut{NextToken: next,
		ImportJobs: shown(rows, func(j meta.ReferenceJob) omics.ImportReferenceJobItem {
			return omics.ImportReferenceJobItem{
				CompletionTime:   optionalStorageTime(j.Completed),
				CreationTime:     omics.StorageTime{Time: j.Created},
				ID:               j.ID,
				ReferenceStoreID: j.StoreID,
				RoleArn:          j.RoleARN,
				Status:           j.Status,
			}
		})}, nil
}

func optionalStorageTime(t *time.Time) *omics.StorageTime {
	if t == nil {
		return nil
	}
	return &omics.StorageTime{Time: *t}
}
