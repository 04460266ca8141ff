package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/varlake/varlake/internal/wire/omics"
)

// PendingCommit is a job whose items are all final, and the table it goes into.
type PendingCommit struct {
	Job              ImportJob
	Items            []ImportItem // in request order, each COMPLETED or FAILED
	MetadataLocation string       // the table's current one
}

// PendingCommit returns a job that waits for its commit. Guards: the job is IN_PROGRESS and no item is open;
// nil when they do not hold, and there is nothing to do.
func (db *DB) PendingCommit(ctx context.Context, jobID string) (p *PendingCommit, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		job, err := one(tx.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM import_jobs WHERE id = ? AND status = 'IN_PROGRESS' AND NOT EXISTS
			(SELECT 1`+openItems+` AND job = import_jobs.id)`, jobID), scanJob)
		if errors.Is(err, ErrNotFound) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read job: %w", err)
		}
		c := &PendingCommit{Job: job}
		if c.Items, err = importItems(ctx, tx, jobID); err != nil {
			return fmt.Errorf("read items: %w", err)
		}
		if c.MetadataLocation, err = metadataLocation(ctx, tx, &job); err != nil {
			return fmt.Errorf("read table pointer: %w", err)
		}
		p = c
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

func metadataLocation(ctx context.Context, q querier, job *ImportJob) (string, error) {
	return one(q.QueryRowContext(ctx, `SELECT metadata_location FROM iceberg_tables
		WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?`, catalog, job.Namespace, job.Table), scanString)
}

// CommitResult says what CommitImport did.
type CommitResult int

const (
	// Committed: the table points at the new metadata and the job is final.
	Committed CommitResult = iota
	// PointerMoved: another commit was first. Nothing changed; build on the current metadata and try again.
	PointerMoved
	// NotRunning: the job is cancelled or already final. Nothing changed; remove the new metadata.
	NotRunning
)

func (r CommitResult) String() string {
	return [...]string{"committed", "pointer moved", "not running"}[r]
}

// errUndo rolls a transaction back whose outcome is not an error.
var errUndo = errors.New("undo")

// CommitImport makes a job's rows visible and the job final, both or neither: it swaps the table pointer from
// prev to next and moves the job to final (COMPLETED or COMPLETED_WITH_FAILURES).
// Guards: the job is IN_PROGRESS with no open item (else NotRunning); the pointer is prev (else PointerMoved).
func (db *DB) CommitImport(ctx context.Context, jobID, prev, next string, final omics.JobStatus,
	message string) (r CommitResult, err error) {
	if final != omics.JobCompleted && final != omics.JobCompletedWithFailures {
		return NotRunning, fmt.Errorf("commit import: a job with rows does not end %s", final)
	}
	err = db.write(ctx, func(tx *sql.Tx) error {
		now := db.now()
		job, err := one(tx.QueryRowContext(ctx, `UPDATE import_jobs SET status = ?2, status_message = ?3, updated = ?4, completed = ?4
			WHERE id = ?1 AND status = 'IN_PROGRESS' AND NOT EXISTS
			(SELECT 1`+openItems+` AND job = ?1) RETURNING `+jobColumns,
			jobID, string(final), message, now), scanJob)
		if errors.Is(err, ErrNotFound) {
			r = NotRunning
			return errUndo
		} else if err != nil {
			return fmt.Errorf("finish job: %w", err)
		}
		ok, err := happened(ctx, tx, `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = metadata_location
			WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?`,
			next, catalog, job.Namespace, job.Table, prev)
		if err != nil {
			return fmt.Errorf("swap table pointer: %w", err)
		}
		if !ok {
			r = PointerMoved
			return errUndo
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tables SET size_bytes = size_bytes +
			(SELECT coalesce(sum(bytes), 0) FROM import_items WHERE job = ? AND status = 'COMPLETED') WHERE id = ?`, jobID, job.TableID); err != nil {
			return fmt.Errorf("count bytes: %w", err)
		}
		r = Committed
		return nil
	})
	switch {
	case errors.Is(err, errUndo):
		return r, nil
	case err != nil:
		return NotRunning, fmt.Errorf("commit import: %w", err)
	}
	return r, nil
}

// FinishImportWithoutRows moves a job to FAILED; items that had not failed by themselves become FAILED with the
// message that items has under their place in the request, else the job's: nothing of them landed. Guard: the job is
// SUBMITTED or IN_PROGRESS.
func (db *DB) FinishImportWithoutRows(ctx context.Context, jobID, message string, items map[int]string) (ok bool,
	err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		now := db.now()
		ok, err = happened(ctx, tx, `UPDATE import_jobs SET status = 'FAILED', status_message = ?, updated = ?, completed = ?
			WHERE id = ? AND status IN ('SUBMITTED', 'IN_PROGRESS')`, message, now, now, jobID)
		if err != nil || !ok {
			return err
		}
		for item, reason := range items {
			if _, err := tx.ExecContext(ctx,
				`UPDATE import_items SET status = 'FAILED', status_message = ? WHERE job = ? AND item = ? AND status <> 'FAILED'`,
				reason, jobID, item); err != nil {
				return fmt.Errorf("fail item: %w", err)
			}
		}
		_, err = tx.ExecContext(ctx,
			`UPDATE import_items SET status = 'FAILED', status_message = ? WHERE job = ? AND status <> 'FAILED'`, message, jobID)
		return err
	})
	return ok && err == nil, err
}

// UncleanJob is a final job whose folder may still hold files that are not part of the table.
type UncleanJob struct {
	Job   ImportJob
	Items []ImportItem
}

// UncleanJobs lists up to limit final jobs not yet marked cleaned whose Seq is above after, oldest first, but for those
// of the tables except, by id. Of a CANCELLED or FAILED job nothing may stay; of a COMPLETED or COMPLETED_WITH_FAILURES
// job only the newest attempt of each COMPLETED item.
func (db *DB) UncleanJobs(ctx context.Context, except []string, after int64, limit int) (out []UncleanJob, err error) {
	others, err := json.Marshal(append([]string{}, except...)) // [] and not null, beside which nothing is
	if err != nil {
		return nil, fmt.Errorf("encode tables: %w", err)
	}
	err = db.read(ctx, func(tx *sql.Tx) error {
		jobs, err := collect(ctx, tx, scanJob, `SELECT `+jobColumns+` FROM import_jobs
			WHERE cleaned = 0 AND status NOT IN ('SUBMITTED', 'IN_PROGRESS') AND seq > ? AND table_id NOT IN (SELECT value FROM json_each(?))
			ORDER BY seq LIMIT ?`, after, string(others), limit)
		if err != nil {
			return fmt.Errorf("list unclean jobs: %w", err)
		}
		for _, j := range jobs {
			items, err := importItems(ctx, tx, j.ID)
			if err != nil {
				return fmt.Errorf("read items: %w", err)
			}
			out = append(out, UncleanJob{Job: j, Items: items})
		}
		return nil
	})
	return out, err
}

// MarkCleaned notes that a job's leftovers are gone. Guard: the job is final.
func (db *DB) MarkCleaned(ctx context.Context, jobID string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) (err error) {
		ok, err = happened(ctx, tx,
			`UPDATE import_jobs SET cleaned = 1 WHERE id = ? AND cleaned = 0 AND status NOT IN ('SUBMITTED', 'IN_PROGRESS')`,
			jobID)
		return err
	})
	return ok && err == nil, err
}

// Lost reports whether a table's pointer is known not to be next, after an attempt to swap that in ended with an error:
// it is written anew when it is tried again. Nobody else swaps it in.
func (db *DB) Lost(ctx context.Context, tableID, next string) bool {
	table, ok, err := db.Table(context.WithoutCancel(ctx), tableID)
	return err == nil && ok && table.MetadataLocation != next
}
