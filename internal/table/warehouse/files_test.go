package warehouse_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/table/warehouse/warehousetest"
)

func TestFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir := filepath.Join(data, "tables", "t", "data")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	folder, err := warehouse.NewFolder(data, data)
	if err != nil {
		t.Fatal(err)
	}
	warehousetest.Run(t, folder, dir, data+"-beside")
}
