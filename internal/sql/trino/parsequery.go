package trino

// queryInParentheses reads (query).
func (p *parser) queryInParentheses() *Query {
	p.expect("(")
	q := p.query()
	p.expect(")")
	return q
}

// query reads a query with all its clauses.
func (p *parser) query() *Query {
	p.deeper()
	q := &Query{pos: p.pos()}
	if p.is("WITH") {
		q.With = p.with()
	}
	p.queryTail(q)
	p.depth--
	return q
}

// queryTail reads a query but for its WITH clause.
func (p *parser) queryTail(q *Query) {
	q.Body = p.union()
	if q.orderAt = p.pos(); p.accept("ORDER", "BY") {
		q.OrderBy = p.sortItems()
	}
	if q.offsetAt = p.pos(); p.accept("OFFSET") {
		q.Offset = p.rowCount()
		p.acceptAny("ROW", "ROWS")
	}
	if p.isAny("LIMIT", "FETCH") {
		q.limitAt = p.pos()
	}
	switch {
	case p.accept("LIMIT"):
		if !p.accept("ALL") {
			q.Limit = p.rowCount()
		}
	case p.accept("FETCH"):
		at := p.pos()
		p.expectAny("FIRST", "NEXT")
		q.Fetch = true
		q.Limit = &Integer{at, 1}
		if !p.isAny("ROW", "ROWS") {
			q.Limit = p.rowCount()
		}
		p.expectAny("ROW", "ROWS")
		if p.expectAny("ONLY", "WITH") == "WITH" {
			p.expect("TIES")
			q.Ties = true
		}
	}
}

// rowCount reads a number without a sign, or a parameter.
func (p *parser) rowCount() Expr {
	at := p.pos()
	if p.accept("?") {
		p.parameters++
		return &Parameter{at, p.parameters - 1}
	}
	return &Integer{at, p.integerText()}
}

func (p *parser) with() *With {
	w := &With{pos: p.pos()}
	p.expect("WITH")
	if p.isAny("FUNCTION", "SESSION") && isName(p.ahead(1)) && !p.is("FUNCTION", "AS") && !p.is("SESSION", "AS") {
		p.fail(NotSupported, int(w.pos), "WITH %s is not supported", p.peek().word)
	}
	w.Recursive = p.accept("RECURSIVE")
	for len(w.Queries) == 0 || p.accept(",") {
		n := NamedQuery{pos: p.pos(), Name: p.name()}
		if p.is("(") {
			n.Columns = p.names()
		}
		p.expect("AS")
		n.Query = p.queryInParentheses()
		w.Queries = append(w.Queries, n)
	}
	return w
}

// union reads UNION and EXCEPT; INTERSECT binds more closely.
func (p *parser) union() Body { return p.setOperation(p.intersect, "UNION", "EXCEPT") }

func (p *parser) intersect() Body { return p.setOperation(p.body, "INTERSECT") }

func (p *parser) setOperation(operand func() Body, operators ...string) Body {
	b, depth := operand(), p.depth
	for p.isAny(operators...) {
		p.deeper()
		s := &SetOperation{pos: p.pos(), Op: p.take().word, Left: b}
		s.All = p.acceptAny("ALL", "DISTINCT") == "ALL"
		s.Right = operand()
		b = s
	}
	p.depth = depth
	return b
}

func (p *parser) body() Body {
	at := p.pos()
	switch p.peek().word {
	case "(":
		p.take()
		p.deeper()
		q := &Query{pos: at}
		p.queryTail(q)
		p.depth--
		p.expect(")")
		return q
	case "TABLE":
		p.take()
		return &TableQuery{at, p.qualifiedName()}
	case "VALUES":
		p.take()
		return &Values{at, p.expressions()}
	}
	return p.selectBody()
}

func (p *parser) selectBody() *Select {
	s := &Select{pos: p.pos()}
	p.expect("SELECT")
	s.Distinct = p.setQuantifier() == "DISTINCT"
	s.Items = []SelectItem{p.selectItem()}
	for p.accept(",") {
		s.Items = append(s.Items, p.selectItem())
	}
	if p.accept("FROM") {
		s.From = p.relations()
	}
	if p.accept("WHERE") {
		s.Where = p.expression()
	}
	if p.is("GROUP") {
		s.GroupBy = p.groupBy()
	}
	if p.accept("HAVING") {
		s.Having = p.expression()
	}
	if p.is("WINDOW") && isName(p.ahead(1)) && p.ahead(2).word == "AS" {
		p.take()
		for len(s.Windows) == 0 || p.accept(",") {
			name := p.name()
			p.expect("AS", "(")
			s.Windows = append(s.Windows, NamedWindow{name, p.window()})
			p.expect(")")
		}
	}
	return s
}

func (p *parser) selectItem() SelectItem {
	item := SelectItem{pos: p.pos()}
	if p.accept("*") {
		item.Star = true
		return item
	}
	item.X = p.expression()
	if p.is(".", "*") {
		p.at += 2
		item.Star = true
		if p.accept("AS") {
			item.Aliases = p.names()
		}
		return item
	}
	if p.accept("AS") || isName(p.peek()) && !p.isSample() {
		alias := p.name()
		item.Alias = &alias
	}
	return item
}

func (p *parser) sortItems() []SortItem {
	var all []SortItem
	for len(all) == 0 || p.accept(",") {
		s := SortItem{pos: p.pos(), X: p.expression()}
		s.Descending = p.acceptAny("ASC", "DESC") == "DESC"
		if p.accept("NULLS") {
			s.Nulls = p.expectAny("FIRST", "LAST")
		}
		all = append(all, s)
	}
	return all
}

func (p *parser) groupBy() *GroupBy {
	g := &GroupBy{pos: p.pos()}
	p.expect("GROUP", "BY")
	if p.is("AUTO") && !p.ahead(1).continues() {
		p.take()
		g.Auto = true
		return g
	}
	g.Distinct = p.setQuantifier() == "DISTINCT"
	for len(g.Elements) == 0 || p.accept(",") {
		g.Elements = append(g.Elements, p.groupingElement())
	}
	return g
}

// continues tells whether an expression goes on with this token after a name.
func (t token) continues() bool {
	return t.kind == symbolToken && t.word != ")" && t.word != ";"
}

func (p *parser) groupingElement() GroupingElement {
	e := GroupingElement{pos: p.pos()}
	switch {
	case p.isAny("ROLLUP", "CUBE"):
		e.Kind = p.take().word
	case p.is("GROUPING", "SETS"):
		p.at += 2
		e.Kind = "GROUPING SETS"
	default:
		e.Sets = [][]Expr{p.groupingSet()}
		return e
	}
	p.expect("(")
	for !p.is(")") || e.Kind == "GROUPING SETS" && len(e.Sets) == 0 {
		if len(e.Sets) > 0 {
			p.expect(",")
		}
		e.Sets = append(e.Sets, p.groupingSet())
	}
	p.expect(")")
	return e
}

// groupingSet reads an expression, or (a, b), or (). What is in parentheses and goes on is an expression.
func (p *parser) groupingSet() []Expr {
	if !p.is("(") || p.isQueryAt(p.at) {
		return []Expr{p.expression()}
	}
	if shut := p.partner[p.at]; shut > 0 {
		switch after := p.tokens[shut+1]; after.word {
		case ",", ")", "":
			if after.word == "" && after.kind != endToken {
				return []Expr{p.expression()}
			}
		case "HAVING", "WINDOW", "ORDER", "OFFSET", "LIMIT", "FETCH", "UNION", "EXCEPT", "INTERSECT":
		default:
			return []Expr{p.expression()}
		}
	}
	p.expect("(")
	if p.accept(")") {
		return nil
	}
	set := p.expressions()
	p.expect(")")
	return set
}
