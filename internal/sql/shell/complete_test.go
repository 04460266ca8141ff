package shell

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listed are tables and their columns.
type listed map[string]string

func (l listed) Tables() []string { return []string{"cohort", "clinvar", "my table", "evil\x1b[2J"} }
func (l listed) Columns(path ...string) []string {
	return strings.Fields(l[strings.Join(path, ".")])
}
func (l listed) Functions() []string { return []string{"concat", "count", "contains"} }
func (l listed) Keywords() []string {
	return []string{"SELECT", "FROM", "WHERE", "END", "CONSTRAINT", "COUNT", "ORDER"}
}

func TestComplete(t *testing.T) {
	names := listed{"cohort": "contigname start end sampleid Ref", "clinvar": "contigname geneinfo",
		"s.clinvar": "other"}
	for text, want := range map[string]string{ // a bar stands for the cursor, a slash before what the word is replaced by
		"|":                                                    "/CONSTRAINT COUNT END FROM ORDER SELECT WHERE",
		"SEL|":                                                 "/SELECT",
		"sel|":                                                 "/select",
		"SELECT * FROM |":                                      `SELECT * FROM /"my table" clinvar cohort`,
		"SELECT * FROM c|":                                     "SELECT * FROM /clinvar cohort",
		"SELECT * FROM cohort, cl|":                            "SELECT * FROM cohort, /clinvar",
		"SELECT * FROM cohort c JOIN co|":                      "SELECT * FROM cohort c JOIN /cohort",
		"DESCRIBE m|":                                          `DESCRIBE /"my table"`,
		"SELECT | FROM cohort":                                 `SELECT /"Ref" "end" contigname sampleid start`,
		"SELECT samp| FROM cohort":                             "SELECT /sampleid",
		"SELECT SAMP| FROM cohort":                             "SELECT /sampleid",
		"SELECT con| FROM cohort":                              "SELECT /concat( constraint contains( contigname",
		"SELECT coh| FROM x":                                   "SELECT /cohort",
		`SELECT "e| FROM cohort`:                               `SELECT /"end"`,
		"SELECT c.| FROM cohort AS c, clinvar v":               `SELECT c./"Ref" "end" contigname sampleid start`,
		"SELECT v.ge| FROM cohort AS c, clinvar v":             "SELECT v./geneinfo",
		"SELECT v.| FROM s.clinvar v":                          "SELECT v./other",
		"SELECT s.clinvar.| FROM x":                            "SELECT s.clinvar./other",
		"SELECT 1; SELECT gen| FROM clinvar; SELECT 2":         "SELECT 1; SELECT /geneinfo",
		"SELECT 1; SELECT gen| FROM clinvar":                   "SELECT 1; SELECT /geneinfo",
		"SELECT (SELECT 1 FROM x WHERE a IN (1, c|":            "SELECT (SELECT 1 FROM x WHERE a IN (1, /clinvar cohort concat( constraint contains( count count(",
		"SELECT sampleid FROM cohort ORDER BY sam|":            "SELECT sampleid FROM cohort ORDER BY /sampleid",
		"SELECT 'co|":                                          "SELECT 'co/",
		"SELECT 1 -- co|":                                      "SELECT 1 -- co/",
		"SELECT 1 /* co|":                                      "SELECT 1 /* co/",
		"SELECT 1 -- x\n, samp| FROM cohort WHERE x = 'y":      "SELECT 1 -- x\n, /sampleid",
		"SELECT * FROM cohort c LEFT JOIN clinvar ON gene|":    "SELECT * FROM cohort c LEFT JOIN clinvar ON /geneinfo",
		"SELECT count(*) FROM cohort WHERE cohort.end = c.en|": "SELECT count(*) FROM cohort WHERE cohort.end = c./",
	} {
		before, after, _ := strings.Cut(text, "|")
		from, words := Complete(before, after, names, Trino)
		if diff := cmp.Diff(want, before[:from]+"/"+strings.Join(words, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
