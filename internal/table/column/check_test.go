package column_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// TestCheckFindsFlippedBits flips a bit in the bodies of pages: a deep check finds each in those that have a checksum.
func TestCheckFindsFlippedBits(t *testing.T) {
	m := tabletest.Maker{Rand: rand.New(rand.NewPCG(21, 22))}
	path, schema := filepath.Join(t.TempDir(), "f"), nestedSchema(t)
	described := nestedFile(t, m, path, schema, 40, names("s", 20))
	want := &column.Expected{Rows: described.Rows, CountBy: "sample"}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func() error {
		source, err := tabletest.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		return column.Guard(func() error {
			_, err := column.Check(t.Context(), source, want, true)
			return err
		})
	}
	if err := check(); err != nil {
		t.Fatalf("a sound file: %v", err)
	}
	source, err := tabletest.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	tried := 0
	for page, body := range column.PageBodies(t, source) {
		var frame zstd.Header
		if err := frame.Decode(raw[body.First:body.End]); err != nil {
			t.Fatal(err)
		}
		if !frame.HasCheckSum {
			continue
		}
		// what the frame begins with may say the same in other words
		flipped := body.End - 1 - int64(page)%((body.End-body.First)/2)
		raw[flipped] ^= 1 << (page % 8)
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		raw[flipped] ^= 1 << (page % 8)
		if check() == nil {
			t.Errorf("flipped bit %d of byte %d of page %d: no fault", page%8, flipped-body.First, page)
		}
		tried++
	}
	if tried == 0 {
		t.Fatal("no page has a checksum")
	}
}
