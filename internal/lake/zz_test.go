package lake

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestTextExp(t *testing.T) {
	for _, C := range []int{1000, 2000, 3000, 4000, 5000} {
		for _, phases := range []bool{false, true} {
			var cols []FlatColumn
			for i := range C {
				cols = append(cols, FlatColumn{fmt.Sprintf("column_%d", i), TypeText})
			}
			s, _ := NewSchema(cols, nil, nil)
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w, _ := NewRowWriter(filepath.Join(t.TempDir(), "f"), s, RowOptions{})
			rng := rand.New(rand.NewPCG(1, 2))
			row := make([]Value, C)
			text := make([][]byte, C)
			peak := 0
			var peakHeap uint64
			start := time.Now()
			n := 8000
			if phases {
				n *= 20
			}
			for r := range n {
				lo, hi := 0, C
				if phases {
					lo = r / (n / 20) * C / 20
					hi = lo + C/20
				}
				for i := range row {
					row[i].Null = i < lo || i >= hi
				}
				for i := lo; i < hi; i++ {
					text[i] = fmt.Appendf(text[i][:0], "v%d", rng.IntN(1e9))
					row[i].Text = text[i]
				}
				if err := w.Write(row); err != nil {
					t.Fatal(err)
				}
				peak = max(peak, w.buffered())
				if r%50 == 0 {
					runtime.ReadMemStats(&after)
					peakHeap = max(peakHeap, after.HeapAlloc)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			f, _ := w.Close()
			fmt.Println(C, phases, "groups", len(f.Splits), "peak buffered", peak>>20, "heap", peakHeap>>20, "live", (after.HeapAlloc-before.HeapAlloc)>>20, "bytes", f.Bytes, time.Since(start))
			if !phases {
				fmt.Println(queryRows(t, fmt.Sprintf("SELECT max(row_group_num_rows) FROM parquet_metadata('%s') ", f.Path)))
			}
		}
	}
}
