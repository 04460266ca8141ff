package lake

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/apache/iceberg-go"

	"github.com/varlake/varlake/internal/table/column"
)

// A Bound asks for rows whose column is within Low and High, both inclusive: int64 for columns of integers, string for
// text, in the order of bytes; nil is no bound. With AnyOf it asks instead for rows within all bounds of one of its
// lists.
type Bound struct {
	Column    string
	Low, High any
	AnyOf     [][]Bound
}

// FilesWithin lists the data files of the snapshot that may have rows within all bounds, as the bounds of the files say
// (Iceberg's lower_bounds and upper_bounds). A bound of a column that files have none for leaves nothing out.
func (s *Snapshot) FilesWithin(bounds []Bound) []column.DataFile {
	var files []column.DataFile
	for _, f := range s.files {
		if s.mayHaveAll(&f, bounds) {
			files = append(files, f)
		}
	}
	return files
}

func (s *Snapshot) mayHaveAll(f *column.DataFile, bounds []Bound) bool {
	return !slices.ContainsFunc(bounds, func(b Bound) bool { return !s.mayHave(f, b) })
}

// mayHave tells whether a file may have rows within a bound.
func (s *Snapshot) mayHave(f *column.DataFile, b Bound) bool {
	if b.AnyOf != nil {
		return slices.ContainsFunc(b.AnyOf, func(all []Bound) bool { return s.mayHaveAll(f, all) })
	}
	id, of := s.columnNamed(b.Column)
	if of == nil {
		return true
	}
	lower, hasLower := f.Lower[id]
	upper, hasUpper := f.Upper[id]
	if b.High != nil && hasLower && isAbove(of, lower, b.High) {
		return false
	}
	return b.Low == nil || !hasUpper || !isBelow(of, upper, b.Low)
}

// columnNamed gives the id and type of a column of the schema, or nil.
func (s *Snapshot) columnNamed(name string) (int, iceberg.Type) {
	for i, c := range s.columns {
		if c.Name == name {
			return s.ids[i], s.kinds[i]
		}
	}
	return 0, nil
}

// isAbove tells whether a bound of a file, in Iceberg's bytes, is above a value. What cannot be compared is not.
func isAbove(of iceberg.Type, bound []byte, value any) bool {
	order, ok := compareBound(of, bound, value)
	return ok && order > 0
}

func isBelow(of iceberg.Type, bound []byte, value any) bool {
	order, ok := compareBound(of, bound, value)
	return ok && order < 0
}

// compareBound compares a bound of a file with a value: integers are little-endian, text is UTF-8 (Iceberg's
// single-value serialisation).
func compareBound(of iceberg.Type, bound []byte, value any) (order int, ok bool) {
	switch v := value.(type) {
	case string:
		if _, is := of.(iceberg.StringType); is {
			return bytes.Compare(bound, []byte(v)), true
		}
	case int64:
		var have int64
		switch of.(type) {
		case iceberg.Int32Type:
			if len(bound) != 4 {
				return 0, false
			}
			have = int64(int32(binary.LittleEndian.Uint32(bound)))
		case iceberg.Int64Type:
			if len(bound) != 8 {
				return 0, false
			}
			have = int64(binary.LittleEndian.Uint64(bound))
		default:
			return 0, false
		}
		switch {
		case have < v:
			return -1, true
		case have > v:
			return 1, true
		}
		return 0, true
	}
	return 0, false
}
