package column

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// Schema is how rows lie in a data file: its Parquet columns, with the field ids of the table, and what writers, merges
// and readers derive from them. It never changes.
type Schema struct {
	parquet *schema.Schema
	flat    []flatColumn // nil when columns are nested
	sortBy  []int        // the leaves of the order, the most significant first
	ties    []int        // leaves that a merge compares after those of the order
	bounded []int        // leaves with statistics, whose bounds a DataFile has
	plain   []int        // leaves whose values recur too seldom for a dictionary
	delta   []int        // leaves of longs that are near their neighbours
	bloom   int          // the leaf with a bloom filter, or -1
	parts   []Part       // of the leaves; nil: all are a head's
	series  int          // the leaf of OfSeries, or -1
}

// Plan says how the rows of a Schema are written. Leaves are counted from 0 in Parquet's order.
type Plan struct {
	// columns by which row groups are sorted, the most significant first, NULLs first: texts, ints or longs at the top
	SortBy  []string
	Bounded []string // columns at the top that get statistics: texts, ints or longs
	// leaves that a merge compares after SortBy, so that rows of one record stay together: texts, ints or longs at the top
	Ties  []int
	Plain []int // leaves whose values recur too seldom for a dictionary
	// leaves of longs that are near their neighbours: not every reader of Iceberg tables knows that encoding
	Delta []int
	Bloom int    // the leaf of texts with a bloom filter; 0, the first leaf: none
	Parts []Part // of the leaves; nil: all are a head's. One may be a series
}

// NewSchema is the schema of data files of nested columns, which carry their field ids as Arrow's Parquet reader knows
// them.
func NewSchema(columns *arrow.Schema, plan Plan) (*Schema, error) {
	stored, err := pqarrow.ToParquet(columns, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, fmt.Errorf("make Parquet columns: %w", err)
	}
	s := &Schema{
		parquet: stored, ties: plan.Ties, plain: plan.Plain, delta: plan.Delta, bloom: plan.Bloom, parts: plan.Parts,
		series: slices.Index(plan.Parts, OfSeries),
	}
	if s.bloom == 0 {
		s.bloom = -1
	}
	for _, name := range plan.SortBy {
		s.sortBy = append(s.sortBy, stored.ColumnIndexByName(name))
	}
	for _, name := range plan.Bounded {
		s.bounded = append(s.bounded, stored.ColumnIndexByName(name))
	}
	return s, nil
}

// NewFlatSchema is the schema of data files of a RowWriter, whose columns are those of flat and none else.
func NewFlatSchema(columns *arrow.Schema, flat []Flat, sortBy, bounded []string) (*Schema, error) {
	s, err := NewSchema(columns, Plan{SortBy: sortBy, Bounded: bounded})
	if err != nil {
		return nil, err
	}
	leaf := 0
	for _, c := range flat {
		s.flat = append(s.flat, flatColumn{c, leaf})
		if slices.Contains(bounded, c.Name) && c.Type != TypeText {
			s.plain = append(s.plain, leaf) // positions
		}
		if leaf++; c.Type == TypeTextMap {
			leaf++
		}
	}
	return s, nil
}

// part is whose entries a leaf has.
func (s *Schema) part(leaf int) Part {
	if s.parts == nil {
		return OfHead
	}
	return s.parts[leaf]
}

// Leaves is how many Parquet columns there are.
func (s *Schema) Leaves() int { return s.parquet.NumColumns() }

// Path is the name of a leaf, with those that it is in before it and dots between.
func (s *Schema) Path(leaf int) string { return s.parquet.Column(leaf).Path() }

// FieldID is the field id of a leaf.
func (s *Schema) FieldID(leaf int) int { return int(s.parquet.Column(leaf).SchemaNode().FieldID()) }

// FlatType is the type of a column at the top, or of a leaf.
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
	TypeOther // of another program's column: none that a data file of ours has
)

// physical is how Parquet stores values of a leaf's type; undefined for those of no leaf.
func (t FlatType) physical() parquet.Type {
	switch t {
	case TypeText:
		return parquet.Types.ByteArray
	case TypeInt:
		return parquet.Types.Int32
	case TypeLong:
		return parquet.Types.Int64
	case TypeFloat:
		return parquet.Types.Float
	case TypeDouble:
		return parquet.Types.Double
	case TypeBoolean:
		return parquet.Types.Boolean
	}
	return parquet.Types.Undefined
}

// Flat is a column of a RowWriter's table.
type Flat struct {
	Name string
	Type FlatType
}

// flatColumn is a column and the first of its leaves: a map has two.
type flatColumn struct {
	Flat
	leaf int
}
