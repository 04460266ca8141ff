package trino

import (
	"fmt"
	"math"
	"strings"
)

// isDirect tells whether DuckDB compares values of a type as Trino does.
func isDirect(t *Type) bool {
	switch t.Kind {
	case Real, DoubleKind, TimeZoned, TimestampZoned, IPAddress, Array, Map, Row:
		return false
	}
	return true
}

// compare is a comparison of two values of types that have a common one.
func (a *analyser) compare(at int, op string, left, right *node) *node {
	t := common(left.t, right.t)
	if t == nil || !comparable(t) || op != "=" && op != "<>" && !orderable(t) {
		a.cannotApply(at, op, left, right)
	}
	if t.Kind == Char && left.t.Kind != right.t.Kind && (op == "=" || op == "<>") { // not to write 65,536 blanks
		n := made(at, tBoolean, "(rtrim($1, ' ') "+op+" rtrim($2, ' '))", left, right)
		n.op = op
		return n
	}
	left, right = a.coerce(left, t), a.coerce(right, t)
	template := ""
	if t.Kind == Real || t.Kind == DoubleKind {
		template = compareWith(t, op, left, right)
	}
	if template == "" {
		template = a.compareSQL(t, op, "$1", "$2")
	}
	n := made(at, tBoolean, template, left, right)
	n.op = op
	return n
}

func (a *analyser) equal(at int, left, right *node) *node { return a.compare(at, "=", left, right) }

// mirrored are the operators with their sides changed.
var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// compareWith compares a double or real with a literal, so that it is written once; or gives an empty text.
func compareWith(t *Type, op string, left, right *node) string {
	value, constant := "$1", "$2"
	limit, is := right.value.(float64)
	if !is || right.form != literal {
		value, constant, op = "$2", "$1", mirrored[op]
		if limit, is = left.value.(float64); !is || left.form != literal {
			return ""
		}
	}
	if math.IsNaN(limit) || math.IsInf(limit, 1) {
		return ""
	}
	infinity := "CAST('Infinity' AS " + t.duck() + ")"
	switch op {
	case ">=": // NaN is above all in DuckDB
		return "(" + value + " BETWEEN " + constant + " AND " + infinity + ")"
	case ">":
		return "(" + value + " BETWEEN nextafter(" + constant + ", " + infinity + ") AND " + infinity + ")"
	}
	return "(" + value + " " + op + " " + constant + ")"
}

// between computes its value once.
func (a *analyser) between(at int, value, low, high *node) *node {
	t := common(value.t, low.t)
	if t != nil {
		t = common(t, high.t)
	}
	if t == nil || !orderable(t) {
		a.fail(TypeMismatch, at, "Cannot check if %s is BETWEEN %s and %s", value.t, low.t, high.t)
	}
	if value.leaf() {
		value = a.coerce(value, t)
		n := made(at, tBoolean, "($1 AND $2)", a.compare(at, ">=", value, a.coerce(low, t)),
			a.compare(at, "<=", value, a.coerce(high, t)))
		n.op = "AND"
		return n
	}
	template := "($1 BETWEEN $2 AND $3)"
	if !isDirect(t) {
		template = "(" + a.compareSQL(t, ">=", "$1", "$2") + " AND " + a.compareSQL(t, "<=", "$1", "$3") + ")"
	}
	return made(at, tBoolean, template, a.coerce(value, t), a.coerce(low, t), a.coerce(high, t))
}

func (a *analyser) distinct(at int, left, right *node) *node {
	t := common(left.t, right.t)
	if t == nil || !comparable(t) {
		a.cannotApply(at, "IS DISTINCT FROM", left, right)
	}
	return made(at, tBoolean, "($1 IS DISTINCT FROM $2)", a.sortKey(a.coerce(left, t)), a.sortKey(a.coerce(right, t)))
}

// compareSQL writes a comparison of two values that may be written more than once. Within arrays and rows that are
// ordered it is == and <<, by which NaN is equal to itself and above all other numbers.
func (a *analyser) compareSQL(t *Type, op, l, r string) string {
	number := t.Kind == Real || t.Kind == DoubleKind
	switch op {
	case "==", "<<":
		op = op[:1]
		if number {
			return "(" + l + " " + op + " " + r + ")"
		}
	}
	switch t.Kind {
	case Real, DoubleKind: // DuckDB has NaN equal to itself and above all others, Trino unlike all
		// and what is NULL on the other side stays so
		switch op {
		case "<>":
			return "(" + l + " <> " + r + " OR (isnan(" + l + ") AND " + r + " IS NOT NULL))"
		case "<", "<=":
			return "(" + l + " " + op + " " + r + " AND (NOT isnan(" + r + ") OR " + l + " IS NULL))"
		}
		return "(" + l + " " + op + " " + r + " AND (NOT isnan(" + l + ") OR " + r + " IS NULL))"
	case TimestampZoned, TimeZoned, IPAddress:
		return "(" + a.keySQL(t, l) + " " + op + " " + a.keySQL(t, r) + ")"
	case Array, Map, Row:
		switch op {
		case "=":
			return a.equalParts(t, l, r)
		case "<>":
			return "(NOT " + a.equalParts(t, l, r) + ")"
		case "<":
			return a.lessParts(t, l, r)
		case ">":
			return a.lessParts(t, r, l)
		case "<=":
			return "(NOT " + a.lessParts(t, r, l) + ")"
		}
		return "(NOT " + a.lessParts(t, l, r) + ")"
	}
	return "(" + l + " " + op + " " + r + ")"
}

// equalParts compares arrays, maps and rows part by part: a difference is false, else a NULL among the parts is NULL.
func (a *analyser) equalParts(t *Type, l, r string) string {
	switch t.Kind {
	case Row:
		parts := make([]string, len(t.Of))
		for i, of := range t.Of {
			parts[i] = a.compareExtracted(of, "=", extractAt(l, i), extractAt(r, i))
		}
		return "(" + strings.Join(parts, " AND ") + ")"
	case Map:
		name := a.variableName()
		key, value := "struct_extract("+name+", 'key')", "struct_extract("+name+", 'value')"
		equal := a.compareExtracted(t.Of[1], "=", value, "map_extract_value("+r+", "+key+")")
		return "CASE WHEN cardinality(" + l + ") <> cardinality(" + r + ") THEN false WHEN " + l + " IS NULL OR " + r +
			" IS NULL THEN NULL ELSE " + a.allOf("list_transform(map_entries("+l+"), lambda "+name+
			": CASE WHEN map_contains("+r+", "+key+") THEN "+equal+" ELSE false END)") + " END"
	}
	name := a.variableName()
	element := func(list string) string { return "list_extract(" + list + ", " + name + ")" }
	each := a.allOf("list_transform(range(1, len(" + l + ") + 1), lambda " + name + ": " +
		a.compareExtracted(t.Of[0], "=", element(l), element(r)) + ")")
	whole := ""
	if isDirect(t.Of[0]) {
		whole = fmt.Sprintf(" WHEN len(%s) = list_count(%[1]s) AND len(%s) = list_count(%[2]s) THEN %[1]s = %[2]s", l, r)
	}
	return "CASE WHEN len(" + l + ") <> len(" + r + ") THEN false WHEN " + l + " IS NULL OR " + r + " IS NULL THEN NULL" +
		whole + " ELSE " + each + " END"
}

// allOf is SQL's AND over a list of booleans.
func (a *analyser) allOf(list string) string {
	return a.let(list, func(name string) string {
		return "CASE WHEN list_contains(" + name + ", false) THEN false WHEN len(" + name + ") > list_count(" + name +
			") THEN NULL ELSE true END"
	})
}

// compareExtracted compares parts of values; what would be written more than once is named.
func (a *analyser) compareExtracted(t *Type, op, l, r string) string {
	if isDirect(t) {
		return a.compareSQL(t, op, l, r)
	}
	return a.let("struct_pack(l := "+l+", r := "+r+")", func(name string) string {
		return a.compareSQL(t, op, "struct_extract("+name+", 'l')", "struct_extract("+name+", 'r')")
	})
}

// lessParts compares arrays and rows by the first parts that differ. A NULL where it decides is an error.
func (a *analyser) lessParts(t *Type, l, r string) string {
	if t.Kind == Row {
		failed := raiseAs(tBoolean, NotSupported, "'ROW comparison not supported for fields with null elements'")
		var b strings.Builder
		b.WriteString("CASE WHEN " + l + " IS NULL OR " + r + " IS NULL THEN NULL")
		for i, of := range t.Of {
			left, right := extractAt(l, i), extractAt(r, i)
			b.WriteString(" WHEN " + left + " IS NULL OR " + right + " IS NULL THEN " + failed)
			b.WriteString(" WHEN NOT " + a.compareExtracted(of, "==", left, right) + " THEN " +
				a.compareExtracted(of, "<<", left, right))
		}
		return b.String() + " ELSE false END"
	}
	failed := raiseAs(tBoolean, NotSupported, "'ARRAY comparison not supported for arrays with null elements'")
	name, place := a.variableName(), a.variableName()
	element := func(list, at string) string { return "list_extract(" + list + ", " + at + ")" }
	// the first place with elements that are not equal
	first := "list_position(list_transform(range(1, least(len(" + l + "), len(" + r + ")) + 1), lambda " + name +
		": coalesce(" + a.compareExtracted(t.Of[0], "==", element(l, name), element(r, name)) + ", false)), false)"
	decided := "list_extract(list_transform([coalesce(" + first + ", 0)], lambda " + place + ": CASE WHEN " + place +
		" = 0 THEN len(" + l + ") < len(" + r + ") WHEN " + element(l, place) + " IS NULL OR " + element(r, place) +
		" IS NULL THEN " + failed + " ELSE " +
		a.compareExtracted(t.Of[0], "<<", element(l, place), element(r, place)) + " END), 1)"
	return "CASE WHEN " + l + " IS NULL OR " + r + " IS NULL THEN NULL ELSE " + decided + " END"
}

// needsKey tells whether DuckDB tells values of a type apart, or orders them, otherwise than Trino.
func needsKey(t *Type) bool {
	switch t.Kind {
	case TimeZoned, TimestampZoned, IPAddress, Map:
		return true
	}
	for _, of := range t.Of {
		if needsKey(of) {
			return true
		}
	}
	return false
}

// keySQL writes what a value is told apart and sorted by.
func (a *analyser) keySQL(t *Type, v string) string {
	if !needsKey(t) {
		return v
	}
	name := a.variableName()
	switch t.Kind {
	case TimeZoned, TimestampZoned:
		return utcIn(v)
	case IPAddress:
		return "trino_ip_bytes(" + v + ")"
	case Array:
		return "list_transform(" + v + ", lambda " + name + ": " + a.keySQL(t.Of[0], name) + ")"
	case Map:
		return "list_sort(list_transform(map_entries(" + v + "), lambda " + name + ": struct_pack(k := " +
			a.keySQL(t.Of[0], "struct_extract("+name+", 'key')") + ", v := " +
			a.keySQL(t.Of[1], "struct_extract("+name+", 'value')") + ")))"
	}
	fields := make([]string, len(t.Of))
	for i, of := range t.Of {
		fields[i] = fmt.Sprintf("f%d := %s", i, a.keySQL(of, extractAt(v, i)))
	}
	return "CASE WHEN " + v + " IS NOT NULL THEN struct_pack(" + strings.Join(fields, ", ") + ") END"
}

// sortedMap writes a value whose maps have their entries in order, so that DuckDB takes equal ones for the same.
func (a *analyser) sortedMap(t *Type, v string) string {
	if !needsKey(t) {
		return v
	}
	name := a.variableName()
	switch t.Kind {
	case Array:
		return "list_transform(" + v + ", lambda " + name + ": " + a.sortedMap(t.Of[0], name) + ")"
	case Map:
		return "map_from_entries(list_sort(list_transform(map_entries(" + v + "), lambda " + name + ": struct_pack(k := " +
			a.sortedMap(t.Of[0], "struct_extract("+name+", 'key')") + ", v := " +
			a.sortedMap(t.Of[1], "struct_extract("+name+", 'value')") + "))))"
	case Row:
		fields := make([]string, len(t.Of))
		for i, of := range t.Of {
			fields[i] = templated(quoted(t.Struct[i])) + " := " + a.sortedMap(of, extractAt(v, i))
		}
		return "CASE WHEN " + v + " IS NOT NULL THEN struct_pack(" + strings.Join(fields, ", ") + ") END"
	}
	return v
}

// sortedMaps writes a query whose columns have their maps in order.
func (a *analyser) sortedMaps(sql string, fields []*field) string {
	name := a.relation()
	items := make([]string, len(fields))
	for i, f := range a.from(name, fields) {
		items[i] = a.sql(made(0, f.t, a.sortedMap(f.t, "$1"), columnNode(0, f, true))) + " AS " + columnName(i)
	}
	return "(SELECT " + strings.Join(items, ", ") + " FROM " + sql + " AS " + name + columnsOf(len(fields)) + ")"
}

// sortKey is what a value is sorted and told apart by.
func (a *analyser) sortKey(n *node) *node {
	if !needsKey(n.t) {
		return n
	}
	return made(n.at, n.t, a.keySQL(n.t, "$1"), n)
}
