package httpapi

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// need is what the policies of a caller must allow for one request.
type need struct {
	action    string       // such as omics:GetVariantStore
	resources []string     // ARNs, each of which must be allowed; "*" for an action that has none
	tags      omics.TagMap // that the request puts on something: TagResource is needed too
	untags    []string     // keys of tags that the request removes
	role      string       // that the request hands on: iam:PassRole is looked at
	free      bool         // no policy is asked
}

// except changes what requests need that is not as their operations' rows say.
func except(in any, n *need, c omics.Caller) {
	switch in := in.(type) {
	case *omics.StartReferenceImportJobIn: // the tags are those of its references to be
		n.tags = omics.TagMap{}
		for _, source := range in.Sources {
			for key, value := range source.Tags {
				n.tags[key] = value
			}
		}
	case *omics.DeleteAnnotationStoreVersionsIn: // each version; without one Validate refuses it
		if len(in.Versions) > 0 {
			n.resources = nil
		}
		for _, name := range in.Versions {
			n.resources = append(n.resources, omics.AnnotationStoreVersionARN(c.Region, c.Account, in.Name, name))
		}
	case *own.CheckIn:
		if in.Remove {
			n.action = own.RemoveOrphans
		}
	}
}

// requirement gives the needs of an operation's requests. Its row has the action and the resources; members that mean
// the same in every request, whatever the operation, are known by their names: tags, tagKeys and roleArn.
type requirement struct {
	action, service string
	free            bool
	resources       []resourcePattern
	tags            []int // index of the member, or none
	untags          []int
	role            []int
}

// resourcePattern is the text of an ARN and, between its parts, members of a request.
type resourcePattern struct {
	whole   bool     // it is a whole ARN, or *, and not the last part of one
	texts   []string // one more than members
	members []int    // indexes
}

// newRequirement reads a row for requests of a type. service is that of actions without one of their own. A row that
// says nothing, or names what the request has not, is a mistake in the contract, and would refuse the operation for
// good: it is an error.
func newRequirement(o omics.Operation, in reflect.Type, service string) (r requirement, err error) {
	r.action = o.Action
	if r.action == "" {
		r.action = service + ":" + o.Name
	}
	r.service, _, _ = strings.Cut(r.action, ":")
	r.free = o.Free
	switch {
	case o.Free && len(o.Resources) > 0:
		return r, fmt.Errorf("%s: an operation that asks no policy has resources", o.Name)
	case !o.Free && len(o.Resources) == 0:
		return r, fmt.Errorf("%s: its row has no resources, so that no policy could allow it", o.Name)
	}
	for _, text := range o.Resources {
		pattern, err := parseResource(text, in)
		if err != nil {
			return r, fmt.Errorf("%s: resource %q: %w", o.Name, text, err)
		}
		r.resources = append(r.resources, pattern)
	}
	r.tags = memberOf[omics.TagMap](in, "tags")
	r.untags = memberOf[[]string](in, "tagKeys")
	r.role = memberOf[string](in, "roleArn")
	for _, m := range membersOf(in) {
		known := m.name == "tags" || m.name == "tagKeys" || m.name == "roleArn"
		if known && !slices.Contains(slices.Concat(r.tags, r.untags, r.role), m.index) {
			return r, fmt.Errorf("%s: policies cannot read its member %q", o.Name, m.name)
		}
	}
	return r, nil
}

func parseResource(text string, in reflect.Type) (p resourcePattern, err error) {
	p.whole = text == "*" || strings.HasPrefix(text, "{") && strings.IndexByte(text, '}') == len(text)-1
	for {
		before, rest, found := strings.Cut(text, "{")
		p.texts = append(p.texts, before)
		if !found {
			return p, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return p, errors.New("a brace is left open")
		}
		member := append(memberOf[string](in, name), memberOf[*string](in, name)...)
		if len(member) == 0 {
			return p, fmt.Errorf("%s has no string %q", in, name)
		}
		p.members, text = append(p.members, member...), after
	}
}

// memberOf finds the member of that wire name and type.
func memberOf[T any](in reflect.Type, name string) []int {
	for _, m := range membersOf(in) {
		if m.name == name && in.Field(m.index).Type == reflect.TypeFor[T]() {
			return []int{m.index}
		}
	}
	return nil
}

// of says what a request needs.
func (r requirement) of(in any, c omics.Caller) need {
	value := reflect.ValueOf(in).Elem()
	n := need{action: r.action, free: r.free}
	for _, pattern := range r.resources {
		n.resources = append(n.resources, pattern.fill(value, r.service, c))
	}
	for _, i := range r.tags {
		n.tags = value.Field(i).Interface().(omics.TagMap)
	}
	for _, i := range r.untags {
		n.untags = value.Field(i).Interface().([]string)
	}
	for _, i := range r.role {
		n.role = value.Field(i).String()
	}
	except(in, &n, c)
	return n
}

// fill writes the ARN. A member that was left out stands for any name: the server makes one up.
func (p resourcePattern) fill(in reflect.Value, service string, c omics.Caller) string {
	text := p.texts[0]
	for i, index := range p.members {
		member := in.Field(index)
		switch {
		case member.Kind() != reflect.Pointer:
			text += member.String()
		case member.IsNil():
			text += "*"
		default:
			text += member.Elem().String()
		}
		text += p.texts[i+1]
	}
	if p.whole {
		return text
	}
	return omics.ARN{Partition: "aws", Service: service, Region: c.Region, Account: c.Account, Resource: text}.String()
}
