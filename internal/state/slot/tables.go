package slot

import (
	"context"
	"sync"
	"time"
)

// Tables tells those who work on tables in one process what the others do with them: workers of imports, who makes and
// drops tables, and the upkeep. Nobody is kept from anything by it but who asks. Safe for concurrent use.
type Tables struct {
	changed chan struct{} // has a value when a table has changed and nobody has looked

	mu     sync.Mutex
	busy   map[string]int    // job, store or version id → how many may write its files
	upkeep map[string]func() // store or version id → ends the upkeep of its table
}

// NewTables makes a Tables on which nobody works.
func NewTables() *Tables {
	return &Tables{changed: make(chan struct{}, 1), busy: map[string]int{}, upkeep: map[string]func(){}}
}

// Work notes that somebody may write files of these jobs and tables, until done is called.
func (t *Tables) Work(ids ...string) (done func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		t.busy[id]++
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, id := range ids {
			if t.busy[id]--; t.busy[id] == 0 {
				delete(t.busy, id)
			}
		}
	}
}

// Busy tells whether somebody may write files of a job or table.
func (t *Tables) Busy(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.busy[id] > 0
}

// Commit notes that an import writes metadata of a table that its pointer does not know yet, until done is called.
func (t *Tables) Commit(tableID string) (done func()) { return t.Work(commitKey(tableID)) }

func commitKey(tableID string) string { return "commit " + tableID }

// AwaitCommits returns when no import was committing to a table at some moment after the call. The error is that of a
// ctx that ended.
func (t *Tables) AwaitCommits(ctx context.Context, tableID string) error {
	for t.Busy(commitKey(tableID)) {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// Upkeep notes that the upkeep of a table may write its files, until end is called. EndUpkeep ends the context.
func (t *Tables) Upkeep(ctx context.Context, tableID string) (_ context.Context, end func()) {
	done := t.Work(tableID)
	ctx, cancel := context.WithCancel(ctx)
	t.mu.Lock()
	t.upkeep[tableID] = cancel
	t.mu.Unlock()
	return ctx, func() {
		t.mu.Lock()
		delete(t.upkeep, tableID)
		t.mu.Unlock()
		cancel()
		done()
	}
}

// EndUpkeep ends the upkeep of a table that is being deleted, soon.
func (t *Tables) EndUpkeep(tableID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cancel := t.upkeep[tableID]; cancel != nil {
		cancel()
	}
}

// Change says that a table has other files than before.
func (t *Tables) Change() {
	select {
	case t.changed <- struct{}{}:
	default: // whoever looks after tables has yet to look
	}
}

// Changed has a value when a table has changed since the last one was taken.
func (t *Tables) Changed() <-chan struct{} { return t.changed }
