package trino

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// show analyses SHOW and DESCRIBE: their rows are known to the compiler.
func (a *analyser) show(s *Show) *result {
	switch s.Kind {
	case "CATALOGS":
		return a.listing("Catalog", a.matching(s, []string{a.session.Catalog}), varcharOf(len(a.session.Catalog)))
	case "SCHEMAS":
		if s.In != nil {
			a.ownCatalog(-1, strings.ToLower(s.In[0].Text))
		}
		return a.listing("Schema", a.matching(s, a.schemas()), tVarchar)
	case "TABLES", "VIEWS":
		schema := a.schemaOf(s)
		a.hasSchema(s.Pos(), schema)
		names := a.viewsOf(schema)
		if s.Kind == "TABLES" {
			names = a.tablesOrInformation(schema)
		}
		return a.listing("Table", a.matching(s, names), tVarchar)
	case "COLUMNS":
		return a.showColumns(s)
	case "CREATE TABLE":
		return a.showCreate(s)
	case "CREATE VIEW":
		return a.showCreateView(s)
	case "FUNCTIONS":
		return a.showFunctions(s)
	}
	a.fail(NotSupported, s.Pos(), "SHOW %s is not supported", s.Kind)
	return nil
}

// schemaOf is the schema that SHOW TABLES is about.
func (a *analyser) schemaOf(s *Show) string {
	switch len(s.In) {
	case 0:
		return a.session.Schema
	case 1:
	case 2:
		a.ownCatalog(s.Pos(), strings.ToLower(s.In[0].Text))
	default:
		a.fail(SyntaxError, s.Pos(), "Too many parts in schema name: %s", strings.Join(s.In.parts(), "."))
	}
	return strings.ToLower(s.In[len(s.In)-1].Text)
}

// listing is a result of one column.
func (a *analyser) listing(column string, names []string, t *Type) *result {
	rows := make([][]string, len(names))
	for i, name := range names {
		rows[i] = []string{name}
	}
	return a.texts([]string{column}, rows, t)
}

// texts is a result of columns of one type, which is a varchar.
func (a *analyser) texts(columns []string, rows [][]string, t *Type) *result {
	types := slices.Repeat([]*Type{t}, len(columns))
	nodes := make([][]*node, len(rows))
	for i, row := range rows {
		for _, text := range row {
			nodes[i] = append(nodes[i], plainText(0, text))
		}
	}
	return a.knownRows(columns, types, nodes)
}

// knownRows is a result of values, in their order.
func (a *analyser) knownRows(columns []string, types []*Type, rows [][]*node) *result {
	if len(rows) == 0 {
		nothing := make([]*node, len(columns))
		for i, t := range types {
			nothing[i] = constant(0, t, "CAST(NULL AS "+t.duck()+")", nil)
		}
		r := a.rowsOf([][]*node{nothing}, types)
		name := a.relation()
		r.sql = "SELECT * FROM (" + r.sql + ") AS " + name + columnsOf(len(columns)) + " WHERE false"
		return named(r, columns)
	}
	return named(a.rowsOf(rows, types), columns)
}

func named(r *result, columns []string) *result {
	for i, name := range columns {
		r.fields[i].name = name
	}
	return r
}

// matching gives the names that LIKE, or Athena's pattern, lets through.
func (a *analyser) matching(s *Show, names []string) []string {
	var is func(string) bool
	switch {
	case s.Like != nil:
		pattern, wrong := likePattern(*s.Like, s.Escape)
		if wrong != "" {
			a.fail("INVALID_FUNCTION_ARGUMENT", -1, "%s", wrong)
		}
		is = pattern.MatchString
	case s.Regexp != nil: // Hive's: | between alternatives, * for anything
		parts := strings.Split(strings.ToLower(*s.Regexp), "|")
		for i, part := range parts {
			parts[i] = strings.ReplaceAll(regexp.QuoteMeta(part), `\*`, ".*")
		}
		is = regexp.MustCompile(`\A(?s:` + strings.Join(parts, "|") + `)\z`).MatchString
	default:
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !is(name) })
}

// likePattern is a pattern of LIKE as a regular expression, or what is wrong with it.
func likePattern(like string, escape *string) (pattern *regexp.Regexp, wrong string) {
	var esc rune = -1
	if escape != nil {
		if len([]rune(*escape)) != 1 {
			return nil, "Escape string must be a single character"
		}
		esc = []rune(*escape)[0]
	}
	var b strings.Builder
	escaped := false
	for _, r := range like {
		switch {
		case escaped:
			if r != '%' && r != '_' && r != esc {
				return nil, misplacedEscape
			}
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == esc:
			escaped = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	if escaped {
		return nil, misplacedEscape
	}
	return regexp.MustCompile(`\A(?s:` + b.String() + `)\z`), ""
}

const misplacedEscape = "Escape character must be followed by '%', '_' or the escape character itself"

// showColumns is SHOW COLUMNS and DESCRIBE.
func (a *analyser) showColumns(s *Show) *result {
	schema, name := a.place(s.Pos(), s.In)
	var rows [][]string
	for _, c := range a.columnsOf(s.Pos(), schema, name) {
		if len(a.matching(s, []string{c.Name})) > 0 {
			rows = append(rows, []string{c.Name, Displayed(c.Type), "", ""})
		}
	}
	return a.texts([]string{"Column", "Type", "Extra", "Comment"}, rows, tVarchar)
}

// columnsOf are the columns of a table, or of one of information_schema.
func (a *analyser) columnsOf(at int, schema, name string) []Column {
	if base, kind, is := detailsOf(name); is && schema != informationSchema {
		a.isNoView(at, schema, base, name)
		columns, _ := a.detailRows(at, a.lookup(at, schema, base, Version{}), kind)
		return columns
	}
	if schema != informationSchema {
		return a.lookup(at, schema, name, Version{}).Columns
	}
	t := informationTables[name]
	if t == nil {
		a.noInformation(at, name)
	}
	columns := make([]Column, len(t))
	for i, c := range t {
		columns[i] = Column{c, tVarchar}
		if c == "ordinal_position" {
			columns[i].Type = tBigint
		}
	}
	return columns
}

// Displayed is a type as Trino's clients show it: with a blank between a map's types.
func Displayed(t *Type) string {
	if t.Kind == Map {
		return "map(" + Displayed(t.Of[0]) + ", " + Displayed(t.Of[1]) + ")"
	}
	return t.String()
}

// showCreate is SHOW CREATE TABLE.
func (a *analyser) showCreate(s *Show) *result {
	schema, name := a.place(s.Pos(), s.In)
	if slices.Contains(a.viewsOf(schema), name) {
		a.fail(NotSupported, s.Pos(), "Relation '%s' is a view, not a table", a.qualified(schema, name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s.%s.%s (\n", a.session.Catalog, nameAsWritten(schema), nameAsWritten(name))
	columns := a.columnsOf(s.Pos(), schema, name)
	for i, c := range columns {
		fmt.Fprintf(&b, "   %s %s", nameAsWritten(c.Name), Displayed(c.Type))
		if i < len(columns)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString(")\nWITH (\n   format = 'PARQUET',\n   format_version = 2\n)")
	return a.texts([]string{"Create Table"}, [][]string{{b.String()}}, tVarchar)
}

// nameAsWritten is a name with quotes where it needs them.
func nameAsWritten(name string) string {
	if reserved, is := words[strings.ToUpper(name)]; !isPlainName(name) || is && reserved {
		return quoted(name)
	}
	return name
}

// showFunctions lists the table of functions.
func (a *analyser) showFunctions(s *Show) *result {
	all := functions()
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	var rows [][]*node
	for _, name := range a.matching(s, names) {
		for _, f := range all[name] {
			kind := map[form]string{plain: "scalar", aggregate: "aggregate", window: "window"}[f.form]
			head, result, _ := strings.Cut(f.entry.signature, " -> ")
			_, params, _ := strings.Cut(head, name+"(")
			row := []*node{plainText(0, name), plainText(0, strings.ToLower(result)),
				plainText(0, strings.ToLower(strings.TrimSuffix(params, ")"))), plainText(0, kind),
				constant(0, tBoolean, "true", true), plainText(0, "")}
			rows = append(rows, row)
		}
	}
	types := []*Type{tVarchar, tVarchar, tVarchar, tVarchar, tBoolean, tVarchar}
	return a.knownRows([]string{"Function", "Return Type", "Argument Types", "Function Type", "Deterministic",
		"Description"}, types, rows)
}

// explain analyses EXPLAIN of a query.
func (a *analyser) explain(x *ExplainStatement) *result {
	q, is := x.Statement.(*Query)
	if !is {
		a.fail(NotSupported, x.Statement.Pos(), "EXPLAIN is for queries")
	}
	if x.Type == "VALIDATE" {
		a.query(q, &scope{})
		a.uses = nil // none of them is read
		return a.knownRows([]string{"Valid"}, []*Type{tBoolean}, [][]*node{{constant(x.Pos(), tBoolean, "true", true)}})
	}
	a.explaining = Explain
	if x.Analyze {
		a.explaining = ExplainAnalyze
	}
	return a.query(q, &scope{})
}

// Lines is a statement that answers lines of text, in their order, in a column of that name.
func Lines(column string, lines []string) *Compiled {
	a := &analyser{}
	return a.compiled(a.listing(column, lines, tVarchar))
}
