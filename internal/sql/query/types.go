package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// Type is the type of a result's column, as DuckDB has it.
type Type = typ

type typeID uint32

// The types a result may carry.
const (
	idBoolean     = typeID(duckdb.TypeBoolean)
	idTinyInt     = typeID(duckdb.TypeTinyInt)
	idSmallInt    = typeID(duckdb.TypeSmallInt)
	idInteger     = typeID(duckdb.TypeInteger)
	idBigInt      = typeID(duckdb.TypeBigInt)
	idUTinyInt    = typeID(duckdb.TypeUTinyInt)
	idUSmallInt   = typeID(duckdb.TypeUSmallInt)
	idUInteger    = typeID(duckdb.TypeUInteger)
	idUBigInt     = typeID(duckdb.TypeUBigInt)
	idHugeInt     = typeID(duckdb.TypeHugeInt)
	idUHugeInt    = typeID(duckdb.TypeUHugeInt)
	idFloat       = typeID(duckdb.TypeFloat)
	idDouble      = typeID(duckdb.TypeDouble)
	idDecimal     = typeID(duckdb.TypeDecimal)
	idVarchar     = typeID(duckdb.TypeVarchar)
	idBlob        = typeID(duckdb.TypeBlob)
	idEnum        = typeID(duckdb.TypeEnum)
	idUUID        = typeID(duckdb.TypeUUID)
	idDate        = typeID(duckdb.TypeDate)
	idTime        = typeID(duckdb.TypeTime)
	idTimestamp   = typeID(duckdb.TypeTimestamp)
	idTimestampS  = typeID(duckdb.TypeTimestampS)
	idTimestampMS = typeID(duckdb.TypeTimestampMS)
	idTimestampNS = typeID(duckdb.TypeTimestampNS)
	idTimestampTZ = typeID(duckdb.TypeTimestampTZ)
	idInterval    = typeID(duckdb.TypeInterval)
	idList        = typeID(duckdb.TypeList)
	idArray       = typeID(duckdb.TypeArray)
	idMap         = typeID(duckdb.TypeMap)
	idStruct      = typeID(duckdb.TypeStruct)
	idNull        = typeID(duckdb.TypeSQLNull)
)

var typeNames = map[typeID]string{
	idBoolean: "BOOLEAN", idTinyInt: "TINYINT", idSmallInt: "SMALLINT", idInteger: "INTEGER", idBigInt: "BIGINT",
	idUTinyInt: "UTINYINT", idUSmallInt: "USMALLINT", idUInteger: "UINTEGER", idUBigInt: "UBIGINT",
	idHugeInt: "HUGEINT", idUHugeInt: "UHUGEINT", idFloat: "FLOAT", idDouble: "DOUBLE", idDecimal: "DECIMAL",
	idVarchar: "VARCHAR", idBlob: "BLOB", idEnum: "ENUM", idUUID: "UUID", idDate: "DATE", idTime: "TIME",
	idTimestamp: "TIMESTAMP", idTimestampS: "TIMESTAMP_S", idTimestampMS: "TIMESTAMP_MS", idTimestampNS: "TIMESTAMP_NS",
	idTimestampTZ: "TIMESTAMP WITH TIME ZONE", idInterval: "INTERVAL", idNull: "NULL",
	idList: "LIST", idArray: "ARRAY", idMap: "MAP", idStruct: "STRUCT",
}

const maxTypeDepth = 64

// typ is the type of a result column. It goes over the wire as JSON.
type typ struct {
	ID    typeID   `json:"id"`
	JSON  bool     `json:"json,omitempty"`  // VARCHAR that holds JSON text
	Width uint8    `json:"width,omitempty"` // DECIMAL
	Scale uint8    `json:"scale,omitempty"` // DECIMAL
	Size  uint64   `json:"size,omitempty"`  // ARRAY
	Words []string `json:"words,omitempty"` // ENUM values or STRUCT field names
	Kids  []*typ   `json:"kids,omitempty"`  // element; key and value; fields
	inner typeID   // storage of DECIMAL and ENUM; worker only
}

func readType(lt duckdb.LogicalType, depth int) (*typ, error) {
	t := &typ{ID: typeID(duckdb.GetTypeId(lt))}
	if typeNames[t.ID] == "" {
		return nil, errors.New("results cannot carry its type: cast it to VARCHAR")
	}
	if depth > maxTypeDepth {
		return nil, errors.New("its type is nested too deeply")
	}
	kid := func(child duckdb.LogicalType) error {
		defer duckdb.DestroyLogicalType(&child)
		k, err := readType(child, depth+1)
		t.Kids = append(t.Kids, k)
		return err
	}
	var err error
	switch t.ID {
	case idVarchar:
		t.JSON = duckdb.LogicalTypeGetAlias(lt) == "JSON"
	case idDecimal:
		t.Width, t.Scale = duckdb.DecimalWidth(lt), duckdb.DecimalScale(lt)
		t.inner = typeID(duckdb.DecimalInternalType(lt))
	case idEnum:
		t.inner = typeID(duckdb.EnumInternalType(lt))
		for i := range duckdb.EnumDictionarySize(lt) {
			t.Words = append(t.Words, duckdb.EnumDictionaryValue(lt, duckdb.IdxT(i)))
		}
	case idList:
		err = kid(duckdb.ListTypeChildType(lt))
	case idArray:
		t.Size = uint64(duckdb.ArrayTypeArraySize(lt))
		err = kid(duckdb.ArrayTypeChildType(lt))
	case idMap:
		if err = kid(duckdb.MapTypeKeyType(lt)); err == nil {
			err = kid(duckdb.MapTypeValueType(lt))
		}
	case idStruct:
		for i := range duckdb.StructTypeChildCount(lt) {
			t.Words = append(t.Words, duckdb.StructTypeChildName(lt, i))
			if err = kid(duckdb.StructTypeChildType(lt, i)); err != nil {
				break
			}
		}
	}
	return t, err
}

// valid says whether a type read from the wire has the shape that decoding relies on.
func (t *typ) valid(depth int) bool {
	if t == nil || typeNames[t.ID] == "" || depth > maxTypeDepth {
		return false
	}
	want := 0
	switch t.ID {
	case idList, idArray:
		want = 1
	case idMap:
		want = 2
	case idStruct:
		want = len(t.Words)
	}
	if len(t.Kids) != want {
		return false
	}
	for _, k := range t.Kids {
		if !k.valid(depth + 1) {
			return false
		}
	}
	return true
}

// unnamed says whether the type is a struct without field names.
func (t *typ) unnamed() bool {
	return t.ID == idStruct && !slices.ContainsFunc(t.Words, func(w string) bool { return w != "" })
}

// Name is the type's name without what it is of: DECIMAL, LIST, STRUCT.
func (t *typ) Name() string { return typeNames[t.ID] }

// String is DuckDB's text of the type.
func (t *typ) String() string {
	switch t.ID {
	case idDecimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Width, t.Scale)
	case idList:
		return t.Kids[0].String() + "[]"
	case idArray:
		return fmt.Sprintf("%s[%d]", t.Kids[0], t.Size)
	case idMap:
		return "MAP(" + t.Kids[0].String() + ", " + t.Kids[1].String() + ")"
	case idStruct:
		fields := make([]string, len(t.Kids))
		for i, k := range t.Kids {
			fields[i] = k.String()
			if !t.unnamed() {
				fields[i] = quoteIdent(t.Words[i]) + " " + fields[i]
			}
		}
		return "STRUCT(" + strings.Join(fields, ", ") + ")"
	case idVarchar:
		if t.JSON {
			return "JSON"
		}
	}
	return typeNames[t.ID]
}

func quoteIdent(s string) string   { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
func quoteLiteral(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }
