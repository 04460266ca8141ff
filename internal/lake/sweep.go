package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Sweep removes from the table's metadata folder what a process left there that was killed before its commit's pointer
// was swapped: files that neither the current metadata nor its log needs. Nothing may be committing to the table meanwhile.
func Sweep(ctx context.Context, metadataLocation string) (removed int, err error) {
	t, err := load(ctx, metadataLocation, &durableFS{}, nil)
	if err != nil {
		return 0, err
	}
	needed := map[string]bool{localPath(metadataLocation): true}
	for previous := range t.Metadata().PreviousFiles() {
		needed[localPath(previous.MetadataFile)] = true
	}
	for _, snapshot := range t.Metadata().Snapshots() {
		needed[localPath(snapshot.ManifestList)] = true
		manifests, err := snapshot.Manifests(&durableFS{})
		if err != nil {
			return 0, fmt.Errorf("read manifest list %s: %w", localPath(snapshot.ManifestList), err)
		}
		for _, manifest := range manifests {
			needed[localPath(manifest.FilePath())] = true
		}
	}
	dir := filepath.Dir(localPath(metadataLocation))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if needed[path] || !entry.Type().IsRegular() {
			continue
		}
		if err := os.Remove(path); err != nil {
			errs = append(errs, fmt.Errorf("sweep: %w", err))
			continue
		}
		removed++
	}
	return removed, errors.Join(errs...)
}
