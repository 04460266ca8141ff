// Package meta keeps every row of Varlake's state in one SQLite file, and the work queue beside it.
//
// State is rows; a transition is one UPDATE whose WHERE names the state it leaves, so that of two racing
// transitions exactly one happens and each caller learns whether it was theirs. A row and the queue job that
// works on it are written in one transaction. docs/jobs.md draws the states.
//
// There is one writer connection and a pool of readers. The file is in WAL mode: readers never wait for the
// writer, and a commit is on disk (synchronous=FULL) when the call that made it returns.
package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/riverqueue/river"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// What a call may refuse for. Test with errors.Is.
var (
	ErrNotFound      = errors.New("not found")
	ErrExists        = errors.New("already exists")
	ErrIDTaken       = errors.New("the id is taken: draw another")
	ErrQuota         = errors.New("quota reached")
	ErrInUse         = errors.New("in use")
	ErrNotActive     = errors.New("not active")
	ErrNoVersion     = errors.New("no such version")
	ErrVersions      = errors.New("has several versions")
	ErrFinal         = errors.New("already final")
	ErrReadOnly      = errors.New("the state is open for reading only")
	ErrTokenMismatch = errors.New("client token was used for a different request")
	ErrEarlierSchema = errors.New("the state is of an earlier version of varlake")
	ErrNewerSchema   = errors.New("varlake.db was made by a newer varlake")
)

// DB is the state of one data folder. It is safe for concurrent use. Now gives the time written into rows; Committed,
// unless nil, is called after each transaction that wrote, for tests of recovery. Replace them only before the first
// use.
type DB struct {
	Now       func() time.Time
	Committed func()

	writer *sql.DB
	reader *sql.DB
	queue  *river.Client[*sql.Tx] // insert only
	wrote  chan struct{}
	still  func() error // ends what OpenStill made; nil otherwise
}

// Open opens the state file at path, making it (mode 0600) when there is none and bringing its schema up to date. One
// process at a time may.
func Open(ctx context.Context, path string) (*DB, error) {
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	db, err := openWriter(path)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate state: %w", err), db.Close())
	}
	return db, nil
}

// makeFile makes the state file unless it is there: one that is there may be open as a database (see wholeFile). SQLite
// gives its log and the log's index the file's mode.
func makeFile(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// OpenBeside opens an existing state file for writing beside the server that has it open. A file of another schema
// version is refused with ErrEarlierSchema or ErrNewerSchema.
func OpenBeside(ctx context.Context, path string) (*DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	db, err := openWriter(path)
	if err != nil {
		return nil, err
	}
	return db.checkVersion(ctx)
}

// checkVersion gives db back if the file has this program's schema, else closes it.
func (db *DB) checkVersion(ctx context.Context) (*DB, error) {
	var version int
	if err := db.reader.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return nil, errors.Join(fmt.Errorf("open state: %w", err), db.Close())
	}
	switch {
	case version < len(migrations):
		err := fmt.Errorf("open state: %w: schema version %d, this program reads %d", ErrEarlierSchema, version,
			len(migrations))
		return nil, errors.Join(err, db.Close())
	case version > len(migrations):
		return nil, errors.Join(newerSchema(version), db.Close())
	}
	return db, nil
}

// newerSchema is the ErrNewerSchema of a file with that version.
func newerSchema(version int) error {
	return fmt.Errorf("%w (its schema is version %d, this one reads up to %d): use that one", ErrNewerSchema, version,
		len(migrations))
}

func openWriter(path string) (*DB, error) {
	db, err := open(path)
	if err != nil {
		return nil, err
	}
	db.writer, err = openPool(path, dsn(path, "journal_mode(WAL)", "synchronous(FULL)")+"&_txlock=immediate")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open state: %w", err), db.Close())
	}
	db.writer.SetMaxOpenConns(1)
	if db.queue, err = newQueue(db.writer); err != nil {
		return nil, errors.Join(fmt.Errorf("open queue: %w", err), db.Close())
	}
	return db, nil
}

func open(path string) (*DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	reader, err := openPool(abs, dsn(abs, "query_only(1)"))
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	reader.SetMaxOpenConns(8)
	reader.SetMaxIdleConns(8)
	return &DB{Now: time.Now, reader: reader, wrote: make(chan struct{}, 1)}, nil
}

func dsn(path string, pragmas ...string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "foreign_keys(1)"}, pragmas...)}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: q.Encode()}).String()
}

// Close closes all connections. The queue client working over Writer must be stopped first.
func (db *DB) Close() error {
	var errs []error
	for _, c := range []*sql.DB{db.reader, db.writer} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	if db.still != nil {
		errs = append(errs, db.still())
	}
	return errors.Join(errs...)
}

// Writer is the one writing connection, for the queue client that works the jobs this package inserts.
func (db *DB) Writer() *sql.DB { return db.writer }

// write runs fn in one transaction on the writer and commits it when fn returns nil.
// fn must use tx only: asking for the writer again inside would wait for itself.
func (db *DB) write(ctx context.Context, fn func(tx *sql.Tx) error) error {
	if db.writer == nil {
		return ErrReadOnly
	}
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // a no-op after Commit
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if db.Committed != nil {
		db.Committed()
	}
	select {
	case db.wrote <- struct{}{}:
	default: // whoever listens has yet to look
	}
	return nil
}

// Wrote gives a value after this DB wrote something. It is for one listener.
func (db *DB) Wrote() <-chan struct{} { return db.wrote }

// read runs fn in one read transaction: all it reads is of one moment.
func (db *DB) read(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := db.reader.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing to keep
	return fn(tx)
}

// querier is what reads need: a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// happened runs one guarded statement and reports whether its guard held for exactly one row.
func happened(ctx context.Context, tx *sql.Tx, query string, args ...any) (bool, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// collect scans every row of query with scan.
func collect[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string,
	args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

type scanner interface{ Scan(dest ...any) error }

// one scans the only row of a query; no row is ErrNotFound.
func one[T any](row *sql.Row, scan func(scanner) (T, error)) (T, error) {
	v, err := scan(row)
	if errors.Is(err, sql.ErrNoRows) {
		return v, ErrNotFound
	}
	return v, err
}

func (db *DB) now() int64 { return db.Now().UnixMicro() }

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// Touch writes something of no meaning, to learn whether that can be done.
func (db *DB) Touch(ctx context.Context) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO settings (key, value) VALUES ('touched', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1`,
			fmt.Append(nil, db.now()))
		return err
	})
}
