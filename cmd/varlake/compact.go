package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/wire/own"
)

type compactOptions struct {
	request own.UpkeepIn
	json    bool
}

func newCompact(data *string) *cobra.Command {
	opts := compactOptions{}
	cmd := &cobra.Command{
		Use:   "compact [STORE]",
		Short: "Merge the small data files of stores, and expire old snapshots",
		Long: `Merge the small data files of a store, or of all the account's, into large ones that each cover a region, so that queries read fewer.
Imports and queries go on meanwhile and answers do not change. A server does as much by itself, see "varlake serve --upkeep"; with --all
the files are merged that it would leave for later.

--expire also removes the snapshots that the server is not to keep, see "varlake serve --keep-snapshots", what only they had, and files
older than a day that nothing refers to.`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			if len(values) > 0 {
				opts.request.Store = values[0]
			}
			return withServer(cmd.Context(), *data, func(c *connection) error {
				return runCompact(cmd.Context(), c.client, opts, cmd.OutOrStdout(), cmd.ErrOrStderr())
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.request.All, "all", false, "merge until each region is in as few files as may be")
	flags.BoolVar(&opts.request.Expire, "expire", false, "expire snapshots and remove files that nothing needs")
	flags.BoolVar(&opts.request.DryRun, "dry-run", false, "tell what would be merged first, and change nothing")
	flags.BoolVar(&opts.json, "json", false, "print a JSON object for each table")
	return cmd
}

func runCompact(ctx context.Context, c *client, opts compactOptions, stdout, stderr io.Writer) error {
	opts.request.Patience = 1
	response, err := c.post(ctx, own.Upkeep.Path, opts.request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	table := newTable(stdout)
	if !opts.json {
		fmt.Fprintln(table, "TABLE\tFILES BEFORE\tBYTES BEFORE\tFILES\tBYTES\tFILES MERGED\tBYTES MERGED\tSNAPSHOTS EXPIRED\tFILES REMOVED\tBYTES REMOVED")
	}
	body := &whole{Reader: response.Body}
	for answers := json.NewDecoder(body); ; {
		var line own.UpkeepLine
		if err := answers.Decode(&line); errors.Is(err, io.EOF) {
			break
		} else if body.err != nil {
			return c.whyBroken(ctx, response, body.err)
		} else if err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		if line.WaitsFor != "" {
			tell(&line.Wait, stderr)
			continue
		}
		report := line.UpkeepReport
		if opts.json {
			if err := json.NewEncoder(stdout).Encode(report); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", report.Table, report.Before.Files, report.Before.Bytes,
			report.After.Files, report.After.Bytes,
			report.Compacted.Files, report.Compacted.Bytes, report.Expired, report.Removed.Files, report.Removed.Bytes)
	}
	if !opts.json {
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}
