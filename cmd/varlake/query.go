package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/varlake/varlake/internal/sql/trino"
	"github.com/varlake/varlake/internal/wire/own"
)

// queryOptions are what a statement is asked with.
type queryOptions struct {
	data string
	own.QueryIn
	execute, file, out string // the statement, the file that has it, the file for its rows
}

// terminalRows is how many rows of a table a terminal is shown unless --rows says otherwise.
const terminalRows = 1000

func newQuery(data *string) *cobra.Command {
	opts := queryOptions{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   `query "SELECT ..."`,
		Short: "Run one statement over the variant and annotation stores",
		Long: `Run one statement over the variant and annotation stores, each a table of its name and further versions of an annotation store
tables STORE__VERSION: on the running server, or on the data folder of a stopped one. "-" reads the statement from standard input.

With --dialect trino a statement is in Trino's SQL, which Athena speaks; without it in DuckDB's, with some functions of Trino's.

Formats: table, for people; csv; tsv; json, one array of objects in which arrays, maps and rows are JSON, and
integers are exact however large; ndjson, an object a line; parquet and arrow, with types of their own, for a file
(-o) or a pipe.`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			opts.data = *data
			if asJSON {
				opts.Format = own.JSON
			}
			if err := opts.statement(values, cmd.InOrStdin()); err == errNoStatement {
				return usageError{fmt.Errorf("%w\nusage: %s", err, cmd.UseLine())}
			} else if err != nil {
				return err
			}
			stdout := cmd.OutOrStdout()
			if width := terminalWidth(stdout); width > 0 && opts.Format == own.Table && opts.out == "" {
				opts.Width = width
				if !cmd.Flags().Changed("rows") {
					opts.Rows = terminalRows
				}
			}
			return runQuery(cmd.Context(), opts, stdout)
		},
	}
	flags := cmd.Flags()
	flags.StringVar((*string)(&opts.Format), "format", string(own.Table), own.FormatNames)
	flags.StringVar((*string)(&opts.Dialect), "dialect", string(own.DuckDB), "whose SQL the statement is: trino or duckdb")
	flags.BoolVar(&asJSON, "json", false, "the same as --format json")
	flags.StringVarP(&opts.execute, "execute", "e", "", "the statement")
	flags.StringVarP(&opts.file, "file", "f", "", "file with the statement")
	flags.StringVarP(&opts.out, "output", "o", "", "file for the rows")
	flags.BoolVarP(&opts.Vertical, "vertical", "x", false, "with --format table: a line for each value")
	flags.Int64Var(&opts.Rows, "rows", 0, "with --format table: at most so many rows (0: all; a terminal: 1000)")
	return cmd
}

var errNoStatement = errors.New("give one statement: as an argument, with -e or in a file with -f")

// statement takes the statement from wherever it was said to be.
func (o *queryOptions) statement(values []string, stdin io.Reader) error {
	said := 0
	if len(values) == 1 {
		o.SQL, said = values[0], said+1
	}
	if o.execute != "" {
		o.SQL, said = o.execute, said+1
	}
	if o.file != "" {
		said++
	}
	if said != 1 {
		return errNoStatement
	}
	switch {
	case o.file != "":
		file, err := os.Open(o.file)
		if err != nil {
			return fmt.Errorf("read statement: %w", err)
		}
		defer file.Close()
		stdin = file
	case o.SQL != "-":
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(stdin, own.MaxStatement+1))
	if err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	o.SQL = string(text)
	return nil
}

// terminalWidth is the width in characters of the terminal that w is, or 0.
func terminalWidth(w io.Writer) int {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			return width
		}
	}
	return 0
}

// binary tells that a format is for programs alone.
func binary(f own.Format) bool { return f == own.Parquet || f == own.Arrow }

func runQuery(ctx context.Context, opts queryOptions, stdout io.Writer) (err error) {
	switch {
	case opts.Format == "" || (&own.QueryIn{Format: opts.Format}).Validate() != nil:
		return usageError{fmt.Errorf("--format is %s, not %q", own.FormatNames, opts.Format)}
	case opts.Dialect == "" || (&own.QueryIn{Dialect: opts.Dialect}).Validate() != nil:
		return usageError{fmt.Errorf("--dialect is trino or duckdb, not %q", opts.Dialect)}
	case binary(opts.Format) && opts.out == "" && terminalWidth(stdout) > 0:
		return usageError{fmt.Errorf("%s is no text for a terminal: give a file with -o, or a pipe", opts.Format)}
	case opts.Rows < 0:
		return usageError{errors.New("--rows is not negative")}
	}
	return withConnection(ctx, opts.data, connectOptions{reads: !changes(opts.QueryIn)}, func(c *connection) error {
		if opts.out == "" {
			return withSQLHint(opts.SQL, ask(ctx, c.client, opts, stdout))
		}
		file, err := os.Create(opts.out)
		if err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		err = withSQLHint(opts.SQL, ask(ctx, c.client, opts, file))
		if closed := file.Close(); err == nil && closed != nil {
			err = fmt.Errorf("write the result: %w", closed)
		}
		return err
	})
}

// changes tells whether a statement may change something: then the command needs the folder to itself.
func changes(in own.QueryIn) bool { return in.Dialect == own.Trino && trino.MayChange(in.SQL) }

// ask sends the statement, and writes its result.
func ask(ctx context.Context, c *client, opts queryOptions, stdout io.Writer) error {
	response, err := c.post(ctx, own.Query.Path, opts.QueryIn)
	if err != nil {
		return withOffer(ctx, c, opts.SQL, err)
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
