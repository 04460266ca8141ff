package httpapi

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	sdk "github.com/aws/aws-sdk-go-v2/service/omics"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

func TestThrottle(t *testing.T) {
	const slow = 1e-9 // per second: never again within a test
	th := newThrottle(Rates{"*": {PerSecond: slow, Burst: 2}, "GetShare": {PerSecond: slow, Burst: 0}, "ListShares": {}})
	taken := func(account, operation string) (n int) {
		t.Helper()
		for range 5 {
			err := th.take(account, omicsService, operation)
			if err == nil {
				n++
			} else if refusal := (*omics.Error)(nil); !errors.As(err, &refusal) || refusal.Code != omics.CodeThrottling ||
				refusal.Message != "Rate exceeded" {
				t.Errorf("refused with %v", err)
			}
		}
		return n
	}
	for _, c := range []struct {
		account, operation string
		want               int
	}{
		{"a", "GetVariantStore", 2},
		{"a", "GetVariantStore", 0},
		{"b", "GetVariantStore", 2},    // another account
		{"a", "DeleteVariantStore", 2}, // another operation
		{"a", "GetShare", 1},           // at least one at once
		{"a", "ListShares", 5},         // off
		{"a", "query", 2},              // what is beside the operations
	} {
		if got := taken(c.account, c.operation); got != c.want {
			t.Errorf("%s of %s: %d calls of 5 passed, want %d", c.operation, c.account, got, c.want)
		}
	}
	th = newThrottle(nil) // no rates, no limits
	if got := taken("a", "GetVariantStore"); got != 5 {
		t.Errorf("without rates %d calls of 5 passed", got)
	}
	th = newThrottle(Rates{"GetShare": {PerSecond: slow, Burst: 1}}) // others are free
	if got := taken("a", "GetVariantStore"); got != 5 {
		t.Errorf("without a rate of their own %d calls of 5 passed", got)
	}
	th = newThrottle(Rates{"*": {PerSecond: 1e12, Burst: 1}}) // a bucket fills again
	if got := taken("a", "GetVariantStore"); got != 5 {
		t.Errorf("at a high rate %d calls of 5 passed", got)
	}
}

func TestThrottleCountsTogether(t *testing.T) {
	th := newThrottle(Rates{"*": {PerSecond: 1e-9, Burst: 10}})
	var passed atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if th.take("a", omicsService, "GetVariantStore") == nil {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if n := passed.Load(); n != 10 || len(th.buckets) != 1 {
		t.Errorf("%d calls passed, %d buckets", n, len(th.buckets))
	}
}

// TestDefaultRates are of operations that there are; a misspelt one would limit nothing.
func TestDefaultRates(t *testing.T) {
	rates, known := DefaultRates(), map[string]bool{"*": true}
	for _, o := range omics.Operations {
		known[o.Name] = true
	}
	for name, rate := range rates {
		if !known[name] || rate.PerSecond <= 0 || rate.Burst < 1 {
			t.Errorf("%s: %+v", name, rate)
		}
	}
	for name, want := range map[string]float64{"CreateShare": 1, "ListShares": 1, "CreateReferenceStore": 1,
		"DeleteReference": 1, "GetReference": 10, "ListReferences": 5, "TagResource": 5, "*": 10} {
		if rates[name].PerSecond != want {
			t.Errorf("%s: %g per second, want %g", name, rates[name].PerSecond, want)
		}
	}
}

func TestThrottledAnswer(t *testing.T) {
	var in *omics.GetVariantStoreIn
	calls := 0
	s := newRawServer(t, func(c *Config) {
		c.Rates = Rates{"*": {PerSecond: 1e-9, Burst: 1}}
		c.Own = []Route{Stream(own.Query, func(context.Context, *own.QueryIn, own.Answer) error { calls++; return nil })}
	}, keep[omics.GetVariantStoreIn, omics.GetVariantStoreOut]("GetVariantStore", &in))
	if a := s.send(t, "GET", "/variantStore/store", ""); a.status != 200 {
		t.Fatalf("status %d, %s", a.status, a.body)
	}
	in = nil
	if a := s.send(t, "GET", "/variantStore/other", ""); a.status != 429 || a.code != "ThrottlingException" ||
		message(t, a) != "Rate exceeded" || in != nil {
		t.Errorf("status %d, code %s, called with %+v", a.status, a.code, in)
	}
	for _, want := range []int{200, 429} {
		if a := s.send(t, "POST", "/varlake/query", `{"sql": "SELECT 1"}`); a.status != want {
			t.Errorf("query: status %d, want %d", a.status, want)
		}
	}
	if calls != 1 {
		t.Errorf("%d queries ran", calls)
	}
	// Who has not signed uses nothing up.
	if a := s.do(t, s.request(t, "GET", "/variantStore/store", "")); a.status != 403 {
		t.Errorf("unsigned: status %d", a.status)
	}
}

// TestStandardRetryerWaits: AWS's client gets through a low rate by itself.
func TestStandardRetryerWaits(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Rates = Rates{"*": {PerSecond: 5, Burst: 1}} })
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	attempts := 0
	const calls = 4
	for range calls {
		out, err := w.ListVariantStores(ctx, &sdk.ListVariantStoresInput{}, func(o *sdk.Options) {
			o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.MaxBackoff = 20,
					300*time.Millisecond
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		results, ok := retry.GetAttemptResults(out.ResultMetadata)
		if !ok {
			t.Fatal("the client does not tell its attempts")
		}
		attempts += len(results.Results)
		for _, r := range results.Results[:len(results.Results)-1] {
			if !r.Retryable || !r.Retried {
				t.Errorf("attempt %+v", r)
			}
		}
	}
	if attempts <= calls {
		t.Errorf("%d attempts for %d calls: nothing was throttled", attempts, calls)
	}
}
