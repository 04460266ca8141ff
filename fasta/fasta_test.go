package fasta

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/bgzf"
)

// accepted are FASTA files that samtools indexes, and so do we, byte for byte.
var accepted = map[string]string{
	"one line":             ">a\nACGT\n",
	"no newline at end":    ">a\nACGT\nAC",
	"one line, no newline": ">a\nACGT",
	"description":          ">a b c\nACGT\n>\t b\nAC\n",
	"CRLF":                 ">a x\r\nACGT\r\nACGT\r\nA\r\n>b\r\nAC\r\n",
	"CR at the end":        ">a\r\nACGT\r",
	"LF after CRLF lines":  ">a\r\nACGT\r\nACGT\n>b\r\nAC\r\nA\r\n",
	"blank lines":          "\n\r\n>a\nACGT\nAC\n\n\n>b\nAC\n\n",
	"blank CRLF line":      ">a\r\nAC\r\n\r\n>b\r\nA\r\n",
	"codes":                ">a\nACGTUNRYKMSWBDHVX-\nacgtunrykmswbdhvx-\n",
	"names":                ">HLA:A*01:01 x\nA\n>chr1|x=1\nC\n>1\nG\n>\u00e9\nT\n",
	"long line":            ">a\n" + strings.Repeat("ACGTN", 200_000) + "\n>b\nA\n",
	"long description":     ">a " + strings.Repeat("words ", 100_000) + "\nACGT\n>b\nA\n",
	"line of a buffer":     ">a\n" + strings.Repeat("A", lineBuffer-4) + "\nA\n",
	"CRLF over a buffer":   ">a\n" + strings.Repeat("A", lineBuffer-4) + "\r\nA\r\n",
}

// tool gives the path of an oracle program. Without it the test is skipped, and fails in CI.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is needed in CI: %v", name, err)
		}
		t.Skipf("needs %s as the oracle: %v", name, err)
	}
	return path
}

// openText indexes and opens a FASTA text.
func openText(t testing.TB, text []byte) *File {
	t.Helper()
	var fai bytes.Buffer
	if _, err := Index(bytes.NewReader(text), &fai); err != nil {
		t.Fatal(err)
	}
	f, err := Open(bytes.NewReader(text), int64(len(text)), &fai)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestIndex(t *testing.T) {
	samtools := tool(t, "samtools")
	for name, text := range accepted {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.fa")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(samtools, "faidx", path).CombinedOutput(); err != nil {
				t.Fatalf("samtools faidx: %v\n%s", err, out)
			}
			want, err := os.ReadFile(path + ".fai")
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			stats, err := Index(strings.NewReader(text), &got)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("index (-samtools +got):\n%s", diff)
			}
			contigs := parseFASTA(text)
			var bases int64
			for _, seq := range contigs {
				bases += int64(len(seq))
			}
			if want := (Stats{Contigs: len(contigs), Bases: bases, Bytes: int64(len(text))}); stats != want {
				t.Errorf("stats %+v, want %+v", stats, want)
			}
		})
	}
}

func TestIndexRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		line       int64
		message    string
	}{
		{"empty", "", 1, "there is no contig"},
		{"blank", "\n\n", 1, "there is no contig"},
		{"compressed", "\x1f\x8b\x08\x00", 1, "the file is compressed"},
		{"no header", "\nACGT\n", 2, "there is a sequence before the first contig"},
		{"FASTQ", "@a\nACGT\n+\nIIII\n", 1, "'@' is no nucleotide"},
		{"no name", ">a\nA\n> \nACGT\n", 3, "the contig has no name"},
		{"no name and no newline", ">", 1, "the contig has no name"},
		{"twice", ">a 1\nA\n>b\nA\n>a 2\nA\n", 5, `contig "a" is there twice`},
		{"no bases", ">a\nA\n>b\n\n>c\nA\n", 3, `contig "b" has no bases`},
		{"no bases at the end", ">a\nA\n>b", 3, `contig "b" has no bases`},
		{"longer line", ">a\nACGT\nACGTA\n", 3, `the line is longer than the first of contig "a": 5 bases, not 4`},
		{"shorter line", ">a\nACGT\nACG\nACGT\n", 4, `contig "a" goes on after a blank, shorter or otherwise ended line`},
		{"blank line", ">a\nACGT\n\nACGT\n", 4, `contig "a" goes on after a blank, shorter or otherwise ended line`},
		{"blank first line", ">a\n\nACGT\n", 3, `contig "a" goes on after a blank, shorter or otherwise ended line`},
		{"line ends mixed", ">a\r\nACGT\r\nACGT\nACGT\r\n", 4,
			`contig "a" goes on after a blank, shorter or otherwise ended line`},
		{"CRLF after LF", ">a\nACGT\nACGT\r\n", 3, `the line is longer than the first of contig "a": 4 bases, not 4`},
		{"a base for a CR", ">a\r\nACGT\r\nACGTA\n", 3, `the line is longer than the first of contig "a": 5 bases, not 4`},
		{"protein", ">a\nACGT\n>b\nMKLV\n", 4, "'L' is no nucleotide"},
		{"space", ">a\nACGT\nAC \n", 3, "' ' is no nucleotide"},
		{"NUL", ">a\nAC\x00\n", 2, `'\x00' is no nucleotide`},
		{"CR inside", ">a\nAC\rGT\n", 2, "a carriage return is not at the end of the line"},
		{"two CRs", ">a\nAC\r\r\n", 2, "a carriage return is not at the end of the line"},
		{"control character in a name", ">a\x01\nAC\n", 1, `the contig's name "a\x01" has a control character`},
		{"long name", ">" + strings.Repeat("a", maxName+1) + "\nAC\n", 1, "the contig's name is too long"},
		{"after a long line", ">a\n" + strings.Repeat("A", 3*lineBuffer) + "\n!\n", 3, "'!' is no nucleotide"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Index(strings.NewReader(tc.text), io.Discard)
			var got *Error
			if !errors.As(err, &got) || got.Line != tc.line || got.Err.Error() != tc.message {
				t.Errorf("got %v, want line %d: %s", err, tc.line, tc.message)
			}
		})
	}
	_, err := Index(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(">a\nACGT\n"))), io.Discard)
	if !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("got %v, want the reader's error", err)
	}
	full, err := os.OpenFile(os.DevNull, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	if _, err := Index(strings.NewReader(">a\nA\n"), full); !errors.As(err, new(*os.PathError)) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

// parseFASTA reads a valid FASTA text the plain way.
func parseFASTA(text string) map[string]string {
	contigs := make(map[string]string)
	name := ""
	for line := range strings.Lines(text) {
		if header, ok := strings.CutPrefix(line, ">"); ok {
			name = strings.FieldsFunc(header, func(r rune) bool { return strings.ContainsRune(" \t\v\f\r\n", r) })[0]
			continue
		}
		if name != "" {
			contigs[name] += strings.TrimRight(line, "\r\n")
		}
	}
	return contigs
}

func TestFetch(t *testing.T) {
	for name, text := range accepted {
		t.Run(name, func(t *testing.T) {
			f := openText(t, []byte(text))
			contigs := parseFASTA(text)
			if len(f.Contigs()) != len(contigs) {
				t.Fatalf("%d contigs, want %d", len(f.Contigs()), len(contigs))
			}
			rng := rand.New(rand.NewPCG(1, 2))
			for _, c := range f.Contigs() {
				want := contigs[c.Name]
				if n, ok := f.Length(c.Name); !ok || n != int64(len(want)) || n != c.Length {
					t.Fatalf("length of %q is %d %v, want %d", c.Name, n, ok, len(want))
				}
				checkRange(t, f, c.Name, want, 0, len(want))
				for range 100 {
					start := rng.IntN(len(want) + 1)
					checkRange(t, f, c.Name, want, start, start+rng.IntN(len(want)-start+1))
				}
			}
		})
	}
}

func checkRange(t *testing.T, f Reference, name, want string, start, end int) {
	t.Helper()
	got, err := f.Fetch([]byte("before"), name, int64(start), int64(end))
	if err != nil || string(got) != "before"+want[start:end] {
		t.Fatalf("%s %d-%d: got %.80q %v, want %.80q", name, start, end, got, err, want[start:end])
	}
}

func TestFetchErrors(t *testing.T) {
	text := []byte(">a\nACGT\nAC\n")
	for name, ref := range map[string]Reference{
		"fasta":  openText(t, text),
		"memory": NewMemory(map[string][]byte{"a": []byte("ACGTAC")}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, tc := range []struct {
				contig     string
				start, end int64
				want       error
			}{
				{"b", 0, 1, &UnknownContigError{Contig: "b"}},
				{"a", -1, 1, &RangeError{"a", -1, 1, 6}},
				{"a", 0, 7, &RangeError{"a", 0, 7, 6}},
				{"a", 3, 2, &RangeError{"a", 3, 2, 6}},
				{"a", 6, 6, nil},
			} {
				got, err := ref.Fetch([]byte("x"), tc.contig, tc.start, tc.end)
				if diff := cmp.Diff(tc.want, err); diff != "" || string(got) != "x" {
					t.Errorf("%+v: got %q, error (-want +got):\n%s", tc, got, diff)
				}
			}
			if _, ok := ref.Length("b"); ok {
				t.Error("there is a contig b")
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	const size = 100
	for name, fai := range map[string]string{
		"columns":       "a\t1\t3\t4\n",
		"no name":       "\t1\t3\t4\t5\n",
		"number":        "a\t1\tx\t4\t5\n",
		"negative":      "a\t1\t-3\t4\t5\n",
		"too large":     "a\t1\t99999999999999999999\t4\t5\n",
		"past the end":  "a\t90\t3\t10\t11\n",
		"offset":        "a\t1\t100\t4\t5\n",
		"far offset":    "a\t1\t9223372036854775807\t4\t5\n",
		"far length":    "a\t9223372036854775807\t3\t4\t5\n",
		"no bases/line": "a\t1\t3\t0\t1\n",
		"narrow line":   "a\t1\t3\t4\t4\n",
		"wide line":     "a\t1\t3\t4\t7\n",
		"huge line":     "a\t1\t3\t9223372036854775807\t9223372036854775807\n",
		"twice":         "a\t1\t3\t4\t5\na\t1\t3\t4\t5\n",
		"long line":     strings.Repeat("a", maxIndexLine+1),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(bytes.NewReader(nil), size, strings.NewReader(fai)); err == nil {
				t.Error("no error")
			} else {
				t.Log(err)
			}
		})
	}
}

func TestStaleIndex(t *testing.T) {
	open := func(text, fai string) *File {
		f, err := Open(strings.NewReader(text), 12, strings.NewReader(fai))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for name, text := range map[string]string{
		"other lines":  ">a\nACG\nTACG\n",
		"other contig": ">a\nAC>b\nCGTA\n",
	} {
		if _, err := open(text, "a\t8\t3\t4\t5\n").Fetch(nil, "a", 0, 8); !errors.Is(err, ErrIndexMismatch) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := open(">a\nAC", "a\t8\t3\t4\t5\n").Fetch(nil, "a", 0, 8); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("shorter file: got %v", err)
	}
}

// A bgzipped FASTA is read through its .gzi, both indexes as samtools makes them.
func TestCompressed(t *testing.T) {
	samtools, text := tool(t, "samtools"), []byte(accepted["long line"]+accepted["names"])
	path := filepath.Join(t.TempDir(), "x.fa.gz")
	var data bytes.Buffer
	z, err := bgzf.NewWriter(&data, 6)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), os.WriteFile(path, data.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(samtools, "faidx", path).CombinedOutput(); err != nil {
		t.Fatalf("samtools faidx: %v\n%s", err, out)
	}
	fai, err := os.ReadFile(path + ".fai")
	if err != nil {
		t.Fatal(err)
	}
	gzi, err := os.Open(path + ".gzi")
	if err != nil {
		t.Fatal(err)
	}
	defer gzi.Close()
	var ours bytes.Buffer
	if _, err := Index(bgzf.Open(bytes.NewReader(data.Bytes()), 1), &ours); err != nil || !bytes.Equal(ours.Bytes(), fai) {
		t.Errorf("%s, samtools %s, %v", &ours, fai, err)
	}
	blocks, err := bgzf.ReadBlockIndex(gzi)
	if err != nil {
		t.Fatal(err)
	}
	inflated, err := bgzf.NewReaderAt(bytes.NewReader(data.Bytes()), int64(data.Len()), blocks)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(inflated, inflated.Size(), bytes.NewReader(fai))
	if err != nil {
		t.Fatal(err)
	}
	plain := openText(t, text)
	for _, c := range plain.Contigs() {
		for _, start := range []int64{0, c.Length / 3, c.Length - 1} {
			want, err := plain.Fetch(nil, c.Name, start, c.Length)
			if err != nil {
				t.Fatal(err)
			}
			checkRange(t, f, c.Name, strings.Repeat(" ", int(start))+string(want), int(start), int(c.Length))
		}
	}
}

// FuzzIndex: a FASTA that is accepted gives, through its index, the bases that a plain reading finds.
func FuzzIndex(f *testing.F) {
	for _, text := range accepted {
		f.Add([]byte(text[:min(len(text), 500)]), uint16(1), uint16(5))
	}
	f.Fuzz(func(t *testing.T, text []byte, start, size uint16) {
		var fai bytes.Buffer
		stats, err := Index(bytes.NewReader(text), &fai)
		if err != nil {
			return
		}
		ref, err := Open(bytes.NewReader(text), int64(len(text)), &fai)
		if err != nil {
			t.Fatal(err)
		}
		contigs := parseFASTA(string(text))
		if len(ref.Contigs()) != len(contigs) || stats.Contigs != len(contigs) {
			t.Fatalf("%d contigs, want %d", len(ref.Contigs()), len(contigs))
		}
		for name, want := range contigs {
			from := int(start) % len(want)
			checkRange(t, ref, name, want, from, min(len(want), from+int(size)))
		}
	})
}

// FuzzOpen: no index, however false, makes Fetch panic or give other than what was asked for.
func FuzzOpen(f *testing.F) {
	text := []byte(">a\nACGT\nACGT\nA\n>b\r\nACG\r\nA\r\n")
	f.Add([]byte("a\t9\t3\t4\t5\nb\t4\t20\t3\t5\n"), int64(0), int64(4))
	f.Add([]byte("a\t9\t3\t9223372036854775807\t9223372036854775807\n"), int64(0), int64(9))
	f.Fuzz(func(t *testing.T, fai []byte, start, end int64) {
		ref, err := Open(bytes.NewReader(text), int64(len(text)), bytes.NewReader(fai))
		if err != nil {
			return
		}
		for _, c := range ref.Contigs() {
			seq, err := ref.Fetch(nil, c.Name, start, end)
			if err == nil && int64(len(seq)) != end-start {
				t.Fatalf("%d bases, want %d", len(seq), end-start)
			}
		}
	})
}

func BenchmarkIndex(b *testing.B) {
	text := []byte(">a\n" + strings.Repeat(strings.Repeat("ACGTN", 12)+"\n", 100_000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Index(bytes.NewReader(text), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFetch(b *testing.B) {
	text := []byte(">a\n" + strings.Repeat(strings.Repeat("ACGTN", 12)+"\n", 100_000))
	f := openText(b, text)
	for _, size := range []int64{4 << 10, 256 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				var err error
				if buf, err = f.Fetch(buf[:0], "a", 12_345, 12_345+size); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
