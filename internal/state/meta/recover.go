package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
)

// Recovered says what Recover found.
type Recovered struct {
	Requeued int // queue jobs that a stopped server had begun or put off
	Inserted int // queue jobs that work was waiting for and that did not exist
}

// JobLife is how long the record of a finished import job is kept.
const JobLife = 2 * 365 * 24 * time.Hour

// Recover makes the queue agree with the state after a stop or a crash, before any worker starts: every item and
// source that is not final, every commit, every store being made or deleted has a queue job that is available
// now. Nothing else may work the queue of this data folder: Recover takes jobs marked running away from whoever
// ran them. It also forgets import jobs that ended two years ago and shares
// that ended a day ago.
func (db *DB) Recover(ctx context.Context) (r Recovered, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		// What a server had released when it stopped took no process down.
		for _, update := range underWay(`crashes = crashes + 1, running = 0`) {
			if _, err := tx.ExecContext(ctx, update); err != nil {
				return fmt.Errorf("count crashes: %w", err)
			}
		}
		// The crashes that count are the items' own; the queue's attempts begin anew, so that restarts never use them up.
		res, err := tx.ExecContext(ctx, `UPDATE river_job SET state = 'available', attempt = 0, scheduled_at = datetime('now', 'subsec')
			WHERE state IN ('running', 'retryable', 'scheduled')`)
		if err != nil {
			return fmt.Errorf("requeue: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return fmt.Errorf("requeue: %w", err)
		}
		r.Requeued = int(n)
		// A dead server's lease would keep retries and clean-up waiting until it runs out.
		if _, err := tx.ExecContext(ctx, `DELETE FROM river_leader`); err != nil {
			return fmt.Errorf("end lease: %w", err)
		}
		missing, err := missingJobs(ctx, tx)
		if err != nil {
			return err
		}
		if r.Inserted = len(missing); r.Inserted > 0 {
			if err := db.enqueue(ctx, tx, missing...); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM import_jobs WHERE cleaned = 1 AND completed < ?`,
			db.Now().Add(-JobLife).UnixMicro()); err != nil {
			return fmt.Errorf("forget old jobs: %w", err)
		}
		return db.forgetShares(ctx, tx)
	})
	if err != nil {
		return Recovered{}, fmt.Errorf("recover: %w", err)
	}
	return r, nil
}

// missingJobs lists the queue jobs that the state asks for and the queue does not hold.
func missingJobs(ctx context.Context, tx *sql.Tx) ([]river.JobArgs, error) {
	type key struct{ kind, args string }
	queued := map[key]bool{}
	_, err := collect(ctx, tx, func(row scanner) (k key, err error) {
		err = row.Scan(&k.kind, &k.args)
		queued[k] = true
		return k, err
	}, `SELECT kind, json(args) FROM river_job WHERE state IN ('available', 'pending', 'running', 'retryable', 'scheduled')`)
	if err != nil {
		return nil, fmt.Errorf("list queue: %w", err)
	}
	wanted, err := wantedJobs(ctx, tx)
	if err != nil {
		return nil, err
	}
	var missing []river.JobArgs
	for _, w := range wanted {
		b, err := json.Marshal(w)
		if err != nil {
			return nil, fmt.Errorf("encode queue job: %w", err)
		}
		k := key{w.Kind(), string(b)}
		if !queued[k] {
			missing = append(missing, w)
		}
		delete(queued, k)
	}
	// A turn made for one file may have gone to another: those left over are turns for files without one of their own.
	spare := map[string]int{}
	for k := range queued {
		spare[k.kind]++
	}
	return slices.DeleteFunc(missing, func(w river.JobArgs) bool {
		switch w.(type) {
		case ImportItemArgs, ReferenceImportArgs:
			spare[w.Kind()]--
			return spare[w.Kind()] >= 0
		}
		return false
	}), nil
}

// wantedJobs lists, for everything that is not final, the queue job that moves it on.
func wantedJobs(ctx context.Context, tx *sql.Tx) ([]river.JobArgs, error) {
	var all []river.JobArgs
	for _, w := range []struct {
		query string
		args  func(id string, n int) river.JobArgs
	}{
		{`SELECT i.job, i.item FROM (SELECT job, item` + openItems + `) i JOIN import_jobs j ON j.id = i.job
			WHERE j.status IN ('SUBMITTED', 'IN_PROGRESS') ORDER BY j.seq, i.item`,
			func(id string, n int) river.JobArgs { return ImportItemArgs{JobID: id, Item: n} }},
		{`SELECT id, 0 FROM import_jobs j WHERE status = 'IN_PROGRESS' AND NOT EXISTS
			(SELECT 1` + openItems + ` AND job = j.id) ORDER BY seq`,
			func(id string, _ int) river.JobArgs { return FinishImportArgs{JobID: id} }},
		{`SELECT s.job, s.source FROM reference_sources s JOIN reference_jobs j ON j.id = s.job
			WHERE j.status IN ('SUBMITTED', 'IN_PROGRESS') AND s.status IN ('NOT_STARTED', 'IN_PROGRESS') ORDER BY j.seq, s.source`,
			func(id string, n int) river.JobArgs { return ReferenceImportArgs{JobID: id, Source: n} }},
		{`SELECT id, 0 FROM tables WHERE status = 'CREATING' ORDER BY seq`,
			func(id string, _ int) river.JobArgs { return CreateTableArgs{TableID: id} }},
		{`SELECT t.id, 0 FROM tables t JOIN stores s ON s.id = t.store
			WHERE t.status = 'DELETING' AND s.status <> 'DELETING' ORDER BY t.seq`,
			func(id string, _ int) river.JobArgs { return DeleteTableArgs{TableID: id} }},
		{`SELECT id, 0 FROM stores WHERE status = 'DELETING' ORDER BY seq`,
			func(id string, _ int) river.JobArgs { return DeleteStoreArgs{StoreID: id} }},
		{`SELECT id, 0 FROM shares WHERE status = 'ACTIVATING' ORDER BY seq`,
			func(id string, _ int) river.JobArgs { return ActivateShareArgs{ShareID: id} }},
		{`SELECT id, 0 FROM shares WHERE status = 'DELETING' ORDER BY seq`,
			func(id string, _ int) river.JobArgs { return DeleteShareArgs{ShareID: id} }},
	} {
		found, err := collect(ctx, tx, func(row scanner) (river.JobArgs, error) {
			var id string
			var n int
			err := row.Scan(&id, &n)
			return w.args(id, n), err
		}, w.query)
		if err != nil {
			return nil, fmt.Errorf("list unfinished work: %w", err)
		}
		all = append(all, found...)
	}
	return all, nil
}
