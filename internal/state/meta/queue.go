package meta

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// Queue names. Items and references are long work with a bound each; what is short (stores, commits) has a
// queue of its own so that it never waits behind them.
const (
	QueueImport    = "import"
	QueueReference = "reference"
	QueueControl   = "control"
)

// ImportItemArgs asks for one item (0-based) of an import job to be read and written. Whoever works it may take another
// that has come to its turn: there is one such job for each item, and each is one turn.
type ImportItemArgs struct {
	JobID string `json:"job_id"`
	Item  int    `json:"item"`
}

// FinishImportArgs asks for an import job, all of whose items are final, to be committed.
type FinishImportArgs struct {
	JobID string `json:"job_id"`
}

// ReferenceImportArgs asks for one source (0-based) of a reference import job to be read and stored, or another as with
// ImportItemArgs.
type ReferenceImportArgs struct {
	JobID  string `json:"job_id"`
	Source int    `json:"source"`
}

// CreateTableArgs asks for a table in state CREATING to be made.
type CreateTableArgs struct {
	TableID string `json:"table_id"`
}

// DeleteTableArgs asks for the files of a table in state DELETING to be removed, then its row.
type DeleteTableArgs struct {
	TableID string `json:"table_id"`
}

// DeleteStoreArgs asks for the tables of a store in state DELETING to be removed, then its row.
type DeleteStoreArgs struct {
	StoreID string `json:"store_id"`
}

// ActivateShareArgs asks for a share in state ACTIVATING to become ACTIVE.
type ActivateShareArgs struct {
	ShareID string `json:"share_id"`
}

// DeleteShareArgs asks for a share in state DELETING to become DELETED.
type DeleteShareArgs struct {
	ShareID string `json:"share_id"`
}

// Kind names the job in the queue's table.
func (ImportItemArgs) Kind() string      { return "import_item" }
func (FinishImportArgs) Kind() string    { return "finish_import" }    // Kind names the job in the queue's table.
func (ReferenceImportArgs) Kind() string { return "reference_import" } // Kind names the job in the queue's table.
func (CreateTableArgs) Kind() string     { return "create_table" }     // Kind names the job in the queue's table.
func (DeleteTableArgs) Kind() string     { return "delete_table" }     // Kind names the job in the queue's table.
func (DeleteStoreArgs) Kind() string     { return "delete_store" }     // Kind names the job in the queue's table.
func (ActivateShareArgs) Kind() string   { return "activate_share" }   // Kind names the job in the queue's table.
func (DeleteShareArgs) Kind() string     { return "delete_share" }     // Kind names the job in the queue's table.

// InsertOpts names the queue the job goes to.
func (ImportItemArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueImport} }

// InsertOpts names the queue the job goes to.
func (FinishImportArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueControl} }

// InsertOpts names the queue the job goes to.
func (ReferenceImportArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueReference}
}

// InsertOpts names the queue the job goes to.
func (CreateTableArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueControl} }

// InsertOpts names the queue the job goes to.
func (DeleteTableArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueControl} }

// InsertOpts names the queue the job goes to.
func (DeleteStoreArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueControl} }

// InsertOpts names the queue the job goes to.
func (ActivateShareArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueControl} }

// InsertOpts names the queue the job goes to.
func (DeleteShareArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueControl} }

// newQueue makes the client that inserts jobs and works none. An insert that follows another within
// FetchCooldown wakes no worker and waits for the next poll; the least cooldown makes nearly every insert wake one.
func newQueue(writer *sql.DB) (*river.Client[*sql.Tx], error) {
	return river.NewClient(riversqlite.New(writer), &river.Config{
		FetchCooldown: time.Millisecond,
		Logger:        slog.New(slog.DiscardHandler),
	})
}

func (db *DB) enqueue(ctx context.Context, tx *sql.Tx, args ...river.JobArgs) error {
	params := make([]river.InsertManyParams, len(args))
	for i, a := range args {
		params[i] = river.InsertManyParams{Args: a}
	}
	if _, err := db.queue.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("enqueue %s: %w", args[0].Kind(), err)
	}
	return nil
}
