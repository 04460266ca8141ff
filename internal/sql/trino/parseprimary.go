package trino

import (
	"slices"
	"strings"
)

// extractFields are what EXTRACT takes out of a date, a time or an interval.
var extractFields = []string{"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAY_OF_MONTH", "DAY_OF_WEEK", "DOW",
	"DAY_OF_YEAR", "DOY", "YEAR_OF_WEEK", "YOW", "HOUR", "MINUTE", "SECOND", "TIMEZONE_MINUTE", "TIMEZONE_HOUR"}

// primary reads what no operator is part of.
func (p *parser) primary() Expr {
	t := p.peek()
	at := pos(t.from)
	switch {
	case t.isNumber() || t.word == "-":
		return p.number()
	case p.isString():
		return &String{at, p.string()}
	case t.kind == binaryToken:
		return p.binary()
	case t.word == "(":
		return p.parenthesised()
	case t.word == "[":
		p.take()
		return p.arrayOf(at)
	case t.word == "?":
		p.take()
		p.parameters++
		return &Parameter{at, p.parameters - 1}
	case isName(t) && p.ahead(1).word == "->":
		parameter := p.name()
		p.take()
		return &Lambda{at, []Name{parameter}, p.expression()}
	}
	if x := p.reservedForm(); x != nil {
		return x
	}
	if x := p.freeForm(); x != nil {
		return x
	}
	return p.nameOrCall()
}

// parenthesised reads what begins with a parenthesis: a query, a lambda's parameters, a row or an expression.
func (p *parser) parenthesised() Expr {
	at, partner := p.pos(), p.partner[p.at]
	if partner > 0 && p.tokens[partner+1].word == "->" {
		p.take()
		var parameters []Name
		for !p.is(")") {
			if len(parameters) > 0 {
				p.expect(",")
			}
			parameters = append(parameters, p.name())
		}
		p.expect(")", "->")
		return &Lambda{at, parameters, p.expression()}
	}
	if p.isQueryAt(p.at) {
		return &Subquery{at, p.queryInParentheses()}
	}
	p.expect("(")
	fields := p.expressions()
	p.expect(")")
	if len(fields) > 1 {
		return &RowOf{at, fields}
	}
	return fields[0]
}

// isQueryAt tells whether the parenthesis that token i is holds a query.
func (p *parser) isQueryAt(i int) bool {
	for ; p.tokens[i].word == "("; i++ {
		switch p.tokens[i+1].word {
		case "SELECT", "WITH", "VALUES", "TABLE":
			return true
		case "(":
			// ((SELECT 1) UNION …) is a query, ((SELECT 1) + 1) is none, ((SELECT 1)) is what its inside is
			shut := p.partner[i+1]
			if shut == 0 {
				continue
			}
			switch p.tokens[shut+1].word {
			case "UNION", "INTERSECT", "EXCEPT", "ORDER", "OFFSET", "LIMIT", "FETCH", ")":
			default:
				return false
			}
		}
	}
	return false
}

// reservedForm reads what begins with a reserved word, or gives nil.
func (p *parser) reservedForm() Expr {
	at := p.pos()
	switch p.peek().word {
	case "NULL":
		p.take()
		return &Null{at}
	case "TRUE", "FALSE":
		return &Boolean{at, p.take().word == "TRUE"}
	case "CASE":
		return p.caseOf()
	case "CAST":
		return p.cast()
	case "EXISTS":
		p.take()
		return &Exists{at, p.queryInParentheses()}
	case "EXTRACT":
		p.take()
		p.expect("(")
		field := p.name()
		p.expect("FROM")
		x := &Extract{at, strings.ToUpper(field.Text), p.value()}
		p.expect(")")
		if !slices.Contains(extractFields, x.Field) {
			p.fail(SyntaxError, int(at), "Invalid EXTRACT field %s, valid fields are: %s", field.Text,
				strings.Join(extractFields, ", "))
		}
		return x
	case "TRIM":
		return p.trim()
	case "NORMALIZE":
		return p.normalize()
	case "GROUPING":
		return p.grouping()
	case "LISTAGG":
		return p.listAgg()
	case "CURRENT_DATE", "CURRENT_USER", "CURRENT_CATALOG", "CURRENT_SCHEMA", "CURRENT_PATH":
		return &Current{at, p.take().word, -1}
	case "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP":
		c := &Current{at, p.take().word, -1}
		if p.accept("(") {
			c.Precision = int(min(p.integerText(), 100))
			p.expect(")")
		}
		return c
	case "JSON_EXISTS", "JSON_VALUE", "JSON_QUERY", "JSON_OBJECT", "JSON_ARRAY":
		return p.json()
	}
	return nil
}

// freeForm reads what begins with a word that could name something, too, or gives nil.
func (p *parser) freeForm() Expr {
	t, after := p.peek(), p.ahead(1)
	at := pos(t.from)
	if t.kind != nameToken || t.word != "" && words[t.word] {
		return nil
	}
	isText := after.kind == stringToken || after.kind == unicodeToken
	switch {
	case t.word == "INTERVAL" && p.isInterval():
		return p.interval()
	case t.word == "TRY_CAST" && after.word == "(":
		return p.cast()
	case t.word == "ARRAY" && after.word == "[":
		p.at += 2
		return p.arrayOf(at)
	case t.word == "ROW" && after.word == "(":
		p.at += 2
		r := &RowOf{at, p.expressions()}
		p.expect(")")
		return r
	case t.word == "POSITION" && after.word == "(":
		return p.position()
	case t.word == "SUBSTRING" && after.word == "(":
		return p.substring()
	case t.word == "DOUBLE" && after.word == "PRECISION":
		p.at += 2
		return &TypedLiteral{at, "double", p.string()}
	case isText:
		name := p.name().Text
		return &TypedLiteral{at, name, p.string()}
	}
	return nil
}

// arrayOf reads the elements of an array, the bracket before which has been passed.
func (p *parser) arrayOf(at pos) Expr {
	a := &ArrayOf{pos: at}
	if !p.is("]") {
		a.Elements = p.expressions()
	}
	p.expect("]")
	return a
}

func (p *parser) caseOf() Expr {
	c := &Case{pos: p.pos()}
	p.expect("CASE")
	if !p.is("WHEN") {
		c.Operand = p.expression()
	}
	for len(c.Whens) == 0 || p.is("WHEN") {
		w := When{pos: p.pos()}
		p.expect("WHEN")
		w.Condition = p.expression()
		p.expect("THEN")
		w.Result = p.expression()
		c.Whens = append(c.Whens, w)
	}
	if p.accept("ELSE") {
		c.Else = p.expression()
	}
	p.expect("END")
	return c
}

func (p *parser) cast() Expr {
	c := &Cast{pos: p.pos()}
	c.Try = p.take().word == "TRY_CAST"
	p.expect("(")
	c.X = p.expression()
	p.expect("AS")
	c.Type = p.typeName()
	p.expect(")")
	return c
}

// trim reads trim(x), trim(x, c), trim(FROM x), trim([LEADING|TRAILING|BOTH] [c] FROM x).
func (p *parser) trim() Expr {
	t := &Trim{pos: p.pos()}
	p.expect("TRIM", "(")
	t.Side = p.acceptAny("LEADING", "TRAILING", "BOTH")
	if t.Side == "BOTH" {
		t.Side = ""
	} else if t.Side == "" && !p.is("FROM") {
		t.X = p.value()
		if p.accept(",") {
			t.Characters = p.value()
			p.expect(")")
			return t
		}
		if p.accept(")") {
			return t
		}
		t.Characters = t.X
	}
	if t.Characters == nil && !p.is("FROM") {
		t.Characters = p.value()
	}
	p.expect("FROM")
	t.X = p.value()
	p.expect(")")
	return t
}

func (p *parser) normalize() Expr {
	n := &Normalize{pos: p.pos(), Form: "NFC"}
	p.expect("NORMALIZE", "(")
	n.X = p.value()
	if p.accept(",") {
		n.Form = p.expectAny("NFD", "NFC", "NFKD", "NFKC")
	}
	p.expect(")")
	return n
}

func (p *parser) grouping() Expr {
	g := &Grouping{pos: p.pos()}
	p.expect("GROUPING", "(")
	for !p.is(")") {
		if len(g.Columns) > 0 {
			p.expect(",")
		}
		g.Columns = append(g.Columns, p.qualifiedName())
	}
	p.expect(")")
	return g
}

// position reads position(a IN b), which is strpos(b, a).
func (p *parser) position() Expr {
	at := p.pos()
	p.expect("POSITION", "(")
	sought := p.value()
	p.expect("IN")
	x := p.value()
	p.expect(")")
	return called(at, "strpos", x, sought)
}

// substring reads substring(x FROM a FOR b), which is substr, and substring(x, a, b), which is a call like others.
func (p *parser) substring() Expr {
	at, name := p.pos(), QName{p.name()}
	if p.ahead(1).word == ")" {
		return p.call(at, name)
	}
	p.expect("(")
	args := []Expr{p.expression()}
	if p.accept("FROM") {
		args = append(args, p.value())
		if p.accept("FOR") {
			args = append(args, p.value())
		}
		p.expect(")")
		return called(at, "substr", args...)
	}
	for p.accept(",") {
		args = append(args, p.expression())
	}
	p.expect(")")
	c := &Call{pos: at, Name: name, Args: args}
	p.afterCall(c)
	return c
}

// called is a call as if it had been written with its name.
func called(at pos, name string, args ...Expr) *Call {
	return &Call{pos: at, Name: QName{{at, name, false}}, Args: args}
}
