package upkeep

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// An account has one check at work, so that another's goes beside it, and few that wait.
func TestChecksTakeTurns(t *testing.T) {
	h := NewCaretaker(nil, "")
	a := omics.WithCaller(t.Context(), omics.Caller{Account: "210987654321"})
	done, err := h.turn(a)
	if err != nil {
		t.Fatal(err)
	}
	other, err := h.turn(omics.WithCaller(t.Context(), omics.Caller{Account: meta.AdminAccount}))
	if err != nil {
		t.Fatal(err)
	}
	other()
	impatient, cancel := context.WithCancel(a)
	cancel()
	if _, err := h.turn(impatient); !errors.Is(err, context.Canceled) {
		t.Errorf("a second of one account: %v", err)
	}
	for range maxOpenChecks - 1 { // that wait, say
		if _, err := h.turns.Open("210987654321"); err != nil {
			t.Fatal(err)
		}
	}
	var refused *omics.Error
	if _, err := h.turn(a); !errors.As(err, &refused) || refused.Code != omics.CodeThrottling {
		t.Errorf("one more than an account may have: %v", err)
	}
	done()
}

// The places of the machine are told the account that the folder began with alone.
func TestHidePlaces(t *testing.T) {
	data := t.TempDir()
	folder, err := warehouse.NewFolder(data, "/named", "/before")
	if err != nil {
		t.Fatal(err)
	}
	c := NewCaretaker(New(Config{Files: folder}), "")
	lines := []string{"a: 1/2 rows", "b: file:///named/tables/x: it is not there", "c: " + data + "/tables/y: damaged",
		"d: the link tables/d leads to /srv/my data", "/srv"}
	c.hidePlaces(lines)
	const hidden = ": it names a place outside of the data folder, which varlake check tells account " + meta.AdminAccount
	if diff := cmp.Diff([]string{"a: 1/2 rows", "b: tables/x: it is not there", "c: tables/y: damaged", "d" + hidden,
		"a table" + hidden}, lines); diff != "" {
		t.Error(diff)
	}
}
