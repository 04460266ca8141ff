package ingest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/vcf"
)

// slotRows notes at which of its calls a place to compute is held.
type slotRows struct {
	pace  slot.Pace
	calls []string
}

func (r *slotRows) note(call string) error {
	r.calls = append(r.calls, fmt.Sprint(call, " ", len(r.pace)))
	return nil
}

func (r *slotRows) line([]byte, int64, *report) error { return r.note("line") }
func (r *slotRows) finish() error                     { return r.note("finish") }
func (r *slotRows) sync() error                       { return r.note("sync") }
func (r *slotRows) close() ([]column.DataFile, error) { return nil, r.note("close") }
func (r *slotRows) abort()                            {}
func (r *slotRows) met() *strangers                   { return nil }
func (r *slotRows) complete(*Tally)                   {}
func (r *slotRows) rows(warehouse.Files, string) rows { return r }

// TestDiskIsNotPaced: no place to compute is held while the disk works.
func TestDiskIsNotPaced(t *testing.T) {
	r := &slotRows{pace: make(slot.Pace, 2)}
	p := &pipeline{format: r, workers: 1, progress: new(Progress), pace: r.pace}
	if _, err := p.run(t.Context(), strings.NewReader("a\nb\n"), 1); err != nil {
		t.Fatal(err)
	}
	want := []string{"line 1", "line 1", "sync 0", "finish 1", "close 0"}
	if diff := cmp.Diff(want, r.calls); diff != "" {
		t.Errorf("places held (-want +got):\n%s", diff)
	}
}

// TestProgressIsOfWhatWasImported: what was only read ahead does not count, and in the end all does.
func TestProgressIsOfWhatWasImported(t *testing.T) {
	h, err := vcf.ParseHeader([]byte(header))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	z, err := bgzf.NewWriter(&file, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, records("chr1", 20_000)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	plain := records("chr1", 20_000)
	for name, source := range map[string]string{"BGZF": file.String(), "plain": plain} {
		text := bgzf.Open(strings.NewReader(source), 1)
		defer text.Close()
		dir := t.TempDir()
		p := &pipeline{format: &vcfFormat{header: h, jobID: "job", relaxed: vcf.Customary}, files: folderAt(t, dir),
			dir: dir, workers: 1, progress: new(Progress)}
		pieces := newCutter(text, 100_000, '\n', 1, 2)
		pieces.consumed = text.Consumed
		first, err := pieces.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if first.bytes <= 0 || first.bytes > int64(len(source))/2 {
			t.Errorf("%s: the first piece has %d of %d bytes", name, first.bytes, len(source))
		}
		rest := bgzf.Open(strings.NewReader(source), 1)
		defer rest.Close()
		p.consumed = rest.Consumed
		if _, err := p.run(t.Context(), rest, 1); err != nil {
			t.Fatal(err)
		}
		const marker = 28 // bytes of BGZF's end
		if done := p.progress.done.Load(); done < int64(len(source))-marker || done > int64(len(source)) {
			t.Errorf("%s: in the end %d of %d bytes are done", name, done, len(source))
		}
	}
}

// TestProgressMessage: what is done of a source that is open.
func TestProgressMessage(t *testing.T) {
	p := new(Progress)
	if message := p.Message(time.Now()); message != omics.ProgressOpening || p.IsOpen() {
		t.Errorf("%q before the source is open", message)
	}
	p.Open(100)
	p.done.Add(50)
	p.records.Add(7)
	if message := p.Message(time.Now()); !strings.HasPrefix(message, "Importing: 50 of 100 bytes, 7 records") ||
		!p.IsOpen() {
		t.Errorf("%q", message)
	}
}
