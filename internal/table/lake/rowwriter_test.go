package lake

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
)

// columns makes a random schema, of every type, with names that ask for quotes.
func (m maker) columns(n int) []FlatColumn {
	columns := []FlatColumn{{"importjobid", TypeText}, {"information", TypeTextMap}, {"chrom", TypeText}, {"end", TypeInt}, {"start", TypeLong}}
	for i := range n {
		columns = append(columns, FlatColumn{[]string{"select_%d", "%d_digits", "_%d"}[m.IntN(3)], FlatType(m.IntN(int(TypeTextMap) + 1))})
		columns[len(columns)-1].Name = fmt.Sprintf(columns[len(columns)-1].Name, i)
	}
	m.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	return columns
}

// row makes a random row. Every column has about as many NULLs in nulls.
func (m maker) row(columns []FlatColumn, nulls int) []Value {
	values := make([]Value, len(columns))
	for i := range values {
		v := &values[i]
		v.Null = m.IntN(nulls) == 0
		switch columns[i].Type {
		case TypeText:
			if v.Text = m.text(); columns[i].Name == "chrom" || columns[i].Name == "seqid" {
				v.Text = fmt.Appendf(nil, "chr%d", 1+m.IntN(12))
			}
		case TypeInt:
			v.Int = []int64{math.MinInt32, math.MaxInt32, 0, int64(m.Int32()), m.Int64N(100)}[m.IntN(5)]
		case TypeLong:
			v.Int = []int64{math.MinInt64, math.MaxInt64, 0, m.Int64(), m.Int64N(100)}[m.IntN(5)]
		case TypeFloat, TypeDouble:
			v.Float = []float64{0, math.Copysign(0, -1), math.Inf(-1), math.NaN(), 1e-40, m.NormFloat64(), float64(m.IntN(100)) / 10}[m.IntN(7)]
		case TypeBoolean:
			v.Bool = m.often()
		case TypeTextList:
			v.List = m.texts()
		case TypeTextMap:
			v.Map = m.pairs()
		}
	}
	return values
}

// wantRow says what row the values must become, floats being as in bits.
func wantRow(columns []FlatColumn, values []Value) row {
	r := make(row, len(values))
	for i, v := range values {
		switch {
		case v.Null:
		case columns[i].Type == TypeText:
			r[i] = string(v.Text)
		case columns[i].Type == TypeInt:
			r[i] = int32(v.Int)
		case columns[i].Type == TypeLong:
			r[i] = v.Int
		case columns[i].Type == TypeFloat:
			r[i] = bits(float32(v.Float))
		case columns[i].Type == TypeDouble:
			r[i] = bits(v.Float)
		case columns[i].Type == TypeBoolean:
			r[i] = v.Bool
		case columns[i].Type == TypeTextList:
			r[i] = wantTexts(v.List)
		case v.Map != nil && len(v.Map) == 0:
			r[i] = entries{}
		default:
			r[i] = wantMap(v.Map)
		}
	}
	return r
}

// bits is a float that equals itself, spelled as read_table.py does.
func bits(value any) any {
	switch value := value.(type) {
	case float32:
		return bits(float64(value))
	case float64:
		return map[string]any{"bits": math.Float64bits(value)}
	}
	return value
}

func newRowWriter(t *testing.T, path string, schema *Schema, options RowOptions) *RowWriter {
	t.Helper()
	w, err := NewRowWriter(path, schema, options)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func mustSchema(t *testing.T, columns []FlatColumn, sortBy, bounded []string) *Schema {
	t.Helper()
	s, err := NewSchema(columns, sortBy, bounded)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustWriteRow(t *testing.T, w *RowWriter, values []Value) {
	t.Helper()
	if err := w.Write(values); err != nil {
		t.Fatal(err)
	}
}

func closeRows(t *testing.T, w *RowWriter) DataFile {
	t.Helper()
	file, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// readRows reads a data file, floats being as in bits.
func readRows(t *testing.T, path string) []row {
	t.Helper()
	rows := readFile(t, path)
	for _, r := range rows {
		for i := range r {
			r[i] = bits(r[i])
		}
	}
	return rows
}

// compareKeys orders rows by the columns at, NULLs first.
func compareKeys(at []int) func(a, b row) int {
	return func(a, b row) int {
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
func indexes(columns []FlatColumn, names ...string) (at []int) {
	for _, name := range names {
		at = append(at, slices.IndexFunc(columns, func(c FlatColumn) bool { return c.Name == name }))
	}
	return at
}

// Whatever rows of whatever columns are written, DuckDB reads the same, in the table's order within row groups.
func TestRowWriterRandomRows(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := maker{rand.New(rand.NewPCG(seed, 1))}
			columns := m.columns(1 + m.IntN(30))
			sortBy := [][]string{{"chrom", "start"}, {"end"}, nil}[seed%3]
			schema := mustSchema(t, columns, sortBy, []string{"chrom", "start", "end"})
			if seed == 0 {
				columns, schema, sortBy = gffColumns, GFFSchema(), []string{"seqid", "start"}
			}
			path := filepath.Join(t.TempDir(), "f")
			options := []RowOptions{{}, {RowGroupRows: 700}, {RowGroupBytes: 1 << 18}}[m.IntN(3)]
			w := newRowWriter(t, path, schema, options)
			var want []row
			nulls := []int{1, 2, 10, 1000}
			for i := range 3000 {
				values := m.row(columns, nulls[i/100%len(nulls)])
				mustWriteRow(t, w, values)
				want = append(want, wantRow(columns, values))
			}
			file := closeRows(t, w)
			if file.Rows != 3000 || w.Rows() != 3000 {
				t.Errorf("file has %d rows, want 3000", file.Rows)
			}
			diffRows(t, sortGroupsBy(t, path, want, compareKeys(indexes(columns, sortBy...))), readRows(t, path))
		})
	}
}

// The columns of a snapshot are those of the table, and DuckDB finds them in a file.
func TestSnapshotColumns(t *testing.T) {
	columns := []FlatColumn{
		{"a", TypeText}, {"b", TypeInt}, {"c", TypeLong}, {"d", TypeFloat}, {"e", TypeDouble}, {"f", TypeBoolean}, {"g", TypeTextList}, {"h", TypeTextMap},
	}
	types := []string{"VARCHAR", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "VARCHAR[]", "MAP(VARCHAR, VARCHAR)"}
	schema, dir := mustSchema(t, columns, nil, nil), tableDir(t, "table")
	metadata, err := CreateTable(t.Context(), folderOf(t, dir), dir, schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "data", "f")
	closeRows(t, newRowWriter(t, path, schema, RowOptions{}))
	found := queryRows(t, fmt.Sprintf("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet('%s'))", path))
	var want []row
	for i, column := range mustOpen(t, metadata).Columns() {
		if column.Name != columns[i].Name || column.Type != types[i] {
			t.Errorf("column %d is %v, want %v as %s", i, column, columns[i], types[i])
		}
		want = append(want, row{column.Name, column.Type})
	}
	diffRows(t, want, found)
}

// GFF's columns are those that HealthOmics documents.
func TestGFFColumns(t *testing.T) {
	documented := `importjobid string, seqid string, source string, type string, start bigint, end bigint, score double, strand string,
		phase int, id string, name string, alias string, parent array<string>, target string, gap string, derivesfrom string, note array<string>,
		dbxref array<string>, ontologyterm array<string>, is_circular boolean, information map<string-string>`
	types := map[string]string{
		"string": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE", "int": "INTEGER", "boolean": "BOOLEAN", "array<string>": "VARCHAR[]",
		"map<string-string>": "MAP(VARCHAR, VARCHAR)",
	}
	var want []Column
	for column := range strings.SplitSeq(documented, ",") {
		name, is, _ := strings.Cut(strings.TrimSpace(column), " ")
		want = append(want, Column{name, types[is]})
	}
	if diff := cmplib.Diff(want, columnsOf(GFFSchema().iceberg)); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func TestNewSchemaRefuses(t *testing.T) {
	columns := []FlatColumn{{"a", TypeText}, {"b", TypeDouble}, {"c", TypeTextList}}
	for name, test := range map[string]struct {
		columns         []FlatColumn
		sortBy, bounded []string
	}{
		"same name twice":   {append(slices.Clone(columns), columns[0]), nil, nil},
		"no name":           {[]FlatColumn{{"", TypeInt}}, nil, nil},
		"order by stranger": {columns, []string{"d"}, nil},
		"order by double":   {columns, []string{"a", "b"}, nil},
		"bounds of list":    {columns, nil, []string{"c"}},
	} {
		if _, err := NewSchema(test.columns, test.sortBy, test.bounded); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestRowWriterRefuses(t *testing.T) {
	if _, err := NewRowWriter(filepath.Join(t.TempDir(), "f"), VariantSchema(), RowOptions{}); err == nil {
		t.Error("a RowWriter of variants")
	}
	schema := mustSchema(t, []FlatColumn{{"a", TypeInt}}, nil, nil)
	for _, values := range [][]Value{nil, {{Int: 1}, {Int: 1}}, {{Int: math.MaxInt32 + 1}}, {{Int: math.MinInt32 - 1}}} {
		w := newRowWriter(t, filepath.Join(t.TempDir(), "f"), schema, RowOptions{})
		if err := w.Write(values); err == nil {
			t.Errorf("row %v was written", values)
		}
		w.Abort()
	}
}

// A file says it is sorted when it is in the table's order, NULLs first, over all its row groups.
func TestRowWriterSorted(t *testing.T) {
	columns := []FlatColumn{{"a", TypeText}, {"b", TypeInt}}
	null, text, number := Value{Null: true}, func(s string) Value { return Value{Text: []byte(s)} }, func(i int64) Value { return Value{Int: i} }
	for name, test := range map[string]struct {
		want   bool
		sortBy []string
		rows   [][]Value
	}{
		"no order":     {false, nil, [][]Value{{text("a"), number(1)}}},
		"no rows":      {true, []string{"a", "b"}, nil},
		"ascending":    {true, []string{"a", "b"}, [][]Value{{text("1"), number(5)}, {text("1"), number(6)}, {text("10"), number(2)}, {text("2"), number(1)}}},
		"descending":   {false, []string{"a", "b"}, [][]Value{{text("1"), number(6)}, {text("1"), number(5)}}},
		"NULLs first":  {true, []string{"a", "b"}, [][]Value{{null, null}, {null, number(-5)}, {text(""), null}, {text(""), number(-9)}}},
		"NULLs last":   {false, []string{"a", "b"}, [][]Value{{text(""), number(1)}, {null, number(2)}}},
		"other column": {true, []string{"b"}, [][]Value{{text("b"), number(1)}, {text("a"), number(2)}}},
		"other first":  {false, []string{"b", "a"}, [][]Value{{text("a"), number(2)}, {text("b"), number(1)}}},
	} {
		for _, size := range []int{1, 2} {
			w := newRowWriter(t, filepath.Join(t.TempDir(), "f"), mustSchema(t, columns, test.sortBy, nil), RowOptions{RowGroupRows: size})
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
	columns := []FlatColumn{{"m", TypeTextMap}, {"chrom", TypeText}, {"start", TypeLong}, {"end", TypeInt}, {"none", TypeText}, {"free", TypeInt}}
	schema := mustSchema(t, columns, []string{"chrom"}, []string{"chrom", "start", "end", "none"})
	w := newRowWriter(t, filepath.Join(t.TempDir(), "f"), schema, RowOptions{RowGroupRows: 2})
	null := Value{Null: true}
	for _, values := range [][]Value{
		{null, {Text: []byte("b")}, {Int: -5}, {Int: 7}, null, {Int: 1}},
		{null, {Text: []byte("")}, {Int: 1 << 40}, null, null, {Int: 1}},
		{null, null, {Int: 3}, {Int: -2}, null, {Int: 1}},
	} {
		mustWriteRow(t, w, values)
	}
	got := closeRows(t, w)
	id := schema.ids
	if len(got.Splits) != 2 || got.Bytes <= 0 || len(got.Sizes) != 4 {
		t.Errorf("row groups at %v, %d bytes, columns of %v", got.Splits, got.Bytes, got.Sizes)
	}
	for name, diff := range map[string]string{
		"nulls": cmplib.Diff(map[int]int64{id["chrom"]: 1, id["start"]: 0, id["end"]: 1, id["none"]: 3}, got.Nulls),
		"lower": cmplib.Diff(map[int][]byte{id["chrom"]: {}, id["start"]: {0xFB, 255, 255, 255, 255, 255, 255, 255}, id["end"]: {0xFE, 255, 255, 255}}, got.Lower),
		"upper": cmplib.Diff(map[int][]byte{id["chrom"]: []byte("b"), id["start"]: {0, 0, 0, 0, 0, 1, 0, 0}, id["end"]: {7, 0, 0, 0}}, got.Upper),
	} {
		if diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
