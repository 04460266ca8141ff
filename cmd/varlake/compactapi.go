package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/varlake/varlake/internal/httpapi"
	"github.com/varlake/varlake/internal/ingest"
	"github.com/varlake/varlake/internal/meta"
	"github.com/varlake/varlake/internal/omics"
	"github.com/varlake/varlake/internal/ops"
)

const upkeepPath = "/varlake/upkeep"

// upkeepRequest is the body of POST /varlake/upkeep.
type upkeepRequest struct {
	Store  string `json:"store"` // as a table is named in SQL; empty: all tables of the account
	All    bool   `json:"all"`
	Expire bool   `json:"expire"`
	DryRun bool   `json:"dryRun"`
}

// upkeepHandler answers POST /varlake/upkeep with a JSON object, one a line, for each table of the account that was looked after. The
// request was verified before. An answer that ends early is broken off.
type upkeepHandler struct {
	service *ops.Service
	ingest  *ingest.Service
	log     *slog.Logger
	broken  *brokenAnswers
}

func (h *upkeepHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := newAnswer(w, r, "upkeep", h.log, h.broken)
	out.end(h.run(r, out))
}

func (h *upkeepHandler) run(r *http.Request, out *answer) error {
	var request upkeepRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return omics.Validation("The body does not ask for upkeep: %v", err)
	}
	ctx := r.Context()
	if err := httpapi.Authorize(ctx, "varlake:Compact", "*"); err != nil {
		return err
	}
	all, err := h.service.Tables(ctx, omics.CallerFrom(ctx))
	if err != nil {
		return err
	}
	var tables []meta.Table
	for _, table := range all {
		named := request.Store == "" || strings.EqualFold(request.Store, table.Name) || strings.EqualFold(request.Store, table.Namespace+"."+table.Name)
		if !named || table.ShareID != "" { // who shares a store keeps it up
			continue
		}
		tables = append(tables, table)
	}
	if request.Store != "" && len(tables) == 0 {
		return &omics.Error{Code: omics.CodeResourceNotFound, Message: fmt.Sprintf("The account has no store %q.", request.Store)}
	}
	out.Header().Set("Content-Type", "application/x-ndjson")
	var errs []error
	for _, table := range tables {
		report, err := h.ingest.KeepUpLowly(ctx, table, ingest.Care{All: request.All, Expire: request.Expire, DryRun: request.DryRun})
		if err != nil { // the others need it none the less
			errs = append(errs, fmt.Errorf("%s: %w", table.Name, err))
		}
		if err := json.NewEncoder(out).Encode(report); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}
