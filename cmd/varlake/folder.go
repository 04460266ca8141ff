package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// openFolder finds what metadata calls the data folder, for a command that only reads.
func openFolder(ctx context.Context, db *meta.DB, dir string) (*warehouse.Folder, error) {
	locations, err := db.Locations(ctx, dir)
	if err != nil {
		return nil, err
	}
	if len(locations) == 0 {
		locations = []string{dir}
	}
	return warehouse.NewFolder(dir, locations[0], locations[1:]...)
}

// nameFolder is openFolder for who may write: it records what metadata calls the data folder. location, unless empty,
// is what it shall call it; tables that call it something else already are for varlake relocate.
func nameFolder(ctx context.Context, db *meta.DB, dir, location string) (*warehouse.Folder, error) {
	locations, err := db.Locations(ctx, dir)
	if err != nil {
		return nil, err
	}
	if location != "" && !filepath.IsAbs(location) {
		return nil, usageError{fmt.Errorf("--location %q is no absolute path", location)}
	}
	switch {
	case location == "" && len(locations) == 0:
		locations = []string{dir}
	case location != "" && (len(locations) == 0 || locations[0] != filepath.Clean(location)):
		has, err := db.HasTables(ctx)
		if err != nil {
			return nil, err
		}
		if has {
			return nil, usageError{fmt.Errorf(
				"the tables' metadata calls the data folder %s, not %s as --location does; to change it: varlake relocate --to %s",
				locations[0], location, location)}
		}
		// what jobs of deleted tables left goes by the old one
		locations = append([]string{filepath.Clean(location)}, locations...)
	}
	folder, err := warehouse.NewFolder(dir, locations[0], locations[1:]...)
	if err != nil {
		return nil, err
	}
	if location != "" {
		if err := db.RecordNamedAt(ctx, dir); err != nil {
			return nil, err
		}
	}
	return folder, db.RecordLocations(ctx, locations)
}

// moved says in a sentence that other engines do not find the tables where their metadata says; "" when they do, or
// somebody has said that they do: by --location, now or when the folder was served at this place before, or by varlake
// relocate --to.
func moved(ctx context.Context, db *meta.DB, config serverConfig, folder *warehouse.Folder) (string, error) {
	if config.Location != "" {
		return "", nil
	}
	at, err := db.NamedAt(ctx)
	if err != nil || at == folder.Dir() {
		return "", err
	}
	location := folder.Location()
	named, err := os.Stat(location)
	if err == nil {
		if here, err := os.Stat(folder.Dir()); err == nil && os.SameFile(named, here) {
			return "", nil
		}
	}
	return fmt.Sprintf("the data folder is at %s, the metadata of its tables says %s: Varlake reads and writes it where it is, "+
		"other engines need varlake relocate first", folder.Dir(), location), nil
}
