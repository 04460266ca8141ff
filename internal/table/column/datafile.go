package column

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/parquet"
)

// DataFile describes a closed data file, so that a commit need not open it again. It is kept as JSON between the two.
type DataFile struct {
	Path   string         `json:"path"` // absolute
	Rows   int64          `json:"rows"`
	Bytes  int64          `json:"bytes"`
	Sorted bool           `json:"sorted"`           // in the table's sort order
	Splits []int64        `json:"splits,omitempty"` // byte offsets of the row groups
	Sizes  map[int]int64  `json:"sizes,omitempty"`  // field id → bytes in the file
	Nulls  map[int]int64  `json:"nulls,omitempty"`  // field id → NULLs
	Lower  map[int][]byte `json:"lower,omitempty"`  // field id → bound, texts as they are, integers little-endian
	Upper  map[int][]byte `json:"upper,omitempty"`
}

// maxBound is how many code points of a text bound metadata keeps.
const maxBound = 64

// describe describes the closed file.
func (w *fileWriter) describe() (DataFile, error) {
	f := DataFile{
		Path: w.sink.Name(), Rows: w.total, Bytes: w.parquet.sink.written, Sorted: len(w.schema.sortBy) > 0 &&
			!w.order.unsorted, Splits: w.splits,
		Sizes: map[int]int64{}, Nulls: map[int]int64{}, Lower: map[int][]byte{}, Upper: map[int][]byte{},
	}
	footer := w.parquet.footer
	for i, leaf := range w.schema.bounded {
		column := w.schema.parquet.Column(leaf)
		id := w.schema.FieldID(leaf)
		f.bound(id, column.PhysicalType(), &w.bounds[i])
		for group := range footer.RowGroups {
			chunk, err := footer.RowGroup(group).ColumnChunk(leaf)
			if err != nil {
				return DataFile{}, fmt.Errorf("measure columns: %w", err)
			}
			f.Sizes[id] += chunk.TotalCompressedSize()
		}
	}
	return f, nil
}

func (f *DataFile) bound(id int, t parquet.Type, b *bound) {
	f.Nulls[id] = b.nulls
	if !b.any {
		return
	}
	switch t {
	case parquet.Types.ByteArray:
		f.boundText(id, b.low, b.high)
	case parquet.Types.Int32:
		f.Lower[id] = binary.LittleEndian.AppendUint32(nil, uint32(b.min))
		f.Upper[id] = binary.LittleEndian.AppendUint32(nil, uint32(b.max))
	case parquet.Types.Int64:
		f.Lower[id] = binary.LittleEndian.AppendUint64(nil, uint64(b.min))
		f.Upper[id] = binary.LittleEndian.AppendUint64(nil, uint64(b.max))
	}
}

// boundText keeps a prefix of low, which is still below every value, and of high a prefix raised to be above.
func (f *DataFile) boundText(id int, low, high []byte) {
	f.Lower[id] = []byte(prefix(string(low)))
	if bound, ok := above(string(high)); ok {
		f.Upper[id] = []byte(bound)
	}
}

// prefix cuts a text to maxBound code points, or before its first byte that is no UTF-8.
func prefix(text string) string {
	count := 0
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); count == maxBound || r == utf8.RuneError && size == 1 {
			return text[:i]
		}
		count++
	}
	return text
}

// above is text itself when it is short enough, else the least short text that is greater, if there is any.
func above(text string) (string, bool) {
	cut := prefix(text)
	if cut == text {
		return text, true
	}
	for len(cut) > 0 {
		last, size := utf8.DecodeLastRuneInString(cut)
		cut = cut[:len(cut)-size]
		if last++; last == 0xD800 { // what follows are surrogates, which no text has
			last = 0xE000
		}
		if last <= utf8.MaxRune {
			return cut + string(last), true
		}
	}
	return "", false
}

// bound is what the table's metadata tells of a column of a file.
type bound struct {
	nulls     int64
	any       bool // there is a value: the bounds are known
	low, high []byte
	min, max  int64
}

// nullRows counts the rows whose value of a flat leaf of the heads is NULL.
func (l *Leaf) nullRows(g *rowGroup) (nulls int) {
	if len(l.def) == 0 {
		return g.rows
	}
	if l.values() == len(l.def) {
		return 0
	}
	for _, h := range g.heads {
		if l.def[h.entry] == 0 {
			nulls += int(h.rows)
		}
	}
	return nulls
}

// add takes the values of a row group.
func (b *bound) add(l *Leaf, p Part, g *rowGroup) {
	b.nulls += int64(l.nullRows(g))
	for text := range g.texts(l, p) {
		if !b.any || bytes.Compare(text, b.low) < 0 {
			b.low = bytes.Clone(text)
		}
		if !b.any || bytes.Compare(text, b.high) > 0 {
			b.high = bytes.Clone(text)
		}
		b.any = true
	}
	if len(l.longs) > 0 {
		b.widen(slices.Min(l.longs), slices.Max(l.longs))
	}
	if len(l.ints) > 0 {
		b.widen(int64(slices.Min(l.ints)), int64(slices.Max(l.ints)))
	}
}

func (b *bound) widen(low, high int64) {
	if !b.any {
		b.min, b.max, b.any = low, high, true
	}
	b.min, b.max = min(b.min, low), max(b.max, high)
}
