package httpapi

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

// service is an API that is spoken here. The pipeline knows none by name: what tells them apart is in here, and a
// request is of the one that its signature's scope names.
type service struct {
	name string // in the scope, before the colon of its actions, and in ARNs
	// paths begins the raw paths of a service whose clients may sign with no scope; empty: there are none.
	paths string
	protocol
	authenticate authenticator
}

// protocol is how requests and answers of a service look. It is safe for concurrent use.
type protocol interface {
	// find tells which operation a request asks for, and the labels of its path, by its head: the body is not there yet.
	// The error is a *routeError, which only who has signed is told.
	find(r *http.Request) (*Route, map[string]string, error)
	// decode fills an In from a request.
	decode(in reflect.Value, members []inMember, r request) error
	// encode answers with an Out.
	encode(x *exchange, status int, out any) error
	// refuse answers with an error. Nothing was sent before.
	refuse(x *exchange, f failure)
}

// authenticator says by a request's head whose it is. What it can refuse by that it refuses, before a byte of the body
// is read or has memory.
type authenticator func(h *handler, r *http.Request, service string) (*claim, error)

// claim is whose a request says that it is.
type claim struct {
	key Key
	// verify proves it, given the SHA-256 of the body, and tells who called.
	verify func(body [sha256.Size]byte) (omics.Caller, error)
}

// contractError is a mistake in the contract or the routes, which no caller can have made: New tells of it.
type contractError struct{ error }

// newService makes a service of its operations. A row of the contract by which no policy could ever allow its operation
// panics with a contractError.
func newService(name string, authenticate authenticator, list []Route, speak func([]Route) protocol) *service {
	for i := range list {
		var err error
		if list[i].needs, err = newRequirement(list[i].operation, list[i].in, name); err != nil {
			panic(contractError{fmt.Errorf("the contract: %w", err)})
		}
	}
	return &service{name: name, protocol: speak(list), authenticate: authenticate}
}

// serviceOf is the service that a request is for; the first when it does not say, or says one that is not here: its
// authenticator refuses that.
func (h *handler) serviceOf(r *http.Request) *service {
	scope := sigv4.Service(r)
	for _, s := range h.services {
		if s.name == scope || s.paths != "" && strings.HasPrefix(r.URL.EscapedPath(), s.paths) {
			return s
		}
	}
	return h.services[0]
}

// bySignature is the authenticator of AWS's SDKs.
func bySignature(h *handler, r *http.Request, service string) (*claim, error) {
	c := &claim{}
	signed, err := sigv4.Begin(r, sigv4.Options{
		Now: h.Now(), Region: h.Region, Services: []string{service},
		Secret: h.secret(&c.key),
	})
	if err != nil {
		return nil, err
	}
	c.verify = func(body [sha256.Size]byte) (omics.Caller, error) {
		id, err := signed.Verify(body)
		return omics.Caller{Account: c.key.Account, Region: id.Region, KeyID: id.AccessKeyID, ARN: c.key.ARN}, err
	}
	return c, nil
}
