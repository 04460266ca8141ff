package trino

import "strings"

// statement reads any statement.
func (p *parser) statement() Statement {
	p.deeper()
	defer func() { p.depth-- }()
	at := p.pos()
	switch p.peek().word {
	case "SELECT", "WITH", "VALUES", "TABLE", "(":
		return p.query()
	case "SHOW":
		return p.show()
	case "DESCRIBE", "DESC":
		return p.describe()
	case "EXPLAIN":
		return p.explain()
	case "PREPARE":
		p.take()
		s := &Prepare{pos: at, Name: p.name()}
		p.expect("FROM")
		from := p.peek().from
		s.Statement = p.statement()
		s.Text = strings.TrimSpace(p.sql[from:p.peek().from])
		return s
	case "EXECUTE":
		return p.execute()
	case "DEALLOCATE":
		p.expect("DEALLOCATE", "PREPARE")
		return &Deallocate{at, p.name()}
	case "CREATE":
		return p.create()
	case "DROP":
		return p.drop()
	case "UNLOAD":
		return p.unload()
	case "ALTER", "DELETE", "INSERT", "USE", "SET", "RESET", "UPDATE", "MERGE", "TRUNCATE", "CALL", "GRANT", "REVOKE",
		"DENY", "COMMENT", "REFRESH", "START", "COMMIT", "ROLLBACK", "ANALYZE", "MSCK", "VACUUM":
		p.fail(NotSupported, int(at), "%s statements are not supported", p.peek().word)
	}
	p.mismatch()
	return nil
}

func (p *parser) show() Statement {
	s := &Show{pos: p.pos()}
	p.expect("SHOW")
	switch p.peek().word {
	case "CATALOGS", "SESSION":
		s.Kind = p.take().word
	case "SCHEMAS", "DATABASES":
		p.take()
		s.Kind = "SCHEMAS"
		if p.acceptAny("FROM", "IN") != "" {
			s.In = QName{p.name()}
		}
	case "TABLES", "VIEWS", "FUNCTIONS":
		s.Kind = p.take().word
		if p.acceptAny("FROM", "IN") != "" {
			s.In = p.qualifiedName()
		}
		if s.Kind != "FUNCTIONS" && p.isString() { // Athena's, of Hive
			pattern := p.string()
			s.Regexp = &pattern
		}
	case "COLUMNS":
		s.Kind = p.take().word
		p.expectAny("FROM", "IN")
		s.In = p.qualifiedName()
		if p.acceptAny("FROM", "IN") != "" { // Athena's, of Hive
			s.In = append(QName{p.name()}, s.In...)
		}
	case "CREATE":
		p.take()
		if p.isAny("SCHEMA", "MATERIALIZED", "FUNCTION") {
			p.fail(NotSupported, int(s.pos), "SHOW CREATE %s is not supported", p.peek().word)
		}
		s.Kind = "CREATE " + p.expectAny("TABLE", "VIEW")
		s.In = p.qualifiedName()
		return s
	case "STATS", "GRANTS", "ROLES", "ROLE", "CURRENT", "PARTITIONS", "TBLPROPERTIES":
		p.fail(NotSupported, int(s.pos), "SHOW %s is not supported", p.peek().word)
	default:
		p.mismatch("CATALOGS", "COLUMNS", "CREATE", "FUNCTIONS", "SCHEMAS", "SESSION", "TABLES")
	}
	if p.accept("LIKE") {
		like := p.string()
		s.Like = &like
		if p.accept("ESCAPE") {
			escape := p.string()
			s.Escape = &escape
		}
	}
	return s
}

func (p *parser) describe() Statement {
	at := p.pos()
	word := p.take().word
	if word == "DESCRIBE" && p.isAny("INPUT", "OUTPUT") && isName(p.ahead(1)) {
		return &DescribePrepared{at, p.take().word == "INPUT", p.name()}
	}
	s := &Show{pos: at, Kind: "COLUMNS"}
	if p.isAny("FORMATTED", "EXTENDED") && isName(p.ahead(1)) {
		s.Formatted = p.take().word != ""
	}
	s.In = p.qualifiedName()
	return s
}

func (p *parser) explain() Statement {
	e := &ExplainStatement{pos: p.pos()}
	p.expect("EXPLAIN")
	switch {
	case p.accept("ANALYZE"):
		e.Analyze, e.Verbose = true, p.accept("VERBOSE")
	case p.is("(") && (p.ahead(1).word == "FORMAT" || p.ahead(1).word == "TYPE"):
		p.take()
		for first := true; first || p.accept(","); first = false {
			if p.expectAny("FORMAT", "TYPE") == "FORMAT" {
				e.Format = p.expectAny("TEXT", "GRAPHVIZ", "JSON")
			} else {
				e.Type = p.expectAny("LOGICAL", "DISTRIBUTED", "VALIDATE", "IO")
			}
		}
		p.expect(")")
	}
	e.Statement = p.statement()
	return e
}

func (p *parser) execute() Statement {
	e := &Execute{pos: p.pos()}
	p.expect("EXECUTE")
	if p.is("IMMEDIATE") && (p.ahead(1).kind == stringToken || p.ahead(1).kind == unicodeToken) {
		p.take()
		e.Text = p.pos() + 1
		e.Immediate = p.string()
	} else {
		name := p.name()
		e.Name = &name
	}
	if p.accept("USING") {
		e.Using = p.expressions()
	}
	return e
}

func (p *parser) create() Statement {
	at := p.pos()
	p.expect("CREATE")
	replace := p.accept("OR")
	if replace {
		p.expect("REPLACE")
	}
	switch {
	case p.accept("VIEW"):
		v := &CreateView{pos: at, Replace: replace, Name: p.qualifiedName()}
		if p.accept("COMMENT") {
			comment := p.string()
			v.Comment = &comment
		}
		if p.accept("SECURITY") {
			v.Definer = p.expectAny("DEFINER", "INVOKER") == "DEFINER"
		}
		p.expect("AS")
		from := p.peek().from
		v.Query = p.query()
		v.Text = strings.TrimSpace(p.sql[from:p.peek().from])
		return v
	case p.accept("TABLE"):
		return p.createTable(at, replace)
	case isName(p.peek()) || p.isAny("EXTERNAL", "SCHEMA", "DATABASE", "FUNCTION", "ROLE", "MATERIALIZED"):
		p.fail(NotSupported, int(at), "CREATE %s is not supported",
			strings.ToUpper(p.sql[p.peek().from:p.peek().to]))
	}
	p.mismatch("TABLE", "VIEW")
	return nil
}

func (p *parser) createTable(at pos, replace bool) Statement {
	c := &CreateTableAs{pos: at, Replace: replace}
	c.IfNotExists = p.accept("IF", "NOT", "EXISTS")
	c.Name = p.qualifiedName()
	if p.is("(") && isName(p.ahead(1)) && p.ahead(2).word != "," && p.ahead(2).word != ")" {
		p.fail(NotSupported, int(at), "CREATE TABLE is supported only with AS and a query")
	}
	if p.is("(") {
		c.Columns = p.names()
	}
	if p.accept("COMMENT") {
		p.string()
	}
	if p.accept("WITH") {
		c.Properties = p.properties()
	}
	p.expect("AS")
	c.Query = p.query()
	if p.accept("WITH") {
		c.NoData = p.accept("NO")
		p.expect("DATA")
	}
	return c
}

// properties reads (name = value, …).
func (p *parser) properties() []Property {
	p.expect("(")
	var all []Property
	for len(all) == 0 || p.accept(",") {
		name := p.name()
		p.expect("=")
		all = append(all, Property{name.pos, strings.ToLower(name.Text), p.expression()})
	}
	p.expect(")")
	return all
}

func (p *parser) drop() Statement {
	d := &Drop{pos: p.pos()}
	p.expect("DROP")
	if !p.isAny("TABLE", "VIEW") && isName(p.peek()) {
		p.fail(NotSupported, int(d.pos), "DROP %s is not supported",
			strings.ToUpper(p.sql[p.peek().from:p.peek().to]))
	}
	d.Kind = p.expectAny("TABLE", "VIEW")
	d.IfExists = p.accept("IF", "EXISTS")
	d.Name = p.qualifiedName()
	return d
}

// unload reads Athena's UNLOAD (query) TO 'place' WITH (...).
func (p *parser) unload() Statement {
	u := &Unload{pos: p.pos()}
	p.expect("UNLOAD")
	u.Query = p.queryInParentheses()
	p.expect("TO")
	u.To = p.string()
	if p.accept("WITH") {
		u.Properties = p.properties()
	}
	return u
}
