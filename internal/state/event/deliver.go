package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	batchSize = 100
	poll      = 10 * time.Second // between looks at an outbox that nothing woke

	minDelay = time.Second // of the first retry
	maxDelay = 5 * time.Minute

	// An event is dropped when it is this old and the sink has not taken
	// anything for this long: a receiver that starts together with this
	// process, after days, must not lose what waited for it.
	maxAge     = 24 * time.Hour
	minFailing = 10 * time.Minute

	recordTimeout = 10 * time.Second
)

// Deliver takes events from the outbox to the sinks until ctx is done, and
// returns when nothing runs any more. Sinks do not wait for one another. A
// value on wake says that the outbox has new events; without one Deliver looks
// every ten seconds. It fails at once when two sinks have the same name.
func Deliver(ctx context.Context, outbox Outbox, sinks []Sink, log *slog.Logger, wake <-chan struct{}) error {
	return deliverAll(ctx, sinks, wake, func(sink Sink) *delivery {
		return &delivery{outbox: outbox, sink: sink, log: log, now: time.Now, pause: pause}
	})
}

func deliverAll(ctx context.Context, sinks []Sink, wake <-chan struct{}, newDelivery func(Sink) *delivery) error {
	names := map[string]bool{}
	var deliveries []*delivery
	for _, sink := range sinks {
		if names[sink.Name()] {
			return fmt.Errorf("deliver events: two sinks are named %s", sink.Name())
		}
		names[sink.Name()] = true
		d := newDelivery(sink)
		d.log = d.log.With("sink", sink.Name())
		d.wake = make(chan struct{}, 1)
		deliveries = append(deliveries, d)
	}
	var running sync.WaitGroup
	for _, d := range deliveries {
		running.Go(func() { d.run(ctx) })
	}
	defer running.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-wake:
			if !open {
				wake = nil
			}
			for _, d := range deliveries {
				select {
				case d.wake <- struct{}{}:
				default: // it will look anyway
				}
			}
		}
	}
}

// pause waits, or fails when ctx is done first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// delivery is the work for one sink.
type delivery struct {
	outbox Outbox
	sink   Sink
	log    *slog.Logger
	wake   chan struct{}
	now    func() time.Time
	pause  func(context.Context, time.Duration) error

	sending   streak
	recording streak // of the outbox
	dropped   int    // events, since the start
}

// streak is failures in a row.
type streak struct {
	failures int
	since    time.Time
}

func (d *delivery) run(ctx context.Context) {
	for ctx.Err() == nil {
		events, err := d.outbox.Pending(ctx, d.sink.Name(), batchSize)
		switch {
		case err != nil:
			d.failed(ctx, &d.recording, "Cannot read the outbox of events", err)
		case len(events) == 0:
			d.recording.failures = 0
			d.idle(ctx)
		default:
			d.deliver(ctx, events)
		}
	}
}

func (d *delivery) idle(ctx context.Context) {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-d.wake:
	case <-timer.C:
	}
}

// deliver sends events until all are sent or dropped, or ctx is done.
func (d *delivery) deliver(ctx context.Context, events []Event) {
	for len(events) > 0 && ctx.Err() == nil {
		sent, err := d.sink.Send(ctx, events)
		if sent > 0 {
			if !d.record(ctx, events[sent-1].Seq) {
				return
			}
			if d.sending.failures > 0 {
				d.log.Info("Events are delivered again", "failures", d.sending.failures)
			}
			d.sending.failures = 0
			events = events[sent:]
		}
		switch {
		case err == nil && sent > 0, len(events) == 0:
		case err == nil:
			d.failed(ctx, &d.sending, "Cannot deliver events", errors.New("the sink took none"))
		case ctx.Err() != nil:
		case d.drop(events[0], err):
			if !d.record(ctx, events[0].Seq) {
				return
			}
			events = events[1:]
		default:
			d.failed(ctx, &d.sending, "Cannot deliver events", err)
		}
	}
}

// drop gives up the first event when it cannot be sent, and says whether it
// did.
func (d *delivery) drop(e Event, err error) bool {
	var about *SendError
	if !errors.As(err, &about) {
		return false
	}
	now := d.now()
	switch {
	case about.Final:
		d.sending.failures = 0 // there was an answer
	case now.Sub(e.Time) <= maxAge, d.sending.failures == 0, now.Sub(d.sending.since) < minFailing:
		return false
	}
	d.dropped++
	d.log.Warn("Dropped an event", "event", e.ID, "age", now.Sub(e.Time).Round(time.Second), "dropped", d.dropped,
		"error", err)
	return true
}

// record moves the sink's position. What was sent is recorded even when ctx is
// done, and nothing more is sent before it is.
func (d *delivery) record(ctx context.Context, seq int64) bool {
	for {
		detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
		err := d.outbox.Delivered(detached, d.sink.Name(), seq)
		cancel()
		if err == nil {
			d.recording.failures = 0
			return true
		}
		d.failed(ctx, &d.recording, "Cannot record delivered events", err)
		if ctx.Err() != nil {
			return false
		}
	}
}

// failed logs a failure and waits before the next try.
func (d *delivery) failed(ctx context.Context, s *streak, message string, err error) {
	if ctx.Err() != nil {
		return
	}
	if s.failures == 0 {
		s.since = d.now()
	}
	s.failures++
	wait := delay(s.failures)
	var about *SendError
	if errors.As(err, &about) {
		wait = max(wait, about.RetryAfter)
	}
	d.log.Warn(message, "error", err, "failures", s.failures, "retry", wait.Round(time.Millisecond))
	_ = d.pause(ctx, wait) // when ctx is done, the caller sees it
}

// delay is how long to wait after that many failures: twice as long after each,
// between half and the whole of it.
func delay(failures int) time.Duration {
	d := maxDelay
	if shift := failures - 1; shift < 16 {
		d = min(d, minDelay<<shift)
	}
	return d/2 + rand.N(d/2+1)
}
