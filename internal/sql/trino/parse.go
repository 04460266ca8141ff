package trino

import (
	"fmt"
	"slices"
	"strings"
)

// Parse reads one statement. Errors are *Error: SYNTAX_ERROR at the first token that cannot stand where it does,
// NOT_SUPPORTED for statements of Trino's grammar that Varlake does not run.
func Parse(sql string) (Statement, error) {
	s, _, err := parseCounting(sql)
	return s, err
}

// parseCounting is Parse, and counts the parameters.
func parseCounting(sql string) (s Statement, parameters int, err error) {
	s, err = parse(sql, func(p *parser) Statement {
		s := p.statement()
		parameters = p.parameters
		return s
	})
	return s, parameters, err
}

// ParseExpression reads an expression that stands alone, as the value of a parameter.
func ParseExpression(sql string) (Expr, error) {
	return parse(sql, (*parser).expression)
}

// parse reads a whole text by one rule of the grammar.
func parse[T any](sql string, rule func(*parser) T) (out T, err error) {
	if len(sql) > MaxBytes {
		return out, &Error{Name: TooComplex,
			Message: fmt.Sprintf("The statement has %d bytes, more than %d", len(sql), MaxBytes)}
	}
	p := &parser{sql: sql, tokens: lex(sql)}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		default:
			panic(r)
		}
	}()
	p.pair()
	out = rule(p)
	if p.peek().kind != endToken {
		p.mismatch()
	}
	return out, nil
}

// WithoutEnd is a text without the semicolon that ends its one statement, as Athena takes it; Trino's grammar has none.
func WithoutEnd(sql string) string {
	if len(sql) > MaxBytes {
		return sql
	}
	tokens := lex(sql)
	if n := len(tokens); n > 2 && tokens[n-2].word == ";" && tokens[n-2].kind == symbolToken {
		return sql[:tokens[n-2].from]
	}
	return sql
}

// A parser reads a statement's tokens, each once. Its methods are the rules of the grammar; they give nodes, and panic
// with an *Error that parse gives back.
type parser struct {
	sql    string
	tokens []token
	at     int
	// partner has for the index of each opening parenthesis that of its closing one, or 0.
	partner []int
	depth   int
	// parameters counts question marks.
	parameters int
}

// pair finds the partners of parentheses, so that what one holds is known without trying.
func (p *parser) pair() {
	p.partner = make([]int, len(p.tokens))
	var open []int
	for i, t := range p.tokens {
		switch t.word {
		case "(":
			open = append(open, i)
		case ")":
			if n := len(open); n > 0 {
				p.partner[open[n-1]] = i
				open = open[:n-1]
			}
		}
	}
}

// --- tokens ---

func (p *parser) peek() token { return p.tokens[p.at] }

// ahead is the token n after the next; the last one when there are not so many.
func (p *parser) ahead(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) pos() pos { return pos(p.peek().from) }

// take gives the next token and passes it.
func (p *parser) take() token {
	t := p.peek()
	if t.kind != endToken {
		p.at++
	}
	return t
}

// is tells whether the next tokens are these words.
func (p *parser) is(words ...string) bool {
	for i, w := range words {
		if p.ahead(i).word != w {
			return false
		}
	}
	return true
}

// isAny tells whether the next token is one of these words.
func (p *parser) isAny(words ...string) bool {
	return slices.Contains(words, p.peek().word) && p.peek().word != ""
}

// accept passes these words if they come next.
func (p *parser) accept(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	p.at += len(words)
	return true
}

// acceptAny passes the next token if it is one of these words, and gives it, or an empty string.
func (p *parser) acceptAny(words ...string) string {
	if !p.isAny(words...) {
		return ""
	}
	return p.take().word
}

// expect passes these words, which must come next.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.mismatch(w)
		}
	}
}

// expectAny passes one of these words and gives it.
func (p *parser) expectAny(words ...string) string {
	w := p.acceptAny(words...)
	if w == "" {
		p.mismatch(words...)
	}
	return w
}

// --- errors ---

// mismatch ends the parse at the next token, which is not what could follow.
func (p *parser) mismatch(expected ...string) {
	t := p.peek()
	found := p.sql[t.from:t.to]
	if t.kind == endToken {
		found = "<EOF>"
	}
	message := fmt.Sprintf("mismatched input '%s'", found)
	if len(expected) > 0 {
		slices.Sort(expected)
		message += ". Expecting: '" + strings.Join(expected, "', '") + "'"
	}
	p.fail(SyntaxError, t.from, "%s", message)
}

// fail ends the parse.
func (p *parser) fail(name string, at int, format string, args ...any) {
	line, column := place(p.sql, at)
	panic(&Error{Name: name, Line: line, Column: column, Message: fmt.Sprintf(format, args...)})
}

// deeper is called by a rule that may hold itself, which takes one off depth at its end.
func (p *parser) deeper() {
	if p.depth++; p.depth > MaxDepth {
		p.fail(TooComplex, p.peek().from, "The statement is nested more than %d deep", MaxDepth)
	}
}

// --- names and texts ---

// isName tells whether token t may be an identifier.
func isName(t token) bool {
	switch t.kind {
	case nameToken:
		return t.word == "" || !words[t.word]
	case quotedToken, backquotedToken, digitToken:
		return true
	}
	return false
}

func (p *parser) name() Name {
	t := p.peek()
	if !isName(t) {
		p.mismatch("<identifier>")
	}
	written := p.sql[t.from:t.to]
	switch t.kind {
	case backquotedToken:
		p.fail(SyntaxError, t.from,
			"backquoted identifiers are not supported; use double quotes to quote identifiers")
	case digitToken:
		p.fail(SyntaxError, t.from,
			"identifiers must not start with a digit; surround the identifier with double quotes")
	case quotedToken:
		written = strings.ReplaceAll(written[1:len(written)-1], `""`, `"`)
		if written == "" {
			p.fail(SyntaxError, t.from, "Zero-length delimited identifier not allowed")
		}
	}
	p.take()
	return Name{pos(t.from), written, t.kind == quotedToken}
}

func (p *parser) qualifiedName() QName {
	q := QName{p.name()}
	for p.is(".") && isName(p.ahead(1)) {
		p.take()
		q = append(q, p.name())
	}
	if p.is(".") {
		p.take()
		p.mismatch("<identifier>")
	}
	return q
}

// names reads (a, b).
func (p *parser) names() []Name {
	p.expect("(")
	all := []Name{p.name()}
	for p.accept(",") {
		all = append(all, p.name())
	}
	p.expect(")")
	return all
}

func (p *parser) isString() bool {
	k := p.peek().kind
	return k == stringToken || k == unicodeToken
}

// string reads a string in quotes, U&” among them.
func (p *parser) string() string {
	if !p.isString() {
		p.mismatch("<string>")
	}
	t := p.take()
	written := p.sql[t.from:t.to]
	if t.kind == stringToken {
		return strings.ReplaceAll(written[1:len(written)-1], "''", "'")
	}
	escape := '\\'
	if p.accept("UESCAPE") {
		if p.peek().kind != stringToken {
			p.mismatch("<string>")
		}
		escape = p.unicodeEscape(t.from, p.string())
	}
	return p.unescape(t.from, strings.ReplaceAll(written[3:len(written)-1], "''", "'"), escape)
}

// integerText reads an integer without a sign: a row count, a precision.
func (p *parser) integerText() int64 {
	t := p.peek()
	if t.kind != integerToken {
		p.mismatch("<integer>")
	}
	p.take()
	return p.integerValue(t, false)
}
