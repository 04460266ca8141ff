package fasta_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/fasta"
)

const reference = ">chr1 one\nACGTACGT\nACGT\n>chrM\nGATTACA\n"

// Index makes what `samtools faidx` makes.
func ExampleIndex() {
	var fai bytes.Buffer
	stats, err := fasta.Index(strings.NewReader(reference), &fai)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d contigs, %d bases\n%s", stats.Contigs, stats.Bases, &fai)
	// Output:
	// 2 contigs, 19 bases
	// chr1	12	10	8	9
	// chrM	7	30	7	8
}

// The bases 6 to 10 of chr1, 0-based and half-open.
func ExampleOpen() {
	fai := "chr1\t12\t10\t8\t9\nchrM\t7\t30\t7\t8\n"
	f, err := fasta.Open(strings.NewReader(reference), int64(len(reference)), strings.NewReader(fai))
	if err != nil {
		panic(err)
	}
	bases, err := f.Fetch(nil, "chr1", 6, 10)
	fmt.Println(string(bases), err)
	_, err = f.Fetch(nil, "chr1", 6, 100)
	fmt.Println(err)
	// Output:
	// GTAC <nil>
	// range 6-100 is not within contig "chr1" of 12 bases
}

// A bgzipped file is read through its .gzi index.
func ExampleOpen_bgzip() {
	var file, fai bytes.Buffer
	z, err := bgzf.NewWriter(&file, 6)
	if err != nil {
		panic(err)
	}
	fmt.Fprint(z, reference)
	if err := z.Close(); err != nil {
		panic(err)
	}
	if _, err := fasta.Index(bgzf.Open(bytes.NewReader(file.Bytes()), 1), &fai); err != nil {
		panic(err)
	}
	gzi, err := bgzf.IndexBlocks(bytes.NewReader(file.Bytes()))
	if err != nil {
		panic(err)
	}
	text, err := bgzf.NewReaderAt(bytes.NewReader(file.Bytes()), int64(file.Len()), gzi)
	if err != nil {
		panic(err)
	}
	f, err := fasta.Open(text, text.Size(), &fai)
	if err != nil {
		panic(err)
	}
	bases, err := f.Fetch(nil, "chrM", 1, 4)
	fmt.Println(string(bases), err)
	// Output: ATT <nil>
}

func ExampleNewMemory() {
	var ref fasta.Reference = fasta.NewMemory(map[string][]byte{"chr1": []byte("ACGT")})
	bases, err := ref.Fetch(nil, "chr1", 1, 3)
	fmt.Println(string(bases), err)
	_, err = ref.Fetch(nil, "1", 1, 3)
	fmt.Println(err)
	// Output:
	// CG <nil>
	// contig "1" is not in the reference, which has "chr1": rename the file's contigs (bcftools annotate --rename-chrs)
}

func ExampleOtherName() {
	known := map[string]bool{"chr1": true, "chrM": true}
	has := func(name string) bool { return known[name] }
	fmt.Println(fasta.OtherName("1", has), fasta.OtherName("MT", has), fasta.OtherName("7", has) == "")
	// Output: chr1 chrM true
}
