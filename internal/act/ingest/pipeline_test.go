package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/norm"
	"github.com/varlake/varlake/vcf"
)

const header = `##fileformat=VCFv4.3
##contig=<ID=chr1>
##contig=<ID=chr2>
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	A	B
`

const headerLines = 6

func record(contig string, pos int) string {
	return fmt.Sprintf("%s\t%d\t.\tA\tC\t.\tPASS\tDP=%d\tGT\t0/1\t1|1\n", contig, pos, pos)
}

func records(contig string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(record(contig, 10*(i+1)))
	}
	return b.String()
}

// folderAt is a data folder.
func folderAt(t testing.TB, dir string) warehouse.Files {
	t.Helper()
	folder, err := warehouse.NewFolder(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func runPipeline(t *testing.T, body string, change func(*pipeline)) (Tally, string, error) {
	t.Helper()
	h, err := vcf.ParseHeader([]byte(header))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := &pipeline{format: &vcfFormat{header: h, jobID: "job", relaxed: vcf.Customary}, files: folderAt(t, dir), dir: dir,
		workers: 3, piece: 512, progress: &Progress{}}
	if change != nil {
		change(p)
	}
	total, err := p.run(t.Context(), strings.NewReader(body), h.Lines+1)
	return total, p.dir, err
}

func TestPipelineCounts(t *testing.T) {
	body := records("chr1", 5000) + records("chr2", 3000)
	for name, text := range map[string]string{
		"LF":                body,
		"CRLF":              strings.ReplaceAll(body, "\n", "\r\n"),
		"no final newline":  strings.TrimSuffix(body, "\n"),
		"blank last line":   body + "\n",
		"spaces at the end": body + " \n",
	} {
		total, dir, err := runPipeline(t, text, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rows, size := int64(0), 0
		for _, file := range total.Files {
			rows += file.Rows
			if info, err := os.Stat(file.Path); err != nil || info.Size() != file.Bytes {
				t.Errorf("%s: file %s: %v", name, file.Path, err)
			}
			size++
		}
		if total.Records != 8000 || total.Rows != 16000 || rows != 16000 || total.Normalised != 0 {
			t.Errorf("%s: %+v, rows of the files %d", name, total, rows)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != size {
			t.Errorf("%s: %d entries in the folder, %d files, %v", name, len(entries), size, err)
		}
	}
}

// The first bad line of a file is the one reported, whichever worker meets its own first.
func TestPipelineReportsTheFirstBadLine(t *testing.T) {
	good := strings.SplitAfter(strings.TrimSuffix(records("chr1", 4000), "\n"), "\n")
	for _, bad := range [][]int{{0}, {1999}, {3999}, {1500, 1501}, {100, 3500}, {3500, 100, 2000}} {
		lines := append([]string(nil), good...)
		first := len(lines)
		for _, i := range bad {
			lines[i] = "chr1\tx\t.\tA\tC\t.\t.\t.\tGT\t0/1\t1/1\n"
			first = min(first, i)
		}
		_, dir, err := runPipeline(t, strings.Join(lines, ""), nil)
		var at *vcf.ParseError
		if !errors.As(err, &at) || at.Line != int64(headerLines+1+first) || at.Column != "POS" {
			t.Errorf("bad records %v: %v, want line %d", bad, err, headerLines+1+first)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("bad records %v: files stay behind: %v %v", bad, entries, err)
		}
	}
}

// That a contig's records stand together is checked across pieces and workers.
func TestPipelineChecksContigs(t *testing.T) {
	sorted := records("chr1", 2000)
	tests := []struct {
		name, body, column string
		line               int64
	}{
		{"contig", sorted + records("chr2", 2000) + record("chr1", 90000), "CHROM", headerLines + 4001},
		{"contig before a parse error", sorted + records("chr2", 1) + record("chr1", 90000) + "chr1\tx\n", "CHROM",
			headerLines + 2002},
	}
	for _, test := range tests {
		_, _, err := runPipeline(t, test.body, nil)
		var at *vcf.ParseError
		if !errors.As(err, &at) || at.Line != test.line || at.Column != test.column {
			t.Errorf("%s: %v, want line %d column %s", test.name, err, test.line, test.column)
		}
	}
}

func TestPipelineStopsWithItsContext(t *testing.T) {
	errStopped := errors.New("stopped")
	h, err := vcf.ParseHeader([]byte(header))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	dir := t.TempDir()
	p := &pipeline{format: &vcfFormat{header: h, jobID: "job", relaxed: vcf.Customary}, files: folderAt(t, dir), dir: dir,
		workers: 2, piece: 512, progress: &Progress{}}
	// The source ends the context midway and then blocks for good, as a stalled download would until its own context ends.
	source := io.MultiReader(strings.NewReader(records("chr1", 500)), readerFunc(func([]byte) (int, error) {
		cancel(errStopped)
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}))
	if _, err := p.run(ctx, source, h.Lines+1); !errors.Is(err, errStopped) {
		t.Errorf("error %v, want %v", err, errStopped)
	}
	if entries, err := os.ReadDir(p.dir); err != nil || len(entries) > 0 {
		t.Errorf("files stay behind: %v %v", entries, err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestPipelineReadError(t *testing.T) {
	broken := errors.New("broken source")
	h, err := vcf.ParseHeader([]byte(header))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := &pipeline{format: &vcfFormat{header: h, jobID: "job", relaxed: vcf.Customary}, files: folderAt(t, dir), dir: dir,
		workers: 2, piece: 512, progress: &Progress{}}
	source := io.MultiReader(strings.NewReader(records("chr1", 500)), iotest.ErrReader(broken))
	if _, err := p.run(t.Context(), source, h.Lines+1); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestPipelineNormalises(t *testing.T) {
	reference := fasta.NewMemory(map[string][]byte{"chr1": []byte("GGGCACACACAGGG"), "chr2": []byte("A")})
	body := "chr1\t8\t.\tCA\tC\t.\t.\t.\tGT\t0/1\t.\n" + "chr1\t8\t.\tC\t<DEL>\t.\t.\t.\tGT\t0/1\t.\n"
	h, err := vcf.ParseHeader([]byte(header))
	if err != nil {
		t.Fatal(err)
	}
	body = strings.Replace(body, "CA\tC", "CAC\tC", 1)
	dir := t.TempDir()
	p := &pipeline{format: &vcfFormat{header: h, jobID: "job", reference: reference}, files: folderAt(t, dir), dir: dir,
		workers: 1, piece: 512, progress: &Progress{}}
	total, err := p.run(t.Context(), strings.NewReader(body), h.Lines+1)
	if err != nil || total.Normalised != 1 || total.Records != 2 {
		t.Fatalf("%+v, %v; want one of two records normalised", total, err)
	}
	_, err = p.run(t.Context(), strings.NewReader("chr1\t8\t.\tG\tC\t.\t.\t.\tGT\t0/1\t.\n"), h.Lines+1)
	var mismatch *norm.MismatchError
	if !errors.As(err, &mismatch) || !strings.Contains(inWords(err), "line number 7: REF does not match") {
		t.Errorf("error %v, want a mismatch on line 7", err)
	}
}

func TestCutter(t *testing.T) {
	text := "one\ntwo\n" + strings.Repeat("x", 100) + "\nfour\n\nlast"
	for size := 1; size <= len(text)+1; size++ {
		pieces := newCutter(iotest.OneByteReader(strings.NewReader(text)), size, '\n', 10, 2)
		var joined bytes.Buffer
		line, index := int64(10), 0
		for {
			c, err := pieces.next(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.line != line || c.index != index {
				t.Fatalf("size %d: piece %d begins on line %d, want %d on %d", size, c.index, c.line, index, line)
			}
			if joined.Len()+len(c.text) < len(text) && c.text[len(c.text)-1] != '\n' {
				t.Fatalf("size %d: piece %q is cut inside a line", size, c.text)
			}
			line += c.lines
			index++
			joined.Write(c.text)
			pieces.release(c)
		}
		if diff := cmp.Diff(text, joined.String()); diff != "" || line != 16 {
			t.Fatalf("size %d: %s, last line %d", size, diff, line-1)
		}
	}
}
