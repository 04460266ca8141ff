package column_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cmplib "github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/tabletest"
)

func newRowWriter(t *testing.T, path string, schema *column.Schema, options column.Options) *column.RowWriter {
	t.Helper()
	w, err := column.NewRowWriter(tabletest.NewFile(t, path), schema, options)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func mustSchema(t *testing.T, columns []column.Flat, sortBy, bounded []string) *column.Schema {
	t.Helper()
	s, err := lake.NewSchema(columns, sortBy, bounded)
	if err != nil {
		t.Fatal(err)
	}
	return s.Parquet()
}

func mustWriteRow(t *testing.T, w *column.RowWriter, values []column.Value) {
	t.Helper()
	if err := w.Write(values); err != nil {
		t.Fatal(err)
	}
}

func closeRows(t *testing.T, w *column.RowWriter) column.DataFile {
	t.Helper()
	file, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// readRows reads a data file, floats being as in tabletest.Bits.
func readRows(t *testing.T, path string) []tabletest.Row {
	t.Helper()
	rows := tabletest.Query(t,
		fmt.Sprintf("SELECT * EXCLUDE file_row_number FROM read_parquet('%s', file_row_number = true) ORDER BY file_row_number", path))
	for _, r := range rows {
		for i := range r {
			r[i] = tabletest.Bits(r[i])
		}
	}
	return rows
}

// compareKeys orders rows by the columns at, NULLs first.
func compareKeys(at []int) func(a, b tabletest.Row) int {
	return func(a, b tabletest.Row) int {
		for _, i := range at {
			order := 0
			switch {
			case a[i] == nil || b[i] == nil:
				order = cmp.Compare(fmt.Sprint(a[i] != nil), fmt.Sprint(b[i] != nil))
			default:
				switch value := a[i].(type) {
				case string:
					order = strings.Compare(value, b[i].(string))
				case int32:
					order = cmp.Compare(value, b[i].(int32))
				case int64:
					order = cmp.Compare(value, b[i].(int64))
				}
			}
			if order != 0 {
				return order
			}
		}
		return 0
	}
}

// indexes finds columns by name.
func indexes(columns []column.Flat, names ...string) (at []int) {
	for _, name := range names {
		at = append(at, slices.IndexFunc(columns, func(c column.Flat) bool { return c.Name == name }))
	}
	return at
}

// Whatever rows of whatever columns are written, DuckDB reads the same, in the table's order within row groups.
func TestRowWriterRandomRows(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := tabletest.Maker{Rand: rand.New(rand.NewPCG(seed, 1))}
			columns := m.Columns(1 + m.IntN(30))
			sortBy := [][]string{{"chrom", "start"}, {"end"}, nil}[seed%3]
			schema := mustSchema(t, columns, sortBy, []string{"chrom", "start", "end"})
			path := filepath.Join(t.TempDir(), "f")
			options := []column.Options{{}, {RowGroupRows: 700}, {RowGroupBytes: 1 << 18}}[m.IntN(3)]
			w := newRowWriter(t, path, schema, options)
			var want []tabletest.Row
			nulls := []int{1, 2, 10, 1000}
			for i := range 3000 {
				values := m.Row(columns, nulls[i/100%len(nulls)])
				mustWriteRow(t, w, values)
				want = append(want, tabletest.WantRow(columns, values))
			}
			file := closeRows(t, w)
			if file.Rows != 3000 || w.Rows() != 3000 {
				t.Errorf("file has %d rows, want 3000", file.Rows)
			}
			tabletest.Diff(t, tabletest.SortGroups(t, path, want, compareKeys(indexes(columns, sortBy...))), readRows(t, path))
		})
	}
}

func TestRowWriterRefuses(t *testing.T) {
	nested, err := lake.NewNestedSchema([]lake.Field{{Name: "a", Type: lake.ListOf(lake.Int)}}, nil, column.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := column.NewRowWriter(tabletest.NewFile(t, filepath.Join(t.TempDir(), "f")), nested.Parquet(),
		column.Options{}); err == nil {
		t.Error("a RowWriter of nested columns")
	}
	schema := mustSchema(t, []column.Flat{{Name: "a", Type: column.TypeInt}}, nil, nil)
	for _, values := range [][]column.Value{nil, {{Int: 1}, {Int: 1}}, {{Int: math.MaxInt32 + 1}},
		{{Int: math.MinInt32 - 1}}} {
		w := newRowWriter(t, filepath.Join(t.TempDir(), "f"), schema, column.Options{})
		if err := w.Write(values); err == nil {
			t.Errorf("row %v was written", values)
		}
		w.Abort()
	}
}

// A file says it is sorted when it is in the table's order, NULLs first, over all its row groups.
func TestRowWriterSorted(t *testing.T) {
	columns := []column.Flat{{Name: "a", Type: column.TypeText}, {Name: "b", Type: column.TypeInt}}
	null, text, number := column.Value{Null: true}, func(s string) column.Value { return column.Value{Text: []byte(s)} },
		func(i int64) column.Value { return column.Value{Int: i} }
	for name, test := range map[string]struct {
		want   bool
		sortBy []string
		rows   [][]column.Value
	}{
		"no order": {false, nil, [][]column.Value{{text("a"), number(1)}}},
		"no rows":  {true, []string{"a", "b"}, nil},
		"ascending": {true, []string{"a", "b"}, [][]column.Value{{text("1"), number(5)}, {text("1"), number(6)},
			{text("10"), number(2)}, {text("2"), number(1)}}},
		"descending": {false, []string{"a", "b"}, [][]column.Value{{text("1"), number(6)}, {text("1"), number(5)}}},
		"NULLs first": {true, []string{"a", "b"}, [][]column.Value{{null, null}, {null, number(-5)}, {text(""), null},
			{text(""), number(-9)}}},
		"NULLs last":   {false, []string{"a", "b"}, [][]column.Value{{text(""), number(1)}, {null, number(2)}}},
		"other column": {true, []string{"b"}, [][]column.Value{{text("b"), number(1)}, {text("a"), number(2)}}},
		"other first":  {false, []string{"b", "a"}, [][]column.Value{{text("a"), number(2)}, {text("b"), number(1)}}},
	} {
		for _, size := range []int{1, 2} {
			w := newRowWriter(t, filepath.Join(t.TempDir(), "f"), mustSchema(t, columns, test.sortBy, nil),
				column.Options{RowGroupRows: size})
			for _, values := range test.rows {
				mustWriteRow(t, w, values)
			}
			want := test.want || size == 2 && len(test.rows) == 2 && test.sortBy != nil // sorted when the row group is written
			if got := closeRows(t, w).Sorted; got != want {
				t.Errorf("%s, row groups of %d: sorted is %v, want %v", name, size, got, want)
			}
		}
	}
}

func TestRowWriterDescribes(t *testing.T) {
	columns := []column.Flat{{Name: "m", Type: column.TypeTextMap}, {Name: "chrom", Type: column.TypeText},
		{Name: "start", Type: column.TypeLong}, {Name: "end", Type: column.TypeInt}, {Name: "none", Type: column.TypeText},
		{Name: "free", Type: column.TypeInt}}
	schema := mustSchema(t, columns, []string{"chrom"}, []string{"chrom", "start", "end", "none"})
	w := newRowWriter(t, filepath.Join(t.TempDir(), "f"), schema, column.Options{RowGroupRows: 2})
	null := column.Value{Null: true}
	for _, values := range [][]column.Value{
		{null, {Text: []byte("b")}, {Int: -5}, {Int: 7}, null, {Int: 1}},
		{null, {Text: []byte("")}, {Int: 1 << 40}, null, null, {Int: 1}},
		{null, null, {Int: 3}, {Int: -2}, null, {Int: 1}},
	} {
		mustWriteRow(t, w, values)
	}
	got := closeRows(t, w)
	id := map[string]int{}
	for leaf := range schema.Leaves() {
		id[schema.Path(leaf)] = schema.FieldID(leaf)
	}
	if len(got.Splits) != 2 || got.Bytes <= 0 || len(got.Sizes) != 4 {
		t.Errorf("row groups at %v, %d bytes, columns of %v", got.Splits, got.Bytes, got.Sizes)
	}
	for name, diff := range map[string]string{
		"nulls": cmplib.Diff(map[int]int64{id["chrom"]: 1, id["start"]: 0, id["end"]: 1, id["none"]: 3}, got.Nulls),
		"lower": cmplib.Diff(map[int][]byte{id["chrom"]: {}, id["start"]: {0xFB, 255, 255, 255, 255, 255, 255, 255},
			id["end"]: {0xFE, 255, 255, 255}}, got.Lower),
		"upper": cmplib.Diff(map[int][]byte{id["chrom"]: []byte("b"), id["start"]: {0, 0, 0, 0, 0, 1, 0, 0},
			id["end"]: {7, 0, 0, 0}}, got.Upper),
	} {
		if diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
