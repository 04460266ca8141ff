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
	if err := db.write(ctx, func(tx *sql.Tx) error { return migrateState(ctx, tx) }); err != nil {
		return err
	}
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
	if version > len(migrations) {
		return fmt.Errorf("file has schema version %d, this program knows up to %d", version, len(migrations))
	}
	for n := version; n < len(migrations); n++ {
		if _, err := tx.ExecContext(ctx, migrations[n]); err != nil {
			return fmt.Errorf("apply change %d: %w", n+1, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(migrations))); err != nil {
		return fmt.Errorf("write version: %w", err)
	}
	return nil
}
