package ingest

import (
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/meta"
	"github.com/varlake/varlake/vcf"
)

// TestContigsThatTheReferenceLacks counts each once, whatever the number of its records and of workers, with and without normalisation.
func TestContigsThatTheReferenceLacks(t *testing.T) {
	var text strings.Builder
	text.WriteString(siteHeader)
	for _, contig := range []string{"chr1", "chrUn_1", "HLA-A*01:01", strings.Repeat("x", 200)} {
		for range 50_000 {
			text.WriteString(contig + "\t1\t.\tA\tC\t.\t.\t.\n")
		}
	}
	plain := func(_ *Service, claim *meta.Claim) { claim.Job.Normalize = false }
	for _, c := range []struct {
		name   string
		change []func(*Service, *meta.Claim)
		want   string // of the summary
	}{
		{"as it is", []func(*Service, *meta.Claim){onReference(t, "ACGT"), plain}, " Contigs not in the store's reference: 3 (first chrUn_1)."},
		{"left-normalised", []func(*Service, *meta.Claim){onReference(t, "ACGT"), relaxing(vcf.RuleContig)},
			" Contigs not in the store's reference: 3 (first chrUn_1). Accepted: contig 150000 records"},
		{"without a reference", nil, "left normalization."},
	} {
		total, message := importText(t, strings.NewReader(text.String()), c.change...)
		if message != "" {
			t.Errorf("%s: %s", c.name, message)
			continue
		}
		got := summary(total)
		if !strings.Contains(got, c.want) || c.change == nil && strings.Contains(got, "Contigs") {
			t.Errorf("%s: %s\nlacks %q", c.name, got, c.want)
		}
	}
}
