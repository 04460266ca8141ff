package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

const (
	heldBack  = 64 << 10 // bytes of a stream's beginning
	maxReason = 2 << 10  // bytes of the reason why an answer broke off
	maxBroken = 1000     // answers that broke off, of which the reason is kept
)

// stream is an answer that is made as it is sent, an own.Answer. Its beginning is held back, so that what fails early
// can be answered as such.
type stream struct {
	x      *exchange
	buffer bytes.Buffer
	begun  bool
}

var _ own.Answer = (*stream)(nil)

// Type implements own.Answer.
func (s *stream) Type(media string) { s.x.Header().Set("Content-Type", media) }

// Warn implements own.Answer.
func (s *stream) Warn(text string) { s.x.Header().Add(own.WarningHeader, oneLine(text)) }

// Count implements own.Answer.
func (s *stream) Count() { s.x.Header().Set("Trailer", own.RecordsTrailer) }

// Records implements own.Answer.
func (s *stream) Records(n int64) { s.x.Header().Set(own.RecordsTrailer, strconv.FormatInt(n, 10)) }

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	if s.begun {
		return s.x.Write(p)
	}
	s.buffer.Write(p)
	if s.buffer.Len() < heldBack {
		return len(p), nil
	}
	return len(p), s.begin()
}

// begin sends what was held back.
func (s *stream) begin() error {
	if s.begun {
		return nil
	}
	s.begun = true
	_, err := s.x.Write(s.buffer.Bytes())
	s.buffer = bytes.Buffer{}
	return err
}

// Flush implements own.Answer.
func (s *stream) Flush() error {
	if err := s.begin(); err != nil {
		return err
	}
	if err := http.NewResponseController(s.x).Flush(); err != nil {
		s.x.failed = err
		return err
	}
	return nil
}

// ErrStopped is the cause of the end of requests that are under way when the server has waited for them long enough.
var ErrStopped = errors.New("the server was stopped")

// unheard says why nobody is there to take the answer; empty when somebody may be.
func (x *exchange) unheard() string {
	if !x.drained { // a body that did not come in time ends the context too, and who sends it is there
		return ""
	}
	switch cause := context.Cause(x.r.Context()); {
	case errors.Is(cause, ErrStopped):
		return ErrStopped.Error()
	case errors.Is(x.failed, os.ErrDeadlineExceeded):
		return fmt.Sprintf("the client took nothing for %s", writeTimeout)
	case cause != nil, x.failed != nil:
		return "the client went away"
	}
	return ""
}

// abort breaks the answer off, so that no client can take it for a whole one. HTTP/1.1's chunks lack their end then;
// before it the connection's end is the answer's, and only a reset says that it is not.
func (x *exchange) abort() {
	control := http.NewResponseController(x)
	if !x.r.ProtoAtLeast(1, 1) {
		if connection, _, err := control.Hijack(); err == nil {
			if tcp, ok := connection.(interface{ SetLinger(seconds int) error }); ok {
				_ = tcp.SetLinger(0)
			}
			_ = connection.Close()
		}
	}
	_ = control.Flush()
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

// broken keeps why the last answers broke off: a client that was broken off asks with the request's id, and is told
// what was its account's. Safe for concurrent use.
type broken struct {
	mu      sync.Mutex
	reasons map[brokenAnswer]string
	order   []brokenAnswer // oldest first
}

type brokenAnswer struct{ account, id string }

func (b *broken) keep(account, id, reason string) {
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

// tell is the operation Broken.
func (b *broken) tell(ctx context.Context, in *own.BrokenIn) (*own.BrokenOut, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	reason, ok := b.reasons[brokenAnswer{omics.CallerFrom(ctx).Account, in.RequestID}]
	if !ok {
		return nil, omics.NotFound("No answer of that request id broke off, or long ago.")
	}
	return &own.BrokenOut{Message: reason}, nil
}
