package tabix

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/varlake/varlake/bgzf"
)

// packed is an index's text as it is kept.
func packed(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := bgzf.NewWriter(&out, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// little is 32-bit numbers, as text.
func little(numbers ...int) string {
	var text []byte
	for _, n := range numbers {
		text = append(text, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return string(text)
}

func TestReadIndexRefuses(t *testing.T) {
	head := func(contigs int, names string) string {
		return "TBI\x01" + little(contigs, 2, 1, 2, 0, '#', 0, len(names)) + names
	}
	offsets := func(from, to int) string { return little(from, 0, to, 0) }
	for want, text := range map[string]string{
		"ends early":                    "",
		"begins with":                   "BAI\x01" + little(0),
		"ends early ":                   head(1, "a\x00"),
		"-1 contigs":                    head(-1, ""),
		"2147483647 contigs":            head(1<<31-1, ""),
		"1 contigs and 0 names":         head(1, ""),
		"contig \"a\" is there twice":   head(2, "a\x00a\x00"),
		"the names end within one":      head(1, "a"),
		"no column 0":                   "TBI\x01" + little(0, 0, 0, 2, 0, '#', 0, 0),
		"lines of kind 3":               "TBI\x01" + little(0, 3, 1, 2, 0, '#', 0, 0),
		"-5 lines are to be skipped":    "TBI\x01" + little(0, 0, 1, 2, 0, '#', -5, 0),
		"-2 bins":                       head(1, "a\x00") + little(-2),
		"no bin 37449":                  head(1, "a\x00") + little(1, 37449, 0, 0),
		"summary of contig \"a\" has 1": head(1, "a\x00") + little(1, 37450, 1) + offsets(1, 2),
		"begins at 0:9 and ends at 0:8": head(1, "a\x00") + little(1, 4681, 1) + offsets(9, 8),
		"ends early  ":                  head(1, "a\x00") + little(1<<31-1),
		"ends early   ":                 head(1, "a\x00") + little(0, 1<<31-1),
		"goes on after its end":         head(1, "a\x00") + little(0, 0, 0, 0) + "x",
		"of 11 levels":                  "CSI\x01" + little(14, 11, 0, 0),
		"the smallest of 2^40":          "CSI\x01" + little(40, 10, 0, 0),
		"its head has 27 bytes":         "CSI\x01" + little(14, 5, 27) + strings.Repeat("x", 27) + little(0),
		"-1 bytes of its own":           "CSI\x01" + little(14, 5, -1),
		"ends early    ":                "CSI\x01" + little(14, 5, 1<<30, 2, 1, 2, 0, '#', 0, 1<<29) + "a\x00",
	} {
		_, err := ReadIndex(bytes.NewReader(packed(t, text)))
		if !errors.Is(err, ErrIndex) || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := ReadIndex(strings.NewReader("TBI\x01")); !errors.Is(err, bgzf.ErrNotGzip) {
		t.Error(err)
	}
	if _, err := readIndex(bytes.NewReader(packed(t, head(1, "a\x00")+little(0, 1<<31-1)+strings.Repeat("\x00", 5000))),
		5000); err == nil || !strings.Contains(err.Error(), "more than 5000 bytes") {
		t.Error(err)
	}
	good := packed(t, head(1, "a\x00")+little(0, 0))
	if _, err := ReadIndex(bytes.NewReader(good)); err != nil {
		t.Error(err)
	}
	if _, err := ReadIndex(bytes.NewReader(good[:len(good)-28])); !errors.Is(err, bgzf.ErrNoEOF) {
		t.Errorf("cut: %v", err)
	}
	if _, err := ReadIndex(iotest.ErrReader(os.ErrDeadlineExceeded)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

func TestInterval(t *testing.T) {
	for _, c := range []struct {
		format     Format
		line       string
		contig     string
		start, end int64 // -1: it is refused
	}{
		{VCFFormat(), "1 10 . ACG A . . .", "1", 9, 12},
		{VCFFormat(), "1 10 . A <DEL> . . END=50", "1", 9, 50},
		{VCFFormat(), "1 10 . A <DEL> . . XEND=5;END=50;END=60\r\n", "1", 9, 50},
		{VCFFormat(), "1 10 . AC <DEL> . . END=5", "1", 9, 11},
		{VCFFormat(), "1 10 . A <DEL> . . SVLEN=-100", "1", 9, 110},
		{VCFFormat(), "1 0 . A C . . .", "1", 0, 1},
		{VCFFormat(), "1 x . A C . . .", "", -1, 0},
		{VCFFormat(), "1", "", -1, 0},
		{VCFFormat(), " 1 . A C", "", -1, 0},
		{VCFFormat(), "1 99999999999", "", -1, 0},
		{BEDFormat(), "chr1 10 20 name", "chr1", 10, 20},
		{BEDFormat(), "chr1 10 10", "chr1", 10, 11},
		{BEDFormat(), "chr1 10", "", -1, 0},
		{GFFFormat(), "chr1 . gene 10 20 . + . ID=x", "chr1", 9, 20},
		{SAMFormat(), "r 0 c 10 60 5S3M2I4D1N2=1X9H * 0 0 * *", "c", 9, 20},
		{SAMFormat(), "r 4 c 10 0 * * 0 0 * *", "c", 9, 10},
		{Format{Contig: 2, Begin: 1}, "7 c", "c", 6, 7},
	} {
		contig, start, end, err := c.format.Interval([]byte(strings.ReplaceAll(c.line, " ", "\t")))
		if (err != nil) != (c.start < 0) || err == nil && (string(contig) != c.contig || start != c.start || end != c.end) {
			t.Errorf("%q: %s:%d-%d, %v", c.line, contig, start, end, err)
		}
	}
	if _, err := NewBuilder(Format{Contig: 1}, false); err == nil {
		t.Error("a format without a column of positions was taken")
	}
}

// FuzzReadIndex: no index makes a query panic, or give a line that is not in the file and the region. What is read is
// written and read again as the same.
func FuzzReadIndex(f *testing.F) {
	for _, csi := range []bool{false, true} {
		f.Add(indexText(f, csi), int64(100), int64(90_000))
	}
	f.Add([]byte("CSI\x01"+little(1, 0, 0, 1, 1, 0, 5, 0, 1)+strings.Repeat("\x01", 16)), int64(0), int64(2))
	f.Add([]byte("TBI\x01"+little(1, 0, 1, 2, 0, '#', 0, 2)+"c\x00"+little(1, 0, 1, 0, 0, 1<<20, 1, 2, 7, 7, 8, 8)),
		int64(0), int64(1<<40))
	text, lines := fuzzFile(f)
	f.Fuzz(func(t *testing.T, index []byte, start, end int64) {
		x, err := decode(bytes.NewReader(index))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := x.encode(&again); err != nil {
			t.Fatal(err)
		}
		if y, err := decode(&again); err != nil || !reflect.DeepEqual(x, y) {
			t.Fatalf("written and read again: %+v, before %+v, %v", y, x, err)
		}
		for i := range x.Contigs() {
			x.ChunksAt(i, start, end)
		}
		file, err := Open(bytes.NewReader(text), int64(len(text)), x)
		if err != nil {
			return
		}
		if _, err := file.Header(); err != nil {
			t.Fatal(err)
		}
		for _, contig := range x.Contigs() {
			for line, err := range file.Query(contig, start, end) {
				if err == nil && x.Format() == VCFFormat() && !strings.Contains(lines, "\n"+string(line)+"\n") {
					// an offset within a line gives the rest of it
					if !strings.Contains(lines, string(line)+"\n") {
						t.Fatalf("line %q is not in the file", line)
					}
				}
			}
		}
	})
}

// fuzzFile is a VCF file of 200 records, as it is kept, and its text.
func fuzzFile(t testing.TB) (data []byte, text string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
	for i := range 200 {
		fmt.Fprintf(&b, "c%d\t%d\tr%d\tA\tC\t.\t.\tDP=%d\n", i/100, i%100*970+1, i, i*7919%1000)
	}
	var out bytes.Buffer
	z, err := bgzf.NewWriter(&out, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range slices.Collect(strings.Lines(b.String())) {
		if _, err := io.WriteString(z, line); err != nil {
			t.Fatal(err)
		}
		if i%50 == 0 { // several blocks
			if err := z.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), b.String()
}

// indexText is the index of fuzzFile, before it is compressed.
func indexText(t testing.TB, csi bool) []byte {
	t.Helper()
	data, _ := fuzzFile(t)
	s := bgzf.NewSeeker(bytes.NewReader(data), int64(len(data)))
	b := newBuilder(t, csi)
	for {
		from := s.VirtualOffset()
		line, err := s.AppendLine(nil, MaxLineBytes)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := b.AddLine(line, from, s.VirtualOffset()); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := b.Index().encode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
