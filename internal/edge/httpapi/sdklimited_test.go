package httpapi

import (
	"context"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
)

func parsePolicies(t *testing.T, texts ...string) (docs []*policy.Document) {
	t.Helper()
	for _, text := range texts {
		d, err := policy.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	return docs
}

// with gives the caller of a world the policies that docs points at, and no others.
func with(docs *[]*policy.Document) func(*Config) {
	return func(c *Config) {
		find := c.Key
		c.Key = func(ctx context.Context, id string) (Key, bool, error) {
			key, ok, err := find(ctx, id)
			key.Policies = *docs
			return key, ok, err
		}
	}
}

// everythingDenied calls each operation with a key that may do nothing, and with one that may do all others.
func everythingDenied(t *testing.T, want wantError) {
	var docs []*policy.Document
	w := newWorld(t, with(&docs))
	for _, o := range omics.Operations {
		head := "User: " + testARN + " is not authorized to perform: omics:" + o.Name + " on resource: "
		docs = nil
		err := callSDK(w.ctx, w.Client, o.Name)
		want(o.Name, omics.CodeAccessDenied, head, err)
		want(o.Name, omics.CodeAccessDenied, " because no identity-based policy allows the omics:"+o.Name+" action", err)
		docs = parsePolicies(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"omics:`+o.Name+`","Resource":"*"}]}`)
		err = callSDK(w.ctx, w.Client, o.Name)
		want(o.Name, omics.CodeAccessDenied, head, err)
		want(o.Name, omics.CodeAccessDenied, " with an explicit deny in an identity-based policy", err)
	}
}

// everythingThrottled calls each operation more often than it may be.
func everythingThrottled(t *testing.T, want wantError) {
	w := newWorld(t, func(c *Config) { c.Rates = Rates{"*": {PerSecond: 1e-9, Burst: 1}} })
	for _, o := range omics.Operations {
		_ = callSDK(w.ctx, w.Client, o.Name) // whatever it answers, it is the one call
		want(o.Name, omics.CodeThrottling, "Rate exceeded", callSDK(w.ctx, w.Client, o.Name))
	}
}
