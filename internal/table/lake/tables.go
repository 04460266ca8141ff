package lake

import (
	"fmt"
	"sync"

	"github.com/apache/iceberg-go"
)

// VariantSchema is the table of a variant store, and of an annotation store of VCF files: HealthOmics' 23 columns, by
// name, type and order. The data files have four more, so that a file can be written again as it was: the job's item that a row
// is of, the line in its file, the FORMAT column (where INFO has a key twice INFO follows it after a tab), and a sample's column where the others do not say all of it.
func VariantSchema() *Schema { return variantSchema() }

var variantSchema = sync.OnceValue(func() *Schema {
	text, integer, long, double, boolean := iceberg.PrimitiveTypes.String, iceberg.PrimitiveTypes.Int32,
		iceberg.PrimitiveTypes.Int64, iceberg.PrimitiveTypes.Float64, iceberg.PrimitiveTypes.Bool
	pair := func(first, second string) iceberg.Type { return structOf(field(first, text), field(second, text)) }
	vep := structOf(
		field("allele", text), field("consequence", listOf(text)), field("impact", text), field("symbol", text),
		field("gene", text), field("feature_type", text), field("feature", text), field("biotype", text),
		field("exon", pair("rank", "total")), field("intron", pair("rank", "total")),
		field("hgvsc", text), field("hgvsp", text), field("cdna_position", text), field("cds_position", text),
		field("protein_position", text), field("amino_acids", pair("reference", "variant")),
		field("codons", pair("reference", "variant")), field("existing_variation", listOf(text)),
		field("distance", text), field("strand", text), field("flags", listOf(text)),
		field("symbol_source", text), field("hgnc_id", text), field("extras", textMap()),
	)
	s := must(newSchema([]iceberg.NestedField{
		field("importjobid", text), field("contigname", text), field("start", long), field("end", long),
		field("names", listOf(text)), field("referenceallele", text), field("alternatealleles", listOf(text)),
		field("qual", double), field("filters", listOf(text)), field("splitfrommultiallelic", boolean),
		field("attributes", textMap()), field("phased", boolean), field("calls", listOf(integer)),
		field("genotypelikelihoods", listOf(double)), field("phredlikelihoods", listOf(integer)),
		field("alleledepths", listOf(integer)), field("conditionalquality", integer), field("spl", listOf(integer)),
		field("depth", integer), field("ps", integer), field("sampleid", text), field("information", textMap()),
		field("annotations", structOf(field("vep", listOf(vep)))),
	}, []iceberg.NestedField{
		field("_item", integer), field("_line", long), field("_format", text), field("_call", text),
	}, []string{"contigname", "start"}, []string{"contigname", "start", "end", "sampleid"}))
	s.plain, s.delta, s.bloom = []int{leafStart, leafEnd, leafNames, leafQual, leafGL}, []int{leafLine}, leafSample
	s.parts = make([]part, s.parquet.NumColumns())
	for leaf := leafPhased; leaf < leafVEP; leaf++ {
		s.parts[leaf] = ofCall
	}
	s.parts[leafSample], s.parts[leafCall] = ofSample, ofCall
	return s
})

// GFFSchema is the table of an annotation store of GFF files.
func GFFSchema() *Schema { return gffSchema() }

var gffSchema = sync.OnceValue(func() *Schema {
	return must(NewSchema(gffColumns, []string{"seqid", "start"}, []string{"seqid", "start", "end"}))
})

var gffColumns = []FlatColumn{
	{"importjobid", TypeText}, {"seqid", TypeText}, {"source", TypeText}, {"type", TypeText}, {"start", TypeLong},
	{"end", TypeLong}, {"score", TypeDouble}, {"strand", TypeText}, {"phase", TypeInt}, {"id", TypeText},
	{"name", TypeText}, {"alias", TypeText}, {"parent", TypeTextList}, {"target", TypeText}, {"gap", TypeText},
	{"derivesfrom", TypeText}, {"note", TypeTextList}, {"dbxref", TypeTextList}, {"ontologyterm", TypeTextList},
	{"is_circular", TypeBoolean}, {"information", TypeTextMap},
}

func must(s *Schema, err error) *Schema {
	if err != nil {
		panic(fmt.Sprintf("a fixed table: %v", err)) // a constant of this program
	}
	return s
}
