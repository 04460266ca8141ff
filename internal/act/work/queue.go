package work

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/state/meta"
)

// addImports adds what reads files and commits them. A worker takes the file whose turn it is, whatever its job of the
// queue was made for.
func (s *Service) addImports(workers *river.Workers, imports, references *turns) {
	type onPart func(ctx context.Context, jobID string, part int) error
	type onFailure func(ctx context.Context, jobID, reason string) error
	turn := func(t *turns, job task, read, release onPart, fail onFailure) func(context.Context) error {
		return func(ctx context.Context) error {
			return t.do(ctx, job.queued, func(ctx context.Context, jobID string, part int) error {
				job.subject = jobID
				job.fail = func(ctx context.Context, reason string) error { return fail(ctx, jobID, reason) }
				job.release = func(ctx context.Context) error { return release(ctx, jobID, part) }
				return s.judged(ctx, job, func(ctx context.Context) error { return read(ctx, jobID, part) })
			})
		}
	}
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.ImportItemArgs]) error {
		t := task{queued: job.ID, kind: job.Kind}
		return s.judged(ctx, t, turn(imports, t, s.importItem, s.DB.ReleaseItem, s.failImport))
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[meta.ReferenceImportArgs]) error {
		t := task{queued: job.ID, kind: job.Kind}
		return s.judged(ctx, t, turn(references, t, s.importReference, s.DB.ReleaseReferenceSource, s.failReference))
	}))
	addWork(s, workers, func(a meta.FinishImportArgs) string { return a.JobID }, s.finishImport, s.failImport)
}

func (s *Service) failImport(ctx context.Context, jobID, reason string) error {
	_, err := s.DB.FinishImportWithoutRows(ctx, jobID, "Nothing was imported: "+reason+".", nil)
	return err
}

func (s *Service) failReference(ctx context.Context, jobID, reason string) error {
	_, err := s.DB.FailReferenceJob(ctx, jobID, "The reference could not be stored: "+reason+".")
	return err
}

// addControl adds what makes and removes tables, stores and shares. What is deleted does not fail: it goes once it can.
func (s *Service) addControl(workers *river.Workers) {
	addWork(s, workers, func(a meta.CreateTableArgs) string { return a.TableID }, s.createTable, s.failTable)
	addWork(s, workers, func(a meta.DeleteTableArgs) string { return a.TableID }, s.deleteTable, nil)
	addWork(s, workers, func(a meta.DeleteStoreArgs) string { return a.StoreID }, s.deleteStore, nil)
	addWork(s, workers, func(a meta.ActivateShareArgs) string { return a.ShareID }, s.DB.ActivateShare, nil)
	addWork(s, workers, func(a meta.DeleteShareArgs) string { return a.ShareID }, s.DB.EndShare, nil)
}

// addWork adds a kind of work on one subject, of which the arguments have the id. fail, unless nil, ends it for a
// reason.
func addWork[A river.JobArgs](s *Service, workers *river.Workers, subject func(A) string,
	do func(ctx context.Context, id string) error, fail func(ctx context.Context, id, reason string) error,
) {
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[A]) error {
		t := task{queued: job.ID, kind: job.Kind, subject: subject(job.Args)}
		if fail != nil {
			t.fail = func(ctx context.Context, reason string) error { return fail(ctx, t.subject, reason) }
		}
		return s.judged(ctx, t, func(ctx context.Context) error { return do(ctx, t.subject) })
	}))
}
