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
		"positions": {{contig: "a", start: 5}, {contig: "a", start: 4}}, "contigs": {{contig: "a"}, {contig: "b"},
			{contig: "a", start: 9}},
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
