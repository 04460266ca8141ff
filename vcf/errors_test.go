package vcf

import (
	"errors"
	"strings"
	"testing"
)

func TestRecordErrors(t *testing.T) {
	long := strings.Repeat("0/", MaxPloidy) + "0"
	for _, c := range []struct {
		columns columns
		fault   Fault
		column  string
		detail  string
	}{
		{columns{"CHROM": ""}, ErrChrom, "CHROM", `""`},
		{columns{"CHROM": "chr 1"}, ErrChrom, "CHROM", `"chr 1"`},
		{columns{"CHROM": "<1"}, ErrChrom, "CHROM", `"<1"`},
		{columns{"CHROM": "a\x00b"}, ErrEncoding, "", "it holds a NUL byte"},
		{columns{"ID": "a\rb"}, ErrEncoding, "", "it holds a carriage return"},
		{columns{"ID": "a\xffb"}, ErrEncoding, "",
			"it is not UTF-8; a file in Latin-1 is converted with iconv -f ISO-8859-1 -t UTF-8"},
		{columns{"CHROM": "##source"}, ErrHeaderInBody, "", `"##source\t100\t.\tA\tC\t50\tPASS\t.\tGT\t0/1\t0/0"`},
		{columns{"POS": "-1"}, ErrPos, "POS", `"-1"`},
		{columns{"POS": ""}, ErrPos, "POS", `""`},
		{columns{"POS": "2147483648"}, ErrPos, "POS", `"2147483648"`},
		{columns{"POS": "99999999999999999999"}, ErrPos, "POS", `"99999999999999999999"`},
		{columns{"ID": ""}, ErrID, "ID", `""`},
		{columns{"ID": "a;;b"}, ErrID, "ID", `"a;;b"`},
		{columns{"ID": "a;b;a"}, ErrDuplicate, "ID", `"a;b;a"`},
		{columns{"REF": ""}, ErrAllele, "REF", `""`},
		{columns{"REF": "."}, ErrAllele, "REF", `"."`},
		{columns{"REF": "A,C"}, ErrAllele, "REF", `"A,C"`},
		{columns{"REF": "<DEL>"}, ErrAllele, "REF", `"<DEL>"`},
		{columns{"ALT": ""}, ErrAllele, "ALT", `""`},
		{columns{"ALT": "A,,C"}, ErrAllele, "ALT", `""`},
		{columns{"ALT": "A,."}, ErrAllele, "ALT", `"."`},
		{columns{"ALT": "R"}, ErrAllele, "ALT", `"R"`},
		{columns{"ALT": "<A"}, ErrAllele, "ALT", `"<A"`},
		{columns{"ALT": "<>"}, ErrAllele, "ALT", `"<>"`},
		{columns{"ALT": "<A B>"}, ErrAllele, "ALT", `"<A B>"`},
		{columns{"ALT": "[1:2["}, ErrAllele, "ALT", `"[1:2["`},
		{columns{"ALT": "A[1:2]"}, ErrAllele, "ALT", `"A[1:2]"`},
		{columns{"ALT": "A[1:2[C"}, ErrAllele, "ALT", `"A[1:2[C"`},
		{columns{"ALT": "A[1:x["}, ErrAllele, "ALT", `"A[1:x["`},
		{columns{"ALT": "A[1["}, ErrAllele, "ALT", `"A[1["`},
		{columns{"ALT": ".A."}, ErrAllele, "ALT", `".A."`},
		{columns{"QUAL": "x"}, ErrQual, "QUAL", `"x"`},
		{columns{"QUAL": ""}, ErrQual, "QUAL", `""`},
		{columns{"QUAL": "-1"}, ErrQual, "QUAL", `"-1"`},
		{columns{"FILTER": ""}, ErrFilter, "FILTER", `""`},
		{columns{"FILTER": "0"}, ErrFilter, "FILTER", `"0"`},
		{columns{"FILTER": "a;."}, ErrFilter, "FILTER", `"a;."`},
		{columns{"FILTER": "a b"}, ErrFilter, "FILTER", `"a b"`},
		{columns{"FILTER": "a;a"}, ErrDuplicate, "FILTER", `"a;a"`},
		{columns{"INFO": "I1=1;;FL"}, ErrKey, "INFO", "an entry is empty"},
		{columns{"INFO": "=1"}, ErrKey, "INFO", "an entry is empty"},
		{columns{"INFO": "S1=a b"}, ErrWhitespace, "INFO", ""},
		{columns{"INFO": "I1=1;I1=1"}, ErrDuplicate, "INFO/I1", ""},
		{columns{"INFO": "DP=1.5"}, ErrInteger, "INFO/DP", `"1.5"`},
		{columns{"INFO": "I1=x"}, ErrInteger, "INFO/I1", `"x"`},
		{columns{"INFO": "I1=2147483648"}, ErrIntegerRange, "INFO/I1", `"2147483648"`},
		{columns{"INFO": "I1=-2147483641"}, ErrIntegerRange, "INFO/I1", `"-2147483641"`},
		{columns{"INFO": "I1=99999999999999999999"}, ErrIntegerRange, "INFO/I1", `"99999999999999999999"`},
		{columns{"INFO": "I1=1,2"}, ErrCount, "INFO/I1", `"1,2" has 2 where Number=1 means 1`},
		{columns{"INFO": "I2=1,2,3"}, ErrCount, "INFO/I2", `"1,2,3" has 3 where Number=2 means 2`},
		{columns{"INFO": "IR=1,2,3"}, ErrCount, "INFO/IR", `"1,2,3" has 3 where Number=R means 2`},
		{columns{"ALT": "C,G", "INFO": "AC=1"}, ErrCount, "INFO/AC", `"1" has 1 where Number=A means 2`},
		{columns{"INFO": "F1=1e"}, ErrFloat, "INFO/F1", `"1e"`},
		{columns{"INFO": "F1=1.2.3"}, ErrFloat, "INFO/F1", `"1.2.3"`},
		{columns{"INFO": "C1=ab"}, ErrCharacter, "INFO/C1", `"ab"`},
		{columns{"INFO": "FL=yes"}, ErrFlag, "INFO/FL", `"yes"`},
		{columns{"INFO": "AN=-1"}, ErrNegative, "INFO/AN", `"-1"`},
		{columns{"INFO": "AF=0.1,-0.2"}, ErrNegative, "INFO/AF", `"0.1,-0.2"`},
		{columns{"INFO": "CIGAR=1M2"}, ErrCIGAR, "INFO/CIGAR", `"1M2"`},
		{columns{"INFO": "AA=A,C"}, ErrCount, "INFO/AA", `"A,C" has 2 where Number=1 means 1`},
		{columns{"FORMAT": "GT::AD"}, ErrKey, "FORMAT", `""`},
		{columns{"FORMAT": "GT:1X"}, ErrKey, "FORMAT", `"1X"`},
		{columns{"FORMAT": "GT:a b"}, ErrKey, "FORMAT", `"a b"`},
		{columns{"FORMAT": "GT:."}, ErrKey, "FORMAT", `"."`},
		{columns{"FORMAT": "DP:GT"}, ErrGTPosition, "FORMAT", ""},
		{columns{"FORMAT": "GT:DP:DP"}, ErrDuplicate, "FORMAT", `"DP"`},
		{columns{"s1": "0/x"}, ErrGT, "sample s1 FORMAT/GT", `"0/x"`},
		{columns{"s1": "0/"}, ErrGT, "sample s1 FORMAT/GT", `"0/"`},
		{columns{"s1": "/0"}, ErrGT, "sample s1 FORMAT/GT", `"/0"`},
		{columns{"s1": "0/1,"}, ErrGT, "sample s1 FORMAT/GT", `"0/1,"`},
		{columns{"s2": "0/2"}, ErrAlleleIndex, "sample s2 FORMAT/GT", `"0/2"`},
		{columns{"s2": "10"}, ErrAlleleIndex, "sample s2 FORMAT/GT", `"10"`},
		{columns{"s2": long}, ErrPloidy, "sample s2 FORMAT/GT", quote(long)},
		{columns{"s1": "0/1:7"}, ErrTooManyFields, "sample s1", ""},
		{columns{"FORMAT": "GT:AD", "s1": "0/1:1"}, ErrCount, "sample s1 FORMAT/AD", `"1" has 1 where Number=R means 2`},
		{columns{"FORMAT": "GT:AD", "s1": "0/1:1,2x"}, ErrInteger, "sample s1 FORMAT/AD", `"1,2x"`},
		{columns{"FORMAT": "GT:AD", "s1": "0/1:,1"}, ErrEmpty, "sample s1 FORMAT/AD", `",1"`},
		{columns{"FORMAT": "GT:GL", "s1": "0/1:1,2"}, ErrCount, "sample s1 FORMAT/GL", `"1,2" has 2 where Number=G means 3`},
		{columns{"FORMAT": "GT:GL", "s1": "0/1/1:1,2,3"}, ErrCount, "sample s1 FORMAT/GL",
			`"1,2,3" has 3 where Number=G means 4`},
		{columns{"FORMAT": "GT:GL", "s1": "0/1:1,2,x"}, ErrFloat, "sample s1 FORMAT/GL", `"1,2,x"`},
		{columns{"FORMAT": "CH", "s1": "ab"}, ErrCharacter, "sample s1 FORMAT/CH", `"ab"`},
		{columns{"s2": "0/0\t0/0"}, ErrTooManyColumns, "", ""},
	} {
		err := strictRecord(testHeader(t, "4.2")).Parse(line(c.columns), 9)
		var at *ParseError
		if !errors.As(err, &at) || !errors.Is(err, c.fault) || at.Line != 9 || at.Column != c.column {
			t.Errorf("%v: got %v (%+v), want %v in %s", c.columns, err, at, c.fault, c.column)
			continue
		}
		want := c.fault.Error()
		if c.detail != "" {
			want += ": " + c.detail
		}
		if c.column != "" {
			want = c.column + ": " + want
		}
		want = "line 9: " + want
		if err.Error() != want && c.fault != ErrHeaderInBody {
			t.Errorf("%v:\n got %s\nwant %s", c.columns, err, want)
		}
	}
}

func TestMessages(t *testing.T) {
	r := NewRecord(testHeader(t, "4.2"))
	for _, c := range []struct {
		line  string
		fault Fault
		want  string
	}{
		{"1\t100\t.\tA\tC", ErrColumns, "line 12: there are fewer columns than the header has: 5 of 11"},
		{"", ErrColumns, "line 12: there are fewer columns than the header has: 1 of 11"},
		{"1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1", ErrColumns, "line 12: there are fewer columns than the header has: 10 of 11"},
		{string(line(columns{"INFO": "NOPE=1"})), ErrUndeclared, "line 12: INFO/NOPE: key is not declared"},
		{string(line(columns{"ALT": "Q"})), ErrAllele, `line 12: ALT: invalid allele: "Q"`},
	} {
		err := r.Parse([]byte(c.line), 12)
		if !errors.Is(err, c.fault) || err.Error() != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
	custom := &ParseError{Line: 5, Column: "REF", Err: errors.New("REF is C, the reference has T")}
	if want := "line 5: REF: REF is C, the reference has T"; custom.Error() != want {
		t.Errorf("got %v", custom)
	}
}

func TestFaultsHaveTexts(t *testing.T) {
	for f := ErrNoVersion; f <= ErrTooManyContigs; f++ {
		if (f <= ErrDuplicateVEP || f >= ErrColumns) && f.Error() == "" {
			t.Errorf("fault %d has no text", f)
		}
	}
}
