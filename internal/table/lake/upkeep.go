package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// compactionProperty is the snapshot summary's member that names the compaction.
const compactionProperty = "varlake.compaction"

// Replace is Append for a compaction: the snapshot has the rows of the one before, in the files added rather than in
// those removed. gone is true, and nothing written, when the table does not have all that are to be removed any more.
func Replace(ctx context.Context, in warehouse.Files, metadataLocation, id string, removed,
	added []column.DataFile) (next string, gone bool, err error) {
	if had, have := countRows(removed), countRows(added); had != have || had == 0 {
		return "", false, fmt.Errorf("replace data files: those removed have %d rows, those added %d", had, have)
	}
	fs := &durableFS{in: in}
	next, gone, err = replaceFiles(ctx, in, fs, metadataLocation, id, removed, added)
	if err != nil {
		fs.removeCreated(nil)
		return "", false, fmt.Errorf("replace data files: %w", err)
	}
	return next, gone, nil
}

func replaceFiles(ctx context.Context, in warehouse.Files, fs *durableFS, metadataLocation, id string, removed,
	added []column.DataFile) (next string, gone bool, err error) {
	snapshot, err := Open(ctx, in, metadataLocation)
	if err != nil {
		return "", false, err
	}
	names := map[string]string{}
	for i, file := range snapshot.files {
		names[file.Path] = snapshot.names[i]
	}
	for _, file := range removed {
		if names[file.Path] == "" {
			return "", true, nil
		}
	}
	next, err = commit(ctx, in, fs, metadataLocation, func(_ *table.Table, t *table.Transaction) error {
		rewrite := t.NewRewrite(iceberg.Properties{compactionProperty: id})
		for i := range removed {
			file, err := namedFile(names[removed[i].Path], &removed[i])
			if err != nil {
				return err
			}
			rewrite.DeleteFile(file)
		}
		for i := range added {
			file, err := newFile(in, &added[i])
			if err != nil {
				return err
			}
			rewrite.AddDataFile(file)
		}
		return rewrite.Commit(ctx)
	})
	if err == nil && next == "" {
		err = errors.New("write metadata: nothing was committed")
	}
	return next, false, err
}

// Keep says which snapshots of a table stay: the newest ones, that many, and those younger than the age. The current
// one always stays.
type Keep struct {
	Snapshots int // at least 1
	Age       time.Duration
}

// Expire writes metadata without the snapshots that are not to be kept, and swaps nothing: like Append's caller, this
// one does so or gives next to DiscardExpiry. It is empty, and nothing written, when there are none to expire. No other
// file is touched.
func Expire(ctx context.Context, in warehouse.Files, metadataLocation string, keep Keep) (next string, expired int,
	err error) {
	fs := &durableFS{in: in}
	had := 0
	next, err = commit(ctx, in, fs, metadataLocation, func(current *table.Table, t *table.Transaction) error {
		had = len(current.Metadata().Snapshots())
		// What only they had is removed once nobody reads it: see Expired.
		return t.ExpireSnapshots(table.WithRetainLast(max(keep.Snapshots, 1)), table.WithOlderThan(keep.Age),
			table.WithPostCommit(false))
	})
	if err == nil && next != "" {
		var after *table.Table
		if after, err = load(ctx, in, next, fs, nil); err == nil {
			expired = had - len(after.Metadata().Snapshots())
		}
	}
	if err != nil || expired == 0 {
		fs.removeCreated(nil)
		return "", 0, err
	}
	return next, expired, nil
}

// DiscardExpiry removes what an Expire wrote whose result was not swapped in.
func DiscardExpiry(in warehouse.Files, next string) error {
	return (&durableFS{in: in}).Remove(next)
}

// Expired gives the files below location that a table needed as before describes it and does not need as now does:
// those that only expired snapshots had.
func Expired(ctx context.Context, in warehouse.Files, location, before, now string) (files []warehouse.File,
	err error) {
	table, err := in.Path(location)
	if err != nil {
		return nil, err
	}
	paths, err := needed(ctx, in, before)
	if err != nil {
		return nil, err
	}
	still, err := needed(ctx, in, now)
	if err != nil {
		return nil, err
	}
	for path := range paths {
		if still[path] {
			continue
		}
		if _, ok := warehouse.Below(table, path); !ok {
			continue // another program may have added files of its own
		}
		file, err := in.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// Readers are those who read data files under way. Whoever removes files waits for them. The zero value is ready; it is
// safe for concurrent use.
type Readers struct {
	mu   sync.Mutex
	open map[chan struct{}]time.Time // of those under way, with when each began
}

// Begin notes a reader, who looks up which files to read after this call, until end is called.
func (r *Readers) Begin() (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = map[chan struct{}]time.Time{}
	}
	done := make(chan struct{})
	r.open[done] = time.Now()
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.open, done)
		close(done)
	})
}

// Oldest is when the reader began that has read for the longest; ok is false when there is none.
func (r *Readers) Oldest() (began time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, at := range r.open {
		if !ok || at.Before(began) {
			began, ok = at, true
		}
	}
	return began, ok
}

// Wait returns when all readers that had begun before the call have ended, or ctx has.
func (r *Readers) Wait(ctx context.Context) error {
	r.mu.Lock()
	open := make([]chan struct{}, 0, len(r.open))
	for done := range r.open {
		open = append(open, done)
	}
	r.mu.Unlock()
	for _, done := range open {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
