package upkeep

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/varlake/varlake/internal/state/crash"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// cleanEvery is how often leftovers of final jobs are looked for.
const cleanEvery = 500 * time.Millisecond

// cleanUp cleans up after final jobs until ctx ends.
func (s *Service) cleanUp(ctx context.Context) {
	tick := time.NewTicker(cleanEvery)
	defer tick.Stop()
	for {
		if err := s.Clean(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("clean-up failed, to be tried again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Clean removes what final jobs left on disk beside the files of the table: all of a cancelled or failed job, and of
// the others the attempts that did not count. Jobs that a worker still leaves are for the next time.
func (s *Service) Clean(ctx context.Context) error {
	var errs []error
	for after := int64(0); ; { // past those that cannot be cleaned
		// in a newer state other attempts may have counted
		jobs, err := s.DB.UncleanJobs(ctx, s.Older.Tables(), after, cleanPage)
		if err != nil {
			return fmt.Errorf("list jobs to clean: %w", err)
		}
		for _, job := range jobs {
			after = job.Job.Seq
			if s.Tables.Busy(job.Job.ID) {
				continue
			}
			// then there is nothing here to clean
			if err := s.cleanJob(&job); err != nil && !errors.Is(err, warehouse.ErrOutside) {
				errs = append(errs, fmt.Errorf("clean job %s: %w", job.Job.ID, err))
				continue
			}
			crash.Point(crash.CleanBeforeMark)
			if _, err := s.DB.MarkCleaned(ctx, job.Job.ID); err != nil {
				return fmt.Errorf("mark job %s cleaned: %w", job.Job.ID, err)
			}
		}
		if len(jobs) < cleanPage {
			return errors.Join(errs...)
		}
	}
}

// cleanPage is how many jobs to clean are looked up at once.
const cleanPage = 100

func (s *Service) cleanJob(job *meta.UncleanJob) error {
	dir, err := warehouse.JobDir(s.Files, job.Job.TableID, job.Job.Location, job.Job.ID)
	if err != nil {
		return err
	}
	keep := map[string]string{} // item → attempt
	if job.Job.Status == omics.JobCompleted || job.Job.Status == omics.JobCompletedWithFailures {
		for _, item := range job.Items {
			if item.Status == omics.JobCompleted {
				keep[strconv.Itoa(item.Item)] = strconv.Itoa(item.Attempt)
			}
		}
	}
	err = eachEntry(s.Files, dir, func(item string) error {
		defer crash.Point(crash.CleanMidway)
		attempt, ok := keep[item]
		if !ok {
			return s.Files.RemoveTree(filepath.Join(dir, item))
		}
		return eachEntry(s.Files, filepath.Join(dir, item), func(name string) error {
			if name == attempt {
				return nil
			}
			return s.Files.RemoveTree(filepath.Join(dir, item, name))
		})
	})
	if err == nil && len(keep) == 0 {
		err = s.Files.RemoveTree(dir)
	}
	return err
}

// eachEntry calls do for what is right below a path, until its error.
func eachEntry(files warehouse.Files, dir string, do func(name string) error) error {
	names, err := files.Entries(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := do(name); err != nil {
			return err
		}
	}
	return nil
}
