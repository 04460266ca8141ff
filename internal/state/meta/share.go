package meta

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Share is one row of shares.
type Share struct {
	Seq           int64 // place in lists
	ID            string
	Owner         string // account
	Subscriber    string // account
	Kind          omics.ShareResourceType
	StoreID       string
	ARN           string // of the store
	Name          string
	Status        omics.ShareStatus
	StatusMessage string
	Created       time.Time
	Updated       time.Time
}

// shareLife is how long the record of a share that ended is kept.
const shareLife = 24 * time.Hour

const shareColumns = `seq, id, owner, subscriber, kind, store, arn, name, status, status_message, created, updated`

func scanShare(row scanner) (s Share, err error) {
	var created, updated int64
	err = row.Scan(&s.Seq, &s.ID, &s.Owner, &s.Subscriber, &s.Kind, &s.StoreID, &s.ARN, &s.Name, &s.Status,
		&s.StatusMessage, &created, &updated)
	s.Created, s.Updated = fromMicros(created), fromMicros(updated)
	return s, err
}

// NewShareID returns 32 hex characters, a hyphen and 32 more.
func NewShareID() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x", b[:16], b[16:])
}

// NewShare is what CreateShare needs.
type NewShare struct {
	ID         string // from NewShareID
	Owner      string
	Subscriber string
	ARN        string // of a variant or annotation store
	Name       string
	Max        int // shares a store may have
}

// CreateShare offers a store to another account: PENDING until that one accepts. Guards: the owner has the store (else
// ErrNotFound) and it is ACTIVE (ErrNotActive), it is not shared with the subscriber already (ErrExists), and it has
// fewer than Max shares (ErrQuota).
func (db *DB) CreateShare(ctx context.Context, n NewShare) (s Share, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var kind, store, status string
		err := tx.QueryRowContext(ctx,
			`SELECT kind || '_STORE', id, status FROM stores WHERE arn = ?1 AND account = ?2 AND status <> 'DELETING'`,
			n.ARN, n.Owner).Scan(&kind, &store, &status)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return fmt.Errorf("find store: %w", err)
		case status != string(omics.StoreActive):
			return ErrNotActive
		}
		var taken bool
		var count int
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(subscriber = ?2), FALSE), count(*) FROM shares
			WHERE store = ?1 AND status IN ('PENDING', 'ACTIVATING', 'ACTIVE', 'DELETING')`, store, n.Subscriber).Scan(&taken, &count); err != nil {
			return fmt.Errorf("count shares: %w", err)
		}
		if taken {
			return ErrExists
		}
		if count >= n.Max {
			return ErrQuota
		}
		now := db.now()
		s, err = scanShare(tx.QueryRowContext(ctx, `INSERT INTO shares (id, owner, subscriber, kind, store, arn, name, status, created, updated)
			VALUES (?, ?, ?, ?, ?, ?, ?, 'PENDING', ?, ?) RETURNING `+shareColumns,
			n.ID, n.Owner, n.Subscriber, kind, store, n.ARN, n.Name, now, now))
		return err
	})
	return s, err
}

// Share returns a share that the account offers or is offered; ErrNotFound when there is none.
func (db *DB) Share(ctx context.Context, account, id string) (Share, error) {
	return share(ctx, db.reader, account, id)
}

func share(ctx context.Context, q querier, account, id string) (Share, error) {
	return one(q.QueryRowContext(ctx,
		`SELECT `+shareColumns+` FROM shares WHERE id = ?1 AND (owner = ?2 OR subscriber = ?2)`, id, account), scanShare)
}

// ShareFilter narrows Shares. Empty lists do not narrow.
type ShareFilter struct {
	ARNs     []string
	Statuses []omics.ShareStatus
	Kinds    []omics.ShareResourceType
}

// Shares lists the shares that an account offers (mine) or is offered, newest first.
func (db *DB) Shares(ctx context.Context, account string, mine bool, f ShareFilter, p Page) ([]Share, error) {
	q := newList(p)
	if mine {
		q.and("owner = ?", account)
	} else {
		q.and("subscriber = ?", account)
	}
	in(q, "arn", f.ARNs)
	in(q, "status", f.Statuses)
	in(q, "kind", f.Kinds)
	return listRows(ctx, db.reader, q, "shares", shareColumns, scanShare)
}

// AcceptShare moves a share from PENDING to ACTIVATING and enqueues its activation. Guards: it is offered to the
// account (else ErrNotFound) and PENDING (else ErrFinal).
func (db *DB) AcceptShare(ctx context.Context, account, id string) (s Share, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var known bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM shares WHERE id = ? AND subscriber = ?)`, id,
			account).Scan(&known); err != nil {
			return fmt.Errorf("find share: %w", err)
		}
		if !known {
			return ErrNotFound
		}
		s, err = one(tx.QueryRowContext(ctx,
			`UPDATE shares SET status = 'ACTIVATING', updated = ? WHERE id = ? AND status = 'PENDING' RETURNING `+shareColumns,
			db.now(), id), scanShare)
		if errors.Is(err, ErrNotFound) {
			return ErrFinal
		} else if err != nil {
			return fmt.Errorf("accept share: %w", err)
		}
		return db.enqueue(ctx, tx, ActivateShareArgs{ShareID: id})
	})
	return s, err
}

// ActivateShare moves a share from ACTIVATING to ACTIVE, or to FAILED when its store is not ACTIVE any more. Guard: it
// is ACTIVATING.
func (db *DB) ActivateShare(ctx context.Context, id string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE shares SET updated = ?2,
			status = CASE WHEN `+storeActive+` THEN 'ACTIVE' ELSE 'FAILED' END,
			status_message = CASE WHEN `+storeActive+` THEN '' ELSE 'The shared store is not ACTIVE.' END
			WHERE id = ?1 AND status = 'ACTIVATING'`, id, db.now())
		return err
	})
}

// storeActive is whether the store of a row of shares is ACTIVE.
const storeActive = `EXISTS (SELECT 1 FROM stores WHERE id = shares.store AND status = 'ACTIVE')`

// BeginDeleteShare moves a share to DELETING, from which moment it gives no access, and enqueues its end. Either side
// may. Guards: the account offers it or is offered it (else ErrNotFound) and it has not ended (else ErrFinal); of a
// FAILED one only the end is left. Calling it again is harmless.
func (db *DB) BeginDeleteShare(ctx context.Context, account, id string) (s Share, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		if s, err = share(ctx, tx, account, id); err != nil {
			return err
		}
		switch s.Status {
		case omics.ShareDeleting:
			return nil
		case omics.ShareDeleted:
			return ErrFinal
		}
		// Beside a FAILED one there may be another by now, and of two only one may be live.
		if s, err = scanShare(tx.QueryRowContext(ctx, `UPDATE shares SET updated = ?1, status = CASE WHEN status = 'FAILED' AND EXISTS (SELECT 1 FROM shares o
			WHERE o.store = shares.store AND o.subscriber = shares.subscriber AND o.status IN ('PENDING', 'ACTIVATING', 'ACTIVE', 'DELETING'))
			THEN 'DELETED' ELSE 'DELETING' END WHERE id = ?2 RETURNING `+shareColumns, db.now(), id)); err != nil {
			return fmt.Errorf("mark share: %w", err)
		}
		return db.enqueue(ctx, tx, DeleteShareArgs{ShareID: id})
	})
	return s, err
}

// EndShare moves a share from DELETING to DELETED. Guard: it is DELETING. It also forgets the shares that ended a day
// ago.
func (db *DB) EndShare(ctx context.Context, id string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx,
			`UPDATE shares SET status = 'DELETED', updated = ? WHERE id = ? AND status = 'DELETING'`, db.now(), id); err != nil {
			return err
		}
		return db.forgetShares(ctx, tx)
	})
}

func (db *DB) forgetShares(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM shares WHERE status IN ('DELETED', 'FAILED') AND updated < ?`,
		db.Now().Add(-shareLife).UnixMicro()); err != nil {
		return fmt.Errorf("forget old shares: %w", err)
	}
	return nil
}

// endShares ends the shares of a store that is being deleted.
func (db *DB) endShares(ctx context.Context, tx *sql.Tx, storeID string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE shares SET status = 'DELETED', status_message = 'The store was deleted.', updated = ?
		WHERE store = ? AND status IN ('PENDING', 'ACTIVATING', 'ACTIVE', 'DELETING')`, db.now(), storeID); err != nil {
		return fmt.Errorf("end shares: %w", err)
	}
	return nil
}
