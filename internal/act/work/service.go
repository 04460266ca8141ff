package work

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/vcf"
)

const (
	// jobTimeout bounds one attempt of the queue at anything; a file that takes longer starts anew.
	jobTimeout = 24 * time.Hour
	// cleanEvery is how often leftovers of final jobs are looked for.
	cleanEvery = 500 * time.Millisecond
	// stoppedMessage is the statusMessage of an item whose attempt was stopped, until the next begins.
	stoppedMessage = "Waiting: the server was stopped; the file will be read from its beginning"
)

// Config says what the workers work with. All fields but Relaxed, Upkeep and OwnBuckets are required.
type Config struct {
	DB     *meta.DB
	Blob   *blob.RoleStores
	Folder *warehouse.Folder
	Region string
	Log    *slog.Logger

	Items             int   // import items at the same time
	Workers           int   // goroutines that parse and write, for each item
	Cores             int   // of those of all items, how many compute at one time
	MaxItemBytes      int64 // size of one source file, as stored
	MaxReferenceBytes int64 // size of one reference, uncompressed

	Relaxed vcf.Rules // what a file may hold against them is accepted and counted
	Upkeep  Upkeep

	// OwnBuckets, unless empty, says that buckets of an earlier server may be missing: of its jobs only files that are named by their path, or whose
	// URI begins with this, are read. The others wait for a server that has their buckets.
	OwnBuckets string
}

// Service works the queue of one data folder. No other process may work it at the same time.
type Service struct {
	Config
	queue *river.Client[*sql.Tx]
	stop  context.CancelFunc
	idle  bool // it was not started: the queue is nil
	done  sync.WaitGroup
	pace  pace
	live  live

	// StopUpkeep ends what is done for the upkeep of tables, and lets nothing more be done. Stop includes it.
	StopUpkeep context.CancelFunc
	upkeep     context.Context
	committed  chan struct{} // has a value when a table has changed
	tending    chan struct{} // is full while a table is looked after
	tended     atomic.Pointer[Busy]
	waits      waits

	mu    sync.Mutex
	busy  map[string]int    // job, store or version id → workers that may write its files
	tends map[string]func() // store or version id → ends the upkeep of its table
	older map[string]string // id of a table → why the state is older than the table, see findOlder
}

// Start recovers what an earlier process left unfinished and begins to work.
func Start(ctx context.Context, config Config) (*Service, error) {
	s := &Service{
		Config: config, pace: make(pace, config.Cores), live: live{items: map[meta.Part]*progress{}},
		committed: make(chan struct{}, 1), tending: make(chan struct{}, 1), busy: map[string]int{}, tends: map[string]func(){}, older: map[string]string{},
	}
	crashInside(s.DB)
	if err := s.findOlder(ctx); err != nil {
		return nil, err
	}
	recovered, err := s.DB.Recover(ctx)
	if err != nil {
		return nil, err
	}
	if recovered.Requeued+recovered.Inserted > 0 {
		s.Log.Info("resuming unfinished work", "requeued", recovered.Requeued, "inserted", recovered.Inserted)
		if err := s.sweep(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	if err := s.describe(ctx); err != nil {
		return nil, err
	}
	if err := s.openQueue(ctx); err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	// The workers live until Stop, not as long as the caller's ctx.
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.upkeep, s.StopUpkeep = context.WithCancel(ctx)
	if err := s.queue.Start(ctx); err != nil {
		s.stop()
		return nil, fmt.Errorf("start queue: %w", err)
	}
	s.done.Go(func() { s.cleanUp(ctx) })
	if !s.Upkeep.Off {
		s.done.Go(func() { lowly(func() { s.keepUp(s.upkeep) }) })
	}
	return s, nil
}

// Idle is Start where nothing can be written: the service looks, and does no work.
func Idle(ctx context.Context, config Config) (*Service, error) {
	lasting, stop := context.WithCancel(context.Background())
	s := &Service{
		Config: config, idle: true, stop: stop, StopUpkeep: stop, upkeep: lasting,
		committed: make(chan struct{}, 1), tending: make(chan struct{}, 1), busy: map[string]int{}, tends: map[string]func(){}, older: map[string]string{},
	}
	if err := s.findOlder(ctx); err != nil {
		stop()
		return nil, err
	}
	return s, nil
}

// errIdle is the error of work that an idle service is asked for.
var errIdle = errors.New("nothing can be written")

// Stop ends all work at once: what is unfinished stays so, without files, and the next Start resumes it.
func (s *Service) Stop(ctx context.Context) error {
	s.stop()
	if s.idle {
		return nil
	}
	s.done.Wait()
	err := s.queue.StopAndCancel(ctx)
	if err != nil {
		err = fmt.Errorf("stop queue: %w", err)
	}
	return errors.Join(err, s.DB.ReleaseAttempts(context.WithoutCancel(ctx), stoppedMessage))
}

func (s *Service) openQueue(ctx context.Context) (err error) {
	workers := river.NewWorkers()
	items, sources, some := meta.ImportWork, meta.ReferenceWork, s.OwnBuckets != ""
	if some {
		for _, work := range []*meta.Work{&items, &sources} {
			if *work, err = s.DB.Within(ctx, *work, s.OwnBuckets); err != nil {
				return err
			}
		}
	}
	s.addImports(workers, newTurns(s.DB, items, some), newTurns(s.DB, sources, some))
	s.addControl(workers)
	s.queue, err = river.NewClient(riversqlite.New(s.DB.Writer()), &river.Config{
		Queues: map[string]river.QueueConfig{
			meta.QueueImport:    {MaxWorkers: s.Items},
			meta.QueueReference: {MaxWorkers: 1},
			meta.QueueControl:   {MaxWorkers: 4},
		},
		Workers:              workers,
		FetchCooldown:        5 * time.Millisecond,
		FetchPollInterval:    250 * time.Millisecond,
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: jobTimeout + time.Hour, // a crash is recovered from at the next Start
		Logger:               slog.New(&quietHandler{s.Log.Handler()}),
	})
	return err
}

// cleanUp cleans up after final jobs until ctx ends.
func (s *Service) cleanUp(ctx context.Context) {
	tick := time.NewTicker(cleanEvery)
	defer tick.Stop()
	for {
		if err := s.clean(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("clean-up failed, to be tried again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// working notes that a worker may write files of these jobs and stores, until the function it returns is called.
func (s *Service) working(ids ...string) (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.busy[id]++
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, id := range ids {
			if s.busy[id]--; s.busy[id] == 0 {
				delete(s.busy, id)
			}
		}
	}
}

func (s *Service) isWorking(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy[id] > 0
}

// sweep removes what an earlier process left of commits that it did not end. Nothing commits yet.
func (s *Service) sweep(ctx context.Context) error {
	tables, err := s.DB.EveryTable(ctx)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, table := range tables {
		if s.olderThan(table.ID) != "" {
			continue
		}
		removed, err := lake.Sweep(ctx, s.Folder, table.MetadataLocation)
		if err != nil { // a table that cannot be read must not keep the others from being served
			s.Log.Error("table was not swept", "store", table.Name, "error", err)
		} else if removed > 0 {
			s.Log.Info("removed files of unfinished commits", "store", table.Name, "files", removed)
		}
	}
	return nil
}

// storageCause is the reason inside a file system's error, without the path: the part that a user may see.
func storageCause(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return "see the server's log"
}

// quietHandler keeps of the queue's own log what an operator must see.
type quietHandler struct{ slog.Handler }

func (h *quietHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}
