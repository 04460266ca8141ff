package native

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shorthands are \d, \w and \s within brackets of Go's. They are of ASCII only, while \b and the classes of POSIX are
// of all characters.
var shorthands = map[byte]string{'d': `0-9`, 'w': `0-9A-Za-z_`, 's': `\x{9}-\x{d}\x{20}`}

// escape reads what follows a backslash outside classes.
func (p *regexpParser) escape() (string, error) {
	if p.at == len(p.text) {
		return "", invalid("end pattern at escape")
	}
	c := p.text[p.at]
	for letter, class := range shorthands {
		switch c {
		case letter:
			p.at++
			return "[" + class + "]", nil
		case letter - 'a' + 'A':
			p.at++
			return "[^" + class + "]", nil
		}
	}
	if set, err := p.setEscape(); set != nil || err != nil {
		if err != nil {
			return "", err
		}
		return set.written(), nil
	}
	switch {
	case p.accept("A"):
		p.seen.start = true
		return `\A`, nil
	case p.accept("Z"):
		p.seen.softEnd = true
		return `\z`, nil
	case p.accept("z"):
		p.seen.hardEnd = true
		return `\z`, nil
	case p.accept("b"):
		p.seen.word = true
		return `\b`, nil
	case p.accept("B"):
		p.seen.word = true
		return `\B`, nil
	case p.accept("Q"):
		return p.quoted(), nil
	case '1' <= c && c <= '9' || p.is("k"):
		return "", unsupportedRegexp("backreferences")
	}
	char, err := p.charEscape()
	if err != nil {
		return "", err
	}
	return p.literal(char), nil
}

// quoted reads to \E, or to the end.
func (p *regexpParser) quoted() string {
	text, _, ended := strings.Cut(p.text[p.at:], `\E`)
	p.at += len(text)
	if ended {
		p.at += 2
	}
	var b strings.Builder
	for i, c := range text {
		if last := i+utf8.RuneLen(c) == len(text); last && i > 0 {
			// only the last character is what a quantifier repeats
			return p.repeatedLast(b.String(), c)
		}
		b.WriteString(p.literal(c))
	}
	return b.String()
}

func (p *regexpParser) repeatedLast(before string, last rune) string {
	atom, err := p.quantified(p.literal(last))
	if err != nil {
		atom = p.literal(last)
	}
	return "(?:" + before + atom + ")"
}

// charEscape reads an escape that stands for one character.
func (p *regexpParser) charEscape() (rune, error) {
	c := p.take()
	if at := strings.IndexRune("tnrfaev", c); at >= 0 {
		return rune("\t\n\r\f\a\x1b\v"[at]), nil
	}
	switch {
	case c == '0':
		return p.number(8, 0, 2)
	case c == 'x' && p.accept("{"):
		n, err := p.number(16, 1, 8)
		if err == nil && !p.accept("}") {
			err = invalid("invalid code point value")
		}
		return n, err
	case c == 'x':
		return p.number(16, 0, 2)
	case c == 'u':
		return p.number(16, 4, 4)
	case c == 'c' && p.at < len(p.text):
		return p.take() & 0x9f, nil
	case c < utf8.RuneSelf && isAlphanumeric(byte(c)):
		return 0, unsupportedRegexp(`the escape \` + string(c))
	}
	return c, nil
}

// number reads the digits of a character's code.
func (p *regexpParser) number(base, least, most int) (rune, error) {
	n := 0
	for n < most && p.at+n < len(p.text) {
		if d := hexDigit(p.text[p.at+n]); d < 0 || d >= base {
			break
		}
		n++
	}
	if n < least {
		return 0, invalid("too short escape sequence")
	}
	code, _ := strconv.ParseInt("0"+p.text[p.at:p.at+n], base, 64)
	p.at += n
	if code > unicode.MaxRune || !utf8.ValidRune(rune(code)) {
		return 0, invalid("invalid code point value")
	}
	if base == 16 && most == 2 && code >= utf8.RuneSelf {
		return 0, unsupportedRegexp("bytes that are no character")
	}
	return rune(code), nil
}
