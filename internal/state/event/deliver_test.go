package event

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// recorder is a sink whose answers a test gives. It takes everything otherwise.
type recorder struct {
	name   string
	answer func(ctx context.Context, events []Event) (int, error)
	mu     sync.Mutex
	events []Event
}

func (r *recorder) Name() string { return r.name }

func (r *recorder) Send(ctx context.Context, events []Event) (int, error) {
	n, err := len(events), error(nil)
	if r.answer != nil {
		n, err = r.answer(ctx, events)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, events[:n]...)
	return n, err
}

func (r *recorder) got() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// safeBuffer is a log that several goroutines write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// courier runs Deliver with a clock that waiting moves.
type courier struct {
	outbox *memory
	log    safeBuffer
	wake   chan struct{}
	mu     sync.Mutex
	now    time.Time
	waits  []time.Duration
}

func newCourier(outbox *memory) *courier {
	return &courier{outbox: outbox, wake: make(chan struct{}, 1), now: noon}
}

func (c *courier) start(t *testing.T, sinks ...Sink) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	log := slog.New(slog.NewTextHandler(&c.log, nil))
	go func() {
		done <- deliverAll(ctx, sinks, c.wake, func(sink Sink) *delivery {
			return &delivery{outbox: c.outbox, sink: sink, log: log, now: c.clock, pause: c.pause}
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Error("Deliver does not return")
		}
	})
	t.Cleanup(stop)
	return stop
}

func (c *courier) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *courier) pause(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	return ctx.Err()
}

func (c *courier) waited() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.waits)
}

func TestDeliverInOrder(t *testing.T) {
	outbox := newMemory(samples(2*batchSize + 7)...)
	c := newCourier(outbox)
	few := &recorder{name: "few", answer: func(_ context.Context, events []Event) (int,
		error) {
		return min(3, len(events)), nil
	}}
	all := &recorder{name: "all"}
	c.start(t, few, all)
	outbox.wait(t, "few", 2*batchSize+7)
	outbox.wait(t, "all", 2*batchSize+7)

	outbox.add(sample(300), sample(301))
	c.wake <- struct{}{}
	outbox.wait(t, "few", 301)
	outbox.wait(t, "all", 301)
	for _, r := range []*recorder{few, all} {
		if got := ids(r.got()); !slices.Equal(got, ids(outbox.events)) {
			t.Errorf("%s got %d events: %v", r.name, len(got), got)
		}
	}
	close(c.wake) // is no reason to spin, nor to stop
}

func TestSlowSinkHoldsUpNoOther(t *testing.T) {
	outbox := newMemory(samples(5)...)
	release := make(chan struct{})
	slow := &recorder{name: "slow", answer: func(ctx context.Context, events []Event) (int, error) {
		select {
		case <-release:
			return len(events), nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}}
	c := newCourier(outbox)
	c.start(t, slow, &recorder{name: "fast"})
	outbox.wait(t, "fast", 5)
	outbox.add(sample(6))
	c.wake <- struct{}{}
	outbox.wait(t, "fast", 6)
	if got := slow.got(); len(got) != 0 {
		t.Errorf("the slow sink got %v", got)
	}
	close(release)
	outbox.wait(t, "slow", 6)
}

func TestBackoff(t *testing.T) {
	outbox := newMemory(samples(3)...)
	left := 14
	sink := &recorder{name: "sink", answer: func(_ context.Context, events []Event) (int, error) {
		if left--; left >= 0 {
			return 0, &SendError{Err: errors.New("busy")}
		}
		return 1, nil
	}}
	c := newCourier(outbox)
	stop := c.start(t, sink)
	outbox.wait(t, "sink", 3)
	stop()
	waits := c.waited()
	if len(waits) != 14 {
		t.Fatalf("waited %v", waits)
	}
	want := time.Second
	for i, got := range waits {
		if got < want/2 || got > want {
			t.Errorf("wait %d is %v, want between half of %v and all of it", i, got, want)
		}
		want = min(2*want, 5*time.Minute)
	}
	if log := c.log.String(); strings.Count(log, "Cannot deliver events") != 14 ||
		strings.Count(log, "delivered again") != 1 {
		t.Error(log)
	}
	if d := delay(1 << 40); d > maxDelay {
		t.Errorf("delay %v", d)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	outbox := newMemory(sample(1))
	asked := false
	sink := &recorder{name: "sink", answer: func(context.Context, []Event) (int, error) {
		if !asked {
			asked = true
			return 0, &SendError{Err: errors.New("later"), RetryAfter: 40 * time.Second}
		}
		return 1, nil
	}}
	c := newCourier(outbox)
	c.start(t, sink)
	outbox.wait(t, "sink", 1)
	if got := c.waited(); !slices.Equal(got, []time.Duration{40 * time.Second}) {
		t.Errorf("waited %v", got)
	}
}

func TestFinalRefusalBlocksNothing(t *testing.T) {
	outbox := newMemory(samples(4)...)
	sink := &recorder{name: "sink", answer: func(_ context.Context, events []Event) (int, error) {
		if events[0].Seq == 1 || events[0].Seq == 3 {
			return 0, &SendError{Err: errors.New("no"), Final: true}
		}
		return 1, nil
	}}
	c := newCourier(outbox)
	stop := c.start(t, sink)
	outbox.wait(t, "sink", 4)
	stop()
	if got := ids(sink.got()); !slices.Equal(got, []string{sample(2).ID, sample(4).ID}) {
		t.Errorf("got %v", got)
	}
	if len(c.waited()) != 0 {
		t.Errorf("waited %v", c.waited())
	}
	if log := c.log.String(); !strings.Contains(log, "dropped=1") || !strings.Contains(log, "dropped=2") ||
		!strings.Contains(log, sample(3).ID) {
		t.Error(log)
	}
}

// TestOldEventsAreDropped lets a receiver fail for more than a day.
func TestOldEventsAreDropped(t *testing.T) {
	late := sample(3)
	late.Time = noon.Add(20 * time.Hour)
	outbox := newMemory(sample(1), sample(2), late)
	c := newCourier(outbox)
	var tries [4]int
	sink := &recorder{name: "sink", answer: func(_ context.Context, events []Event) (int, error) {
		tries[events[0].Seq]++
		if c.clock().Sub(noon) < 30*time.Hour {
			return 0, &SendError{Err: errors.New("down")}
		}
		return len(events), nil
	}}
	stop := c.start(t, sink)
	outbox.wait(t, "sink", 3)
	stop()
	if got := ids(sink.got()); !slices.Equal(got, []string{late.ID}) {
		t.Errorf("got %v", got)
	}
	if tries[1] < 24*12 || tries[2] != 1 || tries[3] < 2 {
		t.Errorf("tries %v", tries)
	}
	if log := c.log.String(); strings.Count(log, "Dropped an event") != 2 {
		t.Error(log)
	}
}

// TestOldEventsHaveTheirChance restarts after days, with a receiver that comes
// up a little later.
func TestOldEventsHaveTheirChance(t *testing.T) {
	outbox := newMemory(samples(2)...)
	c := newCourier(outbox)
	c.now = noon.Add(72 * time.Hour)
	sink := &recorder{name: "sink", answer: func(_ context.Context, events []Event) (int, error) {
		if c.clock().Sub(noon) < 72*time.Hour+5*time.Minute {
			return 0, &SendError{Err: errors.New("not up yet")}
		}
		return len(events), nil
	}}
	c.start(t, sink)
	outbox.wait(t, "sink", 2)
	if got := sink.got(); len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

// TestSinkFailureDropsNothing has an error that is not about an event.
func TestSinkFailureDropsNothing(t *testing.T) {
	outbox := newMemory(sample(1))
	c := newCourier(outbox)
	sink := &recorder{name: "sink", answer: func(_ context.Context, events []Event) (int, error) {
		if c.clock().Sub(noon) < 60*time.Hour {
			return 0, errors.New("the disk is full")
		}
		return len(events), nil
	}}
	c.start(t, sink)
	outbox.wait(t, "sink", 1)
	if got := sink.got(); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestOutboxFailure(t *testing.T) {
	outbox := newMemory(samples(3)...)
	failures := map[string]int{"Pending": 3, "Delivered": 4}
	outbox.fail = func(method, _ string) error {
		if failures[method]--; failures[method] >= 0 {
			return errors.New("database is locked")
		}
		return nil
	}
	c := newCourier(outbox)
	sink := &recorder{name: "sink"}
	stop := c.start(t, sink)
	outbox.wait(t, "sink", 3)
	stop()
	if got := ids(sink.got()); !slices.Equal(got, ids(samples(3))) { // and none of them twice
		t.Errorf("got %v", got)
	}
	if len(c.waited()) != 7 {
		t.Errorf("waited %v", c.waited())
	}
}

func TestIdleSinkIsNoError(t *testing.T) {
	outbox := newMemory(sample(1))
	calls := 0
	sink := &recorder{name: "sink", answer: func(context.Context, []Event) (int, error) {
		calls++
		return calls / 3, nil // nothing twice
	}}
	c := newCourier(outbox)
	c.start(t, sink)
	outbox.wait(t, "sink", 1)
	if len(c.waited()) != 2 {
		t.Errorf("waited %v", c.waited())
	}
}

// TestCancel stops Deliver while one sink sends, one waits to retry, one is
// idle. What was sent is recorded all the same.
func TestCancel(t *testing.T) {
	outbox := newMemory(samples(2)...)
	ctx, cancel := context.WithCancel(t.Context())
	inSend, inWait := make(chan struct{}), make(chan struct{})
	sending := &recorder{name: "sending", answer: func(ctx context.Context, _ []Event) (int, error) {
		close(inSend)
		<-ctx.Done()
		return 1, ctx.Err()
	}}
	failing := &recorder{name: "failing", answer: func(context.Context, []Event) (int, error) {
		return 0, errors.New("busy")
	}}
	idle := &recorder{name: "idle"}
	waiting := sync.OnceFunc(func() { close(inWait) })
	done := make(chan error)
	go func() {
		done <- deliverAll(ctx, []Sink{sending, failing, idle}, nil, func(sink Sink) *delivery {
			return &delivery{outbox: outbox, sink: sink, log: slog.New(slog.DiscardHandler), now: time.Now,
				pause: func(ctx context.Context, _ time.Duration) error {
					waiting()
					return pause(ctx, time.Hour)
				}}
		})
	}()
	<-inSend
	<-inWait
	outbox.wait(t, "idle", 2)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if outbox.position["sending"] != 1 || outbox.position["failing"] != 0 {
		t.Errorf("positions %v", outbox.position)
	}
}

func TestDeliverRefusesEqualNames(t *testing.T) {
	err := Deliver(t.Context(), newMemory(), []Sink{&recorder{name: "a"}, &recorder{name: "a"}}, slog.Default(), nil)
	if err == nil || !strings.Contains(err.Error(), "two sinks are named a") {
		t.Error(err)
	}
}
