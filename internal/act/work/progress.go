package work

import (
	"sync"
	"time"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/state/meta"
)

// live holds the progress of what is being imported. Safe for concurrent use.
type live struct {
	mu    sync.Mutex
	items map[meta.Part]*ingest.Progress
}

// begin notes an item's progress until end is called.
func (l *live) begin(jobID string, item int, p *ingest.Progress) (end func()) {
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
	if p == nil || !p.IsOpen() {
		return "", false
	}
	return p.Message(time.Now()), true
}
