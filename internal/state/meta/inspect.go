package meta

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrDamaged says that a file is not a whole state file.
var ErrDamaged = errors.New("not a whole SQLite database")

// Inspection is what a state file says of itself.
type Inspection struct {
	Folder string          // the identity of its data folder; empty: it has none yet
	Tables map[string]bool // the ids of its tables, which their folders are named by
}

// folderKey is the setting that holds the identity of the data folder.
const folderKey = "folder"

// Inspect looks into the state file at path without changing it or anything beside it. ErrDamaged when it is empty, cut
// off or no SQLite file; ErrNewerSchema when a later program made it, whose tables may have other names; an error that
// is fs.ErrNotExist when it is not there. A file whose log (-wal) is not there is as whole as any.
func Inspect(ctx context.Context, path string) (in Inspection, err error) {
	if err := wholeFile(path); err != nil {
		return in, err
	}
	reader, done, err := openStill(ctx, path)
	if err != nil {
		return in, damaged(err)
	}
	defer func() { err = errors.Join(err, reader.Close(), done()) }()
	in.Tables = map[string]bool{}
	looks := map[string]func() error{
		"settings": func() error {
			var id []byte
			err := reader.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = ?`, folderKey).Scan(&id)
			if in.Folder = string(id); errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			return err
		},
		"tables":              func() error { return in.addTables(ctx, reader, `SELECT id FROM tables`) },
		"variant_stores":      func() error { return in.addTables(ctx, reader, `SELECT id FROM variant_stores`) },
		"annotation_versions": func() error { return in.addTables(ctx, reader, `SELECT id FROM annotation_versions`) },
	}
	var version int
	if err := reader.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return in, damaged(fmt.Errorf("look into state: %w", err))
	}
	if version >= tablesChange { // what is called so then is a word to older programs
		delete(looks, "variant_stores")
	}
	for table, look := range looks {
		var there bool
		err := reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)`,
			table).Scan(&there)
		if err == nil && there { // a file of before the change to tables has the last two
			err = look()
		}
		if err != nil {
			return in, damaged(fmt.Errorf("look into state: %w", err))
		}
	}
	return in, nil
}

// Whole looks at every page of the state file at path, as Inspect does at a few, without changing anything: ErrDamaged
// when SQLite's integrity check finds something, ErrNewerSchema as Inspect. It takes as long as the file takes to read,
// and the same must be open nowhere in this process.
func Whole(ctx context.Context, path string) (err error) {
	if err := wholeFile(path); err != nil {
		return err
	}
	reader, done, err := openStill(ctx, path)
	if err != nil {
		return damaged(err)
	}
	defer func() { err = errors.Join(err, reader.Close(), done()) }()
	return integrity(ctx, reader)
}

// Whole looks at every page of the state, as the function does, while it is in use.
func (db *DB) Whole(ctx context.Context) error {
	return db.read(ctx, func(tx *sql.Tx) error { return integrity(ctx, tx) })
}

func integrity(ctx context.Context, q querier) error {
	var found string
	if err := q.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return damaged(fmt.Errorf("check state: %w", err))
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, strings.Join(strings.Fields(found), " "))
	}
	return nil
}

// IsDamaged reports whether an error of any call says that the state file is not whole.
func IsDamaged(err error) bool { return errors.Is(damaged(err), ErrDamaged) }

func (in *Inspection) addTables(ctx context.Context, q querier, query string) error {
	ids, err := collect(ctx, q, scanString, query)
	for _, id := range ids {
		in.Tables[id] = true
	}
	return err
}

// damaged adds ErrDamaged to what SQLite says of a file that is none of its, or not whole.
func damaged(err error) error {
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		switch failure.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return err
}

// wholeFile holds a file to the header that SQLite's begin with: https://www.sqlite.org/fileformat.html, section 1.3.
// This process must not have the file open as a database: closing any handle of a file takes every POSIX lock of the
// process from it, and then the next other process that closes the database holds itself for the last, and removes the
// log that this one writes.
func wholeFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open state: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open state: %w", err)
	}
	if info.Size() == 0 {
		return fmt.Errorf("%w: it is empty", ErrDamaged)
	}
	header := make([]byte, 100)
	if _, err := io.ReadFull(file, header); errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it has %d bytes", ErrDamaged, info.Size())
	} else if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	if string(header[:16]) != "SQLite format 3\x00" {
		return fmt.Errorf("%w: it does not begin as one", ErrDamaged)
	}
	page := int64(binary.BigEndian.Uint16(header[16:]))
	if page == 1 {
		page = 64 << 10
	}
	pages := int64(binary.BigEndian.Uint32(header[28:]))
	// else an old program wrote it, and pages is not set
	known := binary.BigEndian.Uint32(header[24:]) == binary.BigEndian.Uint32(header[92:])
	if known && info.Size() < pages*page && !hasLog(path) {
		return fmt.Errorf("%w: it has %d bytes of %d", ErrDamaged, info.Size(), pages*page)
	}
	return nil
}

// hasLog reports whether a state file's log has something that the file may lack.
func hasLog(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// OpenStill opens an existing state file for reading where nothing can be written, and leaves nothing beside it. Nobody
// may write it meanwhile. Calls that write give ErrReadOnly. A file of another schema version is refused with
// ErrEarlierSchema or ErrNewerSchema.
func OpenStill(ctx context.Context, path string) (*DB, error) {
	if err := wholeFile(path); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	db, err := open(path)
	if err != nil {
		return nil, err
	}
	if err := db.reader.Close(); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	if db.reader, db.still, err = openStill(ctx, path); err != nil {
		return nil, damaged(err)
	}
	return db.checkVersion(ctx)
}

// openStill opens a state file that nobody writes, for reading. Without a log it is read as it is. With one SQLite
// wants to write an index of it beside it; where it cannot, a copy of both is read.
func openStill(ctx context.Context, path string) (reader *sql.DB, done func() error, err error) {
	if !hasLog(path) {
		reader, err = openReadOnly(ctx, path, url.Values{"mode": {"ro"}, "immutable": {"1"}})
		return reader, noCleanUp, err
	}
	if reader, err = openReadOnly(ctx, path, url.Values{"mode": {"ro"}}); err == nil {
		return reader, noCleanUp, nil
	}
	if errors.Is(damaged(err), ErrDamaged) || errors.Is(err, ErrNewerSchema) {
		return nil, nil, err
	}
	dir, e := copyState(path)
	if e != nil {
		return nil, nil, errors.Join(err, e)
	}
	done = func() error { return os.RemoveAll(dir) }
	if reader, err = openReadOnly(ctx, filepath.Join(dir, "state"), url.Values{}); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return reader, done, nil
}

func noCleanUp() error { return nil }

func openReadOnly(ctx context.Context, path string, options url.Values) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	options["_pragma"] = []string{"busy_timeout(10000)", "query_only(1)"}
	reader, err := sql.Open("sqlite",
		(&url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: options.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	reader.SetMaxOpenConns(8)
	reader.SetMaxIdleConns(8)
	// The version is read before the schema, which may be written in words that only a newer SQLite reads.
	var version int
	if err := reader.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return nil, errors.Join(fmt.Errorf("open state: %w", err), reader.Close())
	}
	if version > len(migrations) {
		return nil, errors.Join(newerSchema(version), reader.Close())
	}
	var tables int
	if err := reader.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return nil, errors.Join(fmt.Errorf("open state: %w", err), reader.Close())
	}
	return reader, nil
}

// copyState copies a state file and its log to where there is room: the system's folder for such files, else memory.
func copyState(path string) (dir string, err error) {
	var errs []error
	for _, parent := range []string{os.TempDir(), "/dev/shm"} {
		dir, err := os.MkdirTemp(parent, "varlake-state-*")
		if err == nil {
			if err = errors.Join(copyFile(path, filepath.Join(dir, "state")),
				copyFile(path+"-wal", filepath.Join(dir, "state-wal"))); err == nil {
				return dir, nil
			}
			err = errors.Join(err, os.RemoveAll(dir))
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("the state has changes in its log that can be read only where there is room for a copy (TMPDIR names another place): %w", errors.Join(errs...))
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// NewFolderID draws an identity for a data folder: 32 hexadecimal digits.
func NewFolderID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// SetFolder gives the state the identity of its data folder. Guard: it has none yet.
func (db *DB) SetFolder(ctx context.Context, id string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, folderKey,
			[]byte(id)); err != nil {
			return fmt.Errorf("write the folder's identity: %w", err)
		}
		return nil
	})
}
