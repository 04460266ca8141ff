// Package policy decides whether identity policies, written in the language of
// AWS IAM, allow a request.
//
// What IAM documents, and where (pages of the IAM User Guide):
//
//   - A Deny that applies wins, else an Allow that applies, else the request is
//     denied (reference_policies_evaluation-logic).
//   - The prefix and the name of an action are matched without regard to case,
//     resources with regard to it (reference_policies_elements_action and
//     _resource).
//   - In a resource, * stands for any characters, slashes among them, and ? for
//     one character. IAM says that a * "can expand to match beyond the colon
//     boundaries" when it is the last character of its segment; here every *
//     and ? does. No ARN of HealthOmics or of a role has a colon that could
//     make the two differ.
//   - Names of condition keys are matched without regard to case, the tag key
//     in aws:ResourceTag/KEY included (reference_policies_elements_condition).
//   - A missing key makes a condition false, a negated one true, one with
//     IfExists true (reference_policies_elements_condition_operators).
//   - ForAllValues is true of a missing key, ForAnyValue is false of it, negated
//     or not (reference_policies_condition-single-vs-multi-valued-context-keys).
//     IfExists changes nothing there.
//   - The Arn operators match each of the six parts by itself, and ArnEquals is
//     ArnLike (reference_policies_elements_condition_operators).
//   - A policy variable without a value makes a resource match nothing and a
//     condition's value equal to nothing, so that negated operators hold. Its
//     value is text: a * in it is no wildcard (reference_policies_variables).
//
// Where IAM documents nothing, the choice is the one that grants less: an
// operator without ForAllValues or ForAnyValue on a key of several values needs
// all of them in an Allow and any of them in a Deny; and an Allow whose
// NotResource holds a variable without a value does not apply.
package policy

import (
	"fmt"
	"strings"
)

// Document is one parsed policy. It never changes and is safe for concurrent
// use.
type Document struct {
	statements []statement
	services   map[string]bool // prefixes that actions name, in lower case
}

// statement is one statement, compiled.
type statement struct {
	allow       bool
	notAction   bool
	notResource bool
	actions     []string // patterns, in lower case
	resources   []template
	conditions  []condition
}

// Mentions says whether an Action or NotAction of the policy names that service
// prefix itself: iam:PassRole mentions iam, * does not.
func (d *Document) Mentions(service string) bool {
	return d.services[strings.ToLower(service)]
}

// Request is what a policy is asked about.
type Request struct {
	Action   string // such as omics:GetVariantStore
	Resource string // an ARN, or * where an action has no resource

	// Context gives the values of a condition key, and whether the request has
	// that key. It is called with the key in lower case, at most once per key
	// and evaluation. Tag keys in it are in lower case too: compare them with
	// strings.ToLower, and give all values where tag keys differ in case only.
	Context func(key string) (values []string, ok bool)
}

// Decision is what policies say of a request.
type Decision int

// The decisions.
const (
	ImplicitDeny Decision = iota // no statement allows it
	Allowed
	ExplicitDeny // a statement denies it
)

// evaluate says what the policies, taken together, decide.
func evaluate(docs []*Document, r Request) Decision {
	e := &evaluation{
		action:   strings.ToLower(clean(r.Action)),
		resource: clean(r.Resource),
		context:  r.Context,
	}
	decision := ImplicitDeny
	for _, d := range docs {
		if d == nil {
			continue
		}
		for i := range d.statements {
			s := &d.statements[i]
			switch {
			case s.allow && decision == Allowed, !e.applies(s):
			case s.allow:
				decision = Allowed
			default:
				return ExplicitDeny
			}
		}
	}
	return decision
}

// Message is AWS's text for a request that was denied.
func Message(principalARN, action, resource string, d Decision) string {
	head := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", principalARN, action, resource)
	if d == ExplicitDeny {
		return head + " with an explicit deny in an identity-based policy"
	}
	return head + " because no identity-based policy allows the " + action + " action"
}

// evaluation is one call of evaluate.
type evaluation struct {
	action   string // in lower case
	resource string
	context  func(string) ([]string, bool)
	asked    map[string][]string
}

func (e *evaluation) applies(s *statement) bool {
	if e.matchesAction(s.actions) == s.notAction || !e.coversResource(s) {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(e, s.allow) {
			return false
		}
	}
	return true
}

func (e *evaluation) matchesAction(patterns []string) bool {
	for _, p := range patterns {
		if match(p, e.action) {
			return true
		}
	}
	return false
}

func (e *evaluation) coversResource(s *statement) bool {
	unknown := false
	for _, t := range s.resources {
		pattern, ok := e.resolve(t)
		if ok && match(pattern, e.resource) {
			return !s.notResource
		}
		unknown = unknown || !ok
	}
	// What a NotResource leaves out cannot be told without all its variables.
	return s.notResource && !(unknown && s.allow)
}

// values gives the values of a condition key; there are none when the request
// lacks the key.
func (e *evaluation) values(key string) []string {
	if values, ok := e.asked[key]; ok {
		return values
	}
	var values []string
	if e.context != nil {
		if given, ok := e.context(key); ok {
			values = make([]string, len(given))
			for i, v := range given {
				values[i] = clean(v)
			}
		}
	}
	if e.asked == nil {
		e.asked = map[string][]string{}
	}
	e.asked[key] = values
	return values
}

// resolve fills a template's variables in. It fails when one has no value.
func (e *evaluation) resolve(t template) (pattern string, ok bool) {
	if t.parts == nil {
		return t.pattern, true
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.key == "" {
			b.WriteString(p.text)
			continue
		}
		values := e.values(p.key)
		switch {
		case len(values) == 1 && values[0] != "":
			b.WriteString(values[0])
		case len(values) <= 1 && p.hasDefault:
			b.WriteString(p.text)
		default:
			return "", false
		}
	}
	return b.String(), true
}
