package column_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// The leaves of nestedSchema.
const (
	leafPlace = iota
	leafLine
	leafSample
	leafValues
)

// nestedSchema is of rows whose head is a place and a line, whose series are samples and whose tail is a list of
// values.
func nestedSchema(t *testing.T) *column.Schema {
	t.Helper()
	s, err := lake.NewNestedSchema([]lake.Field{
		{Name: "place", Type: lake.Long}, {Name: "line", Type: lake.Long}, {Name: "sample", Type: lake.Text}, {Name: "values",
			Type: lake.ListOf(lake.Int)},
	}, nil, column.Plan{
		SortBy: []string{"place"}, Bounded: []string{"place"}, Ties: []int{leafLine},
		Parts: []column.Part{column.OfHead, column.OfHead, column.OfSeries, column.OfTail},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Parquet()
}

// nestedFile writes a data file of heads in order, each with a row for each sample.
func nestedFile(t *testing.T, m tabletest.Maker, path string, schema *column.Schema, heads int,
	samples [][]byte) column.DataFile {
	t.Helper()
	w := column.NewWriter(tabletest.NewFile(t, path), schema, column.Options{})
	for line := range heads {
		w.At(leafPlace, w.Head()).Long(int64(10*line + m.IntN(2)))
		w.At(leafLine, w.Head()).Long(int64(line))
		tails := make([]int32, len(samples))
		for i := range tails {
			if i == 0 || m.IntN(3) == 0 {
				tails[i] = int32(w.Tail())
				if m.Often() {
					w.At(leafValues, int(tails[i])).IntList(m.Ints())
				}
				continue
			}
			tails[i] = tails[i-1]
		}
		w.Series(samples, 0, len(samples))
		if err := w.Add(tails, len(tails)); err != nil {
			t.Fatal(err)
		}
	}
	file, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func names(prefix string, n int) [][]byte {
	names := make([][]byte, n)
	for i := range names {
		names[i] = fmt.Appendf(nil, "%s%d", prefix, i)
	}
	return names
}

func newMerge(t *testing.T, schema *column.Schema, dir string) *column.Merge {
	t.Helper()
	m := column.NewMerge(schema)
	m.Open = tabletest.Open
	m.Create = func(name string) (column.Sink, error) { return tabletest.NewFile(t, filepath.Join(dir, name)), nil }
	return m
}

// Files of a target size are apart from each other.
func TestMergeCutsFiles(t *testing.T) {
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(5, 6))}
	dir, schema := t.TempDir(), nestedSchema(t)
	var files []column.DataFile
	for i := range 6 {
		files = append(files, nestedFile(t, m, filepath.Join(dir, fmt.Sprint("in", i)), schema, 100, names("s", 20)))
	}
	runs, _ := column.Runs(files)
	merging := newMerge(t, schema, dir)
	merging.FileBytes = 1
	merging.SetOptions(column.Options{RowGroupRows: 1000})
	merged, err := merging.Run(t.Context(), runs)
	if err != nil {
		t.Fatal(err)
	}
	if len(merged) < 6 {
		t.Fatalf("%d files", len(merged))
	}
	tabletest.DiffTexts(t, tabletest.Texts(t, files...), tabletest.Texts(t, merged...))
	last := int64(-1)
	for _, file := range merged {
		if !file.Sorted {
			t.Errorf("%s is not sorted", file.Path)
		}
		for _, row := range tabletest.Query(t,
			fmt.Sprintf("SELECT place FROM read_parquet('%s', file_row_number = true) ORDER BY file_row_number", file.Path)) {
			if place := row[0].(int64); place < last {
				t.Fatalf("%s: place %d follows %d", file.Path, place, last)
			} else {
				last = place
			}
		}
	}
}

// The rows of a head share it again, and its series keeps its order, whatever is merged with them.
func TestMergeKeepsHeads(t *testing.T) {
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(7, 8))}
	dir, schema := t.TempDir(), nestedSchema(t)
	const records, samples = 20, 30
	var files []column.DataFile
	for i := range 4 {
		files = append(files, nestedFile(t, m, filepath.Join(dir, fmt.Sprint("in", i)), schema, records,
			names(fmt.Sprint("s", i%2), samples)))
	}
	runs, _ := column.Runs(files)
	heads, rows, err := newMerge(t, schema, dir).Heads(runs)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{records, 2 * records, 3 * records, 4 * records}; !slices.Equal(heads, want) {
		t.Errorf("heads %v, want %v", heads, want)
	}
	if want := []int{records * samples, 2 * records * samples, 3 * records * samples,
		4 * records * samples}; !slices.Equal(rows, want) {
		t.Errorf("rows %v, want %v", rows, want)
	}
}
