package variant

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// The benchmarks write the rows of realistic records: one sample with GT:AD:DP:GQ:PL and ten INFO keys as a variant
// caller leaves them, and the 2,504 samples of a phased panel. MB/s counts the bytes of the VCF text they stand for.

// record is a site, its calls, and about how long its line of VCF is.
type record struct {
	site  Site
	calls []testCall
	text  int
}

func oneSample(rng *rand.Rand, n int) []record {
	records := make([]record, n)
	pos := int64(10_000)
	sample := []byte("NA12878")
	for i := range records {
		pos += rng.Int64N(2000)
		alt, ref := "ACGT"[rng.IntN(4)], "ACGT"[rng.IntN(4)]
		dp, alts := 20+rng.Int32N(40), rng.Int32N(20)
		info := []column.KV{
			text("AC", rng.IntN(2)+1), text("AF", []string{"0.500", "1.00"}[rng.IntN(2)]), text("AN", 2), text("DP", dp),
			text("FS", fmt.Sprintf("%.3f", rng.ExpFloat64()*3)), text("MLEAC", 1), text("MLEAF", "0.500"),
			text("MQ", fmt.Sprintf("%.2f", 60-rng.ExpFloat64())), text("QD", fmt.Sprintf("%.2f", rng.Float64()*35)),
			text("SOR", fmt.Sprintf("%.3f", rng.Float64()*3)),
		}
		r := &records[i]
		r.site = Site{
			Contig: []byte("chr1"), Start: pos, End: pos + 1, Ref: []byte{ref}, Alts: [][]byte{{alt}}, HasQual: true,
			Qual: float64(rng.IntN(200_000)) / 100, Filters: [][]byte{[]byte("PASS")}, Attributes: info,
		}
		r.calls = []testCall{{sample, Call{
			HasGT: true, Calls: []int32{0, 1}, AD: []int32{dp - alts, alts}, PL: []int32{rng.Int32N(900), 0, rng.Int32N(900)},
			GQ: column.Int{V: rng.Int32N(100), Valid: true}, DP: column.Int{V: dp, Valid: true},
		}}}
		r.text = 205
	}
	return records
}

func panel(rng *rand.Rand, n, samples int) []record {
	records := make([]record, n)
	names := make([][]byte, samples)
	for i := range names {
		names[i] = fmt.Appendf(nil, "HG%05d", i)
	}
	pos := int64(10_000)
	for i := range records {
		pos += rng.Int64N(200)
		rare := rng.Float64() * rng.Float64()
		info := []column.KV{
			text("AC", rng.IntN(2*samples)), text("AF", fmt.Sprintf("%.6f", rare)), text("AN", 2*samples), text("NS", samples),
			text("DP", rng.IntN(40_000)), text("EAS_AF", fmt.Sprintf("%.4f", rare)), text("AMR_AF", fmt.Sprintf("%.4f", rare/2)),
			text("AFR_AF", fmt.Sprintf("%.4f", rare/3)), text("EUR_AF", fmt.Sprintf("%.4f", rare/4)),
			text("SAS_AF", fmt.Sprintf("%.4f", rare/5)),
		}
		r := &records[i]
		r.site = Site{
			Contig: []byte("chr22"), Start: pos, End: pos + 1, Names: [][]byte{fmt.Appendf(nil, "rs%d", rng.IntN(1e9))},
			Ref: []byte("A"), Alts: [][]byte{[]byte("G")}, Qual: 100, HasQual: true, Filters: [][]byte{[]byte("PASS")},
			Attributes: info,
		}
		r.calls = make([]testCall, samples)
		for s := range r.calls {
			gt := []int32{0, 0}
			for h := range gt {
				if rng.Float64() < rare {
					gt[h] = 1
				}
			}
			r.calls[s] = testCall{names[s], Call{HasGT: true, Phased: true, Calls: gt}}
		}
		r.text = 120 + 4*samples
	}
	return records
}

func text(key string, value any) column.KV {
	return column.KV{Key: []byte(key), Value: fmt.Append(nil, value)}
}

func benchmarkWrite(b *testing.B, records []record, repeat int) {
	var rows, textBytes, fileBytes int64
	dir := b.TempDir()
	b.ReportAllocs()
	n, before := 0, cpuTime(b)
	for b.Loop() {
		n++
		w := NewWriter(tabletest.NewFile(b, filepath.Join(dir, fmt.Sprint(n))), Options{JobID: "0123456789"})
		for turn := range repeat {
			for i := range records {
				r := records[i]
				r.site.Start += int64(turn) * 10_000_000
				r.site.End += int64(turn) * 10_000_000
				if err := writeCalls(w, &r.site, r.calls); err != nil {
					b.Fatal(err)
				}
				textBytes += int64(r.text)
			}
		}
		file, err := w.Close()
		if err != nil {
			b.Fatal(err)
		}
		rows += file.Rows
		fileBytes += file.Bytes
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(rows), "cpu-ns/row")
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(rows)/seconds, "rows/s")
	b.ReportMetric(float64(textBytes)/seconds/1e6, "VCF-MB/s")
	b.ReportMetric(float64(fileBytes)/float64(rows), "B/row")
}

// cpuTime is what the process used of all cores, garbage collection included.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkWriteOneSample(b *testing.B) {
	benchmarkWrite(b, oneSample(rand.New(rand.NewPCG(1, 2)), 1<<18), 4)
}

func BenchmarkWritePanel(b *testing.B) {
	benchmarkWrite(b, panel(rand.New(rand.NewPCG(1, 2)), 400, 2504), 1)
}

// Merging the files of one-sample imports, and those of joint-called ones; heap-MB is what is live at its peak.
func BenchmarkCompact(b *testing.B) {
	for name, of := range map[string]struct{ files, records, samples int }{
		"one sample": {64, 5_000, 1}, "large files": {8, 300_000, 1}, "panel": {6, 200, 2504},
	} {
		b.Run(name, func(b *testing.B) {
			folder, dir := newTable(b)
			var files []column.DataFile
			rows, bytes := 0, int64(0)
			for i := range of.files {
				rng := rand.New(rand.NewPCG(1, uint64(i)))
				records := oneSample(rng, of.records)
				if of.samples > 1 {
					records = panel(rng, of.records, of.samples)
				}
				w := NewWriter(tabletest.NewFile(b, filepath.Join(dir, fmt.Sprint(i))), Options{JobID: fmt.Sprint("job", i)})
				for line := range records {
					records[line].site.Line = int64(line + 1)
					if err := writeCalls(w, &records[line].site, records[line].calls); err != nil {
						b.Fatal(err)
					}
				}
				file, err := w.Close()
				if err != nil {
					b.Fatal(err)
				}
				files, rows, bytes = append(files, file), rows+int(file.Rows), bytes+file.Bytes
			}
			runtime.GC()
			peak, done := uint64(0), make(chan struct{})
			go func() {
				for {
					select {
					case <-done:
						return
					case <-time.After(5 * time.Millisecond):
						var memory runtime.MemStats
						runtime.ReadMemStats(&memory)
						peak = max(peak, memory.NextGC/2) // what was live at the last collection
					}
				}
			}()
			n, written, before := 0, int64(0), cpuTime(b)
			for b.Loop() {
				n++
				compacted, err := lake.Compact(b.Context(), folder, dir, fmt.Sprint(n), Schema(), files)
				if err != nil {
					b.Fatal(err)
				}
				for i := range compacted {
					written += compacted[i].Bytes
				}
			}
			done <- struct{}{}
			b.ReportMetric(float64(cpuTime(b)-before)/float64(n*rows), "cpu-ns/row")
			b.ReportMetric(float64(n*rows)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(written)/float64(int64(n)*bytes), "size-ratio")
			b.ReportMetric(float64(peak)/(1<<20), "heap-MB")
		})
	}
}
