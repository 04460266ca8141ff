package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/wire/omics"
)

func newStore(data *string) *cobra.Command {
	cmd := &cobra.Command{Use: "store", Short: "Create, show, list and delete variant stores", Args: args(cobra.NoArgs),
		RunE: showHelp}
	var asJSON bool
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print the API's answer")

	var reference, description string
	create := &cobra.Command{
		Use: "create NAME --reference REFERENCE", Short: "Create a variant store and wait until it is ACTIVE",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runStoreCreate(cmd.Context(), c.client, values[0], reference, description, asJSON, cmd.OutOrStdout())
			})
		},
	}
	create.Flags().StringVar(&reference, "reference", "", "the reference's name, id or ARN")
	create.Flags().StringVar(&description, "description", "", "a description")
	_ = create.MarkFlagRequired("reference") // the flag exists

	get := &cobra.Command{
		Use: "get NAME", Short: "Show a variant store", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				store, raw, err := call[omics.GetVariantStoreOut](cmd.Context(), c.client, "GetVariantStore",
					&omics.GetVariantStoreIn{Name: values[0]})
				if err != nil {
					return err
				}
				return printStore(cmd.OutOrStdout(), store, raw, asJSON)
			})
		},
	}
	list := &cobra.Command{
		Use: "list", Short: "List variant stores", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runStoreList(cmd.Context(), c.client, asJSON, cmd.OutOrStdout())
			})
		},
	}
	var force bool
	remove := &cobra.Command{
		Use: "delete NAME", Short: "Delete a variant store and its data", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runStoreDelete(cmd.Context(), c.client, values[0], force, asJSON, cmd.OutOrStdout())
			})
		},
	}
	remove.Flags().BoolVar(&force, "force", false, "also when import jobs are running: they are cancelled")
	cmd.AddCommand(create, get, list, remove)
	return cmd
}

func runStoreCreate(ctx context.Context, c *client, name, reference, description string, asJSON bool,
	stdout io.Writer) error {
	arn, err := findReference(ctx, c, reference)
	if err != nil {
		return err
	}
	in := &omics.CreateVariantStoreIn{Name: optional(name), Reference: &omics.ReferenceItem{ReferenceArn: &arn},
		Description: optional(description)}
	if _, _, err := call[omics.CreateVariantStoreOut](ctx, c, "CreateVariantStore", in); err != nil {
		return err
	}
	store, raw, err := await(ctx, c, "GetVariantStore", &omics.GetVariantStoreIn{Name: name},
		func(store *omics.GetVariantStoreOut) bool { return store.Status != omics.StoreCreating })
	if err != nil {
		return err
	}
	if store.Status == omics.StoreFailed {
		return fmt.Errorf("the store could not be made: %s", store.StatusMessage)
	}
	return printStore(stdout, store, raw, asJSON)
}

func runStoreDelete(ctx context.Context, c *client, name string, force, asJSON bool, stdout io.Writer) error {
	_, raw, err := call[omics.DeleteVariantStoreOut](ctx, c, "DeleteVariantStore", &omics.DeleteVariantStoreIn{Name: name,
		Force: force})
	if err == nil {
		err = awaitGone(ctx, c, "GetVariantStore", &omics.GetVariantStoreIn{Name: name})
	}
	if err != nil {
		return err
	}
	return printDeleted(stdout, name, raw, asJSON)
}

// printDeleted tells that something is gone.
func printDeleted(w io.Writer, name string, raw []byte, asJSON bool) error {
	if asJSON {
		return printJSON(w, raw)
	}
	_, err := fmt.Fprintf(w, "deleted %s\n", name)
	return err
}

func runStoreList(ctx context.Context, c *client, asJSON bool, stdout io.Writer) error {
	stores, err := listAll[omics.ListVariantStoresOut](ctx, c, "ListVariantStores", &omics.ListVariantStoresIn{})
	if err != nil {
		return err
	}
	if asJSON {
		return printValue(stdout, stores)
	}
	table := newTable(stdout)
	fmt.Fprintln(table, "NAME\tSTATUS\tBYTES\tCREATED")
	for _, store := range stores.VariantStores {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", store.Name, store.Status, store.StoreSizeBytes,
			store.CreationTime.Format(time.RFC3339))
	}
	return table.Flush()
}

func printStore(w io.Writer, store *omics.GetVariantStoreOut, raw []byte, asJSON bool) error {
	if asJSON {
		return printJSON(w, raw)
	}
	table := newTable(w)
	fmt.Fprintf(table, "store\t%s\nstatus\t%s\nbytes\t%d\narn\t%s\n", store.Name, store.Status, store.StoreSizeBytes,
		store.StoreArn)
	if store.StatusMessage != "" {
		fmt.Fprintf(table, "message\t%s\n", store.StatusMessage)
	}
	return table.Flush()
}

// findReference gives the ARN of a reference named by ARN, id or name.
func findReference(ctx context.Context, c *client, reference string) (string, error) {
	if strings.HasPrefix(reference, "arn:") {
		return reference, nil
	}
	references, err := listReferences(ctx, c)
	if err != nil {
		return "", err
	}
	var found []string
	for _, r := range references.References {
		if r.ID == reference {
			return r.Arn, nil
		}
		if r.Name == reference {
			found = append(found, r.Arn)
		}
	}
	switch len(found) {
	case 0:
		return "", omics.NotFound("there is no reference %q; see varlake reference list", reference)
	case 1:
		return found[0], nil
	}
	return "", usageError{fmt.Errorf("%d references are named %q: give the id", len(found), reference)}
}

func printValue(w io.Writer, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return printJSON(w, raw)
}
