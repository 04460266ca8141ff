package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/state/crash"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// busyPause is after what time a table's deletion looks again whether somebody writes its files.
const busyPause = 500 * time.Millisecond

// createTable makes a table that is CREATING.
func (s *Service) createTable(ctx context.Context, id string) error {
	defer s.Tables.Work(id)()
	table, err := s.DB.TableByID(ctx, id)
	if errors.Is(err, meta.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	if table.Status != omics.VersionCreating { // made before a crash, or being deleted
		return nil
	}
	metadata, err := s.writeTable(ctx, &table)
	if err != nil {
		return err
	}
	crash.Point(crash.TableCreate)
	ok, err := s.DB.ActivateTable(ctx, id, metadata)
	if err != nil {
		return fmt.Errorf("activate table: %w", err)
	}
	if !ok { // deleted meanwhile: nothing else looks at the folder any more
		return s.Files.RemoveTable(table.Location)
	}
	return nil
}

// failTable ends the creation of a table for a reason.
func (s *Service) failTable(ctx context.Context, id, reason string) error {
	table, err := s.DB.TableByID(ctx, id)
	if errors.Is(err, meta.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	_, err = s.DB.FailTable(ctx, id, "The "+owner(&table)+"'s table could not be made: "+reason+".")
	return err
}

// writeTable makes a table where there is none, or what a crash left of one. After an error nothing is left. What
// holds rows is a newer state's, and left as it is: meta.ErrOlder.
func (s *Service) writeTable(ctx context.Context, table *meta.Table) (metadata string, err error) {
	schema, err := ingest.Schema(table)
	if err != nil {
		return "", fmt.Errorf("lay out table: %w", err)
	}
	properties, err := s.DB.TableProperties(ctx, table)
	if err != nil {
		return "", err
	}
	if err := s.Files.OwnTable(table.ID, table.Location); err != nil {
		return "", err
	}
	if s.Older.Of(table.ID) != "" {
		return "", meta.ErrOlder
	}
	if err := s.Files.RemoveTable(table.Location); err != nil {
		return "", fmt.Errorf("remove the table of an earlier try: %w", err)
	}
	metadata, err = lake.CreateTable(ctx, s.Files, table.Location, schema, properties)
	if err != nil {
		err = errors.Join(err, s.Files.RemoveTable(table.Location))
	}
	return metadata, err
}

// deleteTable removes the files and then the row of a table that is DELETING.
func (s *Service) deleteTable(ctx context.Context, id string) error {
	table, err := s.DB.TableByID(ctx, id)
	if errors.Is(err, meta.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	return s.removeTable(ctx, &table)
}

func (s *Service) removeTable(ctx context.Context, table *meta.Table) error {
	s.Tables.EndUpkeep(table.ID)
	if s.Tables.Busy(table.ID) { // a cancelled job's worker, or the upkeep, has not noticed yet
		return river.JobSnooze(busyPause)
	}
	if err := s.removeFiles(table); err != nil {
		return fmt.Errorf("remove the %s's files: %w", owner(table), err)
	}
	crash.Point(crash.TableDelete)
	if _, err := s.DB.DropTable(ctx, table.ID); err != nil {
		return fmt.Errorf("drop table: %w", err)
	}
	return nil
}

// removeFiles removes a table's files. What the rows say is outside of the data folder, or another table's, is not
// this one's: it stays as it is.
func (s *Service) removeFiles(table *meta.Table) error {
	err := s.Files.OwnTable(table.ID, table.Location)
	if err == nil {
		err = s.Files.RemoveTable(table.Location)
	}
	if errors.Is(err, warehouse.ErrOutside) {
		s.Log.Warn("the files of a deleted table are not of this data folder, or another's, and stay",
			"store", table.Name, "error", err)
		return nil
	}
	return err
}

// refuseOlder is the error of an import into a table that the state is older than, in words for the job's user.
func (s *Service) refuseOlder(tableID string) error {
	if older := s.Older.Of(tableID); older != "" {
		return ingest.UserErrorf("%s; nothing is imported into the table until that is settled: %s", older, meta.OlderWay)
	}
	return nil
}

// deleteStore removes the tables and then the row of a store that is DELETING.
func (s *Service) deleteStore(ctx context.Context, storeID string) error {
	tables, err := s.DB.DeletingTables(ctx, storeID)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for i := range tables {
		if err := s.removeTable(ctx, &tables[i]); err != nil {
			return err
		}
	}
	crash.Point(crash.StoreDelete)
	if _, err := s.DB.DropStore(ctx, storeID); err != nil {
		return fmt.Errorf("drop store: %w", err)
	}
	return nil
}

// owner is what users call whose table it is.
func owner(table *meta.Table) string {
	if table.Kind == meta.Variants {
		return "store"
	}
	return "version"
}
