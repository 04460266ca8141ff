package ingest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/vcf"
)

// TestPace: no more compute at one time than there is room for, and all of them do in the end.
func TestPace(t *testing.T) {
	p := make(pace, 2)
	var running, most, done atomic.Int64
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			p.compute(func() {
				now := running.Add(1)
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
				}
				runtime.Gosched()
				done.Add(1)
				running.Add(-1)
			})
		})
	}
	group.Wait()
	if most.Load() > 2 || done.Load() != 50 {
		t.Errorf("%d at one time, %d in all", most.Load(), done.Load())
	}
	pace(nil).compute(func() { done.Add(1) })
	if done.Load() != 51 {
		t.Error("without a bound nothing is done")
	}
}

// slotRows notes at which of its calls a place to compute is held.
type slotRows struct {
	pace  pace
	calls []string
}

func (r *slotRows) note(call string) error {
	r.calls = append(r.calls, fmt.Sprint(call, " ", len(r.pace)))
	return nil
}

func (r *slotRows) line([]byte, int64, *report) error   { return r.note("line") }
func (r *slotRows) finish() error                       { return r.note("finish") }
func (r *slotRows) sync() error                         { return r.note("sync") }
func (r *slotRows) close() ([]column.DataFile, error)   { return nil, r.note("close") }
func (r *slotRows) abort()                              {}
func (r *slotRows) rows(*warehouse.Folder, string) rows { return r }

// TestDiskIsNotPaced: no place to compute is held while the disk works.
func TestDiskIsNotPaced(t *testing.T) {
	r := &slotRows{pace: make(pace, 2)}
	p := &pipeline{format: r, workers: 1, progress: new(progress), pace: r.pace}
	if _, err := p.run(t.Context(), strings.NewReader("a\nb\n"), 1); err != nil {
		t.Fatal(err)
	}
	want := []string{"line 1", "line 1", "sync 0", "finish 1", "close 0"}
	if diff := cmp.Diff(want, r.calls); diff != "" {
		t.Errorf("places held (-want +got):\n%s", diff)
	}
}

// TestAtNice: work is done at its niceness, and its thread does nothing else afterwards.
func TestAtNice(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("threads have a niceness of their own on Linux alone")
	}
	niceness := func() int {
		raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // the system call gives 20 less the niceness
		if err != nil {
			t.Error(err)
		}
		return 20 - raw
	}
	before, inside := niceness(), 0
	atNice(importNice, func() { inside = niceness() })
	if inside != min(19, before+importNice) {
		t.Errorf("niceness %d, want %d", inside, min(19, before+importNice))
	}
	for range 100 {
		var group sync.WaitGroup
		group.Go(func() {
			if after := niceness(); after != before {
				t.Errorf("niceness %d after it, want %d", after, before)
			}
		})
		group.Wait()
	}
}

// TestLiveProgress: what an item's newest attempt is at is told until it ends, whatever was written.
func TestLiveProgress(t *testing.T) {
	s := &Service{live: live{items: map[meta.Part]*progress{}}}
	p := new(progress)
	end := s.live.begin("job", 1, p)
	if _, ok := s.Progress("job", 1); ok {
		t.Error("there is progress of a source that is not open")
	}
	p.open(100)
	p.records.Add(7)
	if message, ok := s.Progress("job", 1); !ok || !strings.HasPrefix(message, "Importing: 0 of 100 bytes, 7 records") {
		t.Errorf("%q, %v", message, ok)
	}
	if _, ok := s.Progress("job", 0); ok {
		t.Error("there is progress of another item")
	}
	newer := new(progress)
	newer.open(200)
	endNewer := s.live.begin("job", 1, newer)
	end()
	if message, ok := s.Progress("job", 1); !ok || !strings.Contains(message, "of 200 bytes") {
		t.Errorf("of the newer attempt: %q, %v", message, ok)
	}
	endNewer()
	if _, ok := s.Progress("job", 1); ok {
		t.Error("there is progress of an item that has ended")
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
		p := &pipeline{format: &vcfFormat{header: h, jobID: "job", relaxed: vcf.Customary}, folder: folderAt(t, dir), dir: dir, workers: 1, progress: new(progress)}
		chunks := newChunker(text, 100_000, '\n', 1, 2)
		chunks.consumed = text.Consumed
		first, err := chunks.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if first.bytes <= 0 || first.bytes > int64(len(source))/2 {
			t.Errorf("%s: the first chunk has %d of %d bytes", name, first.bytes, len(source))
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

// TestWatchNoticesACancel: an attempt ends with its job, between two writes of its progress.
func TestWatchNoticesACancel(t *testing.T) {
	w := newTurnsWorld(t)
	job := w.start(first, "a", 1)
	claim, err := w.db.ClaimItem(t.Context(), job, 0)
	w.must(err)
	s := &Service{Config: Config{DB: w.db}, live: live{items: map[meta.Part]*progress{}}}
	ctx, stop := s.watch(t.Context(), claim, new(progress))
	defer stop()
	w.must(w.db.CancelImportJob(t.Context(), first, meta.Variants, job))
	<-ctx.Done()
	if cause := context.Cause(ctx); cause != errSuperseded {
		t.Errorf("the attempt ended with %v", cause)
	}
	if alive, err := s.look(t.Context(), claim, new(progress), false); alive || err != nil {
		t.Errorf("a look that writes nothing: %v, %v", alive, err)
	}
}
