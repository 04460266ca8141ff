package policy

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// setOperator says how many of a key's values a condition is about.
type setOperator string

const (
	unqualified  setOperator = ""
	forAllValues setOperator = "ForAllValues"
	forAnyValue  setOperator = "ForAnyValue"
)

// condition is one operator on one key.
type condition struct {
	key      string // in lower case
	set      setOperator
	negated  bool
	ifExists bool
	tests    []test // of the policy's values
	absent   []bool // the values of Null; then nothing else is set
}

// test compares one value of the request with one of the policy.
type test func(e *evaluation, value string) bool

// holds says whether the condition is true of the request. allow is the effect
// of its statement.
func (c *condition) holds(e *evaluation, allow bool) bool {
	values := e.values(c.key)
	if c.absent != nil {
		for _, absent := range c.absent {
			if absent == (len(values) == 0) {
				return true
			}
		}
		return false
	}
	if len(values) == 0 {
		return c.set == forAllValues || c.set == unqualified && (c.negated || c.ifExists)
	}
	every := c.set == forAllValues || c.set == unqualified && allow
	for _, v := range values {
		if c.accepts(e, v) != every {
			return !every
		}
	}
	return every
}

// accepts says whether the operator is true of one value.
func (c *condition) accepts(e *evaluation, value string) bool {
	for _, t := range c.tests {
		if t(e, value) {
			return !c.negated
		}
	}
	return c.negated
}

// operator makes tests. A negated one is true where no test is.
type operator struct {
	compile func(text string, variables bool) (test, error)
	negated bool
}

var operators = map[string]operator{
	"StringEquals":              {compileEquals, false},
	"StringNotEquals":           {compileEquals, true},
	"StringEqualsIgnoreCase":    {compileEqualsIgnoreCase, false},
	"StringNotEqualsIgnoreCase": {compileEqualsIgnoreCase, true},
	"StringLike":                {compileLike, false},
	"StringNotLike":             {compileLike, true},
	"NumericEquals":             {numeric(func(c int) bool { return c == 0 }), false},
	"NumericNotEquals":          {numeric(func(c int) bool { return c == 0 }), true},
	"NumericLessThan":           {numeric(func(c int) bool { return c < 0 }), false},
	"NumericLessThanEquals":     {numeric(func(c int) bool { return c <= 0 }), false},
	"NumericGreaterThan":        {numeric(func(c int) bool { return c > 0 }), false},
	"NumericGreaterThanEquals":  {numeric(func(c int) bool { return c >= 0 }), false},
	"DateEquals":                {date(func(c int) bool { return c == 0 }), false},
	"DateNotEquals":             {date(func(c int) bool { return c == 0 }), true},
	"DateLessThan":              {date(func(c int) bool { return c < 0 }), false},
	"DateLessThanEquals":        {date(func(c int) bool { return c <= 0 }), false},
	"DateGreaterThan":           {date(func(c int) bool { return c > 0 }), false},
	"DateGreaterThanEquals":     {date(func(c int) bool { return c >= 0 }), false},
	"Bool":                      {compileBool, false},
	"IpAddress":                 {compileAddress, false},
	"NotIpAddress":              {compileAddress, true},
	"ArnEquals":                 {compileARN, false},
	"ArnLike":                   {compileARN, false},
	"ArnNotEquals":              {compileARN, true},
	"ArnNotLike":                {compileARN, true},
}

func parseConditions(v value, variables bool) ([]condition, error) {
	if v.kind != isObject {
		return nil, wrong("Condition", "%s, not an object", v.kind)
	}
	var conditions []condition
	for _, block := range v.members {
		if block.value.kind != isObject || len(block.value.members) == 0 {
			return nil, wrong("Condition", "%.100s: must be an object of condition keys", block.name)
		}
		seen := map[string]bool{}
		for _, m := range block.value.members {
			c, err := parseCondition(block.name, m, variables)
			if err == nil && seen[c.key] {
				err = errors.New("is there twice")
			}
			if err != nil {
				return nil, wrong("Condition", "%.100s: %.200s: %w", block.name, m.name, err)
			}
			seen[c.key] = true
			conditions = append(conditions, c)
		}
	}
	return conditions, nil
}

func parseCondition(name string, m member, variables bool) (condition, error) {
	c := condition{key: strings.ToLower(m.name)}
	if !validKey(m.name) {
		return c, errors.New("not a condition key, such as aws:SourceIp")
	}
	texts, err := conditionValues(m.value)
	if err != nil {
		return c, err
	}
	if name == "Null" {
		for _, text := range texts {
			absent, err := parseBool(text)
			if err != nil {
				return c, err
			}
			c.absent = append(c.absent, absent)
		}
		return c, nil
	}
	base := name
	if set, rest, ok := strings.Cut(name, ":"); ok {
		c.set, base = setOperator(set), rest
	}
	base, c.ifExists = strings.CutSuffix(base, "IfExists")
	op, known := operators[base]
	if !known || strings.Contains(name, ":") && c.set != forAllValues && c.set != forAnyValue {
		return c, unknownOperator(name)
	}
	c.negated = op.negated
	for _, text := range texts {
		t, err := op.compile(text, variables)
		if err != nil {
			return c, fmt.Errorf("%.100q: %w", text, err)
		}
		c.tests = append(c.tests, t)
	}
	return c, nil
}

func unknownOperator(name string) error {
	for known := range operators {
		if strings.EqualFold(name, known) {
			return fmt.Errorf("unknown operator; it is written %s", known)
		}
	}
	return errors.New("unknown operator")
}

// conditionValues reads a string, a number, a boolean or a list of them.
func conditionValues(v value) ([]string, error) {
	items := []value{v}
	if v.kind == isList {
		items = v.items
	}
	if len(items) == 0 {
		return nil, errors.New("no values")
	}
	texts := make([]string, len(items))
	for i, item := range items {
		switch item.kind {
		case isString, isNumber, isBool:
			texts[i] = item.text
		default:
			return nil, fmt.Errorf("%s, not a string", item.kind)
		}
	}
	return texts, nil
}

func compileEquals(text string, variables bool) (test, error) {
	t, err := parseTemplate(text, false, variables)
	return func(e *evaluation, value string) bool {
		want, ok := e.resolve(t)
		return ok && want == value
	}, err
}

func compileEqualsIgnoreCase(text string, variables bool) (test, error) {
	t, err := parseTemplate(text, false, variables)
	return func(e *evaluation, value string) bool {
		want, ok := e.resolve(t)
		return ok && strings.EqualFold(want, value)
	}, err
}

func compileLike(text string, variables bool) (test, error) {
	t, err := parseTemplate(text, true, variables)
	return func(e *evaluation, value string) bool {
		pattern, ok := e.resolve(t)
		return ok && match(pattern, value)
	}, err
}

func compileARN(text string, variables bool) (test, error) {
	t, err := parseARNPattern(text, variables)
	return func(e *evaluation, value string) bool {
		pattern, ok := e.resolve(t)
		return ok && matchARN(pattern, value)
	}, err
}

func numeric(accept func(int) bool) func(string, bool) (test, error) {
	return func(text string, _ bool) (test, error) {
		want, err := parseNumber(text)
		return func(_ *evaluation, value string) bool {
			got, err := parseNumber(value)
			return err == nil && accept(cmp.Compare(got, want))
		}, err
	}
}

func parseNumber(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, errors.New("not a number")
	}
	return n, nil
}

func date(accept func(int) bool) func(string, bool) (test, error) {
	return func(text string, _ bool) (test, error) {
		want, err := parseDate(text)
		if err == nil && len(text) == 4 {
			err = errors.New("a year by itself is not taken; write a date such as 2026-01-31T00:00:00Z")
		}
		return func(_ *evaluation, value string) bool {
			got, err := parseDate(value)
			return err == nil && accept(got.Compare(want))
		}, err
	}
}

// parseDate reads the W3C's date formats and seconds since 1970.
func parseDate(s string) (time.Time, error) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(seconds, 0), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("not a date, such as 2026-01-31T00:00:00Z, or seconds since 1970")
}

func compileBool(text string, _ bool) (test, error) {
	want, err := parseBool(text)
	return func(_ *evaluation, value string) bool {
		got, err := parseBool(value)
		return err == nil && got == want
	}, err
}

func parseBool(s string) (bool, error) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, nil
	case strings.EqualFold(s, "false"):
		return false, nil
	}
	return false, errors.New("not true or false")
}

func compileAddress(text string, _ bool) (test, error) {
	want, err := parseNetwork(text)
	return func(_ *evaluation, value string) bool {
		got, err := netip.ParseAddr(value)
		return err == nil && want.Contains(got.Unmap().WithZone(""))
	}, err
}

// parseNetwork reads an address with or without the length of its prefix. IPv4
// written as IPv6 is IPv4.
func parseNetwork(s string) (netip.Prefix, error) {
	if !strings.Contains(s, "/") {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, errors.New("not an IP address or a network such as 203.0.113.0/24")
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, errors.New("not an IP address or a network such as 203.0.113.0/24")
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}
