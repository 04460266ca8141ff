package annot

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// gffLines are features such as GENCODE writes: 450 bytes, 15 attributes.
func gffLines() (lines [][]byte, bytes int64) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 1000 {
		id := r.IntN(1e9)
		line := fmt.Appendf(nil, "chr%d\tHAVANA\texon\t%d\t%d\t.\t%c\t.\tID=exon:ENSMUST%011d.1:1;Parent=ENSMUST%011d.1;gene_id=ENSMUSG%011d.1;transcript_id=ENSMUST%011d.1;gene_type=TEC;gene_name=4933401J01Rik;transcript_type=TEC;transcript_name=4933401J01Rik-201;exon_number=%d;exon_id=ENSMUSE%011d.1;level=2;transcript_support_level=NA;mgi_id=MGI:1918292;tag=basic;havana_gene=OTTMUSG00000049935.1;note=a%%2C b",
			i/100, 3073253+i*100, 3074322+i*100, "+-"[r.IntN(2)], id, id, id, id, i%20, id)
		lines = append(lines, line)
		bytes += int64(len(line)) + 1
	}
	return lines, bytes
}

// tsvCase is a file whose rows are read.
type tsvCase struct {
	name   string
	layout *Layout
	header string
	row    func(r *rand.Rand, i int) []byte
}

var tsvCases = []tsvCase{
	{"BED4", bedLayout, "", func(r *rand.Rand, i int) []byte {
		return fmt.Appendf(nil, "chr1\t%d\t%d\t%.6f", 10000+i*50, 10050+i*50, r.Float64())
	}},
	{"variants", variantLayout("CHR_POS_REF_ALT"),
		"#CHROM\tpos\tstop\tref\talt\tscore\tgene\tclinical_significance\treview\tid", func(r *rand.Rand, i int) []byte {
			return fmt.Appendf(nil, "chr20\t%d\t%d\t%c\t%c\t%.4f\tBRCA2\tUncertain significance\tcriteria provided, single submitter\trs%d",
				60000+i*31, 60000+i*31, "AC"[r.IntN(2)], "GT"[r.IntN(2)], r.Float64(), r.IntN(1e9))
		}},
	{"quoted variants", variantLayout("CHR_POS_REF_ALT"),
		"#CHROM\tpos\tstop\tref\talt\tscore\tgene\tclinical_significance\treview\tid", func(r *rand.Rand, i int) []byte {
			return fmt.Appendf(nil, "\"chr20\"\t%d\t%d\t\"%c\"\t\"%c\"\t%.4f\t\"BRCA2\"\t\"Uncertain \"\"significance\"\"\"\t\"criteria provided, single submitter\"\t\"rs%d\"",
				60000+i*31, 60000+i*31, "AC"[r.IntN(2)], "GT"[r.IntN(2)], r.Float64(), r.IntN(1e9))
		}},
	{"60 scores", scoresLayout(60), "", func(r *rand.Rand, i int) []byte {
		line := fmt.Appendf(nil, "chr20\t%d", 60000+i*31)
		for range 60 {
			line = fmt.Appendf(line, "\t%.5f", r.NormFloat64())
		}
		return line
	}},
}

func scoresLayout(n int) *Layout {
	l := &Layout{Schema: []Column{{"chrom", String}, {"pos", Int}}, AnnotationType: "CHR_POS",
		FormatToHeader: map[string]string{"CHR": "chrom", "POS": "pos"}}
	for i := range n {
		l.Schema = append(l.Schema, Column{fmt.Sprintf("score%d", i), Double})
	}
	return l
}

func (c *tsvCase) setup(tb testing.TB) (t *TSV, lines [][]byte, bytes int64) {
	o := DefaultReadOptions()
	o.Header = c.header != ""
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 1000 {
		line := c.row(r, i)
		lines = append(lines, line)
		bytes += int64(len(line)) + 1
	}
	return newTSV(tb, c.layout, o, c.header), lines, bytes
}

func BenchmarkGFF(b *testing.B) {
	lines, n := gffLines()
	g := NewGFF()
	b.SetBytes(n)
	b.ReportAllocs()
	for b.Loop() {
		for i, line := range lines {
			if _, err := g.Line(line, int64(i+1)); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkTSV(b *testing.B) {
	for _, c := range tsvCases {
		b.Run(c.name, func(b *testing.B) {
			t, lines, n := c.setup(b)
			b.SetBytes(n)
			b.ReportAllocs()
			for b.Loop() {
				for i, line := range lines {
					if _, err := t.Row(line, int64(i+2)); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// Once buffers have grown, a line must not allocate.
func TestNoAllocations(t *testing.T) {
	lines, _ := gffLines()
	lines = append(lines, []byte(
		"chr%20x\ta%2Cb\tCDS\t1\t9\t1.5e-8\t+\t0\tAlias=a;Alias=b%2C;k=1;K=2;l=1;L=%41;Note=a%2Cb,c;name=x;Name=y"))
	g, i := NewGFF(), 0
	next := func() {
		i++
		if _, err := g.Line(lines[i%len(lines)], 2); err != nil {
			t.Fatal(err)
		}
	}
	for range len(lines) {
		next()
	}
	if n := testing.AllocsPerRun(2*len(lines), next); n != 0 {
		t.Errorf("GFF: %v allocations per line", n)
	}
	for _, c := range tsvCases {
		tsv, lines, _ := c.setup(t)
		i := 0
		next := func() {
			i++
			r, err := tsv.Row(lines[i%len(lines)], 2)
			if err != nil {
				t.Fatal(err)
			}
			if c.layout.HasAlleles() {
				tsv.SetAllele(r, r.Start, r.Ref, r.Alt)
			}
		}
		for range len(lines) {
			next()
		}
		if n := testing.AllocsPerRun(2*len(lines), next); n != 0 {
			t.Errorf("%s: %v allocations per row", c.name, n)
		}
	}
}

// Encodings and odd numbers take the slower ways, which do not allocate either.
func TestNoAllocationsSlow(t *testing.T) {
	o := DefaultReadOptions()
	o.Header, o.Encoding = false, "ISO-8859-1"
	tsv := newTSV(t, &Layout{Schema: []Column{{"a", String}, {"b", Float}, {"c", Double}, {"d", Long}, {"e", Boolean}}}, o,
		"")
	line := []byte("caf\xe9\t1.25e-7\t-Infinity\t1234567890123456789\tTRUE")
	next := func() {
		if _, err := tsv.Row(line, 2); err != nil {
			t.Fatal(err)
		}
	}
	next()
	if n := testing.AllocsPerRun(100, next); n != 0 {
		t.Errorf("%v allocations per row", n)
	}
}
