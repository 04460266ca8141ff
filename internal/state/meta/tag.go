package meta

import (
	"context"
	"database/sql"
	"fmt"
)

// MaxTags is how many tags one resource may have.
const MaxTags = 50

// Tags returns the tags of a resource, never nil. ErrNotFound when the account has no resource of that ARN.
func (db *DB) Tags(ctx context.Context, account, arn string) (map[string]string, error) {
	if err := resourceExists(ctx, db.reader, account, arn); err != nil {
		return nil, err
	}
	return tags(ctx, db.reader, arn)
}

// SetTags adds tags to a resource or replaces their values. ErrNotFound when the account has no resource of
// that ARN; ErrQuota, and nothing written, when it would have more than MaxTags.
func (db *DB) SetTags(ctx context.Context, account, arn string, add map[string]string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if err := resourceExists(ctx, tx, account, arn); err != nil {
			return err
		}
		return putTags(ctx, tx, arn, add)
	})
}

// RemoveTags removes tags by key; a key that is not there is no error.
// ErrNotFound when the account has no resource of that ARN.
func (db *DB) RemoveTags(ctx context.Context, account, arn string, keys []string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if err := resourceExists(ctx, tx, account, arn); err != nil {
			return err
		}
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, `DELETE FROM tags WHERE arn = ? AND key = ?`, arn, key); err != nil {
				return fmt.Errorf("delete tag: %w", err)
			}
		}
		return nil
	})
}

func resourceExists(ctx context.Context, q querier, account, arn string) error {
	var found bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM stores WHERE arn = ?1 AND account = ?2 AND status <> 'DELETING')
		OR EXISTS (SELECT 1 FROM tables t JOIN stores s ON s.id = t.store WHERE t.arn = ?1 AND s.account = ?2 AND t.status <> 'DELETING')
		OR EXISTS (SELECT 1 FROM reference_stores WHERE arn = ?1 AND account = ?2)
		OR EXISTS (SELECT 1 FROM refs WHERE arn = ?1 AND account = ?2 AND status = 'ACTIVE')`, arn, account).Scan(&found)
	if err != nil {
		return fmt.Errorf("find resource: %w", err)
	}
	if !found {
		return ErrNotFound
	}
	return nil
}

func deleteTags(ctx context.Context, tx *sql.Tx, arn string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM tags WHERE arn = ?`, arn); err != nil {
		return fmt.Errorf("delete tags: %w", err)
	}
	return nil
}

func tags(ctx context.Context, q querier, arn string) (map[string]string, error) {
	out := map[string]string{}
	_, err := collect(ctx, q, func(row scanner) (struct{}, error) {
		var k, v string
		err := row.Scan(&k, &v)
		out[k] = v
		return struct{}{}, err
	}, `SELECT key, value FROM tags WHERE arn = ?`, arn)
	return out, err
}

func putTags(ctx context.Context, tx *sql.Tx, arn string, add map[string]string) error {
	for k, v := range add {
		if _, err := tx.ExecContext(ctx, `INSERT INTO tags (arn, key, value) VALUES (?, ?, ?)
			ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value`, arn, k, v); err != nil {
			return fmt.Errorf("write tag: %w", err)
		}
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM tags WHERE arn = ?`, arn).Scan(&n); err != nil {
		return fmt.Errorf("count tags: %w", err)
	}
	if n > MaxTags {
		return ErrQuota
	}
	return nil
}
