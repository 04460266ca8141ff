package vcf

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

const benchHeader = `##fileformat=VCFv4.2
##FILTER=<ID=LowQual,Description="Low quality">
##INFO=<ID=AC,Number=A,Type=Integer,Description="">
##INFO=<ID=AF,Number=A,Type=Float,Description="">
##INFO=<ID=AN,Number=1,Type=Integer,Description="">
##INFO=<ID=BaseQRankSum,Number=1,Type=Float,Description="">
##INFO=<ID=ClippingRankSum,Number=1,Type=Float,Description="">
##INFO=<ID=DP,Number=1,Type=Integer,Description="">
##INFO=<ID=FS,Number=1,Type=Float,Description="">
##INFO=<ID=MQ,Number=1,Type=Float,Description="">
##INFO=<ID=QD,Number=1,Type=Float,Description="">
##INFO=<ID=SOR,Number=1,Type=Float,Description="">
##FORMAT=<ID=GT,Number=1,Type=String,Description="">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT`

// benchLines makes lines of a file with the given samples.
func benchLines(tb testing.TB, records, samples int, full bool) (*Header, [][]byte) {
	var text bytes.Buffer
	text.WriteString(benchHeader)
	for i := range samples {
		fmt.Fprintf(&text, "\tNA%05d", i)
	}
	text.WriteByte('\n')
	h, err := ParseHeader(text.Bytes())
	if err != nil {
		tb.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	var lines [][]byte
	for i := range records {
		var b bytes.Buffer
		fmt.Fprintf(&b, "chr20\t%d\trs%d\t%c\t%c\t%.2f\tPASS\tAC=1;AF=0.500;AN=2;BaseQRankSum=%.3f;ClippingRankSum=%.3f;DP=%d;FS=%.3f;MQ=60.00;QD=%.2f;SOR=%.3f\t",
			60000+i*31, r.IntN(1e9), "AC"[r.IntN(2)], "GT"[r.IntN(2)], r.Float64()*1000, r.Float64()-0.5, r.Float64(),
			r.IntN(80), r.Float64()*10, r.Float64()*30, r.Float64()*3)
		if full {
			b.WriteString("GT:AD:DP:GQ:PL")
		} else {
			b.WriteString("GT")
		}
		for range samples {
			if full {
				fmt.Fprintf(&b, "\t0/%d:%d,%d:%d:99:%d,0,%d", r.IntN(2), r.IntN(40), r.IntN(40), r.IntN(80), r.IntN(1000),
					r.IntN(1000))
			} else {
				fmt.Fprintf(&b, "\t%d|%d", r.IntN(2), r.IntN(2))
			}
		}
		lines = append(lines, b.Bytes())
	}
	return h, lines
}

type benchCase struct {
	name             string
	records, samples int
	full             bool
}

var benchCases = []benchCase{
	{"sites", 1000, 0, false},
	{"one sample", 1000, 1, true},
	{"2504 samples GT", 20, 2504, false},
	{"2504 samples GATK", 20, 2504, true},
}

func (c *benchCase) setup(tb testing.TB) (*Record, [][]byte, int64) {
	h, lines := benchLines(tb, c.records, max(c.samples, 1), c.full)
	if c.samples == 0 {
		text, _, _ := bytes.Cut([]byte(benchHeader), []byte("\tFORMAT"))
		var err error
		if h, err = ParseHeader(text); err != nil {
			tb.Fatal(err)
		}
		for i, line := range lines {
			lines[i] = bytes.Join(bytes.Split(line, []byte("\t"))[:8], []byte("\t"))
		}
	}
	n := 0
	for _, line := range lines {
		n += len(line) + 1
	}
	return NewRecord(h), lines, int64(n)
}

func BenchmarkParse(b *testing.B) {
	for _, c := range benchCases {
		b.Run(c.name, func(b *testing.B) {
			rec, lines, n := c.setup(b)
			b.SetBytes(n)
			b.ReportAllocs()
			for b.Loop() {
				for i, line := range lines {
					if err := rec.Parse(line, int64(i)); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// reader takes out all that an importer stores.
type reader struct {
	parts [][]byte
	ints  []int32
	sum   int
}

func (x *reader) read(r *Record) {
	x.parts = r.AppendFilters(r.AppendAlts(r.AppendIDs(x.parts[:0])))
	q, _ := r.Qual()
	x.sum += int(q) + int(r.End()) + len(x.parts)
	for i := range r.NumInfo() {
		key, value, _ := r.Info(i)
		x.sum += len(key) + len(value)
	}
	k := r.NumFormat()
	for s := range r.NumSamples() {
		x.ints = x.ints[:0]
		for i := range k {
			text := r.Field(s, i)
			if f := r.FormatField(i); f.ID == "GT" {
				x.ints, _ = AppendGT(x.ints, text)
			} else {
				x.ints, _ = AppendInts(x.ints, text)
			}
		}
		x.sum += len(x.ints)
	}
}

func BenchmarkParseAndRead(b *testing.B) {
	for _, c := range benchCases {
		b.Run(c.name, func(b *testing.B) {
			rec, lines, n := c.setup(b)
			var x reader
			b.SetBytes(n)
			b.ReportAllocs()
			for b.Loop() {
				for i, line := range lines {
					if err := rec.Parse(line, int64(i)); err != nil {
						b.Fatal(err)
					}
					x.read(rec)
				}
			}
		})
	}
}

// Parsing and reading a record must not allocate.
func TestNoAllocations(t *testing.T) {
	for _, c := range benchCases {
		rec, lines, _ := c.setup(t)
		var x reader
		i := 0
		next := func() {
			if err := rec.Parse(lines[i%len(lines)], 1); err != nil {
				t.Fatal(err)
			}
			x.read(rec)
			i++
		}
		for range 20 {
			next()
		}
		if n := testing.AllocsPerRun(100, next); n != 0 {
			t.Errorf("%s: %v allocations per record", c.name, n)
		}
	}
}

func BenchmarkVEP(b *testing.B) {
	h, value := vepExample(b)
	f, _, err := ParseVEPHeader(h, "CSQ")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	var dst []VEPEntry
	for b.Loop() {
		dst = f.Parse(value, dst[:0])
	}
	if len(dst) == 0 {
		b.Fatal("no entries")
	}
}
