package vcf

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
)

// headerSeeds are meta lines as files have them, and one for each way in which one can be wrong.
var headerSeeds = []string{
	`contig=<ID=chr1,length=248956422,assembly=GRCh38>`, `contig=<ID=x,length=-5>`, `contig=<length=5>`, `contig=<ID=a b>`,
	`contig=text`,
	`FILTER=<ID=q10,Description="Quality below 10">`, `FILTER=<Description="">`, `ALT=<ID=DEL:ME:ALU,Description="d">`,
	`ALT=<ID=X:Y,Description="d">`, `ALT=<ID=DEL,Description=d>`,
	`ALT=<Number=1,ID=DEL>`, `META=<ID=Assay,Type=String,Number=.,Values=[Exome, Genome]>`,
	`META=<ID=Assay,Type=String,Number=.,Values=[Exome>`,
	`META=<ID=A,Values=x>`,
	`SAMPLE=<ID=a,Assay=Exome>`, `SAMPLE=<ID=a*>`, `SAMPLE=<ID=a b>`, `PEDIGREE=<ID=c,Mother=m:n>`,
	`pedigreeDB=http://1/x`,
	`assembly=http://host/x`, `assembly=<>`,
	`INFO=<ID=DP,Number=1,Type=Integer,Description="a \"b\" \\">`, `INFO=<ID=DP,Number=1,Type=Integer,Description="open>`,
	`INFO=<ID=END,Number=1,Type=String,Description="">`,
	`INFO=<ID=DB,Number=0,Type=Integer,Description="">`, `INFO=<ID=X,Number=0,Type=Integer,Description="">`,
	`INFO=<ID=X,Number=-1,Type=Integer,Description="">`, `INFO=<ID=AC,Number=7,Type=Integer,Description="">`,
	`INFO=<ID=X,Number=1,Type=Int,Description="">`, `INFO=<ID=X,Type=Integer,Number=1,Description="">`,
	`INFO=<ID=X,Number=1,Type=Integer,Description=x>`, `INFO=<ID=X;Y,Number=1,Type=Integer,Description="">`,
	`INFO=<ID=X,ID=Y>`, `INFO=<>`, `INFO=<ID>`, `INFO=<ID="x"y>`, `FORMAT=<ID=X,Number=0,Type=Flag,Description="">`,
	`FORMAT=<ID=GT,Number=2,Type=String,Description="">`,
	`INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|x">`,
	`INFO=<ID=ANN,Number=.,Type=String,Description="'Allele | Annotation'">`,
	`INFO=<ID=EFF,Number=.,Type=String,Description="'Effect ( a | b )'">`,
	`source=`, `source`, `fileformat=VCFv4.2`, "x=\x00", "x=\xff",
}

// FuzzHeader holds that any input gives a header or a ParseError with a line.
func FuzzHeader(f *testing.F) {
	f.Add([]byte(benchHeader + "\ts1\ts2\n"))
	f.Add([]byte("##fileformat=VCFv4.1\r\n##SAMPLE=<SampleName=<a>,Mixture=<1.0> >\r\n" + strings.ReplaceAll(chromLine,
		"\t", " ")))
	f.Add([]byte("##fileformat=VCFv4.5\n##FORMAT=<ID=LEC,Number=LA,Type=Integer,Description=\"\\\"\">\n" + chromLine))
	for _, meta := range headerSeeds {
		for _, version := range []string{"4.1", "4.4"} {
			f.Add([]byte("##fileformat=VCFv" + version + "\n##" + meta + "\n" + chromLine + "\tFORMAT\ts1\n"))
		}
	}
	for _, text := range []string{
		"", "\n", ">chr1\nACGT\n", "##source=x\n", "##fileformat=\n", "##fileformat=VCFv3.3\n",
		"\ufeff##fileformat=VCFv4.2\n#POS\n",
		"##fileformat=VCFv4.2\n1\t1\n",
		"##fileformat=VCFv4.2\n##a=b", "##fileformat=VCFv4.2\n#CHROM\tPOS\tREF",
		"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tNAME",
		"##fileformat=VCFv4.2\n" + chromLine + "\tNA1", "##fileformat=VCFv4.2\n" + chromLine + "\tFORMAT",
		"##fileformat=VCFv4.2\n" + chromLine + "\tFORMAT\ta\ta", "##fileformat=VCFv4.2\n" + chromLine + "\tFORMAT\ta\t\tb",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := readHeaderText(string(text), 0)
		relaxed, relaxedErr := readHeaderText(string(text), AllRules)
		var fault *ParseError
		switch {
		case relaxedErr != nil && (err == nil || errors.As(relaxedErr, &fault) && fault.Rule != 0):
			t.Fatalf("strict %v, relaxed %v", err, relaxedErr)
		case relaxedErr == nil && (err == nil) != (relaxed.Notes().Count(RuleHeader) == 0):
			t.Fatalf("strict %v; counted: %s", err, relaxed.Notes())
		case relaxedErr == nil && len(relaxed.Samples) == 0 &&
			NewRecord(relaxed).Parse([]byte("1\t1\t.\tA\tC\t.\t.\t."), 1) != nil:
			t.Fatal("a plain record is refused")
		}
		if err != nil {
			var at *ParseError
			if !errors.As(err, &at) || err.Error() == "" || at.Line == 0 && len(text) > 0 {
				t.Fatalf("got %v", err)
			}
			return
		}
		if !bytes.HasPrefix(text, h.Text) || h.columns < 8 || len(h.Samples) > 0 && h.columns != 9+len(h.Samples) {
			t.Fatalf("header: %d bytes, %d columns, %d samples", len(h.Text), h.columns, len(h.Samples))
		}
		for i := range h.Infos {
			if h.Info([]byte(h.Infos[i].ID)) == nil {
				t.Fatalf("INFO %s is not found", h.Infos[i].ID)
			}
			if _, _, err := ParseVEPHeader(h, h.Infos[i].ID); err != nil && !errors.Is(err, ErrDuplicateVEP) &&
				!errors.Is(err, ErrHeaderTooLarge) {
				t.Fatal(err)
			}
		}
		if rec := NewRecord(h); rec.Parse([]byte("1\t1\t.\tA\tC\t.\t.\t."), 1) != nil && len(h.Samples) == 0 {
			t.Fatal("a plain record is refused")
		}
	})
}

// FuzzRecord holds that a record accepted gives its line back, that its typed
// values convert, and that a fault has a line and a text.
func FuzzRecord(f *testing.F) {
	f.Add(line(columns{"INFO": "I1=1;F1=2e-1,.;FL;S1=x", "FORMAT": "GT:AD:GL:CH", "s1": "0|1:1,2:.,.,.:a,b", "s2": "."}))
	f.Add(line(columns{"ALT": "A[2:3[,<DEL>,*", "ID": "a;b", "FILTER": "x;y"}))
	f.Add([]byte("1 1 . A C . . . GT 0/1 1/1"))
	f.Add([]byte("1\t1\t.\tA\tC\t.\t.\t.\tGT:DP\t0/1:5\t\t\t"))
	for _, c := range []columns{
		{"CHROM": "<ctg1>"}, {"CHROM": ""}, {"CHROM": "a,b"}, {"CHROM": "HLA-A*01:01"}, {"POS": "0"}, {"POS": "2147483648"},
		{"POS": "x"},
		{"POS": ""}, {"ID": "a;a"}, {"ID": "a b"}, {"ID": ";"},
		{"REF": ""}, {"REF": "R"}, {"REF": "X"}, {"ALT": ""}, {"ALT": "."}, {"ALT": "C,,G"}, {"ALT": "I"}, {"ALT": "R"},
		{"ALT": "<DEL"},
		{"ALT": "<>"}, {"ALT": "C<ctg1>"}, {"ALT": ".A,A."},
		{"ALT": "]c:1]A"}, {"ALT": "A[c:1["}, {"ALT": "[c:x[A"}, {"ALT": "A]c1]"}, {"ALT": "[c:1[", "REF": "AR"},
		{"ALT": "AR", "REF": "ARR"},
		{"QUAL": "."}, {"QUAL": "-1"}, {"QUAL": "1e400"}, {"QUAL": "x"}, {"FILTER": "."}, {"FILTER": "0"}, {"FILTER": "a;a"},
		{"FILTER": "a;."},
		{"FILTER": "a b"}, {"FILTER": ""},
		{"INFO": ""}, {"INFO": "I1=1;I1=1"}, {"INFO": "NOPE"}, {"INFO": "I1=x"}, {"INFO": "a b"}, {"INFO": "END=7"},
		{"FORMAT": ""}, {"FORMAT": "GT:GT"}, {"FORMAT": "DP:GT"}, {"FORMAT": "GT:DP:DP"}, {"FORMAT": "GT:1x"},
		{"FORMAT": "XX:YY", "s1": "a,b:c",
			"s2": ":"},
		{"s1": "0"}, {"s1": "./."}, {"s1": "|0|1"}, {"s1": "0/1/1|0"}, {"s1": "00/1"}, {"s1": "0/2"}, {"s1": "0/"},
		{"s1": "x"}, {"s1": "0/1:1"},
		{"s1": ""}, {"s1": "0/1\t0/1"},
		{"FORMAT": "GT:DP", "s1": "0/1:x"}, {"FORMAT": "GT:DP", "s1": "0/1:2147483648"}, {"FORMAT": "GT:DP", "s1": "0/1:1,2"},
		{"FORMAT": "GT:GL",
			"s1": "0/1:1,2,+nan"}, {"FORMAT": "GT:GL", "s1": "0/1/1:1,2,3"},
		{"FORMAT": "GT:GL", "s1": "0/1:1e"}, {"FORMAT": "GT:CH", "s1": "0/1:ab"}, {"FORMAT": "GT:AD", "s1": "0/1:1"},
		{"FORMAT": "GL", "s1": "1,2",
			"s2": "."},
		{"CHROM": "#x"}, {"CHROM": "\x00"}, {"CHROM": "\xff"}, {"CHROM": "a\rb"},
	} {
		f.Add(line(c))
	}
	f.Add([]byte("1\t1\t.\tA"))
	f.Add([]byte("1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1"))
	var headers []*Header
	for _, version := range []string{"4.2", "4.4"} {
		headers = append(headers, testHeader(f, version))
	}
	spaced, err := ParseHeader([]byte("##fileformat=VCFv4.2\n" + strings.ReplaceAll(chromLine, "\t", " ") +
		" FORMAT s1 s2\n"))
	if err != nil {
		f.Fatal(err)
	}
	headers = append(headers, spaced)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, h := range headers {
			strict := strictRecord(h).Parse(text, 3)
			fuzzRelaxed(t, h, text, strict)
			r := strictRecord(h)
			err1 := r.Parse(text, 3)
			err2 := r.Parse(text, 3)
			if (err1 == nil) != (err2 == nil) {
				t.Fatalf("once %v, then %v", err1, err2)
			}
			if err1 != nil {
				var at *ParseError
				if !errors.As(err1, &at) || at.Line != 3 || len(err1.Error()) > 1000 {
					t.Fatalf("got %v", err1)
				}
				continue
			}
			if got := rebuild(r); !bytes.Equal(bytes.TrimRight(got, "\t"), bytes.TrimRight(r.Line(), "\t")) &&
				string(r.column(1)) == strconv.FormatInt(r.Pos(), 10) {
				t.Fatalf("%q gives %q", r.Line(), got)
			}
			convert(t, r)
		}
	})
}

// fuzzRelaxed holds that relaxing every rule lets pass what rules are about and nothing else, counts it, and loses
// nothing.
func fuzzRelaxed(t *testing.T, h *Header, text []byte, strict error) {
	r := NewRecord(h)
	r.Relaxed = AllRules
	err := r.Parse(text, 3)
	var at *ParseError
	switch errors.As(strict, &at); {
	case at == nil && (err != nil || r.broken&breaches != 0 || r.broken&Customary != 0):
		t.Fatalf("%q breaks %q relaxed, nothing strict: %v", text, r.Broken(), err)
	case at != nil && at.Rule == 0 && err == nil:
		t.Fatalf("%q passes relaxed; strict: %v", text, strict)
	case at != nil && at.Rule != 0 && err == nil && !r.broken.holds(at.Rule):
		t.Fatalf("%q breaks %q relaxed; strict: %v", text, r.Broken(), strict)
	case err != nil:
		if !errors.As(err, &at) || at.Rule != 0 {
			t.Fatalf("%q relaxed: %v", text, err)
		}
		return
	}
	for rule := Rule(1); rule < numRules; rule++ {
		if count := r.Notes.Count(rule); count > 1 || (count > 0) != r.Broken().holds(rule) {
			t.Fatalf("%q breaks %s, counted %d times", text, rule, count)
		}
	}
	if got := rebuild(r); !r.Broken().Has(RuleEmpty) && string(r.column(1)) == strconv.FormatInt(r.Pos(), 10) &&
		!bytes.Equal(bytes.TrimRight(got, "\t"), bytes.TrimRight(r.Line(), "\t")) {
		t.Fatalf("%q gives %q relaxed", r.Line(), got)
	}
}

// convert reads every typed value of a record.
func convert(t *testing.T, r *Record) {
	check := func(f *Field, text []byte) {
		ok := true
		switch {
		case f.rule&loose != 0: // taken as it is
		case f.rule&genotype != 0:
			for _, call := range first(AppendGT(nil, text)) {
				if call < -1 || int(call) > max(1, r.NumAlt()) {
					t.Fatalf("GT %q calls %d", text, call)
				}
			}
		case f.Type == Integer:
			_, ok = AppendInts(nil, text)
		case f.Type == Float:
			_, ok = AppendFloats(nil, text)
		}
		if !ok {
			t.Fatalf("%s of Type=%v holds %q", f.ID, f.Type, text)
		}
	}
	for i := range r.NumInfo() {
		_, value, _ := r.Info(i)
		check(r.InfoField(i), value)
	}
	for s := range r.NumSamples() {
		for i := range r.NumFormat() {
			check(r.FormatField(i), r.Field(s, i))
		}
	}
}

func first[A, B any](a A, _ B) A { return a }

// infoSeeds are INFO columns as callers write them, and one for each way in which one can be wrong.
var infoSeeds = []string{
	".", "", "I1=7;FL;S1=a=b,c;END=1200", "DP=35;AF=0.5,0.01;AC=1,2;AN=4;MQ=60.00;DB;",
	"SVTYPE=DEL;SVLEN=-1500;END=2600;CIPOS=-10,10;IMPRECISE",
	"CIGAR=3M1D2M,1X;AA=A", "I1=-2147483640;F1=-1.5e-300;C1=,;IU=.,1,.", "F1=+nAn;IR=1,.,3;IA=+1,2",
	"FL=1;I1=.;F1=", "I1=75.25",
	"I1", "NOPE=1", "I1=1;I1=2", "=1", ";;", "I1=x", "I1=2147483648", "I1=-2147483641", "I1=1,2", "I2=1,2,3", "F1=1e",
	"F1=0x1p3", "C1=ab",
	"FL=yes", "DP=-1",
	"DP=3;AC=1,0;AF=0.500,0.000;END=1300", "END=1300;END=1", "AC=1,2,3", "AC=1,", "AF=0.5,.", "END=1300.5",
	"AC=1,-2", "CIGAR=3Q,1M", "AA=A,C", "DP=1.5", "END=0", "END=99999999999", "S1=a b", "S1=\u00e9\u3042",
	"I1=\xff", "I1=\x00",
}

// FuzzINFO holds that an INFO column alone is taken as what it says: its entries are the parts between semicolons,
// what a Record met before changes neither them nor a fault, and the values are of the type and number that a plain
// reading of the declaration allows.
func FuzzINFO(f *testing.F) {
	for i, seed := range infoSeeds {
		f.Add([]byte(seed), []byte(infoSeeds[(i+2)%10]), uint8(i%4))
	}
	var headers []*Header
	for _, version := range []string{"4.2", "4.4"} {
		headers = append(headers, testHeader(f, version))
	}
	f.Fuzz(func(t *testing.T, info, before []byte, alts uint8) {
		alt := strings.TrimPrefix(strings.Repeat(",C", int(alts%4)), ",")
		if alt == "" {
			alt = "."
		}
		record := func(info []byte) []byte { return line(columns{"ALT": alt, "INFO": string(info)}) }
		for _, h := range headers {
			fresh, used := strictRecord(h), strictRecord(h)
			_ = used.Parse(record(before), 1) // leaves guesses behind, whether good or bad
			err := fresh.Parse(record(info), 3)
			if err != nil {
				var at *ParseError
				if !errors.As(err, &at) || at.Line != 3 || len(err.Error()) > 1000 {
					t.Fatalf("got %v", err)
				}
			}
			for range 2 { // the second time it knows the keys
				again := used.Parse(record(info), 3)
				if (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
					t.Fatalf("%q: %v, but after %q: %v", info, err, before, again)
				}
				if err == nil && !bytes.ContainsAny(info, "\t\r") { // else another column, or none
					checkInfo(t, fresh, used, info)
				}
			}
		}
	})
}

// checkInfo compares the entries of two records with a plain reading of their column.
func checkInfo(t *testing.T, r, other *Record, info []byte) {
	var parts []string
	if text := strings.TrimSuffix(string(info), ";"); text != "" && text != "." {
		parts = strings.Split(text, ";")
	}
	if r.NumInfo() != len(parts) || other.NumInfo() != len(parts) {
		t.Fatalf("%q has %d entries, %d after another record, not %d", info, r.NumInfo(), other.NumInfo(), len(parts))
	}
	if r.End() != other.End() {
		t.Fatalf("%q ends at %d, after another record at %d", info, r.End(), other.End())
	}
	for i, part := range parts {
		wantKey, wantValue, wantHas := strings.Cut(part, "=")
		for _, record := range []*Record{r, other} {
			key, value, has := record.Info(i)
			field := record.InfoField(i)
			if string(key) != wantKey || string(value) != wantValue || has != wantHas || field != r.h.Info(key) {
				t.Fatalf("entry %d of %q is %q=%q of %s", i, info, key, value, field.ID)
			}
			if found, ok := record.InfoValue(wantKey); !ok || string(found) != wantValue {
				t.Fatalf("%q: %s is %q, %v", info, wantKey, found, ok)
			}
		}
		f := r.InfoField(i)
		count := strings.Count(wantValue, ",") + 1
		want := f.Number.count(r.NumAlt())
		if f.Type < Flag && want >= 0 && f.Number.Kind != PerAlt && count > want && !IsMissing([]byte(wantValue)) {
			t.Fatalf("%s=%q has %d values where Number=%s means %d", f.ID, wantValue, count, f.Number, want)
		}
	}
	convert(t, r)
}

// FuzzFloat holds ParseFloat to strconv.
func FuzzFloat(f *testing.F) {
	for _, s := range []string{"0", "-1.5", ".5", "5.", "1e-300", "123456789012345.6", "9007199254740993", "0.1", "nan",
		"-Inf", "+nan", "-NaN",
		"1e999", "-1e-999", "+.e1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := ParseFloat([]byte(text))
		if accepted := len(text) > 0 && scanFloat([]byte(text), 0) == len(text) && !IsMissing([]byte(text)); ok != accepted {
			t.Fatalf("ParseFloat(%q) is %v, a record with it %v", text, ok, accepted)
		}
		want, err := strconv.ParseFloat(text, 64)
		if !ok {
			return
		}
		if math.IsNaN(got) {
			if !strings.EqualFold(strings.TrimLeft(text, "+-"), "nan") || IsMissingFloat(got) {
				t.Fatalf("ParseFloat(%q) is not a number", text)
			}
			return
		}
		if got != want || err != nil && !errors.Is(err, strconv.ErrRange) {
			t.Fatalf("ParseFloat(%q) = %v, strconv %v, %v", text, got, want, err)
		}
	})
}

// FuzzVEP holds that no value gives entries of another number than its annotations.
func FuzzVEP(f *testing.F) {
	f.Add("Allele|Consequence|EXON|FLAGS|x", "A|b&c|1/2||y,C||||")
	f.Add("Allele|Allele", "|,|")
	f.Add("Allele|EXON|Existing_variation", "A||,A|/|&,A|1/2/3|a&&b,A|-1|")
	f.Add("Allele|Consequence", "A|b|c")
	f.Add("Allele | x", " |")
	f.Fuzz(func(t *testing.T, layout, value string) {
		names, fewest, _ := vepNames("Format: " + layout)
		format := newVEPFormat(names, fewest)
		if format == nil {
			return
		}
		var dst []VEPEntry
		for range 2 {
			dst = format.Parse([]byte(value), dst[:0])
			if dst == nil || len(dst) > 0 && len(dst) != strings.Count(value, ",")+1 {
				t.Fatalf("%d entries", len(dst))
			}
			for i := range dst {
				if (dst[i].Extras == nil) == format.extras {
					t.Fatalf("extras: %v", dst[i].Extras)
				}
			}
		}
	})
}
