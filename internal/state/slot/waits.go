package slot

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// waits holds what work waits for that failed for a cause which may pass. It is in memory alone: a disk that is full cannot take it, and after
// a restart the work is tried at once. Safe for concurrent use.
type waits struct {
	mu    sync.Mutex
	items map[int64]wait // by the queue's job
}

type wait struct {
	task
	cause string
	since time.Time // of the first failure, whatever its cause
	tries int
}

func (w wait) String() string {
	return fmt.Sprintf("Waiting since %s: %s", w.since.UTC().Format(time.RFC3339), w.cause)
}

// shown is the line of a check.
func (w wait) shown() string {
	return fmt.Sprintf("%s %s failed %d times and waits since %s: %s", w.kind, w.subject, w.tries, w.since.UTC().Format(time.RFC3339), w.cause)
}

// note keeps why a task failed, and gives how long to wait until it is tried again.
func (w *waits) note(t task, cause string) (pause time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.items == nil {
		w.items = map[int64]wait{}
	}
	item, ok := w.items[t.queued]
	if !ok {
		item.since = time.Now()
	}
	pause = min(firstPause<<min(item.tries, 10), longestPause)
	item.task, item.cause, item.tries = t, cause, item.tries+1
	w.items[t.queued] = item
	return pause
}

// end forgets a task that waits no more.
func (w *waits) end(queued int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.items, queued)
}

// all lists what waits, the longest first.
func (w *waits) all() []wait {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]wait, 0, len(w.items))
	for _, item := range w.items {
		list = append(list, item)
	}
	slices.SortFunc(list, func(a, b wait) int { return a.since.Compare(b.since) })
	return list
}

// Waiting is the statusMessage of an import job, store, version or share whose work waits for something: since when and for what. ok is false
// for any other. Safe for concurrent use.
func (s *Service) Waiting(id string) (message string, ok bool) {
	for _, item := range s.waits.all() {
		if item.subject == id {
			return item.String(), true
		}
	}
	return "", false
}
