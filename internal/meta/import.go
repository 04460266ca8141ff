package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/omics"
)

// ImportJob is one row of import_jobs.
type ImportJob struct {
	Seq              int64 // place in lists
	ID               string
	Account          string
	StoreID          string
	StoreName        string
	Location         string // folder of the store's table
	RoleARN          string
	Normalize        bool
	AnnotationFields map[string]string // nil when the request had none
	Status           omics.JobStatus
	StatusMessage    string
	Created          time.Time
	Updated          time.Time
	Completed        *time.Time // nil until the job is final
}

// ImportItem is one row of import_items.
type ImportItem struct {
	Item          int // 0-based place in the request
	Source        string
	Status        omics.JobStatus
	StatusMessage string
	Attempt       int // claims so far; 0 when never claimed
	ItemCounts
}

// ItemCounts is what one attempt at an item read and wrote.
type ItemCounts struct {
	Records    int64           // VCF records read
	Rows       int64           // table rows written
	Normalized int64           // records whose alleles moved or were trimmed
	Bytes      int64           // size of Files
	Files      json.RawMessage // a JSON array, as internal/lake describes its files; nil is written as []
}

// NewImportJob is what StartImportJob needs.
type NewImportJob struct {
	Account          string
	StoreName        string
	RoleARN          string
	Normalize        bool
	AnnotationFields map[string]string
	Sources          []string // at least one
	Max              int      // unfinished jobs an account may have
}

const jobColumns = `seq, id, account, store, store_name, location, role_arn, normalize, annotation_fields, status, status_message,
	created, updated, completed`

func scanJob(row scanner) (j ImportJob, err error) {
	var created, updated int64
	var completed *int64
	var fields *string
	err = row.Scan(&j.Seq, &j.ID, &j.Account, &j.StoreID, &j.StoreName, &j.Location, &j.RoleARN, &j.Normalize, &fields, &j.Status,
		&j.StatusMessage, &created, &updated, &completed)
	if err != nil {
		return j, err
	}
	j.Created, j.Updated, j.Completed = fromMicros(created), fromMicros(updated), optionalTime(completed)
	j.AnnotationFields, err = decodeMap(fields)
	return j, err
}

func optionalTime(us *int64) *time.Time {
	if us == nil {
		return nil
	}
	t := fromMicros(*us)
	return &t
}

const itemColumns = `item, source, status, status_message, attempt, records, rows, normalized, bytes, files`

func scanItem(row scanner) (i ImportItem, err error) {
	var files string
	err = row.Scan(&i.Item, &i.Source, &i.Status, &i.StatusMessage, &i.Attempt, &i.Records, &i.Rows, &i.Normalized, &i.Bytes, &files)
	i.Files = json.RawMessage(files)
	return i, err
}

// StartImportJob writes a job and its items, all SUBMITTED, and one queue job per item.
// Guards: the account has a store of that name (else ErrNotFound), it is ACTIVE (ErrNotActive), and the account
// has fewer than Max unfinished jobs (ErrQuota).
func (db *DB) StartImportJob(ctx context.Context, n NewImportJob) (j ImportJob, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		store, err := one(tx.QueryRowContext(ctx, `SELECT `+storeColumns+` FROM variant_stores WHERE account = ? AND name = ?`, n.Account, n.StoreName), scanStore)
		if err != nil {
			return err
		}
		if store.Status != omics.StoreActive {
			return ErrNotActive
		}
		var running int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM import_jobs WHERE account = ? AND status IN ('SUBMITTED', 'IN_PROGRESS')`,
			n.Account).Scan(&running); err != nil {
			return fmt.Errorf("count running jobs: %w", err)
		}
		if running >= n.Max {
			return ErrQuota
		}
		now := db.now()
		j, err = scanJob(tx.QueryRowContext(ctx, `INSERT INTO import_jobs
			(id, account, store, store_name, location, role_arn, normalize, annotation_fields, status, created, updated)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'SUBMITTED', ?, ?) RETURNING `+jobColumns,
			NewJobID(), n.Account, store.ID, store.Name, store.Location, n.RoleARN, n.Normalize, encodeMap(n.AnnotationFields), now, now))
		if err != nil {
			return fmt.Errorf("insert job: %w", err)
		}
		insert, err := tx.PrepareContext(ctx, `INSERT INTO import_items (job, item, source, status) VALUES (?, ?, ?, 'SUBMITTED')`)
		if err != nil {
			return fmt.Errorf("insert items: %w", err)
		}
		defer insert.Close()
		args := make([]river.JobArgs, len(n.Sources))
		for i, source := range n.Sources {
			if _, err := insert.ExecContext(ctx, j.ID, i, source); err != nil {
				return fmt.Errorf("insert item: %w", err)
			}
			args[i] = ImportItemArgs{JobID: j.ID, Item: i}
		}
		return db.enqueue(ctx, tx, args...)
	})
	return j, err
}

// ImportJob returns an account's job and its items in request order, as of one moment. ErrNotFound when the
// account has no such job.
func (db *DB) ImportJob(ctx context.Context, account, jobID string) (j ImportJob, items []ImportItem, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		if j, err = one(tx.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM import_jobs WHERE id = ? AND account = ?`, jobID, account), scanJob); err != nil {
			return err
		}
		items, err = importItems(ctx, tx, jobID)
		return err
	})
	return j, items, err
}

func importItems(ctx context.Context, q querier, jobID string) ([]ImportItem, error) {
	return collect(ctx, q, scanItem, `SELECT `+itemColumns+` FROM import_items WHERE job = ? ORDER BY item`, jobID)
}

// ImportJobFilter narrows ImportJobs. Zero values do not narrow.
type ImportJobFilter struct {
	IDs       []string
	Status    omics.JobStatus
	StoreName string
}

// ImportJobs lists an account's jobs, newest first.
func (db *DB) ImportJobs(ctx context.Context, account string, f ImportJobFilter, p Page) ([]ImportJob, error) {
	q := newList(p).and("account = ?", account)
	if len(f.IDs) > 0 {
		q.in("id", f.IDs)
	}
	if f.Status != "" {
		q.and("status = ?", string(f.Status))
	}
	if f.StoreName != "" {
		q.and("store_name = ?", f.StoreName)
	}
	return listRows(ctx, db.reader, q, "import_jobs", jobColumns, scanJob)
}

// CancelImportJob moves a job to CANCELLED, with its items save the FAILED ones. Running attempts learn of it
// from SetItemProgress or ItemAlive. Guards: the account has such a job (else ErrNotFound), and it is
// SUBMITTED or IN_PROGRESS (else ErrFinal).
func (db *DB) CancelImportJob(ctx context.Context, account, jobID string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var known bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM import_jobs WHERE id = ? AND account = ?)`, jobID, account).Scan(&known); err != nil {
			return fmt.Errorf("find job: %w", err)
		}
		if !known {
			return ErrNotFound
		}
		ok, err := db.cancelImport(ctx, tx, jobID, "")
		if err != nil {
			return err
		}
		if !ok {
			return ErrFinal
		}
		return nil
	})
}

// cancelImport also takes the queue jobs that no worker has begun out of the queue, so that a cancelled job of
// a thousand files does not hold up the next one.
func (db *DB) cancelImport(ctx context.Context, tx *sql.Tx, jobID, message string) (bool, error) {
	now := db.now()
	ok, err := happened(ctx, tx, `UPDATE import_jobs SET status = 'CANCELLED', status_message = ?, updated = ?, completed = ?
		WHERE id = ? AND status IN ('SUBMITTED', 'IN_PROGRESS')`, message, now, now, jobID)
	if err != nil || !ok {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE import_items SET status = 'CANCELLED', status_message = ''
		WHERE job = ? AND status IN ('SUBMITTED', 'IN_PROGRESS', 'COMPLETED')`, jobID); err != nil {
		return false, fmt.Errorf("cancel items: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'scheduled')
		AND kind IN (?, ?) AND args ->> 'job_id' = ?`, ImportItemArgs{}.Kind(), FinishImportArgs{}.Kind(), jobID); err != nil {
		return false, fmt.Errorf("unqueue items: %w", err)
	}
	return true, nil
}
