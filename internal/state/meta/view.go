package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// View is one row of views: a query that an account can name as if it were a table, in the schema default.
type View struct {
	Account string
	Name    string // in lower case
	Text    string // of the query
	Comment *string
	Columns []ViewColumn // as they were when it was made
	Created time.Time
	Updated time.Time
}

// ViewColumn is a column of a View; its type is in Trino's words.
type ViewColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

const viewColumns = `account, name, text, comment, columns, created, updated`

func scanView(row scanner) (v View, err error) {
	var columns []byte
	var created, updated int64
	if err := row.Scan(&v.Account, &v.Name, &v.Text, &v.Comment, &columns, &created, &updated); err != nil {
		return v, err
	}
	v.Created, v.Updated = fromMicros(created), fromMicros(updated)
	if err := json.Unmarshal(columns, &v.Columns); err != nil {
		return v, fmt.Errorf("read columns of view %s: %w", v.Name, err)
	}
	return v, nil
}

// PutView makes a view. Guards: there is none of that name, unless it is to be replaced (else ErrExists); the account's
// views stay within the bound (else ErrQuota).
func (db *DB) PutView(ctx context.Context, v View, replace bool, within Bound) error {
	columns, err := json.Marshal(v.Columns)
	if err != nil {
		return fmt.Errorf("write columns of a view: %w", err)
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		if err := keepWithin(ctx, tx, within, v.Text, `FROM views WHERE account = ?1 AND name <> ?2`, v.Account,
			v.Name); err != nil {
			return err
		}
		insert := `INSERT INTO views (` + viewColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT DO `
		if replace {
			insert += `UPDATE SET text = excluded.text, comment = excluded.comment, columns = excluded.columns,
				updated = excluded.updated`
		} else {
			insert += `NOTHING`
		}
		ok, err := happened(ctx, tx, insert, v.Account, v.Name, v.Text, v.Comment, string(columns), db.now())
		switch {
		case err != nil:
			return fmt.Errorf("put view: %w", err)
		case !ok:
			return ErrExists
		}
		return nil
	})
}

// View returns the account's view of a name; found is false when there is none.
func (db *DB) View(ctx context.Context, account, name string) (v View, found bool, err error) {
	v, err = one(db.reader.QueryRowContext(ctx, `SELECT `+viewColumns+` FROM views WHERE account = ? AND name = ?`,
		account,
		name), scanView)
	if errors.Is(err, ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// ViewNames lists the names of an account's views.
func (db *DB) ViewNames(ctx context.Context, account string) ([]string, error) {
	return collect(ctx, db.reader, func(row scanner) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	}, `SELECT name FROM views WHERE account = ? ORDER BY name`, account)
}

// DeleteView removes a view; ErrNotFound when there is none.
func (db *DB) DeleteView(ctx context.Context, account, name string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		ok, err := happened(ctx, tx, `DELETE FROM views WHERE account = ? AND name = ?`, account, name)
		if err == nil && !ok {
			err = ErrNotFound
		}
		return err
	})
}
