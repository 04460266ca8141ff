package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
)

// lostError says that the server of a data folder did not answer, or not to the end. Its text is for the user: the
// cause speaks of sockets.
type lostError struct {
	server  string // its address: http://HOST:PORT
	reached bool   // it was there when the request was sent
	other   bool   // it was inside another command, and nobody starts it again
	then    string // what to do once it runs again; empty: the command as it was
	cause   error
}

func (e *lostError) Error() string {
	what := "does not answer: it was stopped, or is being restarted"
	if e.reached {
		what = "went away before it had answered"
	}
	if e.other {
		return fmt.Sprintf("the command whose server this one asked ended before it had answered; %s",
			cmp.Or(e.then, "run the command again"))
	}
	return fmt.Sprintf("the server at %s %s; once it runs again (varlake serve), %s", e.server, what,
		cmp.Or(e.then, "run the command again"))
}

func (e *lostError) Unwrap() error { return e.cause }

// lost makes a sentence of what a request, or the reading of its answer, failed with.
func (c *client) lost(err error) error {
	switch {
	case err == nil, errors.As(err, new(*lostError)):
		return err
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	var failed *net.OpError
	return &lostError{server: c.endpoint, reached: !errors.As(err, &failed) ||
		failed.Op != "dial", other: c.again != nil, cause: err}
}

// mayRepeat tells whether a request failed since another command's server had ended, and can be sent to the next one:
// it was not received, or changes nothing.
func (c *client) mayRepeat(err error, harmless bool) bool {
	var gone *lostError
	return c.again != nil && errors.As(err, &gone) && (harmless || !gone.reached)
}

// reads tells whether an operation of the API changes nothing.
func reads(operation string) bool {
	return strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List")
}

// lostAt is lost for an operation of the API, which may have been done all the same.
func (c *client) lostAt(operation string, err error) error {
	err = c.lost(err)
	var gone *lostError
	if errors.As(err, &gone) && gone.reached && !reads(operation) {
		gone.then = "look whether it was done before you run the command again"
	}
	return err
}

// mayBeDone tells whether the server may have done what a request asked for although that has failed.
func mayBeDone(ctx context.Context, err error) bool {
	var gone *lostError
	return ctx.Err() != nil || errors.As(err, &gone) && gone.reached
}

// goesOn tells whether work that the server has begun goes on, or will, although the command has failed. then is what
// to do about it once a server that went away runs again.
func goesOn(ctx context.Context, err error, then string) bool {
	var gone *lostError
	if errors.As(err, &gone) {
		gone.then = then
		return true
	}
	return ctx.Err() != nil
}
