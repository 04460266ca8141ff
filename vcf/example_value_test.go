package vcf_test

import (
	"fmt"

	"github.com/varlake/varlake/vcf"
)

func ExampleIsMissing() {
	fmt.Println(vcf.IsMissing([]byte(".")), vcf.IsMissing(nil), vcf.IsMissing([]byte("0")))
	// Output: true true false
}

// A NaN that a file has is a number, and no missing value.
func ExampleIsMissingFloat() {
	floats, _ := vcf.AppendFloats(nil, []byte(".,nan"))
	fmt.Println(floats, vcf.IsMissingFloat(floats[0]), vcf.IsMissingFloat(floats[1]))
	// Output: [NaN NaN] true false
}

// It is known by IsMissingFloat only: a NaN equals nothing.
func ExampleMissingFloat() {
	missing := vcf.MissingFloat()
	fmt.Println(missing == vcf.MissingFloat(), vcf.IsMissingFloat(missing))
	// Output: false true
}

// What VCF's 32 bits do not hold is no integer.
func ExampleParseInt() {
	for _, text := range []string{"-7", ".", "3000000000"} {
		fmt.Println(vcf.ParseInt([]byte(text)))
	}
	// Output:
	// -7 true
	// 0 false
	// 0 false
}

// An error says where a line is at fault, and what of, in parts that a program may use.
func ExampleParseError() {
	h, err := vcf.ParseHeader([]byte(file))
	if err != nil {
		panic(err)
	}
	err = vcf.NewRecord(h).Parse([]byte("1\t100\t.\tA\tC\t30\tPASS\tDP=9\tGT\t0/1\t0/7"), 8)
	at := err.(*vcf.ParseError)
	fault, detail := at.Fault()
	fmt.Println(at.Line, at.Column, fault == vcf.ErrAlleleIndex, detail)
	fmt.Println(at.Rule)
	// Output:
	// 8 sample NA2 FORMAT/GT true "0/7"
	// genotype
}

// A file whose header is at fault holds nothing to go on with.
func ExampleFault_OfHeader() {
	fmt.Println(vcf.ErrHeaderType.OfHeader(), vcf.ErrPos.OfHeader())
	// Output: true false
}

// Lines of the header that are neither INFO nor FORMAT, with their attributes.
func ExampleMeta_Attr() {
	h, err := vcf.ParseHeader([]byte("##fileformat=VCFv4.3\n##SAMPLE=<ID=NA1,Sex=\"female\">\n" +
		"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"))
	if err != nil {
		panic(err)
	}
	for i := range h.Meta {
		if sex, ok := h.Meta[i].Attr("Sex"); ok {
			fmt.Println(h.Meta[i].Key, h.Meta[i].Line, sex)
		}
	}
	// Output: SAMPLE 2 female
}

// Rules have names, for settings and messages; grades of one have the same.
func ExampleRules_With() {
	rules := vcf.Customary.With(vcf.RuleOrder, vcf.RuleType)
	again, err := vcf.ParseRules(rules.String())
	fmt.Println(rules, vcf.Customary|again == rules, err)
	fmt.Println(rules.Has(vcf.RuleType), rules.Has(vcf.RuleAllele))
	// Output:
	// type,order true <nil>
	// true false
}

// The rule that a fault is against is looked up without the grade in which it is.
func ExampleRule_Base() {
	h, err := vcf.ParseHeader([]byte(file))
	if err != nil {
		panic(err)
	}
	r := vcf.NewRecord(h)
	r.Relaxed = 0 // the letter of the specification
	err = r.Parse([]byte("1\t100\t.\tA\tC\t30\tPASS\tDP=x\tGT\t0/1\t0/0"), 8)
	fmt.Println(err)
	fmt.Println(err.(*vcf.ParseError).Rule.Base() == vcf.RuleType)
	// Output:
	// line 8: INFO/DP: value is not an integer: "x"
	// true
}

// Chunks of a file that goroutines read have notes of their own, which are put together in any order.
func ExampleNotes() {
	var all vcf.Notes
	h, err := vcf.ParseHeader([]byte(file))
	if err != nil {
		panic(err)
	}
	for _, number := range []int64{9, 8} {
		r := vcf.NewRecord(h)
		if err := r.Parse([]byte("1\t100\t.\tA\tC\t30\tPASS\tDP=x\tGT\t0/1\t0/0"), number); err != nil {
			panic(err)
		}
		all.Merge(r.Notes)
	}
	fmt.Println(all.Count(vcf.RuleType))
	fmt.Println(&all)
	// Output:
	// 2
	// type 2 records (first at line 8: INFO/DP: value is not an integer: "x")
}

// The records of a contig stand together; whether they are sorted is another matter.
func ExampleOrder() {
	var o vcf.Order
	for i, place := range []struct {
		contig string
		pos    int64
	}{{"1", 100}, {"1", 90}, {"2", 5}, {"1", 200}} {
		if err := o.Check([]byte(place.contig), place.pos, int64(i+8)); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(o.Unsorted())
	for contig := range o.Contigs() {
		fmt.Println(contig)
	}
	// Output:
	// line 11: CHROM: records of a contig are not together: "1" was left after line 9
	// 9
	// 1
	// 2
}
