package event

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sample is the event with that place in the outbox.
func sample(seq int) Event {
	return Event{
		ID:         fmt.Sprintf("00000000-0000-4000-8000-%012d", seq),
		Seq:        int64(seq),
		Time:       noon.Add(time.Duration(seq) * time.Second),
		Account:    "123456789012",
		Region:     "us-east-1",
		DetailType: "Variant Import Job Status Change",
		Resources:  []string{"arn:aws:omics:us-east-1:123456789012:my_variant_store/" + fmt.Sprint(seq)},
		Detail:     json.RawMessage(`{"omicsVersion":"1.0.0","status":"COMPLETED"}`),
	}
}

func samples(n int) []Event {
	events := make([]Event, n)
	for i := range events {
		events[i] = sample(i + 1)
	}
	return events
}

func ids(events []Event) []string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = e.ID
	}
	return list
}

func TestEnvelope(t *testing.T) {
	for _, c := range []struct {
		event Event
		want  string
	}{
		{sample(1), `{"version":"0","id":"00000000-0000-4000-8000-000000000001","detail-type":"Variant Import Job Status Change","source":"aws.omics","account":"123456789012","time":"2026-03-01T12:00:01Z","region":"us-east-1","resources":["arn:aws:omics:us-east-1:123456789012:my_variant_store/1"],"detail":{"omicsVersion":"1.0.0","status":"COMPLETED"}}`},
		{Event{ID: "x", Time: time.Date(2026, 3, 1, 12, 0, 59, 999999999, time.FixedZone("", 3600))},
			`{"version":"0","id":"x","detail-type":"","source":"aws.omics","account":"","time":"2026-03-01T11:00:59Z","region":"","resources":[],"detail":{}}`},
		{Event{ID: "x", Detail: json.RawMessage("{\n  \"a\": \"<&>\"\n}")},
			`{"version":"0","id":"x","detail-type":"","source":"aws.omics","account":"","time":"0001-01-01T00:00:00Z","region":"","resources":[],"detail":{"a":"<&>"}}`},
	} {
		got, err := c.event.MarshalJSON()
		if err != nil || string(got) != c.want {
			t.Errorf("%v\n%s, want\n%s", err, got, c.want)
		}
		if !strings.HasPrefix(string(got), lineStart) {
			t.Errorf("%s does not begin with %s", got, lineStart)
		}
		if _, err := json.Marshal([]Event{c.event}); err != nil {
			t.Error(err)
		}
	}
	if _, err := (Event{ID: "x", Detail: json.RawMessage("{")}).MarshalJSON(); err == nil {
		t.Error("a malformed detail is written")
	}
}

// memory is an outbox that lasts as long as a test.
type memory struct {
	mu       sync.Mutex
	events   []Event
	position map[string]int64
	moved    chan struct{} // closed and renewed when a position moves
	fail     func(method, sink string) error
}

func newMemory(events ...Event) *memory {
	return &memory{events: events, position: map[string]int64{}, moved: make(chan struct{})}
}

func (m *memory) add(events ...Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, events...)
}

func (m *memory) Pending(_ context.Context, sink string, limit int) ([]Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail("Pending", sink); err != nil {
			return nil, err
		}
	}
	from := slices.IndexFunc(m.events, func(e Event) bool { return e.Seq > m.position[sink] })
	if from < 0 {
		return nil, nil
	}
	return slices.Clone(m.events[from:min(from+limit, len(m.events))]), nil
}

func (m *memory) Delivered(_ context.Context, sink string, upToSeq int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail("Delivered", sink); err != nil {
			return err
		}
	}
	if upToSeq <= m.position[sink] {
		return fmt.Errorf("position of %s moves from %d to %d", sink, m.position[sink], upToSeq)
	}
	m.position[sink] = upToSeq
	close(m.moved)
	m.moved = make(chan struct{})
	return nil
}

// wait returns when the sink's position is that event's.
func (m *memory) wait(t *testing.T, sink string, seq int64) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		m.mu.Lock()
		at, moved := m.position[sink], m.moved
		m.mu.Unlock()
		if at >= seq {
			return
		}
		select {
		case <-moved:
		case <-deadline:
			t.Fatalf("%s is at %d, not at %d", sink, at, seq)
		}
	}
}
