package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/sql/columnar"
	"github.com/varlake/varlake/internal/sql/shell"
	"github.com/varlake/varlake/internal/sql/trino"
	"github.com/varlake/varlake/internal/wire/own"
)

// queryOptions are what a statement is asked with.
type queryOptions struct {
	data string
	own.QueryIn
	execute   []string // statements
	file, out string   // the file that has them, the file for their rows
}

// terminalRows is how many rows of a table a terminal is shown unless --rows says otherwise.
const terminalRows = 1000

func newQuery(data *string) *cobra.Command {
	opts := queryOptions{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   `query "SELECT ..."`,
		Short: "Run statements over the variant and annotation stores",
		Long: `Run statements over the variant and annotation stores, each a table of its name and further versions of an annotation store
tables STORE__VERSION: on the running server, or on the data folder of a stopped one. "-" reads them from standard input.
A semicolon ends a statement; the first that fails is the last that is run. varlake sql is a shell for them.

A statement is in Trino's SQL, which Athena speaks (docs/sql.md), or with --dialect duckdb in DuckDB's.

Formats: table, for people; csv; tsv; json, one array of objects in which arrays, maps and rows are JSON, and
integers are exact however large; ndjson, an object a line; parquet and arrow, with types of their own, for a file
(-o) or a pipe.`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			opts.data = *data
			if asJSON {
				opts.Format = own.JSON
			}
			statements, err := opts.statements(values, cmd.InOrStdin())
			if err == errNoStatement {
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
			return runQuery(cmd.Context(), opts, statements, stdout)
		},
	}
	flags := cmd.Flags()
	flags.StringVar((*string)(&opts.Format), "format", string(own.Table), own.FormatNames)
	flags.StringVar((*string)(&opts.Dialect), "dialect", string(own.Trino), "whose SQL the statement is: trino or duckdb")
	flags.BoolVar(&asJSON, "json", false, "the same as --format json")
	flags.StringArrayVarP(&opts.execute, "execute", "e", nil, "statements (repeatable)")
	flags.StringVarP(&opts.file, "file", "f", "", "file with statements")
	flags.StringVarP(&opts.out, "output", "o", "", "file for the rows, which has its name once they are all there")
	flags.BoolVarP(&opts.Vertical, "vertical", "x", false, "with --format table: a line for each value")
	flags.Int64Var(&opts.Rows, "rows", 0, "with --format table: at most so many rows (0: all; a terminal: 1000)")
	return cmd
}

var errNoStatement = errors.New("give statements: as an argument, with -e or in a file with -f")

// maxScript is how long a file of statements may be, in bytes.
const maxScript = 16 << 20

// rules are how the text of the statements is read.
func (o *queryOptions) rules() shell.Rules {
	if o.Dialect == own.Trino {
		return shell.Trino
	}
	return shell.DuckDB
}

// statements takes the statements from wherever they were said to be. A single one is left as it was written.
func (o *queryOptions) statements(values []string, stdin io.Reader) (all []shell.Statement, err error) {
	texts := o.execute
	if len(values) == 1 {
		texts = append(texts, values[0])
	}
	switch {
	case (len(values) > 0) != (len(o.execute) == 0 && o.file == ""), o.file != "" && len(o.execute) > 0:
		return nil, errNoStatement
	case o.file != "":
		text, err := readScript(o.file)
		if err != nil {
			return nil, err
		}
		texts = []string{text}
	case texts[0] == "-" && len(texts) == 1:
		text, err := scriptOf(stdin)
		if err != nil {
			return nil, err
		}
		texts = []string{text}
	}
	for _, text := range texts {
		whole, rest, open := o.rules().Split(text)
		if open != shell.Nothing && rest.Text != "" {
			whole = append(whole, rest)
		}
		all = append(all, whole...)
	}
	if len(texts) == 1 && len(all) < 2 {
		return []shell.Statement{{Text: texts[0], Line: 1}}, nil
	}
	return all, nil
}

// readScript reads a file of statements.
func readScript(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read statements: %w", err)
	}
	defer file.Close()
	return scriptOf(file)
}

func scriptOf(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxScript+1))
	if err != nil {
		return "", fmt.Errorf("read statements: %w", err)
	}
	if len(text) > maxScript {
		return "", fmt.Errorf("the statements are longer than %d MiB", maxScript>>20)
	}
	return string(text), nil
}

// binary tells that a format is for programs alone.
func binary(f own.Format) bool { return f == own.Parquet || f == own.Arrow }

// check refuses what no statement can be asked with.
func (o *queryOptions) check() error {
	switch {
	case o.Format == "" || (&own.QueryIn{Format: o.Format}).Validate() != nil:
		return usageError{fmt.Errorf("--format is %s, not %q", own.FormatNames, o.Format)}
	case o.Dialect == "" || (&own.QueryIn{Dialect: o.Dialect}).Validate() != nil:
		return usageError{fmt.Errorf("--dialect is trino or duckdb, not %q", o.Dialect)}
	case o.Rows < 0:
		return usageError{errors.New("--rows is not negative")}
	}
	return nil
}

func runQuery(ctx context.Context, opts queryOptions, statements []shell.Statement, stdout io.Writer) (err error) {
	if err := opts.check(); err != nil {
		return err
	}
	switch {
	case binary(opts.Format) && len(statements) > 1:
		return usageError{fmt.Errorf("a result in %s is one statement's, not %d", opts.Format, len(statements))}
	case binary(opts.Format) && opts.out == "" && terminalWidth(stdout) > 0:
		return usageError{fmt.Errorf("%s is no text for a terminal: give a file with -o, or a pipe", opts.Format)}
	}
	reads := !slices.ContainsFunc(statements, func(s shell.Statement) bool { return changes(opts.Dialect, s.Text) })
	return withConnection(ctx, opts.data, connectOptions{reads: reads}, func(c *connection) error {
		if opts.out == "" {
			return askAll(ctx, c.client, opts, statements, stdout)
		}
		file, err := createResult(opts.out)
		if err != nil {
			return err
		}
		return file.end(askAll(ctx, c.client, opts, statements, file))
	})
}

// changes tells whether a statement may change something: then the command needs the folder to itself.
func changes(d own.Dialect, sql string) bool { return d == own.Trino && trino.MayChange(sql) }

// askAll asks one statement after the other, up to the first that fails.
func askAll(ctx context.Context, c *client, opts queryOptions, statements []shell.Statement, stdout io.Writer) error {
	for i, statement := range statements {
		opts.SQL = statement.Text
		err := withSQLHint(opts.SQL, ask(ctx, c, opts, stdout))
		if err != nil && len(statements) > 1 {
			err = fmt.Errorf("statement %d, which begins in line %d: %w", i+1, statement.Line, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ask sends the statement, and writes its result.
func ask(ctx context.Context, c *client, opts queryOptions, stdout io.Writer) error {
	response, err := c.post(ctx, own.Query.Path, opts.QueryIn)
	if err != nil {
		return withOffer(ctx, c, opts.SQL, err)
	}
	defer response.Body.Close()
	body := &whole{Reader: response.Body}
	out := stdout
	held := &columnar.Held{To: stdout}
	switch {
	case opts.Format == own.Arrow: // whose readers take a stream that ends between messages for a whole one
		out = held
	case terminalWidth(stdout) > 0 && opts.Format != own.Table: // which has none
		out = &tame{to: stdout}
	}
	_, err = io.Copy(out, body)
	if body.err != nil {
		return c.whyBroken(ctx, response, body.err)
	}
	if err == nil {
		err = held.Release()
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
