package httpapi

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
)

// principalOf is who sent a request, with the policies of its key.
func (h *handler) principalOf(r *http.Request, caller omics.Caller, key Key) *policy.Principal {
	return &policy.Principal{
		ARN: caller.ARN, Account: caller.Account, Region: caller.Region, Policies: key.Policies,
		Tags: h.Tags, Now: h.Now(), SourceIP: remoteHost(r), UserAgent: r.UserAgent(),
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

// authorize allows a request that needs n, or refuses it with an AccessDeniedException.
func authorize(ctx context.Context, p *policy.Principal, n need) error {
	err := allowed(ctx, p, n)
	var refused *policy.Refused
	if errors.As(err, &refused) {
		return omics.AccessDenied("%s", refused.Message)
	}
	return err
}

func allowed(ctx context.Context, p *policy.Principal, n need) error {
	asked := policy.Asked{Tags: n.tags}
	asked.TagKeys = append(slices.Sorted(maps.Keys(n.tags)), n.untags...)
	if len(n.resources) == 0 && !n.free { // of no operation: newRequirement refuses such a row
		return &policy.Refused{Message: policy.Message(p.ARN, n.action, "*", policy.ImplicitDeny)}
	}
	service, _, _ := strings.Cut(n.action, ":")
	for _, resource := range n.resources {
		if err := p.Allow(ctx, n.action, resource, asked); err != nil {
			return err
		}
		if len(n.tags) > 0 && n.action != service+":TagResource" {
			if err := p.Allow(ctx, service+":TagResource", resource, asked); err != nil {
				return err
			}
		}
	}
	// Who may hand on which role is only asked where somebody thought of it.
	if n.role != "" && p.Mentions("iam") {
		return p.Allow(ctx, "iam:PassRole", n.role, policy.Asked{PassedTo: service + ".amazonaws.com"})
	}
	return nil
}
