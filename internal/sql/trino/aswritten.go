package trino

import (
	"fmt"
	"strconv"
	"strings"
)

// asWritten is an expression as Trino's messages have it: with operators in parentheses, names in lower case.
func asWritten(x Expr) string {
	switch x := x.(type) {
	case *Reference:
		return writtenName(x.Name)
	case *Dereference:
		return asWritten(x.Base) + "." + writtenName(x.Field)
	case *Subscript:
		return asWritten(x.Base) + "[" + asWritten(x.Index) + "]"
	case *Null:
		return "null"
	case *Boolean:
		return strconv.FormatBool(x.Value)
	case *Integer:
		return strconv.FormatInt(x.Value, 10)
	case *Decimal:
		return "DECIMAL '" + x.Text + "'"
	case *Double:
		return strconv.FormatFloat(x.Value, 'E', -1, 64)
	case *String:
		return quotedText(x.Value)
	case *Unary:
		return x.Op + asWritten(x.X)
	case *Arithmetic:
		if x.Op == "||" {
			return "concat(" + asWritten(x.Left) + ", " + asWritten(x.Right) + ")"
		}
		return "(" + asWritten(x.Left) + " " + x.Op + " " + asWritten(x.Right) + ")"
	case *Comparison:
		return "(" + asWritten(x.Left) + " " + x.Op + " " + asWritten(x.Right) + ")"
	case *Logical:
		return "(" + writtenAll(x.Terms, " "+x.Op+" ") + ")"
	case *Not:
		return "(NOT " + asWritten(x.X) + ")"
	case *Between:
		return "(" + asWritten(x.X) + " BETWEEN " + asWritten(x.Low) + " AND " + asWritten(x.High) + ")"
	case *InList:
		return "(" + asWritten(x.X) + " IN (" + writtenAll(x.List, ", ") + "))"
	case *IsNull:
		return "(" + asWritten(x.X) + " IS NULL)"
	case *Call:
		return writtenCall(x)
	case *ArrayOf:
		return "ARRAY[" + writtenAll(x.Elements, ", ") + "]"
	case *RowOf:
		return "ROW (" + writtenAll(x.Fields, ", ") + ")"
	case *Case:
		return writtenCase(x)
	}
	return strings.ToLower(formOf(x))
}

func writtenName(n Name) string {
	if n.Quoted {
		return quoted(n.Text)
	}
	return strings.ToLower(n.Text)
}

func writtenAll(xs []Expr, between string) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = asWritten(x)
	}
	return strings.Join(parts, between)
}

func writtenCall(x *Call) string {
	args := writtenAll(x.Args, ", ")
	if x.Star {
		args = "*"
	}
	if x.Distinct {
		args = "DISTINCT " + args
	}
	over := ""
	if x.Over != nil {
		over = " OVER ()"
		if x.Over.Bare {
			over = " OVER " + writtenName(x.Over.Name)
		}
	}
	return writtenName(x.Name[len(x.Name)-1]) + "(" + args + ")" + over
}

func writtenCase(x *Case) string {
	var b strings.Builder
	b.WriteString("(CASE")
	if x.Operand != nil {
		b.WriteString(" " + asWritten(x.Operand))
	}
	for _, w := range x.Whens {
		fmt.Fprintf(&b, " WHEN %s THEN %s", asWritten(w.Condition), asWritten(w.Result))
	}
	if x.Else != nil {
		b.WriteString(" ELSE " + asWritten(x.Else))
	}
	return b.String() + " END)"
}
