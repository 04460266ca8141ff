package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/varlake/varlake/internal/lake"
	"github.com/varlake/varlake/internal/meta"
)

// ErrOlder is the error of work that would remove files which a table of a newer state needs.
var ErrOlder = errors.New("the state is older than the table: its files are left as they are, see varlake check")

// OlderWay is the way out of a state that is older than the tables, in words for people.
const OlderWay = "put the newer varlake.db back; or rebuild it from the tables: varlake recover --whole; " +
	"or give the newer imports up: varlake check --orphans --remove --accept-older"

// findOlder finds the tables that the state is older than, as after the restoration of a backup of varlake.db alone: metadata beside the
// table's history tells of imports that the state has no record of. A commit of this very state, ended or not, is of a job on
// record. Nobody else writes tables while the service lives, so that once is enough.
func (s *Service) findOlder(ctx context.Context) error {
	tables, err := s.DB.EveryTable(ctx)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	var jobs map[string]bool // on record; read when they are asked for
	for _, table := range tables {
		strange, err := lake.FindStrange(s.Folder, table.MetadataLocation)
		if err != nil { // nothing is removed of a table whose metadata cannot be read
			s.Log.Warn("it cannot be said whether the table is of this state", "store", table.Name, "error", err)
			continue
		}
		if len(strange) == 0 {
			continue
		}
		if jobs == nil {
			if jobs, err = s.recordedJobs(ctx); err != nil {
				return err
			}
		}
		if finding := newerThanState(strange, jobs, time.Now()); finding != "" {
			s.older[table.Location] = finding
			s.Log.Error("the state is older than a table, whose files are left as they are: "+OlderWay, "store", table.Name, "finding", s.line(finding))
		}
	}
	return nil
}

// recordedJobs gives the ids of all import jobs of which there is a record.
func (s *Service) recordedJobs(ctx context.Context) (map[string]bool, error) {
	state, err := s.DB.CheckState(ctx, "", "")
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	jobs := map[string]bool{}
	for _, table := range state.Tables {
		for _, job := range table.Jobs {
			jobs[job.ID] = true
		}
	}
	return jobs, nil
}

// newerThanState words which imports metadata tells of that are not on record; empty when there are none. Records go after JobLife.
func newerThanState(strange []lake.Strange, recorded map[string]bool, now time.Time) string {
	unknown := map[string]bool{}
	var newest lake.JobSnapshot
	var where string
	for _, metadata := range strange {
		for _, job := range metadata.Jobs {
			if recorded[job.Job] || now.Sub(job.Time) >= meta.JobLife {
				continue
			}
			unknown[job.Job] = true
			if where == "" || job.Time.After(newest.Time) {
				newest, where = job, metadata.Path
			}
		}
	}
	if where == "" {
		return ""
	}
	return fmt.Sprintf("%s: metadata of a newer state than varlake.db: %d imports that it has no record of, the newest job %s at %s",
		where, len(unknown), newest.Job, newest.Time.Format(time.RFC3339))
}

// olderThan gives what findOlder found of the table in the folder location; empty when that is nothing.
func (s *Service) olderThan(location string) (finding string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.older[location]
}

// acceptOlder ends the care for what a newer state had of a table.
func (s *Service) acceptOlder(location string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.older, location)
}
