package ingest

import (
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// The message of a file tells what of its description of annotations is odd, and of its records.
func TestOddAnnotationsAreTold(t *testing.T) {
	header := `##fileformat=VCFv4.2` + "\n" +
		`##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|SYMBOL|SYMBOL|X|x">` + "\n" +
		"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
	total, message := importText(t,
		strings.NewReader(header+"1\t1\t.\tA\tC\t.\t.\tCSQ=C|a|b|1|2\n1\t2\t.\tA\tC\t.\t.\tCSQ=C\n"),
		func(_ *Reader, claim *meta.Claim) { claim.Job.AnnotationFields = map[string]string{"VEP": "CSQ"} })
	want := "Annotations: INFO/CSQ describes the field SYMBOL twice (and 1 more); the first counts; " +
		"1 record has INFO/CSQ without the 5 fields that the header describes (line 5)."
	if message != "" || !strings.Contains(Summary(total), want) {
		t.Errorf("%s%s", message, Summary(total))
	}
}

// Keys of annotationFields that nothing comes of are told, whatever the format; the job is as good as without them, as
// with HealthOmics.
func TestUnknownAnnotationFieldsAreTold(t *testing.T) {
	const text = "##fileformat=VCFv4.2\n##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Allele|SYMBOL\">\n" +
		"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1\t.\tA\tC\t.\t.\tCSQ=C|a\n"
	many := map[string]string{"VEP": "NOPE"}
	for _, key := range "abcde" {
		many[string(key)] = "CSQ"
	}
	gff := func(claim *meta.Claim) { claim.Job.Format = omics.FormatGFF }
	for _, test := range []struct {
		fields map[string]string
		change func(*meta.Claim)
		text   string
		want   string // nothing: no word of annotations
	}{
		{map[string]string{"VEP": "CSQ"}, nil, text, ""},
		{map[string]string{"vep": "CSQ"}, nil, text, `annotationFields names "vep", which is not known: VEP is.`},
		{map[string]string{"SNPEFF": "ANN", "FOO": "CSQ", "VEP": "CSQ"}, nil, text,
			`annotationFields names "FOO", "SNPEFF", which are not known: VEP is.`},
		{many, nil, text, `annotationFields names "a", "b", "c" and 2 more, which are not known: VEP is; INFO/NOPE is not described in the header.`},
		{map[string]string{"VEP": "CSQ"}, gff, "##gff-version 3\n1\tx\tgene\t1\t5\t.\t.\t.\tID=a\n",
			`annotationFields names "VEP", which is not known: no key is.`},
	} {
		total, message := importText(t, strings.NewReader(test.text), func(_ *Reader, claim *meta.Claim) {
			if claim.Job.AnnotationFields = test.fields; test.change != nil {
				test.change(claim)
			}
		})
		_, got, _ := strings.Cut(Summary(total), "Annotations: ")
		if message != "" || got != test.want {
			t.Errorf("%v: %s%s", test.fields, message, Summary(total))
		}
	}
}
