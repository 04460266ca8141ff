package vcf

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testHeader is a header with two samples.
// strictRecord is a Record that holds lines to the letter of the specification.
func strictRecord(h *Header) *Record {
	r := NewRecord(h)
	r.Relaxed = 0
	return r
}

func testHeader(tb testing.TB, version string) *Header {
	h, err := ParseHeader([]byte("##fileformat=VCFv" + version + `
##INFO=<ID=I1,Number=1,Type=Integer,Description="">
##INFO=<ID=I2,Number=2,Type=Integer,Description="">
##INFO=<ID=IA,Number=A,Type=Integer,Description="">
##INFO=<ID=IR,Number=R,Type=Integer,Description="">
##INFO=<ID=IU,Number=.,Type=Integer,Description="">
##INFO=<ID=F1,Number=1,Type=Float,Description="">
##INFO=<ID=C1,Number=1,Type=Character,Description="">
##INFO=<ID=S1,Number=1,Type=String,Description="">
##INFO=<ID=FL,Number=0,Type=Flag,Description="">
##FORMAT=<ID=GT,Number=1,Type=String,Description="">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="">
##FORMAT=<ID=GL,Number=G,Type=Float,Description="">
##FORMAT=<ID=CH,Number=.,Type=Character,Description="">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	s1	s2
`))
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// line fills a good line with the columns that differ.
func line(columns map[string]string) []byte {
	names := strings.Fields("CHROM POS ID REF ALT QUAL FILTER INFO FORMAT s1 s2")
	values := strings.Fields("1 100 . A C 50 PASS . GT 0/1 0/0")
	for i, name := range names {
		if v, ok := columns[name]; ok {
			values[i] = v
		}
	}
	return []byte(strings.Join(values, "\t"))
}

type columns = map[string]string

func TestRecord(t *testing.T) {
	r := NewRecord(testHeader(t, "4.2"))
	text := "chrX\t1000\trs1;rs2\tAC\tA,<DEL>\t12.5\tq10;s50\tI1=7;FL;S1=a=b,c;END=1200\tGT:AD:DP\t0|2:1,2,.:9\t./."
	if err := r.Parse([]byte(text+"\r"), 1); err != nil {
		t.Fatal(err)
	}
	if string(r.Chrom()) != "chrX" || r.Pos() != 1000 || string(r.Ref()) != "AC" || r.End() != 1200 ||
		string(r.ID()) != "rs1;rs2" || string(r.Line()) != text {
		t.Errorf("site: %s %d %s %d", r.Chrom(), r.Pos(), r.Ref(), r.End())
	}
	if q, ok := r.Qual(); q != 12.5 || !ok {
		t.Errorf("QUAL = %v, %v", q, ok)
	}
	if diff := cmp.Diff([][][]byte{bs("rs1", "rs2"), bs("A", "<DEL>"), bs("q10", "s50")},
		[][][]byte{r.AppendIDs(nil), r.AppendAlts(nil), r.AppendFilters(nil)}); diff != "" {
		t.Error(diff)
	}
	if r.NumAlt() != 2 || string(r.Alt(1)) != "<DEL>" || string(r.Filter()) != "q10;s50" {
		t.Errorf("ALT %d, FILTER %s", r.NumAlt(), r.Filter())
	}
	var info []string
	for i := range r.NumInfo() {
		key, value, hasValue := r.Info(i)
		info = append(info, fmt.Sprintf("%s %s %v %v", key, value, hasValue, r.InfoField(i).Type))
	}
	if diff := cmp.Diff([]string{"I1 7 true Integer", "FL  false Flag", "S1 a=b,c true String", "END 1200 true Integer"},
		info); diff != "" {
		t.Error(diff)
	}
	if v, ok := r.InfoValue("S1"); string(v) != "a=b,c" || !ok {
		t.Errorf("S1 = %q, %v", v, ok)
	}
	if v, ok := r.InfoValue("DP"); v != nil || ok {
		t.Errorf("DP = %q, %v", v, ok)
	}
	if r.NumSamples() != 2 || r.NumFormat() != 3 || r.FormatIndex("DP") != 2 || r.FormatIndex("GL") != -1 ||
		r.FormatField(1).ID != "AD" {
		t.Errorf("FORMAT: %d keys", r.NumFormat())
	}
	if string(r.Sample(0)) != "0|2:1,2,.:9" || string(r.Sample(1)) != "./." || string(r.Field(0, 1)) != "1,2,." ||
		string(r.Field(0, 2)) != "9" || r.Field(1, 1) != nil || r.Field(1, 2) != nil {
		t.Errorf("samples: %q %q %q", r.Sample(0), r.Sample(1), r.Field(1, 1))
	}
}

func TestMissingColumns(t *testing.T) {
	r := NewRecord(testHeader(t, "4.2"))
	if err := r.Parse(line(columns{"ID": ".", "ALT": ".", "QUAL": ".", "FILTER": ".", "REF": "ACG"}), 1); err != nil {
		t.Fatal(err)
	}
	if _, ok := r.Qual(); ok || r.NumAlt() != 0 || r.NumInfo() != 0 || r.AppendIDs(nil) != nil ||
		r.AppendFilters(nil) != nil || r.AppendAlts(nil) != nil {
		t.Errorf("missing columns have values")
	}
	if r.End() != 102 {
		t.Errorf("End = %d, want POS+len(REF)-1", r.End())
	}
}

// What must be accepted though it looks odd; the comment names who writes it.
func TestAccepted(t *testing.T) {
	for _, c := range []struct {
		name    string
		version string
		columns columns
	}{
		{"telomere", "4.2", columns{"POS": "0", "ALT": ".[1:100["}},
		{"last position", "4.2", columns{"POS": "2147483647"}},
		{"contig of the assembly file", "4.2", columns{"CHROM": "<ctg1>"}},
		{"HLA contig", "4.2", columns{"CHROM": "HLA-DRB1*15:01:01:02"}},
		{"lower-case bases", "4.2", columns{"REF": "acgtn", "ALT": "a,c"}},
		{"spanning deletion", "4.2", columns{"ALT": "G,*"}},
		{"non-ref", "4.2", columns{"ALT": "<NON_REF>"}},
		{"any allele", "4.3", columns{"ALT": "<*>"}},
		{"breakends", "4.2", columns{"ALT": "A[2:3[,]2:3]A,[2:3[A,A]<ctg>:7],.A,A.", "s1": "./."}},
		{"inserted contig", "4.2", columns{"ALT": "A<ctg1>"}},
		{"PLINK", "4.2", columns{"ALT": "I"}},
		{"IUPAC code of the reference", "4.2", columns{"REF": "BA", "ALT": "BAA"}},
		{"QUAL", "4.2", columns{"QUAL": "1e-5"}},
		{"infinite QUAL", "4.3", columns{"QUAL": "+Inf"}},
		{"PASS among others", "4.3", columns{"FILTER": "q10;PASS"}},
		{"semicolon at the end", "4.2", columns{"INFO": "I1=1;"}},
		{"missing values", "4.2", columns{"INFO": "I1=.;I2=.;IA=;IR=.,1;F1=.;C1=.;S1="}},
		{"reserved key undeclared", "4.2", columns{"INFO": "DP=7;SOMATIC;AF=0.5;SVTYPE=DEL"}},
		{"flag with 1", "4.2", columns{"INFO": "FL=1"}},
		{"commas in one String", "4.2", columns{"INFO": "S1=a,b,c"}},
		{"fraction in a key not reserved (GATK's GC)", "4.2", columns{"INFO": "I1=75.25"}},
		{"one value for all (Mutect2)", "4.2", columns{"ALT": "C,G", "INFO": "I2=1;IA=1;IR=1"}},
		{"more values than alleles (ExAC)", "4.2", columns{"INFO": "AC=1,2"}},
		{"space in INFO since 4.3", "4.3", columns{"INFO": "S1=a b"}},
		{"END before POS (Delly)", "4.2", columns{"INFO": "END=5"}},
		{"undeclared FORMAT key", "4.2", columns{"FORMAT": "GT:MY_KEY.1", "s1": "0/1:x y,z"}},
		{"haploid and triploid", "4.2", columns{"FORMAT": "GT:GL", "s1": "1:-1,-2", "s2": "0/0/1:1,2,3,4"}},
		{"GL of an unknown ploidy", "4.2", columns{"FORMAT": "GT:GL", "s1": ".:-1,-2,-3", "s2": ".:1,2"}},
		{"phase in front since 4.4", "4.4", columns{"s1": "|0|1", "s2": "/1"}},
		{"empty fields", "4.2", columns{"FORMAT": "GT:AD:DP", "s1": "0/1::", "s2": ""}},
		{"characters", "4.2", columns{"FORMAT": "CH", "s1": "a,é,;", "s2": ","}},
		{"tabs at the end (Glow)", "4.2", columns{"s2": "0/0\t\t"}},
		{"allele 1 without ALT", "4.2", columns{"ALT": "."}},
	} {
		if err := NewRecord(testHeader(t, c.version)).Parse(line(c.columns), 1); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// FORMAT keys of any characters are read, but for white space and control characters.
func TestFormatKeys(t *testing.T) {
	for key, ok := range map[string]bool{"TUMOR-DP": true, "5mC": true, "Y/Y": true, "Y[1]": true, "(Y)": true, "é": true,
		"Y#": true, "Y,Z": true,
		"a b": false, "a\u00a0b": false, "a\x01": false, "a\x7f": false, ".": false, "": false} {
		r := NewRecord(testHeader(t, "4.2"))
		if err := r.Parse(line(columns{"FORMAT": "GT:" + key, "s1": "0/1:x", "s2": "."}), 1); (err == nil) != ok {
			t.Errorf("%q: %v", key, err)
		} else if ok && (r.Notes.Count(RuleFormat) != 1 || string(r.Field(0, 1)) != "x" || r.FormatField(1).ID != key) {
			t.Errorf("%q: %s", key, r.Notes)
		}
	}
}

// A Record must be good again after a bad line, and errors must not depend on
// what came before.
func TestReuse(t *testing.T) {
	h := testHeader(t, "4.2")
	lines := [][]byte{
		line(columns{"INFO": "I1=1;F1=2;FL", "FORMAT": "GT:AD", "s1": "0/1:1,2", "s2": "0/0"}),
		line(columns{"INFO": "F1=2;I1=1", "FORMAT": "GT"}),
		line(columns{"ALT": "C,G", "FORMAT": "GT:AD", "s1": "0/2:1,2,3", "s2": ".:4,5,6"}),
		line(columns{"FILTER": "", "INFO": "I1=x"}),
		line(columns{"CHROM": "chr 1"}),
		line(columns{"FORMAT": "GT:GT"}),
		line(columns{"s2": "9/9"}),
		[]byte("short"),
	}
	used := NewRecord(h)
	for i := range 500 {
		text := lines[i*i%len(lines)]
		fresh := NewRecord(h)
		err1, err2 := used.Parse(text, 1), fresh.Parse(text, 1)
		if (err1 == nil) != (err2 == nil) || err1 != nil && err1.Error() != err2.Error() {
			t.Fatalf("%s: used record %v, fresh record %v", text, err1, err2)
		}
		if err1 == nil && string(rebuild(used)) != string(rebuild(fresh)) {
			t.Fatalf("%s: used record gives %s", text, rebuild(used))
		}
	}
}

func TestLayout(t *testing.T) {
	r := NewRecord(testHeader(t, "4.2"))
	var ids []uint64
	for _, format := range []string{"GT:AD", "GT:AD", "GT", "GT:AD", "DP"} {
		if err := r.Parse(line(columns{"FORMAT": format, "s1": ".", "s2": "."}), 1); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.Layout())
	}
	if ids[0] == 0 || ids[0] != ids[1] || ids[1] == ids[2] || ids[3] != ids[0] || ids[4] == ids[0] || ids[4] == ids[2] {
		t.Errorf("layouts: %v", ids)
	}
	for i := range 3 * maxLayouts {
		format := fmt.Sprintf("GT:X%d", i)
		if err := r.Parse(line(columns{"FORMAT": format}), 1); err != nil || r.FormatField(1).ID != format[3:] {
			t.Fatalf("%s: %v", format, err)
		}
	}
	if len(r.layouts) > maxLayouts {
		t.Errorf("%d layouts are kept", len(r.layouts))
	}
}

func TestValues(t *testing.T) {
	missing := MissingFloat()
	for _, c := range []struct {
		text string
		want []int32
		ok   bool
	}{
		{"", nil, true}, {".", nil, true}, {"7", []int32{7}, true}, {"-1,+2,.", []int32{-1, 2, MissingInt}, true},
		{".,.", []int32{MissingInt, MissingInt}, true},
		{"1,,2", []int32{1, MissingInt, 2}, true}, {"2147483647,-2147483640", []int32{math.MaxInt32, minInt}, true},
		{"x", nil, false}, {"2147483648", nil, false}, {"-2147483641", nil, false}, {"1.5", nil, false}, {"-", nil, false},
	} {
		got, ok := AppendInts(nil, []byte(c.text))
		if ok != c.ok || ok && !slices.Equal(got, c.want) {
			t.Errorf("AppendInts(%q) = %v, %v", c.text, got, ok)
		}
	}
	for _, c := range []struct {
		text string
		want []float64
		ok   bool
	}{
		{"", nil, true}, {".", nil, true}, {"0.1,.5,5.,1e-3", []float64{0.1, 0.5, 5, 1e-3}, true},
		{"-0.25,+3,.", []float64{-0.25, 3, missing}, true},
		{"123456789012345678", []float64{123456789012345678}, true}, {"0.123456789012345678",
			[]float64{0.123456789012345678}, true},
		{"1e400,-inf,Infinity", []float64{math.Inf(1), math.Inf(-1), math.Inf(1)}, true},
		{"nan", []float64{math.NaN()}, true},
		{"x", nil, false}, {"1e", nil, false}, {"0x1p3", nil, false}, {"1_0", nil, false}, {"--1", nil, false},
	} {
		got, ok := AppendFloats(nil, []byte(c.text))
		same := slices.EqualFunc(got, c.want, func(a, b float64) bool {
			return IsMissingFloat(a) == IsMissingFloat(b) && (a == b || math.IsNaN(a) && math.IsNaN(b))
		})
		if ok != c.ok || ok && !same {
			t.Errorf("AppendFloats(%q) = %v, %v", c.text, got, ok)
		}
	}
	for _, c := range []struct {
		gt     string
		want   []int32
		phased bool
	}{
		{"", []int32{-1}, false}, {"0/1", []int32{0, 1}, false}, {"1|0", []int32{1, 0}, true}, {".", []int32{-1}, false},
		{"./.", []int32{-1, -1}, false},
		{".|1", []int32{-1, 1}, true}, {"0", []int32{0}, false}, {"0/1/12", []int32{0, 1, 12}, false},
		{"0/1|2", []int32{0, 1, 2}, true},
		{"|1", []int32{1}, true}, {"112", []int32{112}, false}, {"|12", []int32{12}, true}, {"/0/1", []int32{0, 1}, false},
		{"10/9", []int32{10, 9}, false},
	} {
		if got, phased := AppendGT(nil, []byte(c.gt)); !slices.Equal(got, c.want) || phased != c.phased {
			t.Errorf("AppendGT(%q) = %v, %v", c.gt, got, phased)
		}
	}
}

func TestGenotypes(t *testing.T) {
	for _, c := range [][3]int{{2, 1, 2}, {2, 2, 3}, {3, 2, 6}, {2, 3, 4}, {3, 3, 10}, {4, 4, 35}, {1, 5, 1},
		{2, 200, 201}, {1000, 200, math.MaxInt}} {
		if got := genotypes(c[0], c[1]); got != c[2] {
			t.Errorf("genotypes(%d, %d) = %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

func TestBlank(t *testing.T) {
	for text, want := range map[string]bool{"": true, "\r": true, " \t": true, "1\t": false, "\t1": false} {
		if Blank([]byte(text)) != want {
			t.Errorf("Blank(%q) = %v", text, !want)
		}
	}
}

// What a line can make many of is bounded, and the error says so without repeating the line.
func TestRecordBounds(t *testing.T) {
	list := func(n int, sep string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf("x%d", i)
		}
		return strings.Join(parts, sep)
	}
	alts := func(n int) string { return strings.Repeat("C,", n-1) + "G" }
	for _, c := range []struct {
		name    string
		columns columns
		fault   Fault // 0: good
	}{
		{"IDs", columns{"ID": list(maxList, ";")}, 0},
		{"too many IDs", columns{"ID": list(maxList+1, ";")}, ErrTooMany},
		{"filters", columns{"FILTER": list(maxList, ";")}, 0},
		{"too many filters", columns{"FILTER": list(maxList+1, ";")}, ErrTooMany},
		{"too many empty IDs", columns{"ID": strings.Repeat(";", maxList)}, ErrTooMany},
		{"too many empty filters", columns{"FILTER": strings.Repeat(";", maxList)}, ErrTooMany},
		{"INFO entries", columns{"INFO": strings.Repeat("I1=1;", maxInfo-1) + "I1=1"}, 0},
		{"too many INFO entries", columns{"INFO": strings.Repeat("I1=1;", maxInfo) + "I1=1"}, ErrTooManyKeys},
		{"ALTs", columns{"ALT": alts(maxList)}, 0},
		{"too many ALTs", columns{"ALT": alts(maxList + 1)}, ErrTooMany},
		{"FORMAT keys", columns{"FORMAT": list(maxFormatKeys, ":")}, 0},
		{"too many FORMAT keys", columns{"FORMAT": list(maxFormatKeys+1, ":")}, ErrTooManyKeys},
		{"a long FORMAT key", columns{"FORMAT": strings.Repeat("x", maxFormatBytes)}, 0},
		{"a FORMAT key too long", columns{"FORMAT": strings.Repeat("x", maxFormatBytes+1)}, ErrTooManyKeys},
		{"a FORMAT key twice", columns{"FORMAT": list(500, ":") + ":x0"}, ErrDuplicate},
		{"a long contig name", columns{"CHROM": strings.Repeat("c", 1<<20) + ","}, ErrChrom},
		{"a long INFO key", columns{"INFO": strings.Repeat("K", 1<<20)}, ErrUndeclared},
	} {
		text := line(c.columns)
		if c.columns["FORMAT"] != "" {
			text = bytes.ReplaceAll(text, []byte("0/1\t0/0"), []byte(".\t."))
		}
		r := NewRecord(testHeader(t, "4.3"))
		if c.fault != ErrDuplicate {
			r.Relaxed = Customary // habits do not lift the bounds
		}
		err := r.Parse(text, 3)
		if c.fault == 0 && err != nil || c.fault != 0 && !errors.Is(err, c.fault) {
			t.Errorf("%s: %v, want %v", c.name, err, c.fault)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: the error has %d bytes", c.name, len(err.Error()))
		}
	}

	samples := list(maxFields/(maxFormatKeys+1)+1, "\t")
	h, err := ParseHeader([]byte("##fileformat=VCFv4.3\n" + chromLine + "\tFORMAT\t" + samples + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	err = NewRecord(h).Parse([]byte("1\t1\t.\tA\tC\t.\t.\t.\t"+list(maxFormatKeys, ":")+strings.Repeat("\t.",
		len(h.Samples))), 3)
	if !errors.Is(err, ErrTooManyKeys) {
		t.Errorf("fields of many samples: %v", err)
	}

	keys := strings.Fields(strings.ReplaceAll(list(1001, " "), "x", "K"))
	header := "##fileformat=VCFv4.3\n"
	for _, key := range keys {
		header += "##INFO=<ID=" + key + ",Number=0,Type=Flag,Description=\"\">\n"
	}
	h, err = ParseHeader([]byte(header + chromLine + "\tFORMAT\t" + samples + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	record := "1\t1\t.\tA\tC\t.\t.\t" + strings.Join(keys, ";") + "\tGT" + strings.Repeat("\t.", len(h.Samples))
	if err := NewRecord(h).Parse([]byte(record), 3); !errors.Is(err, ErrTooManyKeys) ||
		!strings.Contains(err.Error(), "1001 keys for 33521 samples") {
		t.Errorf("INFO keys of many samples: %v", err)
	}
}

// What GT is for stays, whatever its definition says of its Number.
func TestGenotypesOfAnotherNumber(t *testing.T) {
	for _, number := range []string{"1", "2", "A", "R", "G", "."} {
		text := "##fileformat=VCFv4.3\n##FORMAT=<ID=GT,Number=" + number + ",Type=String,Description=\"\">\n" + chromLine +
			"\tFORMAT\ts1\n" +
			"1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\n"
		_, notes, err := readRelaxed([]byte(text), Customary, func(r *Record) {
			if misfits := r.Misfits(); len(misfits) > 0 {
				t.Errorf("Number=%s: misfits %v", number, misfits)
			}
		})
		if err != nil || notes.Count(RuleNumber) != 0 {
			t.Errorf("Number=%s: %v, %s", number, err, &notes)
		}
	}
}
