package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/export"
	"github.com/varlake/varlake/internal/httpapi"
	"github.com/varlake/varlake/internal/lake"
	"github.com/varlake/varlake/internal/meta"
	"github.com/varlake/varlake/internal/omics"
	"github.com/varlake/varlake/internal/ops"
)

const (
	exportPath     = "/varlake/export"
	recordsTrailer = "X-Varlake-Records" // of a whole answer: how many records it has
	warningHeader  = "X-Varlake-Warning" // one for each

	maxExports     = 2               // that one server runs at a time: each takes memory for the row groups that it merges
	exportPatience = 2 * time.Minute // for a client to take a part of the answer
)

// exportRequest is the body of POST /varlake/export.
type exportRequest struct {
	Store string `json:"store"` // as a table is named in SQL
	export.Request
}

// exportHandler answers POST /varlake/export with the VCF text of a store. The request was verified before.
type exportHandler struct {
	service *ops.Service
	db      *meta.DB
	folder  *lake.Folder
	readers *lake.Readers
	log     *slog.Logger
	running chan struct{} // has a place for each export that may run
}

func (h *exportHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Trailer", errorTrailer+", "+recordsTrailer)
	out := &firstWrite{ResponseWriter: w}
	endAnswer(w, r, out, h.log, "export", h.run(r, out))
}

func (h *exportHandler) run(r *http.Request, out *firstWrite) error {
	var request exportRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return omics.Validation("The body is not an export: %v", err)
	}
	ctx := r.Context()
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer h.readers.Begin()()
	table, err := h.table(ctx, request.Store)
	if err != nil {
		return err
	}
	reading, err := h.service.Read(ctx, []meta.Table{table})
	if errors.Is(err, ops.ErrRevoked) {
		return omics.AccessDenied("Access to the store was revoked.")
	}
	if err != nil {
		return err
	}
	defer reading.Close()
	err = h.write(reading, table, request.Request, out)
	if errors.Is(context.Cause(reading), ops.ErrRevoked) {
		return omics.AccessDenied("Access to the store was revoked.")
	}
	return err
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

// write answers with the export of a table.
func (h *exportHandler) write(ctx context.Context, table meta.Table, request export.Request, out *firstWrite) error {
	snapshot, err := openTable(ctx, h.folder, table)
	if err != nil {
		return err
	}
	if !snapshot.IsVariants() {
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
		out.Header().Add(warningHeader, oneLine(warning))
	}
	records, err := e.Run(&patientWriter{out, http.NewResponseController(out.ResponseWriter)})
	if err == nil {
		out.Header().Set(recordsTrailer, strconv.FormatInt(records, 10))
	}
	return err
}

// patientWriter gives up on a client that takes too long for a part of the answer.
type patientWriter struct {
	io.Writer
	control *http.ResponseController
}

func (w *patientWriter) Write(p []byte) (int, error) {
	const part = 64 << 10
	written := 0
	for written < len(p) {
		// A writer that has no deadlines (a test's recorder) has no slow client either.
		_ = w.control.SetWriteDeadline(time.Now().Add(exportPatience))
		n, err := w.Writer.Write(p[written:min(len(p), written+part)])
		if written += n; err != nil {
			return written, err
		}
	}
	_ = w.control.SetWriteDeadline(time.Time{})
	return written, nil
}
