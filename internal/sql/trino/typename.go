package trino

import (
	"fmt"
	"strings"
)

// typeOf gives the type that the expression at a place names.
func (a *analyser) typeOf(at int, t *TypeName) *Type {
	of, message := resolveType(t)
	switch {
	case strings.HasPrefix(message, "DECIMAL ") || strings.HasPrefix(message, "CHAR "):
		a.fail("INVALID_FUNCTION_ARGUMENT", -1, "%s", message)
	case strings.HasPrefix(message, "A TIME"):
		a.fail(NotSupported, at, "%s", message)
	case strings.HasPrefix(message, "TIME"):
		a.fail(outOfRange, -1, "%s", message)
	case message != "":
		a.fail(TypeMismatch, at, "%s", message)
	case of.Kind == Unknown:
		a.fail(TypeMismatch, at, "UNKNOWN is not a valid type")
	}
	return of
}

// ParseType reads a type in Trino's words.
func ParseType(text string) (*Type, error) {
	t, err := parse(text, (*parser).typeName)
	if err != nil {
		return nil, err
	}
	of, message := resolveType(t)
	if message != "" {
		return nil, &Error{Name: "TYPE_NOT_FOUND", Message: message}
	}
	return of, nil
}

var simpleTypes = map[string]*Type{"boolean": tBoolean, "tinyint": tTinyint, "smallint": tSmallint, "integer": tInteger,
	"int": tInteger, "bigint": tBigint, "real": tReal, "float": tReal, "double": tDouble, "varbinary": tVarbinary,
	"date": tDate, "json": tJSON, "uuid": tUUID, "ipaddress": tIPAddress, "string": tVarchar, "unknown": tUnknown}

// resolveType gives a type, or the message that says why there is none.
func resolveType(t *TypeName) (*Type, string) {
	unknown := "Unknown type: " + t.Base
	if simple := simpleTypes[t.Base]; simple != nil {
		if t.Parameters != nil {
			return nil, unknown
		}
		return simple, ""
	}
	numbers, types := parametersOf(t)
	switch t.Base {
	case "varchar":
		switch {
		case t.Parameters == nil:
			return tVarchar, ""
		case len(numbers) == 1 && numbers[0] < Unbounded:
			return varcharOf(int(numbers[0])), ""
		}
	case "char":
		switch {
		case t.Parameters == nil:
			return charOf(1), ""
		case len(numbers) == 1 && numbers[0] <= 65536:
			return charOf(int(numbers[0])), ""
		case len(numbers) == 1:
			return nil, fmt.Sprintf("CHAR length must be in range [0, 65536], got %d", numbers[0])
		}
	case "decimal", "dec", "numeric":
		return decimalType(t, numbers)
	case "time", "timestamp":
		return timeType(t, numbers)
	case "interval":
		return intervalType(t)
	case "array", "map", "row":
		return nestedType(t, types, unknown)
	}
	return nil, unknown
}

func parametersOf(t *TypeName) (numbers []int64, types []*TypeName) {
	for _, p := range t.Parameters {
		if p.Type == nil {
			numbers = append(numbers, p.Number)
		} else {
			types = append(types, p.Type)
		}
	}
	return numbers, types
}

func decimalType(t *TypeName, numbers []int64) (*Type, string) {
	precision, scale := int64(38), int64(0)
	switch {
	case len(numbers) != len(t.Parameters) || len(numbers) > 2:
		return nil, "Invalid type: " + t.Base
	case len(numbers) > 0:
		precision = numbers[0]
		if len(numbers) == 2 {
			scale = numbers[1]
		}
	}
	switch {
	case precision < 1 || precision > 38:
		return nil, fmt.Sprintf("DECIMAL precision must be in range [1, 38]: %d", precision)
	case scale > precision:
		return nil, fmt.Sprintf("DECIMAL scale must be in range [0, precision (%d)]: %d", precision, scale)
	}
	return decimalOf(int(precision), int(scale)), ""
}

// timeType has milliseconds where no precision is said.
func timeType(t *TypeName, numbers []int64) (*Type, string) {
	digits, name := 3, strings.ToUpper(t.Base)
	if t.Zone {
		name += " WITH TIME ZONE"
	}
	if len(numbers) == 1 {
		if numbers[0] > 12 {
			return nil, fmt.Sprintf("%s precision must be in range [0, 12]: %d", name, numbers[0])
		}
		digits = int(numbers[0])
	}
	if digits > 6 && (digits > 9 || t.Base == "time") {
		return nil, "A " + name + " of such precision is not supported"
	}
	kind := Timestamp
	switch {
	case t.Base == "time" && t.Zone:
		kind = TimeZoned
	case t.Base == "time":
		kind = Time
	case t.Zone:
		kind = TimestampZoned
	}
	return timeOf(kind, digits), ""
}

func intervalType(t *TypeName) (*Type, string) {
	switch {
	case t.From == "YEAR" && t.To == "MONTH":
		return tYearMonth, ""
	case t.From == "DAY" && t.To == "SECOND":
		return tDaySecond, ""
	}
	return nil, "Unknown type: interval"
}

func nestedType(t *TypeName, types []*TypeName, unknown string) (*Type, string) {
	of := make([]*Type, len(types))
	for i, inner := range types {
		var message string
		if of[i], message = resolveType(inner); message != "" {
			return nil, message
		}
	}
	switch {
	case len(of) != len(t.Parameters):
	case t.Base == "array" && len(of) == 1:
		return arrayOf(of[0]), ""
	case t.Base == "map" && len(of) == 2:
		return mapOf(of[0], of[1]), ""
	case t.Base == "row" && len(of) > 0:
		names := make([]string, len(of))
		for i, p := range t.Parameters {
			names[i] = p.Field.Text
			if !p.Field.Quoted {
				names[i] = strings.ToLower(names[i])
			}
		}
		return rowOf(names, of...), ""
	}
	return nil, unknown
}
