package norm

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/varlake/varlake/fasta"
)

// letter makes a base of any byte, so that the fuzzer need not find them.
func letter(c byte) byte { return "ACGTACGTacgtNnRy"[c&15] }

// FuzzNormalize holds the properties of the normal form on any reference and record: the same haplotypes, no form
// that is shorter or further left, nothing to do the second time, inputs untouched.
func FuzzNormalize(f *testing.F) {
	f.Add([]byte("CAAAAAAC"), uint16(5), uint8(2), []byte("A"), true)
	f.Add([]byte("GCACACACT"), uint16(6), uint8(3), []byte("A,ACACA"), false)
	f.Add([]byte("AAAA"), uint16(3), uint8(1), []byte("AA,AAA"), true)
	f.Add([]byte{0, 1, 13, 14, 1, 13, 14, 15}, uint16(6), uint8(2), []byte{13}, true)
	f.Add(bytes.Repeat([]byte{0, 1, 2}, 400), uint16(1101), uint8(2), []byte{0, 1, 2, 0, 1, 2}, false) // strides
	f.Add(bytes.Repeat([]byte{12}, 900), uint16(890), uint8(0), []byte{12, 12, ',', 12, 12, 12}, true) // N
	f.Add([]byte("ACGTACGT"), uint16(2), uint8(3), []byte("GGGT"), true)                               // cut on both sides
	// at the contig's start
	f.Add([]byte("AAAA"), uint16(0), uint8(1), []byte("A"), true)
	f.Add([]byte("ACGTT"), uint16(4), uint8(200), []byte("TT"), true) // and its end
	f.Fuzz(func(t *testing.T, seq []byte, at uint16, size uint8, altText []byte, small bool) {
		if len(seq) == 0 {
			return
		}
		seq = bytes.Map(func(r rune) rune { return rune(letter(byte(r))) }, bytes.ToValidUTF8(seq, []byte("N")))
		if len(seq) == 0 {
			return
		}
		start := int(at) % len(seq)
		ref := bytes.Clone(seq[start:min(len(seq), start+1+int(size))])
		for i, c := range ref {
			ref[i] = refBase(c)
		}
		var alts [][]byte
		for alt := range bytes.SplitSeq(altText, []byte{','}) {
			var a []byte
			for _, c := range alt {
				a = append(a, refBase(letter(c)))
			}
			if len(a) == 0 || bytes.EqualFold(a, ref) {
				return
			}
			alts = append(alts, a)
		}
		held := bytes.Clone(seq)
		memory := fasta.NewMemory(map[string][]byte{"c": held})
		n := New(memory)
		if small {
			n.long = 0
			n.fwd.least, n.fwd.most, n.back.least, n.back.most = 1, 4, 1, 3
		}
		inRef, inAlts := bytes.Clone(ref), cloneAll(alts)
		var res Result
		for range 2 { // the second time with what the first one taught
			var err error
			res, err = n.Normalize("c", int64(start+1), ref, alts)
			if err != nil || res.Kept != NotKept {
				t.Fatalf("%q at %d %q %q: %+v, %v", seq, start+1, ref, alts, res, err)
			}
			if !bytes.Equal(ref, inRef) || !equalAll(alts, inAlts) || !bytes.Equal(held, seq) {
				t.Fatal("an input was written to")
			}
			checkNormal(t, seq, start, ref, alts, res)
		}

		again, err := New(memory).Normalize("c", res.Pos, res.Ref, res.Alts)
		if err != nil || again.Changed || again.Pos != res.Pos {
			t.Fatalf("%q at %d %q %q: normal form %+v changed to %+v, %v", seq, start+1, ref, alts, res, again, err)
		}
	})
}

// checkNormal compares the record with its normal form, and says if that could be shorter or further left.
func checkNormal(t *testing.T, seq []byte, start int, ref []byte, alts [][]byte, res Result) {
	t.Helper()
	for i := range alts {
		want, got := haplotype(seq, start, ref, alts[i]), haplotype(seq, int(res.Pos-1), res.Ref, res.Alts[i])
		if want != got {
			t.Fatalf("%q at %d %q %q: %+v gives %q, want %q", seq, start+1, ref, alts, res, got, want)
		}
	}
	if haplotype(seq, int(res.Pos-1), res.Ref, res.Ref) != haplotype(seq, 0, nil, nil) {
		t.Fatalf("%q at %d %q %q: %+v is not on the reference", seq, start+1, ref, alts, res)
	}
	alleles := append([][]byte{res.Ref}, res.Alts...)
	shortest := len(slices.MinFunc(alleles, func(a, b []byte) int { return len(a) - len(b) }))
	first, last := true, true
	for _, a := range alleles {
		first = first && base[a[0]] == base[res.Ref[0]]
		last = last && base[a[len(a)-1]] == base[res.Ref[len(res.Ref)-1]]
	}
	switch {
	case shortest > 1 && first:
		t.Fatalf("%q at %d %q %q: %+v can be cut from the left", seq, start+1, ref, alts, res)
	case shortest > 1 && last:
		t.Fatalf("%q at %d %q %q: %+v can be cut from the right", seq, start+1, ref, alts, res)
	case last && res.Pos > 1:
		t.Fatalf("%q at %d %q %q: %+v can move to the left", seq, start+1, ref, alts, res)
	}
}

// haplotype is the contig with one allele for REF, as alleles compare.
func haplotype(seq []byte, start int, ref, alt []byte) string {
	var b strings.Builder
	for _, part := range [][]byte{seq[:start], alt, seq[start+len(ref):]} {
		for _, c := range part {
			b.WriteByte(refBase(c))
		}
	}
	return b.String()
}

func cloneAll(all [][]byte) (out [][]byte) {
	for _, a := range all {
		out = append(out, bytes.Clone(a))
	}
	return out
}

func equalAll(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }

// FuzzAnyRecord: no record whatever makes Normalize panic, and a refused or kept one comes back as it was.
func FuzzAnyRecord(f *testing.F) {
	f.Add([]byte("ACGTTTTACACAC"), int64(5), []byte("TT"), []byte("T,<DEL>"))
	f.Add([]byte("ACGT"), int64(0), []byte("N"), []byte("]c:1]"))
	f.Add([]byte("AR"), int64(2), []byte("R"), []byte("A."))
	f.Add([]byte(""), int64(1<<62), []byte(""), []byte(","))
	f.Add([]byte("ACGT"), int64(5), []byte("N"), []byte("<DEL>"))
	f.Add([]byte("ACGT"), int64(4), []byte("TT"), []byte("T"))
	f.Add([]byte("ACGT"), int64(2), []byte("cg"), []byte("CG,*"))
	f.Add([]byte("ACGT"), int64(2), []byte("C"), []byte(".C,C[x:1[,R"))
	f.Add([]byte("ACGT"), int64(2), []byte("G"), []byte("."))
	f.Add([]byte("ACGT"), int64(2), []byte("CGT"), []byte("."))
	f.Add([]byte("ACGT"), int64(-1), []byte("A"), []byte("T"))
	f.Fuzz(func(t *testing.T, seq []byte, pos int64, ref, altText []byte) {
		alts := bytes.Split(altText, []byte{','})
		inRef, inAlts := bytes.Clone(ref), cloneAll(alts)
		res, err := New(fasta.NewMemory(map[string][]byte{"c": seq})).Normalize("c", pos, ref, alts)
		if !bytes.Equal(ref, inRef) || !equalAll(alts, inAlts) {
			t.Fatal("an input was written to")
		}
		if (err != nil || res.Kept != NotKept) && res.Changed {
			t.Fatalf("%+v, %v", res, err)
		}
		if !res.Changed && (res.Pos != pos || !bytes.Equal(res.Ref, ref) || !equalAll(res.Alts, alts)) {
			t.Fatalf("%+v is changed and does not say so", res)
		}
	})
}
