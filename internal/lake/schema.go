package lake

import (
	"fmt"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

// Column is a column of a table. Type is DuckDB's text for it, such as VARCHAR[].
type Column struct {
	Name string
	Type string
}

func field(name string, t iceberg.Type) iceberg.NestedField {
	return iceberg.NestedField{Name: name, Type: t}
}

func listOf(t iceberg.Type) iceberg.Type { return &iceberg.ListType{Element: t} }

func structOf(fields ...iceberg.NestedField) iceberg.Type {
	return &iceberg.StructType{FieldList: fields}
}

// variantSchema is the table of a variant store: HealthOmics' 23 columns, by name, type and order. Map values are
// optional, as copy-on-write needs them.
func variantSchema() *iceberg.Schema {
	text, integer, long, double, boolean := iceberg.PrimitiveTypes.String, iceberg.PrimitiveTypes.Int32,
		iceberg.PrimitiveTypes.Int64, iceberg.PrimitiveTypes.Float64, iceberg.PrimitiveTypes.Bool
	texts := func() iceberg.Type { return &iceberg.MapType{KeyType: text, ValueType: text} }
	pair := func(first, second string) iceberg.Type { return structOf(field(first, text), field(second, text)) }
	vep := structOf(
		field("allele", text), field("consequence", listOf(text)), field("impact", text), field("symbol", text),
		field("gene", text), field("feature_type", text), field("feature", text), field("biotype", text),
		field("exon", pair("rank", "total")), field("intron", pair("rank", "total")),
		field("hgvsc", text), field("hgvsp", text), field("cdna_position", text), field("cds_position", text),
		field("protein_position", text), field("amino_acids", pair("reference", "variant")),
		field("codons", pair("reference", "variant")), field("existing_variation", listOf(text)),
		field("distance", text), field("strand", text), field("flags", listOf(text)),
		field("symbol_source", text), field("hgnc_id", text), field("extras", texts()),
	)
	return iceberg.NewSchema(0,
		field("importjobid", text), field("contigname", text), field("start", long), field("end", long),
		field("names", listOf(text)), field("referenceallele", text), field("alternatealleles", listOf(text)),
		field("qual", double), field("filters", listOf(text)), field("splitfrommultiallelic", boolean),
		field("attributes", texts()), field("phased", boolean), field("calls", listOf(integer)),
		field("genotypelikelihoods", listOf(double)), field("phredlikelihoods", listOf(integer)),
		field("alleledepths", listOf(integer)), field("conditionalquality", integer), field("spl", listOf(integer)),
		field("depth", integer), field("ps", integer), field("sampleid", text), field("information", texts()),
		field("annotations", structOf(field("vep", listOf(vep)))),
	)
}

// layout is what writer and commits derive from the schema once.
type layout struct {
	iceberg *iceberg.Schema // with the ids that a new table gets
	parquet *schema.Schema  // stamped with those ids
	ids     map[string]int  // of the top-level columns
}

// variantLayout derives the layout. Creating a table assigns field ids anew, the same ones each time.
var variantLayout = sync.OnceValue(func() *layout {
	metadata, err := table.NewMetadata(variantSchema(), iceberg.UnpartitionedSpec, table.UnsortedSortOrder, "/", nil)
	if err != nil {
		panic(fmt.Sprintf("variant schema: %v", err)) // a constant of this program
	}
	l := &layout{iceberg: metadata.CurrentSchema(), ids: map[string]int{}}
	for _, f := range l.iceberg.Fields() {
		l.ids[f.Name] = f.ID
	}
	arrowSchema, err := table.SchemaToArrowSchema(l.iceberg, nil, true, false)
	if err != nil {
		panic(fmt.Sprintf("variant schema: %v", err))
	}
	l.parquet, err = pqarrow.ToParquet(arrowSchema, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err != nil {
		panic(fmt.Sprintf("variant schema: %v", err))
	}
	return l
})

// Columns describes the variant table to an SQL engine.
func Columns() []Column {
	var columns []Column
	for _, f := range variantLayout().iceberg.Fields() {
		columns = append(columns, Column{Name: f.Name, Type: duckType(f.Type)})
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
