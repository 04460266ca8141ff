package meta

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
)

// Source is what an item or a reference is read from. It means the same to every process that works the data folder.
type Source struct {
	URI  string // as the API shows it
	Path string // absolute, of a file that a command named to the server inside itself; "": the URI names an object
	Pin  string // identity of the content that is to be read; "": not yet known
}

// LostPin is the Pin of a source that had a name which only an ended process could resolve.
const LostPin = "lost"

// Name is what messages call the source: its path, or its URI.
func (s Source) Name() string { return cmp.Or(s.Path, s.URI) }

// PinItem notes what the item's source was when the attempt opened it, for all attempts after. Guard: the attempt is
// running, and nothing was noted before; false when it is not.
func (db *DB) PinItem(ctx context.Context, jobID string, item, attempt int, pin string) (ok bool, err error) {
	return db.transition(ctx, `UPDATE import_items SET pin = ?4 WHERE pin = '' AND`+itemRunning, jobID, item, attempt, pin)
}

// PinReferenceSource is PinItem for a source of a reference import job.
func (db *DB) PinReferenceSource(ctx context.Context, jobID string, source, attempt int, pin string) (ok bool,
	err error) {
	return db.transition(ctx, `UPDATE reference_sources SET pin = ?4 WHERE pin = '' AND`+sourceRunning, jobID, source,
		attempt, pin)
}

// ReleaseAttempts notes that the attempts under way were stopped by a server that ends as it should, and not they it.
// message is their items' statusMessage until the next attempt. No attempt may go on.
func (db *DB) ReleaseAttempts(ctx context.Context, message string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		for _, update := range underWay(`running = 0, status_message = ?`) {
			if _, err := tx.ExecContext(ctx, update, message); err != nil {
				return fmt.Errorf("release attempts: %w", err)
			}
		}
		return nil
	})
}

// ReleaseItem notes that the attempt at an item has ended, and waits to be made again: it took no process down.
func (db *DB) ReleaseItem(ctx context.Context, jobID string, item int) error {
	_, err := db.transition(ctx, `UPDATE import_items SET running = 0 WHERE job = ? AND item = ? AND running = 1`,
		jobID, item)
	return err
}

// ReleaseReferenceSource is ReleaseItem for a source of a reference import job.
func (db *DB) ReleaseReferenceSource(ctx context.Context, jobID string, source int) error {
	_, err := db.transition(ctx, `UPDATE reference_sources SET running = 0 WHERE job = ? AND source = ? AND running = 1`,
		jobID, source)
	return err
}

// underWay are the statements that set something of all attempts under way. Those are of unfinished jobs alone, and
// looked for in no others: the record of a job stays for years.
func underWay(set string) []string {
	var updates []string
	for _, of := range []struct{ parts, jobs string }{{`import_items`, `import_jobs`},
		{`reference_sources`, `reference_jobs`}} {
		updates = append(updates, `UPDATE `+of.parts+` SET `+set+` WHERE running = 1 AND status = 'IN_PROGRESS'
			AND job IN (SELECT id FROM `+of.jobs+` WHERE status IN ('SUBMITTED', 'IN_PROGRESS'))`)
	}
	return updates
}

// transition is a guarded statement in a transaction of its own.
func (db *DB) transition(ctx context.Context, query string, args ...any) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) (err error) {
		ok, err = happened(ctx, tx, query, args...)
		return err
	})
	return ok && err == nil, err
}
