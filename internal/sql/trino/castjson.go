package trino

import (
	"encoding/json"
	"strings"
)

// isJSON tells whether values of a type can be cast to JSON.
func isJSON(t *Type) bool {
	switch t.Kind {
	case Char, Varbinary, Time, TimeZoned, TimestampZoned, YearMonth, DaySecond, UUID, IPAddress, Function:
		return false
	case Map:
		return (t.Of[0].Kind == Unknown || isJSONKey(t.Of[0])) && isJSON(t.Of[1])
	}
	for _, of := range t.Of {
		if !isJSON(of) {
			return false
		}
	}
	return true
}

// isJSONKey tells whether values of a type can be the names of an object's members.
func isJSONKey(t *Type) bool {
	return t.Kind == BooleanKind || t.IsNumeric() || t.Kind == Varchar
}

// isFromJSON tells whether JSON can be cast to a type.
func isFromJSON(t *Type) bool {
	switch t.Kind {
	case BooleanKind, Tinyint, Smallint, IntegerKind, Bigint, Real, DoubleKind, DecimalKind, Varchar, JSON:
		return true
	case Map:
		return isJSONKey(t.Of[0]) && isFromJSON(t.Of[1])
	case Array, Row:
		for _, of := range t.Of {
			if !isFromJSON(of) {
				return false
			}
		}
		return true
	}
	return false
}

// toJSON writes a value as JSON's text.
func (a *analyser) toJSON(t *Type, v string) string {
	switch t.Kind {
	case DecimalKind:
		if t.Scale > 6 { // small ones have an exponent
			return "trino_java_decimal(CAST(" + v + " AS VARCHAR))"
		}
		return textSQL(t, v)
	case Real, DoubleKind:
		text := "trino_java_" + kindNames[t.Kind] + "(" + v + ")"
		return "CASE WHEN isfinite(" + v + ") THEN " + text + ` ELSE '"' || ` + text + ` || '"' END`
	case Varchar:
		return "trino_json_quote(" + v + ")"
	case Date, Timestamp:
		return `('"' || ` + textSQL(t, v) + ` || '"')`
	case JSON:
		return v
	case Array:
		name := a.variableName()
		return "('[' || array_to_string(list_transform(" + v + ", lambda " + name + ": " + a.memberJSON(t.Of[0], name) +
			"), ',') || ']')"
	case Map:
		return a.mapJSON(t, v)
	case Row:
		parts := make([]string, len(t.Of))
		for i, of := range t.Of {
			name, _ := json.Marshal(t.Names[i])
			parts[i] = templated(quotedText(string(name)+":")) + " || " + a.let(extractAt(v, i), func(field string) string {
				return a.memberJSON(of, field)
			})
		}
		return "CASE WHEN " + v + " IS NOT NULL THEN '{' || " + strings.Join(parts, " || ',' || ") + " || '}' END"
	case Unknown:
		return castAs("NULL", tJSON)
	}
	return textSQL(t, v)
}

// memberJSON writes a value within another; NULL is null.
func (a *analyser) memberJSON(t *Type, v string) string {
	if t.Kind == Unknown {
		return "'null'"
	}
	return "coalesce(" + a.toJSON(t, v) + ", 'null')"
}

// mapJSON writes a map as an object with sorted names.
func (a *analyser) mapJSON(t *Type, v string) string {
	if t.Of[0].Kind == Unknown {
		return "CASE WHEN " + v + " IS NOT NULL THEN '{}' END"
	}
	name, pair := a.variableName(), a.variableName()
	key := "struct_extract(" + name + ", 'key')"
	text := key
	switch t.Of[0].Kind {
	case Varchar:
	case Real, DoubleKind:
		text = "trino_java_" + kindNames[t.Of[0].Kind] + "(" + key + ")"
	default:
		text = textSQL(t.Of[0], key)
	}
	return "('{' || array_to_string(list_transform(list_sort(list_transform(map_entries(" + v + "), lambda " + name +
		": struct_pack(k := " + text + ", v := " + a.memberJSON(t.Of[1], "struct_extract("+name+", 'value')") +
		"))), lambda " + pair + ": trino_json_quote(struct_extract(" + pair + ", 'k')) || ':' || struct_extract(" + pair +
		", 'v')), ',') || '}')"
}

// A shape tells a native function what JSON is cast to.
type shape struct {
	Kind string
	// Text is the type as messages have it.
	Text             string
	Precision, Scale int
	// Names are those of a row's fields; Struct those that DuckDB has.
	Names, Struct []string
	Of            []*shape
}

func shapeOf(t *Type) *shape {
	s := &shape{Kind: kindNames[t.Kind], Text: t.String(), Precision: t.Precision, Scale: t.Scale, Names: t.Names,
		Struct: t.Struct}
	for _, of := range t.Of {
		s.Of = append(s.Of, shapeOf(of))
	}
	return s
}

// fromJSON casts JSON: a native function checks it and writes it as the text that DuckDB casts to nested types.
func (a *analyser) fromJSON(to *Type, v string) string {
	if !isFromJSON(to) {
		return ""
	}
	described, err := json.Marshal(shapeOf(to))
	if err != nil {
		panic(err)
	}
	return castAs("trino_from_json("+v+", "+templated(quotedText(string(described)))+")", to)
}
