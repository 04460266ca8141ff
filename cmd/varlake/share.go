package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/wire/omics"
)

type shareCreateOptions struct {
	store, subscriber, name string
	annotation              *bool // whether the store is one; nil: either kind
	json                    bool
}

func newShare(data *string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "share", Short: "Share stores with other accounts and accept what others share",
		Long: `Share stores with other accounts and accept what others share. A share is an offer until the other account accepts it; from then on that
account can query the store. Either side can delete it, which ends its access at once.`,
		Args: args(cobra.NoArgs), RunE: showHelp,
	}
	var asJSON bool
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print the API's answer")
	var opts shareCreateOptions
	var annotation bool
	create := &cobra.Command{
		Use: "create STORE --with ACCOUNT", Short: "Offer a variant or annotation store to an account",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			opts.store, opts.json = values[0], asJSON
			if cmd.Flags().Changed("annotation") {
				opts.annotation = &annotation
			}
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runShareCreate(cmd.Context(), c.client, opts, cmd.OutOrStdout())
			})
		},
	}
	create.Flags().StringVar(&opts.subscriber, "with", "", "the account's id, 12 digits")
	create.Flags().StringVar(&opts.name, "name", "", "a name for the share")
	create.Flags().BoolVar(&annotation, "annotation", false,
		"STORE is the annotation store of that name, with =false the variant store, where there are both")
	_ = create.MarkFlagRequired("with") // the flag exists
	accept := &cobra.Command{
		Use: "accept ID", Short: "Accept a share that is offered to you and wait until it is ACTIVE",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runShareAccept(cmd.Context(), c.client, values[0], asJSON, cmd.OutOrStdout())
			})
		},
	}
	var offered, received bool
	list := &cobra.Command{
		Use: "list", Short: "List shares, newest first", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			owners := []omics.ResourceOwner{omics.OwnerSelf, omics.OwnerOther}
			if offered != received {
				owners = owners[:1]
				if received {
					owners[0] = omics.OwnerOther
				}
			}
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runShareList(cmd.Context(), c.client, owners, asJSON, cmd.OutOrStdout())
			})
		},
	}
	list.Flags().BoolVar(&offered, "offered", false, "only what you share")
	list.Flags().BoolVar(&received, "received", false, "only what others share with you")
	get := &cobra.Command{
		Use: "get ID", Short: "Show a share", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				out, raw, err := call[omics.GetShareOut](cmd.Context(), c.client, "GetShare", &omics.GetShareIn{ShareID: values[0]})
				if err != nil {
					return err
				}
				return printShare(cmd.OutOrStdout(), &out.Share, raw, asJSON)
			})
		},
	}
	remove := &cobra.Command{
		Use: "delete ID", Short: "End a share, as its owner or its receiver", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runShareDelete(cmd.Context(), c.client, values[0], asJSON, cmd.OutOrStdout())
			})
		},
	}
	cmd.AddCommand(create, accept, list, get, remove)
	return cmd
}

func runShareCreate(ctx context.Context, c *client, opts shareCreateOptions, stdout io.Writer) error {
	arn, err := findStore(ctx, c, opts.store, opts.annotation)
	if err != nil {
		return err
	}
	in := &omics.CreateShareIn{ResourceArn: arn, PrincipalSubscriber: opts.subscriber, ShareName: optional(opts.name)}
	share, raw, err := call[omics.CreateShareOut](ctx, c, "CreateShare", in)
	if err != nil {
		return err
	}
	if opts.json {
		return printJSON(stdout, raw)
	}
	table := newTable(stdout)
	fmt.Fprintf(table, "share\t%s\nstatus\t%s\n", share.ShareID, share.Status)
	return table.Flush()
}

// findStore gives the ARN of the store of a name, of either kind unless annotation tells which.
func findStore(ctx context.Context, c *client, name string, annotation *bool) (arn string, err error) {
	var found []string
	for _, kind := range []struct {
		get        string
		annotation bool
	}{{"GetVariantStore", false}, {"GetAnnotationStore", true}} {
		if annotation != nil && *annotation != kind.annotation {
			continue
		}
		// the kinds have this in common
		store, _, err := call[omics.GetVariantStoreOut](ctx, c, kind.get, &omics.GetVariantStoreIn{Name: name})
		switch {
		case err == nil:
			found = append(found, store.StoreArn)
		case exitCode(err) != exitNotFound:
			return "", err
		}
	}
	switch len(found) {
	case 0:
		return "", omics.NotFound("there is no store %q to share", name)
	case 1:
		return found[0], nil
	}
	return "", usageError{fmt.Errorf(
		"a variant and an annotation store are named %q: say --annotation or --annotation=false", name)}
}

func runShareAccept(ctx context.Context, c *client, id string, asJSON bool, stdout io.Writer) error {
	if _, _, err := call[omics.AcceptShareOut](ctx, c, "AcceptShare", &omics.AcceptShareIn{ShareID: id}); err != nil {
		return whoAccepts(ctx, c, id, err)
	}
	out, raw, err := await(ctx, c, "GetShare", &omics.GetShareIn{ShareID: id}, func(out *omics.GetShareOut) bool {
		return out.Share.Status != omics.SharePending && out.Share.Status != omics.ShareActivating
	})
	if err != nil {
		return err
	}
	if out.Share.Status != omics.ShareActive {
		return fmt.Errorf("the share is %s: %s", out.Share.Status, out.Share.StatusMessage)
	}
	return printShare(stdout, &out.Share, raw, asJSON)
}

// whoAccepts adds to the refusal of an offer's own maker, who has it in his list, whose turn it is.
func whoAccepts(ctx context.Context, c *client, id string, err error) error {
	if exitCode(err) != exitNotFound {
		return err
	}
	out, _, unknown := call[omics.GetShareOut](ctx, c, "GetShare", &omics.GetShareIn{ShareID: id})
	if unknown != nil || out.Share.Status != omics.SharePending {
		return err
	}
	return fmt.Errorf("%w\nhint: it is account %s that accepts it, to which you offer it, with the profile of one of its keys: VARLAKE_PROFILE=NAME varlake share accept %s",
		err, out.Share.PrincipalSubscriber, id)
}

// withOffer adds to the error of a command that finds a table in none of the caller's stores that it is offered as a
// share. text names the table.
func withOffer(ctx context.Context, c *client, text string, err error) error {
	if exitCode(err) != exitNotFound {
		return err
	}
	pending := &omics.ListSharesFilter{Status: []omics.ShareStatus{omics.SharePending}}
	shares, failed := listAll[omics.ListSharesOut](ctx, c, "ListShares",
		&omics.ListSharesIn{ResourceOwner: omics.OwnerOther, Filter: pending})
	if failed != nil { // it may not be allowed
		return err
	}
	for _, s := range shares.Shares {
		if name := s.ResourceArn[strings.LastIndex(s.ResourceArn, "/")+1:]; mentions(text, name) {
			return fmt.Errorf("%w\nhint: account %s offers you its store %s: varlake share accept %s", err, s.OwnerID,
				name, s.ShareID)
		}
	}
	return err
}

func runShareDelete(ctx context.Context, c *client, id string, asJSON bool, stdout io.Writer) error {
	_, raw, err := call[omics.DeleteShareOut](ctx, c, "DeleteShare", &omics.DeleteShareIn{ShareID: id})
	if err != nil {
		return err
	}
	return printDeleted(stdout, id, raw, asJSON)
}

func runShareList(ctx context.Context, c *client, owners []omics.ResourceOwner, asJSON bool, stdout io.Writer) error {
	var shares omics.ListSharesOut
	for _, owner := range owners {
		page, err := listAll[omics.ListSharesOut](ctx, c, "ListShares", &omics.ListSharesIn{ResourceOwner: owner})
		if err != nil {
			return err
		}
		shares.Shares = append(shares.Shares, page.Shares...)
	}
	slices.SortStableFunc(shares.Shares,
		func(a, b omics.ShareDetails) int { return b.CreationTime.Compare(a.CreationTime.Time) })
	if asJSON {
		return printValue(stdout, shares)
	}
	table := newTable(stdout)
	fmt.Fprintln(table, "ID\tNAME\tOWNER\tWITH\tSTATUS\tSTORE")
	for _, s := range shares.Shares {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ShareID, s.ShareName, s.OwnerID, s.PrincipalSubscriber, s.Status,
			s.ResourceArn)
	}
	return table.Flush()
}

func printShare(w io.Writer, s *omics.ShareDetails, raw []byte, asJSON bool) error {
	if asJSON {
		return printJSON(w, raw)
	}
	table := newTable(w)
	fmt.Fprintf(table, "share\t%s\nname\t%s\nowner\t%s\nwith\t%s\nstatus\t%s\nstore\t%s\n", s.ShareID, s.ShareName,
		s.OwnerID, s.PrincipalSubscriber, s.Status, s.ResourceArn)
	if s.StatusMessage != "" {
		fmt.Fprintf(table, "message\t%s\n", s.StatusMessage)
	}
	return table.Flush()
}

// mentions reports whether the text of a statement holds a table's name somewhere, be it in a comment: then it may be
// what was meant.
func mentions(sql, table string) bool {
	return strings.Contains(strings.ToLower(sql), strings.ToLower(table))
}
