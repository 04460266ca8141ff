// Package statement answers SQL statements, whoever asks: the tables that a statement reads, as its syntax tree names
// them; the right of its caller to each; their files as of now; the rows.
package statement

import (
	"context"
	"errors"
	"io"

	"github.com/varlake/varlake/internal/sql/query"
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
	Access  *access.Readings
	Engine  *query.Engine
	Files   Files
	Readers *lake.Readers // told of who reads files
}

var writers = map[own.Format]func(io.Writer, *query.Rows) error{
	own.Table: query.WriteTable,
	own.CSV:   query.WriteCSV,
	own.JSON:  query.WriteJSON,
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
	st := s.Engine.Begin(ctx, account, in.SQL)
	defer st.Close()

	all, err := s.Access.Tables(ctx)
	if err != nil {
		return err
	}
	used, err := tablesOf(ctx, st, all)
	if err != nil {
		return err
	}
	reading, err := s.Access.Read(ctx, used)
	if err != nil {
		return access.Ended(err, theTable)
	}
	defer reading.Close()
	defer context.AfterFunc(reading, func() { cancel(context.Cause(reading)) })()
	err = s.run(reading, st, all, used, in.Format, read, out)
	switch cause := context.Cause(reading); {
	case errors.Is(cause, access.ErrRevoked), errors.Is(cause, access.ErrDeleted), errors.Is(cause, access.ErrKeyDeleted):
		return access.Ended(cause, theTable)
	}
	return err
}

const theTable = "a table of the query"

// tablesOf gives the tables that a statement reads. All of them may be read by the caller: the first one that may not
// is the error.
func tablesOf(ctx context.Context, st *query.Statement, all []meta.Table) (used []meta.Table, err error) {
	names := make([]query.Table, len(all))
	for i, table := range all {
		names[i] = query.Table{Schema: table.Namespace, Name: table.Name}
	}
	indexes, err := st.Tables(names)
	if err != nil {
		return nil, refusal(err)
	}
	for _, i := range indexes {
		if err := access.Allowed(ctx, all[i]); err != nil {
			return nil, err
		}
		used = append(used, all[i])
	}
	return used, nil
}

// run runs a statement over the tables that it reads, among all that it could name, and writes the rows. read is called
// when the tables' files were read, which is before the result is.
func (s *Service) run(ctx context.Context, st *query.Statement, all, used []meta.Table, format own.Format, read func(),
	w io.Writer) error {
	pinned, err := s.pin(ctx, all, used)
	if err != nil {
		return err
	}
	rows, err := st.Run(pinned)
	if err != nil {
		return refusal(err)
	}
	defer rows.Close()
	go func() {
		<-rows.Worked()
		read()
	}()
	return refusal(writers[format](w, rows))
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
		snapshot, err := lake.OpenOwn(ctx, s.Files, table.Name, table.Location, table.MetadataLocation)
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

// refusal gives an error of the engine, and of a table that is not served, the code that an AWS client understands.
func refusal(err error) error {
	var unserved *lake.NotServed
	var failure *query.Error
	switch {
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
