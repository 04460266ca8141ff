package work

import (
	"context"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/state/meta"
)

// TestLiveProgress: what an item's newest attempt is at is told until it ends, whatever was written.
func TestLiveProgress(t *testing.T) {
	s := New(Config{})
	p := new(ingest.Progress)
	end := s.live.begin("job", 1, p)
	if _, ok := s.Progress("job", 1); ok {
		t.Error("there is progress of a source that is not open")
	}
	p.Open(100)
	if message, ok := s.Progress("job", 1); !ok || !strings.HasPrefix(message, "Importing: 0 of 100 bytes, 0 records") {
		t.Errorf("%q, %v", message, ok)
	}
	if _, ok := s.Progress("job", 0); ok {
		t.Error("there is progress of another item")
	}
	newer := new(ingest.Progress)
	newer.Open(200)
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

// TestWatchNoticesACancel: an attempt ends with its job, between two writes of its progress.
func TestWatchNoticesACancel(t *testing.T) {
	w := newTurnsWorld(t)
	job := w.start(first, "a", 1)
	claim, err := w.db.ClaimItem(t.Context(), job, 0)
	w.must(err)
	s := New(Config{DB: w.db})
	ctx, stop := s.watch(t.Context(), claim, new(ingest.Progress))
	defer stop()
	w.must(w.db.CancelImportJob(t.Context(), first, meta.Variants, job))
	<-ctx.Done()
	if cause := context.Cause(ctx); cause != errSuperseded {
		t.Errorf("the attempt ended with %v", cause)
	}
	if alive, err := s.look(t.Context(), claim, new(ingest.Progress), false); alive || err != nil {
		t.Errorf("a look that writes nothing: %v, %v", alive, err)
	}
}
