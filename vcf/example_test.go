package vcf_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/varlake/varlake/vcf"
)

const file = `##fileformat=VCFv4.3
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">
##INFO=<ID=CSQ,Number=.,Type=String,Description="From VEP. Format: Allele|Consequence|SYMBOL">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	NA1	NA2
1	100	rs1	A	C,G	30	PASS	DP=9;AF=0.5,.	GT:AD	0/1:5,4,0	1|2
1	200	.	AT	A	.	.	CSQ=-|frameshift_variant&splice_region_variant|BRCA2	GT	0/0	./.
`

func ExampleNewReader() {
	for rec, err := range vcf.NewReader(strings.NewReader(file)).Records() {
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s:%d-%d %s %s, %d samples\n", rec.Chrom(), rec.Pos(), rec.End(), rec.Ref(), rec.AppendAlts(nil),
			rec.NumSamples())
	}
	// Output:
	// 1:100-100 A [C G], 2 samples
	// 1:200-201 AT [A], 2 samples
}

// Who goes on after a fault gets the records after it; the notes count what was let go.
func ExampleReader_Records() {
	text := "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\tx\t.\tA\tC\t.\t.\t.\n1\t8\trs1;rs1\tA\tC\t.\t.\t.\n"
	r := vcf.NewReader(strings.NewReader(text))
	for rec, err := range r.Records() {
		var fault *vcf.ParseError
		if errors.As(err, &fault) {
			fmt.Println(fault.Line, fault.Column, errors.Is(err, vcf.ErrPos))
			continue
		}
		if err != nil {
			panic(err) // of the source
		}
		fmt.Println(rec.Pos())
	}
	fmt.Println(r.Notes())
	// Output:
	// 3 POS true
	// 8
	// duplicate 1 record (first at line 4: ID: duplicate entry: "rs1;rs1")
}

// Records of one sample that passed are written under a header of its own, with a key less.
func ExampleNewWriter() {
	r := vcf.NewReader(strings.NewReader(file))
	header, err := r.Header()
	if err != nil {
		panic(err)
	}
	one, err := header.WithSamples([]string{"NA2"})
	if err != nil {
		panic(err)
	}
	w, err := vcf.NewWriter(os.Stdout, one)
	if err != nil {
		panic(err)
	}
	for rec, err := range r.Records() {
		if err != nil {
			panic(err)
		}
		if string(rec.Filter()) != "PASS" {
			continue
		}
		d := rec.Draft()
		d.DropInfo("AF")
		d.Samples = d.Samples[1:]
		if err := w.WriteDraft(d); err != nil {
			panic(err)
		}
	}
	// Output:
	// ##fileformat=VCFv4.3
	// ##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
	// ##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">
	// ##INFO=<ID=CSQ,Number=.,Type=String,Description="From VEP. Format: Allele|Consequence|SYMBOL">
	// ##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
	// ##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
	// #CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	NA2
	// 1	100	rs1	A	C,G	30	PASS	DP=9	GT:AD	1|2
}

// What a Writer could not have read again it does not write.
func ExampleWriter_WriteDraft() {
	header, err := vcf.ParseHeader([]byte("##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"))
	if err != nil {
		panic(err)
	}
	w, err := vcf.NewWriter(os.Stdout, header)
	if err != nil {
		panic(err)
	}
	fmt.Println(w.WriteDraft(&vcf.Draft{Chrom: "1", Pos: 7, Ref: "A", Alts: []string{"C;G"}}))
	if err := w.WriteDraft(&vcf.Draft{Chrom: "1", Pos: 7, Ref: "A", Alts: []string{"C"}}); err != nil {
		panic(err)
	}
	// Output:
	// ##fileformat=VCFv4.3
	// #CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO
	// line 3: ALT: invalid allele: "C;G"
	// 1	7	.	A	C	.	.	.
}

func ExampleParseHeader() {
	h, err := vcf.ParseHeader([]byte(file))
	if err != nil {
		panic(err)
	}
	fmt.Println(h.Version, h.Samples, h.Lines)
	for _, f := range h.Infos {
		fmt.Println(f.ID, f.Number, f.Type, f.Description)
	}
	// Output:
	// VCFv4.3 [NA1 NA2] 7
	// DP 1 Integer Depth
	// AF A Float Frequency
	// CSQ . String From VEP. Format: Allele|Consequence|SYMBOL
}

// Beneath a Reader: the header from a stream, then lines, which a caller may deal out to several Records.
func ExampleReadHeader() {
	in := bufio.NewReader(strings.NewReader(file))
	h, err := vcf.ReadHeader(in, vcf.HeaderOptions{Relaxed: vcf.Customary, MaxBytes: 1 << 20})
	if err != nil {
		panic(err)
	}
	line, err := in.ReadString('\n')
	fmt.Printf("line %d: %.11q %v\n", h.Lines+1, line, err)
	// Output: line 8: "1\t100\trs1\tA" <nil>
}

// One line is parsed: values are typed on access, lists into memory of the caller's.
func ExampleNewRecord() {
	h, err := vcf.ParseHeader([]byte(file))
	if err != nil {
		panic(err)
	}
	r := vcf.NewRecord(h)
	if err := r.Parse([]byte("1\t100\t.\tA\tC,G\t30\tPASS\tDP=9;AF=0.5,.\tGT:AD\t0/1:5,4,0\t1|2"), 8); err != nil {
		panic(err)
	}
	depth, _ := r.InfoValue("DP")
	n, ok := vcf.ParseInt(depth)
	fmt.Println(n, ok)
	frequencies, _ := r.InfoValue("AF")
	floats, _ := vcf.AppendFloats(nil, frequencies)
	fmt.Println(floats[0], vcf.IsMissingFloat(floats[1]))
	ad, _ := vcf.AppendInts(nil, r.Field(0, r.FormatIndex("AD")))
	calls, phased := vcf.AppendGT(nil, r.Field(1, 0))
	fmt.Println(ad, calls, phased, vcf.IsMissing(r.Field(1, 1)))
	// Output:
	// 9 true
	// 0.5 true
	// [5 4 0] [1 2] true true
}

func ExampleAppendGT() {
	for _, gt := range []string{"0/1", "1|0", "./.", "2"} {
		calls, phased := vcf.AppendGT(nil, []byte(gt))
		fmt.Println(calls, phased)
	}
	// Output:
	// [0 1] false
	// [1 0] true
	// [-1 -1] false
	// [2] false
}

func ExampleAppendInts() {
	ints, ok := vcf.AppendInts(nil, []byte("5,.,7"))
	fmt.Println(ints[0], ints[1] == vcf.MissingInt, ints[2], ok)
	_, ok = vcf.AppendInts(nil, []byte("5,x"))
	fmt.Println(ok)
	// Output:
	// 5 true 7 true
	// false
}

func ExampleAppendFloats() {
	floats, ok := vcf.AppendFloats([]float64{vcf.MissingFloat()}, []byte("0.25,1e-3"))
	fmt.Println(vcf.IsMissingFloat(floats[0]), floats[1:], ok)
	// Output: true [0.25 0.001] true
}

func ExampleParseFloat() {
	v, ok := vcf.ParseFloat([]byte("1.5e3"))
	fmt.Println(v, ok)
	_, ok = vcf.ParseFloat([]byte("."))
	fmt.Println(ok)
	// Output:
	// 1500 true
	// false
}

func ExampleBlank() {
	fmt.Println(vcf.Blank([]byte(" \t")), vcf.Blank([]byte("1\t100")))
	// Output: true false
}

// A deletion of 50 bases after position 100.
func ExampleSymbolicEnd() {
	fmt.Println(vcf.SymbolicEnd(100, []byte("<DEL>"), []byte("-50"), nil, nil))
	// Output: 150
}

// A reading that lets undeclared INFO keys go, beside what readings let go anyhow: rules alone would be stricter there.
func ExampleParseRules() {
	rules, err := vcf.ParseRules("undeclared")
	if err != nil {
		panic(err)
	}
	r := vcf.NewReader(strings.NewReader(
		"##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t8\t.\tA\tC\t.\t.\tNEW=1\n"))
	r.Relaxed = vcf.Customary | rules
	for rec, err := range r.Records() {
		fmt.Println(string(rec.InfoText()), err)
	}
	fmt.Println(r.Notes())
	// Output:
	// NEW=1 <nil>
	// undeclared 1 record (first at line 3: INFO/NEW: key is not declared)
}

func ExampleParseVEPHeader() {
	h, err := vcf.ParseHeader([]byte(file))
	if err != nil {
		panic(err)
	}
	format, absence, err := vcf.ParseVEPHeader(h, "CSQ")
	fmt.Println(format.Fields(), "fields", absence == "", err)
	_, absence, err = vcf.ParseVEPHeader(h, "ANN")
	fmt.Println("INFO/ANN", absence, err)
	// Output:
	// 3 fields true <nil>
	// INFO/ANN is not described in the header <nil>
}

func ExampleVEPFields() {
	h, err := vcf.ParseHeader([]byte(file))
	if err != nil {
		panic(err)
	}
	format, _, err := vcf.ParseVEPHeader(h, "CSQ")
	if err != nil {
		panic(err)
	}
	for _, entry := range format.Parse([]byte("T|missense_variant&splice_region_variant|BRCA1"), nil) {
		for _, field := range vcf.VEPFields() {
			switch {
			case field.Text != nil && *field.Text(&entry) != nil:
				fmt.Printf("%s: %s\n", field.Name, *field.Text(&entry))
			case field.List != nil && *field.List(&entry) != nil:
				fmt.Printf("%s: %s\n", field.Name, *field.List(&entry))
			}
		}
	}
	// Output:
	// Allele: T
	// Consequence: [missense_variant splice_region_variant]
	// SYMBOL: BRCA1
}
