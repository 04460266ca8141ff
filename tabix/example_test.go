package tabix_test

import (
	"bytes"
	"fmt"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/tabix"
)

// genes are sorted by contig and start.
var genes = []string{"chr1\t100\t200\tONE", "chr1\t150\t900\tTWO", "chr1\t5000\t6000\tTHREE", "chr2\t10\t20\tFOUR"}

// write writes lines, and their index beside them.
func write(format tabix.Format, lines []string) (file, index []byte) {
	var text, packed bytes.Buffer
	z, err := bgzf.NewWriter(&text, 6)
	if err != nil {
		panic(err)
	}
	b, err := tabix.NewBuilder(format, false)
	if err != nil {
		panic(err)
	}
	for _, line := range lines {
		from := z.VirtualOffset()
		fmt.Fprintln(z, line)
		if err := b.AddLine([]byte(line), from, z.VirtualOffset()); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	if err := b.Index().Write(&packed); err != nil {
		panic(err)
	}
	return text.Bytes(), packed.Bytes()
}

// A file is written, and its index made on the way, which goes into a file of the name's Extension.
func ExampleNewBuilder() {
	var file, beside bytes.Buffer
	z, err := bgzf.NewWriter(&file, 6)
	if err != nil {
		panic(err)
	}
	b, err := tabix.NewBuilder(tabix.BEDFormat(), false)
	if err != nil {
		panic(err)
	}
	for _, gene := range genes {
		from := z.VirtualOffset()
		fmt.Fprintln(z, gene)
		if err := b.AddLine([]byte(gene), from, z.VirtualOffset()); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	index := b.Index()
	if err := index.Write(&beside); err != nil {
		panic(err)
	}
	n, _ := index.Records("chr1")
	fmt.Println(index.Extension(), index.Contigs(), n)
	// Output: .tbi [chr1 chr2] 3
}

// The lines that overlap the bases 160 to 170 of chr1, 0-based and half-open.
func ExampleOpen() {
	file, packed := write(tabix.BEDFormat(), genes)
	index, err := tabix.ReadIndex(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	f, err := tabix.Open(bytes.NewReader(file), int64(len(file)), index)
	if err != nil {
		panic(err)
	}
	for line, err := range f.Query("chr1", 160, 170) {
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
	// Output:
	// chr1	100	200	ONE
	// chr1	150	900	TWO
}

// An index says where in the file to look.
func ExampleReadIndex() {
	_, packed := write(tabix.BEDFormat(), genes)
	index, err := tabix.ReadIndex(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	fmt.Println(index.CSI(), index.Contigs(), index.Chunks("chr2", 0, 100))
	// Output: false [chr1 chr2] [{0:55 0:71}]
}

// Intervals are 0-based and half-open, whatever a format's own are.
func ExampleFormat_Interval() {
	for _, c := range []struct {
		format tabix.Format
		line   string
	}{
		{tabix.BEDFormat(), "chr1\t100\t200"},
		{tabix.GFFFormat(), "chr1\t.\tgene\t101\t200\t.\t+\t.\tID=x"},
		{tabix.VCFFormat(), "chr1\t101\t.\tA\t<DEL>\t.\tPASS\tEND=200"},
		{tabix.SAMFormat(), "read\t0\tchr1\t101\t60\t90M10D\t*\t0\t0\t*\t*"},
	} {
		contig, start, end, err := c.format.Interval([]byte(c.line))
		fmt.Printf("%s %d %d %v\n", contig, start, end, err)
	}
	// Output:
	// chr1 100 200 <nil>
	// chr1 100 200 <nil>
	// chr1 100 200 <nil>
	// chr1 100 200 <nil>
}

// interval shows a line's interval.
func interval(format tabix.Format, line string) {
	contig, start, end, err := format.Interval([]byte(line))
	fmt.Printf("%s %d %d %v\n", contig, start, end, err)
}

// A VCF record ends where REF does, or INFO/END, or a symbolic allele.
func ExampleVCFFormat() {
	interval(tabix.VCFFormat(), "chr1\t101\t.\tACG\tA\t.\tPASS\t.")
	interval(tabix.VCFFormat(), "chr1\t101\t.\tA\t<DEL>\t.\tPASS\tSVLEN=-50")
	// Output:
	// chr1 100 103 <nil>
	// chr1 100 151 <nil>
}

func ExampleGFFFormat() {
	interval(tabix.GFFFormat(), "chr1\t.\tgene\t101\t200\t.\t+\t.\tID=x")
	// Output: chr1 100 200 <nil>
}

// BED has positions as this package has them.
func ExampleBEDFormat() {
	interval(tabix.BEDFormat(), "chr1\t100\t200\tx")
	// Output: chr1 100 200 <nil>
}

// An alignment ends where its CIGAR says.
func ExampleSAMFormat() {
	interval(tabix.SAMFormat(), "read\t0\tchr1\t101\t60\t90M10D5S\t*\t0\t0\t*\t*")
	// Output: chr1 100 200 <nil>
}

// A CSI, for contigs beyond 2^29 bases.
func ExampleNewBuilder_csi() {
	b, err := tabix.NewBuilder(tabix.BEDFormat(), true)
	if err != nil {
		panic(err)
	}
	if err := b.AddLine([]byte("1\t3000000000\t3000000100"), 0, 25); err != nil {
		panic(err)
	}
	index := b.Index()
	fmt.Println(index.Extension(), index.CSI(), index.Chunks("1", 3_000_000_050, 3_000_000_051))
	fmt.Println(b.AddLine([]byte("1\t5000000000\t5000000100"), 25, 50))
	// Output:
	// .csi true [{0:0 0:25}]
	// build index: line "1\t5000000000\t5000000100" has the position "5000000000" in column 2: beyond 4294967296
}

// A caller that has the intervals of its records need not have their lines parsed for them.
func ExampleBuilder_Add() {
	b, err := tabix.NewBuilder(tabix.VCFFormat(), false)
	if err != nil {
		panic(err)
	}
	for _, start := range []int64{100, 90} { // 0-based; of a vcf.Record Pos() - 1, and End()
		if err := b.Add([]byte("chr1"), start, start+1, 0, 0); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(b.Index().Records("chr1"))
	// Output:
	// records are not sorted by contig and position
	// 1 true
}

// What stands above the first record; a query yields records only.
func ExampleFile_Header() {
	file, packed := write(tabix.BEDFormat(), append([]string{"#chrom\tstart\tend\tname"}, genes...))
	index, err := tabix.ReadIndex(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	f, err := tabix.Open(bytes.NewReader(file), int64(len(file)), index)
	if err != nil {
		panic(err)
	}
	header, err := f.Header()
	fmt.Printf("%q %v\n", header, err)
	// Output: "#chrom\tstart\tend\tname\n" <nil>
}
