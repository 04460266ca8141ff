package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apache/iceberg-go"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// Fault is something that is wrong with a table.
type Fault struct {
	Path string // of the file that has it, absolute; empty when it is no file's
	What string // one line, without paths of this machine but for those that are outside of the data folder
}

// Report is what Check found.
type Report struct {
	Faults    []Fault
	Files     int              // data files of all kept snapshots
	Bytes     int64            // of them, as the manifests say
	Rows      map[string]int64 // rows of the current snapshot by importjobid; nil when not all files could be read
	Snapshots []JobSnapshot    // those that imports made, oldest first
	Expired   bool             // snapshots were expired: Snapshots does not have one for each job
}

// JobSnapshot is a kept snapshot that an import made.
type JobSnapshot struct {
	Job  string
	Time time.Time
}

// CheckOptions says how closely Check looks.
type CheckOptions struct {
	Deep    bool // decode every page of every column, and hold the values to the bounds that queries prune by
	Workers int  // files looked at side by side; 0: one

	Run func(worker func()) // runs each worker, at the priority that it shall have; nil: as it is
}

// Check looks at all that the table at metadataLocation consists of: its metadata, of each kept snapshot the manifest
// list, the manifests and the data files. Without Deep it reads of a data file the footer, the headers of its pages and
// the import jobs of its rows. What is wrong is in the report, one fault for each file; the error is ctx's. Files that
// are removed meanwhile are faults: ask again when the pointer has moved.
func Check(ctx context.Context, in warehouse.Files, metadataLocation string, options CheckOptions) (*Report, error) {
	c := &checker{options: options, report: &Report{}}
	var err error
	c.inventory, err = takeInventory(ctx, in, metadataLocation)
	if err != nil {
		c.fault(in.Shown(metadataLocation), "metadata cannot be read: %s", causeOf(err))
		return c.report, ctx.Err()
	}
	if err := c.readManifests(ctx); err != nil {
		return nil, err
	}
	c.leaves = map[int]column.ExpectedLeaf{}
	addLeaves(c.leaves, c.table.Schema().Fields())
	c.noteJobs()
	if err := c.checkFiles(ctx, c.listFiles()); err != nil {
		return nil, err
	}
	c.report.Faults = append(c.report.Faults, c.faults...)
	slices.SortStableFunc(c.report.Faults, func(a, b Fault) int { return strings.Compare(a.Path, b.Path) })
	return c.report, nil
}

type checker struct {
	*inventory
	options CheckOptions
	leaves  map[int]column.ExpectedLeaf // the table's columns without structure, by field id
	report  *Report
}

func (c *checker) fault(path, format string, args ...any) {
	c.report.Faults = append(c.report.Faults, Fault{path, fmt.Sprintf(format, args...)})
}

// noteJobs lists the snapshots of imports.
func (c *checker) noteJobs() {
	kept := map[int64]bool{}
	for _, snapshot := range c.snapshots {
		kept[snapshot.SnapshotID] = true
		if snapshot.ParentSnapshotID != nil && !kept[*snapshot.ParentSnapshotID] {
			c.report.Expired = true
		}
		if snapshot.Summary != nil && snapshot.Summary.Properties[jobProperty] != "" {
			c.report.Snapshots = append(c.report.Snapshots, JobSnapshot{snapshot.Summary.Properties[jobProperty],
				time.UnixMilli(snapshot.TimestampMs)})
		}
	}
}

// checkedFile is a data file as the manifests have it.
type checkedFile struct {
	iceberg.DataFile
	current bool  // the current snapshot has it
	outside error // of the data folder
}

// listFiles gives the data files of all kept snapshots by path. When not all of the current one's are known, rows are
// not told.
func (c *checker) listFiles() map[string]*checkedFile {
	c.report.Rows = map[string]int64{}
	all := map[string]*checkedFile{}
	current := c.table.CurrentSnapshot()
	for _, snapshot := range c.snapshots {
		isCurrent, whole := current != nil && snapshot.SnapshotID == current.SnapshotID, snapshot.ok
		seen := map[string]bool{}
		for _, manifest := range snapshot.manifests {
			m := c.manifests[manifest]
			whole = whole && m.ok
			for _, file := range m.files {
				path, outside := c.find.Path(file.FilePath())
				if outside != nil {
					path = c.fs.in.Shown(file.FilePath())
				}
				if seen[path] {
					c.fault(path, "data file is twice in snapshot %d", snapshot.SnapshotID)
				}
				seen[path] = true
				if all[path] == nil {
					all[path] = &checkedFile{DataFile: file, outside: outside}
				}
				all[path].current = all[path].current || isCurrent
			}
		}
		if isCurrent && !whole {
			c.report.Rows = nil
		}
	}
	return all
}

// checkFiles looks at the data files, by path so that neighbours on disk come together.
func (c *checker) checkFiles(ctx context.Context, files map[string]*checkedFile) error {
	paths := slices.Sorted(maps.Keys(files))
	var mu sync.Mutex // of what follows
	var group sync.WaitGroup
	next := 0
	work := func() {
		for {
			mu.Lock()
			if next == len(paths) || ctx.Err() != nil {
				mu.Unlock()
				return
			}
			path := paths[next]
			next++
			mu.Unlock()
			rows, err := c.dataFile(ctx, path, files[path])
			mu.Lock()
			c.found(path, files[path], rows, err)
			mu.Unlock()
		}
	}
	run := c.options.Run
	if run == nil {
		run = func(worker func()) { worker() }
	}
	for range max(c.options.Workers, 1) {
		group.Go(func() { run(work) })
	}
	group.Wait()
	return ctx.Err()
}

// found adds what was found of a data file to the report.
func (c *checker) found(path string, file *checkedFile, rows map[string]int64, err error) {
	c.report.Files++
	c.report.Bytes += file.FileSizeBytes()
	if err != nil {
		c.fault(path, "data file %s", causeOf(err))
	}
	switch {
	case !file.current || c.report.Rows == nil:
	case err != nil:
		c.report.Rows = nil
	default:
		for job, n := range rows {
			c.report.Rows[job] += n
		}
	}
}

// dataFile looks at a data file and counts its rows by importjobid.
func (c *checker) dataFile(ctx context.Context, path string, file *checkedFile) (rows map[string]int64, err error) {
	if file.outside != nil {
		return nil, fmt.Errorf("is not looked at: %s", causeOf(file.outside))
	}
	table, err := c.fs.in.Path(c.table.Location())
	if err != nil {
		return nil, err
	}
	if _, ok := warehouse.Below(filepath.Join(table, "data"), path); !ok {
		return nil, errors.New("is outside the table's folder")
	}
	f, err := c.fs.in.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot be opened: %s", causeOf(err))
	}
	defer f.Close()
	if f.Size() != file.FileSizeBytes() {
		return nil, fmt.Errorf("has %d bytes, its manifest says %d", f.Size(), file.FileSizeBytes())
	}
	want := &column.Expected{
		Leaves: c.leaves, Rows: file.Count(), Lower: file.LowerBoundValues(), Upper: file.UpperBoundValues(),
		CountBy: jobColumn,
	}
	err = column.Guard(func() error {
		rows, err = column.Check(ctx, f, want, c.options.Deep)
		return err
	})
	return rows, err
}

// addLeaves lists the columns without structure.
func addLeaves(leaves map[int]column.ExpectedLeaf, fields []iceberg.NestedField) {
	for _, f := range fields {
		if nested, ok := f.Type.(iceberg.NestedType); ok {
			addLeaves(leaves, nested.Fields())
			continue
		}
		leaves[f.ID] = column.ExpectedLeaf{Type: leafType(f.Type), Name: f.Type.String()}
	}
}

const jobColumn = "importjobid"

// leafType is how data files have values of a type.
func leafType(t iceberg.Type) column.FlatType {
	switch t.(type) {
	case iceberg.StringType:
		return column.TypeText
	case iceberg.Int32Type:
		return column.TypeInt
	case iceberg.Int64Type:
		return column.TypeLong
	case iceberg.Float32Type:
		return column.TypeFloat
	case iceberg.Float64Type:
		return column.TypeDouble
	case iceberg.BooleanType:
		return column.TypeBoolean
	}
	return column.TypeOther
}
