package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/state/crash"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/wire/omics"
)

// finishImport makes the rows of a job visible and the job final, or ends it FAILED when no item succeeded.
// Running it again at any time is harmless: a job that is final has nothing pending.
func (s *Service) finishImport(ctx context.Context, jobID string) error {
	for {
		pending, err := s.DB.PendingCommit(ctx, jobID)
		if err != nil {
			return fmt.Errorf("read pending commit: %w", err)
		}
		if pending == nil {
			return nil
		}
		result, err := s.finishPending(ctx, pending)
		if err != nil && s.tableMoved(ctx, pending) {
			continue // what is missing may be what the other commit replaced
		}
		if err != nil || result != meta.PointerMoved {
			return err
		}
		// Another job of the same store committed first: build on what it left.
	}
}

// tableMoved reports whether the table has other metadata than a commit was to be built on, or the commit is not due
// any more.
func (s *Service) tableMoved(ctx context.Context, before *meta.PendingCommit) bool {
	now, err := s.DB.PendingCommit(ctx, before.Job.ID)
	return err == nil && (now == nil || now.MetadataLocation != before.MetadataLocation)
}

func (s *Service) finishPending(ctx context.Context, pending *meta.PendingCommit) (meta.CommitResult, error) {
	defer s.Tables.Work(pending.Job.ID, pending.Job.TableID)()
	defer s.Tables.Commit(pending.Job.TableID)()
	files, completed, err := s.completedFiles(pending.Items)
	if err != nil {
		return meta.NotRunning, err
	}
	if len(files) == 0 {
		return meta.NotRunning, s.failWithoutRows(ctx, pending)
	}
	// the pointer is not the newest, and the job's rows may be in the table already
	if err := s.refuseOlder(pending.Job.TableID); err != nil {
		return meta.NotRunning, err
	}
	return s.commit(ctx, pending, files, completed, ingest.JobSummary(pending.Items, completed))
}

// failWithoutRows ends a job that has no row. Files without a record are right beside others, as the shards of a cohort
// are, but not alone.
func (s *Service) failWithoutRows(ctx context.Context, pending *meta.PendingCommit) error {
	reasons := map[int]string{}
	for i := range pending.Items {
		if item := &pending.Items[i]; item.Status == omics.JobCompleted {
			item.Status, item.StatusMessage = omics.JobFailed, ingest.FailureMessage(ingest.ErrNoRows, item.Source.Name())
			reasons[item.Item] = item.StatusMessage
		}
	}
	_, err := s.DB.FinishImportWithoutRows(ctx, pending.Job.ID, ingest.JobSummary(pending.Items, 0), reasons)
	return err
}

func (s *Service) commit(ctx context.Context, pending *meta.PendingCommit, files []column.DataFile, completed int,
	message string) (meta.CommitResult, error) {
	job := &pending.Job
	crash.Point(crash.FinishBeforeCommit)
	if err := s.Files.OwnMetadata(job.Location, pending.MetadataLocation); err != nil {
		return meta.NotRunning, fmt.Errorf("write snapshot: %w", err)
	}
	next, already, err := lake.Append(ctx, s.Files, pending.MetadataLocation, job.ID, files)
	if err != nil {
		return meta.NotRunning, fmt.Errorf("write snapshot: %w", err)
	}
	if already {
		next = pending.MetadataLocation
	}
	crash.Point(crash.FinishAfterMetadata)
	status := omics.JobCompleted
	if completed < len(pending.Items) {
		status = omics.JobCompletedWithFailures
	}
	result, err := s.DB.CommitImport(ctx, job.ID, pending.MetadataLocation, next, status, message)
	if err != nil {
		err = fmt.Errorf("commit: %w", err)
		if !already && s.DB.Lost(ctx, job.TableID, next) {
			err = errors.Join(err, lake.Discard(ctx, s.Files, next, pending.MetadataLocation))
		}
		return result, err
	}
	crash.Point(crash.FinishAfterCommit)
	s.Tables.Change()
	if result != meta.Committed && !already {
		if err := lake.Discard(ctx, s.Files, next, pending.MetadataLocation); err != nil {
			s.Log.Warn("metadata of a lost commit was not removed", "job", job.ID, "error", err)
		}
	}
	s.Log.Info("import job finished", "job", job.ID, "status", status, "files", len(files), "result", result.String())
	return result, nil
}

func (s *Service) completedFiles(items []meta.ImportItem) (files []column.DataFile, completed int, err error) {
	for _, item := range items {
		if item.Status != omics.JobCompleted {
			continue
		}
		completed++
		var written []column.DataFile
		if err := json.Unmarshal(item.Files, &written); err != nil {
			return nil, 0, fmt.Errorf("read files of item %d: %w", item.Item, err)
		}
		if written, err = lake.FindFiles(s.Files, written); err != nil {
			return nil, 0, fmt.Errorf("find files of item %d: %w", item.Item, err)
		}
		files = append(files, written...)
	}
	return files, completed, nil
}
