package httpapi

import (
	"sync"

	"golang.org/x/time/rate"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Rates gives the rate of operations by name; "*" is that of the others.
type Rates map[string]omics.Rate

// DefaultRates are those of the contract; AWS does not document one for the operations on stores and jobs.
func DefaultRates() Rates {
	rates := Rates{"*": {PerSecond: 10, Burst: 20}}
	for _, o := range omics.Operations {
		if o.Rate != (omics.Rate{}) {
			rates[o.Name] = o.Rate
		}
	}
	return rates
}

// throttle holds a token bucket for each account and operation. Safe for concurrent use. Accounts are few: somebody made a key for each.
type throttle struct {
	rates   Rates
	mu      sync.Mutex
	buckets map[bucketKey]*rate.Limiter
}

type bucketKey struct{ account, operation string }

func newThrottle(rates Rates) *throttle {
	return &throttle{rates: rates, buckets: map[bucketKey]*rate.Limiter{}}
}

// take counts a call, or refuses it with a ThrottlingException.
func (t *throttle) take(account, operation string) error {
	limit, ok := t.rates[operation]
	if !ok {
		limit = t.rates["*"]
	}
	if limit.PerSecond == 0 {
		return nil
	}
	t.mu.Lock()
	bucket := t.buckets[bucketKey{account, operation}]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Limit(limit.PerSecond), max(1, limit.Burst))
		t.buckets[bucketKey{account, operation}] = bucket
	}
	t.mu.Unlock()
	if !bucket.Allow() {
		return omics.Throttling("Rate exceeded")
	}
	return nil
}
