package work

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
)

const (
	// jobTimeout bounds one attempt of the queue at anything; a file that takes longer starts anew.
	jobTimeout = 24 * time.Hour
	// stoppedMessage is the statusMessage of an item whose attempt was stopped, until the next begins.
	stoppedMessage = "Waiting: the server was stopped; the file will be read from its beginning"
)

// Config says what the workers work with. All fields but OwnBuckets are required.
type Config struct {
	DB     *meta.DB
	Files  warehouse.Files
	Region string
	Log    *slog.Logger
	Reader *ingest.Reader // of the files of imports and references
	Tables *slot.Tables   // on which others work, too
	Older  *meta.Older    // tables into which nothing is imported
	Waits  *slot.Waits    // for what failed work waits

	Items int // import items at the same time

	// OwnBuckets, unless empty, says that buckets of an earlier server may be missing: of its jobs only files that are
	// named by their path, or whose URI begins with this, are read. The others wait for a server that has their buckets.
	OwnBuckets string
}

// Service works the queue of one data folder. No other process may work it at the same time.
type Service struct {
	Config
	queue *river.Client[*sql.Tx]
	stop  context.CancelFunc
	live  live
}

// New makes a Service that does no work yet.
func New(config Config) *Service {
	return &Service{Config: config, live: live{items: map[meta.Part]*ingest.Progress{}}}
}

// Start recovers what an earlier process left unfinished and begins to work, until Stop, however long ctx lasts. Which
// tables the state is older than must be known, and compactions must have ended that an earlier process left
// unfinished.
func (s *Service) Start(ctx context.Context) error {
	recovered, err := s.DB.Recover(ctx)
	if err != nil {
		return err
	}
	if recovered.Requeued+recovered.Inserted > 0 {
		s.Log.Info("resuming unfinished work", "requeued", recovered.Requeued, "inserted", recovered.Inserted)
		if err := s.sweep(ctx); err != nil {
			return err
		}
	}
	if err := s.describe(ctx); err != nil {
		return err
	}
	if err := s.openQueue(ctx); err != nil {
		return fmt.Errorf("open queue: %w", err)
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.queue.Start(ctx); err != nil {
		s.stop()
		s.stop = nil
		return fmt.Errorf("start queue: %w", err)
	}
	return nil
}

// Stop ends all work at once: what is unfinished stays so, without files, and the next Start resumes it. Without a
// Start there is nothing to end.
func (s *Service) Stop(ctx context.Context) error {
	if s.stop == nil {
		return nil
	}
	s.stop()
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

// sweep removes what an earlier process left of commits that it did not end. Nothing commits yet.
func (s *Service) sweep(ctx context.Context) error {
	tables, err := s.DB.EveryTable(ctx)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, table := range tables {
		if s.Older.Of(table.ID) != "" {
			continue
		}
		removed, err := lake.Sweep(ctx, s.Files, table.MetadataLocation)
		if err != nil { // a table that cannot be read must not keep the others from being served
			s.Log.Error("table was not swept", "store", table.Name, "error", err)
		} else if removed > 0 {
			s.Log.Info("removed files of unfinished commits", "store", table.Name, "files", removed)
		}
	}
	return nil
}

// quietHandler keeps of the queue's own log what an operator must see.
type quietHandler struct{ slog.Handler }

func (h *quietHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// stoodStill is how the queue's message begins, after a name, when its housekeeper was not heard of in time. This
// process is the only one that works the queue: its machine stood still, and it begins anew by itself.
const stoodStill = "Current leader stepping down because the reelection deadline elapsed"

// Handle has what needs nobody's act told as what came to pass.
func (h *quietHandler) Handle(ctx context.Context, record slog.Record) error {
	if strings.Contains(record.Message, stoodStill) {
		if !h.Handler.Enabled(ctx, slog.LevelInfo) {
			return nil
		}
		record = slog.NewRecord(record.Time, slog.LevelInfo,
			"the queue's housekeeping begins anew: the machine stood still for a while", record.PC)
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs and WithGroup keep the handler quiet.
func (h *quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &quietHandler{h.Handler.WithAttrs(attrs)}
}

func (h *quietHandler) WithGroup(name string) slog.Handler {
	return &quietHandler{h.Handler.WithGroup(name)}
}
