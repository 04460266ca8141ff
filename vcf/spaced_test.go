package vcf

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const spacedMeta = "##fileformat=VCFv4.2\n##INFO=<ID=DP,Number=1,Type=Integer,Description=\"\">\n" +
	"##INFO=<ID=TXT,Number=1,Type=String,Description=\"\">\n##FORMAT=<ID=XX,Number=1,Type=String,Description=\"\">\n"

// Where #CHROM has spaces for tabs no value comes into another column: each line is split in the one way that its tabs
// or the number of its columns give, or refused.
func TestSpacedColumns(t *testing.T) {
	tabbed := chromLine + "\tFORMAT\tS1\tS2"
	single, padded := strings.ReplaceAll(tabbed, "\t", " "), strings.ReplaceAll(tabbed, "\t", "   ")
	for _, c := range []struct {
		header, record string
		want           []string // the columns; nil: refused
		spaced         int64    // lines counted
		fault          string
	}{
		{single, "1\t9\ta b\tA\tC\t5\tPASS\tTXT=x y\tXX\tp q\t.", []string{"1", "9", "a b", "A", "C", "5", "PASS", "TXT=x y",
			"XX", "p q", "."}, 1, ""},
		{single, "1\t9\t\tA\tC\t5\tPASS\tDP=1\tXX\t.\t.", []string{"1", "9", "", "A", "C", "5", "PASS", "DP=1", "XX", ".",
			"."}, 1, ""},
		{single, "1\t9\t\tA C\tG\t5\tPASS\tDP=1\tXX\t.\t.", []string{"1", "9", "", "A C", "G", "5", "PASS", "DP=1", "XX", ".",
			"."}, 1, ""},
		{single, "1\t9\t.\tA\tC\t5\t\tTXT=x;DB DP=3\tXX\t.\t.", []string{"1", "9", ".", "A", "C", "5", "", "TXT=x;DB DP=3",
			"XX", ".", "."}, 1, ""},
		{single, "1\t9\t.\tA\tC\t5\tPASS\tDP=7\tXX\t\ta b", []string{"1", "9", ".", "A", "C", "5", "PASS", "DP=7", "XX", "",
			"a b"}, 1, ""},
		{single, "1\t9\t.\tA\tC\t5\tPASS\tDP=7\tXX\tnot seen\t", []string{"1", "9", ".", "A", "C", "5", "PASS", "DP=7", "XX",
			"not seen", ""}, 1, ""},
		{single, "1 9 . A C 5 PASS DP=7 XX a\tb", nil, 0, "fewer columns than the header has: 2 of 11"},
		{single, "1 9 . A C 5 PASS DP=7 XX a b", []string{"1", "9", ".", "A", "C", "5", "PASS", "DP=7", "XX", "a", "b"}, 2,
			""},
		{single, "1 9  A C 5 PASS DP=7 XX a b", []string{"1", "9", "", "A", "C", "5", "PASS", "DP=7", "XX", "a", "b"}, 2, ""},
		{single, "1 9  A C G 5 PASS DP=7 XX a b", nil, 0, "more columns than the header has: 12 of 11"},
		{single, "1 9 . A C 5 PASS TXT=x y XX a ", nil, 0, "more columns than the header has: 12 of 11"},
		{single, "1 9 . A C 5 PASS DP=7 XX a", nil, 0, "fewer columns than the header has: 10 of 11"},
		{padded, "1  9   .  A C 5  PASS   DP=7 XX  a b ", []string{"1", "9", ".", "A", "C", "5", "PASS", "DP=7", "XX", "a",
			"b"}, 2, ""},
		{padded, "1  9      A C 5  PASS   DP=7 XX  a b", nil, 0, "fewer columns than the header has: 10 of 11"},
		{padded, "1 9 . A C 5 PASS DP=7\u00a0 XX a\u00a0b c", []string{"1", "9", ".", "A", "C", "5", "PASS", "DP=7\u00a0",
			"XX", "a\u00a0b", "c"}, 2, ""},
		{tabbed, "1 9 . A C 5 PASS DP=7 XX a b", nil, 0, "fewer columns than the header has: 1 of 11"},
	} {
		var got []string
		_, notes, err := readRelaxed([]byte(spacedMeta+c.header+"\n"+c.record+"\n"), AllRules, func(r *Record) {
			got = strings.Split(string(r.Line()), "\t")
		})
		if c.want == nil {
			if at := (*ParseError)(nil); !errors.As(err, &at) || at.Line != 6 || at.Rule != 0 ||
				!strings.Contains(err.Error(), c.fault) {
				t.Errorf("%q: %v", c.record, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" || notes.Count(RuleHeader) != c.spaced {
			t.Errorf("%q: %v, %s\n%s", c.record, err, &notes, diff)
		}
	}
}

// Spaces in a #CHROM line with tabs separate its fixed columns, but are of the names of samples that tabs separate.
func TestSampleNamesOfAMixedHeader(t *testing.T) {
	spaced := strings.ReplaceAll(chromLine, "\t", " ")
	for _, c := range []struct {
		line string
		want []string
	}{
		{chromLine + "\tFORMAT\tS 1\tS 2", []string{"S 1", "S 2"}},
		{spaced + " FORMAT\tS 1\tS 2", []string{"S 1", "S 2"}},
		{spaced + " FORMAT S 1\tS 2", []string{"S 1", "S 2"}},
		{spaced + " FORMAT\tS 1", []string{"S 1"}},
		{spaced + "\t FORMAT S1  S2 ", []string{"S1", "S2"}},
		{spaced + "\t FORMAT \tS1 \t S2 \t", []string{"S1", "S2"}},
		{strings.Replace(spaced, " ", "\t", 1), nil},
		{strings.Replace(spaced, " ", "\t", 1) + " \t", nil},
	} {
		h, err := readHeaderText(fmt.Sprintf("%s%s\n", spacedMeta, c.line), Customary)
		if err != nil {
			t.Errorf("%q: %v", c.line, err)
		} else if diff := cmp.Diff(c.want, h.Samples); diff != "" {
			t.Errorf("%q: %s", c.line, diff)
		}
	}
	if h, err := readHeaderText(spacedMeta+spaced+" FORMAT\tS1\t\tS2\n", Customary); err == nil {
		t.Errorf("a sample without a name: %q", h.Samples)
	}
}
