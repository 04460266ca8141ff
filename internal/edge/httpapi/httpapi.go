// Package httpapi serves APIs over HTTP: that of HealthOmics and Varlake's own beside it, rest-json as AWS's SDKs speak
// it, routed by raw path whatever the host's prefix.
//
// Every request goes one way (handler.serve, then Route.serve), in this order: request id, log and recover; the
// service, by the scope of its signature; the operation, by its head; signature; body; policy; throttle; limits; the
// operation's method; the answer, or the one end of all errors (exchange.end). That there is no such operation is told
// only to who signed. What is a service's own is behind an interface: see service. GET /healthz, GET /readyz and GET
// /metrics need no signature.
package httpapi

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
	"github.com/varlake/varlake/internal/wire/policy"
)

// Config is what the handler is made of. Service, Key, Tags and Region are needed.
type Config struct {
	Service *ops.Service
	Region  string // the region that signatures must name
	Log     *slog.Logger

	// Key looks up an access key; ok is false when there is none of that id.
	Key func(ctx context.Context, id string) (key Key, ok bool, err error)

	// Tags gives the tags of a resource to an account, for conditions of policies; none when it is not there.
	Tags func(ctx context.Context, account, arn string) (map[string]string, error)

	// Cause tells people why a request failed inside, when that is theirs to know, such as a full disk; "" for any other
	// error, and nil: never.
	Cause func(error) string

	Own      []Route                     // operations beside AWS's, such as those of package own
	Rates    Rates                       // nil: no limits
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

// omicsService is what HealthOmics is called in signatures, actions and ARNs.
const omicsService = "omics"

// New makes the handler. It is safe for concurrent use. An operation that could never be answered, as its row of the
// contract or its route is not whole, is an error: a server must not start with it.
func New(c Config) (_ http.Handler, err error) {
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case contractError:
			err = fault
		default:
			panic(fault)
		}
	}()
	return newHandler(c, routes(c.Service)), nil
}

type handler struct {
	Config
	services    []*service
	metrics     *metrics
	throttle    *throttle
	broken      broken
	exposition  http.Handler
	little      *budget       // of bodies up to littleBody bytes
	large       *budget       // of all others
	bodyTimeout time.Duration // for the first bytes of a body
}

// newHandler makes a handler of HealthOmics' operations, and of other services.
func newHandler(c Config, list []Route, others ...*service) *handler {
	h := &handler{
		Config: c, metrics: newMetrics(c.Registry), throttle: newThrottle(c.Rates),
		little: newBudget(littleBodies), large: newBudget(largeBodies), bodyTimeout: bodyTimeout,
	}
	list = slices.Concat(list, c.Own, []Route{Op(own.Broken, h.broken.tell)})
	h.services = append(h.services, newService(omicsService, bySignature, list,
		func(list []Route) protocol { return newRESTJSON(list) }))
	h.services = append(h.services, others...)
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
	if err := h.serve(x); err != nil {
		x.end(err)
	}
}

// serve is the one way of every request.
func (h *handler) serve(x *exchange) error {
	to, labels, unrouted := x.service.find(x.r)
	limit := int64(omics.SmallBody)
	if unrouted == nil {
		limit = cmp.Or(to.operation.Body, limit)
	}
	from, err := x.service.authenticate(h, x.r, x.service.name)
	if err != nil {
		return err
	}
	body, sum, release, err := h.receive(x, from.key.Account, limit)
	if err != nil {
		return err
	}
	defer release()
	caller, err := from.verify(sum)
	if err != nil {
		return err
	}
	x.caller, x.principal = caller, h.principalOf(x.r, caller, from.key)
	if unrouted != nil { // which is for who has signed to know
		return unrouted
	}
	x.operation = to.operation.Name
	ctx := policy.WithPrincipal(omics.WithCaller(x.r.Context(), x.caller), x.principal)
	return to.check(to.serve(x, to, request{Request: x.r.WithContext(ctx), labels: labels, body: body, release: release}))
}

// secret looks up the secret of an access key, and keeps the key.
func (h *handler) secret(found *Key) func(context.Context, string) (string, bool, error) {
	return func(ctx context.Context, id string) (secret string, ok bool, err error) {
		*found, ok, err = h.Key(ctx, id)
		return found.Secret, ok, err
	}
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
