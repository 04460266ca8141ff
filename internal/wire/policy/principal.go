package policy

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Principal is who asks for something, and what its policies are asked with. It does not change and is safe for
// concurrent use.
type Principal struct {
	ARN      string
	Account  string // 12 digits
	Region   string // that the request is for
	Policies []*Document

	// Tags gives the tags of a resource to an account; none when it is not there.
	Tags func(ctx context.Context, account, arn string) (map[string]string, error)

	Now       time.Time
	SourceIP  string
	UserAgent string
}

// Asked is what a request brings itself to the conditions of policies.
type Asked struct {
	Tags     map[string]string // that it puts on something
	TagKeys  []string          // of those, and of tags that it removes
	PassedTo string            // the service that it hands a role to
}

// Refused says that policies do not allow something, in AWS's words.
type Refused struct{ Message string }

// Error gives the message.
func (r *Refused) Error() string { return r.Message }

// Allow asks the policies about an action on a resource. The error is a *Refused, or tells that tags could not be read.
func (p *Principal) Allow(ctx context.Context, action, resource string, asked Asked) error {
	var failed error
	var resourceTags map[string]string
	decision := evaluate(p.Policies, Request{Action: action, Resource: resource,
		Context: func(key string) ([]string, bool) {
			if tag, ok := cutFold(key, "aws:ResourceTag/"); ok {
				if resourceTags == nil && failed == nil {
					resourceTags, failed = p.Tags(ctx, p.Account, resource)
				}
				return lookupFold(resourceTags, tag)
			}
			return p.condition(key, asked)
		}})
	if failed != nil {
		return fmt.Errorf("read tags for a policy: %w", failed)
	}
	if decision != Allowed {
		return &Refused{Message(p.ARN, action, resource, decision)}
	}
	return nil
}

// Mentions says whether a policy names a service, see Document.Mentions.
func (p *Principal) Mentions(service string) bool {
	return slices.ContainsFunc(p.Policies, func(d *Document) bool { return d.Mentions(service) })
}

// condition gives the value of a condition key that is not the resource's.
func (p *Principal) condition(key string, asked Asked) ([]string, bool) {
	if tag, ok := cutFold(key, "aws:RequestTag/"); ok {
		return lookupFold(asked.Tags, tag)
	}
	switch strings.ToLower(key) {
	case "aws:tagkeys":
		return asked.TagKeys, len(asked.TagKeys) > 0
	case "aws:sourceip":
		return []string{p.SourceIP}, true
	case "aws:username":
		_, name, ok := strings.Cut(p.ARN, "user/")
		return []string{name}, ok
	case "aws:principalarn":
		return []string{p.ARN}, true
	case "aws:principalaccount":
		return []string{p.Account}, true
	case "aws:principaltype":
		return []string{"User"}, true
	case "aws:requestedregion":
		return []string{p.Region}, true
	case "aws:currenttime":
		return []string{p.Now.UTC().Format(time.RFC3339)}, true
	case "aws:epochtime":
		return []string{strconv.FormatInt(p.Now.Unix(), 10)}, true
	case "aws:useragent":
		return []string{p.UserAgent}, p.UserAgent != ""
	case "iam:passedtoservice":
		return []string{asked.PassedTo}, asked.PassedTo != ""
	}
	return nil, false
}

// cutFold is strings.CutPrefix without regard to case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// lookupFold finds a tag, whose key is without case in conditions. Tags that differ in case only give all their values.
func lookupFold(tags map[string]string, key string) (values []string, ok bool) {
	for k, v := range tags {
		if strings.EqualFold(k, key) {
			values = append(values, v)
		}
	}
	return values, len(values) > 0
}

type principalKey struct{}

// WithPrincipal gives a context that carries who asks.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// Allow asks whether the context's principal may perform an action, such as glue:GetTable, on a resource. A context
// without one may nothing. Errors are those of Principal.Allow.
func Allow(ctx context.Context, action, resource string) error {
	p, ok := ctx.Value(principalKey{}).(*Principal)
	if !ok {
		return &Refused{Message("nobody", action, resource, ImplicitDeny)}
	}
	return p.Allow(ctx, action, resource, Asked{})
}
