package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/wire/omics"
)

func newAnnotationVersion(data *string, asJSON *bool) *cobra.Command {
	cmd := &cobra.Command{
		Use: "version", Short: "Create, show, list and delete versions of an annotation store",
		Long: `Create, show, list and delete versions of an annotation store. In queries the version named as its store has the store's name,
any other is STORE__VERSION.`,
		Args: args(cobra.NoArgs), RunE: showHelp,
	}
	var description string
	var layout layoutOptions
	create := &cobra.Command{
		Use:   "create STORE VERSION",
		Short: "Create a version and wait until it is ACTIVE; a TSV version without --column has its store's columns",
		Args:  args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, values []string) error {
			in := &omics.CreateAnnotationStoreVersionIn{Name: values[0], VersionName: values[1],
				Description: optional(description)}
			tsv, err := layout.parse()
			if err != nil {
				return err
			}
			if tsv != nil {
				in.VersionOptions = &omics.VersionOptions{TsvVersionOptions: tsv}
			}
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runVersionCreate(cmd.Context(), c.client, in, *asJSON, cmd.OutOrStdout())
			})
		},
	}
	create.Flags().StringVar(&description, "description", "", "a description")
	layout.addFlags(create)
	get := &cobra.Command{
		Use: "get STORE VERSION", Short: "Show a version", Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				version, raw, err := call[omics.GetAnnotationStoreVersionOut](cmd.Context(), c.client, "GetAnnotationStoreVersion",
					versionRequest(values[0], values[1]))
				if err != nil {
					return err
				}
				return printVersion(cmd.OutOrStdout(), version, raw, *asJSON)
			})
		},
	}
	list := &cobra.Command{
		Use: "list STORE", Short: "List the versions of a store", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runVersionList(cmd.Context(), c.client, values[0], *asJSON, cmd.OutOrStdout())
			})
		},
	}
	var force bool
	remove := &cobra.Command{
		Use: "delete STORE VERSION ...", Short: "Delete versions and their data",
		Long: `Delete versions and their data. If one of them is not there, none is deleted.

Exit code 3 tells that some versions were deleted and others not, 1 that none was.`,
		Args: args(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, values []string) error {
			in := &omics.DeleteAnnotationStoreVersionsIn{Name: values[0], Versions: values[1:], Force: force}
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runVersionDelete(cmd.Context(), c.client, in, *asJSON, cmd.OutOrStdout(), cmd.ErrOrStderr())
			})
		},
	}
	remove.Flags().BoolVar(&force, "force", false, "also when import jobs are running: they are cancelled")
	cmd.AddCommand(create, get, list, remove)
	return cmd
}

func versionRequest(store, version string) *omics.GetAnnotationStoreVersionIn {
	return &omics.GetAnnotationStoreVersionIn{Name: store, VersionName: version}
}

func runVersionCreate(ctx context.Context, c *client, in *omics.CreateAnnotationStoreVersionIn, asJSON bool,
	stdout io.Writer) error {
	if _, _, err := call[omics.CreateAnnotationStoreVersionOut](ctx, c, "CreateAnnotationStoreVersion", in); err != nil {
		return err
	}
	version, raw, err := await(ctx, c, "GetAnnotationStoreVersion", versionRequest(in.Name, in.VersionName),
		func(version *omics.GetAnnotationStoreVersionOut) bool { return version.Status != omics.VersionCreating })
	if err != nil {
		return err
	}
	if version.Status == omics.VersionFailed {
		return fmt.Errorf("the version could not be made: %s", version.StatusMessage)
	}
	return printVersion(stdout, version, raw, asJSON)
}

func runVersionList(ctx context.Context, c *client, store string, asJSON bool, stdout io.Writer) error {
	versions, err := listAll[omics.ListAnnotationStoreVersionsOut](ctx, c, "ListAnnotationStoreVersions",
		&omics.ListAnnotationStoreVersionsIn{Name: store})
	if err != nil {
		return err
	}
	if asJSON {
		return printValue(stdout, versions)
	}
	table := newTable(stdout)
	fmt.Fprintln(table, "VERSION\tSTATUS\tBYTES\tCREATED")
	for _, v := range versions.AnnotationStoreVersions {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", v.VersionName, v.Status, v.VersionSizeBytes,
			v.CreationTime.Format(time.RFC3339))
	}
	return table.Flush()
}

func runVersionDelete(ctx context.Context, c *client, in *omics.DeleteAnnotationStoreVersionsIn, asJSON bool, stdout,
	stderr io.Writer) error {
	for _, version := range in.Versions {
		if _, _, err := call[struct{}](ctx, c, "GetAnnotationStoreVersion", versionRequest(in.Name, version)); err != nil {
			return err
		}
	}
	out, raw, err := call[omics.DeleteAnnotationStoreVersionsOut](ctx, c, "DeleteAnnotationStoreVersions", in)
	if err != nil {
		return err
	}
	failed := map[string]bool{}
	for _, e := range out.Errors {
		failed[e.VersionName] = true
		fmt.Fprintln(stderr, e.Message)
	}
	var deleted []string
	for _, version := range in.Versions {
		if failed[version] {
			continue
		}
		if err := awaitGone(ctx, c, "GetAnnotationStoreVersion", versionRequest(in.Name, version)); err != nil {
			return err
		}
		deleted = append(deleted, version)
	}
	if asJSON || len(deleted) > 0 {
		if err := printDeleted(stdout, strings.Join(deleted, ", "), raw, asJSON); err != nil {
			return err
		}
	}
	switch {
	case len(failed) == 0:
		return nil
	case len(deleted) > 0:
		return errFinishedWithFailures
	}
	return fmt.Errorf("no version of %s was deleted", in.Name)
}

func printVersion(w io.Writer, version *omics.GetAnnotationStoreVersionOut, raw []byte, asJSON bool) error {
	if asJSON {
		return printJSON(w, raw)
	}
	table := newTable(w)
	fmt.Fprintf(table, "store\t%s\nversion\t%s\nstatus\t%s\nbytes\t%d\narn\t%s\n", version.Name, version.VersionName,
		version.Status, version.VersionSizeBytes, version.VersionArn)
	if version.StatusMessage != "" {
		fmt.Fprintf(table, "message\t%s\n", version.StatusMessage)
	}
	if version.VersionOptions != nil {
		printLayout(table, version.VersionOptions.TsvVersionOptions)
	}
	return table.Flush()
}
