package trino

import (
	"fmt"
	"strconv"
	"strings"
)

// A Kind is a family of types.
type Kind uint8

// The kinds of types, in no order that means anything.
const (
	Unknown Kind = iota // that of NULL
	BooleanKind
	Tinyint
	Smallint
	IntegerKind
	Bigint
	Real
	DoubleKind
	DecimalKind
	Varchar
	Char
	Varbinary
	Date
	Time
	TimeZoned
	Timestamp
	TimestampZoned
	YearMonth // INTERVAL YEAR TO MONTH
	DaySecond // INTERVAL DAY TO SECOND
	Array
	Map
	Row
	JSON
	UUID
	IPAddress
	Function // that of a lambda
)

// Unbounded is the length of varchar without one.
const Unbounded = 1<<31 - 1

// A Type is a type of Trino. It is immutable.
type Type struct {
	Kind Kind
	// Precision is a decimal's digits, a varchar's or char's characters, or the digits of a second's fraction.
	Precision int
	// Scale is a decimal's digits after the point.
	Scale int
	// Of has an array's element type, a map's key and value types, a row's field types, or a function's parameter types
	// and result type.
	Of []*Type
	// Names are those of a row's fields, empty where a field has none. They are nil for other kinds.
	Names []string
	// Struct has the names that DuckDB's struct has for a row's fields, which are unique and never empty.
	Struct []string
}

// The types without parameters.
var (
	tUnknown   = &Type{Kind: Unknown}
	tBoolean   = &Type{Kind: BooleanKind}
	tTinyint   = &Type{Kind: Tinyint}
	tSmallint  = &Type{Kind: Smallint}
	tInteger   = &Type{Kind: IntegerKind}
	tBigint    = &Type{Kind: Bigint}
	tReal      = &Type{Kind: Real}
	tDouble    = &Type{Kind: DoubleKind}
	tVarchar   = &Type{Kind: Varchar, Precision: Unbounded}
	tVarbinary = &Type{Kind: Varbinary}
	tDate      = &Type{Kind: Date}
	tYearMonth = &Type{Kind: YearMonth}
	tDaySecond = &Type{Kind: DaySecond}
	tJSON      = &Type{Kind: JSON}
	tUUID      = &Type{Kind: UUID}
	tIPAddress = &Type{Kind: IPAddress}
)

func decimalOf(precision, scale int) *Type {
	return &Type{Kind: DecimalKind, Precision: precision, Scale: scale}
}
func varcharOf(length int) *Type      { return &Type{Kind: Varchar, Precision: length} }
func charOf(length int) *Type         { return &Type{Kind: Char, Precision: length} }
func arrayOf(element *Type) *Type     { return &Type{Kind: Array, Of: []*Type{element}} }
func mapOf(key, value *Type) *Type    { return &Type{Kind: Map, Of: []*Type{key, value}} }
func timeOf(k Kind, digits int) *Type { return &Type{Kind: k, Precision: digits} }

// rowOf is a row whose fields have these types and names; names may be nil.
func rowOf(names []string, of ...*Type) *Type {
	t := &Type{Kind: Row, Of: of, Names: make([]string, len(of)), Struct: make([]string, len(of))}
	copy(t.Names, names)
	for i := range of {
		t.Struct[i] = "f" + strconv.Itoa(i)
	}
	return t
}

// String is the type as Trino's messages and typeof have it.
func (t *Type) String() string {
	switch t.Kind {
	case DecimalKind:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Varchar:
		if t.Precision == Unbounded {
			return "varchar"
		}
		return fmt.Sprintf("varchar(%d)", t.Precision)
	case Char:
		return fmt.Sprintf("char(%d)", t.Precision)
	case Time, Timestamp:
		return fmt.Sprintf("%s(%d)", kindNames[t.Kind], t.Precision)
	case TimeZoned:
		return fmt.Sprintf("time(%d) with time zone", t.Precision)
	case TimestampZoned:
		return fmt.Sprintf("timestamp(%d) with time zone", t.Precision)
	case Array, Map, Row, Function:
		return kindNames[t.Kind] + "(" + strings.Join(t.parts(), ", ") + ")"
	}
	return kindNames[t.Kind]
}

func (t *Type) parts() []string {
	parts := make([]string, len(t.Of))
	for i, of := range t.Of {
		parts[i] = of.String()
		if t.Kind == Row && t.Names[i] != "" {
			parts[i] = `"` + strings.ReplaceAll(t.Names[i], `"`, `""`) + `" ` + parts[i]
			if isPlainName(t.Names[i]) {
				parts[i] = t.Names[i] + " " + of.String()
			}
		}
	}
	return parts
}

// isPlainName tells whether a field's name stands without quotes in a type.
func isPlainName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '_' && !('a' <= c && c <= 'z') && (i == 0 || !isDigit(c)) {
			return false
		}
	}
	return s != ""
}

var kindNames = map[Kind]string{
	Unknown: "unknown", BooleanKind: "boolean", Tinyint: "tinyint", Smallint: "smallint", IntegerKind: "integer",
	Bigint: "bigint", Real: "real", DoubleKind: "double", DecimalKind: "decimal", Varchar: "varchar", Char: "char",
	Varbinary: "varbinary", Date: "date", Time: "time", Timestamp: "timestamp", Array: "array", Map: "map", Row: "row",
	YearMonth: "interval year to month", DaySecond: "interval day to second", JSON: "json", UUID: "uuid",
	IPAddress: "ipaddress", Function: "function",
}

// Equal tells whether two types are the same, names of fields aside.
func (t *Type) Equal(other *Type) bool {
	if t == other {
		return true
	}
	if t.Kind != other.Kind || t.Precision != other.Precision || t.Scale != other.Scale || len(t.Of) != len(other.Of) {
		return false
	}
	for i := range t.Of {
		if !t.Of[i].Equal(other.Of[i]) {
			return false
		}
	}
	return true
}

// sameNames tells whether the fields of equal types have the same names.
func (t *Type) sameNames(other *Type) bool {
	for i := range t.Of {
		if t.Kind == Row && t.Names[i] != other.Names[i] || !t.Of[i].sameNames(other.Of[i]) {
			return false
		}
	}
	return true
}

// IsNumeric tells whether arithmetic is defined on a type.
func (t *Type) IsNumeric() bool { return Tinyint <= t.Kind && t.Kind <= DecimalKind }

// IsInteger tells whether a type is an integer of some width.
func (t *Type) IsInteger() bool { return Tinyint <= t.Kind && t.Kind <= Bigint }

// duck is the type that DuckDB keeps values in. A time with zone is kept as its UTC time and zone; an interval as a
// number of months or milliseconds; JSON as its text; char(n) with blanks up to n characters.
func (t *Type) duck() string {
	switch t.Kind {
	case Unknown:
		return `"NULL"`
	case BooleanKind:
		return "BOOLEAN"
	case Tinyint, Smallint, IntegerKind, Bigint:
		return strings.ToUpper(kindNames[t.Kind])
	case Real:
		return "FLOAT"
	case DoubleKind:
		return "DOUBLE"
	case DecimalKind:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case Varchar, Char, JSON, IPAddress:
		return "VARCHAR"
	case Varbinary:
		return "BLOB"
	case Date:
		return "DATE"
	case Time:
		return "TIME"
	case Timestamp:
		if t.Precision > 6 {
			return "TIMESTAMP_NS"
		}
		return "TIMESTAMP"
	case TimestampZoned:
		if t.Precision > 6 {
			return "STRUCT(u TIMESTAMP_NS, z VARCHAR)"
		}
		return "STRUCT(u TIMESTAMP, z VARCHAR)"
	case TimeZoned:
		return "STRUCT(u TIME, z VARCHAR)"
	case YearMonth, DaySecond:
		return "BIGINT"
	case UUID:
		return "UUID"
	case Array:
		return t.Of[0].duck() + "[]"
	case Map:
		return "MAP(" + t.Of[0].duck() + ", " + t.Of[1].duck() + ")"
	case Row:
		fields := make([]string, len(t.Of))
		for i, of := range t.Of {
			fields[i] = quoted(t.Struct[i]) + " " + of.duck()
		}
		return "STRUCT(" + strings.Join(fields, ", ") + ")"
	}
	panic("no DuckDB type for " + t.String())
}

// quoted is a name in quotes, as DuckDB and Trino read it.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
