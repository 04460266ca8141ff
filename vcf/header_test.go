package vcf

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const chromLine = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"

func TestHeader(t *testing.T) {
	text := strings.Join([]string{
		`##fileformat=VCFv4.3`,
		`##source="Our, caller"`,
		`##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth, \"all\" \\ reads",Source="x",Version="3">`,
		`##INFO=<ID=X, Number=., Type=String, Description="">`,
		`##INFO=<ID=X,Number=1,Type=Float,Description="again">`,
		`##FORMAT=<ID=GL,Number=G,Type=Float,Description="d">`,
		`##FILTER=<ID=q10,Description="Quality below 10">`,
		`##ALT=<ID=DEL:ME:ALU,Description="An ALU">`,
		`##contig=<ID=HLA-A*01:01:01:01,length=3503,assembly=GRCh38>`,
		`##contig=<ID=2>	`,
		chromLine + "\tFORMAT\tNA 1\tNA2\n",
	}, "\n")
	h, err := ParseHeader([]byte(text + "1\t1\t.\tA\tC\t.\t.\t.\tGL\t.\t.\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := &Header{
		Version: Version{4, 3},
		Infos: []Field{
			{ID: "DP", Number: Number{Fixed, 1}, Type: Integer, Description: `Depth, "all" \ reads`, Line: 3},
			{ID: "X", Number: Number{Kind: Unknown}, Type: String, Line: 4},
			{ID: "X", Number: Number{Fixed, 1}, Type: Float, Description: "again", Line: 5},
		},
		Formats: []Field{{ID: "GL", Number: Number{Kind: PerGenotype}, Type: Float, Description: "d", Line: 6}},
		Filters: []Definition{{"q10", "Quality below 10"}},
		Alts:    []Definition{{"DEL:ME:ALU", "An ALU"}},
		Contigs: []Contig{{"HLA-A*01:01:01:01", 3503}, {"2", 0}},
		Samples: []string{"NA 1", "NA2"},
		Text:    []byte(text),
		Lines:   11,
	}
	if diff := cmp.Diff(want, h, cmpopts.IgnoreUnexported(Header{}, Field{}),
		cmpopts.IgnoreFields(Header{}, "Meta")); diff != "" {
		t.Error(diff)
	}
	if len(h.Meta) != 10 || h.Meta[1].Value != `"Our, caller"` || h.Meta[8].Line != 9 {
		t.Errorf("meta lines: %+v", h.Meta)
	}
	if v, ok := h.Meta[8].Attr("assembly"); v != "GRCh38" || !ok {
		t.Errorf("assembly = %q, %v", v, ok)
	}
	if f := h.Info([]byte("X")); f.Type != String {
		t.Errorf("the second definition of X counts: %+v", f)
	}
	if f := h.Info([]byte("AF")); f == nil || f.Line != 0 || f.Type != Float {
		t.Errorf("implicit AF: %+v", f)
	}
	if h.Info([]byte("NOPE")) != nil || h.Format([]byte("NOPE")) != nil {
		t.Error("unknown keys have definitions")
	}
}

// Line endings, a byte order mark, a missing last newline and spaces in the #CHROM
// line make no difference.
func TestHeaderSpelling(t *testing.T) {
	const info = `##INFO=<ID=XX,Number=1,Type=Integer,Description="d">`
	for _, c := range []struct{ name, text string }{
		{"plain", "##fileformat=VCFv4.2\n" + info + "\n" + chromLine + "\n"},
		{"CRLF", "##fileformat=VCFv4.2\r\n" + info + "\r\n" + chromLine + "\r\n"},
		{"no last newline", "##fileformat=VCFv4.2\n" + info + "\n" + chromLine},
		{"byte order mark", "\ufeff##fileformat=VCFv4.2\n" + info + "\n" + chromLine + "\n"},
		{"tab after the version", "##fileformat=VCFv4.2\t\n" + info + "\n" + chromLine + "\n"},
		{"spaces between columns", "##fileformat=VCFv4.2\n" + info + "\n" + strings.Replace(chromLine, "\t", " ", 2) + "\n"},
		{"only spaces", "##fileformat=VCFv4.2\n" + info + "\n" + strings.ReplaceAll(chromLine, "\t", "  ") + "\n"},
		{"tab at the end", "##fileformat=VCFv4.2\n" + info + "\n" + chromLine + "\t\n"},
	} {
		h, err := ReadHeader(bufio.NewReader(iotest.OneByteReader(strings.NewReader(c.text))),
			HeaderOptions{Relaxed: Customary})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if h.Version != (Version{4, 2}) || h.Info([]byte("XX")) == nil || len(h.Samples) != 0 || h.Lines != 3 {
			t.Errorf("%s: %+v", c.name, h)
		}
	}
}

func TestVersions(t *testing.T) {
	for minor := range minors {
		text := fmt.Sprintf("##fileformat=VCFv4.%d\n%s\n", minor, chromLine)
		if h, err := ParseHeader([]byte(text)); err != nil || h.Version != (Version{4, minor}) {
			t.Errorf("4.%d: %v", minor, err)
		}
	}
}

func TestHeaderErrors(t *testing.T) {
	const v = "##fileformat=VCFv4.3\n"
	end := chromLine + "\n"
	for _, c := range []struct {
		name, text string
		fault      Fault
		line       int64
		detail     string
	}{
		{"empty", "", ErrNoHeader, 0, "the file is empty"},
		{"blank", " \n\n", ErrNoHeader, 1, "the first line is empty"},
		{"binary", "\x89PNG\r\n", ErrHeader, 1, "the line is not valid UTF-8 text"},
		{"FASTA", ">chr1\nACGT\n", ErrNoHeader, 1, `the first line is ">chr1"`},
		{"no version", "##source=x\n" + end, ErrNoVersion, 1, `the first line must be ##fileformat, not "##source=x"`},
		{"empty version", "##fileformat=\n" + end, ErrNoVersion, 1, "##fileformat is empty"},
		{"CR alone", strings.ReplaceAll(v+end, "\n", "\r"), ErrHeader, 1,
			`lines end with CR alone, not LF or CR LF: convert the file with tr '\r' '\n'`},
		{"CR CR LF", strings.ReplaceAll(v+end, "\n", "\r\r\n"), ErrHeader, 1,
			`lines end with CR CR LF, not LF or CR LF: convert the file with tr -d '\r'`},
		{"VCF 3.3", "##fileformat=VCFv3.3\n" + end, ErrVersion, 1, `VCFv4.0 to VCFv4.5 are read, not "VCFv3.3"`},
		{"VCF 4.6", "##fileformat=VCFv4.6\n" + end, ErrVersion, 1, `VCFv4.0 to VCFv4.5 are read, not "VCFv4.6"`},
		{"version twice", v + v + end, ErrHeader, 2, "##fileformat occurs twice"},
		{"no #CHROM line", v + "1\t1\t.\tA\tC\t.\t.\t.\n", ErrNoChromLine, 2, `found "1\t1\t.\tA\tC\t.\t.\t."`},
		{"end before #CHROM", v + "##source=x\n", ErrNoChromLine, 2, "the file ends before it"},
		{"two # only", v + "#POS\n", ErrNoChromLine, 2, `found "#POS"`},
		{"seven columns", v + strings.TrimSuffix(chromLine, "\tINFO") + "\n", ErrHeaderColumns, 2, "INFO is missing"},
		{"POSITION", v + strings.Replace(chromLine, "POS", "POSITION", 1) + "\n", ErrHeaderColumn, 2,
			`column 2 is "POSITION" instead of POS`},
		{"order", v + strings.Replace(chromLine, "ID\tREF", "REF\tID", 1) + "\n", ErrHeaderColumnOrder, 2,
			`column 3 is "REF" instead of ID`},
		{"sample without FORMAT", v + chromLine + "\tNA1\n", ErrHeaderColumn, 2, `column 9 is "NA1" instead of FORMAT`},
		{"FORMAT without sample", v + chromLine + "\tFORMAT\n", ErrHeaderNull, 2,
			"there is a FORMAT column but no sample name"},
		{"sample twice", v + chromLine + "\tFORMAT\ta\tb\ta\n", ErrDuplicateSample, 2, `sample "a" occurs twice`},
		{"nameless sample", v + chromLine + "\tFORMAT\ta\t\tb\n", ErrHeaderNull, 2, "the name of sample 2 is empty"},
		{"NUL", v + "##source=\x00\n" + end, ErrHeader, 2, "the line is not valid UTF-8 text"},
		{"invalid UTF-8", v + "##source=\xff\n" + end, ErrHeader, 2, "the line is not UTF-8, and read as Latin-1"},
		{"Type", v + `##INFO=<ID=DP,Number=1,Type=Integr,Description="d">` + "\n" + end, ErrHeaderType, 2,
			"INFO DP has Type=Integr"},
		{"Number", v + `##INFO=<ID=XX,Number=x,Type=Integer,Description="d">` + "\n" + end, ErrHeaderNumber, 2,
			"INFO XX has Number=x"},
		{"Number=-1 after 4.1", v + `##INFO=<ID=XX,Number=-1,Type=Integer,Description="d">` + "\n" + end, ErrHeaderNumber, 2,
			"INFO XX has Number=-1"},
		{"Number=LA before 4.4", v + `##FORMAT=<ID=XX,Number=LA,Type=Integer,Description="d">` + "\n" + end, ErrHeaderNumber,
			2, "FORMAT XX has Number=LA"},
		{"Number=0", v + `##INFO=<ID=XX,Number=0,Type=Integer,Description="d">` + "\n" + end, ErrHeaderNumber, 2,
			"INFO XX has Number=0 and Type=Integer"},
		{"Flag in FORMAT", v + `##FORMAT=<ID=XX,Number=0,Type=Flag,Description="d">` + "\n" + end, ErrHeaderType, 2,
			"FORMAT XX has Type=Flag"},
		{"reserved Type", v + `##INFO=<ID=END,Number=1,Type=String,Description="d">` + "\n" + end, ErrHeaderType, 2,
			"INFO END has Type=String; the specification reserves it with Integer"},
		{"reserved Number", v + `##FORMAT=<ID=GT,Number=2,Type=String,Description="d">` + "\n" + end, ErrHeaderNumber, 2,
			"FORMAT GT has Number=2; the specification reserves it with 1"},
		{"no ID", v + `##INFO=<Number=1,Type=Integer,Description="d">` + "\n" + end, ErrHeader, 2, "INFO has no ID"},
		{"empty ID", v + `##FILTER=<ID=,Description="d">` + "\n" + end, ErrHeaderNull, 2, "FILTER has no ID"},
		{"no Description", v + `##INFO=<ID=XX,Number=1,Type=Integer>` + "\n" + end, ErrHeaderNull, 2,
			"INFO has no Description"},
		{"unquoted Description", v + `##INFO=<ID=XX,Number=1,Type=Integer,Description=d>` + "\n" + end, ErrHeader, 2,
			"the Description of INFO XX is not in quotes"},
		{"ID with a semicolon", v + `##INFO=<ID=X;X,Number=1,Type=Integer,Description="d">` + "\n" + end, ErrHeader, 2,
			`INFO has the invalid ID "X;X"`},
		{"open quote", v + `##INFO=<ID=XX,Number=1,Type=Integer,Description="d>` + "\n" + end, ErrHeader, 2,
			"INFO: Description has no closing quote"},
		{"open bracket", v + `##INFO=<ID=XX` + "\n" + end, ErrHeader, 2, "INFO: there is no closing >"},
		{"no structure", v + `##INFO=text` + "\n" + end, ErrHeader, 2, "INFO is not of the form <key=value,...>"},
		{"attribute twice", v + `##FILTER=<ID=x,ID=y>` + "\n" + end, ErrHeader, 2, "FILTER: ID occurs twice"},
		{"contig length", v + `##contig=<ID=x,length=-5>` + "\n" + end, ErrHeader, 2, "contig x has length=-5"},
		{"no value", v + "##source=\n" + end, ErrHeader, 2, "the value of ##source is empty"},
		{"no equals sign", v + "##source\n" + end, ErrHeader, 2, `"##source" is not ##key=value`},
	} {
		_, err := readHeaderText(c.text, 0)
		var at *ParseError
		if !errors.As(err, &at) || !errors.Is(err, c.fault) || at.Line != c.line {
			t.Errorf("%s: got %v (%+v), want %v on line %d", c.name, err, at, c.fault, c.line)
			continue
		}
		want := c.fault.Error()
		if c.detail != "" {
			want += ": " + c.detail
		}
		if c.line > 0 {
			want = fmt.Sprintf("line %d: %s", c.line, want)
		}
		if err.Error() != want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, err, want)
		}
	}
}

func TestHeaderBounds(t *testing.T) {
	long := "##fileformat=VCFv4.2\n##source=" + strings.Repeat("x", 1000) + "\n" + chromLine + "\n"
	for _, opt := range []HeaderOptions{{MaxBytes: 500}, {MaxLine: 500}} {
		if _, err := ReadHeader(bufio.NewReader(strings.NewReader(long)), opt); !errors.Is(err, ErrHeaderTooLarge) {
			t.Errorf("%+v: %v", opt, err)
		}
	}
	if _, err := ReadHeader(bufio.NewReader(strings.NewReader(long)),
		HeaderOptions{MaxBytes: 2000, MaxLine: 1100}); err != nil {
		t.Error(err)
	}
	attrs := "##fileformat=VCFv4.2\n##FILTER=<ID=x" + strings.Repeat(",a=b", maxAttrs) + ">\n"
	if _, err := readHeaderText(attrs, 0); !errors.Is(err, ErrHeader) {
		t.Errorf("many attributes: %v", err)
	}
	first := "##fileformat=VCFv4.2\n"
	for _, c := range []struct {
		line, want string
		opt        HeaderOptions
	}{
		{"##a=b\n", "line 11: the header is too large: a header may hold 10 lines", HeaderOptions{MaxLines: 10}},
		{"##a=<b=c,d=e>\n", "line 7: the header is too large: a header may hold 10 attributes", HeaderOptions{MaxAttrs: 10}},
	} {
		_, err := ReadHeader(bufio.NewReader(strings.NewReader(first+strings.Repeat(c.line, 20)+chromLine+"\n")), c.opt)
		if !errors.Is(err, ErrHeaderTooLarge) || err.Error() != c.want {
			t.Errorf("%+v: %v", c.opt, err)
		}
	}
	long = strings.Repeat("x", 1<<20)
	for _, line := range []string{
		"##" + long + "=", "##INFO=<ID=" + long + ",Number=0,Type=Integer,Description=\"\">", "##FILTER=<" + long + "=a," +
			long + "=b>", "##INFO=<ID=x," + long + "=1>",
	} {
		if _, err := readHeaderText(first+line+"\n"+chromLine+"\n", 0); err == nil || len(err.Error()) > 600 {
			t.Errorf("%.30s...: %.700v", line, err)
		}
	}
}

// ReadHeader must leave the reader at the first record, and pass on the source's error.
func TestReadHeaderStops(t *testing.T) {
	br := bufio.NewReaderSize(strings.NewReader("##fileformat=VCFv4.2\n"+chromLine+"\nrest"), 16)
	if _, err := ReadHeader(br, HeaderOptions{}); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(br); string(rest) != "rest" || err != nil {
		t.Errorf("left %q, %v", rest, err)
	}
	broken := errors.New("network is down")
	br = bufio.NewReader(io.MultiReader(strings.NewReader("##fileformat=VCFv4.2\n##so"), iotest.ErrReader(broken)))
	var at *ParseError
	if _, err := ReadHeader(br, HeaderOptions{}); !errors.Is(err, broken) || errors.As(err, &at) {
		t.Errorf("got %v", err)
	}
}
