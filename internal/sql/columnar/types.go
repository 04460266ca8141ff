package columnar

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/sql/trino"
)

// Trino gives the columns of a result in Trino's dialect. say gives a value of a type that neither format has the text
// that people are shown: intervals, times with a zone, text of a fixed length.
func Trino(columns []trino.Column, say func(v any, t *trino.Type) any) ([]Column, error) {
	names := make([]query.Column, len(columns))
	for i, c := range columns {
		names[i].Name = c.Name
	}
	out := make([]Column, len(columns))
	for i, name := range query.Distinct(names) {
		of, err := ofTrino(columns[i].Type, say)
		if err != nil {
			return nil, &query.Error{Kind: query.Syntax, Message: fmt.Sprintf("column %s: %v", columns[i].Name, err)}
		}
		out[i] = Column{name, of}
	}
	return out, nil
}

var plainTrino = map[trino.Kind]form{
	trino.Unknown: nothing, trino.BooleanKind: boolean, trino.Real: float, trino.DoubleKind: double,
	trino.Tinyint: integers[int8](arrow.PrimitiveTypes.Int8), trino.Smallint: integers[int16](arrow.PrimitiveTypes.Int16),
	trino.IntegerKind: integers[int32](arrow.PrimitiveTypes.Int32),
	trino.Bigint:      integers[int64](arrow.PrimitiveTypes.Int64),
	trino.Varchar:     text, trino.JSON: text, trino.UUID: text, trino.IPAddress: text,
	trino.Varbinary: binary, trino.Date: date,
}

func ofTrino(t *trino.Type, say func(any, *trino.Type) any) (form, error) {
	if plain, ok := plainTrino[t.Kind]; ok {
		return plain, nil
	}
	of := make([]form, len(t.Of))
	for i := range t.Of {
		part, err := ofTrino(t.Of[i], say)
		if err != nil {
			return form{}, err
		}
		of[i] = part
	}
	switch t.Kind {
	case trino.DecimalKind:
		return decimalOf(t.Precision, t.Scale), nil
	case trino.Time:
		return timeOf(t.Precision), nil
	case trino.Timestamp:
		return timestampOf(t.Precision, ""), nil
	case trino.TimestampZoned:
		return instantOf(t.Precision), nil
	case trino.Char, trino.TimeZoned, trino.YearMonth, trino.DaySecond:
		return textOf(func(v any) string { return fmt.Sprint(say(v, t)) }), nil
	case trino.Array:
		return listOf(of[0]), nil
	case trino.Map:
		return mapOf(of[0], of[1]), nil
	case trino.Row:
		return structOf(t.Names, of), nil
	}
	return form{}, fmt.Errorf("values of %s have no place in this format", t)
}

// instantOf is the form of a timestamp with time zone, which is a row of its time in UTC and its zone until then. Its
// zone is lost: both formats have one for a whole column.
func instantOf(digits int) form {
	utc := timestampOf(digits, "UTC")
	return form{utc.arrow, func(b array.Builder, v any) (int, error) { return utc.put(b, v.(query.Struct)[0].Value) }}
}

// DuckDB gives the columns of a result in DuckDB's dialect.
func DuckDB(rows *query.Rows) ([]Column, error) {
	names, types := rows.Columns(), rows.Types()
	out := make([]Column, len(names))
	for i, name := range query.Distinct(names) {
		of, err := ofDuckDB(types[i])
		if err != nil {
			return nil, &query.Error{Kind: query.Syntax, Message: fmt.Sprintf("column %s: %v", names[i].Name, err)}
		}
		out[i] = Column{name, of}
	}
	return out, nil
}

// digits are those of the whole numbers beyond 64 bits.
const digits = 38

var plainDuckDB = map[string]form{
	"NULL": nothing, "BOOLEAN": boolean, "FLOAT": float, "DOUBLE": double, "BLOB": binary, "DATE": date,
	"TINYINT": plainTrino[trino.Tinyint], "SMALLINT": plainTrino[trino.Smallint],
	"INTEGER": plainTrino[trino.IntegerKind], "BIGINT": plainTrino[trino.Bigint],
	"UTINYINT":  integers[uint8](arrow.PrimitiveTypes.Uint8),
	"USMALLINT": integers[uint16](arrow.PrimitiveTypes.Uint16),
	"UINTEGER":  integers[uint32](arrow.PrimitiveTypes.Uint32),
	"UBIGINT":   integers[uint64](arrow.PrimitiveTypes.Uint64),
	"HUGEINT":   decimalOf(digits, 0), "UHUGEINT": decimalOf(digits, 0),
	"VARCHAR": text, "ENUM": text, "UUID": text, "INTERVAL": text, "TIME": timeOf(6),
	"TIMESTAMP": timestampOf(6, ""), "TIMESTAMP_S": timestampOf(0, ""), "TIMESTAMP_MS": timestampOf(3, ""),
	"TIMESTAMP_NS": timestampOf(9, ""), "TIMESTAMP WITH TIME ZONE": timestampOf(6, "UTC"),
}

func ofDuckDB(t *query.Type) (form, error) {
	if plain, ok := plainDuckDB[t.Name()]; ok {
		return plain, nil
	}
	of := make([]form, len(t.Kids))
	for i := range t.Kids {
		part, err := ofDuckDB(t.Kids[i])
		if err != nil {
			return form{}, err
		}
		of[i] = part
	}
	switch t.Name() {
	case "DECIMAL":
		return decimalOf(int(t.Width), int(t.Scale)), nil
	case "LIST", "ARRAY":
		return listOf(of[0]), nil
	case "MAP":
		return mapOf(of[0], of[1]), nil
	case "STRUCT":
		return structOf(t.Words, of), nil
	}
	return form{}, fmt.Errorf("values of %s have no place in this format", t)
}
