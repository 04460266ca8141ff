package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/varlake/varlake/internal/wire/omics"
)

// openItems are the items that are not final, FROM and the beginning of WHERE. They have an index of their own, which
// SQLite does not choose by itself: it would step over all the items of a job.
const openItems = ` FROM import_items INDEXED BY import_items_open WHERE status IN ('SUBMITTED', 'IN_PROGRESS')`

// Claim is one attempt at one item, with all that the importer needs to know of it.
type Claim struct {
	Job    ImportJob
	Table  Table            // the destination
	Item   ImportItem       // Item.Attempt is this attempt's number, 1 at first
	Source *ReferenceSource // the reference's files; nil when the store has none
}

// ReferenceSource names a reference; its files are in a folder of its own.
type ReferenceSource struct{ StoreID, ID string }

// ClaimItem begins an attempt at an item. Guards: the job is SUBMITTED or IN_PROGRESS and the item is not
// final; nil when they do not hold, and there is nothing to do. The job's first claim moves it to IN_PROGRESS.
// Claiming an item that is IN_PROGRESS supersedes the attempt before, whose calls report false from then on.
func (db *DB) ClaimItem(ctx context.Context, jobID string, item int) (c *Claim, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		i, err := one(tx.QueryRowContext(ctx, `UPDATE import_items SET status = 'IN_PROGRESS', status_message = ?3, attempt = attempt + 1, running = 1
			WHERE job = ?1 AND item = ?2 AND status IN ('SUBMITTED', 'IN_PROGRESS')
			AND EXISTS (SELECT 1 FROM import_jobs WHERE id = ?1 AND status IN ('SUBMITTED', 'IN_PROGRESS'))
			RETURNING `+itemColumns, jobID, item, omics.ProgressOpening), scanItem)
		if errors.Is(err, ErrNotFound) {
			return nil
		} else if err != nil {
			return fmt.Errorf("claim item: %w", err)
		}
		if _, err := tx.ExecContext(ctx,
			`UPDATE import_jobs SET status = 'IN_PROGRESS', updated = ? WHERE id = ? AND status = 'SUBMITTED'`,
			db.now(), jobID); err != nil {
			return fmt.Errorf("begin job: %w", err)
		}
		claim := &Claim{Item: i}
		if claim.Job, err = one(tx.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM import_jobs WHERE id = ?`, jobID),
			scanJob); err != nil {
			return fmt.Errorf("read job: %w", err)
		}
		if claim.Table, err = table(ctx, tx, `t.id = ?`, claim.Job.TableID); err != nil {
			return fmt.Errorf("read table: %w", err)
		}
		source, err := one(tx.QueryRowContext(ctx,
			`SELECT store, id FROM refs WHERE id = (SELECT reference FROM stores WHERE id = ?)`,
			claim.Job.StoreID), func(row scanner) (r ReferenceSource, err error) {
			err = row.Scan(&r.StoreID, &r.ID)
			return r, err
		})
		switch {
		case err == nil:
			claim.Source = &source
		case !errors.Is(err, ErrNotFound):
			return fmt.Errorf("read reference: %w", err)
		}
		c = claim
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// itemRunning is the guard of everything an attempt does: it is the newest, and neither it nor its job is final.
const itemRunning = ` job = ?1 AND item = ?2 AND attempt = ?3 AND status = 'IN_PROGRESS'
	AND EXISTS (SELECT 1 FROM import_jobs WHERE id = ?1 AND status = 'IN_PROGRESS')`

// SetItemProgress writes an attempt's statusMessage. Guard: the attempt is running. false tells the attempt to
// stop: the job was cancelled or another attempt took over.
func (db *DB) SetItemProgress(ctx context.Context, jobID string, item, attempt int, message string) (alive bool,
	err error) {
	err = db.write(ctx, func(tx *sql.Tx) (err error) {
		alive, err = happened(ctx, tx, `UPDATE import_items SET status_message = ?4 WHERE`+itemRunning, jobID, item,
			attempt, message)
		return err
	})
	return alive && err == nil, err
}

// ItemAlive is SetItemProgress without the write.
func (db *DB) ItemAlive(ctx context.Context, jobID string, item, attempt int) (alive bool, err error) {
	err = db.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM import_items WHERE`+itemRunning+`)`, jobID, item,
		attempt).Scan(&alive)
	return alive, err
}

// ItemResult is how an attempt ended.
type ItemResult struct {
	Status  omics.JobStatus // COMPLETED or FAILED
	Message string
	Header  []byte // of a VCF file, as it stands through the #CHROM line; nil: none is kept
	ItemCounts
}

// FinishItem ends an attempt. Guard: the attempt is running; false when it is not, and its files are for the
// caller to remove. The last item of a job to end enqueues FinishImportArgs in the same transaction.
func (db *DB) FinishItem(ctx context.Context, jobID string, item, attempt int, r ItemResult) (ok bool, err error) {
	if r.Status != omics.JobCompleted && r.Status != omics.JobFailed {
		return false, fmt.Errorf("finish item: %q is no final status of an item", r.Status)
	}
	if r.Files == nil {
		r.Files = json.RawMessage("[]")
	}
	var header packedHeader
	if r.Header != nil {
		header = packHeader(r.Header)
	}
	err = db.write(ctx, func(tx *sql.Tx) error {
		ok, err = happened(ctx, tx, `UPDATE import_items SET status = ?4, status_message = ?5, records = ?6, rows = ?7, normalized = ?8, bytes = ?9, files = ?10
			WHERE`+itemRunning, jobID, item, attempt, string(r.Status), r.Message, r.Records, r.Rows, r.Normalized, r.Bytes, string(r.Files))
		if err != nil || !ok {
			return err
		}
		if r.Header != nil {
			if err := header.keep(ctx, tx, jobID, item); err != nil {
				return err
			}
		}
		var open bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1`+openItems+` AND job = ?)`,
			jobID).Scan(&open); err != nil {
			return fmt.Errorf("count open items: %w", err)
		}
		if open {
			return nil
		}
		return db.enqueue(ctx, tx, FinishImportArgs{JobID: jobID})
	})
	return ok && err == nil, err
}

// UnfinishedJobs lists the ids of all accounts' import jobs that are not final, oldest first.
func (db *DB) UnfinishedJobs(ctx context.Context) ([]string, error) {
	return collect(ctx, db.reader, scanString,
		`SELECT id FROM import_jobs WHERE status IN ('SUBMITTED', 'IN_PROGRESS') ORDER BY seq`)
}

// UnfinishedSources lists the URIs that items and references not yet final still have to read.
func (db *DB) UnfinishedSources(ctx context.Context) ([]string, error) {
	return collect(ctx, db.reader, scanString, `SELECT i.source FROM (SELECT job, source`+openItems+`) i JOIN import_jobs j ON j.id = i.job
			WHERE j.status IN ('SUBMITTED', 'IN_PROGRESS')
		UNION SELECT s.uri FROM reference_sources s JOIN reference_jobs j ON j.id = s.job
			WHERE j.status IN ('SUBMITTED', 'IN_PROGRESS') AND s.status IN ('NOT_STARTED', 'IN_PROGRESS')`)
}
