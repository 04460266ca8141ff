package native

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// A pathNode is a part of a path of the SQL standard. op says which; args are the parts that it is made of, name a
// member's or variable's, and value a literal's.
type pathNode struct {
	op    string
	args  []*pathNode
	name  string
	value any
}

// A sqlPath is a path with its mode.
type sqlPath struct {
	lax  bool
	root *pathNode
}

var sqlPaths kept[*sqlPath]

// maxPathDepth is how deep a path may be nested, and maxPathLength how long it may be, in bytes.
const (
	maxPathDepth  = 200
	maxPathLength = 64 << 10
)

// A pathParser reads a path by recursive descent. It panics with an *Error, which parseSQLPath gives back.
type pathParser struct {
	text  string
	at    int
	depth int
}

func parseSQLPath(text string) (*sqlPath, error) { return (&pathParser{text: text}).path() }

func (p *pathParser) path() (path *sqlPath, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, is := r.(*Error)
			if !is {
				panic(r)
			}
			path, err = nil, e
		}
	}()
	if len(p.text) > maxPathLength {
		p.fail()
	}
	path = &sqlPath{lax: p.word("lax")}
	if !path.lax && !p.word("strict") {
		p.fail()
	}
	path.root = p.expression()
	if p.space(); p.at < len(p.text) {
		p.fail()
	}
	return path, nil
}

func (p *pathParser) fail() {
	panic(&Error{"SYNTAX_ERROR", fmt.Sprintf("invalid JSON path, after %d bytes: %s", p.at, p.text)})
}

func (p *pathParser) unsupported(what string) {
	panic(&Error{"NOT_SUPPORTED", what + " of JSON paths is not supported"})
}

func (p *pathParser) deeper() {
	if p.depth++; p.depth > maxPathDepth {
		p.unsupported("such nesting")
	}
}

func (p *pathParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func isPathLetter(c byte) bool { return c == '_' || isAlphanumeric(c) }

// peekWord is the word that comes next, or empty.
func (p *pathParser) peekWord() string {
	p.space()
	end := p.at
	for end < len(p.text) && isPathLetter(p.text[end]) {
		end++
	}
	if end > p.at && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		return ""
	}
	return p.text[p.at:end]
}

func (p *pathParser) word(w string) bool {
	if p.peekWord() != w {
		return false
	}
	p.at += len(w)
	return true
}

// sign takes a sign, unless it is the beginning of a longer one.
func (p *pathParser) sign(s string) bool {
	p.space()
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *pathParser) expect(s string) {
	if !p.sign(s) {
		p.fail()
	}
}

// expression is a sum.
func (p *pathParser) expression() *pathNode {
	p.deeper()
	defer func() { p.depth-- }()
	left := p.product()
	for {
		switch {
		case p.sign("+"):
			left = &pathNode{op: "+", args: []*pathNode{left, p.product()}}
		case p.sign("-"):
			left = &pathNode{op: "-", args: []*pathNode{left, p.product()}}
		default:
			return left
		}
	}
}

func (p *pathParser) product() *pathNode {
	left := p.signed()
	for {
		op := ""
		for _, s := range []string{"*", "/", "%"} {
			if op == "" && p.sign(s) {
				op = s
			}
		}
		if op == "" {
			return left
		}
		left = &pathNode{op: op, args: []*pathNode{left, p.signed()}}
	}
}

func (p *pathParser) signed() *pathNode {
	p.deeper()
	defer func() { p.depth-- }()
	for _, s := range []string{"+", "-"} {
		if p.sign(s) {
			return &pathNode{op: "signed" + s, args: []*pathNode{p.signed()}}
		}
	}
	return p.accessors(p.primary())
}

func (p *pathParser) primary() *pathNode {
	p.space()
	if p.at == len(p.text) {
		p.fail()
	}
	c := p.text[p.at]
	switch {
	case c == '$':
		p.at++
		end := p.at
		for end < len(p.text) && isPathLetter(p.text[end]) {
			end++
		}
		name := p.text[p.at:end]
		if p.at = end; name != "" {
			return &pathNode{op: "variable", name: name}
		}
		return &pathNode{op: "$"}
	case c == '@':
		p.at++
		return &pathNode{op: "@"}
	case c == '(':
		p.at++
		inner := p.expression()
		p.expect(")")
		return inner
	case c == '"':
		return &pathNode{op: "literal", value: p.quoted()}
	case '0' <= c && c <= '9' || c == '.':
		return &pathNode{op: "literal", value: p.number()}
	case p.word("last"):
		return &pathNode{op: "last"}
	case p.word("null"):
		return &pathNode{op: "literal"}
	case p.word("true"):
		return &pathNode{op: "literal", value: true}
	case p.word("false"):
		return &pathNode{op: "literal", value: false}
	}
	p.fail()
	return nil
}

// quoted reads a string in double quotes, in which two stand for one.
func (p *pathParser) quoted() string {
	p.space()
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		if p.text[p.at] == '"' {
			p.at++
			if p.at == len(p.text) || p.text[p.at] != '"' {
				return b.String()
			}
		}
		b.WriteByte(p.text[p.at])
	}
	p.fail()
	return ""
}

func (p *pathParser) number() any {
	r := &jsonReader{text: p.text, at: p.at, open: []byte{'['}}
	first := p.at
	r.digits()
	point := r.is(".")
	if point {
		r.at++
		r.digits()
	}
	text := p.text[first:r.at]
	if text == "." {
		p.fail()
	}
	if r.is("eE") {
		r.at++
		if r.is("+-") {
			r.at++
		}
		if !r.digits() {
			p.fail()
		}
		p.at = r.at
		f, err := strconv.ParseFloat(p.text[first:r.at], 64)
		if err != nil {
			p.fail()
		}
		return f
	}
	p.at = r.at
	if !point {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			p.fail()
		}
		return integerOf(n)
	}
	_, fraction, _ := strings.Cut(text, ".")
	unscaled, _ := new(big.Int).SetString(strings.Replace(text, ".", "", 1), 10)
	return pathDecimal{unscaled, len(fraction)}
}

// pathMethods are those without arguments.
var pathMethods = []string{"type", "size", "double", "ceiling", "floor", "abs", "keyvalue"}

// accessors reads what follows a primary.
func (p *pathParser) accessors(n *pathNode) *pathNode {
	for {
		switch {
		case p.sign(".."):
			n = &pathNode{op: "descendants", args: []*pathNode{n}, name: p.member()}
		case p.sign("."):
			n = p.dot(n)
		case p.sign("["):
			n = p.subscripts(n)
		case p.sign("?"):
			p.expect("(")
			n = &pathNode{op: "filter", args: []*pathNode{n, p.predicate()}}
			p.expect(")")
		default:
			return n
		}
	}
}

// member reads a member's name.
func (p *pathParser) member() string {
	if p.space(); strings.HasPrefix(p.text[p.at:], `"`) {
		return p.quoted()
	}
	name := p.peekWord()
	if name == "" {
		p.fail()
	}
	p.at += len(name)
	return name
}

func (p *pathParser) dot(n *pathNode) *pathNode {
	if p.sign("*") {
		return &pathNode{op: "members", args: []*pathNode{n}}
	}
	quoted := strings.HasPrefix(p.text[p.at:], `"`)
	name := p.member()
	if quoted || !p.sign("(") {
		return &pathNode{op: "member", args: []*pathNode{n}, name: name}
	}
	if name == "datetime" {
		p.unsupported("the method datetime")
	}
	for _, m := range pathMethods {
		if m == name && p.sign(")") {
			return &pathNode{op: name + "()", args: []*pathNode{n}}
		}
	}
	p.fail()
	return nil
}

func (p *pathParser) subscripts(n *pathNode) *pathNode {
	if p.sign("*") {
		p.expect("]")
		return &pathNode{op: "elements", args: []*pathNode{n}}
	}
	out := &pathNode{op: "subscripts", args: []*pathNode{n}}
	for {
		s := &pathNode{op: "range", args: []*pathNode{p.expression()}}
		if p.word("to") {
			s.args = append(s.args, p.expression())
		}
		out.args = append(out.args, s)
		if !p.sign(",") {
			p.expect("]")
			return out
		}
	}
}

// CheckSQLPath tells what is wrong with a path of the SQL standard, and after how many bytes, or gives nil.
func CheckSQLPath(path string) (wrong *Error, at int) {
	p := &pathParser{text: path}
	_, err := p.path()
	wrong, _ = err.(*Error)
	return wrong, p.at
}
