package meta

import (
	"context"
	"database/sql"
	"fmt"
)

// Table is a table that can be queried: a variant store's, or that of a version of an annotation store.
type Table struct {
	Namespace        string // in the catalog
	Name             string // in the catalog
	Account          string // owner
	StoreID          string
	ShareID          string // of the share through which the account may read it; empty for its own
	ID               string // of the store or the version
	Location         string
	MetadataLocation string // the current one
}

// Tables lists the tables that an account may query, all as of one moment: those of its ACTIVE stores and versions, then those that
// ACTIVE shares give it, both by name, a variant store's before others of its name.
func (db *DB) Tables(ctx context.Context, account string) ([]Table, error) {
	return db.tables(ctx, `WHERE s.account = ?2 OR sh.id IS NOT NULL ORDER BY sh.id IS NOT NULL, t.table_name, t.table_namespace DESC`, account)
}

// EveryTable lists the tables of all accounts, for the upkeep of their files.
func (db *DB) EveryTable(ctx context.Context) ([]Table, error) {
	return db.tables(ctx, `ORDER BY t.table_name, t.table_namespace`, "")
}

func (db *DB) tables(ctx context.Context, which, account string) ([]Table, error) {
	return collect(ctx, db.reader, func(row scanner) (t Table, err error) {
		err = row.Scan(&t.Namespace, &t.Name, &t.Account, &t.StoreID, &t.ShareID, &t.ID, &t.Location, &t.MetadataLocation)
		return t, err
	}, `WITH s AS (
			SELECT account, id, id AS own, 'variant_' || account || '_' || id AS namespace, name AS table_name, location FROM variant_stores WHERE status = 'ACTIVE'
			UNION ALL
			SELECT a.account, a.id, v.id, 'annotation_' || a.account || '_' || a.id, v.table_name, v.location FROM annotation_stores a
			JOIN annotation_versions v ON v.store = a.id WHERE a.status = 'ACTIVE' AND v.status = 'ACTIVE')
		SELECT t.table_namespace, t.table_name, s.account, s.id, coalesce(sh.id, ''), s.own, s.location, t.metadata_location FROM s
		JOIN iceberg_tables t ON t.catalog_name = ?1 AND t.table_namespace = s.namespace AND t.table_name = s.table_name
		LEFT JOIN shares sh ON sh.store = s.id AND sh.subscriber = ?2 AND sh.status = 'ACTIVE' `+which, Catalog, account)
}

// Table gives a table, of whichever account, as it is now. ok is false when there is none any more, or it cannot be queried.
func (db *DB) Table(ctx context.Context, namespace, name string) (t Table, ok bool, err error) {
	tables, err := db.EveryTable(ctx)
	if err != nil {
		return Table{}, false, err
	}
	for _, t := range tables {
		if t.Namespace == namespace && t.Name == name {
			return t, true, nil
		}
	}
	return Table{}, false, nil
}

// SwapTable points a table at next, which holds the same rows in files that take growth bytes more. Guard: it still points at
// t.MetadataLocation.
func (db *DB) SwapTable(ctx context.Context, t Table, next string, growth int64) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		ok, err = happened(ctx, tx, `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = metadata_location
			WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?`, next, Catalog, t.Namespace, t.Name, t.MetadataLocation)
		if err != nil || !ok || growth == 0 {
			return err
		}
		for _, sized := range []string{"variant_stores", "annotation_versions"} { // the table is one of the two
			if _, err := tx.ExecContext(ctx, `UPDATE `+sized+` SET size_bytes = max(0, size_bytes + ?) WHERE location = ?`, growth, t.Location); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("swap table pointer: %w", err)
	}
	return ok, nil
}
