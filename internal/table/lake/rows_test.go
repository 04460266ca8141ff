package lake

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// testSchema is a table of rows with places, as those of variants have.
var testSchema = sync.OnceValue(func() *Schema {
	s, err := NewSchema([]column.Flat{
		{Name: jobColumn, Type: column.TypeText}, {Name: "contigname", Type: column.TypeText},
		{Name: "start", Type: column.TypeLong},
		{Name: "end", Type: column.TypeLong}, {Name: "referenceallele", Type: column.TypeText}, {Name: "sampleid",
			Type: column.TypeText},
	}, []string{"contigname", "start"}, []string{"contigname", "start", "end", "sampleid"})
	if err != nil {
		panic(err)
	}
	return s
})

// rowAt is a row of testSchema.
func rowAt(job, contig string, start int64, reference, sample string) []column.Value {
	return []column.Value{
		{Text: []byte(job)}, {Text: []byte(contig)}, {Int: start}, {Int: start + 1}, {Text: []byte(reference)},
		{Text: []byte(sample)},
	}
}

// writeRows writes a data file of rows.
func writeRows(t *testing.T, path string, schema *Schema, options column.Options,
	rows ...[]column.Value) column.DataFile {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := column.NewRowWriter(tabletest.NewFile(t, path), schema.parquet, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	file, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// randomPlaces writes a data file of places at random, in order.
func randomPlaces(t *testing.T, m tabletest.Maker, dir, job string, n int, options column.Options) column.DataFile {
	t.Helper()
	rows := make([][]column.Value, n)
	for i := range rows {
		rows[i] = rowAt(job, fmt.Sprintf("chr%d", 4*i/n), int64(10*(i%(1+n/4))+m.IntN(2)), string(m.Text()),
			fmt.Sprint("s", m.IntN(3)))
	}
	return writeRows(t, filepath.Join(dir, "rows.parquet"), testSchema(), options, rows...)
}
