package vcf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// conformant is a file to which the specification has no objection.
func conformant(minor int) []string {
	lines := []string{
		fmt.Sprintf("##fileformat=VCFv4.%d", minor),
		`##contig=<ID=1,length=1000>`,
		`##FILTER=<ID=q10,Description="d">`,
		`##ALT=<ID=DEL,Description="d">`,
		`##INFO=<ID=XI,Number=2,Type=Integer,Description="d">`,
		`##INFO=<ID=XG,Number=G,Type=Integer,Description="d">`,
		`##INFO=<ID=XS,Number=.,Type=String,Description="d">`,
		`##INFO=<ID=XC,Number=2,Type=Character,Description="d">`,
		`##INFO=<ID=XX,Number=0,Type=Flag,Description="d">`,
		`##FORMAT=<ID=GT,Number=1,Type=String,Description="d">`,
		`##FORMAT=<ID=YS,Number=2,Type=String,Description="d">`,
		`##FORMAT=<ID=YC,Number=.,Type=Character,Description="d">`,
		chromLine + "\tFORMAT\tS1",
		"1\t10\trs1;rs2\tAC\tA,<DEL>\t5.5\tq10\tXI=1,2;XG=1,2,3,4,5,6;XS=a,b;XC=a,b;XX;END=20\tGT:YS:YC\t0|1:a,b:a,b",
	}
	if minor == 2 || minor == 5 {
		lines = append(lines, strings.Replace(lines[13], "\t10\t", "\t11\t", 1)+":.")
		lines[14] = strings.TrimSuffix(lines[14], ":.")
	}
	return lines
}

// change is a change of one token, which the versions from since to until forbid.
type change struct {
	line         int    // of conformant, 0-based
	from, to     string // the first of them in the line
	rule         string
	tests        bool // the specification's own test files have the like: it is read with --strict
	since, until int
}

// changes are what makes a conformant file odd, one token each.
func changes() []change {
	var all []change
	for line := 1; line <= 11; line++ { // every kind of definition
		for _, to := range [][2]string{{"##", "## "}, {"##", "###"}, {"=<", " =<"}, {"=<", "<"}, {"<ID", "< ID"}, {",", ", "},
			{",", " ,"}, {">", " >"}, {">", "> "}} {
			all = append(all, change{line: line, from: to[0], to: to[1], rule: "header"})
		}
		if line > 1 {
			all = append(all, change{line: line, from: `,Description="d"`, to: "", rule: "header"},
				change{line: line, from: `"d"`, to: "d", rule: "header"})
		}
	}
	record := func(from, to, rule string) { all = append(all, change{line: 13, from: from, to: to, rule: rule}) }
	for _, list := range [][2]string{{"XS=a,b", "XS="}, {"XC=a,b", "XC="}, {"1:a,b", "1:"}, {":a,b:a,b", ":a,b:"}} {
		for _, to := range []string{",b", "a,", "a,,b"} {
			record(list[0], list[1]+to, "empty")
		}
	}
	record("XX", "XX=x", "type")
	record("XI=1,2", "XI=1", "number")
	record("END=20", "END=20,30", "number")
	record("rs1", ".", "empty")
	record("A,<DEL>", "A,A<DEL>", "allele")
	return append(all,
		change{line: 8, from: "Number=0", to: "Number=1", rule: "header"},
		change{line: 8, from: "Number=0", to: "Number=A", rule: "header", tests: true},
		change{line: 13, from: "XG=1,2,3,4,5,6", to: "XG=1,2,3,4", rule: "number", tests: true},
		change{line: 13, from: "XX", to: "XX=1", rule: "type", tests: true},
		change{line: 13, from: "XS=a", to: "XS=a=a", rule: "type", tests: true},
		change{line: 6, from: "Number=.", to: "Number=R", rule: "header", until: 1},
		change{line: 11, from: "Number=.", to: "Number=LR", rule: "header", since: 4, until: 4},
		change{line: 6, from: "Number=.", to: "Number=P", rule: "header", since: 4},
		change{line: 4, from: `"d"`, to: `"d",Source=x`, rule: "header", since: 3},
		change{line: 4, from: `"d"`, to: `"d",Version=1`, rule: "header", since: 3},
		change{line: 2, from: "q10", to: "q;10", rule: "header"},
		change{line: 3, from: "ALT=<ID=DEL", to: "FILTER=<ID=q10", rule: "header", since: 3},
	)
}

// Nothing is read without a word: each change of a token that the letter forbids is counted, at its line and under one
// rule, and refused by the letter.
func TestNothingIsReadWithoutAWord(t *testing.T) {
	for minor := 1; minor < minors; minor++ {
		text := []byte(strings.Join(conformant(minor), "\n") + "\n")
		if _, notes, err := readRelaxed(text, 0, nil); err != nil || notes.String() != "" {
			t.Fatalf("4.%d: %v, %s", minor, err, &notes)
		}
		for _, c := range changes() {
			if minor < c.since || c.until != 0 && minor > c.until {
				continue
			}
			lines := conformant(minor)
			odd := strings.Replace(lines[c.line], c.from, c.to, 1)
			if odd == lines[c.line] {
				t.Fatalf("%q has no %q", odd, c.from)
			}
			name, at := fmt.Sprintf("4.%d: %s", minor, odd), int64(c.line+1)
			lines[c.line] = odd
			text := []byte(strings.Join(lines, "\n") + "\n")
			_, _, err := readRelaxed(text, 0, nil)
			var fault *ParseError
			if c.tests && err != nil || !c.tests && (!errors.As(err, &fault) || fault.Line != at ||
				fault.Rule.String() != c.rule) {
				t.Errorf("%s: by the letter: %v", name, err)
			}
			if _, notes, err := readRelaxed(text, AllRules, nil); err != nil ||
				!strings.HasPrefix(notes.String(), c.rule+" 1 ") ||
				!strings.Contains(notes.String(), fmt.Sprintf("(first at line %d: ", at)) {
				t.Errorf("%s: %v, %q", name, err, &notes)
			}
		}
	}
}

// Where END, SVLEN or LEN are declared otherwise than the specification, values that say no place are counted, and End
// is what the others say.
func TestOddEnds(t *testing.T) {
	for _, c := range []struct {
		version, meta, alt, info, cell string
		end                            int64
		counted                        string
	}{
		{"4.2", "INFO=<ID=END,Number=.,Type=Integer", "<DEL>", "END=200", ".", 200, ""},
		{"4.2", "INFO=<ID=END,Number=.,Type=Integer", "<DEL>", "END=200,300", ".", 100,
			"INFO/END: END is not one position: \"200,300\""},
		{"4.2", "INFO=<ID=END,Number=1,Type=String", "<DEL>", "END=200", ".", 200, ""},
		{"4.2", "INFO=<ID=END,Number=1,Type=String", "<DEL>", "END=chr1", ".", 100,
			"INFO/END: END is not one position: \"chr1\""},
		{"4.2", "INFO=<ID=END,Number=1,Type=Float", "<DEL>", "END=2e2", ".", 100,
			"INFO/END: END is not one position: \"2e2\""},
		{"4.2", "INFO=<ID=END,Number=1,Type=String", "<DEL>", "END=5", ".", 100, "INFO/END: END is before POS: \"5\""},
		{"4.2", "INFO=<ID=END,Number=1,Type=String", "<DEL>", "END=.", ".", 100, ""},
		{"4.4", "INFO=<ID=SVLEN,Number=A,Type=String", "<DEL>", "SVLEN=50", ".", 150, ""},
		{"4.4", "INFO=<ID=SVLEN,Number=A,Type=String", "<DEL>", "SVLEN=50bp", ".", 100,
			"INFO/SVLEN: value is not a length: \"50bp\""},
		{"4.4", "INFO=<ID=SVLEN,Number=.,Type=String", "<DEL>,<DUP>", "SVLEN=50,?", ".", 150,
			"INFO/SVLEN: value is not a length: \"?\""},
		{"4.4", "INFO=<ID=SVLEN,Number=A,Type=String", "<INS>", "SVLEN=50bp", ".", 100, ""},
		{"4.4", "INFO=<ID=SVLEN,Number=A,Type=String", "<DEL>", "SVLEN=.", ".", 100, ""},
		{"4.3", "INFO=<ID=SVLEN,Number=1,Type=String", "<DEL>", "SVLEN=50bp", ".", 100, ""}, // which is not used
		{"4.5", "FORMAT=<ID=LEN,Number=1,Type=Float", "<*>", ".", "50", 149, ""},
		{"4.5", "FORMAT=<ID=LEN,Number=1,Type=Float", "<*>", ".", "50.5", 100, "FORMAT/LEN: value is not a length: \"50.5\""},
		{"4.5", "FORMAT=<ID=LEN,Number=1,Type=Float", "<*>", ".", ".", 100, ""},
		{"4.5", "FORMAT=<ID=LEN,Number=1,Type=Float", "<DEL>", ".", "50.5", 100, ""},
	} {
		text := fmt.Sprintf("##fileformat=VCFv%s\n##%s,Description=\"d\">\n%s\tFORMAT\tS1\n1\t100\t.\tA\t%s\t.\t.\t%s\tLEN\t%s\n", c.version, c.meta, chromLine, c.alt, c.info, c.cell)
		if !strings.Contains(c.meta, "LEN") || strings.Contains(c.meta, "SVLEN") {
			text = strings.Replace(text, "\tLEN\t"+c.cell, "\tGQ\t.", 1)
		}
		end := int64(0)
		_, notes, err := readRelaxed([]byte(text), Customary, func(r *Record) { end = r.End() })
		if err != nil || end != c.end {
			t.Errorf("%s %s %s %s: end %d, %v", c.version, c.meta, c.info, c.cell, end, err)
		}
		header, ends, _ := strings.Cut(notes.String(), "); end ")
		want := ""
		if c.counted != "" {
			want = "1 record (first at line 4: " + c.counted + ")"
		}
		if !strings.HasPrefix(header, "header 1 line (first at line 2: ") || strings.Contains(header, " record") ||
			ends != want {
			t.Errorf("%s %s %s %s: %q", c.version, c.meta, c.info, c.cell, &notes)
		}
	}
}

// How many values Number=G may have in INFO, where the ploidy is not known.
func TestOfGenotypes(t *testing.T) {
	for alleles, good := range map[int][]int{1: {1}, 2: nil, 3: {3, 6, 10, 15, 21}, 4: {4, 10, 20}} {
		for count := range 22 {
			if got, want := ofGenotypes(count, alleles), slices.Contains(good, count) || alleles == 2 && count > 1; got != want {
				t.Errorf("%d of %d alleles: %v", count, alleles, got)
			}
		}
	}
	if !ofGenotypes(MaxPloidy+1, 2) || ofGenotypes(MaxPloidy+2, 2) {
		t.Error("the ploidy is not bounded")
	}
}
