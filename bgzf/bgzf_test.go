package bgzf

import (
	"bytes"
	"compress/gzip"
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
)

// vcfText makes n bytes of text like a VCF's, the same for the same n.
func vcfText(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for pos := 1; b.Len() < n; pos += 1 + r.IntN(300) {
		fmt.Fprintf(&b, "chr1\t%d\t.\t%c\t%c\t%d\tPASS\tDP=%d;AF=%.3f\tGT:AD:DP\t0/1:%d,%d:%d\n",
			pos, "ACGT"[r.IntN(4)], "ACGT"[r.IntN(4)], r.IntN(1000), r.IntN(99), r.Float64(), r.IntN(50), r.IntN(50), r.IntN(99))
	}
	return b.Bytes()[:n]
}

func compress(t testing.TB, text []byte, level int) []byte {
	var out bytes.Buffer
	w, err := NewWriter(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func stdGzip(t testing.TB, text []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// run gives input to a program and returns what it prints. The program must be there in CI.
func run(t *testing.T, input []byte, name string, args ...string) []byte {
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is required in CI", name)
		}
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(input)
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, &words)
	}
	return out.Bytes()
}

// readAll reads everything through Open.
func readAll(data []byte, workers int) (text []byte, kind Kind, err error) {
	z := Open(bytes.NewReader(data), workers)
	defer z.Close()
	text, err = io.ReadAll(z)
	if err == nil && z.Offset() != int64(len(data)) {
		err = fmt.Errorf("Offset = %d at the end of %d bytes", z.Offset(), len(data))
	}
	if err == nil {
		kind, err = z.Kind()
	}
	return text, kind, err
}

var sizes = []int{0, 1, 100, blockText - 1, blockText, blockText + 1, 1_000_000}

func TestRoundTrip(t *testing.T) {
	random := make([]byte, 200_000)
	src := rand.NewChaCha8([32]byte{1})
	src.Read(random)
	texts := [][]byte{random}
	for _, n := range sizes {
		texts = append(texts, vcfText(n))
	}
	for _, text := range texts {
		for level := -1; level <= 9; level += 2 {
			for workers := 1; workers <= 3; workers++ {
				got, kind, err := readAll(compress(t, text, level), workers)
				if err != nil || kind != BGZF || !bytes.Equal(got, text) {
					t.Fatalf("%d bytes, level %d, %d workers: got %d bytes, %v, %v", len(text), level, workers, len(got), kind, err)
				}
			}
		}
	}
}

// Programs of others must read what we write.
func TestWrittenIsRead(t *testing.T) {
	for _, n := range sizes {
		text := vcfText(n)
		data := compress(t, text, 6)
		if got := run(t, data, "gzip", "-dc"); !bytes.Equal(got, text) {
			t.Errorf("gzip read other text of %d bytes", n)
		}
		path := filepath.Join(t.TempDir(), "x.gz")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := run(t, nil, "bgzip", "-dc", path); !bytes.Equal(got, text) {
			t.Errorf("bgzip read other text of %d bytes", n)
		}
		run(t, nil, "bgzip", "-t", path) // also looks for the EOF marker
	}
}

// We must read what programs of others write.
func TestReadsOthers(t *testing.T) {
	for _, n := range sizes {
		text := vcfText(n)
		two := append(run(t, text, "gzip", "-c"), run(t, text, "gzip", "-9c")...)
		for _, c := range []struct {
			name string
			data []byte
			text []byte
			kind Kind
		}{
			{"bgzip", run(t, text, "bgzip", "-c"), text, BGZF},
			{"bgzip -l 0", run(t, text, "bgzip", "-c", "-l", "0"), text, BGZF},
			{"bgzip -l 9", run(t, text, "bgzip", "-c", "-l", "9"), text, BGZF},
			{"gzip", run(t, text, "gzip", "-c"), text, Gzip},
			{"two gzip members", two, append(bytes.Clone(text), text...), Gzip},
			{"two BGZF files", append(compress(t, text, 1), run(t, text, "bgzip", "-c")...),
				append(bytes.Clone(text), text...), BGZF},
			{"plain", text, text, None},
		} {
			got, kind, err := readAll(c.data, 2)
			if err != nil || kind != c.kind || !bytes.Equal(got, c.text) {
				t.Errorf("%s of %d bytes: got %d bytes, %v, %v", c.name, n, len(got), kind, err)
			}
		}
	}
}

func TestNewReaderRefusesPlain(t *testing.T) {
	z := NewReader(strings.NewReader("##fileformat=VCFv4.2\n"), 1)
	defer z.Close()
	if _, err := io.ReadAll(z); !errors.Is(err, ErrNotGzip) {
		t.Errorf("got %v", err)
	}
}

// A stream cut anywhere must be refused, never end early without an error.
func TestTruncated(t *testing.T) {
	text := vcfText(1500)
	var blocks bytes.Buffer // three blocks and the marker
	w, err := NewWriter(&blocks, 6)
	if err != nil {
		t.Fatal(err)
	}
	starts := map[int]bool{}
	for i := 0; i < len(text); i += 500 {
		starts[blocks.Len()] = true
		if _, err := w.Write(text[i : i+500]); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	starts[blocks.Len()] = true
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for n := SniffLen; n < blocks.Len(); n++ {
		got, _, err := readAll(blocks.Bytes()[:n], 2)
		want := ErrTruncated
		if starts[n] {
			want = ErrNoEOF
		}
		if !errors.Is(err, want) || !bytes.HasPrefix(text, got) {
			t.Errorf("BGZF cut to %d bytes: got %v, want %v", n, err, want)
		}
	}
	member := stdGzip(t, text)
	for _, data := range [][]byte{member, append(bytes.Clone(member), member...)} {
		for n := 2; n < len(data); n++ {
			if n == len(member) {
				continue
			}
			if _, _, err := readAll(data[:n], 2); !errors.Is(err, ErrTruncated) {
				t.Errorf("gzip cut to %d of %d bytes: got %v", n, len(data), err)
			}
		}
	}
}

// A flipped bit must be found, or be of the few header bytes that mean nothing.
func TestFlippedBits(t *testing.T) {
	text := vcfText(900)
	data := compress(t, text, 6)
	for i := range data {
		for bit := range 8 {
			bad := bytes.Clone(data)
			bad[i] ^= 1 << bit
			z := NewReader(bytes.NewReader(bad), 1)
			got, err := io.ReadAll(z)
			z.Close()
			if err == nil && !bytes.Equal(got, text) {
				t.Errorf("bit %d of byte %d: other text and no error", bit, i)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	text := vcfText(1000)
	good := compress(t, text, 6)
	body := good[:len(good)-len(eofMarker)]
	edit := func(data []byte, at int, b byte) []byte {
		data = bytes.Clone(data)
		if at < 0 {
			at += len(data)
		}
		data[at] ^= b
		return data
	}
	plain := stdGzip(t, text)
	for _, c := range []struct {
		name   string
		data   []byte
		err    error
		offset int
	}{
		{"no marker", body, ErrNoEOF, len(body)},
		{"no marker after two blocks", join(body, body), ErrNoEOF, 2 * len(body)},
		{"marker in the middle only", join(good, body), ErrNoEOF, len(good) + len(body)},
		{"garbage", join(good, []byte("garbage follows")), ErrTrailing, len(good)},
		{"one byte of garbage", join(good, []byte{7}), ErrTrailing, len(good)},
		{"garbage after zeros", join(good, make([]byte, 1<<20), []byte{7}), ErrTrailing, len(good)},
		{"zeros without a marker", join(body, make([]byte, 512)), ErrNoEOF, len(body)},
		{"ordinary gzip after BGZF, cut", join(good, plain[:len(plain)-9]), ErrTruncated, len(good)},
		{"ordinary gzip after BGZF, CRC", join(body, edit(plain, -5, 1)), ErrChecksum, len(body)},
		{"garbage after ordinary gzip after BGZF", join(body, plain, []byte("garbage")), ErrTrailing, len(body) + len(plain)},
		{"gzip garbage after zeros", join(plain, make([]byte, 1<<20), []byte{7}), ErrTrailing, len(plain)},
		{"CRC", join(edit(body, -5, 1), eofMarker), ErrChecksum, 0},
		{"CRC of the second block", join(body, edit(body, -5, 1), eofMarker), ErrChecksum, len(body)},
		{"smaller ISIZE", join(edit(body, -4, 8), eofMarker), ErrSize, 0},
		{"larger ISIZE", join(edit(body, -3, 4), eofMarker), ErrSize, 0},
		{"huge ISIZE", join(edit(body, -1, 0x7f), eofMarker), ErrSize, 0},
		{"deflate", join(edit(body, 18, 6), eofMarker), ErrDeflate, 0},
		{"BSIZE too small", join(body, edit(eofMarker, 16, 0x1b), body), ErrHeader, len(body)},
		{"method", join(body, edit(eofMarker, 2, 1)), ErrHeader, len(body)},
		{"flags of ordinary gzip", join(body, edit(eofMarker, 3, 8)), ErrDeflate, len(body)},
		{"gzip CRC", edit(plain, -5, 1), ErrChecksum, 0},
		{"gzip ISIZE", edit(plain, -4, 1), ErrChecksum, 0},
		{"gzip garbage", join(plain, []byte("garbage")), ErrTrailing, len(plain)},
		{"gzip header", edit(plain, 2, 1), ErrHeader, 0},
		{"gzip CRC of the second member", join(plain, edit(plain, -5, 1)), ErrChecksum, len(plain)},
	} {
		_, _, err := readAll(c.data, 2)
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, c.err) || e.Offset != int64(c.offset) {
			t.Errorf("%s: got %v, want %v at %d", c.name, err, c.err, c.offset)
		}
	}
}

// Members of both kinds may follow each other, and zeros the last, as gzip -d has it.
func TestMixedMembers(t *testing.T) {
	text := vcfText(200_000)
	good, plain, zeros := compress(t, text, 6), stdGzip(t, text), make([]byte, 1<<20)
	body := good[:len(good)-len(eofMarker)]
	empty := stdGzip(t, nil)
	extra := join(plain[:3], []byte{flagExtra}, plain[4:10], []byte{6, 0, 'X', 'Y', 2, 0, 1, 2}, plain[10:])
	for _, c := range []struct {
		name  string
		data  []byte
		texts int
		kind  Kind
	}{
		{"gzip after BGZF", join(good, plain), 2, BGZF},
		{"gzip between blocks", join(body, plain, good), 3, BGZF},
		{"gzip instead of the marker", join(body, plain), 2, BGZF},
		{"gzip with another extra field after BGZF", join(body, extra, good), 3, BGZF},
		{"BGZF after gzip", join(plain, good), 2, Gzip},
		{"empty members", join(empty, body, eofMarker, empty, empty, good, empty), 2, Gzip},
		{"empty gzip after BGZF", join(body, empty, plain, eofMarker, empty), 2, BGZF},
		{"zeros after BGZF", join(good, zeros), 1, BGZF},
		{"zeros after gzip", join(plain, zeros), 1, Gzip},
		{"one zero", join(body, plain, []byte{0}), 2, BGZF},
	} {
		for _, workers := range []int{1, 4} {
			got, kind, err := readAll(c.data, workers)
			if want := bytes.Repeat(text, c.texts); err != nil || kind != c.kind || !bytes.Equal(got, want) {
				t.Errorf("%s: %v, %v, %d bytes of %d", c.name, kind, err, len(got), len(want))
			}
		}
	}
	z := NewReader(bytes.NewReader(join(body, plain)), 2)
	defer z.Close()
	if _, err := io.ReadFull(z, make([]byte, len(text)+1)); err != nil ||
		z.VirtualOffset() != NewVirtualOffset(int64(len(body)), 0) {
		t.Errorf("in the gzip member: %v, %v", z.VirtualOffset(), err)
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// The text before a fault is delivered.
func TestTextBeforeFault(t *testing.T) {
	text := vcfText(500_000)
	data := compress(t, text, 1)
	got, _, err := readAll(data[:len(data)-len(eofMarker)], 3)
	if !errors.Is(err, ErrNoEOF) || !bytes.Equal(got, text) {
		t.Errorf("got %d of %d bytes, %v", len(got), len(text), err)
	}
}

func TestSourceError(t *testing.T) {
	broken := errors.New("network is down")
	data := compress(t, vcfText(300_000), 1)
	for _, d := range [][]byte{data, stdGzip(t, vcfText(300_000)), vcfText(1000)} {
		z := Open(io.MultiReader(bytes.NewReader(d[:len(d)/2]), iotest.ErrReader(broken)), 2)
		if _, err := io.ReadAll(z); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		z.Close()
	}
}

func TestSmallReads(t *testing.T) {
	text := vcfText(200_000)
	for _, data := range [][]byte{compress(t, text, 6), stdGzip(t, text), text} {
		z := Open(iotest.HalfReader(bytes.NewReader(data)), 2)
		if err := iotest.TestReader(z, text); err != nil {
			t.Error(err)
		}
		z.Close()
	}
}

// Close in the middle must end all goroutines, and be harmless twice.
func TestClose(t *testing.T) {
	data := compress(t, vcfText(5_000_000), 1)
	source := &closable{r: bytes.NewReader(data)}
	z := NewReader(source, 4)
	if _, err := io.ReadFull(z, make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	z.Close()
	source.r = nil // a goroutine that still reads will panic
	z.Close()
	if _, err := z.Read(make([]byte, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
	unread := NewReader(source, 4)
	unread.Close()
}

type closable struct{ r io.Reader }

func (c *closable) Read(p []byte) (int, error) { return c.r.Read(p) }

func TestVirtualOffset(t *testing.T) {
	text := vcfText(300_000)
	data := compress(t, text, 6)
	type mark struct {
		at   VirtualOffset
		text int
	}
	var marks []mark
	z := NewReader(bytes.NewReader(data), 2)
	defer z.Close()
	for n := 0; ; {
		marks = append(marks, mark{z.VirtualOffset(), n})
		k, err := z.Read(make([]byte, 7777))
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	for _, m := range marks {
		part, err := OpenAt(bytes.NewReader(data), int64(len(data)), m.at, 2)
		if err != nil {
			t.Fatalf("%v: %v", m.at, err)
		}
		got, err := io.ReadAll(part)
		if err != nil || !bytes.Equal(got, text[m.text:]) {
			t.Errorf("%v: got %d bytes, want %d; %v", m.at, len(got), len(text)-m.text, err)
		}
		part.Close()
	}
	for _, bad := range []VirtualOffset{NewVirtualOffset(1, 0), NewVirtualOffset(int64(len(data))+1, 0),
		NewVirtualOffset(int64(len(data)-len(eofMarker)), 1)} {
		if _, err := OpenAt(bytes.NewReader(data), int64(len(data)), bad, 1); err == nil {
			t.Errorf("%v was opened", bad)
		}
	}
}

func TestSniff(t *testing.T) {
	withOther := append([]byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x0c\x00XY\x02\x00??BC\x02\x00\x21\x00\x03\x00"),
		make([]byte, 8)...)
	for _, c := range []struct {
		head []byte
		want Kind
	}{
		{nil, None}, {[]byte("\x1f"), None}, {[]byte("##fileformat"), None},
		{[]byte("\x1f\x8b"), Gzip}, {stdGzip(t, nil), Gzip}, {eofMarker, BGZF}, {eofMarker[:SniffLen], BGZF},
		{eofMarker[:SniffLen-1], Gzip}, {withOther, BGZF},
	} {
		if got := Sniff(c.head); got != c.want {
			t.Errorf("Sniff(%q) = %v, want %v", c.head, got, c.want)
		}
	}
	if got, kind, err := readAll(append(withOther, eofMarker...), 1); err != nil || kind != BGZF || len(got) != 0 {
		t.Errorf("block with another extra field: %q, %v, %v", got, kind, err)
	}
}

func TestWriterErrors(t *testing.T) {
	if _, err := NewWriter(io.Discard, 10); err == nil {
		t.Error("level 10 is accepted")
	}
	broken := errors.New("disk is full")
	w, err := NewWriter(brokenWriter{broken}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(vcfText(100_000)); !errors.Is(err, broken) {
		t.Errorf("Write: %v", err)
	}
	if err := w.Close(); !errors.Is(err, broken) {
		t.Errorf("Close: %v", err)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// Every compressed file of the corpus must read as zcat reads it.
func TestCorpus(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "corpus")
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the corpus is required in CI: %v", err)
		}
		t.Skip("the corpus ../shared/corpus is not here")
	}
	files, err := filepath.Glob(filepath.Join(root, "*", "*.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	kinds := map[Kind]int{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, kind, err := readAll(data, 2)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		kinds[kind]++
		if want := run(t, data, "zcat"); !bytes.Equal(got, want) {
			t.Errorf("%s: other text than zcat's", path)
		}
	}
	t.Logf("read %v", kinds)
}
