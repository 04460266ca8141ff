package annot

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// showFeature renders what a feature holds, field by field, leaving out NULLs.
func showFeature(f *Feature) string {
	var parts []string
	add := func(name, value string) { parts = append(parts, name+"="+value) }
	text := func(name string, value []byte) {
		if value != nil {
			add(name, string(value))
		}
	}
	list := func(name string, values [][]byte) {
		if len(values) > 0 {
			add(name, fmt.Sprintf("%q", values))
		}
	}
	text("seqid", f.SeqID)
	text("source", f.Source)
	text("type", f.Type)
	add("start", strconv.FormatInt(f.Start, 10))
	add("end", strconv.FormatInt(f.End, 10))
	if f.HasScore {
		add("score", strconv.FormatFloat(f.Score, 'g', -1, 64))
	}
	text("strand", f.Strand)
	if f.HasPhase {
		add("phase", strconv.Itoa(int(f.Phase)))
	}
	text("id", f.ID)
	text("name", f.Name)
	text("alias", f.Alias)
	list("parent", f.Parent)
	text("target", f.Target)
	text("gap", f.Gap)
	text("derivesfrom", f.DerivesFrom)
	list("note", f.Note)
	list("dbxref", f.Dbxref)
	list("ontologyterm", f.OntologyTerm)
	if f.HasIsCircular {
		add("is_circular", strconv.FormatBool(f.IsCircular))
	}
	for _, kv := range f.Information {
		add("information["+string(kv.Key)+"]", string(kv.Value))
	}
	return strings.Join(parts, "\n")
}

func TestGFFFeature(t *testing.T) {
	const place = "seqid=c\ntype=gene\nstart=0\nend=9"
	for _, c := range []struct{ name, line, want string }{
		{"all columns", "chr%201\tRef%09Seq\tCDS\t100\t200\t1.3e+03\t-\t2\tID=x",
			"seqid=chr 1\nsource=Ref\tSeq\ntype=CDS\nstart=99\nend=200\nscore=1300\nstrand=-\nphase=2\nid=x"},
		{"nothing known", "c\t.\t.\t1\t1\t.\t.\t.\t.", "seqid=c\nstart=0\nend=1"},
		{"no attributes column text", "c\t.\tgene\t1\t9\t.\t.\t.\t", place},
		{"carriage return", "c\t.\tgene\t1\t9\t.\t.\t.\tID=x\r", place + "\nid=x"},
		{"unknown strand", "c\t.\tgene\t1\t9\t.\t?\t.\t.", place + "\nstrand=?"},
		{"CDS without phase", "c\t.\tCDS\t1\t9\t.\t+\t.\t.", "seqid=c\ntype=CDS\nstart=0\nend=9\nstrand=+"},
		{"scores", "c\t.\tgene\t1\t9\tNaN\t.\t.\t.", place + "\nscore=NaN"},
		{"official tags", attrs("ID=i;Name=n;Alias=a,b;Parent=p,q;Target=EST23 1 21 +;Gap=M8 D3;Derives_from=d;Note=n1,n2;Dbxref=EMBL:AA816246;Ontology_term=GO:0046703,GO:1;Is_circular=true"),
			place + "\nid=i\nname=n\nalias=a,b\nparent=[\"p\" \"q\"]\ntarget=EST23 1 21 +\ngap=M8 D3\nderivesfrom=d\nnote=[\"n1\" \"n2\"]\ndbxref=[\"EMBL:AA816246\"]\nontologyterm=[\"GO:0046703\" \"GO:1\"]\nis_circular=true"},
		{"case and underscores", attrs("id=i;DERIVESFROM=d;ontologyTerm=o;isCircular=0"),
			place + "\nid=i\nderivesfrom=d\nontologyterm=[\"o\"]\nis_circular=false"},
		{"split before decoding", attrs("Note=a%2Cb,c;Alias=x%2Cy,z"), place + "\nalias=x,y,z\nnote=[\"a,b\" \"c\"]"},
		{"all escapes", attrs("k=%09%0A%0d%25%2c%3B%3D%26%00%7f%20%c3%a9"), place + "\ninformation[k]=\t\n\r%,;=&\x00\x7f é"},
		{"percent signs", attrs("k=50% identity;l=100%;m=%4;n=%zz%2"),
			place + "\ninformation[k]=50% identity\ninformation[l]=100%\ninformation[m]=%4\ninformation[n]=%zz%2"},
		{"escaped tags", attrs("I%44=i;Gene%3DX=1"), place + "\nid=i\ninformation[gene=x]=1"},
		{"unofficial tags", attrs("Gene_Name=X;ÄB=1;test space=passed"),
			place + "\ninformation[gene_name]=X\ninformation[äb]=1\ninformation[test space]=passed"},
		{"values of unofficial tags", attrs("k=a,b%2Cc;empty=;eq=a=b"),
			place + "\ninformation[k]=a,b,c\ninformation[empty]=\ninformation[eq]=a=b"},
		{"tags given twice", attrs("Parent=a;k=1;Alias=x;Parent=b,c;K=2;Alias=y,z;l=;k=3%2C4;k=;l=5"),
			place + "\nalias=x,y,z\nparent=[\"a\" \"b\" \"c\"]\ninformation[k]=1,2,3,4\ninformation[l]=5"},
		{"single values keep commas", attrs("Name=1,4-alpha-glucan"), place + "\nname=1,4-alpha-glucan"},
		{"two spellings", attrs("name=low;Name=High;NAME=UP"), place + "\nname=High\ninformation[name]=low,UP"},
		{"two spellings, neither the specification's", attrs("name=low;NAME=UP"), place + "\nname=low\ninformation[name]=UP"},
		{"two spellings of Is_circular", attrs("is_circular=what;Is_circular=1"),
			place + "\nis_circular=true\ninformation[is_circular]=what"},
		{"empty official values", attrs("ID=;Alias=;Parent=,;Is_circular="), place},
		{"an alias after an empty one", attrs("Alias=;Alias=a"), place + "\nalias=a"},
		{"spaces and semicolons", attrs(" ID = i ; ; Name=n;"), place + "\nid=i\nname=n"},
		{"quotes stay", attrs(`Note="x"`), place + "\nnote=[\"\\\"x\\\"\"]"},
		{"beyond a circular landmark", "c\t.\tCDS\t5995\t6005\t.\t+\t0\tID=x",
			"seqid=c\ntype=CDS\nstart=5994\nend=6005\nstrand=+\nphase=0\nid=x"},
	} {
		g := NewGFF()
		for n := range int64(2) { // the second time from what the first left
			f, err := g.Line([]byte(c.line), n+1)
			if err != nil || f == nil {
				t.Fatalf("%s: %v, %v", c.name, f, err)
			}
			if diff := cmp.Diff(c.want, showFeature(f)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
		}
	}
}

// attrs makes a feature line with column 9.
func attrs(text string) string { return "c\t.\tgene\t1\t9\t.\t.\t.\t" + text }

func TestGFFErrors(t *testing.T) {
	for _, c := range []struct{ line, column, value, reason string }{
		{"chr1 . gene 1 2 . . . ID=x", "", "chr1 . gene 1 2 . . . ID=x", "has 1 columns separated by tabs, GFF3 has 9"},
		{"c\t.\tgene\t1\t9\t.\t.\t.", "", "c\t.\tgene\t1\t9\t.\t.\t.", "has 8 columns separated by tabs, GFF3 has 9"},
		{attrs("ID=x\ty"), "", attrs("ID=x\ty"), "has 10 columns separated by tabs, GFF3 has 9"},
		{"\t.\tgene\t1\t9\t.\t.\t.\t.", "seqid", "", `the column is empty; a missing value is written "."`},
		{".\t.\tgene\t1\t9\t.\t.\t.\t.", "seqid", ".", "names no sequence"},
		{"chr 1\t.\tgene\t1\t9\t.\t.\t.\t.", "seqid", "chr 1", "holds a space, which GFF3 writes %20 here"},
		{"c\xff\t.\tgene\t1\t9\t.\t.\t.\t.", "seqid", "c\xff",
			"is not valid UTF-8; a file in Latin-1 is converted with iconv -f ISO-8859-1 -t UTF-8"},
		{"c\ta\x01\tgene\t1\t9\t.\t.\t.\t.", "source", "a\x01",
			"holds a control character, which GFF3 writes as a percent escape"},
		{"c\t.\tg%ff\t1\t9\t.\t.\t.\t.", "type", "g%ff", "is not valid UTF-8"},
		{"c\t.\tgene\tx1\t9\t.\t.\t.\t.", "start", "x1", "is not an integer"},
		{"c\t.\tgene\t.\t9\t.\t.\t.\t.", "start", ".", "is not an integer"},
		{"c\t.\tgene\t0\t9\t.\t.\t.\t.", "start", "0", "is smaller than 1, the first position"},
		{"c\t.\tgene\t1\t-9\t.\t.\t.\t.", "end", "-9", "is smaller than 1, the first position"},
		{"c\t.\tgene\t1\t9223372036854775808\t.\t.\t.\t.", "end", "9223372036854775808",
			"is out of the range of 64-bit integers"},
		{"c\t.\tgene\t10\t9\t.\t.\t.\t.", "end", "9", "is smaller than start, 10"},
		{"c\t.\tgene\t1\t9\t0x1\t.\t.\t.", "score", "0x1", "is not a number"},
		{"c\t.\tgene\t1\t9\t1e999\t.\t.\t.", "score", "1e999", "is out of the range of 64-bit numbers"},
		{"c\t.\tgene\t1\t9\t.\tx\t.\t.", "strand", "x", "is not a strand: +, -, ? or ."},
		{"c\t.\tgene\t1\t9\t.\t+-\t.\t.", "strand", "+-", "is not a strand: +, -, ? or ."},
		{"c\t.\tCDS\t1\t9\t.\t+\t3\t.", "phase", "3", "is not a phase: 0, 1, 2 or ."},
		{attrs("ID=a;Note=b\x02"), "attributes", "Note=b\x02",
			"holds a control character, which GFF3 writes as a percent escape"},
		{attrs("ID=a;Note=\xe9"), "attributes", "Note=\xe9",
			"is not valid UTF-8; a file in Latin-1 is converted with iconv -f ISO-8859-1 -t UTF-8"},
		{attrs("ID=a;Note=%e9"), "attributes/Note", "%e9", "is not valid UTF-8"},
		{attrs("ID=a;k=%e9"), "attributes/k", "%e9", "is not valid UTF-8"},
		{attrs("%e9=1"), "attributes", "%e9", "is not valid UTF-8"},
		{attrs(`gene_id "ENSG1"; transcript_id "T";`), "attributes", `gene_id "ENSG1"`,
			"is an attribute of GTF or GFF2, where the file must be GFF3, tag=value" + convertGTF},
		{attrs(`note "a=b"`), "attributes", `note "a=b"`,
			"is an attribute of GTF or GFF2, where the file must be GFF3, tag=value" + convertGTF},
		{attrs("g1.t1"), "attributes", "g1.t1", "is not an attribute tag=value, as GFF3 has it; GTF and GFF2 write others" +
			convertGTF},
		{attrs("ID=a;Note=b; c"), "attributes", "c",
			"is not an attribute tag=value; a semicolon within a value is written %3B"},
		{attrs("ID=a;=b"), "attributes", "=b", "has no tag before '='"},
		{attrs(strings.Repeat("k", 1025) + "=b"), "attributes", strings.Repeat("k", 1024),
			"has a tag longer than 1024 bytes"},
		{attrs("ID=a;Name=n;ID=a"), "attributes/ID", "a", "gives the tag a second time, and a feature has one"},
		{attrs("Is_circular=yes"), "attributes/Is_circular", "yes", "is neither true nor false"},
		{attrs("Note=" + strings.Repeat("a", maxValueBytes+1)), "attributes/Note", strings.Repeat("a", maxKept),
			"is longer than 16 MiB"},
		{attrs(strings.Repeat("a=1;", maxAttributes+1)), "attributes", "", "the line has more than 10000 attributes"},
		{attrs("Parent=" + strings.Repeat("a,", maxListed+1)), "attributes/Parent", "",
			"the line has more than 65536 values in lists"},
		{"##gff-version 2", "", "##gff-version 2", "is not ##gff-version 3; of the GFF versions, 3 is supported"},
		{"##gff-version", "", "##gff-version", "is not ##gff-version 3; of the GFF versions, 3 is supported"},
		{"##gff-version 32", "", "##gff-version 32", "is not ##gff-version 3; of the GFF versions, 3 is supported"},
	} {
		f, err := NewGFF().Line([]byte(c.line), 12)
		var at *Error
		if f != nil || !errors.As(err, &at) {
			t.Errorf("%.60q: %v, %v", c.line, f, err)
			continue
		}
		if diff := cmp.Diff(&Error{Line: 12, Column: c.column, Value: c.value, Reason: c.reason}, said(at),
			cmpopts.IgnoreUnexported(Error{})); diff != "" {
			t.Errorf("%.60q (-want +got):\n%s", c.line, diff)
		}
	}
}

func TestGFFLines(t *testing.T) {
	g := NewGFF()
	for i, c := range []struct {
		line          string
		feature, done bool
	}{
		{"\xEF\xBB\xBF##gff-version 3.1.26", false, false},
		{"##gff-version\t3 ", false, false},
		{"##sequence-region ctg123 1 1497228", false, false},
		{"##sequence-region nonsense", false, false},
		{"##species https://example.org", false, false},
		{"#!genome-build GRCh38", false, false},
		{"#", false, false},
		{"##", false, false},
		{"##FASTAX", false, false},
		{"###", false, false},
		{"", false, false},
		{"\r", false, false},
		{" \t ", false, false},
		{attrs("ID=x"), true, false},
		{"##FASTA \r", false, true},
		{">ctg123", false, true},
		{"acgt", false, true},
		{attrs("ID=x"), false, true},
	} {
		f, err := g.Line([]byte(c.line), int64(i+1))
		if err != nil || (f != nil) != c.feature || g.Done() != c.done {
			t.Errorf("line %d %q: %v, %v, done %v", i+1, c.line, f, err, g.Done())
		}
	}
	g = NewGFF()
	if f, err := g.Line([]byte(">ctg123"), 3); f != nil || err != nil || !g.Done() {
		t.Errorf("implied ##FASTA: %v, %v, done %v", f, err, g.Done())
	}
	if f, err := NewGFF().Line([]byte("##fasta"), 3); f != nil || err != nil {
		t.Errorf("##fasta: %v, %v", f, err)
	}
}

// A hostile file with ever new tags must not fill memory.
func TestGFFForgetsTags(t *testing.T) {
	g := NewGFF()
	for i := range maxTags * 3 {
		f, err := g.Line([]byte(attrs("tag"+strconv.Itoa(i)+"=1;ID=x")), 1)
		if err != nil || string(f.Information[0].Key) != "tag"+strconv.Itoa(i) || string(f.ID) != "x" {
			t.Fatalf("line %d: %v, %v", i, f, err)
		}
	}
	if len(g.tags) > maxTags+1 {
		t.Errorf("%d tags are remembered", len(g.tags))
	}
}

// said is an Error with its hint as part of the reason.
func said(e *Error) *Error {
	whole := *e
	whole.Reason, whole.Hint = e.Reason+e.Hint, ""
	return &whole
}

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		err  Error
		want string
	}{
		{Error{Line: 12, Column: "POS", Value: "x1", Reason: "is not an integer of type INT"},
			`Line 12, column POS: "x1" is not an integer of type INT`},
		{Error{Line: 3, Column: "", Value: "", Reason: "the header line is empty"}, "Line 3: the header line is empty"},
		{Error{Line: 1, Column: "a\nb", Value: "\x1b[2J\xff\u202e", Reason: "r"},
			`Line 1, column "a\nb": "\x1b[2J\xff\u202e" r`},
		{Error{Line: 1, Column: `a"b`, Value: strings.Repeat("é", 80), Reason: "r"},
			`Line 1, column "a\"b": "` + strings.Repeat("é", 80) + `" r`},
		{Error{Line: 1, Column: "", Value: strings.Repeat("é", 81), Reason: "r"},
			`Line 1: "` + strings.Repeat("é", 80) + `"… r`},
	} {
		if got, want := c.err.Error(), malformed+" "+c.want; got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}
