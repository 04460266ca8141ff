package httpapi

import (
	"sync"

	"golang.org/x/time/rate"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Rate is how often an account may call an operation.
type Rate struct {
	PerSecond float64 // 0: as often as it likes
	Burst     int     // calls at once
}

// Rates gives the rate of operations by name; "*" is that of the others.
type Rates map[string]Rate

// DefaultRates are AWS's where it documents them; it does not for the operations on stores and jobs.
func DefaultRates() Rates {
	rates := Rates{"*": {10, 20}}
	for rate, operations := range map[Rate][]string{
		{1, 5}: {"CreateShare", "AcceptShare", "GetShare", "ListShares", "DeleteShare", "CreateReferenceStore", "DeleteReferenceStore", "DeleteReference"},
		{5, 10}: {"GetReferenceStore", "ListReferenceStores", "StartReferenceImportJob", "GetReferenceImportJob", "ListReferenceImportJobs",
			"ListReferences", "GetReferenceMetadata", "TagResource", "UntagResource", "ListTagsForResource"},
		{10, 20}: {"GetReference"},
	} {
		for _, operation := range operations {
			rates[operation] = rate
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
