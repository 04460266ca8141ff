package lake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/google/uuid"
	"github.com/twmb/avro/ocf"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// Relocated says what Relocate wrote.
type Relocated struct {
	MetadataLocation string // of the new metadata, or of the current one if it speaks of nowhere else
	Files            int    // of metadata that were written
}

// Relocate writes the metadata of a table anew, so that all of it calls the data folder what it is called now: the
// metadata file and those in its log, the manifest lists of all kept snapshots and their manifests. Nothing else is
// different: snapshots keep their ids and times, files of data stay as they are. Like Append it swaps nothing; what it
// wrote is read again before it returns. After an error nothing that was written is left.
func Relocate(ctx context.Context, in warehouse.Files, metadataLocation string) (r Relocated, err error) {
	v, err := takeInventory(ctx, in, metadataLocation)
	if err == nil {
		err = v.readManifests(ctx)
	}
	if err == nil {
		err = v.whole()
	}
	if err != nil {
		return r, fmt.Errorf("relocate: %w", err)
	}
	m := mover{fs: v.fs, renamed: map[string]string{}, lengths: map[string]int64{}}
	if r, err = m.table(ctx, v, metadataLocation); err == nil && r.Files > 0 {
		err = sameTable(ctx, v, in, r.MetadataLocation)
	}
	if err != nil {
		v.fs.removeCreated(nil)
		return Relocated{}, fmt.Errorf("relocate: %w", err)
	}
	return r, nil
}

// sameTable reads the table at metadataLocation, which must have the snapshots of before, and each of them its data
// files.
func sameTable(ctx context.Context, before *inventory, in warehouse.Files, metadataLocation string) error {
	after, err := takeInventory(ctx, in, metadataLocation)
	if err == nil {
		err = after.readManifests(ctx)
	}
	if err == nil {
		err = after.whole()
	}
	if err != nil {
		return err
	}
	return sameSnapshots(before, after)
}

// sameSnapshots holds the manifests of two tables, all of which are read, to each other: each pair once, however many
// snapshots have it.
func sameSnapshots(before, after *inventory) error {
	if had, has := len(before.snapshots), len(after.snapshots); had != has {
		return fmt.Errorf("of %d snapshots %d were written", had, has)
	}
	became := map[string]string{} // manifests of before, by path
	for i, had := range before.snapshots {
		has := after.snapshots[i]
		if had.SnapshotID != has.SnapshotID || len(had.manifests) != len(has.manifests) {
			return fmt.Errorf("snapshot %d of %d manifests was written as %d of %d", had.SnapshotID, len(had.manifests),
				has.SnapshotID, len(has.manifests))
		}
		for k, path := range had.manifests {
			written, known := became[path]
			if known && written != has.manifests[k] {
				return fmt.Errorf("snapshot %d was written with %s for %s", had.SnapshotID, has.manifests[k], path)
			}
			if known {
				continue
			}
			became[path] = has.manifests[k]
			if err := before.sameManifest(path, after, has.manifests[k]); err != nil {
				return fmt.Errorf("manifest %s was written as %s: %w", path, has.manifests[k], err)
			}
		}
	}
	return nil
}

// sameManifest holds what one manifest says of its data files, in their order, to what another does.
func (v *inventory) sameManifest(path string, after *inventory, written string) error {
	had, has := v.manifests[path], after.manifests[written]
	if had.SequenceNum() != has.SequenceNum() || had.SnapshotID() != has.SnapshotID() || len(had.files) != len(has.files) {
		return fmt.Errorf("it was number %d, of snapshot %d, with %d files, and is number %d, of snapshot %d, with %d",
			had.SequenceNum(), had.SnapshotID(), len(had.files), has.SequenceNum(), has.SnapshotID(), len(has.files))
	}
	for i := range had.files {
		if was, is := v.entry(had.files[i]), after.entry(has.files[i]); was != is {
			return fmt.Errorf("its file %s of %d rows and %d bytes became %s of %d and %d", was.path, was.rows, was.bytes,
				is.path, is.rows, is.bytes)
		}
	}
	return nil
}

// entry is what a manifest says of a data file that must outlast a move.
type entry struct {
	path        string
	rows, bytes int64
}

func (v *inventory) entry(file iceberg.DataFile) entry {
	return entry{v.fs.in.Shown(file.FilePath()), file.Count(), file.FileSizeBytes()}
}

// mover writes metadata of a table for another place.
type mover struct {
	fs       *durableFS
	location string            // of the table, by its new name
	renamed  map[string]string // what is written anew, by its name of before
	lengths  map[string]int64  // bytes of manifests that are written anew, by their name of before
	written  int
}

func (m *mover) table(ctx context.Context, v *inventory, metadataLocation string) (r Relocated, err error) {
	base, err := m.fs.in.Rename(v.table.Location())
	if err != nil {
		return r, err
	}
	m.location = base
	for _, snapshot := range v.snapshots {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		for _, path := range snapshot.manifests {
			if err := m.manifest(v.manifests[path].FilePath()); err != nil {
				return r, err
			}
		}
		if err := m.manifestList(snapshot.ManifestList, snapshot.SnapshotID); err != nil {
			return r, err
		}
	}
	for previous := range v.table.Metadata().PreviousFiles() {
		if err := m.metadata(previous.MetadataFile); err != nil {
			return r, err
		}
	}
	if err := m.metadata(metadataLocation); err != nil {
		return r, err
	}
	next, ok := m.renamed[metadataLocation]
	if !ok {
		next = metadataLocation
	}
	return Relocated{next, m.written}, nil
}

// rename is Folder.Rename, but for what was written anew under another name.
func (m *mover) rename(name string) (string, error) {
	if renamed, ok := m.renamed[name]; ok {
		return renamed, nil
	}
	return m.fs.in.Rename(name)
}

// write writes what becomes of the file called name, in the table's folder of metadata. Each has a UUID of its own:
// files that share one are taken for those of one commit.
func (m *mover) write(name, base string, content []byte) error {
	renamed := warehouse.In(m.location, "metadata", base)
	if err := m.fs.WriteFile(renamed, content); err != nil {
		return err
	}
	m.renamed[name] = renamed
	m.written++
	return nil
}

func (m *mover) manifest(name string) error {
	if _, ok := m.renamed[name]; ok {
		return nil
	}
	content, changed, err := m.avro(name, func(record map[string]any) (changed bool, err error) {
		file, ok := record["data_file"].(map[string]any)
		if !ok {
			return false, errors.New("an entry has no data_file")
		}
		for _, field := range []string{"file_path", "referenced_data_file"} { // the second is of deletion vectors
			path, ok := file[field].(string)
			if !ok {
				continue
			}
			if file[field], err = m.rename(path); err != nil {
				return false, err
			}
			changed = changed || file[field] != path
		}
		return changed, nil
	})
	if err != nil || !changed {
		return err
	}
	m.lengths[name] = int64(len(content))
	return m.write(name, fmt.Sprintf("%s-m1.avro", uuid.New()), content)
}

func (m *mover) manifestList(name string, snapshot int64) error {
	content, changed, err := m.avro(name, func(record map[string]any) (changed bool, err error) {
		manifest, ok := record["manifest_path"].(string)
		if !ok {
			return false, errors.New("an entry has no manifest_path")
		}
		if length, ok := m.lengths[manifest]; ok {
			record["manifest_length"] = length
		}
		record["manifest_path"], err = m.rename(manifest)
		return record["manifest_path"] != manifest, err
	})
	if err != nil || !changed {
		return err
	}
	return m.write(name, fmt.Sprintf("snap-%d-0-%s.avro", snapshot, uuid.New()), content)
}

// avro reads an Avro file and gives it with the records as change leaves them, everything else as it was.
func (m *mover) avro(name string, change func(record map[string]any) (changed bool, err error)) (content []byte,
	changed bool, err error) {
	raw, err := m.fs.ReadFile(name)
	if err != nil {
		return nil, false, err
	}
	err = column.Guard(func() error {
		content, changed, err = rewriteAvro(raw, change)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", m.fs.in.Shown(name), err)
	}
	return content, changed, nil
}

func rewriteAvro(raw []byte, change func(record map[string]any) (changed bool, err error)) (content []byte,
	changed bool, err error) {
	reader, err := ocf.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, false, err
	}
	defer reader.Close()
	kept := map[string][]byte{}
	for key, value := range reader.Metadata() {
		if !strings.HasPrefix(key, "avro.") {
			kept[key] = value
		}
	}
	var out bytes.Buffer
	writer, err := ocf.NewWriter(&out, reader.Schema(), ocf.WithCodec(ocf.DeflateCodec(-1)), ocf.WithMetadata(kept),
		ocf.WithSchema(string(reader.Metadata()["avro.schema"])))
	if err != nil {
		return nil, false, err
	}
	for {
		var record any
		if err := reader.Decode(&record); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, false, err
		}
		fields, ok := record.(map[string]any)
		if !ok {
			return nil, false, errors.New("it holds no records")
		}
		differs, err := change(fields)
		if err == nil {
			err = writer.Encode(record)
		}
		if err != nil {
			return nil, false, err
		}
		changed = changed || differs
	}
	if err := writer.Close(); err != nil { // which writes what is left
		return nil, false, err
	}
	return out.Bytes(), changed, nil
}

// metadata writes a metadata file anew if anything in it has another name now. One in the log that is not there any
// more is none to write.
func (m *mover) metadata(name string) error {
	raw, err := m.fs.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // ids of snapshots do not fit a float
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return fmt.Errorf("%s: %w", m.fs.in.Shown(name), err)
	}
	changed := false
	renameIn := func(in any, field string) error {
		members, ok := in.(map[string]any)
		if !ok {
			return nil
		}
		path, ok := members[field].(string)
		if !ok {
			return nil
		}
		if members[field], err = m.rename(path); err != nil {
			return fmt.Errorf("%s: %s: %w", m.fs.in.Shown(name), field, err)
		}
		changed = changed || members[field] != path
		return nil
	}
	errs := []error{renameIn(fields, "location")}
	for _, list := range []struct{ name, field string }{
		{"snapshots", "manifest-list"}, {"metadata-log", "metadata-file"}, {"statistics", "statistics-path"},
		{"partition-statistics", "statistics-path"},
	} {
		members, _ := fields[list.name].([]any)
		for _, member := range members {
			errs = append(errs, renameIn(member, list.field))
		}
	}
	for _, property := range []string{"write.data.path", "write.metadata.path"} {
		errs = append(errs, renameIn(fields["properties"], property))
	}
	if err := errors.Join(errs...); err != nil || !changed {
		return err
	}
	content, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	version, _, _ := strings.Cut(filepath.Base(warehouse.Shown(name)), "-")
	return m.write(name, fmt.Sprintf("%s-%s%s", version, uuid.New(), metadataSuffix), content)
}
