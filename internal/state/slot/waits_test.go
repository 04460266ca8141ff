package slot

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWaits: the first failure's moment and the last one's cause are told, pauses grow to their bound, and the longest
// wait of a subject counts.
func TestWaits(t *testing.T) {
	var w Waits
	var pauses []time.Duration
	note := func(queued int64, cause string) time.Duration { return w.Note(queued, "kind", "id", cause) }
	for range 6 {
		pauses = append(pauses, note(1, "first")/time.Second)
	}
	if diff := cmp.Diff([]time.Duration{1, 2, 4, 8, 15, 15}, pauses); diff != "" {
		t.Errorf("pauses in seconds (-want +got):\n%s", diff)
	}
	since := w.All()[0].Since
	note(2, "other")
	note(1, "another")
	all := w.All()
	if len(all) != 2 || all[0].Cause != "another" || !all[0].Since.Equal(since) || all[0].Tries != 7 {
		t.Errorf("waits %+v", all)
	}
	if want := "kind id failed 7 times and waits since " + since.UTC().Format(time.RFC3339) +
		": another"; all[0].Finding() != want {
		t.Errorf("%s, want %s", all[0].Finding(), want)
	}
	w.End(1)
	if all := w.All(); len(all) != 1 || all[0].Cause != "other" {
		t.Errorf("waits %+v", all)
	}
}

// TestWaitsOfASubject: the message of a subject is that of its work which waits for the longest, until that ends.
func TestWaitsOfASubject(t *testing.T) {
	var w Waits
	if message, ok := w.Waiting("id"); ok || message != "" {
		t.Errorf("nothing waits: %q", message)
	}
	w.Note(1, "kind", "id", "the disk is full")
	w.Note(2, "kind", "id", "another cause")
	w.Note(3, "kind", "", "nobody's")
	since := w.All()[0].Since.UTC().Format(time.RFC3339)
	if message, ok := w.Waiting("id"); !ok || message != "Waiting since "+since+": the disk is full" {
		t.Errorf("%q", message)
	}
	w.End(1)
	if message, ok := w.Waiting("id"); !ok || !strings.HasSuffix(message, ": another cause") {
		t.Errorf("once the first has ended: %q", message)
	}
	w.End(2)
	if message, ok := w.Waiting("id"); ok {
		t.Errorf("once all have: %q", message)
	}
	if message, ok := w.Waiting("other"); ok {
		t.Errorf("of another: %q", message)
	}
}
