package lake

import (
	"cmp"
	"container/list"
	"fmt"
	"sync"

	"github.com/apache/iceberg-go"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// manifestBytes bounds what Manifests keeps: some 50,000 data files.
const manifestBytes = 64 << 20

// Manifests are what was read of the manifests of the tables of one data folder, the most recently used of them. A
// manifest is never written again under its name, so what was once read of it holds. The zero value keeps none yet; nil
// is none and keeps none. It is safe for concurrent use.
type Manifests struct {
	max int64 // 0: manifestBytes

	mu     sync.Mutex
	kept   map[manifestKey]*list.Element // of readManifest
	recent list.List                     // the most recently used one first
	bytes  int64                         // of all of them
}

// A manifestKey is the manifest's path and its length as the manifest list says: a folder restored from a copy may have
// another one there.
type manifestKey struct {
	path  string
	bytes int64
}

// A readManifest is what was read of a manifest. It is shared: nobody changes it.
type readManifest struct {
	key   manifestKey
	files []column.DataFile // with names for paths: what links lead to may change
	bytes int64
}

// files lists the data files that a manifest has, with their names for paths.
func (m *Manifests) files(fs *durableFS, manifest iceberg.ManifestFile) ([]column.DataFile, error) {
	if m == nil {
		return filesOf(fs, manifest)
	}
	path, err := fs.in.Path(manifest.FilePath())
	if err != nil {
		return nil, err
	}
	key := manifestKey{path, manifest.Length()}
	if read := m.get(key); read != nil {
		return read.files, nil
	}
	files, err := filesOf(fs, manifest)
	if err == nil {
		m.put(&readManifest{key, files, sizeOf(files)})
	}
	return files, err
}

func (m *Manifests) get(key manifestKey) *readManifest {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.kept[key]
	if found == nil {
		return nil
	}
	m.recent.MoveToFront(found)
	return found.Value.(*readManifest)
}

// put keeps a manifest, and no longer those whose last use is longest ago when there is no room for all.
func (m *Manifests) put(read *readManifest) {
	limit := cmp.Or(m.max, manifestBytes)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept[read.key] != nil || read.bytes > limit { // another statement read it meanwhile
		return
	}
	if m.kept == nil {
		m.kept = map[manifestKey]*list.Element{}
	}
	m.kept[read.key] = m.recent.PushFront(read)
	m.bytes += read.bytes
	for m.bytes > limit {
		last := m.recent.Back()
		old := m.recent.Remove(last).(*readManifest)
		delete(m.kept, old.key)
		m.bytes -= old.bytes
	}
}

// filesOf reads a manifest.
func filesOf(fs *durableFS, manifest iceberg.ManifestFile) (files []column.DataFile, err error) {
	for entry, err := range manifest.Entries(fs, true) {
		if err != nil {
			return nil, err
		}
		file := entry.DataFile()
		if file.ContentType() != iceberg.EntryContentData { // another program's: the rows it deletes must not come back
			return nil, &deletesError{fs.in.Shown(file.FilePath())}
		}
		files = append(files, column.DataFile{
			Path: file.FilePath(), Rows: file.Count(), Bytes: file.FileSizeBytes(),
			Sorted: file.SortOrderID() != nil && *file.SortOrderID() == sortOrderID,
			Lower:  file.LowerBoundValues(), Upper: file.UpperBoundValues(), Nulls: file.NullValueCounts(),
			Sizes:  file.ColumnSizes(),
			Splits: file.SplitOffsets(),
		})
	}
	return files, nil
}

// A deletesError tells of a file of deletes.
type deletesError struct{ file string }

func (e *deletesError) Error() string {
	return fmt.Sprintf("the table has a file of deletes, %s, which Varlake does not read", e.file)
}

// add adds the data files of a manifest to the snapshot.
func (s *Snapshot) add(find warehouse.Finder, files []column.DataFile) error {
	for _, file := range files {
		name := file.Path
		path, err := find.Path(name)
		if err != nil {
			return err
		}
		file.Path = path
		s.names, s.files = append(s.names, name), append(s.files, file)
	}
	return nil
}

// What of a file's description takes memory besides its texts and bounds, about.
const (
	fileOverhead  = 256
	entryOverhead = 32 // of a map
)

// sizeOf tells about how much memory descriptions of files take.
func sizeOf(files []column.DataFile) (n int64) {
	for _, f := range files {
		n += fileOverhead + int64(len(f.Path)+8*len(f.Splits)+entryOverhead*(len(f.Sizes)+len(f.Nulls)))
		for _, bounds := range []map[int][]byte{f.Lower, f.Upper} {
			for _, bound := range bounds {
				n += entryOverhead + int64(len(bound))
			}
		}
	}
	return n
}
