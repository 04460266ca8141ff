package trino

// json reads a JSON function of the standard.
func (p *parser) json() Expr {
	at := p.pos()
	word := p.take().word
	p.expect("(")
	var x Expr
	switch word {
	case "JSON_EXISTS":
		e := &JSONExists{pos: at, JSONPath: p.jsonPath()}
		if kind := p.acceptAny("TRUE", "FALSE", "UNKNOWN", "ERROR"); kind != "" {
			e.OnError.Kind = kind
			p.expect("ON", "ERROR")
		}
		x = e
	case "JSON_VALUE":
		v := &JSONValueCall{pos: at, JSONPath: p.jsonPath()}
		if p.accept("RETURNING") {
			v.Returning = p.typeName()
		}
		v.OnEmpty, v.OnError = p.jsonBehaviors()
		x = v
	case "JSON_QUERY":
		x = p.jsonQuery(at)
	case "JSON_OBJECT":
		x = p.jsonObject(at)
	default:
		x = p.jsonArray(at)
	}
	p.expect(")")
	return x
}

func (p *parser) jsonPath() JSONPath {
	j := JSONPath{Input: p.jsonValue()}
	p.expect(",")
	j.PathAt = p.peek().from
	j.Path = p.string()
	if p.accept("AS") {
		p.name()
	}
	if p.accept("PASSING") {
		for len(j.Passing) == 0 || p.accept(",") {
			a := JSONArgument{JSONValue: p.jsonValue()}
			p.expect("AS")
			a.Name = p.name()
			j.Passing = append(j.Passing, a)
		}
	}
	return j
}

func (p *parser) jsonValue() JSONValue {
	return JSONValue{p.expression(), p.jsonFormat()}
}

// jsonFormat reads FORMAT JSON ENCODING UTF8, or nothing.
func (p *parser) jsonFormat() string {
	if !p.accept("FORMAT") {
		return ""
	}
	p.expect("JSON")
	if p.accept("ENCODING") {
		return "JSON " + p.expectAny("UTF8", "UTF16", "UTF32")
	}
	return "JSON"
}

// jsonReturning reads RETURNING type FORMAT JSON, or nothing.
func (p *parser) jsonReturning() (*TypeName, string) {
	if !p.accept("RETURNING") {
		return nil, ""
	}
	return p.typeName(), p.jsonFormat()
}

// jsonBehaviors reads ON EMPTY and ON ERROR, in this order.
func (p *parser) jsonBehaviors() (onEmpty, onError JSONBehavior) {
	for p.isAny("ERROR", "NULL", "DEFAULT", "EMPTY") {
		var b JSONBehavior
		switch b.Kind = p.take().word; b.Kind {
		case "DEFAULT":
			b.Default = p.expression()
		case "EMPTY":
			b.Kind += " " + p.expectAny("ARRAY", "OBJECT")
		}
		p.expect("ON")
		if onEmpty.Kind == "" && onError.Kind == "" && p.accept("EMPTY") {
			onEmpty = b
			continue
		}
		p.expect("ERROR")
		onError = b
		break
	}
	return onEmpty, onError
}

func (p *parser) jsonQuery(at pos) Expr {
	q := &JSONQueryCall{pos: at, JSONPath: p.jsonPath()}
	q.Returning, q.Format = p.jsonReturning()
	switch p.acceptAny("WITHOUT", "WITH") {
	case "WITHOUT":
		q.Wrapper = "WITHOUT"
		p.accept("ARRAY")
		p.expect("WRAPPER")
	case "WITH":
		q.Wrapper = p.acceptAny("CONDITIONAL", "UNCONDITIONAL")
		if q.Wrapper == "" {
			q.Wrapper = "UNCONDITIONAL"
		}
		p.accept("ARRAY")
		p.expect("WRAPPER")
	}
	if q.Quotes = p.acceptAny("KEEP", "OMIT"); q.Quotes != "" {
		p.expect("QUOTES")
		if p.accept("ON") {
			p.expect("SCALAR", "STRING")
			q.OnScalarString = true
		}
	}
	q.OnEmpty, q.OnError = p.jsonBehaviors()
	return q
}

func (p *parser) jsonObject(at pos) Expr {
	o := &JSONObject{pos: at}
	for !p.is(")") && !p.is("RETURNING") {
		if len(o.Members) > 0 && !p.accept(",") {
			break
		}
		o.Members = append(o.Members, p.jsonMember())
	}
	o.AbsentNull = p.nullClause() == "ABSENT"
	if kind := p.acceptAny("WITH", "WITHOUT"); kind != "" {
		p.expect("UNIQUE")
		p.accept("KEYS")
		o.UniqueKeys = kind == "WITH"
	}
	o.Returning, o.Format = p.jsonReturning()
	return o
}

// jsonMember reads KEY k VALUE v, k VALUE v or k: v.
func (p *parser) jsonMember() JSONMember {
	if p.is("KEY") && !p.ahead(1).continues() && p.ahead(1).word != "VALUE" {
		p.take()
	}
	m := JSONMember{Key: p.expression()}
	if !p.accept(":") {
		p.expect("VALUE")
	}
	m.Value = p.jsonValue()
	return m
}

func (p *parser) jsonArray(at pos) Expr {
	a := &JSONArray{pos: at, AbsentNull: true}
	for !p.is(")") && !p.is("RETURNING") {
		if len(a.Elements) > 0 && !p.accept(",") {
			break
		}
		a.Elements = append(a.Elements, p.jsonValue())
	}
	if clause := p.nullClause(); clause != "" {
		a.AbsentNull = clause == "ABSENT"
	}
	a.Returning, a.Format = p.jsonReturning()
	return a
}

// nullClause reads NULL ON NULL or ABSENT ON NULL, and gives the first word or an empty string.
func (p *parser) nullClause() string {
	if !p.is("NULL", "ON", "NULL") && !p.is("ABSENT", "ON", "NULL") {
		return ""
	}
	w := p.take().word
	p.at += 2
	return w
}
