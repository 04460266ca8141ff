package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

const (
	maxOpenQueries = 64 // of an account, those included that wait or are read
)

// queryHandler answers POST /varlake/query: one SELECT over the caller's stores. The request was verified before.
type queryHandler struct {
	service *ops.Service
	engine  *query.Engine
	folder  *lake.Folder
	readers *lake.Readers
	log     *slog.Logger
	broken  *brokenAnswers
}

func (h *queryHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := newAnswer(w, r, "query", h.log, h.broken)
	out.end(h.run(r, out))
}

func (h *queryHandler) run(r *http.Request, out io.Writer) error {
	var request own.QueryIn
	if err := json.NewDecoder(io.LimitReader(r.Body, 2*own.MaxStatement)).Decode(&request); err != nil {
		return omics.Validation("The body is not a query: %v", err)
	}
	if err := request.Validate(); err != nil {
		return err
	}
	return h.query(r.Context(), request, out)
}

// query runs a statement as the caller: over the tables that policies let it read, for as long as it may.
func (h *queryHandler) query(ctx context.Context, request own.QueryIn, out io.Writer) error {
	caller := omics.CallerFrom(ctx)
	if err := httpapi.Authorize(ctx, "athena:StartQueryExecution", athenaARN(caller, "workgroup/primary")); err != nil {
		return err
	}
	closed, err := h.engine.Open(caller.Account) // before tables are opened, whose manifests are read
	if err != nil {
		return apiError(err)
	}
	defer closed()
	read := h.readers.Begin()
	defer read()
	all, err := h.service.Tables(ctx, caller)
	if err != nil {
		return err
	}
	tables, denied := h.readable(ctx, all, request.SQL)
	reading, err := h.service.Read(ctx, tables)
	if err != nil {
		return whyRevoked(err)
	}
	defer reading.Close()
	st := statement{engine: h.engine, folder: h.folder, account: caller.Account, tables: tables, denied: denied, worked: read}
	err = st.run(reading, request, out)
	if cause := context.Cause(reading); errors.Is(cause, ops.ErrRevoked) || errors.Is(cause, ops.ErrKeyDeleted) {
		return whyRevoked(cause)
	}
	return err
}

// whyRevoked says to the caller why a query or an export may not be, or go on.
func whyRevoked(err error) error {
	switch {
	case errors.Is(err, ops.ErrRevoked):
		return omics.AccessDenied("Access to a table of the query was revoked.")
	case errors.Is(err, ops.ErrKeyDeleted):
		return omics.AccessDenied("The access key that the request is signed with was deleted.")
	}
	return err
}

// readable tells the tables that the caller may read from the others, in the order in which a bare name is looked up. Which of them the
// statement reads is for the engine to say, which parses it: those of which it holds no trace are merely left out.
func (h *queryHandler) readable(ctx context.Context, all []meta.Table, sql string) (tables []meta.Table, denied []denial) {
	caller := omics.CallerFrom(ctx)
	for _, table := range all {
		if !mentions(sql, table.Name) {
			continue
		}
		if err := httpapi.Authorize(ctx, "glue:GetTable", glueARN(caller.Region, table)); err != nil {
			denied = append(denied, denial{table, len(tables), err})
			continue
		}
		tables = append(tables, table)
	}
	return tables, denied
}

// denial is a table that is there, but not for the caller.
type denial struct {
	meta.Table
	before int // its place: before this one of the tables that the caller may read
	why    error
}

// whyDenied gives the denial of the table that the statement names, else the engine's own error.
func whyDenied(denied []denial, err error) error {
	var failure *query.Error
	if !errors.As(err, &failure) || failure.Table == "" {
		return err
	}
	for _, d := range denied {
		if failure.Table == d.Namespace+"."+d.Name {
			return d.why
		}
	}
	return err
}

func athenaARN(caller omics.Caller, resource string) string {
	return omics.ARN{Partition: "aws", Service: "athena", Region: caller.Region, Account: caller.Account, Resource: resource}.String()
}

// glueARN names a table as Glue's catalog would: in its owner's account.
func glueARN(region string, table meta.Table) string {
	return omics.ARN{Partition: "aws", Service: "glue", Region: region, Account: table.Account, Resource: "table/" + table.Namespace + "/" + table.Name}.String()
}

// pinTables resolves the tables that a statement may name to the data files of their current snapshots. The denied ones take their names, and
// have none.
func pinTables(ctx context.Context, folder *lake.Folder, tables []meta.Table, denied []denial, sql string) ([]query.Table, error) {
	var pinned []query.Table
	for i, table := range tables {
		for len(denied) > 0 && denied[0].before == i {
			pinned = append(pinned, query.Table{Schema: denied[0].Namespace, Name: denied[0].Name, Denied: true})
			denied = denied[1:]
		}
		if !mentions(sql, table.Name) {
			continue
		}
		snapshot, err := openTable(ctx, folder, table)
		if err != nil {
			return nil, err
		}
		t := query.Table{Schema: table.Namespace, Name: table.Name}
		for _, column := range snapshot.Columns() {
			t.Columns = append(t.Columns, query.Column{Name: column.Name, Type: column.Type})
		}
		for _, file := range snapshot.Files() {
			t.Files = append(t.Files, file.Path)
		}
		pinned = append(pinned, t)
	}
	for _, d := range denied {
		pinned = append(pinned, query.Table{Schema: d.Namespace, Name: d.Name, Denied: true})
	}
	return pinned, nil
}

// newService makes the operations over the data folder.
func (s *server) newService(ctx context.Context, stores *blob.RoleStores, config serverConfig) (*ops.Service, error) {
	return ops.New(ctx, ops.Config{
		DB: s.db, Region: config.Region, Folder: s.folder, Limits: config.Limits, ReadOnly: s.still != nil,
		LocalFiles: config.LocalFiles, Identify: stores.Identify, Progress: s.ingest.Progress, Waiting: s.ingest.Waiting,
	})
}
