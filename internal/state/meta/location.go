package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// locationsKey is the setting that holds what metadata calls the data folder, as a JSON array of absolute paths: what
// is written now goes by the first, the others are of a relocation that has not ended.
const locationsKey = "locations"

// Locations gives what metadata calls the data folder, which is at dir now: what was recorded or, in a folder of before
// that was done, what the rows say. Without tables that is nothing.
func (db *DB) Locations(ctx context.Context, dir string) (locations []string, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		locations, err = readLocations(ctx, tx, dir)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the data folder's location: %w", err)
	}
	return locations, nil
}

// RecordLocations notes what metadata calls the data folder.
func (db *DB) RecordLocations(ctx context.Context, locations []string) error {
	text, err := json.Marshal(locations)
	if err == nil {
		err = db.write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value
				WHERE value <> excluded.value`, locationsKey, text)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("record the data folder's location: %w", err)
	}
	return nil
}

// namedAtKey is the setting that holds where the data folder was when somebody said by which location others find it.
const namedAtKey = "named_at"

// NamedAt gives the path at which the data folder was when RecordNamedAt was told of it last; "" when it never was.
func (db *DB) NamedAt(ctx context.Context) (dir string, err error) {
	err = db.reader.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = ?`, namedAtKey).Scan(&dir)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read where the data folder was named: %w", err)
	}
	return dir, nil
}

// RecordNamedAt notes that the location of the data folder, which is at dir, is the one that its administrator chose:
// other engines know it by that, although it may not be there for this process, as in a container.
func (db *DB) RecordNamedAt(ctx context.Context, dir string) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value
			WHERE value <> excluded.value`, namedAtKey, []byte(dir))
		return err
	})
	if err != nil {
		return fmt.Errorf("record where the data folder was named: %w", err)
	}
	return nil
}

// HasTables reports whether there are tables, and so metadata that has a location for them.
func (db *DB) HasTables(ctx context.Context) (has bool, err error) {
	err = db.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tables)`).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("look for tables: %w", err)
	}
	return has, nil
}

func readLocations(ctx context.Context, q querier, dir string) (locations []string, err error) {
	var text []byte
	err = q.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = ?`, locationsKey).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return derivedLocations(ctx, q, dir)
	}
	if err == nil {
		err = json.Unmarshal(text, &locations)
	}
	if err == nil && len(locations) == 0 {
		err = errors.New("none is recorded")
	}
	return locations, err
}

// derivedLocations finds out what metadata calls the data folder from where the rows say that its tables are: most of
// them, as a folder may have been moved and then been given new tables where it was. Those of where it is now count
// too.
func derivedLocations(ctx context.Context, q querier, dir string) ([]string, error) {
	tables, err := collect(ctx, q, scanString, `SELECT location FROM tables`)
	if err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		if tables, err = collect(ctx, q, scanString, `SELECT DISTINCT location FROM import_jobs`); err != nil {
			return nil, err
		}
	}
	count := map[string]int{}
	for _, table := range tables {
		if location, ok := strings.CutSuffix(path.Dir(table), "/tables"); ok && path.IsAbs(table) {
			count[location]++
		}
	}
	var most string
	for location, n := range count {
		if n > count[most] || n == count[most] && location < most {
			most = location
		}
	}
	switch {
	case most == "":
		return nil, nil
	case count[dir] > 0 && most != dir:
		return []string{most, dir}, nil
	}
	return []string{most}, nil
}

// Relocate points a table at next, whose metadata calls the data folder something else, and has all rows that name the
// table's folder or files in it do so too: rename gives the new name for one of before. Guard: it still points at
// t.MetadataLocation.
func (db *DB) Relocate(ctx context.Context, t Table, next string, rename func(name string) (string, error)) (ok bool,
	err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		previous, err := one(tx.QueryRowContext(ctx, `SELECT coalesce(previous_metadata_location, '') FROM iceberg_tables
			WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?`, catalog, t.Namespace, t.Name), scanString)
		if err != nil {
			return err
		}
		if renamed, err := rename(previous); err == nil {
			previous = renamed
		}
		ok, err = happened(ctx, tx, `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = nullif(?, '')
			WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?`,
			next, previous, catalog, t.Namespace, t.Name, t.MetadataLocation)
		if err != nil || !ok {
			return err
		}
		return renameRows(ctx, tx, []string{t.Location}, rename)
	})
	if err != nil {
		return false, fmt.Errorf("swap table pointer: %w", err)
	}
	return ok, nil
}

// EndRelocation has the rows that still call the data folder something of before do as the others, and records that
// there is one location now. What rename refuses stays as it is.
func (db *DB) EndRelocation(ctx context.Context, location string, rename func(name string) (string, error)) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		tables, err := collect(ctx, tx, scanString, `SELECT location FROM tables UNION SELECT location FROM import_jobs`)
		if err != nil {
			return err
		}
		tables = slices.DeleteFunc(tables, func(name string) bool {
			renamed, err := rename(name)
			return err != nil || renamed == name
		})
		return renameRows(ctx, tx, tables, rename)
	})
	if err != nil {
		return fmt.Errorf("rename tables: %w", err)
	}
	return db.RecordLocations(ctx, []string{location})
}

// renameRows renames the folders of tables in all rows that have them.
func renameRows(ctx context.Context, tx *sql.Tx, tables []string, rename func(name string) (string, error)) error {
	for _, name := range tables {
		to, err := rename(name)
		if err != nil {
			return err
		}
		// The files of an item begin with the folder of its table, as JSON has it.
		old, err := json.Marshal(name)
		if err != nil {
			return err
		}
		renamed, err := json.Marshal(to)
		if err != nil {
			return err
		}
		const path = `"path":`
		if _, err := tx.ExecContext(ctx, `UPDATE import_items SET files = replace(files, ?1, ?2)
			WHERE job IN (SELECT id FROM import_jobs WHERE location = ?3)`,
			path+strings.TrimSuffix(string(old), `"`)+"/", path+strings.TrimSuffix(string(renamed), `"`)+"/", name); err != nil {
			return fmt.Errorf("rename files of items: %w", err)
		}
		for _, table := range []string{"tables", "import_jobs"} {
			if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET location = ? WHERE location = ?`, to, name); err != nil {
				return fmt.Errorf("rename in %s: %w", table, err)
			}
		}
	}
	return nil
}
