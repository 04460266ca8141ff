package variant

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
)

// Schema is the table of a variant store, and of an annotation store of VCF files: HealthOmics' 23 columns, by
// name, type and order. The data files have four more, so that a file can be written again as it was: the job's item
// that a row is of, the line in its file, the FORMAT column (where INFO has a key twice INFO follows it after a tab),
// and a sample's column where the others do not say all of it.
func Schema() *lake.Schema { return variantSchema() }

var variantSchema = sync.OnceValue(func() *lake.Schema {
	text, integer, long, double, boolean := lake.Text, lake.Int, lake.Long, lake.Double, lake.Boolean
	return must(lake.NewNestedSchema([]lake.Field{
		field("importjobid", text), field("contigname", text), field("start", long), field("end", long),
		field("names", lake.ListOf(text)), field("referenceallele", text), field("alternatealleles", lake.ListOf(text)),
		field("qual", double), field("filters", lake.ListOf(text)), field("splitfrommultiallelic", boolean),
		field("attributes", lake.TextMap), field("phased", boolean), field("calls", lake.ListOf(integer)),
		field("genotypelikelihoods", lake.ListOf(double)), field("phredlikelihoods", lake.ListOf(integer)),
		field("alleledepths", lake.ListOf(integer)), field("conditionalquality", integer), field("spl", lake.ListOf(integer)),
		field("depth", integer), field("ps", integer), field("sampleid", text), field("information", lake.TextMap),
		field("annotations", lake.StructOf(field("vep", lake.ListOf(vepType())))),
	}, []lake.Field{
		field("_item", integer), field("_line", long), field("_format", text), field("_call", text),
	}, variantPlan()))
})

// vepType is an annotation: VEP's fields by their names in lower case, and all others.
func vepType() lake.Type {
	var members []lake.Field
	for _, f := range vepFields {
		name, member := strings.ToLower(f.Name), lake.Text
		switch {
		case f.List != nil:
			member = lake.ListOf(lake.Text)
		case f.Pair != nil && (name == "exon" || name == "intron"):
			member = lake.StructOf(field("rank", lake.Text), field("total", lake.Text))
		case f.Pair != nil:
			member = lake.StructOf(field("reference", lake.Text), field("variant", lake.Text))
		}
		members = append(members, field(name, member))
	}
	return lake.StructOf(append(members, field("extras", lake.TextMap))...)
}

// variantPlan makes a site the head of its rows, a call their tail, and the samples their series.
func variantPlan() column.Plan {
	plan := column.Plan{
		SortBy: []string{"contigname", "start"}, Bounded: []string{"contigname", "start", "end", "sampleid"},
		Ties:  []int{leafJobID, leafItem, leafLine},
		Plain: []int{leafStart, leafEnd, leafNames, leafQual, leafGL}, Delta: []int{leafLine}, Bloom: leafSample,
		Parts: make([]column.Part, leafCall+1),
	}
	for leaf := leafPhased; leaf < leafVEP; leaf++ {
		plan.Parts[leaf] = column.OfTail
	}
	plan.Parts[leafSample], plan.Parts[leafCall] = column.OfSeries, column.OfTail
	return plan
}

func must(s *lake.Schema, err error) *lake.Schema {
	if err != nil {
		panic(fmt.Sprintf("a fixed table: %v", err)) // a constant of this program
	}
	return s
}

func field(name string, t lake.Type) lake.Field { return lake.Field{Name: name, Type: t} }

// Describes tells whether the columns are those of the variant table.
func Describes(columns []lake.Column) bool { return slices.Equal(columns, Schema().Columns()) }
