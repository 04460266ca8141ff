package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Catalog is the catalog_name of every row in iceberg_tables.
const Catalog = "varlake"

// VariantStore is one row of variant_stores.
type VariantStore struct {
	Seq           int64 // place in lists
	ID            string
	Account       string
	Name          string
	ARN           string
	Reference     string // reference id
	ReferenceARN  string
	Description   string
	SSEKeyARN     *string
	Status        omics.StoreStatus
	StatusMessage string
	Location      string // folder of the table
	SizeBytes     int64  // of the files its imports wrote
	Created       time.Time
	Updated       time.Time
}

// Namespace is the catalog namespace of the store's table; the table has the store's name.
func (s *VariantStore) Namespace() string { return Namespace(s.Account, s.ID) }

// Namespace is the catalog namespace of a variant store's table.
func Namespace(account, storeID string) string { return "variant_" + account + "_" + storeID }

// NewVariantStore is what CreateVariantStore needs.
type NewVariantStore struct {
	Account      string
	Name         string
	ARN          string
	ReferenceARN string
	Description  string
	SSEKeyARN    *string
	Tags         map[string]string
	Location     func(storeID string) string
	Max          int // stores an account may have
}

const storeColumns = `seq, id, account, name, arn, reference, reference_arn, description, sse_key_arn, status, status_message,
	location, size_bytes, created, updated`

func scanStore(row scanner) (s VariantStore, err error) {
	var created, updated int64
	err = row.Scan(&s.Seq, &s.ID, &s.Account, &s.Name, &s.ARN, &s.Reference, &s.ReferenceARN, &s.Description, &s.SSEKeyARN,
		&s.Status, &s.StatusMessage, &s.Location, &s.SizeBytes, &created, &updated)
	s.Created, s.Updated = fromMicros(created), fromMicros(updated)
	return s, err
}

// CreateVariantStore writes a store in state CREATING, its tags, and the queue job that makes its table.
// Guards: the reference is ACTIVE and the account's (else ErrNotFound), the name is free (ErrExists), the
// account has fewer than Max stores (ErrQuota).
func (db *DB) CreateVariantStore(ctx context.Context, n NewVariantStore) (s VariantStore, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var reference string
		var taken bool
		var count int
		err := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT id FROM refs WHERE arn = ?1 AND account = ?2 AND status = 'ACTIVE'), ''),
			EXISTS (SELECT 1 FROM variant_stores WHERE account = ?2 AND name = ?3),
			(SELECT count(*) FROM variant_stores WHERE account = ?2)`, n.ReferenceARN, n.Account, n.Name).Scan(&reference, &taken, &count)
		switch {
		case err != nil:
			return fmt.Errorf("check variant store: %w", err)
		case taken:
			return ErrExists
		case reference == "":
			return ErrNotFound
		case count >= n.Max:
			return ErrQuota
		}
		id, err := freeStoreID(ctx, tx)
		if err != nil {
			return err
		}
		now := db.now()
		s, err = scanStore(tx.QueryRowContext(ctx, `INSERT INTO variant_stores
			(id, account, name, arn, reference, reference_arn, description, sse_key_arn, status, location, created, updated)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'CREATING', ?, ?, ?) RETURNING `+storeColumns,
			id, n.Account, n.Name, n.ARN, reference, n.ReferenceARN, n.Description, n.SSEKeyARN, n.Location(id), now, now))
		if err != nil {
			return fmt.Errorf("insert variant store: %w", err)
		}
		if err := putTags(ctx, tx, n.ARN, n.Tags); err != nil {
			return err
		}
		return db.enqueue(ctx, tx, CreateStoreArgs{StoreID: id})
	})
	return s, err
}

// VariantStore returns the store of that name; ErrNotFound when the account has none.
func (db *DB) VariantStore(ctx context.Context, account, name string) (VariantStore, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+storeColumns+` FROM variant_stores WHERE account = ? AND name = ?`, account, name), scanStore)
}

// VariantStoreWithTags is VariantStore and the store's tags, as of one moment.
func (db *DB) VariantStoreWithTags(ctx context.Context, account, name string) (s VariantStore, m map[string]string, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		if s, err = one(tx.QueryRowContext(ctx, `SELECT `+storeColumns+` FROM variant_stores WHERE account = ? AND name = ?`, account, name), scanStore); err != nil {
			return err
		}
		m, err = tags(ctx, tx, s.ARN)
		return err
	})
	return s, m, err
}

// VariantStoreByID returns the store with that id, whoever owns it; ErrNotFound when there is none.
func (db *DB) VariantStoreByID(ctx context.Context, id string) (VariantStore, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+storeColumns+` FROM variant_stores WHERE id = ?`, id), scanStore)
}

// StoreFilter narrows VariantStores and AnnotationStores. Zero values do not narrow.
type StoreFilter struct {
	IDs    []string
	Status omics.StoreStatus
}

func (f StoreFilter) list(account string, p Page) *list {
	q := newList(p).and("account = ?", account)
	in(q, "id", f.IDs)
	if f.Status != "" {
		q.and("status = ?", string(f.Status))
	}
	return q
}

// VariantStores lists an account's stores, newest first.
func (db *DB) VariantStores(ctx context.Context, account string, f StoreFilter, p Page) ([]VariantStore, error) {
	return listRows(ctx, db.reader, f.list(account, p), "variant_stores", storeColumns, scanStore)
}

// UpdateVariantStore changes the description, unless it is nil. Guard: the store is not DELETING, else ErrNotFound.
func (db *DB) UpdateVariantStore(ctx context.Context, account, name string, description *string) (s VariantStore, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		s, err = one(tx.QueryRowContext(ctx, `UPDATE variant_stores SET description = coalesce(?, description), updated = ?
			WHERE account = ? AND name = ? AND status <> 'DELETING' RETURNING `+storeColumns, description, db.now(), account, name), scanStore)
		return err
	})
	return s, err
}

// ActivateStore ends the creation of a store: ACTIVE, with a row in iceberg_tables that points at
// metadataLocation. Guard: the store is CREATING. false when it is not, and nothing changed.
func (db *DB) ActivateStore(ctx context.Context, storeID, metadataLocation string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var account, name string
		err := tx.QueryRowContext(ctx, `UPDATE variant_stores SET status = 'ACTIVE', status_message = '', updated = ?
			WHERE id = ? AND status = 'CREATING' RETURNING account, name`, db.now(), storeID).Scan(&account, &name)
		if err == sql.ErrNoRows {
			return nil
		} else if err != nil {
			return fmt.Errorf("activate store: %w", err)
		}
		ok = true
		return putTable(ctx, tx, Namespace(account, storeID), name, metadataLocation)
	})
	return ok && err == nil, err
}

// FailStore ends the creation of a store in FAILED with the reason. Guard: the store is CREATING.
func (db *DB) FailStore(ctx context.Context, storeID, reason string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) (err error) {
		ok, err = happened(ctx, tx, `UPDATE variant_stores SET status = 'FAILED', status_message = ?, updated = ?
			WHERE id = ? AND status = 'CREATING'`, reason, db.now(), storeID)
		return err
	})
	return ok && err == nil, err
}

// BeginDeleteStore moves a store, whatever its state, to DELETING, ends its shares and enqueues its removal; queries and
// imports see it no more. Unfinished jobs into it are cancelled when force is set, else the call refuses with ErrInUse.
// ErrNotFound when the account has no such store. Calling it again is harmless.
func (db *DB) BeginDeleteStore(ctx context.Context, account, name string, force bool) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var id, status string
		err := tx.QueryRowContext(ctx, `SELECT id, status FROM variant_stores WHERE account = ? AND name = ?`, account, name).Scan(&id, &status)
		switch {
		case err == sql.ErrNoRows:
			return ErrNotFound
		case err != nil:
			return fmt.Errorf("find store: %w", err)
		case status == string(omics.StoreDeleting):
			return nil
		}
		if err := db.cancelImports(ctx, tx, "store", id, force, "The variant store was deleted."); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE variant_stores SET status = 'DELETING', updated = ? WHERE id = ?`, db.now(), id); err != nil {
			return fmt.Errorf("mark store: %w", err)
		}
		if err := db.endShares(ctx, tx, id); err != nil {
			return err
		}
		if err := deleteTable(ctx, tx, Namespace(account, id)); err != nil {
			return err
		}
		return db.enqueue(ctx, tx, DeleteStoreArgs{StoreID: id})
	})
}

// DropStore ends a deletion, after the store's files are gone: its row and tags go too and the name is free
// again. Guard: the store is DELETING.
func (db *DB) DropStore(ctx context.Context, storeID string) (ok bool, err error) {
	return db.drop(ctx, `DELETE FROM variant_stores WHERE id = ? AND status = 'DELETING' RETURNING arn`, storeID)
}

// drop runs a guarded DELETE of one resource that returns its ARN, and takes the resource's tags away with it.
func (db *DB) drop(ctx context.Context, query, id string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var arn string
		err := tx.QueryRowContext(ctx, query, id).Scan(&arn)
		if err == sql.ErrNoRows {
			return nil
		} else if err != nil {
			return fmt.Errorf("delete resource: %w", err)
		}
		ok = true
		return deleteTags(ctx, tx, arn)
	})
	return ok && err == nil, err
}

// putTable makes a row in the catalog, and the namespace when it is new.
func putTable(ctx context.Context, tx *sql.Tx, namespace, name, metadataLocation string) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key, property_value)
		VALUES (?, ?, 'exists', 'true') ON CONFLICT DO NOTHING`, Catalog, namespace); err != nil {
		return fmt.Errorf("insert namespace: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type)
		VALUES (?, ?, ?, ?, 'TABLE')`, Catalog, namespace, name, metadataLocation); err != nil {
		return fmt.Errorf("insert table: %w", err)
	}
	return nil
}

// deleteTable takes all tables of a namespace, and the namespace, out of the catalog.
func deleteTable(ctx context.Context, tx *sql.Tx, namespace string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ?`, Catalog, namespace); err != nil {
		return fmt.Errorf("delete table: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM iceberg_namespace_properties WHERE catalog_name = ? AND namespace = ?`, Catalog, namespace); err != nil {
		return fmt.Errorf("delete namespace: %w", err)
	}
	return nil
}

func scanString(row scanner) (s string, err error) {
	err = row.Scan(&s)
	return s, err
}

// encodeMap and decodeMap keep nil apart from empty: NULL and {}.
func encodeMap(m map[string]string) *string {
	if m == nil {
		return nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // a map of strings always encodes
	}
	s := string(b)
	return &s
}

func decodeMap(s *string) (m map[string]string, err error) {
	if s == nil {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(*s), &m); err != nil {
		return nil, fmt.Errorf("decode map: %w", err)
	}
	return m, nil
}
