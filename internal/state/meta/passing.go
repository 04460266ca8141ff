package meta

import (
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Passing tells why the state could not be read or written, when that may pass by itself: another process that has it,
// a disk that is full, broken or read-only. Of any other error ok is false.
func Passing(err error) (cause string, ok bool) {
	if errors.Is(err, driver.ErrBadConn) {
		return "the state cannot be reached", true
	}
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return "", false
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return "the disk is full (writing the state)", true
	case sqlite3.SQLITE_IOERR:
		return "the disk fails or is full (writing the state)", true
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return "another process works on the state", true
	case sqlite3.SQLITE_CANTOPEN:
		return "the state cannot be opened", true
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return "the state cannot be written", true
	case sqlite3.SQLITE_NOMEM:
		return "memory is short", true
	case sqlite3.SQLITE_INTERRUPT:
		return "the work was interrupted", true
	}
	return "", false
}
