package trino

import (
	"fmt"
	"strconv"
	"strings"
)

// coerce is a node as another type, which its own coerces to.
func (a *analyser) coerce(n *node, to *Type) *node {
	from := n.t
	switch {
	case from == to:
		return n
	case from.Kind == Unknown:
		a.take(n, to)
		if n.form == literal {
			return constant(n.at, to, "CAST(NULL AS "+to.duck()+")", nil)
		}
		return made(n.at, to, "CAST($1 AS "+to.duck()+")", n)
	case sameValues(from, to):
		same := *n
		same.t = to
		return &same
	}
	if value, is := n.value.(int64); is && n.form == literal && to.IsInteger() {
		return constant(n.at, to, fmt.Sprintf("CAST(%d AS %s)", value, to.duck()), value)
	}
	if f, is := literalFloat(n); is && (to.Kind == DoubleKind || to.Kind == Real) {
		double := doubleOf(n.at, f)
		if to.Kind == DoubleKind {
			return double
		}
		return constant(n.at, to, "CAST("+double.text+" AS FLOAT)", f)
	}
	return made(n.at, to, a.castSQL(from, to, "$1"), n)
}

// A decimalValue is the value of a decimal literal.
type decimalValue string

// literalFloat is a literal as the double that it becomes beside doubles.
func literalFloat(n *node) (float64, bool) {
	if n.form != literal {
		return 0, false
	}
	switch v := n.value.(type) {
	case int64:
		return float64(v), n.t.IsInteger() && v == int64(int32(v))
	case decimalValue:
		f, err := strconv.ParseFloat(string(v), 64)
		return f, err == nil && n.t.Precision <= 7 // a real divides as exactly
	}
	return 0, false
}

// sameValues tells whether all values of one type are kept as the same values of the other.
func sameValues(from, to *Type) bool {
	if from.Kind != to.Kind || len(from.Of) != len(to.Of) || from.duck() != to.duck() {
		return false
	}
	for i := range from.Of {
		if !sameValues(from.Of[i], to.Of[i]) {
			return false
		}
	}
	switch from.Kind {
	case Char:
		return from.Precision == to.Precision
	case Varchar, Time, TimeZoned, Timestamp, TimestampZoned:
		return from.Precision <= to.Precision
	}
	return true
}

// castOf is CAST or TRY_CAST.
func (a *analyser) castOf(at int, n *node, to *Type, try bool) *node {
	if n.t.Kind == Unknown || sameValues(n.t, to) {
		return a.coerce(n, to)
	}
	if !try || n.leaf() {
		template := a.castSQL(n.t, to, "$1")
		if template == "" {
			a.fail(TypeMismatch, at, "Cannot cast %s to %s", n.t, to)
		}
		if try {
			template = "TRY(" + template + ")"
		}
		return made(at, to, template, n)
	}
	// what fails within the argument is not the cast's failure
	known := true
	template := a.let("$1", func(value string) string {
		cast := a.castSQL(n.t, to, value)
		known = cast != ""
		return "TRY(" + cast + ")"
	})
	if !known {
		a.fail(TypeMismatch, at, "Cannot cast %s to %s", n.t, to)
	}
	return made(at, to, template, n)
}

// variableName gives a lambda's variable for a template. Its name is made when the template is filled, so that the same
// expression is written the same wherever it stands.
func (a *analyser) variableName() string {
	a.lets++
	return "$v" + strconv.Itoa(a.lets)
}

// let writes an expression that has another one's value more than once.
func (a *analyser) let(value string, body func(variable string) string) string {
	name := a.variableName()
	return "list_extract(list_transform([" + value + "], lambda " + name + ": " + body(name) + "), 1)"
}

// typed writes a node that becomes a column. What DuckDB computes of a NULL that is written out, as 'a' || NULL, has
// its type "NULL", which the query around takes for an integer's.
func (a *analyser) typed(n *node) string {
	sql := a.sql(n)
	if n.leaf() || n.t.Kind == Unknown || !strings.Contains(sql, "NULL AS ") {
		return sql
	}
	return "CAST(" + sql + " AS " + n.t.duck() + ")"
}

// raiseAs writes an expression of a type that ends the statement with one of Trino's errors; a message that is NULL is
// NULL.
func raiseAs(t *Type, name, message string) string {
	return "CAST(trino_fail('" + name + "', " + message + ") AS " + templated(t.duck()) + ")"
}

// templated keeps a text from being taken for arguments of a template.
func templated(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// castAs writes DuckDB's cast.
func castAs(value string, to *Type) string {
	return "CAST(" + value + " AS " + templated(to.duck()) + ")"
}

// orRaise writes DuckDB's cast of a value, or an error of Trino's where that fails. The message's texts stand around
// the value shown.
func orRaise(value string, to *Type, name, before, shown, after string) string {
	return "coalesce(TRY_CAST(" + value + " AS " + to.duck() + "), " + raiseAs(to, name, quotedText(before)+" || "+
		shown+" || "+quotedText(after)) + ")"
}

// castSQL writes the cast of a value that may be written more than once, or gives an empty text where Trino has none.
func (a *analyser) castSQL(from, to *Type, v string) string {
	switch {
	case from.Kind == Unknown:
		return castAs("NULL", to)
	case sameValues(from, to):
		return v
	case from.Kind == JSON:
		return a.fromJSON(to, v)
	}
	switch to.Kind {
	case BooleanKind:
		return toBoolean(from, v)
	case Tinyint, Smallint, IntegerKind, Bigint:
		return toInteger(from, to, v)
	case Real, DoubleKind:
		return toFloat(from, to, v)
	case DecimalKind:
		return toDecimal(from, to, v)
	case Varchar:
		return a.toVarchar(from, to, v)
	case Char:
		return toChar(from, to, v)
	case Date, Time, Timestamp, TimeZoned, TimestampZoned:
		return a.toTime(from, to, v)
	case JSON:
		if isJSON(from) {
			return a.toJSON(from, v)
		}
	case Varbinary, UUID, IPAddress:
		return toBytes(from, to, v)
	case Array, Map, Row:
		if from.Kind == to.Kind && len(from.Of) == len(to.Of) {
			return a.toNested(from, to, v)
		}
	}
	return ""
}

// toNested casts what is in an array, map or row.
func (a *analyser) toNested(from, to *Type, v string) string {
	switch to.Kind {
	case Array:
		if from.Of[0].Kind == Unknown {
			return castAs(v, to)
		}
		name := a.variableName()
		element := a.castSQL(from.Of[0], to.Of[0], name)
		if element == "" {
			return ""
		}
		return "list_transform(" + v + ", lambda " + name + ": " + element + ")"
	case Map:
		return a.toMap(from, to, v)
	}
	fields := make([]string, len(to.Of))
	for i := range fields {
		value := extractAt(v, i)
		if deep := from.Of[i]; len(deep.Of) > 0 && !sameValues(deep, to.Of[i]) {
			known := true
			fields[i] = a.let(value, func(name string) string {
				cast := a.castSQL(deep, to.Of[i], name)
				known = cast != ""
				return cast
			})
			if !known {
				return ""
			}
		} else if fields[i] = a.castSQL(from.Of[i], to.Of[i], value); fields[i] == "" {
			return ""
		}
		fields[i] = templated(quoted(to.Struct[i])) + " := " + fields[i]
	}
	return "CASE WHEN " + v + " IS NOT NULL THEN struct_pack(" + strings.Join(fields, ", ") + ") END"
}

// toMap casts keys and values. Keys that become equal are an error.
func (a *analyser) toMap(from, to *Type, v string) string {
	if from.Of[0].Kind == Unknown {
		return castAs(v, to)
	}
	name := a.variableName()
	key := a.castSQL(from.Of[0], to.Of[0], "struct_extract("+name+", 'key')")
	value := a.castSQL(from.Of[1], to.Of[1], "struct_extract("+name+", 'value')")
	if key == "" || value == "" {
		return ""
	}
	entries := "list_transform(map_entries(" + v + "), lambda " + name + ": struct_pack(k := " + key + ", v := " + value +
		"))"
	if from.Of[0].Equal(to.Of[0]) {
		return "map_from_entries(" + entries + ")"
	}
	entry := a.variableName()
	return a.let(entries, func(list string) string {
		return "CASE WHEN len(list_distinct(list_transform(" + list + ", lambda " + entry + ": struct_extract(" + entry +
			", 'k')))) < len(" + list + ") THEN " + raiseAs(to, "INVALID_CAST_ARGUMENT", "'duplicate keys'") +
			" ELSE map_from_entries(" + list + ") END"
	})
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
