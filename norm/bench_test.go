package norm

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/varlake/varlake/fasta"
)

// benchFASTA is one contig of a few megabases with repeats, as a file.
func benchFASTA(tb testing.TB) (*fasta.File, []byte) {
	tb.Helper()
	g := newGenerator(3)
	seq := g.sequence(4 << 20)
	for len(seq) < 3<<20 {
		seq = append(seq, seq...)
	}
	var text bytes.Buffer
	text.WriteString(">c\n")
	for i := 0; i < len(seq); i += 60 {
		text.Write(seq[i:min(i+60, len(seq))])
		text.WriteByte('\n')
	}
	return openTestFASTA(tb, text.Bytes()), seq
}

// A kind of record: how many reference bases it has and what stands for them.
var benchKinds = []struct {
	name string
	ref  int
	alts func(ref []byte) [][]byte
}{
	{"SNV", 1, func(ref []byte) [][]byte { return [][]byte{{otherBase(ref[0])}} }},
	{"SNVMultiallelic", 1, func(ref []byte) [][]byte {
		return [][]byte{{otherBase(ref[0])}, {otherBase(otherBase(ref[0]))}}
	}},
	{"Deletion", 3, func(ref []byte) [][]byte { return [][]byte{ref[:1]} }},
	{"Insertion", 1, func(ref []byte) [][]byte { return [][]byte{{ref[0], ref[0], ref[0]}} }},
	{"IndelMultiallelic", 4, func(ref []byte) [][]byte { return [][]byte{ref[:1], ref[:2], append(ref[:4:4], ref...)} }},
	{"GVCFBlock", 1, func([]byte) [][]byte { return [][]byte{[]byte("<NON_REF>")} }},
}

func otherBase(c byte) byte { return "ACGT"[(strings.IndexByte("ACGT", refBase(c))+1)%4] }

type benchRecord struct {
	pos  int64
	ref  []byte
	alts [][]byte
}

// benchRecords are count records of one kind in order, step bases apart.
func benchRecords(seq []byte, kind, count, step int) []benchRecord {
	k := benchKinds[kind]
	records := make([]benchRecord, 0, count)
	for i := range count {
		start := (1000 + i*step) % (len(seq) - 1000)
		ref := bytes.ToUpper(seq[start : start+k.ref])
		for j := range ref {
			ref[j] = refBase(ref[j])
		}
		records = append(records, benchRecord{int64(start + 1), ref, k.alts(ref)})
	}
	return records
}

// TestNormalizeAllocates holds the promise that the steady state allocates nothing, over a whole contig with
// its window loads.
func TestNormalizeAllocates(t *testing.T) {
	f, seq := benchFASTA(t)
	for kind, k := range benchKinds {
		records := benchRecords(seq, kind, 5000, 603)
		n := New(f)
		allocs := testing.AllocsPerRun(3, func() {
			for _, r := range records {
				if _, err := n.Normalize("c", r.pos, r.ref, r.alts); err != nil {
					t.Fatal(err)
				}
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations in %d records", k.name, allocs, len(records))
		}
	}
}

func BenchmarkNormalize(b *testing.B) {
	f, seq := benchFASTA(b)
	for kind, k := range benchKinds {
		for _, step := range []int{30, 600} { // a gVCF's and a genome's distance
			b.Run(fmt.Sprintf("%s/%d", k.name, step), func(b *testing.B) {
				records := benchRecords(seq, kind, 5000, step)
				n := New(f)
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					r := &records[i]
					if _, err := n.Normalize("c", r.pos, r.ref, r.alts); err != nil {
						b.Fatal(err)
					}
					if i++; i == len(records) {
						i = 0
					}
				}
			})
		}
	}
}

// BenchmarkLongRepeat is one insertion that moves over the bytes counted.
func BenchmarkLongRepeat(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10, 10 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := New(fasta.NewMemory(map[string][]byte{"c": bytes.Repeat([]byte("A"), size)}))
			ref, alts := []byte("A"), [][]byte{[]byte("AA")}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				n.far = run{} // or only the first record goes all the way
				res, err := n.Normalize("c", int64(size), ref, alts)
				if err != nil || res.Pos != 1 {
					b.Fatalf("%+v, %v", res, err)
				}
			}
		})
	}
}
