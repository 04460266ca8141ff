package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Kind is what a store holds, and what a job imports.
type Kind string

// The kinds of stores and of import jobs.
const (
	Variants    Kind = "VARIANT"
	Annotations Kind = "ANNOTATION"
)

// Store is one row of stores, with what its tables add up to. A variant store has one table, an annotation store
// one for each version.
type Store struct {
	Seq           int64 // place in lists
	ID            string
	Account       string
	Kind          Kind
	Name          string
	ARN           string
	Reference     string // reference id; empty without one, as ReferenceARN
	ReferenceARN  string
	Description   string
	SSEKeyARN     *string
	Format        omics.StoreFormat
	Options       *omics.StoreOptions // nil when the request had none
	Status        omics.StoreStatus
	StatusMessage string
	Tables        int   // those not being deleted
	SizeBytes     int64 // of the files that imports wrote into all tables
	Created       time.Time
	Updated       time.Time
}

// NewStore is what CreateStore needs.
type NewStore struct {
	ID           string // from NewStoreID
	Account      string
	Kind         Kind
	Name         string
	ARN          string
	ReferenceARN string // empty: none, which a variant store cannot do without
	Description  string
	SSEKeyARN    *string
	Format       omics.StoreFormat
	Options      *omics.StoreOptions
	Tags         map[string]string
	Table        NewTable // of a variant store the one, of an annotation store that of the first version
	Max          int      // stores of the kind an account may have
}

const storeColumns = `seq, id, account, kind, name, arn, coalesce(reference, ''), reference_arn, description,
	sse_key_arn, format, options, status, status_message,
	(SELECT count(*) FROM tables t WHERE t.store = stores.id AND t.status <> 'DELETING'),
	(SELECT coalesce(sum(size_bytes), 0) FROM tables t WHERE t.store = stores.id), created, updated`

func scanStore(row scanner) (s Store, err error) {
	var created, updated int64
	var options *string
	err = row.Scan(&s.Seq, &s.ID, &s.Account, &s.Kind, &s.Name, &s.ARN, &s.Reference, &s.ReferenceARN, &s.Description,
		&s.SSEKeyARN, &s.Format, &options, &s.Status, &s.StatusMessage, &s.Tables, &s.SizeBytes, &created, &updated)
	if err != nil {
		return s, err
	}
	s.Created, s.Updated = fromMicros(created), fromMicros(updated)
	s.Options, err = decodeJSON[omics.StoreOptions](options)
	return s, err
}

// CreateStore writes a store and its first table, both CREATING, their tags, and the queue job that makes the
// table. Guards: the name is free (else ErrExists), the reference is ACTIVE and the account's (ErrNotFound), the
// account has fewer than Max stores of the kind (ErrQuota), no store or table has one of the ids (ErrIDTaken).
func (db *DB) CreateStore(ctx context.Context, n NewStore) (s Store, err error) {
	options, err := encodeJSON(n.Options)
	if err != nil {
		return s, err
	}
	err = db.write(ctx, func(tx *sql.Tx) error {
		reference, err := checkNewStore(ctx, tx, &n)
		if err != nil {
			return err
		}
		now := db.now()
		if _, err := tx.ExecContext(ctx, `INSERT INTO stores (id, account, kind, name, arn, reference, reference_arn,
			description, sse_key_arn, format, options, status, created, updated)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'CREATING', ?, ?)`,
			n.ID, n.Account, string(n.Kind), n.Name, n.ARN, reference, n.ReferenceARN, n.Description,
			n.SSEKeyARN, string(n.Format), options, now, now); err != nil {
			return fmt.Errorf("insert store: %w", err)
		}
		if err := putTags(ctx, tx, n.ARN, n.Tags); err != nil {
			return err
		}
		above := &Store{ID: n.ID, Account: n.Account, Kind: n.Kind, Name: n.Name}
		if err := db.addTable(ctx, tx, above, n.Table); err != nil {
			return err
		}
		s, err = one(tx.QueryRowContext(ctx, `SELECT `+storeColumns+` FROM stores WHERE id = ?`, n.ID), scanStore)
		return err
	})
	return s, err
}

// checkNewStore holds the guards of CreateStore and gives the id of the reference, nil without one.
func checkNewStore(ctx context.Context, tx *sql.Tx, n *NewStore) (reference *string, err error) {
	var taken bool
	var count int
	err = tx.QueryRowContext(ctx, `SELECT (SELECT id FROM refs WHERE arn = ?1 AND account = ?2 AND status = 'ACTIVE'),
		EXISTS (SELECT 1 FROM stores WHERE account = ?2 AND kind = ?3 AND name = ?4),
		(SELECT count(*) FROM stores WHERE account = ?2 AND kind = ?3)`,
		n.ReferenceARN, n.Account, string(n.Kind), n.Name).Scan(&reference, &taken, &count)
	switch {
	case err != nil:
		return nil, fmt.Errorf("check store: %w", err)
	case taken:
		return nil, ErrExists
	case reference == nil && (n.ReferenceARN != "" || n.Kind == Variants):
		return nil, ErrNotFound
	case count >= n.Max:
		return nil, ErrQuota
	}
	return reference, checkFreeIDs(ctx, tx, n.ID, n.Table.ID)
}

// checkFreeIDs refuses ids that a store or a table has: the folders of tables are side by side.
func checkFreeIDs(ctx context.Context, tx *sql.Tx, ids ...string) error {
	for _, id := range ids {
		var taken bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM stores WHERE id = ?1)
			OR EXISTS (SELECT 1 FROM tables WHERE id = ?1)`, id).Scan(&taken); err != nil {
			return fmt.Errorf("check id: %w", err)
		}
		if taken {
			return ErrIDTaken
		}
	}
	return nil
}

func store(ctx context.Context, q querier, account string, kind Kind, name string) (Store, error) {
	return one(q.QueryRowContext(ctx, `SELECT `+storeColumns+` FROM stores WHERE account = ? AND kind = ? AND name = ?`,
		account, string(kind), name), scanStore)
}

// Store returns the account's store of that kind and name, and its tags, as of one moment; ErrNotFound when there
// is none.
func (db *DB) Store(ctx context.Context, account string, kind Kind, name string) (Store, map[string]string, error) {
	var s Store
	var m map[string]string
	err := db.read(ctx, func(tx *sql.Tx) (err error) {
		if s, err = store(ctx, tx, account, kind, name); err != nil {
			return err
		}
		m, err = tags(ctx, tx, s.ARN)
		return err
	})
	return s, m, err
}

// StoreByID returns the store with that id, whoever owns it; ErrNotFound when there is none.
func (db *DB) StoreByID(ctx context.Context, id string) (Store, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+storeColumns+` FROM stores WHERE id = ?`, id), scanStore)
}

// StoreFilter narrows Stores. Zero values do not narrow.
type StoreFilter struct {
	IDs    []string
	Status omics.StoreStatus
}

// Stores lists an account's stores of a kind, newest first.
func (db *DB) Stores(ctx context.Context, account string, kind Kind, f StoreFilter, p Page) ([]Store, error) {
	q := newList(p).and("account = ?", account).and("kind = ?", string(kind))
	in(q, "id", f.IDs)
	if f.Status != "" {
		q.and("status = ?", string(f.Status))
	}
	return listRows(ctx, db.reader, q, "stores", storeColumns, scanStore)
}

// UpdateStore changes the description, unless it is nil. Guard: the store is not DELETING, else ErrNotFound.
func (db *DB) UpdateStore(
	ctx context.Context, account string, kind Kind, name string, description *string,
) (Store, error) {
	var s Store
	err := db.write(ctx, func(tx *sql.Tx) (err error) {
		s, err = one(tx.QueryRowContext(ctx, `UPDATE stores SET description = coalesce(?, description), updated = ?
			WHERE account = ? AND kind = ? AND name = ? AND status <> 'DELETING' RETURNING `+storeColumns,
			description, db.now(), account, string(kind), name), scanStore)
		return err
	})
	return s, err
}

// BeginDeleteStore moves a store and its tables, whatever their state, to DELETING, ends its shares and enqueues
// its removal; queries and imports see it no more. Without force the call refuses when there is more than one
// version (ErrVersions) or an unfinished job (ErrInUse); with it, jobs are cancelled. ErrNotFound when the account
// has no such store. Calling it again is harmless.
func (db *DB) BeginDeleteStore(ctx context.Context, account string, kind Kind, name string, force bool) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		s, err := store(ctx, tx, account, kind, name)
		switch {
		case err != nil:
			return err
		case s.Status == omics.StoreDeleting:
			return nil
		case s.Tables > 1 && !force:
			return ErrVersions
		}
		why := "The " + strings.ToLower(string(kind)) + " store was deleted."
		if err := db.cancelImports(ctx, tx, "store", s.ID, force, why); err != nil {
			return err
		}
		now := db.now()
		if _, err := tx.ExecContext(ctx, `UPDATE stores SET status = 'DELETING', updated = ? WHERE id = ?`,
			now, s.ID); err != nil {
			return fmt.Errorf("mark store: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tables SET status = 'DELETING', updated = ? WHERE store = ?`,
			now, s.ID); err != nil {
			return fmt.Errorf("mark tables: %w", err)
		}
		if err := db.endShares(ctx, tx, s.ID); err != nil {
			return err
		}
		if err := leaveCatalog(ctx, tx, Namespace(kind, account, s.ID)); err != nil {
			return err
		}
		return db.enqueue(ctx, tx, DeleteStoreArgs{StoreID: s.ID})
	})
}

// DropStore ends a deletion, after the last table is gone: the store's row and tags go too and the name is free
// again. Guards: the store is DELETING and has no table.
func (db *DB) DropStore(ctx context.Context, storeID string) (ok bool, err error) {
	return db.drop(ctx, `DELETE FROM stores WHERE id = ?1 AND status = 'DELETING'
		AND NOT EXISTS (SELECT 1 FROM tables WHERE store = ?1) RETURNING arn`, storeID)
}

// drop runs a guarded DELETE of one resource that returns its ARN, or NULL, and takes the resource's tags away with it.
func (db *DB) drop(ctx context.Context, query, id string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var arn *string
		err := tx.QueryRowContext(ctx, query, id).Scan(&arn)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return fmt.Errorf("delete resource: %w", err)
		}
		ok = true
		if arn == nil {
			return nil
		}
		return deleteTags(ctx, tx, *arn)
	})
	return ok && err == nil, err
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
