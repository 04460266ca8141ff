package variant

import (
	"strings"
	"testing"

	"github.com/varlake/varlake/vcf"
)

// Names in information are lower-case or aliases, and all different.
func TestNames(t *testing.T) {
	for format, want := range map[string]string{
		"GT:AD:XX:FT":                "- ad xx genotype_filters",
		"XX:xx:Xx":                   "XX xx Xx",
		"Xx:XX:xX":                   "xx XX xX",
		"MQ:mappingquality":          "MQ mappingquality",
		"mappingQuality:MQ":          "mappingquality MQ",
		"MQ:MappingQuality:mq":       "mappingquality MappingQuality mq",
		"genotype_filters:FT:fT:ft":  "genotype_filters FT fT ft",
		"GP:posteriorProbabilities":  "posteriorprobabilities posteriorProbabilities",
		"_A:_a:A.b:a.B:expectedX:EC": "_A _a a.b a.B expectedx expectedallelecounts",
	} {
		var fields []*vcf.Field
		for key := range strings.SplitSeq(format, ":") {
			fields = append(fields, &vcf.Field{ID: key, Number: vcf.Number{Kind: vcf.Unknown}, Type: vcf.String})
		}
		var got []string
		for _, target := range Targets(fields) {
			got = append(got, string(target.Name))
			if target.Column == GT {
				got[len(got)-1] = "-"
			}
		}
		if joined := strings.Join(got, " "); joined != want {
			t.Errorf("%s: %s, want %s", format, joined, want)
		}
	}
}
