package upkeep

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
)

// TestTend: one at a time has the tables for itself, and who loses patience learns with what.
func TestTend(t *testing.T) {
	s := New(Config{Older: new(meta.Older)})
	done, err := s.tend(t.Context(), "the upkeep of cohort", 0)
	if err != nil {
		t.Fatal(err)
	}
	var busy *Busy
	if _, err := s.tend(t.Context(), "a search", time.Millisecond); !errors.As(err, &busy) ||
		busy.With != "the upkeep of cohort" {
		t.Errorf("a second one: %v", err)
	}
	// The state, which is not there, is not asked.
	if _, err := s.Maintain(t.Context(), meta.Table{Name: "other"}, Care{Patience: time.Millisecond}); !errors.As(err,
		&busy) || busy.With != "the upkeep of cohort" {
		t.Errorf("the upkeep of another: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.tend(cancelled, "a search", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("a third one: %v", err)
	}
	done()
	if done, err = s.tend(t.Context(), "a search", time.Minute); err != nil {
		t.Fatal(err)
	}
	done()
}
