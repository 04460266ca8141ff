// Package access keeps who is reading which tables now, so that a right that ends takes with it what goes on under it.
package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// ErrRevoked is the cause of the end of a Reading's context.
var ErrRevoked = errors.New("access to a table of the query was revoked")

// ErrDeleted is another: a table, its store or its version is being deleted, or gone.
var ErrDeleted = errors.New("a table of the query was deleted")

// ErrKeyDeleted is another: the access key that asked is gone.
var ErrKeyDeleted = errors.New("the access key of the query was deleted")

// keyWatch is how often the keys of readings are looked up: they are deleted by another process.
const keyWatch = 500 * time.Millisecond

// Readings are the queries under way. Safe for concurrent use.
type Readings struct {
	db      *meta.DB
	mu      sync.Mutex
	open    map[*Reading]struct{}
	watched bool // watchKeys is under way
}

// New makes the readings of a state's tables.
func New(db *meta.DB) *Readings {
	return &Readings{db: db, open: map[*Reading]struct{}{}}
}

// Tables lists the tables that the context's caller can query, its own before those shared with it, with the metadata
// they point at, all as of one moment. Read keeps the right to them.
func (a *Readings) Tables(ctx context.Context) ([]meta.Table, error) {
	tables, err := a.db.Tables(ctx, omics.CallerFrom(ctx).Account)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	return tables, nil
}

// Reading is a query's right to read tables. Its context ends when the right to one of them does, with cause
// ErrRevoked, or ErrDeleted with the table, and when its key is deleted, with cause ErrKeyDeleted.
type Reading struct {
	context.Context
	readings *Readings
	cancel   context.CancelCauseFunc
	caller   string
	key      string // id of the access key; empty: none that could be deleted
	tables   []meta.Table
}

// Read notes that a query of the caller's is about to read tables, which Tables gave, and checks once more that it may:
// between this call and Close a revocation ends the reading's context, so that no query goes on, or begins, over a
// share that is gone.
func (a *Readings) Read(ctx context.Context, tables []meta.Table) (*Reading, error) {
	caller := omics.CallerFrom(ctx)
	r := &Reading{readings: a, caller: caller.Account, key: caller.KeyID, tables: tables}
	r.Context, r.cancel = context.WithCancelCause(ctx)
	// First listen, then look: a revocation is either seen by the look, or heard.
	if a.add(r) {
		go a.watchKeys()
	}
	if err := r.check(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Close ends the reading.
func (r *Reading) Close() {
	r.readings.remove(r)
	r.cancel(context.Canceled)
}

// check refuses when the caller may not read one of the tables any more.
func (r *Reading) check() error {
	now, err := r.readings.db.Tables(context.WithoutCancel(r), r.caller)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, t := range r.tables {
		if !slices.ContainsFunc(now, func(n meta.Table) bool {
			return n.Namespace == t.Namespace && n.Name == t.Name && n.ShareID == t.ShareID
		}) {
			if _, there, err := r.readings.db.Table(context.WithoutCancel(r), t.ID); err != nil || there {
				return ErrRevoked
			}
			return ErrDeleted
		}
	}
	return nil
}

// Len tells how many readings are under way.
func (a *Readings) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.open)
}

// add says whether watchKeys is to be begun.
func (a *Readings) add(r *Reading) (watch bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[r] = struct{}{}
	watch = !a.watched
	a.watched = true
	return watch
}

// list gives the open readings; when there are none the watch ends.
func (a *Readings) list(watch bool) []*Reading {
	a.mu.Lock()
	defer a.mu.Unlock()
	if watch && len(a.open) == 0 {
		a.watched = false
	}
	return slices.Collect(maps.Keys(a.open))
}

// watchKeys ends the readings whose key is deleted, as long as there are readings.
func (a *Readings) watchKeys() {
	for tick := time.NewTicker(keyWatch); ; <-tick.C {
		open := a.list(true)
		if len(open) == 0 {
			tick.Stop()
			return
		}
		gone := map[string]bool{}
		for _, r := range open {
			deleted, looked := gone[r.key]
			if !looked && r.key != "" {
				_, err := a.db.AccessKey(context.WithoutCancel(r), r.key)
				deleted = errors.Is(err, meta.ErrNotFound)
				gone[r.key] = deleted
			}
			if deleted {
				r.cancel(ErrKeyDeleted)
			}
		}
	}
}

func (a *Readings) remove(r *Reading) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, r)
}

// Changed ends the readings that are not allowed any more. It returns when they have been told.
func (a *Readings) Changed() {
	for _, r := range a.list(false) {
		switch err := r.check(); {
		case errors.Is(err, ErrDeleted):
			r.cancel(ErrDeleted)
		case err != nil: // a state that cannot be read allows nothing
			r.cancel(ErrRevoked)
		}
	}
}
