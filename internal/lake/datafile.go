package lake

import (
	"bytes"
	"encoding"
	"iter"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/iceberg-go"
)

// DataFile describes a closed data file, so that a commit need not open it again. It is kept as JSON between the two.
type DataFile struct {
	Path   string         `json:"path"` // absolute
	Rows   int64          `json:"rows"`
	Bytes  int64          `json:"bytes"`
	Sorted bool           `json:"sorted"`           // by (contigname, start)
	Splits []int64        `json:"splits,omitempty"` // byte offsets of the row groups
	Sizes  map[int]int64  `json:"sizes,omitempty"`  // field id → bytes in the file
	Nulls  map[int]int64  `json:"nulls,omitempty"`  // field id → NULLs
	Lower  map[int][]byte `json:"lower,omitempty"`  // field id → bound, in Iceberg's single-value encoding
	Upper  map[int][]byte `json:"upper,omitempty"`
}

// maxBound is how many code points of a text bound metadata keeps.
const maxBound = 64

func (m *metrics) dataFile(path string, size int64) DataFile {
	ids := variantLayout().ids
	f := DataFile{
		Path: path, Rows: m.rows, Bytes: size, Splits: m.splits,
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

func encode(value encoding.BinaryMarshaler) []byte {
	raw, err := value.MarshalBinary()
	if err != nil {
		panic(err) // an integer always encodes
	}
	return raw
}

// metrics gathers what the table's metadata tells of a file.
type metrics struct {
	rows                 int64
	contig               []byte // of the last row
	minContig, maxContig []byte
	minStart, maxStart   int64
	minEnd, maxEnd       int64
	minSample, maxSample []byte
	noSample             int64 // rows without a sample
	splits               []int64
}

func (m *metrics) add(site *Site, calls []Call, rows int) {
	first := m.rows == 0
	if first || !bytes.Equal(m.contig, site.Contig) {
		m.contig = append(m.contig[:0], site.Contig...)
		widen(&m.minContig, &m.maxContig, site.Contig, first)
	}
	if first {
		m.minStart, m.maxStart, m.minEnd, m.maxEnd = site.Start, site.Start, site.End, site.End
	}
	m.minStart, m.maxStart = min(m.minStart, site.Start), max(m.maxStart, site.Start)
	m.minEnd, m.maxEnd = min(m.minEnd, site.End), max(m.maxEnd, site.End)
	m.rows += int64(rows)
	if len(calls) == 0 {
		m.noSample++
	}
}

// addSamples takes the sample ids of a row group.
func (m *metrics) addSamples(samples iter.Seq[parquet.ByteArray]) {
	for sample := range samples {
		widen(&m.minSample, &m.maxSample, sample, m.minSample == nil)
	}
}

func widen(low, high *[]byte, text []byte, first bool) {
	if first || bytes.Compare(text, *low) < 0 {
		*low = append([]byte{}, text...)
	}
	if first || bytes.Compare(text, *high) > 0 {
		*high = append([]byte{}, text...)
	}
}
