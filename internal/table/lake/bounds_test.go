package lake

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// An append that merges manifests writes some that its snapshot does not list. Discard finds them all.
func TestDiscardAfterMerge(t *testing.T) {
	ctx, dir := context.Background(), tableDir(t, "table")
	at, err := CreateTable(ctx, folderOf(t, dir), dir, testSchema(),
		map[string]string{"commit.manifest.min-count-to-merge": "3"})
	if err != nil {
		t.Fatal(err)
	}
	list := func() string {
		entries, err := os.ReadDir(filepath.Join(dir, "metadata"))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(entries)
	}
	for i := range 8 {
		files := []column.DataFile{{Path: filepath.Join(dir, "data", fmt.Sprint(i)), Rows: 1, Bytes: 1}}
		before := list()
		lost, _, err := Append(ctx, folderOf(t, at), at, fmt.Sprint("lost", i), files)
		if err != nil {
			t.Fatal(err)
		}
		if err := Discard(ctx, folderOf(t, lost), lost, at); err != nil {
			t.Fatal(err)
		}
		if after := list(); after != before {
			t.Fatalf("append %d left files behind:\n%s\n%s", i, before, after)
		}
		if at, _, err = Append(ctx, folderOf(t, at), at, fmt.Sprint("job", i), files); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(ctx, folderOf(t, at), at); err != nil || len(s.Files()) != i+1 {
			t.Fatalf("after append %d: %v", i, err)
		}
	}
}

func TestOpenNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	folder, err := warehouse.NewFolder(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, warehouse.Tables), 0o700); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, warehouse.Tables, "00000-broken.metadata.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{broken, filepath.Join(dir, warehouse.Tables, "missing.metadata.json")} {
		if _, err := Open(context.Background(), folder, warehouse.URI(path)); err == nil ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("error %v does not name %s", err, path)
		}
	}
}
