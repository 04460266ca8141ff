package lake

import (
	"errors"
	"fmt"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

// ErrNoVersion tells that a table was never what is asked for, or that its expiry left nothing of it.
var ErrNoVersion = errors.New("there is no such version")

// AsOf is a version of a table: by the ID of its snapshot, or the last one at a Time. The zero value is the current
// one.
type AsOf struct {
	ID   int64
	Time time.Time
}

// of gives the snapshot of a table; nil is a table before its first.
func (a AsOf) of(t *table.Table) (*table.Snapshot, error) {
	switch {
	case a.ID != 0:
		if s := t.SnapshotByID(a.ID); s != nil {
			return s, nil
		}
		return nil, fmt.Errorf("snapshot %d: %w", a.ID, ErrNoVersion)
	case a.Time.IsZero():
		return t.CurrentSnapshot(), nil
	}
	var last *table.Snapshot
	for entry := range t.Metadata().SnapshotLogs() {
		if entry.TimestampMs <= a.Time.UnixMilli() {
			last = t.SnapshotByID(entry.SnapshotID) // nil when it has expired
		}
	}
	if last == nil {
		return nil, fmt.Errorf("at or before %s: %w", a.Time.UTC().Format(time.RFC3339Nano), ErrNoVersion)
	}
	return last, nil
}

// schemaOf is the schema that a snapshot was written with, or the current one.
func schemaOf(t *table.Table, at *table.Snapshot) *iceberg.Schema {
	if at != nil && at.SchemaID != nil {
		for _, s := range t.Metadata().Schemas() {
			if s.ID == *at.SchemaID {
				return s
			}
		}
	}
	return t.Schema()
}

// A Version is a snapshot of a table that is kept.
type Version struct {
	ID     int64
	Parent *int64 // nil: none, or one that has expired
	Time   time.Time
	// Operation is append, replace, overwrite or delete.
	Operation    string
	Summary      map[string]string
	ManifestList string
	// Ancestor tells that the current one came of it, or is it.
	Ancestor bool
}

func versionsOf(t *table.Table) []Version {
	ancestors := map[int64]bool{}
	for s := t.CurrentSnapshot(); s != nil && !ancestors[s.SnapshotID]; {
		ancestors[s.SnapshotID] = true
		if s.ParentSnapshotID == nil {
			break
		}
		s = t.SnapshotByID(*s.ParentSnapshotID)
	}
	var all []Version
	for _, s := range t.Metadata().Snapshots() {
		v := Version{ID: s.SnapshotID, Parent: s.ParentSnapshotID, Time: time.UnixMilli(s.TimestampMs).UTC(),
			ManifestList: s.ManifestList, Ancestor: ancestors[s.SnapshotID]}
		if s.Summary != nil {
			v.Operation, v.Summary = string(s.Summary.Operation), s.Summary.Properties
		}
		all = append(all, v)
	}
	return all
}

// Versions lists the snapshots that the table keeps, oldest first.
func (s *Snapshot) Versions() []Version { return s.versions }

// A Manifest is a file that lists data files. Counts are of what its snapshot did to them.
type Manifest struct {
	Path                                    string
	Bytes                                   int64
	Snapshot                                int64
	AddedFiles, ExistingFiles, DeletedFiles int32
	AddedRows, ExistingRows, DeletedRows    int64
}

// Manifests lists the manifests of the snapshot.
func (s *Snapshot) Manifests() []Manifest { return s.manifests }

// FileNames lists the data files of the snapshot by the names that other engines know them by, in the order of Files.
func (s *Snapshot) FileNames() []string { return s.names }

func manifestOf(m iceberg.ManifestFile) Manifest {
	return Manifest{m.FilePath(), m.Length(), m.SnapshotID(), m.AddedDataFiles(), m.ExistingDataFiles(),
		m.DeletedDataFiles(), m.AddedRows(), m.ExistingRows(), m.DeletedRows()}
}
