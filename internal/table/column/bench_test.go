package column_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// benchmarkRows writes the rows of a table of flat columns, total in all.
func benchmarkRows(b *testing.B, schema *column.Schema, rows [][]column.Value, total int) {
	var bytes int64
	dir := b.TempDir()
	b.ReportAllocs()
	n, before := 0, cpuTime(b)
	for b.Loop() {
		n++
		w, err := column.NewRowWriter(tabletest.NewFile(b, filepath.Join(dir, fmt.Sprint(n))), schema, column.Options{})
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

func text(key string, value any) column.KV {
	return column.KV{Key: []byte(key), Value: fmt.Append(nil, value)}
}

// gffSchema has the columns of GFF's table.
func gffSchema(b *testing.B) *column.Schema {
	var columns []column.Flat
	for name := range strings.FieldsSeq(
		"importjobid seqid source type start end score strand phase id name alias parent target gap derivesfrom note dbxref ontologyterm is_circular information") {
		types := map[string]column.FlatType{
			"start": column.TypeLong, "end": column.TypeLong, "score": column.TypeDouble, "phase": column.TypeInt,
			"parent": column.TypeTextList,
			"note":   column.TypeTextList, "dbxref": column.TypeTextList, "ontologyterm": column.TypeTextList,
			"is_circular": column.TypeBoolean, "information": column.TypeTextMap,
		}
		columns = append(columns, column.Flat{Name: name, Type: types[name]})
	}
	s, err := lake.NewSchema(columns, []string{"seqid", "start"}, []string{"seqid", "start", "end"})
	if err != nil {
		b.Fatal(err)
	}
	return s.Parquet()
}

// Rows as in GENCODE: genes' parts with eight more tags.
func BenchmarkWriteGFF(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	null, at := column.Value{Null: true}, int64(10_000)
	rows := make([][]column.Value, 1<<18)
	for i := range rows {
		at += rng.Int64N(2000)
		gene := fmt.Sprintf("ENSG%011d.5", i/20)
		just := func(s string) column.Value { return column.Value{Text: []byte(s)} }
		tags := []column.KV{
			text("gene_id", gene), text("gene_type", "protein_coding"), text("gene_name", fmt.Sprint("GENE", i/20)),
			text("level", 2),
			text("transcript_id", fmt.Sprintf("ENST%011d.2", i/8)), text("exon_number", i%8), text("tag", "basic"),
			text("havana_gene", gene[4:]),
		}
		rows[i] = []column.Value{
			just("0123456789"), just("chr1"), just("HAVANA"), just([]string{"exon", "CDS", "transcript"}[rng.IntN(3)]),
			{Int: at}, {Int: at + 150}, null,
			just("+"), {Int: rng.Int64N(3)}, just(fmt.Sprintf("exon:ENST%011d.2:%d", i/8, i%8)), null, null,
			{List: [][]byte{fmt.Appendf(nil, "ENST%011d.2", i/8)}}, null, null, null, null, null, null, null, {Map: tags},
		}
	}
	benchmarkRows(b, gffSchema(b), rows, 1<<19)
}

func BenchmarkWriteWide(b *testing.B) {
	rows := make([][]column.Value, 200)
	for i := range rows {
		rows[i] = make([]column.Value, 5002)
		wideRow(rows[i], i, func(int) bool { return true })
	}
	benchmarkRows(b, wideSchema(b, 5000), rows, 4000)
}
