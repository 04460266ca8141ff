package bgzf

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/iotest"
)

// gzi is the index of a BGZF file.
func gzi(t testing.TB, data []byte) *BlockIndex {
	t.Helper()
	x, err := IndexBlocks(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestBlockIndexIsBgzips holds that the index of a file is that which bgzip makes, and that it is read as it was
// written.
func TestBlockIndexIsBgzips(t *testing.T) {
	for _, n := range sizes {
		path := filepath.Join(t.TempDir(), "x.gz")
		data := run(t, vcfText(n), "bgzip", "-c")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, nil, "bgzip", "-r", path)
		want, err := os.ReadFile(path + ".gzi")
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := gzi(t, data).Write(&got); err != nil || n > 0 && !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%d bytes: %x, bgzip %x, %v", n, &got, want, err)
		}
		read, err := ReadBlockIndex(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		got.Reset()
		if err := read.Write(&got); err != nil || n > 0 && !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%d bytes: written again %x, %v", n, &got, err)
		}
	}
}

func TestReaderAt(t *testing.T) {
	for _, n := range sizes {
		text := vcfText(n)
		data := compress(t, text, 6)
		var file bytes.Buffer
		if err := gzi(t, data).Write(&file); err != nil {
			t.Fatal(err)
		}
		index, err := ReadBlockIndex(&file)
		if err != nil {
			t.Fatal(err)
		}
		z, err := NewReaderAt(bytes.NewReader(data), int64(len(data)), index)
		if err != nil || z.Size() != int64(n) {
			t.Fatalf("%d bytes: size %d, %v", n, z.Size(), err)
		}
		if err := iotest.TestReader(io.NewSectionReader(z, 0, z.Size()), text); err != nil {
			t.Error(err)
		}
		var all sync.WaitGroup
		for seed := range uint64(3) {
			all.Go(func() {
				r := rand.New(rand.NewPCG(seed, 1))
				for range 50 {
					from := r.IntN(n + 1)
					to := from + r.IntN(n-from+1)
					got := make([]byte, to-from)
					if k, err := z.ReadAt(got, int64(from)); err != nil || k != len(got) || !bytes.Equal(got, text[from:to]) {
						t.Errorf("%d bytes from %d: %d, %v", to-from, from, k, err)
					}
					if from < n {
						at, ok := index.VirtualOffset(int64(from))
						part, err := OpenAt(bytes.NewReader(data), int64(len(data)), at, 1)
						if !ok || err != nil {
							t.Errorf("byte %d: %v, %v", from, at, err)
							return
						}
						if c, err := io.ReadAll(io.LimitReader(part, 1)); err != nil || c[0] != text[from] {
							t.Errorf("byte %d is at %v: %q, %v", from, at, c, err)
						}
						part.Close()
					}
				}
			})
		}
		all.Wait()
		if k, err := z.ReadAt(make([]byte, 9), int64(n)); k != 0 || err != io.EOF {
			t.Errorf("at the end: %d, %v", k, err)
		}
		if _, err := z.ReadAt(make([]byte, 9), -1); err == nil {
			t.Error("a negative offset was read")
		}
	}
}

// A false index or a damaged file is an error, never other text.
func TestReaderAtRefuses(t *testing.T) {
	text := vcfText(200_000)
	data := compress(t, text, 6)
	good := gzi(t, data)
	shifted := func(i int, file, text int64) *BlockIndex {
		x := &BlockIndex{blocks: append([]blockStart(nil), good.blocks...)}
		x.blocks[i].file += file
		x.blocks[i].text += text
		return x
	}
	all := make([]byte, len(text))
	for name, c := range map[string]struct {
		data  []byte
		index *BlockIndex
		want  error
	}{
		"place in the file": {data, shifted(1, 1, 0), ErrHeader},
		"place in the text": {data, shifted(1, 0, 1), ErrIndex},
		"beyond the file":   {data[:good.blocks[2].file], good, ErrIndex},
		"cut":               {data[:good.blocks[len(good.blocks)-1].file+9], good, ErrTruncated},
		"cut in the middle": {data[:good.blocks[len(good.blocks)-1].file+40], good, ErrTruncated},
		"checksum":          {join(data[:50], []byte{data[50] ^ 1}, data[51:]), good, nil},
	} {
		z, err := NewReaderAt(bytes.NewReader(c.data), int64(len(c.data)), c.index)
		if err == nil {
			_, err = z.ReadAt(all, 0)
		}
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, gzi := range map[string]string{
		"empty": "", "cut": "\x01\x00\x00\x00\x00\x00\x00\x00abc", "many": "\xfe\xff\xff\xff\xff\xff\xff\xff",
		"more":      "\x00\x00\x00\x00\x00\x00\x00\x00x",
		"far":       "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x01\x00\x00\x00\x00\x00\x00\x00",
		"backwards": "\x01\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		if _, err := ReadBlockIndex(bytes.NewReader([]byte(gzi))); !errors.Is(err, ErrIndex) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("network is down")
	if _, err := ReadBlockIndex(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
	for want, data := range map[error][]byte{ErrNoEOF: data[:good.blocks[1].file], ErrHeader: stdGzip(t, text),
		ErrTrailing: text, ErrTruncated: data[:40]} {
		if _, err := IndexBlocks(bytes.NewReader(data)); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

// FuzzBlockIndex: no index makes ReaderAt panic, or give other text than the file has.
func FuzzBlockIndex(f *testing.F) {
	text := vcfText(200_000)
	data := compress(f, text, 6)
	var good bytes.Buffer
	if err := gzi(f, data).Write(&good); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes(), int64(65_000), 200)
	f.Add(good.Bytes()[:20], int64(0), 9)
	f.Add(make([]byte, 8), int64(3), 9)
	f.Fuzz(func(t *testing.T, gzi []byte, off int64, n int) {
		index, err := ReadBlockIndex(bytes.NewReader(gzi))
		if err != nil {
			return
		}
		z, err := NewReaderAt(bytes.NewReader(data), int64(len(data)), index)
		if err != nil {
			return
		}
		got := make([]byte, uint(n)%100_000)
		k, err := z.ReadAt(got, off)
		if err == nil && k < len(got) || k > 0 && !bytes.Equal(got[:k], text[off:off+int64(k)]) {
			t.Fatalf("%d bytes of %d at %d, %v", k, len(got), off, err)
		}
	})
}
