package trino

import (
	"fmt"
	"strings"
)

// operator analyses an operator, or gives nil.
func (a *analyser) operator(x Expr, s *scope) *node {
	at := x.Pos()
	switch x := x.(type) {
	case *Unary:
		return a.sign(x, a.expr(x.X, s))
	case *Arithmetic:
		return a.arithmetic(at, x.Op, a.expr(x.Left, s), a.expr(x.Right, s))
	case *Logical:
		return a.logical(x, s)
	case *Not:
		return made(at, tBoolean, "(NOT $1)", a.condition(x.X, s))
	case *Comparison:
		left, right := a.expr(x.Left, s), a.expr(x.Right, s)
		if x.Op == "IS DISTINCT FROM" {
			return a.distinct(at, left, right)
		}
		return a.compare(at, x.Op, left, right)
	case *Quantified:
		return a.quantified(x, s)
	case *Between:
		value, low, high := a.expr(x.X, s), a.expr(x.Low, s), a.expr(x.High, s)
		n := made(at, tBoolean, "($1 AND $2)", a.compare(at, ">=", value, low), a.compare(at, "<=", value, high))
		n.op = "AND"
		return n
	case *InList:
		return a.in(x, s)
	case *InQuery:
		return a.inQuery(x, s)
	case *Like:
		return a.like(x, s)
	case *IsNull:
		return made(at, tBoolean, "($1 IS NULL)", a.expr(x.X, s))
	case *AtTimeZone:
		return a.function(at, "at_timezone", []*node{a.expr(x.X, s), a.expr(x.Zone, s)})
	}
	return nil
}

func (a *analyser) sign(x *Unary, n *node) *node {
	if !n.t.IsNumeric() && n.t.Kind != YearMonth && n.t.Kind != DaySecond {
		a.fail(TypeMismatch, x.Pos(), "Cannot negate %s", n.t)
	}
	if x.Op == "+" {
		return n
	}
	return made(x.Pos(), n.t, "(- $1)", n)
}

func (a *analyser) logical(x *Logical, s *scope) *node {
	n := &node{t: tBoolean, at: x.Pos(), op: x.Op}
	parts := make([]string, len(x.Terms))
	for i, term := range x.Terms {
		n.args = append(n.args, a.condition(term, s))
		parts[i] = fmt.Sprintf("$%d", i+1)
	}
	n.text = "(" + strings.Join(parts, " "+x.Op+" ") + ")"
	return n
}

func (a *analyser) cannotApply(at int, op string, left, right *node) {
	a.fail(TypeMismatch, at, "Cannot apply operator: %s %s %s", left.t, op, right.t)
}

// arithmetic is + - * / % or ||.
func (a *analyser) arithmetic(at int, op string, left, right *node) *node {
	if op == "||" {
		return a.function(at, "concat", []*node{left, right})
	}
	if left.t.Kind == Unknown && right.t.Kind == Unknown {
		a.cannotApply(at, op, left, right)
	}
	l, r := left.t, right.t
	if l.Kind == Unknown {
		l = r
	}
	if r.Kind == Unknown {
		r = l
	}
	if !l.IsNumeric() || !r.IsNumeric() {
		return a.timeArithmetic(at, op, left, right)
	}
	t := commonNumber(l, r)
	switch {
	case t.Kind == DecimalKind:
		return a.decimalArithmetic(at, op, a.coerce(left, a.decimalOf(l)), a.coerce(right, a.decimalOf(r)))
	case t.IsInteger():
		left, right = a.coerce(left, t), a.coerce(right, t)
		switch op {
		case "/", "%":
			return divided(at, t, map[string]string{"/": "//", "%": "%"}[op], left, right)
		}
		return made(at, t, "($1 "+op+" $2)", left, right)
	}
	left, right = a.coerce(left, t), a.coerce(right, t)
	switch op {
	case "/": // by zero is infinity or NaN
		return made(at, t, "($1 / $2)", left, right)
	case "%":
		return made(at, t, "($1 % $2)", left, right)
	}
	return made(at, t, "($1 "+op+" $2)", left, right)
}

// divided is an integer division or remainder; by zero is an error.
func divided(at int, t *Type, op string, left, right *node) *node {
	if value, is := right.value.(int64); is && value != 0 {
		return made(at, t, "($1 "+op+" $2)", left, right)
	}
	return made(at, t, "(CASE WHEN $2 = 0 AND $1 IS NOT NULL THEN "+raise("DIVISION_BY_ZERO", "'Division by zero'")+
		" ELSE $1 "+op+" $2 END)", left, right)
}

// decimalOf is the decimal that a number becomes beside another.
func (a *analyser) decimalOf(t *Type) *Type {
	if t.IsInteger() {
		return decimalOf(decimalDigits[t.Kind], 0)
	}
	return t
}

// decimalArithmetic has the types of SQL's standard as Trino narrows them, and is exact.
func (a *analyser) decimalArithmetic(at int, op string, left, right *node) *node {
	l, r := left.t, right.t
	scale := max(l.Scale, r.Scale)
	whole := max(l.Precision-l.Scale, r.Precision-r.Scale)
	switch op {
	case "+", "-":
		t := decimalOf(min(38, whole+scale+1), scale)
		return made(at, t, fmt.Sprintf("CAST(CAST($1 AS %s) %s CAST($2 AS %[1]s) AS %[1]s)", t.duck(), op), left, right)
	case "*":
		if l.Scale+r.Scale > 38 {
			a.cannotApply(at, op, left, right)
		}
		t := decimalOf(min(38, l.Precision+r.Precision), l.Scale+r.Scale)
		return made(at, t, "CAST($1 * $2 AS "+t.duck()+")", left, right)
	case "/":
		t := decimalOf(min(38, l.Precision+r.Scale+max(0, r.Scale-l.Scale)), scale)
		return made(at, t, decimalQuotient(l, r, t), left, right)
	}
	t := decimalOf(min(r.Precision-r.Scale, l.Precision-l.Scale)+scale, scale)
	wide := decimalOf(min(38, whole+scale), scale)
	template := fmt.Sprintf("(CASE WHEN $2 = 0 AND $1 IS NOT NULL THEN %s ELSE CAST(CAST($1 AS %s) %% CAST($2 AS %[2]s) "+
		"AS %[3]s) END)", raise("DIVISION_BY_ZERO", "'Division by zero'"), wide.duck(), t.duck())
	return made(at, t, template, left, right)
}

// decimalQuotient writes a division of decimals: of their digits as integers, rounded half up.
func decimalQuotient(l, r, t *Type) string {
	digits := func(arg string) string {
		return fmt.Sprintf("CAST(replace(CAST(%s AS VARCHAR), '.', '') AS HUGEINT)", arg)
	}
	// value = l / r * 10^(scale of t), l = digits / 10^(scale of l)
	shift := t.Scale - l.Scale + r.Scale
	numerator := digits("$1")
	if shift > 0 {
		numerator = fmt.Sprintf("(%s * CAST('1%s' AS HUGEINT))", numerator, strings.Repeat("0", shift))
	}
	quotient := fmt.Sprintf("((abs(%s) + abs(%s) // 2) // abs(%[2]s) * sign($1) * sign($2))", numerator,
		digits("$2"))
	back := fmt.Sprintf("CAST(CAST(%s AS VARCHAR) AS DECIMAL(38, 0))", quotient)
	scaled := fmt.Sprintf("CAST(%s AS DECIMAL(38, 0))", quotient)
	if t.Scale > 0 {
		scaled = fmt.Sprintf("CAST(%s * CAST('0.%s1' AS DECIMAL(%d, %[3]d)) AS %[4]s)", back,
			strings.Repeat("0", t.Scale-1), t.Scale, t.duck())
	}
	return fmt.Sprintf("(CASE WHEN $2 = 0 AND $1 IS NOT NULL THEN %s WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE %s END)",
		raise("DIVISION_BY_ZERO", "'Division by zero'"), scaled)
}

// compare is a comparison of two values of types that have a common one.
func (a *analyser) compare(at int, op string, left, right *node) *node {
	t := common(left.t, right.t)
	if t == nil {
		a.cannotApply(at, op, left, right)
	}
	if op == "=" || op == "<>" {
		if !comparable(t) {
			a.cannotApply(at, op, left, right)
		}
	} else if !orderable(t) {
		a.cannotApply(at, op, left, right)
	}
	left, right = a.coerce(left, t), a.coerce(right, t)
	n := made(at, tBoolean, comparison(t, op), left, right)
	n.op = op
	return n
}

// comparison is the template of a comparison of two values of a type.
func comparison(t *Type, op string) string {
	switch t.Kind {
	case Real, DoubleKind: // DuckDB has NaN equal to itself and above all others, Trino unlike all
		switch op {
		case "=":
			return "($1 = $2 AND NOT isnan($1))"
		case "<>":
			return "($1 <> $2 OR isnan($1))"
		case "<", "<=":
			return "($1 " + op + " $2 AND NOT isnan($2))"
		}
		return "($1 " + op + " $2 AND NOT isnan($1))"
	case TimestampZoned, TimeZoned:
		return "(struct_extract($1, 'u') " + op + " struct_extract($2, 'u'))"
	case Char:
		return "(rtrim($1, ' ') " + op + " rtrim($2, ' '))"
	}
	return "($1 " + op + " $2)"
}

// sortKey is what a value is sorted by.
func sortKey(n *node) *node {
	switch n.t.Kind {
	case TimestampZoned, TimeZoned:
		return made(n.at, n.t, "struct_extract($1, 'u')", n)
	}
	return n
}

func (a *analyser) equal(at int, left, right *node) *node { return a.compare(at, "=", left, right) }

func (a *analyser) distinct(at int, left, right *node) *node {
	t := common(left.t, right.t)
	if t == nil || !comparable(t) {
		a.cannotApply(at, "IS DISTINCT FROM", left, right)
	}
	return made(at, tBoolean, "($1 IS DISTINCT FROM $2)", sortKey(a.coerce(left, t)), sortKey(a.coerce(right, t)))
}

// comparable tells whether values of a type can be equal.
func comparable(t *Type) bool {
	if t.Kind == Function {
		return false
	}
	for _, of := range t.Of {
		if !comparable(of) {
			return false
		}
	}
	return true
}

// orderable tells whether values of a type have an order.
func orderable(t *Type) bool {
	switch t.Kind {
	case Map, JSON, Function:
		return false
	}
	for _, of := range t.Of {
		if !orderable(of) {
			return false
		}
	}
	return true
}

func (a *analyser) in(x *InList, s *scope) *node {
	value := a.expr(x.X, s)
	list := a.exprs(x.List, s)
	t := a.commonOf(x.Pos(), "IN value and list items must be the same type", append([]*node{value}, list...))
	n := &node{t: tBoolean, at: x.Pos(), op: "IN"}
	switch t.Kind {
	case Real, DoubleKind, Char, TimestampZoned, TimeZoned:
		n.text, n.op = "(", "OR"
		for i, item := range list {
			if i > 0 {
				n.text += " OR "
			}
			n.args = append(n.args, a.equal(x.Pos(), a.coerce(value, t), a.coerce(item, t)))
			n.text += fmt.Sprintf("$%d", i+1)
		}
		n.text += ")"
		return n
	}
	n.args = append(n.args, a.coerce(value, t))
	items := make([]string, len(list))
	for i, item := range list {
		n.args = append(n.args, a.coerce(item, t))
		items[i] = fmt.Sprintf("$%d", i+2)
	}
	n.text = "($1 IN (" + strings.Join(items, ", ") + "))"
	return n
}

func (a *analyser) inQuery(x *InQuery, s *scope) *node {
	value := a.expr(x.X, s)
	r := a.query(x.Query, s)
	sql, value := a.comparedQuery(x.Pos(), r, value)
	return made(x.Pos(), tBoolean, "($1 IN $2)", sortKey(value), &node{form: subquery, t: value.t, text: sql})
}

// comparedQuery writes a query whose only column is compared with a value, both as their common type.
func (a *analyser) comparedQuery(at int, r *result, value *node) (string, *node) {
	if len(r.fields) != 1 {
		a.fail(TypeMismatch, at, "Value expression and result of subquery must be of the same type: %s vs row",
			value.t)
	}
	t := common(value.t, r.fields[0].t)
	if t == nil {
		a.fail(TypeMismatch, at, "Value expression and result of subquery must be of the same type: %s vs %s", value.t,
			r.fields[0].t)
	}
	sql := a.cast(r, []*field{{t: t}})
	if t.Kind == TimestampZoned || t.Kind == TimeZoned {
		name := a.relation()
		sql = "(SELECT struct_extract(" + columnName(0) + ", 'u') FROM " + sql + " AS " + name + "(c0))"
	}
	return sql, a.coerce(value, t)
}

func (a *analyser) quantified(x *Quantified, s *scope) *node {
	value := a.expr(x.Left, s)
	sql, value := a.comparedQuery(x.Pos(), a.query(x.Query, s), value)
	quantifier := x.Quantifier
	if quantifier == "SOME" {
		quantifier = "ANY"
	}
	return made(x.Pos(), tBoolean, "($1 "+x.Op+" "+quantifier+" $2)", sortKey(value),
		&node{form: subquery, t: value.t, text: sql})
}

func (a *analyser) like(x *Like, s *scope) *node {
	args := []*node{a.expr(x.X, s), a.expr(x.Pattern, s)}
	if args[0].t.Kind != Char {
		args[0] = a.likeArgument(args[0], x.X, "Left side of")
	}
	args[1] = a.likeArgument(args[1], x.Pattern, "Pattern for")
	if x.Escape == nil {
		return made(x.Pos(), tBoolean, "($1 LIKE $2)", args...)
	}
	args = append(args, a.likeArgument(a.expr(x.Escape, s), x.Escape, "Escape for"))
	return made(x.Pos(), tBoolean, "($1 LIKE trino_like_pattern($2, $3) ESCAPE $3)", args...)
}

// likeArgument is an operand of LIKE as varchar.
func (a *analyser) likeArgument(n *node, x Expr, what string) *node {
	if n.t.Kind != Varchar && n.t.Kind != Unknown {
		a.fail(TypeMismatch, x.Pos(), "%s LIKE expression must evaluate to a varchar (actual: %s)", what, n.t)
	}
	return a.coerce(n, tVarchar)
}
