package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/varlake/varlake/internal/wire/own"
)

// sqlOptions are what the shell begins with.
type sqlOptions struct {
	queryOptions
	timing, noHistory bool
}

func newSQL(data *string) *cobra.Command {
	opts := sqlOptions{}
	cmd := &cobra.Command{
		Use:   "sql",
		Short: "A shell for SQL over the variant and annotation stores",
		Long: `A shell for SQL over the variant and annotation stores: on the running server, or on the data folder of a stopped one, which
is free for other commands between two statements.

A statement goes over as many lines as it needs and ends with a semicolon. Tab completes words of SQL, tables, functions and
columns of the tables that the statement has; Up, Down and Ctrl-R go through earlier statements; Ctrl-C ends the statement
that runs or drops what was written; Ctrl-D or \q leaves. \? lists what else there is.

When standard input is no terminal, or with -e or -f, statements are run one after the other up to the first that fails.

Earlier statements are kept in the folder varlake of XDG_STATE_HOME or ~/.local/state, for nobody else to read; those that
begin with a blank are not. VARLAKE_SQL_HISTORY names another file, or is "off".`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.data = *data
			return runSQL(cmd, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar((*string)(&opts.Format), "format", string(own.Table), own.FormatNames)
	flags.StringVar((*string)(&opts.Dialect), "dialect", string(own.Trino), "whose SQL statements are: trino or duckdb")
	flags.StringArrayVarP(&opts.execute, "execute", "e", nil, "statements to run instead of asking for them (repeatable)")
	flags.StringVarP(&opts.file, "file", "f", "", "file with statements, likewise")
	flags.StringVarP(&opts.out, "output", "o", "", "file for the rows")
	flags.BoolVarP(&opts.Vertical, "vertical", "x", false, "with the format table: a line for each value")
	flags.Int64Var(&opts.Rows, "rows", 0, "with the format table: at most so many rows (0: all; a terminal: 1000)")
	flags.BoolVar(&opts.timing, "timing", false, "tell how long each statement took")
	flags.BoolVar(&opts.noHistory, "no-history", false, "neither read nor keep earlier statements")
	return cmd
}

func runSQL(cmd *cobra.Command, opts sqlOptions) (err error) {
	if err := opts.check(); err != nil {
		return err
	}
	s := newSession(opts, cmd.OutOrStdout(), cmd.ErrOrStderr())
	s.rowsSaid = cmd.Flags().Changed("rows")
	defer func() { err = errors.Join(err, s.close()) }()
	if opts.out != "" {
		if err := s.output(opts.out); err != nil {
			return err
		}
	}
	ctx := cmd.Context()
	switch stdin, isFile := cmd.InOrStdin().(*os.File); {
	case opts.file != "" && len(opts.execute) > 0:
		return usageError{errors.New("give -e or -f")}
	case len(opts.execute) > 0:
		return s.texts(ctx, opts.execute)
	case opts.file != "":
		return s.include(ctx, opts.file)
	case isFile && term.IsTerminal(int(stdin.Fd())) && terminalWidth(cmd.OutOrStdout()) > 0:
		return interact(ctx, s, opts.noHistory)
	}
	text, err := scriptOf(cmd.InOrStdin())
	if err != nil {
		return err
	}
	return s.texts(ctx, []string{text})
}

// texts runs texts of statements and commands, up to the first that fails.
func (s *session) texts(ctx context.Context, texts []string) error {
	for _, text := range texts {
		if err := s.script(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
