package tabix

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/bgzf"
)

// tool gives the path of an oracle program. Without it the test is skipped, and fails in CI.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is needed in CI: %v", name, err)
		}
		t.Skipf("needs %s as the oracle: %v", name, err)
	}
	return path
}

// corpus gives the files of the shared corpus whose names match a pattern.
func corpus(t *testing.T, patterns ...string) (paths []string) {
	t.Helper()
	root := filepath.Join("..", "..", "shared", "corpus")
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the corpus is needed in CI: %v", err)
		}
		t.Skip("the corpus ../shared/corpus is not here")
	}
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no file is %s: %v", pattern, err)
		}
		paths = append(paths, found...)
	}
	return paths
}

// recompress writes a file's text as BGZF.
func recompress(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	text := bgzf.Open(bytes.NewReader(data), 1)
	defer text.Close()
	var out bytes.Buffer
	z, err := bgzf.NewWriter(&out, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(z, text); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), os.WriteFile(to, out.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// open opens a file and an index of it.
func open(t testing.TB, path, index string) *File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	x, err := ReadIndex(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", index, err)
	}
	f, err := Open(bytes.NewReader(data), int64(len(data)), x)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// region is a range of a contig: 0-based, half-open.
type region struct {
	contig     string
	start, end int64
}

func (r region) String() string { return fmt.Sprintf("%s:%d-%d", r.contig, r.start+1, r.end) }

// lines are those that a query gives.
func (f *File) lines(t testing.TB, r region) (lines []string) {
	t.Helper()
	for line, err := range f.Query(r.contig, r.start, r.end) {
		if err != nil {
			t.Fatalf("%v: %v", r, err)
		}
		lines = append(lines, string(line))
	}
	return lines
}

// regions draws ranges around records of a file.
func regions(t *testing.T, f *File, r *rand.Rand, count int) (drawn []region) {
	t.Helper()
	var all []region
	for _, contig := range f.Index().Contigs() {
		for line, err := range f.Query(contig, 0, maxEnd) {
			if err != nil {
				t.Fatal(err)
			}
			_, start, end, err := f.Index().Format().Interval(line)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, region{contig, start, end})
		}
	}
	for range min(count, len(all)) {
		at := all[r.IntN(len(all))]
		width := []int64{1, 100, 20_000, 1_000_000}[r.IntN(4)]
		at.start = max(0, at.start-r.Int64N(width))
		at.end = at.start + 1 + r.Int64N(width)
		drawn = append(drawn, at)
	}
	return drawn
}

// asTabix is whether htslib before 1.22, which does not know SVLEN, has a line in a region.
func asTabix(format Format, line string, r region) bool {
	columns := strings.Split(line, "\t")
	if format.Lines == VCF {
		columns[4] = strings.ReplaceAll(columns[4], "<", "(")
	}
	_, start, end, err := format.Interval([]byte(strings.Join(columns, "\t")))
	return err == nil && start < r.end && end > r.start
}

// TestQueriesAreTabixs asks every file of the corpus that tabix indexes for random regions: by the TBI and the CSI that
// tabix made, by those written again, and tabix by those of a Builder.
func TestQueriesAreTabixs(t *testing.T) {
	tabix := tool(t, "tabix")
	files, asked := 0, 0
	for _, kind := range []struct {
		preset   string
		format   Format
		patterns []string
	}{
		{"vcf", VCFFormat(), []string{"cohort/*.vcf.gz", "single-sample/*.vcf*", "structural/*.vcf*", "gvcf/*.vcf*",
			"callers/[A-Za-g]*.vcf*", "annotated/*.vcf*"}},
		{"gff", GFFFormat(), []string{"annotation-files/*.gff*"}},
		{"bed", BEDFormat(), []string{"annotation-files/*.bed*"}},
	} {
		for i, path := range corpus(t, kind.patterns...) {
			file := filepath.Join(t.TempDir(), "x.gz")
			recompress(t, path, file)
			if exec.Command(tabix, "-p", kind.preset, file).Run() != nil ||
				exec.Command(tabix, "-C", "-p", kind.preset, file).Run() != nil {
				continue // not sorted, or malformed
			}
			files++
			r := rand.New(rand.NewPCG(uint64(i), 2))
			byTBI, byCSI := open(t, file, file+".tbi"), open(t, file, file+".csi")
			if !byCSI.Index().CSI() || byTBI.Index().CSI() || byTBI.Index().Format() != kind.format ||
				byCSI.Index().Format() != kind.format {
				t.Fatalf("%s: %+v, %+v", path, byTBI.Index().Format(), byCSI.Index().Format())
			}
			asked += askTabix(t, path, file, byTBI, byCSI, regions(t, byTBI, r, 8))
			rebuilt(t, path, file, byTBI)
		}
	}
	t.Logf("%d files, %d lines", files, asked)
	if files < 50 || asked < 1000 {
		t.Errorf("only %d files were indexed, and gave %d lines", files, asked)
	}
}

// askTabix compares what a file's indexes give with what tabix prints.
func askTabix(t *testing.T, path, file string, byTBI, byCSI *File, asked []region) (lines int) {
	t.Helper()
	if len(asked) == 0 {
		return 0
	}
	arguments := []string{file}
	var want []string
	again := []*File{written(t, byTBI), written(t, byCSI)}
	for _, r := range asked {
		arguments = append(arguments, r.String())
		got := byTBI.lines(t, r)
		for i, other := range append(again, byCSI) {
			if diff := cmp.Diff(got, other.lines(t, r)); diff != "" {
				t.Errorf("%s, %v: TBI and index %d (-TBI +other):\n%s", path, r, i, diff)
			}
		}
		for _, line := range got {
			if asTabix(byTBI.Index().Format(), line, r) {
				want = append(want, line)
			}
		}
	}
	text, err := exec.Command("tabix", arguments...).Output()
	if err != nil {
		t.Fatalf("%s: tabix: %v", path, err)
	}
	printed := slices.Collect(strings.Lines(strings.ReplaceAll(string(text), "\r\n", "\n")))
	for i := range printed {
		printed[i] = strings.TrimSuffix(printed[i], "\n")
	}
	if diff := cmp.Diff(printed, want); diff != "" {
		t.Errorf("%s %v (-tabix +got):\n%s", path, asked, diff)
	}
	return len(printed)
}

// written is the file by its index written and read again.
func written(t testing.TB, f *File) *File {
	t.Helper()
	var text bytes.Buffer
	if err := f.Index().Write(&text); err != nil {
		t.Fatal(err)
	}
	x, err := ReadIndex(&text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.index, x, cmp.AllowUnexported(Index{}, contig{}, bin{}, window{}, summary{})); diff != "" {
		t.Errorf("written and read again (-before +after):\n%s", diff)
	}
	return &File{f.text, f.size, x}
}

// rebuilt makes the indexes of a file anew, and compares the answers of both with those of tabix's.
func rebuilt(t *testing.T, path, file string, f *File) {
	t.Helper()
	for _, csi := range []bool{false, true} {
		b, err := NewBuilder(f.Index().Format(), csi)
		if err != nil {
			t.Fatal(err)
		}
		s := bgzf.NewSeeker(f.text, f.size)
		var line []byte
		for {
			from := s.VirtualOffset()
			if line, err = s.AppendLine(line[:0], MaxLineBytes); err == io.EOF {
				break
			}
			if err == nil {
				err = b.AddLine(bytes.TrimSuffix(line, []byte{'\n'}), from, s.VirtualOffset())
			}
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		ours := written(t, &File{f.text, f.size, b.Index()})
		if ours.Index().CSI() != csi || !slices.Equal(ours.Index().Contigs(), f.Index().Contigs()) {
			t.Errorf("%s: CSI %v, contigs %v", path, ours.Index().CSI(), ours.Index().Contigs())
		}
		for _, contig := range f.Index().Contigs() {
			want, known := f.Index().Records(contig)
			if got, ok := ours.Index().Records(contig); got != want || ok != known {
				t.Errorf("%s: %d records of %s, tabix has %d", path, got, contig, want)
			}
		}
		for _, r := range regions(t, f, rand.New(rand.NewPCG(1, 3)), 3) {
			if diff := cmp.Diff(f.lines(t, r), ours.lines(t, r)); diff != "" && !strings.Contains(diff, "<") {
				t.Errorf("%s, %v (-tabix's index +ours):\n%s", path, r, diff)
			}
		}
	}
}

// TestBcftoolsView compares with what bcftools view -r gives by a CSI of bcftools.
func TestBcftoolsView(t *testing.T) {
	bcftools := tool(t, "bcftools")
	for _, path := range corpus(t, "cohort/*.vcf.gz", "single-sample/*.vcf.gz") {
		file := filepath.Join(t.TempDir(), "x.vcf.gz")
		recompress(t, path, file)
		if exec.Command(bcftools, "index", "-c", file).Run() != nil {
			continue
		}
		f := open(t, file, file+".csi")
		for _, r := range regions(t, f, rand.New(rand.NewPCG(5, 4)), 4) {
			text, err := exec.Command(bcftools, "query", "-f", "%CHROM\t%POS\t%ID\n", "-r", r.String(), file).Output()
			if err != nil {
				t.Fatalf("%s: bcftools: %v", path, err)
			}
			var got strings.Builder
			for _, line := range f.lines(t, r) {
				fmt.Fprintln(&got, strings.Join(strings.Split(line, "\t")[:3], "\t"))
			}
			if diff := cmp.Diff(string(text), got.String()); diff != "" {
				t.Errorf("%s, %v (-bcftools +got):\n%s", path, r, diff)
			}
		}
		header, err := f.Header()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := exec.Command(tool(t, "tabix"), "-H", file).Output(); err != nil || string(text) != string(header) {
			t.Errorf("%s: header of %d bytes, tabix's has %d, %v", path, len(header), len(text), err)
		}
	}
}

// TestBCF reads the index of a file without lines.
func TestBCF(t *testing.T) {
	bcftools := tool(t, "bcftools")
	path := corpus(t, "cohort/hapmap_exome_chr22.vcf.gz")[0]
	file := filepath.Join(t.TempDir(), "x.bcf")
	if out, err := exec.Command(bcftools, "view", "-Ob", "-o", file, path).CombinedOutput(); err != nil {
		t.Skipf("bcftools does not read the file: %s", out)
	}
	if out, err := exec.Command(bcftools, "index", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(file + ".csi")
	if err != nil {
		t.Fatal(err)
	}
	x, err := ReadIndex(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for i := range x.Contigs() {
		found = found || len(x.ChunksAt(i, 0, 1<<29)) > 0
	}
	if !found || !x.CSI() || x.Format() != (Format{}) {
		t.Errorf("%+v, chunks %v", x.Format(), found)
	}
	if _, err := Open(bytes.NewReader(nil), 0, x); !errors.Is(err, ErrIndex) {
		t.Errorf("opened: %v", err)
	}
}

func BenchmarkQuery(b *testing.B) {
	data, _ := fuzzFile(b)
	x, err := ReadIndex(bytes.NewReader(packed(b, string(indexText(b, false)))))
	if err != nil {
		b.Fatal(err)
	}
	f, err := Open(bytes.NewReader(data), int64(len(data)), x)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, err := range f.Query("c1", 50_000, 50_400) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
