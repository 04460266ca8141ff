package statement

import (
	"fmt"
	"maps"
	"slices"

	"github.com/varlake/varlake/internal/sql/trino"
)

// detailTypes are the columns of the tables about a table, as Trino's Iceberg connector has them.
var detailTypes = map[string][][2]string{
	"snapshots": {{"committed_at", "timestamp(3) with time zone"}, {"snapshot_id", "bigint"}, {"parent_id", "bigint"},
		{"operation", "varchar"}, {"manifest_list", "varchar"}, {"summary", "map(varchar, varchar)"}},
	"history": {{"made_current_at", "timestamp(3) with time zone"}, {"snapshot_id", "bigint"}, {"parent_id", "bigint"},
		{"is_current_ancestor", "boolean"}},
	"files": {{"content", "integer"}, {"file_path", "varchar"}, {"file_format", "varchar"}, {"record_count", "bigint"},
		{"file_size_in_bytes", "bigint"}, {"column_sizes", "map(integer, bigint)"},
		{"null_value_counts", "map(integer, bigint)"}, {"split_offsets", "array(bigint)"}},
	"manifests": {{"path", "varchar"}, {"length", "bigint"}, {"partition_spec_id", "integer"},
		{"added_snapshot_id", "bigint"}, {"added_data_files_count", "integer"}, {"added_rows_count", "bigint"},
		{"existing_data_files_count", "integer"}, {"existing_rows_count", "bigint"},
		{"deleted_data_files_count", "integer"}, {"deleted_rows_count", "bigint"}},
	"partitions": {{"record_count", "bigint"}, {"file_count", "bigint"}, {"total_size", "bigint"}},
}

// Details tells what Iceberg knows of an opened table.
func (c *catalog) Details(t *trino.Table, kind string) (columns []trino.Column, rows [][]any, err error) {
	for _, column := range detailTypes[kind] {
		of, err := trino.ParseType(column[1])
		if err != nil {
			return nil, nil, fmt.Errorf("column %s of %s: %w", column[0], kind, err)
		}
		columns = append(columns, trino.Column{Name: column[0], Type: of})
	}
	return columns, c.opened[t].details(kind), nil
}

func (o *opened) details(kind string) (rows [][]any) {
	switch kind {
	case "snapshots":
		for _, v := range o.snapshot.Versions() {
			var summary [][2]any
			for _, key := range slices.Sorted(maps.Keys(v.Summary)) {
				summary = append(summary, [2]any{key, v.Summary[key]})
			}
			rows = append(rows, []any{v.Time, v.ID, orNull(v.Parent), v.Operation, v.ManifestList, summary})
		}
	case "history":
		for _, v := range o.snapshot.Versions() {
			rows = append(rows, []any{v.Time, v.ID, orNull(v.Parent), v.Ancestor})
		}
	case "files":
		names := o.snapshot.FileNames()
		for i, f := range o.snapshot.Files() {
			var splits []any
			for _, at := range f.Splits {
				splits = append(splits, at)
			}
			rows = append(rows, []any{0, names[i], "PARQUET", f.Rows, f.Bytes, pairs(f.Sizes), pairs(f.Nulls), splits})
		}
	case "manifests":
		for _, m := range o.snapshot.Manifests() {
			rows = append(rows, []any{m.Path, m.Bytes, 0, m.Snapshot, m.AddedFiles, m.AddedRows, m.ExistingFiles,
				m.ExistingRows, m.DeletedFiles, m.DeletedRows})
		}
	case "partitions":
		var count, size int64
		for _, f := range o.snapshot.Files() {
			count, size = count+f.Rows, size+f.Bytes
		}
		rows = append(rows, []any{count, int64(len(o.snapshot.Files())), size})
	}
	return rows
}

func orNull(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

// pairs gives a map in the order of its keys.
func pairs(m map[int]int64) (out [][2]any) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, [2]any{key, m[key]})
	}
	return out
}
