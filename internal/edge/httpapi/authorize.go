package httpapi

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
)

// authorizer decides what the caller of one request may do.
type authorizer struct {
	caller   omics.Caller
	policies []*policy.Document
	tags     func(ctx context.Context, account, arn string) (map[string]string, error) // of a resource; none when it is not there
	now      time.Time
	sourceIP string
	agent    string
}

func (h *handler) newAuthorizer(r *http.Request, caller omics.Caller, key Key) *authorizer {
	return &authorizer{
		caller: caller, policies: key.Policies, tags: h.Service.ResourceTags, now: h.Now(), sourceIP: remoteHost(r), agent: r.UserAgent(),
	}
}

// remoteHost is the address that a request came from, without the port.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// check allows a request that needs n, or refuses it with an AccessDeniedException.
func (a *authorizer) check(ctx context.Context, n need) error {
	request := requestKeys{tags: n.tags}
	request.tagKeys = append(slices.Sorted(maps.Keys(n.tags)), n.untags...)
	if len(n.resources) == 0 && !n.free { // of no operation: newRequirement refuses such a row
		return omics.AccessDenied("%s", policy.Message(a.caller.ARN, n.action, "*", policy.ImplicitDeny))
	}
	for _, resource := range n.resources {
		if err := a.allow(ctx, n.action, resource, request); err != nil {
			return err
		}
		if len(n.tags) > 0 && n.action != "omics:TagResource" {
			if err := a.allow(ctx, "omics:TagResource", resource, request); err != nil {
				return err
			}
		}
	}
	// Who may hand on which role is only asked where somebody thought of it.
	if n.role != "" && slices.ContainsFunc(a.policies, func(d *policy.Document) bool { return d.Mentions("iam") }) {
		return a.allow(ctx, "iam:PassRole", n.role, requestKeys{passedTo: "omics.amazonaws.com"})
	}
	return nil
}

// requestKeys are the condition keys that a request brings itself.
type requestKeys struct {
	tags     omics.TagMap
	tagKeys  []string
	passedTo string
}

func (a *authorizer) allow(ctx context.Context, action, resource string, request requestKeys) error {
	var failed error
	var resourceTags map[string]string
	decision := policy.Evaluate(a.policies, policy.Request{Action: action, Resource: resource, Context: func(key string) ([]string, bool) {
		if tag, ok := cutFold(key, "aws:ResourceTag/"); ok {
			if resourceTags == nil && failed == nil {
				resourceTags, failed = a.tags(ctx, a.caller.Account, resource)
			}
			return lookupFold(resourceTags, tag)
		}
		return a.condition(key, request)
	}})
	if failed != nil {
		return fmt.Errorf("read tags for a policy: %w", failed)
	}
	if decision != policy.Allowed {
		return omics.AccessDenied("%s", policy.Message(a.caller.ARN, action, resource, decision))
	}
	return nil
}

// condition gives the value of a condition key that is not the resource's.
func (a *authorizer) condition(key string, request requestKeys) ([]string, bool) {
	if tag, ok := cutFold(key, "aws:RequestTag/"); ok {
		return lookupFold(request.tags, tag)
	}
	switch strings.ToLower(key) {
	case "aws:tagkeys":
		return request.tagKeys, len(request.tagKeys) > 0
	case "aws:sourceip":
		return []string{a.sourceIP}, true
	case "aws:username":
		_, name, ok := strings.Cut(a.caller.ARN, "user/")
		return []string{name}, ok
	case "aws:principalarn":
		return []string{a.caller.ARN}, true
	case "aws:principalaccount":
		return []string{a.caller.Account}, true
	case "aws:principaltype":
		return []string{"User"}, true
	case "aws:requestedregion":
		return []string{a.caller.Region}, true
	case "aws:currenttime":
		return []string{a.now.UTC().Format(time.RFC3339)}, true
	case "aws:epochtime":
		return []string{strconv.FormatInt(a.now.Unix(), 10)}, true
	case "aws:useragent":
		return []string{a.agent}, a.agent != ""
	case "iam:passedtoservice":
		return []string{request.passedTo}, request.passedTo != ""
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

type authorizerKey struct{}

// Authorize asks whether the signed request that ctx came with may perform an action, such as athena:StartQueryExecution, on a resource. A refusal
// is an AccessDeniedException; so is a context without a request.
func Authorize(ctx context.Context, action, resource string) error {
	a, ok := ctx.Value(authorizerKey{}).(*authorizer)
	if !ok {
		return omics.AccessDenied("%s", policy.Message("nobody", action, resource, policy.ImplicitDeny))
	}
	return a.allow(ctx, action, resource, requestKeys{})
}
