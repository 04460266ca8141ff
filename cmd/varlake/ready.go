package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
)

const (
	readyFor      = time.Second     // how long an answer of readiness counts
	readyPatience = 2 * time.Second // how long a disk may take to answer
)

// readiness tells whether a server can write: the state, and files in the data folder. It is safe for concurrent use,
// asks the disk at most once in readyFor and by one goroutine at a time, however long that takes, and leaves no file.
type readiness struct {
	paths      dataPaths
	folder     *warehouse.Folder
	db         *meta.DB
	dir, state os.FileInfo // what they were at the start
	// what the state's log was when something was first written; nil before. Of the one goroutine that looks
	log os.FileInfo

	mu     sync.Mutex
	asked  time.Time     // when the last answer came
	answer error         // the last one
	asking chan struct{} // closed with the answer under way; nil: there is none
}

func newReadiness(paths dataPaths, folder *warehouse.Folder, db *meta.DB) (*readiness, error) {
	r := &readiness{paths: paths, folder: folder, db: db}
	var err error
	if r.dir, err = os.Stat(paths.dir); err == nil {
		r.state, err = os.Stat(paths.state())
	}
	if err != nil {
		return nil, fmt.Errorf("look at data folder: %w", err)
	}
	return r, nil
}

// Ready gives the reason why nothing can be written, for people who do not know the machine's paths, or nil.
func (r *readiness) Ready(ctx context.Context) error {
	r.mu.Lock()
	if !r.asked.IsZero() && time.Since(r.asked) < readyFor {
		defer r.mu.Unlock()
		return r.answer
	}
	if r.asking == nil {
		r.asking = make(chan struct{})
		go r.ask()
	}
	asking := r.asking
	r.mu.Unlock()
	patience := time.NewTimer(readyPatience)
	defer patience.Stop()
	select {
	case <-asking:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.answer
	case <-patience.C:
		return fmt.Errorf("the disk has not answered for %v", readyPatience)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r *readiness) ask() {
	answer := r.look()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked, r.answer = time.Now(), answer
	close(r.asking)
	r.asking = nil
}

func (r *readiness) look() error {
	for _, look := range []struct {
		what, path string
		was        os.FileInfo
	}{{"the data folder", r.paths.dir, r.dir}, {"varlake.db", r.paths.state(), r.state}} {
		is, err := os.Stat(look.path)
		switch {
		case isNotExist(err):
			return errors.New(look.what + " is not there any more")
		case err != nil:
			return fmt.Errorf("%s cannot be looked at: %w", look.what, plainCause(err))
		case !os.SameFile(is, look.was):
			return errors.New(look.what + " was replaced by another")
		}
	}
	for _, name := range []string{"tables", "references"} {
		if _, err := r.folder.Inside(name); errors.Is(err, warehouse.ErrOutside) {
			return fmt.Errorf("%s in the data folder is a link that leads out of it", name)
		}
	}
	if err := r.paths.apart("tables", "references"); err != nil {
		return err
	}
	if err := r.paths.unshared(); err != nil {
		return errors.New("varlake.db, its log or the lock is another folder's, too, by a hard link")
	}
	if err := r.writeFile(); err != nil {
		return fmt.Errorf("the data folder cannot be written: %w", plainCause(err))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*readyPatience)
	defer cancel()
	if err := r.db.Touch(ctx); err != nil {
		return fmt.Errorf("the state cannot be written: %w", err)
	}
	return r.lookAtLog()
}

// lookAtLog finds the state's log removed, which SQLite would go on writing: what it says would be lost with this
// process.
func (r *readiness) lookAtLog() error {
	is, err := os.Stat(r.paths.state() + "-wal")
	switch {
	case isNotExist(err):
		return errors.New("varlake.db-wal is not there any more")
	case err != nil:
		return fmt.Errorf("varlake.db-wal cannot be looked at: %w", plainCause(err))
	case r.log == nil:
		r.log = is
	case !os.SameFile(is, r.log):
		return errors.New("varlake.db-wal was replaced by another")
	}
	return nil
}

// writeFile writes a file of always the same name, so that none is left but by a kill, and then one.
func (r *readiness) writeFile() error {
	path := filepath.Join(r.paths.dir, ".ready")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, 4<<10))
	return errors.Join(err, file.Close(), os.Remove(path))
}

// plainCause is a file system's error without the path.
func plainCause(err error) error {
	var failure *os.PathError
	if errors.As(err, &failure) {
		return failure.Err
	}
	return err
}
