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
		if base[c] != concrete {
			if err := r.against(refRule(ref), "REF", ErrAllele, ref); err != nil {
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
		if alt := r.line[from:i]; len(alt) != 1 || base[alt[0]] != concrete {
			if rule := altRule(alt, ref, r.h.Version); rule != 0 {
				if err := r.against(rule, "ALT", ErrAllele, alt); err != nil {
					return err
				}
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

// refRule is the rule that a REF is against that holds more than A, C, G, T and N. References hold ambiguous bases, and
// TIGRA writes a dot; both are kept as they are.
func refRule(ref []byte) Rule {
	if len(ref) == 1 && ref[0] == '.' {
		return RuleAllele + habit
	}
	for _, c := range ref {
		if base[c] == 0 {
			return RuleAllele
		}
	}
	return RuleAllele + habit
}

// altRule is the rule that an alternate allele (VCF 4.3, 1.6.1) is against; 0 when it is one.
func altRule(alt, ref []byte, v Version) Rule {
	valid := false
	switch {
	case len(alt) == 0:
	case alt[0] == '<':
		valid = validSymbol(alt)
	case len(alt) == 1 && (alt[0] == 'I' || alt[0] == 'D' || alt[0] == '.'):
		return RuleAllele + habit // PLINK's insertion and deletion of unknown sequence; a dot beside others
	case len(alt) == 1 && alt[0] == '*':
		valid = true
	case bytes.IndexByte(alt, '[') >= 0 || bytes.IndexByte(alt, ']') >= 0:
		valid = validBreakend(alt)
	case bytes.IndexByte(alt, '<') > 0: // C<ctg1>: insertion of a contig of the assembly file, before 4.4
		if i := bytes.IndexByte(alt, '<'); validSymbol(alt[i:]) {
			rule := basesRule(alt[:i], ref)
			if kind, _, _ := bytes.Cut(alt[i+1:len(alt)-1], []byte{':'}); rule == 0 && (altKinds[string(kind)] || !v.before(4)) {
				return RuleAllele + habit // C<INS>, which is no such contig
			}
			return rule
		}
	default:
		return textRule(alt, ref)
	}
	if valid {
		return 0
	}
	return RuleAllele
}

// textRule is altRule of one that is made of bases, which a dot at one end makes a single breakend, and in which
// Octopus writes an asterisk for each base that another record deletes.
func textRule(alt, ref []byte) Rule {
	if len(alt) > 1 {
		if alt[0] == '.' {
			alt = alt[1:]
		} else if alt[len(alt)-1] == '.' {
			alt = alt[:len(alt)-1]
		}
	}
	if stars := bytes.Count(alt, []byte{'*'}); stars > 0 {
		if plain := bytes.ReplaceAll(alt, []byte{'*'}, nil); len(plain) > 0 && basesRule(plain, ref) == 0 {
			return RuleAllele + habit
		}
		return RuleAllele
	}
	return basesRule(alt, ref)
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

// basesRule is the rule that alt is against if not all of it are bases. An ambiguous one is a habit where it is in REF
// too: the sample's own sequence is never ambiguous.
func basesRule(alt, ref []byte) Rule {
	found := uint64(0) // of the ambiguous ones, by their lowest six bits: REF may be long
	for _, c := range alt {
		switch base[c] {
		case 0:
			return RuleAllele
		case ambiguous:
			if found>>(c&63)&1 == 0 && bytes.IndexByte(ref, c) < 0 {
				return RuleAllele
			}
			found |= 1 << (c & 63)
		}
	}
	switch {
	case len(alt) == 0:
		return RuleAllele
	case found != 0:
		return RuleAllele + habit
	}
	return 0
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
