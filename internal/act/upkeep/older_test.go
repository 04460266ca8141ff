package upkeep

import (
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
)

// TestNewerThanState tells a commit that this state began, and what its records have forgotten, from what only a newer
// state can have written.
func TestNewerThanState(t *testing.T) {
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	job := func(id string, age time.Duration) lake.JobSnapshot {
		return lake.JobSnapshot{Job: id, Time: now.Add(-age)}
	}
	recorded := map[string]bool{"lost": true}
	for name, test := range map[string]struct {
		found []lake.Strange
		want  string
	}{
		"none":                    {},
		"a lost commit":           {[]lake.Strange{{Path: "/m", Jobs: []lake.JobSnapshot{job("lost", time.Minute)}}}, ""},
		"a record that was ended": {[]lake.Strange{{Path: "/m", Jobs: []lake.JobSnapshot{job("old", meta.JobLife)}}}, ""},
		"a newer state": {
			[]lake.Strange{{Path: "/m", Jobs: []lake.JobSnapshot{job("lost", time.Second), job("b", time.Hour)}},
				{Path: "/n", Jobs: []lake.JobSnapshot{job("b", time.Hour), job("c", time.Minute)}}},
			"/n: metadata of a newer state than varlake.db: 2 imports that it has no record of or none of their end, the newest job c at 2026-05-04T03:01:01Z",
		},
	} {
		if got := newerThanState(test.found, recorded, now); got != test.want {
			t.Errorf("%s: %q", name, strings.TrimSpace(got))
		}
	}
}
