// Package httpapi serves the HealthOmics analytics API over HTTP: rest-json
// as AWS's SDKs speak it, routed by raw path whatever the host's prefix.
//
// A request passes, in this order: request id, log and recover, route, signature,
// policy, throttle; that there is no such route is told only to who signed. Beside the API there are GET /healthz, GET /readyz and GET /metrics, which need no
// signature, and POST /varlake/query, which does.
package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
	"github.com/varlake/varlake/internal/wire/policy"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

// Config is what the handler is made of. Service, Key and Region are needed.
type Config struct {
	Service *ops.Service
	Region  string // the region that signatures must name
	Log     *slog.Logger

	// Key looks up an access key; ok is false when there is none of that id.
	Key func(ctx context.Context, id string) (key Key, ok bool, err error)

	// Cause tells people why a request failed inside, when that is theirs to know, such as a full disk; "" for any other error, and nil: never.
	Cause func(error) string

	Rates    Rates                       // nil: no limits
	Query    http.Handler                // POST /varlake/query, once signed; nil: not served
	Export   http.Handler                // POST /varlake/export likewise
	Upkeep   http.Handler                // POST /varlake/upkeep likewise
	Check    http.Handler                // POST /varlake/check likewise
	Broken   http.Handler                // POST /varlake/broken likewise
	Registry *prometheus.Registry        // GET /metrics and where request metrics go; nil: neither
	Ready    func(context.Context) error // asked by GET /readyz, whose answer its error is; nil: always ready
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
	serviceName = "omics" // in signatures
)

// New makes the handler. It is safe for concurrent use.
func New(c Config) http.Handler { return newHandler(c, routes(c.Service)) }

type handler struct {
	Config
	router      router
	metrics     *metrics
	throttle    *throttle
	exposition  http.Handler
	little      *budget       // of bodies up to littleBody bytes
	large       *budget       // of all others
	bodyTimeout time.Duration // for the first bytes of a body
}

func newHandler(c Config, list []route) *handler {
	h := &handler{
		Config: c, router: newRouter(list), metrics: newMetrics(c.Registry), throttle: newThrottle(c.Rates),
		little: newBudget(littleBodies), large: newBudget(largeBodies), bodyTimeout: bodyTimeout,
	}
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

	to := h.find(r)
	body, release, err := h.authenticate(x, to.limit())
	if err != nil {
		x.fail(err)
		return
	}
	defer release()
	r = r.WithContext(context.WithValue(omics.WithCaller(r.Context(), x.caller), authorizerKey{}, x.authorizer))
	switch {
	case to.err != nil:
		x.fail(to.err)
	case to.own != nil:
		x.operation = to.name
		if err := h.throttle.take(x.caller.Account, x.operation); err != nil {
			x.fail(err)
			return
		}
		r.Body = &heldBody{bytes.NewReader(body), release}
		to.own.ServeHTTP(x, r)
	default:
		x.operation = to.name
		if err := to.route.serve(x, request{Request: r, labels: to.labels, body: body}); err != nil {
			x.fail(to.route.operation.check(err))
		}
	}
}

// target is what a request is for, by its method and path alone.
type target struct {
	name   string       // of the operation
	body   int64        // largest
	own    http.Handler // of what is not AWS's; nil: a route
	route  route
	labels map[string]string
	err    error // no such thing
}

func (t *target) limit() int64 { return cmp.Or(t.body, omics.SmallBody) }

func (h *handler) find(r *http.Request) (t target) {
	if t.own, t.name, t.body = h.own(r); t.own != nil {
		return t
	}
	if t.route, t.labels, t.err = h.router.find(r); t.err == nil {
		t.name, t.body = t.route.operation.Name, t.route.operation.Body
	}
	return t
}

// own finds the handler of what is not AWS's; nil when there is none.
func (h *handler) own(r *http.Request) (handler http.Handler, name string, body int64) {
	handlers := map[string]http.Handler{
		own.Query.Name: h.Query, own.Export.Name: h.Export, own.Upkeep.Name: h.Upkeep, own.Check.Name: h.Check, own.Broken.Name: h.Broken,
	}
	for _, o := range own.Operations {
		if o.Method == r.Method && o.Path == r.URL.EscapedPath() {
			return handlers[o.Name], o.Name, o.Body
		}
	}
	return nil, "", 0
}

// open answers the paths that need no signature.
func (h *handler) open(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	switch r.URL.EscapedPath() {
	case "/readyz":
		if h.Ready != nil {
			if err := h.Ready(r.Context()); err != nil {
				h.Log.Warn("not ready", "error", err)
				http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
				return true
			}
		}
		fallthrough
	case "/healthz":
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

// authenticate says who sent the request, in the exchange. What can be refused by its headers is refused before a byte of the body
// is read or has memory; release gives the body's back.
func (h *handler) authenticate(x *exchange, limit int64) (body []byte, release func(), err error) {
	var key Key
	r := x.r
	signed, err := sigv4.Begin(r, sigv4.Options{
		Now: h.Now(), Region: h.Region, Services: []string{serviceName},
		Secret: func(ctx context.Context, id string) (secret string, ok bool, err error) {
			key, ok, err = h.Key(ctx, id)
			return key.Secret, ok, err
		},
	})
	if err != nil {
		return nil, nil, err
	}
	body, sum, release, err := h.receive(x, key.Account, limit)
	if err != nil {
		return nil, nil, err
	}
	id, err := signed.Verify(sum)
	if err != nil {
		release()
		return nil, nil, err
	}
	x.caller = omics.Caller{Account: key.Account, Region: id.Region, KeyID: id.AccessKeyID, ARN: key.ARN}
	x.authorizer = h.newAuthorizer(r, x.caller, key)
	return body, release, nil
}
