package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/act/export"
	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

const (
	maxExports     = 3                // at work at a time, two of them of one account: each takes memory for the row groups that it merges
	exportWait     = 10 * time.Minute // for a place to work
	maxOpenExports = 16               // of an account, those included that wait or are read
	exportBegun    = 8 << 20          // bytes that are there before an export is begun to be sent, unless it is whole before
)

// exportHandler answers POST /varlake/export with the VCF text of a store. The request was verified before.
type exportHandler struct {
	service *ops.Service
	db      *meta.DB
	folder  *lake.Folder
	readers *lake.Readers
	log     *slog.Logger
	broken  *brokenAnswers
	turns   *query.Turns // a place for each export that may work
	wait    time.Duration
	results *query.Spill
}

func (h *exportHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Trailer", own.RecordsTrailer)
	out := newAnswer(w, r, "export", h.log, h.broken)
	out.end(h.run(r, out))
}

func (h *exportHandler) run(r *http.Request, out *answer) error {
	var request own.ExportIn
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return omics.Validation("The body is not an export: %v", err)
	}
	ctx := r.Context()
	account := omics.CallerFrom(ctx).Account
	closed, err := h.turns.Open(account)
	if err != nil {
		return omics.Throttling("The account has as many exports as it may have at a time.")
	}
	defer closed()
	table, err := h.table(ctx, request.Store)
	if err != nil {
		return err
	}
	reading, err := h.service.Read(ctx, []meta.Table{table})
	if err != nil {
		return whyStopped(err)
	}
	defer reading.Close()
	if err = h.take(reading, account, request, out); context.Cause(reading) != nil {
		return whyStopped(cmp.Or(context.Cause(reading), err))
	}
	return err
}

// whyStopped says to the caller why an export may not be, or go on.
func whyStopped(err error) error {
	if errors.Is(err, ops.ErrRevoked) {
		return omics.AccessDenied("Access to the store was revoked.")
	}
	return whyRevoked(err)
}

// take exports once it is the account's turn.
func (h *exportHandler) take(ctx context.Context, account string, request own.ExportIn, out *answer) error {
	waiting, cancel := context.WithTimeout(ctx, h.wait)
	done, err := h.turns.Take(waiting, account)
	cancel()
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return &omics.Error{Code: omics.CodeRequestTimeout, Message: fmt.Sprintf("The export waited %s for its turn: others are at work. Please try again later.", h.wait)}
	}
	if err != nil {
		return err
	}
	read := h.readers.Begin()
	worked := func() { read(); done() }
	defer worked()
	// As it is now: the wait may have been long.
	table, err := h.table(ctx, request.Store)
	if err != nil {
		return err
	}
	return h.write(ctx, table, &request, out, worked)
}

// table finds the table that a name stands for, as in a query, if policies let the caller read it.
func (h *exportHandler) table(ctx context.Context, name string) (meta.Table, error) {
	caller := omics.CallerFrom(ctx)
	if err := httpapi.Authorize(ctx, "athena:StartQueryExecution", athenaARN(caller, "workgroup/primary")); err != nil {
		return meta.Table{}, err
	}
	all, err := h.service.Tables(ctx, caller)
	if err != nil {
		return meta.Table{}, err
	}
	for _, table := range all {
		if strings.EqualFold(name, table.Name) || strings.EqualFold(name, table.Namespace+"."+table.Name) {
			return table, httpapi.Authorize(ctx, "glue:GetTable", glueARN(caller.Region, table))
		}
	}
	return meta.Table{}, &omics.Error{Code: omics.CodeResourceNotFound, Message: fmt.Sprintf("There is no store %q.", name)}
}

// write answers with the export of a table. worked is called when the table was read, which may be long before the answer was.
func (h *exportHandler) write(ctx context.Context, table meta.Table, request *own.ExportIn, out *answer, worked func()) error {
	snapshot, err := openTable(ctx, h.folder, table)
	if err != nil {
		return err
	}
	if !variant.Describes(snapshot.Columns()) {
		return omics.Validation("%s does not hold VCF files: only their stores can be exported.", table.Name)
	}
	source := export.Source{Snapshot: snapshot, Lines: func(hash string) ([]byte, error) { return h.db.HeaderLines(ctx, []byte(hash)) }}
	headers, err := h.db.ItemHeaders(ctx, table)
	if err != nil {
		return err
	}
	for _, header := range headers {
		source.Headers = append(source.Headers, export.Header{Job: header.Job, Item: header.Item, Hash: string(header.Hash), Columns: header.Columns})
	}
	e, err := export.Open(ctx, source, request)
	if err != nil {
		return err
	}
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, warning := range e.Warnings {
		out.Header().Add(own.WarningHeader, oneLine(warning))
	}
	result := h.results.NewResult(ctx, ctx, omics.CallerFrom(ctx).Account, h.turns)
	ran := make(chan struct{})
	defer func() {
		result.Close()
		<-ran
	}()
	records := int64(0)
	go func() {
		defer close(ran)
		var err error
		if records, err = runGuarded(e, result); errors.Is(err, query.ErrUnread) {
			err = &omics.Error{Code: omics.CodeRequestTimeout, Message: "The export broke off: " + err.Error() + "."}
		}
		worked()
		result.Finish(err)
	}()
	if err := result.Ready(exportBegun); err != nil {
		return err
	}
	if _, err := io.Copy(out, result); err != nil {
		return err
	}
	<-ran
	out.Header().Set(own.RecordsTrailer, strconv.FormatInt(records, 10))
	return nil
}

// runGuarded runs an export off the request's own goroutine, where a panic would end the server.
func runGuarded(e *export.Export, to io.Writer) (records int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return e.Run(to)
}
