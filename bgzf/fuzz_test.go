package bgzf

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"testing"
)

// FuzzReader holds Reader to the standard library: what we read without an
// error it reads too, and the same.
func FuzzReader(f *testing.F) {
	f.Add(compress(f, vcfText(100), 6))
	f.Add(compress(f, vcfText(100), 0))
	f.Add(stdGzip(f, vcfText(100)))
	f.Add(append(compress(f, []byte("a"), 6), compress(f, []byte("b"), 6)...))
	for _, good := range [][]byte{compress(f, vcfText(20), 6), stdGzip(f, vcfText(20))} {
		for _, n := range []int{0, 1, 3, 11, 17, 30, len(good) - 29, len(good) - 1} {
			f.Add(good[:max(0, min(n, len(good)))])
		}
		f.Add(append(bytes.Clone(good), "text"...))
		f.Add(append(bytes.Clone(good), magic1))
		f.Add(append(bytes.Clone(good), stdGzip(f, nil)...))
		for _, i := range []int{0, 2, 3, 10, 12, 14, 16, 17, 20, 40, len(good) - 36, len(good) - 32, len(good) - 8,
			len(good) - 4} {
			changed := bytes.Clone(good)
			changed[i] ^= 0x24
			f.Add(changed)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		z := NewReader(bytes.NewReader(data), 2)
		defer z.Close()
		got, err := io.ReadAll(z)
		if err != nil {
			return
		}
		want, err := stdRead(data)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("read %d bytes, the standard library %d, %v", len(got), len(want), err)
		}
	})
}

// stdRead is what the standard library reads of gzip members, and zeros after the last, which it knows nothing of.
func stdRead(data []byte) (text []byte, err error) {
	rest := bytes.NewReader(data)
	for first := true; first || len(bytes.Trim(data[len(data)-rest.Len():], "\x00")) > 0; first = false {
		member, err := gzip.NewReader(rest)
		if err != nil {
			return text, err
		}
		member.Multistream(false)
		inflated, err := io.ReadAll(member)
		if text = append(text, inflated...); err != nil {
			return text, err
		}
	}
	return text, nil
}

// FuzzInflate holds our decoder of deflate to the standard library's: both refuse
// the data or both give the same.
func FuzzInflate(f *testing.F) {
	for level := -2; level <= 9; level++ {
		for _, text := range [][]byte{nil, []byte("a"), vcfText(300), bytes.Repeat([]byte("abc"), 500)} {
			var out bytes.Buffer
			w, err := flate.NewWriter(&out, level)
			if err != nil {
				f.Fatal(err)
			}
			if _, err := w.Write(text); err != nil {
				f.Fatal(err)
			}
			if err := w.Close(); err != nil {
				f.Fatal(err)
			}
			f.Add(out.Bytes())
		}
	}
	for _, bad := range []string{"", "\x07", "\x01", "\x01\x01\x00\xff\xff", "\x01\x05\x00\xfa\xffab", "\x05",
		"\xfd\xff\xff", "\x03\x02\x00", "\x03\x00\x00", "\x4b\x04\x62\x00"} {
		// a reserved type, lengths that disagree, codes that end early or are too many, a distance beyond the start
		f.Add([]byte(bad))
	}
	d := new(decoder)
	out := make([]byte, maxBlock+outputSlack)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxBlock {
			return
		}
		in := bytes.NewReader(data)
		want, err := io.ReadAll(io.LimitReader(flate.NewReader(in), maxBlock+1))
		good := err == nil && in.Len() == 0
		if len(want) > maxBlock {
			return
		}
		slack := append(bytes.Clone(data), make([]byte, inputSlack)...)
		for i := range inputSlack {
			slack[len(data)+i] = byte(i * 73) // must not matter
		}
		got := d.decode(out, len(want), slack, len(data))
		if (got == nil) != good {
			t.Fatalf("got %v, the standard library %v with %d bytes left", got, err, in.Len())
		}
		if good && !bytes.Equal(out[:len(want)], want) {
			t.Fatal("other text")
		}
		if good && len(want) > 0 {
			if err := d.decode(out, len(want)-1, slack, len(data)); err != ErrSize {
				t.Fatalf("one byte too few: %v", err)
			}
			if err := d.decode(out, len(want)+1, slack, len(data)); err != ErrSize {
				t.Fatalf("one byte too many: %v", err)
			}
		}
	})
}

// FuzzWriter holds that what is written in pieces is read back.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("text"), 3, 6)
	f.Add(vcfText(70_000), 7000, 1)
	f.Fuzz(func(t *testing.T, text []byte, piece, level int) {
		var out bytes.Buffer
		w, err := NewWriter(&out, int(uint(level)%10))
		if err != nil {
			t.Fatal(err)
		}
		piece = 500 + int(uint(piece)%(2*blockText)) // flushing every few bytes takes long
		for rest := text; len(rest) > 0; {
			n := min(piece, len(rest))
			if _, err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			if len(rest)%2 == 0 {
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, _, err := readAll(out.Bytes(), 2)
		if err != nil || !bytes.Equal(got, text) {
			t.Fatalf("got %d bytes of %d, %v", len(got), len(text), err)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	text := vcfText(16 << 20)
	bg, gz := compress(b, text, 6), stdGzip(b, text)
	read := func(name string, data []byte, open func(io.Reader) io.ReadCloser) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r := open(bytes.NewReader(data))
				if n, err := io.Copy(io.Discard, r); err != nil || n != int64(len(text)) {
					b.Fatal(n, err)
				}
				r.Close()
			}
		})
	}
	read("bgzf/1", bg, func(r io.Reader) io.ReadCloser { return NewReader(r, 1) })
	read("bgzf/2", bg, func(r io.Reader) io.ReadCloser { return NewReader(r, 2) })
	read("gzip", gz, func(r io.Reader) io.ReadCloser { return NewReader(r, 1) })
	read("stdlib", gz, func(r io.Reader) io.ReadCloser {
		z, err := gzip.NewReader(r)
		if err != nil {
			b.Fatal(err)
		}
		return z
	})
}

func BenchmarkWriter(b *testing.B) {
	text := vcfText(16 << 20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		w, err := NewWriter(io.Discard, 6)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
