package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/varlake/varlake/internal/meta"
	"github.com/varlake/varlake/internal/omics"
)

// ErrRevoked is the cause of the end of a Reading's context.
var ErrRevoked = errors.New("access to a table of the query was revoked")

// Reading is a query's right to read tables. Its context ends, with cause ErrRevoked, when the right to one of them does.
type Reading struct {
	context.Context
	s      *Service
	cancel context.CancelCauseFunc
	caller string
	tables []meta.Table
}

// Read notes that a query of the caller's is about to read tables, which Tables gave, and checks once more that it may: between this
// call and Close a revocation ends the reading's context, so that no query goes on, or begins, over a share that is gone.
func (s *Service) Read(ctx context.Context, tables []meta.Table) (*Reading, error) {
	r := &Reading{s: s, caller: omics.CallerFrom(ctx).Account, tables: tables}
	r.Context, r.cancel = context.WithCancelCause(ctx)
	// First listen, then look: a revocation is either seen by the look, or heard.
	s.access.add(r)
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
	mu   sync.Mutex
	open map[*Reading]struct{}
}

func (a *readings) add(r *Reading) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		a.open = map[*Reading]struct{}{}
	}
	a.open[r] = struct{}{}
}

func (a *readings) remove(r *Reading) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, r)
}

// changed ends the readings that are not allowed any more. It returns when they have been told.
func (a *readings) changed() {
	a.mu.Lock()
	open := make([]*Reading, 0, len(a.open))
	for r := range a.open {
		open = append(open, r)
	}
	a.mu.Unlock()
	for _, r := range open {
		if err := r.check(); err != nil { // a state that cannot be read allows nothing
			r.cancel(ErrRevoked)
		}
	}
}
