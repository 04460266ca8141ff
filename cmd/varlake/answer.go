package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

const (
	resultBuffer = 64 << 10 // bytes of an answer that are held back
	maxReason    = 2 << 10  // bytes of an error's message
	maxBroken    = 1000     // answers that broke off, of which the reason is kept
)

// answer is an answer that may be long: it is begun late, so that early errors are answered as such; and when it fails
// after its beginning it is broken off, and the reason kept for who asks (see brokenAnswers).
type answer struct {
	http.ResponseWriter
	control *http.ResponseController
	r       *http.Request
	what    string // query, export, ...
	log     *slog.Logger
	broken  *brokenAnswers // may be nil
	buffer  bytes.Buffer
	begun   bool
	failed  error // of sending
}

func newAnswer(w http.ResponseWriter, r *http.Request, what string, log *slog.Logger, broken *brokenAnswers) *answer {
	return &answer{ResponseWriter: w, control: http.NewResponseController(w), r: r, what: what, log: log, broken: broken}
}

func (a *answer) Write(p []byte) (int, error) {
	if a.begun {
		return a.send(p)
	}
	a.buffer.Write(p)
	if a.buffer.Len() < resultBuffer {
		return len(p), nil
	}
	return len(p), a.begin()
}

// begin sends what was held back.
func (a *answer) begin() error {
	a.begun = true
	_, err := a.send(a.buffer.Bytes())
	a.buffer = bytes.Buffer{}
	return err
}

// flush has the client see what was written.
func (a *answer) flush() error {
	if !a.begun {
		if err := a.begin(); err != nil {
			return err
		}
	}
	err := a.control.Flush()
	if err != nil {
		a.failed = err
	}
	return err
}

func (a *answer) send(p []byte) (n int, err error) {
	if n, err = a.ResponseWriter.Write(p); err != nil {
		a.failed = err
	}
	return n, err
}

// end ends the answer: with its error as such when it has not begun, else by breaking it off. The cause of what is not the caller's fault
// goes to the log, under the request's id.
func (a *answer) end(err error) {
	if err == nil {
		if !a.begun {
			_ = a.begin() // the client is gone when this fails
		}
		return
	}
	id := a.Header().Get("X-Amzn-RequestId")
	var refusal *omics.Error
	if !errors.As(err, &refusal) {
		refusal = omics.Internal(err)
	}
	internal := refusal.Code.HTTPStatus() == http.StatusInternalServerError
	why := a.unheard()
	if why != "" && (internal || refusal.Code == omics.CodeRequestTimeout) { // the error follows from it
		refusal = &omics.Error{Code: refusal.Code, Message: why}
	} else if internal {
		a.log.Error("answer failed", "request_id", id, "operation", a.what, "account", omics.CallerFrom(a.r.Context()).Account, "error", err)
		refusal = &omics.Error{Code: refusal.Code, Message: refusal.Message + " Request ID: " + id}
	}
	message := bounded(refusal.Message)
	if !a.begun {
		if why != "" {
			a.log.Info("answer not begun", "request_id", id, "operation", a.what, "reason", message, "error", err)
		}
		a.Header().Set("X-Amzn-Errortype", string(refusal.Code))
		a.Header().Set("Content-Type", "application/json")
		a.WriteHeader(refusal.Code.HTTPStatus())
		_ = json.NewEncoder(a.ResponseWriter).Encode(map[string]string{"message": message})
		return
	}
	a.log.Info("answer broken off", "request_id", id, "operation", a.what, "reason", message, "error", err)
	a.broken.keep(omics.CallerFrom(a.r.Context()).Account, id, message)
	a.abort()
}

// errStopped is the cause of the end of requests that are under way when the server has waited for them long enough.
var errStopped = errors.New("the server was stopped")

// unheard says why nobody is there to take the answer; empty when somebody may be.
func (a *answer) unheard() string {
	switch cause := context.Cause(a.r.Context()); {
	case errors.Is(cause, errStopped):
		return errStopped.Error()
	case errors.Is(a.failed, os.ErrDeadlineExceeded):
		return fmt.Sprintf("the client took nothing for %s", httpapi.WriteTimeout)
	case cause != nil, a.failed != nil:
		return "the client went away"
	}
	return ""
}

// abort breaks the answer off, so that no client can take it for a whole one. HTTP/1.1's chunks lack their end then; before it the
// connection's end is the answer's, and only a reset says that it is not.
func (a *answer) abort() {
	if !a.r.ProtoAtLeast(1, 1) {
		if connection, _, err := a.control.Hijack(); err == nil {
			if tcp, ok := connection.(interface{ SetLinger(seconds int) error }); ok {
				_ = tcp.SetLinger(0)
			}
			_ = connection.Close()
		}
	}
	_ = a.control.Flush()
	panic(http.ErrAbortHandler)
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

// bounded cuts a message to maxReason bytes, at a rune, and says that it did.
func bounded(message string) string {
	const mark = " … (cut)"
	if len(message) <= maxReason {
		return message
	}
	end := maxReason - len(mark)
	for !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + mark
}

// brokenAnswers keep why the last answers broke off, for POST /varlake/broken: a client that was broken off asks with the request's id, and is
// told what was its account's. Safe for concurrent use; nil keeps nothing.
type brokenAnswers struct {
	mu      sync.Mutex
	reasons map[brokenAnswer]string
	order   []brokenAnswer // oldest first
}

type brokenAnswer struct{ account, id string }

func (b *brokenAnswers) keep(account, id, reason string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reasons == nil {
		b.reasons = map[brokenAnswer]string{}
	}
	if len(b.order) == maxBroken {
		delete(b.reasons, b.order[0])
		b.order = b.order[1:]
	}
	key := brokenAnswer{account, id}
	b.reasons[key] = reason
	b.order = append(b.order, key)
}

func (b *brokenAnswers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := newAnswer(w, r, "broken", slog.New(slog.DiscardHandler), nil)
	var request own.BrokenIn
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		out.end(omics.Validation("The body does not ask for a broken answer: %v", err))
		return
	}
	b.mu.Lock()
	reason, ok := b.reasons[brokenAnswer{omics.CallerFrom(r.Context()).Account, request.RequestID}]
	b.mu.Unlock()
	if !ok {
		out.end(omics.NotFound("No answer of that request id broke off, or long ago."))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	out.end(json.NewEncoder(out).Encode(own.BrokenOut{Message: reason}))
}

// whole is the body of an answer that notes whether it broke off.
type whole struct {
	io.Reader
	err error
}

func (w *whole) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		w.err = err
	}
	return n, err
}

// whyBroken asks the server why an answer broke off; failed is what reading it gave.
func (c *client) whyBroken(ctx context.Context, response *http.Response, failed error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var reason own.BrokenOut
	told, err := c.post(ctx, own.Broken.Path, own.BrokenIn{RequestID: response.Header.Get("X-Amzn-RequestId")})
	if err == nil {
		defer told.Body.Close()
		err = json.NewDecoder(io.LimitReader(told.Body, maxAnswer)).Decode(&reason)
	}
	switch {
	case err != nil && !errors.As(err, new(*omics.Error)):
		return c.lost(failed)
	case err != nil || reason.Message == "": // another server by now, or another account's
		return fmt.Errorf("the answer of the server at %s broke off, and it cannot say why; run the command again", c.endpoint)
	}
	return errors.New(reason.Message)
}
