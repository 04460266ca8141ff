// Package norm brings variants to their normal form: left-aligned and
// trimmed, the position, REF and ALT that `bcftools norm -f REF` writes.
//
// All alleles of a record move together; records are never split, joined or removed. A base common to the
// right end of all alleles is cut; when an allele would become empty, all grow to the left by a base of the
// reference; then bases common to the left end are cut while every allele keeps one (Tan, Abecasis and Kang,
// "Unified representation of genetic variants", 2015). docs/normalize.md lists every case.
//
// In steady state Normalize allocates nothing, however long a record's way to the left.
package norm

import "github.com/varlake/varlake/fasta"

// A Kept says why a record was left as it is without looking for a shorter or more leftward form.
type Kept uint8

// Reasons to keep a record. The first that applies, in ALT order, is given.
const (
	NotKept       Kept = iota // the record was normalised (which may have changed nothing)
	KeptRefCode               // REF holds a letter outside ACGTN, which the reference has too
	KeptSymbolic              // an ALT is symbolic: <DEL>, <NON_REF>, <*>, ...
	KeptSpanning              // an ALT is a spanning deletion: *
	KeptBreakend              // an ALT is a breakend
	KeptAltCode               // an ALT holds a letter outside ACGTN, or is empty
	KeptDuplicate             // an ALT equals REF
)

var keptNames = [...]string{"", "reference letter", "symbolic", "spanning deletion", "breakend", "ALT letter",
	"duplicate of REF"}

func (k Kept) String() string {
	if int(k) < len(keptNames) {
		return keptNames[k]
	}
	return "unknown"
}

// A Result is a record's normal form.
type Result struct {
	Pos     int64    // 1-based
	Ref     []byte   // the input's slice if Changed is false
	Alts    [][]byte // likewise
	Changed bool     // Pos, Ref or an ALT differs from the input
	Kept    Kept     // why the record was not touched
}

// InfoEnd gives the 1-based last position of REF, if a record's INFO/END has to follow: bcftools sets END to
// it when alleles were cut or moved, and leaves it alone else (a REF without ALT that lost its tail included).
func (r Result) InfoEnd() (end int64, ok bool) {
	return r.Pos + int64(len(r.Ref)) - 1, r.Changed && !noALT(r.Alts)
}

// noALT tells the ALT column's dot.
func noALT(alts [][]byte) bool {
	return len(alts) == 0 || len(alts) == 1 && len(alts[0]) == 1 && alts[0][0] == '.'
}

// A Normalizer brings records to their normal form. It caches a stretch of the reference (some 512 KiB at
// most), so it serves one goroutine; several may share one Reference.
type Normalizer struct {
	ref fasta.Reference

	contig string // of the windows
	length int64  // of contig, in bases
	known  bool   // contig is in the reference

	fwd, back window

	buf    []byte // the bases of the last Result
	alts   [][]byte
	cycles []cycle
	far    run   // of contig, where the last record moved far
	long   int64 // bases that are far
}

// New returns a Normalizer over ref.
func New(ref fasta.Reference) *Normalizer {
	w := window{least: minWindow, most: maxWindow}
	return &Normalizer{ref: ref, fwd: w, back: w, long: 64 << 10}
}

// base gives the upper case of A, C, G, T and N, and 0 for every other byte.
var base = func() (t [256]byte) {
	for _, c := range []byte("ACGTN") {
		t[c], t[c|0x20] = c, c
	}
	return t
}()

// refBase gives a stored reference base as alleles compare with it: upper case, N for any code that is
// not a base.
func refBase(c byte) byte {
	if b := base[c]; b != 0 {
		return b
	}
	return 'N'
}

// Normalize gives the normal form of the record at the 1-based pos. No ALT (a dot in VCF) is an empty alts,
// or the one ALT ".". The inputs are never written to. The Result may share memory with them and with the
// Normalizer: it holds until the next call.
//
// The errors are *fasta.UnknownContigError, *MismatchError and those of the Reference. With an error the Result is
// the record as it came.
func (n *Normalizer) Normalize(contig string, pos int64, ref []byte, alts [][]byte) (Result, error) {
	res := Result{Pos: pos, Ref: ref, Alts: alts}
	if contig != n.contig || !n.known {
		if err := n.open(contig); err != nil {
			return res, err
		}
	}
	// The common record, one base for another, needs one compare.
	if len(ref) == 1 && len(alts) == 1 && len(alts[0]) == 1 && n.fwd.has(pos-1) {
		r, a := base[ref[0]], base[alts[0][0]]
		if r != a && r != 0 && a != 0 && r == refBase(n.fwd.seq[pos-1-n.fwd.start]) {
			return res, nil
		}
	}
	odd, err := n.check(pos, ref)
	if err != nil {
		return res, err
	}
	if odd {
		res.Kept = KeptRefCode
		return res, nil
	}
	if noALT(alts) {
		res.Ref, res.Changed = ref[:1], len(ref) > 1
		return res, nil
	}
	if res.Kept = keep(ref, alts); res.Kept != NotKept {
		return res, nil
	}
	return n.align(res)
}

// open makes contig the one the windows are of.
func (n *Normalizer) open(contig string) error {
	n.fwd.drop()
	n.back.drop()
	n.contig, n.far = contig, run{}
	n.length, n.known = n.ref.Length(contig)
	if !n.known {
		return &fasta.UnknownContigError{Contig: contig, Known: fasta.OtherName(contig, func(name string) bool {
			_, ok := n.ref.Length(name)
			return ok
		})}
	}
	return nil
}

// check compares REF with the reference, without regard to case; odd says that REF holds a letter outside
// ACGTN.
func (n *Normalizer) check(pos int64, ref []byte) (odd bool, err error) {
	if len(ref) == 0 {
		return false, &MismatchError{Contig: n.contig, Pos: pos}
	}
	if (pos == 0 || pos == n.length+1) && len(ref) == 1 && base[ref[0]] == 'N' {
		// A telomere: VCF gives it the position before the first or after the last base, where the
		// reference has nothing to compare.
		return true, nil
	}
	for i := 0; i < len(ref); {
		p := pos - 1 + int64(i)
		if p < 0 || p >= n.length {
			return false, &MismatchError{Contig: n.contig, Pos: p + 1, Record: ref[i]}
		}
		seq, err := n.ahead(p)
		if err != nil {
			return false, err
		}
		seq = seq[:min(len(seq), len(ref)-i)]
		for j, f := range seq {
			r := ref[i+j]
			b := base[r]
			if b == refBase(f) {
				continue
			}
			if b != 0 || r|0x20 != f|0x20 {
				return false, &MismatchError{Contig: n.contig, Pos: p + int64(j) + 1, Record: r, Reference: f}
			}
			odd = true
		}
		i += len(seq)
	}
	return odd, nil
}

// keep says whether the ALTs are such that the record stays as it is. REF holds bases only.
func keep(ref []byte, alts [][]byte) Kept {
	for _, alt := range alts {
		switch {
		case len(alt) == 0:
			return KeptAltCode
		case alt[0] == '<':
			return KeptSymbolic
		case alt[0] == '*':
			return KeptSpanning
		}
		same := len(alt) == len(ref)
		for i, c := range alt {
			b := base[c]
			if b == 0 {
				return oddAllele(alt)
			}
			same = same && b == base[ref[i]]
		}
		if same {
			return KeptDuplicate
		}
	}
	return NotKept
}

// oddAllele tells a breakend (t[p[, ]p]t, and the single breakends t. and .t) from other text.
func oddAllele(alt []byte) Kept {
	if len(alt) > 1 && (alt[0] == '.' || alt[len(alt)-1] == '.') {
		return KeptBreakend
	}
	for _, c := range alt {
		if c == '[' || c == ']' {
			return KeptBreakend
		}
	}
	return KeptAltCode
}
