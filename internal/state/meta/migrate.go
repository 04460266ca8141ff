package meta

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations holds the schema changes in order; change n brings the file from version n-1 to n.
var migrations = func() []string {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted
	if err != nil {
		panic(err)
	}
	var out []string
	for _, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		out = append(out, string(text))
	}
	return out
}()

// migrate applies what is missing of our schema, in one transaction, then of the queue's, one transaction a
// version. A crash leaves whole versions behind and the next start goes on. Our version is SQLite's user_version,
// which is transactional too; the queue keeps its own.
func (db *DB) migrate(ctx context.Context) error {
	// Not by the writer, which begins with reading the schema: a newer one may be in words that this SQLite lacks.
	var version int
	if err := db.reader.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read version: %w", err)
	}
	if version > len(migrations) {
		return newerSchema(version)
	}
	if err := db.write(ctx, func(tx *sql.Tx) error { return migrateState(ctx, tx) }); err != nil {
		return err
	}
	return db.migrateQueue(ctx)
}

func (db *DB) migrateQueue(ctx context.Context) error {
	river, err := rivermigrate.New(riversqlite.New(db.writer), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("read queue schema: %w", err)
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("apply queue schema: %w", err)
	}
	return nil
}

func migrateState(ctx context.Context, tx *sql.Tx) error {
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read version: %w", err)
	}
	for n := version; n < len(migrations); n++ {
		if _, err := tx.ExecContext(ctx, migrations[n]); err != nil {
			return fmt.Errorf("apply change %d: %w", n+1, err)
		}
		if n+1 == tablesChange {
			if err := renameQueued(ctx, tx); err != nil {
				return fmt.Errorf("apply change %d to the queue: %w", n+1, err)
			}
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(migrations))); err != nil {
		return fmt.Errorf("write version: %w", err)
	}
	return nil
}

// tablesChange is the change that made one noun of what stores of both kinds have: the queue's jobs are of that, too.
const tablesChange = 7

// renameQueued gives the queue's jobs of before tablesChange the kinds and arguments of after. A new file has no queue
// yet. A variant store's table has the store's id.
func renameQueued(ctx context.Context, tx *sql.Tx) error {
	var has bool
	const jobs = `SELECT EXISTS (SELECT 1 FROM pragma_table_info('river_job') WHERE name = 'kind')`
	err := tx.QueryRowContext(ctx, jobs).Scan(&has)
	if err != nil || !has {
		return err
	}
	for _, renamed := range []struct{ from, to, query string }{
		{"create_store", "create_table", `jsonb_object('table_id', json(args) ->> 'store_id')`},
		{"create_version", "create_table", `jsonb_object('table_id', json(args) ->> 'version_id')`},
		{"delete_version", "delete_table", `jsonb_object('table_id', json(args) ->> 'version_id')`},
		{"delete_annotation_store", "delete_store", `args`},
	} {
		if _, err := tx.ExecContext(ctx, `UPDATE river_job SET kind = ?, args = `+renamed.query+` WHERE kind = ?`,
			renamed.to, renamed.from); err != nil {
			return fmt.Errorf("rename jobs %s: %w", renamed.from, err)
		}
	}
	return nil
}
