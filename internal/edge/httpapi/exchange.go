package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

// exchange is one request and its answer. It is the http.ResponseWriter of
// what comes after it, and remembers what was written for the log.
type exchange struct {
	http.ResponseWriter
	r         *http.Request
	h         *handler
	id        string
	start     time.Time
	service   *service
	operation string
	caller    omics.Caller
	principal *policy.Principal
	drained   bool  // all of the request was read
	status    int   // 0: nothing was sent yet
	err       error // what the answer does not say
	failed    error // of sending
	code      string
}

func newExchange(w http.ResponseWriter, r *http.Request, h *handler) *exchange {
	x := &exchange{
		ResponseWriter: w, r: r, h: h, id: uuid.NewString(), start: time.Now(), service: h.serviceOf(r), operation: "unknown",
		drained: r.ContentLength == 0,
	}
	w.Header().Set("X-Amzn-RequestId", x.id)
	return x
}

// Unwrap lets http.ResponseController find the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// WriteHeader sends the status.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write sends part of the body.
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(p)
	if err != nil {
		x.failed = err
	}
	return n, err
}

// finish recovers from a panic, counts and logs. It is to be deferred.
func (x *exchange) finish() {
	aborted := false
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			aborted = true
		} else {
			x.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			aborted = x.status != 0 // the answer is half sent: only breaking off tells the client
			if !aborted {
				x.refuse(x.internal())
			}
		}
	}
	took := time.Since(x.start)
	x.h.metrics.observe(x.operation, x.status, took)
	x.log(took)
	if aborted {
		panic(http.ErrAbortHandler)
	}
}

func (x *exchange) log(took time.Duration) {
	level := slog.LevelInfo
	if x.err != nil {
		level = slog.LevelError
		if x.unheard() != "" || x.r.Context().Err() != nil {
			level = slog.LevelInfo // the client went away, which is no fault
		}
	}
	attrs := []slog.Attr{
		slog.String("request_id", x.id),
		slog.String("operation", x.operation),
		slog.Int("status", x.status),
		slog.Duration("took", took),
		slog.String("method", x.r.Method),
		slog.String("path", cut(x.r.URL.EscapedPath(), 300)),
		slog.String("remote", x.r.RemoteAddr),
	}
	if x.caller != (omics.Caller{}) {
		attrs = append(attrs, slog.String("account", x.caller.Account), slog.String("key_id", x.caller.KeyID))
	}
	if x.code != "" {
		attrs = append(attrs, slog.String("code", x.code))
	}
	if x.err != nil {
		attrs = append(attrs, slog.Any("error", x.err))
	}
	x.h.Log.LogAttrs(x.r.Context(), level, "request", attrs...)
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// failure is an error as it goes out.
type failure struct {
	code, message string
	status        int
}

// end answers with the error that ended a request; an answer that has begun is broken off, and the reason kept for who
// asks. The cause of what is not for users goes to the log, under the request's id.
func (x *exchange) end(err error) {
	f := x.failure(err)
	why := x.unheard()
	// the error follows from it
	if why != "" && (f.status == http.StatusInternalServerError || f.code == string(omics.CodeRequestTimeout)) {
		f.message = why
	}
	if x.status != 0 {
		x.code = f.code
		reason := bounded(f.message)
		x.h.Log.Info("answer broken off", "request_id", x.id, "operation", x.operation, "reason", reason, "error", err)
		x.h.broken.keep(x.caller.Account, x.id, reason)
		x.abort()
	}
	if why != "" {
		x.h.Log.Info("answer not begun", "request_id", x.id, "operation", x.operation, "reason", bounded(f.message),
			"error", err)
	}
	x.refuse(f)
}

// failure is what users are told of an error; what is not meant for them is kept for the log.
func (x *exchange) failure(err error) failure {
	var refused *sigv4.Error
	var unrouted *routeError
	var busy *busyError
	var e *omics.Error
	switch {
	case errors.As(err, &busy):
		x.Header().Set("Retry-After", retryAfter)
		return failure{unavailable, busy.message, http.StatusServiceUnavailable}
	case errors.As(err, &refused):
		return failure{refused.Code, refused.Message, http.StatusForbidden}
	case errors.As(err, &unrouted):
		if unrouted.allow != "" {
			x.Header().Set("Allow", unrouted.allow)
		}
		return failure{unknownOperation, unrouted.message, unrouted.status}
	case errors.As(err, &e) && e.Code != omics.CodeInternalServer:
		if e.Err != nil {
			x.err = e.Err
		}
		return failure{string(e.Code), e.Message, e.Code.HTTPStatus()}
	}
	x.err = err
	f := x.internal()
	if e != nil && e.Message != omics.Internal(nil).Message { // it says what who runs the server has to mend
		f.message = e.Message + " Request ID: " + x.id
	} else if x.h.Cause != nil {
		if cause := x.h.Cause(err); cause != "" {
			f.message = "An internal error has occurred: " + cause + ". Request ID: " + x.id
		}
	}
	return f
}

func (x *exchange) internal() failure {
	return failure{string(omics.CodeInternalServer), "An internal error has occurred. Request ID: " + x.id,
		http.StatusInternalServerError}
}

// refuse answers with a failure, in the form of the service.
func (x *exchange) refuse(f failure) {
	x.code = f.code
	if !x.drained {
		// The answer goes out at once, and the connection ends. What net/http then reads of the body, so that its close does
		// not overtake the answer, it throws away; a client that sends none has a second of that.
		x.Header().Set("Connection", "close")
		_ = http.NewResponseController(x).SetReadDeadline(time.Now().Add(lingerTime)) // see pacedReader
	}
	x.service.refuse(x, f)
}

// json answers with v as the body. v is of our own making and small.
func (x *exchange) json(status int, v any) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		x.err = fmt.Errorf("encode answer: %w", err)
		x.refuse(x.internal())
		return
	}
	x.bytes(status, "application/json", bytes.TrimRight(b.Bytes(), "\n"))
}

func (x *exchange) bytes(status int, contentType string, body []byte) {
	if len(body) > 0 {
		x.Header().Set("Content-Type", contentType)
	}
	if status != http.StatusNoContent {
		x.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	x.WriteHeader(status)
	_, _ = x.Write(body) // a client that went away is told nothing
}
