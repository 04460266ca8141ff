// Package statement answers SQL statements, whoever asks: the tables that a statement reads, as its syntax tree names
// them; the right of its caller to each; their files as of now; the rows.
package statement

import (
	"context"
	"errors"
	"io"

	"github.com/varlake/varlake/internal/sql/columnar"
	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/sql/trino"
	"github.com/varlake/varlake/internal/state/access"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// Files are where tables are whose files DuckDB opens by itself.
type Files interface {
	warehouse.Files
	warehouse.Local
}

// Service answers statements over the tables of a data folder. It is safe for concurrent use.
type Service struct {
	DB        *meta.DB
	Access    *access.Readings
	Engine    *query.Engine
	Files     Files
	Readers   *lake.Readers      // told of who reads files
	Outlets   *warehouse.Outlets // of UNLOAD; nil: none
	MaxUnload int64              // bytes of one UNLOAD
	Manifests *lake.Manifests    // that statements read before; nil: each reads its own
}

// writeColumns writes rows in a format that has types of its own.
func (p *plan) writeColumns(w io.Writer, rows *query.Rows, to columnar.Write) error {
	var columns []columnar.Column
	var err error
	if p.columns != nil {
		columns, err = columnar.Trino(p.columns, valueOf)
	} else {
		columns, err = columnar.DuckDB(rows)
	}
	if err != nil {
		return err
	}
	_, err = to(w, rows, columns)
	return err
}

// write writes rows as a request asks for.
func (p *plan) write(w io.Writer, rows *query.Rows, in *own.QueryIn) error {
	switch in.Format {
	case own.Parquet:
		return p.writeColumns(w, rows, columnar.WriteParquet)
	case own.Arrow:
		return p.writeColumns(w, rows, columnar.WriteArrow)
	}
	if p.columns != nil {
		shape(rows, p.columns)
	}
	switch in.Format {
	case own.CSV:
		return query.WriteCSV(w, rows)
	case own.TSV:
		return query.WriteTSV(w, rows)
	case own.NDJSON:
		return query.WriteNDJSON(w, rows)
	case own.Table:
		return query.WriteTable(w, rows, query.TableOptions{Width: in.Width, Rows: in.Rows, Vertical: in.Vertical})
	}
	return query.WriteJSON(w, rows)
}

// Query runs one SELECT as the context's caller and writes its rows. It goes on for as long as the caller may read what
// it reads.
func (s *Service) Query(ctx context.Context, in *own.QueryIn, out own.Answer) error {
	if err := s.Files.Verify(); err != nil { // nothing works in the place of a folder that was replaced
		return refusal(lake.SayReplaced(err))
	}
	account := omics.CallerFrom(ctx).Account
	closed, err := s.Engine.Open(account) // before tables are opened, whose manifests are read
	if err != nil {
		return refusal(err)
	}
	defer closed()
	read := s.Readers.Begin()
	defer read()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all, err := s.Access.Tables(ctx)
	if err != nil {
		return err
	}
	p, err := s.plan(ctx, in, account, all)
	if err != nil {
		return refusal(err)
	}
	if p.statement == nil {
		return s.change(ctx, p.change, account, in, out)
	}
	defer p.statement.Close()
	reading, err := s.Access.Read(ctx, p.used)
	if err != nil {
		return access.Ended(err, theTable)
	}
	defer reading.Close()
	defer context.AfterFunc(reading, func() { cancel(context.Cause(reading)) })()
	if p.explain != trino.Answer {
		err = s.explain(reading, p, account, in, out)
	} else if p.change != nil {
		err = s.unload(reading, p, in, account, read, out)
	} else {
		err = s.run(reading, p, in, read, out)
	}
	switch cause := context.Cause(reading); {
	case errors.Is(cause, access.ErrRevoked), errors.Is(cause, access.ErrDeleted), errors.Is(cause, access.ErrKeyDeleted):
		return access.Ended(cause, theTable)
	}
	return err
}

const theTable = "a table of the query"

// A plan is a statement that may be run, as far as the rights to its tables go.
type plan struct {
	statement *query.Statement // nil when there is only something to change
	change    trino.Change     // nil: none
	used      []meta.Table
	// pin resolves the tables to the data files of their current snapshots.
	pin func(context.Context) ([]query.Table, error)
	// columns are the result's as Trino has them; nil when the statement is in DuckDB's dialect.
	columns []trino.Column
	// explain tells that it is not the rows that are asked for; reads are what is then told of.
	explain trino.Explaining
	reads   []tableRead
}

func (s *Service) plan(ctx context.Context, in *own.QueryIn, account string, all []meta.Table) (*plan, error) {
	if in.Dialect == own.Trino {
		return s.compile(ctx, in.SQL, account, all)
	}
	p := &plan{statement: s.Engine.Begin(ctx, account, in.SQL, query.DuckDB)}
	used, err := tablesOf(ctx, p.statement, all)
	if err != nil {
		p.statement.Close()
		return nil, err
	}
	p.used = used
	p.pin = func(ctx context.Context) ([]query.Table, error) { return s.pin(ctx, all, used) }
	return p, nil
}

// tablesOf gives the tables that a statement reads. All of them may be read by the caller: the first one that may not
// is the error.
func tablesOf(ctx context.Context, st *query.Statement, all []meta.Table) (used []meta.Table, err error) {
	names := make([]query.Table, len(all))
	for i, table := range all {
		names[i] = query.Table{Schema: table.Namespace, Name: table.Name}
	}
	indexes, err := st.Tables(names)
	if err != nil {
		return nil, err
	}
	for _, i := range indexes {
		if err := access.Allowed(ctx, all[i]); err != nil {
			return nil, err
		}
		used = append(used, all[i])
	}
	return used, nil
}

// begin runs the statement over the pinned files, whose rows are then to be read and closed.
func (p *plan) begin(ctx context.Context) (*query.Rows, error) {
	pinned, err := p.pin(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := p.statement.Run(pinned)
	if err != nil {
		return nil, refusal(p.said(err))
	}
	return rows, nil
}

// run runs a statement and writes the rows. read is called when the tables' files were read, which is before the result
// is.
func (s *Service) run(ctx context.Context, p *plan, in *own.QueryIn, read func(), w own.Answer) error {
	rows, err := p.begin(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	go func() {
		<-rows.Worked()
		read()
	}()
	w.Type(own.MediaTypes[in.Format])
	return refusal(p.said(p.write(w, rows, in)))
}

// pin resolves the tables that a statement reads to the data files of their current snapshots. The others take their
// names, in the same order, so that each name means what it meant when it was asked whose tables they are; they are
// closed.
func (s *Service) pin(ctx context.Context, all, used []meta.Table) ([]query.Table, error) {
	open := map[string]bool{}
	for _, table := range used {
		open[table.Namespace+"."+table.Name] = true
	}
	pinned := make([]query.Table, len(all))
	for i, table := range all {
		pinned[i] = query.Table{Schema: table.Namespace, Name: table.Name}
		if !open[table.Namespace+"."+table.Name] {
			continue
		}
		snapshot, err := s.Manifests.OpenOwn(ctx, s.Files, table.Name, table.Location, table.MetadataLocation, lake.AsOf{})
		if err != nil {
			return nil, refusal(err)
		}
		for _, column := range snapshot.Columns() {
			pinned[i].Columns = append(pinned[i].Columns, query.Column{Name: column.Name, Type: column.Type})
		}
		for _, file := range snapshot.Files() {
			path, err := s.Files.Local(file.Path)
			if err != nil {
				return nil, err
			}
			pinned[i].Files = append(pinned[i].Files, path)
		}
	}
	return pinned, nil
}

// said gives what a statement of Trino's dialect fails with while it runs Trino's name and words.
func (p *plan) said(err error) error {
	var failure *query.Error
	if p.columns == nil || !errors.As(err, &failure) || failure.Kind != query.Syntax {
		return err
	}
	return &query.Error{Kind: failure.Kind, Message: trino.RuntimeError(failure.Message).Error(), Err: failure.Err}
}

// refusal gives an error of the engine, and of a table that is not served, the code that an AWS client understands.
func refusal(err error) error {
	var unserved *lake.NotServed
	var failure *query.Error
	var wrong *trino.Error
	switch {
	case errors.As(err, &wrong):
		code := omics.CodeValidation
		switch wrong.Name {
		case "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND":
			code = omics.CodeResourceNotFound
		}
		return &omics.Error{Code: code, Message: wrong.Error()}
	case errors.As(err, &unserved):
		return &omics.Error{Code: omics.CodeInternalServer, Message: unserved.Message, Err: unserved.Err}
	case !errors.As(err, &failure):
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
