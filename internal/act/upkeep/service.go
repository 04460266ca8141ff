package upkeep

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// Plan says how tables are looked after.
type Plan struct {
	Off  bool      // nothing is done in the background
	Keep lake.Keep // which snapshots stay
}

// Config says what is looked after, and with what. All fields but Plan and Idle are required.
type Config struct {
	DB      *meta.DB
	Files   warehouse.Files
	Log     *slog.Logger
	Tables  *slot.Tables  // on which others work, too
	Older   *meta.Older   // tables whose files stay as they are: Look finds them
	Waits   *slot.Waits   // work that waits, which a check tells of
	Readers *lake.Readers // of data files, for whose end the removal of files waits

	Schema  func(*meta.Table) (*lake.Schema, error) // how a table's files are laid out
	Workers int                                     // goroutines that check a table
	Plan    Plan
	Idle    bool // nothing can be written: it looks, and does nothing
}

// Service looks after the tables of one data folder. No other process may write them at the same time.
type Service struct {
	Config
	lasting context.Context // ends what is done for tables
	end     context.CancelFunc
	stop    context.CancelFunc // of the background's work; nil before Start
	done    sync.WaitGroup
	tending chan struct{} // is full while a table is looked after
	tended  atomic.Pointer[Busy]
}

// errIdle is the error of work that an idle service is asked for.
var errIdle = errors.New("nothing can be written")

// New makes a Service that does nothing yet.
func New(config Config) *Service {
	s := &Service{Config: config, tending: make(chan struct{}, 1)}
	s.lasting, s.end = context.WithCancel(context.Background())
	return s
}

// Look finds the tables that the state is older than and, unless the service is idle, ends what an earlier process left
// of compactions. Nobody else works on tables yet.
func (s *Service) Look(ctx context.Context) error {
	if err := s.findOlder(ctx); err != nil || s.Idle {
		return err
	}
	return s.endCompactions(ctx)
}

// Start begins the background's work: cleaning up after final jobs, and the upkeep of tables unless the plan has none.
// It goes on until Stop.
func (s *Service) Start() {
	if s.Idle {
		return
	}
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	s.done.Go(func() { s.cleanUp(ctx) })
	if !s.Plan.Off {
		s.done.Go(func() { slot.Lowly(func() { s.maintainTables(s.lasting) }) })
	}
}

// StopUpkeep ends what is done for the upkeep of tables, and lets nothing more be done. Stop includes it.
func (s *Service) StopUpkeep() { s.end() }

// Stop ends all work, and returns when none is left in the background.
func (s *Service) Stop() {
	s.end()
	if s.stop != nil {
		s.stop()
	}
	s.done.Wait()
}

// Busy says that something else has the tables for itself.
type Busy struct {
	With  string // in words for people
	Since time.Time
}

// Error gives no time, so that it can be told when it is another.
func (b *Busy) Error() string { return "it waits for " + b.With }

// tend waits until nothing else looks after tables or searches them, and keeps all else from it until done is called.
// When that takes longer than patience, unless this is 0, the error is what it waited for.
func (s *Service) tend(ctx context.Context, what string, patience time.Duration) (done func(), err error) {
	var late <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	for {
		select {
		case s.tending <- struct{}{}:
			s.tended.Store(&Busy{With: what, Since: time.Now()})
			return func() { s.tended.Store(nil); <-s.tending }, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-late:
		}
		if busy := s.tended.Load(); busy != nil {
			return nil, busy
		}
		late = time.After(10 * time.Millisecond) // it has just begun, or ended
	}
}
