package meta

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestCheckState(t *testing.T) {
	f := newFixture(t)
	s := f.store(t, "cohort")
	f.annotations(t, AdminAccount, "genes")
	must(f.CreateVersion(f.ctx, AdminAccount, "genes", f.newVersion(AdminAccount, "genes", "later")))(t)
	f.account(t, other)
	f.annotations(t, other, "theirs")

	landed, failed, open := f.start(t, "cohort", "s3://b/a", "s3://b/b"), f.start(t, "cohort", "s3://b/a"),
		f.start(t, "cohort", "s3://b/a")
	f.finish(t, landed.ID, 0, omics.JobCompleted)
	f.finish(t, landed.ID, 1, omics.JobFailed)
	location, _ := f.pointer(t, s)
	if result, err := f.CommitImport(f.ctx, landed.ID, location, "next", omics.JobCompletedWithFailures, ""); err != nil ||
		result != Committed {
		t.Fatal(result, err)
	}
	f.finish(t, failed.ID, 0, omics.JobFailed)
	if ok, err := f.FinishImportWithoutRows(f.ctx, failed.ID, "no", nil); err != nil || !ok {
		t.Fatal(ok, err)
	}
	rows := f.count(t, `SELECT sum(rows) FROM import_items WHERE job = ? AND status = 'COMPLETED'`, landed.ID)

	names := func(state CheckState) (names []string) {
		for _, table := range state.Tables {
			names = append(names, table.Account+" "+table.StoreName+" "+table.Name+" "+string(table.Status))
		}
		return names
	}
	all := must(f.CheckState(f.ctx, "", ""))(t)
	want := []string{AdminAccount + " cohort cohort ACTIVE", AdminAccount + " genes genes ACTIVE",
		AdminAccount + " genes genes__later CREATING",
		other + " theirs theirs ACTIVE"}
	if diff := cmp.Diff(want, names(all)); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
	if got := names(must(f.CheckState(f.ctx, AdminAccount, "genes"))(t)); len(got) != 2 {
		t.Errorf("tables of genes: %q", got)
	}
	if got := names(must(f.CheckState(f.ctx, other, ""))(t)); len(got) != 1 {
		t.Errorf("tables of the other account: %q", got)
	}
	if got := names(must(f.CheckState(f.ctx, other, "cohort"))(t)); len(got) != 0 {
		t.Errorf("the other account's tables of cohort: %q", got)
	}
	cohort := all.Tables[0]
	if cohort.ID != s.ID || cohort.Location != "/data/tables/"+s.ID || cohort.MetadataLocation != "next" ||
		all.Tables[2].MetadataLocation != "" {
		t.Errorf("tables %+v", all.Tables)
	}
	jobs := []CheckJob{{landed.ID, omics.JobCompletedWithFailures, int64(rows), false},
		{failed.ID, omics.JobFailed, 0, false}, {open.ID, omics.JobSubmitted, 0, true}}
	if diff := cmp.Diff(jobs, cohort.Jobs); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	for i, want := range [][2]bool{{rows > 0, false}, {false, false}, {false, true}} {
		if job := &cohort.Jobs[i]; job.Landed() != want[0] || job.Unfinished() != want[1] {
			t.Errorf("job %d: landed %v, unfinished %v", i, job.Landed(), job.Unfinished())
		}
	}
	for _, table := range all.Tables {
		for i := range table.Jobs {
			table.Jobs[i].Rows = 0
		}
	}
	if diff := cmp.Diff(all.Tables, must(f.TableState(f.ctx, "", ""))(t).Tables); diff != "" {
		t.Errorf("tables without what was counted (-want +got):\n%s", diff)
	}
}

// Whatever a queue job is lost of is named; work that fails again and again is too.
func TestCheckStateStuck(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	job := f.start(t, "cohort", "s3://b/a", "s3://b/b")
	stuck := func() []string { return must(f.CheckState(f.ctx, "", ""))(t).Stuck }
	if got := stuck(); len(got) > 0 {
		t.Fatalf("work in the queue is stuck: %q", got)
	}
	for _, step := range []struct {
		sql  string
		want []string
	}{
		{`UPDATE river_job SET state = 'running' WHERE kind = 'import_item'`, nil},
		{`UPDATE river_job SET state = 'retryable', attempt = 4, scheduled_at = '2030-01-01 00:00:00' WHERE kind = 'import_item'`, nil},
		{`UPDATE river_job SET attempt = 5, errors = jsonb('[{"error":"first"},{"error":"disk full"}]') WHERE args ->> 'item' = 1`,
			[]string{`import_item {"job_id":"` + job.ID +
				`","item":1} failed 5 times and waits until 2030-01-01T00:00:00Z: disk full`}},
		{`DELETE FROM river_job WHERE args ->> 'item' = 1`,
			[]string{"the import of item 1 of job " + job.ID + " is due and not in the queue"}},
		{`UPDATE river_job SET state = 'completed', finalized_at = datetime('now') WHERE kind = 'import_item'`,
			[]string{"the import of item 0 of job " + job.ID + " is due and not in the queue",
				"the import of item 1 of job " + job.ID + " is due and not in the queue"}},
		{`UPDATE import_items SET status = 'COMPLETED'`, nil}, // the job is still SUBMITTED: another finding's
		{`UPDATE import_jobs SET status = 'IN_PROGRESS'`,
			[]string{"the end of import job " + job.ID + " is due and not in the queue"}},
	} {
		if _, err := f.Writer().ExecContext(f.ctx, step.sql); err != nil {
			t.Fatalf("%s: %v", step.sql, err)
		}
		if diff := cmp.Diff(step.want, stuck()); diff != "" {
			t.Errorf("after %s: stuck (-want +got):\n%s", step.sql, diff)
		}
	}
}

func TestWorkOf(t *testing.T) {
	for want, args := range map[string]interface{ Kind() string }{
		"the import of source 2 of reference import job j": ReferenceImportArgs{JobID: "j", Source: 2},
		"the creation of table t":                          CreateTableArgs{TableID: "t"},
		"the deletion of table t":                          DeleteTableArgs{TableID: "t"},
		"the deletion of store s":                          DeleteStoreArgs{StoreID: "s"},
		"the activation of share h":                        ActivateShareArgs{ShareID: "h"},
		"the end of share h":                               DeleteShareArgs{ShareID: "h"},
	} {
		if got := workOf(args); got != want {
			t.Errorf("%T: %q, want %q", args, got, want)
		}
	}
}

// TestTableIn: a store's name means all its versions, STORE__VERSION one, whatever the table of it is called.
func TestTableIn(t *testing.T) {
	genes := []Table{{StoreName: "genes", Version: "genes", Name: "genes"},
		{StoreName: "genes", Version: "second", Name: "genes__second"}, {StoreName: "cohort", Name: "cohort"},
		{StoreName: "dvs", Version: "a", Name: "dvs__a"}}
	for name, want := range map[string][]bool{
		"genes": {true, true, false, false}, "genes__genes": {true, false, false, false},
		"Genes__Second": {false, true, false, false}, "cohort": {false, false, true, false},
		"cohort__": {false, false, false, false}, "dvs": {false, false, false, true}, "second": {false, false, false, false},
	} {
		for i, table := range genes {
			if got := table.In(name); got != want[i] {
				t.Errorf("%s means %s: %t", name, table.Name, got)
			}
		}
	}
}
