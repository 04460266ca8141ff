package native

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A runeSet is a set of characters: pairs of first and last, in order, with gaps between.
type runeSet []rune

// tidy puts pairs in order and joins those that touch.
func tidy(pairs []rune) runeSet {
	sorted := make([][2]rune, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		sorted = append(sorted, [2]rune{pairs[i], pairs[i+1]})
	}
	slices.SortFunc(sorted, func(a, b [2]rune) int { return int(a[0] - b[0]) })
	var s runeSet
	for _, p := range sorted {
		if n := len(s); n > 0 && p[0] <= s[n-1]+1 {
			s[n-1] = max(s[n-1], p[1])
		} else {
			s = append(s, p[0], p[1])
		}
	}
	return s
}

func (s runeSet) union(other runeSet) runeSet { return tidy(append(slices.Clone(s), other...)) }

func (s runeSet) negated() runeSet {
	var out runeSet
	next := rune(0)
	for i := 0; i < len(s); i += 2 {
		if next < s[i] {
			out = append(out, next, s[i]-1)
		}
		next = s[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

func (s runeSet) intersection(other runeSet) runeSet {
	return s.negated().union(other.negated()).negated()
}

// folded has also the characters that differ in case only.
func (s runeSet) folded() runeSet {
	out := slices.Clone(s)
	for _, c := range caseOrbits() {
		if !s.has(c) {
			continue
		}
		for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
			out = append(out, f, f)
		}
	}
	return tidy(out)
}

func (s runeSet) has(c rune) bool {
	i, found := slices.BinarySearch(s, c)
	return found || i%2 == 1
}

// written is the set as a class of Go's regular expressions.
func (s runeSet) written() string {
	if len(s) == 0 {
		return `[^\x{0}-\x{10FFFF}]`
	}
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i < len(s); i += 2 {
		fmt.Fprintf(&b, `\x{%x}-\x{%x}`, s[i], s[i+1])
	}
	b.WriteByte(']')
	return b.String()
}

// ofTables is the set of all characters of some tables.
func ofTables(tables ...*unicode.RangeTable) runeSet {
	var pairs []rune
	add := func(low, high, stride rune) {
		if stride == 1 {
			pairs = append(pairs, low, high)
			return
		}
		for c := low; c <= high; c += stride {
			pairs = append(pairs, c, c)
		}
	}
	for _, t := range tables {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return tidy(pairs)
}
