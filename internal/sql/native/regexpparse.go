package native

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A regexpParser reads a pattern in Java's syntax as Trino's library (Joni) does, and writes it for Go's. What Go's
// cannot do is refused: lookaround, backreferences, atomic groups and possessive quantifiers.
type regexpParser struct {
	text  string
	at    int
	depth int
	flags regexpFlags
	seen  regexpTraits
}

// regexpFlags are those of (?imsx).
type regexpFlags struct{ fold, lines, dotAll, extended bool }

// regexpTraits tell what a pattern has that Go's library means otherwise in some texts.
type regexpTraits struct {
	// softEnd has $ or \Z, which match before a line feed at the end too; hardEnd has \z; lineStart has ^ of (?m), which
	// does not match after a line feed at the end.
	softEnd, hardEnd, lineStart bool
	// word has \b or \B, where letters beyond ASCII count; start has an anchor for the start of the text.
	word, start bool
	// fold has (?i), where a character may match two.
	fold bool
}

const maxRegexpDepth = 250

func unsupportedRegexp(what string) error {
	return Fail("NOT_SUPPORTED", "Regular expressions with %s are not supported", what)
}

func (p *regexpParser) deeper() error {
	if p.depth++; p.depth > maxRegexpDepth {
		return unsupportedRegexp(fmt.Sprintf("nesting of more than %d", maxRegexpDepth))
	}
	return nil
}

func (p *regexpParser) is(s string) bool { return strings.HasPrefix(p.text[p.at:], s) }

func (p *regexpParser) accept(s string) bool {
	if !p.is(s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *regexpParser) take() rune {
	c, n := utf8.DecodeRuneInString(p.text[p.at:])
	p.at += n
	return c
}

// parse reads the whole pattern.
func (p *regexpParser) parse() (string, error) {
	out, err := p.alternation()
	if err == nil && p.at < len(p.text) {
		return "", invalid("unmatched close parenthesis")
	}
	return out, err
}

// alternation reads to the ) of the group around, or to the end.
func (p *regexpParser) alternation() (string, error) {
	if err := p.deeper(); err != nil {
		return "", err
	}
	defer func() { p.depth-- }()
	var b strings.Builder
	for p.at < len(p.text) && !p.is(")") {
		if p.accept("|") {
			b.WriteByte('|')
			continue
		}
		if p.flags.extended && p.skipExtended() {
			continue
		}
		atom, err := p.atom()
		if err != nil {
			return "", err
		}
		if atom == "" {
			continue
		}
		if atom, err = p.quantified(atom); err != nil {
			return "", err
		}
		b.WriteString(atom)
	}
	return b.String(), nil
}

// skipExtended skips white space or a comment of (?x).
func (p *regexpParser) skipExtended() bool {
	c, n := utf8.DecodeRuneInString(p.text[p.at:])
	switch {
	case c == '#':
		end := strings.IndexByte(p.text[p.at:], '\n')
		if end < 0 {
			end = len(p.text) - p.at
		}
		p.at += end
		return true
	case c < utf8.RuneSelf && unicode.IsSpace(c):
		p.at += n
		return true
	}
	return false
}

// atom reads what a quantifier can follow; it is empty for comments.
func (p *regexpParser) atom() (string, error) {
	switch c := p.take(); c {
	case '(':
		return p.group()
	case '[':
		set, err := p.class()
		if err != nil {
			return "", err
		}
		return set.written(), nil
	case '.':
		if p.flags.dotAll {
			return "(?s:.)", nil
		}
		return `[^\n]`, nil
	case '^':
		if p.flags.lines {
			p.seen.lineStart = true
			return "(?m:^)", nil
		}
		p.seen.start = true
		return `\A`, nil
	case '$':
		if p.flags.lines {
			return "(?m:$)", nil
		}
		p.seen.softEnd = true
		return `\z`, nil
	case '*', '+', '?', '{':
		p.at--
		if q, err := p.quantifier(); q != "" || err != nil {
			return "", invalid("target of repeat operator is not specified")
		}
		return p.literal(p.take()), nil
	case '\\':
		return p.escape()
	default:
		return p.literal(c), nil
	}
}

func (p *regexpParser) literal(c rune) string {
	if p.flags.fold && unicode.SimpleFold(c) != c {
		return runeSet{c, c}.folded().written()
	}
	if c < utf8.RuneSelf && isAlphanumeric(byte(c)) {
		return string(c)
	}
	return fmt.Sprintf(`\x{%x}`, c)
}

// group reads a group whose ( has been read.
func (p *regexpParser) group() (string, error) {
	open := "("
	switch {
	case p.accept("?:"):
		open = "(?:"
	case p.accept("?#"):
		end := strings.IndexByte(p.text[p.at:], ')')
		if end < 0 {
			return "", invalid("end pattern in group")
		}
		p.at += end + 1
		return "", nil
	case p.is("?=") || p.is("?!") || p.is("?<=") || p.is("?<!"):
		return "", unsupportedRegexp("lookahead or lookbehind")
	case p.is("?>"):
		return "", unsupportedRegexp("atomic groups")
	case p.accept("?<"):
		name, ok := p.groupName()
		if !ok {
			return "", invalid("group name is empty or invalid")
		}
		open = "(?P<" + name + ">"
	case p.accept("?"):
		return p.flagged()
	}
	return p.inGroup(open, p.flags)
}

// inGroup reads a group's content and its ), and takes the flags back.
func (p *regexpParser) inGroup(open string, outside regexpFlags) (string, error) {
	inner, err := p.alternation()
	if err != nil {
		return "", err
	}
	p.flags = outside
	if !p.accept(")") {
		return "", invalid("end pattern with unmatched parenthesis")
	}
	return open + inner + ")", nil
}

func (p *regexpParser) groupName() (string, bool) {
	end := strings.IndexByte(p.text[p.at:], '>')
	if end <= 0 {
		return "", false
	}
	name := p.text[p.at : p.at+end]
	for i, c := range name {
		if c != '_' && !unicode.IsLetter(c) && (i == 0 || !unicode.IsDigit(c)) {
			return "", false
		}
	}
	p.at += end + 1
	return name, true
}

// flagged reads (?i) or (?i: after its question mark. Without a colon the flags hold to the end of the group around,
// and alternatives there are within them: a(?i)b|c is a(?i:b|c).
func (p *regexpParser) flagged() (string, error) {
	outside, on := p.flags, true
	for {
		if p.at == len(p.text) {
			return "", invalid("end pattern in group")
		}
		switch c := p.take(); c {
		case '-':
			on = false
		case 'i':
			p.flags.fold = on
			p.seen.fold = p.seen.fold || on
		case 'm':
			p.flags.lines = on
		case 's':
			p.flags.dotAll = on
		case 'x':
			p.flags.extended = on
		case ':':
			return p.inGroup("(?:", outside)
		case ')':
			inner, err := p.alternation()
			p.flags = outside
			return "(?:" + inner + ")", err
		default:
			return "", invalid("undefined group option")
		}
	}
}

// quantified reads the quantifiers after an atom.
func (p *regexpParser) quantified(atom string) (string, error) {
	for {
		if p.flags.extended && p.at < len(p.text) && p.skipExtended() {
			continue
		}
		quantifier, err := p.quantifier()
		if err != nil || quantifier == "" {
			return atom, err
		}
		switch {
		case p.accept("?"):
			quantifier += "?"
		case p.is("+"):
			return "", unsupportedRegexp("possessive quantifiers")
		}
		atom = "(?:(?:" + atom + ")" + quantifier + ")"
	}
}

// quantifier reads * + ? {n} {n,} or {n,m}. Another brace is a character.
func (p *regexpParser) quantifier() (string, error) {
	for _, q := range []string{"*", "+", "?"} {
		if p.accept(q) {
			return q, nil
		}
	}
	if !p.is("{") {
		return "", nil
	}
	end := strings.IndexByte(p.text[p.at:], '}')
	if end < 0 {
		return "", nil
	}
	low, high, ranged := strings.Cut(p.text[p.at+1:p.at+end], ",")
	for _, n := range []string{low, high} {
		for i := range len(n) {
			if n[i] < '0' || n[i] > '9' {
				return "", nil
			}
		}
	}
	if low == "" {
		return "", nil
	}
	n, err := strconv.Atoi(low)
	m := n
	if err == nil && high != "" {
		m, err = strconv.Atoi(high)
	}
	if err != nil || max(n, m) > 1000 {
		return "", unsupportedRegexp("more than 1000 repetitions")
	}
	p.at += end + 1
	switch {
	case !ranged:
		return fmt.Sprintf("{%d}", n), nil
	case high == "":
		return fmt.Sprintf("{%d,}", n), nil
	case m < n:
		return "", unsupportedRegexp("repetitions in descending order")
	}
	return fmt.Sprintf("{%d,%d}", n, m), nil
}
