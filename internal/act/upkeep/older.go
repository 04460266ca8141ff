package upkeep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// findOlder finds the tables that the state is older than, and tells of those that it does not know, as after the
// restoration of a backup of varlake.db alone: metadata beside the table's history tells of imports that the state
// cannot have committed, or a table that the state has yet to make holds rows. A commit of this very state, ended or
// not, is of a job on record whose items have all ended. What cannot be read may be of a newer state, and counts as
// such until the next start; what is found is kept, since the job may end in this state, too. Nobody else writes tables
// while the service lives, so that once is enough.
func (s *Service) findOlder(ctx context.Context) error {
	state, err := s.DB.TableState(ctx, "", "")
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	jobs := committable(&state)
	for _, table := range state.Tables {
		finding, sure := table.Older, false
		switch {
		case finding != "":
		case table.Status == omics.VersionActive:
			finding, sure = olderThan(s.Files, table.Location, table.MetadataLocation, jobs)
		case table.Status == omics.VersionCreating, table.Status == omics.VersionFailed:
			finding, sure = olderThanRows(s.Files, table.Location, table.Status)
		}
		if sure && !s.Idle {
			if err := s.DB.SetOlder(ctx, table.ID, warehouse.Line(s.Files, finding)); err != nil {
				return err
			}
		}
		if finding != "" {
			s.Older.Note(table.ID, warehouse.Line(s.Files, finding))
			s.Log.Error("the state is older than a table, whose files are left as they are: "+meta.OlderWay, "store", table.Name,
				"finding", warehouse.Line(s.Files, finding))
		}
	}
	unknown, err := s.unknown(ctx)
	if err != nil {
		return err
	}
	for _, finding := range unknown {
		s.Log.Error("the state does not know what is in its folder: "+UnknownWay, "finding", warehouse.Line(s.Files, finding))
	}
	return nil
}

// committable gives the ids of the import jobs that the state may have committed.
func committable(state *meta.CheckState) map[string]bool {
	jobs := map[string]bool{}
	for _, table := range state.Tables {
		for _, job := range table.Jobs {
			if !job.Unread {
				jobs[job.ID] = true
			}
		}
	}
	return jobs
}

// olderThan words why the state, which may have committed jobs, is older than the table that it has at
// metadataLocation, or, when it is not sure, may be; empty when it is not.
func olderThan(files warehouse.Files, location, metadataLocation string, jobs map[string]bool) (finding string,
	sure bool) {
	// or the catalog does not have it, and nobody can say what it needs
	if metadataLocation == "" || outside(files, location) {
		return "", false
	}
	strange, err := lake.FindStrange(files, metadataLocation)
	if finding = newerThanState(strange, jobs, time.Now()); finding != "" {
		return finding, true
	}
	return unsure(err), false
}

// olderThanRows is olderThan for a table that the state has not made.
func olderThanRows(files warehouse.Files, location string, status omics.VersionStatus) (finding string, sure bool) {
	if outside(files, location) {
		return "", false
	}
	path, err := lake.HoldsRows(files, location)
	if path == "" {
		return unsure(err), false
	}
	return fmt.Sprintf("%s: a file of a newer state than varlake.db, in which the table is %s", path, status), true
}

// outside reports whether a table is of a place where nothing is ever written or removed.
func outside(files warehouse.Files, location string) bool {
	_, err := files.Path(location)
	return errors.Is(err, warehouse.ErrOutside)
}

// unsure words that what may be of a newer state cannot be read.
func unsure(err error) string {
	if err == nil {
		return ""
	}
	return "it cannot be said whether varlake.db is older than the table, and the next start looks again: " + err.Error()
}

// newerThanState words which imports metadata tells of that the state has not committed; empty when there are none.
// Records go after JobLife.
func newerThanState(strange []lake.Strange, committed map[string]bool, now time.Time) string {
	unknown := map[string]bool{}
	var newest lake.JobSnapshot
	var where string
	for _, metadata := range strange {
		for _, job := range metadata.Jobs {
			if committed[job.Job] || now.Sub(job.Time) >= meta.JobLife {
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
	return fmt.Sprintf("%s: metadata of a newer state than varlake.db: %d imports that it has no record of or none of their end, the newest job %s at %s",
		where, len(unknown), newest.Job, newest.Time.Format(time.RFC3339))
}

// acceptOlder ends the care for what a newer state had of a table.
func (s *Service) acceptOlder(ctx context.Context, tableID string) error {
	if err := s.DB.SetOlder(ctx, tableID, ""); err != nil {
		return err
	}
	s.Older.Forget(tableID)
	return nil
}
