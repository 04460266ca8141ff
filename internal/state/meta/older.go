package meta

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// ErrOlder is the error of work that would remove files which a table of a newer state needs.
var ErrOlder = errors.New("the state is older than the table: its files are left as they are, see varlake check")

// OlderWay is the way out of a state that is older than the tables, in words for people.
const OlderWay = "put the newer varlake.db back; or rebuild it from the tables: varlake recover --whole; " +
	"or give the newer imports up: varlake check --orphans --remove --accept-older"

// SetOlder keeps why the state is older than a table: what then ends in this state must not hide it from the next
// start. An empty finding forgets it.
func (db *DB) SetOlder(ctx context.Context, tableID, finding string) error {
	if _, err := db.transition(ctx, `UPDATE tables SET older = ? WHERE id = ?`, finding, tableID); err != nil {
		return fmt.Errorf("note a table of a newer state: %w", err)
	}
	return nil
}

// Older is the tables that the state is older than, as the start of this process found them, also those of which it is
// not sure. Safe for concurrent use.
type Older struct {
	mu       sync.Mutex
	findings map[string]string // id of a table → why
}

// Note keeps what was found of a table, as one line.
func (o *Older) Note(tableID, finding string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.findings == nil {
		o.findings = map[string]string{}
	}
	o.findings[tableID] = finding
}

// Of gives what was found of a table; empty when that is nothing.
func (o *Older) Of(tableID string) (finding string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.findings[tableID]
}

// Tables lists the ids of all.
func (o *Older) Tables() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Collect(maps.Keys(o.findings))
}

// Forget drops what was found of a table.
func (o *Older) Forget(tableID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.findings, tableID)
}
