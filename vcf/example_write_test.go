package vcf_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/tabix"
	"github.com/varlake/varlake/vcf"
)

// A compressed VCF file and its index: what bcftools view -Oz --write-index=tbi makes. The file goes into a name like
// x.vcf.gz, the index into that name and its Extension.
func ExampleWriter_LastLine() {
	r := vcf.NewReader(strings.NewReader(file))
	header, err := r.Header()
	if err != nil {
		panic(err)
	}
	var packed, beside bytes.Buffer
	z, err := bgzf.NewWriter(&packed, 6)
	if err != nil {
		panic(err)
	}
	w, err := vcf.NewWriter(z, header)
	if err != nil {
		panic(err)
	}
	index, err := tabix.NewBuilder(tabix.VCFFormat(), false)
	if err != nil {
		panic(err)
	}
	for record, err := range r.Records() {
		if err != nil {
			panic(err)
		}
		draft := record.Draft()
		draft.DropInfo("CSQ")
		from := z.VirtualOffset()
		if err := w.WriteDraft(draft); err != nil {
			panic(err)
		}
		if err := index.AddLine(w.LastLine(), from, z.VirtualOffset()); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	made := index.Index()
	if err := made.Write(&beside); err != nil {
		panic(err)
	}

	f, err := tabix.Open(bytes.NewReader(packed.Bytes()), int64(packed.Len()), made)
	if err != nil {
		panic(err)
	}
	for line, err := range f.Query("1", 200, 201) { // the second base of the deletion
		fmt.Printf("%s %v\n", line, err)
	}
	fmt.Println(made.Extension(), beside.Len() > 0)
	// Output:
	// 1	200	.	AT	A	.	.	.	GT	0/0	./. <nil>
	// .tbi true
}

// Records that are not changed are written as they came.
func ExampleWriter_Write() {
	r := vcf.NewReader(strings.NewReader(
		"##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t8\t.\tA\tC\t9.0\tq10\t.\n1\t9\t.\tA\tC\t30\tPASS\t.\n"))
	header, err := r.Header()
	if err != nil {
		panic(err)
	}
	w, err := vcf.NewWriter(os.Stdout, header)
	if err != nil {
		panic(err)
	}
	for record, err := range r.Records() {
		if err != nil {
			panic(err)
		}
		if quality, ok := record.Qual(); !ok || quality < 20 {
			continue
		}
		if err := w.Write(record); err != nil {
			panic(err)
		}
	}
	// Output:
	// ##fileformat=VCFv4.3
	// #CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO
	// 1	9	.	A	C	30	PASS	.
}

// A value, a key that replaces one, and a flag.
func ExampleDraft_SetInfo() {
	d := vcf.Draft{Chrom: "1", Pos: 7, Ref: "A", Info: []vcf.DraftInfo{{Key: "DP", Value: "9"}}}
	d.SetInfo("DP", "10")
	d.SetInfo("AF", "0.5")
	d.SetInfo("DB", "")
	fmt.Println(d.Info)
	d.DropInfo("AF")
	fmt.Println(d.Info)
	// Output:
	// [{DP 10 false} {AF 0.5 false} {DB  true}]
	// [{DP 10 false} {DB  true}]
}

// A file of many samples of which few matter: Parse leaves them alone, and only those that matter are checked.
func ExampleRecord_NextSample() {
	h, err := vcf.ParseHeader([]byte(file))
	if err != nil {
		panic(err)
	}
	r := vcf.NewRecord(h)
	r.DeferSamples = true
	if err := r.Parse([]byte("1\t100\t.\tA\tC\t30\tPASS\tDP=9\tGT:AD\t0/0:9,0\t0/1:5,4"), 8); err != nil {
		panic(err)
	}
	for sample := range r.NumSamples() {
		text, err := r.NextSample()
		if err != nil {
			panic(err)
		}
		if bytes.HasPrefix(text, []byte("0/0")) {
			continue
		}
		if err := r.CheckSample(sample); err != nil {
			panic(err)
		}
		fmt.Println(h.Samples[sample], string(r.Field(sample, r.FormatIndex("AD"))))
	}
	fmt.Println(r.EndSamples())
	// Output:
	// NA2 5,4
	// <nil>
}
