package trino

// nameOrCall reads a column's name, or a call when a parenthesis follows the name.
func (p *parser) nameOrCall() Expr {
	at := p.pos()
	if p.is("RUNNING") || p.is("FINAL") {
		if isName(p.ahead(1)) && p.ahead(2).word == "(" {
			p.fail(NotSupported, int(at), "%s is for row patterns, which are not supported", p.peek().word)
		}
	}
	first := p.name()
	parts, mark := QName{first}, p.at
	for p.is(".") && isName(p.ahead(1)) {
		p.take()
		parts = append(parts, p.name())
	}
	if p.is("(") {
		return p.call(at, parts)
	}
	p.at = mark // the fields are for suffixed
	return &Reference{at, first}
}

// call reads a call's arguments and all that may follow them.
func (p *parser) call(at pos, name QName) Expr {
	c := &Call{pos: at, Name: name}
	p.expect("(")
	switch {
	case p.is("*"):
		p.take()
		c.Star = true
	case isName(p.peek()) && p.ahead(1).word == "." && p.ahead(2).word == "*":
		p.fail(NotSupported, int(at), "Function arguments of the form label.* are for row patterns, "+
			"which are not supported")
	case !p.is(")") && !p.is("ORDER"):
		c.Distinct = p.setQuantifier() == "DISTINCT"
		c.Args = p.expressions()
	}
	if !c.Star && p.accept("ORDER", "BY") {
		c.OrderBy = p.sortItems()
	}
	p.expect(")")
	p.afterCall(c)
	return c
}

// setQuantifier reads DISTINCT or ALL. ALL may name something, and does where it stands alone.
func (p *parser) setQuantifier() string {
	if p.is("ALL") {
		switch after := p.ahead(1); {
		case after.kind == endToken, after.kind == symbolToken && after.word != "(" && after.word != "*" &&
			after.word != "-" && after.word != "+" && after.word != "?":
			return ""
		case after.word == "AS" || after.word == "FROM":
			return ""
		}
	}
	return p.acceptAny("DISTINCT", "ALL")
}

// afterCall reads FILTER, IGNORE NULLS and OVER.
func (p *parser) afterCall(c *Call) {
	if p.is("FILTER", "(") {
		p.take()
		p.expect("(", "WHERE")
		c.Filter = p.expression()
		p.expect(")")
	}
	if p.isAny("IGNORE", "RESPECT") && p.ahead(1).word == "NULLS" {
		c.Nulls = p.take().word
		p.take()
		if !p.is("OVER") {
			p.mismatch("OVER")
		}
	}
	if p.is("OVER") && (p.ahead(1).word == "(" || isName(p.ahead(1))) {
		p.take()
		c.Over = p.over()
	}
}

// listAgg reads LISTAGG(x, ',' ON OVERFLOW …) WITHIN GROUP (ORDER BY …).
func (p *parser) listAgg() Expr {
	t := p.take()
	at := pos(t.from)
	c := &Call{pos: at, Name: QName{{at, "listagg", false}}, ListAgg: &ListAgg{}}
	p.expect("(")
	c.Distinct = p.setQuantifier() == "DISTINCT"
	c.Args = []Expr{p.expression()}
	if p.accept(",") {
		c.Args = append(c.Args, &String{p.pos(), p.string()})
	} else {
		c.Args = append(c.Args, &String{at, ""})
	}
	if p.accept("ON", "OVERFLOW") && p.expectAny("ERROR", "TRUNCATE") == "TRUNCATE" {
		c.ListAgg.Truncate = true
		if p.isString() {
			filler := p.string()
			c.ListAgg.Filler = &filler
		}
		c.ListAgg.Count = p.expectAny("WITH", "WITHOUT") == "WITH"
		p.expect("COUNT")
	}
	p.expect(")", "WITHIN", "GROUP", "(", "ORDER", "BY")
	c.OrderBy = p.sortItems()
	p.expect(")")
	p.afterCall(c)
	return c
}

// over reads what follows OVER: a window's name or a window.
func (p *parser) over() *Window {
	at := p.pos()
	if !p.is("(") {
		return &Window{pos: at, Name: p.name(), Bare: true}
	}
	p.take()
	w := p.window()
	p.expect(")")
	return w
}

// window reads what stands in the parentheses of a window.
func (p *parser) window() *Window {
	w := &Window{pos: p.pos()}
	if isName(p.peek()) && !p.is("PARTITION", "BY") && !p.isFrame() {
		w.Name = p.name()
	}
	if p.accept("PARTITION", "BY") {
		w.Partition = p.expressions()
	}
	if p.accept("ORDER", "BY") {
		w.OrderBy = p.sortItems()
	}
	if p.is("MEASURES") {
		p.fail(NotSupported, p.peek().from, "Row patterns in windows are not supported")
	}
	if p.isAny("RANGE", "ROWS", "GROUPS") {
		w.Frame = p.frame()
	}
	return w
}

// isFrame tells whether a frame begins here, since its words may name a window.
func (p *parser) isFrame() bool {
	if !p.isAny("RANGE", "ROWS", "GROUPS") {
		return false
	}
	after := p.ahead(1)
	return after.word != ")" && after.word != "PARTITION" && after.word != "ORDER"
}

func (p *parser) frame() *Frame {
	f := &Frame{pos: p.pos(), Unit: p.take().word}
	if !p.accept("BETWEEN") {
		f.First = p.bound()
		return f
	}
	f.First = p.bound()
	p.expect("AND")
	last := p.bound()
	f.Last = &last
	return f
}

func (p *parser) bound() FrameBound {
	b := FrameBound{pos: p.pos()}
	switch {
	case p.is("UNBOUNDED", "PRECEDING"), p.is("UNBOUNDED", "FOLLOWING"):
		p.take()
		b.Kind = "UNBOUNDED " + p.take().word
	case p.accept("CURRENT", "ROW"):
		b.Kind = "CURRENT ROW"
	default:
		b.Value = p.expression()
		b.Kind = p.expectAny("PRECEDING", "FOLLOWING")
	}
	return b
}
