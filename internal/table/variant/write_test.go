package variant

import (
	"bytes"
	cmplib "cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
	"github.com/varlake/varlake/vcf"
)

// readFile reads a data file through DuckDB, row by row in the file's order.
func readFile(t *testing.T, path string) []tabletest.Row {
	t.Helper()
	return tabletest.Query(t,
		fmt.Sprintf("SELECT COLUMNS(c -> c NOT IN ('_item', '_line', '_format', '_call', 'file_row_number')) FROM read_parquet('%s', file_row_number = true) ORDER BY file_row_number", path))
}

func newWriter(t *testing.T, options Options) (*Writer, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.parquet")
	return NewWriter(tabletest.NewFile(t, path), options), path
}

func mustWrite(t *testing.T, w *Writer, site *Site, calls []testCall) {
	t.Helper()
	if err := writeCalls(w, site, calls); err != nil {
		t.Fatal(err)
	}
}

// testCall is a sample's call. The same calls in a row group share an entry, as an import has it.
type testCall struct {
	Sample []byte
	Call
}

func writeCalls(w *Writer, site *Site, calls []testCall) error {
	if len(calls) == 0 {
		return w.Write(site, 0, nil)
	}
	var first int
	var numbers []int32
	known := map[string]int32{}
	for i := range calls {
		at := slices.IndexFunc(w.samples, func(name []byte) bool { return bytes.Equal(name, calls[i].Sample) })
		if at < 0 {
			at = len(w.samples)
			w.samples = append(w.samples, bytes.Clone(calls[i].Sample))
		}
		if len(numbers) > 0 && at != first+len(numbers) {
			if err := w.Write(site, first, numbers); err != nil {
				return err
			}
			numbers, known = numbers[:0], map[string]int32{}
		}
		if len(numbers) == 0 {
			first = at
		}
		key := fmt.Sprint(calls[i].Call)
		number, ok := known[key]
		if !ok {
			number = w.Call(&calls[i].Call)
			known[key] = number
		}
		numbers = append(numbers, number)
	}
	return w.Write(site, first, numbers)
}

func mustClose(t *testing.T, w *Writer) column.DataFile {
	t.Helper()
	file, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// sortGroups gives the rows the order that they have in the file: sorted by (contigname, start) within each row group.
func sortGroups(t *testing.T, path string, rows []tabletest.Row) []tabletest.Row {
	t.Helper()
	return tabletest.SortGroups(t, path, rows, func(a, b tabletest.Row) int {
		return cmplib.Or(strings.Compare(a[1].(string), b[1].(string)), cmplib.Compare(a[2].(int64), b[2].(int64)))
	})
}

// Whatever rows are written, DuckDB reads the same, sorted within row groups, through all that bounds a row group.
func TestWriteRandomRows(t *testing.T) {
	for name, test := range map[string]struct {
		options     Options
		records     int
		samples     int
		annotations bool
	}{
		"sites only":       {Options{}, 2000, 0, false},
		"annotated":        {Options{}, 3000, 1, true},
		"few samples":      {Options{}, 2000, 4, false},
		"small row groups": {Options{RowGroups: column.Options{RowGroupRows: 1000}}, 3000, 3, true},
		"little memory":    {Options{RowGroups: column.Options{RowGroupBytes: 1 << 20}}, 6000, 3, true},
		"many samples":     {Options{}, 8, 1500, true},
		"pages":            {Options{}, 40_000, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := maker{tabletest.Maker{Rand: rand.New(rand.NewPCG(1, 2))}}
			test.options.JobID = "0123456789"
			w, path := newWriter(t, test.options)
			var want []tabletest.Row
			for range test.records {
				site, calls := m.site(test.annotations), m.calls(test.samples)
				want = append(want, wantRows("0123456789", &site, calls)...)
				mustWrite(t, w, &site, calls)
			}
			file := mustClose(t, w)
			if file.Rows != int64(len(want)) {
				t.Errorf("file has %d rows, want %d", file.Rows, len(want))
			}
			tabletest.Diff(t, sortGroups(t, path, want), readFile(t, path))
		})
	}
}

// The columns are those that DuckDB finds in a file.
func TestColumns(t *testing.T) {
	w, path := newWriter(t, Options{JobID: "j"})
	mustClose(t, w)
	found := tabletest.Query(t,
		fmt.Sprintf("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet('%s'))", path))
	var want []tabletest.Row
	for _, column := range Schema().Columns() {
		spelled := tabletest.Query(t, fmt.Sprintf("SELECT typeof(NULL::%s)", column.Type)) // with DuckDB's own quotes
		want = append(want, tabletest.Row{column.Name, spelled[0][0]})
	}
	if len(want) != 23 {
		t.Errorf("%d columns, want 23", len(want))
	}
	want = append(want, tabletest.Row{"_item", "INTEGER"}, tabletest.Row{"_line", "BIGINT"},
		tabletest.Row{"_format", "VARCHAR"}, tabletest.Row{"_call", "VARCHAR"})
	tabletest.Diff(t, want, found)
}

// The writer copies what it keeps: its caller reuses its buffers.
func TestWriteCopies(t *testing.T) {
	w, path := newWriter(t, Options{JobID: "j"})
	var want []tabletest.Row
	buffer := []byte("________")
	site := Site{Contig: buffer[:2], Ref: buffer[2:4], Alts: [][]byte{buffer[4:6]},
		Attributes: []column.KV{{Key: buffer[:3], Value: buffer[3:8]}}}
	calls := []testCall{{Sample: buffer[6:8], Call: Call{HasGT: true, Calls: []int32{0, 1}}}}
	for i := range 500 {
		copy(buffer, fmt.Sprintf("%08d", i*7919%100_000))
		calls[0].Calls[0] = int32(i)
		want = append(want, wantRows("j", &site, calls)...)
		mustWrite(t, w, &site, calls)
	}
	mustClose(t, w)
	tabletest.Diff(t, sortGroups(t, path, want), readFile(t, path))
}

// A column of many different texts leaves its dictionary for plain pages, before or in the middle of a row group.
func TestWriteManyDistinctTexts(t *testing.T) {
	w, path := newWriter(t, Options{JobID: "j", RowGroups: column.Options{RowGroupRows: 1 << 15}})
	var want []tabletest.Row
	for i := range 60_000 {
		ref := fmt.Appendf(nil, "%060d", i)
		if i < 20_000 {
			ref = []byte("A")
		}
		info := []column.KV{{Key: []byte("K"), Value: fmt.Appendf(nil, "%030d", i)}, {Key: []byte("N"), Null: true}}
		site := Site{Contig: []byte("1"), Start: int64(i), End: int64(i) + 1, Ref: ref, Attributes: info}
		calls := []testCall{{Sample: []byte("s"), Call: Call{Information: info}}}
		want = append(want, wantRows("j", &site, calls)...)
		mustWrite(t, w, &site, calls)
	}
	mustClose(t, w)
	tabletest.Diff(t, want, readFile(t, path))
}

// However wide rows are, a row group ends within a record or so of its bound.
func TestWriteBoundsMemory(t *testing.T) {
	const bound, slack = 4 << 20, 3 << 20 // the slack is for a record and what comes between looks at memory
	long := bytes.Repeat([]byte("ACGT"), 50_000)
	info := make([]column.KV, 60)
	for i := range info {
		info[i] = column.KV{Key: fmt.Appendf(nil, "KEY%d", i), Value: fmt.Appendf(nil, "value %d", i)}
	}
	cohort := make([]testCall, 500)
	for i := range cohort {
		cohort[i] = testCall{Sample: fmt.Appendf(nil, "S%d", i)}
	}
	entries := slices.Repeat([]vcf.VEPEntry{{Impact: []byte("HIGH")}}, 100)
	for name, test := range map[string]struct {
		site  Site
		calls []testCall
	}{
		"many samples":    {Site{Attributes: info}, cohort},
		"long alleles":    {Site{Ref: long, Alts: [][]byte{long, long}}, cohort[:1]},
		"many attributes": {Site{Attributes: slices.Repeat(info, 50)}, cohort[:1]},
		"annotations":     {Site{Annotated: true, VEP: entries}, cohort[:1]},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := newWriter(t, Options{JobID: "j", RowGroups: column.Options{RowGroupBytes: bound}})
			most := 0
			for i := 0; w.RowGroup() < 2 && i < 100_000; i++ {
				test.site.Start = int64(i)
				copy(long, fmt.Sprintf("%08d", i)) // or a dictionary would hold it once
				mustWrite(t, w, &test.site, test.calls)
				most = max(most, w.rows.Buffered())
			}
			if file := mustClose(t, w); len(file.Splits) < 2 {
				t.Errorf("%d row groups: the rows are too few to test with", len(file.Splits))
			}
			if most > bound+slack {
				t.Errorf("%d bytes in memory, want %d and a record at most", most, bound)
			}
		})
	}
}

func TestAbortRemovesFile(t *testing.T) {
	w, path := newWriter(t, Options{JobID: "j", RowGroups: column.Options{RowGroupRows: 1}})
	site := Site{Contig: []byte("1"), Ref: []byte("A")}
	for range 30 {
		mustWrite(t, w, &site, nil)
	}
	w.Abort()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Abort: %v, want no file", err)
	}
}

// /dev/full stands for a full disk: each write to it fails.
func TestWriteToFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	w := NewWriter(tabletest.File{File: full}, Options{JobID: "j", RowGroups: column.Options{RowGroupRows: 1024}})
	site := Site{Contig: []byte("1"), Ref: []byte("A")}
	for err == nil {
		site.Ref = append(site.Ref, "ACGT"[len(site.Ref)%4])
		err = w.Write(&site, 0, nil)
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("error %q, want one of a full disk that names the file", err)
	}
	full.Close()
}

// Once its buffers have grown a record costs no allocation.
func TestWriteAllocates(t *testing.T) {
	m := maker{tabletest.Maker{Rand: rand.New(rand.NewPCG(3, 4))}}
	const records = 512
	sites, calls := make([]Site, records), make([][]testCall, records)
	for i := range sites {
		sites[i], calls[i] = m.site(true), m.calls(3)
	}
	const turns = 20
	rows := 0
	for i := range calls {
		rows += max(len(calls[i]), 1)
	}
	w, _ := newWriter(t, Options{JobID: "j", RowGroups: column.Options{RowGroupRows: turns * rows}})
	defer w.Abort()
	w.samples = [][]byte{[]byte("S0"), []byte("S1"), []byte("S2")}
	var numbers []int32
	all := func() {
		for i := range sites {
			numbers = numbers[:0]
			for c := range calls[i] {
				numbers = append(numbers, w.Call(&calls[i][c].Call))
			}
			if err := w.Write(&sites[i], 0, numbers); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range turns {
		all()
	}
	if w.RowGroup() != 1 {
		t.Fatalf("row group %d is under construction", w.RowGroup())
	}
	if allocations := testing.AllocsPerRun(5, all); allocations > 0 {
		t.Errorf("%v allocations for %d records, want none", allocations, records)
	}
}

// A table's columns have the encodings that every reader of Iceberg tables knows. Those that only Varlake reads may
// have others.
func TestEncodings(t *testing.T) {
	m := maker{tabletest.Maker{Rand: rand.New(rand.NewPCG(11, 12))}}
	dir := t.TempDir()
	var paths []string
	for _, samples := range []int{0, 1, 2, 40} {
		near := samples != 1
		options := Options{JobID: "j", Samples: sampleNames("s", samples)}
		paths = append(paths, m.variantFile(t, filepath.Join(dir, fmt.Sprint(samples)), options, 300, near, near).Path)
	}

	known := []parquet.Encoding{parquet.Encodings.Plain, parquet.Encodings.PlainDict, parquet.Encodings.RLEDict}
	for _, path := range paths {
		reader, err := file.OpenParquetFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		for column := range reader.MetaData().Schema.NumColumns() {
			name := reader.MetaData().Schema.Column(column).Path()
			pages, err := reader.RowGroup(0).GetColumnPageReader(column)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for ; pages.Next(); seen++ {
				page := pages.Page()
				_, second := page.(*file.DataPageV2)
				if second || !slices.Contains(known, parquet.Encoding(page.Encoding())) && !strings.HasPrefix(name, "_") {
					t.Errorf("%s: column %s has a %T of %v", filepath.Base(path), name, page, page.Encoding())
				}
			}
			if pages.Err() != nil || seen == 0 {
				t.Errorf("%s: column %s: %d pages, %v", path, name, seen, pages.Err())
			}
		}
	}
}
