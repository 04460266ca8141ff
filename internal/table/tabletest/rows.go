// Package tabletest reads data files as another program does, through DuckDB, and makes values and damage at random,
// for the tests of the rooms that know tables.
package tabletest

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/column"
)

// Row is a row of a table as DuckDB gives it, in the order of its columns.
type Row = []any

// Entries is a map column's value with its order.
type Entries [][2]any

// comparableRow turns DuckDB's maps, at any depth, into Entries.
func comparableRow(value any) any {
	switch value := value.(type) {
	case duckdb.OrderedMap:
		list := Entries{}
		for i, key := range value.Keys() {
			list = append(list, [2]any{key, value.Values()[i]})
		}
		return list
	case []any:
		for i := range value {
			value[i] = comparableRow(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = comparableRow(value[key])
		}
	}
	return value
}

// Query asks DuckDB.
func Query(t *testing.T, statement string) []Row {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.Query(statement)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	columns, err := result.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	for result.Next() {
		r := make(Row, len(columns))
		into := make([]any, len(r))
		for i := range r {
			into[i] = &r[i]
		}
		if err := result.Scan(into...); err != nil {
			t.Fatal(err)
		}
		comparableRow(r)
		rows = append(rows, r)
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// Diff holds rows that were read to those that were written.
func Diff(t *testing.T, want, got []Row) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d rows written, %d read", len(want), len(got))
	}
	for i := range want {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Fatalf("row %d (-want +got):\n%s", i, cmp.Diff(want[i], got[i]))
		}
	}
}

// SortGroups sorts the rows of each row group of a file, stably.
func SortGroups(t *testing.T, path string, rows []Row, compare func(a, b Row) int) []Row {
	t.Helper()
	sizes := Query(t, fmt.Sprintf(
		"SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata('%s') ORDER BY row_group_id", path))
	sorted := slices.Clone(rows)
	for rest := sorted; len(sizes) > 0; sizes = sizes[1:] {
		group := rest[:sizes[0][1].(int64)]
		slices.SortStableFunc(group, compare)
		rest = rest[len(group):]
	}
	return sorted
}

// Texts gives the rows of data files, hidden columns included, as texts in byte order.
func Texts(t *testing.T, files ...column.DataFile) []string {
	t.Helper()
	var paths, texts []string
	for _, file := range files {
		paths = append(paths, "'"+file.Path+"'")
	}
	for _, row := range Query(t, fmt.Sprintf("SELECT to_json(t)::VARCHAR FROM read_parquet([%s]) t",
		strings.Join(paths, ", "))) {
		texts = append(texts, row[0].(string))
	}
	slices.Sort(texts)
	return texts
}

// DiffTexts holds such rows to others.
func DiffTexts(t *testing.T, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if want[i] != got[i] {
			t.Fatalf("row %d (-want +got):\n-%s\n+%s", i, want[i], got[i])
		}
	}
}

// WantTexts is what texts must become.
func WantTexts(texts [][]byte) any {
	if texts == nil {
		return nil
	}
	list := []any{}
	for _, t := range texts {
		list = append(list, string(t))
	}
	return list
}

// WantMap is what the entries of a map must become, NULL when there are none.
func WantMap(pairs []column.KV) any {
	if len(pairs) == 0 {
		return nil
	}
	list := Entries{}
	for _, kv := range pairs {
		value := any(string(kv.Value))
		if kv.Null {
			value = nil
		}
		list = append(list, [2]any{string(kv.Key), value})
	}
	return list
}

// File is a new file for a writer.
type File struct{ *os.File }

// NewFile makes one, and the folders that it takes.
func NewFile(t testing.TB, path string) File {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return File{f}
}

// Commit closes the file.
func (f File) Commit() error { return f.Close() }

// Abort removes the file.
func (f File) Abort() {
	f.Close()
	os.Remove(f.Name())
}

// Open opens a data file for reading.
func Open(path string) (column.Source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return opened{f, info.Size()}, nil
}

type opened struct {
	*os.File
	size int64
}

func (f opened) Size() int64 { return f.size }

// CheckMerged tells whether the files are sorted, apart from each other, and described as their rows are.
func CheckMerged(t *testing.T, files []column.DataFile, contig, start string) {
	t.Helper()
	last := ""
	for _, file := range files {
		if !file.Sorted {
			t.Errorf("%s is not sorted", file.Path)
		}
		for _, row := range Query(t,
			fmt.Sprintf("SELECT %q, %q FROM read_parquet('%s', file_row_number = true) ORDER BY file_row_number", contig, start,
				file.Path)) {
			key := fmt.Sprintf("%v\x00%020d", row[0], row[1])
			if key < last {
				t.Fatalf("%s: row %q follows row %q", file.Path, key, last)
			}
			last = key
		}
	}
}
