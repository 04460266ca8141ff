package trino

// relations reads what stands after FROM: relations with commas between them, which are cross joins.
func (p *parser) relations() Relation {
	r, depth := p.relation(), p.depth
	for p.accept(",") {
		p.deeper()
		r = &Join{pos: pos(r.Pos()), Kind: "CROSS", Left: r, Right: p.relation()}
	}
	p.depth = depth
	return r
}

// relation reads joins.
func (p *parser) relation() Relation {
	p.deeper()
	r, depth := p.sampled(), p.depth
	for {
		j := &Join{pos: pos(r.Pos()), Left: r}
		switch {
		case p.accept("CROSS", "JOIN"):
			j.Kind, j.Right = "CROSS", p.sampled()
		case p.accept("NATURAL"):
			j.Natural, j.Kind = true, p.joinKind()
			j.Right = p.sampled()
		case p.isAny("JOIN", "INNER", "LEFT", "RIGHT", "FULL"):
			j.Kind = p.joinKind()
			j.Right = p.relation()
			p.joinCriteria(j)
		default:
			p.depth = depth - 1
			return r
		}
		p.deeper()
		r = j
	}
}

// joinKind reads INNER JOIN, LEFT OUTER JOIN and their like.
func (p *parser) joinKind() string {
	kind := p.acceptAny("INNER", "LEFT", "RIGHT", "FULL")
	switch kind {
	case "":
		kind = "INNER"
	case "INNER":
	default:
		p.accept("OUTER")
	}
	p.expect("JOIN")
	return kind
}

func (p *parser) joinCriteria(j *Join) {
	if p.expectAny("ON", "USING") == "ON" {
		j.On = p.expression()
		return
	}
	j.Using = p.names()
}

func (p *parser) sampled() Relation {
	r := p.aliased()
	if !p.is("TABLESAMPLE") {
		return r
	}
	s := &Sample{pos: pos(r.Pos()), Relation: r}
	p.take()
	s.Method = p.expectAny("BERNOULLI", "SYSTEM")
	p.expect("(")
	s.Percentage = p.expression()
	p.expect(")")
	return s
}

func (p *parser) aliased() Relation {
	r := p.relationPrimary()
	if p.is("MATCH_RECOGNIZE", "(") {
		p.fail(NotSupported, p.peek().from, "MATCH_RECOGNIZE is not supported")
	}
	if !p.accept("AS") && (!isName(p.peek()) || p.isSample()) {
		return r
	}
	a := &Aliased{pos: pos(r.Pos()), Relation: r, Alias: p.name()}
	if p.is("(") {
		a.Columns = p.names()
	}
	if p.is("MATCH_RECOGNIZE", "(") {
		p.fail(NotSupported, p.peek().from, "MATCH_RECOGNIZE is not supported")
	}
	return a
}

// isSample tells whether TABLESAMPLE, LIMIT and other words that could be an alias are none here.
func (p *parser) isSample() bool {
	t, after := p.peek(), p.ahead(1)
	switch t.word {
	case "TABLESAMPLE":
		return after.word == "BERNOULLI" || after.word == "SYSTEM"
	case "LIMIT":
		return after.kind == integerToken || after.word == "ALL" || after.word == "?"
	case "OFFSET":
		return after.kind == integerToken || after.word == "?"
	case "FETCH":
		return after.word == "FIRST" || after.word == "NEXT"
	case "WINDOW":
		return isName(after) && p.ahead(2).word == "AS"
	}
	return false
}

func (p *parser) relationPrimary() Relation {
	at, after := p.pos(), p.ahead(1)
	switch {
	case p.is("("):
		if p.isQueryAt(p.at) {
			return &Derived{pos: at, Query: p.queryInParentheses()}
		}
		p.take()
		r := p.relation()
		p.expect(")")
		return r
	case p.is("UNNEST"):
		p.take()
		p.expect("(")
		u := &Unnest{pos: at, Exprs: p.expressions()}
		p.expect(")")
		u.Ordinality = p.accept("WITH", "ORDINALITY")
		return u
	case p.is("LATERAL") && after.word == "(":
		p.take()
		return &Derived{pos: at, Query: p.queryInParentheses(), Lateral: true}
	case p.is("TABLE"):
		return p.tableFunction()
	case p.is("JSON_TABLE"):
		p.fail(NotSupported, int(at), "JSON_TABLE is not supported")
	}
	t := &TableRef{pos: at, Name: p.qualifiedName()}
	if p.is("FOR") && p.ahead(1).word != "" && p.ahead(2).word == "AS" {
		t.periodAt = int(p.pos())
		p.take()
		t.Period = p.expectAny("TIMESTAMP", "VERSION")
		p.expect("AS", "OF")
		t.AsOf = p.value()
	}
	return t
}

// tableFunction reads TABLE(f(a, b => c)).
func (p *parser) tableFunction() Relation {
	f := &TableFunction{pos: p.pos()}
	p.expect("TABLE", "(")
	f.Name = p.qualifiedName()
	p.expect("(")
	for !p.is(")") {
		if len(f.Args) > 0 {
			p.expect(",")
		}
		var a TableArgument
		if isName(p.peek()) && p.ahead(1).word == "=>" {
			name := p.name()
			a.Name = &name
			p.take()
		}
		switch {
		case p.is("TABLE", "("):
			a.Relation = p.tableArgument()
		case p.is("DESCRIPTOR", "("):
			p.take()
			a.Descriptor = p.names()
		default:
			a.X = p.expression()
		}
		f.Args = append(f.Args, a)
	}
	p.expect(")", ")")
	return f
}

// tableArgument reads TABLE(name) or TABLE(query), with or without an alias.
func (p *parser) tableArgument() Relation {
	at := p.pos()
	p.expect("TABLE", "(")
	var r Relation
	if isName(p.peek()) {
		r = &TableRef{pos: p.pos(), Name: p.qualifiedName()}
	} else {
		r = &Derived{pos: at, Query: p.query()}
	}
	p.expect(")")
	if p.accept("AS") || isName(p.peek()) {
		a := &Aliased{pos: at, Relation: r, Alias: p.name()}
		if p.is("(") {
			a.Columns = p.names()
		}
		r = a
	}
	return r
}
