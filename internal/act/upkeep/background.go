package upkeep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/varlake/varlake/internal/table/lake"
)

// maintainTables looks after all tables in the background until ctx ends: one after the other, when one has changed and
// every now and then.
func (s *Service) maintainTables(ctx context.Context) {
	tick := time.NewTicker(maintainEvery)
	defer tick.Stop()
	seen := map[string]string{} // location → metadata of a table that needs nothing
	for expire := true; ; {
		s.maintainOnce(ctx, seen, expire)
		select {
		case <-s.Tables.Changed():
			expire = false
		case <-tick.C:
			expire = true
		case <-ctx.Done():
			return
		}
	}
}

func (s *Service) maintainOnce(ctx context.Context, seen map[string]string, expire bool) {
	tables, err := s.DB.EveryTable(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("tables cannot be listed for upkeep", "error", err)
		}
		return
	}
	for _, table := range tables {
		if s.Older.Of(table.ID) != "" { // as the start has said
			continue
		}
		if !expire && seen[table.Location] == table.MetadataLocation {
			continue
		}
		if _, err := s.Maintain(ctx, table, Care{Expire: expire}); err != nil {
			if ctx.Err() != nil {
				return
			}
			if !errors.Is(err, context.Canceled) { // the table is being deleted
				s.Log.Error("upkeep failed, to be tried again", "store", table.Name, "error", err)
			}
			continue
		}
		seen[table.Location] = table.MetadataLocation // if it changed meanwhile it is looked at once more
	}
}

// endCompactions ends the compactions that an earlier process did not. Nothing commits yet.
func (s *Service) endCompactions(ctx context.Context) error {
	tables, err := s.DB.EveryTable(ctx)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, table := range tables {
		if s.Older.Of(table.ID) != "" {
			continue
		}
		ended, err := 0, s.Files.OwnTable(table.ID, table.Location)
		if err == nil {
			ended, err = lake.EndCompactions(ctx, s.Files, table.Location, table.MetadataLocation)
		}
		if err == nil && ended > 0 {
			_, err = lake.Sweep(ctx, s.Files, table.MetadataLocation)
		}
		if err != nil { // a table that cannot be read must not keep the others from being served
			s.Log.Error("unfinished compactions stay", "store", table.Name, "error", err)
		} else if ended > 0 {
			s.Log.Info("ended unfinished compactions", "store", table.Name, "compactions", ended)
		}
	}
	return nil
}
