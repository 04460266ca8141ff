package variant

import (
	"fmt"
	"testing"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// A record with a long INFO and many samples takes bounded memory: its rows repeat what is in the record once.
func TestWriteLongRecordOfManySamples(t *testing.T) {
	const keys, samples, bound = 2000, 1000, 8 << 20
	w, path := newWriter(t, Options{JobID: "j", RowGroups: column.Options{RowGroupBytes: bound}})
	site := Site{Contig: []byte("1"), Ref: []byte("A")}
	for k := range keys {
		site.Attributes = append(site.Attributes, column.KV{Key: fmt.Appendf(nil, "K%d", k), Value: []byte("v")})
	}
	calls := make([]testCall, samples)
	for i := range calls {
		calls[i].Sample = fmt.Appendf(nil, "S%d", i)
	}
	mustWrite(t, w, &site, calls)
	if held := w.rows.Buffered(); w.RowGroup() > 0 || held > bound/8 {
		t.Errorf("row group %d of %d bytes for a bound of %d", w.RowGroup(), held, bound)
	}
	file := mustClose(t, w)
	if file.Rows != samples || !file.Sorted {
		t.Errorf("%d rows, sorted %v; want %d, sorted", file.Rows, file.Sorted, samples)
	}
	got := tabletest.Query(t,
		fmt.Sprintf("SELECT count(DISTINCT sampleid), min(len(map_keys(attributes))), max(len(map_keys(attributes))) FROM read_parquet('%s')", path))
	if want := fmt.Sprint([]tabletest.Row{{samples, keys, keys}}); fmt.Sprint(got) != want {
		t.Errorf("read %v, want %v", got, want)
	}
}
