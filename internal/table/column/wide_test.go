package column_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// wideSchema has n columns of all types and two more that every TSV table has.
func wideSchema(t testing.TB, n int) *column.Schema {
	t.Helper()
	var columns []column.Flat
	for i := range n {
		columns = append(columns, column.Flat{Name: fmt.Sprintf("column_%d", i),
			Type: column.FlatType(i % int(column.TypeTextList))})
	}
	s, err := lake.NewSchema(append(columns, column.Flat{Name: "importjobid", Type: column.TypeText},
		column.Flat{Name: "information", Type: column.TypeTextMap}), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.Parquet()
}

// wideRow fills the columns of a wide table for which keep holds.
func wideRow(row []column.Value, number int, keep func(column int) bool) {
	columns := len(row) - 2
	for i := range columns {
		n := (number*31 + i*7) % 1009
		row[i].Null = !keep(i)
		row[i].Text = fmt.Appendf(row[i].Text[:0], "v%d", n)
		row[i].Int, row[i].Float, row[i].Bool = int64(n), float64(n)/8, n%2 == 0
	}
	row[columns] = column.Value{Text: []byte("job")}
	row[columns+1] = column.Value{Null: true}
}

// A table of 5,000 columns takes the memory that its row groups may, and gives back what it took.
func TestWideRows(t *testing.T) {
	const columns, rows, bound, slack = 5000, 2000, 16 << 20, 4 << 20
	schema, path := wideSchema(t, columns), filepath.Join(t.TempDir(), "f")
	w := newRowWriter(t, path, schema, column.Options{RowGroupBytes: bound})
	row := make([]column.Value, columns+2)
	most := 0
	read := []int{0, 1, 2, 3, 4, 5, 2500, 2501, 2502, 4994, 4995, 4996, 4997, 4998, 4999}
	want := make([]float64, len(read))
	for number := range rows {
		wideRow(row, number, func(column int) bool { return (number+column)%7 > 0 })
		mustWriteRow(t, w, row)
		if number%5 == 0 {
			most = max(most, w.Buffered())
		}
		for i, at := range read {
			switch v := row[at]; column.FlatType(at % int(column.TypeTextList)) {
			case column.TypeText, column.TypeInt, column.TypeLong:
				want[i] += map[bool]float64{false: float64(v.Int)}[v.Null]
			case column.TypeFloat, column.TypeDouble:
				want[i] += map[bool]float64{false: v.Float}[v.Null]
			case column.TypeBoolean:
				want[i] += map[bool]float64{true: 1}[v.Bool && !v.Null]
			}
		}
	}
	if file := closeRows(t, w); len(file.Splits) < 3 || len(file.Splits) > 10 {
		t.Errorf("%d row groups of %d bytes", len(file.Splits), file.Bytes)
	}
	if most > bound+slack {
		t.Errorf("%d bytes in memory, want %d at most", most, bound)
	}
	var sums []string
	for _, at := range read {
		as := map[bool]string{true: "BOOLEAN"}[column.FlatType(at%int(column.TypeTextList)) == column.TypeBoolean]
		sums = append(sums, fmt.Sprintf("sum(replace(column_%d::VARCHAR, 'v', '')::%s::DOUBLE)", at, cmp.Or(as, "DOUBLE")))
	}
	got := tabletest.Query(t, fmt.Sprintf("SELECT [%s] FROM read_parquet('%s')", strings.Join(sums, ", "), path))
	if fmt.Sprint(got[0][0]) != fmt.Sprint(want) {
		t.Errorf("read %v, want %v", got[0][0], want)
	}
}

// Columns without values take next to nothing, in memory and in files.
func TestWideEmptyRows(t *testing.T) {
	const columns, rows = 5000, 20_000
	w := newRowWriter(t, filepath.Join(t.TempDir(), "f"), wideSchema(t, columns), column.Options{})
	row := make([]column.Value, columns+2)
	wideRow(row, 0, func(int) bool { return false })
	for range rows {
		mustWriteRow(t, w, row)
	}
	if held := w.Buffered(); held > 4<<20 {
		t.Errorf("%d bytes in memory", held)
	}
	if file := closeRows(t, w); len(file.Splits) != 1 || file.Bytes > columns*200 {
		t.Errorf("%d row groups of %d bytes", len(file.Splits), file.Bytes)
	}
}

// What columns took in one row group crowds out neither the rows of the next nor other columns: texts that are all
// different, in many columns at once or in some after others.
func TestWideRowGroups(t *testing.T) {
	const columns, bound = 300, 2 << 20
	always := func(int, int) bool { return true }
	byTurns := func(number, column int) bool { return number/1200 == column/30 }
	for name, test := range map[string]struct {
		rows  int
		keep  func(number, column int) bool
		recur int
	}{
		"all different":      {4000, always, 1},
		"recurring":          {4000, always, 3},
		"by turns":           {12_000, byTurns, 1},
		"recurring by turns": {12_000, byTurns, 3},
	} {
		t.Run(name, func(t *testing.T) {
			flat := make([]column.Flat, columns)
			for i := range flat {
				flat[i] = column.Flat{Name: fmt.Sprintf("column_%d", i), Type: column.TypeText}
			}
			w := newRowWriter(t, filepath.Join(t.TempDir(), "f"), mustSchema(t, flat, nil, nil),
				column.Options{RowGroupBytes: bound})
			row := make([]column.Value, columns)
			most, kept, size := 0, 0, 0
			for number := range test.rows {
				for i := range row {
					row[i].Text, row[i].Null = fmt.Appendf(row[i].Text[:0], "text %d", number/test.recur*columns+i),
						!test.keep(number, i)
					if !row[i].Null {
						size += len(row[i].Text) + 30
					}
				}
				mustWriteRow(t, w, row)
				most = max(most, w.Buffered())
			}
			kept += w.Kept()
			if most > bound+bound/2 || kept > 3*bound {
				t.Errorf("%d bytes in memory and %d kept, want %d", most, kept, bound)
			}
			file := closeRows(t, w)
			if len(file.Splits) < 2 || len(file.Splits) > 2*size/bound {
				t.Errorf("%d row groups for %d bytes", len(file.Splits), size)
			}
		})
	}
}

// Once its buffers have grown a row costs no allocation.
func TestRowWriterAllocates(t *testing.T) {
	w := newRowWriter(t, filepath.Join(t.TempDir(), "f"), wideSchema(t, 50), column.Options{})
	defer w.Abort()
	rows := make([][]column.Value, 512)
	for number := range rows {
		rows[number] = make([]column.Value, 52)
		wideRow(rows[number], number, func(column int) bool { return (number+column)%7 > 0 })
	}
	all := func() {
		for _, row := range rows {
			mustWriteRow(t, w, row)
		}
	}
	for range 20 {
		all()
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if allocations := testing.AllocsPerRun(5, all); allocations > 0 {
		t.Errorf("%v allocations for 512 rows, want none", allocations)
	}
}
