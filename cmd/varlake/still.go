package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/varlake/varlake/internal/state/meta"
)

// stillError says why nothing can be written in a data folder, and what to do: what only reads goes on.
type stillError struct {
	dir   string
	cause error
}

func (e *stillError) Error() string {
	why, way := plainCause(e.cause).Error(), "make room on its disk"
	switch {
	case errors.Is(e.cause, syscall.EROFS):
		way = "mount it for writing, or work on a copy of the folder"
	case errors.Is(e.cause, syscall.EDQUOT):
		way = "make room, or have the quota raised"
	case errors.Is(e.cause, fs.ErrPermission):
		way = "run the command as the folder's owner"
	}
	return fmt.Sprintf("nothing can be written in %s: %s; %s (commands that only read work as it is)", e.dir, why, way)
}

func (e *stillError) Unwrap() error { return e.cause }

// orStill is what failed while a data folder was written, or why nothing can be written there when that is it: errors
// of the state speak of SQLite.
func orStill(dir string, failed error) error {
	var still *stillError
	if failed != nil && errors.As(writable(dir), &still) {
		return still
	}
	if cause, ok := meta.Passing(failed); ok && !errors.Is(failed, context.Canceled) {
		return fmt.Errorf("%s: %s", dir, cause)
	}
	return failed
}

// plainly is orStill of an error of the state that may pass, and the error itself of any other.
func (p dataPaths) plainly(err error) error {
	if _, ok := meta.Passing(err); !ok {
		return err
	}
	return orStill(p.dir, err)
}

// probeBytes is more than a command that only reads writes by itself.
const probeBytes = 64 << 10

// writable tries whether a file can be written in dir. A stillError when it cannot, since the disk is full, read-only
// or somebody else's.
func writable(dir string) error {
	err := tryWrite(dir)
	if err != nil && cannotWrite(err) {
		return &stillError{dir, err}
	}
	return err
}

// probePrefix is what the names of files that tryWrite makes begin with.
const probePrefix = ".write-"

func tryWrite(dir string) error {
	file, err := os.CreateTemp(dir, probePrefix+"*")
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, probeBytes))
	return errors.Join(err, file.Close(), os.Remove(file.Name()))
}

// openToRead opens the state for a command that only reads, and writes nothing. A state of an earlier schema is brought
// up to date first; where nothing can be written that is refused, with the way out. The folder is locked.
func (p dataPaths) openToRead(ctx context.Context) (*meta.DB, error) {
	db, err := meta.OpenStill(ctx, p.state())
	if !errors.Is(err, meta.ErrEarlierSchema) {
		return db, err
	}
	if still := writable(p.dir); still != nil {
		return nil, fmt.Errorf("%w, and it cannot be brought up to date: %w; "+
			"any command does that where it can write, such as on a copy: cp -a %s COPY; varlake check --data COPY", err,
			still, p.dir)
	}
	if db, err = meta.Open(ctx, p.state()); err != nil {
		return nil, p.plainly(err)
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return meta.OpenStill(ctx, p.state())
}

// served tells whether a server, in a command or not, was started on the data folder since its state was made, which
// may have been by varlake recover: only then the state has all that a server works with. The state is open to read.
func served(ctx context.Context, db *meta.DB) (bool, error) {
	_, err := db.TokenKey(ctx)
	if errors.Is(err, meta.ErrReadOnly) { // it would have to be made
		return false, nil
	}
	return err == nil, err
}

// spillElsewhere makes a folder for what queries spill when the data folder takes nothing; without room anywhere it is
// "", and they spill nothing.
func spillElsewhere() (dir string, remove func() error) {
	dir, err := os.MkdirTemp("", "varlake-spill-*")
	if err == nil {
		if err = tryWrite(dir); err == nil {
			return dir, func() error { return os.RemoveAll(dir) }
		}
		_ = os.RemoveAll(dir)
	}
	return "", func() error { return nil }
}

// openSpill makes the folder for what queries on a folder without a server spill. remove takes away one that is
// elsewhere.
func (p dataPaths) openSpill() (dir string, remove func() error, err error) {
	var still *stillError
	switch err := writable(p.dir); {
	case errors.As(err, &still):
		dir, remove = spillElsewhere()
		return dir, remove, nil
	case err != nil:
		return "", nil, err
	}
	if err := os.MkdirAll(p.spill(), 0o700); err != nil {
		return "", nil, fmt.Errorf("make spill folder: %w", err)
	}
	return p.spill(), func() error { return nil }, nil
}
