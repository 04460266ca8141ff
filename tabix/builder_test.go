package tabix

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/varlake/varlake/bgzf"
)

// place is a record of a test: 0-based, half-open.
type place struct {
	contig     string
	start, end int64
	line       string
}

func newBuilder(t testing.TB, csi bool) *Builder {
	t.Helper()
	b, err := NewBuilder(VCFFormat(), csi)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// indexed writes records with an index beside them.
func indexed(t *testing.T, path string, places []place, flush func() bool) (extension string) {
	t.Helper()
	var file, index bytes.Buffer
	z, err := bgzf.NewWriter(&file, 1)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(z, "##fileformat=VCFv4.3\n##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
	b := newBuilder(t, false)
	for _, p := range places {
		from := z.VirtualOffset()
		fmt.Fprintln(z, p.line)
		if flush() {
			if err := z.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Add([]byte(p.contig), p.start, p.end, from, z.VirtualOffset()); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	x := b.Index()
	if err := x.Write(&index); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{path: file.Bytes(), path + x.Extension(): index.Bytes()} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return x.Extension()
}

// TestIndexAsTabixReadsIt asks tabix for random regions of random files.
func TestIndexAsTabixReadsIt(t *testing.T) {
	if _, err := exec.LookPath("tabix"); err != nil && os.Getenv("CI") == "" {
		t.Skip("no tabix")
	}
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		limit := []int64{1 << 15, 1 << 20, 1 << 29, 1<<31 - 1}[seed%4]
		var places []place
		for c := range 1 + r.IntN(4) {
			step, at := 1+limit/800, r.Int64N(limit/2)
			for range 1 + r.IntN(600) {
				if at += r.Int64N(step); at >= limit-1 {
					break
				}
				end := at + 1
				if r.IntN(4) == 0 {
					end = min(at+1+r.Int64N(1+r.Int64N(limit/4)), limit)
				}
				contig := fmt.Sprintf("c%d", c)
				places = append(places, place{contig, at, end, fmt.Sprintf("%s\t%d\tr%d\tA\t<DEL>\t.\t.\tEND=%d", contig, at+1,
					len(places), end)})
			}
		}
		path := filepath.Join(t.TempDir(), "x.vcf.gz")
		extension := indexed(t, path, places, func() bool { return r.IntN(5) == 0 })
		longest := slices.MaxFunc(places, func(a, b place) int { return cmp.Compare(a.end, b.end) })
		if want := map[bool]string{false: ".tbi", true: ".csi"}[longest.end > 1<<29]; extension != want {
			t.Errorf("seed %d: %s for positions up to %d", seed, extension, longest.end)
		}
		var regions, want []string
		for range 20 {
			p := places[r.IntN(len(places))]
			from := max(0, p.start-r.Int64N(1+limit/50))
			to := min(limit, from+1+r.Int64N(1+limit/20))
			regions = append(regions, fmt.Sprintf("%s:%d-%d", p.contig, from+1, to))
			for _, q := range places {
				if q.contig == p.contig && q.start < to && q.end > from {
					want = append(want, q.line)
				}
			}
		}
		got, err := exec.Command("tabix", append([]string{path}, regions...)...).Output()
		if err != nil {
			t.Fatalf("seed %d: tabix: %v", seed, err)
		}
		if text := strings.Join(want, "\n") + "\n"; len(want) == 0 || text != string(got) {
			t.Errorf("seed %d: tabix gives %d lines of %d", seed, strings.Count(string(got), "\n"), len(want))
		}
		if _, err := exec.LookPath("bcftools"); err != nil {
			continue
		}
		n, err := exec.Command("bcftools", "index", "-n", path+extension).Output()
		if err != nil || strings.TrimSpace(string(n)) != fmt.Sprint(len(places)) {
			t.Errorf("seed %d: bcftools index -n: %s, %v; %d records", seed, n, err, len(places))
		}
	}
}

func TestIndexRefuses(t *testing.T) {
	add := func(places ...place) (err error) {
		x := newBuilder(t, false)
		for i, p := range places {
			if err = x.Add([]byte(p.contig), p.start, p.end, bgzf.VirtualOffset(i), bgzf.VirtualOffset(i+1)); err != nil {
				return err
			}
		}
		return nil
	}
	for name, places := range map[string][]place{
		"positions": {{contig: "a", start: 5, end: 6}, {contig: "a", start: 4, end: 6}},
		"contigs":   {{contig: "a"}, {contig: "b"}, {contig: "a", start: 9, end: 9}},
	} {
		if err := add(places...); !errors.Is(err, ErrUnsorted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := add(place{contig: "a", end: maxEnd + 1}); err == nil {
		t.Error("a position beyond the bins was taken")
	}
	if err := add(place{contig: "a", start: -1}, place{contig: "a"}, place{contig: "b", end: maxEnd}); err != nil {
		t.Error(err)
	}
}

// TestBuilderRefuses holds what is refused of one record, or of one after another, and that nothing of it is added.
func TestBuilderRefuses(t *testing.T) {
	for _, c := range []struct {
		start, end int64
		from, to   bgzf.VirtualOffset
		want       string
	}{
		{9, 8, 7, 9, "index record from 9 to 8: the end is before the start"},
		{9, 10, 9, 7, "index record from offset 0:9 to 0:7: the end is before the start"},
		{9, 10, 4, 9, "index record from offset 0:4: the record before ends at 0:5"},
		{9, 1<<32 + 1, 7, 9, "index position 4294967297: beyond 4294967296"},
	} {
		x := newBuilder(t, false)
		if err := x.Add([]byte("a"), 3, 4, 1, 5); err != nil {
			t.Fatal(err)
		}
		if err := x.Add([]byte("b"), c.start, c.end, c.from, c.to); err == nil || err.Error() != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
		if err := x.Add([]byte("a"), 3, 4, 5, 5); err != nil {
			t.Error(err)
		}
		if n, _ := x.Index().Records("a"); n != 2 || len(x.Index().Contigs()) != 1 {
			t.Errorf("%d records after one was refused: %s", n, c.want)
		}
	}
}

// TestPositions holds what is said of columns that hold no position.
func TestPositions(t *testing.T) {
	for text, want := range map[string]string{
		"1099511627776":         "beyond 4294967296",
		"4294967297":            "beyond 4294967296",
		"99999999999999999999":  "beyond 4294967296",
		"-1":                    "no number of 0 or more",
		"-99999999999999999999": "no number of 0 or more",
		"x":                     "no number of 0 or more",
		"":                      "no number of 0 or more",
	} {
		line := "a\t5\t" + text
		want = fmt.Sprintf("build index: line %q has the position %q in column 3: %s", line, text, want)
		x, err := NewBuilder(BEDFormat(), true)
		if err != nil {
			t.Fatal(err)
		}
		if err := x.AddLine([]byte(line), 0, 9); err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

// TestIndexOfNothing is a file without records.
func TestIndexOfNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.vcf.gz")
	if extension := indexed(t, path, nil, nil); extension != ".tbi" {
		t.Error(extension)
	}
	if out, err := exec.Command("bcftools", "view", path, "-r", "1").CombinedOutput(); err != nil &&
		!errors.Is(err, exec.ErrNotFound) {
		t.Errorf("%v: %s", err, out)
	}
}

func BenchmarkIndex(b *testing.B) {
	var x *Builder
	for i := range b.N {
		at := int64(i%(1<<28)) + 1
		if at == 1 {
			x = newBuilder(b, false)
		}
		if err := x.Add([]byte("chr1"), at, at+1, bgzf.NewVirtualOffset(int64(i)/300*20_000, i%300*200),
			bgzf.NewVirtualOffset(int64(i)/300*20_000, i%300*200+200)); err != nil {
			b.Fatal(err)
		}
	}
}
