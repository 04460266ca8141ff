package ingest

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/meta"
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
	p := &progress{started: time.Now(), total: 100}
	end := s.live.begin("job", 1, p)
	p.records.Add(7)
	if message, ok := s.Progress("job", 1); !ok || !strings.HasPrefix(message, "Importing: 0 of 100 bytes, 7 records") {
		t.Errorf("%q, %v", message, ok)
	}
	if _, ok := s.Progress("job", 0); ok {
		t.Error("there is progress of another item")
	}
	endNewer := s.live.begin("job", 1, &progress{started: time.Now(), total: 200})
	end()
	if message, ok := s.Progress("job", 1); !ok || !strings.Contains(message, "of 200 bytes") {
		t.Errorf("of the newer attempt: %q, %v", message, ok)
	}
	endNewer()
	if _, ok := s.Progress("job", 1); ok {
		t.Error("there is progress of an item that has ended")
	}
}

// TestWatchNoticesACancel: an attempt ends with its job, between two writes of its progress.
func TestWatchNoticesACancel(t *testing.T) {
	w := newTurnsWorld(t)
	job := w.start(first, "a", 1)
	claim, err := w.db.ClaimItem(t.Context(), job, 0)
	w.must(err)
	s := &Service{Config: Config{DB: w.db}, live: live{items: map[meta.Part]*progress{}}}
	ctx, stop := s.watch(t.Context(), claim, &progress{started: time.Now()})
	defer stop()
	w.must(w.db.CancelImportJob(t.Context(), first, meta.VariantJob, job))
	<-ctx.Done()
	if cause := context.Cause(ctx); cause != errSuperseded {
		t.Errorf("the attempt ended with %v", cause)
	}
	if alive, err := s.look(t.Context(), claim, &progress{started: time.Now()}, false); alive || err != nil {
		t.Errorf("a look that writes nothing: %v, %v", alive, err)
	}
}
