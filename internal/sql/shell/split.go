package shell

import "strings"

// Rules are what dialects differ in.
type Rules struct {
	Nested  bool // comments have comments in them
	Dollars bool // texts stand between $$ or $name$, too, and E'…' has escapes
}

// The rules of both dialects.
var (
	Trino  = Rules{}
	DuckDB = Rules{Nested: true, Dollars: true}
)

// A Statement is one of a text's.
type Statement struct {
	Text string // from its first word on, without its semicolon
	Line int    // of the text that it begins in, from 1
}

// Open says what the end of a text stands in.
type Open byte

// What a text may end in.
const (
	Nothing   Open = 0    // no statement
	Unended   Open = '-'  // a statement without its semicolon
	Text      Open = '\'' // a text without its second quote
	Name      Open = '"'  // a name without its second quote
	Commented Open = '*'  // a comment without its end
)

// Split cuts a text into the statements that end with a semicolon, and what follows the last of those. A statement of
// nothing but blanks and comments is none.
func (r Rules) Split(text string) (whole []Statement, rest Statement, open Open) {
	begins, line, counted := -1, 1, 0
	lineOf := func(at int) int {
		line += strings.Count(text[counted:at], "\n")
		counted = at
		return line
	}
	for at := 0; at < len(text); {
		p := r.nextPiece(text, at)
		switch {
		case p.open && p.sort == blank:
			open = Commented
		case p.open && p.sort == quoted:
			open = Name
		case p.open:
			open = Text
		}
		switch {
		case p.sort == symbol && text[at] == ';':
			if begins >= 0 {
				whole = append(whole, Statement{text[begins:at], lineOf(begins)})
			}
			begins = -1
		case p.sort != blank && begins < 0:
			begins = at
		}
		at = p.to
	}
	if begins >= 0 {
		rest = Statement{strings.TrimRight(text[begins:], " \t\r\n"), lineOf(begins)}
		if open == Nothing {
			open = Unended
		}
	}
	return whole, rest, open
}

// OneLine gives a statement in one line, for a history; false when that would be another statement.
func (r Rules) OneLine(text string) (line string, ok bool) {
	var b strings.Builder
	for at := 0; at < len(text); {
		p := r.nextPiece(text, at)
		part := p.in(text)
		switch {
		case p.sort == blank && strings.HasPrefix(part, "--"):
			return "", false
		case p.sort == blank && !strings.HasPrefix(part, "/*") && strings.Contains(part, "\n"):
			part = " "
		case strings.Contains(part, "\n"):
			return "", false
		}
		b.WriteString(part)
		at = p.to
	}
	return strings.TrimSpace(b.String()), true
}
