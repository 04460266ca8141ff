package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Part names one file of a job: an item of an import job, or a source of a reference import job. Both count from 0.
type Part struct {
	JobID string `json:"job"`
	Part  int    `json:"part"`
}

// Work is a kind of jobs whose files workers take turns at: SQL that lists them.
type Work struct{ open, parts, table, uri string }

// ImportWork is the items of import jobs, ReferenceWork the sources of reference import jobs.
var (
	ImportWork = Work{
		open:  `SELECT id, account, seq FROM import_jobs WHERE status IN ('SUBMITTED', 'IN_PROGRESS')`,
		parts: `SELECT job, item AS part` + openItems,
		table: `import_jobs`, uri: `source`,
	}
	ReferenceWork = Work{
		open: `SELECT j.id, s.account, j.seq FROM reference_jobs j JOIN reference_stores s ON s.id = j.store
			WHERE j.status IN ('SUBMITTED', 'IN_PROGRESS')`,
		parts: `SELECT job, source AS part FROM reference_sources WHERE status IN ('NOT_STARTED', 'IN_PROGRESS')`,
		table: `reference_jobs`, uri: `uri`,
	}
)

// Within gives the work that a server without the configuration of others may do: that of jobs started from now on, and
// the files of earlier ones that any process can read, because they are named by their path or are below prefix.
func (db *DB) Within(ctx context.Context, w Work, prefix string) (Work, error) {
	var last int64
	if err := db.reader.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM `+w.table).Scan(&last); err != nil {
		return Work{}, fmt.Errorf("read the last job: %w", err)
	}
	w.parts += fmt.Sprintf(` AND (path <> '' OR pin = 'lost' OR substr(%s, 1, %d) = '%s' OR job IN (SELECT id FROM %s WHERE seq > %d))`,
		w.uri, len(prefix), strings.ReplaceAll(prefix, "'", "''"), w.table, last)
	return w, nil
}

// Accounts lists the accounts that have unfinished jobs, sorted.
func (db *DB) Accounts(ctx context.Context, w Work) ([]string, error) {
	return collect(ctx, db.reader, scanString, `SELECT DISTINCT account FROM (`+w.open+`) ORDER BY account`)
}

// NextPart gives the file of an account that is to be read next, as of now: of the job with the fewest files not yet
// final, or with oldest of the job that was started first, its first that is neither final nor among busy. ok is false
// when there is none.
func (db *DB) NextPart(ctx context.Context, w Work, account string, busy []Part, oldest bool) (p Part, ok bool,
	err error) {
	taken, err := json.Marshal(busy)
	if err != nil {
		return p, false, fmt.Errorf("encode busy files: %w", err)
	}
	err = db.reader.QueryRowContext(ctx, w.next(oldest), account, string(taken)).Scan(&p.JobID, &p.Part)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	return p, err == nil, err
}

// next is NextPart's query. It has two arguments: the account, and the files that are taken as JSON.
func (w *Work) next(oldest bool) string {
	order := `(SELECT count(*) FROM (` + w.parts + `) p WHERE p.job = j.id), j.seq`
	if oldest {
		order = `j.seq`
	}
	return `SELECT id, next FROM (
			SELECT j.id, j.seq, (SELECT p.part FROM (` + w.parts + `) p WHERE p.job = j.id AND NOT EXISTS
					(SELECT 1 FROM json_each(?2) b WHERE b.value ->> 'job' = p.job AND b.value ->> 'part' = p.part)
				ORDER BY p.part LIMIT 1) AS next
			FROM (` + w.open + `) j WHERE j.account = ?1) j
		WHERE next IS NOT NULL ORDER BY ` + order + ` LIMIT 1`
}
