package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// Route is one operation and how it is served: see [Op] and [Stream].
type Route struct {
	operation omics.Operation
	in        reflect.Type
	needs     requirement // of requests, once it is a service's
	serve     func(*exchange, *Route, request) error
}

// request is a verified request, with its body and path labels at hand.
type request struct {
	*http.Request
	labels  map[string]string
	body    []byte
	release func() // gives up the room of the body, which is not looked at any more; may be called again
}

// validated is a pointer to an In.
type validated[In any] interface {
	*In
	Validate() error
}

// method is what an operation does. It takes a request that its Validate has passed and that policies allow; the caller
// is the context's.
type method[P, Out any] = func(context.Context, P) (*Out, error)

// Op makes the route of an operation that answers with an Out.
func Op[In, Out any, P validated[In]](o omics.Operation, call method[P, Out]) Route {
	return newRoute(o, func(x *exchange, r request, in P) error {
		out, err := call(r.Context(), in)
		if err != nil {
			return err
		}
		return x.service.encode(x, o.Status, out)
	})
}

// Stream makes the route of an operation that makes its answer as it is sent. It is begun late, so that what fails
// early is answered as such; what fails later breaks the answer off.
func Stream[In any, P validated[In]](o omics.Operation, call func(context.Context, P, own.Answer) error) Route {
	return newRoute(o, func(x *exchange, r request, in P) error {
		r.release() // it may take long
		out := &stream{x: x}
		if err := call(r.Context(), in, out); err != nil {
			return err
		}
		return out.begin()
	})
}

// newRoute makes a route. All operations are served alike: decode, ask the policies and the throttle, validate, answer.
func newRoute[In any, P validated[In]](o omics.Operation, answer func(*exchange, request, P) error) Route {
	members := membersOf(reflect.TypeFor[In]())
	return Route{operation: o, in: reflect.TypeFor[In](), serve: func(x *exchange, to *Route, r request) error {
		in := P(new(In))
		if err := x.service.decode(reflect.ValueOf(in).Elem(), members, r); err != nil {
			return err
		}
		if err := authorize(r.Context(), x.principal, to.needs.of(in, x.caller)); err != nil {
			return err
		}
		if err := x.h.throttle.take(x.caller.Account, x.service.name, o.Name); err != nil {
			return err
		}
		if err := in.Validate(); err != nil {
			return err
		}
		return answer(x, r, in)
	}}
}

// check lets an error of the operation's model pass and makes any other an
// internal one: a client cannot handle a code that its SDK does not know.
func (r *Route) check(err error) error {
	var e *omics.Error
	switch {
	case !errors.As(err, &e):
		return err
	case !r.operation.Lists(e.Code):
		// not wrapped: it is an internal error now
		return fmt.Errorf("%s answers a code that its model does not list: %v", r.operation.Name, err)
	case len(r.operation.Errors) == 0 && len(e.Message) > maxReason: // it may hold anything that was sent
		return &omics.Error{Code: e.Code, Message: bounded(e.Message), Err: e.Err}
	}
	return err
}
