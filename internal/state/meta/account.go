package meta

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// AdminAccount is the account that a data folder starts with: the one of AWS's documentation, which no customer
// has and whose ARNs are in every example.
const AdminAccount = "123456789012"

// AccessKey is one row of access_keys.
type AccessKey struct {
	ID      string // AKIA and 16 characters of base 32
	Account string // 12 digits
	Secret  string // 40 characters
	Name    string
	Policy  string // JSON; empty: the key may do nothing
	Created time.Time
}

func scanKey(row scanner) (k AccessKey, err error) {
	var created int64
	err = row.Scan(&k.ID, &k.Account, &k.Secret, &k.Name, &k.Policy, &created)
	k.Created = fromMicros(created)
	return k, err
}

// AdministratorPolicy allows everything in the key's own account.
const AdministratorPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// NewAccessKey draws the id and the secret of a key that CreateAccessKey or EnsureAdmin is to write. Without a policy
// the first key of an account is its administrator's, and any other may do nothing.
func NewAccessKey(account, name, policy string) AccessKey {
	return AccessKey{ID: "AKIA" + randomText(16, base32), Account: account, Secret: randomText(40, base64), Name: name,
		Policy: policy}
}

const keyColumns = `id, account, secret, name, coalesce(policy, ''), created`

// EnsureAdmin writes the first access key, from NewAccessKey, as an administrator's. Guard: there is no access key yet;
// made is false otherwise, and key is zero.
func (db *DB) EnsureAdmin(ctx context.Context, n AccessKey) (key AccessKey, made bool, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var any bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM access_keys)`).Scan(&any); err != nil {
			return fmt.Errorf("look for access keys: %w", err)
		}
		if any {
			return nil
		}
		n.Policy = AdministratorPolicy
		key, err = db.addKey(ctx, tx, n)
		made = err == nil
		return err
	})
	if err != nil || !made {
		return AccessKey{}, false, err
	}
	return key, true, nil
}

// CreateAccessKey writes a key from NewAccessKey, and its account when that is new. Guard: no key of the account has
// that name (else ErrExists).
func (db *DB) CreateAccessKey(ctx context.Context, n AccessKey) (key AccessKey, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var first, taken bool
		if err := tx.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM access_keys WHERE account = ?1),
			EXISTS (SELECT 1 FROM access_keys WHERE account = ?1 AND name = ?2)`, n.Account, n.Name).Scan(&first, &taken); err != nil {
			return fmt.Errorf("look for access keys: %w", err)
		}
		if taken {
			return ErrExists
		}
		if n.Policy == "" && first {
			n.Policy = AdministratorPolicy
		}
		key, err = db.addKey(ctx, tx, n)
		return err
	})
	return key, err
}

// AccessKeys lists the keys of an account, or of all when it is empty, oldest first.
func (db *DB) AccessKeys(ctx context.Context, account string) ([]AccessKey, error) {
	return collect(ctx, db.reader, scanKey,
		`SELECT `+keyColumns+` FROM access_keys WHERE ?1 = '' OR account = ?1 ORDER BY created, id`, account)
}

// DeleteAccessKey removes a key: the next request signed with it is refused. ErrNotFound when there is none of that id.
func (db *DB) DeleteAccessKey(ctx context.Context, id string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		ok, err := happened(ctx, tx, `DELETE FROM access_keys WHERE id = ?`, id)
		if err == nil && !ok {
			err = ErrNotFound
		}
		return err
	})
}

func (db *DB) addKey(ctx context.Context, tx *sql.Tx, key AccessKey) (AccessKey, error) {
	now := db.now()
	if _, err := tx.ExecContext(ctx, `INSERT INTO accounts (id, created) VALUES (?, ?) ON CONFLICT DO NOTHING`,
		key.Account, now); err != nil {
		return AccessKey{}, fmt.Errorf("insert account: %w", err)
	}
	key.Created = fromMicros(now)
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO access_keys (id, account, secret, name, policy, created) VALUES (?, ?, ?, ?, ?, ?)`,
		key.ID, key.Account, key.Secret, key.Name, key.Policy, now); err != nil {
		return AccessKey{}, fmt.Errorf("insert access key: %w", err)
	}
	return key, nil
}

// AccessKey returns the key of that id; ErrNotFound when there is none.
func (db *DB) AccessKey(ctx context.Context, id string) (AccessKey, error) {
	return one(db.reader.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM access_keys WHERE id = ?`, id), scanKey)
}

// The alphabets have 32 and 64 characters, so that a random byte modulo their length is uniform.
const (
	base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

func randomText(n int, alphabet string) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

// TokenKey returns the secret that signs page tokens, made once per data folder: 32 bytes.
func (db *DB) TokenKey(ctx context.Context) (key []byte, err error) {
	const query = `SELECT value FROM settings WHERE key = 'token_key'`
	err = db.reader.QueryRowContext(ctx, query).Scan(&key)
	if !errors.Is(err, sql.ErrNoRows) {
		return key, err
	}
	fresh := make([]byte, 32)
	rand.Read(fresh)
	err = db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES ('token_key', ?) ON CONFLICT DO NOTHING`,
			fresh); err != nil {
			return fmt.Errorf("write token key: %w", err)
		}
		return tx.QueryRowContext(ctx, query).Scan(&key)
	})
	return key, err
}
