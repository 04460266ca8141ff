package httpapi

import (
	"slices"
	"sync"

	"golang.org/x/time/rate"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// Rates gives the rate of operations by name; "*" is that of the others.
type Rates map[string]omics.Rate

// DefaultRates are those of the contract.
func DefaultRates() Rates { return ratesOf(slices.Concat(omics.Operations, own.Operations)...) }

// ratesOf gives the rates of operations as their rows have them; those without one, such as those on stores and jobs,
// of which AWS documents none, have that of "*".
func ratesOf(operations ...omics.Operation) Rates {
	rates := Rates{"*": {PerSecond: 10, Burst: 20}}
	for _, o := range operations {
		if o.Rate != (omics.Rate{}) {
			rates[o.Name] = o.Rate
		}
	}
	return rates
}

// throttle holds a token bucket for each account and operation of a service. Safe for concurrent use. Accounts are few:
// somebody made a key for each.
type throttle struct {
	rates   Rates
	mu      sync.Mutex
	buckets map[bucketKey]*rate.Limiter
}

type bucketKey struct{ account, service, operation string }

func newThrottle(rates Rates) *throttle {
	return &throttle{rates: rates, buckets: map[bucketKey]*rate.Limiter{}}
}

// take counts a call, or refuses it with a ThrottlingException.
func (t *throttle) take(account, service, operation string) error {
	limit, ok := t.rates[operation]
	if !ok {
		limit = t.rates["*"]
	}
	if limit.PerSecond == 0 {
		return nil
	}
	t.mu.Lock()
	bucket := t.buckets[bucketKey{account, service, operation}]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Limit(limit.PerSecond), max(1, limit.Burst))
		t.buckets[bucketKey{account, service, operation}] = bucket
	}
	t.mu.Unlock()
	if !bucket.Allow() {
		return omics.Throttling("Rate exceeded")
	}
	return nil
}
