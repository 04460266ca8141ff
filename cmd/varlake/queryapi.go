package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

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
	log     *slog.Logger
}

func (h *queryHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Trailer", errorTrailer)
	out := &firstWrite{ResponseWriter: w}
	err := h.run(r, out)
	var refusal *omics.Error
	if err != nil && !errors.As(err, &refusal) {
		if r.Context().Err() == nil {
			h.log.Error("query failed", "error", err)
		}
		refusal = omics.Internal(err)
	}
	switch {
	case err == nil && !out.begun:
		_ = out.begin() // the client is gone when this fails
	case err != nil && out.begun:
		w.Header().Set(errorTrailer, strings.Map(func(c rune) rune {
			if c < ' ' {
				return ' '
			}
			return c
		}, refusal.Message))
	case err != nil:
		w.Header().Set("X-Amzn-Errortype", string(refusal.Code))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(refusal.Code.HTTPStatus())
		_ = json.NewEncoder(w).Encode(map[string]string{"message": refusal.Message})
	}
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
	tables, err := h.service.Tables(r.Context(), omics.CallerFrom(r.Context()))
	if err != nil {
		return err
	}
	return runStatement(r.Context(), h.engine, tables, request, out)
}

// pinTables resolves the tables that a statement may name to the data files of their current snapshots.
func pinTables(ctx context.Context, tables []meta.Table, sql string) ([]query.Table, error) {
	var pinned []query.Table
	for _, table := range tables {
		if !mentions(sql, table.Name) {
			continue
		}
		snapshot, err := lake.Open(ctx, table.MetadataLocation)
		if err != nil {
			return nil, fmt.Errorf("open table %s: %w", table.Name, err)
		}
		t := query.Table{Name: table.Name}
		for _, column := range snapshot.Columns() {
			t.Columns = append(t.Columns, query.Column{Name: column.Name, Type: column.Type})
		}
		for _, file := range snapshot.Files() {
			t.Files = append(t.Files, file.Path)
		}
		pinned = append(pinned, t)
	}
	return pinned, nil
}

// newService makes the operations over the data folder.
func newService(ctx context.Context, db *meta.DB, config serverConfig) (*ops.Service, error) {
	limits := ops.DefaultLimits()
	limits.ConcurrentJobs = config.MaxConcurrentJobs
	return ops.New(ctx, ops.Config{DB: db, Region: config.Region, DataDir: config.Data, Limits: limits})
}
