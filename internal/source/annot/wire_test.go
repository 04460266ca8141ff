package annot

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLayout(t *testing.T) {
	for text, want := range map[string]*Layout{
		`{}`:   {},
		`null`: {},
		`{"annotationType":"CHR_POS","formatToHeader":{"CHR":"#Chrom","POS":"at"},"schema":[{"chrom":"STRING"},{"at":"LONG"},{"score":"DOUBLE"},{"n":"INT"},{"f":"FLOAT"},{"b":"BOOLEAN"}]}`: {
			AnnotationType: "CHR_POS", FormatToHeader: map[string]string{"CHR": "#Chrom", "POS": "at"},
			Schema: []Column{{"chrom", String}, {"at", Long}, {"score", Double}, {"n", Int}, {"f", Float}, {"b", Boolean}},
		},
		`{"schema":[{"x":"STRING"}],"formatToHeader":{},"another":1}`: {Schema: []Column{{"x", String}},
			FormatToHeader: map[string]string{}},
	} {
		got, err := ParseLayout([]byte(text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		`{"schema":[{"x":"TEXT"}]}`:   `schema: column "x" has the unknown type "TEXT"`,
		`{"schema":[{"x":"string"}]}`: `schema: column "x" has the unknown type "string"`, // names of types are exact
		`{"schema":[{"x":null}]}`:     `schema: column "x" has the unknown type ""`,
		`{"schema":{"x":"STRING"}}`:   "read layout: ",
		`{"formatToHeader":["CHR"]}`:  "read layout: ",
		`{"annotationType":1}`:        "read layout: ",
		`[]`:                          "read layout: ",
		``:                            "read layout: ",
	} {
		if got, err := ParseLayout([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want %s", text, got, err, want)
		}
	}
}

// TestParseReadOptions: what a request leaves out keeps its default, whatever else it gives.
func TestParseReadOptions(t *testing.T) {
	for text, change := range map[string]func(*ReadOptions){
		`null`:                       func(*ReadOptions) {},
		`{}`:                         func(*ReadOptions) {},
		`{"sep":null,"header":null}`: func(*ReadOptions) {},
		`{"sep":","}`:                func(o *ReadOptions) { o.Sep = "," },
		`{"header":false}`:           func(o *ReadOptions) { o.Header = false },
		`{"encoding":"latin1","comment":"#","quote":"'","escape":"^","lineSep":"\r","quoteAll":true,"escapeQuotes":true}`: func(o *ReadOptions) {
			o.Encoding, o.Comment, o.Quote, o.Escape, o.LineSep, o.QuoteAll, o.EscapeQuotes = "latin1", "#", "'", "^",
				"\r", true, true
		},
	} {
		want := DefaultReadOptions()
		change(&want)
		got, err := ParseReadOptions([]byte(text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for _, text := range []string{``, `[]`, `{"sep":1}`, `{"header":"true"}`, `{"sep":","`} {
		if got, err := ParseReadOptions([]byte(text)); err == nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestPlace(t *testing.T) {
	place := func(l *Layout) string {
		contig, first, last := l.Place()
		return strings.TrimSpace(contig + " " + first + " " + last)
	}
	for annotationType, want := range map[string]string{
		"": "", "GENERIC": "", "WHATEVER": "", "CHR_POS": "chrom pos end", "CHR_POS_REF_ALT": "chrom pos end",
		"CHR_START_END_ONE_BASE": "chrom pos stop", "CHR_START_END_REF_ALT_ONE_BASE": "chrom pos stop",
		"CHR_START_END_ZERO_BASE": "chrom pos stop", "CHR_START_END_REF_ALT_ZERO_BASE": "chrom pos stop",
	} {
		l := variantLayout(annotationType)
		if got := place(l); got != want {
			t.Errorf("%s: %q, want %q", annotationType, got, want)
		}
		columns := map[string]bool{}
		for _, c := range l.Columns() {
			columns[c.Name] = true
		}
		for _, name := range strings.Fields(place(l)) {
			if !columns[name] {
				t.Errorf("%s: the table has no column %s", annotationType, name)
			}
		}
	}
	broken := variantLayout("CHR_POS")
	delete(broken.FormatToHeader, "POS")
	if got := place(broken); got != "" {
		t.Errorf("a layout that Check refuses has the place %q", got)
	}
}

// FuzzParseLayout: what is read is what was written, and neither reading nor looking at it panics.
func FuzzParseLayout(f *testing.F) {
	f.Add([]byte(`{"annotationType":"CHR_POS","formatToHeader":{"CHR":"chrom","POS":"at"},"schema":[{"chrom":"STRING"},{"at":"LONG"}]}`), []byte(`{"sep":","}`))
	f.Add([]byte(`{"schema":[{"x":"INT"},{"X":"INT"}]}`), []byte(`null`))
	f.Add([]byte(`[`), []byte(`{"quote":"\u0000"}`))
	f.Fuzz(func(t *testing.T, layout, options []byte) {
		if o, err := ParseReadOptions(options); err == nil {
			_ = o.Check()
		}
		l, err := ParseLayout(layout)
		if err != nil {
			return
		}
		_ = l.Check()
		_, _, _ = l.Place()
		wire := struct {
			AnnotationType string              `json:"annotationType"`
			FormatToHeader map[string]string   `json:"formatToHeader"`
			Schema         []map[string]string `json:"schema"`
		}{l.AnnotationType, l.FormatToHeader, nil}
		for _, c := range l.Schema {
			wire.Schema = append(wire.Schema, map[string]string{c.Name: c.Type.String()})
		}
		text, err := json.Marshal(wire)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseLayout(text)
		if diff := cmp.Diff(l, again); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	})
}
