package annot

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// asked are the read options that a hint asks for, in the words of the API; none when it asks for none.
func asked(t *testing.T, hint string) (options, marks string) {
	t.Helper()
	several := regexp.MustCompile(`readOptions (\{[^}]*\})`)
	one := regexp.MustCompile(`set readOptions\.(\w+) to ("[^"]*"|\w+)`)
	if found := several.FindStringSubmatch(hint); found != nil {
		options = found[1]
	} else if found := one.FindStringSubmatch(hint); found != nil {
		options = `{"` + found[1] + `": ` + found[2] + `}`
	}
	if strings.Contains(hint, "leave readOptions.header, or --no-header, out") {
		options = `{"header": true}`
	}
	if found := regexp.MustCompile(`"nullValue": "([^"]*)"`).FindStringSubmatch(hint); found != nil {
		marks = found[1]
	}
	return options, marks
}

// follow imports a file, does what the hints say until there is none, and returns the rows as its store has them, or
// the last refusal.
func follow(t *testing.T, l *Layout, o ReadOptions, data string) (rows []string, err error) {
	t.Helper()
	for range 4 {
		if err = refuse(l, o, data); err == nil {
			tsv, err := NewTSV(l, o)
			if err != nil {
				t.Fatal(err)
			}
			err = tsv.read(&o, []byte(data), true, func(_ int64, row *Row) error {
				if row != nil {
					rows = append(rows, describe(tsv.plan.columns, row))
				}
				return nil
			})
			return rows, err
		}
		var told *Error
		if !errors.As(Needs(err, l, o, []byte(data), true), &told) {
			return nil, err
		}
		err = told
		options, marks := asked(t, told.Hint)
		if options == "" && marks == "" || strings.Contains(told.Hint, "refused for another reason") {
			return nil, err
		}
		if options != "" {
			if err := json.Unmarshal([]byte(options), &o); err != nil {
				t.Fatalf("%s: %v", told.Hint, err)
			}
		}
		if marks != "" {
			o.NullValues = strings.Split(marks, ",")
		}
	}
	t.Errorf("the hints for %q do not end", data)
	return nil, err
}

// describe says the values of a row.
func describe(columns []Column, row *Row) string {
	var said []string
	for i, v := range row.Values {
		text := "NULL"
		if !v.Null {
			raw, _ := json.Marshal(map[Type]any{String: string(v.Text), Int: v.Int, Double: v.Float}[columns[i].Type])
			text = string(raw)
		}
		said = append(said, text)
	}
	return strings.Join(said, " ")
}

// What hints ask for leads to the values that the file means, or to a refusal: never to values with their quotes, nor
// to columns cut at the wrong character.
func TestHintsLeadToTheValues(t *testing.T) {
	l := &Layout{Schema: []Column{{"chrom", String}, {"pos", Int}, {"gene", String}}}
	two := &Layout{Schema: []Column{{"gene", String}, {"score", Double}}}
	bed := &Layout{
		Schema:         []Column{{"chrom", String}, {"chromStart", Int}, {"chromEnd", Int}},
		AnnotationType: "CHR_START_END_ZERO_BASE",
		FormatToHeader: map[string]string{"CHR": "chrom", "START": "chromStart", "END": "chromEnd"},
	}
	plain := DefaultReadOptions()
	with := func(change func(*ReadOptions)) ReadOptions {
		o := DefaultReadOptions()
		change(&o)
		return o
	}
	noQuotes := with(func(o *ReadOptions) { o.Quote = noQuote })
	comment := with(func(o *ReadOptions) { o.Comment = "#" })
	bare := with(func(o *ReadOptions) { o.Header = false })
	comma := with(func(o *ReadOptions) { o.Sep = "," })
	rows := []string{`"1" 5 "A"`, `"X" 6 "B"`}
	for _, test := range []struct {
		name string
		l    *Layout
		o    ReadOptions
		text string
		want []string // nil: a refusal
	}{
		{"write.csv", l, plain, "\"chrom\",\"pos\",\"gene\"\n\"1\",5,\"A\"\n\"X\",6,\"B\"\n", rows},
		{"write.csv2", l, plain, "\"chrom\";\"pos\";\"gene\"\n\"1\";5;\"A\"\n\"X\";6;\"B\"\n", rows},
		{"write.table", l, plain, "\"chrom\" \"pos\" \"gene\"\n\"1\" 5 \"A\"\n\"X\" 6 \"B\"\n", rows},
		{"bars", l, plain, "\"chrom\"|\"pos\"|\"gene\"\n\"1\"|5|\"A\"\n\"X\"|6|\"B\"\n", rows},
		{"tabs for commas", l, comma, "\"chrom\"\t\"pos\"\t\"gene\"\n\"1\"\t5\t\"A\"\n\"X\"\t6\t\"B\"\n", rows},
		{"row names", l, plain, "\"\",\"chrom\",\"pos\",\"gene\"\n\"1\",\"1\",5,\"A\"\n\"2\",\"X\",6,\"B\"\n", rows},
		{"row names without a header's", l, plain, "\"chrom\" \"pos\" \"gene\"\n\"1\" \"1\" 5 \"A\"\n", nil},
		{"below a comment", l, plain, "# by R\n\"chrom\",\"pos\",\"gene\"\n\"1\",5,\"A\"\n\"X\",6,\"B\"\n", rows},
		{"below a comment that is named", l, comment, "# by R\n\"chrom\",\"pos\",\"gene\"\n\"1\",5,\"A\"\n\"X\",6,\"B\"\n",
			rows},
		{"without a header", l, bare, "\"1\",5,\"A\"\n\"X\",6,\"B\"\n", rows},
		{"other columns and order", l, plain, "\"gene\",\"x\",\"chrom\",\"pos\"\n\"A\",\"\",\"1\",5\n\"B\",\"y\",\"X\",6\n",
			rows},
		{"separators in quotes", l, plain, "\"chrom\",\"pos\",\"gene\"\n\"1\",5,\"A, B\"\n", []string{`"1" 5 "A, B"`}},
		{"quotes as data were given", l, noQuotes, "\"chrom\",\"pos\",\"gene\"\n\"1\",5,\"A\"\n\"X\",6,\"B\"\n", rows},
		{"quotes as data were given, below a comment", l, noQuotes,
			"# R\n\"gene\",\"chrom\",\"pos\"\n\"A\",\"1\",5\n\"B\",\"X\",6\n", rows},
		{"names alone in quotes", l, noQuotes, "\"gene\",\"chrom\",\"pos\"\nA,1,5\nB,X,6\n", rows},
		{"values alone in quotes", l, noQuotes, "chrom,pos,gene\n\"1\",5,\"A\"\n\"X\",6,\"B\"\n", rows},
		{"apostrophes", l, plain, "'chrom','pos','gene'\n'1',5,'A'\n'X',6,'B'\n", rows},
		{"marks of missing values", l, plain, "\"chrom\",\"pos\",\"gene\"\n\"1\",NA,\"A\"\n\"X\",6,\"B\"\n",
			[]string{`"1" NULL "A"`, `"X" 6 "B"`}},
		{"quotes as data", l, plain, "chrom\tpos\tgene\n1\t5\t\"A\" or B\n", []string{`"1" 5 "\"A\" or B"`}},
		{"quotes as data that are not closed", l, plain, "chrom\tpos\tgene\n1\t5\t\"A\n", []string{`"1" 5 "\"A"`}},
		{"an odd quote in a file with quotes", l, comma, "chrom,pos,gene\n\"1\",5,\"A\" B\n", nil},
		{"an odd quote after rows with quotes", l, comma, "chrom,pos,gene\n1,5,\"A\"\n1,6,\"A\" B\n", nil},
		{"an odd quote before rows with quotes", l, comma, "chrom,pos,gene\n1,6,\"A\" B\n1,5,\"A\"\n", nil},
		{"an odd quote after a separator in quotes", l, comma, "chrom,pos,gene\n1,5,\"A, B\"\n1,6,\"A\" B\n", nil},
		{"a value of two lines", l, comma, "chrom,pos,gene\n\"1\",5,\"A\nB\"\n", nil},
		{"a preamble of percent signs", l, plain, "% made by x\n% 2026\nchrom,pos,gene\n1,5,A\nX,6,B\n", rows},
		{"a preamble of exclamation marks", l, plain, "!gaf-version: 2.2\nchrom\tpos\tgene\n1\t5\tA\nX\t6\tB\n", rows},
		{"a preamble of slashes", l, plain, "// made by x\nchrom\tpos\tgene\n1\t5\tA\nX\t6\tB\n", rows},
		{"a header that is taken for a row", l, bare, "chrom\tpos\tgene\n1\t5\tA\nX\t6\tB\n", rows},
		{"a header of other names that is taken for a row", l, bare, "contig\tplace\tname\n1\t5\tA\nX\t6\tB\n", rows},
		{"a header of BED that is taken for a row", bed, bare, "chrom\tchromStart\tchromEnd\n1\t5\t9\n", []string{`"1" 5 9`}},
		{"decimal commas", two, bare, "a;1,5\nb;2,5\n", nil},
		{"decimal commas below a header", two, plain, "\"gene\";\"score\"\n\"a\";1,5\n", nil},
		{"CR LF", l, with(func(o *ReadOptions) { o.LineSep = `\r` }), "chrom\tpos\tgene\r\n1\t5\tA\r\n", nil},
		{"CR CR LF", l, plain, "chrom\tpos\tgene\r\r\n1\t5\tA\r\r\n", nil},
	} {
		got, err := follow(t, test.l, test.o, test.text)
		if diff := cmp.Diff(test.want, got); diff != "" || (err != nil) != (test.want == nil) {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
		}
	}
}

// A mark of missing values is one in columns of text as well, which is said: a strand may be "-".
func TestMarksInText(t *testing.T) {
	l := &Layout{Schema: []Column{{"chrom", String}, {"pos", Int}, {"strand", String}}}
	const text = "chrom\tpos\tstrand\n1\t5\t+\n1\t-\t+\n1\t6\t-\n"
	const want = `; if it marks a missing value, name it: annotationFields {"nullValue": "-"}, or --null-value "-"; "-" in column strand becomes NULL then, too`
	var told *Error
	if err := Needs(refuse(l, DefaultReadOptions(), text), l, DefaultReadOptions(), []byte(text), true); !errors.As(err,
		&told) || told.Hint != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// What no option lets in is told with what the file needs: a value that goes on in the next line, rows with names that
// the header does not have. A quote that nothing closes does not make the separator another one.
func TestHintsOfFiles(t *testing.T) {
	l := &Layout{Schema: []Column{{"chrom", String}, {"pos", Int}, {"gene", String}}}
	comma := DefaultReadOptions()
	comma.Sep = ","
	const data = `; when quotes are data, set readOptions.quote to "\u0000"`
	const goesOn = "; the value goes on to line %d: a row must be one line, write its values without line breaks"
	for _, test := range []struct {
		name string
		o    ReadOptions
		text string
		want string // the hint
	}{
		{"a value of two lines", comma, "chrom,pos,gene\n\"1\",5,\"A\nB\"\n", fmt.Sprintf(goesOn, 3)},
		{"a value of three lines and others", comma, "chrom,pos,gene\n1,5,A\n1,6,\"A\n, \"\"B\"\", C\nD\"\n1,7,\"E\"\n",
			fmt.Sprintf(goesOn, 5)},
		{"a name of two lines", comma, "chrom,pos,\"gene\nsymbol\"\n1,5,A\n", fmt.Sprintf(goesOn, 2)},
		{"a value that is never closed", comma, "chrom,pos,gene\n1,5,\"A\nB\n", data +
			`; then it is refused for another reason: Line 3: "B" has 1 columns, 3 are expected`},
		{"inches", comma, "chrom,pos,gene\n1,5,\"\n1,6,\"\n", data},
		{"a lone quote of the first value", comma, "\"chrom,pos,gene\n1,5,A\n", data},
		{"a lone quote of the first value of a row", comma, "chrom,pos,gene\n\"1,5,A\n", data},
		{"names of rows", comma, "chrom,pos,gene\nr1,1,5,A\nr2,X,6,B\n", rowNames},
		{"names of rows in quotes", comma, "\"chrom\",\"pos\",\"gene\"\n\"1\",\"1\",5,\"A\"\n", rowNames},
		{"a separator at the end", comma, "chrom,pos,gene\n1,5,A,\n", ""},
		{"two columns more", comma, "chrom,pos,gene\nr1,x,1,5,A\n", ""},
	} {
		var told *Error
		if err := Needs(refuse(l, test.o, test.text), l, test.o, []byte(test.text), true); !errors.As(err, &told) ||
			told.Hint != test.want {
			t.Errorf("%s: %v\nwant %s", test.name, err, test.want)
		}
	}
}
