package bgzf

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

func TestSeeker(t *testing.T) {
	text := vcfText(300_000)
	data := join(compress(t, text[:1000], 6), compress(t, text[1000:], 6)) // an empty block in the middle
	s := NewSeeker(bytes.NewReader(data), int64(len(data)))
	if err := iotest.TestReader(s, text); err != nil {
		t.Fatal(err)
	}
	type mark struct {
		at   VirtualOffset
		text int
	}
	var marks []mark
	if err := s.Seek(0); err != nil {
		t.Fatal(err)
	}
	for rest := text; len(rest) > 0; {
		marks = append(marks, mark{s.VirtualOffset(), len(text) - len(rest)})
		want := rest[:min(bytes.IndexByte(rest, '\n')+1, len(rest))]
		if len(want) == 0 {
			want = rest // the last is without an end
		}
		line, err := s.AppendLine([]byte("x"), 1000)
		if err != nil || string(line) != "x"+string(want) {
			t.Fatalf("line %q, %v; want %q", line, err, want)
		}
		rest = rest[len(want):]
	}
	if line, err := s.AppendLine(nil, 1000); err != io.EOF || line != nil {
		t.Errorf("at the end: %q, %v", line, err)
	}
	r := rand.New(rand.NewPCG(3, 3))
	got := make([]byte, 100_000)
	for range 300 {
		m := marks[r.IntN(len(marks))]
		part := got[:min(r.IntN(len(got)), len(text)-m.text)]
		if err := s.Seek(m.at); err != nil || s.VirtualOffset() != m.at {
			t.Fatalf("%v is %v, %v", m.at, s.VirtualOffset(), err)
		}
		if _, err := io.ReadFull(s, part); err != nil || !bytes.Equal(part, text[m.text:m.text+len(part)]) {
			t.Fatalf("%d bytes from %v: %v", len(part), m.at, err)
		}
	}
}

func TestSeekerRefuses(t *testing.T) {
	data := compress(t, vcfText(200_000), 6)
	s := NewSeeker(bytes.NewReader(data), int64(len(data)))
	if _, err := s.AppendLine(nil, 10); !errors.Is(err, ErrSize) {
		t.Errorf("a long line: %v", err)
	}
	second := gzi(t, data).blocks[1].file
	for name, c := range map[string]struct {
		at   VirtualOffset
		want error
	}{
		"within a block":   {NewVirtualOffset(7, 0), ErrHeader},
		"within its text":  {NewVirtualOffset(7, 9), ErrHeader},
		"beyond its text":  {NewVirtualOffset(0, blockText+1), ErrSize},
		"beyond the file":  {NewVirtualOffset(1<<40, 0), io.EOF},
		"within the trail": {NewVirtualOffset(int64(len(data)-9), 0), ErrTruncated},
	} {
		err := s.Seek(c.at)
		if err == nil {
			_, err = s.Read(make([]byte, 1))
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := s.Seek(NewVirtualOffset(second, 3)); err != nil {
		t.Errorf("after an error: %v", err)
	}
	broken := errors.New("disk is broken")
	s = NewSeeker(failingAt{broken}, 100)
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failingAt struct{ err error }

func (f failingAt) ReadAt([]byte, int64) (int, error) { return 0, f.err }
