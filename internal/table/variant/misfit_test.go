package variant

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/vcf"
)

const misfitHeader = `##fileformat=VCFv4.3
##contig=<ID=chr1>
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	A	B
`

// Values that do not fit their columns go to information as they stand; the call keeps the text of its column for
// exports.
func TestDivert(t *testing.T) {
	const declared = `##fileformat=VCFv4.3
##FORMAT=<ID=GT,Number=1,Type=String,Description="">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="">
##FORMAT=<ID=GL,Number=G,Type=Float,Description="">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="">
##FORMAT=<ID=HQ,Number=2,Type=Integer,Description="">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	s
`
	h, err := vcf.ParseHeader([]byte(declared))
	if err != nil {
		t.Fatal(err)
	}
	type pairs = map[string]string
	for _, c := range []struct {
		text string
		want Call
		info pairs
	}{
		{"0|1:1:2:-1,-2:9,9:1", Call{HasGT: true, Phased: true, Calls: []int32{0, 1}, AD: []int32{1},
			DP: column.Int{V: 2, Valid: true}, GL: []float64{-1, -2}, PL: []int32{9, 9}}, pairs{"haplotypequalities": "[1]"}},
		{"0|7:1,2:1,2:-1,x,2:9,9,9:x,y", Call{AD: []int32{1, 2}, PL: []int32{9, 9, 9}},
			pairs{"gt": "0|7", "dp": "1,2", "gl": "-1,x,2", "haplotypequalities": "[x, y]"}},
		{"A/B:1,,2:nan:.:1e3,2,3:.", Call{AD: []int32{1, column.MissingInt, 2}},
			pairs{"gt": "A/B", "dp": "nan", "pl": "1e3,2,3", "haplotypequalities": ""}},
		{"0/1:99999999999,1:.:.:.:1,2", Call{HasGT: true, Calls: []int32{0, 1}},
			pairs{"ad": "99999999999,1", "haplotypequalities": "[1, 2]"}},
	} {
		r, s := vcf.NewRecord(h), NewShredder(Source{Header: h})
		r.Relaxed, r.DeferSamples = vcf.AllRules, true
		if err := r.Parse([]byte("1\t1\t.\tA\tC\t.\t.\t.\tGT:AD:DP:GL:PL:HQ\t"+c.text), 9); err != nil {
			t.Fatal(err)
		}
		s.Site(r, 9)
		if _, err := r.NextSample(); err != nil {
			t.Fatal(err)
		}
		if err := r.CheckSample(0); err != nil {
			t.Fatal(err)
		}
		call := s.layOut(r, 0)
		s.divert(call, r, 0, r.Misfits())
		info := pairs{}
		for _, p := range call.Information {
			info[string(p.Key)] = string(p.Value)
		}
		c.want.Information = call.Information
		if _, fits := info["haplotypequalities"]; !fits || len(info) > 1 { // else the columns say it all
			c.want.Text = []byte(c.text)
		}
		if diff := cmp.Diff(&c.want, call) + cmp.Diff(c.info, info); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
	}
}

func TestJoinRepeated(t *testing.T) {
	h, err := vcf.ParseHeader([]byte(misfitHeader))
	if err != nil {
		t.Fatal(err)
	}
	for info, want := range map[string]string{
		"DP=1;DP=2":                "DP=1;DP=2",
		"DP=1;AF=.5;DP=1;DP=3":     "DP=1;DP=3 AF=.5",
		"DB;DB;H2":                 "DB H2",
		"DB;AF=1;DB=1;DB":          "DB=;DB=1 AF=1",
		"DP=;DP=;AF=1":             "DP= AF=1",
		"DP=;DP=4;DP=":             "DP=;DP=4",
		"XX=a,b;YY;XX=c;YY=1;XX=d": "XX=a,b;XX=c;XX=d YY=;YY=1",
	} {
		r, s := vcf.NewRecord(h), NewShredder(Source{Header: h})
		r.Relaxed = vcf.AllRules
		if err := r.Parse([]byte("chr1\t1\t.\tA\tC\t.\t.\t"+info+"\tGT\t.\t."), 9); err != nil {
			t.Fatal(err)
		}
		var got []string
		site := s.Site(r, 9)
		if want := "GT\t" + info; string(site.Format) != want { // as an export gives it back
			t.Errorf("%s: FORMAT is %q", info, site.Format)
		}
		for _, p := range site.Attributes {
			text := string(p.Key)
			if p.Null || len(p.Value) > 0 {
				text += "=" + string(p.Value)
			}
			got = append(got, text)
		}
		if sorted(got) != sorted(strings.Fields(want)) {
			t.Errorf("%s: %q, want %q", info, got, want)
		}
	}
}

// An ID or a filter that is there twice leaves INFO in its order.
func TestRepetitionElsewhereKeepsInfo(t *testing.T) {
	h, err := vcf.ParseHeader([]byte(misfitHeader))
	if err != nil {
		t.Fatal(err)
	}
	for _, columns := range []string{"rs;rs\tA\tC\t.\t.", ".\tA\tC\t.\tB;A;B"} {
		r, s := vcf.NewRecord(h), NewShredder(Source{Header: h})
		r.Relaxed = vcf.AllRules
		if err := r.Parse([]byte("chr1\t1\t"+columns+"\tZZ=2;DP=1\tGT\t.\t."), 9); err != nil {
			t.Fatal(err)
		}
		var keys []string
		site := s.Site(r, 9)
		for _, p := range site.Attributes {
			keys = append(keys, string(p.Key))
		}
		if diff := cmp.Diff([]string{"ZZ", "DP"}, keys); diff != "" || string(site.Format) != "GT" {
			t.Errorf("%s: FORMAT %q, INFO (-want +got):\n%s", columns, site.Format, diff)
		}
	}
}

func sorted(parts []string) string { return strings.Join(slices.Sorted(slices.Values(parts)), " ") }
