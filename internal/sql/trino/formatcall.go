package trino

import (
	"fmt"
	"strings"
)

// formatForm is format(text, values...), whose values may be of any types. Each is passed as text with a letter for the
// class of Java that Trino makes of it.
func formatForm(a *analyser, x *Call, s *scope) *node {
	if len(x.Args) < 2 {
		a.fail(SyntaxError, x.Pos(), "The 'format' function must have at least two arguments")
	}
	nodes := a.exprs(x.Args, s)
	if nodes[0].t.Kind != Varchar && nodes[0].t.Kind != Unknown {
		a.fail(TypeMismatch, x.Args[0].Pos(), "Type of first argument to format must be VARCHAR (actual: %s)", nodes[0].t)
	}
	nodes[0] = a.coerce(nodes[0], tVarchar)
	letters := make([]byte, len(nodes)-1)
	values := make([]string, len(nodes)-1)
	for i, n := range nodes[1:] {
		value := fmt.Sprintf("$%d", i+2)
		letters[i], values[i] = a.formatted(n, value)
		if values[i] == "" {
			a.fail(NotSupported, x.Args[i+1].Pos(), "Values of type %s cannot be formatted", n.t)
		}
	}
	return made(x.Pos(), tVarchar, fmt.Sprintf("trino_format($1, '%s', CAST([%s] AS VARCHAR[]))", letters,
		strings.Join(values, ", ")), nodes...)
}

// formatted is the letter of a value's class, and the value as text; empty when it has none.
func (a *analyser) formatted(n *node, value string) (letter byte, text string) {
	text = "CAST(" + value + " AS VARCHAR)"
	switch n.t.Kind {
	case Unknown:
		return 's', "CAST(NULL AS VARCHAR)"
	case BooleanKind:
		return 'b', text
	case Tinyint, Smallint, IntegerKind, Bigint:
		return 'l', text
	case Real:
		return 'f', text
	case DoubleKind:
		return 'd', text
	case DecimalKind:
		return 'm', text
	case Date:
		return 'D', text
	case Time:
		return 'T', text
	case Timestamp:
		return 'S', text
	case TimestampZoned:
		return 'Z', fmt.Sprintf("(CAST(%s AS VARCHAR) || ' ' || %s)", utcIn(value), zoneIn(value))
	case Varchar, Char, JSON:
		return 's', value
	}
	return 's', a.castSQL(n.t, tVarchar, value)
}
