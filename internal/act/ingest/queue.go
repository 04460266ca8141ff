package ingest

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/state/meta"
)

// addImports adds what reads files and commits them. A worker takes the file whose turn it is, whatever its job of the queue was made for.
func (s *Service) addImports(workers *river.Workers, imports, references *turns) {
	failImport := func(jobID string) func(context.Context, string) error {
		return func(ctx context.Context, reason string) error {
			_, err := s.DB.FinishImportWithoutRows(ctx, jobID, "Nothing was imported: "+reason+".", nil)
			return err
		}
	}
	failReference := func(jobID string) func(context.Context, string) error {
		return func(ctx context.Context, reason string) error {
			_, err := s.DB.FailReferenceJob(ctx, jobID, "The reference could not be stored: "+reason+".")
			return err
		}
	}
	turn := func(t *turns, job task, read, release func(context.Context, string, int) error, fail func(string) func(context.Context, string) error) func(context.Context) error {
		return func(ctx context.Context) error {
			return t.do(ctx, job.queued, func(ctx context.Context, jobID string, part int) error {
				job.subject, job.fail = jobID, fail(jobID)
				job.release = func(ctx context.Context) error { return release(ctx, jobID, part) }
				return s.judged(ctx, job, func(ctx context.Context) error { return read(ctx, jobID, part) })
			})
		}
	}
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.ImportItemArgs]) error {
		t := task{queued: job.ID, kind: job.Kind}
		return s.judged(ctx, t, turn(imports, t, s.importItem, s.DB.ReleaseItem, failImport))
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.ReferenceImportArgs]) error {
		t := task{queued: job.ID, kind: job.Kind}
		return s.judged(ctx, t, turn(references, t, s.importReference, s.DB.ReleaseReferenceSource, failReference))
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.FinishImportArgs]) error {
		return s.judged(ctx, task{queued: job.ID, kind: job.Kind, subject: job.Args.JobID, fail: failImport(job.Args.JobID)}, func(ctx context.Context) error {
			return s.finishImport(ctx, job.Args.JobID)
		})
	}))
}

// addControl adds what makes and removes tables, stores and shares. What is deleted does not fail: it goes once it can.
func (s *Service) addControl(workers *river.Workers) {
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.CreateTableArgs]) error {
		id := job.Args.TableID
		return s.judged(ctx, task{queued: job.ID, kind: job.Kind, subject: id, fail: func(ctx context.Context, reason string) error {
			return s.failTable(ctx, id, reason)
		}}, func(ctx context.Context) error { return s.createTable(ctx, id) })
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.DeleteTableArgs]) error {
		return s.judged(ctx, task{queued: job.ID, kind: job.Kind, subject: job.Args.TableID}, func(ctx context.Context) error { return s.deleteTable(ctx, job.Args.TableID) })
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.DeleteStoreArgs]) error {
		return s.judged(ctx, task{queued: job.ID, kind: job.Kind, subject: job.Args.StoreID}, func(ctx context.Context) error { return s.deleteStore(ctx, job.Args.StoreID) })
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.ActivateShareArgs]) error {
		return s.judged(ctx, task{queued: job.ID, kind: job.Kind, subject: job.Args.ShareID}, func(ctx context.Context) error {
			return s.DB.ActivateShare(ctx, job.Args.ShareID)
		})
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.DeleteShareArgs]) error {
		return s.judged(ctx, task{queued: job.ID, kind: job.Kind, subject: job.Args.ShareID}, func(ctx context.Context) error { return s.DB.EndShare(ctx, job.Args.ShareID) })
	}))
}
