package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// describeReference writes the card of a reference that is stored.
func (s *Service) describeReference(store *meta.ReferenceStore, r *meta.Reference) error {
	raw, err := json.MarshalIndent(meta.NewCard(store, r), "", "  ")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	dir, err := warehouse.ReferenceDir(s.Files, r.StoreID, r.ID)
	if err != nil {
		return err
	}
	if _, err := s.Files.Stat(filepath.Join(dir, meta.ReferenceFASTA)); err != nil {
		return err // a card says that its reference is whole
	}
	return s.Files.Put(filepath.Join(dir, meta.ReferenceCard), append(raw, '\n'))
}

// describe has the tables and references of a state from before that was done say what they are. Nothing commits yet.
// What cannot be written, on a full disk for one, is for the next start.
func (s *Service) describe(ctx context.Context) error {
	if done, err := s.DB.Described(ctx); err != nil || done {
		return err
	}
	tables, err := s.DB.EveryTable(ctx)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	var errs []error
	for i := range tables {
		if s.Older.Of(tables[i].ID) != "" { // its newer metadata says it
			continue
		}
		if err := s.describeTable(ctx, &tables[i]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", tables[i].Name, err))
		}
	}
	references, err := s.DB.EveryReference(ctx, "", "")
	if err != nil {
		return fmt.Errorf("list references: %w", err)
	}
	for i := range references {
		store, err := s.DB.ReferenceStoreByID(ctx, references[i].StoreID)
		if err == nil {
			err = s.describeReference(&store, &references[i])
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("reference %s: %w", references[i].ID, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		s.Log.Warn("not all tables and references say yet what they are, in case that the state is lost", "error", err)
		return nil
	}
	return s.DB.SetDescribed(ctx)
}

func (s *Service) describeTable(ctx context.Context, table *meta.Table) error {
	before, err := lake.Properties(ctx, s.Files, table.MetadataLocation)
	if err != nil || before[meta.PropStoreID] != "" {
		return err
	}
	properties, err := s.DB.TableProperties(ctx, table)
	if err != nil {
		return err
	}
	next, err := lake.SetProperties(ctx, s.Files, table.MetadataLocation, properties)
	if err != nil {
		return err
	}
	_, err = s.DB.SwapTable(ctx, *table, next, 0)
	return err
}
