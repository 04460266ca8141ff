package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// AnnotationStore is one row of annotation_stores, with what its versions add up to.
type AnnotationStore struct {
	Seq           int64 // place in lists
	ID            string
	Account       string
	Name          string
	ARN           string
	ReferenceARN  string // empty without a reference
	Description   string
	SSEKeyARN     *string
	Format        omics.StoreFormat
	Options       *omics.StoreOptions // nil when the request had none
	Status        omics.StoreStatus
	StatusMessage string
	Versions      int   // those not being deleted
	SizeBytes     int64 // of all versions
	Created       time.Time
	Updated       time.Time
}

// AnnotationVersion is one row of annotation_versions and what its store adds.
type AnnotationVersion struct {
	Seq           int64 // place in lists
	ID            string
	StoreID       string
	StoreName     string
	Account       string
	Format        omics.StoreFormat
	Name          string
	ARN           string
	Description   string
	Options       *omics.VersionOptions // nil when the request had none
	TableName     string
	Location      string // folder of the table
	Status        omics.VersionStatus
	StatusMessage string
	SizeBytes     int64
	Created       time.Time
	Updated       time.Time

	storeOptions *omics.StoreOptions
}

// TSV gives the layout of a TSV version: its own options, else its store's. nil for other formats.
func (v *AnnotationVersion) TSV() *omics.TsvStoreOptions {
	switch {
	case v.Options != nil && v.Options.TsvVersionOptions != nil:
		return v.Options.TsvVersionOptions
	case v.storeOptions != nil:
		return v.storeOptions.TsvStoreOptions
	}
	return nil
}

// HasAlleles tells whether the version's rows have alleles, without which left normalization means nothing.
func (v *AnnotationVersion) HasAlleles() bool {
	if tsv := v.TSV(); v.Format == omics.FormatTSV {
		return tsv != nil && tsv.AnnotationType != nil && tsv.AnnotationType.HasAlleles()
	}
	return v.Format == omics.FormatVCF
}

// AnnotationNamespace is the catalog namespace of an annotation store's tables.
func AnnotationNamespace(account, storeID string) string {
	return "annotation_" + account + "_" + storeID
}

// AnnotationTable names a version's table: as the store for the version named so, else store__version.
func AnnotationTable(store, version string) string {
	if version == store {
		return store
	}
	return store + "__" + version
}

// NewAnnotationStore is what CreateAnnotationStore needs.
type NewAnnotationStore struct {
	Account      string
	Name         string
	ARN          string
	ReferenceARN string // empty: none
	Description  string
	SSEKeyARN    *string
	Format       omics.StoreFormat
	Options      *omics.StoreOptions
	Tags         map[string]string
	Version      NewAnnotationVersion // the first one
	Max          int                  // stores an account may have
}

// NewAnnotationVersion is what CreateAnnotationStoreVersion needs.
type NewAnnotationVersion struct {
	Name        string
	ARN         string
	Description string
	Options     *omics.VersionOptions
	Tags        map[string]string
	Location    func(versionID string) string
	Max         int // versions a store may have
}

const annotationStoreColumns = `seq, id, account, name, arn, reference_arn, description, sse_key_arn, format, options, status, status_message,
	(SELECT count(*) FROM annotation_versions v WHERE v.store = annotation_stores.id AND v.status <> 'DELETING'),
	(SELECT coalesce(sum(size_bytes), 0) FROM annotation_versions v WHERE v.store = annotation_stores.id), created, updated`

func scanAnnotationStore(row scanner) (s AnnotationStore, err error) {
	var created, updated int64
	var options *string
	err = row.Scan(&s.Seq, &s.ID, &s.Account, &s.Name, &s.ARN, &s.ReferenceARN, &s.Description, &s.SSEKeyARN, &s.Format, &options,
		&s.Status, &s.StatusMessage, &s.Versions, &s.SizeBytes, &created, &updated)
	if err != nil {
		return s, err
	}
	s.Created, s.Updated = fromMicros(created), fromMicros(updated)
	s.Options, err = decodeJSON[omics.StoreOptions](options)
	return s, err
}

// annotationVersions is the table that annotationVersionColumns are of.
const annotationVersions = `annotation_versions v JOIN annotation_stores s ON s.id = v.store`

const annotationVersionColumns = `v.seq, v.id, v.store, s.name, s.account, s.format, v.name, v.arn, v.description, v.options, v.table_name, v.location,
	v.status, v.status_message, v.size_bytes, v.created, v.updated, s.options`

func scanAnnotationVersion(row scanner) (v AnnotationVersion, err error) {
	var created, updated int64
	var options, storeOptions *string
	err = row.Scan(&v.Seq, &v.ID, &v.StoreID, &v.StoreName, &v.Account, &v.Format, &v.Name, &v.ARN, &v.Description, &options, &v.TableName, &v.Location,
		&v.Status, &v.StatusMessage, &v.SizeBytes, &created, &updated, &storeOptions)
	if err != nil {
		return v, err
	}
	v.Created, v.Updated = fromMicros(created), fromMicros(updated)
	if v.Options, err = decodeJSON[omics.VersionOptions](options); err != nil {
		return v, err
	}
	v.storeOptions, err = decodeJSON[omics.StoreOptions](storeOptions)
	return v, err
}

// encodeJSON and decodeJSON keep nil apart from empty: NULL and {}.
func encodeJSON[T any](v *T) (*string, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode options: %w", err)
	}
	s := string(b)
	return &s, nil
}

func decodeJSON[T any](s *string) (*T, error) {
	if s == nil {
		return nil, nil
	}
	v := new(T)
	if err := json.Unmarshal([]byte(*s), v); err != nil {
		return nil, fmt.Errorf("decode options: %w", err)
	}
	return v, nil
}

// CreateAnnotationStore writes a store and its first version, both CREATING, their tags, and the queue job that makes the table.
// Guards: the name is free (else ErrExists), the reference, if there is one, is ACTIVE and the account's (ErrNotFound), the
// account has fewer than Max stores (ErrQuota).
func (db *DB) CreateAnnotationStore(ctx context.Context, n NewAnnotationStore) (s AnnotationStore, err error) {
	options, err := encodeJSON(n.Options)
	if err != nil {
		return s, err
	}
	err = db.write(ctx, func(tx *sql.Tx) error {
		var reference *string
		var taken bool
		var count int
		err := tx.QueryRowContext(ctx, `SELECT (SELECT id FROM refs WHERE arn = ?1 AND account = ?2 AND status = 'ACTIVE'),
			EXISTS (SELECT 1 FROM annotation_stores WHERE account = ?2 AND name = ?3),
			(SELECT count(*) FROM annotation_stores WHERE account = ?2)`, n.ReferenceARN, n.Account, n.Name).Scan(&reference, &taken, &count)
		switch {
		case err != nil:
			return fmt.Errorf("check annotation store: %w", err)
		case taken:
			return ErrExists
		case reference == nil && n.ReferenceARN != "":
			return ErrNotFound
		case count >= n.Max:
			return ErrQuota
		}
		id, err := freeStoreID(ctx, tx)
		if err != nil {
			return err
		}
		now := db.now()
		if _, err := tx.ExecContext(ctx, `INSERT INTO annotation_stores
			(id, account, name, arn, reference, reference_arn, description, sse_key_arn, format, options, status, created, updated)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'CREATING', ?, ?)`,
			id, n.Account, n.Name, n.ARN, reference, n.ReferenceARN, n.Description, n.SSEKeyARN, string(n.Format), options, now, now); err != nil {
			return fmt.Errorf("insert annotation store: %w", err)
		}
		if err := putTags(ctx, tx, n.ARN, n.Tags); err != nil {
			return err
		}
		if _, err := db.addVersion(ctx, tx, id, n.Name, n.Version); err != nil {
			return err
		}
		s, err = scanAnnotationStore(tx.QueryRowContext(ctx, `SELECT `+annotationStoreColumns+` FROM annotation_stores WHERE id = ?`, id))
		return err
	})
	return s, err
}

// freeStoreID draws an id that no store and no version of a store has: their folders are side by side.
func freeStoreID(ctx context.Context, tx *sql.Tx) (string, error) {
	return freeID(ctx, tx, NewStoreID, storeIDTaken)
}

const storeIDTaken = `SELECT (SELECT count(*) FROM variant_stores WHERE id = ?1) + (SELECT count(*) FROM annotation_stores WHERE id = ?1)
	+ (SELECT count(*) FROM annotation_versions WHERE id = ?1)`

func (db *DB) addVersion(ctx context.Context, tx *sql.Tx, storeID, storeName string, n NewAnnotationVersion) (v AnnotationVersion, err error) {
	options, err := encodeJSON(n.Options)
	if err != nil {
		return v, err
	}
	id, err := freeStoreID(ctx, tx)
	if err != nil {
		return v, err
	}
	now := db.now()
	if _, err := tx.ExecContext(ctx, `INSERT INTO annotation_versions (id, store, name, arn, description, options, table_name, location, status, created, updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'CREATING', ?, ?)`,
		id, storeID, n.Name, n.ARN, n.Description, options, AnnotationTable(storeName, n.Name), n.Location(id), now, now); err != nil {
		return v, fmt.Errorf("insert version: %w", err)
	}
	if err := putTags(ctx, tx, n.ARN, n.Tags); err != nil {
		return v, err
	}
	if v, err = annotationVersion(ctx, tx, `v.id = ?`, id); err != nil {
		return v, fmt.Errorf("read version: %w", err)
	}
	return v, db.enqueue(ctx, tx, CreateVersionArgs{VersionID: id})
}

// CreateAnnotationStoreVersion writes a version CREATING, its tags, and the queue job that makes its table. Guards: the account has an
// ACTIVE store of that name (else ErrNotFound, ErrNotActive), the version's name is free (ErrExists) and the store has fewer
// than Max versions (ErrQuota).
func (db *DB) CreateAnnotationStoreVersion(ctx context.Context, account, storeName string, n NewAnnotationVersion) (v AnnotationVersion, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		s, err := annotationStore(ctx, tx, account, storeName)
		if err != nil {
			return err
		}
		var taken bool
		var count int
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM annotation_versions WHERE store = ?1 AND name = ?2),
			(SELECT count(*) FROM annotation_versions WHERE store = ?1)`, s.ID, n.Name).Scan(&taken, &count); err != nil {
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
		v, err = db.addVersion(ctx, tx, s.ID, s.Name, n)
		return err
	})
	return v, err
}

func annotationStore(ctx context.Context, q querier, account, name string) (AnnotationStore, error) {
	return one(q.QueryRowContext(ctx, `SELECT `+annotationStoreColumns+` FROM annotation_stores WHERE account = ? AND name = ?`, account, name), scanAnnotationStore)
}

func annotationVersion(ctx context.Context, q querier, where string, args ...any) (AnnotationVersion, error) {
	return one(q.QueryRowContext(ctx, `SELECT `+annotationVersionColumns+` FROM `+annotationVersions+` WHERE `+where, args...), scanAnnotationVersion)
}

// AnnotationStore returns the account's store of that name and its tags, as of one moment; ErrNotFound when there is none.
func (db *DB) AnnotationStore(ctx context.Context, account, name string) (s AnnotationStore, m map[string]string, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		if s, err = annotationStore(ctx, tx, account, name); err != nil {
			return err
		}
		m, err = tags(ctx, tx, s.ARN)
		return err
	})
	return s, m, err
}

// AnnotationStoreVersion returns a version of the account's store and its tags, as of one moment; ErrNotFound when there is none.
func (db *DB) AnnotationStoreVersion(ctx context.Context, account, store, version string) (v AnnotationVersion, m map[string]string, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		if v, err = annotationVersion(ctx, tx, `s.account = ? AND s.name = ? AND v.name = ?`, account, store, version); err != nil {
			return err
		}
		m, err = tags(ctx, tx, v.ARN)
		return err
	})
	return v, m, err
}

// AnnotationVersionByID returns the version with that id, whoever owns it; ErrNotFound when there is none.
func (db *DB) AnnotationVersionByID(ctx context.Context, id string) (AnnotationVersion, error) {
	return annotationVersion(ctx, db.reader, `v.id = ?`, id)
}

// AnnotationStores lists an account's stores, newest first.
func (db *DB) AnnotationStores(ctx context.Context, account string, f StoreFilter, p Page) ([]AnnotationStore, error) {
	return listRows(ctx, db.reader, f.list(account, p), "annotation_stores", annotationStoreColumns, scanAnnotationStore)
}

// AnnotationVersions lists the versions of a store, newest first. An empty status does not narrow.
func (db *DB) AnnotationVersions(ctx context.Context, storeID string, status omics.VersionStatus, p Page) ([]AnnotationVersion, error) {
	q := newListOf("v.seq", p).and("v.store = ?", storeID)
	if status != "" {
		q.and("v.status = ?", string(status))
	}
	return listRows(ctx, db.reader, q, annotationVersions, annotationVersionColumns, scanAnnotationVersion)
}

// UpdateAnnotationStore changes the description, unless it is nil. Guard: the store is not DELETING, else ErrNotFound.
func (db *DB) UpdateAnnotationStore(ctx context.Context, account, name string, description *string) (s AnnotationStore, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		s, err = one(tx.QueryRowContext(ctx, `UPDATE annotation_stores SET description = coalesce(?, description), updated = ?
			WHERE account = ? AND name = ? AND status <> 'DELETING' RETURNING `+annotationStoreColumns, description, db.now(), account, name), scanAnnotationStore)
		return err
	})
	return s, err
}

// UpdateAnnotationStoreVersion changes the description, unless it is nil. Guard: the version is not DELETING, else ErrNotFound.
func (db *DB) UpdateAnnotationStoreVersion(ctx context.Context, account, store, version string, description *string) (v AnnotationVersion, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		v, err = annotationVersion(ctx, tx, `s.account = ? AND s.name = ? AND v.name = ? AND v.status <> 'DELETING'`, account, store, version)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE annotation_versions SET description = coalesce(?, description), updated = ? WHERE id = ?`,
			description, db.now(), v.ID); err != nil {
			return fmt.Errorf("update version: %w", err)
		}
		v, err = annotationVersion(ctx, tx, `v.id = ?`, v.ID)
		return err
	})
	return v, err
}

// ActivateVersion ends the creation of a version, and of its store when that is CREATING too: ACTIVE, with a row in
// iceberg_tables that points at metadataLocation. Guard: the version is CREATING. false when it is not, and nothing changed.
func (db *DB) ActivateVersion(ctx context.Context, versionID, metadataLocation string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		if ok, err = db.endCreation(ctx, tx, versionID, omics.VersionActive, ""); err != nil || !ok {
			return err
		}
		v, err := annotationVersion(ctx, tx, `v.id = ?`, versionID)
		if err != nil {
			return fmt.Errorf("read version: %w", err)
		}
		return putTable(ctx, tx, AnnotationNamespace(v.Account, v.StoreID), v.TableName, metadataLocation)
	})
	return ok && err == nil, err
}

// FailVersion ends the creation of a version, and of its store when that is CREATING too, in FAILED with the reason. Guard: the
// version is CREATING.
func (db *DB) FailVersion(ctx context.Context, versionID, reason string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		ok, err = db.endCreation(ctx, tx, versionID, omics.VersionFailed, reason)
		return err
	})
	return ok && err == nil, err
}

func (db *DB) endCreation(ctx context.Context, tx *sql.Tx, versionID string, status omics.VersionStatus, message string) (bool, error) {
	now := db.now()
	ok, err := happened(ctx, tx, `UPDATE annotation_versions SET status = ?, status_message = ?, updated = ?
		WHERE id = ? AND status = 'CREATING'`, string(status), message, now, versionID)
	if err != nil || !ok {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE annotation_stores SET status = ?, status_message = ?, updated = ?
		WHERE id = (SELECT store FROM annotation_versions WHERE id = ?) AND status = 'CREATING'`, string(status), message, now, versionID)
	return true, err
}

// BeginDeleteAnnotationStore moves a store and its versions, whatever their state, to DELETING, ends its shares and enqueues its
// removal; queries and imports see it no more. Without force the call refuses when there is more than one version
// (ErrVersions) or an unfinished job (ErrInUse); with it, jobs are cancelled. ErrNotFound when the account has no such
// store. Calling it again is harmless.
func (db *DB) BeginDeleteAnnotationStore(ctx context.Context, account, name string, force bool) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		s, err := annotationStore(ctx, tx, account, name)
		switch {
		case err != nil:
			return err
		case s.Status == omics.StoreDeleting:
			return nil
		case s.Versions > 1 && !force:
			return ErrVersions
		}
		if err := db.cancelImports(ctx, tx, "store", s.ID, force, "The annotation store was deleted."); err != nil {
			return err
		}
		now := db.now()
		if _, err := tx.ExecContext(ctx, `UPDATE annotation_stores SET status = 'DELETING', updated = ? WHERE id = ?`, now, s.ID); err != nil {
			return fmt.Errorf("mark store: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE annotation_versions SET status = 'DELETING', updated = ? WHERE store = ?`, now, s.ID); err != nil {
			return fmt.Errorf("mark versions: %w", err)
		}
		if err := db.endShares(ctx, tx, s.ID); err != nil {
			return err
		}
		if err := deleteTable(ctx, tx, AnnotationNamespace(account, s.ID)); err != nil {
			return err
		}
		return db.enqueue(ctx, tx, DeleteAnnotationStoreArgs{StoreID: s.ID})
	})
}

// BeginDeleteVersion moves one version, whatever its state, to DELETING and enqueues its removal. ErrNotFound when the store has no
// such version; ErrInUse when an unfinished job imports into it and force is not set. Calling it again is harmless. A store that
// was CREATING for this version waits for nothing any more and becomes ACTIVE.
func (db *DB) BeginDeleteVersion(ctx context.Context, storeID, version string, force bool) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		v, err := annotationVersion(ctx, tx, `v.store = ? AND v.name = ?`, storeID, version)
		if err != nil {
			return err
		}
		if v.Status == omics.VersionDeleting {
			return nil
		}
		if err := db.cancelImports(ctx, tx, "version", v.ID, force, "The annotation store version was deleted."); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE annotation_versions SET status = 'DELETING', updated = ? WHERE id = ?`, db.now(), v.ID); err != nil {
			return fmt.Errorf("mark version: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE annotation_stores SET status = 'ACTIVE', updated = ? WHERE id = ? AND status = 'CREATING'`,
			db.now(), v.StoreID); err != nil {
			return fmt.Errorf("activate store: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?`,
			Catalog, AnnotationNamespace(v.Account, v.StoreID), v.TableName); err != nil {
			return fmt.Errorf("delete table: %w", err)
		}
		return db.enqueue(ctx, tx, DeleteVersionArgs{VersionID: v.ID})
	})
}

// DropVersion ends a version's deletion, after its files are gone. Guard: the version is DELETING.
func (db *DB) DropVersion(ctx context.Context, versionID string) (ok bool, err error) {
	return db.drop(ctx, `DELETE FROM annotation_versions WHERE id = ? AND status = 'DELETING' RETURNING arn`, versionID)
}

// DeletingVersions lists the versions of a store that are being deleted.
func (db *DB) DeletingVersions(ctx context.Context, storeID string) ([]AnnotationVersion, error) {
	return collect(ctx, db.reader, scanAnnotationVersion,
		`SELECT `+annotationVersionColumns+` FROM `+annotationVersions+` WHERE v.store = ? AND v.status = 'DELETING' ORDER BY v.seq`, storeID)
}

// DropAnnotationStore ends a deletion, after the last version is gone: the store's row and tags go too and the name is free again.
// Guards: the store is DELETING and has no version.
func (db *DB) DropAnnotationStore(ctx context.Context, storeID string) (ok bool, err error) {
	return db.drop(ctx, `DELETE FROM annotation_stores WHERE id = ?1 AND status = 'DELETING'
		AND NOT EXISTS (SELECT 1 FROM annotation_versions WHERE store = ?1) RETURNING arn`, storeID)
}
