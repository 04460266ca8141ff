package meta

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// StatusChange is one row of events: a store, job or share that came into a state.
type StatusChange struct {
	Seq       int64
	Time      time.Time
	Account   string // whom it is told
	Kind      string // "Variant Store", "Annotation Import Job", ...
	ARN       string // of the store; empty for a job
	Status    string // the API's; UPDATED for a changed description, DELETED once a store is gone
	JobID     string
	StoreID   string
	StoreName string
	ShareID   string
	Message   string // the statusMessage, if any
}

// SetSinks says who takes status changes: from now on each is kept until every one of them has it. A name that is new
// begins with the next change; those left out lose what waits for them. Without any nothing is kept.
func (db *DB) SetSinks(ctx context.Context, names ...string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var last int64
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'`).Scan(
			&last); err != nil {
			return fmt.Errorf("find last event: %w", err)
		}
		had, err := collect(ctx, tx, scanString, `SELECT name FROM event_sinks`)
		if err != nil {
			return fmt.Errorf("list sinks: %w", err)
		}
		keep := map[string]bool{}
		for _, name := range names {
			keep[name] = true
			if _, err := tx.ExecContext(ctx, `INSERT INTO event_sinks (name, seq) VALUES (?, ?) ON CONFLICT DO NOTHING`, name,
				last); err != nil {
				return fmt.Errorf("add sink: %w", err)
			}
		}
		for _, name := range had {
			if keep[name] {
				continue
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM event_sinks WHERE name = ?`, name); err != nil {
				return fmt.Errorf("remove sink: %w", err)
			}
		}
		return dropTaken(ctx, tx)
	})
}

// StatusChanges lists up to limit changes that a sink has not taken yet, in order.
func (db *DB) StatusChanges(ctx context.Context, sink string, limit int) ([]StatusChange, error) {
	return collect(ctx, db.reader, func(row scanner) (c StatusChange, err error) {
		var at int64
		err = row.Scan(&c.Seq, &at, &c.Account, &c.Kind, &c.ARN, &c.Status, &c.JobID, &c.StoreID, &c.StoreName,
			&c.ShareID, &c.Message)
		c.Time = fromMicros(at)
		return c, err
	}, `SELECT seq, time, account, kind, arn, status, job, store, name, share, message FROM events
		WHERE seq > (SELECT seq FROM event_sinks WHERE name = ?) ORDER BY seq LIMIT ?`, sink, limit)
}

// TakeStatusChanges notes that a sink has all changes up to seq, and forgets those that every sink has.
func (db *DB) TakeStatusChanges(ctx context.Context, sink string, seq int64) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE event_sinks SET seq = max(seq, ?) WHERE name = ?`, seq, sink); err != nil {
			return fmt.Errorf("move sink: %w", err)
		}
		return dropTaken(ctx, tx)
	})
}

func dropTaken(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx,
		`DELETE FROM events WHERE seq <= coalesce((SELECT min(seq) FROM event_sinks), 9223372036854775807)`); err != nil {
		return fmt.Errorf("forget events: %w", err)
	}
	return nil
}
