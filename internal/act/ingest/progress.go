package ingest

import (
	"sync/atomic"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Progress counts what an attempt at an item has done so far. Safe for concurrent use.
type Progress struct {
	source  atomic.Pointer[opened] // nil: not yet open
	done    atomic.Int64           // bytes of the source whose lines were imported
	records atomic.Int64
}

// opened is the source of an attempt. It never changes.
type opened struct {
	at    time.Time
	bytes int64 // of it, as stored
}

// Open notes that the source is open, which has a number of bytes.
func (p *Progress) Open(bytes int64) { p.source.Store(&opened{time.Now(), bytes}) }

// IsOpen tells whether the source is open.
func (p *Progress) IsOpen() bool { return p.source.Load() != nil }

// Message is the item's statusMessage while it runs.
func (p *Progress) Message(now time.Time) string {
	source := p.source.Load()
	if source == nil {
		return omics.ProgressOpening
	}
	return omics.NewProgress(min(p.done.Load(), source.bytes), source.bytes, p.records.Load(), now.Sub(source.at)).String()
}
