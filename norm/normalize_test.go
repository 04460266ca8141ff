package norm

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/fasta"
)

// TestNormalize holds the cases of docs/normalize.md.
func TestNormalize(t *testing.T) {
	ref := fasta.NewMemory(map[string][]byte{
		//            1234567890123456789012345678901234567
		"c": []byte("ACGTRacgtrNNNNaaaaCAAAAACCCCCCCCCCCCC"),
		"h": []byte("AAAA"),
		"g": []byte("GA"),
	})
	long := strings.Repeat("C", 13)
	for _, tc := range []struct {
		name string
		in   string // contig pos REF ALT
		want string // pos REF ALT
		kept Kept
	}{
		{"SNV", "c 1 A T", "1 A T", NotKept},
		{"SNV in lower case stays in lower case", "c 6 a t", "6 a t", NotKept},
		{"SNVs", "c 1 A T,G", "1 A T,G", NotKept},
		{"the same ALT twice", "c 1 A T,T", "1 A T,T", NotKept},
		{"MNV", "c 1 AC TG", "1 AC TG", NotKept},
		{"MNV with common bases", "c 1 ACGT AGCT", "2 CG GC", NotKept},
		{"MNV cut from the left only", "c 1 ACG ACT", "3 G T", NotKept},
		{"deletion moves", "c 22 AAA A", "19 CAA C", NotKept},
		{"insertion moves", "c 24 A AAA", "19 C CAA", NotKept},
		{"deletion is cut", "c 19 CAAAAAC CAAAAC", "19 CA C", NotKept},
		{"all ALTs move together", "c 24 A AA,AAA", "19 C CA,CAA", NotKept},
		{"an ALT that stays holds the others", "c 24 A AA,C", "24 A AA,C", NotKept},
		{"a changed record is in upper case", "c 6 acgt act", "7 CG C", NotKept},
		{"a base of the reference keeps its case", "c 18 A AA", "14 N Na", NotKept},
		{"N is a base", "c 14 N NN", "9 t tN", NotKept},
		{"a code of the reference is N", "c 5 N A", "5 N A", NotKept},
		{"a code becomes N when it enters", "c 6 ACGT T", "5 NACG N", NotKept},
		{"whole REF replaced", "c 2 CGT TTTTT", "2 CG TTTT", NotKept},
		{"contig start: deletion cannot move", "h 1 AA A", "1 AA A", NotKept},
		{"contig start: deletion moves to it", "h 3 AA A", "1 AA A", NotKept},
		{"contig start: insertion", "h 4 A AA", "1 A AA", NotKept},
		{"contig start: nothing on the left", "g 1 GA A", "1 GA A", NotKept},
		{"contig start: the right is cut", "h 1 AAAA AA", "1 AAA A", NotKept},
		{"contig end", "c 25 " + long + " C", "24 A" + long[1:] + " A", NotKept},
		{"no ALT", "c 1 A .", "1 A .", NotKept},
		{"no ALT: REF is cut to its first base", "c 1 ACG .", "1 A .", NotKept},
		{"deletion by symbol", "c 22 A <DEL>", "22 A <DEL>", KeptSymbolic},
		{"duplication by symbol", "c 22 A <DUP:TANDEM>", "22 A <DUP:TANDEM>", KeptSymbolic},
		{"gVCF block", "c 22 A <NON_REF>", "22 A <NON_REF>", KeptSymbolic},
		{"gVCF variant", "c 22 AAA A,<NON_REF>", "22 AAA A,<NON_REF>", KeptSymbolic},
		{"any base", "c 22 AAA A,<*>", "22 AAA A,<*>", KeptSymbolic},
		{"spanning deletion", "c 22 AAA A,*", "22 AAA A,*", KeptSpanning},
		{"breakend after", "c 22 A A[c:3[", "22 A A[c:3[", KeptBreakend},
		{"breakend before", "c 22 A ]c:3]A", "22 A ]c:3]A", KeptBreakend},
		{"breakend with another base", "c 22 A T[c:3[", "22 A T[c:3[", KeptBreakend},
		{"single breakends", "c 22 A A.,.A", "22 A A.,.A", KeptBreakend},
		{"code in ALT", "c 22 A R", "22 A R", KeptAltCode},
		{"missing among ALTs", "c 22 A C,.", "22 A C,.", KeptAltCode},
		{"ALT is REF", "c 22 AA A,aa", "22 AA A,aa", KeptDuplicate},
		{"code in REF and reference", "c 5 R A", "5 R A", KeptRefCode},
		{"telomere before", "c 0 N ]h:1]N", "0 N ]h:1]N", KeptRefCode},
		{"telomere after", "c 38 N N[h:1[", "38 N N[h:1[", KeptRefCode},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var r, want row
			mustScan(t, tc.in, &r.contig, &r.pos, &r.ref, &r.alts)
			want.contig = r.contig
			mustScan(t, tc.want, &want.pos, &want.ref, &want.alts)
			got, res, err := normalizeRow(New(ref), r)
			if err != nil {
				t.Fatal(err)
			}
			if got != want || res.Kept != tc.kept || res.Changed != (got != r) {
				t.Errorf("got %v kept %v changed %v, want %v kept %v", got, res.Kept, res.Changed, want, tc.kept)
			}
		})
	}
}

func mustScan(t *testing.T, text string, into ...any) {
	t.Helper()
	if _, err := fmt.Sscan(text, into...); err != nil {
		t.Fatalf("scan %q: %v", text, err)
	}
}

func TestNormalizeErrors(t *testing.T) {
	ref := fasta.NewMemory(map[string][]byte{"c": []byte("ACGTRacgtNN")})
	for _, tc := range []struct {
		name, in string
		want     error
	}{
		{"unknown contig", "x 1 A T", &fasta.UnknownContigError{Contig: "x"}},
		{"unknown contig, symbolic", "x 1 N <DEL>", &fasta.UnknownContigError{Contig: "x"}},
		{"first base", "c 1 T A", &MismatchError{"c", 1, 'T', 'A'}},
		{"later base", "c 5 Nagt A", &MismatchError{"c", 7, 'g', 'c'}},
		{"symbolic", "c 2 A <DEL>", &MismatchError{"c", 2, 'A', 'C'}},
		{"gVCF block", "c 2 A <NON_REF>", &MismatchError{"c", 2, 'A', 'C'}},
		{"no ALT", "c 2 A .", &MismatchError{"c", 2, 'A', 'C'}},
		{"N for a base", "c 2 N A", &MismatchError{"c", 2, 'N', 'C'}},
		{"base for N", "c 10 A C", &MismatchError{"c", 10, 'A', 'N'}},
		{"base for a code that includes it", "c 5 A C", &MismatchError{"c", 5, 'A', 'R'}},
		{"code for another code", "c 5 Y C", &MismatchError{"c", 5, 'Y', 'R'}},
		{"past the end", "c 10 NNN N", &MismatchError{"c", 12, 'N', 0}},
		{"after the end", "c 12 A C", &MismatchError{"c", 12, 'A', 0}},
		{"far after the end", "c 4000000000 N C", &MismatchError{"c", 4000000000, 'N', 0}},
		{"before the start", "c 0 A C", &MismatchError{"c", 0, 'A', 0}},
		{"negative", "c -5 N C", &MismatchError{"c", -5, 'N', 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var r row
			mustScan(t, tc.in, &r.contig, &r.pos, &r.ref, &r.alts)
			n := New(ref)
			got, res, err := normalizeRow(n, r)
			if diff := cmp.Diff(tc.want, err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if got != r || res.Changed {
				t.Errorf("a refused record was changed: %v", got)
			}
			if _, err := n.Normalize("c", 1, []byte("A"), nil); err != nil {
				t.Errorf("the next record failed, too: %v", err)
			}
		})
	}
	if _, err := New(ref).Normalize(strings.Repeat("x", 1<<20), 3, []byte("A"), nil); !errors.As(err,
		new(*fasta.UnknownContigError)) || len(err.Error()) > 200 {
		t.Errorf("a long contig name gave %.300v", err)
	}
	if _, err := New(ref).Normalize("c", 3, nil, nil); !errors.As(err, new(*MismatchError)) {
		t.Errorf("an empty REF gave %v", err)
	}
	if res, err := New(ref).Normalize("c", 1, []byte("A"), [][]byte{{}}); err != nil || res.Kept != KeptAltCode {
		t.Errorf("an empty ALT gave %+v, %v", res, err)
	}
}

// TestReadError: an error of the reference is given back, and does not leave wrong bases behind.
func TestReadError(t *testing.T) {
	ref := &brokenReference{Memory: fasta.NewMemory(map[string][]byte{"c": bytes.Repeat([]byte("A"), 3*minWindow)})}
	n := New(ref)
	at := func(pos int64, want error) {
		t.Helper()
		res, err := n.Normalize("c", pos, []byte("A"), [][]byte{[]byte("T")})
		if !errors.Is(err, want) || res.Changed {
			t.Errorf("at %d: got %+v, %v, want error %v", pos, res, err, want)
		}
	}
	at(1, nil)
	ref.broken = true
	at(3*minWindow, os.ErrDeadlineExceeded)
	at(1, os.ErrDeadlineExceeded) // what was cached is gone with the failed read
	ref.broken = false
	at(1, nil)
	at(3*minWindow, nil)
}

// A brokenReference spoils the memory that it is given, and fails, while broken.
type brokenReference struct {
	*fasta.Memory
	broken bool
}

func (b *brokenReference) Fetch(dst []byte, contig string, start, end int64) ([]byte, error) {
	if b.broken {
		clear(dst[len(dst):cap(dst)])
		return dst, os.ErrDeadlineExceeded
	}
	return b.Memory.Fetch(dst, contig, start, end)
}

// TestContigChange: nothing of a contig is taken for another's, whatever the order of records.
func TestContigChange(t *testing.T) {
	run := func(c string) []byte { return bytes.Repeat([]byte(c), 100) }
	n := New(fasta.NewMemory(map[string][]byte{"a": run("A"), "c": run("C"), "": run("G")}))
	n.fwd.least, n.fwd.most, n.back.least, n.back.most = 10, 10, 200, 200
	for range 3 {
		for contig, letter := range map[string]string{"a": "A", "c": "C", "": "G"} {
			ref, alt := []byte(letter), []byte(letter+letter)
			res, err := n.Normalize(contig, 90, ref, [][]byte{alt})
			if err != nil || res.Pos != 1 || !bytes.Equal(res.Alts[0], alt) {
				t.Errorf("contig %q: %+v, %v", contig, res, err)
			}
		}
		for range 2 {
			if _, err := n.Normalize("x", 1, []byte("A"), nil); !errors.As(err, new(*fasta.UnknownContigError)) {
				t.Errorf("got %v for an unknown contig", err)
			}
		}
	}
	if _, err := New(fasta.NewMemory(nil)).Normalize("", 1, []byte("A"), nil); !errors.As(err,
		new(*fasta.UnknownContigError)) {
		t.Errorf("got %v for an unknown contig without a name", err)
	}
}

// TestStrides moves records by every count around the stretches that are compared at once.
func TestStrides(t *testing.T) {
	n := New(fasta.NewMemory(map[string][]byte{"a": bytes.Repeat([]byte("A"), 9*stride),
		"ca": bytes.Repeat([]byte("CA"), 2*stride)}))
	for pos := int64(1); pos <= 4*stride; pos++ {
		res, err := n.Normalize("a", pos, []byte("A"), [][]byte{[]byte("AA")})
		if err != nil || res.Pos != 1 || string(res.Alts[0]) != "AA" {
			t.Errorf("from %d: %+v, %v", pos, res, err)
		}
		if pos%2 == 1 {
			continue
		}
		res, err = n.Normalize("ca", pos, []byte("A"), [][]byte{[]byte("ACA")})
		if err != nil || res.Pos != 1 || string(res.Alts[0]) != "CAC" {
			t.Errorf("from %d: %+v, %v", pos, res, err)
		}
	}

	// Of an inserted sequence only the end may be like the reference, however much that repeats itself.
	for tail := 2*stride - 5; tail < 2*stride+5; tail++ {
		alt := "A" + strings.Repeat("C", stride) + strings.Repeat("A", tail)
		want := int64(4*stride - tail)
		res, err := n.Normalize("a", 4*stride, []byte("A"), [][]byte{[]byte(alt)})
		if err != nil || res.Pos != want {
			t.Errorf("tail %d: at %d, want %d, %v", tail, res.Pos, want, err)
		}
	}
}

// TestLongRepeats moves records over repeats far longer than a window and compares with bcftools.
func TestLongRepeats(t *testing.T) {
	bcftools := tool(t, "bcftools")
	const size = 700_000 // several of the largest windows
	g := newGenerator(0)
	g.names = []string{"n", "a", "cag", "big"}
	g.seqs["n"] = bytes.Repeat([]byte("N"), size)
	g.seqs["a"] = append([]byte("ACGT"), bytes.Repeat([]byte("Aa"), size/2)...)
	g.seqs["cag"] = append([]byte("ACGTtt"), bytes.Repeat([]byte("CAG"), size/3)...)
	unit := g.sequence(150_000)
	for i, c := range unit {
		if base[c] == 0 {
			unit[i] = 'N'
		}
	}
	g.seqs["big"] = append([]byte("TTT"), bytes.Repeat(unit, 5)...)
	cag := len(g.seqs["cag"])
	rows := []row{
		{contig: "n", pos: size - 10, id: "0", ref: "NN", alts: "N"},
		{contig: "n", pos: size, id: "1", ref: "N", alts: "NNN,NN"},
		{contig: "a", pos: size, id: "2", ref: "AAAA", alts: "A,AA"},
		{contig: "a", pos: size - 5000, id: "3", ref: "AAAA", alts: "A," + strings.Repeat("A", 5000)},
		{contig: "cag", pos: int64(cag) - 5, id: "4", ref: "CAGC", alts: "C"},
		{contig: "cag", pos: int64(cag), id: "5", ref: "G", alts: "GCAG,GCAGCAG"},
		{contig: "cag", pos: int64(cag) - 300, id: "6", ref: string(g.seqs["cag"][cag-301 : cag]), alts: "G"},
		{contig: "big", pos: int64(len(g.seqs["big"])), id: "7", ref: string(g.seqs["big"][len(g.seqs["big"])-1:]),
			alts: string(g.seqs["big"][len(g.seqs["big"])-1-len(unit):])},
	}
	want, _ := runBcftools(t, bcftools, g, rows)
	n := New(openTestFASTA(t, g.fasta()))
	for i, r := range rows {
		got, res, err := normalizeRow(n, r)
		if err != nil || got != want[i] {
			t.Errorf("row %d at %s:%d moved to %d, bcftools says %d (%v)", i, r.contig, r.pos, res.Pos, want[i].pos, err)
		}
		if i < 7 && i != 3 && got.pos > 100 {
			t.Errorf("row %d did not move far: %d", i, got.pos)
		}
	}
	if limit := 3 * maxWindow; cap(n.fwd.seq) > limit || cap(n.back.seq) > limit {
		t.Errorf("windows of %d and %d bytes", cap(n.fwd.seq), cap(n.back.seq))
	}
}

// countingReference counts the bases that it gives.
type countingReference struct {
	*fasta.Memory
	bases int64
}

func (c *countingReference) Fetch(dst []byte, contig string, start, end int64) ([]byte, error) {
	c.bases += end - start
	return c.Memory.Fetch(dst, contig, start, end)
}

// Many records in one long repeat do not each read all of it, nor compare each of very many ALTs with it.
func TestManyRecordsInOneRun(t *testing.T) {
	const size = 6_000_000
	seq := append([]byte("ACGT"), bytes.Repeat([]byte("NnN"), size/3)...)
	seq = append(seq, bytes.Repeat([]byte("CAG"), size/3)...)
	ref := &countingReference{Memory: fasta.NewMemory(map[string][]byte{"c": seq, "d": seq[4:]})}
	n := New(ref)
	g := newGenerator(5)
	for i := range 400 {
		contig, from := "c", int64(4) // 0-based start of the repeat
		if i >= 350 {
			contig, from = "d", 0
		}
		unit := []string{"N", "CAG"}[i/100%2]
		if unit == "CAG" {
			from += size / 3 * 3
		}
		last := from + int64(g.IntN(size/3*3)/len(unit)*len(unit)+len(unit)) // bases through the end of a unit
		alts := make([][]byte, 1+i%3)
		for j := range alts {
			alts[j] = []byte(unit[len(unit)-1:] + strings.Repeat(unit, 1+j%2*(i%2)))
		}
		if i%100 == 99 {
			for len(alts) < 20_000 {
				alts = append(alts, alts...)
			}
		}
		res, err := n.Normalize(contig, last, []byte(unit[len(unit)-1:]), alts)
		// The base before the repeat comes to stand first; at the contig's start there is none, and the repeat's own does.
		want := max(from, 1)
		if err != nil || res.Pos != want || len(res.Ref) != 1 {
			t.Fatalf("record %d at %s:%d moved to %d, want %d (%v)", i, contig, last, res.Pos, want, err)
		}
	}
	if limit := int64(400*2*maxWindow + 4*size); ref.bases > limit { // two windows for each, and each run once
		t.Errorf("%d bases read, more than %d", ref.bases, limit)
	}
}

// TestBcftoolsRefuses holds what docs/normalize.md says of records at which bcftools stops by default.
func TestBcftoolsRefuses(t *testing.T) {
	bcftools := tool(t, "bcftools")
	g := newGenerator(0)
	g.names, g.seqs["c0"] = []string{"c0"}, []byte("ACGTRACGT")
	for in, refused := range map[string]bool{
		"c0 1 A T":         false,
		"c0 1 T A":         true, // REF differs
		"c0 5 R A":         true, // a code in REF
		"c0 5 A C":         true, // a base that the code stands for
		"c0 5 N C":         false,
		"c0 1 A R":         true, // a code in ALT
		"c0 1 A a":         true, // ALT is REF
		"c0 1 A A[c0:3[":   false,
		"c0 1 A T[c0:3[":   true,  // a breakend that does not begin with REF
		"c0 1 A A.":        true,  // a single breakend
		"c0 0 N .[c0:3[":   true,  // a telomere
		"c0 10 T C":        false, // outside the contig: bcftools takes the last base for it
		"c0 9 TT T":        true,
		"x 1 A <DEL>":      true, // unknown contig
		"c0 2 C <DEL>":     false,
		"c0 2 A <DEL>":     true,
		"c0 2 A <NON_REF>": true,
	} {
		r := row{id: "."}
		mustScan(t, in, &r.contig, &r.pos, &r.ref, &r.alts)
		dir := t.TempDir()
		fasta, vcf := filepath.Join(dir, "ref.fa"), filepath.Join(dir, "in.vcf")
		text := bytes.Replace(g.vcf([]row{r}), []byte("#CHROM"), []byte("##contig=<ID=x>\n#CHROM"), 1)
		if err := errors.Join(os.WriteFile(fasta, g.fasta(), 0o600), os.WriteFile(vcf, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		err := exec.Command(bcftools, "norm", "-f", fasta, vcf).Run()
		if refused != (err != nil) {
			t.Errorf("%s: bcftools gave %v", in, err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	seq := bytes.Repeat([]byte("ACGTTTTTTTTTTGGCACACACACA"), 4000)
	var text bytes.Buffer
	text.WriteString(">c\n")
	for len(seq) > text.Len() {
		text.Write(seq[:50])
		text.WriteByte('\n')
	}
	f := openTestFASTA(t, text.Bytes())
	var wg sync.WaitGroup
	for k := range 4 {
		wg.Go(func() {
			n := New(f)
			for p := int64(13 + 25*k); p < 90_000; p += 100 {
				res, err := n.Normalize("c", p, []byte("T"), [][]byte{[]byte("TT")})
				if err != nil || res.Pos != p-10 || string(res.Ref) != "G" {
					t.Errorf("%d: %+v, %v", p, res, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
