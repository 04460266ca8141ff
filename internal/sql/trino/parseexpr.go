package trino

// expression reads OR, which holds all other operators.
func (p *parser) expression() Expr {
	p.deeper()
	x := p.logical("OR", func() Expr { return p.logical("AND", p.negation) })
	p.depth--
	return x
}

// expressions reads one or more with commas between them.
func (p *parser) expressions() []Expr {
	all := []Expr{p.expression()}
	for p.accept(",") {
		all = append(all, p.expression())
	}
	return all
}

// logical reads terms with AND or OR between them.
func (p *parser) logical(op string, term func() Expr) Expr {
	at, first := p.pos(), term()
	if !p.is(op) {
		return first
	}
	terms := []Expr{first}
	for p.accept(op) {
		terms = append(terms, term())
	}
	return &Logical{at, op, terms}
}

func (p *parser) negation() Expr {
	at := p.pos()
	if !p.accept("NOT") {
		return p.predicated()
	}
	p.deeper()
	x := p.negation()
	p.depth--
	return &Not{at, x}
}

// predicated reads a value and at most one predicate about it: a = b = c is not Trino's.
func (p *parser) predicated() Expr {
	x := p.value()
	at := p.pos()
	if op := p.acceptAny("=", "<>", "<", "<=", ">", ">="); op != "" {
		if quantifier := p.quantifier(); quantifier != "" {
			return &Quantified{at, op, quantifier, x, p.queryInParentheses()}
		}
		return &Comparison{at, op, x, p.value()}
	}
	if p.accept("IS") {
		return p.isPredicate(at, x)
	}
	not := p.is("NOT") && (p.is("NOT", "BETWEEN") || p.is("NOT", "IN") || p.is("NOT", "LIKE"))
	if not {
		p.take()
	}
	positive := p.rangePredicate(x)
	switch {
	case positive == nil:
		return x
	case not:
		return &Not{at, positive}
	}
	return positive
}

// quantifier reads ALL, ANY or SOME before a query in parentheses.
func (p *parser) quantifier() string {
	if p.isAny("ALL", "ANY", "SOME") && p.ahead(1).word == "(" && p.isQueryAt(p.at+1) {
		return p.take().word
	}
	return ""
}

func (p *parser) isPredicate(at pos, x Expr) Expr {
	not := p.accept("NOT")
	var is Expr
	switch p.expectAny("NULL", "DISTINCT") {
	case "NULL":
		is = &IsNull{at, x}
	default:
		p.expect("FROM")
		is = &Comparison{at, "IS DISTINCT FROM", x, p.value()}
	}
	if not {
		return &Not{at, is}
	}
	return is
}

// rangePredicate reads BETWEEN, IN or LIKE, or gives nil.
func (p *parser) rangePredicate(x Expr) Expr {
	at := p.pos()
	switch p.acceptAny("BETWEEN", "IN", "LIKE") {
	case "BETWEEN":
		low := p.value()
		p.expect("AND")
		return &Between{at, x, low, p.value()}
	case "IN":
		if p.is("(") && p.isQueryAt(p.at) {
			return &InQuery{at, x, p.queryInParentheses()}
		}
		p.expect("(")
		list := p.expressions()
		p.expect(")")
		return &InList{at, x, list}
	case "LIKE":
		like := &Like{pos: at, X: x, Pattern: p.value()}
		if p.accept("ESCAPE") {
			like.Escape = p.value()
		}
		return like
	}
	return nil
}

// value reads || and what binds more closely. Chains are as deep as they are long.
func (p *parser) value() Expr {
	p.deeper()
	x := p.chain(p.sum, "||")
	p.depth--
	return x
}

func (p *parser) sum() Expr     { return p.chain(p.product, "+", "-") }
func (p *parser) product() Expr { return p.chain(p.signed, "*", "/", "%") }

// chain reads operands with any of these operators between them, from the left.
func (p *parser) chain(operand func() Expr, operators ...string) Expr {
	x, depth := operand(), p.depth
	for p.isAny(operators...) {
		p.deeper()
		t := p.take()
		x = &Arithmetic{pos(t.from), t.word, x, operand()}
	}
	p.depth = depth
	return x
}

// signed reads a value with any number of signs before it. A minus before a number is the number's.
func (p *parser) signed() Expr {
	t := p.peek()
	if !p.isAny("+", "-") || t.word == "-" && p.ahead(1).isNumber() {
		return p.zoned()
	}
	p.take()
	p.deeper()
	x := p.signed()
	p.depth--
	return &Unary{pos(t.from), t.word, x}
}

func (t token) isNumber() bool {
	return t.kind == integerToken || t.kind == decimalToken || t.kind == doubleToken
}

// zoned reads a value with AT TIME ZONE after it.
func (p *parser) zoned() Expr {
	x, depth := p.suffixed(), p.depth
	for p.is("AT", "TIME", "ZONE") {
		p.deeper()
		at := p.pos()
		p.at += 3
		var zone Expr
		switch {
		case p.is("INTERVAL"):
			zone = p.interval()
		default:
			zone = &String{p.pos(), p.string()}
		}
		x = &AtTimeZone{at, x, zone}
	}
	p.depth = depth
	return x
}

// suffixed reads a primary expression with subscripts and fields after it.
func (p *parser) suffixed() Expr {
	x, depth := p.primary(), p.depth
	for {
		switch {
		case p.is("[") && !isLambda(x):
			p.deeper()
			p.take()
			index := p.value()
			p.expect("]")
			x = &Subscript{pos(x.Pos()), x, index}
		case p.is(".") && isName(p.ahead(1)):
			p.deeper()
			p.take()
			x = &Dereference{pos(x.Pos()), x, p.name()}
		default:
			p.depth = depth
			return x
		}
	}
}

func isLambda(x Expr) bool {
	_, is := x.(*Lambda)
	return is
}
