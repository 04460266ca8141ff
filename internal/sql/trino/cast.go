package trino

import (
	"fmt"
	"strings"
)

// coerce is a node as another type, which its own coerces to.
func (a *analyser) coerce(n *node, to *Type) *node {
	from := n.t
	switch {
	case from == to:
		return n
	case from.Kind == Unknown:
		if n.form == literal {
			return constant(n.at, to, "CAST(NULL AS "+to.duck()+")", nil)
		}
		return made(n.at, to, "CAST($1 AS "+to.duck()+")", n)
	}
	if value, is := n.value.(int64); is && n.form == literal && to.IsInteger() {
		return constant(n.at, to, fmt.Sprintf("CAST(%d AS %s)", value, to.duck()), value)
	}
	if from.duck() == to.duck() {
		same := *n
		same.t = to
		return &same
	}
	return made(n.at, to, conversion(from, to, "$1"), n)
}

// conversion writes a value of one type, which is leaf SQL or $1, as one of another that it coerces to.
func conversion(from, to *Type, value string) string {
	switch {
	case from.duck() == to.duck():
		return value
	case to.Kind == TimestampZoned && (from.Kind == Timestamp || from.Kind == Date):
		return "CASE WHEN " + value + " IS NOT NULL THEN struct_pack(u := CAST(" + value + " AS TIMESTAMP), z := 'UTC') END"
	case to.Kind == TimeZoned && from.Kind == Time:
		return "CASE WHEN " + value + " IS NOT NULL THEN struct_pack(u := " + value + ", z := '+00:00') END"
	case to.Kind == Array && from.Of[0].Kind != Unknown && isNested(from.Of[0]):
		return "list_transform(" + value + ", lambda x: " + conversion(from.Of[0], to.Of[0], "x") + ")"
	case to.Kind == Row:
		parts := make([]string, len(to.Of))
		for i := range parts {
			parts[i] = quoted(to.Struct[i]) + " := " + conversion(from.Of[i], to.Of[i], extractAt(value, i))
		}
		return "CASE WHEN " + value + " IS NOT NULL THEN struct_pack(" + strings.Join(parts, ", ") + ") END"
	}
	return "CAST(" + value + " AS " + to.duck() + ")"
}

// isNested tells whether a type has rows or times with zones in it, which DuckDB does not convert.
func isNested(t *Type) bool {
	if t.Kind == Row || t.Kind == TimestampZoned || t.Kind == TimeZoned {
		return true
	}
	for _, of := range t.Of {
		if isNested(of) {
			return true
		}
	}
	return false
}

// castOf is CAST or TRY_CAST.
func (a *analyser) castOf(at int, n *node, to *Type, try bool) *node {
	if n.t.Kind == Unknown || n.t.Equal(to) {
		return a.coerce(n, to)
	}
	template := castTemplate(n.t, to)
	if template == "" {
		a.fail(TypeMismatch, at, "Cannot cast %s to %s", n.t, to)
	}
	if try {
		template = "TRY(" + template + ")"
	}
	return made(at, to, template, n)
}

// castTemplate writes the cast of $1, or gives an empty string where Trino has none.
func castTemplate(from, to *Type) string {
	plain := fmt.Sprintf("CAST($1 AS %s)", to.duck())
	switch {
	case from.IsNumeric() && to.IsNumeric():
		return plain
	case from.Kind == Varchar && to.Kind == Varchar:
		if to.Precision < from.Precision {
			return fmt.Sprintf("left($1, %d)", to.Precision)
		}
		return "$1"
	case from.Kind == Varchar && to.IsNumeric(), from.IsInteger() && to.Kind == Varchar,
		from.Kind == DecimalKind && to.Kind == Varchar:
		return plain
	}
	return ""
}

// numberOf is a literal's value as a number.
func numberOf(n *node) (float64, bool) {
	switch v := n.value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func (a *analyser) typedLiteral(x *TypedLiteral) *node {
	a.fail(NotSupported, x.Pos(), "Literals of type %s are not supported", x.Type)
	return nil
}

func (a *analyser) intervalLiteral(x *IntervalLiteral) *node {
	a.fail(NotSupported, x.Pos(), "Intervals are not supported")
	return nil
}

func (a *analyser) timeArithmetic(at int, op string, left, right *node) *node {
	a.cannotApply(at, op, left, right)
	return nil
}
