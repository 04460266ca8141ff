package upkeep

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// TestCompare holds tables to what their jobs recorded.
func TestCompare(t *testing.T) {
	now := time.Now()
	snapshot := func(jobs ...string) (list []lake.JobSnapshot) {
		for _, job := range jobs {
			list = append(list, lake.JobSnapshot{Job: job, Time: now.Add(-time.Hour)})
		}
		return list
	}
	job := func(id string, status omics.JobStatus, rows int64) meta.CheckJob {
		return meta.CheckJob{ID: id, Status: status, Rows: rows}
	}
	for name, test := range map[string]struct {
		jobs   []meta.CheckJob
		report lake.Report
		want   []string
	}{
		"empty": {report: lake.Report{Rows: map[string]int64{}}},
		"sound": {
			jobs: []meta.CheckJob{job("a", omics.JobCompleted, 3), job("b", omics.JobCompletedWithFailures, 4),
				job("c", omics.JobFailed, 0),
				job("d", omics.JobCancelled, 0), job("e", omics.JobInProgress, 9), job("f", omics.JobSubmitted, 0),
				job("g", omics.JobCompleted, 0)},
			report: lake.Report{Snapshots: snapshot("a", "b"), Rows: map[string]int64{"a": 3, "b": 4}},
		},
		"expired and compacted": {
			jobs:   []meta.CheckJob{job("a", omics.JobCompleted, 3), job("b", omics.JobCompleted, 4)},
			report: lake.Report{Expired: true, Snapshots: snapshot("b"), Rows: map[string]int64{"a": 3, "b": 4, "forgotten": 7}},
		},
		"no snapshot": {
			jobs:   []meta.CheckJob{job("a", omics.JobCompleted, 3)},
			report: lake.Report{Rows: map[string]int64{}}, want: []string{"job a is COMPLETED and has no snapshot"},
		},
		"rows lost with their snapshot": {
			jobs:   []meta.CheckJob{job("a", omics.JobCompleted, 3)},
			report: lake.Report{Expired: true, Snapshots: snapshot(), Rows: map[string]int64{"b": 1}},
			want:   []string{"job a recorded 3 rows, the table has 0 of it"},
		},
		"two snapshots": {
			jobs:   []meta.CheckJob{job("a", omics.JobCompleted, 3)},
			report: lake.Report{Snapshots: snapshot("a", "a"), Rows: map[string]int64{"a": 6}},
			want:   []string{"job a has 2 snapshots"},
		},
		"fewer rows": {
			jobs:   []meta.CheckJob{job("a", omics.JobCompleted, 3)},
			report: lake.Report{Snapshots: snapshot("a"), Rows: map[string]int64{"a": 2}},
			want:   []string{"job a recorded 3 rows, the table has 2 of it"},
		},
		"a cancelled job's rows": {
			jobs:   []meta.CheckJob{job("a", omics.JobCancelled, 0)},
			report: lake.Report{Expired: true, Rows: map[string]int64{"a": 2}},
			want:   []string{"job a is CANCELLED, the table has 2 rows of it"},
		},
		"a running job's snapshot": {
			jobs:   []meta.CheckJob{job("a", omics.JobInProgress, 2)},
			report: lake.Report{Snapshots: snapshot("a"), Rows: map[string]int64{"a": 2}},
			want:   []string{"job a is IN_PROGRESS with 2 rows and has a snapshot"},
		},
		"a job without a record": {
			report: lake.Report{Snapshots: snapshot("a"), Rows: map[string]int64{"a": 2}},
			want:   []string{"there is a snapshot of job a, of which there is no record"},
		},
		"a job whose record was forgotten": {
			report: lake.Report{Snapshots: []lake.JobSnapshot{{Job: "a", Time: now.Add(-meta.JobLife - time.Hour)}},
				Rows: map[string]int64{"a": 2}},
		},
		"faults, and rows that nobody could count": {
			jobs:   []meta.CheckJob{job("a", omics.JobCompleted, 3)},
			report: lake.Report{Snapshots: snapshot("a"), Faults: []lake.Fault{{Path: "/p", What: "is bad"}, {What: "also"}}},
			want:   []string{"/p: is bad", "also"},
		},
		"no metadata": {
			jobs:   []meta.CheckJob{job("a", omics.JobCompleted, 3)},
			report: lake.Report{Faults: []lake.Fault{{Path: "/p", What: "is bad"}}}, want: []string{"/p: is bad"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, compare(&meta.CheckTable{Jobs: test.jobs}, &test.report, now)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckLine(t *testing.T) {
	dir := t.TempDir()
	folder, err := warehouse.NewFolder(dir, "/var/lib/v")
	if err != nil {
		t.Fatal(err)
	}
	line := warehouse.Line(folder, "cohort: "+dir+"/tables/t/data/x: its\n  pages\tend")
	if line != "cohort: tables/t/data/x: its pages end" {
		t.Errorf("%q", line)
	}
	var result own.Findings
	for range maxListed + 3 {
		note(&result, "x")
	}
	if result.Found != maxListed+3 || len(result.Findings) != maxListed {
		t.Errorf("%d findings, %d listed", result.Found, len(result.Findings))
	}
}
