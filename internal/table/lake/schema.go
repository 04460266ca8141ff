package lake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/varlake/varlake/internal/table/column"
)

// Schema is the layout of a table, with all that writers and commits derive from it. It never changes.
type Schema struct {
	iceberg *iceberg.Schema // with the ids that a new table gets
	parquet *column.Schema  // stamped with those ids
	ids     map[string]int  // of the top-level columns
	order   table.SortOrder
}

// Columns describes the table's columns to an SQL engine.
func (s *Schema) Columns() []Column { return columnsOf(s.iceberg) }

// Parquet is how the table's rows lie in its data files.
func (s *Schema) Parquet() *column.Schema { return s.parquet }

// flatType is a column's type as Iceberg has it.
func flatType(t column.FlatType) iceberg.Type {
	switch t {
	case column.TypeInt:
		return iceberg.PrimitiveTypes.Int32
	case column.TypeLong:
		return iceberg.PrimitiveTypes.Int64
	case column.TypeFloat:
		return iceberg.PrimitiveTypes.Float32
	case column.TypeDouble:
		return iceberg.PrimitiveTypes.Float64
	case column.TypeBoolean:
		return iceberg.PrimitiveTypes.Bool
	case column.TypeTextList:
		return ListOf(Text).iceberg
	case column.TypeTextMap:
		return TextMap.iceberg
	}
	return iceberg.PrimitiveTypes.String
}

// NewSchema is the schema of a table with the columns, all there are, whose files a RowWriter writes. Row groups are
// sorted by the columns sortBy, the first being the most significant, NULLs first; the columns bounded get statistics
// by which queries prune. Both are texts, ints or longs.
func NewSchema(columns []column.Flat, sortBy, bounded []string) (*Schema, error) {
	fields := make([]iceberg.NestedField, len(columns))
	types := make(map[string]column.FlatType, len(columns))
	for i, c := range columns {
		if _, ok := types[c.Name]; ok || c.Name == "" {
			return nil, fmt.Errorf("schema: column %d is named %q, which is empty or taken", i+1, c.Name)
		}
		types[c.Name] = c.Type
		fields[i] = iceberg.NestedField{Name: c.Name, Type: flatType(c.Type)}
	}
	for _, name := range slices.Concat(sortBy, bounded) {
		if t, ok := types[name]; !ok || t > column.TypeLong {
			return nil, fmt.Errorf("schema: %q is no column of text or integers", name)
		}
	}
	s, stored, err := newSchema(fields, nil, sortBy)
	if err != nil {
		return nil, err
	}
	parquet, err := table.SchemaToArrowSchema(stored, nil, true, false)
	if err == nil {
		s.parquet, err = column.NewFlatSchema(parquet, columns, sortBy, bounded)
	}
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return s, nil
}

// NewNestedSchema is the schema of a table of nested columns, whose files a column.Writer writes by the plan. The
// hidden columns are in the data files only, like those of a table from which they were dropped: their field ids are
// none of the table's.
func NewNestedSchema(fields, hidden []Field, plan column.Plan) (*Schema, error) {
	s, stored, err := newSchema(nestedFields(fields), nestedFields(hidden), plan.SortBy)
	if err != nil {
		return nil, err
	}
	parquet, err := table.SchemaToArrowSchema(stored, nil, true, false)
	if err == nil {
		s.parquet, err = column.NewSchema(parquet, plan)
	}
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return s, nil
}

// newSchema derives the table's side of a schema, and gives the columns of its data files. Creating a table assigns
// field ids anew, the same ones each time.
func newSchema(fields, hidden []iceberg.NestedField, sortBy []string) (s *Schema, stored *iceberg.Schema, err error) {
	metadata, err := table.NewMetadata(iceberg.NewSchema(0, fields...), iceberg.UnpartitionedSpec,
		table.UnsortedSortOrder, "/", nil)
	if err != nil {
		return nil, nil, fmt.Errorf("schema: %w", err)
	}
	s = &Schema{iceberg: metadata.CurrentSchema(), ids: map[string]int{}, order: table.UnsortedSortOrder}
	for _, f := range s.iceberg.Fields() {
		s.ids[f.Name] = f.ID
	}
	for i := range hidden {
		hidden[i].ID = firstHiddenID + i
	}
	var order []table.SortField
	for _, name := range sortBy {
		order = append(order, table.SortField{
			SourceIDs: []int{s.ids[name]}, Transform: iceberg.IdentityTransform{}, Direction: table.SortASC,
			NullOrder: table.NullsFirst,
		})
	}
	if len(order) > 0 {
		if s.order, err = table.NewSortOrder(sortOrderID, order); err != nil {
			return nil, nil, fmt.Errorf("schema: %w", err)
		}
	}
	return s, iceberg.NewSchema(0, append(s.iceberg.Fields(), hidden...)...), nil
}

// firstHiddenID is beyond the ids that any table's columns come to.
const firstHiddenID = 1_000_001

// Type is the type of a column of a table, or of what is in one.
type Type struct{ iceberg iceberg.Type }

// The types without structure, and the map from texts to texts, whose values are optional, as copy-on-write needs them.
var (
	Text    = Type{iceberg.PrimitiveTypes.String}
	Int     = Type{iceberg.PrimitiveTypes.Int32}
	Long    = Type{iceberg.PrimitiveTypes.Int64}
	Double  = Type{iceberg.PrimitiveTypes.Float64}
	Boolean = Type{iceberg.PrimitiveTypes.Bool}
	TextMap = Type{&iceberg.MapType{KeyType: iceberg.PrimitiveTypes.String, ValueType: iceberg.PrimitiveTypes.String}}
)

// ListOf is a list of optional elements.
func ListOf(element Type) Type { return Type{&iceberg.ListType{Element: element.iceberg}} }

// StructOf is a struct of optional fields.
func StructOf(fields ...Field) Type {
	return Type{&iceberg.StructType{FieldList: nestedFields(fields)}}
}

// Field is a column of a table of nested columns, or a member of a struct. All are optional.
type Field struct {
	Name string
	Type Type
}

func nestedFields(fields []Field) []iceberg.NestedField {
	nested := make([]iceberg.NestedField, len(fields))
	for i, f := range fields {
		nested[i] = iceberg.NestedField{Name: f.Name, Type: f.Type.iceberg}
	}
	return nested
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
