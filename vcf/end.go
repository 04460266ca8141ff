package vcf

import "bytes"

// extend makes End what it is since VCF 4.4: the furthest of REF's last base, END and SymbolicEnd. FORMAT/LEN counts
// since 4.5.
func (r *Record) extend() error {
	r.end = max(r.end, r.pos+int64(len(r.Ref()))-1)
	alt := r.column(4)
	if bytes.IndexByte(alt, '<') < 0 {
		return nil
	}
	svlen, _ := r.InfoValue("SVLEN")
	var format, samples []byte
	if !r.h.Version.before(5) && r.layout != nil {
		format, samples = r.layout.text, r.line[min(r.tabs[8]+1, len(r.line)):]
	}
	last, size, length := symbolicEnd(r.pos, alt, svlen, format, samples)
	r.end = max(r.end, last)
	// Where they are declared as Integer this is noted already.
	if size != nil && r.h.infos["SVLEN"].Type != Integer {
		return r.against(RuleEnd+habit, "INFO/SVLEN", errLength, size)
	}
	if length != nil && r.h.formats["LEN"].Type != Integer {
		return r.against(RuleEnd+habit, "FORMAT/LEN", errLength, length)
	}
	return nil
}

// SymbolicEnd returns the last base, 1-based, of the reference that a record's symbolic alleles stand on, as htslib
// 1.22 and later have it (vcf.c, get_rlen): the furthest of POS + |SVLEN| of <DEL>, <DUP>, <INV>, <CNV> and their
// kinds, and of POS + LEN - 1 of each sample's reference block, when there is <*> or <NON_REF>. It is pos when they say
// nothing. The texts are those of the columns ALT, FORMAT and of all samples, and SVLEN's value; values that are no
// numbers are passed over.
func SymbolicEnd(pos int64, alt, svlen, format, samples []byte) (end int64) {
	end, _, _ = symbolicEnd(pos, alt, svlen, format, samples)
	return end
}

// symbolicEnd is SymbolicEnd, and the last SVLEN and LEN that are passed over and are not missing.
func symbolicEnd(pos int64, alt, svlen, format, samples []byte) (end int64, oddSVLEN, oddLEN []byte) {
	end = pos
	block := false
	for more := true; more; {
		var allele, length []byte
		allele, alt, more = bytes.Cut(alt, []byte{','})
		length, svlen, _ = bytes.Cut(svlen, []byte{','})
		if spansSVLEN(allele) {
			if n, ok := ParseInt(length); ok {
				end = max(end, pos+max(int64(n), -int64(n)))
			} else if !IsMissing(length) {
				oddSVLEN = length
			}
		}
		block = block || string(allele) == "<*>" || string(allele) == "<NON_REF>"
	}
	key := keyIndex(format, "LEN")
	if !block || key < 0 {
		return end, oddSVLEN, oddLEN
	}
	for more := true; more; {
		var sample []byte
		sample, samples, more = bytes.Cut(samples, []byte{'\t'})
		for range key {
			_, sample, _ = bytes.Cut(sample, []byte{':'})
		}
		length, _, _ := bytes.Cut(sample, []byte{':'})
		if n, ok := ParseInt(length); ok {
			end = max(end, pos+int64(n)-1)
		} else if !IsMissing(length) {
			oddLEN = length
		}
	}
	return end, oddSVLEN, oddLEN
}

// spansSVLEN tells whether SVLEN is how much of the reference an allele stands on. That of <INS> is how much it adds.
func spansSVLEN(alt []byte) bool {
	if len(alt) < 5 || alt[0] != '<' || alt[4] != '>' && alt[4] != ':' {
		return false
	}
	switch string(alt[1:4]) {
	case "DEL", "DUP", "INV", "CNV":
		return true
	}
	return false
}

// keyIndex is the place of a key in a FORMAT column, -1 when it is not there.
func keyIndex(format []byte, key string) int {
	for i, more := 0, len(format) > 0; more; i++ {
		var one []byte
		if one, format, more = bytes.Cut(format, []byte{':'}); string(one) == key {
			return i
		}
	}
	return -1
}
