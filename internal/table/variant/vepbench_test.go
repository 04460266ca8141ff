package variant

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/table/tabletest"
	"github.com/varlake/varlake/vcf"
)

// vepLayout is VEP's whole layout and two fields more.
const vepLayout = "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|" +
	"cDNA_position|CDS_position|Protein_position|Amino_acids|Codons|Existing_variation|DISTANCE|STRAND|FLAGS|" +
	"SYMBOL_SOURCE|HGNC_ID|SIFT|gnomAD_AF"

// vepRecords are sites as VEP leaves them, each with four transcripts, and the Shredder of their file.
func vepRecords(tb testing.TB, n int) (records []*vcf.Record, shred *Shredder) {
	header, err := vcf.ParseHeader([]byte("##fileformat=VCFv4.2\n##contig=<ID=chr17>\n##INFO=<ID=CSQ,Number=.,Type=String," +
		"Description=\"Format: " + vepLayout + "\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"))
	if err != nil {
		tb.Fatal(err)
	}
	format, absence, err := vcf.ParseVEPHeader(header, "CSQ")
	if err != nil || absence != "" {
		tb.Fatal(absence, err)
	}
	for i := range n {
		var entries []string
		for transcript := range 4 {
			entries = append(entries, fmt.Sprintf("T|missense_variant&splice_region_variant|MODERATE|BRCA1|ENSG00000012048|"+
				"Transcript|ENST0000035%d|protein_coding|%d/23||ENST0000035%d.3:c.%dC>T|ENSP00000350283.3:p.Pro%dLeu|%d|%d|%d|"+
				"P/L|cCg/cTg|rs%d&COSM%d||-1|cds_start_NF|HGNC|1100|tolerated(0.05)|0.4",
				transcript, i%23+1, transcript, i, i/3, i+119, i, i/3, i*7, i))
		}
		record := vcf.NewRecord(header)
		if err := record.Parse(fmt.Appendf(nil, "chr17\t%d\t.\tC\tT\t.\tPASS\tCSQ=%s", 43_000_000+i,
			strings.Join(entries, ",")), int64(i+1)); err != nil {
			tb.Fatal(err)
		}
		records = append(records, record)
	}
	return records, NewShredder(Source{Header: header, Annotated: true, VEP: format, VEPKey: "CSQ"})
}

// BenchmarkAnnotated lays annotated records out and writes them.
func BenchmarkAnnotated(b *testing.B) {
	records, shred := vepRecords(b, 20_000)
	dir, n, before := b.TempDir(), 0, cpuTime(b)
	b.ReportAllocs()
	for b.Loop() {
		n++
		w := NewWriter(tabletest.NewFile(b, filepath.Join(dir, fmt.Sprint(n))), Options{JobID: "0123456789"})
		for i, record := range records {
			if err := w.Write(shred.Site(record, int64(i+1)), 0, nil); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(n*len(records)), "cpu-ns/record")
}

// Once its buffers have grown a Shredder allocates nothing for annotated records.
func TestAnnotatedWithoutAllocations(t *testing.T) {
	records, shred := vepRecords(t, 10)
	if n := testing.AllocsPerRun(100, func() {
		for i, record := range records {
			if site := shred.Site(record, int64(i+1)); len(site.VEP) != 4 {
				t.Fatalf("%d annotations", len(site.VEP))
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
