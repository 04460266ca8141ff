package ingest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/internal/meta"
	"github.com/varlake/varlake/internal/omics"
)

// progress counts what an item has done so far. Safe for concurrent use.
type progress struct {
	started time.Time
	total   int64                       // bytes of the source
	bytes   atomic.Pointer[bgzf.Reader] // tells how much of it was read
	records atomic.Int64
}

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
	if p == nil {
		return "", false
	}
	return p.message(time.Now()), true
}

// message is the item's statusMessage while it runs.
func (p *progress) message(now time.Time) string {
	done := int64(0)
	if reader := p.bytes.Load(); reader != nil {
		done = min(reader.Offset(), p.total)
	}
	return omics.NewProgress(done, p.total, p.records.Load(), now.Sub(p.started)).String()
}
