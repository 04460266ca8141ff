package annot

import (
	"errors"
	"strings"
	"testing"
)

// refuse reads a file as an import does, up to its first fault.
func refuse(l *Layout, o ReadOptions, data string) error {
	t, err := NewTSV(l, o)
	if err != nil {
		return err
	}
	search, found := t.SearchHeader(), !o.Header
	for i, line := range strings.Split(strings.TrimSuffix(data, "\n"), "\n") {
		if !found {
			row := false
			if found, row, err = search.Offer([]byte(line), int64(i+1)); err != nil {
				return err
			}
			if !row {
				continue
			}
		}
		if _, err := t.Row([]byte(line), int64(i+1)); err != nil {
			return err
		}
	}
	return nil
}

// A refused file is told all the options that it needs at once; with these it is read.
func TestNeeds(t *testing.T) {
	l := &Layout{Schema: []Column{{"gene", String}, {"pos", Int}, {"score", Double}}}
	bare := DefaultReadOptions()
	bare.Header = false
	with := func(change func(*ReadOptions)) ReadOptions {
		o := DefaultReadOptions()
		change(&o)
		return o
	}
	for _, test := range []struct {
		text  string
		given ReadOptions
		hint  string
		then  ReadOptions // reads the file
	}{
		{"gene\tpos\tscore\na\t1\t.\nb\tNA\t-\nc\t3\tNULL\n", DefaultReadOptions(),
			`; if these mark missing values, name them: annotationFields {"nullValue": ".,NA,-,NULL"}, or --null-value ".,NA,-,NULL"`,
			with(func(o *ReadOptions) { o.NullValues = []string{".", "NA", "-", "NULL"} })},
		{"gene\tpos\tscore\na\t1\t.\n", DefaultReadOptions(),
			`; if it marks a missing value, name it: annotationFields {"nullValue": "."}, or --null-value "."`,
			with(func(o *ReadOptions) { o.NullValues = []string{"."} })},
		{"gene\tpos\tscore\na\t1\tNA\nb\t.\tNA\n", with(func(o *ReadOptions) { o.NullValues = []string{"NA"} }),
			`; if it marks a missing value, name it: annotationFields {"nullValue": "NA,."}, or --null-value "NA,."`,
			with(func(o *ReadOptions) { o.NullValues = []string{"NA", "."} })},
		{"# made\n# by x\ngene,pos,score\na,1,.\nb,?,2\n", DefaultReadOptions(),
			`; it needs readOptions {"comment": "#", "sep": ","} and annotationFields {"nullValue": ".,?"}, or --comment "#" --sep "," --null-value ".,?"`,
			with(func(o *ReadOptions) { o.Comment, o.Sep, o.NullValues = "#", ",", []string{".", "?"} })},
		{"a\t1\t.\nb\t2\t5\n", DefaultReadOptions(),
			`; it needs readOptions {"header": false} and annotationFields {"nullValue": "."}, or --no-header --null-value "."`,
			with(func(o *ReadOptions) { o.Header, o.NullValues = false, []string{"."} })},
		{"gene\tpos\tscore\na\t1\tNA\n", bare,
			`; it needs readOptions {"header": true} and annotationFields {"nullValue": "NA"}, or without --no-header, --null-value "NA"`,
			with(func(o *ReadOptions) { o.NullValues = []string{"NA"} })},
		{"gene;pos;score\na;1;2\n", DefaultReadOptions(),
			`; when its columns are separated by ";", set readOptions.sep to ";", or --sep ";"`,
			with(func(o *ReadOptions) { o.Sep = ";" })},
	} {
		err := refuse(l, test.given, test.text)
		var told *Error
		if err := Needs(err, l, test.given, []byte(test.text), true); !errors.As(err, &told) || told.Hint != test.hint {
			t.Errorf("%q: %v\nwant %s", test.text, err, test.hint)
		}
		if err := refuse(l, test.then, test.text); err != nil {
			t.Errorf("%q: with what it needs: %v", test.text, err)
		}
	}
}

// A BED file's lines for browsers, which are passed over without a header, and the marks of spreadsheets have their
// hint.
func TestNeedsOfBED(t *testing.T) {
	typ := &Layout{
		Schema:         []Column{{"chrom", String}, {"from", Int}, {"to", Int}, {"score", Double}},
		AnnotationType: "CHR_START_END_ZERO_BASE",
		FormatToHeader: map[string]string{"CHR": "chrom", "START": "from", "END": "to"},
	}
	text := "browser position chr1\ntrack name=x description=\"y\"\nchr1\t5\t9\t#N/A\n"
	var told *Error
	const want = `; it needs readOptions {"header": false} and annotationFields {"nullValue": "#N/A"}, or --no-header --null-value "#N/A"`
	if err := Needs(refuse(typ, DefaultReadOptions(), text), typ, DefaultReadOptions(), []byte(text),
		true); !errors.As(err, &told) || told.Hint != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	o := DefaultReadOptions()
	o.Header, o.NullValues = false, []string{"#N/A"}
	if err := refuse(typ, o, text); err != nil {
		t.Error(err)
	}
}

// A header that is a comment and lacks columns is told which, not the first row.
func TestHeaderInACommentLacksColumns(t *testing.T) {
	l := &Layout{Schema: []Column{{"chrom", String}, {"pos", Int}, {"phred", Double}}}
	o := DefaultReadOptions()
	o.Comment = "#"
	const want = `Line 2: "#Chrom\tPos\tRef\tAlt" has 4 columns, and not the schema's phred`
	if err := refuse(l, o, "## CADD v1.7\n#Chrom\tPos\tRef\tAlt\n1\t5\tA\tC\n"); err == nil ||
		!strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// What no option lets in is told beside what some do; more marks than a job can name are not asked for.
func TestNeedsMore(t *testing.T) {
	l := &Layout{Schema: []Column{{"gene", String}, {"pos", Int}, {"score", Double}}}
	for text, want := range map[string]string{
		"gene\tpos\tscore\na\t1\t.\nb\tx\t.\n":                          `; if it marks a missing value, name it: annotationFields {"nullValue": "."}, or --null-value "."; then it is refused for another reason: Line 3, column pos: "x" is not an integer of type INT`,
		"gene\tpos\tscore\na\tNULL\tnull\nb\tNone\tnone\nc\tN/A\tn/a\n": `; if these mark missing values: "NULL,null,None,none,N/A,n/a", they are more than a job can name, in 21 characters: write empty values for some`,
	} {
		err := refuse(l, DefaultReadOptions(), text)
		if got := Needs(err, l, DefaultReadOptions(), []byte(text), true); !strings.HasSuffix(got.Error(), want) {
			t.Errorf("%q: %v\nwant %s", text, got, want)
		}
	}
	plain := refuse(l, DefaultReadOptions(), "gene\tpos\tscore\na\tx\t1\n")
	if got := Needs(plain, l, DefaultReadOptions(), nil, true); got != plain {
		t.Errorf("%v became %v", plain, got)
	}
	text := []byte("gene\tpos\tscore\na\t1\t.\nb\t2")
	err := refuse(l, DefaultReadOptions(), "gene\tpos\tscore\na\t1\t.\n")
	// the last line is cut off
	if got := Needs(err, l, DefaultReadOptions(), text, false); !strings.HasSuffix(got.Error(), `--null-value "."`) {
		t.Error(got)
	}
}
