package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"syscall"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// causes is the log of a server inside a command, which nobody reads: it keeps why requests failed inside, for the
// command to tell. Safe for concurrent use.
type causes struct {
	mu        sync.Mutex
	ofRequest map[string]error
}

// Enabled tells that only errors are of use.
func (c *causes) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

// Handle keeps the error of a request.
func (c *causes) Handle(_ context.Context, record slog.Record) error {
	id := ""
	var cause error
	record.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "request_id":
			id = a.Value.String()
		case "error":
			cause, _ = a.Value.Any().(error)
		}
		return true
	})
	if id != "" && cause != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ofRequest[id] = cause
	}
	return nil
}

// WithAttrs gives the handler itself: the attributes are none of a request's.
func (c *causes) WithAttrs([]slog.Attr) slog.Handler { return c }

// WithGroup gives the handler itself.
func (c *causes) WithGroup(string) slog.Handler { return c }

// stateCause is why the state could not be read or written, or a file not be written, for people; "" of any other
// error.
func stateCause(err error) string {
	if meta.IsDamaged(err) {
		return "the state, varlake.db, is damaged; who runs the server can put it back from a backup, or stop the server and run varlake recover"
	}
	if cause, ok := meta.Passing(err); ok {
		return cause
	}
	for _, full := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if errors.Is(err, full) {
			return "nothing can be written: " + full.Error()
		}
	}
	return ""
}

// isInternal tells the answer to a request that failed inside.
func isInternal(answer *omics.Error) bool {
	return strings.HasPrefix(answer.Message, strings.TrimSuffix(omics.Internal(nil).Message, "."))
}

// cause is what was inside of an answer that says no more than that it was an internal error, and is added to one that
// says more.
func (c *causes) cause(err error) error {
	var answer *omics.Error
	if !errors.As(err, &answer) || answer.Code != omics.CodeInternalServer {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, cause := range c.ofRequest {
		if !strings.Contains(answer.Message, id) {
			continue
		}
		if isInternal(answer) {
			return cause
		}
		said := strings.TrimSuffix(answer.Message, " Request ID: "+id)
		if inner := errors.Unwrap(cause); inner != nil && warehouse.LinkOut(inner) == "" { // which the message names
			return fmt.Errorf("%s: %w", said, inner)
		}
		return errors.New(said)
	}
	return err
}
