package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// catalog is the catalog_name of every row in iceberg_tables.
const catalog = "varlake"

// Table is one row of tables, with what its store and the catalog add: a variant store's, or that of a version of
// an annotation store.
type Table struct {
	Seq              int64 // place in lists
	ID               string
	StoreID          string
	StoreName        string
	Account          string // owner
	Kind             Kind
	Format           omics.StoreFormat
	Reference        bool   // its store has one
	Version          string // its name; empty of a variant store's, as ARN, Description and Options
	ARN              string
	Description      string
	Options          *omics.VersionOptions // nil when the request had none
	StoreOptions     *omics.StoreOptions   // likewise
	Namespace        string                // in the catalog
	Name             string                // in the catalog
	Location         string                // folder
	Status           omics.VersionStatus
	StatusMessage    string
	SizeBytes        int64
	Created          time.Time
	Updated          time.Time
	Older            string // why the state is older than the table, as SetOlder kept it; empty when nothing says so
	MetadataLocation string // the current one; empty when the catalog does not have the table
	ShareID          string // of the share through which the account that asked may read it; empty for its own
}

// TSV gives the layout of a TSV table: its own options, else its store's. nil for other formats.
func (t *Table) TSV() *omics.TsvStoreOptions {
	switch {
	case t.Options != nil && t.Options.TsvVersionOptions != nil:
		return t.Options.TsvVersionOptions
	case t.StoreOptions != nil:
		return t.StoreOptions.TsvStoreOptions
	}
	return nil
}

// HasAlleles tells whether the table's rows have alleles, without which left normalization means nothing.
func (t *Table) HasAlleles() bool {
	if tsv := t.TSV(); t.Format == omics.FormatTSV {
		return tsv != nil && tsv.AnnotationType != nil && tsv.AnnotationType.HasAlleles()
	}
	return t.Format == omics.FormatVCF
}

// Namespace is the catalog namespace of a store's tables.
func Namespace(kind Kind, account, storeID string) string {
	return strings.ToLower(string(kind)) + "_" + account + "_" + storeID
}

// TableName is what the catalog calls a new table: as its store, but store__version for a version that is not named so.
func TableName(store, version string) string {
	if version == "" || version == store {
		return store
	}
	return store + "__" + version
}

// NewTable is what CreateStore and CreateVersion need.
type NewTable struct {
	ID          string // from NewStoreID
	Version     string // its name; empty for a variant store's, as all up to Tags
	ARN         string
	Description string
	Options     *omics.VersionOptions
	Tags        map[string]string
	Location    string
	Max         int // versions a store may have
}

// tableRows is what tableColumns are of.
const tableRows = `tables t JOIN stores s ON s.id = t.store
	LEFT JOIN iceberg_tables i
		ON i.catalog_name = '` + catalog + `' AND i.table_namespace = t.namespace AND i.table_name = t.name`

const tableColumns = `t.seq, t.id, t.store, s.name, s.account, s.kind, s.format, s.reference_arn <> '', t.version,
	coalesce(t.arn, ''), t.description, t.options, s.options, t.namespace, t.name, t.location,
	t.status, t.status_message, t.size_bytes, t.created, t.updated, t.older, coalesce(i.metadata_location, '')`

// queryable is whether a row of tableRows can be queried.
const queryable = `s.status = 'ACTIVE' AND t.status = 'ACTIVE' AND i.metadata_location IS NOT NULL`

func scanTable(row scanner) (Table, error) { return scanTableAnd(row) }

// scanTableAnd scans tableColumns, and then more.
func scanTableAnd(row scanner, more ...any) (t Table, err error) {
	var created, updated int64
	var options, storeOptions *string
	err = row.Scan(append([]any{&t.Seq, &t.ID, &t.StoreID, &t.StoreName, &t.Account, &t.Kind, &t.Format, &t.Reference,
		&t.Version, &t.ARN, &t.Description, &options, &storeOptions, &t.Namespace, &t.Name, &t.Location,
		&t.Status, &t.StatusMessage, &t.SizeBytes, &created, &updated, &t.Older, &t.MetadataLocation}, more...)...)
	if err != nil {
		return t, err
	}
	t.Created, t.Updated = fromMicros(created), fromMicros(updated)
	if t.Options, err = decodeJSON[omics.VersionOptions](options); err != nil {
		return t, err
	}
	t.StoreOptions, err = decodeJSON[omics.StoreOptions](storeOptions)
	return t, err
}

func table(ctx context.Context, q querier, where string, args ...any) (Table, error) {
	return one(q.QueryRowContext(ctx, `SELECT `+tableColumns+` FROM `+tableRows+` WHERE `+where, args...), scanTable)
}

// addTable writes a table of a store CREATING, its tags, and the queue job that makes it.
func (db *DB) addTable(ctx context.Context, tx *sql.Tx, s *Store, n NewTable) error {
	options, err := encodeJSON(n.Options)
	if err != nil {
		return err
	}
	now := db.now()
	if _, err := tx.ExecContext(ctx, `INSERT INTO tables
		(id, store, version, arn, description, options, namespace, name, location, status, created, updated)
		VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, 'CREATING', ?, ?)`,
		n.ID, s.ID, n.Version, n.ARN, n.Description, options,
		Namespace(s.Kind, s.Account, s.ID), TableName(s.Name, n.Version), n.Location, now, now); err != nil {
		return fmt.Errorf("insert table: %w", err)
	}
	if n.ARN != "" {
		if err := putTags(ctx, tx, n.ARN, n.Tags); err != nil {
			return err
		}
	}
	return db.enqueue(ctx, tx, CreateTableArgs{TableID: n.ID})
}

// CreateVersion writes a version of an annotation store CREATING, its tags, and the queue job that makes its table.
// Guards: the account has an ACTIVE store of that name (else ErrNotFound, ErrNotActive), the version's name is free
// (ErrExists), the store has fewer than Max versions (ErrQuota), no store or table has the id (ErrIDTaken).
func (db *DB) CreateVersion(ctx context.Context, account, storeName string, n NewTable) (t Table, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		s, err := store(ctx, tx, account, Annotations, storeName)
		if err != nil {
			return err
		}
		var taken bool
		var count int
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tables WHERE store = ?1 AND version = ?2),
			(SELECT count(*) FROM tables WHERE store = ?1)`, s.ID, n.Version).Scan(&taken, &count); err != nil {
			return fmt.Errorf("check version: %w", err)
		}
		switch {
		case s.Status != omics.StoreActive:
			return ErrNotActive
		case taken:
			return ErrExists
		case count >= n.Max:
			return ErrQuota
		}
		if err := checkFreeIDs(ctx, tx, n.ID); err != nil {
			return err
		}
		if err := db.addTable(ctx, tx, &s, n); err != nil {
			return err
		}
		if t, err = table(ctx, tx, `t.id = ?`, n.ID); err != nil {
			return fmt.Errorf("read version: %w", err)
		}
		return nil
	})
	return t, err
}

const versionNamed = `s.account = ? AND s.kind = 'ANNOTATION' AND s.name = ? AND t.version = ?`

// Version returns a version of the account's annotation store and its tags, as of one moment; ErrNotFound when
// there is none.
func (db *DB) Version(ctx context.Context, account, store, version string) (t Table, m map[string]string, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		if t, err = table(ctx, tx, versionNamed, account, store, version); err != nil {
			return err
		}
		m, err = tags(ctx, tx, t.ARN)
		return err
	})
	return t, m, err
}

// TableByID returns the table with that id, whoever owns it and whatever its state; ErrNotFound when there is none.
func (db *DB) TableByID(ctx context.Context, id string) (Table, error) {
	return table(ctx, db.reader, `t.id = ?`, id)
}

// StoreTables lists the tables of a store, newest first. An empty status does not narrow.
func (db *DB) StoreTables(ctx context.Context, storeID string, status omics.VersionStatus, p Page) ([]Table, error) {
	q := newListOf("t.seq", p).and("t.store = ?", storeID)
	if status != "" {
		q.and("t.status = ?", string(status))
	}
	return listRows(ctx, db.reader, q, tableRows, tableColumns, scanTable)
}

// UpdateVersion changes the description, unless it is nil. Guard: the version is not DELETING, else ErrNotFound.
func (db *DB) UpdateVersion(ctx context.Context, account, store, version string, description *string) (Table, error) {
	var t Table
	err := db.write(ctx, func(tx *sql.Tx) (err error) {
		if t, err = table(ctx, tx, versionNamed+` AND t.status <> 'DELETING'`, account, store, version); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tables SET description = coalesce(?, description), updated = ? WHERE id = ?`,
			description, db.now(), t.ID); err != nil {
			return fmt.Errorf("update version: %w", err)
		}
		t, err = table(ctx, tx, `t.id = ?`, t.ID)
		return err
	})
	return t, err
}

// ActivateTable ends the creation of a table, and of its store when that is CREATING too: ACTIVE, with a row in
// iceberg_tables that points at metadataLocation. Guard: the table is CREATING. false when it is not, and nothing
// changed.
func (db *DB) ActivateTable(ctx context.Context, tableID, metadataLocation string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		if ok, err = db.endCreation(ctx, tx, tableID, omics.VersionActive, ""); err != nil || !ok {
			return err
		}
		t, err := table(ctx, tx, `t.id = ?`, tableID)
		if err != nil {
			return fmt.Errorf("read table: %w", err)
		}
		return joinCatalog(ctx, tx, t.Namespace, t.Name, metadataLocation)
	})
	return ok && err == nil, err
}

// FailTable ends the creation of a table, and of its store when that is CREATING too, in FAILED with the reason.
// Guard: the table is CREATING.
func (db *DB) FailTable(ctx context.Context, tableID, reason string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		ok, err = db.endCreation(ctx, tx, tableID, omics.VersionFailed, reason)
		return err
	})
	return ok && err == nil, err
}

func (db *DB) endCreation(
	ctx context.Context, tx *sql.Tx, tableID string, status omics.VersionStatus, message string,
) (bool, error) {
	now := db.now()
	ok, err := happened(ctx, tx, `UPDATE tables SET status = ?, status_message = ?, updated = ?
		WHERE id = ? AND status = 'CREATING'`, string(status), message, now, tableID)
	if err != nil || !ok {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE stores SET status = ?, status_message = ?, updated = ?
		WHERE id = (SELECT store FROM tables WHERE id = ?) AND status = 'CREATING'`, string(status), message, now, tableID)
	return true, err
}

// BeginDeleteVersion moves one version, whatever its state, to DELETING and enqueues its removal. ErrNotFound when
// the store has no such version; ErrInUse when an unfinished job imports into it and force is not set. Calling it
// again is harmless. A store that was CREATING for this version waits for nothing any more and becomes ACTIVE.
func (db *DB) BeginDeleteVersion(ctx context.Context, storeID, version string, force bool) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		t, err := table(ctx, tx, `t.store = ? AND t.version = ?`, storeID, version)
		if err != nil {
			return err
		}
		if t.Status == omics.VersionDeleting {
			return nil
		}
		const why = "The annotation store version was deleted."
		if err := db.cancelImports(ctx, tx, "table_id", t.ID, force, why); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tables SET status = 'DELETING', updated = ? WHERE id = ?`,
			db.now(), t.ID); err != nil {
			return fmt.Errorf("mark version: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE stores SET status = 'ACTIVE', updated = ?
			WHERE id = ? AND status = 'CREATING'`, db.now(), t.StoreID); err != nil {
			return fmt.Errorf("activate store: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM iceberg_tables
			WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?`, catalog, t.Namespace, t.Name); err != nil {
			return fmt.Errorf("delete table: %w", err)
		}
		return db.enqueue(ctx, tx, DeleteTableArgs{TableID: t.ID})
	})
}

// DropTable ends a table's deletion, after its files are gone. Guard: the table is DELETING.
func (db *DB) DropTable(ctx context.Context, tableID string) (ok bool, err error) {
	return db.drop(ctx, `DELETE FROM tables WHERE id = ? AND status = 'DELETING' RETURNING arn`, tableID)
}

// DeletingTables lists the tables of a store that are being deleted.
func (db *DB) DeletingTables(ctx context.Context, storeID string) ([]Table, error) {
	return collect(ctx, db.reader, scanTable,
		`SELECT `+tableColumns+` FROM `+tableRows+` WHERE t.store = ? AND t.status = 'DELETING' ORDER BY t.seq`, storeID)
}

// Tables lists the tables that an account may query, all as of one moment: those of its ACTIVE stores and versions,
// then those that ACTIVE shares give it, both by name, a variant store's before others of its name.
func (db *DB) Tables(ctx context.Context, account string) ([]Table, error) {
	return collect(ctx, db.reader, func(row scanner) (Table, error) {
		var share string
		t, err := scanTableAnd(row, &share)
		t.ShareID = share
		return t, err
	}, `SELECT `+tableColumns+`, coalesce(sh.id, '') FROM `+tableRows+`
		LEFT JOIN shares sh ON sh.store = s.id AND sh.subscriber = ?1 AND sh.status = 'ACTIVE'
		WHERE `+queryable+` AND (s.account = ?1 OR sh.id IS NOT NULL)
		ORDER BY sh.id IS NOT NULL, t.name, s.kind DESC, t.namespace DESC`, account)
}

// In says whether the table is among those that a command means by name: that of a store means all its versions,
// STORE__VERSION one of them.
func (t *Table) In(name string) bool {
	return strings.EqualFold(name, t.StoreName) || strings.EqualFold(name, t.Name) ||
		t.Version != "" && strings.EqualFold(name, t.StoreName+"__"+t.Version)
}

// EveryTable lists the tables of all accounts that can be queried, for the upkeep of their files.
func (db *DB) EveryTable(ctx context.Context) ([]Table, error) {
	return collect(ctx, db.reader, scanTable, `SELECT `+tableColumns+` FROM `+tableRows+`
		WHERE `+queryable+` ORDER BY t.name, t.namespace`)
}

// EveryPointer lists the tables in the catalog, of all accounts and whatever their state.
func (db *DB) EveryPointer(ctx context.Context) ([]Table, error) {
	return collect(ctx, db.reader, scanTable, `SELECT `+tableColumns+` FROM `+tableRows+`
		WHERE i.metadata_location IS NOT NULL ORDER BY t.name, t.namespace`)
}

// Table gives a table, of whichever account, as it is now. ok is false when there is none any more, or it cannot be
// queried.
func (db *DB) Table(ctx context.Context, id string) (t Table, ok bool, err error) {
	t, err = table(ctx, db.reader, `t.id = ? AND `+queryable, id)
	if errors.Is(err, ErrNotFound) {
		return Table{}, false, nil
	}
	return t, err == nil, err
}

// SwapTable points a table at next, which holds the same rows in files that take growth bytes more. Guard: it still
// points at t.MetadataLocation.
func (db *DB) SwapTable(ctx context.Context, t Table, next string, growth int64) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		ok, err = happened(ctx, tx, `UPDATE iceberg_tables
			SET metadata_location = ?, previous_metadata_location = metadata_location
			WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?`,
			next, catalog, t.Namespace, t.Name, t.MetadataLocation)
		if err != nil || !ok || growth == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE tables SET size_bytes = max(0, size_bytes + ?) WHERE id = ?`, growth, t.ID)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("swap table pointer: %w", err)
	}
	return ok, nil
}

// joinCatalog makes a row in the catalog, and the namespace when it is new.
func joinCatalog(ctx context.Context, tx *sql.Tx, namespace, name, metadataLocation string) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO iceberg_namespace_properties
		(catalog_name, namespace, property_key, property_value)
		VALUES (?, ?, 'exists', 'true') ON CONFLICT DO NOTHING`, catalog, namespace); err != nil {
		return fmt.Errorf("insert namespace: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO iceberg_tables
		(catalog_name, table_namespace, table_name, metadata_location, iceberg_type)
		VALUES (?, ?, ?, ?, 'TABLE')`, catalog, namespace, name, metadataLocation); err != nil {
		return fmt.Errorf("insert table: %w", err)
	}
	return nil
}

// leaveCatalog takes all tables of a namespace, and the namespace, out of the catalog.
func leaveCatalog(ctx context.Context, tx *sql.Tx, namespace string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ?`,
		catalog, namespace); err != nil {
		return fmt.Errorf("delete table: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM iceberg_namespace_properties WHERE catalog_name = ? AND namespace = ?`,
		catalog, namespace); err != nil {
		return fmt.Errorf("delete namespace: %w", err)
	}
	return nil
}
