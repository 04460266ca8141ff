package native

import "strings"

// predicate reads a condition of a filter.
func (p *pathParser) predicate() *pathNode {
	p.deeper()
	defer func() { p.depth-- }()
	left := p.conjunction()
	for p.sign("||") {
		left = &pathNode{op: "||", args: []*pathNode{left, p.conjunction()}}
	}
	return left
}

func (p *pathParser) conjunction() *pathNode {
	left := p.condition()
	for p.sign("&&") {
		left = &pathNode{op: "&&", args: []*pathNode{left, p.condition()}}
	}
	return left
}

func (p *pathParser) condition() *pathNode {
	if p.space(); strings.HasPrefix(p.text[p.at:], "!") && !strings.HasPrefix(p.text[p.at:], "!=") {
		p.at++
		n := p.delimited()
		if n == nil {
			p.fail()
		}
		return &pathNode{op: "!", args: []*pathNode{n}}
	}
	if n := p.delimited(); n != nil {
		return n
	}
	left := p.expression()
	switch {
	case p.word("like_regex"):
		p.unsupported("like_regex")
	case p.word("starts"):
		if !p.word("with") {
			p.fail()
		}
		return &pathNode{op: "starts", args: []*pathNode{left, p.primary()}}
	}
	for _, op := range []string{"==", "<>", "!=", "<=", ">=", "<", ">"} {
		if p.sign(op) {
			if op == "!=" {
				op = "<>"
			}
			return &pathNode{op: op, args: []*pathNode{left, p.expression()}}
		}
	}
	p.fail()
	return nil
}

// delimited reads exists(...) or a condition in parentheses; nil, and nothing is read, when it is neither: a
// parenthesis may begin an expression as well.
func (p *pathParser) delimited() *pathNode {
	before, depth := p.at, p.depth
	if p.word("exists") {
		p.expect("(")
		n := &pathNode{op: "exists", args: []*pathNode{p.expression()}}
		p.expect(")")
		return n
	}
	if !p.sign("(") {
		return nil
	}
	n := p.tryPredicate()
	if n == nil || !p.sign(")") {
		p.at, p.depth = before, depth
		return nil
	}
	if p.word("is") {
		if !p.word("unknown") {
			p.fail()
		}
		return &pathNode{op: "unknown", args: []*pathNode{n}}
	}
	return n
}

// tryPredicate gives nil where there is no condition. To try again and again what is nested would take long, so that
// each level costs depth.
func (p *pathParser) tryPredicate() (n *pathNode) {
	defer func() {
		if r := recover(); r != nil {
			if e, is := r.(*Error); !is || e.Name != "SYNTAX_ERROR" {
				panic(r)
			}
			n = nil
		}
	}()
	p.depth += 20
	n = p.predicate()
	p.depth -= 20
	return n
}
