package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/apache/iceberg-go"
	icebergio "github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"
	"github.com/google/uuid"

	"github.com/varlake/varlake/internal/table/column"
	_ "github.com/varlake/varlake/internal/table/lake/nosubstrait" // a start-up without Substrait's definitions
	"github.com/varlake/varlake/internal/table/warehouse"
)

// jobProperty is the snapshot summary's member that names the import job, which makes a commit idempotent.
const jobProperty = "varlake.job-id"

// sortOrderID is the id of a table's sort order.
const sortOrderID = 1

// CreateTable makes an empty table in the folder that metadata is to call location, and returns the location of its
// metadata. Running it again makes another metadata file: only one that a pointer names counts.
//
// Here and below, a location or metadataLocation is a name that folder.Path resolves, while files are given and told by
// their paths.
func CreateTable(ctx context.Context, in warehouse.Files, location string, schema *Schema,
	properties map[string]string) (metadataLocation string, err error) {
	all := iceberg.Properties{
		"format-version":                       "2",
		"write.format.default":                 "parquet",
		"write.parquet.compression-codec":      "zstd",
		"write.metadata.previous-versions-max": "100",
		"commit.manifest-merge.enabled":        "true",
		"commit.manifest.min-count-to-merge":   "20", // a query reads every manifest, and most jobs add one
		// Every metadata file lists all snapshots: kept for good they would take space by the square of the jobs.
		"write.metadata.delete-after-commit.enabled": "true",
	}
	for key, value := range properties {
		all[key] = value
	}
	metadata, err := table.NewMetadata(schema.iceberg, iceberg.UnpartitionedSpec, schema.order,
		warehouse.URI(location), all)
	if err != nil {
		return "", fmt.Errorf("create table: %w", err)
	}
	if !metadata.CurrentSchema().Equals(schema.iceberg) {
		return "", errors.New("create table: the table's field ids are not the data files'")
	}
	metadataLocation = nextMetadata(location, 0)
	if err := writeMetadata(&durableFS{in: in}, metadata, metadataLocation); err != nil {
		return "", fmt.Errorf("create table: %w", err)
	}
	return metadataLocation, nil
}

// Append writes the manifests and the metadata of a snapshot that adds files to the table, for a job, and swaps
// nothing: the caller points at next, provided that metadataLocation is still current, or gives next to Discard.
// already is true, and nothing written, when the table holds a snapshot of the job or the files have no rows.
// After an error nothing that was written is left.
func Append(ctx context.Context, in warehouse.Files, metadataLocation, jobID string,
	files []column.DataFile) (next string, already bool, err error) {
	fs := &durableFS{in: in}
	next, already, err = appendFiles(ctx, in, fs, metadataLocation, jobID, files)
	if err != nil {
		fs.removeCreated(nil)
		return "", false, named(ctx, in, metadataLocation, err)
	}
	return next, already, nil
}

// named names the file of the table that cannot be understood, if that is why something failed: Iceberg's own errors do
// not.
func named(ctx context.Context, in warehouse.Files, metadataLocation string, err error) error {
	if errors.As(err, new(*fs.PathError)) || errors.Is(err, warehouse.ErrOutside) || ctx.Err() != nil {
		return err
	}
	if _, damage := Open(ctx, in, metadataLocation); damage != nil {
		return damage
	}
	return err
}

func appendFiles(ctx context.Context, in warehouse.Files, fs *durableFS, metadataLocation, jobID string,
	files []column.DataFile) (next string, already bool, err error) {
	var added []iceberg.DataFile
	for i := range files {
		if files[i].Rows == 0 {
			continue // Iceberg has no such files
		}
		file, err := newFile(in, &files[i])
		if err != nil {
			return "", false, fmt.Errorf("describe data file: %w", err)
		}
		added = append(added, file)
	}
	if len(added) == 0 {
		return "", true, nil
	}
	next, err = commit(ctx, in, fs, metadataLocation, func(current *table.Table, t *table.Transaction) error {
		for _, snapshot := range current.Metadata().Snapshots() {
			if snapshot.Summary != nil && snapshot.Summary.Properties[jobProperty] == jobID {
				already = true
				return nil
			}
		}
		// A job's files are in folders of its own: no other snapshot can hold them.
		return t.AddDataFiles(ctx, added, iceberg.Properties{jobProperty: jobID}, table.WithoutDuplicateCheck(),
			table.WithoutAutoNameMapping())
	})
	if err == nil && !already && next == "" {
		err = errors.New("write metadata: nothing was committed")
	}
	return next, already, err
}

// commit writes the metadata of the transaction that change describes on the current table, and the manifests that
// belong to it. next is empty, and nothing written, when change did nothing.
func commit(ctx context.Context, in warehouse.Files, fs *durableFS, metadataLocation string,
	change func(*table.Table, *table.Transaction) error) (next string, err error) {
	catalog := &staging{fs: fs}
	current, err := load(ctx, in, metadataLocation, fs, catalog)
	if err != nil {
		return "", err
	}
	transaction := current.NewTransaction()
	if err := change(current, transaction); err != nil { // a Commit after a failed step would report success
		return "", fmt.Errorf("write manifests: %w", err)
	}
	catalog.current = current
	if _, err := transaction.Commit(ctx); err != nil {
		return "", fmt.Errorf("write metadata: %w", err)
	}
	if catalog.next != "" {
		catalog.removeMerged()
	}
	return catalog.next, nil
}

// Discard removes what an Append wrote whose result was not swapped in: the metadata file next and the manifests that
// only its newest snapshot has.
func Discard(ctx context.Context, in warehouse.Files, next, metadataLocation string) error {
	if next == metadataLocation {
		return errors.New("discard: that is the current metadata")
	}
	fs := &durableFS{in: in}
	lost, err := load(ctx, in, next, fs, nil)
	if err != nil {
		return fmt.Errorf("discard: %w", err)
	}
	var errs []error
	if snapshot := lost.CurrentSnapshot(); snapshot != nil {
		errs = append(errs, removeCommit(in, snapshot.ManifestList))
	}
	return errors.Join(append(errs, fs.Remove(next))...)
}

// removeCommit removes a manifest list and the manifests that were written for it: its name ends with a UUID that
// theirs begin with. The list does not name all of them, as those merged into others are only in its folder.
func removeCommit(in warehouse.Files, manifestList string) error {
	list, err := in.Path(manifestList)
	if err != nil {
		return err
	}
	dir, name := filepath.Dir(list), filepath.Base(list)
	name = strings.TrimSuffix(name, ".avro")
	commit, err := uuid.Parse(name[max(0, len(name)-36):])
	if err != nil {
		return fmt.Errorf("name of manifest list %s: %w", manifestList, err)
	}
	files, err := in.List(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		if strings.Contains(filepath.Base(file.Path), commit.String()) {
			errs = append(errs, in.Remove(file.Path))
		}
	}
	return errors.Join(errs...)
}

// Snapshot is a table as one metadata file has it.
type Snapshot struct {
	in      warehouse.Files
	columns []Column
	ids     []int          // of columns
	kinds   []iceberg.Type // of columns
	files   []column.DataFile
	names   []string // of files, as the metadata has them: of any of the data folder's locations

	versions  []Version
	manifests []Manifest
}

// Open reads the table that metadataLocation describes, as it is now.
func Open(ctx context.Context, in warehouse.Files, metadataLocation string) (*Snapshot, error) {
	return OpenAsOf(ctx, in, metadataLocation, AsOf{})
}

// OpenAsOf reads the table that metadataLocation describes, as it was. The error wraps ErrNoVersion when it never was,
// or is no longer known to have been.
func OpenAsOf(ctx context.Context, in warehouse.Files, metadataLocation string, when AsOf) (*Snapshot, error) {
	return (*Manifests)(nil).openAsOf(ctx, in, metadataLocation, when)
}

func (m *Manifests) openAsOf(ctx context.Context, in warehouse.Files, metadataLocation string,
	when AsOf) (*Snapshot, error) {
	fs := &durableFS{in: in}
	t, err := load(ctx, in, metadataLocation, fs, nil)
	if err != nil {
		return nil, err
	}
	at, err := when.of(t)
	if err != nil {
		return nil, err
	}
	schema := schemaOf(t, at)
	s := &Snapshot{in: in, columns: columnsOf(schema), versions: versionsOf(t)}
	for _, f := range schema.Fields() {
		s.ids, s.kinds = append(s.ids, f.ID), append(s.kinds, f.Type)
	}
	if at == nil {
		return s, nil
	}
	manifests, err := at.Manifests(fs)
	if err != nil {
		return nil, fmt.Errorf("read manifest list %s: %w", in.Shown(at.ManifestList), err)
	}
	find := in.Finder()
	for _, manifest := range manifests {
		s.manifests = append(s.manifests, manifestOf(manifest))
		files, err := m.files(fs, manifest)
		if errors.As(err, new(*deletesError)) {
			return nil, err
		}
		if err == nil {
			err = s.add(find, files)
		}
		if err != nil {
			return nil, fmt.Errorf("read manifest %s: %w", in.Shown(manifest.FilePath()), err)
		}
	}
	return s, nil
}

// OpenFile opens a data file of the snapshot.
func (s *Snapshot) OpenFile(path string) (column.Source, error) { return s.in.Open(path) }

// Files lists the data files of the snapshot.
func (s *Snapshot) Files() []column.DataFile { return s.files }

// Columns describes the table's columns.
func (s *Snapshot) Columns() []Column { return s.columns }

// newFile describes a file that is new to a table.
func newFile(in warehouse.Files, f *column.DataFile) (iceberg.DataFile, error) {
	name, err := in.Name(f.Path)
	if err != nil {
		return nil, err
	}
	return namedFile(warehouse.URI(name), f)
}

// namedFile describes a file by the name that metadata has it by.
func namedFile(name string, f *column.DataFile) (iceberg.DataFile, error) {
	builder, err := iceberg.NewDataFileBuilder(*iceberg.UnpartitionedSpec, iceberg.EntryContentData, name,
		iceberg.ParquetFile,
		nil, nil, nil, f.Rows, f.Bytes)
	if err != nil {
		return nil, err
	}
	counts := map[int]int64{}
	for id := range f.Nulls {
		counts[id] = f.Rows
	}
	builder.ColumnSizes(f.Sizes).ValueCounts(counts).NullValueCounts(f.Nulls).LowerBoundValues(f.Lower).UpperBoundValues(
		f.Upper).SplitOffsets(f.Splits)
	if f.Sorted {
		builder.SortOrderID(sortOrderID)
	}
	return builder.Build(), nil
}

func load(ctx context.Context, in warehouse.Files, metadataLocation string, fs icebergio.IO,
	catalog table.CatalogIO) (*table.Table, error) {
	t, err := table.NewFromLocation(ctx, table.Identifier{"varlake"}, metadataLocation,
		func(context.Context) (icebergio.IO, error) { return fs, nil }, catalog)
	if err != nil {
		return nil, fmt.Errorf("read table metadata %s: %w", in.Shown(metadataLocation), err)
	}
	return t, nil
}

// staging is the catalog of a table that is committed elsewhere: it only writes the new metadata file.
type staging struct {
	fs      *durableFS
	current *table.Table
	next    string
	written table.Metadata // at next
}

// removeMerged removes, as far as it can, the manifests that were written for the commit and then merged into others.
func (s *staging) removeMerged() {
	snapshot := s.written.CurrentSnapshot()
	before := s.current.CurrentSnapshot()
	if snapshot == nil || before != nil && before.SnapshotID == snapshot.SnapshotID { // the commit made none
		return
	}
	manifests, err := snapshot.Manifests(s.fs)
	if err != nil {
		return
	}
	names := []string{s.next, snapshot.ManifestList}
	for _, manifest := range manifests {
		names = append(names, manifest.FilePath())
	}
	keep := map[string]bool{}
	for _, name := range names {
		path, err := s.fs.in.Path(name)
		if err != nil {
			return
		}
		keep[path] = true
	}
	s.fs.removeCreated(keep) // what stays behind is an orphan
}

func (s *staging) LoadTable(context.Context, table.Identifier) (*table.Table, error) {
	return s.current, nil
}

func (s *staging) CommitTable(_ context.Context, _ table.Identifier, requirements []table.Requirement,
	updates []table.Update) (table.Metadata, string, error) {
	base := s.current.Metadata()
	for _, requirement := range requirements {
		if err := requirement.Validate(base); err != nil {
			return nil, "", err
		}
	}
	metadata, err := table.UpdateTableMetadata(base, updates, s.current.MetadataLocation())
	if err != nil {
		return nil, "", err
	}
	next := nextMetadata(base.Location(), metadata.LastSequenceNumber())
	if err := writeMetadata(s.fs, metadata, next); err != nil {
		return nil, "", err
	}
	s.next, s.written = next, metadata
	return metadata, next, nil
}

// nextMetadata names a metadata file as Iceberg's libraries do: a version that only orders, and what makes it unique.
func nextMetadata(location string, version int64) string {
	return warehouse.In(location, "metadata", fmt.Sprintf("%05d-%s%s", version, uuid.New(), metadataSuffix))
}

func writeMetadata(fs icebergio.WriteFileIO, metadata table.Metadata, location string) error {
	raw, err := json.Marshal(metadata)
	if err != nil {
		return fmt.Errorf("encode metadata: %w", err)
	}
	return fs.WriteFile(location, raw)
}
