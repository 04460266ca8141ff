package upkeep

import (
	"context"
	"errors"
	"fmt"

	"github.com/varlake/varlake/internal/state/crash"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// Relocate has the metadata of all tables, and the rows that name their files, call the data folder what in does.
// done is told of each table. No server may run. A table is moved in one step, so that what was killed goes on where it
// was when it is run again; of tables that cannot be read, or that the state is older than (meta.ErrOlder), the error
// tells, after all others are moved, and the folder keeps its former locations for them.
func Relocate(ctx context.Context, db *meta.DB, in warehouse.Files, done func(table string, files int)) error {
	if err := db.RecordLocations(ctx, in.Locations()); err != nil {
		return err
	}
	tables, err := db.EveryPointer(ctx)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	state, err := db.TableState(ctx, "", "")
	if err != nil {
		return fmt.Errorf("list jobs: %w", err)
	}
	jobs := committable(&state)
	var errs []error
	for _, table := range tables {
		files, err := relocateTable(ctx, db, in, table, jobs)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", table.Name, err))
			continue
		}
		done(table.Name, files)
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	return db.EndRelocation(ctx, in.Locations()[0], in.Rename)
}

// relocateTable moves a table. jobs are the imports that the state may have committed: the metadata of a newer state
// would be removed as that of before.
func relocateTable(ctx context.Context, db *meta.DB, in warehouse.Files, table meta.Table,
	jobs map[string]bool) (files int, err error) {
	finding := table.Older
	if finding == "" {
		finding, _ = olderThan(in, table.Location, table.MetadataLocation, jobs)
	}
	if finding != "" {
		return 0, fmt.Errorf("%w: %s; %s", meta.ErrOlder, finding, meta.OlderWay)
	}
	moved, err := lake.Relocate(ctx, in, table.MetadataLocation)
	if err != nil {
		return 0, err
	}
	crash.Point(crash.RelocateAfterMeta)
	ok, err := db.Relocate(ctx, table, moved.MetadataLocation, in.Rename)
	if err == nil && !ok {
		err = errors.New("its pointer was swapped meanwhile")
	}
	if err != nil {
		return 0, err
	}
	crash.Point(crash.RelocateAfterSwap)
	// Of this move, and of one that was killed.
	if _, err := lake.Sweep(ctx, in, moved.MetadataLocation); err != nil {
		return 0, fmt.Errorf("remove the metadata of before: %w", err)
	}
	return moved.Files, nil
}
