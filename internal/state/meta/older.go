package meta

import (
	"context"
	"fmt"
)

// SetOlder keeps why the state is older than a table: what then ends in this state must not hide it from the next
// start. An empty finding forgets it.
func (db *DB) SetOlder(ctx context.Context, tableID, finding string) error {
	if _, err := db.transition(ctx, `UPDATE tables SET older = ? WHERE id = ?`, finding, tableID); err != nil {
		return fmt.Errorf("note a table of a newer state: %w", err)
	}
	return nil
}
