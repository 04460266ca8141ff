package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/source/blob"
)

// Fixture is one empty bucket of a store under test, with the means to change it.
type Fixture struct {
	Store  blob.Store
	Bucket string
	Put    func(t testing.TB, key string, data []byte)
}

func (f Fixture) uri(key string) string { return "s3://" + f.Bucket + "/" + key }

// Run is the suite: what every store must do. Each test asks for a fixture of its own.
func Run(t *testing.T, fixture func(t *testing.T) Fixture) {
	tests := map[string]func(*testing.T, Fixture){
		"whole":      testWhole,
		"ranges":     testRanges,
		"empty":      testEmpty,
		"missing":    testMissing,
		"invalid":    testInvalid,
		"keys":       testKeys,
		"identity":   testIdentity,
		"changed":    testChanged,
		"cancel":     testCancel,
		"closed":     testClosed,
		"concurrent": testConcurrent,
		"list":       testList,
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) { tests[name](t, fixture(t)) })
	}
}

// Noise returns n bytes that are the same in every run and do not compress.
func Noise(n int) []byte {
	out := make([]byte, n)
	source := rand.NewChaCha8([32]byte{7})
	_, _ = source.Read(out)
	return out
}

func open(t *testing.T, f Fixture, key string) blob.Object {
	t.Helper()
	object, err := f.Store.Open(t.Context(), f.uri(key))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { object.Close() })
	return object
}

func readAll(t *testing.T, object blob.Object, offset int64) []byte {
	t.Helper()
	reader := object.Reader(t.Context(), offset)
	defer reader.Close()
	got, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func testWhole(t *testing.T, f Fixture) {
	// Longer than several read-ahead parts, and of an odd length.
	data := Noise(20<<20 + 12345)
	f.Put(t, "dir/data.bin", data)
	object := open(t, f, "dir/data.bin")
	if object.Size() != int64(len(data)) || object.URI() != f.uri("dir/data.bin") || object.ETag() == "" {
		t.Errorf("object: size %d, URI %q, ETag %q", object.Size(), object.URI(), object.ETag())
	}
	for _, offset := range []int{0, 1, 300_000, 5 << 20, len(data) - 1, len(data)} {
		if got := readAll(t, object, int64(offset)); !bytes.Equal(got, data[offset:]) {
			t.Errorf("from offset %d: %d bytes that differ from the %d put", offset, len(got), len(data)-offset)
		}
	}
	// A reader that is left early costs nothing and hurts no one.
	reader := object.Reader(t.Context(), 0)
	head := make([]byte, 10)
	if _, err := io.ReadFull(reader, head); err != nil || !bytes.Equal(head, data[:10]) {
		t.Errorf("first bytes: %x, %v", head, err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	if _, err := reader.Read(head); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read of a closed reader: %v", err)
	}
}

func testRanges(t *testing.T, f Fixture) {
	data := Noise(100_000)
	f.Put(t, "r", data)
	object := open(t, f, "r")
	size := int64(len(data))
	for _, span := range []struct{ off, length int64 }{
		{0, 1}, {0, size}, {size - 1, 1}, {12_345, 6_789}, {0, 0}, {size - 5, 10}, {size, 1}, {size + 100, 1},
	} {
		p := make([]byte, span.length)
		n, err := object.ReadAt(p, span.off)
		want := data[min(span.off, size):min(span.off+span.length, size)]
		if !bytes.Equal(p[:n], want) {
			t.Errorf("%+v: %d bytes that differ from the %d put", span, n, len(want))
		}
		if short := int64(n) < span.length; short != errors.Is(err, io.EOF) || (!short && err != nil) {
			t.Errorf("%+v: error %v after %d bytes", span, err, n)
		}
	}
	if _, err := object.ReadAt(make([]byte, 1), -1); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("ReadAt at a negative offset: %v", err)
	}
	if _, err := object.Reader(t.Context(), -1).Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("Reader at a negative offset: %v", err)
	}
	small := data[:3000]
	f.Put(t, "small", small)
	reader := open(t, f, "small").Reader(t.Context(), 0)
	defer reader.Close()
	if err := iotest.TestReader(reader, small); err != nil {
		t.Error(err)
	}
}

func testEmpty(t *testing.T, f Fixture) {
	f.Put(t, "nothing", nil)
	object := open(t, f, "nothing")
	if got := readAll(t, object, 0); object.Size() != 0 || len(got) != 0 {
		t.Errorf("size %d, read %d bytes", object.Size(), len(got))
	}
}

func testMissing(t *testing.T, f Fixture) {
	f.Put(t, "file", []byte("x"))
	for _, uri := range []string{f.uri("missing"), f.uri("a/b/c"), f.uri("file/below"), f.uri("file/"),
		"s3://no-such-bucket-here/key"} {
		_, err := f.Store.Open(t.Context(), uri)
		if !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("open %s: %v", uri, err)
		}
	}
	_, err := f.Store.Open(t.Context(), f.uri("missing"))
	if err == nil || err.Error() != f.uri("missing")+": not found" {
		t.Errorf("message: %v", err)
	}
}

func testInvalid(t *testing.T, f Fixture) {
	for _, uri := range []string{
		"", "s3://", "s3:///key", "s3://" + f.Bucket, f.uri(""), "http://" + f.Bucket + "/key", "S3://" + f.Bucket + "/key",
		"s3://UPPER/key", "s3://ab/key", "s3://-ab/key", "s3://" + strings.Repeat("a", 64) + "/key", "s3://a_b_c/key",
		f.uri(".."), f.uri("../x"), f.uri("a/../b"), f.uri("."), f.uri("a/./b"), f.uri("a\x00b"), f.uri("a\nb"),
		f.uri("\xff"), f.uri(strings.Repeat("k", 1025)),
	} {
		if _, err := f.Store.Open(t.Context(), uri); !errors.Is(err, blob.ErrInvalidURI) {
			t.Errorf("open %q: %v", uri, err)
		}
	}
}

func testKeys(t *testing.T, f Fixture) {
	for _, key := range []string{
		"plain", "with space", "a+b&c=d?e#f%20g", "..dots..", "...", "ünïcödé/日本語.vcf.gz", "tilde~/x", `quote"'`, "a:b;c,d@e",
		strings.Repeat("d/", 100) + "deep", "(x)[y]{z}!$*", "-dash",
	} {
		data := []byte("content of " + key)
		f.Put(t, key, data)
		if got := readAll(t, open(t, f, key), 0); !bytes.Equal(got, data) {
			t.Errorf("key %q: read %q", key, got)
		}
	}
}

func testIdentity(t *testing.T, f Fixture) {
	f.Put(t, "same", []byte("one"))
	first, again := open(t, f, "same").ETag(), open(t, f, "same").ETag()
	if first != again {
		t.Errorf("two openings of one object: ETags %s and %s", first, again)
	}
	f.Put(t, "same", []byte("other"))
	if replaced := open(t, f, "same").ETag(); replaced == first {
		t.Errorf("a replaced object keeps its ETag %s", first)
	}
}

// testChanged replaces an object under its readers: they must fail, not mix two versions.
func testChanged(t *testing.T, f Fixture) {
	data := Noise(30 << 20)
	f.Put(t, "victim", data)
	object := open(t, f, "victim")
	reader := object.Reader(t.Context(), 0)
	defer reader.Close()
	head := make([]byte, 1000)
	if _, err := io.ReadFull(reader, head); err != nil {
		t.Fatal(err)
	}
	f.Put(t, "victim", bytes.Repeat([]byte{1}, len(data)/2))
	rest, err := io.ReadAll(reader)
	if !errors.Is(err, blob.ErrChanged) {
		t.Errorf("read on: %d bytes, error %v", len(rest), err)
	}
	if got := append(head, rest...); !bytes.Equal(got, data[:len(got)]) {
		t.Error("bytes of the new version were handed out")
	}
	if _, err := object.ReadAt(head, 100); !errors.Is(err, blob.ErrChanged) {
		t.Errorf("ReadAt: %v", err)
	}
	if want := f.uri("victim") + ": changed while it was being read"; err == nil || err.Error() != want {
		t.Errorf("message %v, want %s", err, want)
	}
}

func testCancel(t *testing.T, f Fixture) {
	f.Put(t, "long", Noise(30<<20))
	cause := errors.New("the job was cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	reader := open(t, f, "long").Reader(ctx, 0)
	defer reader.Close()
	if _, err := io.ReadFull(reader, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	cancel(cause)
	if n, err := io.Copy(io.Discard, reader); !errors.Is(err, cause) {
		t.Errorf("after cancel: %d bytes, error %v", n, err)
	}
	if _, err := f.Store.Open(ctx, f.uri("long")); !errors.Is(err, cause) {
		t.Errorf("open after cancel: %v", err)
	}
}

func testClosed(t *testing.T, f Fixture) {
	f.Put(t, "x", []byte("abc"))
	object := open(t, f, "x")
	if err := object.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := object.ReadAt(make([]byte, 1), 0); err == nil {
		t.Error("ReadAt of a closed object works")
	}
	if _, err := object.Reader(t.Context(), 0).Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("reader of a closed object: %v", err)
	}
}

func testConcurrent(t *testing.T, f Fixture) {
	data := Noise(3 << 20)
	f.Put(t, "shared", data)
	object := open(t, f, "shared")
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			reader := object.Reader(t.Context(), int64(i*1000))
			defer reader.Close()
			if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, data[i*1000:]) {
				t.Errorf("reader %d: %d bytes, error %v", i, len(got), err)
			}
		})
		group.Go(func() {
			p := make([]byte, 50_000)
			for off := int64(i * 7); off < object.Size()-int64(len(p)); off += 400_000 {
				if _, err := object.ReadAt(p, off); err != nil || !bytes.Equal(p, data[off:off+int64(len(p))]) {
					t.Errorf("ReadAt %d: error %v", off, err)
				}
			}
		})
	}
	group.Wait()
}

func testList(t *testing.T, f Fixture) {
	keys := []string{"a", "a-b", "a.b/c", "a/b", "a/b-c", "a/b/c", "b/日本", "z"}
	for i := range 1100 { // more than a page
		keys = append(keys, fmt.Sprintf("many/%04d", i))
	}
	// "a" and "a/b" cannot both exist in a folder.
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == "a" || key == "a/b" })
	slices.Sort(keys)
	for _, key := range keys {
		f.Put(t, key, []byte(key))
	}
	for _, prefix := range []string{"", "a", "a/", "a/b", "a/b/", "a/b/c", "a/b/c/", "many/", "many/01", "nope", "nope/x",
		"b", "//", "/"} {
		var got, want []string
		for entry, err := range f.Store.List(t.Context(), f.uri(prefix)) {
			if err != nil {
				t.Fatalf("list %q: %v", prefix, err)
			}
			key := strings.TrimPrefix(entry.URI, f.uri(""))
			if entry.Size != int64(len(key)) || entry.ETag == "" || entry.Modified.IsZero() {
				t.Errorf("list %q: %+v", prefix, entry)
			}
			got = append(got, key)
		}
		for _, key := range keys {
			if strings.HasPrefix(key, prefix) {
				want = append(want, key)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("list %q (-want +got):\n%s", prefix, diff)
		}
	}
	for entry, err := range f.Store.List(t.Context(), f.uri("many/")) {
		if err != nil || entry.ETag != open(t, f, "many/0000").ETag() {
			t.Errorf("first entry %+v, error %v: not what Open says", entry, err)
		}
		break
	}
	for _, err := range f.Store.List(t.Context(), "s3://no-such-bucket-here/") {
		if !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("list a missing bucket: %v", err)
		}
	}
	for _, err := range f.Store.List(t.Context(), "nonsense") {
		if !errors.Is(err, blob.ErrInvalidURI) {
			t.Errorf("list nonsense: %v", err)
		}
	}
}
