// Package httpapi serves the HealthOmics analytics API over HTTP: rest-json
// as AWS's SDKs speak it, routed by raw path whatever the host's prefix.
//
// A request passes, in this order: request id, log and recover, signature,
// route, policy, throttle. Beside the API there are GET /healthz and GET /metrics, which need no
// signature, and POST /varlake/query, which does.
package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/varlake/varlake/internal/omics"
	"github.com/varlake/varlake/internal/ops"
	"github.com/varlake/varlake/internal/policy"
	"github.com/varlake/varlake/internal/sigv4"
)

// Config is what the handler is made of. Service, Key and Region are needed.
type Config struct {
	Service *ops.Service
	Region  string // the region that signatures must name
	Log     *slog.Logger

	// Key looks up an access key; ok is false when there is none of that id.
	Key func(ctx context.Context, id string) (key Key, ok bool, err error)

	Rates    Rates                       // nil: no limits
	Query    http.Handler                // POST /varlake/query, once signed; nil: not served
	Export   http.Handler                // POST /varlake/export likewise
	Upkeep   http.Handler                // POST /varlake/upkeep likewise
	Check    http.Handler                // POST /varlake/check likewise
	Registry *prometheus.Registry        // GET /metrics and where request metrics go; nil: neither
	Health   func(context.Context) error // asked by GET /healthz; nil: always well
	Now      func() time.Time            // nil: time.Now
}

// Key is an access key and whom it signs for.
type Key struct {
	Secret   string
	Account  string             // 12 digits
	ARN      string             // principal
	Policies []*policy.Document // what it may do; none: nothing
}

const (
	// maxBody bounds a request's body in bytes. The largest request that
	// makes sense, a job of 1,000 files whose keys have 1,024 characters of
	// two bytes, takes half of it.
	maxBody = 4 << 20

	bodyTimeout = 30 * time.Second // for a request's body to arrive

	serviceName = "omics" // in signatures

	queryPath  = "/varlake/query"
	exportPath = "/varlake/export"
	upkeepPath = "/varlake/upkeep"
	checkPath  = "/varlake/check"
)

// New makes the handler. It is safe for concurrent use.
func New(c Config) http.Handler { return newHandler(c, routes(c.Service)) }

type handler struct {
	Config
	router      router
	metrics     *metrics
	throttle    *throttle
	exposition  http.Handler
	bodyTimeout time.Duration
}

func newHandler(c Config, list []route) *handler {
	h := &handler{Config: c, router: newRouter(list), metrics: newMetrics(c.Registry), throttle: newThrottle(c.Rates), bodyTimeout: bodyTimeout}
	if h.Now == nil {
		h.Now = time.Now
	}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	if c.Registry != nil {
		h.exposition = promhttp.HandlerFor(c.Registry, promhttp.HandlerOpts{})
	}
	return h
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.open(w, r) {
		return
	}
	x := newExchange(w, r, h)
	defer x.finish()

	caller, key, body, err := h.authenticate(x, r)
	if err != nil {
		x.fail(err)
		return
	}
	x.caller, x.authorizer = caller, h.newAuthorizer(r, caller, key)
	r = r.WithContext(context.WithValue(omics.WithCaller(r.Context(), caller), authorizerKey{}, x.authorizer))
	if handler, name := h.own(r); handler != nil {
		x.operation = name
		if err := h.throttle.take(caller.Account, x.operation); err != nil {
			x.fail(err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		handler.ServeHTTP(x, r)
		return
	}
	route, labels, err := h.router.find(r)
	if err != nil {
		x.fail(err)
		return
	}
	x.operation = route.operation.Name
	if err := route.serve(x, request{Request: r, labels: labels, body: body}); err != nil {
		x.fail(route.operation.check(err))
	}
}

// own finds the handler of what is not AWS's; nil when there is none.
func (h *handler) own(r *http.Request) (handler http.Handler, name string) {
	if r.Method != http.MethodPost {
		return nil, ""
	}
	switch r.URL.EscapedPath() {
	case queryPath:
		return h.Query, "query"
	case exportPath:
		return h.Export, "export"
	case upkeepPath:
		return h.Upkeep, "upkeep"
	case checkPath:
		return h.Check, "check"
	}
	return nil, ""
}

// open answers the paths that need no signature.
func (h *handler) open(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	switch r.URL.EscapedPath() {
	case "/healthz":
		if h.Health != nil {
			if err := h.Health(r.Context()); err != nil {
				h.Log.Error("unhealthy", "error", err)
				http.Error(w, "unhealthy", http.StatusServiceUnavailable)
				return true
			}
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n") // nobody is left to tell
		return true
	case "/metrics":
		if h.exposition == nil {
			return false
		}
		h.exposition.ServeHTTP(w, r)
		return true
	}
	return false
}

// authenticate reads the body and verifies the signature over it.
func (h *handler) authenticate(w http.ResponseWriter, r *http.Request) (omics.Caller, Key, []byte, error) {
	var key Key
	opt := sigv4.Options{Now: h.Now(), Region: h.Region, Services: []string{serviceName}}
	opt.Secret = func(ctx context.Context, id string) (secret string, ok bool, err error) {
		key, ok, err = h.Key(ctx, id)
		return key.Secret, ok, err
	}
	// The deadline stands from here until the whole body is there, so that it
	// also ends the server's own wait for what a refused client has yet to send.
	// A writer that has no deadlines (a test's recorder) has no slow client either.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(h.bodyTimeout))
	if err := sigv4.Check(r, opt); err != nil {
		return omics.Caller{}, Key{}, nil, err
	}
	body, err := readBody(w, r)
	if err != nil {
		return omics.Caller{}, Key{}, nil, err
	}
	// Left standing, it would cancel the request's context in the middle of the work.
	_ = control.SetReadDeadline(time.Time{})

	id, err := sigv4.Verify(r, body, opt)
	if err != nil {
		return omics.Caller{}, Key{}, nil, err
	}
	return omics.Caller{Account: key.Account, Region: id.Region, KeyID: id.AccessKeyID, ARN: key.ARN}, key, body, nil
}

// readBody reads the whole body, bounded in size.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, omics.Validation("The request body is larger than %d bytes.", tooLarge.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, omics.RequestTimeout("The request body did not arrive in time.")
	case err != nil:
		return nil, omics.Validation("The request body could not be read.")
	}
	return body, nil
}
