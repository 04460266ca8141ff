// Package event delivers status changes of jobs and stores in the shape that
// Amazon EventBridge gives them: to a file, one JSON line each, and to
// webhooks, one request each.
//
// An event is written to an outbox in the transaction that changes the status.
// Deliver takes it from there to every sink, at least once and in order. Each
// sink has a position of its own in the outbox, so a process killed anywhere
// loses nothing; receivers tell a repeated event by its id.
package event

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Event is one change of a status.
type Event struct {
	ID         string // a UUID
	Seq        int64  // its place in the outbox; it does not leave the server
	Time       time.Time
	Account    string
	Region     string
	DetailType string // such as Variant Import Job Status Change
	Resources  []string
	Detail     json.RawMessage
}

// MarshalJSON writes EventBridge's envelope, on one line.
func (e Event) MarshalJSON() ([]byte, error) {
	envelope := struct {
		Version    string          `json:"version"`
		ID         string          `json:"id"`
		DetailType string          `json:"detail-type"`
		Source     string          `json:"source"`
		Account    string          `json:"account"`
		Time       string          `json:"time"`
		Region     string          `json:"region"`
		Resources  []string        `json:"resources"`
		Detail     json.RawMessage `json:"detail"`
	}{"0", e.ID, e.DetailType, "aws.omics", e.Account, e.Time.UTC().Format("2006-01-02T15:04:05Z"), e.Region,
		e.Resources, e.Detail}
	if envelope.Resources == nil {
		envelope.Resources = []string{}
	}
	if envelope.Detail == nil {
		envelope.Detail = json.RawMessage("{}")
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(envelope); err != nil {
		return nil, fmt.Errorf("write event %s: %w", e.ID, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Outbox holds events until every sink has them.
type Outbox interface {
	// Pending gives the first events, limit at most, after the sink's
	// position, in the order of Seq.
	Pending(ctx context.Context, sink string, limit int) ([]Event, error)

	// Delivered moves the sink's position to an event's Seq.
	Delivered(ctx context.Context, sink string, upToSeq int64) error
}

// Sink takes events. It is used by one goroutine at a time.
type Sink interface {
	// Name is what the sink's position is kept under. It holds no secret.
	Name() string

	// Send delivers events from the first on, and says how many it delivered.
	// Those are there to stay. It may deliver fewer without an error.
	Send(ctx context.Context, events []Event) (sent int, err error)
}

// SendError is an error of Send that is about one event, the one after those
// that were sent, rather than about the sink.
type SendError struct {
	Err        error
	Final      bool          // to send it again is of no use
	RetryAfter time.Duration // how long the receiver wants to be left alone
}

func (e *SendError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }
