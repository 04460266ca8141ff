package variant

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// Statistics let a reader leave out the row groups of other regions and samples.
func TestRowGroupStatistics(t *testing.T) {
	w, path := newWriter(t, Options{JobID: "j", RowGroups: column.Options{RowGroupRows: 1000}})
	for i := range 10_000 {
		site := Site{Contig: fmt.Appendf(nil, "chr%d", 1+i/5000), Start: int64(i), End: int64(i) + 1, Ref: []byte("A")}
		mustWrite(t, w, &site, []testCall{{Sample: fmt.Appendf(nil, "S%d", i/1000)}})
	}
	file := mustClose(t, w)
	if len(file.Splits) != 10 {
		t.Fatalf("%d row groups, want 10", len(file.Splits))
	}
	got := tabletest.Query(t, fmt.Sprintf(`SELECT path_in_schema, row_group_id, stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata('%s')
		WHERE path_in_schema IN ('contigname', 'start', 'end', 'sampleid') ORDER BY row_group_id, column_id`, path))
	var want []tabletest.Row
	for group := range int64(10) {
		contig, sample := fmt.Sprintf("chr%d", 1+group/5), fmt.Sprintf("S%d", group)
		want = append(want,
			tabletest.Row{"contigname", group, contig, contig, int64(0)},
			tabletest.Row{"start", group, fmt.Sprint(group * 1000), fmt.Sprint(group*1000 + 999), int64(0)},
			tabletest.Row{"end", group, fmt.Sprint(group*1000 + 1), fmt.Sprint(group*1000 + 1000), int64(0)},
			tabletest.Row{"sampleid", group, sample, sample, int64(0)})
	}
	tabletest.Diff(t, want, got)
}

func TestBloomFilter(t *testing.T) {
	w, path := newWriter(t, Options{JobID: "j", RowGroups: column.Options{RowGroupRows: 1000}})
	for i := range 3000 {
		site := Site{Contig: []byte("1"), Start: int64(i), End: int64(i) + 1, Ref: []byte("A")}
		mustWrite(t, w, &site, []testCall{{Sample: fmt.Appendf(nil, "S%d", i)}})
	}
	mustClose(t, w)
	reader, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for group := range 3 {
		filters, err := reader.GetBloomFilterReader().RowGroup(group)
		if err != nil {
			t.Fatal(err)
		}
		filter, err := filters.GetColumnBloomFilter(leafSample)
		if err != nil {
			t.Fatal(err)
		}
		strangers := 0
		for i := range 3000 {
			found := filter.CheckHash(filter.Hasher().Sum64(fmt.Appendf(nil, "S%d", i)))
			if i/1000 == group && !found {
				t.Errorf("the bloom filter of row group %d denies its sample S%d", group, i)
			}
			if i/1000 != group && found {
				strangers++
			}
		}
		if strangers > 60 { // it is made for 1 % of false positives
			t.Errorf("the bloom filter of row group %d lets %d of 2,000 strangers in", group, strangers)
		}
	}
}

func TestDataFileDescribes(t *testing.T) {
	ids := map[string]int{}
	for leaf := range Schema().Parquet().Leaves() {
		ids[Schema().Parquet().Path(leaf)] = Schema().Parquet().FieldID(leaf)
	}
	long := strings.Repeat("é", 100)
	w, path := newWriter(t, Options{JobID: "j"})
	for _, site := range []Site{
		{Contig: []byte("chr1"), Start: 7, End: 9, Ref: []byte("A")},
		{Contig: []byte("chr10"), Start: 3, End: 20, Ref: []byte("A")},
	} {
		mustWrite(t, w, &site, []testCall{{Sample: []byte(long)}, {Sample: []byte("b")}})
		mustWrite(t, w, &site, nil)
	}
	got := mustClose(t, w)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	want := column.DataFile{
		Path: path, Rows: 6, Bytes: info.Size(), Sorted: true, Splits: []int64{4},
		Nulls: map[int]int64{ids["contigname"]: 0, ids["start"]: 0, ids["end"]: 0, ids["sampleid"]: 2},
		Lower: map[int][]byte{
			ids["contigname"]: []byte("chr1"), ids["sampleid"]: []byte("b"),
			ids["start"]: {3, 0, 0, 0, 0, 0, 0, 0}, ids["end"]: {9, 0, 0, 0, 0, 0, 0, 0},
		},
		Upper: map[int][]byte{
			ids["contigname"]: []byte("chr10"), ids["sampleid"]: []byte(strings.Repeat("é", 63) + "ê"),
			ids["start"]: {7, 0, 0, 0, 0, 0, 0, 0}, ids["end"]: {20, 0, 0, 0, 0, 0, 0, 0},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(column.DataFile{}, "Sizes")); diff != "" {
		t.Errorf("data file (-want +got):\n%s", diff)
	}
	for _, name := range []string{"contigname", "start", "end", "sampleid"} {
		if size := got.Sizes[ids[name]]; size <= 0 || size >= got.Bytes {
			t.Errorf("column %s takes %d of %d bytes", name, size, got.Bytes)
		}
	}
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var back column.DataFile
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, back); diff != "" {
		t.Errorf("through JSON (-want +got):\n%s", diff)
	}
}

// Rows are sorted within row groups; whether row groups are is told of the file.
func TestDataFileSorted(t *testing.T) {
	for name, test := range map[string]struct {
		want  bool
		sites []Site
	}{
		"one":                   {true, []Site{{Start: 5}}},
		"equal":                 {true, []Site{{Start: 5}, {Start: 5}}},
		"ascending":             {true, []Site{{Start: 5}, {Start: 6}}},
		"descending":            {false, []Site{{Start: 6}, {Start: 5}}},
		"contigs as text":       {true, []Site{{Contig: []byte("10"), Start: 6}, {Contig: []byte("9"), Start: 5}}},
		"contigs as numbers":    {false, []Site{{Contig: []byte("9")}, {Contig: []byte("10")}}},
		"contig that came back": {false, []Site{{Contig: []byte("1")}, {Contig: []byte("2")}, {Contig: []byte("1")}}},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := newWriter(t, Options{JobID: "j", RowGroups: column.Options{RowGroupRows: 1}})
			for i := range test.sites {
				mustWrite(t, w, &test.sites[i], nil)
			}
			if got := mustClose(t, w).Sorted; got != test.want {
				t.Errorf("sorted is %v, want %v", got, test.want)
			}
		})
	}
}
