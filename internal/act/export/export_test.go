package export

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/variant"
)

const first = `##fileformat=VCFv4.1
##source=one
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth, all">
##INFO=<ID=AF,Number=1,Type=Integer,Description="x">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="x">
##contig=<ID=2,length=5>
##contig=<ID=1>
##FORMAT=<ID=BAD,malformed>
`

func TestOneHeaderStaysAsItIs(t *testing.T) {
	var b headerBuilder
	if _, err := b.add([]byte("\ufeff" + strings.ReplaceAll(first, "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
	b.contig("HLA:1")
	b.contig("1")
	want := first + "##contig=<ID=HLA:1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\n"
	if diff := cmp.Diff(want, string(b.write([]string{"A", "B"}, true))); diff != "" {
		t.Error(diff)
	}
	if b.Warnings() != nil {
		t.Errorf("warnings %q", b.Warnings())
	}
}

func TestMergedHeader(t *testing.T) {
	var b headerBuilder
	for _, text := range []string{first, `##fileformat=VCFv4.3
##source=two
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth, all">
##INFO=<ID=AF,Number=A,Type=Float,Description="ID=DP, \"x>">
##INFO=<ID=NEW,Number=1,Type=String,Description="x">
##FORMAT=<ID=GQ,Number=1,Type=String,Description="x">
##contig=<ID=2,length=6>
##contig=<ID=3>
`} {
		if _, err := b.add([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	b.defineGT()
	want := `##fileformat=VCFv4.3
##source=one
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth, all">
##INFO=<ID=AF,Number=.,Type=Float,Description="x">
##FORMAT=<ID=GQ,Number=1,Type=String,Description="x">
##contig=<ID=2,length=5>
##contig=<ID=1>
##FORMAT=<ID=BAD,malformed>
##source=two
##INFO=<ID=NEW,Number=1,Type=String,Description="x">
##contig=<ID=3>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO
`
	if diff := cmp.Diff(want, string(b.write(nil, false))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"the imports define INFO AF (now Number=., Type=Float), FORMAT GQ (now Number=1, Type=String) differently: Number and Type hold the values of all",
		"the imports define contig 2 differently: the first definition is kept",
	}, b.Warnings()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2", "1", "3"}, b.contigs); diff != "" {
		t.Error(diff)
	}
}

// Descriptions that differ are no warning, and what differs in one way is one, however many the definitions and the
// files.
func TestWarningsOfHeadersAreGathered(t *testing.T) {
	var b headerBuilder
	for file := range 8 {
		text := "##fileformat=VCFv4.2\n"
		for key := range 12 {
			text += fmt.Sprintf("##INFO=<ID=END%d,Number=1,Type=Integer,Description=\"of file %d\",Source=\"%d\">\n",
				key, file, file)
			text += fmt.Sprintf("##FORMAT=<ID=F%d,Number=%d,Type=Integer,Description=\"d\">\n", key, 1+file%2)
			text += fmt.Sprintf("##FILTER=<ID=q%d,Description=\"%d\">\n", key, file)
		}
		text += fmt.Sprintf("##contig=<ID=1,length=%d,assembly=a%d>\n##contig=<ID=2,length=9,assembly=a%d>\n",
			10+file/4, file, file)
		if _, err := b.add([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"the imports define FORMAT F0 (now Number=., Type=Integer), ",
		"the imports define contig 1 differently: the first definition is kept"}
	got := b.Warnings()
	if len(got) != 2 || !strings.HasPrefix(got[0], want[0]) ||
		!strings.HasSuffix(got[0], " and 2 more differently: Number and Type hold the values of all") || got[1] != want[1] {
		t.Errorf("%q", got)
	}
}

func TestManyWarningsAreCut(t *testing.T) {
	var b headerBuilder
	for i := range 60 {
		b.warn("%d", i)
	}
	if got := b.Warnings(); len(got) != maxWarnings+1 || !strings.Contains(got[maxWarnings], "40 more") {
		t.Errorf("%q", got)
	}
}

func TestByOrder(t *testing.T) {
	got := byOrder([]string{"b", "1", "a", "2"}, []string{"9", "2", "1"})
	if diff := cmp.Diff([]string{"2", "1", "a", "b"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseRegion(t *testing.T) {
	contigs := map[string]bool{"chr1": true, "HLA-A*01:01": true}
	const most = 1 << 40
	for text, want := range map[string]variant.Region{
		"chr1": {Contig: "chr1", Start: -1, End: most}, "chr1:5": {Contig: "chr1", Start: 4, End: 5},
		"chr1:5-": {Contig: "chr1", Start: 4, End: most}, "chr1:1-20": {Contig: "chr1", Start: 0, End: 20},
		"HLA-A*01:01": {Contig: "HLA-A*01:01", Start: -1, End: most}, "HLA-A*01:01:7-8": {Contig: "HLA-A*01:01", Start: 6,
			End: 8}, "chr9": {Contig: "chr9", Start: -1, End: most}, "chr1:0-3": {Contig: "chr1", Start: -1, End: 3},
	} {
		if got, err := parseRegion(text, contigs); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{":5", "chr1:x", "chr1:5-4", "chr1:-5", "chr1:1-99999999999", "chr1:"} {
		if got, err := parseRegion(text, contigs); err == nil {
			t.Errorf("%s: %v", text, got)
		}
	}
}
