package meta

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ClientToken makes a creating call repeatable: the same Token with the same Request gives the first answer again.
type ClientToken struct {
	Token   string
	Request []byte // digest of the request
}

// tokenLife is how long an answer can be had again.
const tokenLife = 24 * time.Hour

// tokenResource returns the id that an earlier call with this token made, "" when there was none.
func tokenResource(ctx context.Context, tx *sql.Tx, account, operation string, t *ClientToken) (string, error) {
	if t == nil {
		return "", nil
	}
	var request []byte
	var resource string
	err := tx.QueryRowContext(ctx,
		`SELECT request, resource FROM client_tokens WHERE account = ? AND operation = ? AND token = ?`,
		account, operation, t.Token).Scan(&request, &resource)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("look up client token: %w", err)
	case !bytes.Equal(request, t.Request):
		return "", ErrTokenMismatch
	}
	return resource, nil
}

func (db *DB) keepToken(ctx context.Context, tx *sql.Tx, account, operation string, t *ClientToken,
	resource string) error {
	if t == nil {
		return nil
	}
	now := db.Now()
	if _, err := tx.ExecContext(ctx, `DELETE FROM client_tokens WHERE created < ?`,
		now.Add(-tokenLife).UnixMicro()); err != nil {
		return fmt.Errorf("drop old client tokens: %w", err)
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO client_tokens (account, operation, token, request, resource, created) VALUES (?, ?, ?, ?, ?, ?)`,
		account, operation, t.Token, t.Request, resource, now.UnixMicro()); err != nil {
		return fmt.Errorf("keep client token: %w", err)
	}
	return nil
}
