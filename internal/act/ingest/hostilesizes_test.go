package ingest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
)

// repeat reads text again and again, count times.
func repeat(text []byte, count int64) io.Reader {
	return io.LimitReader(&repeater{text, 0}, count*int64(len(text)))
}

type repeater struct {
	text []byte
	at   int
}

func (r *repeater) Read(p []byte) (n int, _ error) {
	for n < len(p) {
		k := copy(p[n:], r.text[r.at:])
		n, r.at = n+k, (r.at+k)%len(r.text)
	}
	return n, nil
}

// peakMemory runs do and returns how many bytes the process held at most meanwhile, beyond what it held before.
func peakMemory(do func()) int64 {
	held := func() int64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64() + sample[1].Value.Uint64())
	}
	runtime.GC()
	before := held()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(before + hostileLimit*3/4)) // as a server has one, see limitMemory
	var peak atomic.Int64
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				peak.Store(max(peak.Load(), held()))
			}
		}
	}()
	do()
	close(quit)
	<-done
	return max(peak.Load(), held()) - before
}

// hostileLimit is the memory that no file may make an import take.
const hostileLimit = 1 << 30

// hostileScale multiplies the size of the large inputs: VARLAKE_HOSTILE_SCALE=10 makes a million what is to be a
// million, and =160 bombs of 10 GB.
func hostileScale(t *testing.T) int64 {
	text, ok := os.LookupEnv("VARLAKE_HOSTILE_SCALE")
	if !ok {
		return 1
	}
	n, err := strconv.ParseInt(text, 10, 16)
	if err != nil || n < 1 {
		t.Fatalf("VARLAKE_HOSTILE_SCALE is %q", text)
	}
	return n
}

// Files that are small, or endless, and would take much memory are imported or refused within the bound.
func TestHostileSizes(t *testing.T) {
	scale := hostileScale(t)
	text := func(parts ...string) io.Reader { return strings.NewReader(strings.Join(parts, "")) }
	blanks := append(bytes.Repeat([]byte(" "), 65_000), '\n')
	million := 100_000 * int(min(scale, 10)) // of what has a million by name
	for _, c := range []struct {
		name   string
		source func() io.Reader
		rows   int64
		want   string // of the message; empty: imported
		change func(*Reader, *meta.Claim)
	}{
		{"BGZF bomb of blank lines", func() io.Reader {
			return io.MultiReader(bytes.NewReader(bgzip(t, []byte(siteHeader), 100)), repeat(bgzip(t, blanks, len(blanks)),
				1000*scale),
				bytes.NewReader(emptyBlock))
		}, 0, "", nil},
		{"gzip bomb of records", func() io.Reader {
			return io.MultiReader(bytes.NewReader(gzipped(t, []byte(siteHeader))),
				repeat(gzipped(t, bytes.Repeat([]byte(siteRecord), 20_000)), 10*scale))
		}, 200_000 * scale, "", nil},
		{"gzip bomb of NULs", func() io.Reader {
			return io.MultiReader(bytes.NewReader(gzipped(t, []byte(siteHeader))),
				repeat(gzipped(t, append(make([]byte, 10<<20), '\n')), 10*scale))
		}, 0, "line number 3: the line is not valid text: it holds a NUL byte", nil},
		{"gzip bomb of a header", func() io.Reader {
			return io.MultiReader(bytes.NewReader(gzipped(t, []byte("##fileformat=VCFv4.2\n"))),
				repeat(gzipped(t, bytes.Repeat([]byte("##a=b\n"), 1<<20)), 100*scale))
		}, 0, "(line 1048577: a header may hold 1048576 lines)", nil},
		{"a million empty BGZF blocks", func() io.Reader {
			return io.MultiReader(bytes.NewReader(bgzip(t, []byte(siteHeader), 10)), repeat(emptyBlock, 25_000*min(scale, 40)),
				bytes.NewReader(bgzip(t, []byte(siteRecord), 1)), repeat(emptyBlock, 2))
		}, 1, "", nil},
		{"a million empty gzip members", func() io.Reader {
			return io.MultiReader(bytes.NewReader(gzipped(t, []byte(siteHeader))),
				repeat(gzipped(t, nil), 25_000*min(scale, 40)),
				bytes.NewReader(gzipped(t, []byte(siteRecord))))
		}, 1, "", nil},
		{"a line of 1 GB", func() io.Reader {
			return io.MultiReader(text(infoHeader, "chr1\t10\t.\tA\tC\t.\t.\tS="), repeat([]byte("ACGT"), 1<<28))
		}, 0, "Line 5: longer than 128 MiB", nil},
		{"a first line of 1 GB", func() io.Reader { return repeat([]byte("##fileformat="), 1<<26) }, 0,
			"(line 1: a header may hold 67108864 bytes and a line of it 16777216)", nil},
		{"a #CHROM line of 1 GB", func() io.Reader {
			return io.MultiReader(text("##fileformat=VCFv4.2\n#CHROM"), repeat([]byte("\tPOS"), 1<<28))
		}, 0, "(line 2: a header may hold", nil},
		{"a million samples", func() io.Reader {
			return io.MultiReader(text(strings.TrimSuffix(siteHeader, "\n"), "\tFORMAT\t", list("S%d", "\t", million), "\n",
				strings.TrimSuffix(siteRecord, "\n"), "\tGT:DP"), repeat([]byte("\t0/1:7"), int64(million)), text("\n"))
		}, int64(million), "", nil},
		{"a million samples with a thousand absent fields", func() io.Reader {
			return io.MultiReader(text(strings.TrimSuffix(siteHeader, "\n"), "\tFORMAT\t", list("S%d", "\t", million), "\n",
				strings.TrimSuffix(siteRecord, "\n"), "\t", list("K%d", ":", 999)), repeat([]byte("\t."), int64(million)))
		}, 0, fmt.Sprintf("line number 3: too many keys: 999 keys of %d samples; the limit is 33554432 fields (FORMAT)",
			million), nil},
		{"a million INFO keys", func() io.Reader {
			return text("##fileformat=VCFv4.3\n", list("##INFO=<ID=K%d,Number=1,Type=Integer,Description=\"\">", "\n", million),
				"\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t10\t.\tA\tC\t.\t.\t", list("K%d=7", ";", million), "\n")
		}, 1, "", nil},
		{"a million contigs", func() io.Reader {
			return text("##fileformat=VCFv4.3\n", list("##contig=<ID=c%d,length=5>", "\n", million),
				"\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n", list("c%d\t1\t.\tA\tC\t.\t.\t.", "\n", million))
		}, int64(million), "", nil},
		{"lines of 32 MiB", func() io.Reader {
			var parts []io.Reader
			for range 2 * scale {
				parts = append(parts, io.MultiReader(text("chr1\t10\t.\tA\tC\t.\t.\tS="), repeat([]byte("ACGT"), 8<<20),
					text("\n")))
			}
			return io.MultiReader(append([]io.Reader{text(infoHeader)}, parts...)...)
		}, 2 * scale, "", nil},
		{"many layouts of long keys", func() io.Reader {
			var parts []io.Reader
			for i := range 5 {
				parts = append(parts, text(strings.TrimSuffix(siteRecord, "\n"), fmt.Sprintf("\tK%d", i)),
					repeat([]byte("x"), 10<<20), text("\t.\n"))
			}
			return io.MultiReader(append([]io.Reader{text(strings.TrimSuffix(siteHeader, "\n"), "\tFORMAT\tS1\n")}, parts...)...)
		}, 0, "line number 3: too many keys: it has 10485762 bytes, the limit is 65536 (FORMAT)", nil},
		{"a million ALTs", func() io.Reader {
			return io.MultiReader(text(siteHeader, "chr1\t10\t.\tA\t"), repeat([]byte("C,"), int64(million)),
				text("G\t.\t.\t.\n"))
		}, 0, "line number 3: more than 65535 entries", nil},
		{"a line of empty IDs", func() io.Reader {
			return io.MultiReader(text(siteHeader, "chr1\t10\t"), repeat([]byte(";"), 120<<20), text("\tA\tC\t.\t.\t.\n"))
		}, 0, "line number 3: more than 65535 entries", nil},
		{"a line of one INFO key", func() io.Reader {
			return io.MultiReader(text(infoHeader, "chr1\t10\t.\tA\tC\t.\t.\tS"), repeat([]byte(";S"), 60<<20), text("\n"))
		}, 0, "line number 5: too many keys: the limit is 1048576 (INFO)", nil},
		{"a million annotations", func() io.Reader {
			return io.MultiReader(text(infoHeader, "chr1\t10\t.\tA\tC\t.\t.\tCSQ="),
				repeat([]byte("C|stop_gained,"), int64(million)), text("|\n"))
		}, 1, "", func(_ *Reader, claim *meta.Claim) { claim.Job.AnnotationFields = map[string]string{"VEP": "CSQ"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			source, change := c.source(), c.change
			if change == nil {
				change = func(*Reader, *meta.Claim) {}
			}
			var total Tally
			var message string
			peak := peakMemory(func() { total, message = importText(t, source, change) })
			if c.want == "" && message != "" || !strings.Contains(message, c.want) || total.Rows != c.rows {
				t.Errorf("%+v, %s; want %d rows, %q", total, message, c.rows, c.want)
			}
			t.Logf("%d MiB of memory", peak>>20)
			if peak > hostileLimit {
				t.Errorf("it took %d MiB of memory", peak>>20)
			}
		})
	}
}
