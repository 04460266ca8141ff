package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/wire/omics"
)

// jobKind is one of the two kinds of import jobs. Their operations have requests and answers of one shape, as far as
// commands need them.
type jobKind struct {
	name               string // of --kind
	start, get, cancel string // operations
}

var (
	variantJobs    = &jobKind{"variant", "StartVariantImportJob", "GetVariantImportJob", "CancelVariantImportJob"}
	annotationJobs = &jobKind{"annotation", "StartAnnotationImportJob", "GetAnnotationImportJob",
		"CancelAnnotationImportJob"}
)

// importJob is a job of either kind.
type importJob struct {
	omics.GetVariantImportJobOut
	VersionName string `json:"versionName"` // "" for a variant import job
}

// files are the job's files and how far they are. The file of an annotation import job has its message in the job's:
// there is no other place for it.
func (j *importJob) files() []omics.VariantImportItemDetail {
	files := slices.Clone(j.Items)
	if j.VersionName != "" && len(files) == 1 {
		files[0].StatusMessage = j.StatusMessage
	}
	return files
}

// jobRequest is the request of either kind's Get and Cancel.
func jobRequest(id string) any { return &omics.GetVariantImportJobIn{JobID: id} }

// findJob gets a job of which only the id is known.
func findJob(ctx context.Context, c *client, id string) (job *importJob, raw []byte, kind *jobKind, err error) {
	for _, kind = range []*jobKind{variantJobs, annotationJobs} {
		job, raw, err = call[importJob](ctx, c, kind.get, jobRequest(id))
		if exitCode(err) != exitNotFound {
			return job, raw, kind, err
		}
	}
	return nil, nil, nil, omics.NotFound("Import job with jobId: %s was not found.", id)
}

type jobListOptions struct {
	kind, store, status string
	json                bool
}

func newJob(data *string) *cobra.Command {
	cmd := &cobra.Command{Use: "job",
		Short: "Show, list, wait for and cancel import jobs of variant and annotation stores", Args: args(cobra.NoArgs),
		RunE: showHelp}
	var asJSON bool
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print the API's answer")
	cmd.AddCommand(&cobra.Command{
		Use: "get ID", Short: "Show a job and its files", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runJobGet(cmd.Context(), c, values[0], asJSON, cmd.OutOrStdout())
			})
		},
	})
	var opts jobListOptions
	list := &cobra.Command{
		Use: "list", Short: "List jobs, newest first", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.json = asJSON
			if opts.kind != "" && opts.kind != variantJobs.name && opts.kind != annotationJobs.name {
				return usageError{fmt.Errorf("--kind is variant or annotation, not %q", opts.kind)}
			}
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runJobList(cmd.Context(), c.client, opts, cmd.OutOrStdout())
			})
		},
	}
	list.Flags().StringVar(&opts.kind, "kind", "", "variant or annotation (default both)")
	list.Flags().StringVar(&opts.store, "store", "", "only jobs of the stores of this name")
	list.Flags().StringVar(&opts.status, "status", "", "only jobs of this status, such as FAILED")
	cancel := &cobra.Command{
		Use: "cancel ID", Short: "Cancel a running job: it leaves no rows", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runJobCancel(cmd.Context(), c, values[0], asJSON, cmd.OutOrStdout())
			})
		},
	}
	wait := &cobra.Command{
		Use: "wait ID", Short: "Wait until a job has ended, with a progress bar; exits 3 when some of its files failed",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runJobWait(cmd.Context(), c, values[0], asJSON, cmd.OutOrStdout(), cmd.ErrOrStderr())
			})
		},
	}
	cmd.AddCommand(list, cancel, wait)
	return cmd
}

func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

func runJobGet(ctx context.Context, c *connection, id string, asJSON bool, stdout io.Writer) error {
	job, raw, kind, err := findJob(ctx, c.client, id)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(stdout, raw)
	}
	table := newTable(stdout)
	fmt.Fprintf(table, "job\t%s\nkind\t%s\nstore\t%s\n", job.ID, kind.name, job.DestinationName)
	if job.VersionName != "" {
		fmt.Fprintf(table, "version\t%s\n", job.VersionName)
	}
	if c.own != nil && !job.Status.Final() {
		job.rest()
	}
	fmt.Fprintf(table, "status\t%s\nmessage\t%s\ncreated\t%s\n", job.Status, hintFlags(job.StatusMessage),
		job.CreationTime.Format(time.RFC3339))
	for _, item := range job.files() {
		name := shownSource(item.Source)
		fmt.Fprintf(table, "%s\t%s: %s\n", name, item.JobStatus, itemMessage(item.StatusMessage, item.Source, name))
	}
	return table.Flush()
}

// rest says of a job under way that nobody works on it once the command has ended, and with what it goes on: how far it
// was before would read as if somebody did.
func (j *importJob) rest() {
	goesOn := whoGoesOn(j.ID)
	if needsServer(j) {
		goesOn = "varlake serve with the bucket of " + j.Items[0].Source + " goes on"
	}
	j.StatusMessage = "nobody works on it now; " + goesOn + " with it"
	for i := range j.Items {
		if item := &j.Items[i]; !item.JobStatus.Final() {
			item.StatusMessage = "waits"
		}
	}
}

// whoGoesOn names what goes on with a job of a data folder without a server: other commands are too short.
func whoGoesOn(id string) string {
	return "varlake job wait " + id + " or a server (varlake serve) goes on"
}

func runJobCancel(ctx context.Context, c *connection, id string, asJSON bool, stdout io.Writer) error {
	_, _, kind, err := findJob(ctx, c.client, id)
	if err != nil {
		return err
	}
	if _, _, err := call[struct{}](ctx, c.client, kind.cancel, jobRequest(id)); err != nil {
		return err
	}
	return runJobGet(ctx, c, id, asJSON, stdout)
}

func runJobWait(ctx context.Context, c *connection, id string, asJSON bool, stdout, stderr io.Writer) error {
	job, _, kind, err := findJob(ctx, c.client, id)
	if err != nil {
		return err
	}
	if c.whose() != runningServer && needsServer(job) {
		return waitsForServer(job)
	}
	job, raw, err := awaitJob(ctx, c.client, kind, id, stderr)
	if err != nil {
		return err
	}
	if asJSON {
		if err := printJSON(stdout, raw); err != nil {
			return err
		}
	}
	err = jobOutcome(job, nil, c.whose(), stderr)
	tellNotes(c.paths, job.ID)
	return err
}

func waitsForServer(job *importJob) error {
	return fmt.Errorf("job %s waits for a server: run varlake serve with the bucket of %s", job.ID, job.Items[0].Source)
}

// needsServer reports whether a job has files in buckets that the server inside a command does not have.
func needsServer(job *importJob) bool {
	return slices.ContainsFunc(job.Items, func(item omics.VariantImportItemDetail) bool {
		bucket, _, _ := strings.Cut(strings.TrimPrefix(item.Source, "s3://"), "/")
		formerly := strings.HasPrefix(bucket, "local-") // a file of a command of before, which nobody finds any more
		return !item.JobStatus.Final() && bucket != blob.LocalBucket && bucket != uploadsBucket && !formerly
	})
}

// jobList is the answers of both List operations in one.
type jobList struct {
	*omics.ListVariantImportJobsOut
	*omics.ListAnnotationImportJobsOut
}

func runJobList(ctx context.Context, c *client, opts jobListOptions, stdout io.Writer) error {
	jobs, err := listJobs(ctx, c, opts)
	if err != nil {
		return err
	}
	if opts.json {
		return printValue(stdout, jobs)
	}
	type row struct {
		created omics.Time
		cells   []any
	}
	var rows []row
	if jobs.ListVariantImportJobsOut != nil {
		for _, job := range jobs.VariantImportJobs {
			rows = append(rows, row{job.CreationTime, []any{job.ID, variantJobs.name, job.DestinationName, "", job.Status}})
		}
	}
	if jobs.ListAnnotationImportJobsOut != nil {
		for _, job := range jobs.AnnotationImportJobs {
			rows = append(rows, row{job.CreationTime, []any{job.ID, annotationJobs.name, job.DestinationName, job.VersionName,
				job.Status}})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return b.created.Compare(a.created.Time) })
	table := newTable(stdout)
	fmt.Fprintln(table, "ID\tKIND\tSTORE\tVERSION\tSTATUS\tCREATED")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", append(r.cells, r.created.Format(time.RFC3339))...)
	}
	return table.Flush()
}

func listJobs(ctx context.Context, c *client, opts jobListOptions) (jobs jobList, err error) {
	store, status := optional(opts.store), optional(omics.JobStatus(opts.status))
	if opts.kind != annotationJobs.name {
		jobs.ListVariantImportJobsOut, err = listAll[omics.ListVariantImportJobsOut](ctx, c, "ListVariantImportJobs",
			&omics.ListVariantImportJobsIn{Filter: &omics.ListVariantImportJobsFilter{StoreName: store, Status: status}})
	}
	if opts.kind != variantJobs.name && err == nil {
		jobs.ListAnnotationImportJobsOut, err = listAll[omics.ListAnnotationImportJobsOut](ctx, c, "ListAnnotationImportJobs",
			&omics.ListAnnotationImportJobsIn{Filter: &omics.ListAnnotationImportJobsFilter{StoreName: store, Status: status}})
	}
	return jobs, err
}

func newTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 8, 2, ' ', 0) }

// optional is nil for the zero value, as requests leave out what is not asked for.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
