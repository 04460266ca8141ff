package lake

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// TestOrphansBehindLinks: a table of which a folder is a link to another place in the data folder keeps it, and all
// that it leads to; what nothing needs is found behind the link of the table's own folder.
func TestOrphansBehindLinks(t *testing.T) {
	for _, linked := range []string{"", "metadata", "data", "data/1"} {
		t.Run("table/"+linked, func(t *testing.T) {
			location, metadata := newTable(t, "t")
			if err := os.MkdirAll(filepath.Join(location, "data", "1"), 0o700); err != nil {
				t.Fatal(err)
			}
			metadata = mustAppend(t, metadata, "job1", addFile(t, location, "1/0", "1", "a", 10))
			folder := folderOf(t, metadata)
			link, big := filepath.Join(location, linked), filepath.Join(folder.Dir(), "big")
			for _, err := range []error{
				os.WriteFile(filepath.Join(location, "metadata", "stray.avro"), []byte("x"), 0o600),
				os.WriteFile(filepath.Join(location, "data", "1", "stray.parquet"), []byte("x"), 0o600),
				os.Rename(link, big), os.Symlink(big, link),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			if _, err := Sweep(t.Context(), folder, metadata); err != nil {
				t.Fatal(err)
			}
			files, err := warehouse.ListFiles(folder, location)
			if err != nil {
				t.Fatal(err)
			}
			orphans, err := Orphans(t.Context(), folder, metadata, files)
			if err == nil {
				err = folder.RemoveFiles(location, orphans)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, metadataStray := os.Stat(filepath.Join(location, "metadata", "stray.avro"))
			_, dataStray := os.Stat(filepath.Join(location, "data", "1", "stray.parquet"))
			gone := []bool{errors.Is(metadataStray, os.ErrNotExist), errors.Is(dataStray, os.ErrNotExist)}
			if diff := cmp.Diff([]bool{true, linked == "" || linked == "metadata"}, gone); diff != "" {
				t.Errorf("strays of metadata and data that are gone (-want +got):\n%s", diff)
			}
			if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
				t.Errorf("the link: %v", err)
			}
			report, err := Check(t.Context(), folder, metadata, CheckOptions{})
			if err != nil || len(report.Faults) > 0 || report.Rows["1/0"] != 10 {
				t.Errorf("%+v, %v", report, err)
			}
		})
	}
}

// TestRemoveFilesBehindALink: the last file of a folder goes, and with it no link that leads to others.
func TestRemoveFilesBehindALink(t *testing.T) {
	dir := tableDir(t, "t")
	folder := folderOf(t, dir)
	big := filepath.Join(folder.Dir(), "big")
	one, other := filepath.Join(dir, "data", "job", "0", "a.parquet"), filepath.Join(big, "1", "b.parquet")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(big, "0"), 0o700), os.MkdirAll(filepath.Join(big, "1"), 0o700),
		os.Mkdir(filepath.Join(dir, "data"), 0o700),
		os.Symlink(big, filepath.Join(dir, "data", "job")), os.WriteFile(one, nil, 0o600), os.WriteFile(other, nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := folder.RemoveFiles(dir, []warehouse.File{{Path: one}}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(big, "0")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty folder: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "job", "1", "b.parquet")); err != nil {
		t.Errorf("the other file: %v", err)
	}
}
