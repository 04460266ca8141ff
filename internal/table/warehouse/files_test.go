package warehouse_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/table/warehouse/warehousetest"
)

func newFolder(t *testing.T) (folder *warehouse.Folder, data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	folder, err := warehouse.NewFolder(data, "/srv/named", "/srv/former")
	if err != nil {
		t.Fatal(err)
	}
	return folder, data
}

func TestFolder(t *testing.T) {
	folder, data := newFolder(t)
	lose := func(t *testing.T) func() {
		if err := os.Rename(data, data+".away"); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := os.Rename(data+".away", data); err != nil {
				t.Fatal(err)
			}
		}
	}
	warehousetest.Run(t, warehousetest.Place{Files: folder, Location: "/srv/former/tables/t", Outside: data + "-beside",
		Lose: lose})
}

// Who has a file of a folder open reads on when it is removed.
func TestFolderReadsOn(t *testing.T) {
	folder, data := newFolder(t)
	path, content := filepath.Join(data, "tables", "t", "f"), bytes.Repeat([]byte("0123456789"), 1<<10)
	w, err := folder.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(content)
	if err := errors.Join(err, w.Commit()); err != nil {
		t.Fatal(err)
	}
	r, err := folder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := folder.Remove(path); err != nil {
		t.Fatal(err)
	}
	read := make([]byte, len(content))
	if _, err := r.ReadAt(read, 0); err != nil || !bytes.Equal(read, content) {
		t.Errorf("read %d bytes, %v", len(read), err)
	}
}
