package ingest

import (
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/state/meta"
)

// The message of a file tells what of its description of annotations is odd, and of its records.
func TestOddAnnotationsAreTold(t *testing.T) {
	header := `##fileformat=VCFv4.2` + "\n" + `##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|SYMBOL|SYMBOL|X|x">` + "\n" +
		"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
	total, message := importText(t, strings.NewReader(header+"1\t1\t.\tA\tC\t.\t.\tCSQ=C|a|b|1|2\n1\t2\t.\tA\tC\t.\t.\tCSQ=C\n"),
		func(_ *Service, claim *meta.Claim) { claim.Job.AnnotationFields = map[string]string{"VEP": "CSQ"} })
	want := "Annotations: INFO/CSQ describes the field SYMBOL twice (and 1 more); the first counts; " +
		"1 record has INFO/CSQ without the 5 fields that the header describes (line 5)."
	if message != "" || !strings.Contains(summary(total), want) {
		t.Errorf("%s%s", message, summary(total))
	}
}
