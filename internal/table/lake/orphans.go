package lake

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// metadataSuffix is what the names of metadata files end with.
const metadataSuffix = ".metadata.json"

// IsTable reports whether what is at a path holds what a table's folder would: metadata, or files of rows. One that
// cannot be read counts as if it did.
func IsTable(in warehouse.Files, dir string) bool {
	paths, err := metadataPaths(in, filepath.Join(dir, "metadata"))
	if err != nil || len(paths) > 0 {
		return true
	}
	data, err := in.List(filepath.Join(dir, "data"))
	return err != nil || slices.ContainsFunc(data,
		func(file warehouse.File) bool { return strings.HasSuffix(file.Path, ".parquet") })
}

// Orphans gives those of files, which a folder held before metadataLocation was looked up, that the table does not
// need: no kept snapshot has them, and they are not metadata that the pointer or its log names. What a commit under way
// has written is among them, and what another table needs to which a link leads: Links.Spare.
func Orphans(ctx context.Context, in warehouse.Files, metadataLocation string,
	files []warehouse.File) (orphans []warehouse.File, err error) {
	needed, err := needed(ctx, in, metadataLocation)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if !needed[file.Path] {
			orphans = append(orphans, file)
		}
	}
	return orphans, nil
}

// Sweep removes from the table's metadata folder what a process left there that was killed before its commit's pointer
// was swapped: files that neither the current metadata nor its log needs. Nothing may be committing to the table
// meanwhile.
func Sweep(ctx context.Context, in warehouse.Files, metadataLocation string) (removed int, err error) {
	current, err := in.Path(metadataLocation)
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	dir := filepath.Dir(current)
	location, err := in.Name(filepath.Dir(dir))
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	files, err := in.List(dir)
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	orphans, err := Orphans(ctx, in, metadataLocation, files)
	if err != nil {
		return 0, err
	}
	if len(orphans) == 0 {
		return 0, nil
	}
	links, err := in.Links()
	if err == nil {
		orphans, err = links.Spare(location, orphans)
	}
	if err == nil {
		err = in.RemoveFiles(location, orphans)
	}
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	return len(orphans), nil
}
