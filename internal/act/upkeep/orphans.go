package upkeep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// OrphansRequest says where to look for files that nothing refers to.
type OrphansRequest struct {
	Account string // as in CheckRequest; the folders of no store at all are looked at with those of all
	Store   string
	Remove  bool

	// AcceptOlder has Remove include the files that only a newer state than this one has, which are left otherwise.
	AcceptOlder bool

	// Patience is how long to wait for the upkeep of a table, which the search must not meet, and with Remove for those
	// who read tables; then the error is a *Busy, and nothing was removed. 0: for upkeep as long as it takes, for readers
	// readerPatience.
	Patience time.Duration
}

// Orphans lists the files in the tables' folders that no kept snapshot, no metadata log, no job that may still end well
// and no work under way refers to, and removes them if asked to. What the clean-up after final jobs has yet to remove
// it removes first. errNoStore when there is no store of the name.
func (s *Service) Orphans(ctx context.Context, request OrphansRequest) (own.Orphans, error) {
	result := own.Orphans{Orphans: []own.Orphan{}, Unknown: []string{}, Newer: []string{}, Strange: []string{},
		Removed: request.Remove}
	if err := s.Files.Verify(); err != nil {
		return result, err
	}
	done, err := s.tend(ctx, "another search for orphans", request.Patience) // no compaction, no expiry meanwhile
	if err != nil {
		return result, err
	}
	defer done()
	if s.Idle && request.Remove {
		return result, errIdle
	}
	if !s.Idle { // what the clean-up would take away is listed
		if err := s.Clean(ctx); err != nil {
			return result, err
		}
	}
	f := &orphanSearch{Service: s, result: &result}
	if request.Account+request.Store == "" { // before the stores are: a folder without one stays so
		if err := f.listFolders(); err != nil {
			return result, fmt.Errorf("list folders of tables: %w", err)
		}
	}
	state, err := s.DB.TableState(ctx, request.Account, request.Store)
	if err != nil {
		return result, err
	}
	if request.Store != "" && len(state.Tables) == 0 {
		return result, errNoStore
	}
	f.links, f.linksErr = s.Files.Links()
	for _, table := range state.Tables {
		if f.ofTable(ctx, table, request.Remove && request.AcceptOlder); ctx.Err() != nil {
			return result, context.Cause(ctx)
		}
	}
	if err := f.ofNoStores(); err != nil {
		return result, fmt.Errorf("orphans of no store: %w", err)
	}
	if request.Remove {
		if err := s.removeAll(ctx, f.all, request.Patience); err != nil {
			return result, err
		}
	}
	for _, found := range f.all {
		s.list(&result, found.files)
	}
	slices.SortFunc(result.Orphans, func(a, b own.Orphan) int { return strings.Compare(a.Path, b.Path) })
	return result, nil
}

// An orphanSearch is a search under way.
type orphanSearch struct {
	*Service
	result   *own.Orphans
	folders  map[string]bool // below tables/, of which no store was met yet
	links    warehouse.Links
	linksErr error // why nobody can say where links lead
	all      []orphans
}

// unknown tells of what cannot be looked into.
func (f *orphanSearch) unknown(what string) {
	f.result.Unknown = append(f.result.Unknown, warehouse.Line(f.Files, what))
}

func (f *orphanSearch) listFolders() error {
	f.folders = map[string]bool{}
	dir, err := f.Files.Inside("tables")
	if err == nil {
		err = eachEntry(f.Files, dir, func(name string) error {
			f.folders[filepath.Join(dir, name)] = true
			return nil
		})
	}
	if errors.Is(err, warehouse.ErrOutside) { // a link, which is its owner's
		f.unknown(err.Error())
		return nil
	}
	return err
}

// ofTable looks into a table's folder; into that of a table newer than the state only when that is accepted.
func (f *orphanSearch) ofTable(ctx context.Context, table meta.CheckTable, acceptOlder bool) {
	delete(f.folders, f.Files.Shown(table.Location))
	older := f.Older.Of(table.ID)
	if older != "" && !acceptOlder {
		f.result.Newer = append(f.result.Newer, warehouse.Line(f.Files, table.Name+": "+older))
		return
	}
	files, err := f.orphansOf(ctx, table)
	if err = cmp.Or(err, f.linksErr); err == nil {
		files, err = f.links.Spare(table.Location, files)
	}
	if err != nil {
		f.unknown(table.Name + ": " + err.Error())
		return
	}
	f.all = append(f.all, orphans{table: table.ID, location: table.Location, files: files, older: older != ""})
}

// ofNoStores looks into the folders that no store has.
func (f *orphanSearch) ofNoStores() error {
	if f.linksErr != nil && len(f.folders) > 0 {
		f.unknown(f.linksErr.Error())
		return nil // nobody can say whose they are
	}
	for _, dir := range slices.Sorted(maps.Keys(f.folders)) {
		if f.links.Lead(filepath.Base(dir)) && !f.links.IsLink(filepath.Base(dir)) {
			continue // it is the table's whose link leads there
		}
		files, err := f.orphansOfNoStore(f.result, dir, f.links)
		switch {
		case errors.Is(err, warehouse.ErrOutside): // a link, which is its owner's
			f.unknown(err.Error())
		case err != nil:
			return err
		case files != nil:
			f.all = append(f.all, *files)
		}
	}
	return nil
}

// orphans are those in the folder of one table.
type orphans struct {
	table    string // its id; empty when no store has the folder, which goes too
	location string
	files    []warehouse.File
	older    bool // the state is older than the table, which is accepted
}

// orphansOfNoStore finds what is in a folder below tables/ that no store has. One with the metadata of a table in it is
// no orphan: rather the state is not the one that belongs to the folder. Then it is nil.
func (s *Service) orphansOfNoStore(result *own.Orphans, dir string, links warehouse.Links) (*orphans, error) {
	location := s.Files.TableName(filepath.Base(dir))
	files, err := warehouse.ListFiles(s.Files, location)
	if err != nil {
		return nil, err
	}
	if lake.IsTable(s.Files, dir) {
		bytes := int64(0)
		for _, file := range files {
			bytes += file.Bytes
		}
		strange := fmt.Sprintf("%s: %d files, %d bytes", dir, len(files), bytes)
		result.Strange = append(result.Strange, warehouse.Line(s.Files, strange))
		return nil, nil
	}
	if links.IsLink(filepath.Base(dir)) { // its files are those of another place, perhaps another table's
		return nil, fmt.Errorf("%s is a link, and no store's: %w", dir, warehouse.ErrOutside)
	}
	return &orphans{location: location, files: files}, nil
}

// removeAll removes orphans once nobody reads them, as somebody may those of a snapshot that has just expired.
func (s *Service) removeAll(ctx context.Context, all []orphans, patience time.Duration) error {
	if slices.ContainsFunc(all, func(found orphans) bool { return len(found.files) > 0 }) {
		if err := s.awaitReaders(ctx, cmp.Or(patience, readerPatience)); err != nil {
			return err
		}
	}
	for _, found := range all {
		var err error
		if len(found.files) > 0 {
			err = s.Files.RemoveFiles(found.location, found.files)
		}
		if err == nil && found.table == "" {
			err = s.Files.RemoveTable(found.location)
		}
		if err != nil {
			return fmt.Errorf("orphans of %s: %w", found.location, err)
		}
		if found.older {
			if err := s.acceptOlder(ctx, found.table); err != nil {
				return err
			}
		}
	}
	return nil
}

// awaitReaders waits for those who read tables now. When that takes longer than patience the error is a *Busy.
func (s *Service) awaitReaders(ctx context.Context, patience time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := s.Readers.Wait(waiting)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		since, _ := s.Readers.Oldest()
		return &Busy{With: "those who read tables: a query, an export or a check", Since: since}
	}
	return nil
}

// list adds files to the result.
func (s *Service) list(result *own.Orphans, files []warehouse.File) {
	for _, file := range files {
		if result.Files++; result.Files <= maxListed {
			result.Orphans = append(result.Orphans, own.Orphan{
				Path: strings.TrimPrefix(file.Path, s.Files.Dir()+string(filepath.Separator)), Bytes: file.Bytes,
			})
		}
		result.Bytes += file.Bytes
	}
}

// orphansOf gives the files in a table's folder that nothing refers to. The order of its steps is what makes it right
// beside imports: files that are written after they were listed do not matter, those of work that ended before the
// pointer was read are known by it, and those of work in between are left alone.
func (s *Service) orphansOf(ctx context.Context, table meta.CheckTable) ([]warehouse.File, error) {
	if err := s.Files.OwnTable(table.ID, table.Location); err != nil {
		return nil, err
	}
	dir, err := s.Files.Path(table.Location)
	if err != nil {
		return nil, err
	}
	files, err := warehouse.ListFiles(s.Files, table.Location)
	if err != nil {
		return nil, err
	}
	switch table.Status {
	case omics.VersionFailed:
		return files, nil
	case omics.VersionActive:
	default: // it is being made, or deleted
		return nil, nil
	}
	if err := s.Tables.AwaitCommits(ctx, table.ID); err != nil {
		return nil, err
	}
	state, err := s.DB.TableState(ctx, table.Account, table.StoreName)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(state.Tables, func(t meta.CheckTable) bool {
		return t.ID == table.ID &&
			t.Status == table.Status
	})
	if i < 0 {
		return nil, nil
	}
	table = state.Tables[i]
	var busy []string // folders of jobs that may still write, or whose files are to be committed
	for _, job := range table.Jobs {
		if job.Unfinished() || s.Tables.Busy(job.ID) {
			busy = append(busy, filepath.Join(dir, "data", job.ID)+string(filepath.Separator))
		}
	}
	files = slices.DeleteFunc(files, func(file warehouse.File) bool {
		return slices.ContainsFunc(busy, func(dir string) bool { return strings.HasPrefix(file.Path, dir) })
	})
	return lake.Orphans(ctx, s.Files, table.MetadataLocation, files)
}
