package meta

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Prepared is one row of prepared_statements: a statement that an account keeps under a name, in a workgroup.
type Prepared struct {
	Account     string
	Workgroup   string
	Name        string // its case counts
	Text        string
	Description string
	Updated     time.Time
}

// Bound is how many rows of a kind an account may have, and how many bytes their texts may have together.
type Bound struct {
	Rows  int
	Bytes int64
}

const preparedColumns = `account, workgroup, name, text, description, updated`

func scanPrepared(row scanner) (p Prepared, err error) {
	var updated int64
	err = row.Scan(&p.Account, &p.Workgroup, &p.Name, &p.Text, &p.Description, &updated)
	p.Updated = fromMicros(updated)
	return p, err
}

// PutPrepared keeps a statement; one of that name is replaced. Guard: the account's statements stay within the bound
// (else ErrQuota).
func (db *DB) PutPrepared(ctx context.Context, p Prepared, within Bound) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		const others = `FROM prepared_statements WHERE account = ?1 AND NOT (workgroup = ?2 AND name = ?3)`
		if err := keepWithin(ctx, tx, within, p.Text, others, p.Account, p.Workgroup, p.Name); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO prepared_statements (`+preparedColumns+`) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET text = excluded.text, description = excluded.description, updated = excluded.updated`,
			p.Account, p.Workgroup, p.Name, p.Text, p.Description, db.now())
		if err != nil {
			return fmt.Errorf("put prepared statement: %w", err)
		}
		return nil
	})
}

// keepWithin refuses one more text beside the other rows with ErrQuota when a bound is passed.
func keepWithin(ctx context.Context, tx *sql.Tx, within Bound, text, others string, args ...any) error {
	var rows int
	var bytes int64
	err := tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(octet_length(text)), 0) `+others, args...).Scan(&rows,
		&bytes)
	switch {
	case err != nil:
		return fmt.Errorf("count texts: %w", err)
	case rows >= within.Rows || bytes+int64(len(text)) > within.Bytes:
		return ErrQuota
	}
	return nil
}

// Prepared returns the statement of a name; ErrNotFound when there is none.
func (db *DB) Prepared(ctx context.Context, account, workgroup, name string) (Prepared, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+preparedColumns+` FROM prepared_statements
		WHERE account = ? AND workgroup = ? AND name = ?`, account, workgroup, name), scanPrepared)
}

// PreparedStatements lists the statements of a workgroup by name, those after a name.
func (db *DB) PreparedStatements(ctx context.Context, account, workgroup, after string, limit int) ([]Prepared, error) {
	return collect(ctx, db.reader, scanPrepared, `SELECT `+preparedColumns+` FROM prepared_statements
		WHERE account = ? AND workgroup = ? AND name > ? ORDER BY name LIMIT ?`, account, workgroup, after, limit)
}

// DeletePrepared removes the statement of a name; ErrNotFound when there is none.
func (db *DB) DeletePrepared(ctx context.Context, account, workgroup, name string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		ok, err := happened(ctx, tx, `DELETE FROM prepared_statements WHERE account = ? AND workgroup = ? AND name = ?`,
			account, workgroup, name)
		if err == nil && !ok {
			err = ErrNotFound
		}
		return err
	})
}
