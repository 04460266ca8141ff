package annot

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// showRow renders a row's values and what is known of its place.
func showRow(t *TSV, r *Row) string {
	if r == nil {
		return "none"
	}
	var parts []string
	for i, c := range t.plan.columns {
		v := r.Values[i]
		text := "NULL"
		switch {
		case v.Null:
		case c.Type == String:
			text = strconv.Quote(string(v.Text))
		case c.Type == Boolean:
			text = strconv.FormatBool(v.Bool)
		case c.Type == Int, c.Type == Long:
			text = strconv.FormatInt(v.Int, 10)
		default:
			text = strconv.FormatFloat(v.Float, 'g', -1, 64)
		}
		parts = append(parts, text)
	}
	out := strings.Join(parts, " ")
	for _, kv := range r.Information {
		if out += " " + string(kv.Key) + "=" + strconv.Quote(string(kv.Value)); kv.Null {
			out += "(NULL)"
		}
	}
	if r.Chrom != nil {
		out += fmt.Sprintf(" | %s:%d-%d", r.Chrom, r.Start, r.End)
	}
	if r.Ref != nil {
		out += fmt.Sprintf(" %s>%s", r.Ref, r.Alt)
	}
	return out
}

func newTSV(tb testing.TB, l *Layout, o ReadOptions, header string) *TSV {
	tb.Helper()
	t, err := NewTSV(l, o)
	if err != nil {
		tb.Fatal(err)
	}
	if o.Header {
		if err := t.setHeader([]byte(header), 1); err != nil {
			tb.Fatal(err)
		}
	}
	return t
}

// The examples of section 1.5 of our notes, and the edges of each annotation type.
func TestAnnotationTypes(t *testing.T) {
	const (
		notNumber  = `is not an integer of type INT`
		belowOne   = "is smaller than 1, the first position"
		belowZero  = "is smaller than 0, the first position"
		beyond     = "makes an end beyond 2147483647, the largest INT"
		isNull     = "the value is NULL, which %s must not be"
		isEmpty    = "the value is empty, which %s must not be"
		header     = "Chrom\tPos\tStop\tRef\tAlt\tScore"
		pr, se, zb = "CHR_POS_REF_ALT", "CHR_START_END_REF_ALT_ONE_BASE", "CHR_START_END_ZERO_BASE"
	)
	for _, c := range []struct{ typ, line, want string }{
		{pr, "chr2\t10\t\tATG\tA\t", `"chr2" 9 NULL "ATG" "A" NULL 12 | chr2:9-12 ATG>A`},
		{pr, "chr2\t10\t\tA\tG,T\t0.5", `"chr2" 9 NULL "A" "G,T" 0.5 10 | chr2:9-10 A>G,T`},
		{pr, "c\t2147483647\t\tA\tG\t", `"c" 2147483646 NULL "A" "G" NULL 2147483647 | c:2147483646-2147483647 A>G`},
		{pr, "c\t1\t\té\tG\t", `"c" 0 NULL "é" "G" NULL 1 | c:0-1 é>G`},
		{pr, "c\t2147483647\t\tAC\tG\t", "Pos: 2147483647 " + beyond},
		{pr, "c\t0\t\tA\tG\t", "Pos: 0 " + belowOne},
		{pr, "c\tx1\t\tA\tG\t", "Pos: x1 " + notNumber},
		{pr, "c\t2147483648\t\tA\tG\t", "Pos: 2147483648 is out of the range of type INT"},
		{pr, "\t1\t\tA\tG\t", "Chrom:  " + fmt.Sprintf(isNull, "CHR")},
		{pr, "c\t\t\tA\tG\t", "Pos:  " + fmt.Sprintf(isNull, "POS")},
		{pr, "c\t\"\"\t\tA\tG\t", "Pos:  " + fmt.Sprintf(isNull, "POS")},
		{pr, "c\t1\t\t\tG\t", "Ref:  " + fmt.Sprintf(isNull, "REF")},
		{pr, "c\t1\t\tA\t\t", "Alt:  " + fmt.Sprintf(isNull, "ALT")},
		{pr, "\"\"\t1\t\tA\tG\t", "Chrom:  " + fmt.Sprintf(isEmpty, "CHR")},
		{pr, "c\t1\t\t\"\"\tG\t", "Ref:  " + fmt.Sprintf(isEmpty, "REF")},
		{"CHR_POS", "chr1\t1\t\t\t\t", `"chr1" 0 NULL NULL NULL NULL 1 | chr1:0-1`},
		{"CHR_POS", "chr1\t-1\t\t\t\t", "Pos: -1 " + belowOne},
		{"CHR_START_END_ONE_BASE", "c\t5\t7\t\t\t", `"c" 4 7 NULL NULL NULL | c:4-7`},
		{"CHR_START_END_ONE_BASE", "c\t5\t5\t\t\t", `"c" 4 5 NULL NULL NULL | c:4-5`},
		{"CHR_START_END_ONE_BASE", "c\t5\t4\t\t\t", "Stop: 4 is smaller than START, 5"},
		{"CHR_START_END_ONE_BASE", "c\t0\t4\t\t\t", "Pos: 0 " + belowOne},
		{"CHR_START_END_ONE_BASE", "c\t5\t\t\t\t", "Stop:  " + fmt.Sprintf(isNull, "END")},
		{se, "c\t5\t9223372036854775807\tA\tG\t", `"c" 4 9223372036854775807 "A" "G" NULL | c:4-9223372036854775807 A>G`},
		{se, "c\t5\t9223372036854775808\tA\tG\t", "Stop: 9223372036854775808 is out of the range of type LONG"},
		{zb, "c\t0\t0\t\t\t", `"c" 0 0 NULL NULL NULL | c:0-0`},
		{zb, "c\t5\t7\t\t\t", `"c" 5 7 NULL NULL NULL | c:5-7`},
		{zb, "c\t-1\t7\t\t\t", "Pos: -1 " + belowZero},
		{zb, "c\t5\t4\t\t\t", "Stop: 4 is smaller than START, 5"},
		{"CHR_START_END_REF_ALT_ZERO_BASE", "c\t5\t7\tAC\tA\t1", `"c" 5 7 "AC" "A" 1 | c:5-7 AC>A`},
		{"GENERIC", "\t-5\t\t\t\t", `NULL -5 NULL NULL NULL NULL`},
		{"", "\t-5\t\t\t\tx", "Score: x is not a number of type DOUBLE"},
	} {
		tsv := newTSV(t, variantLayout(c.typ), DefaultReadOptions(), header)
		r, err := tsv.Row([]byte(c.line), 7)
		got := showRow(tsv, r)
		var at *Error
		if errors.As(err, &at) {
			got = at.Column + ": " + at.Value + " " + said(at).Reason
			if at.Line != 7 || r != nil {
				t.Errorf("%s: line %d", c.line, at.Line)
			}
		}
		if got != c.want {
			t.Errorf("%s %q\n got %s\nwant %s", c.typ, c.line, got, c.want)
		}
	}
	l := variantLayout("CHR_POS")
	l.Schema[1].Type = Long
	tsv := newTSV(t, l, DefaultReadOptions(), header)
	if _, err := tsv.Row([]byte("c\t9223372036854775807\t\t\t\t"), 7); err == nil ||
		!strings.HasSuffix(err.Error(), beyond) {
		t.Errorf("a LONG POS: %v", err)
	}
}

func TestSetAllele(t *testing.T) {
	header := "chrom\tpos\tstop\tref\talt\tscore"
	for _, c := range []struct {
		typ, line, start, ref, alt, want string
	}{
		{"CHR_POS_REF_ALT", "c\t10\t\tCAC\tC\t", "7", "ACA", "A", `"c" 7 NULL "ACA" "A" NULL 10 | c:7-10 ACA>A`},
		{"CHR_POS_REF_ALT", "c\t10\t\tC\tG,T\t", "9", "C", "T", `"c" 9 NULL "C" "T" NULL 10 | c:9-10 C>T`},
		{"CHR_START_END_REF_ALT_ONE_BASE", "c\t10\t12\tCAC\tC\t", "7", "ACA", "A", `"c" 7 10 "ACA" "A" NULL | c:7-10 ACA>A`},
		{"CHR_START_END_REF_ALT_ONE_BASE", "c\t10\t500\tC\t<DEL>,T\t", "9", "C", "<DEL>",
			`"c" 9 500 "C" "<DEL>" NULL | c:9-500 C><DEL>`},
		{"CHR_START_END_REF_ALT_ZERO_BASE", "c\t10\t13\tCAC\tC\t", "8", "ACA", "A", `"c" 8 11 "ACA" "A" NULL | c:8-11 ACA>A`},
	} {
		tsv := newTSV(t, variantLayout(c.typ), DefaultReadOptions(), header)
		r, err := tsv.Row([]byte(c.line), 2)
		if err != nil {
			t.Fatal(err)
		}
		start, _ := strconv.ParseInt(c.start, 10, 64)
		tsv.SetAllele(r, 1, []byte("NN"), []byte("N")) // an allele before, as of a row with several
		tsv.SetAllele(r, start, []byte(c.ref), []byte(c.alt))
		if got := showRow(tsv, r); got != c.want {
			t.Errorf("%s %q\n got %s\nwant %s", c.typ, c.line, got, c.want)
		}
	}
}

func nullHintOf(marks string) string {
	return `; if it marks a missing value, name it: annotationFields {"nullValue": "` + marks +
		`"}, or --null-value "` + marks + `"`
}

// Marks of missing values are NULL wherever a value may be missing, and nowhere else.
func TestNullValues(t *testing.T) {
	o := DefaultReadOptions()
	o.NullValues = []string{".", "NA"}
	tsv := newTSV(t, variantLayout("CHR_POS_REF_ALT"), o, "chrom\tpos\tstop\tref\talt\tscore\tmore")
	for line, want := range map[string]string{
		"c\t10\tNA\tA\tC\t.\tNA":         `"c" 9 NULL "A" "C" NULL 10 more="NA"(NULL) | c:9-10 A>C`,
		"NA\t10\t.\tNA\t.\t NA \tna":     `"NA" 9 NULL "NA" "." NULL 11 more="na" | NA:9-11 NA>.`,
		"c\t10\t5\tA\tC\t\"NA\"\t\"NA\"": `"c" 9 5 "A" "C" NULL 10 more="NA" | c:9-10 A>C`,
		"c\tNA\t5\tA\tC\t1\t":            "is not an integer of type INT",
		"c\t10\t-\tA\tC\t1\t":            "is not an integer of type LONG" + nullHintOf(".,NA,-"),
		"c\t10\t5\tA\tC\tNULL\t":         "is not a number of type DOUBLE" + nullHintOf(".,NA,NULL"),
		"c\t10\t5\tA\tC\tx\t":            "is not a number of type DOUBLE",
	} {
		r, err := tsv.Row([]byte(line), 3)
		got := showRow(tsv, r)
		var at *Error
		if errors.As(err, &at) {
			got = said(at).Reason
		}
		if got != want {
			t.Errorf("%q\n got %s\nwant %s", line, got, want)
		}
	}
	if got := rows(t, func(o *ReadOptions) { o.NullValues = []string{"-"} }, `-,"-",--`); !slices.Equal(got,
		[]string{`NULL "-" "--"`}) {
		t.Errorf("texts: %q", got)
	}
}

// A preamble gets the way to have it passed over, which leads to the header after it.
func TestPreamble(t *testing.T) {
	const hint = `; when lines that begin with # are comments, set readOptions.comment to "#", or --comment "#"`
	l := &Layout{Schema: []Column{{"chrom", String}, {"pos", Int}}}
	for _, first := range []string{"## CADD v1.6", "# made by x"} {
		tsv, err := NewTSV(l, DefaultReadOptions())
		if err != nil {
			t.Fatal(err)
		}
		if err := tsv.setHeader([]byte(first), 1); err == nil || !strings.HasSuffix(err.Error(), hint) {
			t.Errorf("%s: %v", first, err)
		}
	}
	if got := rows(t, func(*ReadOptions) {}, "## x")[0]; !strings.HasSuffix(got, "has 1 columns, 3 are expected"+hint) {
		t.Errorf("a row: %s", got)
	}
	o := DefaultReadOptions()
	o.Comment = "#"
	tsv, err := NewTSV(l, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := firstRow(tsv, "## CADD v1.6\n#Chrom\tPos\n1\t2"); got != `3: "1" 2` {
		t.Errorf("with the option: %s", got)
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		typ        Type
		text, want string
	}{
		{String, "", "NULL"}, {String, `""`, `""`}, {String, " a ", `" a "`}, {String, ".", `"."`},
		{String, "NULL", `"NULL"`},
		{Int, "", "NULL"}, {Int, `""`, "NULL"}, {Int, "-2147483648", "-2147483648"}, {Int, "+7", "7"}, {Int, "007", "7"},
		{Int, " 7\t", "7"},
		{Int, "2147483648", "is out of the range of type INT"}, {Int, "99999999999999999999",
			"is out of the range of type INT"},
		{Int, "1.0", "is not an integer of type INT"}, {Int, "1e3", "is not an integer of type INT"},
		{Int, "-", "is not an integer of type INT" + nullHintOf("-")},
		{Int, " ", "is not an integer of type INT"}, {Int, "1_000", "is not an integer of type INT"},
		{Int, "0x1", "is not an integer of type INT"},
		{Int, "1234567890123456789x", "is not an integer of type INT"},
		{Long, "9223372036854775807", "9223372036854775807"}, {Long, "-9223372036854775808", "-9223372036854775808"},
		{Long, "0000000000000000000001", "1"}, {Long, "9223372036854775808", "is out of the range of type LONG"},
		{Long, "x", "is not an integer of type LONG"},
		{Float, "0.1", "0.10000000149011612"}, {Float, "1e39", "is out of the range of type FLOAT"}, {Float, "1e-50", "0"},
		{Float, "", "NULL"},
		{Double, "0.1", "0.1"}, {Double, "-.5", "-0.5"}, {Double, "5.", "5"}, {Double, "1.7976931348623157e308",
			"1.7976931348623157e+308"},
		{Double, "1e309", "is out of the range of type DOUBLE"}, {Double, "1e-400", "0"}, {Double, "-0", "-0"},
		{Double, "NaN", "NaN"}, {Double, "-nan", "NaN"}, {Double, "Inf", "+Inf"}, {Double, "-Infinity", "-Inf"},
		{Double, "+inf", "+Inf"},
		{Double, "0.123456789012345678901234567890", "0.12345678901234568"}, {Double, " 1.5 ", "1.5"},
		{Double, "0x1p3", "is not a number of type DOUBLE"}, {Double, "1f", "is not a number of type DOUBLE"},
		{Double, ".", "is not a number of type DOUBLE" + nullHintOf(".")},
		{Double, "1e", "is not a number of type DOUBLE"}, {Double, "infinit", "is not a number of type DOUBLE"},
		{Double, "1.2.3", "is not a number of type DOUBLE"},
		{Boolean, "true", "true"}, {Boolean, "FALSE", "false"}, {Boolean, "True", "true"}, {Boolean, "", "NULL"},
		{Boolean, " true", "true"},
		{Boolean, "1", "is neither true nor false, as type BOOLEAN needs"},
		{Boolean, "t", "is neither true nor false, as type BOOLEAN needs"},
	} {
		o := DefaultReadOptions()
		o.Header, o.Sep = false, ","
		tsv := newTSV(t, &Layout{Schema: []Column{{"v", c.typ}, {"x", String}}}, o, "")
		r, err := tsv.Row([]byte(c.text+",x"), 3)
		got := strings.TrimSuffix(showRow(tsv, r), ` "x"`)
		var at *Error
		if errors.As(err, &at) {
			got = said(at).Reason
			if at.Line != 3 || at.Column != "v" || at.Value != c.text {
				t.Errorf("%v %q: %v", c.typ, c.text, err)
			}
		}
		if got != c.want {
			t.Errorf("%v %q: got %s, want %s", c.typ, c.text, got, c.want)
		}
	}
}

// rows reads lines of three STRING columns without header, with options changed.
func rows(t *testing.T, change func(*ReadOptions), lines ...string) (got []string) {
	t.Helper()
	o := DefaultReadOptions()
	o.Header, o.Sep = false, ","
	change(&o)
	tsv := newTSV(t, &Layout{Schema: []Column{{"a", String}, {"b", String}, {"c", String}}}, o, "")
	for i, line := range lines {
		r, err := tsv.Row([]byte(line), int64(i+1))
		text := showRow(tsv, r)
		var at *Error
		if errors.As(err, &at) {
			text = strings.TrimPrefix(err.Error(), malformed+" ")
		}
		got = append(got, text)
	}
	return got
}

func TestReadOptions(t *testing.T) {
	const hint = `; when quotes are data, set readOptions.quote to "\u0000"`
	for _, c := range []struct {
		name        string
		change      func(*ReadOptions)
		lines, want []string
	}{
		{"quotes", func(*ReadOptions) {},
			[]string{`"a,b",c"d,"e"`, `"a\"b","a""b","a\\b"`, `"a\nb","\\",""`, `"a" ,"b"  ,"c" `, ` "a",b,c`, `"",,`,
				`"a\\""b",x,"y\\"`},
			[]string{`"a,b" "c\"d" "e"`, `"a\"b" "a\"b" "a\\b"`, `"a\\nb" "\\" ""`, `"a" "b" "c"`, `" \"a\"" "b" "c"`,
				`"" NULL NULL`, `"a\\\"b" "x" "y\\"`}},
		{"faults of quotes", func(*ReadOptions) {},
			[]string{`a,"b,c`, `a,"b"x,c`, `a,b,"\"`, `"`, `a,b,"`},
			[]string{`Line 1, column b: "\"b,c" ` + unclosed + hint, `Line 2, column b: "\"b\"x,c" ` + afterQuote + hint,
				`Line 3, column c: "\"\\\"" ` + unclosed + hint,
				`Line 4, column a: "\"" ` + unclosed + hint, `Line 5, column c: "\"" ` + unclosed + hint}},
		{"no quote", func(o *ReadOptions) { o.Quote = "\x00" }, []string{`"a",b""`, `"a","b,"`},
			[]string{`Line 1: "\"a\",b\"\"" has 2 columns, 3 are expected`, `"\"a\"" "\"b" "\""`}},
		{"quote", func(o *ReadOptions) { o.Quote = "'" }, []string{`'a,''b','it\'s',"c"`}, []string{`"a,'b" "it's" "\"c\""`}},
		{"escape is the quote", func(o *ReadOptions) { o.Escape = `"` }, []string{`"a""b","c\",d`},
			[]string{`"a\"b" "c\\" "d"`}},
		{"no escape", func(o *ReadOptions) { o.Escape = "" }, []string{`"a""b","c\",d`}, []string{`"a\"b" "c\\" "d"`}},
		{"column counts", func(*ReadOptions) {}, []string{"a,b", "a,b,c,", "a,b,c,\"", ",,", `"a","b","c","d"`},
			[]string{`Line 1: "a,b" has 2 columns, 3 are expected`, `Line 2: "a,b,c," has more than the 3 columns expected`,
				`Line 3: "a,b,c,\"" has more than the 3 columns expected`, "NULL NULL NULL",
				`Line 5: "\"a\",\"b\",\"c\",\"d\"" has more than the 3 columns expected`}},
		{"blank lines", func(*ReadOptions) {}, []string{"", "\r", " \t ", "a,b,c\r"},
			[]string{"none", "none", "none", `"a" "b" "c"`}},
		{"tabs alone", func(o *ReadOptions) { o.Sep = `\t` }, []string{"\t\t", "\ta\t"}, []string{"none", `NULL "a" NULL`}},
		{"comment", func(o *ReadOptions) { o.Comment = "#" }, []string{"#a", "#", " #a,b,c"},
			[]string{"none", "none", `" #a" "b" "c"`}},
		{"no comment", func(*ReadOptions) {}, []string{"#a,b,c"}, []string{`"#a" "b" "c"`}},
		{"several characters", func(o *ReadOptions) { o.Sep = "||" }, []string{`a||"b||\"c"||d|`, "||||", "a|||b||c"},
			[]string{`"a" "b||\"c" "d|"`, "NULL NULL NULL", `"a" "|b" "c"`}},
		{"beyond ASCII", func(o *ReadOptions) { o.Sep = "¦" }, []string{"a¦b¦é"}, []string{`"a" "b" "é"`}},
		{"space", func(o *ReadOptions) { o.Sep = " " }, []string{`a "b c" d`, `a "b"  d`},
			[]string{`"a" "b c" "d"`, `Line 2: "a \"b\"  d" has more than the 3 columns expected`}},
		{"UTF-8", func(*ReadOptions) {}, []string{"\xEF\xBB\xBFa,é,c", "a,\xe9,c", "a,\xe9"},
			[]string{`"a" "é" "c"`, `Line 2, column b: "\xe9" is not valid UTF-8; set readOptions.encoding to the file's`,
				`Line 3: "a,\xe9" is not valid UTF-8; set readOptions.encoding to the file's`}},
		{"ISO-8859-1", func(o *ReadOptions) { o.Encoding = "ISO-8859-1" }, []string{"a,\xe9,\x80", "a,b,c"},
			[]string{`"a" "é" "\u0080"`, `"a" "b" "c"`}},
		{"US-ASCII", func(o *ReadOptions) { o.Encoding = "us-ascii" }, []string{"a,é,c"},
			[]string{`Line 1, column b: "é" is not US-ASCII; set readOptions.encoding to the file's`}},
		{"NUL", func(*ReadOptions) {}, []string{"a,b\x00,c"},
			[]string{`Line 1, column b: "b\x00" holds a NUL character; a file in UTF-16 must be converted to UTF-8`}},
		{"carriage returns", func(*ReadOptions) {}, []string{"a,b\rc,d", "a,b\rc"},
			[]string{`Line 1, column b: "b\rc" holds a carriage return; when these end lines, set readOptions.lineSep to "\r"`,
				`Line 2: "a,b\rc" holds a carriage return; when these end lines, set readOptions.lineSep to "\r"`}},
		{"line separator", func(o *ReadOptions) { o.LineSep = ";" }, []string{"a,b,c\r", "a,b\nc,d"},
			[]string{`"a" "b" "c\r"`, `"a" "b\nc" "d"`}},
		{"track lines are rows outside BED", func(*ReadOptions) {}, []string{"track a,b,c"}, []string{`"track a" "b" "c"`}},
	} {
		if diff := cmp.Diff(c.want, rows(t, c.change, c.lines...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	long := strings.Repeat("a", maxValueBytes+1)
	if got := rows(t, func(*ReadOptions) {}, "a,"+long+",c")[0]; !strings.HasSuffix(got, "… is longer than 16 MiB") {
		t.Errorf("a long value: %.200s", got)
	}
}

func TestBED(t *testing.T) {
	l := &Layout{
		Schema:         []Column{{"chrom", String}, {"start", Int}, {"end", Int}, {"name", String}},
		AnnotationType: "CHR_START_END_ZERO_BASE",
		FormatToHeader: map[string]string{"CHR": "chrom", "START": "start", "END": "end"},
	}
	o := DefaultReadOptions()
	o.Header = false
	for _, comment := range []string{"", ";"} {
		o.Comment = comment
		tsv := newTSV(t, l, o, "")
		want := map[string]string{
			"browser position chr7:1-2":         "none",
			"track name=pairedReads useScore=1": "none",
			"chr7\t0\t5\tx":                     `"chr7" 0 5 "x" | chr7:0-5`,
			"track\t0\t5\tx":                    `"track" 0 5 "x" | track:0-5`,
			"# a comment":                       "none",
			"; a comment":                       "none",
		}
		if comment == "" {
			delete(want, "; a comment")
		} else {
			delete(want, "# a comment")
		}
		for line, want := range want {
			r, err := tsv.Row([]byte(line), 2)
			if got := showRow(tsv, r); err != nil || got != want {
				t.Errorf("%q: got %s, %v", line, got, err)
			}
		}
		if comment == ";" {
			if _, err := tsv.Row([]byte("#\t1\t2\tx"), 2); err != nil {
				t.Error(err)
			}
		}
	}
}
