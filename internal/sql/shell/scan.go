// Package shell knows as much of SQL's text as a shell needs: where a statement ends, and what may stand at a place of
// it. It takes every text, whole or not, of either dialect.
package shell

import (
	"strings"
	"unicode/utf8"
)

// A sort is what a stretch of text is.
type sort uint8

const (
	blank   sort = iota // also a whole comment
	word                // a name or a number
	quoted              // a name in quotes
	literal             // a text in quotes
	symbol              // one character
)

// A piece is a stretch of a text.
type piece struct {
	sort     sort
	from, to int
	open     bool // its end is missing
}

// in gives the text of the piece.
func (p piece) in(text string) string { return text[p.from:p.to] }

// nextPiece is the piece that begins at a place of a text.
func (r Rules) nextPiece(text string, at int) piece {
	rest := text[at:]
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "--"):
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			return piece{blank, at, at + n + 1, false}
		}
		return piece{blank, at, len(text), false}
	case strings.HasPrefix(rest, "/*"):
		n := r.comment(rest)
		return piece{blank, at, at + max(n, -n), n < 0}
	case c == '\'':
		return r.quote(text, at, literal)
	case c == '"':
		return r.quote(text, at, quoted)
	case c == '$' && r.Dollars:
		if tag := dollarTag(rest); tag != "" {
			if n := strings.Index(rest[len(tag):], tag); n >= 0 {
				return piece{literal, at, at + n + 2*len(tag), false}
			}
			return piece{literal, at, len(text), true}
		}
	case c <= ' ':
		to := at + 1
		for to < len(text) && text[to] <= ' ' {
			to++
		}
		return piece{blank, at, to, false}
	case isNamed(c):
		to := at + 1
		for to < len(text) && isNamed(text[to]) {
			to++
		}
		return piece{word, at, to, false}
	}
	_, size := utf8.DecodeRuneInString(rest)
	return piece{symbol, at, at + size, false}
}

// isNamed tells whether a byte may be in a name. Those beyond ASCII are: what a letter is does not matter here.
func isNamed(c byte) bool {
	return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c >= utf8.RuneSelf
}

// comment is the length of the comment that a text begins with; below 0 when its end is missing.
func (r Rules) comment(text string) int {
	depth, at := 1, len("/*")
	for at < len(text) {
		switch {
		case strings.HasPrefix(text[at:], "*/"):
			at += len("*/")
			if depth--; depth == 0 {
				return at
			}
		case r.Nested && strings.HasPrefix(text[at:], "/*"):
			depth, at = depth+1, at+len("/*")
		default:
			at++
		}
	}
	return -len(text)
}

// quote is what stands in quotes, which are doubled within.
func (r Rules) quote(text string, at int, s sort) piece {
	escapes := r.Dollars && s == literal && at > 0 && text[at-1]|0x20 == 'e' && (at == 1 || !isNamed(text[at-2]))
	for to := at + 1; to < len(text); to++ {
		switch {
		case escapes && text[to] == '\\':
			to++
		case text[to] != text[at]:
		case to+1 < len(text) && text[to+1] == text[at]:
			to++
		default:
			return piece{s, at, to + 1, false}
		}
	}
	return piece{s, at, len(text), true}
}

// dollarTag is the mark between which a text stands, $$ or $name$, that text begins with; or empty.
func dollarTag(text string) string {
	for to := 1; to < len(text); to++ {
		if text[to] == '$' {
			return text[:to+1]
		}
		if !isNamed(text[to]) || to == 1 && '0' <= text[to] && text[to] <= '9' {
			return ""
		}
	}
	return ""
}
