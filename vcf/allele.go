package vcf

import "bytes"

// base tells which bytes are bases.
var base = func() (t [256]uint8) {
	for _, c := range []byte("ACGTNacgtn") {
		t[c] = concrete
	}
	for _, c := range []byte("RYSWKMBDHVryswkmbdhv") {
		t[c] = ambiguous
	}
	return t
}()

const (
	concrete  = 1 // A C G T N
	ambiguous = 2 // an IUPAC code for several bases
)

// parseAlleles checks REF and splits and checks ALT.
func (r *Record) parseAlleles() error {
	ref := r.Ref()
	r.alts = r.alts[:0]
	for _, c := range ref {
		if base[c] == 0 {
			if err := r.against(RuleAllele, "REF", ErrAllele, ref); err != nil {
				return err
			}
			break
		}
	}
	if len(ref) == 0 {
		return r.fail("REF", ErrAllele, `""`)
	}
	from, end := uint32(r.tabs[3]+1), uint32(r.tabs[4])
	switch {
	case end == from:
		return r.against(RuleEmpty, "ALT", ErrAllele, nil)
	case end-from == 1 && r.line[from] == '.':
		return nil
	}
	for i := from; i <= end; i++ {
		if i < end && r.line[i] != ',' {
			continue
		}
		if alt := r.line[from:i]; !validAlt(alt, ref) {
			if err := r.against(RuleAllele, "ALT", ErrAllele, alt); err != nil {
				return err
			}
		}
		if len(r.alts) == maxList {
			return r.fail("ALT", ErrTooMany, quote(r.column(4)))
		}
		r.alts = append(r.alts, span{from, i})
		from = i + 1
	}
	return nil
}

// validAlt tells whether alt is an alternate allele (VCF 4.3, 1.6.1).
func validAlt(alt, ref []byte) bool {
	switch {
	case len(alt) == 0:
		return false
	case len(alt) == 1 && base[alt[0]] == concrete:
		return true
	case alt[0] == '<':
		return validSymbol(alt)
	case len(alt) == 1 && (alt[0] == '*' || alt[0] == 'I' || alt[0] == 'D'):
		return true // PLINK writes I and D for an insertion and a deletion of unknown sequence
	case bytes.IndexByte(alt, '[') >= 0 || bytes.IndexByte(alt, ']') >= 0:
		return validBreakend(alt)
	}
	if i := bytes.IndexByte(alt, '<'); i > 0 { // C<ctg1>: insertion of a contig of the assembly file
		return validSymbol(alt[i:]) && validBases(alt[:i], ref)
	}
	if len(alt) > 1 { // single breakends .A and A.
		if alt[0] == '.' {
			alt = alt[1:]
		} else if alt[len(alt)-1] == '.' {
			alt = alt[:len(alt)-1]
		}
	}
	return validBases(alt, ref)
}

// validSymbol tells whether alt is <ID>.
func validSymbol(alt []byte) bool {
	if len(alt) < 3 || alt[len(alt)-1] != '>' {
		return false
	}
	for _, c := range alt[1 : len(alt)-1] {
		if c <= ' ' || c == '<' || c == '>' {
			return false
		}
	}
	return true
}

// validBases tells whether all of alt are bases, where an ambiguous one must be
// in REF too: the sample's own sequence is never ambiguous.
func validBases(alt, ref []byte) bool {
	found := uint64(0) // of the ambiguous ones, by their lowest six bits: REF may be long
	for _, c := range alt {
		switch base[c] {
		case 0:
			return false
		case ambiguous:
			if found>>(c&63)&1 == 0 && bytes.IndexByte(ref, c) < 0 {
				return false
			}
			found |= 1 << (c & 63)
		}
	}
	return len(alt) > 0
}

// validBreakend tells whether alt is one of t[p[, t]p], ]p]t and [p[t, where p
// is contig:position and t are bases, or '.' beyond a telomere.
func validBreakend(alt []byte) bool {
	open := bytes.IndexAny(alt, "[]")
	end := bytes.LastIndexByte(alt, alt[open])
	if end == open || bytes.ContainsAny(alt[open+1:end], "[]") {
		return false
	}
	bases := alt[:open]
	if open == 0 {
		bases = alt[end+1:]
	} else if end != len(alt)-1 {
		return false
	}
	if len(bases) == 0 {
		return false
	}
	for _, c := range bases {
		if base[c] == 0 && c != '.' {
			return false
		}
	}
	mate := alt[open+1 : end]
	colon := bytes.LastIndexByte(mate, ':')
	if colon < 1 || !validContig(mate[:colon]) {
		return false
	}
	position := mate[colon+1:]
	for _, c := range position {
		if c-'0' > 9 {
			return false
		}
	}
	return len(position) > 0
}
