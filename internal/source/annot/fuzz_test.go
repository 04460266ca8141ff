package annot

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// escaped writes text for a GFF3 file with whatever may need an escape escaped.
func escaped(text []byte) string {
	var b strings.Builder
	for _, c := range text {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == ':' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// featureLine writes a feature as a line again.
func featureLine(f *Feature) string {
	column := func(text []byte) string {
		if text == nil {
			return "."
		}
		return escaped(text)
	}
	score, strand, phase := ".", ".", "."
	if f.HasScore {
		score = fmt.Sprint(f.Score)
	}
	if f.Strand != nil {
		strand = string(f.Strand)
	}
	if f.HasPhase {
		phase = fmt.Sprint(f.Phase)
	}
	var attributes []string
	for _, a := range []struct {
		tag   string
		value []byte
	}{{"ID", f.ID}, {"Name", f.Name}, {"Alias", f.Alias}, {"Target", f.Target}, {"Gap", f.Gap},
		{"Derives_from", f.DerivesFrom}} {
		if a.value != nil {
			attributes = append(attributes, a.tag+"="+escaped(a.value))
		}
	}
	for _, a := range []struct {
		tag    string
		values [][]byte
	}{{"Parent", f.Parent}, {"Note", f.Note}, {"Dbxref", f.Dbxref}, {"Ontology_term", f.OntologyTerm}} {
		for _, v := range a.values {
			attributes = append(attributes, a.tag+"="+escaped(v))
		}
	}
	if f.HasIsCircular {
		attributes = append(attributes, fmt.Sprintf("Is_circular=%v", f.IsCircular))
	}
	for _, kv := range f.Information {
		attributes = append(attributes, escaped(kv.Key)+"="+escaped(kv.Value))
	}
	return strings.Join([]string{column(f.SeqID), column(f.Source), column(f.Type), fmt.Sprint(f.Start + 1),
		fmt.Sprint(f.End),
		score, strand, phase, strings.Join(attributes, ";")}, "\t")
}

// checkFeature holds what is true of every feature.
func checkFeature(t *testing.T, f *Feature) {
	if f.Start < 0 || f.End <= f.Start || f.SeqID == nil || f.Phase < 0 || f.Phase > 2 {
		t.Fatalf("feature %s", showFeature(f))
	}
	texts := [][]byte{f.SeqID, f.Source, f.Type, f.Strand, f.ID, f.Name, f.Alias, f.Target, f.Gap, f.DerivesFrom}
	for _, list := range [][][]byte{f.Parent, f.Note, f.Dbxref, f.OntologyTerm} {
		texts = append(texts, list...)
	}
	keys := map[string]bool{}
	for _, kv := range f.Information {
		if keys[string(kv.Key)] || kv.Null {
			t.Fatalf("information %s twice", kv.Key)
		}
		keys[string(kv.Key)] = true
		texts = append(texts, kv.Key, kv.Value)
	}
	for _, text := range texts {
		if !utf8.Valid(text) {
			t.Fatalf("invalid text %q", text)
		}
	}
}

// FuzzGFF holds that a parser with a past gives what a new one gives, that a
// feature written again reads the same, and that a fault has its line and a text.
func FuzzGFF(f *testing.F) {
	f.Add([]byte(attrs("ID=i;Name=1,4-a;Alias=a;Alias=b;Parent=p,q;Note=a%2Cb,c;name=x;k=1;K=2;Is_circular=1")),
		[]byte("##gff-version 3"))
	f.Add([]byte("chr%201\tRef Seq\tCDS\t100\t200\t1.3e+03\t-\t2\tDbxref=a:b;Ontology_term=GO:1;Derives_from=d;Target=x 1 2;Gap=M8"), []byte("#x"))
	f.Add([]byte(attrs(`gene_id "x"; transcript_id "y";`)), []byte("##FASTA"))
	f.Add([]byte(attrs("%=%%41;a=%00;é=É;NAME=1;name=2;Name=3")), []byte(attrs("a=1;b=2")))
	f.Fuzz(func(t *testing.T, line, before []byte) {
		g := NewGFF()
		if _, err := g.Line(before, 1); err != nil || g.Done() {
			g = NewGFF()
		}
		first, err := g.Line(line, 7)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.Line != 7 || at.Reason == "" || len(err.Error()) > 4000 ||
				!utf8.ValidString(err.Error()) {
				t.Fatalf("got %v", err)
			}
			return
		}
		if first == nil {
			return
		}
		checkFeature(t, first)
		want := showFeature(first)
		second, err := NewGFF().Line(line, 7)
		if err != nil || showFeature(second) != want {
			t.Fatalf("a new parser gives %v, %v", second, err)
		}
		again := featureLine(first)
		third, err := NewGFF().Line([]byte(again), 7)
		if err != nil || showFeature(third) != want {
			t.Fatalf("written again as %q: %v\ngot  %s\nwant %s", again, err, showFeature(third), want)
		}
	})
}

// rowLine writes the fields of the row that t read last as a line again.
func rowLine(t *TSV) []byte {
	quote, escape := string(t.format.quote), string(t.format.escape)
	var fields [][]byte
	for _, f := range t.fields {
		text := f.text
		if t.format.quote != 0 && (len(text) > 0 || f.quoted) {
			s := string(text)
			if t.format.escape != 0 && t.format.escape != t.format.quote {
				s = strings.ReplaceAll(s, escape, escape+escape)
			}
			text = []byte(quote + strings.ReplaceAll(s, quote, quote+quote) + quote)
		}
		fields = append(fields, text)
	}
	return bytes.Join(fields, t.format.sep)
}

// fuzzOptions are the forms of files that FuzzTSV reads.
func fuzzOptions() (options []ReadOptions) {
	for _, change := range []func(*ReadOptions){
		func(*ReadOptions) {},
		func(o *ReadOptions) { o.Sep, o.Escape, o.Comment = ",", `"`, "#" },
		func(o *ReadOptions) { o.Sep, o.Escape = "||", "" },
		func(o *ReadOptions) { o.Sep, o.Quote = " ", "" },
		func(o *ReadOptions) { o.LineSep, o.Quote = ";", "'" },
	} {
		o := DefaultReadOptions()
		change(&o)
		options = append(options, o)
	}
	return options
}

// FuzzTSV holds that reading a row twice gives the same, that a row written again
// reads the same, that places agree with their values, and that a fault has its line.
func FuzzTSV(f *testing.F) {
	const header = "chrom\tpos\tstop\tref\talt\tscore"
	f.Add([]byte(header), []byte("chr1\t10\t12\tATG\tA,<DEL>\t0.5"))
	f.Add([]byte("#"+header+"\tx\t"), []byte("\"chr1\"\t10\t12\t\"A\"\"T\\\"G\"\tA\tNaN\t\"\"\t"))
	f.Add([]byte("a b c d e f"), []byte(`c,1,2,"A",G,`))
	f.Add([]byte("a||b||c||d||e||f"), []byte(`c||1||2||"A"||G||"1e5"`))
	var layouts []*Layout
	for name := range annotationTypes {
		layouts = append(layouts, variantLayout(name))
	}
	layouts = append(layouts, variantLayout("GENERIC"))
	options := fuzzOptions()
	f.Fuzz(func(t *testing.T, header, line []byte) {
		for _, l := range layouts {
			for _, o := range options {
				fuzzRow(t, l, o, header, line)
			}
		}
	})
}

func fuzzRow(t *testing.T, l *Layout, o ReadOptions, header, line []byte) {
	tsv, err := NewTSV(l, o)
	if err != nil {
		t.Fatal(err)
	}
	_, _, _ = tsv.SearchHeader().Offer(header, 1)
	if err := tsv.setHeader(header, 1); err != nil {
		checkError(t, err, 1)
		o.Header = false
		if tsv, err = NewTSV(l, o); err != nil {
			t.Fatal(err)
		}
	}
	r, err := tsv.Row(line, 3)
	if err != nil {
		checkError(t, err, 3)
		return
	}
	if r == nil {
		return
	}
	want := showRow(tsv, r)
	if l.AnnotationType != "GENERIC" && (r.Start < 0 || r.End < r.Start || len(r.Chrom) == 0 || l.HasAlleles() &&
		(len(r.Ref) == 0 || len(r.Alt) == 0)) {
		t.Fatalf("%s: %s", l.AnnotationType, want)
	}
	again := rowLine(tsv)
	clone := tsv.Clone()
	for _, text := range [][]byte{line, again} {
		r2, err := clone.Row(text, 3)
		if got := showRow(clone, r2); (err != nil || got != want) && !clone.isComment(text) {
			t.Fatalf("%q of %q: %v\ngot  %s\nwant %s", text, line, err, got, want)
		}
	}
	if l.HasAlleles() {
		tsv.SetAllele(r, r.Start, bytes.Clone(r.Ref), bytes.Clone(r.Alt))
		if got := showRow(tsv, r); got != want {
			t.Fatalf("the same allele set: got %s, want %s", got, want)
		}
	}
}

func checkError(t *testing.T, err error, line int64) {
	var at *Error
	if !errors.As(err, &at) || at.Line != line || at.Reason == "" || len(err.Error()) > 4000 ||
		!utf8.ValidString(err.Error()) {
		t.Fatalf("got %v", err)
	}
}
