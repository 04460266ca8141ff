package norm

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/fasta"
)

const corpusDir = "../../shared/corpus/normalize"

// corpus gives the path of a corpus file. Without the corpus the test is skipped, and fails in CI.
func corpus(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(corpusDir, name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the corpus is needed in CI: %v", err)
		}
		t.Skipf("needs the corpus beside the repository: %v", err)
	}
	return path
}

// A row is what normalisation is about, of one VCF line.
type row struct {
	contig string
	pos    int64
	id     string
	ref    string
	alts   string // as in VCF: comma between, a dot for none
	end    int64  // INFO/END; 0 for none
}

func (r row) String() string {
	info := "."
	if r.end != 0 {
		info = fmt.Sprintf("END=%d", r.end)
	}
	return fmt.Sprintf("%s\t%d\t%s\t%s\t%s\t.\t.\t%s", r.contig, r.pos, r.id, r.ref, r.alts, info)
}

// alleles splits the ALT column as a VCF reader does.
func (r row) alleles() [][]byte {
	if r.alts == "." {
		return nil
	}
	return bytes.Split([]byte(r.alts), []byte{','})
}

// parseRows reads the records of a VCF text.
func parseRows(t *testing.T, text []byte) []row {
	t.Helper()
	var rows []row
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, "\t", 9)
		if len(f) < 8 {
			t.Fatalf("bad VCF line %q", line)
		}
		r := row{contig: f[0], id: f[2], ref: f[3], alts: f[4]}
		mustScan(t, f[1], &r.pos)
		for info := range strings.SplitSeq(f[7], ";") {
			if end, ok := strings.CutPrefix(info, "END="); ok {
				mustScan(t, end, &r.end)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func readRows(t *testing.T, path string) []row {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parseRows(t, text)
}

// openTestFASTA indexes and opens a FASTA text.
func openTestFASTA(t testing.TB, text []byte) *fasta.File {
	t.Helper()
	var fai bytes.Buffer
	if _, err := fasta.Index(bytes.NewReader(text), &fai); err != nil {
		t.Fatal(err)
	}
	f, err := fasta.Open(bytes.NewReader(text), int64(len(text)), &fai)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// normalizeRow runs one row through n.
func normalizeRow(n *Normalizer, r row) (row, Result, error) {
	res, err := n.Normalize(r.contig, r.pos, []byte(r.ref), r.alleles())
	out := r
	out.pos, out.ref = res.Pos, string(res.Ref)
	if len(res.Alts) > 0 {
		out.alts = string(bytes.Join(res.Alts, []byte{','}))
	}
	if end, ok := res.InfoEnd(); ok && r.end != 0 {
		out.end = end
	}
	return out, res, err
}

// TestCorpus runs the published pairs of bcftools and of Glow. Rows are compared as a set, for bcftools
// writes them sorted.
func TestCorpus(t *testing.T) {
	for _, tc := range []struct {
		fasta, in, want string
		refused         int // rows that bcftools left out of want, as it was told to: REF differs or ALT is no sequence
	}{
		{"bcftools/norm.fa", "bcftools/norm.vcf", "bcftools/norm.out", 2},
		{"bcftools/norm.fa", "bcftools/norm.telomere.vcf", "bcftools/norm.telomere.out", 0},
		{"glow/20_altered.fasta", "glow/01_IN_altered_biallelic.vcf", "glow/01_IN_altered_biallelic_bcftoolsnormalized.vcf",
			0},
		{"glow/20_altered.fasta", "glow/01_IN_altered_multiallelic.vcf",
			"glow/01_IN_altered_multiallelic_bcftoolsnormalized.vcf", 0},
		{"glow/Homo_sapiens_assembly38.20.21_altered.fasta", "glow/test_left_align_hg38_altered.vcf",
			"glow/test_left_align_hg38_altered_bcftoolsnormalized.vcf", 0},
		{"glow/Homo_sapiens_assembly38.20.21_altered.fasta", "glow/test_left_align_hg38_altered_symbolic.vcf",
			"glow/test_left_align_hg38_altered_symbolic_bcftoolsnormalized.vcf", 0},
	} {
		t.Run(tc.in, func(t *testing.T) {
			text, err := os.ReadFile(corpus(t, tc.fasta))
			if err != nil {
				t.Fatal(err)
			}
			n := New(openTestFASTA(t, text))
			var got, want []string
			refused := 0
			for _, r := range readRows(t, corpus(t, tc.in)) {
				out, res, err := normalizeRow(n, r)
				if err != nil || res.Kept == KeptAltCode {
					refused++
					continue
				}
				got = append(got, out.String())
			}
			for _, r := range readRows(t, corpus(t, tc.want)) {
				want = append(want, r.String())
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if refused != tc.refused {
				t.Errorf("%d rows refused, want %d", refused, tc.refused)
			}
		})
	}
}

// TestCorpusKept runs the files whose rows stay as they are.
func TestCorpusKept(t *testing.T) {
	for _, tc := range []struct{ fasta, in, id string }{
		{fasta: "bcftools/norm.symbolic.fa", in: "bcftools/norm.symbolic.vcf"},
		{fasta: "bcftools/norm.symbolic.fa", in: "bcftools/norm.symbolic.2.vcf"},
		{fasta: "bcftools/norm.symbolic.3.fa", in: "bcftools/norm.symbolic.3.vcf"},
	} {
		t.Run(tc.in, func(t *testing.T) {
			text, err := os.ReadFile(corpus(t, tc.fasta))
			if err != nil {
				t.Fatal(err)
			}
			n := New(openTestFASTA(t, text))
			symbolic := 0
			for _, r := range readRows(t, corpus(t, tc.in)) {
				out, res, err := normalizeRow(n, r)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(r.alts, "<") {
					continue
				}
				symbolic++
				if out != r || res.Changed || res.Kept != KeptSymbolic {
					t.Errorf("%v became %v (%+v)", r, out, res)
				}
			}
			if symbolic == 0 {
				t.Error("the file has no symbolic ALT")
			}
		})
	}
}

// TestCorpusIUPAC: bcftools stops at a REF with an ambiguity code unless told to rewrite it (which is what the
// corpus shows); the reference has N there, so it is a mismatch here.
func TestCorpusIUPAC(t *testing.T) {
	text, err := os.ReadFile(corpus(t, "bcftools/norm.iupac.fa"))
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ = bytes.Cut(text, []byte("12345678")) // a ruler, not bases
	n := New(openTestFASTA(t, text))
	rows := readRows(t, corpus(t, "bcftools/norm.iupac.vcf"))
	if len(rows) != 1 {
		t.Fatalf("%d rows, want 1", len(rows))
	}
	out, _, err := normalizeRow(n, rows[0])
	want := &MismatchError{Contig: "1", Pos: 8, Record: 'B', Reference: 'N'}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if out != rows[0] {
		t.Errorf("a refused row was changed: %v", out)
	}
}
