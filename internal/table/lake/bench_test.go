package lake

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"
	"time"
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
		info := []KV{
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
			GQ: Int{V: rng.Int32N(100), Valid: true}, DP: Int{V: dp, Valid: true},
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
		info := []KV{
			text("AC", rng.IntN(2*samples)), text("AF", fmt.Sprintf("%.6f", rare)), text("AN", 2*samples), text("NS", samples),
			text("DP", rng.IntN(40_000)), text("EAS_AF", fmt.Sprintf("%.4f", rare)), text("AMR_AF", fmt.Sprintf("%.4f", rare/2)),
			text("AFR_AF", fmt.Sprintf("%.4f", rare/3)), text("EUR_AF", fmt.Sprintf("%.4f", rare/4)), text("SAS_AF", fmt.Sprintf("%.4f", rare/5)),
		}
		r := &records[i]
		r.site = Site{
			Contig: []byte("chr22"), Start: pos, End: pos + 1, Names: [][]byte{fmt.Appendf(nil, "rs%d", rng.IntN(1e9))},
			Ref: []byte("A"), Alts: [][]byte{[]byte("G")}, Qual: 100, HasQual: true, Filters: [][]byte{[]byte("PASS")}, Attributes: info,
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

func text(key string, value any) KV { return KV{Key: []byte(key), Value: fmt.Append(nil, value)} }

func benchmarkWrite(b *testing.B, records []record, repeat int) {
	var rows, textBytes, fileBytes int64
	dir := b.TempDir()
	b.ReportAllocs()
	n, before := 0, cpuTime(b)
	for b.Loop() {
		n++
		w, err := NewVariantWriter(filepath.Join(dir, fmt.Sprint(n)), VariantOptions{JobID: "0123456789"})
		if err != nil {
			b.Fatal(err)
		}
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

// benchmarkRows writes the rows of a table of flat columns, total in all.
func benchmarkRows(b *testing.B, schema *Schema, rows [][]Value, total int) {
	var bytes int64
	dir := b.TempDir()
	b.ReportAllocs()
	n, before := 0, cpuTime(b)
	for b.Loop() {
		n++
		w, err := NewRowWriter(filepath.Join(dir, fmt.Sprint(n)), schema, RowOptions{})
		if err != nil {
			b.Fatal(err)
		}
		for i := range total {
			if err := w.Write(rows[i%len(rows)]); err != nil {
				b.Fatal(err)
			}
		}
		file, err := w.Close()
		if err != nil {
			b.Fatal(err)
		}
		bytes += file.Bytes
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(n*total), "cpu-ns/row")
	b.ReportMetric(float64(n*total)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(bytes)/float64(n*total), "B/row")
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

// Rows as in GENCODE: genes' parts with eight more tags.
func BenchmarkWriteGFF(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	null, at := Value{Null: true}, int64(10_000)
	rows := make([][]Value, 1<<18)
	for i := range rows {
		at += rng.Int64N(2000)
		gene := fmt.Sprintf("ENSG%011d.5", i/20)
		just := func(s string) Value { return Value{Text: []byte(s)} }
		tags := []KV{
			text("gene_id", gene), text("gene_type", "protein_coding"), text("gene_name", fmt.Sprint("GENE", i/20)), text("level", 2),
			text("transcript_id", fmt.Sprintf("ENST%011d.2", i/8)), text("exon_number", i%8), text("tag", "basic"), text("havana_gene", gene[4:]),
		}
		rows[i] = []Value{
			just("0123456789"), just("chr1"), just("HAVANA"), just([]string{"exon", "CDS", "transcript"}[rng.IntN(3)]), {Int: at}, {Int: at + 150}, null,
			just("+"), {Int: rng.Int64N(3)}, just(fmt.Sprintf("exon:ENST%011d.2:%d", i/8, i%8)), null, null,
			{List: [][]byte{fmt.Appendf(nil, "ENST%011d.2", i/8)}}, null, null, null, null, null, null, null, {Map: tags},
		}
	}
	benchmarkRows(b, GFFSchema(), rows, 1<<19)
}

func BenchmarkWriteWide(b *testing.B) {
	rows := make([][]Value, 200)
	for i := range rows {
		rows[i] = make([]Value, 5002)
		wideRow(rows[i], i, func(int) bool { return true })
	}
	benchmarkRows(b, wideSchema(b, 5000), rows, 4000)
}
