package trino

import (
	"strings"
	"unicode/utf8"
)

// kind is what a token is.
type kind uint8

const (
	endToken kind = iota
	nameToken
	quotedToken
	backquotedToken
	digitToken // begins with a digit, which Trino refuses by name
	stringToken
	unicodeToken
	binaryToken
	integerToken
	decimalToken
	doubleToken
	symbolToken
	strangerToken // a character that begins no token
)

// A token is a stretch of the statement.
type token struct {
	kind kind
	// word is the symbol, or the name in upper case when it is a word of the grammar; else empty.
	word string
	// from and to are byte offsets in the statement.
	from, to int
}

// lex cuts a statement into tokens, the last of which is its end. Blanks and comments are left out. Every input can be
// cut: what begins no token is a stranger of one character, at which the parser stops.
func lex(sql string) []token {
	tokens := make([]token, 0, len(sql)/4+2)
	for at := 0; ; {
		at = skipBlank(sql, at)
		if at == len(sql) {
			return append(tokens, token{kind: endToken, from: at, to: at})
		}
		t := next(sql, at)
		tokens = append(tokens, t)
		at = t.to
	}
}

// skipBlank gives the offset of the first byte from at on that is neither blank nor in a comment.
func skipBlank(sql string, at int) int {
	for at < len(sql) {
		switch c := sql[at]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			at++
		case c == '-' && strings.HasPrefix(sql[at:], "--"):
			if line := strings.IndexByte(sql[at:], '\n'); line >= 0 {
				at += line + 1
			} else {
				at = len(sql)
			}
		case c == '/' && strings.HasPrefix(sql[at:], "/*"):
			closing := strings.Index(sql[at+2:], "*/")
			if closing < 0 {
				return at
			}
			at += 2 + closing + 2
		default:
			return at
		}
	}
	return at
}

func next(sql string, at int) token {
	switch c := sql[at]; {
	case isLetter(c) || c == '_':
		if at+1 < len(sql) && sql[at+1] == '\'' && c|0x20 == 'x' {
			return upTo(sql, at, at+1, '\'', binaryToken)
		}
		if at+2 < len(sql) && c|0x20 == 'u' && sql[at+1] == '&' && sql[at+2] == '\'' {
			return upTo(sql, at, at+2, '\'', unicodeToken)
		}
		to := at + 1
		for to < len(sql) && (isLetter(sql[to]) || isDigit(sql[to]) || sql[to] == '_') {
			to++
		}
		return token{nameToken, grammarWord(sql[at:to]), at, to}
	case isDigit(c) || c == '.' && at+1 < len(sql) && isDigit(sql[at+1]):
		return number(sql, at)
	case c == '\'':
		return upTo(sql, at, at, '\'', stringToken)
	case c == '"':
		return upTo(sql, at, at, '"', quotedToken)
	case c == '`':
		return upTo(sql, at, at, '`', backquotedToken)
	}
	if word := symbolAt(sql[at:]); word != "" {
		t := token{symbolToken, word, at, at + len(word)}
		if word == "!=" {
			t.word = "<>"
		}
		return t
	}
	_, size := utf8.DecodeRuneInString(sql[at:])
	return token{kind: strangerToken, from: at, to: at + size}
}

// symbolAt is the symbol that s begins with, the longer one of two, or empty.
func symbolAt(s string) string {
	if len(s) > 1 {
		switch s[:2] {
		case "<>", "!=", "<=", ">=", "||", "->", "=>", "{-", "-}":
			return s[:2]
		}
	}
	if strings.IndexByte("(),.=<>+-*/%?[];:{}|^$", s[0]) >= 0 {
		return s[:1]
	}
	return ""
}

// upTo takes a quoted token that begins at from and whose first quote is at quote. Doubled quotes are part of it. One
// that has no end is a stranger of one character, as Trino has it.
func upTo(sql string, from, quote int, q byte, k kind) token {
	for to := quote + 1; to < len(sql); to++ {
		if sql[to] != q {
			continue
		}
		if to+1 < len(sql) && sql[to+1] == q && k != binaryToken {
			to++
			continue
		}
		return token{kind: k, from: from, to: to + 1}
	}
	if from != quote { // a name x or u, and then a quote that has no partner
		return token{nameToken, grammarWord(sql[from : from+1]), from, from + 1}
	}
	return token{kind: strangerToken, from: from, to: from + 1}
}

// number takes the longest of an integer, a decimal, a double and a name that begins with a digit.
func number(sql string, from int) token {
	run := func(at int, is func(byte) bool) int { // digits, single underscores between them
		for at < len(sql) && (is(sql[at]) || sql[at] == '_' && at+1 < len(sql) && is(sql[at+1])) {
			at++
		}
		return at
	}
	k, to := integerToken, run(from, isDigit)
	if to == from+1 && sql[from] == '0' && to+1 < len(sql) {
		digits := map[byte]func(byte) bool{'x': isHex, 'o': isOctal, 'b': isBinary}[sql[to]|0x20]
		if digits != nil && run(to+1, digits) > to+1 {
			to = run(to+1, digits)
		}
	}
	if to < len(sql) && sql[to] == '.' {
		k, to = decimalToken, run(to+1, isDigit)
	}
	if to < len(sql) && sql[to]|0x20 == 'e' {
		at := to + 1
		if at < len(sql) && (sql[at] == '+' || sql[at] == '-') {
			at++
		}
		if at < len(sql) && isDigit(sql[at]) {
			for at < len(sql) && isDigit(sql[at]) {
				at++
			}
			k, to = doubleToken, at
		}
	}
	if isDigit(sql[from]) {
		as := from
		for as < len(sql) && (isLetter(sql[as]) || isDigit(sql[as]) || sql[as] == '_') {
			as++
		}
		if as > to {
			return token{kind: digitToken, from: from, to: as}
		}
	}
	return token{kind: k, from: from, to: to}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
func isOctal(c byte) bool  { return '0' <= c && c <= '7' }
func isBinary(c byte) bool { return c == '0' || c == '1' }
