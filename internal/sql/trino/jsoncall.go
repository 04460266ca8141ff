package trino

import (
	"fmt"
	"slices"
	"strings"

	"github.com/varlake/varlake/internal/sql/native"
)

// jsonCall analyses a JSON function of the standard; nil for another expression.
func (a *analyser) jsonCall(x Expr, s *scope) *node {
	switch x := x.(type) {
	case *JSONExists:
		onError := x.OnError.Kind
		if onError == "" {
			onError = "FALSE"
		}
		return a.jsonPathCall(x.Pos(), tBoolean, "trino_sql_json_exists", x.JSONPath, onError, s)
	case *JSONQueryCall:
		return a.jsonQuery(x, s)
	case *JSONValueCall:
		return a.jsonValue(x, s)
	case *JSONObject:
		return a.jsonObject(x, s)
	case *JSONArray:
		return a.jsonArray(x, s)
	}
	return nil
}

// jsonText is a value that is read as JSON, as text.
func (a *analyser) jsonText(v JSONValue, s *scope) *node {
	n := a.expr(v.X, s)
	format := v.Format
	if format == "" {
		format = "JSON"
	}
	switch {
	case n.t.Kind == Unknown, n.t.Kind == Varchar && format == "JSON":
		return a.coerce(n, tVarchar)
	case n.t.Kind == Char && format == "JSON":
		return n
	case n.t.Kind == Varbinary && (format == "JSON" || format == "JSON UTF8"):
		return made(n.at, tVarchar, "trino_from_utf8($1, chr(65533))", n)
	case n.t.Kind == Varbinary:
		a.fail(NotSupported, v.X.Pos(), "FORMAT %s is not supported", format)
	}
	a.fail(TypeMismatch, v.X.Pos(), "Cannot read input of type %s as JSON using formatting %s", n.t, format)
	return nil
}

// jsonItem is a value of SQL as the native functions take it: its letter and its text.
func (a *analyser) jsonItem(at int, function string, v JSONValue, s *scope) (letter string, text *node) {
	if v.Format != "" || isJSONCall(v.X) {
		return "j", a.jsonText(v, s)
	}
	n := a.expr(v.X, s)
	plain := "CAST($1 AS VARCHAR)"
	switch n.t.Kind {
	case Unknown:
		return "s", a.coerce(n, tVarchar)
	case Tinyint, Smallint, IntegerKind, Bigint:
		return "i", made(n.at, tVarchar, plain, n)
	case Real:
		return "f", made(n.at, tVarchar, plain, n)
	case DoubleKind:
		return "d", made(n.at, tVarchar, plain, n)
	case DecimalKind:
		return "m", made(n.at, tVarchar, plain, n)
	case BooleanKind:
		return "b", made(n.at, tVarchar, plain, n)
	case Varchar, Char:
		return "s", n
	}
	cast := a.castSQL(n.t, tVarchar, "$1")
	if cast == "" {
		a.fail(NotSupported, at, "Unsupported type of value passed to %s function: %s", function, n.t)
	}
	return "s", made(n.at, tVarchar, cast, n)
}

// isJSONCall tells whether an expression gives JSON, which is taken as it is without FORMAT JSON.
func isJSONCall(x Expr) bool {
	switch x.(type) {
	case *JSONQueryCall, *JSONObject, *JSONArray:
		return true
	}
	return false
}

// jsonPathCall is a call of a native function with input, path, parameters and options.
func (a *analyser) jsonPathCall(at int, t *Type, name string, p JSONPath, options string, s *scope) *node {
	if err, after := native.CheckSQLPath(p.Path); err != nil {
		place := p.PathAt
		if err.Name == "SYNTAX_ERROR" {
			place += 1 + after
		}
		a.fail(err.Name, place, "%s", err.Message)
	}
	n := made(at, t, "", a.jsonText(p.Input, s))
	parts := []string{}
	for _, passed := range p.Passing {
		letter, value := a.jsonItem(at, "JSON path", passed.JSONValue, s)
		n.args = append(n.args, value)
		key := passed.Name.Text
		if !passed.Name.Quoted {
			key = strings.ToUpper(key)
		}
		parts = append(parts, escapedDollar(quotedText(key)), "'"+letter+"'", fmt.Sprintf("$%d", len(n.args)))
	}
	n.text = fmt.Sprintf("%s($1, %s, CAST([%s] AS VARCHAR[]), '%s')", name, escapedDollar(quotedText(p.Path)),
		strings.Join(parts, ", "), options)
	return n
}

// escapedDollar keeps the dollars of a text in a template.
func escapedDollar(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// jsonReturned is JSON text as the type that RETURNING names.
func (a *analyser) jsonReturned(n *node, returning *TypeName, format string) *node {
	if returning == nil {
		return n
	}
	t := a.typeOf(n.at, returning)
	if format == "JSON UTF16" || format == "JSON UTF32" {
		a.fail(NotSupported, returning.Pos(), "FORMAT %s is not supported", format)
	}
	switch t.Kind {
	case Varchar, Char:
		return a.castOf(n.at, n, t, false)
	case Varbinary:
		return made(n.at, t, "encode($1)", n)
	}
	a.fail(TypeMismatch, n.at, "Cannot output JSON value as %s using formatting JSON", t)
	return nil
}

func (a *analyser) jsonQuery(x *JSONQueryCall, s *scope) *node {
	if x.Quotes != "" && slices.Contains([]string{"CONDITIONAL", "UNCONDITIONAL"}, x.Wrapper) {
		a.fail("INVALID_FUNCTION_ARGUMENT", x.Pos(), "%s QUOTES behavior specified with WITH %s ARRAY WRAPPER", x.Quotes,
			x.Wrapper)
	}
	options := strings.Join([]string{x.Wrapper, x.Quotes, x.OnEmpty.Kind, x.OnError.Kind}, ",")
	n := a.jsonPathCall(x.Pos(), tVarchar, "trino_sql_json_query", x.JSONPath, options, s)
	return a.jsonReturned(n, x.Returning, x.Format)
}

// jsonValue takes the scalar that the native function found, by the letter of its type, to the type that is returned.
func (a *analyser) jsonValue(x *JSONValueCall, s *scope) *node {
	t := tVarchar
	if x.Returning != nil {
		t = a.typeOf(x.Pos(), x.Returning)
		if k := t.Kind; k < BooleanKind || TimestampZoned < k || k == Varbinary {
			a.fail(TypeMismatch, x.Pos(), "Invalid return type of function JSON_VALUE: %s", t)
		}
	}
	inner := a.jsonPathCall(x.Pos(), arrayOf(tVarchar), "trino_sql_json_value", x.JSONPath,
		x.OnEmpty.Kind+","+x.OnError.Kind, s)
	n := made(x.Pos(), t, "", inner)
	failed := "NULL"
	switch x.OnError.Kind {
	case "ERROR":
		failed = raise("JSON_VALUE_RESULT_ERROR", "'cannot extract SQL scalar from JSON: JSON path found an item that "+
			"cannot be converted to "+t.String()+"'")
	case "DEFAULT":
		failed = a.jsonDefault(n, x.OnError, s)
	}
	var b strings.Builder
	b.WriteString("CASE list_extract($1, 1)")
	for _, from := range jsonScalars(t) {
		value := "CAST(list_extract($1, 2) AS " + from.t.duck() + ")"
		if cast := a.castSQL(from.t, t, value); cast != "" {
			fmt.Fprintf(&b, " WHEN '%s' THEN coalesce(TRY(%s), %s)", from.letter, cast, failed)
		} else {
			fmt.Fprintf(&b, " WHEN '%s' THEN %s", from.letter, failed)
		}
	}
	if x.OnEmpty.Kind == "DEFAULT" {
		b.WriteString(" WHEN 'E' THEN " + a.jsonDefault(n, x.OnEmpty, s))
	}
	if x.OnError.Kind == "DEFAULT" {
		b.WriteString(" WHEN 'X' THEN " + failed)
	}
	n.text = b.String() + " END"
	return n
}

// jsonDefault adds a DEFAULT to the arguments of n, and gives its place.
func (a *analyser) jsonDefault(n *node, b JSONBehavior, s *scope) string {
	n.args = append(n.args, a.coerced(a.expr(b.Default, s), n.t, b.Default))
	return fmt.Sprintf("$%d", len(n.args))
}

type jsonScalar struct {
	letter string
	t      *Type
}

// jsonScalars are the types of the scalars that a path can find. Decimals stay text where that is cast to the same.
func jsonScalars(to *Type) []jsonScalar {
	decimal := decimalOf(38, 19)
	if to.Kind == Varchar || to.Kind == Char || to.Kind == DecimalKind {
		decimal = tVarchar
	}
	return []jsonScalar{{"s", tVarchar}, {"i", tBigint}, {"m", decimal}, {"d", tDouble}, {"b", tBoolean}}
}

func (a *analyser) jsonObject(x *JSONObject, s *scope) *node {
	n := made(x.Pos(), tVarchar, "")
	var parts []string
	for _, m := range x.Members {
		key := a.coerced(a.expr(m.Key, s), tVarchar, m.Key)
		letter, value := a.jsonItem(x.Pos(), "JSON_OBJECT", m.Value, s)
		n.args = append(n.args, key, value)
		parts = append(parts, fmt.Sprintf("$%d, '%s', $%d", len(n.args)-1, letter, len(n.args)))
	}
	var options []string
	if x.AbsentNull {
		options = append(options, "ABSENT")
	}
	if x.UniqueKeys {
		options = append(options, "UNIQUE")
	}
	n.text = fmt.Sprintf("trino_sql_json_object(CAST([%s] AS VARCHAR[]), '%s')", strings.Join(parts, ", "),
		strings.Join(options, ","))
	return a.jsonReturned(n, x.Returning, x.Format)
}

func (a *analyser) jsonArray(x *JSONArray, s *scope) *node {
	n := made(x.Pos(), tVarchar, "")
	var parts []string
	for _, e := range x.Elements {
		letter, value := a.jsonItem(x.Pos(), "JSON_ARRAY", e, s)
		n.args = append(n.args, value)
		parts = append(parts, fmt.Sprintf("'%s', $%d", letter, len(n.args)))
	}
	option := ""
	if x.AbsentNull {
		option = "ABSENT"
	}
	n.text = fmt.Sprintf("trino_sql_json_array(CAST([%s] AS VARCHAR[]), '%s')", strings.Join(parts, ", "), option)
	return a.jsonReturned(n, x.Returning, x.Format)
}
