package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/lake"
	"github.com/varlake/varlake/internal/meta"
	"github.com/varlake/varlake/internal/omics"
	"github.com/varlake/varlake/internal/query"
)

type queryOptions struct {
	data   string
	format string
	sql    string
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
				opts.format = "json"
			}
			if opts.sql == "-" {
				text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), maxStatement+1))
				if err != nil {
					return fmt.Errorf("read statement: %w", err)
				}
				opts.sql = string(text)
			}
			return runQuery(cmd.Context(), opts, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&opts.format, "format", "table", "table, csv or json")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as --format json")
	return cmd
}

func runQuery(ctx context.Context, opts queryOptions, stdout io.Writer) error {
	if _, ok := resultWriters[opts.format]; !ok {
		return usageError{fmt.Errorf("--format is table, csv or json, not %q", opts.format)}
	}
	paths, err := findFolder(opts.data)
	if err != nil {
		return err
	}
	if err := paths.mustExist(); err != nil {
		return err
	}
	ask := func() (err error) {
		var lock *dataLock
		return paths.inTurn(ctx, false, func() error {
			if lock, err = lockData(paths); err != nil {
				return err
			}
			if _, err = paths.examine(ctx); err == nil {
				err = hinted(queryFolder(ctx, opts, paths, stdout), ownServer)
			}
			return errors.Join(err, lock.Close())
		}, func(info runtimeInfo) error { return queryServer(ctx, opts, paths, info, stdout) })
	}
	err = ask()
	for errors.Is(err, errAskAgain) {
		err = ask()
	}
	return withSQLHint(opts.sql, err)
}

// errAskAgain says that the server inside another command had ended before it answered.
var errAskAgain = errors.New("the other command has ended")

// queryServer sends the statement to the server of the data folder.
func queryServer(ctx context.Context, opts queryOptions, paths dataPaths, info runtimeInfo, stdout io.Writer) error {
	c, err := newClient(paths, clientEndpoint(info.Endpoint))
	if err != nil {
		return err
	}
	of := runningServer
	if info.Private {
		of, c.again = otherServer, func(context.Context) error { return errAskAgain }
	}
	response, err := c.post(ctx, queryPath, queryRequest{SQL: opts.sql, Format: opts.format})
	if err != nil {
		return hinted(withOffer(ctx, c, opts.sql, err), of)
	}
	defer response.Body.Close()
	body := &whole{Reader: response.Body}
	_, err = io.Copy(stdout, body)
	if body.err != nil {
		return hinted(c.whyBroken(ctx, response, body.err), of)
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// queryFolder runs the statement in this process, as the administrator of the profile's account in a data folder that no server has open.
func queryFolder(ctx context.Context, opts queryOptions, paths dataPaths, stdout io.Writer) (err error) {
	db, err := paths.openToRead(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	config := defaultConfig(paths.dir)
	spill, remove, err := paths.openSpill()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	engine, err := query.New(query.Options{MemoryLimit: config.QueryMemory, Timeout: config.QueryTimeout, TempDir: spill})
	if err != nil {
		return fmt.Errorf("open query engine: %w", err)
	}
	defer engine.Close()
	key, err := paths.readKey()
	if isNotExist(err) && profile() == defaultProfile { // whose account is known, and nothing is signed
		key, err = nil, nil
	}
	if err != nil {
		return err
	}
	folder, err := openFolder(ctx, db, paths.dir)
	if err != nil {
		return err
	}
	tables, err := db.Tables(ctx, profileAccount(key))
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	st := statement{engine: engine, folder: folder, tables: tables}
	err = st.run(ctx, queryRequest{SQL: opts.sql, Format: opts.format}, stdout)
	var failure *omics.Error
	if errors.As(err, &failure) && failure.Code == omics.CodeInternalServer && failure.Err != nil && lake.LinkOut(failure.Err) == "" { // no log has the cause
		err = fmt.Errorf("%s: %w", failure.Message, failure.Err)
	}
	return err
}

// statement is what a statement is run with.
type statement struct {
	engine  *query.Engine
	folder  *lake.Folder
	account string
	tables  []meta.Table // that it may read
	denied  []denial     // that it must not
	worked  func()       // called when the tables' files are read, which is before the result is; may be nil
}

// run runs a statement and writes its result.
func (s *statement) run(ctx context.Context, request queryRequest, w io.Writer) error {
	pinned, err := pinTables(ctx, s.folder, s.tables, s.denied, request.SQL)
	if err != nil {
		return err
	}
	rows, err := s.engine.QueryAs(ctx, s.account, pinned, request.SQL)
	if err != nil {
		return apiError(whyDenied(s.denied, err))
	}
	defer rows.Close()
	if s.worked != nil {
		go func() {
			<-rows.Worked()
			s.worked()
		}()
	}
	return apiError(resultWriters[request.Format](w, rows))
}

var resultWriters = map[string]func(io.Writer, *query.Rows) error{
	"table": query.WriteTable,
	"csv":   query.WriteCSV,
	"json":  query.WriteJSON,
}

// apiError gives a query's error the code that an AWS client understands.
func apiError(err error) error {
	var failure *query.Error
	if !errors.As(err, &failure) {
		return err
	}
	code := omics.CodeValidation
	switch failure.Kind {
	case query.Denied:
		code = omics.CodeAccessDenied
	case query.NotFound:
		code = omics.CodeResourceNotFound
	case query.Timeout, query.Canceled:
		code = omics.CodeRequestTimeout
	case query.Busy:
		code = omics.CodeThrottling
	case query.Internal:
		code = omics.CodeInternalServer
	}
	return &omics.Error{Code: code, Message: failure.Message, Err: failure.Err}
}

// mentions reports whether the text of a statement holds a table's name somewhere, be it in a comment: without it the statement cannot name the
// table, which needs no escapes. It saves opening every table; nothing is decided by it.
func mentions(sql, table string) bool {
	return strings.Contains(strings.ToLower(sql), strings.ToLower(table))
}
