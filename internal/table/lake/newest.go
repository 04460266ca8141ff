package lake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// Found is a table as the files in its folder tell of it, when no pointer says which metadata is current.
type Found struct {
	MetadataLocation string   // of the newest metadata whose table is whole
	Location         string   // what that calls the table's folder
	Locations        []string // what it calls the data folder: several as long as a relocation has not ended
	Properties       map[string]string
	Columns          []Column
	Snapshots        []FoundSnapshot
	Rows, Bytes      int64 // of the current snapshot
	Updated          time.Time
	Passed           []string  // newer metadata files that were passed over, with the reason
	Strange          []Strange // metadata that the table has not come from, with imports that it does not have
}

// FoundSnapshot is a kept snapshot that an import made.
type FoundSnapshot struct {
	JobSnapshot
	Rows int64 // that it added
}

// candidate is a metadata file as it says of itself.
type candidate struct {
	path     string
	Location string `json:"location"`
	Sequence int64  `json:"last-sequence-number"`
	Updated  int64  `json:"last-updated-ms"`
}

// Newest finds the metadata of a table that is the newest whose current snapshot is all there: by sequence number, then
// by time. A commit whose pointer was never swapped, because the process was killed just then, looks like any other, so
// the newest may be one that nobody saw.
//
// The table is the one in the folder location, which its metadata may call something else.
func Newest(ctx context.Context, in warehouse.Files, location string) (*Found, error) {
	dir, err := in.Path(location)
	if err != nil {
		return nil, err
	}
	candidates, passed, err := candidates(in, dir)
	if err != nil {
		return nil, err
	}
	for _, c := range candidates {
		found, err := c.found(ctx, in)
		if err == nil {
			found.Passed = passed
			return found, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		passed = append(passed, fmt.Sprintf("%s: %s", c.path, causeOf(err)))
	}
	if len(passed) == 0 {
		return nil, fmt.Errorf("there is no metadata of the table in %s", dir)
	}
	return nil, fmt.Errorf("no metadata of the table in %s is whole: %s", dir, strings.Join(passed, "; "))
}

// candidates lists the metadata files in a table's folder, newest first, and those that are none, with the reason.
func candidates(in warehouse.Files, dir string) (list []candidate, broken []string, err error) {
	paths, err := metadataPaths(in, filepath.Join(dir, "metadata"))
	if err != nil {
		return nil, nil, fmt.Errorf("list metadata: %w", err)
	}
	for _, path := range paths {
		c := candidate{path: path}
		raw, err := readMetadata(in, path)
		if err == nil {
			err = json.Unmarshal(raw, &c)
		}
		if err == nil && c.Location == "" {
			err = errors.New("it has no location")
		}
		if err != nil {
			broken = append(broken, fmt.Sprintf("%s: %s", c.path, causeOf(err)))
			continue
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.Sequence, a.Sequence), cmp.Compare(b.Updated, a.Updated), strings.Compare(b.path, a.path))
	})
	return list, broken, nil
}

// found reads the table as a metadata file has it. An error when its current snapshot is not all there.
func (c *candidate) found(ctx context.Context, in warehouse.Files) (*Found, error) {
	table, err := warehouse.LocalPath(c.Location)
	if err != nil {
		return nil, fmt.Errorf("its location is %q: %w", c.Location, err)
	}
	dir, ok := strings.CutSuffix(table, "/"+warehouse.Tables+"/"+filepath.Base(filepath.Dir(filepath.Dir(c.path))))
	if !ok {
		return nil, fmt.Errorf("its location is that of another table, %s", table)
	}
	location := warehouse.In(table, "metadata", filepath.Base(c.path))
	v, locations, err := takeInventoryAnywhere(ctx, in, cmp.Or(dir, "/"), location)
	if err != nil {
		return nil, err
	}
	f := &Found{
		MetadataLocation: location, Location: table, Locations: locations, Properties: v.table.Properties(),
		Columns: columnsOf(v.table.Schema()), Updated: time.UnixMilli(c.Updated).UTC(),
	}
	f.Strange, _ = FindStrange(v.fs.in, location) // what cannot be read is passed over, or older
	current := v.table.CurrentSnapshot()
	for _, snapshot := range v.snapshots {
		if current != nil && snapshot.SnapshotID == current.SnapshotID {
			if err := f.count(v, &snapshot); err != nil {
				return nil, err
			}
		}
		f.addSnapshot(&snapshot.Snapshot)
	}
	return f, nil
}

// maxLocations bounds by how many names the metadata of a table may call the data folder.
const maxLocations = 32

// takeInventoryAnywhere is takeInventory with all manifests for metadata that nothing says the locations of: what
// stands before the table's folder in the names of its files is one of the data folder, beside location.
func takeInventoryAnywhere(ctx context.Context, in warehouse.Files, location, metadataLocation string) (v *inventory,
	locations []string, err error) {
	locations = []string{location}
	for {
		called, err := in.Called(locations...)
		if err != nil {
			return nil, nil, err
		}
		v, err := takeInventory(ctx, called, metadataLocation)
		if err == nil {
			err = v.readManifests(ctx)
		}
		if err != nil {
			return nil, nil, err
		}
		known := len(locations)
		for _, name := range v.names() {
			before, _, ok := strings.Cut(warehouse.Shown(name),
				"/"+warehouse.Tables+"/"+filepath.Base(warehouse.Shown(v.table.Location()))+"/")
			if before = cmp.Or(before, "/"); ok && !slices.Contains(locations, before) && warehouse.CheckName(before) == nil {
				locations = append(locations, before)
			}
		}
		if len(locations) == known || len(locations) > maxLocations {
			return v, locations[:known], nil
		}
	}
}

// names lists what the metadata calls the files of the table, as far as they could be read.
func (v *inventory) names() (names []string) {
	for previous := range v.table.Metadata().PreviousFiles() {
		names = append(names, previous.MetadataFile)
	}
	for _, snapshot := range v.snapshots {
		names = append(names, snapshot.ManifestList)
	}
	for _, manifest := range v.manifests {
		names = append(names, manifest.FilePath())
		for _, file := range manifest.files {
			names = append(names, file.FilePath())
		}
	}
	return names
}

// count adds up the files of the current snapshot, which must be there.
func (f *Found) count(v *inventory, snapshot *keptSnapshot) error {
	if !snapshot.ok {
		return v.whole()
	}
	for _, path := range snapshot.manifests {
		manifest := v.manifests[path]
		if !manifest.ok {
			return v.whole()
		}
		for _, file := range manifest.files {
			if err := f.countFile(v.fs.in, file); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *Found) countFile(in warehouse.Files, file iceberg.DataFile) error {
	path, err := in.Path(file.FilePath())
	if err != nil {
		return err
	}
	found, err := in.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("data file %s: %s", path, causeOf(err))
	case found.Bytes != file.FileSizeBytes():
		return fmt.Errorf("data file %s has %d bytes, its manifest says %d", path, found.Bytes, file.FileSizeBytes())
	}
	f.Rows += file.Count()
	f.Bytes += file.FileSizeBytes()
	return nil
}

// addSnapshot notes a snapshot that an import made.
func (f *Found) addSnapshot(snapshot *table.Snapshot) {
	if snapshot.Summary == nil || snapshot.Summary.Properties[jobProperty] == "" {
		return
	}
	rows, err := strconv.ParseInt(snapshot.Summary.Properties["added-records"], 10, 64)
	if err != nil || rows < 0 {
		rows = 0
	}
	f.Snapshots = append(f.Snapshots, FoundSnapshot{
		JobSnapshot{snapshot.Summary.Properties[jobProperty], time.UnixMilli(snapshot.TimestampMs).UTC()}, rows,
	})
}

// SetProperties writes metadata of the table with more properties. Like Append it swaps nothing.
func SetProperties(ctx context.Context, in warehouse.Files, metadataLocation string,
	properties map[string]string) (next string, err error) {
	fs := &durableFS{in: in}
	next, err = commit(ctx, in, fs, metadataLocation,
		func(_ *table.Table, t *table.Transaction) error { return t.SetProperties(properties) })
	if err != nil {
		fs.removeCreated(nil)
		return "", fmt.Errorf("set properties: %w", err)
	}
	return next, nil
}

// Properties reads the table's properties.
func Properties(ctx context.Context, in warehouse.Files, metadataLocation string) (map[string]string, error) {
	t, err := load(ctx, in, metadataLocation, &durableFS{in: in}, nil)
	if err != nil {
		return nil, err
	}
	return t.Properties(), nil
}
