package policy

import (
	"encoding/json"
	"math/big"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// naive evaluates a policy that Parse took, from its text, with encoding/json's
// maps, regular expressions, big numbers and net.IPNet: no line of it is shared
// with the package.
func naive(texts []string, r Request) Decision {
	decision := ImplicitDeny
	for _, text := range texts {
		var doc map[string]any
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			panic(err)
		}
		n := naiveRun{r, doc["Version"] == "2012-10-17"}
		for _, s := range naiveList(doc["Statement"]) {
			s := s.(map[string]any)
			if !n.applies(s) {
				continue
			}
			if s["Effect"] == "Deny" {
				return ExplicitDeny
			}
			decision = Allowed
		}
	}
	return decision
}

type naiveRun struct {
	Request
	variables bool
}

func naiveList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func naiveText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	panic(v)
}

func (n naiveRun) get(key string) []string {
	if n.Context == nil {
		return nil
	}
	values, ok := n.Context(strings.ToLower(key))
	if !ok {
		return nil
	}
	return values
}

func (n naiveRun) applies(s map[string]any) bool {
	_, notAction := s["NotAction"]
	_, notResource := s["NotResource"]
	action, resource, unknown := false, false, false
	for _, a := range naiveList(s[map[bool]string{false: "Action", true: "NotAction"}[notAction]]) {
		a := a.(string)
		if a == "*:*" {
			a = "*"
		}
		action = action || naiveGlob(a, n.Action, "(?is)")
	}
	for _, a := range naiveList(s[map[bool]string{false: "Resource", true: "NotResource"}[notResource]]) {
		re, ok := n.regexp(a.(string), true)
		unknown = unknown || !ok
		resource = resource || ok && regexp.MustCompile("(?s)^"+re+"$").MatchString(n.Resource)
	}
	if action == notAction || resource == notResource {
		return false
	}
	if notResource && unknown && s["Effect"] == "Allow" {
		return false
	}
	for op, keys := range naiveMap(s["Condition"]) {
		for key, want := range naiveMap(keys) {
			if !n.condition(op, key, naiveList(want), s["Effect"] == "Allow") {
				return false
			}
		}
	}
	return true
}

func naiveMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func (n naiveRun) condition(op, key string, wants []any, allow bool) bool {
	got := n.get(key)
	if op == "Null" {
		for _, w := range wants {
			if strings.EqualFold(naiveText(w), strconv.FormatBool(len(got) == 0)) {
				return true
			}
		}
		return false
	}
	set, base, ok := strings.Cut(op, ":")
	if !ok {
		set, base = "", op
	}
	ifExists := strings.HasSuffix(base, "IfExists")
	base = strings.TrimSuffix(base, "IfExists")
	negated := strings.Contains(base, "Not")
	base = strings.Replace(base, "Not", "", 1)
	if len(got) == 0 {
		switch set {
		case "ForAllValues":
			return true
		case "ForAnyValue":
			return false
		}
		return negated || ifExists
	}
	count := 0
	for _, g := range got {
		equal := false
		for _, w := range wants {
			equal = equal || n.compare(base, naiveText(w), g)
		}
		if equal != negated {
			count++
		}
	}
	if set == "ForAllValues" || set == "" && allow {
		return count == len(got)
	}
	return count > 0
}

func (n naiveRun) compare(base, want, got string) bool {
	switch base {
	case "StringEquals":
		re, ok := n.regexp(want, false)
		return ok && regexp.MustCompile("(?s)^"+re+"$").MatchString(got)
	case "StringEqualsIgnoreCase":
		re, ok := n.regexp(want, false)
		return ok && regexp.MustCompile("(?is)^"+re+"$").MatchString(got)
	case "StringLike":
		re, ok := n.regexp(want, true)
		return ok && regexp.MustCompile("(?s)^"+re+"$").MatchString(got)
	case "ArnEquals", "ArnLike":
		return n.compareARN(want, got)
	case "Bool":
		return strings.EqualFold(want, got) && (strings.EqualFold(got, "true") || strings.EqualFold(got, "false"))
	case "IpAddress":
		return naiveAddress(want, got)
	}
	if rest, ok := strings.CutPrefix(base, "Date"); ok {
		w, okW := naiveDate(want)
		g, okG := naiveDate(got)
		return okW && okG && naiveOrder(rest, g.Compare(w))
	}
	rest := strings.TrimPrefix(base, "Numeric")
	w, okW := new(big.Float).SetString(want)
	g, okG := new(big.Float).SetString(got)
	return okW && okG && naiveOrder(rest, g.Cmp(w))
}

func naiveOrder(op string, c int) bool {
	switch op {
	case "Equals":
		return c == 0
	case "LessThan":
		return c < 0
	case "LessThanEquals":
		return c <= 0
	case "GreaterThan":
		return c > 0
	case "GreaterThanEquals":
		return c >= 0
	}
	panic(op)
}

// compareARN replaces variables first, then lets * match anything but a colon
// in the first five parts.
func (n naiveRun) compareARN(want, got string) bool {
	re, ok := n.regexp(want, true)
	if !ok || strings.Count(got, ":") < 5 {
		return false
	}
	parts := strings.SplitN(re, ":", 6)
	if len(parts) != 6 {
		return false
	}
	for i := range 5 {
		parts[i] = strings.ReplaceAll(parts[i], "(?:.*)", "(?:[^:]*)")
		parts[i] = strings.ReplaceAll(parts[i], "(?:.)", "(?:[^:])")
	}
	return regexp.MustCompile("(?s)^" + strings.Join(parts, ":") + "$").MatchString(got)
}

func naiveAddress(want, got string) bool {
	ip := net.ParseIP(got)
	if ip == nil {
		return false
	}
	if !strings.Contains(want, "/") {
		w := net.ParseIP(want)
		return w != nil && w.Equal(ip)
	}
	_, network, err := net.ParseCIDR(want)
	return err == nil && network.Contains(ip)
}

func naiveDate(s string) (time.Time, bool) {
	if regexp.MustCompile(`^[+-]?\d+$`).MatchString(s) {
		n, err := strconv.ParseInt(s, 10, 64)
		return time.Unix(n, 0), err == nil
	}
	for _, layout := range []string{"2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func naiveGlob(pattern, s, flags string) bool {
	re, _ := naiveRun{}.regexp(pattern, true)
	return regexp.MustCompile(flags + "^" + re + "$").MatchString(s)
}

var naiveVariable = regexp.MustCompile(`^\$\{(?:([*?$])|([^,}]*?) *(?:, *'([^']*)' *)?)\}`)

// regexp writes a pattern as a regular expression. It fails when a variable has
// no value.
func (n naiveRun) regexp(s string, wild bool) (string, bool) {
	var b strings.Builder
	for s != "" {
		if m := naiveVariable.FindStringSubmatch(s); m != nil && n.variables {
			s = s[len(m[0]):]
			if m[1] != "" {
				b.WriteString(regexp.QuoteMeta(m[1]))
				continue
			}
			values := n.get(m[2])
			switch hasDefault := strings.HasSuffix(m[0], "'}") || strings.Contains(m[0], "' "); {
			case len(values) == 1 && values[0] != "":
				b.WriteString(regexp.QuoteMeta(values[0]))
			case len(values) < 2 && hasDefault:
				b.WriteString(regexp.QuoteMeta(m[3]))
			default:
				return "", false
			}
			continue
		}
		r := []rune(s)[0]
		s = s[len(string(r)):]
		switch {
		case wild && r == '*':
			b.WriteString("(?:.*)")
		case wild && r == '?':
			b.WriteString("(?:.)")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return b.String(), true
}
