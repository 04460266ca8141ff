package lake

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// The columns of a snapshot are those of the table, and DuckDB finds them in a file.
func TestSnapshotColumns(t *testing.T) {
	columns := []column.Flat{
		{Name: "a", Type: column.TypeText}, {Name: "b", Type: column.TypeInt}, {Name: "c", Type: column.TypeLong},
		{Name: "d", Type: column.TypeFloat}, {Name: "e", Type: column.TypeDouble}, {Name: "f", Type: column.TypeBoolean},
		{Name: "g", Type: column.TypeTextList}, {Name: "h", Type: column.TypeTextMap},
	}
	types := []string{"VARCHAR", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "VARCHAR[]", "MAP(VARCHAR, VARCHAR)"}
	schema, dir := mustSchema(t, columns, nil, nil), tableDir(t, "table")
	metadata, err := CreateTable(t.Context(), folderOf(t, dir), dir, schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "data", "f")
	writeRows(t, path, schema, column.Options{})
	found := tabletest.Query(t,
		fmt.Sprintf("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet('%s'))", path))
	var want []tabletest.Row
	for i, found := range mustOpen(t, metadata).Columns() {
		if found.Name != columns[i].Name || found.Type != types[i] {
			t.Errorf("column %d is %v, want %v as %s", i, found, columns[i], types[i])
		}
		want = append(want, tabletest.Row{found.Name, found.Type})
	}
	tabletest.Diff(t, want, found)
}

func TestNewSchemaRefuses(t *testing.T) {
	columns := []column.Flat{{Name: "a", Type: column.TypeText}, {Name: "b", Type: column.TypeDouble},
		{Name: "c", Type: column.TypeTextList}}
	for name, test := range map[string]struct {
		columns         []column.Flat
		sortBy, bounded []string
	}{
		"same name twice":   {append(slices.Clone(columns), columns[0]), nil, nil},
		"no name":           {[]column.Flat{{Name: "", Type: column.TypeInt}}, nil, nil},
		"order by stranger": {columns, []string{"d"}, nil},
		"order by double":   {columns, []string{"a", "b"}, nil},
		"bounds of list":    {columns, nil, []string{"c"}},
	} {
		if _, err := NewSchema(test.columns, test.sortBy, test.bounded); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func mustSchema(t *testing.T, columns []column.Flat, sortBy, bounded []string) *Schema {
	t.Helper()
	s, err := NewSchema(columns, sortBy, bounded)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
