package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/lake"
)

// GFF's columns are those that HealthOmics documents.
func TestGFFColumns(t *testing.T) {
	documented := `importjobid string, seqid string, source string, type string, start bigint, end bigint, score double, strand string,
		phase int, id string, name string, alias string, parent array<string>, target string, gap string, derivesfrom string, note array<string>,
		dbxref array<string>, ontologyterm array<string>, is_circular boolean, information map<string-string>`
	types := map[string]string{
		"string": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE", "int": "INTEGER", "boolean": "BOOLEAN",
		"array<string>":      "VARCHAR[]",
		"map<string-string>": "MAP(VARCHAR, VARCHAR)",
	}
	var want []lake.Column
	for column := range strings.SplitSeq(documented, ",") {
		name, is, _ := strings.Cut(strings.TrimSpace(column), " ")
		want = append(want, lake.Column{Name: name, Type: types[is]})
	}
	if diff := cmp.Diff(want, gffSchema().Columns()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}
