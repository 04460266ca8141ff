package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
)

const (
	compactFileBytes  = 256 << 20 // of a data file that a compaction writes, about
	compactMemory     = 160 << 20 // for the rows ahead of all runs that are merged at once
	compactFan        = 64        // runs merged at once, at most
	compactFirstTier  = 64 << 10  // bytes below which all runs count as of one size
	compactTierRuns   = 8         // so many runs of a tier are one too many
	compactFinalBytes = 64 << 30  // of a run that is not written again
	compactFolder     = "compact" // below data
	compactPass       = "pass-"
	compactMarker     = "unfinished" // in the folder of a compaction until the table has its files
)

// fileRun is the data files of one item of an import, or of one compaction: those in one folder. A compaction's files
// do not overlap, so that a query for a gene reads one of them, or two.
type fileRun struct {
	files []column.DataFile
	bytes int64
}

// runs gives the snapshot's files by run, those of few bytes first.
func (s *Snapshot) runs() []*fileRun {
	byFolder := map[string]*fileRun{}
	for _, file := range s.files {
		dir := filepath.Dir(file.Path)
		if byFolder[dir] == nil {
			byFolder[dir] = &fileRun{}
		}
		byFolder[dir].files = append(byFolder[dir].files, file)
		byFolder[dir].bytes += file.Bytes
	}
	return slices.SortedFunc(maps.Values(byFolder), func(a, b *fileRun) int {
		return cmp.Or(cmp.Compare(a.bytes, b.bytes), cmp.Compare(a.files[0].Path, b.files[0].Path))
	})
}

// tier is the size of a run, by powers of four.
func (r *fileRun) tier() (tier int) {
	for size := r.bytes / compactFirstTier; size > 0; size /= 4 {
		tier++
	}
	return tier
}

// Crowded gives the data files that should be compacted next, nil when the table is well: runs of the smallest size of
// which there are too many, and all smaller ones. They become one run of a larger size, so that a row is written again
// as often as the logarithm of the table's size says, and the runs that a query has to look into are as many. With all
// the files of all runs are wanted as one, but for runs that are large enough: they are never written again.
func (s *Snapshot) Crowded(all bool) []column.DataFile {
	runs := s.runs()
	take := 0
	for i := range runs {
		if all || i+1 >= compactTierRuns && runs[i+1-compactTierRuns].tier() == runs[i].tier() {
			take = i + 1
			if !all && (i+1 == len(runs) || runs[i+1].tier() != runs[i].tier()) {
				break
			}
		}
	}
	var files []column.DataFile
	total, taken := int64(0), 0
	for _, run := range runs[:take] {
		if run.bytes >= compactFinalBytes || taken > 1 && total+run.bytes > 2*compactFinalBytes {
			break
		}
		files, total, taken = append(files, run.files...), total+run.bytes, taken+1
	}
	if taken < 2 {
		return nil
	}
	return files
}

// Compact merges data files of a table into files, in a new folder for which id is a name, that hold the same rows in
// the table's sort order: each covers a region that no other does. It takes about 256 MiB of memory, whatever the files
// are, and one goroutine. After an error nothing that was written is left. Before the table has the files, and should
// this process end, EndCompactions knows them.
func Compact(ctx context.Context, in warehouse.Files, location, id string, schema *Schema,
	files []column.DataFile) (compacted []column.DataFile, err error) {
	table, err := in.Path(location)
	if err != nil {
		return nil, fmt.Errorf("compact: %w", err)
	}
	dir := compactDir(table, id)
	defer func() {
		if err != nil {
			err = errors.Join(err, in.RemoveTree(dir))
		}
	}()
	if err := mark(in, dir); err != nil {
		return nil, fmt.Errorf("compact: %w", err)
	}
	merged, err := compactIn(ctx, in, dir, schema, files)
	if err != nil {
		return nil, fmt.Errorf("compact: %w", err)
	}
	if had, have := countRows(files), countRows(merged); had != have {
		return nil, fmt.Errorf("compact: the files should hold %d rows and hold %d", had, have)
	}
	return merged, nil
}

// mark notes in the folder of a compaction that the table does not have its files yet.
func mark(in warehouse.Files, dir string) error {
	marker, err := in.Create(filepath.Join(dir, compactMarker))
	if err != nil {
		return err
	}
	if err := marker.Commit(); err != nil {
		marker.Abort()
		return err
	}
	return nil
}

// compactDir is the folder of a compaction in that of a table, a path.
func compactDir(table, id string) string {
	return filepath.Join(table, "data", compactFolder, id)
}

// EndCompaction notes that the table has the files of a compaction, or removes them when it does not.
func EndCompaction(in warehouse.Files, location, id string, committed bool) error {
	table, err := in.Path(location)
	if err != nil {
		return err
	}
	if !committed {
		return in.RemoveTree(compactDir(table, id))
	}
	return in.Remove(filepath.Join(compactDir(table, id), compactMarker))
}

// EndCompactions ends the compactions of a process that was killed. It tells how many there were. Nothing may be
// committing to the table meanwhile.
func EndCompactions(ctx context.Context, in warehouse.Files, location, metadataLocation string) (ended int, err error) {
	table, err := in.Path(location)
	if err != nil {
		return 0, err
	}
	files, err := in.List(filepath.Join(table, "data", compactFolder))
	if err != nil {
		return 0, err
	}
	var unfinished []string // folders
	for _, file := range files {
		if dir := filepath.Dir(file.Path); file.Path == filepath.Join(compactDir(table, filepath.Base(dir)), compactMarker) {
			unfinished = append(unfinished, dir)
		}
	}
	if len(unfinished) == 0 {
		return 0, nil
	}
	snapshot, err := Open(ctx, in, metadataLocation)
	if err != nil {
		return 0, err
	}
	for _, dir := range unfinished {
		committed := slices.ContainsFunc(snapshot.files, func(f column.DataFile) bool { return filepath.Dir(f.Path) == dir })
		if err := EndCompaction(in, location, filepath.Base(dir), committed); err != nil {
			return ended, fmt.Errorf("end compaction: %w", err)
		}
		ended++
	}
	return ended, nil
}

// compactIn merges the files in as many passes as memory asks for: those before the last make of many runs one.
func compactIn(ctx context.Context, in warehouse.Files, dir string, schema *Schema,
	files []column.DataFile) ([]column.DataFile, error) {
	before := "" // the folder of the pass before
	for n := 0; ; n++ {
		runs, costs := column.Runs(files)
		groups := mergeGroups(costs)
		if len(groups) <= 1 {
			merged, err := mergeInto(in, dir, schema, compactFileBytes).Run(ctx, runs)
			if before != "" {
				err = cmp.Or(err, in.RemoveTree(before))
			}
			return merged, err
		}
		pass := filepath.Join(dir, fmt.Sprint(compactPass, n))
		var next []column.DataFile
		for i, group := range groups {
			merged, err := mergeInto(in, filepath.Join(pass, fmt.Sprint(i)), schema, 0).Run(ctx, runs[group.first:group.end])
			if err != nil {
				return nil, err
			}
			next = append(next, merged...)
		}
		if before != "" {
			if err := in.RemoveTree(before); err != nil {
				return nil, err
			}
		}
		files, before = next, pass
	}
}

// mergeInto is a merge into files of a folder, of about so many bytes each; 0: one, however large.
func mergeInto(in warehouse.Files, dir string, schema *Schema, fileBytes int64) *column.Merge {
	merge := column.NewMerge(schema.parquet)
	merge.FileBytes = fileBytes
	merge.Open = func(path string) (column.Source, error) { return in.Open(path) }
	merge.Create = func(name string) (column.Sink, error) {
		sink, err := in.Create(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("make data file: %w", err)
		}
		return sink, nil
	}
	return merge
}

// mergeGroup is runs, neighbours, that are merged at once.
type mergeGroup struct{ first, end int }

// mergeGroups deals runs, neighbours together, to merges of what memory they may take.
func mergeGroups(costs []int64) (groups []mergeGroup) {
	total := int64(0)
	for i, cost := range costs {
		if n := len(groups); n == 0 || groups[n-1].end-groups[n-1].first >= compactFan ||
			total+cost > compactMemory && groups[n-1].end-groups[n-1].first >= 2 {
			groups, total = append(groups, mergeGroup{i, i}), 0
		}
		groups[len(groups)-1].end++
		total += cost
	}
	return groups
}

func countRows(files []column.DataFile) (rows int64) {
	for i := range files {
		rows += files[i].Rows
	}
	return rows
}
