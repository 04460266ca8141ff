package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/wire/omics"
)

// ReferenceJob is one row of reference_jobs.
type ReferenceJob struct {
	Seq           int64 // place in lists
	ID            string
	Account       string // of its store
	StoreID       string
	RoleARN       string
	Status        omics.ReferenceImportJobStatus
	StatusMessage string
	Created       time.Time
	Completed     *time.Time // nil until the job is final
}

// ReferenceJobSource is one row of reference_sources.
type ReferenceJobSource struct {
	Source        int // 0-based place in the request
	From          Source
	Name          string
	Description   *string
	Tags          map[string]string
	ReferenceID   string // reserved from the start; a reference of that id exists once Status is FINISHED
	Status        omics.ReferenceImportJobItemStatus
	StatusMessage string
	Attempt       int // claims so far
	Crashes       int // attempts that took their process down
}

const referenceJobColumns = `seq, id, (SELECT account FROM reference_stores WHERE id = reference_jobs.store), store, role_arn, status, status_message, created, completed`

func scanReferenceJob(row scanner) (j ReferenceJob, err error) {
	var created int64
	var completed *int64
	err = row.Scan(&j.Seq, &j.ID, &j.Account, &j.StoreID, &j.RoleARN, &j.Status, &j.StatusMessage, &created, &completed)
	j.Created, j.Completed = fromMicros(created), optionalTime(completed)
	return j, err
}

const referenceSourceColumns = `source, uri, path, pin, name, description, tags, reference, status, status_message, attempt, crashes`

func scanReferenceSource(row scanner) (s ReferenceJobSource, err error) {
	var tags string
	err = row.Scan(&s.Source, &s.From.URI, &s.From.Path, &s.From.Pin, &s.Name, &s.Description, &tags, &s.ReferenceID,
		&s.Status, &s.StatusMessage,
		&s.Attempt, &s.Crashes)
	if err != nil {
		return s, err
	}
	s.Tags, err = decodeMap(&tags)
	return s, err
}

// NewReferenceJob is what StartReferenceImportJob needs. Of Sources it reads From, Name, Description, Tags and
// ReferenceID, which is from NewNumericID too.
type NewReferenceJob struct {
	ID      string // from NewNumericID
	Account string
	StoreID string
	RoleARN string
	Sources []ReferenceJobSource // at least one
	Max     int                  // references a store may have, those being imported included
	Token   *ClientToken
}

// StartReferenceImportJob writes a job SUBMITTED, its sources NOT_STARTED, and one queue job per source.
// Guards: the account has the store (else ErrNotFound), the references it has and awaits stay within Max (else
// ErrQuota), and no other job or reference has one of the ids (ErrIDTaken). Token as in CreateReferenceStore.
func (db *DB) StartReferenceImportJob(ctx context.Context, n NewReferenceJob) (j ReferenceJob, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		made, err := tokenResource(ctx, tx, n.Account, "StartReferenceImportJob", n.Token)
		if err != nil {
			return err
		}
		if made != "" {
			j, err = one(tx.QueryRowContext(ctx, `SELECT `+referenceJobColumns+` FROM reference_jobs WHERE id = ?`, made),
				scanReferenceJob)
			return err
		}
		var known bool
		var count int
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM reference_stores WHERE id = ?1 AND account = ?2),
			(SELECT count(*) FROM refs WHERE store = ?1) + (SELECT count(*) FROM reference_sources s JOIN reference_jobs j ON j.id = s.job
			WHERE j.store = ?1 AND s.status IN ('NOT_STARTED', 'IN_PROGRESS'))`, n.StoreID, n.Account).Scan(&known, &count); err != nil {
			return fmt.Errorf("check reference store: %w", err)
		}
		if !known {
			return ErrNotFound
		}
		if count+len(n.Sources) > n.Max {
			return ErrQuota
		}
		if err := checkFreeJobIDs(ctx, tx, &n); err != nil {
			return err
		}
		j, err = scanReferenceJob(tx.QueryRowContext(ctx, `INSERT INTO reference_jobs (id, store, role_arn, status, created)
			VALUES (?, ?, ?, 'SUBMITTED', ?) RETURNING `+referenceJobColumns, n.ID, n.StoreID, n.RoleARN, db.nowMillis()))
		if err != nil {
			return fmt.Errorf("insert reference job: %w", err)
		}
		if err := db.addSources(ctx, tx, n.ID, n.Sources); err != nil {
			return err
		}
		return db.keepToken(ctx, tx, n.Account, "StartReferenceImportJob", n.Token, n.ID)
	})
	return j, err
}

// checkFreeJobIDs refuses the id of another job, and those that another reference has or is to have.
func checkFreeJobIDs(ctx context.Context, tx *sql.Tx, n *NewReferenceJob) error {
	var taken bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM reference_jobs WHERE id = ?)`,
		n.ID).Scan(&taken); err != nil {
		return fmt.Errorf("check id: %w", err)
	}
	drawn := map[string]bool{}
	for i := 0; i < len(n.Sources) && !taken; i++ {
		id := n.Sources[i].ReferenceID
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM refs WHERE id = ?1)
			OR EXISTS (SELECT 1 FROM reference_sources WHERE reference = ?1)`, id).Scan(&taken); err != nil {
			return fmt.Errorf("check id: %w", err)
		}
		taken = taken || drawn[id]
		drawn[id] = true
	}
	if taken {
		return ErrIDTaken
	}
	return nil
}

func (db *DB) addSources(ctx context.Context, tx *sql.Tx, jobID string, sources []ReferenceJobSource) error {
	args := make([]river.JobArgs, len(sources))
	for i, s := range sources {
		if s.Tags == nil {
			s.Tags = map[string]string{}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO reference_sources (job, source, uri, path, pin, name, description, tags, reference, status)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'NOT_STARTED')`, jobID, i, s.From.URI, s.From.Path, s.From.Pin, s.Name, s.Description, encodeMap(s.Tags), s.ReferenceID); err != nil {
			return fmt.Errorf("insert source: %w", err)
		}
		args[i] = ReferenceImportArgs{JobID: jobID, Source: i}
	}
	return db.enqueue(ctx, tx, args...)
}

// ReferenceJob returns a job of the account's store and its sources in request order, as of one moment.
// ErrNotFound when there is no such job.
func (db *DB) ReferenceJob(ctx context.Context, account, storeID, jobID string) (j ReferenceJob,
	sources []ReferenceJobSource, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		j, err = one(tx.QueryRowContext(ctx, `SELECT `+referenceJobColumns+` FROM reference_jobs WHERE id = ? AND store = ?
			AND EXISTS (SELECT 1 FROM reference_stores s WHERE s.id = reference_jobs.store AND s.account = ?)`, jobID, storeID, account), scanReferenceJob)
		if err != nil {
			return err
		}
		sources, err = collect(ctx, tx, scanReferenceSource,
			`SELECT `+referenceSourceColumns+` FROM reference_sources WHERE job = ? ORDER BY source`, jobID)
		return err
	})
	return j, sources, err
}

// ReferenceJobs lists the jobs of a reference store, newest first. An empty status does not narrow.
func (db *DB) ReferenceJobs(ctx context.Context, storeID string, status omics.ReferenceImportJobStatus, f CreatedFilter,
	p Page) ([]ReferenceJob, error) {
	q := newList(p).and("store = ?", storeID)
	if status != "" {
		q.and("status = ?", string(status))
	}
	q.created(f.After, f.Before)
	return listRows(ctx, db.reader, q, "reference_jobs", referenceJobColumns, scanReferenceJob)
}

// ReferenceClaim is one attempt at one source.
type ReferenceClaim struct {
	Job    ReferenceJob
	Source ReferenceJobSource // Attempt is this attempt's number, 1 at first
}

// ClaimReferenceSource begins an attempt at a source. Guards: the job is SUBMITTED or IN_PROGRESS and the source
// is not final; nil when they do not hold, and there is nothing to do. The job's first claim moves it to
// IN_PROGRESS; a claim of a source IN_PROGRESS supersedes the attempt before.
func (db *DB) ClaimReferenceSource(ctx context.Context, jobID string, source int) (c *ReferenceClaim, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		s, err := one(tx.QueryRowContext(ctx, `UPDATE reference_sources SET status = 'IN_PROGRESS', status_message = ?3, attempt = attempt + 1, running = 1
			WHERE job = ?1 AND source = ?2 AND status IN ('NOT_STARTED', 'IN_PROGRESS')
			AND EXISTS (SELECT 1 FROM reference_jobs WHERE id = ?1 AND status IN ('SUBMITTED', 'IN_PROGRESS'))
			RETURNING `+referenceSourceColumns, jobID, source, omics.ProgressOpening), scanReferenceSource)
		if errors.Is(err, ErrNotFound) {
			return nil
		} else if err != nil {
			return fmt.Errorf("claim source: %w", err)
		}
		if _, err := tx.ExecContext(ctx,
			`UPDATE reference_jobs SET status = 'IN_PROGRESS' WHERE id = ? AND status = 'SUBMITTED'`, jobID); err != nil {
			return fmt.Errorf("begin job: %w", err)
		}
		j, err := one(tx.QueryRowContext(ctx, `SELECT `+referenceJobColumns+` FROM reference_jobs WHERE id = ?`, jobID),
			scanReferenceJob)
		if err != nil {
			return fmt.Errorf("read job: %w", err)
		}
		c = &ReferenceClaim{Job: j, Source: s}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// sourceRunning is the guard of everything an attempt at a source does.
const sourceRunning = ` job = ?1 AND source = ?2 AND attempt = ?3 AND status = 'IN_PROGRESS'
	AND EXISTS (SELECT 1 FROM reference_jobs WHERE id = ?1 AND status = 'IN_PROGRESS')`

// SetReferenceProgress writes an attempt's statusMessage. Guard: the attempt is running; false tells it to stop.
func (db *DB) SetReferenceProgress(ctx context.Context, jobID string, source, attempt int, message string) (alive bool,
	err error) {
	err = db.write(ctx, func(tx *sql.Tx) (err error) {
		alive, err = happened(ctx, tx, `UPDATE reference_sources SET status_message = ?4 WHERE`+sourceRunning, jobID, source,
			attempt, message)
		return err
	})
	return alive && err == nil, err
}

// StoredReference describes what an attempt stored.
type StoredReference struct {
	ARN         string // of the reference
	MD5         string // of the FASTA, lower-case hex
	SourceBytes int64  // size of the FASTA
	IndexBytes  int64  // size of its .fai
}

// FinishReferenceSource ends an attempt with FINISHED: the reference exists from then on, with its tags. Guard:
// the attempt is running; false when it is not. The last source to end makes the job final in the same transaction.
func (db *DB) FinishReferenceSource(ctx context.Context, jobID string, source, attempt int, r StoredReference) (ok bool,
	err error) {
	return db.endSource(ctx, jobID, source, attempt, "FINISHED", "", func(tx *sql.Tx) error {
		var n Reference
		var description *string
		var tags string
		if err := tx.QueryRowContext(ctx, `SELECT s.reference, j.store, st.account, s.name, s.description, s.tags FROM reference_sources s
			JOIN reference_jobs j ON j.id = s.job JOIN reference_stores st ON st.id = j.store WHERE s.job = ? AND s.source = ?`, jobID, source).Scan(
			&n.ID, &n.StoreID, &n.Account, &n.Name, &description, &tags); err != nil {
			return fmt.Errorf("read source: %w", err)
		}
		now := db.nowMillis()
		if _, err := tx.ExecContext(ctx, `INSERT INTO refs (id, store, account, arn, name, description, md5, status, job, source_bytes, index_bytes, created, updated)
			VALUES (?, ?, ?, ?, ?, ?, ?, 'ACTIVE', ?, ?, ?, ?, ?)`,
			n.ID, n.StoreID, n.Account, r.ARN, n.Name, description, r.MD5, jobID, r.SourceBytes, r.IndexBytes, now,
			now); err != nil {
			return fmt.Errorf("insert reference: %w", err)
		}
		tagMap, err := decodeMap(&tags)
		if err != nil {
			return err
		}
		return putTags(ctx, tx, r.ARN, tagMap)
	})
}

// FailReferenceSource ends an attempt with FAILED and the reason. Guard and job as in FinishReferenceSource.
func (db *DB) FailReferenceSource(ctx context.Context, jobID string, source, attempt int, reason string) (ok bool,
	err error) {
	return db.endSource(ctx, jobID, source, attempt, "FAILED", reason, func(*sql.Tx) error { return nil })
}

func (db *DB) endSource(ctx context.Context, jobID string, source, attempt int, status, message string,
	then func(*sql.Tx) error) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		ok, err = happened(ctx, tx, `UPDATE reference_sources SET status = ?4, status_message = ?5 WHERE`+sourceRunning,
			jobID, source, attempt, status, message)
		if err != nil || !ok {
			return err
		}
		if err := then(tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE reference_jobs SET completed = ?2, status = (SELECT CASE
				WHEN count(*) FILTER (WHERE status = 'FAILED') = 0 THEN 'COMPLETED'
				WHEN count(*) FILTER (WHERE status = 'FINISHED') = 0 THEN 'FAILED'
				ELSE 'COMPLETED_WITH_FAILURES' END FROM reference_sources WHERE job = ?1)
			WHERE id = ?1 AND status = 'IN_PROGRESS'
			AND NOT EXISTS (SELECT 1 FROM reference_sources WHERE job = ?1 AND status IN ('NOT_STARTED', 'IN_PROGRESS'))`, jobID, db.nowMillis())
		if err != nil {
			return fmt.Errorf("finish job: %w", err)
		}
		return nil
	})
	return ok && err == nil, err
}

// FailReferenceJob ends a job, and its sources that are not final, in FAILED with the reason: no attempt goes on. A job
// of which some references are there already ends COMPLETED_WITH_FAILURES. Guard: the job is SUBMITTED or IN_PROGRESS.
func (db *DB) FailReferenceJob(ctx context.Context, jobID, reason string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		ok, err = happened(ctx, tx, `UPDATE reference_jobs SET completed = ?2, status_message = ?3, status = CASE
				WHEN EXISTS (SELECT 1 FROM reference_sources WHERE job = ?1 AND status = 'FINISHED') THEN 'COMPLETED_WITH_FAILURES' ELSE 'FAILED' END
			WHERE id = ?1 AND status IN ('SUBMITTED', 'IN_PROGRESS')`, jobID, db.nowMillis(), reason)
		if err != nil || !ok {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE reference_sources SET status = 'FAILED', status_message = ?2
			WHERE job = ?1 AND status IN ('NOT_STARTED', 'IN_PROGRESS')`, jobID, reason)
		return err
	})
	return ok && err == nil, err
}
