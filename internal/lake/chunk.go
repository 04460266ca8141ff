package lake

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// pageLevels is about how many levels a page of a dictionary column has: the library, given numbers rather than
// texts, does not see how long a page grows.
const pageLevels = 1 << 16

// write hands the leaf to its column chunk.
func (l *leaf) write(chunk file.ColumnChunkWriter) error {
	rep := l.rep
	if !l.repeated {
		rep = nil
	}
	var err error
	switch chunk := chunk.(type) {
	case *file.ByteArrayColumnChunkWriter:
		if l.words != nil && l.words.len() > 0 {
			err = l.writeNumbers(chunk, rep)
			break
		}
		chunk.FallbackToPlain()
		_, err = chunk.WriteBatch(l.texts, l.def, rep)
	case *file.Int64ColumnChunkWriter:
		_, err = chunk.WriteBatch(l.longs, l.def, rep)
	case *file.Int32ColumnChunkWriter:
		_, err = chunk.WriteBatch(l.ints, l.def, rep)
	case *file.Float64ColumnChunkWriter:
		_, err = chunk.WriteBatch(l.doubles, l.def, rep)
	case *file.Float32ColumnChunkWriter:
		_, err = chunk.WriteBatch(l.floats, l.def, rep)
	case *file.BooleanColumnChunkWriter:
		_, err = chunk.WriteBatch(l.booleans, l.def, rep)
	}
	if err != nil {
		return err
	}
	return chunk.Close()
}

// writeNumbers writes the leaf's texts as its dictionary and pages of numbers.
func (l *leaf) writeNumbers(chunk *file.ByteArrayColumnChunkWriter, rep []int16) error {
	words := l.words.arrow()
	defer words.Release()
	encoder := chunk.CurrentEncoder().(interface{ PutDictionary(arrow.Array) error })
	if err := encoder.PutDictionary(words); err != nil {
		return err
	}
	if statistics := chunk.PageStatistics(); statistics != nil {
		if err := statistics.UpdateFromArrow(words, false); err != nil {
			return err
		}
		statistics.IncNulls(int64(len(l.def) - len(l.numbers)))
	}
	numbers := l.numbers
	for from, to := 0, 0; from < len(l.def); from = to {
		to = min(from+pageLevels, len(l.def))
		for l.repeated && to < len(l.def) && rep[to] != 0 { // a page ends where a row does
			to++
		}
		var page arrow.Array
		page, numbers = spaced(numbers, l.def[from:to], chunk.LevelInfo())
		var levels []int16
		if l.repeated {
			levels = rep[from:to]
		}
		err := chunk.WriteDictIndices(page, l.def[from:to], levels)
		page.Release()
		if err != nil {
			return err
		}
		if err := chunk.FlushCurrentPage(); err != nil {
			return err
		}
	}
	return nil
}

// spaced takes from numbers those of a page, as the Arrow array of the leaf's elements with its NULLs in place.
func spaced(numbers []int32, def []int16, info file.LevelInfo) (page arrow.Array, rest []int32) {
	present, slots := 0, 0
	for _, d := range def {
		if d == info.DefLevel {
			present++
		}
		if d >= info.RepeatedAncestorDefLevel {
			slots++
		}
	}
	values, rest := numbers[:present], numbers[present:]
	var valid *memory.Buffer
	if slots > present {
		bits := make([]byte, (slots+7)/8)
		wide := make([]int32, slots)
		slot, next := 0, 0
		for _, d := range def {
			if d == info.DefLevel {
				wide[slot] = values[next]
				bits[slot/8] |= 1 << (slot % 8)
				next++
			}
			if d >= info.RepeatedAncestorDefLevel {
				slot++
			}
		}
		values, valid = wide, memory.NewBufferBytes(bits)
	}
	data := array.NewData(arrow.PrimitiveTypes.Int32, slots, []*memory.Buffer{
		valid, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(values)),
	}, nil, slots-present, 0)
	defer data.Release()
	return array.NewInt32Data(data), rest
}
