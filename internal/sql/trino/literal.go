package trino

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// number reads a number, which may have a minus before it.
func (p *parser) number() Expr {
	at, negative := p.pos(), p.accept("-")
	t := p.take()
	written := strings.ReplaceAll(p.sql[t.from:t.to], "_", "")
	if negative {
		written = "-" + written
	}
	switch t.kind {
	case integerToken:
		return &Integer{at, p.integerValue(t, negative)}
	case decimalToken:
		return &Decimal{at, written}
	}
	value, err := strconv.ParseFloat(written, 64)
	if err != nil && value == 0 { // out of range is an infinity, as in Java
		p.fail(SyntaxError, int(at), "Invalid numeric literal: %s", written)
	}
	return &Double{at, value}
}

// integerValue is a token's value, in decimal, 0x, 0o or 0b.
func (p *parser) integerValue(t token, negative bool) int64 {
	written := strings.ReplaceAll(p.sql[t.from:t.to], "_", "")
	digits, base := written, 10
	if len(written) > 2 && written[0] == '0' {
		switch written[1] | 0x20 {
		case 'x':
			digits, base = written[2:], 16
		case 'o':
			digits, base = written[2:], 8
		case 'b':
			digits, base = written[2:], 2
		}
	}
	at := t.from
	if negative {
		digits, written = "-"+digits, "-"+written
		at = p.tokens[p.at-2].from
	}
	value, err := strconv.ParseInt(digits, base, 64)
	if err != nil {
		p.fail(SyntaxError, at, "Invalid numeric literal: %s", written)
	}
	return value
}

// binary reads X'6162'; blanks between the digits are passed over.
func (p *parser) binary() Expr {
	t := p.take()
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, p.sql[t.from+2:t.to-1])
	for i := range len(digits) {
		if !isHex(digits[i]) {
			p.fail(SyntaxError, t.from, "Binary literal can only contain hexadecimal digits")
		}
	}
	if len(digits)%2 != 0 {
		p.fail(SyntaxError, t.from, "Binary literal must contain an even number of digits")
	}
	value, _ := hex.DecodeString(digits)
	return &Binary{pos(t.from), value}
}

// unicodeEscape is the character that UESCAPE names for the literal at byte offset at.
func (p *parser) unicodeEscape(at int, s string) rune {
	r, size := utf8.DecodeRuneInString(s)
	if s == "" {
		p.fail(SyntaxError, at, "Empty Unicode escape character")
	}
	if size != len(s) || r > 0x7e || r < 0x21 || isHex(byte(r)) || strings.ContainsRune(`+"'`, r) {
		p.fail(SyntaxError, at, "Invalid Unicode escape character")
	}
	return r
}

// unescape replaces \XXXX and \+XXXXXX of a U&” literal at byte offset at.
func (p *parser) unescape(at int, s string, escape rune) string {
	var out strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if r != escape {
			out.WriteString(s[:size])
			s = s[size:]
			continue
		}
		s = s[size:]
		if strings.HasPrefix(s, string(escape)) {
			out.WriteRune(escape)
			s = s[size:]
			continue
		}
		digits := 4
		if strings.HasPrefix(s, "+") {
			s, digits = s[1:], 6
		}
		if len(s) < digits {
			p.fail(SyntaxError, at, "Incomplete escape sequence: %s", s)
		}
		out.WriteRune(p.codePoint(at, s[:digits]))
		s = s[digits:]
	}
	return out.String()
}

func (p *parser) codePoint(at int, digits string) rune {
	value, err := strconv.ParseUint(digits, 16, 32)
	switch {
	case err != nil:
		p.fail(SyntaxError, at, "Invalid hexadecimal digit: %s", digits)
	case value > unicode.MaxRune:
		p.fail(SyntaxError, at, "Invalid escaped character: %s", digits)
	case len(digits) == 4 && 0xD800 <= value && value <= 0xDFFF:
		p.fail(SyntaxError, at, "Invalid escaped character: %s. Escaped character is a surrogate. "+
			`Use '\+123456' instead.`, digits)
	case 0xD800 <= value && value <= 0xDFFF:
		p.fail(SyntaxError, at, "Invalid escaped character: %s", digits)
	}
	return rune(value)
}

// isInterval tells whether an interval begins here: a sign, a text and a field follow.
func (p *parser) isInterval() bool {
	n := 1
	if sign := p.ahead(n).word; sign == "+" || sign == "-" {
		n++
	}
	k := p.ahead(n).kind
	return (k == stringToken || k == unicodeToken) && (n == 2 || isIntervalField(p.ahead(n+1).word))
}

// interval reads INTERVAL '1-2' YEAR TO MONTH.
func (p *parser) interval() *IntervalLiteral {
	i := &IntervalLiteral{pos: p.pos()}
	p.expect("INTERVAL")
	if sign := p.acceptAny("+", "-"); sign == "-" {
		i.Negative = true
	}
	i.Value = p.string()
	i.From, i.To = p.intervalFields()
	return i
}

func (p *parser) intervalFields() (from, to string) {
	fields := []string{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}
	from = p.expectAny(fields...)
	if p.accept("TO") {
		to = p.expectAny(fields...)
	}
	return from, to
}
