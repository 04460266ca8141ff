package trino

import "strings"

// typeName reads a type: array(varchar), row(a bigint), timestamp(3) with time zone, decimal(5, 2) array.
func (p *parser) typeName() *TypeName {
	p.deeper()
	t := p.simpleType()
	for p.is("ARRAY") { // integer array, integer array[3]
		at := p.pos()
		p.take()
		if p.accept("[") {
			p.integerText()
			p.expect("]")
		}
		t = &TypeName{pos: at, Base: "array", Parameters: []TypeParameter{{Type: t}}}
	}
	p.depth--
	return t
}

func (p *parser) simpleType() *TypeName {
	t := &TypeName{pos: p.pos()}
	switch {
	case p.is("ROW", "("):
		p.take()
		t.Base, t.Parameters = "row", p.list("(", ")", p.rowField)
	case p.is("INTERVAL") && !p.ahead(1).isEnd():
		p.take()
		t.Base = "interval"
		t.From, t.To = p.intervalFields()
	case p.isAny("TIMESTAMP", "TIME"):
		t.Base = strings.ToLower(p.take().word)
		if p.is("(") {
			t.Parameters = p.list("(", ")", p.typeParameter)
		}
		if p.accept("WITH", "TIME", "ZONE") {
			t.Zone = true
		} else {
			p.accept("WITHOUT", "TIME", "ZONE")
		}
	case p.accept("DOUBLE", "PRECISION"):
		t.Base = "double"
	case p.is("ARRAY", "<"):
		p.take()
		t.Base, t.Parameters = "array", p.list("<", ">", p.typeParameter)
	case p.is("MAP", "<"):
		p.take()
		t.Base, t.Parameters = "map", p.list("<", ">", p.typeParameter)
	default:
		t.Base = strings.ToLower(p.name().Text)
		if p.is("(") {
			t.Parameters = p.list("(", ")", p.typeParameter)
		}
	}
	return t
}

// isEnd tells whether nothing more of a type can follow.
func (t token) isEnd() bool { return t.kind == endToken || t.kind == symbolToken }

// list reads parameters with commas between them.
func (p *parser) list(open, shut string, one func() TypeParameter) []TypeParameter {
	p.expect(open)
	all := []TypeParameter{one()}
	for p.accept(",") {
		all = append(all, one())
	}
	p.expect(shut)
	return all
}

func (p *parser) typeParameter() TypeParameter {
	if p.peek().kind == integerToken {
		return TypeParameter{Number: p.integerText()}
	}
	return TypeParameter{Type: p.typeName()}
}

// rowField reads `name type` or a type alone: a name is one when a type follows it.
func (p *parser) rowField() TypeParameter {
	t, after := p.peek(), p.ahead(1)
	named := isName(t) && (isName(after) || after.word == "ROW") && !p.is("DOUBLE", "PRECISION")
	if named && after.word == "ARRAY" { // `integer array` is a type, `a array(integer)` a field
		next := p.ahead(2).word
		named = next == "(" || next == "<"
	}
	if named && (t.word == "INTERVAL") {
		named = !isIntervalField(after.word)
	}
	if named && (t.word == "TIME" || t.word == "TIMESTAMP") {
		named = after.word != "WITHOUT"
	}
	if !named {
		return TypeParameter{Type: p.typeName()}
	}
	name := p.name()
	return TypeParameter{Field: name, Type: p.typeName()}
}

func isIntervalField(w string) bool {
	switch w {
	case "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND":
		return true
	}
	return false
}
