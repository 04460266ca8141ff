package slot

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// firstPause and longestPause bound how long work waits until it is tried again: each pause is twice the one before.
	firstPause   = time.Second
	longestPause = 15 * time.Second
)

// Waits holds what work waits for that failed for a cause which may pass. It is in memory alone: a disk that is full
// cannot take it, and after a restart the work is tried at once. The zero value is ready. Safe for concurrent use.
type Waits struct {
	mu    sync.Mutex
	items map[int64]Wait // by the queue's job
}

// Wait is work that waits to be tried again.
type Wait struct {
	Kind    string // of the queue's job
	Subject string // id of the import job, store, version or share that waits for it; empty: none is known
	Cause   string
	Since   time.Time // of the first failure, whatever its cause
	Tries   int
}

// String is the statusMessage of its subject.
func (w Wait) String() string {
	return fmt.Sprintf("Waiting since %s: %s", w.Since.UTC().Format(time.RFC3339), w.Cause)
}

// Finding is the line of a check.
func (w Wait) Finding() string {
	return fmt.Sprintf("%s %s failed %d times and waits since %s: %s", w.Kind, w.Subject, w.Tries,
		w.Since.UTC().Format(time.RFC3339), w.Cause)
}

// Note keeps why a job of the queue failed, and gives how long to wait until it is tried again.
func (w *Waits) Note(queued int64, kind, subject, cause string) (pause time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.items == nil {
		w.items = map[int64]Wait{}
	}
	item, ok := w.items[queued]
	if !ok {
		item.Since = time.Now()
	}
	pause = min(firstPause<<min(item.Tries, 10), longestPause)
	item.Kind, item.Subject, item.Cause, item.Tries = kind, subject, cause, item.Tries+1
	w.items[queued] = item
	return pause
}

// End forgets a job of the queue that waits no more.
func (w *Waits) End(queued int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.items, queued)
}

// All lists what waits, the longest first.
func (w *Waits) All() []Wait {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]Wait, 0, len(w.items))
	for _, item := range w.items {
		list = append(list, item)
	}
	slices.SortFunc(list, func(a, b Wait) int { return a.Since.Compare(b.Since) })
	return list
}

// Waiting is the statusMessage of an import job, store, version or share whose work waits for something: since when and
// for what. ok is false for any other.
func (w *Waits) Waiting(id string) (message string, ok bool) {
	for _, item := range w.All() {
		if item.Subject == id {
			return item.String(), true
		}
	}
	return "", false
}
