package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/wire/omics"
)

func newAnnotation(data *string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "annotation", Short: "Create, show, list and delete annotation stores and their versions, and import into them",
		Args: args(cobra.NoArgs), RunE: showHelp,
	}
	var asJSON bool
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print the API's answer")
	get := &cobra.Command{
		Use: "get NAME", Short: "Show an annotation store", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				store, raw, err := call[omics.GetAnnotationStoreOut](cmd.Context(), c.client, "GetAnnotationStore",
					&omics.GetAnnotationStoreIn{Name: values[0]})
				if err != nil {
					return err
				}
				return printAnnotationStore(cmd.OutOrStdout(), store, raw, asJSON)
			})
		},
	}
	list := &cobra.Command{
		Use: "list", Short: "List annotation stores", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runAnnotationList(cmd.Context(), c.client, asJSON, cmd.OutOrStdout())
			})
		},
	}
	var force bool
	remove := &cobra.Command{
		Use: "delete NAME", Short: "Delete an annotation store, its versions and their data", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runAnnotationDelete(cmd.Context(), c.client, values[0], force, asJSON, cmd.OutOrStdout())
			})
		},
	}
	remove.Flags().BoolVar(&force, "force", false,
		"also when there are several versions or import jobs are running, which are cancelled")
	cmd.AddCommand(newAnnotationCreate(data, &asJSON), get, list, remove, newAnnotationVersion(data, &asJSON),
		newAnnotationImport(data))
	return cmd
}

func runAnnotationList(ctx context.Context, c *client, asJSON bool, stdout io.Writer) error {
	stores, err := listAll[omics.ListAnnotationStoresOut](ctx, c, "ListAnnotationStores", &omics.ListAnnotationStoresIn{})
	if err != nil {
		return err
	}
	if asJSON {
		return printValue(stdout, stores)
	}
	table := newTable(stdout)
	fmt.Fprintln(table, "NAME\tFORMAT\tSTATUS\tBYTES\tCREATED")
	for _, store := range stores.AnnotationStores {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", store.Name, store.StoreFormat, store.Status, store.StoreSizeBytes,
			store.CreationTime.Format(time.RFC3339))
	}
	return table.Flush()
}

func runAnnotationDelete(ctx context.Context, c *client, name string, force, asJSON bool, stdout io.Writer) error {
	_, raw, err := call[omics.DeleteAnnotationStoreOut](ctx, c, "DeleteAnnotationStore",
		&omics.DeleteAnnotationStoreIn{Name: name, Force: force})
	if err == nil {
		err = awaitGone(ctx, c, "GetAnnotationStore", &omics.GetAnnotationStoreIn{Name: name})
	}
	if err != nil {
		return err
	}
	return printDeleted(stdout, name, raw, asJSON)
}

func printAnnotationStore(w io.Writer, store *omics.GetAnnotationStoreOut, raw []byte, asJSON bool) error {
	if asJSON {
		return printJSON(w, raw)
	}
	table := newTable(w)
	fmt.Fprintf(table, "store\t%s\nformat\t%s\nstatus\t%s\nversions\t%d\nbytes\t%d\narn\t%s\n",
		store.Name, store.StoreFormat, store.Status, store.NumVersions, store.StoreSizeBytes, store.StoreArn)
	if store.StatusMessage != "" {
		fmt.Fprintf(table, "message\t%s\n", store.StatusMessage)
	}
	if store.StoreOptions != nil {
		printLayout(table, store.StoreOptions.TsvStoreOptions)
	}
	return table.Flush()
}
