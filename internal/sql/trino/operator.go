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
		if inner, is := x.X.(*Unary); is && x.Op == "-" && inner.Op == "-" { // Trino leaves both out
			value := a.expr(inner.X, s)
			a.sign(inner, value)
			return value
		}
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
		return a.between(at, a.expr(x.X, s), a.expr(x.Low, s), a.expr(x.High, s))
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
	if x.Op == "+" {
		if !n.t.IsNumeric() || n.t.Kind == DecimalKind {
			a.fail(TypeMismatch, x.Pos(), "Unary '+' operator cannot by applied to %s type", n.t)
		}
		return n
	}
	if n.t.Kind == Unknown {
		a.ambiguous(-1)
	}
	if !n.t.IsNumeric() && n.t.Kind != YearMonth && n.t.Kind != DaySecond {
		a.fail(TypeMismatch, x.Pos(), "Cannot negate %s", n.t)
	}
	if n.t.IsInteger() && n.leaf() {
		least := fmt.Sprintf("-CAST(%d AS HUGEINT)", uint64(1)<<integerWidths[n.t.Kind])
		message := fmt.Sprintf("'%s negation overflow: -%d'", n.t, uint64(1)<<integerWidths[n.t.Kind])
		return made(x.Pos(), n.t, "(CASE WHEN $1 = "+least+" THEN "+raise("NUMERIC_VALUE_OUT_OF_RANGE", message)+
			" ELSE - $1 END)", n)
	}
	return made(x.Pos(), n.t, "(- $1)", n)
}

// integerWidths are the bits of integer types but for the sign.
var integerWidths = map[Kind]int{Tinyint: 7, Smallint: 15, IntegerKind: 31, Bigint: 63}

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
	l, r := a.besideNull(op, left.t, right.t)
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

// besideNull gives the types of an operation's sides, of which a NULL has none of its own: it is what the other side
// is, unless it could be an interval as well.
func (a *analyser) besideNull(op string, l, r *Type) (left, right *Type) {
	scales := func(t *Type) bool { return t.Kind == DoubleKind || t.Kind == Bigint && op == "*" }
	switch {
	case l.Kind == Unknown && r.Kind == Unknown && op == "%":
		return tTinyint, tTinyint
	case l.Kind == Unknown && (r.Kind == Unknown || (op == "*" || op == "/") && scales(r)),
		r.Kind == Unknown && op == "*" && scales(l):
		a.ambiguous(-1)
	case l.Kind == Unknown && r.Kind == DecimalKind:
		return decimalOf(1, 0), r
	case r.Kind == Unknown && l.Kind == DecimalKind:
		return l, decimalOf(1, 0)
	case l.Kind == Unknown:
		return r, r
	case r.Kind == Unknown:
		return l, l
	}
	return l, r
}

// ambiguous says that a NULL could be of several types.
func (a *analyser) ambiguous(at int) {
	a.fail("AMBIGUOUS_FUNCTION_CALL", at,
		"Could not choose a best candidate operator. Explicit type casts must be added.")
}

// divided is an integer division or remainder; by zero is an error.
func divided(at int, t *Type, op string, left, right *node) *node {
	if value, is := right.value.(int64); is && value != 0 && value != -1 {
		return made(at, t, "($1 "+op+" $2)", left, right)
	}
	remainder := ""
	if op == "%" { // which DuckDB computes by a division that overflows
		remainder = " WHEN $2 = -1 THEN $1 * 0"
	}
	return made(at, t, "(CASE WHEN $2 = 0 AND $1 IS NOT NULL THEN "+raise("DIVISION_BY_ZERO", "'Division by zero'")+
		remainder+" ELSE $1 "+op+" $2 END)", left, right)
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
			a.fail("INVALID_FUNCTION_ARGUMENT", -1, "DECIMAL scale must be in range [0, precision (%d)]: %d",
				min(38, l.Precision+r.Precision), l.Scale+r.Scale)
		}
		t := decimalOf(min(38, l.Precision+r.Precision), l.Scale+r.Scale)
		return made(at, t, "CAST($1 * $2 AS "+t.duck()+")", left, right)
	case "/":
		t := decimalOf(min(38, l.Precision+r.Scale+max(0, r.Scale-l.Scale)), scale)
		return made(at, t, fmt.Sprintf("CAST(trino_decimal_divide(CAST($1 AS VARCHAR), CAST($2 AS VARCHAR), %d) AS $T)",
			scale), left, right)
	}
	t := decimalOf(min(r.Precision-r.Scale, l.Precision-l.Scale)+scale, scale)
	if whole+scale > 38 {
		return made(at, t, "CAST(trino_decimal_modulus(CAST($1 AS VARCHAR), CAST($2 AS VARCHAR)) AS $T)", left, right)
	}
	wide := decimalOf(whole+scale, scale)
	template := fmt.Sprintf("(CASE WHEN $2 = 0 AND $1 IS NOT NULL THEN %s ELSE CAST(CAST($1 AS %s) %% CAST($2 AS %[2]s) "+
		"AS %[3]s) END)", raise("DIVISION_BY_ZERO", "'Division by zero'"), wide.duck(), t.duck())
	return made(at, t, template, left, right)
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

func (a *analyser) like(x *Like, s *scope) *node {
	args := []*node{a.expr(x.X, s), a.expr(x.Pattern, s)}
	if args[0].t.Kind != Char {
		args[0] = a.likeArgument(args[0], x.X, "Left side of")
	}
	args[1] = a.likeArgument(args[1], x.Pattern, "Pattern for")
	if x.Escape == nil {
		n := made(x.Pos(), tBoolean, "($1 LIKE $2)", args...)
		n.op = "LIKE"
		return n
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
