package bgzf_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/varlake/varlake/bgzf"
)

// pack is a text as BGZF.
func pack(text string) []byte {
	var file bytes.Buffer
	z, err := bgzf.NewWriter(&file, 6)
	if err != nil {
		panic(err)
	}
	if _, err := io.WriteString(z, text); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return file.Bytes()
}

// A whole file is inflated on two cores.
func ExampleNewReader() {
	z := bgzf.NewReader(bytes.NewReader(pack("one\ntwo\n")), 2)
	defer z.Close()
	lines := bufio.NewScanner(z)
	for lines.Scan() {
		fmt.Println(lines.Text())
	}
	fmt.Println(lines.Err())
	// Output:
	// one
	// two
	// <nil>
}

// Open takes a file as it comes: BGZF, ordinary gzip or plain text.
func ExampleOpen() {
	for _, file := range [][]byte{pack("compressed"), []byte("plain")} {
		z := bgzf.Open(bytes.NewReader(file), 1)
		kind, err := z.Kind()
		if err != nil {
			panic(err)
		}
		text, err := io.ReadAll(z)
		fmt.Println(kind, string(text), err)
		z.Close()
	}
	// Output:
	// bgzf compressed <nil>
	// none plain <nil>
}

// A virtual offset, noted while writing, is where reading begins later.
func ExampleNewWriter() {
	var file bytes.Buffer
	z, err := bgzf.NewWriter(&file, 6)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(z, "first line")
	second := z.VirtualOffset()
	fmt.Fprintln(z, "second line")
	if err := z.Close(); err != nil {
		panic(err)
	}
	fmt.Println(second)

	r, err := bgzf.OpenAt(bytes.NewReader(file.Bytes()), int64(file.Len()), second, 1)
	if err != nil {
		panic(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	fmt.Print(string(text), err)
	// Output:
	// 0:11
	// second line
	// <nil>
}

// OpenAt goes to the fourth byte of the first block's text.
func ExampleOpenAt() {
	file := pack("ACGTACGT")
	z, err := bgzf.OpenAt(bytes.NewReader(file), int64(len(file)), bgzf.NewVirtualOffset(0, 4), 1)
	if err != nil {
		panic(err)
	}
	defer z.Close()
	text, err := io.ReadAll(z)
	fmt.Println(string(text), err)
	// Output: ACGT <nil>
}

func ExampleNewVirtualOffset() {
	at := bgzf.NewVirtualOffset(1234, 56)
	fmt.Println(at, at.Block(), at.Within(), uint64(at))
	// Output: 1234:56 1234 56 80871480
}

// A Seeker reads single lines of a file whose places are known.
func ExampleNewSeeker() {
	file := pack("one\ntwo\nthree\n")
	s := bgzf.NewSeeker(bytes.NewReader(file), int64(len(file)))
	if err := s.Seek(bgzf.NewVirtualOffset(0, 4)); err != nil {
		panic(err)
	}
	line, err := s.AppendLine(nil, 1<<20)
	fmt.Printf("%q %v, then %v\n", line, err, s.VirtualOffset())
	// Output: "two\n" <nil>, then 0:8
}

// Any byte of the text is read by its offset in it, through a .gzi index.
func ExampleNewReaderAt() {
	file := pack(strings.Repeat("ACGT", 50_000))
	index, err := bgzf.IndexBlocks(bytes.NewReader(file))
	if err != nil {
		panic(err)
	}
	z, err := bgzf.NewReaderAt(bytes.NewReader(file), int64(len(file)), index)
	if err != nil {
		panic(err)
	}
	text := make([]byte, 6)
	if _, err := z.ReadAt(text, 150_001); err != nil {
		panic(err)
	}
	fmt.Printf("%s of %d bytes in %d blocks\n", text, z.Size(), index.Len())
	// Output: CGTACG of 200000 bytes in 4 blocks
}

// IndexBlocks makes the file that `bgzip -r` makes, and ReadBlockIndex reads it.
func ExampleIndexBlocks() {
	index, err := bgzf.IndexBlocks(bytes.NewReader(pack(strings.Repeat("ACGT", 50_000))))
	if err != nil {
		panic(err)
	}
	var gzi bytes.Buffer
	if err := index.Write(&gzi); err != nil {
		panic(err)
	}
	fmt.Println(gzi.Len(), "bytes")
	index, err = bgzf.ReadBlockIndex(&gzi)
	if err != nil {
		panic(err)
	}
	at, ok := index.VirtualOffset(65_281)
	fmt.Println(at.Within(), ok)
	// Output:
	// 56 bytes
	// 1 true
}

func ExampleReadBlockIndex() {
	_, err := bgzf.ReadBlockIndex(strings.NewReader("no index"))
	fmt.Println(err)
	// Output: read BGZF index: BGZF index is invalid: it has 8675450682572042094 blocks, more than 67108864
}

func ExampleSniff() {
	fmt.Println(bgzf.Sniff(pack("")), bgzf.Sniff([]byte("\x1f\x8b\x08\x00")), bgzf.Sniff([]byte("##fileformat=VCFv4.2")))
	// Output: bgzf gzip none
}
