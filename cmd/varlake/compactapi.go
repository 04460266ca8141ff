package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

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
	var request own.UpkeepIn
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return omics.Validation("The body does not ask for upkeep: %v", err)
	}
	if err := request.Validate(); err != nil {
		return err
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
		report, err := h.keepUp(ctx, table, ingest.Care{All: request.All, Expire: request.Expire, DryRun: request.DryRun, Patience: own.PatienceOf(request.Patience)}, out)
		if errors.Is(err, ingest.ErrOlder) {
			err = omics.Conflict("%v", err)
		}
		if err != nil { // the others need it none the less
			errs = append(errs, fmt.Errorf("%s: %w", table.Name, err))
		}
		if err := json.NewEncoder(out).Encode(report); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// keepUp looks after a table, and tells what that waits for.
func (h *upkeepHandler) keepUp(ctx context.Context, table meta.Table, care ingest.Care, out *answer) (own.UpkeepReport, error) {
	for told := ""; ; {
		report, err := h.ingest.KeepUpLowly(ctx, table, care)
		var busy *ingest.Busy
		if !errors.As(err, &busy) {
			return report, err
		}
		if busy.With == told {
			continue
		}
		told = busy.With
		wait := waitFor(busy, omics.CallerFrom(ctx).Account)
		if err := errors.Join(json.NewEncoder(out).Encode(wait), out.flush()); err != nil {
			return report, err
		}
	}
}
