package vcf

import (
	"math"
	"unicode/utf8"
)

// The scanners below take a list of values off line at i and return where it
// ends: at the first byte that cannot continue it, which the caller compares with
// the separators that it expects. An empty list has count 0.

// ends tells whether a value may end at i: at a separator or the line's end.
func ends(line []byte, i int) bool {
	return i == len(line) || line[i] == '\t' || line[i] == ':' || line[i] == ';'
}

// minInt is the smallest integer: the eight values below are reserved (VCF 4.3, 1.3).
const minInt = math.MinInt32 + 8

// scanInts scans integers and '.' separated by commas.
func scanInts(line []byte, i int) (next, count int, fault Fault) {
	for {
		if i < len(line) && line[i] == '.' {
			i++
		} else {
			start := i
			signed := i < len(line) && (line[i] == '-' || line[i] == '+')
			if signed {
				i++
			}
			first := i
			for i < len(line) && line[i]-'0' <= 9 {
				i++
			}
			switch digits := i - first; {
			case digits == 0 && count == 0 && !signed && ends(line, i):
				return i, 0, 0
			case digits == 0:
				return i, count, ErrInteger
			case digits > 9: // may be too large
				if _, ok := ParseInt(line[start:i]); !ok {
					return i, count, ErrIntegerRange
				}
			}
		}
		count++
		if i == len(line) || line[i] != ',' {
			return i, count, 0
		}
		i++
	}
}

// scanFloats scans floating point numbers and '.' separated by commas.
func scanFloats(line []byte, i int) (next, count int, fault Fault) {
	for {
		end := scanFloat(line, i)
		if end == i {
			if count == 0 && ends(line, i) {
				return i, 0, 0
			}
			return i, count, ErrFloat
		}
		i = end
		count++
		if i == len(line) || line[i] != ',' {
			return i, count, 0
		}
		i++
	}
}

// scanFloat returns the end of one number or '.' at i, or i when there is none.
func scanFloat(line []byte, i int) int {
	start := i
	if i < len(line) && (line[i] == '-' || line[i] == '+') {
		i++
	}
	digits := i
	for i < len(line) && line[i]-'0' <= 9 {
		i++
	}
	n := i - digits
	if i < len(line) && line[i] == '.' {
		i++
		fraction := i
		for i < len(line) && line[i]-'0' <= 9 {
			i++
		}
		n += i - fraction
		if n == 0 && i == start+1 {
			return i // missing
		}
	}
	if n == 0 {
		return scanNonFinite(line, start)
	}
	if i < len(line) && line[i]|0x20 == 'e' {
		e := i + 1
		if e < len(line) && (line[e] == '-' || line[e] == '+') {
			e++
		}
		if e == len(line) || line[e]-'0' > 9 {
			return start
		}
		for e < len(line) && line[e]-'0' <= 9 {
			e++
		}
		i = e
	}
	return i
}

// scanNonFinite returns the end of NaN, Inf or Infinity at i in any case and with
// any sign (VCF 4.3, 1.3), or i.
func scanNonFinite(line []byte, i int) int {
	at := i
	if at < len(line) && (line[at] == '-' || line[at] == '+') {
		at++
	}
	for _, word := range [...]string{"infinity", "inf", "nan"} {
		if hasWord(line, at, word) {
			return at + len(word)
		}
	}
	return i
}

// hasWord tells whether word, in lower case, stands at i in any case.
func hasWord(line []byte, i int, word string) bool {
	if i+len(word) > len(line) {
		return false
	}
	for j := range len(word) {
		if line[i+j]|0x20 != word[j] {
			return false
		}
	}
	return true
}

// scanText scans comma-separated text up to a tab or stop.
func scanText(line []byte, i int, stop byte) (next, count int) {
	start := i
	for ; i < len(line); i++ {
		switch line[i] {
		case ',':
			count++
		case '\t', stop:
			if i == start {
				return i, 0
			}
			return i, count + 1
		}
	}
	if i == start {
		return i, 0
	}
	return i, count + 1
}

// characters tells whether all parts of a list are single characters. An element
// may be empty, and a list of one comma is the character ','.
func characters(text []byte) bool {
	for len(text) > 0 {
		n := 0
		if text[0] != ',' {
			_, n = utf8.DecodeRune(text)
		}
		if n == len(text) {
			return true
		}
		if text[n] != ',' {
			return false
		}
		text = text[n+1:]
	}
	return true
}

// MaxPloidy bounds the alleles of one genotype.
const MaxPloidy = 255

// scanGT scans a genotype: allele indexes up to nAlt and '.', separated by '/' or
// '|', from VCF 4.4 on with a separator in front as well. missing is true when no allele is
// called.
func scanGT(line []byte, i, nAlt int, prefix bool) (next, ploidy int, missing bool, fault Fault) {
	missing = true
	if ends(line, i) {
		return i, 0, true, 0
	}
	if prefix && (line[i] == '/' || line[i] == '|') {
		i++
	}
	for {
		switch {
		case i == len(line):
			return i, ploidy, missing, ErrGT
		case line[i] == '.':
			i++
		case line[i]-'0' <= 9:
			v := 0
			for i < len(line) && line[i]-'0' <= 9 {
				if v = v*10 + int(line[i]-'0'); v > nAlt {
					return i, ploidy, missing, ErrAlleleIndex
				}
				i++
			}
			missing = false
		default:
			return i, ploidy, missing, ErrGT
		}
		if ploidy++; ploidy > MaxPloidy {
			return i, ploidy, missing, ErrPloidy
		}
		if i == len(line) || line[i] != '/' && line[i] != '|' {
			return i, ploidy, missing, 0
		}
		i++
	}
}

// isCIGAR tells whether text is a list of CIGAR strings or '.'.
func isCIGAR(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] == '.' {
			i++
		} else {
			start := i
			for i < len(text) && text[i] != ',' {
				n := i
				for n < len(text) && text[n]-'0' <= 9 {
					n++
				}
				if n == i || n == len(text) || !isCIGAROp(text[n]) {
					return false
				}
				i = n + 1
			}
			if i == start {
				return false
			}
		}
		if i < len(text) && text[i] != ',' {
			return false
		}
	}
	return true
}

func isCIGAROp(c byte) bool {
	switch c {
	case 'M', 'I', 'D', 'N', 'S', 'H', 'P', 'X', '=':
		return true
	}
	return false
}

// hasNegative tells whether a list of numbers holds one with a minus sign.
func hasNegative(text []byte) bool {
	for i, c := range text {
		if c == '-' && (i == 0 || text[i-1] == ',') {
			return true
		}
	}
	return false
}
