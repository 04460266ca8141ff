package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

type referenceImportOptions struct {
	data, source, name, role string
	json                     bool
}

func newReference(data *string) *cobra.Command {
	cmd := &cobra.Command{Use: "reference", Short: "Import, list and delete references", Args: args(cobra.NoArgs),
		RunE: showHelp}
	var asJSON bool
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print the API's answer")

	var opts referenceImportOptions
	add := &cobra.Command{
		Use: "import FILE|s3://BUCKET/KEY", Short: "Import a FASTA file, plain or compressed, and wait for it",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			opts.data, opts.source, opts.json = *data, values[0], asJSON
			return runReferenceImport(cmd.Context(), opts, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	add.Flags().StringVar(&opts.name, "name", "", "the reference's name (default: the file's)")
	add.Flags().StringVar(&opts.role, "role-arn", "", "roleArn of the job (default: a role of the account)")
	list := &cobra.Command{
		Use: "list", Short: "List references", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runReferenceList(cmd.Context(), c.client, asJSON, cmd.OutOrStdout())
			})
		},
	}
	get := &cobra.Command{
		Use: "get REFERENCE", Short: "Show a reference (name, id or ARN)", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runReferenceGet(cmd.Context(), c.client, values[0], asJSON, cmd.OutOrStdout())
			})
		},
	}
	remove := &cobra.Command{
		Use: "delete REFERENCE", Short: "Delete a reference that no store uses (name, id or ARN)",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runReferenceDelete(cmd.Context(), c.client, values[0], asJSON, cmd.OutOrStdout())
			})
		},
	}
	cmd.AddCommand(add, list, get, remove)
	return cmd
}

func runReferenceImport(ctx context.Context, opts referenceImportOptions, stdout, stderr io.Writer) error {
	sources, err := findSources([]string{opts.source})
	if err != nil {
		return err
	}
	// A name that is refused makes no data folder; the store of the check is any, the account's is not known yet.
	check := referenceRequest("0000000000", cmp.Or(opts.role, "arn:aws:iam::"+meta.AdminAccount+":role/varlake-cli"),
		sources.uris[0], opts)
	if err := check.Validate(); err != nil {
		return usageError{err}
	}
	c, err := connect(ctx, opts.data, connectOptions{files: sources.files, makes: len(sources.files) > 0, alone: true})
	if err != nil {
		return err
	}
	remove, err := sources.publish(c)
	if err == nil {
		err = importReference(ctx, c.client, opts, sources.uris[0], stdout, stderr)
	}
	// else the job still reads the file
	if !goesOn(ctx, err, "it goes on with the import, if that had begun: varlake reference list") {
		remove()
	}
	return errors.Join(c.explain(err), c.Close(ctx))
}

func importReference(ctx context.Context, c *client, opts referenceImportOptions, uri string, stdout,
	stderr io.Writer) error {
	store, err := ensureReferenceStore(ctx, c)
	if err != nil {
		return err
	}
	in := referenceRequest(store, c.role(opts.role), uri, opts)
	started, _, err := call[omics.StartReferenceImportJobOut](ctx, c, "StartReferenceImportJob", in)
	if err != nil {
		return err
	}
	bar := newJobBar(stderr)
	defer bar.close()
	job, raw, err := await(ctx, c, "GetReferenceImportJob", &omics.GetReferenceImportJobIn{ID: started.ID,
		ReferenceStoreID: store},
		func(job *omics.GetReferenceImportJobOut) bool {
			bar.waiting(job.StatusMessage)
			return job.Status != omics.ReferenceJobSubmitted && job.Status != omics.ReferenceJobInProgress
		})
	switch {
	case err != nil:
		return err
	case job.Status != omics.ReferenceJobCompleted:
		source := job.Sources[0]
		return fmt.Errorf("reference import job %s ended %s: %s: %s", job.ID, job.Status, opts.source,
			itemMessage(source.StatusMessage, source.SourceFile, opts.source))
	case opts.json:
		return printJSON(stdout, raw)
	}
	fmt.Fprintf(stdout, "imported reference %s as %s\n", in.Sources[0].Name, job.Sources[0].ReferenceID)
	return nil
}

func referenceRequest(store, role, uri string, opts referenceImportOptions) *omics.StartReferenceImportJobIn {
	stem, _, _ := strings.Cut(filepath.Base(opts.source), ".")
	return &omics.StartReferenceImportJobIn{
		ReferenceStoreID: store, RoleArn: role,
		Sources: []omics.StartReferenceImportJobSourceItem{{SourceFile: uri, Name: cmp.Or(opts.name, stem)}},
	}
}

// ensureReferenceStore gives the account's reference store, made if there is none: an account has at most one.
func ensureReferenceStore(ctx context.Context, c *client) (id string, err error) {
	stores, _, err := call[omics.ListReferenceStoresOut](ctx, c, "ListReferenceStores", &omics.ListReferenceStoresIn{})
	if err != nil {
		return "", err
	}
	if len(stores.ReferenceStores) > 0 {
		return stores.ReferenceStores[0].ID, nil
	}
	made, _, err := call[omics.CreateReferenceStoreOut](ctx, c, "CreateReferenceStore",
		&omics.CreateReferenceStoreIn{Name: "references"})
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

func listReferences(ctx context.Context, c *client) (*omics.ListReferencesOut, error) {
	var all omics.ListReferencesOut
	stores, _, err := call[omics.ListReferenceStoresOut](ctx, c, "ListReferenceStores", &omics.ListReferenceStoresIn{})
	if err != nil {
		return nil, err
	}
	for _, store := range stores.ReferenceStores {
		page, err := listAll[omics.ListReferencesOut](ctx, c, "ListReferences",
			&omics.ListReferencesIn{ReferenceStoreID: store.ID})
		if err != nil {
			return nil, err
		}
		all.References = append(all.References, page.References...)
	}
	return &all, nil
}

func runReferenceList(ctx context.Context, c *client, asJSON bool, stdout io.Writer) error {
	references, err := listReferences(ctx, c)
	if err != nil {
		return err
	}
	if asJSON {
		return printValue(stdout, references)
	}
	table := newTable(stdout)
	fmt.Fprintln(table, "ID\tNAME\tSTATUS\tMD5\tCREATED")
	for _, r := range references.References {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Name, r.Status, r.Md5, r.CreationTime.Format(time.RFC3339))
	}
	return table.Flush()
}

func runReferenceGet(ctx context.Context, c *client, reference string, asJSON bool, stdout io.Writer) error {
	store, id, err := resolveReference(ctx, c, reference)
	if err != nil {
		return err
	}
	r, raw, err := call[omics.GetReferenceMetadataOut](ctx, c, "GetReferenceMetadata",
		&omics.GetReferenceMetadataIn{ReferenceStoreID: store, ID: id})
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(stdout, raw)
	}
	table := newTable(stdout)
	fmt.Fprintf(table, "reference\t%s\nname\t%s\nstatus\t%s\nmd5\t%s\narn\t%s\n", r.ID, r.Name, r.Status, r.Md5, r.Arn)
	return table.Flush()
}

func runReferenceDelete(ctx context.Context, c *client, reference string, asJSON bool, stdout io.Writer) error {
	store, id, err := resolveReference(ctx, c, reference)
	if err != nil {
		return err
	}
	_, raw, err := call[omics.DeleteReferenceOut](ctx, c, "DeleteReference",
		&omics.DeleteReferenceIn{ReferenceStoreID: store, ID: id})
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(stdout, raw)
	}
	fmt.Fprintf(stdout, "deleted reference %s\n", id)
	return nil
}

// resolveReference gives the ids inside a reference's ARN.
func resolveReference(ctx context.Context, c *client, reference string) (store, id string, err error) {
	arn, err := findReference(ctx, c, reference)
	if err != nil {
		return "", "", err
	}
	parsed, err := omics.ParseARN(arn)
	store, id, ok := parsed.Reference()
	if err != nil || !ok {
		return "", "", usageError{fmt.Errorf("%q is no reference ARN", arn)}
	}
	return store, id, nil
}
