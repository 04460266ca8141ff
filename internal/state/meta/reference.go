package meta

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Times of the reference tables are whole milliseconds, the unit the API shows them in, so that a time read
// from an answer finds its row again in a list's filter.
func (db *DB) nowMillis() int64 { return db.Now().UnixMilli() * 1000 }

// The files of a reference in its folder: the FASTA, uncompressed, and its samtools index.
const (
	ReferenceFASTA = "source.fa"
	ReferenceIndex = "source.fa.fai"
)

// ReferenceStore is one row of reference_stores.
type ReferenceStore struct {
	Seq         int64 // place in lists
	ID          string
	Account     string
	ARN         string
	Name        string
	Description string
	SSE         bool    // an sseConfig was given
	SSEKeyARN   *string // its key, when it named one
	Created     time.Time
}

const referenceStoreColumns = `seq, id, account, arn, name, coalesce(description, ''), sse, sse_key_arn, created`

func scanReferenceStore(row scanner) (s ReferenceStore, err error) {
	var created int64
	err = row.Scan(&s.Seq, &s.ID, &s.Account, &s.ARN, &s.Name, &s.Description, &s.SSE, &s.SSEKeyARN, &created)
	s.Created = fromMicros(created)
	return s, err
}

// NewReferenceStore is what CreateReferenceStore needs.
type NewReferenceStore struct {
	ID          string // from NewNumericID
	Account     string
	Name        string
	ARN         string
	Description *string
	SSE         bool
	SSEKeyARN   *string
	Tags        map[string]string
	Token       *ClientToken
}

// CreateReferenceStore writes the account's reference store and its tags. Guard: the account has none yet (else
// ErrQuota), and no other has the id (ErrIDTaken). A Token seen before with the same request gives the store made then;
// with another request it is ErrTokenMismatch.
func (db *DB) CreateReferenceStore(ctx context.Context, n NewReferenceStore) (s ReferenceStore, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		made, err := tokenResource(ctx, tx, n.Account, "CreateReferenceStore", n.Token)
		if err != nil {
			return err
		}
		if made != "" {
			s, err = one(tx.QueryRowContext(ctx, `SELECT `+referenceStoreColumns+` FROM reference_stores WHERE id = ?`, made),
				scanReferenceStore)
			return err
		}
		var has, taken bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM reference_stores WHERE account = ?),
			EXISTS (SELECT 1 FROM reference_stores WHERE id = ?)`, n.Account, n.ID).Scan(&has, &taken); err != nil {
			return fmt.Errorf("check reference store: %w", err)
		}
		switch {
		case has:
			return ErrQuota
		case taken:
			return ErrIDTaken
		}
		s, err = scanReferenceStore(tx.QueryRowContext(ctx, `INSERT INTO reference_stores (id, account, arn, name, description, sse, sse_key_arn, created)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING `+referenceStoreColumns,
			n.ID, n.Account, n.ARN, n.Name, n.Description, n.SSE, n.SSEKeyARN, db.nowMillis()))
		if err != nil {
			return fmt.Errorf("insert reference store: %w", err)
		}
		if err := putTags(ctx, tx, s.ARN, n.Tags); err != nil {
			return err
		}
		return db.keepToken(ctx, tx, n.Account, "CreateReferenceStore", n.Token, n.ID)
	})
	return s, err
}

// ReferenceStore returns the account's reference store of that id; ErrNotFound when there is none.
func (db *DB) ReferenceStore(ctx context.Context, account, id string) (ReferenceStore, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+referenceStoreColumns+
		` FROM reference_stores WHERE id = ? AND account = ?`, id, account), scanReferenceStore)
}

// CreatedFilter keeps what was made between the bounds, bounds included; nil does not narrow.
type CreatedFilter struct{ After, Before *time.Time }

// ReferenceStores lists an account's reference stores, newest first. An empty name does not narrow.
func (db *DB) ReferenceStores(ctx context.Context, account, name string, f CreatedFilter,
	p Page) ([]ReferenceStore, error) {
	q := newList(p).and("account = ?", account)
	if name != "" {
		q.and("name = ?", name)
	}
	q.created(f.After, f.Before)
	return listRows(ctx, db.reader, q, "reference_stores", referenceStoreColumns, scanReferenceStore)
}

// DeleteReferenceStore removes a reference store, its jobs and its tags. Guards: the account has it (else
// ErrNotFound), and it has no reference and no unfinished import job (else ErrInUse).
func (db *DB) DeleteReferenceStore(ctx context.Context, account, id string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		store, err := one(tx.QueryRowContext(ctx, `SELECT `+referenceStoreColumns+
			` FROM reference_stores WHERE id = ? AND account = ?`, id, account), scanReferenceStore)
		if err != nil {
			return err
		}
		var used bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM refs WHERE store = ?1)
			OR EXISTS (SELECT 1 FROM reference_jobs WHERE store = ?1 AND status IN ('SUBMITTED', 'IN_PROGRESS'))`, id).Scan(&used); err != nil {
			return fmt.Errorf("check reference store: %w", err)
		}
		if used {
			return ErrInUse
		}
		if err := forget(ctx, tx, store.ARN, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx,
			`DELETE FROM client_tokens WHERE resource IN (SELECT id FROM reference_jobs WHERE store = ?)`, id); err != nil {
			return fmt.Errorf("delete tokens: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM reference_stores WHERE id = ?`, id)
		return err
	})
}

// Reference is one row of refs.
type Reference struct {
	Seq         int64 // place in lists
	ID          string
	StoreID     string
	Account     string
	ARN         string
	Name        string
	Description string
	MD5         string // of the FASTA, lower-case hex
	Status      omics.ReferenceStatus
	JobID       string // the import job that made it
	SourceBytes int64  // size of the FASTA
	IndexBytes  int64  // size of its .fai
	Created     time.Time
	Updated     time.Time
}

const referenceColumns = `seq, id, store, account, arn, name, coalesce(description, ''), md5, status, job, source_bytes, index_bytes, created, updated`

func scanReference(row scanner) (r Reference, err error) {
	var created, updated int64
	err = row.Scan(&r.Seq, &r.ID, &r.StoreID, &r.Account, &r.ARN, &r.Name, &r.Description, &r.MD5, &r.Status, &r.JobID,
		&r.SourceBytes, &r.IndexBytes, &created, &updated)
	r.Created, r.Updated = fromMicros(created), fromMicros(updated)
	return r, err
}

// Reference returns a reference of the account's store; ErrNotFound when there is none.
func (db *DB) Reference(ctx context.Context, account, storeID, id string) (Reference, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+referenceColumns+
		` FROM refs WHERE id = ? AND store = ? AND account = ?`, id, storeID, account), scanReference)
}

// ReferenceFilter narrows References. Zero values do not narrow.
type ReferenceFilter struct {
	Name, MD5 string
	Created   CreatedFilter
}

// References lists the references of an account's store, newest first.
func (db *DB) References(ctx context.Context, account, storeID string, f ReferenceFilter, p Page) ([]Reference, error) {
	q := newList(p).and("store = ?", storeID).and("account = ?", account)
	if f.Name != "" {
		q.and("name = ?", f.Name)
	}
	if f.MD5 != "" {
		q.and("md5 = ?", f.MD5)
	}
	q.created(f.Created.After, f.Created.Before)
	return listRows(ctx, db.reader, q, "refs", referenceColumns, scanReference)
}

// BeginDeleteReference moves a reference to DELETING; its files may be removed then, and DropReference ends it.
// Guards: the account has it (else ErrNotFound) and no store uses it (else ErrInUse). Calling it again
// is harmless.
func (db *DB) BeginDeleteReference(ctx context.Context, account, storeID, id string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var used bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM stores WHERE reference = refs.id)
			FROM refs WHERE id = ? AND store = ? AND account = ?`, id, storeID, account).Scan(&used)
		switch {
		case err == sql.ErrNoRows:
			return ErrNotFound
		case err != nil:
			return fmt.Errorf("check reference: %w", err)
		case used:
			return ErrInUse
		}
		_, err = tx.ExecContext(ctx, `UPDATE refs SET status = 'DELETING', updated = ? WHERE id = ? AND status = 'ACTIVE'`,
			db.nowMillis(), id)
		return err
	})
}

// DropReference ends a deletion, after the reference's files are gone: its row and tags go too. Guard: the
// reference is DELETING.
func (db *DB) DropReference(ctx context.Context, id string) (ok bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var arn string
		err := tx.QueryRowContext(ctx, `DELETE FROM refs WHERE id = ? AND status = 'DELETING' RETURNING arn`, id).Scan(&arn)
		if err == sql.ErrNoRows {
			return nil
		} else if err != nil {
			return fmt.Errorf("delete reference: %w", err)
		}
		ok = true
		return forget(ctx, tx, arn, id)
	})
	return ok && err == nil, err
}

// DeletingReferences lists the references whose deletion was begun and not ended.
func (db *DB) DeletingReferences(ctx context.Context) ([]Reference, error) {
	return collect(ctx, db.reader, scanReference,
		`SELECT `+referenceColumns+` FROM refs WHERE status = 'DELETING' ORDER BY seq`)
}

// forget removes what points at a resource: its tags, and the answers that named it.
func forget(ctx context.Context, tx *sql.Tx, arn, id string) error {
	if err := deleteTags(ctx, tx, arn); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM client_tokens WHERE resource = ?`, id); err != nil {
		return fmt.Errorf("delete tokens: %w", err)
	}
	return nil
}
