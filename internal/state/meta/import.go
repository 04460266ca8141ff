package meta

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/wire/omics"
)

// ImportJob is one row of import_jobs.
type ImportJob struct {
	Seq              int64 // place in lists
	ID               string
	Account          string
	Kind             Kind
	StoreID          string
	StoreName        string
	TableID          string // the destination
	VersionName      string // of an annotation job
	Namespace, Table string // in the catalog
	Location         string // folder of the table
	RoleARN          string
	Normalize        bool
	AnnotationFields map[string]string // nil when the request had none
	Format           omics.StoreFormat
	FormatOptions    *omics.FormatOptions // nil when the request had none
	Status           omics.JobStatus
	StatusMessage    string
	Created          time.Time
	Updated          time.Time
	Completed        *time.Time // nil until the job is final
}

// ImportItem is one row of import_items.
type ImportItem struct {
	Item          int // 0-based place in the request
	Source        Source
	Status        omics.JobStatus
	StatusMessage string
	Attempt       int // claims so far; 0 when never claimed
	Crashes       int // attempts that took their process down
	ItemCounts
}

// ItemCounts is what one attempt at an item read and wrote.
type ItemCounts struct {
	Records    int64           // VCF records read
	Rows       int64           // table rows written
	Normalized int64           // records whose alleles moved or were trimmed
	Bytes      int64           // size of Files
	Files      json.RawMessage // a JSON array, as internal/table/lake describes its files; nil is written as []
}

// NewImportJob is what StartImportJob needs.
type NewImportJob struct {
	ID               string // from NewJobID
	Account          string
	Kind             Kind
	StoreName        string
	VersionName      string // of an annotation job; empty: the version named as the store
	RoleARN          string
	Normalize        bool
	AnnotationFields map[string]string
	FormatOptions    *omics.FormatOptions
	Sources          []Source // at least one
	TableID          string   // of the destination that the request was held to; empty: whichever has the names
	Max              int      // unfinished jobs an account may have
}

const jobColumns = `seq, id, account, kind, store, store_name, table_id, version_name, namespace, table_name, location, role_arn, normalize,
	annotation_fields, format, format_options, status, status_message, created, updated, completed`

func scanJob(row scanner) (j ImportJob, err error) {
	var created, updated int64
	var completed *int64
	var fields, options *string
	err = row.Scan(&j.Seq, &j.ID, &j.Account, &j.Kind, &j.StoreID, &j.StoreName, &j.TableID, &j.VersionName, &j.Namespace,
		&j.Table, &j.Location,
		&j.RoleARN, &j.Normalize, &fields, &j.Format, &options, &j.Status, &j.StatusMessage, &created, &updated, &completed)
	if err != nil {
		return j, err
	}
	j.Created, j.Updated, j.Completed = fromMicros(created), fromMicros(updated), optionalTime(completed)
	if j.AnnotationFields, err = decodeMap(fields); err != nil {
		return j, err
	}
	j.FormatOptions, err = decodeJSON[omics.FormatOptions](options)
	return j, err
}

func optionalTime(us *int64) *time.Time {
	if us == nil {
		return nil
	}
	t := fromMicros(*us)
	return &t
}

const itemColumns = `item, source, path, pin, status, status_message, attempt, crashes, records, rows, normalized, bytes, files`

func scanItem(row scanner) (i ImportItem, err error) {
	var files string
	err = row.Scan(&i.Item, &i.Source.URI, &i.Source.Path, &i.Source.Pin, &i.Status, &i.StatusMessage,
		&i.Attempt, &i.Crashes,
		&i.Records, &i.Rows, &i.Normalized, &i.Bytes, &files)
	i.Files = json.RawMessage(files)
	return i, err
}

// Destination gives the table that a job may import into; ErrNotFound when the account has no store of that kind and
// name, ErrNoVersion when that has no such version (an empty one is the one named as the store, or a variant store's
// table), ErrNotActive when one of them is not ACTIVE.
func (db *DB) Destination(ctx context.Context, account string, kind Kind, storeName, version string) (t Table,
	err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		t, err = destination(ctx, tx, account, kind, storeName, version)
		return err
	})
	return t, err
}

func destination(ctx context.Context, q querier, account string, kind Kind, storeName, version string) (t Table,
	err error) {
	s, err := store(ctx, q, account, kind, storeName)
	if err != nil {
		return t, err
	}
	if kind == Annotations {
		version = cmp.Or(version, s.Name)
	}
	t, err = table(ctx, q, `t.store = ? AND t.version = ?`, s.ID, version)
	switch {
	case errors.Is(err, ErrNotFound) && kind == Annotations:
		return t, ErrNoVersion
	case errors.Is(err, ErrNotFound): // its removal is about to end
		return t, ErrNotActive
	case err != nil:
		return t, err
	case s.Status != omics.StoreActive || t.Status != omics.VersionActive:
		return t, ErrNotActive
	}
	return t, nil
}

// StartImportJob writes a job and its items, all SUBMITTED, and one queue job per item.
// Guards: the account has a store of that name (else ErrNotFound) and, for an annotation job, the version
// (ErrNoVersion), they are ACTIVE (ErrNotActive) and that of TableID (ErrNotActive), and the account has fewer than Max
// unfinished jobs (ErrQuota).
func (db *DB) StartImportJob(ctx context.Context, n NewImportJob) (j ImportJob, err error) {
	options, err := encodeJSON(n.FormatOptions)
	if err != nil {
		return j, err
	}
	err = db.write(ctx, func(tx *sql.Tx) error {
		to, err := destination(ctx, tx, n.Account, n.Kind, n.StoreName, n.VersionName)
		if err != nil {
			return err
		}
		if n.TableID != "" && n.TableID != to.ID {
			return ErrNotActive
		}
		var running int
		if err := tx.QueryRowContext(ctx,
			`SELECT count(*) FROM import_jobs WHERE account = ? AND status IN ('SUBMITTED', 'IN_PROGRESS')`,
			n.Account).Scan(&running); err != nil {
			return fmt.Errorf("count running jobs: %w", err)
		}
		if running >= n.Max {
			return ErrQuota
		}
		now := db.now()
		j, err = scanJob(tx.QueryRowContext(ctx, `INSERT INTO import_jobs
			(id, account, kind, store, store_name, table_id, version_name, namespace, table_name, location, role_arn, normalize, annotation_fields,
			format, format_options, status, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'SUBMITTED', ?, ?) RETURNING `+jobColumns,
			n.ID, n.Account, string(n.Kind), to.StoreID, to.StoreName, to.ID, to.Version, to.Namespace, to.Name, to.Location,
			n.RoleARN, n.Normalize, encodeMap(n.AnnotationFields), string(to.Format), options, now, now))
		if err != nil {
			return fmt.Errorf("insert job: %w", err)
		}
		return db.addItems(ctx, tx, j.ID, n.Sources)
	})
	return j, err
}

func (db *DB) addItems(ctx context.Context, tx *sql.Tx, jobID string, sources []Source) error {
	insert, err := tx.PrepareContext(ctx,
		`INSERT INTO import_items (job, item, source, path, pin, status) VALUES (?, ?, ?, ?, ?, 'SUBMITTED')`)
	if err != nil {
		return fmt.Errorf("insert items: %w", err)
	}
	defer insert.Close()
	args := make([]river.JobArgs, len(sources))
	for i, source := range sources {
		if _, err := insert.ExecContext(ctx, jobID, i, source.URI, source.Path, source.Pin); err != nil {
			return fmt.Errorf("insert item: %w", err)
		}
		args[i] = ImportItemArgs{JobID: jobID, Item: i}
	}
	return db.enqueue(ctx, tx, args...)
}

// ImportJob returns an account's job and its items in request order, as of one moment. ErrNotFound when the
// account has no such job of that kind.
func (db *DB) ImportJob(ctx context.Context, account string, kind Kind, jobID string) (j ImportJob, items []ImportItem,
	err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		if j, err = one(tx.QueryRowContext(ctx,
			`SELECT `+jobColumns+` FROM import_jobs WHERE id = ? AND account = ? AND kind = ?`, jobID, account, string(kind)),
			scanJob); err != nil {
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

// ImportJobs lists an account's jobs of a kind, newest first.
func (db *DB) ImportJobs(ctx context.Context, account string, kind Kind, f ImportJobFilter,
	p Page) ([]ImportJob, error) {
	q := newList(p).and("account = ?", account).and("kind = ?", string(kind))
	in(q, "id", f.IDs)
	if f.Status != "" {
		q.and("status = ?", string(f.Status))
	}
	if f.StoreName != "" {
		q.and("store_name = ?", f.StoreName)
	}
	return listRows(ctx, db.reader, q, "import_jobs", jobColumns, scanJob)
}

// CancelImportJob moves a job to CANCELLED, with its items save the FAILED ones. Running attempts learn of it
// from SetItemProgress or ItemAlive. Guards: the account has such a job of that kind (else ErrNotFound), and it is
// SUBMITTED or IN_PROGRESS (else ErrFinal).
func (db *DB) CancelImportJob(ctx context.Context, account string, kind Kind, jobID string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var known bool
		if err := tx.QueryRowContext(ctx,
			`SELECT EXISTS (SELECT 1 FROM import_jobs WHERE id = ? AND account = ? AND kind = ?)`, jobID, account,
			string(kind)).Scan(&known); err != nil {
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

// cancelImports cancels the unfinished jobs whose column (store or table_id) is id; without force it refuses with
// ErrInUse when there are any.
func (db *DB) cancelImports(ctx context.Context, tx *sql.Tx, column, id string, force bool, message string) error {
	jobs, err := collect(ctx, tx, scanString, `SELECT id FROM import_jobs WHERE `+column+
		` = ? AND status IN ('SUBMITTED', 'IN_PROGRESS')`, id)
	if err != nil {
		return fmt.Errorf("find running jobs: %w", err)
	}
	if len(jobs) > 0 && !force {
		return ErrInUse
	}
	for _, job := range jobs {
		if _, err := db.cancelImport(ctx, tx, job, message); err != nil {
			return err
		}
	}
	return nil
}

// cancelImport leaves the queue as it is: the jobs of its files are turns at whatever file is next, and one made for a
// file of another job may have gone to one of this; that of its end has nothing to do any more, and whoever works it
// learns that it waits for nothing.
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
	return true, nil
}
