package query

/*
extern void varlakeNative(void *info, void *input, void *output);
static void *native_address(void) { return (void *)varlakeNative; }
*/
import "C"

import (
	"fmt"
	"strings"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/varlake/varlake/internal/sql/native"
)

// natives are the functions that are registered, by the numbers that DuckDB hands back.
var natives = native.Functions()

// isNative tells whether a function of this name, in lower case, is one of package native.
func isNative(name string) bool { return nativeNames[name] }

var nativeNames = func() map[string]bool {
	names := map[string]bool{}
	for _, f := range natives {
		names[f.Name] = true
	}
	return names
}()

// numbers are those of natives. DuckDB keeps pointers to them, as long as the process lives.
var numbers = func() []int64 {
	all := make([]int64, len(natives))
	for i := range all {
		all[i] = int64(i)
	}
	return all
}()

// addNatives registers the functions of package native.
func (s *session) addNatives() error {
	for i := range natives {
		if err := s.addNative(i); err != nil {
			return fmt.Errorf("register %s: %w", natives[i].Name, err)
		}
	}
	return nil
}

func (s *session) addNative(i int) error {
	fn := duckdb.CreateScalarFunction()
	defer duckdb.DestroyScalarFunction(&fn)
	duckdb.ScalarFunctionSetName(fn, natives[i].Name)
	for _, p := range natives[i].Params {
		t, err := logicalType(p)
		if err != nil {
			return err
		}
		duckdb.ScalarFunctionAddParameter(fn, t)
		duckdb.DestroyLogicalType(&t)
	}
	result, err := logicalType(natives[i].Result)
	if err != nil {
		return err
	}
	duckdb.ScalarFunctionSetReturnType(fn, result)
	duckdb.DestroyLogicalType(&result)
	if natives[i].Nulls {
		duckdb.ScalarFunctionSetSpecialHandling(fn)
	}
	duckdb.ScalarFunctionSetExtraInfo(fn, unsafe.Pointer(&numbers[i]), nil)
	duckdb.ScalarFunctionSetFunction(fn, C.native_address())
	if duckdb.RegisterScalarFunction(s.conn, fn) == duckdb.StateError {
		return fmt.Errorf("DuckDB refuses it")
	}
	return nil
}

var nativeTypes = map[string]duckdb.Type{"VARCHAR": duckdb.TypeVarchar, "BLOB": duckdb.TypeBlob,
	"BOOLEAN": duckdb.TypeBoolean, "INTEGER": duckdb.TypeInteger, "BIGINT": duckdb.TypeBigInt,
	"DOUBLE": duckdb.TypeDouble, "FLOAT": duckdb.TypeFloat, "DATE": duckdb.TypeDate, "TIME": duckdb.TypeTime,
	"TIMESTAMP": duckdb.TypeTimestamp, "TIMESTAMP_NS": duckdb.TypeTimestampNS}

// logicalType makes the type that a native function names; the caller destroys it.
func logicalType(name string) (duckdb.LogicalType, error) {
	if element, is := strings.CutSuffix(name, "[]"); is {
		inner, err := logicalType(element)
		if err != nil {
			return inner, err
		}
		defer duckdb.DestroyLogicalType(&inner)
		return duckdb.CreateListType(inner), nil
	}
	if pair, is := strings.CutPrefix(name, "MAP("); is {
		k, v, _ := strings.Cut(strings.TrimSuffix(pair, ")"), ", ")
		key, err := logicalType(k)
		if err != nil {
			return key, err
		}
		defer duckdb.DestroyLogicalType(&key)
		value, err := logicalType(v)
		if err != nil {
			return value, err
		}
		defer duckdb.DestroyLogicalType(&value)
		return duckdb.CreateMapType(key, value), nil
	}
	t, known := nativeTypes[name]
	if !known {
		return duckdb.LogicalType{}, fmt.Errorf("type %s", name)
	}
	return duckdb.CreateLogicalType(t), nil
}

// varlakeNative is called by DuckDB, on any of its threads, for up to 2048 rows.
//
//export varlakeNative
func varlakeNative(info, input, output unsafe.Pointer) {
	call := duckdb.FunctionInfo{Ptr: info}
	defer func() {
		if r := recover(); r != nil {
			duckdb.ScalarFunctionSetError(call, fmt.Sprintf("GENERIC_INTERNAL_ERROR: %v", r))
		}
	}()
	f := &natives[*(*int64)(duckdb.ScalarFunctionGetExtraInfo(call))]
	if err := callNative(f, duckdb.DataChunk{Ptr: input}, duckdb.Vector{Ptr: output}); err != nil {
		duckdb.ScalarFunctionSetError(call, err.Error())
	}
}

func callNative(f *native.Function, chunk duckdb.DataChunk, output duckdb.Vector) error {
	columns := make([]vector, len(f.Params))
	for i := range columns {
		v := duckdb.DataChunkGetVector(chunk, duckdb.IdxT(i))
		lt := duckdb.VectorGetColumnType(v)
		t, err := readType(lt, 0)
		duckdb.DestroyLogicalType(&lt)
		if err != nil {
			return err
		}
		columns[i] = openVector(v, t)
	}
	out := &writer{vector: output}
	args := make([]any, len(columns))
rows:
	for row := range uint64(duckdb.DataChunkGetSize(chunk)) {
		for i := range columns {
			if args[i] = columns[i].native(row); args[i] == nil && !f.Nulls {
				out.null(row)
				continue rows
			}
		}
		value, err := f.Call(args)
		if err != nil {
			return err
		}
		if err := out.put(row, value); err != nil {
			return err
		}
	}
	return nil
}

// native is the value at a row as package native has it.
func (v *vector) native(row uint64) any {
	if v.null(row) {
		return nil
	}
	switch v.t.ID {
	case idVarchar:
		return string(v.bytes(row))
	case idBlob:
		return append([]byte{}, v.bytes(row)...)
	case idBoolean:
		return at[bool](v, row)
	case idInteger, idDate:
		return at[int32](v, row)
	case idBigInt, idTime, idTimestamp, idTimestampNS:
		return at[int64](v, row)
	case idDouble:
		return at[float64](v, row)
	case idFloat:
		return at[float32](v, row)
	case idList:
		e := at[listEntry](v, row)
		list := make([]any, e.length)
		for i := range list {
			list[i] = v.kids[0].native(e.offset + uint64(i))
		}
		return list
	case idMap:
		e := at[listEntry](v, row)
		pairs := make([][2]any, e.length)
		for i := range pairs {
			at := e.offset + uint64(i)
			pairs[i] = [2]any{v.kids[0].native(at), v.kids[1].native(at)}
		}
		return pairs
	}
	panic("native functions take no " + v.t.String())
}

// A writer fills a vector with the results of a native function.
type writer struct {
	vector duckdb.Vector
	// used counts the elements of a list's or map's children, which are kids.
	used uint64
	kids []*writer
}

func (w *writer) null(row uint64) {
	duckdb.VectorEnsureValidityWritable(w.vector)
	duckdb.ValiditySetRowInvalid(duckdb.VectorGetValidity(w.vector), duckdb.IdxT(row))
}

func store[T any](w *writer, row uint64, value T) {
	*(*T)(unsafe.Add(duckdb.VectorGetData(w.vector), uintptr(row)*unsafe.Sizeof(value))) = value
}

func (w *writer) put(row uint64, value any) error {
	switch value := value.(type) {
	case nil:
		w.null(row)
	case string:
		duckdb.VectorAssignStringElementLen(w.vector, duckdb.IdxT(row), []byte(value))
	case []byte:
		duckdb.VectorAssignStringElementLen(w.vector, duckdb.IdxT(row), value)
	case bool:
		store(w, row, value)
	case int32:
		store(w, row, value)
	case int64:
		store(w, row, value)
	case float64:
		store(w, row, value)
	case float32:
		store(w, row, value)
	case []any:
		return w.list(row, value)
	case [][2]any:
		return w.pairs(row, value)
	default:
		return fmt.Errorf("GENERIC_INTERNAL_ERROR: a function gave a %T", value)
	}
	return nil
}

// grow makes room for n more elements in the child of a list or map, and notes them for a row.
func (w *writer) grow(row uint64, n int) (uint64, error) {
	first := w.used
	w.used += uint64(n)
	if duckdb.ListVectorReserve(w.vector, duckdb.IdxT(w.used)) == duckdb.StateError ||
		duckdb.ListVectorSetSize(w.vector, duckdb.IdxT(w.used)) == duckdb.StateError {
		return 0, fmt.Errorf("EXCEEDED_MEMORY_LIMIT: no room for a list")
	}
	store(w, row, listEntry{first, uint64(n)})
	return first, nil
}

func (w *writer) list(row uint64, values []any) error {
	first, err := w.grow(row, len(values))
	if err != nil {
		return err
	}
	if w.kids == nil {
		w.kids = []*writer{{vector: duckdb.ListVectorGetChild(w.vector)}}
	}
	for i, v := range values {
		if err := w.kids[0].put(first+uint64(i), v); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) pairs(row uint64, values [][2]any) error {
	first, err := w.grow(row, len(values))
	if err != nil {
		return err
	}
	if w.kids == nil {
		entry := duckdb.ListVectorGetChild(w.vector)
		w.kids = []*writer{{vector: duckdb.StructVectorGetChild(entry, 0)}, {vector: duckdb.StructVectorGetChild(entry, 1)}}
	}
	for i, pair := range values {
		for j, kid := range w.kids {
			if err := kid.put(first+uint64(i), pair[j]); err != nil {
				return err
			}
		}
	}
	return nil
}
