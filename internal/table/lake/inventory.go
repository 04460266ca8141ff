package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// inventory is what the metadata of a table refers to: the one notion of which files a table needs. What could not be
// read is in faults.
type inventory struct {
	fs        *durableFS
	find      warehouse.Finder
	table     *table.Table
	metadata  map[string]bool // paths of the metadata and its log, manifest lists, manifests and statistics
	snapshots []keptSnapshot  // oldest first
	manifests map[string]*manifestContent
	faults    []Fault
}

// keptSnapshot is a snapshot and the paths of its manifests, all there are if ok.
type keptSnapshot struct {
	table.Snapshot
	manifests []string
	ok        bool
}

// manifestContent is a manifest and, once read, its data files, all there are if ok.
type manifestContent struct {
	iceberg.ManifestFile
	files []iceberg.DataFile
	ok    bool
}

// takeInventory reads the metadata file and the manifest lists of all kept snapshots. The error is that of the metadata
// file, or ctx's.
func takeInventory(ctx context.Context, in warehouse.Files, metadataLocation string) (*inventory, error) {
	v := &inventory{fs: &durableFS{in: in}, find: in.Finder(), metadata: map[string]bool{},
		manifests: map[string]*manifestContent{}}
	v.path(metadataLocation, "metadata")
	err := column.Guard(func() (err error) {
		v.table, err = load(ctx, v.fs.in, metadataLocation, v.fs, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	metadata := v.table.Metadata()
	for previous := range metadata.PreviousFiles() {
		v.path(previous.MetadataFile, "metadata")
	}
	for file := range metadata.Statistics() { // other programs may have made some
		v.path(file.StatisticsPath, "file of statistics")
	}
	for file := range metadata.PartitionStatistics() {
		v.path(file.StatisticsPath, "file of statistics")
	}
	for _, snapshot := range metadata.Snapshots() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v.snapshots = append(v.snapshots, v.keep(snapshot))
	}
	return v, nil
}

// path notes that the table needs what metadata calls name, and gives its path. What is outside of the data folder is a
// fault, and has its name for a path.
func (v *inventory) path(name, what string) string {
	path, err := v.find.Path(name)
	if err != nil {
		path = v.fs.in.Shown(name)
		v.faults = append(v.faults, Fault{path, what + " is not looked at: " + causeOf(err)})
	}
	v.metadata[path] = true
	return path
}

// keep reads a snapshot's manifest list.
func (v *inventory) keep(snapshot table.Snapshot) keptSnapshot {
	s := keptSnapshot{Snapshot: snapshot}
	list := v.path(snapshot.ManifestList, "manifest list")
	err := column.Guard(func() error {
		manifests, err := snapshot.Manifests(v.fs)
		for _, manifest := range manifests {
			path := v.path(manifest.FilePath(), "manifest")
			v.manifests[path] = &manifestContent{ManifestFile: manifest}
			s.manifests = append(s.manifests, path)
		}
		return err
	})
	if s.ok = err == nil; !s.ok && !errors.Is(err, warehouse.ErrOutside) { // which path has noted
		v.faults = append(v.faults, Fault{list, fmt.Sprintf("manifest list of snapshot %d cannot be read: %s",
			snapshot.SnapshotID, causeOf(err))})
	}
	return s
}

// readManifests reads what data files the manifests list. The error is ctx's.
func (v *inventory) readManifests(ctx context.Context) error {
	for _, path := range slices.Sorted(maps.Keys(v.manifests)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := v.manifests[path]
		err := column.Guard(func() error { return m.read(v.fs) })
		if m.ok = err == nil; !m.ok && !errors.Is(err, warehouse.ErrOutside) {
			v.faults = append(v.faults, Fault{path, "manifest cannot be read: " + causeOf(err)})
		}
	}
	return nil
}

func (m *manifestContent) read(fs *durableFS) error {
	path, err := fs.in.Path(m.FilePath())
	if err != nil {
		return err
	}
	if file, err := fs.in.Stat(path); err != nil {
		return err
	} else if file.Bytes != m.Length() {
		return fmt.Errorf("it has %d bytes, its list says %d", file.Bytes, m.Length())
	}
	rows := int64(0)
	for entry, err := range m.Entries(fs, true) {
		if err != nil {
			return err
		}
		m.files = append(m.files, entry.DataFile())
		rows += entry.DataFile().Count()
	}
	if want := m.AddedRows() + m.ExistingRows(); rows != want {
		return fmt.Errorf("its files have %d rows, its list says %d", rows, want)
	}
	return nil
}

// whole gives an error when something of the table could not be read, so that nothing can be said of what it does not
// need.
func (v *inventory) whole() error {
	if len(v.faults) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %s", v.faults[0].Path, v.faults[0].What)
}

// needed lists all files that the table needs as metadataLocation describes it: the metadata and its log, and the
// manifest lists, manifests and data files of every snapshot. All must be readable.
func needed(ctx context.Context, in warehouse.Files, metadataLocation string) (map[string]bool, error) {
	v, err := takeInventory(ctx, in, metadataLocation)
	if err == nil {
		err = v.readManifests(ctx)
	}
	if err == nil {
		err = v.whole()
	}
	if err != nil {
		return nil, err
	}
	for _, manifest := range v.manifests {
		for _, file := range manifest.files {
			v.path(file.FilePath(), "data file")
		}
	}
	return v.metadata, v.whole()
}

// causeOf is an error's text in one line, without the path that a file system's error begins with.
func causeOf(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "it is not there"
	}
	var link *warehouse.LinkError
	if errors.As(err, &link) {
		return "it is " + link.Reason()
	}
	if errors.Is(err, warehouse.ErrOutside) {
		return "it is " + warehouse.ErrOutside.Error()
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Op + ": " + path.Err.Error()
	}
	text := []rune(strings.Join(strings.Fields(err.Error()), " "))
	return string(text[:min(len(text), maxCause)])
}

const maxCause = 300 // code points of a damaged file's error
