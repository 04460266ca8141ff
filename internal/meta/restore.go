package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/varlake/varlake/internal/omics"
)

// Restored is what is known of a data folder's state when that is lost. Rows may refer to each other only.
type Restored struct {
	Folder           string   // its identity
	Locations        []string // what metadata calls it, see DB.Locations; none: what the tables' rows say
	Keys             []AccessKey
	ReferenceStores  []ReferenceStore
	References       []Reference
	VariantStores    []RestoredStore
	AnnotationStores []AnnotationStore
	Versions         []RestoredVersion
	Jobs             []RestoredJob // in the order in which they are to be listed, oldest first
}

// RestoredStore is a variant store and the current metadata of its table.
type RestoredStore struct {
	VariantStore
	MetadataLocation string
}

// RestoredVersion is a version and the current metadata of its table.
type RestoredVersion struct {
	AnnotationVersion
	MetadataLocation string
}

// RestoredJob is a finished import job whose rows are in a table. Of its items nothing is known but how many rows they have together.
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
		w.variantStores(r.VariantStores)
		w.annotationStores(r.AnnotationStores)
		w.versions(r.Versions)
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

func (w *restoring) table(namespace, name, metadataLocation string) {
	if w.err == nil {
		w.err = putTable(w.ctx, w.tx, namespace, name, metadataLocation)
	}
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
			r.ID, r.StoreID, r.Account, r.ARN, r.Name, r.Description, r.MD5, r.JobID, r.SourceBytes, r.IndexBytes, created, created)
	}
}

func (w *restoring) variantStores(stores []RestoredStore) {
	for i := range stores {
		s := &stores[i]
		w.account(s.Account, s.Created.UnixMicro())
		w.put(`INSERT INTO variant_stores
			(id, account, name, arn, reference, reference_arn, description, status, location, size_bytes, created, updated)
			VALUES (?, ?, ?, ?, ?, ?, ?, 'ACTIVE', ?, ?, ?, ?)`,
			s.ID, s.Account, s.Name, s.ARN, s.Reference, s.ReferenceARN, s.Description, s.Location, s.SizeBytes, s.Created.UnixMicro(), s.Updated.UnixMicro())
		w.table(s.Namespace(), s.Name, s.MetadataLocation)
	}
}

func (w *restoring) annotationStores(stores []AnnotationStore) {
	for i := range stores {
		s := &stores[i]
		options, err := encodeJSON(s.Options)
		if w.err == nil {
			w.err = err
		}
		w.account(s.Account, s.Created.UnixMicro())
		w.put(`INSERT INTO annotation_stores (id, account, name, arn, reference, reference_arn, description, format, options, status, created, updated)
			VALUES (?, ?, ?, ?, (SELECT id FROM refs WHERE arn = ?5), ?5, ?, ?, ?, 'ACTIVE', ?, ?)`,
			s.ID, s.Account, s.Name, s.ARN, s.ReferenceARN, s.Description, string(s.Format), options, s.Created.UnixMicro(), s.Updated.UnixMicro())
	}
}

func (w *restoring) versions(versions []RestoredVersion) {
	for i := range versions {
		v := &versions[i]
		options, err := encodeJSON(v.Options)
		if w.err == nil {
			w.err = err
		}
		w.put(`INSERT INTO annotation_versions (id, store, name, arn, description, options, table_name, location, status, size_bytes, created, updated)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'ACTIVE', ?, ?, ?)`,
			v.ID, v.StoreID, v.Name, v.ARN, v.Description, options, v.TableName, v.Location, v.SizeBytes, v.Created.UnixMicro(), v.Updated.UnixMicro())
		w.table(AnnotationNamespace(v.Account, v.StoreID), v.TableName, v.MetadataLocation)
	}
}

// UnknownSource stands for the source of an item of which nothing is known any more.
const UnknownSource = "unknown"

// jobs writes jobs as cleaned up after: their files are the table's, and nothing says which of them do not count.
func (w *restoring) jobs(jobs []RestoredJob) {
	for i := range jobs {
		j := &jobs[i]
		created := j.Created.UnixMicro()
		w.put(`INSERT INTO import_jobs (id, account, kind, store, store_name, version, version_name, namespace, table_name, location, role_arn, normalize,
			format, status, status_message, created, updated, completed, cleaned) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, 1)`,
			j.ID, j.Account, string(j.Kind), j.StoreID, j.StoreName, j.VersionID, j.VersionName, j.Namespace, j.Table, j.Location, j.RoleARN,
			string(j.Format), string(omics.JobCompleted), j.StatusMessage, created, created, created)
		w.put(`INSERT INTO import_items (job, item, source, status, attempt, rows) VALUES (?, 0, ?, ?, 1, ?)`,
			j.ID, UnknownSource, string(omics.JobCompleted), j.Rows)
	}
}

// AnnotationStoreByID returns the store with that id, whoever owns it; ErrNotFound when there is none.
func (db *DB) AnnotationStoreByID(ctx context.Context, id string) (AnnotationStore, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+annotationStoreColumns+` FROM annotation_stores WHERE id = ?`, id), scanAnnotationStore)
}

// ReferenceStoreByID returns the reference store with that id, whoever owns it; ErrNotFound when there is none.
func (db *DB) ReferenceStoreByID(ctx context.Context, id string) (ReferenceStore, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+referenceStoreColumns+` FROM reference_stores WHERE id = ?`, id), scanReferenceStore)
}

// EveryReference lists the ACTIVE references of all accounts or, unless it is empty, of one; store, unless it is empty, narrows them to those
// that the account's variant or annotation store of that name is made for.
func (db *DB) EveryReference(ctx context.Context, account, store string) ([]Reference, error) {
	return collect(ctx, db.reader, scanReference, `SELECT `+referenceColumns+` FROM refs WHERE status = 'ACTIVE' AND (?1 = '' OR account = ?1)
		AND (?2 = '' OR id IN (SELECT reference FROM variant_stores WHERE name = ?2 UNION SELECT reference FROM annotation_stores WHERE name = ?2))
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
