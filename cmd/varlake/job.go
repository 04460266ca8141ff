package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/omics"
)

func newJob(data *string) *cobra.Command {
	cmd := &cobra.Command{Use: "job", Short: "Show, list and cancel variant import jobs", Args: args(cobra.NoArgs), RunE: showHelp}
	var asJSON bool
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print the API's answer")
	cmd.AddCommand(&cobra.Command{
		Use: "get ID", Short: "Show a job and its files", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runJobGet(cmd.Context(), c.client, values[0], asJSON, cmd.OutOrStdout())
			})
		},
	})
	var store, status string
	list := &cobra.Command{
		Use: "list", Short: "List jobs, newest first", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runJobList(cmd.Context(), c.client, store, status, asJSON, cmd.OutOrStdout())
			})
		},
	}
	list.Flags().StringVar(&store, "store", "", "only jobs of this store")
	list.Flags().StringVar(&status, "status", "", "only jobs of this status, such as FAILED")
	cancel := &cobra.Command{
		Use: "cancel ID", Short: "Cancel a running job: it leaves no rows", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				_, _, err := call[omics.CancelVariantImportJobOut](cmd.Context(), c.client, "CancelVariantImportJob", &omics.CancelVariantImportJobIn{JobID: values[0]})
				if err != nil {
					return err
				}
				return runJobGet(cmd.Context(), c.client, values[0], asJSON, cmd.OutOrStdout())
			})
		},
	}
	cmd.AddCommand(list, cancel)
	return cmd
}

func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

func runJobGet(ctx context.Context, c *client, id string, asJSON bool, stdout io.Writer) error {
	job, raw, err := call[omics.GetVariantImportJobOut](ctx, c, "GetVariantImportJob", &omics.GetVariantImportJobIn{JobID: id})
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(stdout, raw)
	}
	table := newTable(stdout)
	fmt.Fprintf(table, "job\t%s\nstore\t%s\nstatus\t%s\nmessage\t%s\ncreated\t%s\n", job.ID, job.DestinationName, job.Status, job.StatusMessage, job.CreationTime.Format(time.RFC3339))
	for _, item := range job.Items {
		fmt.Fprintf(table, "%s\t%s: %s\n", item.Source, item.JobStatus, item.StatusMessage)
	}
	return table.Flush()
}

func runJobList(ctx context.Context, c *client, store, status string, asJSON bool, stdout io.Writer) error {
	in := &omics.ListVariantImportJobsIn{}
	if store != "" || status != "" {
		in.Filter = &omics.ListVariantImportJobsFilter{StoreName: optional(store), Status: optional(omics.JobStatus(status))}
	}
	var jobs omics.ListVariantImportJobsOut
	for {
		page, _, err := call[omics.ListVariantImportJobsOut](ctx, c, "ListVariantImportJobs", in)
		if err != nil {
			return err
		}
		jobs.VariantImportJobs = append(jobs.VariantImportJobs, page.VariantImportJobs...)
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	if asJSON {
		return printValue(stdout, jobs)
	}
	table := newTable(stdout)
	fmt.Fprintln(table, "ID\tSTORE\tSTATUS\tCREATED")
	for _, job := range jobs.VariantImportJobs {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", job.ID, job.DestinationName, job.Status, job.CreationTime.Format(time.RFC3339))
	}
	return table.Flush()
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
