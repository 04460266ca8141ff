package annot

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSetHeader(t *testing.T) {
	l := &Layout{
		Schema:         []Column{{"Chrom", String}, {"pos", Int}, {"af", Double}},
		AnnotationType: "CHR_POS",
		FormatToHeader: map[string]string{"CHR": "#CHROM", "POS": "Pos"},
	}
	for _, c := range []struct{ name, header, line, want string }{
		{"as the schema", "chrom\tpos\taf", "c\t2\t0.5", `"c" 1 0.5 2 | c:1-2`},
		{"byte order mark and CRLF", "\xEF\xBB\xBFchrom\tpos\taf\r", "c\t2\t0.5", `"c" 1 0.5 2 | c:1-2`},
		{"another order", "AF\t# chrom \tPOS", "0.5\tc\t2", `"c" 1 0.5 2 | c:1-2`},
		{"quoted", "\"chrom\"\tpos\t\"af\"", "c\t2\t0.5", `"c" 1 0.5 2 | c:1-2`},
		{"further columns", "#chrom\tpos\tRS ID\taf\tGene(s)", "c\t2\trs1\t\t",
			`"c" 1 NULL 2 rs_id="rs1" gene_s_=""(NULL) | c:1-2`},
		{"a quoted empty value of a further column", "chrom\tpos\taf\tx", "c\t2\t\t\"\"", `"c" 1 NULL 2 x="" | c:1-2`},
		{"nameless and repeated columns", "chrom\tpos\taf\t\tx\tX\tx4\t", "c\t2\t\t1\t2\t3\t4\t5",
			`"c" 1 NULL 2 _c3="1" x4="2" x5="3" x4_="4" _c7="5" | c:1-2`},
		{"by position", "contig\tposition\tfreq", "c\t2\t0.5", `"c" 1 0.5 2 | c:1-2`},
		{"by position, partly named", "contig\tpos\tfreq", "c\t2\t0.5", `"c" 1 0.5 2 | c:1-2`},
	} {
		tsv := newTSV(t, l, DefaultReadOptions(), c.header)
		for _, tsv := range []*TSV{tsv, tsv.Clone()} {
			r, err := tsv.Row([]byte(c.line), 2)
			if got := showRow(tsv, r); err != nil || got != c.want {
				t.Errorf("%s: got %s, %v\nwant %s", c.name, got, err, c.want)
			}
		}
	}
}

func TestHeaderNamesInErrors(t *testing.T) {
	l := &Layout{Schema: []Column{{"chrom", String}, {"pos", Int}}, AnnotationType: "CHR_POS",
		FormatToHeader: map[string]string{"CHR": "chrom", "POS": "pos"}}
	for header, line := range map[string]string{
		"extra\t# POS\tChrom": "x\t0\tc",
		"Chrom\t# POS":        "c\t0",
		"contig\tPOS":         "c\t0",
	} {
		_, err := newTSV(t, l, DefaultReadOptions(), header).Row([]byte(line), 12)
		want := malformed + ` Line 12, column POS: "0" is smaller than 1, the first position`
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v", header, err)
		}
	}
}

func TestHeaderErrors(t *testing.T) {
	l := &Layout{Schema: []Column{{"a", String}, {"b", Int}, {"c", Float}}}
	for _, c := range []struct{ header, column, value, reason string }{
		{"", "", "", "the header line is empty"},
		{" \t ", "", "", "the header line is empty"},
		{"a\tx", "", "a\tx", "has 2 columns, and not the schema's b, c"},
		{"a\tx\ty\tz", "", "a\tx\ty\tz", "has 4 columns, and not the schema's b, c"},
		{"a,b,c", "", "a,b,c", `has 1 columns, and not the schema's a, b, c; when its columns are separated by ",", set readOptions.sep to ",", or --sep ","`},
		{"a\tb\tc\t#A", "", "a\tb\tc\t#A", "names the schema's column a twice; rename the one that is not meant"},
		{"b\ta\tx", "", "b", "is column 1 of the header and column 2 of the schema; name every column as in the schema, or order them so"},
		{"x\t12\ty", "b", "12", "stands where the header would have a name; when the file has no header, set readOptions.header to false, or --no-header"},
		{"x\ty\t-1.5e3", "c", "-1.5e3",
			"stands where the header would have a name; when the file has no header, set readOptions.header to false, or --no-header"},
		{"a\xff\tb\tc", "", "a\xff\tb\tc", "is not valid UTF-8; set readOptions.encoding to the file's"},
		{"a\rb\rc", "", "a\rb\rc", `holds a carriage return; when these end lines, set readOptions.lineSep to "\r"`},
		{"a\t\"b\tc", "", "\"b\tc", unclosed + `; when quotes are data, set readOptions.quote to "\u0000"`},
		{strings.Repeat("\t", maxColumns) + "x", "", strings.Repeat("\t", maxKept), "has more than 20480 columns"},
	} {
		tsv, err := NewTSV(l, DefaultReadOptions())
		if err != nil {
			t.Fatal(err)
		}
		var at *Error
		if err := tsv.setHeader([]byte(c.header), 4); !errors.As(err, &at) {
			t.Errorf("%.40q: %v", c.header, err)
			continue
		}
		if diff := cmp.Diff(&Error{Line: 4, Column: c.column, Value: c.value, Reason: c.reason}, said(at),
			cmpopts.IgnoreUnexported(Error{})); diff != "" {
			t.Errorf("%.40q (-want +got):\n%s", c.header, diff)
		}
		if _, err := tsv.Row([]byte("x\t1\t1"), 5); !errors.As(err, &at) ||
			at.Reason != "stands where the header was not read" {
			t.Errorf("a row without header: %v", err)
		}
	}
	wide := &Layout{}
	for i := range 14 {
		wide.Schema = append(wide.Schema, Column{"c" + string(rune('a'+i)), String})
	}
	tsv, err := NewTSV(wide, DefaultReadOptions())
	if err != nil {
		t.Fatal(err)
	}
	if err := tsv.setHeader([]byte("x"), 1); err == nil ||
		!strings.HasSuffix(err.Error(), "schema's ca, cb, cc, cd, ce, cf, cg, ch, ci, cj and 4 more") {
		t.Errorf("many missing columns: %v", err)
	}
}

func TestColumnName(t *testing.T) {
	for text, want := range map[string]string{
		"#CHROM": "chrom", " # Gene Name ": "gene_name", "AF%": "af_", "é1": "_1", "a.b-c": "a_b_c", "##": "", "": "",
		"\xff": "_",
	} {
		if got := columnName([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
