package lake

import (
	"encoding"
	"unicode/utf8"

	"github.com/apache/iceberg-go"
)

// DataFile describes a closed data file, so that a commit need not open it again. It is kept as JSON between the two.
type DataFile struct {
	Path   string         `json:"path"` // absolute
	Rows   int64          `json:"rows"`
	Bytes  int64          `json:"bytes"`
	Sorted bool           `json:"sorted"`           // by (contigname, start)
	Splits []int64        `json:"splits,omitempty"` // byte offsets of the row groups
	Nulls  map[int]int64  `json:"nulls,omitempty"`  // field id → NULLs
	Lower  map[int][]byte `json:"lower,omitempty"`  // field id → bound, in Iceberg's single-value encoding
	Upper  map[int][]byte `json:"upper,omitempty"`
}

// maxBound is how many code points of a text bound metadata keeps.
const maxBound = 64

func (m *metrics) dataFile(path string, size int64) DataFile {
	ids := variantLayout().ids
	f := DataFile{
		Path: path, Rows: m.rows, Bytes: size, Sorted: !m.unsorted, Splits: m.splits,
		Nulls: map[int]int64{ids["contigname"]: 0, ids["start"]: 0, ids["end"]: 0, ids["sampleid"]: m.noSample},
		Lower: map[int][]byte{}, Upper: map[int][]byte{},
	}
	if m.rows == 0 {
		return f
	}
	f.boundText(ids["contigname"], m.minContig, m.maxContig)
	if m.noSample < m.rows {
		f.boundText(ids["sampleid"], m.minSample, m.maxSample)
	}
	f.boundLong(ids["start"], m.minStart, m.maxStart)
	f.boundLong(ids["end"], m.minEnd, m.maxEnd)
	return f
}

func (f *DataFile) boundLong(id int, low, high int64) {
	f.Lower[id] = encode(iceberg.Int64Literal(low))
	f.Upper[id] = encode(iceberg.Int64Literal(high))
}

// boundText keeps a prefix of low, which is still below every value, and high only when it is whole: a prefix of it would
// not be above.
func (f *DataFile) boundText(id int, low, high []byte) {
	f.Lower[id] = []byte(truncate(string(low)))
	if truncate(string(high)) == string(high) {
		f.Upper[id] = []byte(string(high))
	}
}

func truncate(text string) string {
	count := 0
	for i := range text {
		if count == maxBound {
			return text[:i]
		}
		count++
	}
	if !utf8.ValidString(text) {
		return ""
	}
	return text
}

func encode(value encoding.BinaryMarshaler) []byte {
	raw, err := value.MarshalBinary()
	if err != nil {
		panic(err) // an integer always encodes
	}
	return raw
}
