package ingest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// progress counts what an attempt at an item has done so far. Safe for concurrent use.
type progress struct {
	source  atomic.Pointer[opened] // nil: not yet open
	done    atomic.Int64           // bytes of the source whose lines were imported
	records atomic.Int64
}

// opened is the source of an attempt. It never changes.
type opened struct {
	at    time.Time
	bytes int64 // of it, as stored
}

// open notes that the source is open, which has a number of bytes.
func (p *progress) open(bytes int64) { p.source.Store(&opened{time.Now(), bytes}) }

// live holds the progress of what is being imported. Safe for concurrent use.
type live struct {
	mu    sync.Mutex
	items map[meta.Part]*progress
}

// begin notes an item's progress until end is called.
func (l *live) begin(jobID string, item int, p *progress) (end func()) {
	key := meta.Part{JobID: jobID, Part: item}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.items[key] = p
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.items[key] == p { // else another attempt has taken its place
			delete(l.items, key)
		}
	}
}

// Progress is the statusMessage of an item that this process is importing, as of now; ok is false for any other.
func (s *Service) Progress(jobID string, item int) (message string, ok bool) {
	s.live.mu.Lock()
	p := s.live.items[meta.Part{JobID: jobID, Part: item}]
	s.live.mu.Unlock()
	if p == nil || p.source.Load() == nil {
		return "", false
	}
	return p.message(time.Now()), true
}

// message is the item's statusMessage while it runs.
func (p *progress) message(now time.Time) string {
	source := p.source.Load()
	if source == nil {
		return omics.ProgressOpening
	}
	return omics.NewProgress(min(p.done.Load(), source.bytes), source.bytes, p.records.Load(), now.Sub(source.at)).String()
}
