package trino

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxAnalysed bounds how many expressions are analysed. No statement has as many; lambdas within each other that widen
// types of each other are analysed again and again, and stars over joins of a query with itself double its columns.
const maxAnalysed = 300_000

// count counts an expression, as written or what a star stands for.
func (a *analyser) count(at int) {
	if a.analysed++; a.analysed > maxAnalysed {
		a.fail(TooComplex, at, "The statement has too many expressions")
	}
}

// expr analyses an expression.
func (a *analyser) expr(x Expr, s *scope) *node {
	if a.depth++; a.depth > MaxDepth {
		a.fail(TooComplex, x.Pos(), "The statement is nested more than %d deep", MaxDepth)
	}
	a.count(x.Pos())
	n := a.exprOf(x, s)
	a.depth--
	return n
}

func (a *analyser) exprs(xs []Expr, s *scope) []*node {
	nodes := make([]*node, len(xs))
	for i, x := range xs {
		nodes[i] = a.expr(x, s)
	}
	return nodes
}

func (a *analyser) exprOf(x Expr, s *scope) *node {
	if n := a.literal(x); n != nil {
		return n
	}
	if n := a.operator(x, s); n != nil {
		return n
	}
	if n := a.jsonCall(x, s); n != nil {
		return n
	}
	at := x.Pos()
	switch x := x.(type) {
	case *Reference:
		return a.column(x, s)
	case *Dereference:
		return a.dereference(x, s)
	case *Subscript:
		return a.subscript(x, s)
	case *Call:
		return a.call(x, s)
	case *Subquery:
		before := len(a.outside)
		n := a.scalarQuery(x.Query, s)
		if n.outside = a.outside[before:]; a.hoisted != nil {
			return a.hoist(at, n.t, n.text)
		}
		return n
	case *Exists:
		before := len(a.outside)
		r := a.query(x.Query, s)
		if a.hoisted != nil {
			return a.hoist(at, tBoolean, "EXISTS ("+r.sql+")")
		}
		return &node{form: subquery, t: tBoolean, at: at, text: "EXISTS (" + r.sql + ")", outside: a.outside[before:]}
	case *Case:
		return a.caseOf(x, s)
	case *Cast:
		return a.castOf(at, a.expr(x.X, s), a.typeOf(at, x.Type), x.Try)
	case *ArrayOf:
		return a.arrayOf(at, a.exprs(x.Elements, s))
	case *RowOf:
		return makeRow(at, a.exprs(x.Fields, s), nil)
	case *Current:
		return a.current(x)
	case *Trim:
		return a.trim(x, s)
	case *Extract:
		return a.extract(at, x, s)
	case *Normalize:
		return a.function(at, "normalize", []*node{a.expr(x.X, s), textOf(at, x.Form)})
	case *Grouping:
		return a.groupingOf(x, s)
	case *Lambda:
		a.fail(TypeMismatch, at, "A lambda can only be the argument of a function")
	case *Parameter:
		return a.parameters[x.Index]
	}
	a.fail(NotSupported, at, "%s is not supported", formOf(x))
	return nil
}

// formOf names a form that is not supported by its Go type, as JSONExists.
func formOf(x Expr) string { return strings.TrimPrefix(fmt.Sprintf("%T", x), "*trino.") }

// literal analyses a literal, or gives nil.
func (a *analyser) literal(x Expr) *node {
	at := x.Pos()
	switch x := x.(type) {
	case *Null:
		return constant(at, tUnknown, "NULL", nil)
	case *Boolean:
		return constant(at, tBoolean, strconv.FormatBool(x.Value), x.Value)
	case *Integer:
		t := tBigint
		if math.MinInt32 <= x.Value && x.Value <= math.MaxInt32 {
			t = tInteger
		}
		return constant(at, t, fmt.Sprintf("CAST(%d AS %s)", x.Value, t.duck()), x.Value)
	case *Decimal:
		return a.decimalLiteral(at, x.Text)
	case *Double:
		return doubleOf(at, x.Value)
	case *String:
		return textOf(at, x.Value)
	case *Binary:
		return constant(at, tVarbinary, fmt.Sprintf("from_hex('%x')", x.Value), string(x.Value))
	case *TypedLiteral:
		return a.typedLiteral(x)
	case *IntervalLiteral:
		return a.intervalLiteral(x)
	}
	return nil
}

func doubleOf(at int, value float64) *node {
	sql := "CAST('" + strconv.FormatFloat(value, 'e', -1, 64) + "' AS DOUBLE)"
	switch {
	case math.IsInf(value, 1):
		sql = "CAST('Infinity' AS DOUBLE)"
	case math.IsInf(value, -1):
		sql = "CAST('-Infinity' AS DOUBLE)"
	}
	return constant(at, tDouble, sql, value)
}

// textOf is a string of as many characters as it has.
func textOf(at int, value string) *node {
	return constant(at, varcharOf(len([]rune(value))), quotedText(value), value)
}

// quotedText is a string as DuckDB's literal.
func quotedText(s string) string {
	if strings.IndexByte(s, 0) >= 0 { // ends DuckDB's strings
		parts := strings.Split(s, "\x00")
		for i, part := range parts {
			parts[i] = quotedText(part)
		}
		return "concat(" + strings.Join(parts, ", chr(0), ") + ")"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func (a *analyser) decimalLiteral(at int, text string) *node {
	t := decimalTypeOf(text)
	if t == nil {
		a.fail(SyntaxError, at, "Invalid numeric literal: %s", text)
	}
	return constant(at, t, fmt.Sprintf("CAST('%s' AS %s)", text, t.duck()), decimalValue(text))
}

// decimalTypeOf is the narrowest decimal that holds a number as it is written, or nil.
func decimalTypeOf(text string) *Type {
	digits := strings.TrimLeft(text, "+-")
	whole, fraction, _ := strings.Cut(digits, ".")
	whole = strings.TrimLeft(whole, "0")
	if len(whole)+len(fraction) > 38 {
		return nil
	}
	return decimalOf(max(1, len(whole)+len(fraction)), len(fraction))
}

func (a *analyser) current(x *Current) *node {
	now := a.session.Now.UTC()
	digits := x.Precision
	if digits < 0 {
		digits = 3
	}
	if digits > 6 {
		a.fail(NotSupported, x.Pos(), "%s(%d) is not supported", x.Word, x.Precision)
	}
	stamp := now.Truncate(time.Duration(math.Pow10(9 - digits)))
	micros := stamp.Format("2006-01-02 15:04:05.000000")
	switch x.Word {
	case "CURRENT_DATE":
		return constant(x.Pos(), tDate, "DATE '"+now.Format(time.DateOnly)+"'", nil)
	case "CURRENT_TIMESTAMP":
		return constant(x.Pos(), timeOf(TimestampZoned, digits), zonedText("TIMESTAMP '"+micros+"'", "UTC"), nil)
	case "LOCALTIMESTAMP":
		return constant(x.Pos(), timeOf(Timestamp, digits), "TIMESTAMP '"+micros+"'", nil)
	case "LOCALTIME":
		return constant(x.Pos(), timeOf(Time, digits), "TIME '"+stamp.Format("15:04:05.000000")+"'", nil)
	case "CURRENT_TIME":
		return constant(x.Pos(), timeOf(TimeZoned, digits),
			zonedText("TIME '"+stamp.Format("15:04:05.000000")+"'", "+00:00"), nil)
	case "CURRENT_USER":
		return plainText(x.Pos(), a.session.User)
	case "CURRENT_CATALOG":
		return plainText(x.Pos(), a.session.Catalog)
	case "CURRENT_SCHEMA":
		return plainText(x.Pos(), a.session.Schema)
	}
	return plainText(x.Pos(), "")
}

// zonedText is a value with time zone as DuckDB's struct.
func zonedText(utc, zone string) string {
	return "struct_pack(u := " + utc + ", z := " + quotedText(zone) + ")"
}

// plainText is a string of type varchar.
func plainText(at int, value string) *node {
	return constant(at, tVarchar, quotedText(value), value)
}

// column analyses a name without a point.
func (a *analyser) column(x *Reference, s *scope) *node {
	if n := a.named(x.Pos(), []string{x.Name.Text}, s); n != nil {
		return a.noted(n, x)
	}
	a.unresolved(x.Pos(), x.Name.Text)
	return nil
}

// noted notes a name, if it means a column of a query around.
func (a *analyser) noted(n *node, x Expr) *node {
	if n.form == column && n.outer {
		a.outside = append(a.outside, reference{n, x})
	}
	return n
}

// named finds what a name means: a lambda's parameter, an output, a column; or nil.
func (a *analyser) named(at int, parts []string, s *scope) *node {
	if len(parts) == 1 {
		if v := s.variable(parts[0]); v != nil {
			return v
		}
		if n := a.outputNamed(at, parts[0], s); n != nil {
			return n
		}
	}
	found, own, barred := s.find(parts)
	if len(found) > 1 {
		a.fail("AMBIGUOUS_NAME", at, "Column '%s' is ambiguous", strings.ToLower(strings.Join(parts, ".")))
	}
	if found == nil {
		return nil
	}
	if barred {
		a.fail(NotSupported, at, "Reference to column '%s' from outer scope not allowed in this context",
			strings.ToLower(strings.Join(parts, ".")))
	}
	return columnNode(at, found[0], own)
}

// outputNamed finds an item of the select list by its alias, for ORDER BY.
func (a *analyser) outputNamed(at int, name string, s *scope) (found *node) {
	for _, o := range s.outputs {
		if !strings.EqualFold(o.name, name) || o.name == "" {
			continue
		}
		if found != nil {
			a.fail("AMBIGUOUS_NAME", at, "Column '%s' is ambiguous", strings.ToLower(name))
		}
		found = o.node
	}
	return found
}

// dereference analyses a.b: a column with its relation's name, or a field of a row.
func (a *analyser) dereference(x *Dereference, s *scope) *node {
	parts := nameParts(x)
	if parts != nil {
		if n := a.named(x.Pos(), parts, s); n != nil {
			return a.noted(n, x)
		}
		if base := nameParts(x.Base); a.isName(base, s) || len(base) > 1 && a.isName(base[:len(base)-1], s) {
			return a.rowField(x, a.expr(x.Base, s))
		}
		a.unresolved(x.Pos(), strings.Join(parts, "."))
	}
	return a.rowField(x, a.expr(x.Base, s))
}

// isName tells whether a name means something, itself or as the field of something.
func (a *analyser) isName(parts []string, s *scope) bool {
	for n := len(parts); n > 0; n-- {
		if found, _, _ := s.find(parts[:n]); found != nil {
			return true
		}
	}
	return len(parts) > 0 && s.variable(parts[0]) != nil
}

// rowField takes a field out of a row by its name.
func (a *analyser) rowField(x *Dereference, row *node) *node {
	if row.t.Kind != Row {
		a.fail(TypeMismatch, x.Pos(), "Expression is not of type ROW")
	}
	place := -1
	for i, name := range row.t.Names {
		if strings.EqualFold(name, x.Field.Text) {
			if place >= 0 {
				a.fail("INVALID_COLUMN_REFERENCE", x.Pos(), "Ambiguous row field reference: %s", x.Field.Text)
			}
			place = i
		}
	}
	if place < 0 {
		a.fail("INVALID_COLUMN_REFERENCE", x.Pos(), "Column reference '%s' is invalid", x.Field.Text)
	}
	n := fieldOf(row, place)
	n.at = x.Pos()
	return n
}

// fieldOf is the field of a row at a place from 0.
func fieldOf(row *node, i int) *node {
	return made(row.at, row.t.Of[i], extractAt("$1", i), row)
}

// extractAt takes a field out of a struct by its place from 0, since names may be there twice.
func extractAt(sql string, i int) string { return fmt.Sprintf("struct_extract_at(%s, %d)", sql, i+1) }

func (a *analyser) subscript(x *Subscript, s *scope) *node {
	base, index := a.expr(x.Base, s), a.expr(x.Index, s)
	switch base.t.Kind {
	case Array:
		a.subscripts(x, base, index, tBigint)
		index = a.coerce(index, tBigint)
		return made(x.Pos(), base.t.Of[0], arrayAt, base, index)
	case Map:
		a.subscripts(x, base, index, base.t.Of[0])
		index = a.coerce(index, base.t.Of[0])
		return made(x.Pos(), base.t.Of[1], "map_extract_value($1, $2)", base, index)
	case Row:
		i, is := index.value.(int64)
		if !is {
			a.fail("EXPRESSION_NOT_CONSTANT", x.Index.Pos(), "Subscript expression on ROW requires a constant index")
		}
		if i < 1 || i > int64(len(base.t.Of)) {
			a.fail("INVALID_FUNCTION_ARGUMENT", x.Index.Pos(), "ROW index out of bounds: %d", i)
		}
		return fieldOf(base, int(i-1))
	}
	a.fail(TypeMismatch, x.Base.Pos(), "Cannot use subscript on type %s", base.t)
	return nil
}

// subscripts refuses an index of another type than a value takes.
func (a *analyser) subscripts(x *Subscript, base, index *node, to *Type) {
	if !coerces(index.t, to) {
		a.fail(TypeMismatch, x.Pos(), "Cannot use %s for subscript of %s", index.t, base.t)
	}
}

// arrayAt is an element of an array; a place that is not there is an error.
var arrayAt = "CASE WHEN $2 BETWEEN 1 AND len($1) THEN list_extract($1, $2) " +
	"WHEN $2 = 0 THEN " + raise("INVALID_FUNCTION_ARGUMENT", "'SQL array indices start at 1'") +
	" WHEN $2 < 0 THEN " + raise("INVALID_FUNCTION_ARGUMENT", "'Array subscript is negative: ' || $2") +
	" WHEN $2 > len($1) THEN " + raise("INVALID_FUNCTION_ARGUMENT",
	"'Array subscript must be less than or equal to array length: ' || $2 || ' > ' || len($1)") + " END"

// raise writes an expression that ends the statement with one of Trino's errors; message is an expression. $T stands
// for the type of the node that it is in.
func raise(name, message string) string {
	return "CAST(trino_fail('" + name + "', " + message + ") AS $T)"
}

// coerced is a node as another type, which it must be able to be.
func (a *analyser) coerced(n *node, to *Type, x Expr) *node {
	if !coerces(n.t, to) {
		a.fail(TypeMismatch, x.Pos(), "Cannot coerce %s to %s", n.t, to)
	}
	return a.coerce(n, to)
}

// scalarQuery is a query that gives one value.
func (a *analyser) scalarQuery(q *Query, s *scope) *node {
	r := a.query(q, s)
	if len(r.fields) == 1 {
		return &node{form: subquery, t: r.fields[0].t, at: q.Pos(), text: "(" + r.sql + ")"}
	}
	t := rowOf(namesOf(r.fields), typesOf(r.fields)...)
	parts := make([]string, len(r.fields))
	for i := range parts {
		parts[i] = t.Struct[i] + " := " + columnName(i)
	}
	name := a.relation()
	return &node{form: subquery, t: t, at: q.Pos(), text: "(SELECT struct_pack(" + strings.Join(parts, ", ") +
		") FROM (" + r.sql + ") AS " + name + columnsOf(len(parts)) + ")"}
}

func namesOf(fields []*field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

func typesOf(fields []*field) []*Type {
	types := make([]*Type, len(fields))
	for i, f := range fields {
		types[i] = f.t
	}
	return types
}

// commonOf is the type that all of some nodes can take.
func (a *analyser) commonOf(at int, must string, nodes []*node) *Type {
	t := tUnknown
	for _, n := range nodes {
		c := common(t, n.t)
		if c == nil {
			a.fail(TypeMismatch, n.at, "%s or coercible to a common type. Cannot find common type between %s and %s",
				must, t, n.t)
		}
		t = c
	}
	return t
}

func (a *analyser) arrayOf(at int, elements []*node) *node {
	t := a.commonOf(at, "All ARRAY elements must be the same type", elements)
	for i, e := range elements {
		elements[i] = a.coerce(e, t)
	}
	if t.Kind == Unknown {
		return made(at, arrayOf(t), "list_value($*)", elements...)
	}
	return made(at, arrayOf(t), "CAST(list_value($*) AS "+t.duck()+"[])", elements...)
}

// makeRow is a row of some values.
func makeRow(at int, fields []*node, names []string) *node {
	types := make([]*Type, len(fields))
	parts := make([]string, len(fields))
	for i, f := range fields {
		types[i] = f.t
		parts[i] = fmt.Sprintf("f%d := $%d", i, i+1)
	}
	return made(at, rowOf(names, types...), "struct_pack("+strings.Join(parts, ", ")+")", fields...)
}

func (a *analyser) trim(x *Trim, s *scope) *node {
	name := map[string]string{"": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}[x.Side]
	args := []*node{a.expr(x.X, s)}
	if x.Characters != nil {
		args = append(args, a.expr(x.Characters, s))
	}
	return a.function(x.Pos(), name, args)
}

func (a *analyser) groupingOf(x *Grouping, s *scope) *node {
	g := &node{form: grouping, t: tBigint, at: x.Pos(), text: "grouping($*)"}
	for _, q := range x.Columns {
		parts := make([]string, len(q))
		for i, n := range q {
			parts[i] = n.Text
		}
		n := a.named(q.Pos(), parts, s)
		if n == nil {
			a.fail("COLUMN_NOT_FOUND", q.Pos(), "Column '%s' cannot be resolved", strings.Join(parts, "."))
		}
		g.args = append(g.args, n)
	}
	if len(g.args) <= 31 {
		g.t, g.text = tInteger, "CAST(grouping($*) AS INTEGER)"
	}
	return g
}
