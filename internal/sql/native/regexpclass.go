package native

import (
	"strings"
	"sync"
	"unicode"
)

// caseOrbits are the characters that have others which differ in case only.
var caseOrbits = sync.OnceValue(func() (all []rune) {
	for _, r := range unicode.CaseRanges {
		for c := rune(r.Lo); c <= rune(r.Hi); c++ {
			if unicode.SimpleFold(c) != c {
				all = append(all, c)
			}
		}
	}
	return all
})

// sets keeps named sets that were made.
var sets kept[runeSet]

// namedSet is the class of [:name:] and \p{name}, as Oniguruma has it for Unicode.
func namedSet(name string) (runeSet, error) {
	return sets.of(name, func(name string) (runeSet, error) {
		key := propertyKey(name)
		if s := posixSet(key); s != nil {
			return s, nil
		}
		for _, tables := range []map[string]*unicode.RangeTable{unicode.Properties, unicode.Scripts, unicode.Categories} {
			for name, t := range tables {
				if propertyKey(name) == key {
					return ofTables(t), nil
				}
			}
		}
		for alias, category := range unicode.CategoryAliases {
			if propertyKey(alias) == key {
				return ofTables(unicode.Categories[category]), nil
			}
		}
		return nil, invalid("invalid character property name {%s}", name)
	})
}

// posixSet is a set that has a name of its own, or nil.
func posixSet(key string) runeSet {
	switch key {
	case "alnum":
		return ofTables(unicode.L, unicode.M, unicode.Nd)
	case "alpha":
		return ofTables(unicode.L, unicode.M)
	case "ascii":
		return runeSet{0, 127}
	case "any":
		return runeSet{0, unicode.MaxRune}
	case "assigned":
		return ofTables(unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C)
	case "blank":
		return tidy(append(ofTables(unicode.Zs), 9, 9))
	case "cntrl":
		return ofTables(unicode.C).union(posixSet("assigned").negated())
	case "digit":
		return ofTables(unicode.Nd)
	case "graph":
		return posixSet("assigned").intersection(posixSet("space").union(ofTables(unicode.Cc, unicode.Cs)).negated())
	case "lower":
		return ofTables(unicode.Ll)
	case "print":
		return posixSet("graph").union(posixSet("space"))
	case "punct":
		return ofTables(unicode.P)
	case "space":
		return tidy(append(ofTables(unicode.Z), 9, 13, 0x85, 0x85))
	case "upper":
		return ofTables(unicode.Lu)
	case "word":
		return ofTables(unicode.L, unicode.M, unicode.Nd, unicode.Pc)
	case "xdigit":
		return runeSet{'0', '9', 'A', 'F', 'a', 'f'}
	}
	return nil
}

// propertyKey is a property's name without what does not count in it.
func propertyKey(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", " ", "", "-", "").Replace(name))
}

// wordSet are the characters of words.
var wordSet = sync.OnceValue(func() runeSet { return posixSet("word") })

// class reads a class whose [ has been read, to its ].
func (p *regexpParser) class() (runeSet, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	negated := p.accept("^")
	var all runeSet
	narrowed := false // by what stands left of &&
	var pairs []rune
	first := p.at
	for {
		if p.at == len(p.text) {
			return nil, invalid("premature end of char-class")
		}
		switch {
		case p.is("]") && (p.at > first || !strings.Contains(p.text[p.at+1:], "]")):
			if p.at == first {
				return nil, invalid("empty char-class")
			}
			p.at++
			set := p.fold(tidy(pairs))
			if narrowed {
				set = all.intersection(set)
			}
			if negated {
				set = set.negated()
			}
			return set, nil
		case p.accept("&&"):
			set := p.fold(tidy(pairs))
			if narrowed {
				set = all.intersection(set)
			}
			all, narrowed, pairs = set, true, nil
			continue
		}
		more, err := p.classItem()
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, more...)
	}
}

// fold adds the other cases when case does not count.
func (p *regexpParser) fold(s runeSet) runeSet {
	if p.flags.fold {
		return s.folded()
	}
	return s
}

// classItem reads a character, a range, or a set within a class.
func (p *regexpParser) classItem() (runeSet, error) {
	if p.is("[:") {
		if end := strings.Index(p.text[p.at:], ":]"); end > 0 {
			name := p.text[p.at+2 : p.at+end]
			p.at += end + 2
			return property(name)
		}
	}
	if p.accept("[") {
		return p.class()
	}
	low, set, err := p.classChar()
	if err != nil || set != nil {
		return set, err
	}
	if !p.is("-") || p.is("-]") || p.is("-[") || p.is("-&&") {
		return runeSet{low, low}, nil
	}
	before := p.at
	p.at++
	if p.at == len(p.text) {
		return nil, invalid("premature end of char-class")
	}
	high, set, err := p.classChar()
	switch {
	case err != nil:
		return nil, err
	case set != nil: // [a-\d]: the dash is one
		p.at = before
		return runeSet{low, low}, nil
	case high < low:
		return nil, invalid("empty range in char class")
	}
	return runeSet{low, high}, nil
}

// classChar reads a character of a class, or an escape that stands for a set.
func (p *regexpParser) classChar() (rune, runeSet, error) {
	c := p.take()
	if c != '\\' {
		return c, nil, nil
	}
	if p.at == len(p.text) {
		return 0, nil, invalid("end pattern at escape")
	}
	if set, err := p.setEscape(); set != nil || err != nil {
		return 0, set, err
	}
	if p.accept("b") {
		return '\b', nil, nil
	}
	c, err := p.charEscape()
	return c, nil, err
}

// property is the set of a name; a circumflex before it negates it.
func property(name string) (runeSet, error) {
	key, negated := strings.CutPrefix(name, "^")
	set, err := namedSet(key)
	if negated {
		set = set.negated()
	}
	return set, err
}

// setEscape reads an escape that stands for a set of characters, or nothing.
func (p *regexpParser) setEscape() (runeSet, error) {
	for letter, set := range map[string]runeSet{"d": {'0', '9'}, "w": {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'},
		"s": {'\t', '\r', ' ', ' '}} {
		if p.accept(letter) {
			return set, nil
		}
		if p.accept(strings.ToUpper(letter)) {
			return set.negated(), nil
		}
	}
	for _, letter := range []string{"p", "P"} {
		if !p.is(letter) {
			continue
		}
		end := strings.IndexByte(p.text[p.at:], '}')
		if !p.is(letter+"{") || end < 0 {
			return nil, unsupportedRegexp(`\` + letter + " without a name in braces")
		}
		set, err := property(p.text[p.at+2 : p.at+end])
		if err == nil && letter == "P" {
			set = set.negated()
		}
		p.at += end + 1
		return set, err
	}
	return nil, nil
}
