package ingest

import (
	"sync/atomic"
	"time"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/internal/omics"
)

// progress counts what an item has done so far. Safe for concurrent use.
type progress struct {
	started time.Time
	total   int64                       // bytes of the source
	bytes   atomic.Pointer[bgzf.Reader] // tells how much of it was read
	records atomic.Int64
}

// message is the item's statusMessage while it runs.
func (p *progress) message(now time.Time) string {
	done := int64(0)
	if reader := p.bytes.Load(); reader != nil {
		done = min(reader.Offset(), p.total)
	}
	return omics.NewProgress(done, p.total, p.records.Load(), now.Sub(p.started)).String()
}
