package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/state/crash"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

const (
	// lookEvery is how often a running item looks whether it was cancelled.
	lookEvery = 250 * time.Millisecond
	// progressLooks is how many of these looks it takes until the progress is written too. GetVariantImportJob shows it as
	// of now whatever was written: that is for other processes, and for lists.
	progressLooks = 4
	// maxAttempts bounds how often a file is tried that takes the whole server down with it. Attempts that a stop ends do
	// not count.
	maxAttempts = 5
)

// errSuperseded ends an attempt whose job was cancelled or whose item another attempt took over.
var errSuperseded = errors.New("the import was cancelled")

// errGaveUp ends an item that was tried too often.
var errGaveUp = ingest.UserErrorf(
	"Gave up after %d attempts: each ended with the server, which was killed or crashed while it read the file",
	maxAttempts)

// importItem works on one item until it is final, superseded or ctx ends. An error means: try again.
func (s *Service) importItem(ctx context.Context, jobID string, item int) error {
	claim, err := s.DB.ClaimItem(ctx, jobID, item)
	if err != nil {
		return fmt.Errorf("claim item: %w", err)
	}
	if claim == nil {
		return nil
	}
	defer s.Tables.Work(jobID, claim.Job.TableID)()
	log := s.Log.With("operation", operation(&claim.Job), "job", jobID, "item", item, "attempt", claim.Item.Attempt)
	// the newer state may have counted an attempt of this number, with files there
	dir, err := "", s.refuseOlder(claim.Job.TableID)
	if err == nil {
		dir, err = s.attemptDir(&claim.Job, claim.Item.Item, claim.Item.Attempt)
	}
	started := time.Now()
	var total ingest.Tally
	if err == nil {
		p := new(ingest.Progress)
		defer s.live.begin(jobID, item, p)() // until the item has its result: what was written of its progress is older
		total, err = s.attempt(ctx, claim, dir, p)
	}
	if err = errors.Join(err, s.Files.Verify()); err != nil {
		crash.Point(crash.ItemStopped)
	}
	result := meta.ItemResult{Status: omics.JobCompleted, Message: ingest.Summary(total)}
	switch {
	case ctx.Err() != nil, errors.Is(err, errSuperseded):
		log.Info("import item stopped", "cause", err)
		return errors.Join(s.Files.RemoveTree(dir), ctx.Err())
	case warehouse.Away(err), errors.As(err, new(*stateError)): // what the attempt met, or wrote, says nothing of the item
		return errors.Join(err, s.Files.RemoveTree(dir))
	case err != nil:
		log.Info("import item failed", "error", err)
		result = meta.ItemResult{Status: omics.JobFailed, Message: ingest.FailureMessage(err, claim.Item.Source.Name())}
		if err := s.Files.RemoveTree(dir); err != nil {
			return fmt.Errorf("remove files of the failed item: %w", err)
		}
	default:
		result.Records, result.Rows, result.Normalized = total.Records, total.Rows, total.Normalised
		if total.Rows > 0 { // else no export needs it
			result.Header = total.Header
		}
		if result.Files, err = s.describeFiles(total.Files); err != nil {
			return fmt.Errorf("describe files: %w", err)
		}
		for _, file := range total.Files {
			result.Bytes += file.Bytes
		}
		log.Info("import item completed", "records", total.Records, "rows", total.Rows, "normalised", total.Normalised,
			"took", time.Since(started))
	}
	crash.Point(crash.ItemBeforeFinish)
	ok, err := s.DB.FinishItem(ctx, jobID, item, claim.Item.Attempt, result)
	if err != nil {
		return fmt.Errorf("finish item: %w", err)
	}
	if !ok {
		return s.Files.RemoveTree(dir)
	}
	crash.Point(crash.ItemAfterFinish)
	return nil
}

// attempt reads the item's file into Parquet files below dir.
func (s *Service) attempt(ctx context.Context, claim *meta.Claim, dir string,
	p *ingest.Progress) (ingest.Tally, error) {
	if claim.Item.Crashes >= maxAttempts {
		return ingest.Tally{}, errGaveUp
	}
	file, err := s.Reader.Open(ctx, claim, dir, func(tag string) error {
		return pinned(s.DB.PinItem(ctx, claim.Job.ID, claim.Item.Item, claim.Item.Attempt, tag))
	})
	if err != nil {
		return ingest.Tally{}, err
	}
	defer file.Close()
	p.Open(file.Size())
	ctx, stop := s.watch(ctx, claim, p)
	defer stop()
	return file.Import(ctx, p)
}

// pinned is the end of an attempt whose source's identity could not be noted, or that is not alive any more.
func pinned(alive bool, err error) error {
	switch {
	case err != nil:
		return &stateError{fmt.Errorf("note the source's identity: %w", err)}
	case !alive:
		return errSuperseded
	}
	return nil
}

// watch tells the item's progress until stop is called, and ends the context when the attempt is superseded.
func (s *Service) watch(ctx context.Context, claim *meta.Claim, p *ingest.Progress) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for looks := 0; ; looks++ {
			alive, err := s.look(ctx, claim, p, looks%progressLooks == 0)
			if err != nil && ctx.Err() == nil {
				s.Log.Warn("progress was not written", "job", claim.Job.ID, "item", claim.Item.Item, "error", err)
			} else if err == nil && !alive {
				cancel(errSuperseded)
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() {
		cancel(context.Canceled)
		<-done
	}
}

// look tells whether the attempt is still the one that runs, and with write how far it is.
func (s *Service) look(ctx context.Context, claim *meta.Claim, p *ingest.Progress, write bool) (alive bool, err error) {
	if write {
		return s.DB.SetItemProgress(ctx, claim.Job.ID, claim.Item.Item, claim.Item.Attempt, p.Message(time.Now()))
	}
	return s.DB.ItemAlive(ctx, claim.Job.ID, claim.Item.Item, claim.Item.Attempt)
}

// attemptDir is where one attempt at an item writes: <table>/data/<job>/<item>/<attempt>.
func (s *Service) attemptDir(job *meta.ImportJob, item, attempt int) (string, error) {
	dir, err := warehouse.JobDir(s.Files, job.TableID, job.Location, job.ID)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, strconv.Itoa(item), strconv.Itoa(attempt)), nil
}

// describeFiles is what state keeps of an item's data files.
func (s *Service) describeFiles(files []column.DataFile) (json.RawMessage, error) {
	named, err := lake.NameFiles(s.Files, files)
	if err != nil {
		return nil, err
	}
	return json.Marshal(named)
}

// operation is the API's name of what started a job, for the log.
func operation(job *meta.ImportJob) string {
	if job.Kind == meta.Annotations {
		return "StartAnnotationImportJob"
	}
	return "StartVariantImportJob"
}

// stateError is a failure to write the state, or to find the data folder, which says nothing of the file.
type stateError struct{ error }

func (e *stateError) Unwrap() error { return e.error }
