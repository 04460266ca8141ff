package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Restored is what is known of a data folder's state when that is lost. Rows may refer to each other only.
type Restored struct {
	Folder          string   // its identity
	Locations       []string // what metadata calls it, see DB.Locations; none: what the tables' rows say
	Keys            []AccessKey
	ReferenceStores []ReferenceStore
	References      []Reference
	Stores          []Store
	Tables          []Table       // with the current metadata of each
	Jobs            []RestoredJob // in the order in which they are to be listed, oldest first
}

// RestoredJob is a finished import job whose rows are in a table. Of its items nothing is known but how many rows they
// have together.
type RestoredJob struct {
	ImportJob
	Rows int64
}

// Restore fills a state that is new.
func (db *DB) Restore(ctx context.Context, r Restored) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var used bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM accounts)`).Scan(&used); err != nil {
			return fmt.Errorf("look for accounts: %w", err)
		}
		if used {
			return ErrInUse
		}
		w := restoring{ctx: ctx, tx: tx}
		w.put(`INSERT INTO settings (key, value) VALUES (?, ?)`, folderKey, []byte(r.Folder))
		if len(r.Locations) > 0 {
			text, err := json.Marshal(r.Locations)
			if err != nil {
				return fmt.Errorf("encode locations: %w", err)
			}
			w.put(`INSERT INTO settings (key, value) VALUES (?, ?)`, locationsKey, text)
		}
		w.keys(r.Keys)
		w.references(r.ReferenceStores, r.References)
		w.stores(r.Stores)
		w.tables(r.Tables)
		w.jobs(r.Jobs)
		if w.err != nil {
			return fmt.Errorf("restore state: %w", w.err)
		}
		return nil
	})
}

// restoring writes rows until one cannot be written.
type restoring struct {
	ctx context.Context
	tx  *sql.Tx
	err error
}

func (w *restoring) put(query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.ExecContext(w.ctx, query, args...)
	}
}

func (w *restoring) account(id string, created int64) {
	w.put(`INSERT INTO accounts (id, created) VALUES (?, ?) ON CONFLICT DO NOTHING`, id, created)
}

func (w *restoring) keys(keys []AccessKey) {
	for _, k := range keys {
		created := k.Created.UnixMicro()
		w.account(k.Account, created)
		w.put(`INSERT INTO access_keys (id, account, secret, name, policy, created) VALUES (?, ?, ?, ?, nullif(?, ''), ?)`,
			k.ID, k.Account, k.Secret, k.Name, k.Policy, created)
	}
}

func (w *restoring) references(stores []ReferenceStore, references []Reference) {
	for _, s := range stores {
		created := s.Created.UnixMilli() * 1000
		w.account(s.Account, created)
		w.put(`INSERT INTO reference_stores (id, account, arn, name, description, sse, created) VALUES (?, ?, ?, ?, nullif(?, ''), 0, ?)`,
			s.ID, s.Account, s.ARN, s.Name, s.Description, created)
	}
	for _, r := range references {
		created := r.Created.UnixMilli() * 1000
		w.put(`INSERT INTO refs (id, store, account, arn, name, description, md5, status, job, source_bytes, index_bytes, created, updated)
			VALUES (?, ?, ?, ?, ?, nullif(?, ''), ?, 'ACTIVE', ?, ?, ?, ?, ?)`,
			r.ID, r.StoreID, r.Account, r.ARN, r.Name, r.Description, r.MD5, r.JobID, r.SourceBytes, r.IndexBytes,
			created, created)
	}
}

func (w *restoring) stores(stores []Store) {
	for i := range stores {
		s := &stores[i]
		options, err := encodeJSON(s.Options)
		if w.err == nil {
			w.err = err
		}
		w.account(s.Account, s.Created.UnixMicro())
		w.put(`INSERT INTO stores (id, account, kind, name, arn, reference, reference_arn, description, format, options, status, created, updated)
			VALUES (?, ?, ?, ?, ?, (SELECT id FROM refs WHERE arn = ?6), ?6, ?, ?, ?, 'ACTIVE', ?, ?)`, s.ID, s.Account, string(s.Kind), s.Name, s.ARN,
			s.ReferenceARN, s.Description, string(s.Format), options, s.Created.UnixMicro(), s.Updated.UnixMicro())
	}
}

func (w *restoring) tables(tables []Table) {
	for i := range tables {
		t := &tables[i]
		options, err := encodeJSON(t.Options)
		if w.err == nil {
			w.err = err
		}
		w.put(`INSERT INTO tables (id, store, version, arn, description, options, namespace, name, location, status, size_bytes, created, updated)
			VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, 'ACTIVE', ?, ?, ?)`, t.ID, t.StoreID, t.Version, t.ARN, t.Description, options,
			t.Namespace, t.Name, t.Location, t.SizeBytes, t.Created.UnixMicro(), t.Updated.UnixMicro())
		if w.err == nil {
			w.err = joinCatalog(w.ctx, w.tx, t.Namespace, t.Name, t.MetadataLocation)
		}
	}
}

// UnknownSource stands for the source of an item of which nothing is known any more.
const UnknownSource = "unknown"

// jobs writes jobs as cleaned up after: their files are the table's, and nothing says which of them do not count.
func (w *restoring) jobs(jobs []RestoredJob) {
	for i := range jobs {
		j := &jobs[i]
		created := j.Created.UnixMicro()
		w.put(`INSERT INTO import_jobs (id, account, kind, store, store_name, table_id, version_name, namespace, table_name, location, role_arn, normalize,
			format, status, status_message, created, updated, completed, cleaned) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, 1)`,
			j.ID, j.Account, string(j.Kind), j.StoreID, j.StoreName, j.TableID, j.VersionName, j.Namespace, j.Table,
			j.Location, j.RoleARN,
			string(j.Format), string(omics.JobCompleted), j.StatusMessage, created, created, created)
		w.put(`INSERT INTO import_items (job, item, source, status, attempt, rows) VALUES (?, 0, ?, ?, 1, ?)`,
			j.ID, UnknownSource, string(omics.JobCompleted), j.Rows)
	}
}

// ReferenceStoreByID returns the reference store with that id, whoever owns it; ErrNotFound when there is none.
func (db *DB) ReferenceStoreByID(ctx context.Context, id string) (ReferenceStore, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+referenceStoreColumns+` FROM reference_stores WHERE id = ?`, id),
		scanReferenceStore)
}

// EveryReference lists the ACTIVE references of all accounts or, unless it is empty, of one; store, unless it is empty,
// narrows them to those that the account's stores of that name are made for.
func (db *DB) EveryReference(ctx context.Context, account, store string) ([]Reference, error) {
	return collect(ctx, db.reader, scanReference, `SELECT `+referenceColumns+` FROM refs WHERE status = 'ACTIVE' AND (?1 = '' OR account = ?1)
		AND (?2 = '' OR id IN (SELECT reference FROM stores WHERE name = ?2))
		ORDER BY seq`, account, store)
}

// KnowsReference reports whether there is a reference with these ids, or a source that is to become it.
func (db *DB) KnowsReference(ctx context.Context, storeID, id string) (known bool, err error) {
	err = db.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM refs WHERE store = ?1 AND id = ?2) OR EXISTS (SELECT 1 FROM reference_sources s
		JOIN reference_jobs j ON j.id = s.job WHERE j.store = ?1 AND s.reference = ?2 AND s.status IN ('NOT_STARTED', 'IN_PROGRESS'))`, storeID, id).Scan(&known)
	return known, err
}

// Described reports whether all tables and references of before bear in their own files what the state has of them.
func (db *DB) Described(ctx context.Context) (described bool, err error) {
	err = db.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM settings WHERE key = 'described')`).Scan(&described)
	return described, err
}

// SetDescribed notes that they do.
func (db *DB) SetDescribed(ctx context.Context) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES ('described', x'01') ON CONFLICT DO NOTHING`)
		return err
	})
}
