package lake

import (
	"encoding/binary"
	"testing"

	"github.com/apache/iceberg-go"

	"github.com/varlake/varlake/internal/table/column"
)

// TestFilesWithin: files are left out when their bounds say that they have nothing, and for no other reason.
func TestFilesWithin(t *testing.T) {
	long := func(n int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }
	s := &Snapshot{
		columns: []Column{{Name: "contigname"}, {Name: "start"}, {Name: "qual"}},
		ids:     []int{1, 2, 3},
		kinds:   []iceberg.Type{iceberg.PrimitiveTypes.String, iceberg.PrimitiveTypes.Int64, iceberg.PrimitiveTypes.Float64},
		files: []column.DataFile{
			{Path: "chr1 low", Lower: map[int][]byte{1: []byte("chr1"), 2: long(-5)},
				Upper: map[int][]byte{1: []byte("chr1"), 2: long(999)}},
			{Path: "chr1 high", Lower: map[int][]byte{1: []byte("chr1"), 2: long(1000)},
				Upper: map[int][]byte{1: []byte("chr10"), 2: long(1 << 40)}},
			{Path: "unknown"},
			{Path: "cut", Lower: map[int][]byte{2: {1}}, Upper: map[int][]byte{2: {1}}},
		},
	}
	for _, c := range []struct {
		bounds []Bound
		want   string
	}{
		{nil, "chr1 low,chr1 high,unknown,cut,"},
		{[]Bound{{Column: "contigname", Low: "chr1", High: "chr1"}}, "chr1 low,chr1 high,unknown,cut,"},
		{[]Bound{{Column: "contigname", Low: "chr10", High: "chr10"}}, "chr1 high,unknown,cut,"},
		{[]Bound{{Column: "contigname", Low: "chr2", High: "chr2"}}, "unknown,cut,"},
		{[]Bound{{Column: "contigname", Low: nil, High: "chr0"}}, "unknown,cut,"},
		{[]Bound{{Column: "start", Low: int64(999), High: int64(1000)}}, "chr1 low,chr1 high,unknown,cut,"},
		{[]Bound{{Column: "start", Low: int64(1000), High: nil}}, "chr1 high,unknown,cut,"},
		{[]Bound{{Column: "start", Low: nil, High: int64(-6)}}, "unknown,cut,"},
		{[]Bound{{Column: "start", Low: nil, High: int64(-5)}}, "chr1 low,unknown,cut,"},
		{[]Bound{{Column: "contigname", Low: "chr1", High: "chr1"}, {Column: "start", Low: nil, High: int64(0)}},
			"chr1 low,unknown,cut,"},
		// of another type: nothing is known
		{[]Bound{{Column: "start", Low: "5", High: "5"}}, "chr1 low,chr1 high,unknown,cut,"},
		{[]Bound{{Column: "qual", Low: int64(5), High: int64(5)}}, "chr1 low,chr1 high,unknown,cut,"},
		{[]Bound{{AnyOf: [][]Bound{{{Column: "start", High: int64(-5)}}, {{Column: "contigname", Low: "chr10", High: "chr10"},
			{Column: "start", Low: int64(1)}}}}}, "chr1 low,chr1 high,unknown,cut,"},
		{[]Bound{{AnyOf: [][]Bound{{{Column: "start", High: int64(-6)}}, {{Column: "contigname", Low: "chr2"}}}}},
			"unknown,cut,"},
		{[]Bound{{Column: "nope", Low: int64(5), High: int64(5)}}, "chr1 low,chr1 high,unknown,cut,"},
	} {
		got := ""
		for _, f := range s.FilesWithin(c.bounds) {
			got += f.Path + ","
		}
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.bounds, got, c.want)
		}
	}
}
