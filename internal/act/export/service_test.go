package export

import (
	"errors"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// An export that waits for its turn is told so after some time.
func TestExportsDoNotWaitForEver(t *testing.T) {
	h := &Service{turns: slot.NewTurns(1, 0), wait: time.Millisecond}
	done, err := h.turns.Take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var refused *omics.Error
	if err := h.take(t.Context(), "b", &own.ExportIn{}, nil); !errors.As(err, &refused) ||
		refused.Code != omics.CodeRequestTimeout {
		t.Errorf("got %v", err)
	}
}
