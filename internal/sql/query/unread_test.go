package query

import (
	"errors"
	"testing"

	"github.com/varlake/varlake/internal/state/slot"
)

// TestUnreadResultsFreeTheEngine: results that nobody reads are made to their end, and hold no place.
func TestUnreadResultsFreeTheEngine(t *testing.T) {
	e := newEngine(t, Options{MaxConcurrent: 2, Threads: 1, TempDir: t.TempDir()})
	const rows = 1_000_000 // more than all that waits between worker and reader
	var unread []*Rows
	for range 4 {
		r, err := e.QueryAs(t.Context(), "a", nil, "SELECT x AS a, x + 1 AS b FROM range(1000000) t(x)")
		if err != nil {
			t.Fatal(err)
		}
		unread = append(unread, r)
	}
	if out, err := run(t, e, nil, "SELECT 1 AS one"); err != nil || out != `[{"one":1}]` {
		t.Errorf("another: %s, %v", out, err)
	}
	for _, r := range unread {
		<-r.Worked()
		n := int64(0)
		for ; r.Next(); n++ {
			if r.Values()[0] != n {
				t.Fatalf("row %d is %v", n, r.Values())
			}
		}
		if err := r.Err(); err != nil || n != rows {
			t.Errorf("%d rows, %v", n, err)
		}
	}
	if left := e.opt.Results.Unread(); left != 0 {
		t.Errorf("%d bytes are left", left)
	}
}

// TestUnreadEndlessResult: one that would fill the disk rests at its bound, and ends when another waits.
func TestUnreadEndlessResult(t *testing.T) {
	dir := t.TempDir()
	e := newEngine(t, Options{MaxConcurrent: 1, Threads: 1, TempDir: dir,
		Results: slot.NewSpill(dir, slot.Limits{Result: 16 << 20})})
	endless, err := e.QueryAs(t.Context(), "a", nil, "SELECT * FROM range(100000000000)")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := e.QueryAs(t.Context(), "b", nil, "SELECT 1 AS one")
	if err != nil || !rows.Next() {
		t.Fatal("the other's: ", err)
	}
	for endless.Next() {
		continue
	}
	if err := endless.Err(); err == nil || kindOf(t, err) != Resource || !errors.Is(err, slot.ErrUnread) &&
		err.Error() != slot.ErrUnread.Error() {
		t.Errorf("the endless one: %v", err)
	}
}
