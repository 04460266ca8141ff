package meta

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// olderKey begins the keys of settings that say of a table's folder, by its location, why the state is older than the table.
const olderKey = "older "

// Older gives why the state is older than tables, by their location, as SetOlder kept it.
func (db *DB) Older(ctx context.Context) (findings map[string]string, err error) {
	findings = map[string]string{}
	err = db.read(ctx, func(tx *sql.Tx) error {
		_, err := collect(ctx, tx, func(row scanner) (none struct{}, err error) {
			var key, finding string
			err = row.Scan(&key, &finding)
			findings[strings.TrimPrefix(key, olderKey)] = finding
			return none, err
		}, `SELECT key, CAST(value AS TEXT) FROM settings WHERE key >= ?1 AND key < ?1 || char(0x10FFFF)`, olderKey)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tables of a newer state: %w", err)
	}
	return findings, nil
}

// SetOlder keeps why the state is older than the table in the folder location: what then ends in this state must not hide it from the next start.
// An empty finding forgets it.
func (db *DB) SetOlder(ctx context.Context, location, finding string) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		if finding == "" {
			_, err := tx.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, olderKey+location)
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
			olderKey+location, []byte(finding))
		return err
	})
	if err != nil {
		return fmt.Errorf("note a table of a newer state: %w", err)
	}
	return nil
}
