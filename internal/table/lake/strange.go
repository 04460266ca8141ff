package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// Strange is a metadata file beside those of a table's history, and the imports that its snapshots are of and no
// snapshot of the table as its pointer has it: at least one.
type Strange struct {
	Path string // absolute
	Jobs []JobSnapshot
}

// metadataOutline is what a metadata file says of the table's history.
type metadataOutline struct {
	Log []struct {
		File string `json:"metadata-file"`
	} `json:"metadata-log"`
	Snapshots []struct {
		Time    int64             `json:"timestamp-ms"`
		Summary map[string]string `json:"summary"`
	} `json:"snapshots"`
}

func readOutline(in warehouse.Files, path string) (o metadataOutline, err error) {
	raw, err := readMetadata(in, path)
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return metadataOutline{}, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// maxMetadata bounds the size of a metadata file that is looked at, in bytes.
const maxMetadata = 1 << 30

// readMetadata reads a metadata file that nothing vouches for.
func readMetadata(in warehouse.Files, path string) ([]byte, error) {
	file, err := in.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if file.Size() > maxMetadata {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxMetadata)
	}
	raw := make([]byte, file.Size())
	_, err = io.ReadFull(io.NewSectionReader(file, 0, file.Size()), raw)
	return raw, err
}

// FindStrange lists the metadata files in a table's folder that neither are what metadataLocation points at nor are in
// its log, and tell of imports that it does not have. A commit that was lost, or not ended, leaves one that tells of
// its own import only; a state that is older than the tables has one for all imports since. Files that are no whole
// metadata are passed over; what metadataLocation points at is taken for a table without imports when it is none or is
// gone. Of files that cannot be read the error tells, beside what was found in the others.
func FindStrange(in warehouse.Files, metadataLocation string) (found []Strange, err error) {
	current, err := in.Path(metadataLocation)
	if err != nil {
		return nil, fmt.Errorf("find strange metadata: %w", err)
	}
	dir := filepath.Dir(current)
	paths, err := metadataPaths(in, dir)
	if err != nil {
		return nil, fmt.Errorf("find strange metadata: %w", err)
	}
	var errs []error
	own, err := readOutline(in, current)
	if err != nil && !isTorn(err) {
		errs = append(errs, err)
	}
	history := map[string]bool{filepath.Base(current): true}
	for _, entry := range own.Log {
		history[path.Base(entry.File)] = true
	}
	jobs := map[string]bool{"": true} // what is no import's is nobody's loss
	for _, snapshot := range own.Snapshots {
		jobs[snapshot.Summary[jobProperty]] = true
	}
	for _, path := range paths {
		if history[filepath.Base(path)] {
			continue
		}
		s := Strange{Path: path}
		outline, err := readOutline(in, s.Path)
		if err != nil && !isTorn(err) {
			errs = append(errs, err)
		}
		for _, snapshot := range outline.Snapshots {
			if job := snapshot.Summary[jobProperty]; !jobs[job] {
				s.Jobs = append(s.Jobs, JobSnapshot{job, time.UnixMilli(snapshot.Time).UTC()})
			}
		}
		if len(s.Jobs) > 0 {
			found = append(found, s)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return found, fmt.Errorf("find strange metadata: %w", err)
	}
	return found, nil
}

// HoldsRows gives the path of a file by which the folder of a table holds rows, whatever a pointer says of it: a data
// file, or metadata with a snapshot. It is empty when there is none, and then the error tells of what could not be
// read.
func HoldsRows(in warehouse.Files, location string) (path string, err error) {
	files, err := warehouse.ListFiles(in, location)
	if err != nil {
		return "", err
	}
	var errs []error
	for _, file := range files {
		if strings.HasSuffix(file.Path, ".parquet") {
			return file.Path, nil
		}
		if !strings.HasSuffix(file.Path, metadataSuffix) {
			continue
		}
		outline, err := readOutline(in, file.Path)
		if err != nil && !isTorn(err) {
			errs = append(errs, err)
		}
		if len(outline.Snapshots) > 0 {
			return file.Path, nil
		}
	}
	return "", errors.Join(errs...)
}

// metadataPaths lists the files in a folder, not below, that are metadata by their name, sorted; none when it is not
// there.
func metadataPaths(in warehouse.Files, dir string) (paths []string, err error) {
	files, err := in.List(dir)
	for _, file := range files {
		if filepath.Dir(file.Path) == dir && strings.HasSuffix(file.Path, metadataSuffix) {
			paths = append(paths, file.Path)
		}
	}
	return paths, err
}

// isTorn reports whether an error of readOutline says that the file is no whole metadata, or is gone.
func isTorn(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &syntax) || errors.As(err, &kind)
}
