package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/wire/own"
)

type queryOptions struct {
	data    string
	format  own.Format
	dialect own.Dialect
	sql     string
}

func newQuery(data *string) *cobra.Command {
	opts := queryOptions{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   `query "SELECT ..."`,
		Short: "Run one SELECT over the variant and annotation stores",
		Long: `Run one SELECT over the variant and annotation stores, each a table of its name and further versions of an annotation store
tables STORE__VERSION: on the running server, or on the data folder of a stopped one. "-" reads the statement from standard input.

Formats: table, for people; csv; json, one array of objects in which arrays, maps and structs are JSON, and
integers are exact however large.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			opts.data, opts.sql = *data, values[0]
			if asJSON {
				opts.format = own.JSON
			}
			if opts.sql == "-" {
				text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), own.MaxStatement+1))
				if err != nil {
					return fmt.Errorf("read statement: %w", err)
				}
				opts.sql = string(text)
			}
			return runQuery(cmd.Context(), opts, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar((*string)(&opts.format), "format", string(own.Table), "table, csv or json")
	cmd.Flags().StringVar((*string)(&opts.dialect), "dialect", string(own.Trino), "whose SQL the statement is: trino or duckdb")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as --format json")
	return cmd
}

func runQuery(ctx context.Context, opts queryOptions, stdout io.Writer) error {
	if in := (own.QueryIn{Format: opts.format}); opts.format == "" || in.Validate() != nil {
		return usageError{fmt.Errorf("--format is table, csv or json, not %q", opts.format)}
	}
	if in := (own.QueryIn{Dialect: opts.dialect}); opts.dialect == "" || in.Validate() != nil {
		return usageError{fmt.Errorf("--dialect is trino or duckdb, not %q", opts.dialect)}
	}
	return withConnection(ctx, opts.data, connectOptions{reads: true}, func(c *connection) error {
		return withSQLHint(opts.sql, ask(ctx, c.client, opts, stdout))
	})
}

// ask sends the statement, and writes its result.
func ask(ctx context.Context, c *client, opts queryOptions, stdout io.Writer) error {
	response, err := c.post(ctx, own.Query.Path, own.QueryIn{SQL: opts.sql, Format: opts.format, Dialect: opts.dialect})
	if err != nil {
		return withOffer(ctx, c, opts.sql, err)
	}
	defer response.Body.Close()
	body := &whole{Reader: response.Body}
	_, err = io.Copy(stdout, body)
	if body.err != nil {
		return c.whyBroken(ctx, response, body.err)
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
