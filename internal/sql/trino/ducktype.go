package trino

import (
	"fmt"
	"strings"
)

// FromDuck gives the type of a table's column by its type in DuckDB: BIGINT, VARCHAR[], MAP(VARCHAR, VARCHAR),
// STRUCT("rank" VARCHAR, …). Those of Iceberg's that Varlake's tables have are known.
func FromDuck(text string) (*Type, error) {
	t, rest, err := fromDuck(text)
	if err == nil && rest != "" {
		err = fmt.Errorf("%q after a type", rest)
	}
	if err != nil {
		return nil, fmt.Errorf("read the type %s: %w", text, err)
	}
	return t, nil
}

var duckTypes = map[string]*Type{"BOOLEAN": tBoolean, "TINYINT": tTinyint, "SMALLINT": tSmallint, "INTEGER": tInteger,
	"BIGINT": tBigint, "FLOAT": tReal, "DOUBLE": tDouble, "VARCHAR": tVarchar, "BLOB": tVarbinary, "DATE": tDate,
	"TIMESTAMP": timeOf(Timestamp, 6)}

// fromDuck reads a type and gives what follows it.
func fromDuck(text string) (t *Type, rest string, err error) {
	switch {
	case strings.HasPrefix(text, "MAP("):
		t, rest, err = duckFields(Map, text[len("MAP("):])
		if err == nil && len(t.Of) != 2 {
			err = fmt.Errorf("a map of %d types", len(t.Of))
		}
	case strings.HasPrefix(text, "STRUCT("):
		t, rest, err = duckFields(Row, text[len("STRUCT("):])
	default:
		n := strings.IndexAny(text, "[,)")
		if n < 0 {
			n = len(text)
		}
		if t, rest = duckTypes[text[:n]], text[n:]; t == nil {
			err = fmt.Errorf("%q is not known", text[:n])
		}
	}
	for err == nil && strings.HasPrefix(rest, "[]") {
		t, rest = arrayOf(t), rest[2:]
	}
	return t, rest, err
}

// duckFields reads the types in the parentheses of a map or a struct, whose fields have names in quotes.
func duckFields(k Kind, text string) (*Type, string, error) {
	t := &Type{Kind: k}
	for {
		if k == Row {
			name, after, found := strings.Cut(strings.TrimPrefix(text, `"`), `" `)
			if !found {
				return nil, "", fmt.Errorf("%q is no field", text)
			}
			t.Names, t.Struct, text = append(t.Names, name), append(t.Struct, name), after
		}
		of, rest, err := fromDuck(text)
		if err != nil {
			return nil, "", err
		}
		t.Of = append(t.Of, of)
		if after, more := strings.CutPrefix(rest, ", "); more {
			text = after
			continue
		}
		if after, ends := strings.CutPrefix(rest, ")"); ends {
			return t, after, nil
		}
		return nil, "", fmt.Errorf("%q after a field", rest)
	}
}
