package work

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/state/meta"
)

// oldestEvery is how often an account's turn goes to the job that was started first; else it goes to the job that has
// the least left.
const oldestEvery = 4

// turns decides which file a free worker reads next. A job of the queue is a worker's turn, not that of the file which
// it was made for: there are at least as many turns in the queue as files to be read. A turn goes to the account with
// the fewest files being read, among those to the one that was served the longest ago. Within the account the job with
// the fewest files left comes first, but each fourth turn is the oldest job's, so that none waits for ever. Safe for
// concurrent use.
type turns struct {
	db   *meta.DB
	work meta.Work
	some bool // of the work: turns that nothing is found for are the others'

	mu     sync.Mutex
	taken  map[int64]taken   // job of the queue → what it reads; after an error until the queue tries it again
	served map[string]served // by account; they are few, somebody made a key for each
	clock  int               // turns given so far
}

type taken struct {
	meta.Part
	account string
}

type served struct {
	last  int // turns.clock
	turns int
}

func newTurns(db *meta.DB, work meta.Work, some bool) *turns {
	return &turns{db: db, work: work, some: some, taken: map[int64]taken{}, served: map[string]served{}}
}

// do lets read read the file whose turn it is, for a job of the queue. A job that the queue tries again after an error
// reads the file that it read before, which nobody else takes meanwhile.
func (t *turns) do(ctx context.Context, queued int64, read func(ctx context.Context, jobID string,
	part int) error) error {
	part, ok, err := t.take(ctx, queued)
	switch {
	case err != nil:
		return err
	case !ok && t.some:
		return river.JobSnooze(time.Hour) // the next start makes it available
	case !ok:
		return nil
	}
	if err := read(ctx, part.JobID, part.Part); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.taken, queued)
	return nil
}

func (t *turns) take(ctx context.Context, queued int64) (p meta.Part, ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if again, ok := t.taken[queued]; ok {
		return again.Part, true, nil
	}
	accounts, err := t.db.Accounts(ctx, t.work)
	if err != nil {
		return p, false, fmt.Errorf("list accounts with work: %w", err)
	}
	busy, running := []meta.Part{}, map[string]int{}
	for _, one := range t.taken {
		busy = append(busy, one.Part)
		running[one.account]++
	}
	slices.SortStableFunc(accounts, func(a, b string) int {
		return cmp.Or(cmp.Compare(running[a], running[b]), cmp.Compare(t.served[a].last, t.served[b].last))
	})
	for _, account := range accounts {
		s := t.served[account]
		p, ok, err = t.db.NextPart(ctx, t.work, account, busy, s.turns%oldestEvery == oldestEvery-1)
		if err != nil {
			return p, false, fmt.Errorf("find the next file: %w", err)
		}
		if ok {
			t.clock++
			t.taken[queued], t.served[account] = taken{p, account}, served{last: t.clock, turns: s.turns + 1}
			return p, true, nil
		}
	}
	return p, false, nil
}
