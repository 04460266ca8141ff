package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

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
		return fmt.Errorf("the answer of the server at %s broke off, and it cannot say why; run the command again",
			c.endpoint)
	}
	return errors.New(reason.Message)
}
