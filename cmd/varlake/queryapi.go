package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/varlake/varlake/internal/blob"
	"github.com/varlake/varlake/internal/httpapi"
	"github.com/varlake/varlake/internal/lake"
	"github.com/varlake/varlake/internal/meta"
	"github.com/varlake/varlake/internal/omics"
	"github.com/varlake/varlake/internal/ops"
	"github.com/varlake/varlake/internal/query"
)

const (
	queryPath    = "/varlake/query"
	errorTrailer = "X-Varlake-Error" // of an answer that ends early
	maxStatement = 1 << 20           // bytes
)

// queryRequest is the body of POST /varlake/query.
type queryRequest struct {
	SQL    string `json:"sql"`
	Format string `json:"format"`
}

// queryHandler answers POST /varlake/query: one SELECT over the caller's stores. The request was verified before.
type queryHandler struct {
	service *ops.Service
	engine  *query.Engine
	folder  *lake.Folder
	readers *lake.Readers
	log     *slog.Logger
}

func (h *queryHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Trailer", errorTrailer)
	out := &firstWrite{ResponseWriter: w}
	endAnswer(w, r, out, h.log, "query", h.run(r, out))
}

// endAnswer ends the answer of a handler with its error: as such when the answer has not begun, else in the trailer.
func endAnswer(w http.ResponseWriter, r *http.Request, out *firstWrite, log *slog.Logger, what string, err error) {
	var refusal *omics.Error
	if err != nil && !errors.As(err, &refusal) {
		if r.Context().Err() == nil {
			log.Error(what+" failed", "error", err)
		}
		refusal = omics.Internal(err)
	}
	switch {
	case err == nil && !out.begun:
		_ = out.begin() // the client is gone when this fails
	case err != nil && out.begun:
		w.Header().Set(errorTrailer, oneLine(refusal.Message))
	case err != nil:
		w.Header().Set("X-Amzn-Errortype", string(refusal.Code))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(refusal.Code.HTTPStatus())
		_ = json.NewEncoder(w).Encode(map[string]string{"message": refusal.Message})
	}
}

// oneLine makes a text fit for a header.
func oneLine(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' {
			return ' '
		}
		return c
	}, text)
}

func (h *queryHandler) run(r *http.Request, out io.Writer) error {
	var request queryRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 2*maxStatement)).Decode(&request); err != nil {
		return omics.Validation("The body is not a query: %v", err)
	}
	if request.Format == "" {
		request.Format = "json"
	}
	if resultWriters[request.Format] == nil {
		return omics.Validation("format is table, csv or json, not %q", request.Format)
	}
	return h.query(r.Context(), request, out)
}

// query runs a statement as the caller: over the tables that policies let it read, for as long as it may.
func (h *queryHandler) query(ctx context.Context, request queryRequest, out io.Writer) error {
	caller := omics.CallerFrom(ctx)
	if err := httpapi.Authorize(ctx, "athena:StartQueryExecution", athenaARN(caller, "workgroup/primary")); err != nil {
		return err
	}
	defer h.readers.Begin()()
	all, err := h.service.Tables(ctx, caller)
	if err != nil {
		return err
	}
	tables, denied := h.readable(ctx, all, request.SQL)
	reading, err := h.service.Read(ctx, tables)
	if errors.Is(err, ops.ErrRevoked) {
		return omics.AccessDenied("Access to a table of the query was revoked.")
	}
	if err != nil {
		return err
	}
	defer reading.Close()
	err = runStatement(reading, h.engine, h.folder, tables, denied, request, out)
	if errors.Is(context.Cause(reading), ops.ErrRevoked) {
		return omics.AccessDenied("Access to a table of the query was revoked.")
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
		LocalFiles: config.LocalFiles, Identify: stores.Identify,
	})
}
