package slot

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestPace: no more compute at one time than there is room for, and all of them do in the end.
func TestPace(t *testing.T) {
	p := make(Pace, 2)
	var running, most, done atomic.Int64
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			p.Compute(func() {
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
	Pace(nil).Compute(func() { done.Add(1) })
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
	AtNice(ImportNice, func() { inside = niceness() })
	if inside != min(19, before+ImportNice) {
		t.Errorf("niceness %d, want %d", inside, min(19, before+ImportNice))
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
