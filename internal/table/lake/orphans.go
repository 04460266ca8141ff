package lake

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// metadataSuffix is what the names of metadata files end with.
const metadataSuffix = ".metadata.json"

// IsTable reports whether a folder holds what a table's would: metadata, or files of rows. One that cannot be read counts as if it did.
func IsTable(dir string) bool {
	names, err := metadataNames(filepath.Join(dir, "metadata"))
	if err != nil || len(names) > 0 {
		return true
	}
	for _, pattern := range []string{"data/*/*.parquet", "data/*/*/*.parquet", "data/*/*/*/*.parquet"} {
		found, err := fs.Glob(os.DirFS(dir), pattern)
		if err != nil || len(found) > 0 {
			return true
		}
	}
	return false
}

// Orphans gives those of files, which a folder held before metadataLocation was looked up, that the table does not need: no kept snapshot
// has them, and they are not metadata that the pointer or its log names. What a commit under way has written is among them, and what another
// table needs to which a link leads: Links.Spare.
func Orphans(ctx context.Context, folder *warehouse.Folder, metadataLocation string, files []warehouse.File) (orphans []warehouse.File, err error) {
	needed, err := needed(ctx, folder, metadataLocation)
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
// was swapped: files that neither the current metadata nor its log needs. Nothing may be committing to the table meanwhile.
func Sweep(ctx context.Context, folder *warehouse.Folder, metadataLocation string) (removed int, err error) {
	dir := filepath.Dir(warehouse.Shown(metadataLocation))
	files, err := warehouse.ListFiles(folder, dir)
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	orphans, err := Orphans(ctx, folder, metadataLocation, files)
	if err != nil {
		return 0, err
	}
	if len(orphans) == 0 {
		return 0, nil
	}
	links, err := folder.Links()
	if err == nil {
		orphans, err = links.Spare(filepath.Dir(dir), orphans)
	}
	if err == nil {
		err = warehouse.RemoveFiles(folder, filepath.Dir(dir), orphans)
	}
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	return len(orphans), nil
}
