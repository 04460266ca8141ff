package ops

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

// ErrKeyDeleted is another: the access key that asked is gone.
var ErrKeyDeleted = errors.New("the access key of the query was deleted")

// keyWatch is how often the keys of readings are looked up: they are deleted by another process.
const keyWatch = 500 * time.Millisecond

// Reading is a query's right to read tables. Its context ends when the right to one of them does, with cause ErrRevoked, and when its key
// is deleted, with cause ErrKeyDeleted.
type Reading struct {
	context.Context
	s      *Service
	cancel context.CancelCauseFunc
	caller string
	key    string // id of the access key; empty: none that could be deleted
	tables []meta.Table
}

// Read notes that a query of the caller's is about to read tables, which Tables gave, and checks once more that it may: between this
// call and Close a revocation ends the reading's context, so that no query goes on, or begins, over a share that is gone.
func (s *Service) Read(ctx context.Context, tables []meta.Table) (*Reading, error) {
	caller := omics.CallerFrom(ctx)
	r := &Reading{s: s, caller: caller.Account, key: caller.KeyID, tables: tables}
	r.Context, r.cancel = context.WithCancelCause(ctx)
	// First listen, then look: a revocation is either seen by the look, or heard.
	if s.access.add(r) {
		go s.watchKeys()
	}
	if err := r.check(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Close ends the reading.
func (r *Reading) Close() {
	r.s.access.remove(r)
	r.cancel(context.Canceled)
}

// check refuses when the caller may not read one of the tables any more.
func (r *Reading) check() error {
	now, err := r.s.db.Tables(context.WithoutCancel(r), r.caller)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, t := range r.tables {
		if !slices.ContainsFunc(now, func(n meta.Table) bool {
			return n.Namespace == t.Namespace && n.Name == t.Name && n.ShareID == t.ShareID
		}) {
			return ErrRevoked
		}
	}
	return nil
}

// readings are the queries under way. Safe for concurrent use; the zero value is ready.
type readings struct {
	mu      sync.Mutex
	open    map[*Reading]struct{}
	watched bool // watchKeys is under way
}

// add says whether watchKeys is to be begun.
func (a *readings) add(r *Reading) (watch bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		a.open = map[*Reading]struct{}{}
	}
	a.open[r] = struct{}{}
	watch = !a.watched
	a.watched = true
	return watch
}

// list gives the open readings; when there are none the watch ends.
func (a *readings) list(watch bool) []*Reading {
	a.mu.Lock()
	defer a.mu.Unlock()
	if watch && len(a.open) == 0 {
		a.watched = false
	}
	return slices.Collect(maps.Keys(a.open))
}

// watchKeys ends the readings whose key is deleted, as long as there are readings.
func (s *Service) watchKeys() {
	for tick := time.NewTicker(keyWatch); ; <-tick.C {
		open := s.access.list(true)
		if len(open) == 0 {
			tick.Stop()
			return
		}
		gone := map[string]bool{}
		for _, r := range open {
			deleted, looked := gone[r.key]
			if !looked && r.key != "" {
				_, err := s.db.AccessKey(context.WithoutCancel(r), r.key)
				deleted = errors.Is(err, meta.ErrNotFound)
				gone[r.key] = deleted
			}
			if deleted {
				r.cancel(ErrKeyDeleted)
			}
		}
	}
}

func (a *readings) remove(r *Reading) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, r)
}

// changed ends the readings that are not allowed any more. It returns when they have been told.
func (a *readings) changed() {
	for _, r := range a.list(false) {
		if err := r.check(); err != nil { // a state that cannot be read allows nothing
			r.cancel(ErrRevoked)
		}
	}
}
