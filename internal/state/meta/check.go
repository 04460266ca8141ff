package meta

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/wire/omics"
)

// CheckState is what a check of tables needs to know, all as of one moment.
type CheckState struct {
	Tables []CheckTable
	Stuck  []string // of what work is due and nobody will do it, or nobody could for some time; one line each
}

// CheckTable is the table of a variant store, or of a version of an annotation store, whatever the state of that.
type CheckTable struct {
	ID               string // of the store or the version
	Account          string
	Store            string // its name
	Name             string // in the catalog
	Status           string // of the store or the version; DELETING when the store above it is
	Location         string
	MetadataLocation string     // the current one; empty when the catalog has none
	Jobs             []CheckJob // that import into it, oldest first
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

// CheckState gives the tables of an account's store of that name, of all its stores, or of all accounts; an empty text stands for all. What is
// stuck is told when all are asked for.
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

// TableState is CheckState without what takes as long as there are files that were ever imported: the jobs have no rows, and nothing is stuck.
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
	return collect(ctx, tx, func(row scanner) (t CheckTable, err error) {
		err = row.Scan(&t.ID, &t.Account, &t.Store, &t.Name, &t.Status, &t.Location, &t.MetadataLocation)
		return t, err
	}, `WITH s AS (
			SELECT id, account, name AS store, 'variant_' || account || '_' || id AS namespace, name AS table_name, status, location FROM variant_stores
			UNION ALL
			SELECT v.id, a.account, a.name, 'annotation_' || a.account || '_' || a.id, v.table_name,
				CASE a.status WHEN 'DELETING' THEN a.status ELSE v.status END, v.location
			FROM annotation_stores a JOIN annotation_versions v ON v.store = a.id)
		SELECT s.id, s.account, s.store, s.table_name, s.status, s.location, coalesce(t.metadata_location, '') FROM s
		LEFT JOIN iceberg_tables t ON t.catalog_name = ?1 AND t.table_namespace = s.namespace AND t.table_name = s.table_name
		WHERE (?2 = '' OR s.account = ?2) AND (?3 = '' OR s.store = ?3) ORDER BY s.account, s.table_name, s.id`, Catalog, account, store)
}

// rowsOfItems counts the rows of a job of import_jobs.
const rowsOfItems = `(SELECT coalesce(sum(rows), 0) FROM import_items WHERE job = import_jobs.id AND status = 'COMPLETED')`

// addCheckJobs finds the jobs of tables by the folder: names and versions may have been used before. rows is SQL.
func addCheckJobs(ctx context.Context, tx *sql.Tx, account, rows string, tables []CheckTable) error {
	byLocation := map[string]*CheckTable{}
	for i := range tables {
		byLocation[tables[i].Location] = &tables[i]
	}
	type located struct {
		location string
		CheckJob
	}
	jobs, err := collect(ctx, tx, func(row scanner) (j located, err error) {
		err = row.Scan(&j.location, &j.ID, &j.Status, &j.Rows, &j.Unread)
		return j, err
	}, `SELECT location, id, status, `+rows+`, status IN ('SUBMITTED', 'IN_PROGRESS') AND EXISTS (SELECT 1`+openItems+` AND job = import_jobs.id)
		FROM import_jobs WHERE ?1 = '' OR account = ?1 ORDER BY seq`, account)
	for _, job := range jobs {
		if table := byLocation[job.location]; table != nil {
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
	case CreateStoreArgs:
		return "the creation of variant store " + a.StoreID
	case DeleteStoreArgs:
		return "the deletion of variant store " + a.StoreID
	case CreateVersionArgs:
		return "the creation of annotation store version " + a.VersionID
	case DeleteVersionArgs:
		return "the deletion of annotation store version " + a.VersionID
	case DeleteAnnotationStoreArgs:
		return "the deletion of annotation store " + a.StoreID
	case ActivateShareArgs:
		return "the activation of share " + a.ShareID
	case DeleteShareArgs:
		return "the end of share " + a.ShareID
	}
	return args.Kind()
}
