package meta

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
)

// errReplaced says that another file is where the state was when it was opened.
var errReplaced = errors.New("the state was moved away or replaced by another file")

// sameFile makes connections to a state file as long as it is the one that was opened: a pool makes new ones at any
// time, by the file's name, which would read the state of a folder that was put in the place of the served one, and
// make files there.
type sameFile struct {
	driver    driver.Driver
	dsn, path string
	opened    os.FileInfo
}

// openPool is sql.Open for the file at path, which exists.
func openPool(path, dsn string) (*sql.DB, error) {
	opened, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	named, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(&sameFile{named.Driver(), dsn, path, opened}), named.Close()
}

func (s *sameFile) Connect(context.Context) (driver.Conn, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	if !os.SameFile(info, s.opened) {
		return nil, errReplaced
	}
	return s.driver.Open(s.dsn)
}

func (s *sameFile) Driver() driver.Driver { return s.driver }
