package meta

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/wire/omics"
)

// CheckState is what a check of tables needs to know, all as of one moment.
type CheckState struct {
	Tables []CheckTable
	Stuck  []string // of what work is due and nobody will do it, or nobody could for some time; one line each
}

// CheckTable is a table, whatever its state, and the jobs that import into it.
type CheckTable struct {
	Table
	Jobs []CheckJob // that import into it, oldest first
}

// CheckJob is what the record of an import job says of its rows.
type CheckJob struct {
	ID     string
	Status omics.JobStatus
	Rows   int64 // of its COMPLETED items
	Unread bool  // it is unfinished and an item has not ended: this state has not written a snapshot of it
}

// Unfinished reports whether the job may still write.
func (j *CheckJob) Unfinished() bool {
	return j.Status == omics.JobSubmitted || j.Status == omics.JobInProgress
}

// Landed reports whether the job's rows are in the table.
func (j *CheckJob) Landed() bool {
	return (j.Status == omics.JobCompleted || j.Status == omics.JobCompletedWithFailures) && j.Rows > 0
}

// CheckState gives the tables of an account that a name stands for (see Table.In), all of its stores, or those of all
// accounts; an empty text stands for all. What is stuck is told when all are asked for.
func (db *DB) CheckState(ctx context.Context, account, store string) (state CheckState, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		if state.Tables, err = checkTables(ctx, tx, account, store); err != nil {
			return fmt.Errorf("list tables: %w", err)
		}
		if err := addCheckJobs(ctx, tx, account, rowsOfItems, state.Tables); err != nil {
			return fmt.Errorf("list jobs: %w", err)
		}
		if account+store == "" {
			state.Stuck, err = stuck(ctx, tx)
		}
		return err
	})
	return state, err
}

// TableState is CheckState without what takes as long as there are files that were ever imported: the jobs have no
// rows, and nothing is stuck.
func (db *DB) TableState(ctx context.Context, account, store string) (state CheckState, err error) {
	err = db.read(ctx, func(tx *sql.Tx) error {
		if state.Tables, err = checkTables(ctx, tx, account, store); err != nil {
			return fmt.Errorf("list tables: %w", err)
		}
		if err := addCheckJobs(ctx, tx, account, `0`, state.Tables); err != nil {
			return fmt.Errorf("list jobs: %w", err)
		}
		return nil
	})
	return state, err
}

func checkTables(ctx context.Context, tx *sql.Tx, account, store string) ([]CheckTable, error) {
	all, err := collect(ctx, tx, func(row scanner) (t CheckTable, err error) {
		t.Table, err = scanTable(row)
		return t, err
	}, `SELECT `+tableColumns+` FROM `+tableRows+`
		WHERE (?1 = '' OR s.account = ?1) ORDER BY s.account, t.name, t.id`, account)
	return slices.DeleteFunc(all, func(t CheckTable) bool { return store != "" && !t.In(store) }), err
}

// rowsOfItems counts the rows of a job of import_jobs.
const rowsOfItems = `(SELECT coalesce(sum(rows), 0) FROM import_items WHERE job = import_jobs.id AND status = 'COMPLETED')`

// addCheckJobs finds the jobs of tables. rows is SQL.
func addCheckJobs(ctx context.Context, tx *sql.Tx, account, rows string, tables []CheckTable) error {
	byID := map[string]*CheckTable{}
	for i := range tables {
		byID[tables[i].ID] = &tables[i]
	}
	type jobOf struct {
		table string
		CheckJob
	}
	jobs, err := collect(ctx, tx, func(row scanner) (j jobOf, err error) {
		err = row.Scan(&j.table, &j.ID, &j.Status, &j.Rows, &j.Unread)
		return j, err
	}, `SELECT table_id, id, status, `+rows+`, status IN ('SUBMITTED', 'IN_PROGRESS') AND EXISTS (SELECT 1`+openItems+` AND job = import_jobs.id)
		FROM import_jobs WHERE ?1 = '' OR account = ?1 ORDER BY seq`, account)
	for _, job := range jobs {
		if table := byID[job.table]; table != nil {
			table.Jobs = append(table.Jobs, job.CheckJob)
		}
	}
	return err
}

// StuckAttempts is after how many failures work counts as stuck, although it will be tried again.
const StuckAttempts = 5

func stuck(ctx context.Context, tx *sql.Tx) (lines []string, err error) {
	missing, err := missingJobs(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, job := range missing {
		lines = append(lines, workOf(job)+" is due and not in the queue")
	}
	failing, err := collect(ctx, tx, func(row scanner) (string, error) {
		var kind, args, at, cause string
		var attempts int
		err := row.Scan(&kind, &args, &attempts, &at, &cause)
		return fmt.Sprintf("%s %s failed %d times and waits until %s: %s", kind, args, attempts, at, cause), err
	}, `SELECT kind, json(args), attempt, scheduled_at, coalesce(json(errors) ->> '$[#-1].error', '') FROM river_job
		WHERE state = 'retryable' AND attempt >= ? ORDER BY id`, StuckAttempts)
	return append(lines, failing...), err
}

// workOf names the work that a queue job asks for.
func workOf(args river.JobArgs) string {
	switch a := args.(type) {
	case ImportItemArgs:
		return fmt.Sprintf("the import of item %d of job %s", a.Item, a.JobID)
	case FinishImportArgs:
		return "the end of import job " + a.JobID
	case ReferenceImportArgs:
		return fmt.Sprintf("the import of source %d of reference import job %s", a.Source, a.JobID)
	case CreateTableArgs:
		return "the creation of table " + a.TableID
	case DeleteTableArgs:
		return "the deletion of table " + a.TableID
	case DeleteStoreArgs:
		return "the deletion of store " + a.StoreID
	case ActivateShareArgs:
		return "the activation of share " + a.ShareID
	case DeleteShareArgs:
		return "the end of share " + a.ShareID
	}
	return args.Kind()
}
