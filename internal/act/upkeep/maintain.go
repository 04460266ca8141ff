package upkeep

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/state/crash"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/own"
)

const (
	// maintainEvery is how often snapshots and orphans are looked for in the background.
	maintainEvery = time.Hour
	// orphanAge is how old a file is at least that is removed because nothing refers to it: no commit takes as long.
	orphanAge = 24 * time.Hour
	// readerPatience is how long the removal of files waits for readers. Then it leaves the files to the search for
	// orphans.
	readerPatience = 15 * time.Minute
	// compactSpace is how many times their size must be free on the disk before files are compacted: passes keep copies.
	compactSpace = 3
)

// Care is what is to be done for a table, and which of it.
type Care struct {
	All    bool // compact until each region is in as few files as may be, rather than where files crowd
	Expire bool // expire snapshots, and remove what they had and what nothing refers to
	DryRun bool // only look

	// Patience is how long to wait while something else has the tables; then the error is a *Busy, and nothing was done.
	// 0: as long as it takes.
	Patience time.Duration
}

func footprint(files []column.DataFile) (f own.Footprint) {
	for i := range files {
		f.Files, f.Bytes = f.Files+1, f.Bytes+files[i].Bytes
	}
	return f
}

// maintainLowly is Maintain at the background's priority.
func (s *Service) maintainLowly(ctx context.Context, table meta.Table, care Care) (report own.UpkeepReport, err error) {
	slot.Lowly(func() { report, err = s.Maintain(ctx, table, care) })
	return report, err
}

// Maintain looks after a table; one is looked after at a time. Imports and queries go on meanwhile: answers do not
// change. When the table is deleted meanwhile, the error is that of a context which has ended.
func (s *Service) Maintain(ctx context.Context, table meta.Table, care Care) (report own.UpkeepReport, err error) {
	report = own.UpkeepReport{Namespace: table.Namespace, Table: table.Name}
	if s.Idle && !care.DryRun {
		return report, errIdle
	}
	if s.Older.Of(table.ID) != "" && !care.DryRun {
		return report, meta.ErrOlder
	}
	done, err := s.tend(ctx, "the upkeep of "+table.Name, care.Patience)
	if err != nil {
		return report, err
	}
	defer done()
	if err := errors.Join(s.Files.OwnTable(table.ID, table.Location), s.Files.OwnMetadata(table.Location,
		table.MetadataLocation)); err != nil {
		return report, err
	}
	ctx, end := s.Tables.Upkeep(ctx, table.ID)
	defer end()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.lasting, cancel)()
	k := keeper{Service: s, table: table, report: &report}
	if ok, err := k.look(ctx); err != nil || !ok {
		return report, err
	}
	if err := k.compactAll(ctx, care); err != nil {
		return report, fmt.Errorf("compact: %w", err)
	}
	if care.Expire && !care.DryRun {
		if err := k.expire(ctx); err != nil {
			return report, fmt.Errorf("expire snapshots: %w", err)
		}
		if err := k.removeOrphans(ctx); err != nil {
			return report, fmt.Errorf("remove orphans: %w", err)
		}
	}
	return report, nil
}

// keeper looks after one table.
type keeper struct {
	*Service
	table  meta.Table // as of the last look
	report *own.UpkeepReport
}

// look finds what the table points at now; false when it is gone.
func (k *keeper) look(ctx context.Context) (ok bool, err error) {
	table, ok, err := k.DB.Table(ctx, k.table.ID)
	if err != nil {
		return false, fmt.Errorf("read table pointer: %w", err)
	}
	if ok {
		k.table = table
	}
	return ok, nil
}

// compactAll compacts until the table is well.
func (k *keeper) compactAll(ctx context.Context, care Care) error {
	for first := true; ; first = false {
		if ok, err := k.look(ctx); err != nil || !ok {
			return err
		}
		snapshot, err := lake.Open(ctx, k.Files, k.table.MetadataLocation)
		if err != nil {
			return err
		}
		k.report.After = footprint(snapshot.Files())
		if first {
			k.report.Before = k.report.After
		}
		files := snapshot.Crowded(care.All)
		if files == nil {
			return nil
		}
		size := footprint(files)
		if care.DryRun {
			k.report.Compacted, k.report.Compactions = size, 1
			return nil
		}
		if err := k.space(size.Bytes); err != nil {
			return err
		}
		if done, err := k.compact(ctx, files); err != nil || !done {
			return err
		}
		k.report.Compacted.Files += size.Files
		k.report.Compacted.Bytes += size.Bytes
		k.report.Compactions++
	}
}

// space refuses when there is not the room that a compaction may take.
func (k *keeper) space(bytes int64) error {
	disk, ok := k.Files.(warehouse.Disk)
	if !ok {
		return nil
	}
	path, err := k.Files.Path(k.table.Location)
	if err != nil {
		return err
	}
	free, err := disk.Free(path)
	if err != nil {
		return err
	}
	if free < uint64(compactSpace*bytes) {
		return fmt.Errorf("%d bytes are free on the disk, %d needed to write files of %d bytes anew", free,
			compactSpace*bytes, bytes)
	}
	return nil
}

// compact merges data files and commits what they become. It is not done when another commit has taken some of them
// away.
func (k *keeper) compact(ctx context.Context, files []column.DataFile) (done bool, err error) {
	schema, err := k.Schema(&k.table)
	if err != nil {
		return false, err
	}
	id := strings.ToLower(rand.Text())
	began := time.Now()
	compacted, err := lake.Compact(ctx, k.Files, k.table.Location, id, schema, files)
	if err != nil {
		return false, err
	}
	crash.Point(crash.CompactAfterFiles)
	before, after := footprint(files), footprint(compacted)
	for {
		next, gone, err := lake.Replace(ctx, k.Files, k.table.MetadataLocation, id, files, compacted)
		if err != nil || gone {
			return false, errors.Join(err, lake.EndCompaction(k.Files, k.table.Location, id, false))
		}
		crash.Point(crash.CompactAfterMeta)
		if done, err = k.swap(ctx, next, after.Bytes-before.Bytes); err != nil {
			if k.DB.Lost(ctx, k.table.ID, next) {
				err = errors.Join(err, lake.EndCompaction(k.Files, k.table.Location, id, false))
			}
			return false, err // else whether the table has the files is for the next start to see
		}
		if done {
			break
		}
		ok, err := k.look(ctx)
		if err != nil || !ok {
			return false, errors.Join(err, lake.EndCompaction(k.Files, k.table.Location, id, false))
		}
	}
	crash.Point(crash.CompactAfterSwap)
	k.Log.Info("compacted", "store", k.table.Name, "files", before.Files, "bytes", before.Bytes, "into_files", after.Files,
		"into_bytes", after.Bytes,
		"seconds", time.Since(began).Seconds())
	return true, lake.EndCompaction(k.Files, k.table.Location, id, true)
}

// swap points the table at next, unless it has changed since the last look: then it removes what was written for next.
func (k *keeper) swap(ctx context.Context, next string, growth int64) (ok bool, err error) {
	if ok, err = k.DB.SwapTable(context.WithoutCancel(ctx), k.table, next, growth); ok || err != nil &&
		!k.DB.Lost(ctx, k.table.ID, next) {
		return ok, err
	}
	if err := lake.Discard(ctx, k.Files, next, k.table.MetadataLocation); err != nil {
		k.Log.Warn("metadata of a lost commit was not removed", "store", k.table.Name, "error", err)
	}
	return false, err
}

// expire expires snapshots and removes what only they had.
func (k *keeper) expire(ctx context.Context) error {
	for {
		if ok, err := k.look(ctx); err != nil || !ok {
			return err
		}
		before := k.table.MetadataLocation
		next, expired, err := lake.Expire(ctx, k.Files, before, k.Plan.Keep)
		if err != nil || expired == 0 {
			return err
		}
		files, err := lake.Expired(ctx, k.Files, k.table.Location, before, next)
		if err != nil {
			return errors.Join(err, lake.DiscardExpiry(k.Files, next))
		}
		crash.Point(crash.ExpireAfterMeta)
		ok, err := k.DB.SwapTable(context.WithoutCancel(ctx), k.table, next, 0)
		if err != nil {
			if k.DB.Lost(ctx, k.table.ID, next) {
				err = errors.Join(err, lake.DiscardExpiry(k.Files, next))
			}
			return err
		}
		if !ok { // an import was first
			if err := lake.DiscardExpiry(k.Files, next); err != nil {
				return err
			}
			continue
		}
		crash.Point(crash.ExpireAfterSwap)
		k.report.Expired = expired
		k.Log.Info("expired snapshots", "store", k.table.Name, "snapshots", expired)
		return k.remove(ctx, files, "removed files of expired snapshots")
	}
}

// remove removes files that the table does not need any more, once neither queries nor commits read them.
func (k *keeper) remove(ctx context.Context, files []warehouse.File, what string) error {
	if len(files) == 0 {
		return nil
	}
	patience, cancel := context.WithTimeout(ctx, readerPatience)
	defer cancel()
	err := k.Readers.Wait(patience)
	if err == nil {
		err = k.Tables.AwaitCommits(patience, k.table.ID) // which read the manifests of the snapshot that they build on
	}
	if err != nil {
		if ctx.Err() == nil {
			k.Log.Info("files are still read, and stay for now", "store", k.table.Name, "files", len(files))
		}
		return ctx.Err()
	}
	if err := k.Files.RemoveFiles(k.table.Location, files); err != nil {
		return err
	}
	removed := own.Footprint{Files: len(files)}
	for _, file := range files {
		removed.Bytes += file.Bytes
	}
	k.report.Removed.Files += removed.Files
	k.report.Removed.Bytes += removed.Bytes
	k.Log.Info(what, "store", k.table.Name, "files", removed.Files, "bytes", removed.Bytes)
	return nil
}

// removeOrphans removes old files to which nothing refers.
func (k *keeper) removeOrphans(ctx context.Context) error {
	state, err := k.DB.TableState(ctx, k.table.Account, "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(state.Tables, func(t meta.CheckTable) bool { return t.ID == k.table.ID })
	if i < 0 { // deleted meanwhile
		return nil
	}
	orphans, err := k.orphansOf(ctx, state.Tables[i])
	if err != nil {
		return err
	}
	old := time.Now().Add(-orphanAge)
	orphans = slices.DeleteFunc(orphans, func(file warehouse.File) bool {
		return file.Modified.After(old)
	})
	if len(orphans) == 0 {
		return nil
	}
	links, err := k.Files.Links()
	if err != nil {
		return err
	}
	if orphans, err = links.Spare(k.table.Location, orphans); err != nil {
		return err
	}
	return k.remove(ctx, orphans, "removed files to which nothing refers")
}
