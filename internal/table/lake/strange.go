package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// Strange is a metadata file beside those of a table's history, and the imports that its snapshots are of and no snapshot of the table as
// its pointer has it: at least one.
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

func readOutline(path string) (o metadataOutline, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return o, err
	}
	if info.Size() > maxMetadata {
		return o, fmt.Errorf("%s has more than %d bytes", path, maxMetadata)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return metadataOutline{}, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// FindStrange lists the metadata files in a table's folder that neither are what metadataLocation points at nor are in its log, and tell of imports
// that it does not have. A commit that was lost, or not ended, leaves one that tells of its own import only; a state that is older than
// the tables has one for all imports since. Files that are no whole metadata are passed over; what metadataLocation points at is taken for a
// table without imports when it is none or is gone. Of files that cannot be read the error tells, beside what was found in the others.
func FindStrange(folder *warehouse.Folder, metadataLocation string) (found []Strange, err error) {
	current, err := folder.Path(metadataLocation)
	if err != nil {
		return nil, fmt.Errorf("find strange metadata: %w", err)
	}
	dir := filepath.Dir(current)
	names, err := metadataNames(dir)
	if err != nil {
		return nil, fmt.Errorf("find strange metadata: %w", err)
	}
	var errs []error
	own, err := readOutline(current)
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
	for _, name := range names {
		if history[name] {
			continue
		}
		s := Strange{Path: filepath.Join(dir, name)}
		outline, err := readOutline(s.Path)
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

// HoldsRows gives the path of a file by which the folder of a table holds rows, whatever a pointer says of it: a data file, or metadata with a
// snapshot. It is empty when there is none, and then the error tells of what could not be read.
func HoldsRows(folder *warehouse.Folder, location string) (path string, err error) {
	files, err := warehouse.ListFiles(folder, location)
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
		outline, err := readOutline(file.Path)
		if err != nil && !isTorn(err) {
			errs = append(errs, err)
		}
		if len(outline.Snapshots) > 0 {
			return file.Path, nil
		}
	}
	return "", errors.Join(errs...)
}

// metadataNames lists the names of the files in a folder that are metadata by their name, sorted; none when it is not there.
func metadataNames(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return nil, err
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), metadataSuffix) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// isTorn reports whether an error of readOutline says that the file is no whole metadata, or is gone.
func isTorn(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EISDIR) || errors.As(err, &syntax) || errors.As(err, &kind)
}
