package upkeep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// errNoStore says that there is no store of the name that a check was asked for.
var errNoStore = errors.New("no such store")

// CheckRequest says what to look at.
type CheckRequest struct {
	Account string // whose stores; empty: all
	Store   string // the name of a variant store or, with all its versions, of an annotation store; empty: all
	Deep    bool   // decode every page of every column
}

// maxListed bounds how many findings or orphans an answer names.
const maxListed = 100_000

// maxMoves is how often a table is looked at anew because it changed meanwhile.
const maxMoves = 5

// DamageWay is the way out of a damaged state, in words for people.
const DamageWay = "with no command or server running, put it back from a backup, or have it rebuilt from the tables: varlake recover"

// Check holds the tables to themselves and to what their jobs recorded, and references to their record. Each finding is
// one line that begins with the store's table name (or "reference" and its name) and names files below the data folder.
// Imports and queries go on beside it: what looks wrong in a table that was changed meanwhile is looked at again; it
// works at the background's priority. errNoStore when there is none of the name.
func (s *Service) Check(ctx context.Context, request CheckRequest) (own.Findings, error) {
	result := own.Findings{Findings: []string{}}
	if err := s.Files.Verify(); err != nil {
		return result, err
	}
	defer s.Readers.Begin()() // files of snapshots that expire meanwhile stay until all is looked at
	if request.Account+request.Store == "" {
		if err := s.DB.Whole(ctx); meta.IsDamaged(err) {
			note(&result, warehouse.Line(s.Files, "varlake.db: "+err.Error())+"; "+DamageWay)
		} else if err != nil {
			return result, err
		}
	}
	state, err := s.DB.CheckState(ctx, request.Account, request.Store)
	if err != nil {
		return result, err
	}
	if request.Store != "" && len(state.Tables) == 0 {
		return result, errNoStore
	}
	for _, table := range state.Tables {
		if older := s.Older.Of(table.ID); older != "" {
			note(&result, warehouse.Line(s.Files, table.Name+": "+older)+"; "+meta.OlderWay)
		}
		if table.Status != omics.VersionActive {
			continue // nothing can be asked of it
		}
		findings, report, err := s.checkTable(ctx, &request, table)
		if err != nil {
			return result, err
		}
		if report == nil { // it went meanwhile
			continue
		}
		result.Tables++
		result.Files += report.Files
		result.Bytes += report.Bytes
		for _, finding := range findings {
			note(&result, warehouse.Line(s.Files, table.Name+": "+finding))
		}
	}
	slot.Lowly(func() { err = s.checkReferences(ctx, &request, &result) })
	if err != nil {
		return result, err
	}
	for _, stuck := range state.Stuck {
		note(&result, warehouse.Line(s.Files, stuck))
	}
	if request.Account+request.Store == "" {
		unknown, err := s.unknown(ctx)
		if err != nil {
			return result, err
		}
		for _, finding := range unknown {
			note(&result, warehouse.Line(s.Files, finding)+"; "+UnknownWay)
		}
		for _, item := range s.Waits.All() {
			if item.Tries >= meta.StuckAttempts {
				note(&result, warehouse.Line(s.Files, item.Finding()))
			}
		}
	}
	return result, nil
}

// note adds a finding to the result.
func note(result *own.Findings, finding string) {
	if result.Found++; result.Found <= maxListed {
		result.Findings = append(result.Findings, finding)
	}
}

// checkTable looks at a table until it did not change meanwhile, or all is well. Without a report it is not there any
// more.
func (s *Service) checkTable(ctx context.Context, request *CheckRequest, table meta.CheckTable) (findings []string,
	report *lake.Report, err error) {
	if err := s.Files.OwnTable(table.ID, table.Location); err != nil {
		return []string{err.Error()}, &lake.Report{}, nil
	}
	for try := 1; ; try++ {
		if table.MetadataLocation == "" {
			return []string{"the catalog does not have its table"}, &lake.Report{}, nil
		}
		if err := s.Files.OwnMetadata(table.Location, table.MetadataLocation); errors.Is(err, warehouse.ErrNotOwn) {
			return []string{err.Error()}, &lake.Report{}, nil
		}
		report, err = lake.Check(ctx, s.Files, table.MetadataLocation, lake.CheckOptions{Deep: request.Deep,
			Workers: s.Workers, Run: slot.Lowly})
		if err != nil {
			return nil, nil, err
		}
		findings = compare(&table, report, time.Now())
		if len(findings) == 0 || try == maxMoves {
			return findings, report, nil
		}
		state, err := s.DB.CheckState(ctx, table.Account, table.StoreName)
		if err != nil {
			return nil, nil, err
		}
		i := slices.IndexFunc(state.Tables, func(t meta.CheckTable) bool {
			return t.ID == table.ID &&
				t.Status == table.Status
		})
		if i < 0 {
			return nil, nil, nil
		}
		if state.Tables[i].MetadataLocation == table.MetadataLocation {
			return findings, report, nil
		}
		table = state.Tables[i]
	}
}

// compare words what is wrong with a table, and where it and the record of its jobs differ.
func compare(table *meta.CheckTable, report *lake.Report, now time.Time) (findings []string) {
	add := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	for _, fault := range report.Faults {
		if fault.Path == "" {
			add("%s", fault.What)
		} else {
			add("%s: %s", fault.Path, fault.What)
		}
	}
	if report.Rows == nil && len(report.Snapshots) == 0 { // the metadata itself could not be read
		return findings
	}
	snapshots := map[string]int{}
	for _, snapshot := range report.Snapshots {
		snapshots[snapshot.Job]++
	}
	known := map[string]bool{}
	for i := range table.Jobs {
		job := &table.Jobs[i]
		known[job.ID] = true
		rows := report.Rows[job.ID]
		switch n := snapshots[job.ID]; {
		case n > 1:
			add("job %s has %d snapshots", job.ID, n)
		case n == 1 && !job.Landed():
			add("job %s is %s with %d rows and has a snapshot", job.ID, job.Status, job.Rows)
		case n == 0 && job.Landed() && !report.Expired:
			add("job %s is %s and has no snapshot", job.ID, job.Status)
		case report.Rows != nil && job.Landed() && rows != job.Rows:
			add("job %s recorded %d rows, the table has %d of it", job.ID, job.Rows, rows)
		case report.Rows != nil && !job.Landed() && rows > 0:
			add("job %s is %s, the table has %d rows of it", job.ID, job.Status, rows)
		}
	}
	for _, snapshot := range report.Snapshots {
		// The record of a job goes before its rows do.
		if !known[snapshot.Job] && now.Sub(snapshot.Time) < meta.JobLife {
			add("there is a snapshot of job %s, of which there is no record", snapshot.Job)
		}
	}
	return findings
}
