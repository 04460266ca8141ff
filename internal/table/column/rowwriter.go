package column

import "fmt"

// Value is a row's value of one column, in the member that the column's type asks for. Nil lists and maps are
// NULL, as Null is for all types; a nil text is empty.
type Value struct {
	Text  []byte
	List  [][]byte
	Map   []KV
	Int   int64 // of an int or a long
	Float float64
	Bool  bool
	Null  bool
}

// RowWriter writes one data file of a table made of flat columns. It is for one goroutine.
type RowWriter struct {
	fileWriter
}

// NewRowWriter writes to a new file of a schema that NewFlatSchema made.
func NewRowWriter(sink Sink, schema *Schema, options Options) (*RowWriter, error) {
	if schema.flat == nil {
		return nil, fmt.Errorf("write data file: the table's columns are not flat")
	}
	return &RowWriter{newFileWriter(sink, schema, options)}, nil
}

// Write adds a row: a value for each column of the schema. It copies what it keeps. After an error the writer is only
// good for Abort.
func (w *RowWriter) Write(row []Value) error {
	if len(row) != len(w.schema.flat) {
		return fmt.Errorf("a row of %d values for %d columns", len(row), len(w.schema.flat))
	}
	values := 0
	for i := range row {
		v, column := &row[i], &w.schema.flat[i]
		if v.Null || column.Type == TypeTextList && v.List == nil || column.Type == TypeTextMap && v.Map == nil {
			continue // see leaf.pad
		}
		l := &w.leaves[column.leaf]
		l.pad(w.rows)
		l.entries++
		values++
		switch column.Type {
		case TypeText:
			w.text(l, v.Text)
		case TypeInt:
			if v.Int != int64(int32(v.Int)) {
				return fmt.Errorf("column %s: %d does not fit into 32 bits", column.Name, v.Int)
			}
			l.Int(Int{int32(v.Int), true})
		case TypeLong:
			l.Long(v.Int)
		case TypeFloat:
			l.Level(0, 1)
			l.floats = append(l.floats, float32(v.Float))
		case TypeDouble:
			l.Double(v.Float, true)
		case TypeBoolean:
			l.Boolean(v.Bool, true)
		case TypeTextList:
			w.list(column.leaf, v.List, 0, 1)
			values += len(v.List)
		case TypeTextMap:
			mapped := &w.leaves[column.leaf+1]
			mapped.pad(w.rows)
			mapped.entries++
			w.entries(column.leaf, v.Map, 0, 1)
			values += 2 * len(v.Map)
		}
	}
	w.heads = append(w.heads, head{entry: int32(w.rows), rows: 1})
	return w.added(1, values+len(row)/nullsPerValue)
}
