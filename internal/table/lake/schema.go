package lake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

// Schema is the layout of a table, with all that writers and commits derive from it. It never changes.
type Schema struct {
	iceberg *iceberg.Schema // with the ids that a new table gets
	parquet *schema.Schema  // stamped with those ids
	ids     map[string]int  // of the top-level columns
	flat    []flatColumn    // nil in the variant schema
	order   table.SortOrder
	sortBy  []int  // the leaves of the order, the most significant first
	bounded []int  // leaves with statistics, whose bounds the table's metadata has
	plain   []int  // leaves whose values recur too seldom for a dictionary
	delta   []int  // hidden leaves of longs that are near their neighbours: not every reader of Iceberg tables knows that encoding
	bloom   int    // the leaf with a bloom filter, or -1
	parts   []part // of the leaves; nil: all are a site's
}

// part is whose entries a leaf has.
func (s *Schema) part(leaf int) part {
	if s.parts == nil {
		return ofSite
	}
	return s.parts[leaf]
}

// FlatType is the type of a column of a RowWriter's table.
type FlatType uint8

// The types of columns.
const (
	TypeText FlatType = iota
	TypeInt
	TypeLong
	TypeFloat
	TypeDouble
	TypeBoolean
	TypeTextList
	TypeTextMap
)

func (t FlatType) iceberg() iceberg.Type {
	switch t {
	case TypeInt:
		return iceberg.PrimitiveTypes.Int32
	case TypeLong:
		return iceberg.PrimitiveTypes.Int64
	case TypeFloat:
		return iceberg.PrimitiveTypes.Float32
	case TypeDouble:
		return iceberg.PrimitiveTypes.Float64
	case TypeBoolean:
		return iceberg.PrimitiveTypes.Bool
	case TypeTextList:
		return listOf(iceberg.PrimitiveTypes.String)
	case TypeTextMap:
		return textMap()
	}
	return iceberg.PrimitiveTypes.String
}

// FlatColumn is a column of a RowWriter's table.
type FlatColumn struct {
	Name string
	Type FlatType
}

// flatColumn is a column and the first of its leaves: a map has two.
type flatColumn struct {
	FlatColumn
	leaf int
}

// NewSchema is the schema of a table with the columns, all there are. Row groups are sorted by the columns sortBy, the
// first being the most significant, NULLs first; the columns bounded get statistics by which queries prune. Both
// are texts, ints or longs.
func NewSchema(columns []FlatColumn, sortBy, bounded []string) (*Schema, error) {
	fields := make([]iceberg.NestedField, len(columns))
	flat := make([]flatColumn, len(columns))
	types := make(map[string]FlatType, len(columns))
	leaf := 0
	for i, column := range columns {
		if _, ok := types[column.Name]; ok || column.Name == "" {
			return nil, fmt.Errorf("schema: column %d is named %q, which is empty or taken", i+1, column.Name)
		}
		types[column.Name] = column.Type
		fields[i] = field(column.Name, column.Type.iceberg())
		flat[i] = flatColumn{column, leaf}
		if leaf++; column.Type == TypeTextMap {
			leaf++
		}
	}
	for _, name := range slices.Concat(sortBy, bounded) {
		if t, ok := types[name]; !ok || t > TypeLong {
			return nil, fmt.Errorf("schema: %q is no column of text or integers", name)
		}
	}
	s, err := newSchema(fields, nil, sortBy, bounded)
	if err != nil {
		return nil, err
	}
	s.flat = flat
	for _, column := range flat {
		if slices.Contains(bounded, column.Name) && column.Type != TypeText {
			s.plain = append(s.plain, column.leaf) // positions
		}
	}
	return s, nil
}

// newSchema derives the layout. Creating a table assigns field ids anew, the same ones each time. The hidden columns are in the data
// files only, like those of a table from which they were dropped: their field ids are none of the table's.
func newSchema(fields, hidden []iceberg.NestedField, sortBy, bounded []string) (*Schema, error) {
	metadata, err := table.NewMetadata(iceberg.NewSchema(0, fields...), iceberg.UnpartitionedSpec, table.UnsortedSortOrder, "/", nil)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	s := &Schema{iceberg: metadata.CurrentSchema(), ids: map[string]int{}, order: table.UnsortedSortOrder, bloom: -1}
	for _, f := range s.iceberg.Fields() {
		s.ids[f.Name] = f.ID
	}
	for i := range hidden {
		hidden[i].ID = firstHiddenID + i
	}
	arrowSchema, err := table.SchemaToArrowSchema(iceberg.NewSchema(0, append(s.iceberg.Fields(), hidden...)...), nil, true, false)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	if s.parquet, err = pqarrow.ToParquet(arrowSchema, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps()); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	var order []table.SortField
	for _, name := range sortBy {
		s.sortBy = append(s.sortBy, s.parquet.ColumnIndexByName(name))
		order = append(order, table.SortField{
			SourceIDs: []int{s.ids[name]}, Transform: iceberg.IdentityTransform{}, Direction: table.SortASC, NullOrder: table.NullsFirst,
		})
	}
	if len(order) > 0 {
		if s.order, err = table.NewSortOrder(sortOrderID, order); err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
	}
	for _, name := range bounded {
		s.bounded = append(s.bounded, s.parquet.ColumnIndexByName(name))
	}
	return s, nil
}

// firstHiddenID is beyond the ids that any table's columns come to.
const firstHiddenID = 1_000_001

func field(name string, t iceberg.Type) iceberg.NestedField {
	return iceberg.NestedField{Name: name, Type: t}
}

func listOf(t iceberg.Type) iceberg.Type { return &iceberg.ListType{Element: t} }

// textMap has optional values, as copy-on-write needs them.
func textMap() iceberg.Type {
	return &iceberg.MapType{KeyType: iceberg.PrimitiveTypes.String, ValueType: iceberg.PrimitiveTypes.String}
}

func structOf(fields ...iceberg.NestedField) iceberg.Type {
	return &iceberg.StructType{FieldList: fields}
}

// Column is a column of a table. Type is DuckDB's text for it, such as VARCHAR[].
type Column struct {
	Name string
	Type string
}

// columnsOf describes a table to an SQL engine.
func columnsOf(s *iceberg.Schema) []Column {
	columns := make([]Column, s.NumFields())
	for i, f := range s.Fields() {
		columns[i] = Column{Name: f.Name, Type: duckType(f.Type)}
	}
	return columns
}

func duckType(t iceberg.Type) string {
	switch t := t.(type) {
	case iceberg.StringType:
		return "VARCHAR"
	case iceberg.Int32Type:
		return "INTEGER"
	case iceberg.Int64Type:
		return "BIGINT"
	case iceberg.Float32Type:
		return "FLOAT"
	case iceberg.Float64Type:
		return "DOUBLE"
	case iceberg.BooleanType:
		return "BOOLEAN"
	case *iceberg.ListType:
		return duckType(t.Element) + "[]"
	case *iceberg.MapType:
		return fmt.Sprintf("MAP(%s, %s)", duckType(t.KeyType), duckType(t.ValueType))
	case *iceberg.StructType:
		fields := make([]string, len(t.FieldList))
		for i, f := range t.FieldList {
			fields[i] = fmt.Sprintf("%q %s", f.Name, duckType(f.Type))
		}
		return "STRUCT(" + strings.Join(fields, ", ") + ")"
	}
	panic(fmt.Sprintf("no DuckDB type for %s", t))
}
