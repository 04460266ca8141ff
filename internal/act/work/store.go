package work

import (
	"context"
	"errors"
	"fmt"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// createTable makes a table that is CREATING.
func (s *Service) createTable(ctx context.Context, id string) error {
	defer s.working(id)()
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
	crashPoint(crashTableCreate)
	ok, err := s.DB.ActivateTable(ctx, id, metadata)
	if err != nil {
		return fmt.Errorf("activate table: %w", err)
	}
	if !ok { // deleted meanwhile: nothing else looks at the folder any more
		return s.Folder.RemoveAll(table.Location)
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
// holds rows is a newer state's, and left as it is: ErrOlder.
func (s *Service) writeTable(ctx context.Context, table *meta.Table) (metadata string, err error) {
	schema, err := tableSchema(table)
	if err != nil {
		return "", fmt.Errorf("lay out table: %w", err)
	}
	properties, err := s.tableProperties(ctx, table)
	if err != nil {
		return "", err
	}
	if err := s.Folder.OwnTable(table.ID, table.Location); err != nil {
		return "", err
	}
	if s.olderThan(table.ID) != "" {
		return "", ErrOlder
	}
	if err := s.Folder.RemoveAll(table.Location); err != nil {
		return "", fmt.Errorf("remove the table of an earlier try: %w", err)
	}
	metadata, err = lake.CreateTable(ctx, s.Folder, table.Location, schema, properties)
	if err != nil {
		err = errors.Join(err, s.Folder.RemoveAll(table.Location))
	}
	return metadata, err
}

// tableSchema is how a table's files are laid out, as its format has it.
func tableSchema(table *meta.Table) (*lake.Schema, error) {
	switch table.Format {
	case omics.FormatGFF:
		return gffSchema(), nil
	case omics.FormatTSV:
		layout, err := tsvLayout(table)
		if err != nil {
			return nil, err
		}
		return tsvSchema(layout)
	}
	return variant.Schema(), nil
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
	s.endUpkeep(table.ID)
	if s.isWorking(table.ID) { // a cancelled job's worker, or the upkeep, has not noticed yet
		return river.JobSnooze(cleanEvery)
	}
	if err := s.removeFiles(table); err != nil {
		return fmt.Errorf("remove the %s's files: %w", owner(table), err)
	}
	crashPoint(crashTableDelete)
	if _, err := s.DB.DropTable(ctx, table.ID); err != nil {
		return fmt.Errorf("drop table: %w", err)
	}
	return nil
}

// removeFiles removes a table's files. What the rows say is outside of the data folder, or another table's, is not
// this one's: it stays as it is.
func (s *Service) removeFiles(table *meta.Table) error {
	err := s.Folder.OwnTable(table.ID, table.Location)
	if err == nil {
		err = s.Folder.RemoveAll(table.Location)
	}
	if errors.Is(err, warehouse.ErrOutside) {
		s.Log.Warn("the files of a deleted table are not of this data folder, or another's, and stay",
			"store", table.Name, "error", err)
		return nil
	}
	return err
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
	crashPoint(crashStoreDelete)
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
