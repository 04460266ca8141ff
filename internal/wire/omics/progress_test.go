package omics

import (
	"testing"
	"time"
)

func TestProgressText(t *testing.T) {
	tests := []struct {
		progress Progress
		text     string
	}{
		{NewProgress(1<<20, 4<<20, 20000, time.Second),
			"Importing: 1048576 of 4194304 bytes, 20000 records, 20000 records/s, about 3 s left"},
		{NewProgress(0, 4<<20, 0, 0), "Importing: 0 of 4194304 bytes, 0 records, 0 records/s"},
	}
	for _, test := range tests {
		if got := test.progress.String(); got != test.text {
			t.Errorf("text %q, want %q", got, test.text)
		}
		if back, ok := ParseProgress(test.text); !ok || back != test.progress {
			t.Errorf("parsed %+v (%v), want %+v", back, ok, test.progress)
		}
	}
	for _, other := range []string{"", ProgressOpening, "Imported 3 records",
		"Importing: 99999999999999999999 of 1 bytes, 0 records, 0 records/s"} {
		if _, ok := ParseProgress(other); ok {
			t.Errorf("%q passed as progress", other)
		}
	}
}
